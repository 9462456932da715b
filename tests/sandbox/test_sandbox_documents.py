import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_spec_validator import OpenAPIV2SpecValidator, OpenAPIV30SpecValidator

from apig_nb.sandbox import exports
from apig_nb.sandbox.content_loader import DEMO, load
from apig_nb.sandbox.content_model import Content, Gateway, Group
from apig_nb.sandbox.document_writer import ResolvedExport, default_version, write_document

from .sandbox_http import EXAMPLES, RELEASE, needs_examples

pytestmark = pytest.mark.slow

DEFINES = ("spec", "proxy", "all", "dev")
DEMO_CONTENT = load(DEMO)
EXAMPLE_CONTENT = load(Path(__file__).parent / "example_content")
GROUPS = [
    pytest.param(gateway, group, id=f"{gateway.name}-{group.name}")
    for gateway in DEMO_CONTENT.gateways
    for group in gateway.groups
]


def resolved(
    content: Content, gateway: Gateway, group: Group, env_id: str, define: str, oas: str, type: str = "json"
) -> ResolvedExport:
    return exports.resolve(content, gateway, exports.ExportFields(env_id, group.id, define, type, oas, None, None))


def text_of_example_group(define: str, oas: str, type: str = "json") -> str:
    """Return the export of the example group, with the ids of the example files."""
    gateway = EXAMPLE_CONTENT.gateways[0]
    group = gateway.groups[0]
    text = write_document(resolved(EXAMPLE_CONTENT, gateway, group, RELEASE, define, oas, type))
    text = text.replace(gateway.project_id, "0123456789abcdef0123456789abcdef")
    return text.replace(group.id, "5f1d0c7e9b2a4c63a8e4d2b17c90fe11")


def example_text(name: str) -> str:
    return (EXAMPLES / name).read_text(encoding="utf-8")


def without_unused_policy(document: Any) -> Any:
    # The example has a policy that no API uses; the service exports only those in use.
    document.get("x-apigateway-access-controls", {}).pop("acl_blocked_accounts", None)
    return document


@needs_examples
@pytest.mark.parametrize(
    ("name", "define", "oas"),
    [
        ("export-spec-oas2.json", "spec", "2.0"),
        ("export-proxy-oas2.json", "proxy", "2.0"),
        ("export-all-oas2.json", "all", "2.0"),
        ("export-all-oas3.json", "all", "3.0"),
    ],
)
def test_example_exports_are_reproduced(name: str, define: str, oas: str) -> None:
    expected = without_unused_policy(json.loads(example_text(name)))
    assert json.loads(text_of_example_group(define, oas)) == expected


@needs_examples
@pytest.mark.parametrize("oas", ["2.0", "3.0"])
def test_example_exports_are_reproduced_as_yaml(oas: str) -> None:
    expected = without_unused_policy(yaml.safe_load(example_text(f"export-all-oas{oas[0]}.yaml")))
    assert yaml.safe_load(text_of_example_group("all", oas, "yaml")) == expected


@needs_examples
@pytest.mark.parametrize("oas", ["2.0", "3.0"])
def test_key_order_is_that_of_example_exports(oas: str) -> None:
    expected = without_unused_policy(json.loads(example_text(f"export-all-oas{oas[0]}.json")))
    written = json.loads(text_of_example_group("all", oas))
    assert list(written) == list(expected)
    for path, item in expected["paths"].items():
        for method, operation in item.items():
            assert list(written["paths"][path][method]) == list(operation), (path, method)
    assert json.dumps(written["paths"]["/orders"]["get"]) == json.dumps(expected["paths"]["/orders"]["get"])


@needs_examples
def test_json_is_indented_with_tabs() -> None:
    written, expected = text_of_example_group("proxy", "2.0"), example_text("export-proxy-oas2.json")
    assert written.splitlines() == expected.splitlines()


def test_dev_scope_has_unpublished_apis_and_no_policies() -> None:
    written = json.loads(text_of_example_group("dev", "2.0"))
    published = json.loads(text_of_example_group("proxy", "2.0"))
    draft = written["paths"].pop("/draft")
    assert draft["get"]["x-apigateway-backend"]["mockEndpoints"]["result-content"] == "draft"
    assert written == published


@pytest.mark.parametrize(("gateway", "group"), GROUPS)
@pytest.mark.parametrize("oas", ["2.0", "3.0"])
def test_demo_documents_are_valid(gateway: Gateway, group: Group, oas: str) -> None:
    validator = OpenAPIV2SpecValidator if oas == "2.0" else OpenAPIV30SpecValidator
    # The front-end path {proxy+} is documented, but is not a valid path template.
    proxy = ["Path parameter 'proxy+' for 'get' operation in '/files/{proxy+}' was not resolved"]
    # Gateways of 2019 write the default of a number as text.
    expected = {"files": proxy, "trial": ["'1' is not of type 'number'"]}.get(group.name, [])
    for define in ("all", "dev"):
        document = json.loads(write_document(resolved(DEMO_CONTENT, gateway, group, RELEASE, define, oas)))
        assert [error.message for error in validator(standard(document)).iter_errors()] == expected


@pytest.mark.parametrize("define", DEFINES)
@pytest.mark.parametrize("oas", ["2.0", "3.0"])
def test_documents_of_every_scope_and_environment_are_valid(define: str, oas: str) -> None:
    gateway = DEMO_CONTENT.gateways[0]
    group = next(group for group in gateway.groups if group.name == "orders")
    validator = OpenAPIV2SpecValidator if oas == "2.0" else OpenAPIV30SpecValidator
    for environment in gateway.environments:
        text = write_document(resolved(DEMO_CONTENT, gateway, group, environment.id, define, oas))
        assert list(validator(standard(json.loads(text))).iter_errors()) == []


def standard(document: Any) -> Any:
    """Return a document with the response that the standard knows, in place of `default-cors`."""
    for item in document["paths"].values():
        for operation in item.values():
            operation["responses"] = {"default": next(iter(operation["responses"].values()))}
    return document


@pytest.mark.parametrize(("gateway", "group"), GROUPS)
def test_yaml_and_json_have_equal_content_and_order(gateway: Gateway, group: Group) -> None:
    for oas in ("2.0", "3.0"):
        asked = resolved(DEMO_CONTENT, gateway, group, RELEASE, "all", oas)
        as_json = json.loads(write_document(asked))
        as_yaml = yaml.safe_load(write_document(replace(asked, type="yaml")))
        assert json.dumps(as_yaml) == json.dumps(as_json)


def parts_of_swagger(document: Any) -> list[Any]:
    schemes = document["securityDefinitions"]
    return [
        {
            "where": (path, method),
            "keys": {key: value for key, value in operation.items() if key.startswith("x-")} | _own(operation),
            "media": operation.get("x-apigateway-content-type"),
            "urls": [f"{scheme}://{document['host']}" for scheme in operation["schemes"]],
            "samples": {key: value for key, value in operation["responses"].items() if key.startswith("x-")},
            "parameters": [
                {**parameter, "x-apigateway-sample": str(parameter["x-apigateway-sample"])}
                for parameter in operation.get("parameters", [])
            ],
            "schemes": schemes,
        }
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]


def parts_of_openapi(document: Any) -> list[Any]:
    """Return the same parts of an OpenAPI 3.0 document."""
    return [
        {
            "where": (path, method),
            "keys": {key: value for key, value in operation.items() if key.startswith("x-")}
            | _own(operation)
            | ({"x-apigateway-content-type": media} if media else {}),
            "media": media,
            "urls": [server["url"] for server in operation["servers"]],
            "samples": {key: value for key, value in operation["responses"]["default"].items() if key.startswith("x-")},
            "parameters": [
                {
                    **{key: value for key, value in parameter.items() if key not in ("schema", "example")},
                    **parameter["schema"],
                    "x-apigateway-sample": str(parameter["example"]),
                }
                for parameter in operation.get("parameters", [])
            ],
            "schemes": document["components"]["securitySchemes"],
        }
        for path, item in document["paths"].items()
        for method, operation in item.items()
        for media in [next(iter(operation.get("requestBody", {}).get("content", {})), None)]
    ]


def _own(operation: dict[str, Any]) -> dict[str, Any]:
    return {key: operation.get(key) for key in ("operationId", "description", "tags", "security")}


@pytest.mark.parametrize(("gateway", "group"), GROUPS)
def test_swagger_and_openapi_have_equal_content_and_order(gateway: Gateway, group: Group) -> None:
    # The other dialects write different limits of 0 and responses in the two standards.
    gateway = replace(gateway, dialect=2024)
    for define in DEFINES:
        swagger, openapi = (
            json.loads(write_document(resolved(DEMO_CONTENT, gateway, group, RELEASE, define, oas)))
            for oas in ("2.0", "3.0")
        )
        assert parts_of_swagger(swagger) == parts_of_openapi(openapi)
        assert swagger["info"] == openapi["info"]
        for key in ("x-apigateway-ratelimits", "x-apigateway-access-controls"):
            assert swagger.get(key) == openapi.get(key)
        assert swagger.get("x-apigateway-responses") == openapi["components"].get("x-apigateway-responses")


def test_scopes_differ_in_documented_keys() -> None:
    gateway = DEMO_CONTENT.gateways[0]
    group = next(group for group in gateway.groups if group.name == "orders")
    keys: dict[str, set[str]] = {}
    for define in DEFINES:
        document = json.loads(write_document(resolved(DEMO_CONTENT, gateway, group, RELEASE, define, "2.0")))
        operations = [operation for item in document["paths"].values() for operation in item.values()]
        schemes = document["securityDefinitions"].values()
        keys[define] = {key for mapping in (document, *operations, *schemes) for key in mapping if key[0] == "x"}
    front = {
        "x-apigateway-auth-opt",
        "x-apigateway-auth-type",
        "x-apigateway-content-type",
        "x-apigateway-cors",
        "x-apigateway-match-mode",
        "x-apigateway-request-type",
        "x-apigateway-response",
    }
    back = {"x-apigateway-backend", "x-apigateway-backend-policies"}
    policies = {
        "x-apigateway-access-control",
        "x-apigateway-access-controls",
        "x-apigateway-authorizer",
        "x-apigateway-plugins",
        "x-apigateway-ratelimit",
        "x-apigateway-ratelimits",
        "x-apigateway-responses",
    }
    assert keys == {"spec": front, "proxy": front | back, "all": front | back | policies, "dev": front | back}


def test_group_without_apis_is_exported() -> None:
    gateway = DEMO_CONTENT.gateways[0]
    group = next(group for group in gateway.groups if group.name == "archive")
    document = json.loads(write_document(resolved(DEMO_CONTENT, gateway, group, RELEASE, "all", "2.0")))
    assert document["paths"] == {}
    assert sorted(document["securityDefinitions"]) == ["apig-auth-app", "apig-auth-app-header", "apig-auth-iam"]
    assert document["host"] == f"{group.id}.apigw.example.com"


def test_default_version_is_the_time() -> None:
    assert default_version(DEMO_CONTENT.clock) == "2026-01-02-03:04:05"
