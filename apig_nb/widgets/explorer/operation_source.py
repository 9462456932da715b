"""The source of one operation: its part of the document as JSON or YAML."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import yaml

from apig_nb.definition.grammar import is_method
from apig_nb.definition.problem import pointer_parts
from apig_nb.text import visible

if TYPE_CHECKING:
    from apig_nb.definition import Operation

MAX_VALUES: Final = 20_000
"""Values above which an operation is not written; the document has all of them."""

MAX_TEXT: Final = 200_000
"""Characters of its texts above which it is not written, and characters that are shown of what is written."""

LANGUAGES: Final = ("json", "yaml")


def operation_source(operation: Operation, language: str) -> str:
    """The operation in its path item, with what the path item says for all its operations.

    Keys keep the order of the document, and references are not resolved. For an operation that is too large or nested
    too deep, the text says so.
    """
    item = operation.item
    own = pointer_parts(operation.pointer)[-1]
    part = {key: value for key, value in item.items() if not is_method(key) or key == own}
    if _is_too_large(part):
        return f"The operation has more than {MAX_VALUES:,} values or {MAX_TEXT:,} characters; see export.text."
    try:
        text = _written({operation.path: part}, language)
    except (RecursionError, yaml.YAMLError, ValueError):
        return "The operation is nested too deep to be written here; see export.text."
    if len(text) > MAX_TEXT:
        text = f"{text[:MAX_TEXT]}\n… the first {MAX_TEXT:,} of {len(text):,} characters; see export.text"
    return visible(text)


def _written(tree: dict[str, Any], language: str) -> str:
    if language == "json":
        return json.dumps(tree, indent=2, ensure_ascii=False)
    return yaml.dump(tree, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


class _Dumper(yaml.SafeDumper):
    """Writes repeated values again: the anchor of an alias may be in another operation."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _is_too_large(tree: object) -> bool:
    """True if a part of a document has too many values or characters; repeated values count again."""
    values, characters, todo = 0, 0, [tree]
    while todo and values <= MAX_VALUES and characters <= MAX_TEXT:
        node = todo.pop()
        values += 1
        if isinstance(node, str):
            characters += len(node)
        elif isinstance(node, dict):
            characters += sum(map(len, node))
            todo.extend(node.values())
        elif isinstance(node, list):
            todo.extend(node)
    return bool(values > MAX_VALUES or characters > MAX_TEXT)
