"""The tables `request_bodies` and `responses`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from apig_nb.definition.model.elements import MediaType, Response
from apig_nb.definition.values import written_form
from apig_nb.tables.frame import FLAG, KEYS, LIST, TEXT, Row, rest
from apig_nb.tables.schema_text import schema_text

if TYPE_CHECKING:
    from apig_nb.definition import ApiDefinition, Operation

REQUEST_BODIES = {
    **KEYS,
    "media_type": TEXT,
    "schema": TEXT,
    "required": FLAG,
    "description": TEXT,
    "extensions": TEXT,
}
RESPONSES = {
    **KEYS,
    "status": TEXT,
    "media_type": TEXT,
    "schema": TEXT,
    "description": TEXT,
    "headers": LIST,
    "normal_sample": TEXT,
    "failure_sample": TEXT,
    "extensions": TEXT,
}


def request_bodies(definition: ApiDefinition) -> Iterator[Row]:
    """Yield the rows of `Export.request_bodies`."""
    memo_by_id, memo_by_value = definition.document.memo_by_id, definition.document.memo_by_value
    text_of = partial(schema_text, definition.document.references)
    return (
        (
            operation.method,
            operation.path,
            name,
            memo_by_id("schema text", schema, text_of),
            body.required,
            body.description,
            memo_by_value("extensions", written_form(body.extensions), body.extensions, rest)
            if body.extensions
            else None,
        )
        for operation in definition.operations
        if (body := operation.request_body) is not None
        for name, schema in _named_schemas(body.media_types)
    )


def responses(definition: ApiDefinition) -> Iterator[Row]:
    """Yield the rows of `Export.responses`."""
    memo_by_id = definition.document.memo_by_id
    text_of = partial(schema_text, definition.document.references)

    def rows_of(responses: tuple[Response, ...]) -> list[Row]:
        return [
            (
                response.status,
                name,
                memo_by_id("schema text", schema, text_of),
                response.description,
                tuple(response.header_names),
                response.normal_sample,
                response.failure_sample,
                memo_by_id("extensions text", response.extensions, rest) if response.extensions else None,
            )
            for response in responses
            for name, schema in _named_schemas(response.media_types)
        ]

    def shared_rows(operation: Operation) -> list[Row]:
        # Operations with equal responses share the rows.
        return memo_by_id("response rows", operation.response_summary, lambda _: rows_of(operation.responses))

    return (
        (operation.method, operation.path, *row)
        for operation in definition.operations
        for row in shared_rows(operation)
    )


def _named_schemas(media_types: Iterable[MediaType]) -> list[tuple[str | None, object]]:
    """Return name and schema of each media type, no name where it is assumed; one without both where there is none."""
    return [(None if media.is_assumed else media.name or None, media.schema) for media in media_types] or [(None, None)]
