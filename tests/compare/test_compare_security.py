"""Changes of security schemes and of the requirements of operations: by what a scheme is, not by its name."""

from typing import Any

import pytest

from tests.compare.comparing import change_rows, compared, differences, openapi, swagger

B, W, I = "breaking", "warning", "info"  # noqa: E741  # of a table that is read in columns

KEY = {"type": "apiKey", "in": "header", "name": "X-Key"}
BASIC = {"type": "http", "scheme": "basic"}
BEARER = {"type": "http", "scheme": "bearer"}
APP = {"type": "apiKey", "in": "header", "name": "Authorization", "x-apigateway-auth-type": "AppSigv1"}
CODE = APP | {"x-apigateway-auth-opt": {"appcode-auth-type": "header"}}
IAM = {"type": "apiKey", "in": "header", "name": "unused", "x-apigateway-auth-type": "IAM"}
CUSTOM = {"type": "apiKey", "in": "header", "name": "unused", "x-apigateway-authorizer": {"authorizer_uri": "urn:f"}}
TICKET = {"name": "X-Ticket", "location": "HEADER", "validation": "^[a-z]+$"}
SOURCE = {"name": "source", "location": "QUERY"}


def secured(*alternatives: Any, **schemes: Any) -> dict[str, Any]:
    return openapi({"security": list(alternatives)}, components={"securitySchemes": schemes})


def oauth(*scopes: str, needed: tuple[str, ...] = (), **flows: Any) -> dict[str, Any]:
    urls = {"authorizationUrl": "https://e.example/a", "tokenUrl": "https://e.example/t"}
    written = flows or {"authorizationCode": urls | {"scopes": dict.fromkeys(scopes, "")}}
    return secured({"o": list(needed)}, o={"type": "oauth2", "flows": written})


def openid(url: str) -> dict[str, Any]:
    return secured({"o": []}, o={"type": "openIdConnect", "openIdConnectUrl": url})


def custom(**settings: Any) -> dict[str, Any]:
    authorizer = {"authorizer_type": "FUNC", "authorizer_uri": "urn:f", "type": "FRONTEND"} | settings
    scheme = {"type": "apiKey", "in": "header", "name": "unused", "x-apigateway-authorizer": authorizer}
    return secured({"c": []}, c=scheme)


def identities(*identities: Any) -> dict[str, Any]:
    return custom(identities=list(identities))


NO_DIFFERENCE: list[tuple[str, Any, Any]] = [
    ("renamed", secured({"a": []}, a=KEY), secured({"b": []}, b=KEY)),
    ("another one of the same content", secured({"a": []}, a=KEY, b=KEY), secured({"b": []}, a=KEY, b=KEY)),
    ("the same twice", secured({"a": []}, {"b": []}, a=KEY, b=KEY), secured({"a": []}, a=KEY, b=KEY)),
    ("both of the same content", secured({"a": [], "b": []}, a=KEY, b=KEY), secured({"a": []}, a=KEY, b=KEY)),
    ("names exchanged", secured({"a": []}, a=APP, b=IAM), secured({"b": []}, a=IAM, b=APP)),
    ("contents of alternatives exchanged", secured({"a": []}, {"b": []}, a=KEY, b=BASIC),
     secured({"a": []}, {"b": []}, a=BASIC, b=KEY)),
    ("renamed in alternatives", secured({"a": []}, {"b": []}, a=KEY, b=BASIC),
     secured({"y": []}, {"x": []}, x=KEY, y=BASIC)),
    ("unused scheme added", secured({"a": []}, a=KEY), secured({"a": []}, a=KEY, b=BASIC)),
    ("unused scheme", secured({"a": []}, a=KEY, b=BASIC), secured({"a": []}, a=KEY, b=BEARER)),
    ("unused scheme, flows", secured(o={"type": "oauth2", "flows": {}}),
     secured(o={"type": "oauth2", "flows": {"implicit": {"authorizationUrl": "https://e.example/a"}}})),
    ("security of the document that every operation replaces", secured(a=KEY) | {"security": [{"a": []}]},
     secured(a=BASIC) | {"security": [{"a": []}]}),
    ("name of http", secured({"a": []}, a=BEARER), secured({"a": []}, a=BEARER | {"name": "n", "in": "header"})),
    ("address of http", secured({"a": []}, a=BEARER), secured({"a": []}, a=BEARER | {"openIdConnectUrl": "https://e"})),
    ("scheme of apiKey", secured({"a": []}, a=KEY), secured({"a": []}, a=KEY | {"scheme": "bearer"})),
    ("flows of apiKey", secured({"a": []}, a=KEY),
     secured({"a": []}, a=KEY | {"flows": {"implicit": {"authorizationUrl": "https://e", "scopes": {"s": ""}}}})),
    ("name of oauth2", oauth("s"), secured({"o": []}, o={"type": "oauth2", "name": "n", "in": "query"} | {
        "flows": {"authorizationCode": {"authorizationUrl": "https://e.example/a", "tokenUrl": "https://e.example/t",
                                        "scopes": {"s": ""}}}})),
    ("name of mutual TLS", secured({"a": []}, a={"type": "mutualTLS"}),
     secured({"a": []}, a={"type": "mutualTLS", "name": "n", "in": "header"})),
    ("flow of basic in Swagger 2.0", swagger({"security": [{"a": []}]}, securityDefinitions={"a": {"type": "basic"}}),
     swagger({"security": [{"a": []}]}, securityDefinitions={"a": {"type": "basic", "flow": "implicit", "name": "n"}})),
    ("basic in both standards", swagger({"security": [{"a": []}]}, securityDefinitions={"a": {"type": "basic"}}),
     secured({"b": []}, b=BASIC | {"scheme": "Basic"})),
    ("parameter of IAM", secured({"a": []}, a=IAM), secured({"a": []}, a=IAM | {"name": "Authorization"})),
    ("authorizer's defaults", custom(), custom(auth_downgrade_enabled=False, network_type="V1", need_body=False)),
    ("authorizer's values as text", custom(ttl=60, need_body=True), custom(ttl="60", need_body="true")),
    ("authorizer's version beside an alias", custom(authorizer_alias_uri="urn:a", authorizer_version="1"),
     custom(authorizer_alias_uri="urn:a", authorizer_version="2")),
    ("order of identities", identities(TICKET, SOURCE), identities(SOURCE | {"validation": ""}, TICKET)),
    ("letter case of an identity", identities(TICKET), identities(TICKET | {"name": "x-ticket", "location": "header"})),
    ("undefined in both", secured({"a": []}), secured({"a": []})),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), [case[1:] for case in NO_DIFFERENCE], ids=[case[0] for case in NO_DIFFERENCE])
def test_what_callers_must_send_is_the_same(old: Any, new: Any):
    assert [change_rows(old, new), change_rows(new, old)] == [[], []]


# Name, old, new, changes from old to new, changes from new to old.
CASES: list[tuple[str, Any, Any, list[Any], list[Any]]] = [
    ("superset as an alternative", secured({"a": []}, a=KEY, b=BASIC),
     secured({"a": []}, {"a": [], "b": []}, a=KEY, b=BASIC), [(I, "authentication-rewritten")],
     [(I, "authentication-rewritten")]),
    ("more scopes as an alternative", oauth("r", "w", needed=("r",)), secured({"o": ["r"]}, {"o": ["r", "w"]},
     **oauth("r", "w")["components"]["securitySchemes"]), [(I, "authentication-rewritten")],
     [(I, "authentication-rewritten")]),
    ("superset under another name", secured({"a": []}, a=KEY), secured({"x": []}, {"x": [], "b": []}, x=KEY, b=BASIC),
     [(I, "authentication-rewritten")], [(I, "authentication-rewritten")]),
    ("one alternative more", secured({"a": []}, {"b": []}, a=KEY, b=BASIC, c=BEARER),
     secured({"a": []}, {"b": []}, {"c": []}, a=KEY, b=BASIC, c=BEARER), [(W, "authentication-weakened")],
     [(B, "authentication-strengthened")]),
    ("scopes exchanged", secured({"a": []}, {"o": ["r"]}, a=KEY), secured({"a": []}, {"o": ["w"]}, a=KEY),
     [(B, "authentication-altered")], [(B, "authentication-altered")]),
    ("scope", oauth("r", "w", needed=("r", "w")), oauth("r", "w", needed=("r",)), [(W, "scopes-loosened")],
     [(B, "scopes-tightened")]),
    ("app whose AppCode is enough", secured({"a": []}, a=APP, b=CODE), secured({"b": []}, a=APP, b=CODE),
     [(W, "authentication-weakened")], [(B, "authentication-strengthened")]),
    ("AppCode", secured({"a": []}, a=APP), secured({"a": []}, a=CODE), [(W, "appcode-allowed")],
     [(B, "appcode-refused")]),
    ("IAM in place of app", secured({"a": []}, a=APP, b=IAM), secured({"b": []}, a=APP, b=IAM),
     [(B, "authentication-altered")], [(B, "authentication-altered")]),
    ("scheme of another kind", secured({"a": []}, a=APP), secured({"a": []}, a=IAM), [(B, "security-scheme-altered")],
     [(B, "security-scheme-altered")]),
    ("scheme of another kind and another alternative", secured({"a": []}, a=KEY, b=BASIC),
     secured({"a": []}, {"b": []}, a=BEARER, b=BASIC), [(B, "authentication-altered")],
     [(B, "authentication-altered")]),
    ("scheme of another kind and no authentication", secured({"a": []}, a=KEY), secured({"a": []}, {}, a=BASIC),
     [(W, "authentication-removed")], [(B, "authentication-added")]),
    ("authorizer and another alternative", secured({"c": []}, b=BASIC, c=CUSTOM),
     secured({"c": []}, {"b": []}, b=BASIC, c=CUSTOM | {"x-apigateway-authorizer": {"authorizer_uri": "urn:g"}}),
     [(W, "authentication-weakened"), (W, "authorizer-altered")],
     [(B, "authentication-strengthened"), (W, "authorizer-altered")]),
    ("place of a key", secured({"a": []}, a=KEY), secured({"a": []}, a=KEY | {"in": "query"}),
     [(B, "security-scheme-altered")], [(B, "security-scheme-altered")]),
    ("schemes no longer defined", secured({"a": []}, a=KEY), secured({"a": []}), [(W, "security-scheme-undefined")],
     [(I, "security-scheme-defined")]),
    ("scheme that is defined under another name only", secured({"a": []}, a=KEY), secured({"a": []}, b=KEY),
     [(W, "security-scheme-undefined")], [(I, "security-scheme-defined")]),
    ("scheme no longer defined, beside another", secured({"a": []}, a=KEY, b=BASIC),
     secured({"a": []}, {"b": []}, b=BASIC), [(W, "authentication-weakened"), (W, "security-scheme-undefined")],
     [(B, "authentication-strengthened"), (I, "security-scheme-defined")]),
    ("scopes defined", oauth("r"), oauth("r", "w"), [(I, "scheme-scopes-added")], [(I, "scheme-scopes-removed")]),
    ("scopes defined that are needed", oauth("r", needed=("w",)), oauth("r", "w", needed=("w",)),
     [(I, "scheme-scopes-added")], [(W, "needed-scopes-removed")]),
    ("flow", oauth(implicit={}), oauth(implicit={}, password={"tokenUrl": "https://e.example/t"}),
     [(I, "scheme-flow-added")], [(B, "scheme-flow-removed")]),
    ("address of tokens", oauth(password={"tokenUrl": "https://e.example/t"}),
     oauth(password={"tokenUrl": "https://e.example/u"}), [(W, "scheme-address-altered")],
     [(W, "scheme-address-altered")]),
    ("OpenID Connect", openid("https://a.example/c"), openid("https://b.example/c"), [(W, "scheme-address-altered")],
     [(W, "scheme-address-altered")]),
    ("description of a renamed scheme", secured({"a": []}, a=KEY), secured({"b": []}, b=KEY | {"description": "d"}),
     [(I, "description-altered")], [(I, "description-altered")]),
    ("downgrade of an authorizer", custom(), custom(auth_downgrade_enabled=True), [(W, "authorizer-loosened")],
     [(W, "authorizer-tightened")]),
    ("identity", identities(TICKET), identities(TICKET, SOURCE), [(B, "authorizer-identity-tightened")],
     [(W, "authorizer-identity-loosened")]),
    ("identity in another place", identities(SOURCE), identities(SOURCE | {"location": "HEADER"}),
     [(B, "authorizer-identity-moved")], [(B, "authorizer-identity-moved")]),
    ("check of an identity", identities(TICKET | {"validation": None}), identities(TICKET),
     [(B, "authorizer-identity-tightened")], [(W, "authorizer-identity-loosened")]),
    ("other check of an identity", identities(TICKET), identities(TICKET | {"validation": "^[a-z0-9]+$"}),
     [(W, "authorizer-identity-altered")], [(W, "authorizer-identity-altered")]),
    ("cache of an authorizer", custom(ttl=60), custom(ttl=0), [(W, "authorizer-altered")],
     [(W, "authorizer-altered")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "forward", "backward"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_each_change_has_one_rule_and_severity_in_both_directions(old: Any, new: Any, forward: Any, backward: Any):
    assert [differences(old, new), differences(new, old)] == [forward, backward]


def test_a_changed_scheme_affects_the_operations_that_use_it():
    def document(scheme: Any) -> dict[str, Any]:
        operation: dict[str, Any] = {"responses": {}}
        paths = {"/a": {"get": operation | {"security": [{"a": []}]}, "post": operation | {"security": [{"b": []}]}}}
        return openapi(paths=paths, components={"securitySchemes": {"a": scheme, "b": KEY}})

    (change,) = compared(document(KEY), document(BEARER)).found
    assert (change.rule.id, change.affected) == ("security-scheme-altered", ("GET /a",))


def test_a_break_of_authentication_says_who_is_refused_and_what_to_do():
    (row,) = compared(secured(), secured({"a": []}, a=KEY)).changes[["side", "why", "remedy"]].values.tolist()
    assert row == ["none", "callers without these credentials are refused", "give the callers their credentials first"]
