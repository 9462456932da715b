"""Documents to start a hunt from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

# Nothing of apig_nb is imported from here before a hunt has had a chance to watch it.
DATA = Path(__file__).parents[1] / "data"
MAX_BYTES = 30_000
"""Longer inputs are not tried: they cost more than they show."""
SMALL = 8_000
"""Longer documents are cut into their paths."""
_SUFFIXES = (".json", ".yaml", ".yml")


def documents(folder: Path = DATA) -> Iterator[bytes]:
    """Small documents, whole; of larger ones each path alone, with what stands around the paths."""
    for file in sorted(folder.rglob("*")):
        if file.suffix in _SUFFIXES and file.stat().st_size <= 4 * SMALL:
            raw = file.read_bytes()
            yield from [raw] if len(raw) <= SMALL else _cut(tree_of(raw))


def _cut(tree: Any) -> Iterator[bytes]:
    if not isinstance(tree, dict) or not isinstance(tree.get("paths"), dict):
        return
    for path, item in tree["paths"].items():
        cut = json_text({**tree, "paths": {path: item}}, 2 * SMALL, ensure_ascii=False)
        if cut is not None:
            yield cut.encode("utf-8", "replace")


_MOST_MERGES = 3
"""A chain of merge keys explodes in PyYAML."""


def tree_of(raw: bytes) -> Any:
    """The tree of a document; `None` where it has none that a plain reader finds."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        pass
    if raw.count(b"<<") > _MOST_MERGES:
        return None
    try:
        return yaml.load(raw, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    # A date that is none is a ValueError, a tag that does not fit its text any of the others.
    except (yaml.YAMLError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def json_text(tree: Any, max_size: int, **options: Any) -> str | None:
    """A tree as JSON; `None` where it gets too long: aliases may make a great tree of a small text."""
    size, pieces = 0, []
    for piece in json.JSONEncoder(default=str, **options).iterencode(tree):
        size += len(piece)
        if size > max_size:
            return None
        pieces.append(piece)
    return "".join(pieces)


@cache
def vocabulary() -> tuple[str, ...]:
    """Every key and every short text of the documents kept here, and of the standards."""
    from apig_nb.definition import grammar
    from apig_nb.definition.read import yaml_reader

    known = {key for table in vars(grammar).values() if isinstance(table, dict | frozenset) for key in table}
    words = {*map(str, known), *yaml_reader.TEXT_FIELDS}
    for file in sorted(DATA.rglob("*")):
        if file.suffix in _SUFFIXES:
            words |= set(_texts(tree_of(file.read_bytes())))
    return tuple(sorted(words))


def _texts(tree: Any) -> Iterator[str]:
    for holder, key in places(tree):
        for text in (key, holder[key]):
            if isinstance(text, str) and len(text) <= 40:
                yield text


_MOST_PLACES = 20_000
"""So many are looked at."""


def places(tree: Any) -> list[tuple[Any, Any]]:
    """The places of a tree, as the holder and the key in it, the higher ones first."""
    found: list[tuple[Any, Any]] = []
    holders = [tree]
    for holder in holders:
        pairs = holder.items() if isinstance(holder, dict) else enumerate(holder) if isinstance(holder, list) else ()
        for key, value in pairs:
            found.append((holder, key))
            if isinstance(value, dict | list):
                holders.append(value)
        if len(found) > _MOST_PLACES:
            break
    return found


def texts(words: Iterable[str]) -> Iterator[bytes]:
    """Words as bytes, those that fit into a dictionary."""
    return (word.encode("utf-8", "ignore") for word in words if 1 < len(word) <= 60)
