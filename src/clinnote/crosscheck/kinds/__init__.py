"""Contradictions between text and image labels: one module for each family of kinds."""
