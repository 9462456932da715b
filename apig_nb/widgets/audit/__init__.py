"""The view of an audit: scores of the exports, findings, the page of a finding, report."""

from apig_nb.widgets.audit.audit_view import AuditView as AuditView
