"""Image exports of Label Studio."""
