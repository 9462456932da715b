"""Documents, and functions to read them, for the tests of the definition and its tables."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from apig_nb.definition import ApiDefinition, Problem, read_definition
from apig_nb.tables import TABLES
from apig_nb.text import HARMFUL, encodable

DATA = Path(__file__).parents[1] / "data"
EXPORTS = DATA / "exports"
KEYS = ("method", "path")

OK = {"responses": {"200": {"description": "ok"}}}
"""The least content of an operation."""


def swagger(**parts: Any) -> dict[str, Any]:
    """A Swagger 2.0 document with the given parts."""
    return {"swagger": "2.0", "info": {"title": "t", "version": "1"}, "paths": {}} | parts


def openapi(version: str = "3.0.3", /, **parts: Any) -> dict[str, Any]:
    """An OpenAPI 3 document with the given parts."""
    return {"openapi": version, "info": {"title": "t", "version": "1"}, "paths": {}} | parts


def read(document: Any) -> ApiDefinition:
    """Read a document from its tree, its text or its bytes."""
    if isinstance(document, dict):
        document = json.dumps(document)
    return read_definition(document.encode() if isinstance(document, str) else document)


def table(name: str, definition: ApiDefinition) -> pd.DataFrame:
    """One table by its name."""
    return TABLES[name].frame(definition)


def tables_of(definition: ApiDefinition) -> dict[str, pd.DataFrame]:
    """Every table by its name."""
    return {name: table(name, definition) for name in TABLES}


def values(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table without missing values."""
    return [
        {str(key): value for key, value in row.items() if not is_missing(value)}
        for row in frame.to_dict(orient="records")
    ]


def is_missing(value: Any) -> bool:
    """True for a missing value and for an empty list."""
    return value == () if isinstance(value, tuple) else bool(pd.isna(value))


def rows(name: str, document: Any) -> list[dict[str, Any]]:
    """The rows of one table of a document without missing values."""
    return values(table(name, read(document)))


def row(name: str, document: Any) -> dict[str, Any]:
    """The only row of one table of a document."""
    (only,) = rows(name, document)
    return only


def problems(document: Any) -> list[tuple[str, str]]:
    """Pointer and kind of each problem of a document."""
    return [(problem.pointer, problem.kind) for problem in read(document).problems]


def cells(definition: ApiDefinition) -> Iterator[str]:
    """Every cell of every table as text, without missing values."""
    for frame in tables_of(definition).values():
        for name in frame.columns:
            yield from (str(value) for value in frame[name] if not is_missing(value))


def texts(definition: ApiDefinition) -> str:
    """The text of all tables but `problems`."""
    shown = [str(frame.to_dict()) for name, frame in tables_of(definition).items() if name != "problems"]
    return "\n".join(shown)


def harmful(definition: ApiDefinition) -> list[str]:
    """Messages with characters that must not be shown, and values that no encoding can hold."""
    messages = (repr(definition), *(problem.message for problem in definition.problems))
    values = (definition.title, definition.version, definition.description, *cells(definition))
    return [text for text in messages if HARMFUL.search(text)] + [text for text in values if encodable(text) != text]


def resolves(tree: Any, problem: Problem) -> bool:
    """True if the pointer of a problem is empty or leads to an object or list, or to a key one of them could have."""
    if not problem.pointer:
        return True
    if not problem.pointer.startswith("/"):
        return False
    *above, _ = [part.replace("~1", "/").replace("~0", "~") for part in problem.pointer.split("/")[1:]]
    for part in above:
        if isinstance(tree, dict) and part in tree:
            tree = tree[part]
        elif isinstance(tree, list) and part.isdecimal() and int(part) < len(tree):
            tree = tree[int(part)]
        else:
            return False
    return isinstance(tree, dict | list)


def places(tree: Any, above: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """The path and value of every node of a tree but its root."""
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        yield (*above, key), value
        if isinstance(value, dict | list):
            yield from places(value, (*above, key))


def replaced(tree: Any, at: tuple[str | int, ...], value: Any) -> Any:
    """A copy of a tree with another value at a path."""
    changed = copy.deepcopy(tree)
    holder = changed
    for part in at[:-1]:
        holder = holder[part]
    holder[at[-1]] = value
    return changed


def export(name: str) -> Any:
    """The tree of a file in `tests/data/exports`."""
    text = (EXPORTS / name).read_text("utf-8")
    return json.loads(text) if name.endswith(".json") else yaml.safe_load(text)
