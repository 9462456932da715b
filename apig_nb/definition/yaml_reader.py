"""YAML text → plain values, built from libyaml's events by our own rules for scalars.

PyYAML's loaders follow YAML 1.1, where `no` is false, `2024-05-01` a date, `12:30` a number and `010` eight. API
documents mean YAML 1.2: here a plain scalar is null, a boolean or a number only in the way JSON would write it, keys
are always text as written, and fields that the standard wants as text (`version: 1.10`) stay text. No tag runs code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, TypeAlias

import yaml

from apig_nb.definition import grammar
from apig_nb.definition.duplicates import Duplicate
from apig_nb.definition.json_reader import HUGE_DIGITS, MAX_DEPTH
from apig_nb.definition.problem import Problem, pointer, quoted
from apig_nb.definition.tidy import is_ordinary
from apig_nb.errors import DocumentError

MAX_ALIAS_NODES: Final = 1_000_000
"""How many values aliases may add to a document when each is counted where it is used."""

_TEXT_UNIT: Final = 32
"""A text counts as one value more for each so many characters."""

_MAX_KEY: Final = 1000
"""How long the text may be that stands for a key which is no text."""

_MAX_DIRECTIVES: Final = 1000
"""libyaml compares each tag directive with all before it."""
_DIRECTIVE = re.compile("^%TAG", re.MULTILINE)

TEXT_FIELDS: Final = frozenset(
    # Fields of both standards and of the gateway's extensions whose value, or whose list's items, are text.
    "swagger openapi title version description summary operationId name in $ref pattern tags schemes consumes"  # noqa: SIM905
    " produces host basePath url email format type style collectionFormat propertyName openIdConnectUrl scheme"
    " value address path method retryCount origin parameter parameter_name conditions authorizer_version function-urn"
    " alias-urn authorizer_uri authorizer_alias_uri result-content acl-type entity-type unit instance effectMode"
    " invocation-type network-type network_type req_protocol authorizer_type location validation appcode-auth-type"
    " x-apigateway-auth-type x-apigateway-request-type x-apigateway-match-mode x-apigateway-pass-through"
    " x-apigateway-ratelimit x-apigateway-access-control x-apigateway-plugins x-apigateway-response"
    " x-apigateway-sample x-apigateway-result-normal-sample x-apigateway-result-failure-sample"
    " x-apigateway-orchestrations x-apigateway-content-type".split()
)
_FREE_FIELDS = frozenset(("example", "examples", "default", "enum", "const"))
"""Fields that hold values of the API, not of the standard: in them a number is a number whatever its key."""
_NAMED_THINGS = frozenset(
    # Fields that hold named things: a key in them is a name given by the author, so that `default` is no field there.
    "properties patternProperties definitions $defs dependentSchemas schemas parameters paths webhooks responses"  # noqa: SIM905
    " headers requestBodies securitySchemes securityDefinitions links callbacks pathItems content variables encoding"
    " x-apigateway-responses x-apigateway-ratelimits x-apigateway-access-controls".split()
)
_KNOWN_EXTENSIONS = frozenset(
    (
        *grammar.PATH_ITEM_KEYS,
        *grammar.OPERATION_KEYS,
        *grammar.PARAMETER_KEYS,
        *grammar.RESPONSE_KEYS,
        *grammar.SCHEME_KEYS,
        *grammar.ROOT_KEYS,
    )
)

_Children: TypeAlias = dict[str, Any] | list[Any]

_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_TYPED_TAGS = frozenset(_TAG + name for name in ("int", "float", "bool", "null"))
_PLAIN_TAGS = _TYPED_TAGS | frozenset(_TAG + name for name in ("str", "map", "seq", "timestamp"))
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
# A leading zero marks a code or an octal number of YAML 1.1, never a number of JSON: it stays text.
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_BASED = re.compile(r"0(?:x[0-9a-fA-F]+|o[0-7]+)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


def plain_value(text: str) -> Any:
    """What a plain scalar means by the core schema of YAML 1.2, leading zeros kept as text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) < HUGE_DIGITS else float(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    return float(text) if _FLOAT.fullmatch(text) else text


def read_yaml(text: str, problems: list[Problem], duplicates: list[Duplicate], odd_numbers: list[str]) -> Any:
    """Read the first document of a YAML stream; what is odd is added to the lists.

    The result holds no cycles and, with every alias counted where it is used, at most `MAX_ALIAS_NODES` values more
    than are written.

    Raises:
        DocumentError: the text is no YAML, holds a tag that asks for code to run, or is nested too deep.
    """
    if sum(1 for _ in islice(_DIRECTIVE.finditer(text), _MAX_DIRECTIVES + 1)) > _MAX_DIRECTIVES:
        raise DocumentError(f"the document has more than {_MAX_DIRECTIVES:,} tag directives")
    builder = _Builder(problems, duplicates, odd_numbers)
    try:
        for event in yaml.parse(text, Loader=_PARSER):
            if isinstance(event, yaml.DocumentStartEvent) and builder.finished:
                problems.append(Problem("", "several-documents", "the file holds several documents; the first is read"))
                break
            builder.take(event)
    except yaml.YAMLError as error:
        raise DocumentError(f"no valid YAML: {_words(error)}") from error
    if not builder.finished:
        raise DocumentError("the document is empty")
    return builder.root


def _words(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f" in line {mark.line + 1}" if mark is not None else ""
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
    return f"{reason}{where}"


class _Frame:
    """An object or list that is being filled."""

    __slots__ = ("anchor", "children", "field", "free", "key", "merged", "merging", "names", "size")

    def __init__(self, children: _Children, parent: _Frame | None, anchor: str | None) -> None:
        self.children = children
        self.anchor = anchor
        self.field = ""  # the key under which it stands; what is in a list takes the list's
        self.free = False  # it is a value of the API or of somebody's extension, not of the standard
        self.names = False  # its keys are names given by the author
        if parent is not None:
            key = parent.key
            self.field = parent.field if key is None else key
            self.free = parent.free or (key is not None and not parent.names and _is_free(key))
            self.names = isinstance(children, dict) and key in _NAMED_THINGS and not (parent.names or self.free)
        self.key: str | None = None  # the key whose value comes next
        self.merging = False  # that key is an unquoted `<<`
        self.merged: list[Any] = []  # what `<<` brought
        self.size = 1


def _is_free(key: str) -> bool:
    return key in _FREE_FIELDS or (key.startswith("x-") and key not in _KNOWN_EXTENSIONS)


def _wants_text(frame: _Frame) -> bool:
    # `required` is a list of names in a schema, and true or false in a parameter.
    field = frame.key or frame.field
    return field in TEXT_FIELDS or (field == "required" and isinstance(frame.children, list))


class _Builder:
    """Builds values from events, without recursion."""

    def __init__(self, problems: list[Problem], duplicates: list[Duplicate], odd_numbers: list[str]) -> None:
        self.root: Any = None
        self.finished = False
        self._problems, self._duplicates, self._odd_numbers = problems, duplicates, odd_numbers
        self._stack: list[_Frame] = []
        # What an anchor names, and its size; a scalar as its event, because it is read anew where it is used.
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._plain: dict[str, Any] = {}
        self._alias_nodes = 0

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            size = 1 + len(event.value) // _TEXT_UNIT
            if event.anchor:
                self._anchors[event.anchor] = (event, size)
            self._add(self._scalar(event), size, plain=event.implicit[0])
        elif isinstance(event, yaml.MappingStartEvent):
            self._open({}, event)
        elif isinstance(event, yaml.SequenceStartEvent):
            self._open([], event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._close()
        elif isinstance(event, yaml.AliasEvent):
            self._add(*self._alias(event.anchor))

    def _scalar(self, event: yaml.ScalarEvent) -> Any:
        text: str = event.value
        frame = self._stack[-1] if self._stack else None
        if frame is not None and frame.key is None and isinstance(frame.children, dict):
            return text
        if event.tag is not None and event.tag != "!":
            return self._tagged(event.tag, text)
        if not event.implicit[0]:
            return text
        if frame is not None and not frame.free and _wants_text(frame):
            return None if text in _WORDS and _WORDS[text] is None else text
        try:
            return self._plain[text]
        except KeyError:
            value = self._plain[text] = self._value(text)
            return value

    def _value(self, text: str) -> Any:
        value = plain_value(text)
        if isinstance(value, int | float) and not is_ordinary(value):
            self._odd_numbers.append(text)
        return value

    def _tagged(self, tag: str, text: str) -> Any:
        self._check_tag(tag)
        return self._value(text) if tag in _TYPED_TAGS else text

    def _check_tag(self, tag: str | None) -> None:
        if tag is None or tag == "!" or tag in _PLAIN_TAGS:
            return
        if "python/" in tag:
            raise DocumentError(f"the document asks to run code by the tag {quoted(tag)}; it is not read")
        self._problems.append(Problem(self._here(), "tag", f"the tag {quoted(tag)} is left out"))

    def _open(self, children: _Children, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        if len(self._stack) >= MAX_DEPTH:
            raise DocumentError(f"the document is nested deeper than {MAX_DEPTH} levels")
        self._check_tag(event.tag)
        self._stack.append(_Frame(children, self._stack[-1] if self._stack else None, event.anchor))
        if event.anchor:
            # Known from here on, so that an alias inside its own anchor is seen as such.
            self._anchors[event.anchor] = (children, 0)

    def _close(self) -> None:
        frame = self._stack.pop()
        children = frame.children
        if frame.merged and isinstance(children, dict):
            # What is written wins over what is merged, and an earlier merge over a later one.
            for mapping in frame.merged:
                for key, value in mapping.items():
                    children.setdefault(key, value)
        if frame.anchor:
            self._anchors[frame.anchor] = (children, frame.size)
        self._add(children, frame.size)

    def _alias(self, anchor: str | None) -> tuple[Any, int]:
        if anchor not in self._anchors:
            self._problems.append(Problem(self._here(), "alias-unknown", f"the alias {quoted(anchor)} has no anchor"))
            return None, 1
        value, size = self._anchors[anchor]
        if size == 0:
            self._problems.append(
                Problem(self._here(), "alias-cycle", f"the alias {quoted(anchor)} stands inside itself")
            )
            return None, 1
        if self._alias_nodes + size > MAX_ALIAS_NODES:
            if self._alias_nodes <= MAX_ALIAS_NODES:
                self._alias_nodes = MAX_ALIAS_NODES + 1  # said once
                message = f"aliases add more than {MAX_ALIAS_NODES:,} values; the rest is read as null"
                self._problems.append(Problem(self._here(), "alias-expansion", message))
            return None, 1
        self._alias_nodes += size
        return (self._scalar(value) if isinstance(value, yaml.ScalarEvent) else value), size

    def _add(self, value: Any, size: int, plain: bool = False) -> None:
        if not self._stack:
            self.root, self.finished = value, True
            return
        frame = self._stack[-1]
        frame.size += size
        children = frame.children
        if isinstance(children, list):
            children.append(value)
        elif frame.key is None:
            frame.key = self._key(value)
            frame.merging = plain and value == "<<"
        else:
            self._put(frame, children, frame.key, value)
            frame.key = None

    def _put(self, frame: _Frame, children: dict[str, Any], key: str, value: Any) -> None:
        if frame.merging:
            for mapping in value if isinstance(value, list) else [value]:
                if isinstance(mapping, dict):
                    frame.merged.append(mapping)
                else:
                    self._problems.append(Problem(self._here(), "wrong-type", "what `<<` merges is no mapping"))
            return
        if key in children:
            self._duplicates.append(Duplicate(children, key, children[key]))
        children[key] = value

    def _key(self, value: Any) -> str:
        if isinstance(value, str):
            return value
        try:
            text = json.dumps(value, ensure_ascii=False)
        except RecursionError:
            text = "…"
        if len(text) > _MAX_KEY:
            text = text[: _MAX_KEY - 1] + "…"
        self._problems.append(Problem(self._here(), "key-type", f"the key {quoted(text)} is no text"))
        return text

    def _here(self) -> str:
        return pointer(*self._parts())

    def _parts(self) -> Iterator[object]:
        for frame in self._stack:
            if isinstance(frame.children, list):
                yield len(frame.children)
            elif frame.key is not None:
                yield frame.key
