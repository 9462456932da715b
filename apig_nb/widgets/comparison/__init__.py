"""The view of a comparison: changes, the page of a change, ignored changes, report."""

from apig_nb.widgets.comparison.comparison_view import ComparisonView as ComparisonView
