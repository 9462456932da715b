"""Find a text in each of its usual encodings, also one whose end is cut off.

Each character may be as it is, or escaped as in JSON, Python, HTML or an address, in several layers and over several
lines; the whole may be in base64 or hex.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from html.entities import html5
from typing import Final

from apig_nb.client.grams import Length, grams_in, grams_of_form
from apig_nb.lazy import cached_property

_BEGIN: Final = 8
"""Characters by which an occurrence is searched."""

_CUT: Final = 24
"""Characters of an occurrence whose end is cut off, at least; fewer may be the beginning of another text."""

_MOST_CHARACTERS: Final = 200_000
"""Characters of all occurrences in a text; a service that repeats more of a secret is hostile."""

_PIECE: Final = 2**18
"""Characters that are searched at once."""

_OVERLAP: Final = 2**12
"""More than the encoded beginning of a text has."""

_REST: Final = re.compile(r"[^\s\"'<>]*")
"""The rest of a word in which an occurrence is cut off."""

_UNSEEN: Final = "\0\u00ad\u200b"
"""The zeros of UTF-16, and characters at which a page wraps long words: a soft hyphen, a space without width."""

_UNSEEN_BYTES: Final = [char.encode().decode("latin-1") for char in _UNSEEN]

# Bounded, as a hostile text may consist of it.
_GAP: Final = (
    rf"(?:[\s{_UNSEEN}]|\\{{1,8}}[rnt]|<w?br ?/?>|&(?:shy|#173|#xad|ZeroWidthSpace|#8203|#x200b);"
    rf"|{'|'.join(_UNSEEN_BYTES)}){{0,80}}"
)

_BEGIN_OF_GAP: Final = rf"\s<&\\{_UNSEEN}{''.join(one[0] for one in _UNSEEN_BYTES)}"


@dataclass(frozen=True, repr=False)
class Encodings:
    """The encodings of a text."""

    text: str

    def replace(self, text: str, mask: str, every: Collection[Encodings]) -> str:
        """Replace every occurrence in another text, and all after too many; return the same object without any.

        An occurrence ends where that of any of them ends which begins alike: what seems to be cut off may be whole.
        """
        for begin, own in self._searches:
            begins = {form[:_BEGIN] for form in own}
            forms = [form for one in every for form in one.forms if form[:_BEGIN] in begins]
            text = _replaced(text, mask, begin, forms)
        return text

    @cached_property
    def forms(self) -> list[str]:
        """The text, and how it stands in hex and base64."""
        return list(dict.fromkeys([self.text, *_codes(self.text)]))

    @cached_property
    def _searches(self) -> list[tuple[re.Pattern[str], list[str]]]:
        text, *codes = self.forms
        # Nobody escapes letters and digits of base64 and hex.
        begins_of_codes = "|".join(
            r"\s{0,9}".join(char if char.isalnum() else _any_sign(char) for char in code[:_BEGIN]) for code in codes
        )
        return [(re.compile(_begin(text[:_BEGIN])), [text]), (re.compile(begins_of_codes), codes)]

    @property
    def gram_length(self) -> Length:
        """The length of its grams."""
        return 8 if len(self.text) >= 12 else 4

    @cached_property
    def grams(self) -> set[int] | None:
        """Grams of which one is in every text that holds an occurrence; None where there are none."""
        grams = [grams_of_form(form[:_CUT], self.gram_length) for form in self.forms]
        return set[int]().union(*grams) if all(grams) else None


def replace_all(text: str, mask: str, every: Collection[Encodings]) -> str:
    """Replace every occurrence of many texts in another one, as `Encodings.replace` does, in about the time for one."""
    # The longest first, as a short one may be the beginning of a long one.
    waiting = _possible(text, sorted(every, key=lambda one: len(one.text), reverse=True))
    while waiting:
        replaced = waiting[0].replace(text, mask, waiting)
        waiting = waiting[1:]
        if replaced is not text:
            # Those that begin alike, such as tokens, may be in it no longer.
            text, waiting = replaced, _possible(replaced, waiting)
    return text


def _possible(text: str, every: Collection[Encodings]) -> list[Encodings]:
    """Return those that may be in a text."""
    lengths = {one.gram_length for one in every}
    sought = set[int]().union(*(one.grams or () for one in every))
    found = set[int]()
    for at in range(0, len(text) if sought else 0, _PIECE):
        found |= grams_in(text[at : at + _PIECE + _OVERLAP], sought, lengths)
    return [one for one in every if one.grams is None or not one.grams.isdisjoint(found)]


def _replaced(text: str, mask: str, begin: re.Pattern[str], forms: list[str]) -> str:
    parts, at, copied, left = [], 0, 0, _MOST_CHARACTERS
    while found := _search(begin, text, at):
        start, at = found.start(), found.start() + 1
        end = max(_end(form, text, start) for form in forms) if left > 0 else len(text)
        left -= max(end - start, _BEGIN)
        if end:
            parts += [text[copied:start], mask]
            at = copied = end
    return "".join([*parts, text[copied:]]) if parts else text


def _search(begin: re.Pattern[str], text: str, at: int) -> re.Match[str] | None:
    """Search a text from a place on, piece by piece, because no other thread can run during a search."""
    pieces = range(at, len(text), _PIECE)
    return next(filter(None, (begin.search(text, start, start + _PIECE + _OVERLAP) for start in pieces)), None)


def _codes(text: str) -> Iterator[str]:
    """Yield a text, and how it stands in JSON, in hex and base64."""
    in_json = (json.dumps(text, ensure_ascii=ascii_only)[1:-1] for ascii_only in (False, True))
    for raw in (one.encode("utf-8", "surrogatepass") for one in dict.fromkeys([text, *in_json])):
        yield from _codes_of_bytes(raw)


def _codes_of_bytes(raw: bytes) -> Iterator[str]:
    yield from (raw.hex(), raw.hex().upper())
    for code in (base64.b64encode, base64.urlsafe_b64encode):
        yield code(raw).decode()
        # Inside a longer text, such as `user:password`, it begins at one of three places of a group of characters.
        for before in range(3):
            encoded = code(bytes(before) + raw).decode()
            yield encoded[(before * 8 + 5) // 6 : (before + len(raw)) * 8 // 6]


def _end(form: str, text: str, at: int) -> int:
    """Return the end of a form that begins at a place of a text, at least cut off; 0 where it does not."""
    if text.startswith(form, at):
        return at + len(form)
    ends = {at}
    for number, char in enumerate(form):
        following = {end for before in ends for end in _next(char, text, before)}
        if not following:
            cut = _REST.match(text, max(ends)) if number >= _CUT else None
            return cut.end() if cut else 0
        ends = following
    return max(ends)


def _next(char: str, text: str, at: int) -> Iterator[int]:
    """Yield each place of a text at which a character may end, as it is or escaped, that begins at another place."""
    if text.startswith(char, at):
        yield at + 1
        # Others are never the beginning of an encoded character.
        if char.isascii() and char not in "\\%&\"'":
            return
    for sign in _patterns(char):
        if found := sign.match(text, at):
            yield found.end()


# For the characters of the secrets of this process.
@cache
def _patterns(char: str) -> list[re.Pattern[str]]:
    return [re.compile(f"{_GAP}{re.escape(first)}{rest}") for first, rest in _signs(char)]


def _begin(text: str) -> str:
    """Return a pattern for the beginning of a text, which fails fast at other texts: see `_firsts`."""
    signs = "|".join(f"(?<={re.escape(first)}){rest}" for first, rest in _signs(text[0]))
    others = (rf"(?=[{_BEGIN_OF_GAP}{_firsts(char)}]){_GAP}{_any_sign(char)}" for char in text[1:])
    return f"[{_firsts(text[0])}](?:{signs}){''.join(others)}"


def _firsts(char: str) -> str:
    """Return the first characters of all encodings of a character, for a set: patterns begin with one."""
    return "".join(dict.fromkeys(re.escape(first) for first, _ in _signs(char)))


def _any_sign(char: str) -> str:
    return f"(?:{'|'.join(re.escape(first) + rest for first, rest in _signs(char))})"


@cache
def _signs(char: str) -> list[tuple[str, str]]:
    """Return a character in each of its encodings: the first character of it, and a pattern for the rest."""
    raw, wide = char.encode("utf-8", "surrogatepass"), char.encode("utf-16-be", "surrogatepass")
    units = [wide[at : at + 2].hex() for at in range(0, len(wide), 2)]
    # A form has + for a blank; CSV and SQL double quotation marks.
    others = {" ": ["+"], '"': ['""'], "'": ["''"]}.get(char, [])
    plain = dict.fromkeys([char, char.lower(), char.upper(), raw.decode("latin-1"), *others])
    names = [name for name, meant in html5.items() if meant == char and name.endswith(";")]
    reference = "|".join([f"#0{{0,6}}{ord(char)};", f"#[xX]0{{0,6}}{_hex(f'{ord(char):x}')};", *names])
    escapes = [
        "\\\\{1,8}".join(f"u{_hex(unit)}" for unit in units),
        "\\\\{1,8}".join(f"x{_hex(f'{byte:02x}')}" for byte in raw),
        "\\\\{1,8}".join(f"{byte:03o}" for byte in raw),
        f"x{_hex(f'{ord(char):02x}')}",
        f"U{_hex(f'{ord(char):08x}')}",
        f"&(?:amp;){{0,3}}(?:{reference})",
        re.escape(char),
    ]
    return [
        *((one[0], re.escape(one[1:])) for one in plain),
        # Possessive, unless it is itself a backslash.
        ("\\", f"\\\\{{0,7}}{'' if char == chr(92) else '+'}(?:{'|'.join(escapes)})"),
        # A layer each, as what is encoded may itself look so.
        *(("%", "%".join(f"{'25' * layer}{_hex(f'{byte:02x}')}" for byte in raw)) for layer in range(4)),
        *(("&", f"{'amp;' * layer}(?:{reference})") for layer in range(4)),
        *(("\\", rf"\\{{0,7}}+u0026{'amp;' * layer}(?:{reference})") for layer in range(4)),
    ]


def _hex(digits: str) -> str:
    return "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in digits)
