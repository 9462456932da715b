"""Reports for programs: JSON, JUnit, CSV."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Final, NamedTuple
from xml.etree import ElementTree

from apig_nb.report.report import BREAKING, COLUMNS, SEVERITIES, Report, Row, Side
from apig_nb.text import escape_json, visible

_NOT_XML: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 does not allow (https://www.w3.org/TR/xml/#charsets)."""


def to_json(report: Report) -> str:
    """Return the two sides, the parts not compared, the counts, the changes and the ignored ones as JSON."""
    counts = Counter(row.severity for row in report.rows)
    by_severity = {severity: counts[severity] for severity in SEVERITIES}
    security = sum(row.security for row in report.rows)
    document = {
        "old": _side(report.old),
        "new": _side(report.new),
        "not_compared": dict(report.not_compared),
        "counts": by_severity | {"security": security, "ignored": len(report.ignored)},
        "changes": [_change(row) for row in report.rows],
        "ignored": [_change(row) | {"reason": reason} for row, reason in report.ignored],
    }
    return escape_json(json.dumps(document, ensure_ascii=False, indent=1)) + "\n"


def _side(side: Side) -> dict[str, object]:
    return asdict(side) | {"time": side.time and side.time.isoformat(timespec="seconds")}


def _change(row: Row) -> dict[str, object]:
    return row.as_dict() | {"operations": dict(row.operations)}


def to_junit(report: Report) -> str:
    """Return each operation as a JUnit test case, which fails where a change is breaking for it.

    Changes that affect no operation are in a case named `document`. Parts that were not compared are skipped cases.
    """
    rows: dict[str, list[tuple[str, str, str]]] = {name: [] for name in report.operations}
    for row in report.rows:
        for name, severity in (row.named or {f"{row.origin} document".lstrip(): row.severity}).items():
            rows.setdefault(name, []).append((severity, row.rule, row.message))
    cases = [
        *(Case(f"not compared: {part}", skipped=reason) for part, reason in report.not_compared.items()),
        *(
            Case(
                name,
                failures=[row for row in found if row[0] == BREAKING],
                others=[row for row in found if row[0] != BREAKING],
            )
            for name, found in rows.items()
        ),
    ]
    return junit_text("API comparison", "compare", cases)


class Case(NamedTuple):
    """A test case of a JUnit report.

    Attributes:
        name: its name.
        failures: severity, rule and message of each reason for which it fails.
        others: the same of those for which it does not.
        skipped: the reason for which it was skipped.
    """

    name: str
    failures: Sequence[tuple[str, str, str]] = ()
    others: Sequence[tuple[str, str, str]] = ()
    skipped: str = ""


def junit_text(title: str, class_name: str, cases: Sequence[Case]) -> str:
    """Return a JUnit report."""
    failures, skipped = sum(bool(case.failures) for case in cases), sum(bool(case.skipped) for case in cases)
    counts = {"tests": str(len(cases)), "failures": str(failures), "skipped": str(skipped)}
    suite = ElementTree.Element("testsuite", {"name": title, **counts})
    for case in cases:
        element = ElementTree.SubElement(suite, "testcase", classname=class_name, name=xml_text(case.name))
        if case.skipped:
            ElementTree.SubElement(element, "skipped", message=xml_text(case.skipped))
        if case.failures:
            failure = ElementTree.SubElement(element, "failure", message=xml_text(case.failures[0][2]))
            failure.text = _lines(case.failures)
        if case.others:
            ElementTree.SubElement(element, "system-out").text = _lines(case.others)
    ElementTree.indent(suite)
    written: bytes = ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True)
    return f"{written.decode('utf-8')}\n"


def _lines(rows: Sequence[tuple[str, str, str]]) -> str:
    return xml_text("\n".join(f"{severity} {rule}: {message}" for severity, rule, message in rows))


def xml_text(text: str) -> str:
    """Replace what a page must not show, and what XML does not allow."""
    return _NOT_XML.sub("\ufffd", visible(text))


def to_csv(report: Report) -> str:
    """Return the changes as a table for a spreadsheet, in which no cell is a formula.

    Parts that were not compared come first, as rows with the severity `not compared`.
    """
    parts = [
        {"severity": "not compared", "location": part, "message": reason}
        for part, reason in report.not_compared.items()
    ]
    columns = (*report.key_columns, *COLUMNS)
    rows = ([row.get(name, "") for name in columns] for row in parts)
    return csv_text(columns, [*rows, *(row.as_dict().values() for row in report.rows)])


def csv_text(names: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table for a spreadsheet, in which no cell is a formula."""
    sink = io.StringIO()
    writer = csv.writer(sink, quoting=csv.QUOTE_ALL)
    writer.writerow(map(_cell, names))
    writer.writerows(map(_cell, row) for row in rows)
    return sink.getvalue()


# A spreadsheet evaluates a cell that starts with one of these signs; an apostrophe makes it text
# (https://owasp.org/www-community/attacks/CSV_Injection). Where the system separates by semicolons, a cell also starts
# after one inside a text, and after a line end.
_CELL_START: Final = re.compile(r"((?:^|[;\t\r\n])[\s\ufeff\"']*)([=+\-@＝＋－＠]?)")


def _cell(value: object) -> str:
    text = ", ".join(value) if isinstance(value, tuple) else "" if value is None else str(value)
    return _CELL_START.sub(lambda start: f"{start[1]}'{start[2]}" if start[2] else start[1], visible(text))
