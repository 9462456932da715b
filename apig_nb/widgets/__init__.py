"""Forms and views for JupyterLab, made of ipywidgets."""

from apig_nb.widgets.audit import AuditView
from apig_nb.widgets.comparison import ComparisonView
from apig_nb.widgets.explorer import Explorer
from apig_nb.widgets.form import ExportForm
from apig_nb.widgets.workbench import Workbench

__all__ = ["AuditView", "ComparisonView", "Explorer", "ExportForm", "Workbench"]
