"""Measurements, laboratory values and doses."""
