"""The view of one export: operations and their pages, the other tables, charts."""

from apig_nb.widgets.explorer.explorer import Explorer

__all__ = ["Explorer"]
