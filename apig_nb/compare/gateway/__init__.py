"""Comparison of the gateway part."""
