"""The table `parameters`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from apig_nb.definition.model.elements import Parameter
from apig_nb.definition.values import as_list, as_number, as_text, as_whole
from apig_nb.tables.frame import FLAG, KEYS, LIST, NUMBER, TEXT, WHOLE, Row, rest
from apig_nb.tables.schema_text import type_text

if TYPE_CHECKING:
    from apig_nb.definition import ApiDefinition

PARAMETERS = {
    **KEYS,
    "name": TEXT,
    "in": TEXT,
    "required": FLAG,
    "type": TEXT,
    "format": TEXT,
    "default": TEXT,
    "enum": LIST,
    "minimum": NUMBER,
    "maximum": NUMBER,
    "min_length": WHOLE,
    "max_length": WHOLE,
    "pattern": TEXT,
    "pass_through": TEXT,
    "orchestrations": LIST,
    "sample": TEXT,
    "description": TEXT,
    "deprecated": FLAG,
    "extensions": TEXT,
}


def parameters(definition: ApiDefinition) -> Iterator[Row]:
    """Yield the rows of `Export.parameters`."""
    memo_by_id = definition.document.memo_by_id

    def shared_row(parameter: Parameter) -> Row:
        # Parameters of equal content share the row.
        return memo_by_id("parameter row", parameter.source, lambda _: _parameter_row(parameter))

    return (
        (operation.method, operation.path, *shared_row(parameter))
        for operation in definition.operations
        for parameter in operation.parameter_contents
    )


def _parameter_row(parameter: Parameter) -> Row:
    schema = parameter.schema
    return (
        parameter.name,
        parameter.location,
        parameter.required,
        type_text(schema),
        as_text(schema.get("format")),
        as_text(schema.get("default")),
        tuple(["null" if value is None else as_text(value) or "" for value in as_list(schema.get("enum"))]),
        as_number(schema.get("minimum")),
        as_number(schema.get("maximum")),
        as_whole(schema.get("minLength")),
        as_whole(schema.get("maxLength")),
        as_text(schema.get("pattern")),
        parameter.pass_through,
        parameter.orchestrations,
        parameter.sample,
        parameter.description,
        parameter.deprecated,
        rest(parameter.extensions),
    )
