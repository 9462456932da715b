"""A made export of a gateway: 1,000 APIs are about 1.8 MB of JSON, as a full export of the largest allowed group.

Every operation differs from the others in its path, identifiers, texts and backend; shapes and keys are those of the
exports in tests/data/exports.
"""

import copy
import json
import random
from typing import Any

Json = dict[str, Any]

NOUNS = ("order", "invoice", "device", "topic", "alarm", "route", "ticket", "image", "volume", "tenant")
METHODS = ("get", "post", "put", "delete", "patch")
APIS = 1000


def made_export(apis: int = APIS, seed: int = 1) -> Json:
    """An export in OpenAPI 3.0 with backends and policies."""
    chance = random.Random(seed)
    paths: Json = {}
    for number in range(apis):
        noun, method = chance.choice(NOUNS), METHODS[number % len(METHODS)]
        path = f"/v1/{{project_id}}/{noun}s-{number // 2:04}"
        path += f"/{{{noun}_id}}" if method in ("put", "delete", "patch") else ""
        paths.setdefault(path, {})[method] = _operation(chance, path, method, noun, number)
    return {
        "openapi": "3.0.0",
        "info": {"title": "made", "description": "", "version": "2026-01-31-12:00:00"},
        "servers": [{"url": "https://example.apic.eu-101.example.com"}],
        "paths": paths,
        "components": {
            "responses": {"default": {"description": "response example"}},
            "schemas": {noun.capitalize(): _schema(chance, noun) for noun in NOUNS},
            "securitySchemes": {
                "apig-auth-app": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "x-apigateway-auth-type": "AppSigv1",
                },
                "apig-auth-iam": {"type": "apiKey", "in": "header", "name": "unused", "x-apigateway-auth-type": "IAM"},
            },
        },
        "x-apigateway-ratelimits": {
            "standard": {"api-limit": 200, "app-limit": 100, "user-limit": 50, "interval": 1, "unit": "MINUTE"}
        },
    }


def changed_export(export: Json, share: float = 0.05, seed: int = 2) -> Json:
    """A copy in which a share of the operations has one change each: of callers' contract, backend, access or text."""
    chance = random.Random(seed)
    new: Json = copy.deepcopy(export)
    operations = [operation for item in new["paths"].values() for operation in item.values()]
    for number, operation in enumerate(chance.sample(operations, round(share * len(operations)))):
        if number % 5 == 0:
            operation["parameters"][0]["schema"]["maxLength"] = 8
        elif number % 5 == 1:
            operation["x-apigateway-backend"]["httpEndpoints"]["timeout"] = 1
        elif number % 5 == 2:
            operation["security"] = []
        elif number % 5 == 3:
            operation["responses"]["404"]["description"] = "there is no such object"
        else:
            operation["parameters"].append({"name": "trace", "in": "query", "required": True, "schema": {}})
    new["components"]["schemas"]["Order"]["properties"]["name"]["maxLength"] = 16
    return new


def json_bytes(export: Json) -> bytes:
    return json.dumps(export, ensure_ascii=False).encode()


def _operation(chance: random.Random, path: str, method: str, noun: str, number: int) -> Json:
    names = [("project_id", "path")] + [(f"{noun}_id", "path")] * (f"{noun}_id" in path)
    if method == "get":
        names += [(name, "query") for name in chance.sample(("limit", "offset", "status", "marker", "fields"), 3)]
    schema = {"$ref": f"#/components/schemas/{noun.capitalize()}"}
    operation: Json = {
        "operationId": f"API_{method}_{noun}_{number:04}",
        "summary": f"{method} {noun} {number}",
        "description": f"{method} {noun} {number}, used by {chance.choice(NOUNS)} and {chance.choice(NOUNS)}",
        "tags": [noun, chance.choice(("internal", "public"))],
        "security": [{chance.choice(("apig-auth-app", "apig-auth-iam")): []}],
        "parameters": [_parameter(chance, name, where) for name, where in names],
        "responses": {
            "200": {
                "description": "success",
                "content": {"application/json": {"schema": schema}},
                "x-apigateway-result-failure-sample": "",
                "x-apigateway-result-normal-sample": f'{{"id": "{number}", "status": "ok"}}',
            },
            "404": {"description": "not found"},
        },
        "x-apigateway-backend": _backend(chance, path, method, names),
        "x-apigateway-cors": False,
        "x-apigateway-is-send-fg-body-base64": True,
        "x-apigateway-match-mode": "NORMAL",
        "x-apigateway-ratelimit": "standard",
        "x-apigateway-request-type": "public",
        "x-apigateway-response": "default",
    }
    if method in ("post", "put", "patch"):
        operation["requestBody"] = {"content": {"application/json": {"schema": schema}}, "required": True}
    return operation


def _parameter(chance: random.Random, name: str, where: str) -> Json:
    kind: Json = {"type": "string", "minLength": 0, "maxLength": chance.choice((0, 64, 255))}
    return {
        "description": f"{name} in the {where}",
        "example": "",
        "in": where,
        "name": name,
        "required": where == "path",
        "schema": {"type": "integer", "minimum": 0, "maximum": 100} if name in ("limit", "offset") else kind,
        "x-apigateway-orchestrations": [],
        "x-apigateway-pass-through": chance.choice(("always", "never")),
    }


def _backend(chance: random.Random, path: str, method: str, names: list[tuple[str, str]]) -> Json:
    return {
        "httpEndpoints": {
            "address": f"10.{chance.randrange(200)}.{chance.randrange(200)}.{chance.randrange(1, 255)}:8443",
            "description": "",
            "enableClientSsl": False,
            "method": method.upper(),
            "path": path,
            "retryCount": chance.choice(("-1", "0", "3")),
            "scheme": chance.choice(("http", "https")),
            "timeout": chance.choice((5000, 30000, 60000)),
        },
        "parameters": [
            {"description": "", "in": where.upper(), "name": name, "origin": "REQUEST", "value": name}
            for name, where in names
        ],
        "type": "HTTP",
    }


def _schema(chance: random.Random, noun: str) -> Json:
    properties: Json = {name: {"type": "string", "maxLength": 64} for name in ("id", "name", "status", "created_at")}
    properties |= {
        "owner": {"type": "object", "properties": {"id": {"type": "string"}, "domain": {"type": "string"}}},
        "labels": {"type": "array", "items": {"type": "string"}, "maxItems": chance.choice((10, 20))},
        "parent": {"$ref": f"#/components/schemas/{chance.choice(NOUNS).capitalize()}"},
    }
    return {"type": "object", "description": f"the {noun}", "required": ["id", "name"], "properties": properties}
