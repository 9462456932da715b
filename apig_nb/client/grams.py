r"""Tell fast that a text holds none of many others in any of their encodings.

A text that holds another one has some of its n-grams: runs of letters and digits of one length, in lower case, without
the signs and escapes between them. An escaped letter counts as itself (`\u0041`, `%41`, `&#65;`). A gram is its bytes
as an integer.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection
from typing import Final, Literal

Length = Literal[4, 8]
"""The number of letters of a gram; long ones are in fewer other texts."""

_FORMATS: Final[dict[Length, Literal["I", "Q"]]] = {4: "I", 8: "Q"}

_SIGNS: Final = bytes(byte for byte in range(256) if not (chr(byte).isascii() and chr(byte).isalnum()))

# Bounded, as a hostile text may consist of it.
_ESCAPE: Final = re.compile(
    rb"[\\%&<](?:(?:(?<=&)|(?<=\\)\\{0,7}u0026)(?:amp;){0,4}(?:#x([0-9a-f]{1,8})|#([0-9]{1,8})|[a-z]{1,32});"
    rb"|(?<=\\)\\{0,7}(?:u(?:0{4})?([0-9a-f]{4})|x([0-9a-f]{2})|[rnt])"
    rb"|(?<=%)(?:25){0,4}([0-9a-f]{2})|(?<=<)w?br ?/?>)"
)


def grams_of_form(form: str, length: Length) -> set[int]:
    """Return grams of a text that is searched, one of which is in every other that holds it; empty where it is short.

    Only until its first character that begins an escape, as it may be taken for one, or has several encodings.
    """
    plain = re.split(r"[\\%&]|[^\x00-\x7f]", form, maxsplit=1)[0]
    letters = plain.lower().encode().translate(None, _SIGNS)
    step, last = length // 2, len(letters) - length
    # Twice as many as are enough: the first letters may be taken for the end of an escape that begins before them.
    grams = {int.from_bytes(letters[at : at + length], sys.byteorder) for at in range(min(2 * step, last + 1))}
    return grams if last >= step - 1 else set()


def grams_in(text: str, grams: set[int], lengths: Collection[Length]) -> set[int]:
    """Return those of the grams, of some lengths, that are in a text: in its letters as they are, or unescaped."""
    raw = text.encode("ascii", "ignore").lower()
    found = set()
    for letters in {raw.translate(None, _SIGNS), _ESCAPE.sub(_unescaped, raw).translate(None, _SIGNS)}:
        for length in lengths:
            # At each second place of those that a gram has, which is enough for `grams_of_form`.
            for begin in (0, length // 2):
                view = memoryview(letters)[begin:]
                found |= grams.intersection(view[: len(view) // length * length].cast(_FORMATS[length]))
    return found


def _unescaped(escape: re.Match[bytes]) -> bytes:
    first, decimal, *in_hex = escape.groups()
    digits = next(filter(None, [first, *in_hex]), None)
    code = int(digits, 16) if digits else int(decimal or 0)
    return bytes([code]).lower() if code < 128 else b""
