"""The table component of all views: sorted, filtered and searched in the kernel, drawn as it is scrolled."""

from apig_nb.widgets.table.column import ColumnStyle, counts_text, counts_texts
from apig_nb.widgets.table.table_view import TableView, nonempty_columns

__all__ = ["ColumnStyle", "TableView", "counts_text", "counts_texts", "nonempty_columns"]
