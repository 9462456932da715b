"""The baseline of an audit: the findings of a former one."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

from apig_nb.audit.options import AuditOptions
from apig_nb.audit.result import Audit
from apig_nb.audit.subject import subjects_of
from apig_nb.errors import ArgumentError
from apig_nb.export import Comparable
from apig_nb.export_set import KEY_COLUMNS, ExportSet
from apig_nb.files import read_file
from apig_nb.report import FINDING_SEVERITIES, Finding
from apig_nb.text import encodable, has_too_many_values

Baseline: TypeAlias = Audit | Comparable | ExportSet | None
"""A former audit, its JSON report, a former export or set, or the path of one of these files."""

_MAX_BYTES: Final = 256 * 2**20
"""The largest report; those of large estates are larger than a document may be."""

_LISTS: Final = ("findings", "known")
"""The lists of a report whose findings were there; ignored ones count again when their entry expires."""


def read_baseline(
    given: Audit | Comparable | ExportSet, options: AuditOptions, progress: Callable[[int], object]
) -> list[Finding]:
    """Return the findings of a baseline.

    Args:
        given: the baseline.
        options: the options of the audit.
        progress: as of `AuditRun`.

    Raises:
        ArgumentError: it is a report, but not of an audit; or a pipe or a device.
        DocumentError: it is neither a report nor an API definition.
    """
    if isinstance(given, Audit):
        return given.all_findings
    if isinstance(given, str | os.PathLike) and (report := _report(given)) is not None:
        return list(_findings(report))
    return Audit(subjects_of(given), options, progress).all_findings


def _report(given: str | os.PathLike[str]) -> dict[str, Any] | None:
    """Return the content of a JSON report; `None` for anything else, which is read as an export."""
    try:
        is_text = isinstance(given, str) and given.lstrip().startswith("{")
        text = str(given).encode("utf-8", "replace") if is_text else read_file(Path(given), _MAX_BYTES)
        content = None if has_too_many_values(text) else json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        if isinstance(error, OSError) and error.errno == errno.EINVAL:
            # It would be waited for where a document is read, which may be a pipe.
            raise ArgumentError("baseline", os.fspath(given), "is not a regular file") from error
        return None
    return content if isinstance(content, dict) and ("findings" in content or "changes" in content) else None


def _findings(report: Mapping[str, Any]) -> Iterator[Finding]:
    for name in _LISTS:
        rows = report.get(name)
        if not isinstance(rows, list):
            raise ArgumentError("baseline", None, f"is a report without {name}; give the JSON report of an audit")
        for row in rows:
            yield _finding(row)


def _finding(row: Any) -> Finding:
    """Read a finding of a report."""
    try:
        texts = {name: _text(row[name]) for name in ("rule", "location", "pointer", "evidence", "message", "remedy")}
        if row["severity"] not in FINDING_SEVERITIES:
            raise KeyError
        return Finding(
            key={name: _text(row[name]) for name in KEY_COLUMNS if name in row},
            severity=row["severity"],
            method=None if row.get("method") is None else _text(row["method"]),
            path=None if row.get("path") is None else _text(row["path"]),
            operations=tuple(map(_text, row["operations"])),
            fingerprint=_text(row["fingerprint"]),
            **texts,
        )
    except (KeyError, TypeError) as error:
        raise ArgumentError("baseline", None, "has a finding that cannot be read; save the report again") from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return encodable(value)
