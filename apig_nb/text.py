"""Functions for text that others wrote: replace harmful characters, shorten, parse YAML."""

from __future__ import annotations

import re
from typing import Any, Final

# Control characters other than tab and line ends, overrides of the writing direction, lone surrogates, and code points
# that are not characters: they can change what a terminal or a page shows.
HARMFUL: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)


def visible(text: str) -> str:
    """Replace control characters by their Unicode pictures and other harmful characters by escapes."""
    # Printable text contains no harmful characters, and testing for it is many times as fast.
    return text if text.isprintable() else HARMFUL.sub(lambda match: _sign(ord(match[0])), text)


def _sign(code: int) -> str:
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"\\u{code:04x}"


def shorten(text: str, limit: int) -> str:
    """Cut a text to at most `limit` characters; the last one is then an ellipsis."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def pluralize(number: int, noun: str) -> str:
    """Return a number with its noun: `1 path`, `2,000 paths`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def sentence(*parts: str) -> str:
    """Join parts that are not empty to a sentence; empty without any."""
    text = "; ".join(filter(None, parts))
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def parse_yaml(text: str, *, scalars_as_text: bool = False) -> Any:
    """Parse a YAML text of the user's own, such as a configuration or an ignore file.

    Args:
        text: the YAML text.
        scalars_as_text: keep every scalar a text, so that a password of digits, a version or a date stays as written.

    Raises:
        ValueError: the text is not valid YAML. The message names the line and never quotes the text, which may hold
            a secret.
    """
    # Late, so that importing the package stays light.
    import yaml

    try:
        return yaml.load(text, Loader=yaml.BaseLoader if scalars_as_text else yaml.SafeLoader)  # noqa: S506 - safe ones
    except yaml.MarkedYAMLError as error:
        line = f" (line {error.problem_mark.line + 1})" if error.problem_mark else ""
    # The constructors of PyYAML raise these for values such as the date 2026-13-01 or an escape beyond Unicode.
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError):
        line = ""
    # Outside the handler: PyYAML's errors quote the text, and would be chained to this one.
    raise ValueError(f"not valid YAML{line}")
