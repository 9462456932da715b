"""The tables `request_bodies` and `responses`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apig_nb.definition.model.elements import MediaType, Response
from apig_nb.definition.values import written_form
from apig_nb.tables.frame import FLAG, KEYS, TEXT, frame, joined, rest
from apig_nb.tables.schema_text import schema_text

if TYPE_CHECKING:
    import pandas as pd

    from apig_nb.definition import ApiDefinition

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
    "headers": TEXT,
    "normal_sample": TEXT,
    "failure_sample": TEXT,
    "extensions": TEXT,
}
_NO_MEDIA_TYPE = (MediaType(""),)


def request_bodies(definition: ApiDefinition) -> pd.DataFrame:
    """Build the table of `Export.request_bodies`."""
    memo_by_id, memo_by_value = definition.document.memo_by_id, definition.document.memo_by_value
    return frame(
        REQUEST_BODIES,
        (
            (
                operation.method,
                operation.path,
                media.name or None,
                memo_by_id("schema text", media.schema, schema_text),
                body.required,
                body.description,
                memo_by_value("extensions", written_form(body.extensions), body.extensions, rest)
                if body.extensions
                else None,
            )
            for operation in definition.operations
            if (body := operation.request_body) is not None
            for media in body.media_types or _NO_MEDIA_TYPE
        ),
    )


def responses(definition: ApiDefinition) -> pd.DataFrame:
    """Build the table of `Export.responses`."""
    memo_by_id = definition.document.memo_by_id

    def rows_of(responses: tuple[Response, ...]) -> list[tuple[object, ...]]:
        return [
            (
                response.status,
                media.name or None,
                memo_by_id("schema text", media.schema, schema_text),
                response.description,
                memo_by_id("header names", response.headers, joined) if response.headers else None,
                response.normal_sample,
                response.failure_sample,
                memo_by_id("extensions text", response.extensions, rest) if response.extensions else None,
            )
            for response in responses
            for media in response.media_types or _NO_MEDIA_TYPE
        ]

    # Operations with equal responses share one object, whose rows are built once.
    return frame(
        RESPONSES,
        (
            (operation.method, operation.path, *row)
            for operation in definition.operations
            for row in memo_by_id("response rows", operation.responses, rows_of)
        ),
    )
