"""How good the mentions are: counts against a gold set, and the intervals around them."""
