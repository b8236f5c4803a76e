"""Parsing: lexicon entries, the forest of all readings while learning, the parser when decided."""
