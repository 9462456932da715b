"""The form for the "Exporting APIs" call."""

from apig_nb.widgets.form.export_form import ExportForm as ExportForm
