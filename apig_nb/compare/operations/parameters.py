"""Comparison of the parameters of two operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apig_nb.compare.changes import Changes, Pointers
from apig_nb.compare.equality import SourceEquality
from apig_nb.compare.operations.values import ValueComparison
from apig_nb.compare.rules import SENT
from apig_nb.compare.schemas.comparison import Schemas
from apig_nb.definition.model.elements import Parameter
from apig_nb.definition.model.operation import Operation, template_parameters
from apig_nb.definition.values import NOTHING

_Key = tuple[str, str]
"""Location and name; header names in lower case, names in the path without the `+` of a greedy parameter."""


class ParameterComparison:
    """Compares the parameters of pairs of operations and adds the changes."""

    def __init__(self, changes: Changes, schemas: Schemas, equality: SourceEquality) -> None:
        self._changes, self._equality = changes, equality
        self._values = ValueComparison(changes, schemas, equality)

    def compare(self, old: Operation, new: Operation) -> None:
        """Compare path, query, header and cookie parameters."""
        renamed = renamed_path_parameters(old, new)
        after = {_key(parameter): parameter for parameter in new.parameters}
        before = {}
        for key, parameter in {_key(parameter): parameter for parameter in old.parameters}.items():
            # A path parameter that is declared but not in the path keeps its name.
            before[_renamed(key, renamed) if _renamed(key, renamed) in after else key] = parameter
        is_same_standard = old.document.standard == new.document.standard
        ignored = old.document.dialect.IGNORED_PARAMETERS | new.document.dialect.IGNORED_PARAMETERS
        for key in [("header", name) for name in sorted(ignored) if ("header", name) in before.keys() | after.keys()]:
            one, other = before.pop(key, None), after.pop(key, None)
            self._values.compare_ignored(one, other, SENT, f"parameter {key[1]} in header", (old, new))
        removed = {key: before[key] for key in before if key not in after}
        added = {key: after[key] for key in after if key not in before}
        self._compare_moved(removed, added, old, new)
        for parameter in removed.values():
            if not _is_in_path(parameter, old):
                rule = "required-parameter-removed" if parameter.required else "parameter-removed"
                self._add(rule, Pointers(parameter.listed_pointer, None), new, _label(parameter), parameter.name, None)
            elif _is_in_path(parameter, new, renamed):
                self._values.compare_undeclared(parameter, new.pointer, _label(parameter), new, is_declared=False)
        for parameter in added.values():
            if not _is_in_path(parameter, new):
                rule = "required-parameter-added" if parameter.required else "parameter-added"
                self._add(rule, Pointers(None, parameter.listed_pointer), new, _label(parameter), None, parameter.name)
            elif _is_in_path(parameter, old, {after: before for before, after in renamed.items()}):
                self._values.compare_undeclared(parameter, old.pointer, _label(parameter), new, is_declared=True)
        for key, parameter in after.items():
            if key in before and not (is_same_standard and self._equality.same(before[key].source, parameter.source)):
                self._compare_parameter(before[key], parameter, new)

    def _add(
        self, rule: str, pointers: Pointers, operation: Operation, label: str, before: Any = None, after: Any = None
    ) -> None:
        self._changes.add(rule, pointers, label, before, after, operations=(operation,), side=SENT)

    def _compare_moved(
        self, removed: dict[_Key, Parameter], added: dict[_Key, Parameter], old: Operation, operation: Operation
    ) -> None:
        """Compare parameters that are sent in another location, and remove them from `removed` and `added`.

        A parameter in the path is left out: it changes with the path.
        """
        by_name = {parameter.name.lower(): key for key, parameter in added.items() if key[0] != "path"}
        for key, parameter in list(removed.items()):
            new_key = by_name.pop(parameter.name.lower(), None) if key[0] != "path" else None
            if new_key is None:
                continue
            del removed[key]
            new = added.pop(new_key)
            pointers, label = Pointers(parameter.pointer, new.pointer), f"parameter {new.name}"
            if key[0] != new_key[0]:
                self._add("parameter-place-altered", pointers, operation, label, key[0], new_key[0])
            else:
                is_gateway = old.document.is_gateway_export and operation.document.is_gateway_export
                rule = "gateway-parameter-case-altered" if is_gateway else "parameter-case-altered"
                self._add(rule, pointers, operation, _label(new), parameter.name, new.name)
            self._compare_parameter(parameter, new, operation)

    def _compare_parameter(self, old: Parameter, new: Parameter, operation: Operation) -> None:
        pointers, label = Pointers(old.pointer, new.pointer), _label(new)
        if old.required != new.required:
            rule = f"parameter-required-{'tightened' if new.required else 'loosened'}"
            self._add(rule, pointers, operation, label, old.required, new.required)
        if old.deprecated != new.deprecated:
            self._add("deprecated-altered", pointers, operation, label, old.deprecated, new.deprecated)
        fields = (
            ("orchestration-altered", "orchestrations", old.orchestrations, new.orchestrations),
            ("sample-altered", "sample", old.sample, new.sample),
            ("description-altered", "description", old.description, new.description),
            ("description-altered", "examples", old.examples, new.examples),
            ("extension-altered", "extensions", *self._equality.inlined(old.extensions, new.extensions)),
        )
        self._changes.add_fields(fields, pointers, label, (operation,), SENT)
        # In these an empty or false value is shown.
        if old.pass_through != new.pass_through:
            values = old.pass_through, new.pass_through
            self._add("pass-through-altered", pointers, operation, f"{label}, pass-through", *values)
        flags = (
            ("reserved-characters", old.allow_reserved, new.allow_reserved),
            ("empty-value", old.allow_empty_value, new.allow_empty_value),
        )
        for stem, before, after in flags:
            if before != after:
                self._add(f"{stem}-{'loosened' if after else 'tightened'}", pointers, operation, label, before, after)
        self._values.compare(old, new, SENT, label, operation)


def renamed_path_parameters(old: Operation, new: Operation) -> dict[str, str]:
    """Return old → new names of the parameters in the path."""
    return dict(zip(template_parameters(old.path), template_parameters(new.path), strict=False))


def _key(parameter: Parameter) -> _Key:
    name = parameter.name.removesuffix("+")
    return parameter.location, name.lower() if parameter.location == "header" else name


def _renamed(key: _Key, renamed: Mapping[str, str]) -> _Key:
    location, name = key
    return location, renamed.get(name, name) if location == "path" else name


def _is_in_path(parameter: Parameter, operation: Operation, renamed: Mapping[str, str] = NOTHING) -> bool:
    """Return True if a parameter, which may be renamed, is part of the path."""
    name = parameter.name.removesuffix("+")
    return parameter.location == "path" and renamed.get(name, name) in template_parameters(operation.path)


def _label(parameter: Parameter) -> str:
    return f"parameter {parameter.name} in {parameter.location}"
