"""What we know: reads the tables of ``ontologies/`` and ``configs/``."""
