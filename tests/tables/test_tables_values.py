"""The tables of example exports, checked by hand, and equal for all four formats of one group."""

import json
from typing import Any

import pandas as pd
import pytest

from apig_nb.tables import TABLES
from tests.definition.making import DATA, EXPORTS, OK, openapi, problems, read, rows, swagger, table, tables_of
from tests.shared import needs_shared, shared

HOST = "5f1d0c7e9b2a4c63a8e4d2b17c90fe11.apigw.example.com"
FORMS = [f"export-all-oas{version}.{form}" for version in (2, 3) for form in ("json", "yaml")]


def of_file(name: str, file: str) -> list[dict[str, Any]]:
    return rows(name, (EXPORTS / file).read_bytes())


def test_the_same_group_gives_equal_paths_operations_parameters_and_backends_in_every_form() -> None:
    first, *others = (tables_of(read((EXPORTS / name).read_bytes())) for name in FORMS)
    for other in others:
        # The order of methods and parameters is the same in all four files, so it may not differ here either.
        for name in ("paths", "parameters", "backends", "backend_parameters", "ratelimits", "access_controls"):
            pd.testing.assert_frame_equal(first[name], other[name])
        pd.testing.assert_frame_equal(first["operations"], other["operations"])
        pd.testing.assert_frame_equal(first["gateway_responses"], other["gateway_responses"])
        pd.testing.assert_frame_equal(first["security_schemes"], other["security_schemes"])
        samples = ["method", "path", "status", "description", "normal_sample", "failure_sample"]
        pd.testing.assert_frame_equal(first["responses"][samples], other["responses"][samples])


@pytest.mark.parametrize("file", FORMS)
def test_paths_list_methods_and_parameters(file: str) -> None:
    assert of_file("paths", file) == [
        {"path": "/orders", "methods": ("GET", "POST"), "operation_count": 2, "tags": ("orders",)},
        {
            "path": "/orders/{orderId}",
            "methods": ("GET",),
            "operation_count": 1,
            "path_parameters": ("orderId",),
            "tags": ("orders",),
        },
        {"path": "/events", "methods": ("ANY",), "operation_count": 1},
        {"path": "/health", "methods": ("GET",), "operation_count": 1},
        {"path": "/shipments", "methods": ("POST",), "operation_count": 1},
    ]


@pytest.mark.parametrize("file", FORMS)
def test_operations_list_authentication_and_backend(file: str) -> None:
    found = {(one["method"], one["path"]): one for one in of_file("operations", file)}
    assert list(found) == [
        ("GET", "/orders"),
        ("POST", "/orders"),
        ("GET", "/orders/{orderId}"),
        ("ANY", "/events"),
        ("GET", "/health"),
        ("POST", "/shipments"),
    ]
    assert found["GET", "/orders"] == {
        "method": "GET",
        "path": "/orders",
        "operation_id": "API_orders_list",
        "description": "List orders",
        "tags": ("orders",),
        "deprecated": False,
        "request_type": "public",
        "match_mode": "NORMAL",
        "auth": "APP",
        "security": ("apig-auth-app-header",),
        "is_preflight": False,
        "parameter_count": 3,
        "required_parameter_count": 0,
        "status_codes": ("default",),
        "servers": (f"https://{HOST}",),
        "protocols": ("https",),
        "backend_type": "HTTP",
        "backend": "https://orders.internal.example.com:8443/v1/orders",
        "timeout_ms": 5000,
        "cors": True,
        "ratelimit": "throttle_basic",
        "access_control": ("acl_office",),
        "plugins": ("cors_public", "cache_lists"),
        "gateway_response": "default",
        "body_base64": True,
    }
    assert found["POST", "/orders"] == {
        "method": "POST",
        "path": "/orders",
        "operation_id": "API_orders_create",
        "description": "Create an order",
        "tags": ("orders",),
        "deprecated": False,
        "request_type": "private",
        "match_mode": "NORMAL",
        "auth": "IAM",
        "security": ("apig-auth-iam",),
        "is_preflight": False,
        "request_media_types": ("application/json",),
        "parameter_count": 0,
        "required_parameter_count": 0,
        "status_codes": ("default",),
        "servers": (f"http://{HOST}", f"https://{HOST}"),
        "protocols": ("http", "https"),
        "backend_type": "HTTP-VPC",
        "backend": "http://VPC_orders/v1/orders",
        "timeout_ms": 5000,
        "cors": False,
        "ratelimit": "throttle_shared",
        "gateway_response": "orders_errors",
        "body_base64": True,
    }
    custom, anything, mock = found["GET", "/orders/{orderId}"], found["ANY", "/events"], found["GET", "/health"]
    assert (custom["auth"], custom["authorizer"], custom["backend_policies"], custom["timeout_ms"]) == (
        "AUTHORIZER",
        "apig-auth-custom-orders",
        ("policy_eu",),
        15000,
    )
    assert (anything["match_mode"], anything["backend_type"], anything["timeout_ms"], anything["body_base64"]) == (
        "SWA",
        "FUNCTION",
        30000,
        False,
    )
    assert (mock["auth"], mock["protocols"], mock["backend"], "security" in mock) == ("NONE", ("http",), "mock", False)


@pytest.mark.parametrize("file", FORMS)
def test_parameters_have_types_limits_and_samples(file: str) -> None:
    limit, status, trace, order_id = of_file("parameters", file)
    assert limit == {
        "method": "GET",
        "path": "/orders",
        "name": "limit",
        "in": "query",
        "required": False,
        "type": "number",
        "default": "20",
        "minimum": 1.0,
        "maximum": 100.0,
        "pass_through": "always",
        "sample": "20",
        "description": "page size",
        "deprecated": False,
    }
    assert status == {
        "method": "GET",
        "path": "/orders",
        "name": "status",
        "in": "query",
        "required": False,
        "type": "string",
        "enum": ("OPEN", "SHIPPED", "CANCELLED"),
        "max_length": 16,
        "pass_through": "always",
        "sample": "OPEN",
        "description": "order state",
        "deprecated": False,
    }
    assert (trace["in"], trace["max_length"], trace["pass_through"], trace["sample"]) == ("header", 64, "never", "")
    assert (order_id["path"], order_id["in"], order_id["required"], order_id["orchestrations"]) == (
        "/orders/{orderId}",
        "path",
        True,
        ("Orchestration_region",),
    )


@pytest.mark.parametrize("file", FORMS)
def test_backends_list_policies_and_server_groups(file: str) -> None:
    found = of_file("backends", file)
    keys = (
        "path",
        "policy",
        "kind",
        "server_group",
        "backend_method",
        "scheme",
        "backend_path",
        "timeout_ms",
        "retries",
    )
    assert [tuple(one.get(key) for key in keys) for one in found] == [
        ("/orders", None, "HTTP", None, "GET", "https", "/v1/orders", 5000, -1),
        ("/orders", None, "HTTP-VPC", None, "POST", "http", "/v1/orders", 5000, -1),
        ("/orders/{orderId}", None, "HTTP", None, "GET", "https", "/v1/orders/{orderId}", 15000, -1),
        ("/orders/{orderId}", "policy_eu", "HTTP-VPC", None, "GET", "http", "/v1/orders/{orderId}", 5000, -1),
        ("/events", None, "FUNCTION", None, None, None, None, 30000, None),
        ("/health", None, "MOCK", None, None, None, None, None, None),
        ("/shipments", None, "HTTP-VPC-MEMBER-GROUP", "group_blue", "POST", "http", "/v1/shipments", 5000, -1),
        ("/shipments", None, "HTTP-VPC-MEMBER-GROUP", "group_green", "POST", "https", "/v2/shipments", 5000, -1),
    ]
    assert (found[3]["channel"], found[3]["effect_mode"], found[3]["conditions"]) == (
        "VPC_orders_eu",
        "ANY",
        ("request orderId pattern ^eu-.*", "source 10.0.0.0/8"),
    )
    assert (
        found[4]["function_urn"],
        found[4]["version"],
        found[4]["invocation_type"],
        found[4]["function_protocol"],
    ) == (
        "urn:fss:eu-west-101:0123456789abcdef0123456789abcdef:function:default:events",
        "latest",
        "async",
        "HTTPS",
    )
    assert (found[5]["mock_result"], found[6]["channel"]) == ('{"status":"ok"}', "VPC_shipments")
    assert all("extensions" not in one for one in found)


@pytest.mark.parametrize("file", FORMS)
def test_backend_parameters_are_listed_once_per_backend(file: str) -> None:
    keys = ("path", "policy", "name", "in", "origin", "value", "description")
    assert [tuple(one.get(key) for key in keys) for one in of_file("backend_parameters", file)] == [
        ("/orders", None, "limit", "query", "REQUEST", "limit", ""),
        ("/orders", None, "status", "query", "REQUEST", "status", ""),
        ("/orders", None, "X-Invoke-User", "header", "CONSTANT", "apigateway", "constant header"),
        ("/orders/{orderId}", None, "orderId", "path", "REQUEST", "orderId", ""),
        ("/orders/{orderId}", "policy_eu", "orderId", "path", "REQUEST", "orderId", ""),
    ]


@pytest.mark.parametrize("file", FORMS)
def test_responses_have_the_gateways_samples(file: str) -> None:
    bodies = of_file("request_bodies", file)
    keys = ("method", "path", "media_type", "required")
    assert [tuple(one[key] for key in keys) for one in bodies] == [
        ("POST", "/orders", "application/json", False),
        ("POST", "/shipments", "application/json", False),
    ]
    assert of_file("responses", file)[0] == {
        "method": "GET",
        "path": "/orders",
        "status": "default",
        "description": "response example",
        "normal_sample": '{"orders":[]}',
        "failure_sample": '{"error":"bad request"}',
    }


@pytest.mark.parametrize("file", FORMS)
def test_security_schemes_are_listed_whether_used_or_not(file: str) -> None:
    found = of_file("security_schemes", file)
    keys = ("scheme", "kind", "in", "parameter", "auth_type", "auth_opt", "used_by")
    assert [tuple(one.get(key) for key in keys) for one in found] == [
        ("apig-auth-app", "apiKey", "header", "Authorization", "AppSigv1", None, 1),
        ("apig-auth-app-header", "apiKey", "header", "Authorization", "AppSigv1", "header", 1),
        ("apig-auth-custom-orders", "apiKey", "header", "unused", "AUTHORIZER", None, 1),
        ("apig-auth-iam", "apiKey", "header", "unused", "IAM", None, 2),
    ]
    authorizer = {key: value for key, value in found[2].items() if key.startswith(("authorizer", "ident"))}
    assert authorizer == {
        "authorizer": "urn:fss:eu-west-101:0123456789abcdef0123456789abcdef:function:default:authz",
        "authorizer_side": "FRONTEND",
        "authorizer_kind": "FUNC",
        "authorizer_alias": "",
        "authorizer_version": "latest",
        "authorizer_network": "V1",
        "authorizer_timeout_ms": 5000,
        "authorizer_retries": 0,
        "authorizer_ttl": 60,
        "authorizer_needs_body": False,
        "authorizer_downgrade": False,
        "identities": ("X-Api-Ticket in HEADER",),
    }


@pytest.mark.parametrize("file", FORMS)
def test_policies_are_listed_with_the_number_of_users(file: str) -> None:
    assert of_file("ratelimits", file) == [
        {
            "ratelimit": "throttle_basic",
            "api_limit": 200,
            "user_limit": 100,
            "app_limit": 50,
            "ip_limit": 100,
            "interval": 1,
            "unit": "SECOND",
            "shared": False,
            "special": ("APP 9d0c1b2a3f4e5d6c7b8a9f0e1d2c3b4a 150",),
            "used_by": 1,
        },
        {
            "ratelimit": "throttle_shared",
            "api_limit": 6000,
            "interval": 1,
            "unit": "MINUTE",
            "shared": True,
            "used_by": 1,
        },
    ]
    assert of_file("access_controls", file) == [
        {
            "access_control": "acl_office",
            "acl_type": "PERMIT",
            "entity_type": "IP",
            "value": ("192.0.2.0/24", "198.51.100.7"),
            "used_by": 2,
        },
        {
            "access_control": "acl_blocked_accounts",
            "acl_type": "DENY",
            "entity_type": "DOMAIN",
            "value": ("example_account",),
            "used_by": 0,
        },
    ]
    body = '{"error_code":"$context.error.code","error_msg":"%s","request_id":"$context.requestId"}'
    assert of_file("gateway_responses", file) == [
        {"gateway_response": "default", "used_by": 5},
        {
            "gateway_response": "orders_errors",
            "response_type": "ACCESS_DENIED",
            "status": "403",
            "media_type": "application/json",
            "body": body % "Access denied",
            "used_by": 1,
        },
        {
            "gateway_response": "orders_errors",
            "response_type": "THROTTLED",
            "status": "429",
            "media_type": "application/json",
            "body": body % "$context.error.message",
            "used_by": 1,
        },
    ]


def test_columns_and_dtypes_are_the_same_in_full_and_empty_tables() -> None:
    empty = {name: list(frame.dtypes.items()) for name, frame in tables_of(read(swagger())).items()}
    full = {
        name: list(frame.dtypes.items()) for name, frame in tables_of(read((EXPORTS / FORMS[0]).read_bytes())).items()
    }
    assert (full, set(empty)) == (empty, set(TABLES))
    assert {str(dtype) for columns in empty.values() for _, dtype in columns} == {
        "str",
        "object",
        "Int64",
        "float64",
        "bool",
        "boolean",
    }


@needs_shared
def test_the_example_exports_are_equal_to_the_shared_ones() -> None:
    examples = shared("contract", "examples")
    assert all(path.read_bytes() == (examples / path.name).read_bytes() for path in EXPORTS.iterdir())


QUIRKS = (EXPORTS / "quirks-oas2.json").read_bytes()
QUIRKS_3 = (EXPORTS / "quirks-oas3.yaml").read_bytes()


def test_quirk_1_result_samples_are_next_to_or_inside_a_response() -> None:
    outside, inside = (of_file("responses", FORMS[index])[4] for index in (0, 2))
    assert (outside["path"], outside["normal_sample"], outside["failure_sample"]) == ("/health", "ok", "")
    assert outside == inside


def test_quirk_2_a_response_key_default_cors() -> None:
    (found,) = rows("responses", QUIRKS_3)
    assert (found["status"], found["normal_sample"], problems(QUIRKS_3)) == ("default-cors", "", [])


def test_quirk_3_conditions_are_spelled_in_two_ways() -> None:
    policy = rows("backends", QUIRKS)[2]
    assert policy["conditions"] == (
        "request path equal x",
        "source 198.51.100.0/24",
        "request path equal y",
    )


def test_quirk_4_access_control_is_a_list_or_a_name() -> None:
    assert rows("operations", QUIRKS)[1]["access_control"] == ("acl_a", "acl_b")


@pytest.mark.parametrize("value", ["VPC_a", ["VPC_a"]])
def test_quirk_5_addresses_and_channels_are_lists_or_texts(value: Any) -> None:
    assert rows("backends", QUIRKS)[1]["address"] == "192.0.2.10:443"
    backend = {"type": "HTTP-VPC", "httpVpcEndpoints": {"name": value}}
    document = swagger(paths={"/a": {"get": {"responses": {}, "x-apigateway-backend": backend}}})
    assert (rows("backends", document)[0]["channel"], problems(document)) == ("VPC_a", [])


def test_quirk_6_a_number_parameter_has_a_text_as_default() -> None:
    assert [one.get("default") for one in rows("parameters", QUIRKS)] == [None, "123"]


def test_quirk_7_a_path_of_a_proxy_declares_no_parameter() -> None:
    first = rows("paths", QUIRKS)[0]
    assert (first["path"], first["path_parameters"]) == ("/files/{proxy+}", ("proxy",))
    assert rows("operations", QUIRKS)[0]["parameter_count"] == 0


def test_quirk_8_zero_limits_mean_not_set() -> None:
    limits = {"minimum", "maximum", "min_length", "max_length"}
    assert all(not limits & set(one) for document in (QUIRKS, QUIRKS_3) for one in rows("parameters", document))


def test_quirk_9_letter_case_of_schemes_and_locations_varies() -> None:
    assert [one.get("scheme") for one in rows("backends", QUIRKS)] == [None, "https", "https"]
    assert [one["in"] for one in rows("backend_parameters", QUIRKS)] == ["header", "header"]


def test_quirk_10_unknown_keys_nulls_and_empty_objects_are_kept() -> None:
    assert [(one["pointer"], one["value"]) for one in rows("extensions", QUIRKS)] == [
        ("/paths/~1q~1{path}/get/x-apigateway-future-field", '{"kept": true}'),
        ("/x-apigateway-plugins", "null"),
    ]
    assert rows("operations", QUIRKS)[1]["extensions"] == '{"x-apigateway-future-field": {"kept": true}}'
    assert rows("gateway_responses", QUIRKS) == []


def test_quirk_11_unused_security_schemes_are_listed() -> None:
    assert [(one["scheme"], one["used_by"]) for one in rows("security_schemes", QUIRKS)] == [
        ("apig-auth-app", 1),
        ("apig-auth-none", 0),
    ]


@pytest.mark.parametrize("version", ["1.0", "1.10", "2026-01-02", "2023-07-11-19:54:22", "0x10", "1e3"])
def test_quirk_12_unquoted_versions_stay_as_written(version: str) -> None:
    definition = read(f"swagger: 2.0\ninfo: {{title: 010, version: {version}}}\npaths: {{}}\n")
    assert (definition.standard, definition.title, definition.version) == ("Swagger 2.0", "010", version)
    assert definition.problems == ()


def test_quirk_13_names_in_chinese_are_kept() -> None:
    operation = {"responses": {}, "operationId": "查询订单", "x-apigateway-ratelimit": "基本限流"}
    document = swagger(
        paths={"/订单": {"get": operation}}, **{"x-apigateway-ratelimits": {"基本限流": {"api-limit": 1}}}
    )
    (found,) = rows("operations", document)
    assert (found["path"], found["operation_id"], found["ratelimit"], problems(document)) == (
        "/订单",
        "查询订单",
        "基本限流",
        [],
    )


def test_quirk_14_two_apis_of_one_path_and_method_are_reported() -> None:
    exact, prefix = (f'"get": {{"responses": {{}}, "x-apigateway-match-mode": "{mode}"}}' for mode in ("NORMAL", "SWA"))
    text = json.dumps(swagger(paths={"/a": 0})).replace("0}", f"{{{exact}, {prefix}}}}}")
    assert [one["match_mode"] for one in rows("operations", text)] == ["SWA"]
    assert problems(text) == [("/paths/~1a/get", "duplicate-key"), ("/paths/~1a/get", "dropped-operation")]


def test_quirk_15_a_backend_of_an_undocumented_kind_is_kept_whole() -> None:
    backend = {"type": "GRPC", "grpcEndpoints": {"address": "a:1"}}
    document = swagger(paths={"/a": {"post": {"responses": {}, "schemes": ["grpcs"], "x-apigateway-backend": backend}}})
    (found,) = rows("backends", document)
    assert (found["kind"], found["extensions"]) == ("GRPC", '{"grpcEndpoints": {"address": "a:1"}}')
    assert rows("operations", document)[0]["protocols"] == ("grpcs",)


def test_the_origin_of_every_test_document_is_stated() -> None:
    readme = (DATA / "README.md").read_text("utf-8")
    assert all(path.name in readme for path in DATA.iterdir() if path.name != "README.md")


@pytest.mark.parametrize(("one", "other"), [(True, 1), (1, 1.0), (0, False), ("1", 1), (None, "null"), ([], {})])
def test_parameters_with_the_values_1_and_true_are_distinguished(one: Any, other: Any) -> None:
    paths = {
        path: {"get": {"parameters": [{"name": "a", "in": "query", "schema": {"default": value, "enum": [value]}}]}}
        for path, value in (("/one", one), ("/other", other))
    }
    alone = [rows("parameters", json.dumps(openapi(paths={path: item})))[0] for path, item in paths.items()]
    assert rows("parameters", json.dumps(openapi(paths=paths))) == alone


def test_equal_responses_have_the_media_types_of_their_operation() -> None:
    answers = {"200": {"description": "ok", "schema": {"type": "string"}}}
    operations: dict[str, dict[str, Any]] = {
        "/own": {"produces": ["text/csv"]},
        "/other": {"produces": ["text/html"]},
        "/of-all": {},
        "/none": {"produces": None},
    }
    paths = {path: {"get": {**operation, "responses": answers}} for path, operation in operations.items()}
    table = rows("responses", json.dumps(swagger(produces=["text/plain"], paths=paths)))
    assert [(row["path"], row["media_type"]) for row in table] == [
        ("/own", "text/csv"),
        ("/other", "text/html"),
        ("/of-all", "text/plain"),
        ("/none", "text/plain"),
    ]


def test_equal_backends_are_listed_for_each_operation() -> None:
    sent = [{"name": "a", "in": "HEADER", "origin": "CONSTANT", "value": "1"}]
    default = {"type": "HTTP", "httpEndpoints": {"address": "b.example", "scheme": "http"}, "parameters": sent}
    policy = {"name": "p", **default}
    operation = {**OK, "x-apigateway-backend": default, "x-apigateway-backend-policies": [policy, policy]}
    document = json.dumps(openapi(paths={"/a": {"get": operation}, "/b": {"get": operation}}))
    expected = [(path, name) for path in ("/a", "/b") for name in (None, "p", "p")]
    for name in ("backends", "backend_parameters"):
        assert [(row["path"], row.get("policy")) for row in rows(name, document)] == expected
    assert [(row["backend"], row["backend_policies"]) for row in rows("operations", document)] == [
        ("http://b.example", ("p",)),
        ("http://b.example", ("p",)),
    ]


def test_lists_can_be_exploded_grouped_by_and_are_empty_where_there_is_nothing() -> None:
    tagged = {"get": {**OK, "tags": ["a, b", "c"]}, "put": {**OK, "tags": ["c"]}, "post": OK}
    frame = table("operations", read(swagger(paths={"/a": tagged})))
    assert frame["tags"].tolist() == [("a, b", "c"), ("c",), ()]
    assert frame.explode("tags").groupby("tags").size().to_dict() == {"a, b": 1, "c": 2}
    assert frame.groupby("tags").size().to_dict() == {(): 1, ("a, b", "c"): 1, ("c",): 1}


@pytest.mark.parametrize(
    ("method", "security", "backend", "expected"),
    [
        ("options", [], "MOCK", True),
        ("options", [], "HTTP", False),
        ("options", [{"app": []}], "MOCK", False),
        ("get", [], "MOCK", False),
    ],
)
def test_an_open_mock_for_options_is_a_preflight(method: str, security: Any, backend: str, expected: bool) -> None:
    operation = {**OK, "security": security, "x-apigateway-backend": {"type": backend}}
    assert rows("operations", swagger(paths={"/": {method: operation}}))[0]["is_preflight"] is expected


def test_the_entries_of_an_access_control_are_the_same_for_a_list_and_a_text() -> None:
    policies = {"text": {"value": "10.0.0.1, 10.0.0.2"}, "list": {"value": ["10.0.0.1", "10.0.0.2"]}, "none": {}}
    frame = table("access_controls", read(swagger(**{"x-apigateway-access-controls": policies})))
    assert frame["value"].tolist() == [("10.0.0.1", "10.0.0.2"), ("10.0.0.1", "10.0.0.2"), ()]
