"""Fuzz target: `load()`, and tables, reports and comparisons of what it loads."""

from __future__ import annotations

import json
import random
import tempfile
import zlib
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

from pandas import DataFrame

import apig_nb as apig
from apig_nb.export import Export
from apig_nb.tables import TABLES
from apig_nb.text import HARMFUL, encodable
from tests.definition.making import EXPORTS, resolves
from tests.fuzz.mutation import changed
from tests.fuzz.mutation import mutated as mutated
from tests.fuzz.seeds import MAX_BYTES, documents, texts, vocabulary

_MARKUP = ("table", "caption", "thead", "tbody", "tr", "th", "td", "code")
# Tables and reports take most of the time, so they are checked for one in so many inputs. A checksum of the bytes
# selects the inputs, so that the same input always gets the same checks.
_TABLES_EVERY = 8
_REPORTS_EVERY = 16

# Problems whose pointer may not resolve: what was dropped is no longer in the tree, and an operation is named by its
# path, which may be a reference to another one.
_UNRESOLVABLE = {"dropped-operation", "duplicate-key", "undefined", "duplicate-parameter"}
_UNRESOLVABLE |= {"duplicate-operation-id", "body-parameter"}


def seeds() -> Iterable[bytes]:
    return documents()


def words() -> Iterable[bytes]:
    yaml_tokens = (
        "---\n",
        "...\n",
        "&a ",
        "*a",
        "<<: ",
        "!!str ",
        "!!binary ",
        "- ",
        ": ",
        "? ",
        "|\n",
        ">-\n",
        "%YAML 1.1\n",
    )
    json_tokens = ("null", "true", "NaN", "-Infinity", "1e999", '":', '",', '"}', "\\u0000", "\\ud800", "\\/")
    return (
        *texts((*yaml_tokens, *json_tokens, *vocabulary())),
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\x1f\x8b\x08",
        b"\xd6\xd0",
    )


def must_hold(data: bytes) -> None:
    """Check that loading raises DocumentError, or that the result can be shown, saved and compared."""
    try:
        export = apig.load(data)
    except apig.DocumentError as error:
        assert str(error).isprintable(), "messages contain no control characters"
        return
    definition = export.definition
    assert export.raw == data
    assert _is_plain(repr(export)), repr(export)
    assert _is_plain(repr(definition)), repr(definition)
    assert set(_TagCollector.of(export._repr_html_())) <= set(_MARKUP)
    _ = export.text
    unresolved = {problem.kind for problem in definition.problems if not resolves(definition.tree, problem)}
    assert unresolved <= _UNRESOLVABLE, "pointers of problems resolve"
    checksum = zlib.crc32(data)
    if checksum % _TABLES_EVERY == 0:
        _tables_hold(export)
        _saving_holds(export)
    _comparisons_hold(export, with_reports=checksum % _REPORTS_EVERY == 0)


@cache
def _dtypes() -> dict[str, list[tuple[str, str]]]:
    empty = apig.load(b'{"paths": {}}')
    return {name: _kinds(getattr(empty, name)) for name in TABLES}


def _kinds(frame: DataFrame) -> list[tuple[str, str]]:
    return [(str(column), str(kind)) for column, kind in frame.dtypes.items()]


def _tables_hold(export: Export) -> None:
    for name in TABLES:
        frame = getattr(export, name)
        assert _kinds(frame) == _dtypes()[name], f"{name} has the columns of an empty table"
        cells = [str(cell) for row in frame.itertuples(index=False) for cell in row]
        assert [cell for cell in cells if encodable(cell) != cell] == []
    marks = apig.matrix({"a": export, "b": export})
    assert len(marks) <= len(export.operations)
    twice = apig.load_many({"a": export, "b": export})
    assert len(twice.operations) == 2 * len(export.operations)


def _comparisons_hold(export: Export, with_reports: bool) -> None:
    for same in (export, apig.load(export.raw)):
        comparison = apig.compare(export, same)
        assert len(comparison) == 0, comparison.found
    other = _variant(export)
    forward, backward = apig.compare(export, other), apig.compare(other, export)
    assert bool(forward) == bool(backward), "a difference is found in both directions"
    for comparison in (forward, backward):
        assert _is_plain(repr(comparison)), repr(comparison)
        if with_reports:
            _reports_hold(comparison)


def _variant(export: Export) -> Export:
    """Return the document with a change that depends only on its bytes, or an unrelated one if that fails."""
    text = changed(export.raw, MAX_BYTES, random.Random(export.raw))
    with suppress(apig.DocumentError):
        if text is not None:
            return apig.load(text)
    return _unrelated()


@cache
def _unrelated() -> Export:
    return apig.load(EXPORTS / "quirks-oas3.yaml")


def _reports_hold(comparison: apig.Comparison) -> None:
    assert len(comparison.changes) == len(comparison)
    assert len(comparison.explode()) >= len(comparison)
    for frame in (comparison.operations, comparison.summary, comparison.breaking):
        assert len(frame.columns) > 0
    json.loads(comparison.to_json())
    ElementTree.fromstring(comparison.to_junit())
    shown = (comparison.to_html(), comparison.to_markdown(), comparison.to_junit(), comparison.to_json())
    assert all(map(_is_plain, (*shown, comparison.to_csv())))
    assert not {"script", "img", "a", "iframe"} & set(_TagCollector.of(comparison.to_html()))
    comparison.to_markdown().encode()
    comparison._repr_html_()


_FOLDER = tempfile.TemporaryDirectory()


def _saving_holds(export: Export) -> None:
    folder = Path(_FOLDER.name)
    saved = export.save(folder)
    assert saved.parent == folder
    assert saved.read_bytes() == export.raw
    saved.unlink()


def _is_plain(text: str) -> bool:
    return HARMFUL.search(text) is None


class _TagCollector(HTMLParser):
    """Collects the names of all elements in HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.names.append(tag)

    @classmethod
    def of(cls, text: str) -> list[str]:
        tags = cls()
        tags.feed(text)
        tags.close()
        return tags.names
