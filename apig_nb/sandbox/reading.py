"""From YAML mappings to the model's dataclasses, with words for whoever wrote the YAML."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Collection, Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import yaml

from apig_nb.errors import ApigError

# Ten times as fast where libyaml is there; starting a sandbox is mostly reading.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Besides its own errors PyYAML raises others over the day 2026-13-01, `!!bool x`, `!!timestamp x` and the like.
_NO_YAML = (yaml.YAMLError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError)

Yaml = dict[str, Any]
T = TypeVar("T")


class SandboxContentError(ApigError, ValueError):
    """A content folder cannot be served; the message names the file and what is wrong in it."""

    def __init__(self, where: str, problem: str) -> None:
        self.where, self.problem = where, problem
        super().__init__(f"{where}: {problem}")


def read_yaml(file: Path, root: Path) -> Yaml:
    """Read a file of the content folder.

    A file may begin with `copy_of: <file beside or below the root>`; the rest is then laid over that file.
    """
    return _read(file, root, ())


def _read(file: Path, root: Path, via: tuple[Path, ...]) -> Yaml:
    where = place(file, root)
    if file in via:
        raise SandboxContentError(where, "is a copy of itself")
    try:
        text = file.read_text(encoding="utf-8")
    # ValueError: no UTF-8, or a name with a NUL.
    except (OSError, ValueError) as error:
        raise SandboxContentError(where, f"cannot be read ({error})") from error
    try:
        content = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader
    except _NO_YAML as error:
        raise SandboxContentError(where, f"is no YAML ({' '.join(str(error).split())})") from error
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise SandboxContentError(where, "must hold a mapping with text keys")
    origin = content.pop("copy_of", None)
    if origin is None:
        return content
    if not isinstance(origin, str):
        raise SandboxContentError(where, "copy_of must be the path of a file of this folder")
    copied: Yaml = overlay(_read(root / origin, root, (*via, file)), content)
    return copied


def place(file: Path, root: Path) -> str:
    """Say where a file stands, as people see it."""
    return file.relative_to(root).as_posix() if file.is_relative_to(root) else file.as_posix()


def overlay(base: Any, patch: Any) -> Any:
    """Lay a patch over a value: mappings are merged, null removes a key, everything else replaces.

    A mapping whose `type` changes is replaced whole: a mock that becomes a function keeps nothing of the mock.
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
    """Take a mapping; nothing counts as an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise SandboxContentError(where, f"{what} must be a mapping with text keys")
    return value


def sequence(value: object, where: str, what: str) -> list[Any]:
    """Take a list; nothing counts as an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise SandboxContentError(where, f"{what} must be a list")
    return value


def check_keys(values: Mapping[str, Any], known: Collection[str], where: str) -> None:
    """Refuse a mapping with a key that means nothing."""
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise SandboxContentError(where, f"unknown key {unknown[0]!r}; known: {', '.join(sorted(known))}")


def build(cls: type[T], values: Mapping[str, Any], where: str) -> T:
    """Make a dataclass of a mapping; every key must be one of its fields and every value must fit the field's type."""
    dataclass: Any = cls  # more than T can say
    hints = _hints(dataclass)
    fields = {spec.metadata.get("key", spec.name): spec for spec in dataclasses.fields(dataclass)}
    check_keys(values, fields, where)
    arguments = {
        fields[key].name: _fitting(value, hints[fields[key].name], f"{where}: {key}") for key, value in values.items()
    }
    for key, spec in fields.items():
        if spec.default is dataclasses.MISSING and spec.default_factory is dataclasses.MISSING and key not in values:
            raise SandboxContentError(where, f"{key} is missing")
    return cls(**arguments)


# Evaluating annotations is slow, and the same few classes are built hundreds of times.
@functools.cache
def _hints(cls: Any) -> dict[str, Any]:
    return get_type_hints(cls)


def _fitting(value: Any, hint: Any, where: str) -> Any:
    if get_origin(hint) is tuple:
        if not isinstance(value, list | tuple):
            raise SandboxContentError(where, f"must be a list, not {value!r}")
        return tuple(_fitting(item, get_args(hint)[0], where) for item in value)
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            raise SandboxContentError(where, f"{value!r} is none of {', '.join(map(str, get_args(hint)))}")
        return value
    if get_origin(hint) is Mapping:
        return value  # built before, entry by entry
    if get_origin(hint) in (Union, UnionType):
        return _fitting_one_of(value, get_args(hint), where)
    if dataclasses.is_dataclass(hint) and isinstance(value, dict):
        return build(hint, value, where)  # type: ignore[arg-type]  # a class, as the annotation is one
    # True is an int to Python, but not to somebody who writes a timeout.
    if not isinstance(value, hint) or (isinstance(value, bool) and hint is not bool):
        raise SandboxContentError(where, f"must be {_NAMES.get(hint, hint.__name__)}, not {value!r}")
    return value


def _fitting_one_of(value: Any, hints: tuple[Any, ...], where: str) -> Any:
    if value is None and NoneType in hints:
        return None
    *others, last = (hint for hint in hints if hint is not NoneType)
    for hint in others:
        try:
            return _fitting(value, hint, where)
        except SandboxContentError:
            continue
    return _fitting(value, last, where)


_NAMES: Mapping[Any, str] = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
