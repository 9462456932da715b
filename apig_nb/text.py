"""Characters that would hurt whoever shows or stores a text, and visible signs instead of them."""

from __future__ import annotations

import re
from typing import Final

# Control characters other than tab and line ends, overrides of the writing direction, halves of surrogate pairs:
# in a terminal or a page they do what no reader sees.
HARMFUL: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)

_ORDINARY: Final = bytes((*b"\t\n\r", *range(0x20, 0x7F)))


def out_of_the_ordinary(text: str, utf8: bytes | None = None) -> str:
    """The characters of a text that are neither printed ASCII nor line ends; sooner found where it is there in UTF-8.

    They are few: what is rare is found in them several times as fast as in the text.
    """
    if utf8 is None:
        utf8 = text.encode("utf-8", "surrogatepass")
    return utf8.translate(None, _ORDINARY).decode("utf-8", "surrogatepass")


def visible(text: str) -> str:
    """The text with control characters as their Unicode pictures, and other harmful ones as escapes."""
    # What Python calls printable holds nothing harmful, and is told apart many times as fast.
    return text if text.isprintable() else HARMFUL.sub(lambda match: _sign(ord(match[0])), text)


def _sign(code: int) -> str:
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"\\u{code:04x}"
