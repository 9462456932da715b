"""A timeline of changes as a page to read, and as an Atom feed (https://www.rfc-editor.org/rfc/rfc4287)."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final
from xml.etree import ElementTree

from apig_nb.report.formats import xml_text
from apig_nb.report.pages import MAX_OPERATIONS, render
from apig_nb.report.report import SEVERITIES, SIGNS
from apig_nb.text import shorten

_ATOM: Final = "http://www.w3.org/2005/Atom"

MAX_TITLE: Final = 150
MAX_MESSAGE: Final = 1000
"""Characters of the title of an entry in a feed, and of a message."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A change in the API group and at the time where it appeared.

    Attributes:
        time: the time, UTC.
        where: gateway, environment and API group, as far as they are known.
        severity: breaking, warning or info.
        security: it reduces protection.
        rule: id of the rule.
        message: what changed, why it has its severity, and what to do.
        before: old value as text; `None` where there was none.
        after: new value as text; `None` where there is none.
        operations: affected operations as `METHOD path`.
        fingerprint: short hash that identifies the change in its group.
    """

    time: datetime
    where: str
    severity: str
    security: bool
    rule: str
    message: str
    before: str | None
    after: str | None
    operations: Sequence[str]
    fingerprint: str

    @property
    def text(self) -> str:
        """The message, shortened."""
        return shorten(self.message, MAX_MESSAGE)

    @property
    def id(self) -> str:
        """An identifier for feeds; a change that is made, undone and made again has another one each time."""
        return _urn(self.fingerprint, self.where, self.time.isoformat())


def timeline_page(title: str, entries: Sequence[Entry]) -> str:
    """Render a timeline, the last changes first, as one page without scripts or links."""
    return render(
        "timeline.html",
        title=title,
        counts=_counts_text(entries),
        times=[(time, list(some)) for time, some in groupby(_last_first(entries), lambda entry: entry.time)],
        SIGNS=SIGNS,
        MAX_OPERATIONS=MAX_OPERATIONS,
    )


def timeline_feed(title: str, entries: Sequence[Entry], updated: datetime) -> str:
    """Write a timeline, the last changes first, as an Atom feed.

    Args:
        title: the title, which identifies the feed.
        entries: the changes.
        updated: the time up to which changes are known.
    """
    feed = ElementTree.Element("feed", xmlns=_ATOM)
    _add(feed, "id", _urn(title))
    _add(feed, "title", title)
    _add(feed, "updated", _rfc3339(updated))
    _add(ElementTree.SubElement(feed, "author"), "name", "apig_nb")
    for entry in _last_first(entries):
        element = ElementTree.SubElement(feed, "entry")
        _add(element, "id", entry.id)
        _add(element, "title", shorten(f"{entry.where}: {entry.message}", MAX_TITLE))
        _add(element, "updated", _rfc3339(entry.time))
        for term in (entry.severity, entry.rule):
            ElementTree.SubElement(element, "category", term=term)
        _add(element, "content", entry.text)
    ElementTree.indent(feed)
    written: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return f"{written.decode('utf-8')}\n"


def _last_first(entries: Sequence[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: entry.time, reverse=True)


def _counts_text(entries: Sequence[Entry]) -> str:
    counts = Counter(entry.severity for entry in entries)
    found = [f"{counts[severity]} {severity}" for severity in SEVERITIES if counts[severity]]
    return ", ".join(found) or "no changes"


def _add(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = xml_text(text)


def _urn(*parts: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_OID, "\0".join(parts)).urn


def _rfc3339(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"
