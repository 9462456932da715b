"""`Report`: the content of a report as plain data, independent of the format; severities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final, NamedTuple

from apig_nb.request import BACKENDS, FRONT_END, POLICIES, find_scope
from apig_nb.text import MAX_LABEL, pluralize, shorten

BREAKING, WARNING, INFO = "breaking", "warning", "info"
SEVERITIES: Final = (BREAKING, WARNING, INFO)
"""The most severe first.

- breaking: a caller that worked before can fail.
- warning: no caller fails for certain, but protection or routing changed.
- info: everything else.
"""

SECURITY: Final = "security"
"""Mark of changes that reduce protection, of any severity."""

SIGNS: Final = {BREAKING: "●", WARNING: "▲", INFO: "○", SECURITY: "◆"}
"""A shape for each severity and for the mark, so that none is shown by colour alone."""

SIDES: Final = {"sent": "callers send", "received": "callers receive", "both": "callers send and receive", "none": ""}
"""Side of a change → the words for it."""

_PARTS: Final = {
    FRONT_END: "parameters, bodies, responses, authentication, texts",
    BACKENDS: "backends",
    POLICIES: "throttling, access control, plug-ins",
}
"""Part of the APIs → what it consists of."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two exports, or sets of exports, that were compared.

    Attributes:
        title: title of the API definition.
        version: version of the API definition.
        standard: standard it is written in, such as `OpenAPI 3.0.3`.
        group: API group it was exported from, or the number of groups of a set; `None` where it is not known, like the
            next two.
        environment: environment it was exported from.
        gateway: name or id of the gateway.
        scope: definition scope of the export.
        time: when it was received, UTC.
        source: file it was loaded from.
        sha256: hash of its bytes.
        operations: number of its operations; `None` of a set, of which not every document is read.
    """

    title: str
    version: str
    standard: str
    group: str | None
    environment: str | None
    gateway: str | None
    scope: str | None
    time: datetime | None
    source: str | None
    sha256: str
    operations: int | None

    @property
    def facts(self) -> dict[str, str]:
        """The facts that are known of its origin: label → text."""
        scope = find_scope(self.scope)
        facts = {
            "group": self.group,
            "environment": self.environment,
            "gateway": self.gateway,
            "scope": scope.label if scope else self.scope,
            "received": self.time and f"{self.time:%Y-%m-%d %H:%M} UTC",
            "file": self.source,
            "standard": self.standard,
            "sha256": self.sha256,
        }
        return {label: text for label, text in facts.items() if text}

    @property
    def name(self) -> str:
        """Group, environment and scope, shortened; the file or the title where these are not known."""
        parts = (self.group, self.environment, self.scope)
        return shorten(" ".join(filter(None, parts)) or self.source or self.title or "document", MAX_LABEL)


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
        key: values of the key columns of a set; empty for a comparison of two exports.
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
    key: Mapping[str, str]

    @property
    def origin(self) -> str:
        """The key in words, without the id of the project; empty for a comparison of two exports."""
        return " ".join(value for name, value in self.key.items() if value and name != "project")

    @property
    def named(self) -> dict[str, str]:
        """The affected operations, each with the origin in front of its name."""
        return {f"{self.origin} {name}".lstrip(): severity for name, severity in self.operations.items()}

    def as_dict(self) -> dict[str, object]:
        """Return the key columns and the values of `COLUMNS` by name; the operations without their severities."""
        own = {name: getattr(self, name) for name in COLUMNS}
        return {**self.key, **own, "operations": tuple(self.operations)}


# The summary is part of the message.
COLUMNS: Final = tuple(field.name for field in fields(Row) if field.name not in ("summary", "key"))
"""Columns of a table of changes, after the key columns of a set."""


class Section(NamedTuple):
    """The changes of a report under one heading.

    Attributes:
        kind: severity, or `security`.
        title: the heading.
        note: what they have in common.
        rows: the changes.
    """

    kind: str
    title: str
    note: str
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Report:
    """The content of a report.

    Attributes:
        old: the export compared from.
        new: the export compared to.
        made: when it was made, UTC.
        counts_text: number of changes by severity, in words.
        compared: parts of the APIs that were compared.
        not_compared: part of the APIs that was not compared → the reason.
        categories: categories a change can have, in the order of the summary.
        rows: changes, the most severe first.
        ignored: changes that were left out, each with the reason.
        operations: every operation of both exports as `METHOD path` → added, removed, changed or unchanged; of sets, of
            those that differ, with the origin in front.
        key_columns: names of the key columns of a set.
    """

    old: Side
    new: Side
    made: datetime
    counts_text: str
    compared: Sequence[str]
    not_compared: Mapping[str, str]
    categories: Sequence[str]
    rows: Sequence[Row]
    ignored: Sequence[tuple[Row, str]]
    operations: Mapping[str, str]
    key_columns: Sequence[str] = ()

    @property
    def title(self) -> str:
        """Names of both sides."""
        return f"{self.old.name} → {self.new.name}"

    @property
    def headline(self) -> str:
        """The question that the report answers."""
        if self.new.environment and self.new.environment != self.old.environment:
            return f"What would change if {self.new.environment} were published"
        if self.new.name == self.old.name:
            return f"What changed in {self.new.name}"
        return f"What would change if {self.new.name} took its place"

    @property
    def verdict(self) -> tuple[str, str]:
        """The answer in one sentence, and what it is based on."""
        counts = Counter(row.severity for row in self.rows)
        security = sum(row.security for row in self.rows)
        if counts[BREAKING]:
            calls = f"Calls that work today can fail: {pluralize(counts[BREAKING], 'breaking change')}, "
            answer = "Do not publish it as it is."
            reasons = [f"{calls}{pluralize(self.broken, 'operation')} affected."]
        elif counts[WARNING] or security:
            answer, reasons = "Look before you publish.", ["No call that works today fails for certain."]
        else:
            answer = "No call that works today fails." if self.rows else self.no_difference_text
            reasons = []
        if security:
            reasons.append(f"{pluralize(security, 'change')} {'reduces' if security == 1 else 'reduce'} protection.")
        return answer, " ".join(reasons)

    @property
    def sections(self) -> list[Section]:
        """The changes in the order in which they are read, without empty sections."""
        others = [row for row in self.rows if row.severity != BREAKING]
        plain = [row for row in others if not row.security]
        sections = (
            Section(BREAKING, "Breaking", "calls that work today can fail", self.rows_of(BREAKING)),
            Section(SECURITY, "Security", "protection is reduced", [row for row in others if row.security]),
            Section(WARNING, "Warnings", "look before you publish", [row for row in plain if row.severity == WARNING]),
            Section(INFO, "Info", "good to know", [row for row in plain if row.severity == INFO]),
        )
        return [section for section in sections if section.rows]

    @property
    def compared_text(self) -> str:
        """The parts and the operations that were compared."""
        parts = ", ".join(_PARTS[part] for part in self.compared)
        if self.old.operations is None or self.new.operations is None:
            return f"{parts} of {self.old.group} with {self.new.group}"
        return f"{parts} of {pluralize(self.old.operations, 'operation')} with {self.new.operations:,}"

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
        return len({name for row in self.rows for name, own in row.named.items() if own == BREAKING})

    def rows_of(self, severity: str) -> list[Row]:
        """Return the rows of one severity."""
        return [row for row in self.rows if row.severity == severity]
