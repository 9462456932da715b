"""Documents that fuzzing starts from, and the words they consist of."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

# No module of apig_nb is imported at the top: `tests.fuzz.run` must instrument the imports first.
DATA = Path(__file__).parents[1] / "data"
MAX_BYTES = 30_000
"""Largest input; longer ones cost more time than they are worth."""
SMALL = 8_000
"""Longer documents are split by path."""
_SUFFIXES = (".json", ".yaml", ".yml")


def documents(folder: Path = DATA) -> Iterator[bytes]:
    """Yield the small documents of a folder; larger ones are split, with one path each."""
    for file in sorted(folder.rglob("*")):
        if file.suffix in _SUFFIXES and file.stat().st_size <= 4 * SMALL:
            raw = file.read_bytes()
            yield from [raw] if len(raw) <= SMALL else _split_by_path(tree_of(raw))


def _split_by_path(tree: Any) -> Iterator[bytes]:
    if not isinstance(tree, dict) or not isinstance(tree.get("paths"), dict):
        return
    for path, item in tree["paths"].items():
        part = json_text({**tree, "paths": {path: item}}, 2 * SMALL, ensure_ascii=False)
        if part is not None:
            yield part.encode("utf-8", "replace")


_MAX_MERGE_KEYS = 3
"""A chain of merge keys takes exponential time in PyYAML."""


def tree_of(raw: bytes) -> Any:
    """Return the tree of a document, or None if neither `json` nor PyYAML can parse it."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        pass
    if raw.count(b"<<") > _MAX_MERGE_KEYS:
        return None
    try:
        return yaml.load(raw, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    # An invalid date raises ValueError, a tag that does not fit its text one of the others.
    except (yaml.YAMLError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def json_text(tree: Any, max_size: int, **options: Any) -> str | None:
    """Return a tree as JSON, or None if that is too long: YAML aliases can make a huge tree of a short text."""
    size, pieces = 0, []
    for piece in json.JSONEncoder(default=str, **options).iterencode(tree):
        size += len(piece)
        if size > max_size:
            return None
        pieces.append(piece)
    return "".join(pieces)


@cache
def vocabulary() -> tuple[str, ...]:
    """Return every key and short text of the documents in tests/data, and every key of the standards."""
    from apig_nb.definition import grammar
    from apig_nb.definition.read import yaml_reader

    known = {key for table in vars(grammar).values() if isinstance(table, dict | frozenset) for key in table}
    words = {*map(str, known), *yaml_reader.TEXT_FIELDS}
    for file in sorted(DATA.rglob("*")):
        if file.suffix in _SUFFIXES:
            words |= set(_texts(tree_of(file.read_bytes())))
    return tuple(sorted(words))


def _texts(tree: Any) -> Iterator[str]:
    for holder, key in locations(tree):
        for text in (key, holder[key]):
            if isinstance(text, str) and len(text) <= 40:
                yield text


_MAX_LOCATIONS = 20_000
"""Number of locations after which `locations` stops."""


def locations(tree: Any) -> list[tuple[Any, Any]]:
    """Return the locations in a tree, each as a container and a key of it, breadth first."""
    found: list[tuple[Any, Any]] = []
    holders = [tree]
    for holder in holders:
        pairs = holder.items() if isinstance(holder, dict) else enumerate(holder) if isinstance(holder, list) else ()
        for key, value in pairs:
            found.append((holder, key))
            if isinstance(value, dict | list):
                holders.append(value)
        if len(found) > _MAX_LOCATIONS:
            break
    return found


def texts(words: Iterable[str]) -> Iterator[bytes]:
    """Yield words as bytes, without those that are too long for a libFuzzer dictionary."""
    return (word.encode("utf-8", "ignore") for word in words if 1 < len(word) <= 60)
