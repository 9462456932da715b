"""`request_bodies` and `responses`: what is sent and answered."""

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
    """A row is a media type of an operation's request body.

    Columns: method, path, media_type, schema (its name or what it is built of; missing where not described), required
    (bool), description, extensions (JSON).
    """
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
    """A row is a media type of a response of an operation; one row without media type where the response has none.

    Columns: method, path, status (text: `200`, `4XX`, `default`), media_type, schema, description, headers (names),
    normal_sample and failure_sample (the gateway's two samples), extensions (JSON).
    """
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

    # Operations that write their responses alike share what was read of them.
    return frame(
        RESPONSES,
        (
            (operation.method, operation.path, *row)
            for operation in definition.operations
            for row in memo_by_id("response rows", operation.responses, rows_of)
        ),
    )
