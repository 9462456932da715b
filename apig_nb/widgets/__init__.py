"""Forms and views for JupyterLab, made of ipywidgets."""

from apig_nb.widgets.form import ExportForm

__all__ = ["ExportForm"]
