"""Changes of gateway settings: authentication, policies, backends."""

from typing import Any

import pytest

import apig_nb as apig
from tests.compare.comparing import change_rows, compared, differences, gateway, openapi, swagger

B, W, I = "breaking", "warning", "info"  # noqa: E741  # of a table that is read in columns


def http(**fields: Any) -> dict[str, Any]:
    """A backend reached by HTTP."""
    endpoint = {"address": "a.example.com", "scheme": "https", "method": "GET", "path": "/a", "timeout": 5000} | fields
    return {"type": "HTTP", "httpEndpoints": endpoint}


def backend(**fields: Any) -> dict[str, Any]:
    return gateway(backend=http(**fields))


def function(**fields: Any) -> dict[str, Any]:
    endpoint = {"function-urn": "urn:f", "version": "1", "invocation-type": "sync"}
    endpoint |= {key.replace("_", "-"): value for key, value in fields.items()}
    return gateway(backend={"type": "FUNCTION", "functionEndpoints": endpoint})


def mapped(*parameters: Any) -> dict[str, Any]:
    return gateway(backend=http() | {"parameters": list(parameters)})


def policy(*policies: Any) -> dict[str, Any]:
    return gateway(backend=http(), backend_policies=list(policies))


def groups(*groups: Any) -> dict[str, Any]:
    endpoint = {"name": "channel", "memberGroupUrlInfos": list(groups)}
    return gateway(backend={"type": "HTTP-VPC-MEMBER-GROUP", "httpVpcMemberGroupEndpoints": endpoint})


def ratelimit(**fields: Any) -> dict[str, Any]:
    definition = {"api-limit": 100, "interval": 1, "unit": "MINUTE"}
    definition |= {key.replace("_", "-"): value for key, value in fields.items()}
    return gateway(ratelimit="r", ratelimits={"r": definition})


def access(value: Any, kind: str = "PERMIT") -> dict[str, Any]:
    return gateway(access_control="c", access_controls={"c": {"acl-type": kind, "entity-type": "IP", "value": value}})


def parameter(**keys: Any) -> dict[str, Any]:
    written = {f"x-apigateway-{key.replace('_', '-')}": value for key, value in keys.items()}
    return swagger({"parameters": [{"name": "q", "in": "query", "type": "string", **written}]})


def app(**keys: Any) -> dict[str, Any]:
    scheme = {"type": "apiKey", "in": "header", "name": "Authorization"}
    scheme |= {f"x-apigateway-{key.replace('_', '-')}": value for key, value in keys.items()}
    return swagger({"security": [{"app": []}]}, securityDefinitions={"app": scheme})


OFFICE = http() | {
    "name": "office",
    "effectMode": "ALL",
    "conditions": [{"origin": "source", "value": "10.0.0.0/8", "type": "", "parameter": ""}],
}
ID = {"name": "id", "in": "HEADER", "origin": "REQUEST", "value": "id"}
BLUE, GREEN = ({"name": name, "scheme": "http", "method": "GET", "path": "/a"} for name in ("blue", "green"))
FUNCTION = {"authorizer_type": "FUNC", "authorizer_uri": "urn:f", "type": "FRONTEND"}

# Name, old, new, changes from old to new, changes from new to old.
CASES: list[tuple[str, Any, Any, list[Any], list[Any]]] = [
    ("request type", gateway(request_type="private"), gateway(request_type="public"), [(W, "request-type-loosened")],
     [(B, "request-type-tightened")]),
    ("match mode", gateway(match_mode="NORMAL"), gateway(match_mode="SWA"), [(W, "match-mode-loosened")],
     [(B, "match-mode-tightened")]),
    ("match mode by default", gateway(), gateway(match_mode="SWA"), [(W, "match-mode-loosened")],
     [(B, "match-mode-tightened")]),
    ("CORS", gateway(), gateway(cors=True), [(W, "cors-enabled")], [(B, "cors-disabled")]),
    ("body encoding", gateway(is_send_fg_body_base64=True), gateway(is_send_fg_body_base64=False),
     [(W, "body-encoding-altered")], [(W, "body-encoding-altered")]),
    ("AppCode", app(), app(auth_opt={"appcode-auth-type": "header"}), [(W, "appcode-allowed")],
     [(B, "appcode-refused")]),
    ("kind of app", app(auth_type="AppSigv1"), app(auth_type="IAM"), [(B, "security-scheme-altered")],
     [(B, "security-scheme-altered")]),
    ("authorizer", app(), app(authorizer=FUNCTION), [(B, "authorizer-added")], [(W, "authorizer-removed")]),
    ("authorizer's function", app(authorizer=FUNCTION), app(authorizer=FUNCTION | {"authorizer_uri": "urn:g"}),
     [(W, "authorizer-altered")], [(W, "authorizer-altered")]),
    ("throttling bound", gateway(), gateway(ratelimit="r"), [(W, "ratelimit-bound")], [(W, "ratelimit-unbound")]),
    ("throttling", gateway(ratelimit="r"), gateway(ratelimit="s"), [(W, "ratelimit-altered")],
     [(W, "ratelimit-altered")]),
    ("limit", ratelimit(), ratelimit(api_limit=99), [(W, "ratelimit-lowered")], [(I, "ratelimit-raised")]),
    ("unit", ratelimit(), ratelimit(unit="HOUR"), [(W, "ratelimit-lowered")], [(I, "ratelimit-raised")]),
    ("limit of a user", ratelimit(), ratelimit(user_limit=5), [(W, "ratelimit-lowered")], [(I, "ratelimit-raised")]),
    ("same rate", ratelimit(), ratelimit(api_limit=6000, unit="HOUR"), [(W, "ratelimit-altered")],
     [(W, "ratelimit-altered")]),
    ("exception", ratelimit(), ratelimit(special=[{"type": "APP", "limit": 1, "instance": "i"}]),
     [(W, "ratelimit-altered")], [(W, "ratelimit-altered")]),
    ("definition removed", ratelimit(), gateway(ratelimit="r"), [(W, "ratelimit-unbound")], [(W, "ratelimit-bound")]),
    ("access control bound", gateway(), gateway(access_control="c"), [(W, "access-control-bound")],
     [(W, "access-control-unbound")]),
    ("permitted", access("10.0.0.1"), access("10.0.0.1,10.0.0.2"), [(W, "access-control-opened")],
     [(W, "access-control-closed")]),
    ("denied", access("10.0.0.1", "DENY"), access("10.0.0.1,10.0.0.2", "DENY"), [(W, "access-control-closed")],
     [(W, "access-control-opened")]),
    ("permitted or denied", access("10.0.0.1"), access("10.0.0.1", "DENY"), [(W, "access-control-altered")],
     [(W, "access-control-altered")]),
    ("a list of entries", access("10.0.0.1,10.0.0.2"), access(["10.0.0.2", "10.0.0.1"]), [], []),
    ("access control removed", access("10.0.0.1"), gateway(access_control="c"), [(W, "access-control-unbound")],
     [(W, "access-control-bound")]),
    ("plug-in", gateway(), gateway(plugins=["p"]), [(W, "plugin-bound")], [(W, "plugin-unbound")]),
    ("gateway responses", gateway(responses={"default": {}}),
     gateway(responses={"default": {"THROTTLED": {"status": 429}}}), [(I, "gateway-response-altered")],
     [(I, "gateway-response-altered")]),
    ("empty gateway responses", gateway(), gateway(responses={"default": {}}), [], []),
    ("set of responses", gateway(), gateway(response="strict"), [(I, "gateway-response-altered")],
     [(I, "gateway-response-altered")]),
    ("pass-through", parameter(pass_through="always"), parameter(pass_through="never"),
     [(W, "pass-through-altered")], [(W, "pass-through-altered")]),
    ("orchestration", parameter(orchestrations=[]), parameter(orchestrations=["o"]), [(W, "orchestration-altered")],
     [(W, "orchestration-altered")]),
    ("sample", parameter(), parameter(sample="a"), [(I, "sample-altered")], [(I, "sample-altered")]),
    ("no sample", parameter(), parameter(sample=""), [], []),
    ("address", backend(), backend(address="b.example.com"), [(W, "backend-address-altered")],
     [(W, "backend-address-altered")]),
    ("scheme", backend(), backend(scheme="http"), [(W, "backend-scheme-loosened")], [(I, "backend-scheme-tightened")]),
    ("path", backend(), backend(path="/b"), [(W, "backend-path-altered")], [(W, "backend-path-altered")]),
    ("method", backend(), backend(method="POST"), [(W, "backend-method-altered")], [(W, "backend-method-altered")]),
    ("timeout", backend(), backend(timeout=1000), [(W, "backend-timeout-tightened")],
     [(I, "backend-timeout-loosened")]),
    ("timeout by default", backend(), backend(timeout=None), [], []),
    ("retries", backend(), backend(retryCount="3"), [(I, "backend-retries-altered")], [(I, "backend-retries-altered")]),
    ("certificate", backend(enableClientSsl=True), backend(), [(W, "backend-tls-loosened")],
     [(I, "backend-tls-tightened")]),
    ("option", backend(), backend(enableSmChannel=True), [(I, "backend-option-altered")],
     [(I, "backend-option-altered")]),
    ("unknown option", backend(), backend(turbo=True), [(I, "backend-option-altered")],
     [(I, "backend-option-altered")]),
    ("kind", backend(), function(), [(W, "backend-kind-altered")], [(W, "backend-kind-altered")]),
    ("function", function(), function(function_urn="urn:g"), [(W, "backend-function-altered")],
     [(W, "backend-function-altered")]),
    ("function version", function(), function(version="2"), [(W, "backend-function-altered")],
     [(W, "backend-function-altered")]),
    ("mock", gateway(backend={"type": "MOCK", "mockEndpoints": {"result-content": "a"}}),
     gateway(backend={"type": "MOCK", "mockEndpoints": {"result-content": "b"}}), [(I, "backend-mock-altered")],
     [(I, "backend-mock-altered")]),
    ("mapped parameter", mapped(), mapped(ID), [(W, "backend-parameter-added")], [(W, "backend-parameter-removed")]),
    ("mapped from elsewhere", mapped(ID), mapped(ID | {"origin": "CONSTANT"}), [(W, "backend-parameter-altered")],
     [(W, "backend-parameter-altered")]),
    ("letter case of a mapping", mapped(ID), mapped(ID | {"in": "header", "origin": "request", "name": "ID"}), [], []),
    ("backend policy", policy(), policy(OFFICE), [(W, "backend-policy-added")], [(W, "backend-policy-removed")]),
    ("condition", policy(OFFICE), policy(OFFICE | {"conditions": []}), [(W, "backend-condition-altered")],
     [(W, "backend-condition-altered")]),
    ("condition without a default backend", gateway(backend_policies=[OFFICE]),
     gateway(backend_policies=[OFFICE | {"conditions": []}]), [(W, "backend-condition-altered")],
     [(W, "backend-condition-altered")]),
    ("effect of conditions", policy(OFFICE), policy(OFFICE | {"effectMode": "ANY"}),
     [(W, "backend-condition-altered")], [(W, "backend-condition-altered")]),
    ("backend of a policy", policy(OFFICE), policy(OFFICE | http(scheme="http")), [(W, "backend-scheme-loosened")],
     [(I, "backend-scheme-tightened")]),
    ("order of server groups", groups(BLUE, GREEN), groups(GREEN, BLUE), [], []),
    ("server group", groups(BLUE, GREEN), groups(GREEN | {"path": "/b"}, BLUE), [(W, "backend-path-altered")],
     [(W, "backend-path-altered")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "forward", "backward"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_each_gateway_change_has_one_rule_and_severity_in_both_directions(
    old: Any, new: Any, forward: Any, backward: Any
):
    assert [differences(old, new), differences(new, old)] == [forward, backward]


def test_a_removed_backend_is_a_change_unless_the_export_contains_no_backends():
    def document(*backends: bool) -> Any:
        operation = {"responses": {"200": {"description": "ok"}}}
        return swagger(
            paths={
                f"/{number}": {"get": operation | ({"x-apigateway-backend": http()} if has else {})}
                for number, has in enumerate(backends)
            }
        )

    assert change_rows(document(True, True), document(True, False)) == [
        (I, "backend-removed", "backend", "https://a.example.com/a", None)
    ]
    assert change_rows(document(True, True), document(False, False)) == []


def test_a_change_of_a_throttling_policy_is_one_row_for_all_its_operations():
    def document(limit: int) -> Any:
        operation = {"x-apigateway-ratelimit": "r", "responses": {}}
        limits = {"r": {"api-limit": limit, "interval": 1, "unit": "SECOND"}}
        paths = {"/a": {"get": operation, "post": operation}, "/b": {"x-apigateway-any-method": operation}}
        return swagger(paths=paths, **{"x-apigateway-ratelimits": limits})

    changes = compared(document(5), document(4)).changes
    assert changes[["rule", "pointer", "before", "after", "operations"]].values.tolist() == [
        [
            "ratelimit-lowered",
            "/x-apigateway-ratelimits/r",
            "5 per 1 second",
            "4 per 1 second",
            ("GET /a", "POST /a", "ANY /b"),
        ]
    ]


def test_a_renamed_security_scheme_is_no_change():
    def document(name: str) -> Any:
        scheme = {"type": "apiKey", "in": "header", "name": "Authorization", "x-apigateway-auth-type": "AppSigv1"}
        return swagger({"security": [{name: []}]}, securityDefinitions={name: scheme})

    assert differences(document("apig-auth-app"), document("app")) == []


def test_parts_outside_the_definition_scope_are_no_changes(client: apig.Client):
    whole, front = (client.export(group="orders", env="RELEASE", define=define) for define in ("all", "spec"))
    assert apig.compare(whole, front).changes["rule"].to_list() == []


def test_policies_are_not_compared_between_an_all_and_a_dev_export(client: apig.Client):
    """A `dev` export contains no policies, and TEST has the development state of the demo content."""
    complete, dev = (client.export(group="payments", env="TEST", define=define) for define in ("all", "dev"))
    assert apig.compare(complete, dev).found == apig.compare(dev, complete).found == ()
    # Without their scopes, the same documents differ in the policies.
    rules = set(apig.compare(complete.raw, dev.raw).changes["rule"])
    assert {"ratelimit-unbound", "access-control-unbound", "plugin-unbound"} < rules


# ---------------------------------------------------------------------- environments of the sandbox


def test_comparing_release_with_test_lists_the_effects_of_publishing(client: apig.Client):
    live, test = (client.export(group="orders", env=env, define="all") for env in ("RELEASE", "TEST"))
    changes = apig.compare(live, test).changes
    of_operations = changes[changes["category"].isin(["access", "traffic", "backend"]) & changes["path"].notna()]
    assert sorted(of_operations[["severity", "rule", "method", "path"]].values.tolist()) == [
        [I, "backend-timeout-loosened", "GET", "/orders/{orderId}/documents"],
        [W, "backend-address-altered", "POST", "/orders/{orderId}/cancel"],
        [W, "backend-address-altered", "PUT", "/orders/{orderId}"],
        [W, "backend-kind-altered", "GET", "/orders/delivery-slots"],
        [W, "backend-path-altered", "GET", "/v2/orders/search"],
        [W, "backend-scheme-loosened", "POST", "/orders/{orderId}/cancel"],
        [W, "cors-enabled", "GET", "/orders/{orderId}"],
        [W, "ratelimit-altered", "GET", "/orders/{orderId}"],
    ]


@pytest.mark.parametrize("define", ["spec", "proxy", "all", "dev"])
def test_an_export_in_both_standards_and_formats_has_no_changes(client: apig.Client, define: str):
    for group in client.groups()["name"]:
        old = client.export(group=group, env="RELEASE", define=define, oas_version="2.0", type="json")
        new = client.export(group=group, env="RELEASE", define=define, oas_version="3.0", type="yaml")
        assert [change_rows(old, new), change_rows(new, old)] == [[], []], group


def test_gateway_responses_in_components_equal_those_at_the_root():
    sets = {"default": {"THROTTLED": {"status": 429, "body": {"application/json": "{}"}}}}
    old = swagger({}, **{"x-apigateway-responses": sets})
    assert differences(old, openapi({}, components={"x-apigateway-responses": sets})) == []
