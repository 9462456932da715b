"""Whether an answer of the export call is a document, and whether it is the one that was asked for.

Everything here is cheap however large the document: only its beginning, its end and its `info` object are looked at.

Source: contract/export, "Answer"; contract/document, "Root".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from apig_nb.client.service_errors import is_error_body, read_service_error
from apig_nb.definition.read.decoding import first_character
from apig_nb.errors import DocumentError
from apig_nb.export import Export
from apig_nb.text import visible

if TYPE_CHECKING:
    from apig_nb.client.transport import Answer

_NO_DOCUMENT: Final = re.compile(r"(text/html|application/(xhtml\+xml|pdf|zip)|(image|audio|video|font|multipart)/.*)")
"""Media types of things that are no document. The type of a document itself is documented nowhere."""

MAX_QUOTED: Final = 200
"""Characters of a document that a warning repeats."""

_JSON_STANDARD = re.compile(rb'"(swagger|openapi)"\s*:\s*"([^"]{1,20})"')
# Beginning with a line break in place of `^`, and looking at one sign first: ten times as fast on a large document.
_YAML_STANDARD = re.compile(rb"""\n(?=[so"'])["']?(swagger|openapi)["']?\s*:\s*["']?([0-9.]{1,20})""")
_YAML_INFO = re.compile(rb"\ninfo:[ \t]*\r?\n((?:(?:[ \t].*)?\r?\n)*)")


def check_is_document(export: Export, answer: Answer) -> None:
    """Let a document pass.

    Raises:
        ServiceError: it is an error that came with a good status.
        DocumentError: it is something else; the message says what.
    """
    if first_character(export.raw) == b"<":
        raise DocumentError(
            f"the answer is no API document but an HTML page: {_page_title(export.raw)}; is the endpoint the right one?"
        )
    if _NO_DOCUMENT.fullmatch(answer.media_type):
        if is_error_body(export.raw):
            raise read_service_error(answer.status_code, answer.headers, export.raw)
        raise DocumentError(
            f"the answer calls itself {answer.media_type}, which no API document is; is the endpoint the right one?"
        )
    if not _looks_whole(export.raw):
        _check_in_full(export, answer)


def _page_title(raw: bytes) -> str:
    title = re.search(rb"(?is)<title[^>]*>(.{0,200}?)</title", raw)
    return repr(" ".join(title[1].decode("utf-8", "replace").split())) if title else "'without a title'"


def _looks_whole(raw: bytes) -> bool:
    """Whether a root key seems to be there, and the end; reading a large document in full takes its time."""
    # Every writer of YAML ends the last line; where there is no line break, something may be gone.
    whole = raw[-100:].rstrip().endswith(b"}") if first_character(raw) == b"{" else raw.endswith(b"\n")
    return whole and _standard(raw) is not None


def _standard(raw: bytes) -> re.Match[bytes] | None:
    """The root key that names the standard, and its value."""
    return _JSON_STANDARD.search(raw) if first_character(raw) == b"{" else _YAML_STANDARD.search(b"\n" + raw)


def _check_in_full(export: Export, answer: Answer) -> None:
    """Say what came instead of a document, unless it is one after all."""
    try:
        _ = export.definition
    except DocumentError:
        if is_error_body(export.raw):
            raise read_service_error(answer.status_code, answer.headers, export.raw) from None
        raise


def mismatches(export: Export) -> Iterator[str]:
    """What a document has otherwise than it was asked for, one sentence each."""
    request = export.request
    if request is None:
        return
    is_json = first_character(export.raw) == b"{"
    if is_json != (request.type == "json"):
        yield f"{request.type} was asked for, {'JSON' if is_json else 'YAML'} came"
    standard = _standard(export.raw)
    if standard is not None:
        name, version = (part.decode("utf-8", "replace") for part in standard.groups())
        if not version.startswith(request.oas_version[:2]):
            wanted = "Swagger 2.0" if request.oas_version == "2.0" else "OpenAPI 3.0"
            yield f"{wanted} was asked for, {name} {visible(version)} came"
    info = _info(export.raw, is_json)
    title, version = info.get("title"), info.get("version")
    if export.group is not None and isinstance(title, str) and title != export.group:
        yield f"the API group {export.group!r} was asked for, {_short(title)} came"
    if request.version is not None and isinstance(version, str) and version != request.version:
        yield f"the version {request.version!r} was asked for, {_short(version)} came: an old answer?"


def _short(text: str) -> str:
    """A text of the document, quoted as far as it helps."""
    return repr(text) if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED]!r}…"


def _info(raw: bytes, is_json: bool) -> Mapping[str, Any]:
    """The `info` object, read alone; empty where it is not found."""
    info = _json_info(raw) if is_json else _yaml_info(raw)
    return info if isinstance(info, dict) else {}


def _json_info(raw: bytes) -> object:
    at = raw.find(b'"info"')
    while at >= 0:
        # The object is short; decoding what follows it would cost as much as the document.
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
    import yaml

    block = _YAML_INFO.search(b"\n" + raw)
    try:
        # BaseLoader leaves every scalar a text: a version stays what was written.
        return None if block is None else yaml.load(block[1][:20_000], Loader=yaml.BaseLoader)  # noqa: S506 - texts only
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError):
        return None
