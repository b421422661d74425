"""Which side and place a label states or shows: its words, its shape, the middle of the body."""
