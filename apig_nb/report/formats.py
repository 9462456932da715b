"""Reports for programs: JSON, JUnit, CSV."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import Final
from xml.etree import ElementTree

from apig_nb.report.report import BREAKING, COLUMNS, SEVERITIES, Report, Row, Side

_NOT_XML: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 does not allow (https://www.w3.org/TR/xml/#charsets)."""


def to_json(report: Report) -> str:
    """Return the two sides, the counts and the changes as JSON."""
    counts = Counter(row.severity for row in report.rows)
    document = {
        "old": _side(report.old),
        "new": _side(report.new),
        "counts": {severity: counts[severity] for severity in SEVERITIES} | {"ignored": len(report.ignored)},
        "changes": [row.as_dict() for row in report.rows],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _side(side: Side) -> dict[str, str | None]:
    names = ("title", "version", "standard", "group", "environment", "sha256")
    return {name: getattr(side, name) for name in names}


def to_junit(report: Report) -> str:
    """Return each operation as a JUnit test case, which fails where a change is breaking.

    Changes that affect no operation are in a case named `document`.
    """
    cases: dict[str, list[Row]] = {name: [] for name in report.operations}
    for row in report.rows:
        for name in row.operations or ("document",):
            cases.setdefault(name, []).append(row)
    failures = sum(any(row.severity == BREAKING for row in rows) for rows in cases.values())
    suite = ElementTree.Element("testsuite", name="API comparison", tests=str(len(cases)), failures=str(failures))
    for name, rows in cases.items():
        case = ElementTree.SubElement(suite, "testcase", classname="compare", name=_xml_text(name))
        breaking = [row for row in rows if row.severity == BREAKING]
        if breaking:
            failure = ElementTree.SubElement(case, "failure", message=_xml_text(breaking[0].message))
            failure.text = _lines(breaking)
        if others := [row for row in rows if row.severity != BREAKING]:
            ElementTree.SubElement(case, "system-out").text = _lines(others)
    ElementTree.indent(suite)
    written: bytes = ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True)
    return f"{written.decode('utf-8')}\n"


def _lines(rows: list[Row]) -> str:
    return _xml_text("\n".join(f"{row.severity} {row.rule}: {row.message}" for row in rows))


def _xml_text(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def to_csv(report: Report) -> str:
    """Return the changes as a table for a spreadsheet, in which no cell is a formula."""
    return csv_text(COLUMNS, (row.as_dict().values() for row in report.rows))


def csv_text(names: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table for a spreadsheet, in which no cell is a formula."""
    sink = io.StringIO()
    writer = csv.writer(sink)
    writer.writerow(map(_cell, names))
    writer.writerows(map(_cell, row) for row in rows)
    return sink.getvalue()


def _cell(value: object) -> str:
    text = ", ".join(value) if isinstance(value, tuple) else "" if value is None else str(value)
    # A spreadsheet evaluates a cell that starts like this; an apostrophe makes it text
    # (https://owasp.org/www-community/attacks/CSV_Injection).
    return f"'{text}" if text.lstrip()[:1] in ("=", "+", "-", "@") or text[:1] in ("\t", "\r") else text
