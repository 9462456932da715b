"""Reading of bytes into the values of a document."""
