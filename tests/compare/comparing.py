"""Helpers for the tests of `compare`: small documents, and short forms of the changes between them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import apig_nb as apig
from apig_nb.compare.rules import REVERSED
from tests.shared import shared

DATA = Path(__file__).parents[1] / "data"
SENT, RECEIVED = "sent", "received"

Row = tuple[Any, ...]


def text(document: Any) -> bytes:
    """Return a document as bytes for `load`; anything else unchanged."""
    return json.dumps(document).encode() if isinstance(document, dict) else document


def compared(old: Any, new: Any, **options: Any) -> apig.Comparison:
    return apig.compare(text(old), text(new), **options)


def differences(old: Any, new: Any, **options: Any) -> list[Row]:
    """Return severity and rule of every change."""
    return [(change.severity, change.rule.id) for change in compared(old, new, **options).found]


def change_rows(old: Any, new: Any, **options: Any) -> list[Row]:
    """Return severity, rule, location, before and after of every change."""
    return [
        (change.severity, change.rule.id, change.location, change.before, change.after)
        for change in compared(old, new, **options).found
    ]


def openapi(operation: Any = None, /, **parts: Any) -> dict[str, Any]:
    """Return an OpenAPI 3.0 document, with one operation `GET /a` if one is given."""
    paths = {"/a": {"get": {"responses": {"200": {"description": "ok"}}} | operation}} if operation is not None else {}
    return {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": paths} | parts


def swagger(operation: Any = None, /, **parts: Any) -> dict[str, Any]:
    """Return a Swagger 2.0 document, with one operation `GET /a` if one is given."""
    document = openapi(operation, **parts)
    del document["openapi"]
    return {"swagger": "2.0", **document}


def with_schema(schema: Any, side: str = SENT, /, **parts: Any) -> dict[str, Any]:
    """Return a document with a schema as the request or response body."""
    content = {"content": {"application/json": {"schema": schema}}}
    if side == SENT:
        return openapi({"requestBody": content}, **parts)
    return openapi({"responses": {"200": {"description": "ok", **content}}}, **parts)


def with_parameter(**parameter: Any) -> dict[str, Any]:
    """Return a document with one parameter, by default `q` in the query."""
    return openapi({"parameters": [{"name": "q", "in": "query", "schema": {"type": "string"}} | parameter]})


def gateway(**keys: Any) -> dict[str, Any]:
    """Return an export with gateway extensions; `_` stands for `-`.

    Definitions of policies are added to the document, other extensions to its operation.
    """
    extensions = {f"x-apigateway-{key.replace('_', '-')}": value for key, value in keys.items()}
    roots = ("x-apigateway-ratelimits", "x-apigateway-access-controls", "x-apigateway-responses")
    return swagger(
        {"x-apigateway-request-type": "public"} | {key: value for key, value in extensions.items() if key not in roots},
        **{key: value for key, value in extensions.items() if key in roots},
    )


def mirrored(old: Any, new: Any) -> tuple[Counter[str], Counter[str]]:
    """Return the reversed effects of the changes from old to new, and the effects from new to old."""
    return mirrored_effects(apig.compare(old, new), apig.compare(new, old))


def mirrored_effects(forward: apig.Comparison, backward: apig.Comparison) -> tuple[Counter[str], Counter[str]]:
    """Return the reversed effects of a comparison, and the effects of the comparison in the other direction."""
    return (
        Counter(REVERSED[change.rule.effect] for change in forward.found),
        Counter(change.rule.effect for change in backward.found),
    )


def documents_of(*folders: str, shared_data: bool = True) -> list[Path]:
    """Return every file below folders of the shared data, or of the project's own."""
    base = shared("data") if shared_data else DATA
    return sorted(path for folder in folders for path in base.joinpath(folder).rglob("*") if path.is_file())
