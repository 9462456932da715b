"""Reports of comparisons and of audits: plain data rendered as HTML, Markdown, JSON, JUnit, SARIF or CSV."""

from apig_nb.report.findings import FINDING_COLUMNS as FINDING_COLUMNS
from apig_nb.report.findings import FINDING_SEVERITIES as FINDING_SEVERITIES
from apig_nb.report.findings import AuditedExport as AuditedExport
from apig_nb.report.findings import AuditReport as AuditReport
from apig_nb.report.findings import Finding as Finding
from apig_nb.report.findings import NotChecked as NotChecked
from apig_nb.report.formats import csv_text as csv_text
from apig_nb.report.formats import to_csv as to_csv
from apig_nb.report.formats import to_json as to_json
from apig_nb.report.formats import to_junit as to_junit
from apig_nb.report.pages import markdown_table as markdown_table
from apig_nb.report.pages import overview as overview
from apig_nb.report.pages import to_html as to_html
from apig_nb.report.pages import to_markdown as to_markdown
from apig_nb.report.report import BREAKING as BREAKING
from apig_nb.report.report import COLUMNS as COLUMNS
from apig_nb.report.report import INFO as INFO
from apig_nb.report.report import SEVERITIES as SEVERITIES
from apig_nb.report.report import SIDES as SIDES
from apig_nb.report.report import SIGNS as SIGNS
from apig_nb.report.report import WARNING as WARNING
from apig_nb.report.report import Report as Report
from apig_nb.report.report import Row as Row
from apig_nb.report.report import Side as Side
