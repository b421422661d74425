"""From mentions and image labels to conflicts."""
