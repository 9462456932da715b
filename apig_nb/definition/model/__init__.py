"""The version-neutral model of a document."""
