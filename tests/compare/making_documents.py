"""Random documents, equivalent rewritings of them, and mutations that change their meaning."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

Document = dict[str, Any]

NAMES = ("id", "name", "kind", "size", "note", "tags")
COMPONENTS = ("Order", "Item", "Person", "Node")


def document(seed: int) -> Document:
    """Return an OpenAPI 3.0 document with shared and inline schemas, some of them recursive."""
    chance = random.Random(seed)
    paths: Document = {}
    for number in range(chance.randint(1, 5)):
        path = f"/v{chance.randint(1, 2)}/{chance.choice(NAMES)}{number}" + chance.choice(
            ["", "/{key}", "/{key}/parts"]
        )
        for method in chance.sample(["get", "post", "put", "delete"], chance.randint(1, 2)):
            paths.setdefault(path, {})[method] = _operation(chance, path, f"{method}{number}")
    return {
        "openapi": "3.0.3",
        "info": {"title": "made", "version": "1"},
        "servers": [{"url": "https://api.example.com"}],
        "paths": paths,
        "components": {
            "schemas": {name: _schema(chance, 3, is_component=True) for name in COMPONENTS},
            "securitySchemes": {"app": {"type": "apiKey", "in": "header", "name": "Authorization"}},
        },
    }


def _operation(chance: random.Random, path: str, name: str) -> Document:
    parameters = [{"name": "key", "in": "path", "required": True, "schema": {"type": "string"}}] * ("{key}" in path)
    for query in chance.sample(NAMES, chance.randint(0, 3)):
        parameters.append({"name": query, "in": "query", "schema": _scalar(chance), "required": chance.random() < 0.3})
    operation: Document = {"operationId": name, "parameters": parameters, "responses": {}}
    for status in chance.sample(["200", "201", "404", "default"], chance.randint(1, 3)):
        operation["responses"][status] = {
            "description": f"answer {status}",
            "content": {"application/json": {"schema": _schema(chance, 2)}},
        }
    if chance.random() < 0.5:
        operation["requestBody"] = {"content": {"application/json": {"schema": _schema(chance, 2)}}}
    if chance.random() < 0.5:
        operation["security"] = [{"app": []}]
    return operation


def _scalar(chance: random.Random) -> Document:
    schema: Document = {"type": chance.choice(["string", "integer", "number", "boolean"])}
    if schema["type"] == "string":
        schema |= chance.choice(
            [{}, {"maxLength": 20}, {"enum": ["a", "b", "c"]}, {"pattern": "^x"}, {"format": "date"}]
        )
    if schema["type"] in ("integer", "number"):
        schema |= chance.choice([{}, {"minimum": 1, "maximum": 9}, {"maximum": 5, "exclusiveMaximum": True}])
    if chance.random() < 0.2:
        schema["nullable"] = True
    return schema


def _schema(chance: random.Random, depth: int, *, is_component: bool = False) -> Document:
    kind = chance.choice(["object", "object", "array", "ref", "scalar", "one"]) if not is_component else "object"
    if kind == "ref":
        return {"$ref": f"#/components/schemas/{chance.choice(COMPONENTS)}"}
    if kind == "scalar" or depth == 0:
        return _scalar(chance)
    if kind == "array":
        return {"type": "array", "items": _schema(chance, depth - 1), "maxItems": chance.randint(1, 9)}
    if kind == "one":
        return {"oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in chance.sample(COMPONENTS, 2)]}
    names = chance.sample(NAMES, chance.randint(1, 4))
    schema: Document = {"type": "object", "properties": {name: _schema(chance, depth - 1) for name in names}}
    if required := [name for name in names if chance.random() < 0.4]:
        schema["required"] = required
    return schema


def nodes(node: Any) -> Iterator[Any]:
    """Yield every mapping and list in a tree, the tree itself first; examples are left out."""
    if isinstance(node, dict | list):
        yield node
        items = node.items() if isinstance(node, dict) else enumerate(node)
        for key, value in items:
            if key not in ("example", "examples", "default") and not str(key).startswith("x-octokit"):
                yield from nodes(value)


def schemas(tree: Document) -> list[Document]:
    """Return every schema of a document that is not a reference."""
    return [
        node
        for section in (tree["paths"], tree.get("components", {}).get("schemas", {}))
        for node in nodes(section)
        if isinstance(node, dict) and isinstance(node.get("type"), str) and "in" not in node
    ]


# ---------------------------------------------------------------------- equivalent rewritings


def other_order(tree: Document, chance: random.Random) -> None:
    """Shuffle keys, parameters, enumerations, required names and alternatives."""
    for node in list(nodes(tree)):
        if isinstance(node, dict):
            keys = list(node)
            chance.shuffle(keys)
            for key in keys:
                node[key] = node.pop(key)
            for key in ("parameters", "enum", "required", "oneOf", "anyOf", "tags", "security"):
                if isinstance(node.get(key), list):
                    chance.shuffle(node[key])


def renamed_components(tree: Document, chance: random.Random) -> None:
    """Rename every named schema."""
    text = json.dumps(tree)
    names = list(tree.get("components", {}).get("schemas", {}))
    for name in names:
        text = text.replace(f'"#/components/schemas/{name}"', f'"#/components/schemas/{name}V2"')
    renamed = json.loads(text)
    if names:
        renamed["components"]["schemas"] = {
            f"{name}V2": schema for name, schema in renamed["components"]["schemas"].items()
        }
    tree.clear()
    tree.update(renamed)


def inlined(tree: Document, chance: random.Random) -> None:
    """Replace some references by their targets."""
    targets = {f"#/components/schemas/{name}": schema for name, schema in tree["components"]["schemas"].items()}
    found = [node for node in nodes(tree["paths"]) if isinstance(node, dict) and node.get("$ref") in targets]
    for node in found:
        if chance.random() < 0.7:
            node |= copy.deepcopy(targets[node.pop("$ref")])


def single_all_of(tree: Document, chance: random.Random) -> None:
    """Wrap some schemas, and references to schemas, in an `allOf` of one."""
    named = [node for node in nodes(tree) if isinstance(node, dict) and "/schemas/" in str(node.get("$ref"))]
    for node in [*schemas(tree), *named]:
        if chance.random() < 0.5:
            inner = dict(node)
            node.clear()
            node["allOf"] = [inner]


def split_all_of(tree: Document, chance: random.Random) -> None:
    """Split some schemas into two parts of an `allOf`."""
    for node in schemas(tree):
        if len(node) > 1 and chance.random() < 0.5:
            keys = list(node)
            chance.shuffle(keys)
            half = chance.randint(1, len(keys) - 1)
            if {"maximum", "exclusiveMaximum"} & set(keys):
                continue  # a flag belongs to its limit
            parts = [{key: node[key] for key in side} for side in (keys[:half], keys[half:])]
            node.clear()
            node["allOf"] = parts


def parameters_of_path(tree: Document, chance: random.Random) -> None:
    """Move parameters that all operations of a path have to the path."""
    for item in tree["paths"].values():
        operations = [
            operation for key, operation in item.items() if isinstance(operation, dict) and key != "parameters"
        ]
        every = [operation.get("parameters", []) for operation in operations]
        common = [parameter for parameter in every[0] if all(parameter in others for others in every)] if every else []
        if common:
            for operation in operations:
                operation["parameters"] = [one for one in operation["parameters"] if one not in common]
            item["parameters"] = [*item.get("parameters", []), *copy.deepcopy(common)]


def null_as_alternative(tree: Document, chance: random.Random) -> None:
    """Write null as an alternative."""
    for node in schemas(tree):
        if node.pop("nullable", None):
            inner = dict(node)
            node.clear()
            node[chance.choice(["oneOf", "anyOf"])] = [inner, {"type": "null"}]


def as_openapi_31(tree: Document, chance: random.Random) -> None:
    """Convert to OpenAPI 3.1: null as a type, exclusive limits as numbers, a list of examples."""
    tree["openapi"] = "3.1.0"
    for node in schemas(tree):
        if node.pop("nullable", None):
            node["type"] = [node["type"], "null"]
        if node.pop("exclusiveMaximum", None) is True:
            node["exclusiveMaximum"] = node.pop("maximum")
        if "example" in node:
            node["examples"] = [node.pop("example")]


def shared_parameters(tree: Document, chance: random.Random) -> None:
    """Move parameters and responses into components and refer to them."""
    parameters = tree["components"].setdefault("parameters", {})
    responses = tree["components"].setdefault("responses", {})
    for item in tree["paths"].values():
        for operation in (operation for operation in item.values() if isinstance(operation, dict)):
            for number, parameter in enumerate(operation.get("parameters", [])):
                name = f"p{len(parameters)}"
                parameters[name] = parameter
                operation["parameters"][number] = {"$ref": f"#/components/parameters/{name}"}
            for status, response in operation["responses"].items():
                name = f"r{len(responses)}"
                responses[name] = response
                operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}


def explicit_defaults(tree: Document, chance: random.Random) -> None:
    """Write some defaults of the standard."""
    for node in schemas(tree):
        node |= chance.choice([{"nullable": False} if "nullable" not in node else {}, {"deprecated": False}, {}])
        node |= chance.choice([{"minLength": 0}, {"uniqueItems": False}, {"additionalProperties": True}, {}])


REWRITERS: tuple[Callable[[Document, random.Random], None], ...] = (
    other_order,
    renamed_components,
    inlined,
    single_all_of,
    split_all_of,
    parameters_of_path,
    null_as_alternative,
    as_openapi_31,
    shared_parameters,
    explicit_defaults,
)


def rewritten(tree: Document, rewriter: Callable[[Document, random.Random], None], seed: int) -> Document:
    """Return a rewritten copy of a document."""
    other = copy.deepcopy(tree)
    rewriter(other, random.Random(seed))
    return other


# ---------------------------------------------------------------------- mutations


def mutated(tree: Document, seed: int, count: int = 1) -> Document:
    """Return a copy of a document with some random changes."""
    chance = random.Random(seed)
    other = copy.deepcopy(tree)
    for _ in range(count):
        chance.choice(MUTATIONS)(other, chance)
    return other


def _any_schema(tree: Document, chance: random.Random) -> Document:
    return chance.choice(schemas(tree) or [{}])


def _set_limit(tree: Document, chance: random.Random) -> None:
    key = chance.choice(["maxLength", "minLength", "maximum", "minimum", "maxItems", "multipleOf", "minProperties"])
    _any_schema(tree, chance)[key] = chance.randint(1, 30)


def _set_type(tree: Document, chance: random.Random) -> None:
    schema = _any_schema(tree, chance)
    for key in ("maximum", "minimum", "exclusiveMaximum", "properties", "items", "required"):
        schema.pop(key, None)
    schema["type"] = chance.choice(["string", "integer", "number", "object", "boolean"])


def _set_enum(tree: Document, chance: random.Random) -> None:
    _any_schema(tree, chance)["enum"] = chance.sample(["a", "b", "c", "d", 1, 2.5], chance.randint(1, 4))


def _set_keyword(tree: Document, chance: random.Random) -> None:
    keywords: list[tuple[str, list[Any]]] = [
        ("pattern", ["^a", "^b"]),
        ("format", ["int32", "int64", "uuid"]),
        ("default", ["a", 1]),
        ("description", ["one", "two"]),
        ("readOnly", [True, False]),
        ("writeOnly", [True, False]),
        ("nullable", [True, False]),
        ("deprecated", [True, False]),
        ("uniqueItems", [True, False]),
        ("additionalProperties", [True, False, {"type": "string"}]),
        ("not", [{"type": "string"}, {"enum": [1]}]),
        ("x-unknown", [1, 2]),
    ]
    key, values = chance.choice(keywords)
    _any_schema(tree, chance)[key] = chance.choice(values)


def _drop_keyword(tree: Document, chance: random.Random) -> None:
    schema = _any_schema(tree, chance)
    keys = [key for key in schema if key != "type"]
    if keys:
        del schema[chance.choice(keys)]


def _set_property(tree: Document, chance: random.Random) -> None:
    schema = _any_schema(tree, chance)
    if schema.get("type") == "object":
        schema.setdefault("properties", {})[chance.choice((*NAMES, "new"))] = _scalar(chance)


def _drop_property(tree: Document, chance: random.Random) -> None:
    properties = _any_schema(tree, chance).get("properties")
    if properties:
        del properties[chance.choice(list(properties))]


def _set_required(tree: Document, chance: random.Random) -> None:
    schema = _any_schema(tree, chance)
    if "properties" in schema:
        schema["required"] = sorted(
            chance.sample(sorted(schema["properties"]), chance.randint(0, len(schema["properties"])))
        )


def _operations(tree: Document) -> list[tuple[Document, str]]:
    return [(item, key) for item in tree["paths"].values() for key in item if key != "parameters"]


def _drop_operation(tree: Document, chance: random.Random) -> None:
    if operations := _operations(tree):
        item, key = chance.choice(operations)
        del item[key]


def _add_operation(tree: Document, chance: random.Random) -> None:
    path = f"/new/{chance.randint(1, 99)}"
    tree["paths"].setdefault(path, {})["get"] = _operation(chance, path, f"new{chance.randint(1, 99)}")


def _alter_operation(tree: Document, chance: random.Random) -> None:
    operations = _operations(tree)
    if not operations:
        return
    item, key = chance.choice(operations)
    operation = item[key]
    chance.choice(
        [
            lambda: operation.__setitem__("security", chance.choice([[], [{"app": []}], [{"app": []}, {}]])),
            lambda: operation.__setitem__("deprecated", True),
            lambda: operation.__setitem__("tags", ["t"]),
            lambda: operation["responses"] and operation["responses"].pop(chance.choice(list(operation["responses"]))),
            lambda: operation["responses"].__setitem__("202", {"description": "later"}),
            lambda: operation.__setitem__("requestBody", {"required": True, "content": {"text/plain": {}}}),
            lambda: operation.pop("requestBody", None),
            lambda: operation.__setitem__("servers", [{"url": "http://other.example.com"}]),
            lambda: operation.__setitem__("x-apigateway-cors", True),
            lambda: operation["parameters"].append({"name": "extra", "in": "header", "schema": {"type": "string"}}),
            lambda: operation["parameters"] and operation["parameters"].pop(),
            lambda: [parameter.__setitem__("required", True) for parameter in operation["parameters"][-1:]],
        ]
    )()


def _alter_alternatives(tree: Document, chance: random.Random) -> None:
    found = [node for node in nodes(tree) if isinstance(node, dict) and isinstance(node.get("oneOf"), list)]
    if not found:
        return
    alternatives = chance.choice(found)["oneOf"]
    chance.choice([lambda: alternatives.pop(), lambda: alternatives.append({"type": "string", "maxLength": 3})])()


MUTATIONS = (
    _set_limit,
    _set_type,
    _set_enum,
    _set_keyword,
    _drop_keyword,
    _set_property,
    _drop_property,
    _set_required,
    _drop_operation,
    _add_operation,
    _alter_operation,
    _alter_operation,
    _alter_alternatives,
)
