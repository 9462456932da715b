"""Check that the answer of the export call is an API document, and the one that was requested.

No page documents the media type of the answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from apig_nb.client.secret import masked, masked_label
from apig_nb.client.service_errors import is_error_body, page_title, read_service_error
from apig_nb.client.transport import Answer
from apig_nb.definition.read.decoding import first_character
from apig_nb.errors import DocumentError
from apig_nb.export import Export
from apig_nb.text import shorten

if TYPE_CHECKING:
    from apig_nb.definition import ApiDefinition

_OTHER_MEDIA_TYPES: Final = re.compile(
    r"(text/html|application/(xhtml\+xml|pdf|zip)|(image|audio|video|font|multipart)/.*)"
)
"""Media types that an API document cannot have."""

# Possessive, so that nothing is read twice.
_STANDARD: Final = re.compile(rb"""["'\n](swagger|openapi)["']?\s*+:""")

MAX_QUOTED: Final = 200
"""Characters of a text of the document in a warning."""


def read_answer(export: Export, answer: Answer) -> ApiDefinition | None:
    """Read the document of an answer.

    Returns:
        The document; None where there is one that cannot be read, whose bytes can be saved all the same.

    Raises:
        ServiceError: it is an error with the status of a success.
        DocumentError: it is something else, which the message names.
    """
    if first_character(export.raw) == b"<":
        title = page_title(export.raw)
        raise DocumentError(
            "the answer is not an API document but an HTML page:"
            f" {_quoted(title) if title else 'without a title'}; check the endpoint"
        )
    if _OTHER_MEDIA_TYPES.fullmatch(answer.media_type):
        if is_error_body(export.raw):
            raise read_service_error(answer.status_code, answer.headers, export.raw)
        raise DocumentError(f"the answer is {answer.media_type}, which is not an API document; check the endpoint")
    try:
        return export.definition
    except DocumentError as error:
        problem = masked(str(error))
    if is_error_body(export.raw):
        raise read_service_error(answer.status_code, answer.headers, export.raw)
    if _looks_complete(export.raw):
        return None
    raise DocumentError(problem)


def _looks_complete(raw: bytes) -> bool:
    """Return True if the key that names the standard and the end seem to be there."""
    # Every writer of YAML ends the last line; without a line break, the document may be truncated.
    is_closed = raw[-100:].rstrip().endswith(b"}") if first_character(raw) == b"{" else raw.endswith(b"\n")
    return is_closed and _STANDARD.search(b"\n" + raw) is not None


def mismatches(export: Export, definition: ApiDefinition | None) -> Iterator[str]:
    """Yield one sentence for each difference between a document and its request.

    Args:
        export: the export with its request.
        definition: its document; None where it cannot be read.
    """
    request = export.request
    if request is None:
        return
    is_json = first_character(export.raw) == b"{"
    if is_json != (request.type == "json"):
        yield f"{request.type} was requested, {'JSON' if is_json else 'YAML'} was received"
    if definition is None:
        return
    tree = definition.tree
    wanted = "Swagger 2.0" if request.oas_version == "2.0" else "OpenAPI 3.0"
    if any(key in tree for key in ("swagger", "openapi")) and not definition.standard.startswith(wanted[:-1]):
        yield f"{wanted} was requested, {_shown(definition.standard)} was received"
    info: Mapping[str, Any] = tree["info"] if isinstance(tree.get("info"), dict) else {}
    title, version = info.get("title"), info.get("version")
    if export.group is not None and title != export.group:
        received = _quoted(title) if isinstance(title, str) else "a document without a title"
        yield f"the API group {export.group!r} was requested, {received} was received"
    # YAML may hold a version that is not text, such as 1.10, which is then the number 1.1.
    if request.version is not None and isinstance(version, str) and version != request.version:
        yield f"the version {request.version!r} was requested, {_quoted(version)} was received; is it an old answer?"


def _quoted(text: str) -> str:
    return shorten(repr(masked(text)), MAX_QUOTED)


def _shown(text: str) -> str:
    return masked_label(text, MAX_QUOTED)
