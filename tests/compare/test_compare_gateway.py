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
    document = gateway(backend=http() | {"parameters": list(parameters)})
    document["paths"]["/a"]["get"]["parameters"] = [{"name": "X-Tenant", "in": "header", "type": "string"}]
    return document


def function_mapped(*parameters: Any) -> dict[str, Any]:
    endpoint = {"function-urn": "urn:f", "version": "1", "invocation-type": "sync"}
    return gateway(backend={"type": "FUNCTION", "functionEndpoints": endpoint, "parameters": list(parameters)})


def in_path(name: str, value: str = "id") -> dict[str, Any]:
    """A backend whose path is filled in from the request."""
    parameter = {"name": name, "in": "PATH", "origin": "REQUEST", "value": value}
    return gateway(backend=http(path=f"/b/{{{name}}}") | {"parameters": [parameter]})


def in_order(*names: str) -> dict[str, Any]:
    """A backend whose path is filled in from the request, with the parameters in this order."""
    parameters = [{"name": name, "in": "PATH", "origin": "REQUEST", "value": name} for name in sorted(names)]
    return gateway(backend=http(path="/".join(("", *(f"{{{name}}}" for name in names)))) | {"parameters": parameters})


def when(**condition: Any) -> dict[str, Any]:
    written = {"origin": "param", "parameter": "q", "type": "equal", "value": "v"} | condition
    return policy(OFFICE | {"conditions": [written]})


def policy(*policies: Any) -> dict[str, Any]:
    return gateway(backend=http(), backend_policies=list(policies))


def groups(*groups: Any) -> dict[str, Any]:
    endpoint = {"name": "channel", "memberGroupUrlInfos": list(groups)}
    return gateway(backend={"type": "HTTP-VPC-MEMBER-GROUP", "httpVpcMemberGroupEndpoints": endpoint})


def ratelimit(name: str = "r", **fields: Any) -> dict[str, Any]:
    definition = {"api-limit": 100, "interval": 1, "unit": "MINUTE"}
    definition |= {key.replace("_", "-"): value for key, value in fields.items()}
    return gateway(ratelimit=name, ratelimits={name: definition})


def access(value: Any, kind: str = "PERMIT", name: str = "c", entity: str = "IP") -> dict[str, Any]:
    policy = {"acl-type": kind, "entity-type": entity, "value": value}
    return gateway(access_control=name, access_controls={name: policy})


def controls(*names: str) -> dict[str, Any]:
    """An operation that is bound to some of these access control policies."""
    policies = {
        "office": ("PERMIT", "IP", "192.0.2.0/24"),
        "offices": ("PERMIT", "IP", "192.0.2.0/24,198.51.100.1"),
        "known": ("PERMIT", "DOMAIN", "us"),
        "unwanted": ("DENY", "DOMAIN_ID", "0123"),
    }
    written = {name: dict(zip(("acl-type", "entity-type", "value"), policies[name], strict=True)) for name in policies}
    return gateway(access_control=list(names), access_controls=written)


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
HEADER = {"name": "tenant", "in": "QUERY", "origin": "REQUEST", "value": "X-Tenant"}
CONDITIONED = OFFICE | {
    "name": "home",
    "conditions": [*OFFICE["conditions"], {"origin": "param", "parameter": "q", "type": "exact", "value": "v"}],
}
BLUE, GREEN = ({"name": name, "scheme": "http", "method": "GET", "path": "/a"} for name in ("blue", "green"))
APP_I = {"type": "APP", "limit": 5, "instance": "i"}
FUNCTION = {"authorizer_type": "FUNC", "authorizer_uri": "urn:f", "type": "FRONTEND"}

# Name, old, new, changes from old to new, changes from new to old.
CASES: list[tuple[str, Any, Any, list[Any], list[Any]]] = [
    ("request type", gateway(request_type="private"), gateway(request_type="public"), [(W, "request-type-loosened")],
     [(B, "request-type-tightened")]),
    ("no request type", gateway(request_type="private"), gateway(request_type=None), [(I, "request-type-altered")],
     [(I, "request-type-altered")]),
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
    ("same mean", ratelimit(), ratelimit(api_limit=6000, unit="HOUR"), [(I, "ratelimit-raised")],
     [(W, "ratelimit-lowered")]),
    ("higher burst, lower mean", ratelimit(), ratelimit(api_limit=1000, unit="HOUR"), [(W, "ratelimit-altered")],
     [(W, "ratelimit-altered")]),
    ("limit of an app", ratelimit(app_limit=5), ratelimit(app_limit=6), [(I, "ratelimit-raised")],
     [(W, "ratelimit-lowered")]),
    ("limit of an address", ratelimit(), ratelimit(ip_limit=5), [(W, "ratelimit-lowered")], [(I, "ratelimit-raised")]),
    ("shared limit", ratelimit(), ratelimit(shared=True), [(W, "ratelimit-altered")], [(W, "ratelimit-altered")]),
    ("exception", ratelimit(), ratelimit(special=[APP_I]), [(W, "ratelimit-lowered")], [(I, "ratelimit-raised")]),
    ("exception above the limit of an app", ratelimit(app_limit=3), ratelimit(app_limit=3, special=[APP_I]),
     [(I, "ratelimit-raised")], [(W, "ratelimit-lowered")]),
    ("exception's limit", ratelimit(special=[APP_I]), ratelimit(special=[APP_I | {"limit": 9}]),
     [(I, "ratelimit-raised")], [(W, "ratelimit-lowered")]),
    ("bound below the default", gateway(), ratelimit(), [(W, "ratelimit-bound")], [(W, "ratelimit-unbound")]),
    ("bound above the default", gateway(), ratelimit(api_limit=201, unit="SECOND"), [(W, "ratelimit-bound-loosened")],
     [(W, "ratelimit-unbound-tightened")]),
    ("bound above the default, but limited for users", gateway(), ratelimit(api_limit=201, unit="SECOND", user_limit=5),
     [(W, "ratelimit-bound")], [(W, "ratelimit-unbound")]),
    ("bound with the default", gateway(), ratelimit(api_limit=200, unit="SECOND"), [(I, "ratelimit-rebound")],
     [(I, "ratelimit-rebound")]),
    ("throttling renamed", ratelimit(), ratelimit(name="s"), [(I, "ratelimit-rebound")], [(I, "ratelimit-rebound")]),
    ("other throttling", ratelimit(), ratelimit(name="s", api_limit=5), [(W, "ratelimit-altered")],
     [(W, "ratelimit-altered")]),
    ("definition removed", ratelimit(), gateway(ratelimit="r"), [(W, "ratelimit-unbound")], [(W, "ratelimit-bound")]),
    ("access control bound", gateway(), gateway(access_control="c"), [(W, "access-control-bound")],
     [(W, "access-control-unbound")]),
    ("permitted", access("10.0.0.1"), access("10.0.0.1,10.0.0.2"), [(W, "access-control-opened")],
     [(W, "access-control-closed")]),
    ("denied", access("10.0.0.1", "DENY"), access("10.0.0.1,10.0.0.2", "DENY"), [(W, "access-control-closed")],
     [(W, "access-control-opened")]),
    ("permitted or denied", access("10.0.0.1"), access("10.0.0.1", "DENY"), [(W, "access-control-altered")],
     [(W, "access-control-altered")]),
    ("part of a network", access("192.0.2.0/24"), access("192.0.2.0/25"), [(W, "access-control-closed")],
     [(W, "access-control-opened")]),
    ("part of a range, denied", access("192.0.2.1-192.0.2.9", "DENY"), access("192.0.2.2-192.0.2.9", "DENY"),
     [(W, "access-control-opened")], [(W, "access-control-closed")]),
    ("IPv6", access("2001:db8::/32"), access("2001:db8::/33"), [(W, "access-control-closed")],
     [(W, "access-control-opened")]),
    ("accounts", access("a", entity="DOMAIN"), access("a,b", entity="DOMAIN"), [(W, "access-control-opened")],
     [(W, "access-control-closed")]),
    ("accounts by id", access("a", entity="DOMAIN"), access("a", entity="DOMAIN_ID"), [(W, "access-control-altered")],
     [(W, "access-control-altered")]),
    ("access control renamed", access("192.0.2.1"), access("192.0.2.1/32", name="d"), [(I, "access-control-rebound")],
     [(I, "access-control-rebound")]),
    ("other access control", controls("office"), controls("offices"), [(W, "access-control-altered")],
     [(W, "access-control-altered")]),
    ("second access control", controls("office"), controls("office", "known"), [(W, "access-control-bound")],
     [(W, "access-control-unbound")]),
    ("access control of another type", controls("office"), controls("known"),
     [(W, "access-control-unbound"), (W, "access-control-bound")],
     [(W, "access-control-unbound"), (W, "access-control-bound")]),
    ("black list beside a white one", controls("known"), controls("known", "unwanted"),
     [(I, "access-control-rebound")], [(I, "access-control-rebound")]),
    ("black list", controls("office"), controls("office", "unwanted"), [(W, "access-control-bound")],
     [(W, "access-control-unbound")]),
    ("access control removed", access("10.0.0.1"), gateway(access_control="c"), [(W, "access-control-unbound")],
     [(W, "access-control-bound")]),
    ("plug-in", gateway(), gateway(plugins=["p"]), [(W, "plugin-bound")], [(W, "plugin-unbound")]),
    ("gateway responses", gateway(responses={"default": {}}),
     gateway(responses={"default": {"THROTTLED": {"status": 429}}}), [(I, "gateway-response-altered")],
     [(I, "gateway-response-altered")]),
    ("set of responses", gateway(), gateway(response="strict"), [(I, "gateway-response-altered")],
     [(I, "gateway-response-altered")]),
    ("set of responses renamed", gateway(response="a", responses={"a": {"THROTTLED": {"status": 429}}}),
     gateway(response="b", responses={"b": {"THROTTLED": {"status": 429}}}), [(I, "gateway-response-altered")],
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
    ("mapped to another place", mapped(ID), mapped(ID | {"in": "QUERY"}), [(W, "backend-parameter-altered")],
     [(W, "backend-parameter-altered")]),
    ("mapped to two places", mapped(ID), mapped(ID | {"in": "QUERY"}, ID | {"in": "PATH"}),
     [(W, "backend-parameter-altered"), (W, "backend-parameter-added")],
     [(W, "backend-parameter-altered"), (W, "backend-parameter-removed")]),
    ("mapped to a function", function_mapped(ID), function_mapped(ID | {"origin": "CONSTANT"}),
     [(W, "backend-parameter-altered")], [(W, "backend-parameter-altered")]),
    ("parameter in the path of the backend", in_path("x"), in_path("x", value="other"),
     [(W, "backend-parameter-altered")], [(W, "backend-parameter-altered")]),
    ("parameters in the path of the backend exchanged", in_order("x", "y"), in_order("y", "x"),
     [(W, "backend-path-altered")], [(W, "backend-path-altered")]),
    ("letter case of a mapped query parameter", mapped(ID), mapped(ID | {"value": "Id"}),
     [(W, "backend-parameter-altered")], [(W, "backend-parameter-altered")]),
    ("one retry", backend(retryCount="0"), backend(retryCount="-1"), [(I, "backend-retries-altered")],
     [(I, "backend-retries-altered")]),
    ("backend policy", policy(), policy(OFFICE), [(W, "backend-policy-added")], [(W, "backend-policy-removed")]),
    ("condition", policy(OFFICE), policy(OFFICE | {"conditions": []}), [(W, "backend-condition-altered")],
     [(W, "backend-condition-altered")]),
    ("condition without a default backend", gateway(backend_policies=[OFFICE]),
     gateway(backend_policies=[OFFICE | {"conditions": []}]), [(W, "backend-condition-altered")],
     [(W, "backend-condition-altered")]),
    ("effect of conditions", policy(CONDITIONED), policy(CONDITIONED | {"effectMode": "ANY"}),
     [(W, "backend-condition-altered")], [(W, "backend-condition-altered")]),
    ("kind of condition", when(type="equal", value="a"), when(type="pattern", value="a"),
     [(W, "backend-condition-altered")], [(W, "backend-condition-altered")]),
    ("values of a condition", when(type="enum", value="a,b"), when(type="enum", value="a"),
     [(W, "backend-condition-altered")], [(W, "backend-condition-altered")]),
    ("addresses of a condition", when(origin="source", value="192.0.2.0/24"),
     when(origin="source", value="192.0.2.0/25"), [(W, "backend-condition-altered")],
     [(W, "backend-condition-altered")]),
    ("order of backend policies", policy(OFFICE, CONDITIONED), policy(CONDITIONED, OFFICE),
     [(W, "backend-policies-reordered")], [(W, "backend-policies-reordered")]),
    ("backend policy before another", policy(OFFICE), policy(CONDITIONED, OFFICE), [(W, "backend-policy-added")],
     [(W, "backend-policy-removed")]),
    ("backend policy renamed", policy(OFFICE), policy(OFFICE | {"name": "home"}), [(I, "backend-policy-renamed")],
     [(I, "backend-policy-renamed")]),
    ("backend policy renamed, other backend", policy(OFFICE), policy(OFFICE | http(path="/b") | {"name": "home"}),
     [(W, "backend-path-altered"), (I, "backend-policy-renamed")],
     [(W, "backend-path-altered"), (I, "backend-policy-renamed")]),
    ("backend of a policy", policy(OFFICE), policy(OFFICE | http(scheme="http")), [(W, "backend-scheme-loosened")],
     [(I, "backend-scheme-tightened")]),
    ("order of server groups", groups(BLUE, GREEN), groups(GREEN, BLUE), [], []),
    ("server group added", groups(BLUE), groups(BLUE, GREEN), [(W, "member-group-added")],
     [(W, "member-group-removed")]),
    ("server group renamed", groups(BLUE, GREEN), groups(BLUE, GREEN | {"name": "red"}),
     [(W, "backend-address-altered")], [(W, "backend-address-altered")]),
    ("server groups in place of an address", backend(), groups(BLUE, GREEN), [(W, "backend-kind-altered")],
     [(W, "backend-kind-altered")]),
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


NO_DIFFERENCE: list[tuple[str, Any, Any]] = [
    ("letter case of a mapping", mapped(ID), mapped(ID | {"in": "header", "origin": "request", "name": "ID"})),
    ("letter case of a mapped header", mapped(HEADER), mapped(HEADER | {"value": "x-tenant"})),
    ("parameter in the path of the backend renamed", in_path("x"), in_path("y")),
    ("host of the backend", backend(), backend(address="A.example.com:443")),
    ("retry that the gateway decides", backend(retryCount="-1"), backend(retryCount="1")),
    ("no retry of POST", backend(method="POST", retryCount="-1"), backend(method="POST", retryCount=0)),
    ("invocation", function(invocation_type="sync"), function(invocation_type="synchronous")),
    ("order of values in a condition", when(type="enum", value="a,b"), when(type="enum", value="b, a")),
    ("one value in a condition", when(type="enum", value="a"), when(type="exact", value="a")),
    ("origin of a condition", when(origin="param"), when(origin="request")),
    ("addresses of a condition", when(origin="source", value="192.0.2.1/32"),
     when(origin="source", value="192.0.2.1", type="equal")),
    ("effect of one condition", policy(OFFICE), policy(OFFICE | {"effectMode": "ANY"})),
    ("the same condition twice", policy(OFFICE), policy(OFFICE | {"conditions": OFFICE["conditions"] * 2})),
    ("empty gateway responses", gateway(), gateway(responses={"default": {}})),
    ("body encoding by default", gateway(), gateway(is_send_fg_body_base64=True)),
    ("interval in another unit", ratelimit(api_limit=60), ratelimit(api_limit=60, interval=60, unit="second")),
    ("limit of 0", ratelimit(user_limit=0, app_limit=0, ip_limit=0), ratelimit()),
    ("exception with a limit of 0", ratelimit(special=[APP_I | {"limit": 0}]), ratelimit()),
    ("letter case of an exception", ratelimit(special=[APP_I]), ratelimit(special=[APP_I | {"type": "app"}])),
    ("not shared", ratelimit(shared=False), ratelimit()),
    ("limits as text", ratelimit(), ratelimit(api_limit="100", interval="1")),
    ("throttling without users", gateway(ratelimits={"r": {"api-limit": 1}}),
     gateway(ratelimits={"r": {"api-limit": 2}})),
    ("a list of entries", access("10.0.0.1,10.0.0.2"), access(["10.0.0.2", " 10.0.0.1/32 "])),
    ("host in a network", access("192.0.2.0/24"), access("192.0.2.7/24,192.0.2.7")),
    ("network in halves", access("192.0.2.0/24"), access("192.0.2.128/25, 192.0.2.0/25")),
    ("network as a range", access("192.0.2.0/24", "DENY"), access("192.0.2.0 - 192.0.2.255", "deny")),
    ("network with a mask", access("192.0.2.0/24"), access("192.0.2.0/255.255.255.0")),
    ("IPv6", access("2001:db8::/32"), access("2001:0DB8:0000::/32")),
    ("accounts in another order", access("a, b", entity="DOMAIN"), access("b,a", entity="domain")),
    ("order of access controls", controls("office", "known"), controls("known", "office")),
    ("access control without users", gateway(access_controls={"c": {"acl-type": "DENY", "value": "192.0.2.1"}}),
     gateway(access_controls={"c": {"acl-type": "DENY", "value": "192.0.2.2"}})),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), [case[1:] for case in NO_DIFFERENCE], ids=[case[0] for case in NO_DIFFERENCE])
def test_other_writings_of_gateway_settings_are_no_changes(old: Any, new: Any):
    assert [change_rows(old, new), change_rows(new, old)] == [[], []]


def test_a_policy_renamed_with_its_bindings_is_one_change_for_all_its_operations():
    def document(name: str) -> Any:
        operation: dict[str, Any] = {"x-apigateway-ratelimit": name, "responses": {}}
        limits = {name: {"api-limit": 5, "interval": 1, "unit": "SECOND"}}
        return swagger(paths={"/a": {"get": operation, "post": operation}}, **{"x-apigateway-ratelimits": limits})

    (change,) = compared(document("r"), document("s")).found
    assert (change.rule.id, change.affected) == ("ratelimit-rebound", ("GET /a", "POST /a"))


def test_definitions_affect_the_operations_that_keep_using_them():
    def document(limit: int, *methods: str, free: bool = False) -> Any:
        key = {"type": "apiKey", "in": "header", "name": f"X-{limit}"}
        bound = {"x-apigateway-ratelimit": "r", "x-apigateway-access-control": "c", "security": [{"k": []}]}
        operations: dict[str, Any] = {method: {"responses": {}} | bound for method in methods}
        if free:
            operations["put"] = {"responses": {}}
        return swagger(
            paths={"/a": operations},
            securityDefinitions={"k": key},
            **{"x-apigateway-ratelimits": {"r": {"api-limit": limit, "interval": 1, "unit": "SECOND"}}},
            **{"x-apigateway-access-controls": {"c": {"acl-type": "PERMIT", "value": f"192.0.2.{limit}"}}},
        )

    # POST is added, and PUT is bound only now.
    found = compared(document(2, "get", free=True), document(1, "get", "post", "put")).found
    shared = {change.rule.id: change.affected for change in found if not change.pointer.startswith("/paths/")}
    assert shared == dict.fromkeys(
        ("security-scheme-altered", "ratelimit-lowered", "access-control-opened", "access-control-closed"), ("GET /a",)
    )


def test_binding_a_policy_names_the_limit_that_held_before():
    (row,) = change_rows(gateway(), ratelimit(user_limit=5))
    default = "200 per 1 second (default of the gateway's parameter ratelimit_api_limits)"
    bound = "r (calls of the API 100 per 1 minute, calls of a user 5 per 1 minute)"
    assert row == (W, "ratelimit-bound", "throttling policy", default, bound)


def test_another_interval_is_one_change_for_all_limits_of_a_policy():
    old, new = (ratelimit(user_limit=5, special=[APP_I], unit=unit) for unit in ("MINUTE", "DAY"))
    location = "throttling policy r, interval"
    assert change_rows(old, new) == [(W, "ratelimit-lowered", location, "1 minute", "1 day")]
    assert change_rows(new, old) == [(I, "ratelimit-raised", location, "1 day", "1 minute")]


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
    comparison = apig.compare(whole, front)
    assert comparison.changes["rule"].to_list() == []
    assert repr(comparison) == "<Comparison no difference in what was compared; not compared: backends, policies>"


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
        # It was answered by GET /orders/{orderId}, with another authentication.
        [B, "authentication-altered", "GET", "/orders/statistics"],
        [I, "backend-timeout-loosened", "GET", "/orders/{orderId}/documents"],
        [W, "backend-address-altered", "POST", "/orders/{orderId}/cancel"],
        [W, "backend-address-altered", "PUT", "/orders/{orderId}"],
        # It was removed; ANY answers its calls.
        [W, "backend-kind-altered", "DELETE", "/orders/{orderId}/items/{itemId}"],
        [W, "backend-kind-altered", "GET", "/orders/delivery-slots"],
        [W, "backend-path-altered", "GET", "/v2/orders/search"],
        [W, "backend-scheme-loosened", "POST", "/orders/{orderId}/cancel"],
        [W, "cors-enabled", "GET", "/orders/{orderId}"],
        [W, "ratelimit-altered", "GET", "/orders/{orderId}"],
    ]


@pytest.mark.slow
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
