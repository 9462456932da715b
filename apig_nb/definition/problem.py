"""`Problem`: a defect of a document; and JSON pointers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from apig_nb.text import encodable, shorten, visible

KINDS: Final = {
    "encoding": "the bytes are not UTF-8, or were compressed",
    "not-json": "starts like JSON but is not valid; read by the looser rules of YAML",
    "several-documents": "the file holds several YAML documents; the first is read",
    "duplicate-key": "a key occurs more than once in an object; the last one counts",
    "dropped-operation": "an operation that was dropped with a duplicate key",
    "key-type": "a YAML key that is not text",
    "tag": "a YAML tag; it is ignored",
    "alias-cycle": "a YAML alias inside its own anchor; read as null",
    "alias-unknown": "a YAML alias without an anchor before it; read as null",
    "alias-expansion": "YAML aliases that expand beyond the limit; read as null",
    "characters": "control characters or direction overrides, escaped where they are shown; lone surrogates, replaced",
    "number": "a number that JSON or a float cannot hold",
    "version": "the version of the standard is missing, unknown or given twice",
    "missing": "a mandatory field is missing",
    "wrong-type": "a value of a type that the standard does not allow here",
    "wrong-value": "a value that is not among those that the standard lists",
    "unknown-key": "a key that the standard does not define here",
    "extension-path": "a path whose key is an extension key; read as a path because it holds operations",
    "reference": "a $ref that cannot be resolved, leads out of the document, or is circular",
    "reference-expansion": "references that expand beyond the limit; they are not expanded",
    "duplicate-parameter": "a parameter that an operation declares twice; the last one counts",
    "body-parameter": "a parameter of the body, which OpenAPI 3 does not define; read as a request body",
    "duplicate-path": "a path that fits the same calls as an earlier one",
    "duplicate-operation-id": "an operationId that an earlier operation has",
    "undefined": "a policy, security scheme, gateway response or parameter in the path that is used but not defined",
    "more": "there are more problems than are listed",
    "wrapped": "the document was found inside the answer of an asynchronous export",
}
"""Kind of a problem → its meaning."""


class Problem(NamedTuple):
    """A defect of a document.

    Attributes:
        pointer: JSON pointer to it; empty for the whole document.
        kind: one of `KINDS`.
        message: the defect and how it was handled.
    """

    pointer: str
    kind: str
    message: str


MAX_PROBLEMS: Final = 100_000
"""The maximum number of problems that are listed."""

MAX_POINTER_CHARACTERS: Final = 64 * 1024 * 1024
"""The maximum total length of the pointers of all problems of a document."""


class Problems(list[Problem]):
    """The problems of a document, up to the limits above.

    Attributes:
        truncated: True if some were left out.
    """

    def __init__(self) -> None:
        super().__init__()
        self.truncated = False
        self._characters_left = MAX_POINTER_CHARACTERS

    def add(self, parts: Iterable[object], kind: str, message: str) -> None:
        """Add a problem; the parts of its pointer are not read once a limit is reached."""
        if len(self) >= MAX_PROBLEMS or self._characters_left <= 0:
            self.truncated = True
            return
        at = pointer(*parts)
        self._characters_left -= len(at)
        self.append(Problem(at, kind, message))


def pointer(*parts: object) -> str:
    """Build a JSON pointer (RFC 6901) from unescaped parts."""
    return "".join(["/" + _escaped(str(part)) for part in parts])


def _escaped(part: str) -> str:
    return part if part.isalnum() else encodable(part).replace("~", "~0").replace("/", "~1")


def pointer_parts(text: str) -> list[str]:
    """Split a JSON pointer into unescaped parts."""
    parts = text.split("/")[1:]
    return [part.replace("~1", "/").replace("~0", "~") for part in parts] if "~" in text else parts


def quoted(value: object, limit: int = 60) -> str:
    """Quote a value for a message: on one line, at most `limit` characters."""
    return f"'{shorten(_on_one_line(_text(value)), limit)}'"


def listed(names: Iterable[object], limit: int = 5) -> str:
    """List the first names for a message and count the others."""
    every = [_on_one_line(str(name)) for name in names]
    more = f" and {len(every) - limit} more" if len(every) > limit else ""
    return ", ".join(every[:limit]) + more


def _on_one_line(text: str) -> str:
    return " ".join(visible(text).split())


def _text(value: object) -> str:
    # Objects and lists are not shown: they can be nested too deep for Python.
    return "an object" if isinstance(value, dict) else "a list" if isinstance(value, list) else str(value)
