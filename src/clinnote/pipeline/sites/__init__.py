"""Where a finding is: places and sides."""
