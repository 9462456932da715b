"""Fuzz target: a document written as JSON and as YAML is read as the same tree."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import yaml

from apig_nb.definition.read.source import Source, read_source
from apig_nb.definition.values import as_text
from apig_nb.errors import DocumentError
from tests.fuzz.mutation import mutated as mutated
from tests.fuzz.seeds import MAX_BYTES, documents, json_text, texts, tree_of, vocabulary


class _Quoting(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]  # which of the two depends on libyaml
    """A dumper that quotes every string: PyYAML would write `1e8` without quotes, which is a number in YAML 1.2."""


_Quoting.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


def seeds() -> Iterable[bytes]:
    return documents()


def words() -> Iterable[bytes]:
    return texts(vocabulary())


def must_hold(data: bytes) -> None:
    """Check that both forms are read alike, except for numbers in fields that the standard defines as strings."""
    tree = tree_of(data)
    if not isinstance(tree, dict):
        return
    try:
        as_json = json_text(tree, MAX_BYTES, allow_nan=False)
        if as_json is None:
            return
        as_yaml = yaml.dump(json.loads(as_json), Dumper=_Quoting, allow_unicode=True)
    # The tree has values that JSON cannot express or PyYAML cannot write.
    except (TypeError, ValueError, RecursionError, yaml.YAMLError):
        return
    read = [_read(text) for text in (as_json, as_yaml)]
    assert (read[0] is None) == (read[1] is None)
    if read[0] is not None and read[1] is not None:
        assert _same(read[0].tree, read[1].tree), (read[0].tree, read[1].tree)


def _read(text: str) -> Source | None:
    try:
        return read_source(text.encode())
    except DocumentError:
        return None


def _same(one: Any, other: Any) -> bool:
    pairs = [(one, other)]
    while pairs:
        one, other = pairs.pop()
        if isinstance(one, dict) and isinstance(other, dict):
            if list(one) != list(other) and sorted(one) != sorted(other):
                return False
            pairs += [(value, other[key]) for key, value in one.items()]
        elif isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                return False
            pairs += zip(one, other, strict=True)
        elif not (one == other and type(one) is type(other)) and not _is_its_text(one, other):
            return False
    return True


def _is_its_text(value: object, text: object) -> bool:
    """Test for a number that the YAML reader keeps as the string that was written."""
    return (
        isinstance(text, str) and isinstance(value, int | float) and (as_text(value) == text or _number(text) == value)
    )


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
