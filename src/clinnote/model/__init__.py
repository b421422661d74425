"""What a thing is: frozen records, the laterality algebra, spans and codes. Standard library alone."""
