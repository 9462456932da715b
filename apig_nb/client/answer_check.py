"""Check that the answer of the export call is an API document, and the one that was requested.

Most checks read only the beginning, the end and the `info` object of a document. No page documents the media type of
the answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from apig_nb.client.service_errors import is_error_body, read_service_error
from apig_nb.client.transport import Answer
from apig_nb.definition.read.decoding import first_character
from apig_nb.errors import DocumentError
from apig_nb.export import Export
from apig_nb.text import parse_yaml, shorten, visible

_OTHER_MEDIA_TYPES: Final = re.compile(
    r"(text/html|application/(xhtml\+xml|pdf|zip)|(image|audio|video|font|multipart)/.*)"
)
"""Media types that an API document cannot have."""

MAX_QUOTED: Final = 200
"""Characters of a text of the document in a warning."""

_JSON_STANDARD = re.compile(rb'"(swagger|openapi)"\s*:\s*"([^"]{1,20})"')
# A line break in place of `^`, and a test of one character first, are ten times as fast on a large document.
_YAML_STANDARD = re.compile(rb"""\n(?=[so"'])["']?(swagger|openapi)["']?\s*:\s*["']?([0-9.]{1,20})""")
_YAML_INFO = re.compile(rb"\ninfo:[ \t]*\r?\n((?:(?:[ \t].*)?\r?\n)*)")


def check_is_document(export: Export, answer: Answer) -> None:
    """Check that an answer is an API document.

    Raises:
        ServiceError: it is an error with the status of a success.
        DocumentError: it is something else, which the message names.
    """
    if first_character(export.raw) == b"<":
        raise DocumentError(
            f"the answer is not an API document but an HTML page: {_page_title(export.raw)}; check the endpoint"
        )
    if _OTHER_MEDIA_TYPES.fullmatch(answer.media_type):
        if is_error_body(export.raw):
            raise read_service_error(answer.status_code, answer.headers, export.raw)
        raise DocumentError(f"the answer is {answer.media_type}, which is not an API document; check the endpoint")
    if not _looks_complete(export.raw):
        _check_by_parsing(export, answer)


def _page_title(raw: bytes) -> str:
    title = re.search(rb"(?is)<title[^>]*>(.{0,200}?)</title", raw)
    return repr(" ".join(title[1].decode("utf-8", "replace").split())) if title else "'without a title'"


def _looks_complete(raw: bytes) -> bool:
    """Return True if the root key and the end seem to be there; parsing a large document takes seconds."""
    # Every writer of YAML ends the last line; without a line break, the document may be truncated.
    is_closed = raw[-100:].rstrip().endswith(b"}") if first_character(raw) == b"{" else raw.endswith(b"\n")
    return is_closed and _standard(raw) is not None


def _standard(raw: bytes) -> re.Match[bytes] | None:
    """Find the root key that names the standard, and its value."""
    return _JSON_STANDARD.search(raw) if first_character(raw) == b"{" else _YAML_STANDARD.search(b"\n" + raw)


def _check_by_parsing(export: Export, answer: Answer) -> None:
    """Parse the answer, and raise an error where it is not a document."""
    try:
        _ = export.definition
    except DocumentError:
        if is_error_body(export.raw):
            raise read_service_error(answer.status_code, answer.headers, export.raw) from None
        raise


def mismatches(export: Export) -> Iterator[str]:
    """Yield one sentence for each difference between a document and its request."""
    request = export.request
    if request is None:
        return
    is_json = first_character(export.raw) == b"{"
    if is_json != (request.type == "json"):
        yield f"{request.type} was requested, {'JSON' if is_json else 'YAML'} was received"
    standard = _standard(export.raw)
    if standard is not None:
        name, version = (part.decode("utf-8", "replace") for part in standard.groups())
        if not version.startswith(request.oas_version[:2]):
            wanted = "Swagger 2.0" if request.oas_version == "2.0" else "OpenAPI 3.0"
            yield f"{wanted} was requested, {name} {visible(version)} was received"
    info = _info(export.raw, is_json)
    title, version = info.get("title"), info.get("version")
    if export.group is not None and title != export.group:
        received = _quoted(title) if isinstance(title, str) else "a document without a title"
        yield f"the API group {export.group!r} was requested, {received} was received"
    if request.version is not None and isinstance(version, str) and version != request.version:
        yield f"the version {request.version!r} was requested, {_quoted(version)} was received; is it an old answer?"


def _quoted(text: str) -> str:
    return shorten(repr(text), MAX_QUOTED)


def _info(raw: bytes, is_json: bool) -> Mapping[str, Any]:
    """Read only the `info` object; empty where it is not found."""
    info = _json_info(raw) if is_json else _yaml_info(raw)
    return info if isinstance(info, dict) else {}


def _json_info(raw: bytes) -> object:
    at = raw.find(b'"info"')
    while at >= 0:
        # The object is short; decoding all that follows would take as long as the document.
        following = raw[at + 6 : at + 20_000].lstrip()
        if following.startswith(b":"):
            try:
                info, _ = json.JSONDecoder().raw_decode(following[1:].decode("utf-8", "ignore").lstrip())
            except (ValueError, RecursionError):
                info = None
            if isinstance(info, dict) and isinstance(info.get("title"), str):
                return info
        at = raw.find(b'"info"', at + 6)
    return None


def _yaml_info(raw: bytes) -> object:
    block = _YAML_INFO.search(b"\n" + raw)
    try:
        # Scalars stay as written, such as a version that looks like a number.
        return None if block is None else parse_yaml(block[1][:20_000].decode("utf-8", "ignore"), scalars_as_text=True)
    except ValueError:
        return None
