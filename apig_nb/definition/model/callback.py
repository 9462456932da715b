"""`Callback`: a request that the API sends, of a callback of an operation or of a webhook."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from apig_nb.definition.grammar import is_method
from apig_nb.definition.model.document import Document
from apig_nb.definition.model.operation import Operation
from apig_nb.definition.model.references import Pointer
from apig_nb.definition.values import as_map

_WEBHOOKS: Final = ("webhooks", "x-webhooks")
"""OpenAPI 3.1 has the first; the other is common in 3.0:
https://redocly.com/docs-legacy/api-reference-docs/specification-extensions/x-webhooks"""


class Callback(NamedTuple):
    """A request that the API sends.

    Attributes:
        name: the name of the callback or webhook.
        expression: the expression for the URL, such as `{$request.body#/url}`; empty for a webhook.
        operation: its method and content; the path is empty.
    """

    name: str
    expression: str
    operation: Operation


def callbacks(operation: Operation) -> Iterator[Callback]:
    """Yield the requests that the API sends on behalf of an operation."""
    references, at = operation.document.references, Pointer(operation.pointer, ("callbacks",))
    for name, written in as_map(operation.raw.get("callbacks")).items():
        callback, callback_at = as_map(references.follow(written)), references.locate(written, at.below(name))
        for expression, item in callback.items():
            if not expression.startswith("x-"):
                yield from _requests(operation.document, name, expression, item, callback_at.below(expression))


def webhooks(document: Document) -> Iterator[Callback]:
    """Yield the requests that the API sends without being asked to in a call."""
    for key in _WEBHOOKS:
        for name, item in as_map(document.tree.get(key)).items():
            yield from _requests(document, name, "", item, Pointer("", (key, name)))


def _requests(document: Document, name: str, expression: str, written: Any, at: Pointer) -> Iterator[Callback]:
    item, item_at = as_map(document.references.follow(written)), document.references.locate(written, at)
    methods = [key for key in item if is_method(key)]
    document.count(len(methods))
    for key in methods:
        yield Callback(name, expression, Operation(document, "", (key,), item, item_at))
