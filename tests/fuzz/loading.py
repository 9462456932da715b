"""What must hold for `load()` and all that comes of it, whatever the bytes."""

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
from apig_nb.text import HARMFUL
from tests.definition.making import EXPORTS, resolves
from tests.fuzz.mutation import changed
from tests.fuzz.mutation import mutated as mutated
from tests.fuzz.seeds import MAX_BYTES, documents, texts, vocabulary

_MARKUP = ("table", "tr", "th", "td")
# Tables and reports cost more than all the rest: what is looked at is decided by the bytes, so that it is the same for
# the same bytes.
_TABLES_IN = 8
_REPORTS_IN = 16

# What was written twice stood where nothing stands now; what a reference brings is told by method and path.
_ELSEWHERE = {"dropped-operation", "duplicate-key", "undefined", "duplicate-parameter"}


def seeds() -> Iterable[bytes]:
    return documents()


def words() -> Iterable[bytes]:
    signs = (
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
    json_signs = ("null", "true", "NaN", "-Infinity", "1e999", '":', '",', '"}', "\\u0000", "\\ud800", "\\/")
    return (*texts((*signs, *json_signs, *vocabulary())), b"\xef\xbb\xbf", b"\xff\xfe", b"\x1f\x8b\x08", b"\xd6\xd0")


def must_hold(data: bytes) -> None:
    """A document is refused in words, or all of it can be shown, saved and compared."""
    try:
        export = apig.load(data)
    except apig.DocumentError as error:
        assert str(error).isprintable(), "what is shown of the document is harmless"
        return
    definition = export.definition
    assert export.raw == data
    assert _is_plain(repr(export)), repr(export)
    assert _is_plain(repr(definition)), repr(definition)
    assert set(_Tags.of(export._repr_html_())) <= set(_MARKUP)
    _ = export.text
    astray = {problem.kind for problem in definition.problems if not resolves(definition.tree, problem)}
    assert astray <= _ELSEWHERE, "a problem's pointer leads to it"
    lot = zlib.crc32(data)
    if lot % _TABLES_IN == 0:
        _tables_hold(export)
        _saving_holds(export)
    _comparisons_hold(export, with_reports=lot % _REPORTS_IN == 0)


@cache
def _dtypes() -> dict[str, list[tuple[str, str]]]:
    empty = apig.load(b'{"paths": {}}')
    return {name: _kinds(getattr(empty, name)) for name in TABLES}


def _kinds(frame: DataFrame) -> list[tuple[str, str]]:
    return [(str(column), str(kind)) for column, kind in frame.dtypes.items()]


def _tables_hold(export: Export) -> None:
    for name in TABLES:
        frame = getattr(export, name)
        assert _kinds(frame) == _dtypes()[name], f"{name} has the columns of an empty one"
        assert [cell for row in frame.itertuples(index=False) for cell in row if not _is_plain(str(cell))] == []
    marks = apig.matrix({"a": export, "b": export})
    assert len(marks) <= len(export.operations)
    assert len(apig.concat({"a": export, "b": export})) == 2 * len(export.operations)


def _comparisons_hold(export: Export, with_reports: bool) -> None:
    for same in (export, apig.load(export.raw)):
        comparison = apig.compare(export, same)
        assert len(comparison) == 0, comparison.found
    other = _another(export)
    there, back = apig.compare(export, other), apig.compare(other, export)
    assert bool(there) == bool(back), "what differs one way differs the other way"
    for comparison in (there, back):
        assert _is_plain(repr(comparison)), repr(comparison)
        if with_reports:
            _reports_hold(comparison)


def _another(export: Export) -> Export:
    """The document somewhat changed, always in the same way; a wholly different one where it cannot be changed."""
    text = changed(export.raw, MAX_BYTES, random.Random(export.raw))
    with suppress(apig.DocumentError):
        if text is not None:
            return apig.load(text)
    return _stranger()


@cache
def _stranger() -> Export:
    return apig.load(EXPORTS / "quirks-oas3.yaml")


def _reports_hold(comparison: apig.Comparison) -> None:
    assert len(comparison.changes) == len(comparison)
    assert len(comparison.explode()) >= len(comparison)
    for frame in (comparison.operations, comparison.summary, comparison.breaking):
        assert len(frame.columns) > 0
    json.loads(comparison.to_json())
    ElementTree.fromstring(comparison.to_junit())
    assert not {"script", "img", "b", "a", "iframe"} & set(_Tags.of(comparison.to_html()))
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


class _Tags(HTMLParser):
    """Finds every element of a piece of HTML."""

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
