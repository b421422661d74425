"""From imaging files to image labels: one module per format."""
