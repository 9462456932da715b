"""The view of an export or of a set: operations and their pages, the other tables, charts."""

from apig_nb.widgets.explorer.content import forgetful
from apig_nb.widgets.explorer.explorer import Explorer
from apig_nb.widgets.explorer.heading import shown_name

__all__ = ["Explorer", "forgetful", "shown_name"]
