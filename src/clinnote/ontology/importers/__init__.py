"""Readers of terminology releases, one module a format; :mod:`clinnote.ontology.importers.registry` lists them."""
