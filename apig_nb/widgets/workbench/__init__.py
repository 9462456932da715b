"""The whole of the work in one place: export, look around, compare."""

from apig_nb.widgets.workbench.workbench import Workbench

__all__ = ["Workbench"]
