"""`Report`: the content of a report as plain data, independent of the format; severities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final

BREAKING, WARNING, INFO = "breaking", "warning", "info"
SEVERITIES: Final = (BREAKING, WARNING, INFO)
"""The most severe first.

- breaking: a caller that worked before can fail.
- warning: no caller fails for certain, but protection or routing changed.
- info: everything else.
"""

SIGNS: Final = {BREAKING: "●", WARNING: "▲", INFO: "○"}
"""A shape for each severity, so that none is shown by colour alone."""

SIDES: Final = {"sent": "callers send", "received": "callers receive", "both": "callers send and receive", "none": ""}
"""Side of a change → the words for it."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two exports that were compared.

    Attributes:
        title: title of the API definition.
        version: version of the API definition.
        standard: standard it is written in, such as `OpenAPI 3.0.3`.
        group: API group it was exported from; `None` where it is not known, like the next two.
        environment: environment it was exported from.
        scope: definition scope of the export.
        source: file it was loaded from.
        sha256: hash of its bytes.
    """

    title: str
    version: str
    standard: str
    group: str | None
    environment: str | None
    scope: str | None
    source: str | None
    sha256: str

    @property
    def name(self) -> str:
        """Group, environment and scope; the title, the file or `document` where these are not known."""
        parts = (self.group or self.title, self.environment, self.scope)
        return " ".join(part for part in parts if part) or self.source or "document"


@dataclass(frozen=True, slots=True)
class Row:
    """One change in a report.

    Attributes:
        severity: breaking, warning or info.
        security: it reduces protection.
        category: contract, access, traffic, backend or documentation.
        rule: id of the rule.
        effect: tightened, loosened, altered, added or removed.
        side: sent, received, both or none; `SIDES` has the words for readers.
        location: where the change is, in words.
        pointer: JSON pointer into the new document; into the old one for what was removed.
        before: old value as text; `None` where there was none.
        after: new value as text; `None` where there is none.
        message: what changed, why it has its severity, and what to do.
        why: reason of the severity.
        remedy: advice; empty where there is nothing to do.
        operations: affected operations as `METHOD path`, each with the severity for it.
        fingerprint: short hash that identifies the change.
        summary: description of the rule, without location and values.
    """

    severity: str
    security: bool
    category: str
    rule: str
    effect: str
    side: str
    location: str
    pointer: str
    before: str | None
    after: str | None
    message: str
    why: str
    remedy: str
    operations: Mapping[str, str]
    fingerprint: str
    summary: str

    def as_dict(self) -> dict[str, object]:
        """Return the values of `COLUMNS` by name; the operations without their severities."""
        return {name: getattr(self, name) for name in COLUMNS} | {"operations": tuple(self.operations)}


# The summary is part of the message.
COLUMNS: Final = tuple(field.name for field in fields(Row) if field.name != "summary")
"""Columns of a table of changes."""


@dataclass(frozen=True, slots=True)
class Report:
    """The content of a report.

    Attributes:
        old: the export compared from.
        new: the export compared to.
        counts_text: number of changes by severity, in words.
        not_compared: part of the APIs that was not compared → the reason.
        categories: categories a change can have, in the order of the summary.
        rows: changes, the most severe first.
        ignored: changes that were left out, each with the reason.
        operations: every operation of both exports as `METHOD path` → added, removed, changed or unchanged.
    """

    old: Side
    new: Side
    counts_text: str
    not_compared: Mapping[str, str]
    categories: Sequence[str]
    rows: Sequence[Row]
    ignored: Sequence[tuple[Row, str]]
    operations: Mapping[str, str]

    @property
    def title(self) -> str:
        """Names of both sides."""
        return f"{self.old.name} → {self.new.name}"

    @property
    def not_compared_text(self) -> str:
        """Parts that were not compared, with the reasons; empty if there are none."""
        by_reason: dict[str, list[str]] = {}
        for part, reason in self.not_compared.items():
            by_reason.setdefault(reason, []).append(part)
        shown = "; ".join(f"{' and '.join(parts)} ({reason})" for reason, parts in by_reason.items())
        return f"Not compared: {shown}" if shown else ""

    @property
    def no_difference_text(self) -> str:
        """Result of a comparison without changes."""
        return "Nothing differs in what was compared." if self.not_compared else "Nothing differs."

    def counts(self) -> Counter[tuple[str, str]]:
        """Count the rows by severity and category."""
        return Counter((row.severity, row.category) for row in self.rows)

    @property
    def broken(self) -> int:
        """Number of operations for which a change is breaking."""
        return len({name for row in self.rows for name, own in row.operations.items() if own == BREAKING})

    def rows_of(self, severity: str) -> list[Row]:
        """Return the rows of one severity."""
        return [row for row in self.rows if row.severity == severity]
