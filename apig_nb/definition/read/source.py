"""Read the bytes of a document into a tree: distinguish JSON and YAML, and unwrap asynchronous answers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from apig_nb.definition.problem import Problem, Problems, listed, quoted
from apig_nb.definition.read.decoding import decode
from apig_nb.definition.read.duplicates import Parsed, report_duplicates
from apig_nb.definition.read.json_reader import read_json
from apig_nb.definition.read.sanitize import sanitize
from apig_nb.errors import DocumentError
from apig_nb.text import MAX_VALUES, has_too_many_values

_ROOT_KEYS: Final = ("swagger", "openapi", "paths", "components", "securityDefinitions")
"""A mapping with one of these keys, or with an extension key of the gateway, is an API document."""

# The reference of the field names and the example on the page do not agree, so both are read:
# https://support.huaweicloud.com/intl/en-us/my-kualalumpur-1-api-apig/ExportApiDefinitionsAsync.html
_WRAPPED_TEXT: Final = ("Comment", "content")
_WRAPPED_NAME: Final = ("FileName", "file_name")
_PROBLEMS_OF_TEXT: Final = ("encoding", "characters")


@dataclass(frozen=True)
class Source:
    """A document as it was read.

    Attributes:
        tree: the document as dicts, lists and scalars.
        format: `json` or `yaml`.
        wrapped_name: the file name that a wrapping answer gave.
        problems: the problems found while reading.
    """

    tree: dict[str, Any]
    format: str
    wrapped_name: str | None
    problems: Problems


def read_source(raw: bytes) -> Source:
    """Read the bytes of a document.

    Raises:
        DocumentError: the bytes are not an API document; the message describes them.
    """
    problems = Problems()
    tree, format_ = _read_text(decode(raw, problems), problems)
    name = None
    wrapped = _wrapped_document(tree)
    if wrapped is not None:
        text, name = wrapped
        # Problems of the answer's text concern the document, too; pointers into the answer mean nothing to users.
        problems[:] = [problem._replace(pointer="") for problem in problems if problem.kind in _PROBLEMS_OF_TEXT]
        problems.append(Problem("", "wrapped", "the document was found inside the answer of an asynchronous export"))
        tree, format_ = _read_text(text, problems)
    if not isinstance(tree, dict) or not is_document(tree):
        raise DocumentError(f"this is not an API document but {_describe(tree)}")
    return Source(tree, format_, name, problems)


def _read_text(text: str, problems: Problems) -> tuple[Any, str]:
    parsed, format_ = _parse(text, problems)
    report_duplicates(parsed.tree, parsed.duplicates, problems)
    sanitize(parsed.tree, text, problems, parsed.has_large_numbers)
    return parsed.tree, format_


def _parse(text: str, problems: Problems) -> tuple[Parsed, str]:
    is_json = text.lstrip()[:1] in ("{", "[")
    if has_too_many_values(text, is_json=is_json):
        raise DocumentError(f"the document has more than {MAX_VALUES:,} values")
    if not is_json:
        return _parse_yaml(text, problems), "yaml"
    try:
        return read_json(text), "json"
    except json.JSONDecodeError as error:
        reason = f"{error.msg} in line {error.lineno}"
    except RecursionError:
        # The YAML reader does not recurse, so that the depth limit does not depend on the caller's stack.
        return _parse_yaml(_without_surrogates(text), problems), "json"
    try:
        parsed = _parse_yaml(_without_surrogates(text), problems)
    except DocumentError as error:
        raise DocumentError(f"not valid JSON: {reason}") from error
    problems.append(Problem("", "not-json", f"not valid JSON ({reason}); read by the rules of YAML"))
    return parsed, "json"


def _parse_yaml(text: str, problems: Problems) -> Parsed:
    # Late: most documents are JSON, and importing the YAML reader takes about 15 ms.
    from apig_nb.definition.read.yaml_reader import read_yaml

    return read_yaml(_without_controls(text, problems), problems)


# JSON writes a character beyond 16 bits as two escapes, which YAML does not know.
_ESCAPE = r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u[dD][89a-fA-F][0-9a-fA-F]{2}|.)"


def _without_surrogates(text: str) -> str:
    def replacement(escape: re.Match[str]) -> str:
        if escape[1]:
            return chr(0x10000 + ((int(escape[1], 16) - 0xD800) << 10) + int(escape[2], 16) - 0xDC00)
        # A lone surrogate becomes a character of the text, where `_without_controls` finds and reports it.
        return chr(int(escape[0][2:], 16)) if len(escape[0]) > 2 else escape[0]

    return re.sub(_ESCAPE, replacement, text)


# libyaml rejects a text that holds one of these anywhere.
_REJECTED_BY_YAML = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]"


def _without_controls(text: str, problems: list[Problem]) -> str:
    clean, count = re.subn(_REJECTED_BY_YAML, "\ufffd", text)
    if count:
        problems.append(Problem("", "characters", f"{count} control characters in the text, shown as \ufffd"))
    return clean


def _wrapped_document(tree: object) -> tuple[str, str | None] | None:
    """Return text and file name of the document inside the answer of an asynchronous export."""
    if not isinstance(tree, dict) or is_document(tree):
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


def is_document(tree: Mapping[str, Any]) -> bool:
    """Return True if a mapping is an API document, or a part of one."""
    return any(key in tree for key in _ROOT_KEYS) or any(str(key).startswith("x-apigateway-") for key in tree)


def _describe(tree: object) -> str:
    """Describe what was read instead of an API document."""
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
