"""YAML text → plain values, built from libyaml's events by our own rules for scalars.

PyYAML's loaders follow YAML 1.1, where `no` is false, `2024-05-01` a date, `12:30` a number and `010` eight. API
documents mean YAML 1.2: here a plain scalar is null, a boolean or a number only in the way JSON would write it, keys
are always text as written, and fields that the standard wants as text (`version: 1.10`) stay text. No tag runs code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final, TypeAlias

import yaml

from apig_nb.definition import grammar
from apig_nb.definition.problem import Problems, quoted
from apig_nb.definition.read.duplicates import Duplicate
from apig_nb.definition.read.json_reader import HUGE_DIGITS, MAX_DEPTH
from apig_nb.definition.read.sanitize import is_ordinary
from apig_nb.definition.values import HOLDERS, text_size
from apig_nb.errors import DocumentError

MAX_ALIAS_NODES: Final = 1_000_000
"""How many values aliases may add to a document when each is counted where it is used."""

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

_Children: TypeAlias = Any
"""What is being filled: a dict or a list. The builder knows which by `_Frame.is_list`, a type checker cannot."""

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


def read_yaml(text: str, problems: Problems, duplicates: list[Duplicate], odd_numbers: list[str]) -> Any:
    """Read the first document of a YAML stream; what is odd is added to the lists.

    The result holds no cycles and, with every alias counted where it is used, at most `MAX_ALIAS_NODES` values more
    than are written.

    Raises:
        DocumentError: the text is no YAML, holds a tag that asks for code to run, or is nested too deep.
    """
    if sum(1 for _ in islice(_DIRECTIVE.finditer(text), _MAX_DIRECTIVES + 1)) > _MAX_DIRECTIVES:
        raise DocumentError(f"the document has more than {_MAX_DIRECTIVES:,} tag directives")
    builder = _Builder(problems, duplicates, odd_numbers)
    parser = _PARSER(text)
    try:
        builder.build(parser.get_event)
    except yaml.YAMLError as error:
        raise DocumentError(f"no valid YAML: {_words(error)}") from error
    finally:
        parser.dispose()
    if not builder.documents:
        raise DocumentError("the document is empty")
    return builder.documents[0]


def _words(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f" in line {mark.line + 1}" if mark is not None else ""
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
    return f"{reason}{where}"


class _Frame:
    """An object or list that is being filled."""

    __slots__ = ("anchor", "children", "free", "is_list", "key", "merged", "merging", "names")

    def __init__(self, children: _Children, parent: _Frame | None, anchor: str | None) -> None:
        self.children = children
        self.anchor = anchor
        self.is_list: bool = children.__class__ is list
        above = "" if parent is None else parent.key or ""
        # The key whose value comes next, none where a key comes next; in a list, the key under which the list stands.
        self.key: str | None = above if self.is_list else None
        in_free: bool = parent is not None and parent.free
        is_field = parent is not None and not (in_free or parent.is_list or parent.names)
        # Whether it is a value of the API or of somebody's extension, not of the standard.
        self.free: bool = in_free or (is_field and _is_free(above))
        # Whether its keys are names given by the author.
        self.names: bool = is_field and not self.is_list and above in _NAMED_THINGS
        self.merging = False  # that key is an unquoted `<<`
        self.merged: list[dict[str, Any]] | None = None  # what `<<` brought


def _is_free(key: str) -> bool:
    return key in _FREE_FIELDS or (key[:2] == "x-" and key not in _KNOWN_EXTENSIONS)


class _Builder:
    """Builds values from events, without recursion."""

    def __init__(self, problems: Problems, duplicates: list[Duplicate], odd_numbers: list[str]) -> None:
        self.documents: list[Any] = []
        self._problems, self._duplicates, self._odd_numbers = problems, duplicates, odd_numbers
        self._stack = [_Frame(self.documents, None, None)]
        # What an anchor names, and its size; a scalar as its event, because it is read anew where it is used.
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._plain: dict[str, Any] = {}
        self._keys: dict[str, str] = {}
        self._sizes: dict[int, tuple[_Children, int]] = {}  # of the objects and lists that have an anchor
        self._alias_nodes = 0

    def build(self, get_event: Callable[[], Any]) -> None:
        """Take events up to the end of the first document.

        A document has some hundred thousand events: the usual ones are dealt with here, without a call for each.
        """
        stack, keys = self._stack, self._keys
        frame = stack[-1]
        while True:
            event = get_event()
            kind = event.__class__
            if kind is yaml.ScalarEvent:
                if event.anchor:
                    self._anchors[event.anchor] = (event, text_size(event.value))
                if frame.key is None:
                    # One text for all keys that are alike saves half the memory.
                    text = event.value
                    frame.key = keys.setdefault(text, text)
                    if text == "<<":
                        frame.merging = event.implicit[0]
                    continue
                value = self._scalar(event, frame)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                frame = self._opened({} if kind is yaml.MappingStartEvent else [], event)
                continue
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                closed = stack.pop()
                frame, value = stack[-1], closed.children
                if closed.merged is not None or closed.anchor is not None:
                    self._finish(closed)
            elif kind is yaml.AliasEvent:
                value = self._alias(event.anchor, frame)
            elif kind is yaml.DocumentStartEvent and self.documents:
                message = "the file holds several documents; the first is read"
                self._problems.say((), "several-documents", message)
                return
            elif kind is yaml.StreamEndEvent:
                return
            else:
                continue
            children, key = frame.children, frame.key
            if frame.is_list:
                children.append(value)
            elif key is None:
                frame.key = self._key(value)
            else:
                frame.key = None
                if frame.merging:
                    frame.merging = False
                    self._merge(frame, key, value)
                else:
                    if key in children:
                        self._duplicates.append(Duplicate(children, key, children[key]))
                    children[key] = value

    def _scalar(self, event: yaml.ScalarEvent, frame: _Frame) -> Any:
        text: str = event.value
        if event.tag is not None and event.tag != "!":
            return self._tagged(event.tag, text)
        if not event.implicit[0]:
            return text
        # `required` is a list of names in a schema, and true or false in a parameter.
        key = frame.key
        if not frame.free and (key in TEXT_FIELDS or (frame.is_list and key == "required")):
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
        self._problems.say(self._parts(), "tag", f"the tag {quoted(tag)} is left out")

    def _opened(self, children: _Children, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> _Frame:
        if len(self._stack) > MAX_DEPTH:
            raise DocumentError(f"the document is nested deeper than {MAX_DEPTH} levels")
        if event.tag is not None:
            self._check_tag(event.tag)
        frame = _Frame(children, self._stack[-1], event.anchor)
        self._stack.append(frame)
        if event.anchor:
            # Known from here on, so that an alias inside its own anchor is seen as such.
            self._anchors[event.anchor] = (children, 0)
        return frame

    def _finish(self, frame: _Frame) -> None:
        children = frame.children
        if frame.merged:
            # What is written wins over what is merged, and an earlier merge over a later one.
            for mapping in frame.merged:
                for key, value in mapping.items():
                    children.setdefault(key, value)
        if frame.anchor:
            size = self._size(children)
            self._anchors[frame.anchor] = (children, size)
            # With the value itself, so that its id stays its own.
            self._sizes[id(children)] = (children, size)

    def _size(self, children: _Children) -> int:
        """How many values there are in an object or list, each counted where an alias brings it."""
        total, todo = 0, [children]
        while todo:
            node = todo.pop()
            total += text_size(node) if isinstance(node, str) else 1
            if node.__class__ in HOLDERS and (known := self._sizes.get(id(node))):
                total += known[1] - 1
            elif isinstance(node, dict):
                total += sum(map(text_size, node))
                todo += node.values()
            elif isinstance(node, list):
                todo += node
        return total

    def _alias(self, anchor: str | None, frame: _Frame) -> Any:
        if anchor not in self._anchors:
            self._problems.say(self._parts(), "alias-unknown", f"the alias {quoted(anchor)} has no anchor")
            return None
        value, size = self._anchors[anchor]
        if size == 0:
            self._problems.say(self._parts(), "alias-cycle", f"the alias {quoted(anchor)} stands inside itself")
            return None
        if self._alias_nodes + size > MAX_ALIAS_NODES:
            if self._alias_nodes <= MAX_ALIAS_NODES:
                self._alias_nodes = MAX_ALIAS_NODES + 1  # said once
                message = f"aliases add more than {MAX_ALIAS_NODES:,} values; the rest is read as null"
                self._problems.say(self._parts(), "alias-expansion", message)
            return None
        self._alias_nodes += size
        if not isinstance(value, yaml.ScalarEvent):
            return value
        return value.value if frame.key is None else self._scalar(value, frame)

    def _merge(self, frame: _Frame, key: str, value: Any) -> None:
        for mapping in value if isinstance(value, list) else [value]:
            if isinstance(mapping, dict):
                frame.merged = frame.merged or []
                frame.merged.append(mapping)
            else:
                self._problems.say((*self._parts(), key), "wrong-type", "what `<<` merges is no mapping")

    def _key(self, value: Any) -> str:
        if isinstance(value, str):
            return value
        try:
            text = json.dumps(value, ensure_ascii=False)
        except RecursionError:
            text = "…"
        if len(text) > _MAX_KEY:
            text = text[: _MAX_KEY - 1] + "…"
        self._problems.say(self._parts(), "key-type", f"the key {quoted(text)} is no text")
        return text

    def _parts(self) -> Iterator[object]:
        for frame in self._stack[1:]:
            if isinstance(frame.children, list):
                yield len(frame.children)
            elif frame.key is not None:
                yield frame.key
