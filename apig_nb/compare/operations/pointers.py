"""Where the parts of an operation are written: beside it, at its path, or where a reference leads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from apig_nb.definition.model.elements import Parameter
from apig_nb.definition.model.operation import Operation
from apig_nb.definition.model.references import MISSING
from apig_nb.definition.problem import pointer
from apig_nb.definition.values import as_list, as_map, as_text

ParameterKey = tuple[str, str]
"""Place and name; header names know no letter case, and the `+` of a greedy path parameter is no part of its name."""


def parameter_key(name: str | None, place: str | None) -> ParameterKey:
    """What makes a parameter the same as another one."""
    place = (place or "").lower()
    name = (name or "").removesuffix("+")
    return place, name.lower() if place == "header" else name


@dataclass(frozen=True, slots=True)
class PlacedParameter:
    """A parameter of an operation, and where it is.

    Attributes:
        parameter: what it is.
        operation: whose it is.
        item: how it is listed, perhaps as a reference.
        listed: where it is listed: by the operation, or for all operations of its path.
    """

    parameter: Parameter
    operation: Operation
    item: Any
    listed: str

    @property
    def written(self) -> Mapping[str, Any]:
        """The parameter as written."""
        return as_map(self.operation.follow(self.item))

    @property
    def place(self) -> str:
        """Where it is written: a shared one where its reference leads."""
        return target_pointer(self.operation, self.item, self.listed)

    @property
    def schema_place(self) -> str:
        """Where its schema is; Swagger 2.0 writes it beside the rest."""
        return schema_place(self.operation, self.written, self.place)


def placed_parameters(operation: Operation) -> dict[ParameterKey, PlacedParameter]:
    """The parameters that are no body, by what makes them the same as another one."""
    listed: dict[ParameterKey, tuple[Any, str]] = {}
    for holder, at in ((operation.item, pointer("paths", operation.path)), (operation.raw, operation.pointer)):
        for number, item in enumerate(as_list(holder.get("parameters"))):
            written = as_map(operation.follow(item))
            if written:
                key = parameter_key(as_text(written.get("name")), as_text(written.get("in")))
                listed[key] = item, f"{at}/parameters/{number}"
    found = {}
    for parameter in operation.parameters:
        key = parameter_key(parameter.name, parameter.location)
        found[key] = PlacedParameter(parameter, operation, *listed.get(key, (None, operation.pointer)))
    return found


def schema_place(operation: Operation, written: Mapping[str, Any], at: str) -> str:
    """Where the schema of a parameter or header stands; Swagger 2.0 writes it beside the rest."""
    if "schema" in written:
        return target_pointer(operation, written["schema"], f"{at}/schema")
    return at


def body_place(operation: Operation) -> str:
    """Where the request body is written."""
    if "requestBody" in operation.raw:
        return target_pointer(operation, operation.raw["requestBody"], f"{operation.pointer}/requestBody")
    for holder, at in ((operation.raw, operation.pointer), (operation.item, pointer("paths", operation.path))):
        for number, item in enumerate(as_list(holder.get("parameters"))):
            if as_map(operation.follow(item)).get("in") == "body":
                return target_pointer(operation, item, f"{at}/parameters/{number}")
    return operation.pointer


def response_place(operation: Operation, status: str) -> str:
    """Where a response is written: a shared one where its reference leads."""
    written = as_map(operation.raw.get("responses")).get(status)
    return target_pointer(operation, written, f"{operation.pointer}/responses/{status}")


def media_schema_place(operation: Operation, media_type: str, at: str) -> str:
    """Where the schema of a media type stands in a body or response."""
    if operation.document.is_swagger:
        return f"{at}/schema"
    return f"{at}{_content_step(media_type)}"


@lru_cache(maxsize=256)
def _content_step(media_type: str) -> str:
    return pointer("content", media_type, "schema")


def security_place(operation: Operation) -> str:
    """Where it is said who may call: by the operation, or by the document for all that say nothing."""
    return f"{operation.pointer}/security" if operation.has_own_security else "/security"


def target_pointer(operation: Operation, node: Any, at: str) -> str:
    """Where a node is written after its references are followed."""
    seen = set()
    while isinstance(node, dict) and isinstance(ref := node.get("$ref"), str) and ref not in seen:
        seen.add(ref)
        target = operation.document.references.target(ref)
        if target is MISSING:
            return at
        node, at = target, ref.removeprefix("#")
    return at
