"""Reading YAML files into dataclasses, with error messages for the author of the YAML."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Collection, Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import yaml
from yaml.parser import ParserError
from yaml.scanner import ScannerError

from apig_nb.errors import ApigError
from apig_nb.files import read_file
from apig_nb.text import ExpandedYamlError, load_yaml, one_line, shorten

# libyaml is ten times as fast, and most of the time that a sandbox takes to start is spent here.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# PyYAML raises errors other than its own for values such as the date 2026-13-01, `!!bool x` or `!!timestamp x`.
_YAML_ERRORS = (yaml.YAMLError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError)

_MOST_BYTES: Final = 16 * 2**20
_DEEPEST: Final = 100

Yaml = dict[str, Any]
T = TypeVar("T")


class SandboxContentError(ApigError, ValueError):
    """A content folder cannot be served; the message names the file and what is wrong in it."""

    def __init__(self, where: str, problem: str) -> None:
        self.where, self.problem = where, problem
        # Names are texts of the file's author.
        super().__init__(f"{shorten(one_line(where), 300)}: {shorten(one_line(problem), 700)}")


def read_yaml(file: Path, root: Path) -> Yaml:
    """Read a file of the content folder.

    With the key `copy_of: <file, relative to the root>` the other keys are an overlay of that file.
    """
    return _read(file, root, ())


def _read(file: Path, root: Path, copied_by: tuple[Path, ...]) -> Yaml:
    where = relative_name(file, root)
    if file in copied_by:
        raise SandboxContentError(where, "is a copy of itself")
    content = _parsed(_text(file, where), where)
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise SandboxContentError(where, "must be a mapping with text keys")
    origin = content.pop("copy_of", None)
    if origin is None:
        return content
    if not isinstance(origin, str):
        raise SandboxContentError(where, "copy_of must be the path of a file in this folder")
    copied: Yaml = overlay(_read(root / origin, root, (*copied_by, file)), content)
    return copied


def _text(file: Path, where: str) -> str:
    try:
        return read_file(file, _MOST_BYTES).decode("utf-8")
    # ValueError: the text is not UTF-8, or the name contains a NUL.
    except (OSError, ValueError) as error:
        raise SandboxContentError(where, f"cannot be read ({getattr(error, 'strerror', None) or error})") from error


def _parsed(text: str, where: str) -> Any:
    problem = f"is nested more than {_DEEPEST} levels"
    try:
        # Before values are made: with too deep a nesting, libyaml ends the process.
        if not _is_too_deep(text):
            return load_yaml(text, _LOADER)
    except ExpandedYamlError as error:
        problem = str(error)
    except _YAML_ERRORS as error:
        problem = f"is not valid YAML ({_yaml_problem(error)})"
    # Outside the handler: other errors quote the text, and would be chained to this one.
    raise SandboxContentError(where, problem)


def _yaml_problem(error: Exception) -> str:
    """Return what is wrong and where, without a value or a tag of the text, which may be a password."""
    problem = str(error.problem) if isinstance(error, ScannerError | ParserError) else "a value cannot be read"
    mark = getattr(error, "problem_mark", None)
    return f"{problem}, line {mark.line + 1}" if mark else problem


def _is_too_deep(text: str) -> bool:
    nesting = 0
    for event in yaml.parse(text, _LOADER):
        nesting += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if nesting > _DEEPEST:
            return True
    return False


def relative_name(file: Path, root: Path) -> str:
    """Return the name of a file for messages: relative to the root if it is below it."""
    return file.relative_to(root).as_posix() if file.is_relative_to(root) else file.as_posix()


def overlay(base: Any, patch: Any) -> Any:
    """Apply a patch to a value: mappings are merged, null removes a key, everything else replaces.

    A mapping with another `type` replaces the whole mapping: a backend that is changed from a mock to a function has
    none of the mock's keys.
    """
    if not isinstance(base, dict) or not isinstance(patch, dict):
        return patch
    if "type" in patch and patch["type"] != base.get("type", patch["type"]):
        return patch
    merged = dict(base)
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = overlay(merged.get(key), value)
    return merged


def mapping(value: object, where: str, what: str) -> Yaml:
    """Check that a value is a mapping; None counts as an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise SandboxContentError(where, f"{what} must be a mapping with text keys")
    return value


def sequence(value: object, where: str, what: str) -> list[Any]:
    """Check that a value is a list; None counts as an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise SandboxContentError(where, f"{what} must be a list")
    return value


def check_keys(values: Mapping[str, Any], known: Collection[str], where: str) -> None:
    """Check that every key is known."""
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise SandboxContentError(where, f"unknown key {unknown[0]!r}; known: {', '.join(sorted(known))}")


def build(cls: type[T], values: Mapping[str, Any], where: str) -> T:
    """Build a dataclass from a mapping: every key must be a field, and every value of the field's type."""
    dataclass: Any = cls  # T is not bound to dataclasses, for which there is no public type
    hints = _hints(dataclass)
    fields = {spec.metadata.get("key", spec.name): spec for spec in dataclasses.fields(dataclass)}
    check_keys(values, fields, where)
    for key, value in values.items():
        if not fields[key].repr and not isinstance(value, str):
            # Without the value, which is a secret.
            raise SandboxContentError(where, f"{key} must be text, in quotes")
    arguments = {
        fields[key].name: _convert(value, hints[fields[key].name], f"{where}: {key}") for key, value in values.items()
    }
    for key, spec in fields.items():
        if spec.default is dataclasses.MISSING and spec.default_factory is dataclasses.MISSING and key not in values:
            raise SandboxContentError(where, f"{key} is missing")
    return cls(**arguments)


# Evaluating annotations is slow, and the same few classes are built hundreds of times.
@functools.cache
def _hints(cls: Any) -> dict[str, Any]:
    return get_type_hints(cls)


def _convert(value: Any, hint: Any, where: str) -> Any:
    origin = get_origin(hint)
    if origin is tuple:
        if not isinstance(value, list | tuple):
            raise SandboxContentError(where, f"must be a list, not {shown(value)}")
        return tuple(_convert(item, get_args(hint)[0], where) for item in value)
    if origin is Literal:
        if value not in get_args(hint):
            raise SandboxContentError(where, f"{shown(value)} is not one of {', '.join(map(str, get_args(hint)))}")
        return value
    if origin is Mapping:
        return value  # the caller has built its entries
    if origin in (Union, UnionType):
        return _convert_union(value, get_args(hint), where)
    if dataclasses.is_dataclass(hint) and isinstance(value, dict):
        return build(hint, value, where)  # type: ignore[arg-type]  # a class, as the annotation is one
    # bool is a subclass of int, but `timeout: true` is a mistake.
    if not isinstance(value, hint) or (isinstance(value, bool) and hint is not bool):
        raise SandboxContentError(where, f"must be {_TYPE_NAMES.get(hint, hint.__name__)}, not {shown(value)}")
    return value


def _convert_union(value: Any, hints: tuple[Any, ...], where: str) -> Any:
    if value is None and NoneType in hints:
        return None
    *others, last = (hint for hint in hints if hint is not NoneType)
    for hint in others:
        try:
            return _convert(value, hint, where)
        except SandboxContentError:
            continue
    return _convert(value, last, where)


def shown(value: object) -> str:
    """Return a value for a message, shortened."""
    return shorten(repr(value), 80)


_TYPE_NAMES: Mapping[Any, str] = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
