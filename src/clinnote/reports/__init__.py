"""Pages people read: self-contained HTML."""
