"""Parse YAML 1.2 from the events of libyaml.

PyYAML's loaders follow YAML 1.1, where `no` is false, `2024-05-01` a date, `12:30` a number and `010` eight. API
documents use YAML 1.2: a plain scalar is null, a boolean or a number only if JSON could write it so. Keys are always
text as written, and fields that the standard defines as text (`version: 1.10`) stay text. No tag runs code.
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
from apig_nb.definition.read.duplicates import Duplicate, Parsed
from apig_nb.definition.read.json_reader import HUGE_DIGITS, MAX_DEPTH
from apig_nb.definition.read.sanitize import is_ordinary
from apig_nb.definition.values import HOLDERS, text_size
from apig_nb.errors import DocumentError

MAX_ALIAS_NODES: Final = 1_000_000
"""The maximum number of values that aliases may add to a document; each use of an alias counts."""

_MAX_KEY: Final = 1000
"""The maximum length of the text for a key that is not text."""

_MAX_DIRECTIVES: Final = 1000
"""libyaml compares each tag directive with all before it, so that many take quadratic time."""
_DIRECTIVE = re.compile("^%TAG", re.MULTILINE)

TEXT_FIELDS: Final = frozenset(
    # Fields of both standards and of the gateway's extensions that hold text or a list of texts.
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
"""Fields that hold values of the API: in them, a number is a number, also under a key of `TEXT_FIELDS`."""
_MAPS_OF_NAMES = frozenset(
    # Fields whose keys are names chosen by the author: `default` is not a field there.
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
"""A dict or a list, by `_Frame.is_list`; type checkers cannot follow that."""

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
# A number with a leading zero is not a number in JSON, and octal in YAML 1.1: it stays text.
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_BASED = re.compile(r"0(?:x[0-9a-fA-F]+|o[0-7]+)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


def plain_value(text: str) -> Any:
    """Resolve a plain scalar by the core schema of YAML 1.2, except that numbers with leading zeros stay text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) < HUGE_DIGITS else float(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    return float(text) if _FLOAT.fullmatch(text) else text


def read_yaml(text: str, problems: Problems) -> Parsed:
    """Parse the first document of a YAML stream; other problems than duplicate keys are added to `problems`.

    The tree has no cycles. Aliases add at most `MAX_ALIAS_NODES` values to it.

    Raises:
        DocumentError: the text is not YAML, holds a tag that runs code, or is nested too deep.
    """
    if sum(1 for _ in islice(_DIRECTIVE.finditer(text), _MAX_DIRECTIVES + 1)) > _MAX_DIRECTIVES:
        raise DocumentError(f"the document has more than {_MAX_DIRECTIVES:,} tag directives")
    builder = _Builder(problems)
    parser = _PARSER(text)
    try:
        builder.build(parser.get_event)
    except yaml.YAMLError as error:
        raise DocumentError(f"not valid YAML: {_reason(error)}") from error
    finally:
        parser.dispose()
    if not builder.documents:
        raise DocumentError("the document is empty")
    return Parsed(builder.documents[0], builder.duplicates, builder.has_large_numbers)


def _reason(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f" in line {mark.line + 1}" if mark is not None else ""
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
    return f"{reason}{where}"


class _Frame:
    """An object or list whose children are being read."""

    __slots__ = ("anchor", "children", "has_names", "is_list", "is_value", "key", "merged", "merging")

    def __init__(self, children: _Children, parent: _Frame | None, anchor: str | None) -> None:
        self.children = children
        self.anchor = anchor
        self.is_list: bool = children.__class__ is list
        above = "" if parent is None else parent.key or ""
        # In an object, the key of the next value, or None if a key comes next; in a list, the key of the list.
        self.key: str | None = above if self.is_list else None
        in_value: bool = parent is not None and parent.is_value
        is_field = parent is not None and not (in_value or parent.is_list or parent.has_names)
        # True inside a value of the API or of an unknown extension: no keys of the standard.
        self.is_value: bool = in_value or (is_field and _holds_value(above))
        # True if its keys are names chosen by the author.
        self.has_names: bool = is_field and not self.is_list and above in _MAPS_OF_NAMES
        self.merging = False  # True if the key is an unquoted `<<`
        self.merged: list[dict[str, Any]] | None = None  # the mappings to merge


def _holds_value(key: str) -> bool:
    return key in _FREE_FIELDS or (key[:2] == "x-" and key not in _KNOWN_EXTENSIONS)


class _Builder:
    """Builds a tree from events, without recursion."""

    def __init__(self, problems: Problems) -> None:
        self.documents: list[Any] = []
        self.duplicates: list[Duplicate] = []
        self.has_large_numbers = False
        self._problems = problems
        self._stack = [_Frame(self.documents, None, None)]
        # Anchor → value and its size. A scalar is kept as its event: its type depends on the field that uses it.
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._plain: dict[str, Any] = {}
        self._keys: dict[str, str] = {}
        self._sizes: dict[int, tuple[_Children, int]] = {}  # of the objects and lists that have an anchor
        self._alias_nodes = 0

    def build(self, get_event: Callable[[], Any]) -> None:
        """Read events up to the end of the first document.

        A large document has some hundred thousand events: the common ones are handled here, without a function call.
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
                    # One string object for all equal keys halves the memory.
                    text = event.value
                    frame.key = keys.setdefault(text, text)
                    if text == "<<":
                        frame.merging = event.implicit[0]
                    continue
                value = self._scalar(event, frame)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                frame = self._open({} if kind is yaml.MappingStartEvent else [], event)
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
                self._problems.add((), "several-documents", message)
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
                        self.duplicates.append(Duplicate(children, key, children[key]))
                    children[key] = value

    def _scalar(self, event: yaml.ScalarEvent, frame: _Frame) -> Any:
        text: str = event.value
        if event.tag is not None and event.tag != "!":
            return self._tagged(event.tag, text)
        if not event.implicit[0]:
            return text
        # `required` is a list of names in a schema, and true or false in a parameter.
        key = frame.key
        if not frame.is_value and (key in TEXT_FIELDS or (frame.is_list and key == "required")):
            return None if text in _WORDS and _WORDS[text] is None else text
        try:
            return self._plain[text]
        except KeyError:
            value = self._plain[text] = self._value(text)
            return value

    def _value(self, text: str) -> Any:
        value = plain_value(text)
        if isinstance(value, int | float) and not is_ordinary(value):
            self.has_large_numbers = True
        return value

    def _tagged(self, tag: str, text: str) -> Any:
        self._check_tag(tag)
        return self._value(text) if tag in _TYPED_TAGS else text

    def _check_tag(self, tag: str | None) -> None:
        if tag is None or tag == "!" or tag in _PLAIN_TAGS:
            return
        if "python/" in tag:
            raise DocumentError(f"the document has a tag that runs code, {quoted(tag)}; it is not read")
        self._problems.add(self._parts(), "tag", f"the tag {quoted(tag)} is ignored")

    def _open(self, children: _Children, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> _Frame:
        if len(self._stack) > MAX_DEPTH:
            raise DocumentError(f"the document is nested deeper than {MAX_DEPTH} levels")
        if event.tag is not None:
            self._check_tag(event.tag)
        frame = _Frame(children, self._stack[-1], event.anchor)
        self._stack.append(frame)
        if event.anchor:
            # Size 0 until it is complete, which shows an alias inside its own anchor.
            self._anchors[event.anchor] = (children, 0)
        return frame

    def _finish(self, frame: _Frame) -> None:
        children = frame.children
        if frame.merged:
            # Keys of the mapping itself take precedence over merged ones, and earlier merges over later ones.
            for mapping in frame.merged:
                for key, value in mapping.items():
                    children.setdefault(key, value)
        if frame.anchor:
            size = self._size(children)
            self._anchors[frame.anchor] = (children, size)
            # Together with the value, which keeps its id from being reused.
            self._sizes[id(children)] = (children, size)

    def _size(self, children: _Children) -> int:
        """Count the values in an object or list; values of aliases count at each use."""
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
            self._problems.add(self._parts(), "alias-unknown", f"the alias {quoted(anchor)} has no anchor")
            return None
        value, size = self._anchors[anchor]
        if size == 0:
            self._problems.add(self._parts(), "alias-cycle", f"the alias {quoted(anchor)} is inside its own anchor")
            return None
        if self._alias_nodes + size > MAX_ALIAS_NODES:
            if self._alias_nodes <= MAX_ALIAS_NODES:
                self._alias_nodes = MAX_ALIAS_NODES + 1  # reported once
                message = f"aliases add more than {MAX_ALIAS_NODES:,} values; the rest is read as null"
                self._problems.add(self._parts(), "alias-expansion", message)
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
                self._problems.add((*self._parts(), key), "wrong-type", "the value of `<<` is not a mapping")

    def _key(self, value: Any) -> str:
        if isinstance(value, str):
            return value
        try:
            text = json.dumps(value, ensure_ascii=False)
        except RecursionError:
            text = "…"
        if len(text) > _MAX_KEY:
            text = text[: _MAX_KEY - 1] + "…"
        self._problems.add(self._parts(), "key-type", f"the key {quoted(text)} is not text")
        return text

    def _parts(self) -> Iterator[object]:
        for frame in self._stack[1:]:
            if isinstance(frame.children, list):
                yield len(frame.children)
            elif frame.key is not None:
                yield frame.key
