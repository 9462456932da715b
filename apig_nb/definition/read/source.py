"""Bytes → the document's tree: JSON or YAML told apart by content, an answer that wraps a document unwrapped."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from apig_nb.definition.problem import Problem, Problems, listed, quoted
from apig_nb.definition.read.decoding import DAMAGED, decode
from apig_nb.definition.read.duplicates import Duplicate, say_duplicates
from apig_nb.definition.read.json_reader import keys_at_most, read_json
from apig_nb.definition.read.sanitize import tidy
from apig_nb.errors import DocumentError
from apig_nb.text import out_of_the_ordinary

_ROOT_KEYS: Final = ("swagger", "openapi", "paths", "components", "securityDefinitions")
"""One of these at the root, or an extension key of the gateway's, makes a mapping an API document."""

_WRAPPED_TEXT: Final = ("Comment", "content")
_WRAPPED_NAME: Final = ("FileName", "file_name")
_ODD_TEXT: Final = ("encoding", "characters")


@dataclass(frozen=True)
class Source:
    """What was read: the tree, how it was written, the file name a wrapping answer gave, and what was odd.

    Attributes:
        keys: how many keys all its objects have, where it was JSON.
    """

    tree: dict[str, Any]
    format: str
    keys: int
    wrapped_name: str | None
    problems: Problems


def all_problems(source: Source, raw: bytes) -> Problems:
    """What is odd in the bytes a source was read from, keys written twice in JSON too."""
    if source.format == "yaml":
        return source.problems
    if _is_utf8(raw, source.problems) and keys_at_most(raw) == source.keys:
        return Problems()
    return read_source(raw, with_repeats=True).problems


def read_source(raw: bytes, *, with_repeats: bool = False) -> Source:
    """Read the bytes of a document; keys written twice in JSON are looked for where that is wanted.

    Raises:
        DocumentError: the bytes are no API document; the message says what they are.
    """
    problems = Problems()
    try:
        text = decode(raw, problems)
        tree, form, keys = _read_text(text, raw if _is_utf8(raw, problems) else None, problems, with_repeats)
    except DocumentError:
        # A damaged archive has said so already: what is left of it is an empty document, and the bytes are kept.
        if not any(problem.kind == "encoding" and DAMAGED in problem.message for problem in problems):
            raise
        tree, form, keys = {"paths": {}}, "json", 1
    name = None
    wrapped = _wrapped_document(tree)
    if wrapped is not None:
        inner, name = wrapped
        # What was odd in the answer's bytes is odd in the document; where it stood in the answer says nothing.
        problems[:] = [problem._replace(pointer="") for problem in problems if problem.kind in _ODD_TEXT]
        problems.append(Problem("", "wrapped", "the document was found inside the answer of an asynchronous export"))
        tree, form, keys = _read_text(inner, None, problems, with_repeats)
    if not isinstance(tree, dict) or not looks_like_a_document(tree):
        raise DocumentError(f"this is no API document but {what_it_is(tree)}")
    return Source(tree, form, keys, name, problems)


def _is_utf8(raw: bytes, problems: Collection[Problem]) -> bool:
    """Whether bytes are UTF-8 that were read without a problem: it holds no NUL, UTF-16 many."""
    return not problems and b"\0" not in raw


def _read_text(text: str, utf8: bytes | None, problems: Problems, with_repeats: bool) -> tuple[Any, str, int]:
    duplicates: list[Duplicate] = []
    odd_numbers: list[str] = []
    tree, form, keys = _parsed(text, problems, duplicates, odd_numbers, with_repeats)
    say_duplicates(tree, duplicates, problems)
    tidy(tree, text, utf8, problems, bool(odd_numbers))
    return tree, form, keys


def _read_yaml(text: str, problems: Problems, duplicates: list[Duplicate], odd_numbers: list[str]) -> Any:
    # Late: most documents are JSON, and do without the YAML library.
    from apig_nb.definition.read.yaml_reader import read_yaml

    return read_yaml(_without_controls(text, problems), problems, duplicates, odd_numbers)


def _parsed(
    text: str, problems: Problems, duplicates: list[Duplicate], odd_numbers: list[str], with_repeats: bool
) -> tuple[Any, str, int]:
    if text.lstrip()[:1] not in ("{", "["):
        return _read_yaml(text, problems, duplicates, odd_numbers), "yaml", 0
    try:
        read = read_json(text, duplicates if with_repeats else None, odd_numbers)
        return read.tree, "json", read.keys
    except json.JSONDecodeError as error:
        flaw = f"{error.msg} in line {error.lineno}"
        duplicates.clear()
        odd_numbers.clear()
    try:
        tree = _read_yaml(_without_surrogates(text), problems, duplicates, odd_numbers)
    except DocumentError as error:
        raise DocumentError(f"no valid JSON: {flaw}") from error
    problems.append(Problem("", "not-json", f"no valid JSON ({flaw}); read by the rules of YAML"))
    return tree, "json", 0


# JSON writes a character beyond 16 bits as two escapes, which YAML does not know.
_ESCAPE = r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u[dD][89a-fA-F][0-9a-fA-F]{2}|.)"


def _without_surrogates(text: str) -> str:
    def written_out(escape: re.Match[str]) -> str:
        if escape[1]:
            return chr(0x10000 + ((int(escape[1], 16) - 0xD800) << 10) + int(escape[2], 16) - 0xDC00)
        # Half a character is left in the text, where it is found and said.
        return chr(int(escape[0][2:], 16)) if len(escape[0]) > 2 else escape[0]

    return re.sub(_ESCAPE, written_out, text)


# libyaml refuses a text that holds these, wherever they stand.
_REFUSED_BY_YAML = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]"


def _without_controls(text: str, problems: list[Problem]) -> str:
    if not re.search(_REFUSED_BY_YAML, out_of_the_ordinary(text)):
        return text
    clean, count = re.subn(_REFUSED_BY_YAML, "\ufffd", text)
    problems.append(Problem("", "characters", f"{count} control characters stand in the text, shown as \ufffd"))
    return clean


def _wrapped_document(tree: object) -> tuple[str, str | None] | None:
    """The document's text inside the answer of an asynchronous export (contract/export, "Asynchronous variant")."""
    if not isinstance(tree, dict) or looks_like_a_document(tree):
        return None
    result = tree.get("task_result", tree)
    if isinstance(result, str):
        try:
            result = json.loads(result)
        except (ValueError, RecursionError):
            return None
    if not isinstance(result, dict):
        return None
    texts = [result[key] for key in _WRAPPED_TEXT if isinstance(result.get(key), str)]
    names = [result[key] for key in _WRAPPED_NAME if isinstance(result.get(key), str)]
    return (texts[0], names[0] if names else None) if texts else None


def looks_like_a_document(tree: Mapping[str, Any]) -> bool:
    """Whether a mapping is an API document, be it only part of one."""
    return any(key in tree for key in _ROOT_KEYS) or any(str(key).startswith("x-apigateway-") for key in tree)


def what_it_is(tree: object) -> str:
    """Say in words what was read instead of an API document."""
    if not isinstance(tree, Mapping):
        kinds: dict[type, str] = {list: "a list", str: "a text", type(None): "empty", bool: "a single value"}
        return kinds.get(type(tree), "a single number")
    for code, message in (("error_code", "error_msg"), ("errorCode", "errorMsg"), ("code", "message")):
        if code in tree and message in tree:
            return f"the error answer {quoted(tree[code])}: {quoted(tree[message], 200)}"
    if "swaggerVersion" in tree:
        return f"Swagger {quoted(tree['swaggerVersion'])}, which is older than Swagger 2.0"
    if "task_status" in tree:
        return f"a task answer with the state {quoted(tree['task_status'])}: {quoted(tree.get('task_result', ''), 200)}"
    if isinstance(tree.get("info"), Mapping) and "item" in tree:
        return "a Postman collection"
    return f"a mapping with the keys {listed(tree)}" if tree else "an empty mapping"
