"""`Secret`: a secret whose text is never shown; `masked` replaces every secret of this process in texts from outside.

A service may send back what it was sent. All that it sends goes through `masked_data` when it is received, and through
`masked` before it becomes the text of an exception, an entry of a log or a text of a view.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, AnyStr, Final, NoReturn
from urllib.parse import quote, quote_plus
from weakref import WeakValueDictionary

SHORTEST: Final = 6
"""Characters of the shortest secret that is masked in texts, such as a passcode; a shorter one may be a common word."""

SHORTEST_IN_DATA: Final = 12
"""The same in data, which must stay exact: a name may be `orders`, an id may hold the digits of a passcode."""

_HEAD: Final = 24
"""Characters at the beginning of a longer secret by which it is found where its end is cut off."""


class Secret:
    """A secret; neither its `repr` nor its `str` shows it, so that no traceback with local variables does.

    Args:
        value: the secret as it was given, which may be of a wrong type, or another `Secret` with the same value.
    """

    def __init__(self, value: object) -> None:
        self._value = reveal(value)
        _living[id(self)] = self

    def reveal(self) -> Any:
        """Return the secret; to be called only where it is checked, signed with or sent, and not kept in a variable."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret cannot be copied or pickled")

    @cached_property
    def forms(self) -> tuple[str, ...]:
        """The secret in each of its usual encodings, the longest first."""
        text = self._value
        if not isinstance(text, str) or len(text) < SHORTEST:
            return ()
        return tuple(sorted(set(_encodings(text)), key=len, reverse=True))

    @cached_property
    def forms_in_data(self) -> tuple[bytes, ...]:
        """The same as bytes; none where the secret is too short to be masked in data."""
        return (
            tuple(form.encode("utf-8", "surrogatepass") for form in self.forms)
            if len(str(self._value)) >= SHORTEST_IN_DATA
            else ()
        )


# Without a lock, which a forked process might find locked: each step is one of the interpreter.
_living: WeakValueDictionary[int, Secret] = WeakValueDictionary()


def reveal(value: object) -> Any:
    """Return the text of a secret, and any other value as it is."""
    return value.reveal() if isinstance(value, Secret) else value


def masked(text: str) -> str:
    """Replace every secret in a text from outside, also one whose end is cut off."""
    for one in _all():
        text = _without(text, one.forms, "***", r"[^\s\"'<>]*")
    return text


def masked_data(content: bytes) -> bytes:
    """Replace every secret in data from outside; return the same object where there is none."""
    for one in _all():
        content = _without(content, one.forms_in_data, b"***", rb"[^\s\"'<>]*")
    return content


def _without(text: AnyStr, forms: Iterable[AnyStr], mask: AnyStr, rest: AnyStr) -> AnyStr:
    for form in forms:
        if form[:_HEAD] in text:
            text = text.replace(form, mask)
            if len(form) > _HEAD:
                text = re.sub(re.escape(form[:_HEAD]) + rest, mask, text)
    return text


def _all() -> list[Secret]:
    living = (reference() for reference in _living.valuerefs())
    return [one for one in living if one is not None]


def _encodings(text: str) -> Iterator[str]:
    raw = text.encode("utf-8", "surrogatepass")
    quoted = [quote(raw, safe=""), quote(raw), quote_plus(raw)]
    in_json = [json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]]
    yield from (text, repr(text)[1:-1], repr(raw)[2:-1])
    yield from (html.escape(text), html.escape(text, quote=False), html.escape(text).replace("&#x27;", "&#39;"))
    yield from quoted
    yield from (re.sub(r"%..", lambda escape: escape[0].lower(), one) for one in quoted)
    for one in in_json:
        yield from (one, one.replace("/", "\\/"), json.dumps(one)[1:-1])  # the last one: JSON in a string of JSON
    for code in (base64.b64encode, base64.urlsafe_b64encode):
        yield code(raw).decode()
        # Inside a longer text, such as `user:password`, it begins at one of three places of a group of characters.
        for before in range(3):
            encoded = code(bytes(before) + raw).decode()
            yield encoded[(before * 8 + 5) // 6 : (before + len(raw)) * 8 // 6]
