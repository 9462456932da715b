"""Forms and views for JupyterLab, made of ipywidgets."""

from apig_nb.widgets.export_form import ExportForm

__all__ = ["ExportForm"]
