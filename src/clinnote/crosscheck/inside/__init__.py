"""Contradictions inside one report."""
