"""Notes from files: one module per format."""
