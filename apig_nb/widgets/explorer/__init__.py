"""A view of one export: operations, their pages, the other tables, charts."""

from apig_nb.widgets.explorer.explorer import Explorer

__all__ = ["Explorer"]
