"""Random JSON Schemas, other notations of them, mutations, and values that tell them apart."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

SCALARS: list[Any] = [
    None,
    True,
    False,
    -1,
    0,
    1,
    2,
    3,
    4,
    5,
    0.5,
    1.5,
    2.5,
    "",
    "a",
    "b",
    "c",
    "abc",
    "abcd",
    "abcdefg",
]
NAMES = ("a", "b")
"""Every object describes both: to a comparison, but not to a validator, what is not described is absent."""


def schema(chance: random.Random, depth: int = 2) -> dict[str, Any]:
    """Return a schema of scalars, lists, objects and alternatives."""
    kind = chance.choice(["scalar", "scalar", "array", "object", "object", "anyOf", "not"]) if depth else "scalar"
    if kind == "array":
        found: dict[str, Any] = {"type": "array", "items": schema(chance, depth - 1)}
        found |= _some(chance, minItems=1, maxItems=chance.randint(1, 3), uniqueItems=True)
        return found | _some(chance, prefixItems=[schema(chance, 0)], contains=schema(chance, 0))
    if kind == "object":
        found = {"type": "object", "properties": {name: schema(chance, depth - 1) for name in NAMES}}
        found |= _some(chance, required=chance.sample(NAMES, chance.randint(1, 2)), additionalProperties=False)
        return found | _some(chance, dependentRequired={"a": ["b"]}, minProperties=1, maxProperties=1)
    if kind == "anyOf":
        members = [schema(chance, depth - 1) for _ in range(chance.randint(2, 3))]
        return {"anyOf": members} | _some(chance, maxLength=2)
    if kind == "not":
        return {"type": chance.choice(["string", "integer"]), "not": schema(chance, depth - 1)}
    return _scalar(chance)


def _scalar(chance: random.Random) -> dict[str, Any]:
    name = chance.choice(["string", "integer", "number", "boolean"])
    found: dict[str, Any] = {"type": [name, "null"] if chance.random() < 0.15 else name}
    if name == "string":
        enum = chance.sample(["a", "b", "c", "abc"], chance.randint(1, 3))
        lengths = _some(chance, minLength=chance.randint(0, 2), maxLength=chance.randint(1, 4))
        found |= lengths or _some(chance, enum=enum)
    elif name != "boolean":
        found |= _some(chance, minimum=chance.choice([0, 1, 0.5]), exclusiveMinimum=chance.choice([0, 1, 0.5]))
        found |= _some(chance, maximum=chance.choice([3, 4, 2.5]), exclusiveMaximum=chance.choice([3, 5]))
        found |= _some(chance, multipleOf=chance.choice([1, 2, 0.5]))
    return found


def _some(chance: random.Random, **keywords: Any) -> dict[str, Any]:
    return {key: value for key, value in keywords.items() if chance.random() < 0.25}


def schemas_in(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a schema and those inside it."""
    yield node
    inner = [*node.get("anyOf", ()), *node.get("prefixItems", ()), *node.get("properties", {}).values()]
    for each in [*inner, *(node[key] for key in ("items", "contains", "not") if key in node)]:
        yield from schemas_in(each)


def mutated(old: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """Return a copy with one or two changes."""
    new = copy.deepcopy(old)
    for _ in range(chance.randint(1, 2)):
        node = chance.choice(list(schemas_in(new)))
        removable = sorted(node.keys() - {"type", "anyOf", "properties"})
        change = chance.choice(["replace", "replace", "drop", "wrap", "split"])
        if change == "drop" and removable:
            del node[chance.choice(removable)]
        elif change == "wrap":
            _become(node, {"anyOf": [dict(node), schema(chance, 1)]})
        elif change == "split":
            rewrite(node)
        else:
            _become(node, schema(chance, 1))
    return new


def rewritten(old: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """Return a copy in which some schemas are written in another way."""
    new = copy.deepcopy(old)
    for node in list(schemas_in(new)):
        if chance.random() < 0.5:
            rewrite(node)
    return new


def rewrite(node: dict[str, Any]) -> None:
    """Write one schema in another way, if one is known."""
    values, types = node.get("enum"), node.get("type")
    if values is not None and len(values) > 1:
        rest = {key: value for key, value in node.items() if key != "enum"}
        _become(node, {"anyOf": [rest | {"enum": values[:1]}, rest | {"enum": values[1:]}]})
    elif isinstance(types, list):
        _become(node, {"anyOf": [node | {"type": name} for name in types]})
    elif "maxLength" in node and "anyOf" in node:
        limit = node.pop("maxLength")
        node["anyOf"] = [{"allOf": [member, {"maxLength": limit}]} for member in node["anyOf"]]
    elif "required" in node:
        required = node.pop("required")
        node["anyOf"] = [{"required": required}, {"required": [*required, *NAMES]}]
    elif types == "integer":
        node |= {
            "type": "number",
            "multipleOf": node.get("multipleOf", 1) * (2 if node.get("multipleOf") == 0.5 else 1),
        }


def _become(node: dict[str, Any], other: dict[str, Any]) -> None:
    kept = dict(other)
    node.clear()
    node.update(kept)


def values(chance: random.Random) -> list[Any]:
    """Return values of many kinds that small schemas tell apart."""
    lists: list[Any] = [[], [1, 1], ["a", "b", "c"], [1, 2, 3, 4], *([one] for one in SCALARS)]
    lists += [chance.sample(SCALARS, 2) for _ in range(10)]
    inner = [*SCALARS, *lists, {}, {"a": 1}, {"b": "a"}]
    objects: list[Any] = [{}, *({"a": one} for one in inner), *({"b": one} for one in inner)]
    objects += [{"a": chance.choice(inner), "b": chance.choice(inner)} for _ in range(60)]
    return [*SCALARS, *lists, *objects]
