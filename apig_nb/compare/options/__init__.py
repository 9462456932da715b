"""Options of a comparison."""
