"""Comparing: the rules, the walks over schemas, operations and the gateway's part, and the reports."""

from apig_nb.compare.comparison import Comparison, compare
from apig_nb.compare.many import concat, matrix
from apig_nb.compare.rules import rules

__all__ = ["Comparison", "compare", "concat", "matrix", "rules"]
