"""Checks of a document: the rows of the `problems` table."""
