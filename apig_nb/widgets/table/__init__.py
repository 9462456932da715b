"""The one component for tables of any length: sorted, filtered and searched in the kernel, drawn as it is scrolled."""

from apig_nb.widgets.table.nonempty_columns import telling
from apig_nb.widgets.table.table_view import TableView

__all__ = ["TableView", "telling"]
