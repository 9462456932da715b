"""The table component of all views: sorted, filtered and searched in the kernel, drawn as it is scrolled."""

from apig_nb.widgets.table.table_view import TableView, nonempty_columns

__all__ = ["TableView", "nonempty_columns"]
