"""`Problem`: one thing that was odd in a document, and the words for where it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from apig_nb.text import visible

KINDS: Final = {
    "encoding": "the bytes are not the UTF-8 they should be, or were packed",
    "not-json": "looks like JSON and is not; read by the looser rules of YAML",
    "several-documents": "more than one YAML document in the file; one is read",
    "duplicate-key": "a key written twice in one object; the last one counts",
    "dropped-operation": "an operation that a duplicate key or a reference takes out of the document",
    "key-type": "a YAML key that is no text",
    "tag": "a YAML tag; its value is read as if it were not there",
    "alias-cycle": "a YAML alias inside its own anchor; read as null",
    "alias-unknown": "a YAML alias whose anchor stands nowhere before it; read as null",
    "alias-expansion": "YAML aliases that would grow beyond the bound; read as null",
    "characters": "control characters, direction overrides or half characters; shown by a visible sign instead",
    "number": "a number that JSON or a float cannot hold",
    "version": "the version of the standard is missing, unknown or said twice",
    "missing": "something the standard makes mandatory is not there",
    "wrong-type": "a value of another type than the standard allows here",
    "unknown-key": "a key the standard does not know here",
    "extension-path": "a path whose key is an extension key; read as a path because operations stand under it",
    "reference": "a $ref that leads nowhere, out of the document, or in a circle",
    "reference-expansion": "references that would grow beyond all bounds if each were written out; they are not",
    "duplicate-parameter": "a parameter given twice to one operation; the last one counts",
    "undefined": "a policy, security scheme or response set that is named and not defined",
    "more": "there are more problems than are listed",
    "wrapped": "the document was found inside another answer",
}
"""Every kind a problem can have, and what it says."""


class Problem(NamedTuple):
    """One thing that was odd: where (a JSON pointer, `` for the whole), of what kind, and what it means here."""

    pointer: str
    kind: str
    message: str


MAX_PROBLEMS: Final = 100_000
"""How many problems are listed."""

MAX_POINTED: Final = 64 * 1024 * 1024
"""How many characters all pointers to what is odd in a document may have."""


class Problems(list[Problem]):
    """What is odd in a document, as far as it is listed.

    Attributes:
        are_more: whether there was no room for all of it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.are_more = False
        self._room = MAX_POINTED

    def say(self, place: Iterable[object], kind: str, message: str) -> None:
        """Add one by the parts of its pointer, which are not looked at where there is no more room."""
        if len(self) >= MAX_PROBLEMS or self._room <= 0:
            self.are_more = True
            return
        at = pointer(*place)
        self._room -= len(at)
        self.append(Problem(at, kind, message))


def pointer(*parts: object) -> str:
    """Write a JSON pointer (RFC 6901) from unescaped parts, as they are shown."""
    return "".join(["/" + _escaped(str(part)) for part in parts])


def _escaped(part: str) -> str:
    return part if part.isalnum() else visible(part).replace("~", "~0").replace("/", "~1")


def pointer_parts(text: str) -> list[str]:
    """Split a JSON pointer into unescaped parts."""
    parts = text.split("/")[1:]
    return [part.replace("~1", "/").replace("~0", "~") for part in parts] if "~" in text else parts


def quoted(value: object, limit: int = 60) -> str:
    """A value as it may stand in a message: short, on one line."""
    shown = " ".join(visible(_text(value)).split())
    return f"'{shown if len(shown) <= limit else shown[: limit - 1] + '…'}'"


def _text(value: object) -> str:
    if isinstance(value, dict | list):
        # Nested too deep for a message, and perhaps for Python.
        return "an object" if isinstance(value, dict) else "a list"
    return str(value)


def listed(names: Iterable[object], limit: int = 5) -> str:
    """Some names for a message, the rest counted."""
    every = [" ".join(visible(str(name)).split()) for name in names]
    more = f" and {len(every) - limit} more" if len(every) > limit else ""
    return ", ".join(every[:limit]) + more
