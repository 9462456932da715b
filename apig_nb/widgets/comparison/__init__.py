"""The view of a comparison: what differs, one change side by side, what is ignored and why, and the report."""

from apig_nb.widgets.comparison.comparison_view import ComparisonView as ComparisonView
