"""From text to mentions: pure stages, wrapped as spaCy components."""
