"""Readers of terminology releases, one module a format; ``registry`` lists them."""
