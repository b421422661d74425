"""Segmentations in NIfTI files, and the names of what they show."""
