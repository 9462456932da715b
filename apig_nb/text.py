"""Functions for text that others wrote: replace harmful characters, shorten, parse YAML."""

from __future__ import annotations

import re
from typing import Any, Final

# Control characters other than tab and line ends, overrides of the writing direction, lone surrogates, and code points
# that are not characters: they can change what a terminal or a page shows.
HARMFUL: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")

MAX_LABEL: Final = 200
"""Characters of the name of a document in a title, a label or a repr."""

MAX_VALUES: Final = 4_000_000
"""Values of an answer or a document."""

MAX_REPEATED: Final = 100_000
"""Characters that the aliases of a YAML file may add to it; a value counts as one more."""


def visible(text: str) -> str:
    """Replace control characters by their Unicode pictures and other harmful characters by escapes."""
    # Printable text contains no harmful characters, and testing for it is many times as fast.
    return text if text.isprintable() else HARMFUL.sub(lambda match: _sign(ord(match[0])), text)


def encodable(text: str) -> str:
    """Replace lone surrogates, which no encoding can hold, by escapes."""
    return text if text.isascii() else _SURROGATE.sub(lambda match: _sign(ord(match[0])), text)


def escape_json(text: str) -> str:
    """Replace harmful characters of a JSON text by its own escapes, which keep the values as they are."""
    return text if text.isprintable() else HARMFUL.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def one_line(text: str) -> str:
    """Return a text as one line, in which nothing controls a terminal."""
    return " ".join(visible(text).split())


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


def has_too_many_values(text: str | bytes, *, is_json: bool = True) -> bool:
    """Return True if a text in JSON or YAML may have more than `MAX_VALUES` values; to be asked before it is parsed.

    A parser of JSON holds the interpreter until its end, which is a minute for 64 MiB of `[],`.
    """
    if len(text) < MAX_VALUES:
        return False
    # Each value but the first follows one of these in JSON and in flows of YAML; in blocks of YAML, most begin a line.
    signs = ",[{" if is_json else ",[{\n\r"
    counts = (text.count(sign) if isinstance(text, str) else text.count(sign.encode()) for sign in signs)
    return sum(counts) > MAX_VALUES


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
        return load_yaml(text, yaml.BaseLoader if scalars_as_text else yaml.SafeLoader)
    except ExpandedYamlError:
        raise
    except yaml.MarkedYAMLError as error:
        line = f" (line {error.problem_mark.line + 1})" if error.problem_mark else ""
    # The constructors of PyYAML raise these for values such as the date 2026-13-01 or an escape beyond Unicode.
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError):
        line = ""
    # Outside the handler: PyYAML's errors quote the text, and would be chained to this one.
    raise ValueError(f"not valid YAML{line}")


class ExpandedYamlError(ValueError):
    """A YAML text that its aliases make many times as large."""

    def __init__(self) -> None:
        super().__init__(f"repeats more than {MAX_REPEATED:,} characters by aliases")


def load_yaml(text: str, loader_class: Any) -> Any:
    """Load a YAML text whose aliases add no more than `MAX_REPEATED` characters.

    A few lines of aliases to aliases stand for more values than any memory holds.

    Args:
        text: the YAML text.
        loader_class: a safe loader of PyYAML.

    Raises:
        ExpandedYamlError: its aliases add more, or one is inside the value that it stands for.
        Exception: the text is not valid YAML; PyYAML raises errors of many kinds.
    """
    loader = loader_class(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _check_repetitions(node)
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _check_repetitions(root: Any) -> None:
    sizes: dict[int, int] = {}
    repeated = 0

    def size(node: Any) -> int:
        nonlocal repeated
        if id(node) in sizes:
            repeated += sizes[id(node)]
        else:
            # Counted as too large until its size is known: an alias inside the value that it stands for has no end.
            sizes[id(node)] = MAX_REPEATED + 1
            value = node.value
            parts = value if isinstance(value, list) else ()
            nested = (part for entry in parts for part in (entry if isinstance(entry, tuple) else (entry,)))
            sizes[id(node)] = 1 + (len(value) if isinstance(value, str) else sum(map(size, nested)))
        if repeated > MAX_REPEATED:
            raise ExpandedYamlError
        return sizes[id(node)]

    size(root)
