"""The workbench: form, list of exports, explorer and comparison in one view."""

from apig_nb.widgets.workbench.workbench import Workbench

__all__ = ["Workbench"]
