"""Checks of a document, which give the `problems` and `extensions` tables."""
