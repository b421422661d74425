"""Polarity, certainty, temporality and experiencer of a finding."""
