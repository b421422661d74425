"""Compiled vocabularies: releases in, one memory-mapped file out, and the search in it."""
