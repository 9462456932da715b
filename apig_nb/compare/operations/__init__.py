"""Comparison of operations."""
