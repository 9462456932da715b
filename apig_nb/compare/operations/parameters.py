"""Parameters of two operations: which come and go, where they are sent, what they may be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from apig_nb.compare.changes import Changes, Pointers
from apig_nb.compare.equality import SourceEquality
from apig_nb.compare.operations.pointers import ParameterKey, PlacedParameter, placed_parameters
from apig_nb.compare.operations.serialisation import serialisation
from apig_nb.compare.rules import SENT
from apig_nb.compare.schemas.comparison import SchemaComparison
from apig_nb.definition.model.elements import Parameter
from apig_nb.definition.model.operation import Operation, template_parameters
from apig_nb.definition.model.schema import SchemaSource
from apig_nb.definition.values import as_flag, equal

_REST: Final = {
    # Keys of a parameter that the common form has no field for, with the rule that tells of them.
    "examples": "description-altered",
    "allowReserved": "serialisation-altered",
}


class ParameterWalk:
    """Compares the parameters of pairs of operations and adds what differs."""

    def __init__(self, changes: Changes, schemas: SchemaComparison, equality: SourceEquality) -> None:
        self._changes, self._schemas, self._equality = changes, schemas, equality

    def compare(self, old: Operation, new: Operation) -> None:
        """Compare all parameters that are no body."""
        renamed = renamed_path_parameters(old, new)
        after = placed_parameters(new)
        before = {}
        for key, placed in placed_parameters(old).items():
            # One that is declared, yet not in the path, keeps its name.
            before[_renamed(key, renamed) if _renamed(key, renamed) in after else key] = placed
        gone = {key: before[key] for key in before if key not in after}
        come = {key: after[key] for key in after if key not in before}
        self._take_moved(gone, come)
        for placed in gone.values():
            if not _is_of_path(placed):
                rule = "required-parameter-removed" if placed.parameter.required else "parameter-removed"
                self._add(
                    rule, Pointers(placed.listed, None), new, _where(placed.parameter), placed.parameter.name, None
                )
        for placed in come.values():
            if not _is_of_path(placed):
                rule = "required-parameter-added" if placed.parameter.required else "parameter-added"
                self._add(
                    rule, Pointers(None, placed.listed), new, _where(placed.parameter), None, placed.parameter.name
                )
        for key, placed in after.items():
            if key in before and not self._is_same(before[key], placed):
                self._compare_parameter(before[key], placed)

    def _add(self, rule: str, at: Pointers, new: Operation, where: str, before: Any = None, after: Any = None) -> None:
        self._changes.add(rule, at, where, before, after, operations=(new,))

    def _is_same(self, old: PlacedParameter, new: PlacedParameter) -> bool:
        return old.operation.document.standard == new.operation.document.standard and self._equality.same(
            old.item, new.item
        )

    def _take_moved(self, gone: dict[ParameterKey, PlacedParameter], come: dict[ParameterKey, PlacedParameter]) -> None:
        """Take out and compare parameters of one name sent in another place; one in the path belongs to the path."""
        by_name = {placed.parameter.name.lower(): key for key, placed in come.items() if key[0] != "path"}
        for key, placed in list(gone.items()):
            partner = by_name.pop(placed.parameter.name.lower(), None) if key[0] != "path" else None
            if partner is not None:
                new = come.pop(partner)
                at = Pointers(gone.pop(key).place, new.place)
                where = f"parameter {new.parameter.name}"
                self._add("parameter-place-altered", at, new.operation, where, key[0], partner[0])
                self._compare_parameter(placed, new)

    def _compare_parameter(self, old: PlacedParameter, new: PlacedParameter) -> None:
        at, where, operation = Pointers(old.place, new.place), _where(new.parameter), new.operation
        self._compare_fields(old.parameter, new.parameter, at, operation)
        before, after = old.written, new.written
        if (flags := [bool(as_flag(side.get("allowEmptyValue"))) for side in (before, after)])[0] != flags[1]:
            self._add(f"empty-value-{'loosened' if flags[1] else 'tightened'}", at, operation, where, *flags)
        ways = serialisation(old.operation, before), serialisation(operation, after)
        if None not in ways and ways[0] != ways[1]:
            self._add("serialisation-altered", at, operation, where, *ways)
        for name, rule in _REST.items():
            if not equal(before.get(name) or None, after.get(name) or None):
                self._add(rule, at, operation, f"{where}, {name}", before.get(name), after.get(name))
        parts = [SchemaSource(side.parameter.schema, side.schema_place) for side in (old, new)]
        self._schemas.compare(parts[0], parts[1], SENT, where, operation)

    def _compare_fields(self, old: Parameter, new: Parameter, at: Pointers, operation: Operation) -> None:
        where = _where(new)
        if old.required != new.required:
            rule = f"parameter-required-{'tightened' if new.required else 'loosened'}"
            self._add(rule, at, operation, where, old.required, new.required)
        if old.deprecated != new.deprecated:
            self._add("deprecated-altered", at, operation, where, old.deprecated, new.deprecated)
        for rule, name, before, after in (
            ("pass-through-altered", "pass-through", old.pass_through, new.pass_through),
            ("orchestration-altered", "orchestrations", old.orchestrations or None, new.orchestrations or None),
            ("sample-altered", "sample", old.sample or None, new.sample or None),
            ("description-altered", "description", old.description or None, new.description or None),
            ("extension-altered", "extensions", dict(old.extensions) or None, dict(new.extensions) or None),
        ):
            if not equal(before, after):
                self._add(rule, at, operation, f"{where}, {name}", before, after)


def renamed_path_parameters(old: Operation, new: Operation) -> dict[str, str]:
    """Old → new names of the parameters in the path."""
    return dict(zip(template_parameters(old.path), template_parameters(new.path), strict=False))


def _renamed(key: ParameterKey, renamed: Mapping[str, str]) -> ParameterKey:
    place, name = key
    return place, renamed.get(name, name) if place == "path" else name


def _is_of_path(placed: PlacedParameter) -> bool:
    """Whether a parameter comes and goes with the path."""
    name = placed.parameter.name.removesuffix("+")
    return placed.parameter.location == "path" and name in template_parameters(placed.operation.path)


def _where(parameter: Parameter) -> str:
    return f"parameter {parameter.name} in {parameter.location}"
