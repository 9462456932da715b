"""The tables `problems` and `extensions`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from apig_nb.definition.values import json_text, written_form
from apig_nb.tables.frame import TEXT, Row

if TYPE_CHECKING:
    from apig_nb.definition import ApiDefinition

PROBLEMS = {"pointer": TEXT, "kind": TEXT, "message": TEXT}
EXTENSIONS = {"pointer": TEXT, "key": TEXT, "value": TEXT}


def problems(definition: ApiDefinition) -> Iterable[Row]:
    """Return the rows of `Export.problems`."""
    return definition.problems


def extensions(definition: ApiDefinition) -> Iterator[Row]:
    """Yield the rows of `Export.extensions`."""
    memo_by_value = definition.document.memo_by_value
    return (
        (at, key, memo_by_value("extension value", written_form(value), value, json_text))
        for at, key, value in definition.extensions
    )
