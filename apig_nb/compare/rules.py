"""The rules: one kind of change each, with category, effect, severity and text.

A change *tightens*, *loosens* or *alters* what is accepted or produced. In what callers send, a tightened or altered
constraint is breaking; in what callers receive, a loosened or altered one. A rule with another severity gives its
reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from apig_nb.report.severity import BREAKING, INFO, WARNING

if TYPE_CHECKING:
    from pandas import DataFrame

CONTRACT, ACCESS, TRAFFIC, BACKEND, DOCUMENTATION = "contract", "access", "traffic", "backend", "documentation"
CATEGORIES: Final = (CONTRACT, ACCESS, TRAFFIC, BACKEND, DOCUMENTATION)

TIGHTENED, LOOSENED, ALTERED, ADDED, REMOVED = "tightened", "loosened", "altered", "added", "removed"
REVERSED: Final = {TIGHTENED: LOOSENED, LOOSENED: TIGHTENED, ALTERED: ALTERED, ADDED: REMOVED, REMOVED: ADDED}
"""Effect → the effect of the same change from new to old."""

SENT, RECEIVED = "sent", "received"


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of change.

    Attributes:
        id: name of the rule, used in ignore files and reports.
        category: contract, access, traffic, backend or documentation.
        effect: tightened, loosened, altered, added or removed.
        sent: severity in what callers send; for changes without a side, the severity.
        received: severity in what callers receive.
        summary: description in one line.
        reason: why the severity differs from the one that effect and side would give.
    """

    id: str
    category: str
    effect: str
    sent: str
    received: str
    summary: str
    reason: str = ""

    def severity(self, side: str) -> str:
        """Return the severity on a side, sent or received."""
        return self.received if side == RECEIVED else self.sent


# Effect → severity in what is sent, and in what is received.
_BY_EFFECT: Final[Mapping[str, tuple[str, str]]] = {
    TIGHTENED: (BREAKING, INFO),
    LOOSENED: (INFO, BREAKING),
    ALTERED: (BREAKING, BREAKING),
}


@dataclass(frozen=True, slots=True)
class Keyword:
    """A keyword of a schema, and how two values of it are compared.

    Attributes:
        name: keyword in the standard.
        order: how to tell tighter from looser, see `compare.schemas.keywords`.
        summary: meaning of the keyword, for the summaries of its rules.
        overrides: effect → severity when sent, severity when received, reason.
    """

    name: str
    order: str
    summary: str
    overrides: Mapping[str, tuple[str, str, str]]

    @property
    def rule_stem(self) -> str:
        """The keyword as part of a rule id."""
        return "".join(f"-{sign.lower()}" if sign.isupper() else sign for sign in self.name.lstrip("$"))


def _keyword(name: str, order: str, summary: str, **overrides: tuple[str, str, str]) -> Keyword:
    return Keyword(name, order, summary, overrides)


_ANNOTATION = (INFO, INFO, "describes values and does not restrict them")

KEYWORDS: Final = (
    _keyword("type", "types", "type of a value"),
    _keyword("format", "format", "format of a value"),
    _keyword(
        "enum",
        "enum",
        "allowed values",
        loosened=(INFO, WARNING, "callers should expect new values, but some do not"),
    ),
    _keyword(
        "x-extensible-enum",
        "enum",
        "values known so far",
        loosened=(INFO, INFO, "the keyword announces that values will be added"),
    ),
    _keyword("nullable", "nullable", "null as a value"),
    _keyword("minimum", "lower", "smallest number"),
    _keyword("maximum", "upper", "greatest number"),
    _keyword("multipleOf", "step", "step of a number"),
    _keyword("minLength", "lower", "shortest text"),
    _keyword("maxLength", "upper", "longest text"),
    _keyword(
        "pattern",
        "presence",
        "pattern of a text",
        altered=(WARNING, WARNING, "it cannot be determined which of two patterns accepts more"),
        loosened=(INFO, WARNING, "callers rarely check a response against a pattern"),
    ),
    _keyword("minItems", "lower", "smallest number of items"),
    _keyword("maxItems", "upper", "greatest number of items"),
    _keyword("uniqueItems", "flag", "items must differ"),
    _keyword("minProperties", "lower", "smallest number of properties"),
    _keyword("maxProperties", "upper", "greatest number of properties"),
    _keyword("minContains", "lower", "smallest number of items that match `contains`"),
    _keyword("maxContains", "upper", "greatest number of items that match `contains`"),
    _keyword("additionalProperties", "additional", "properties that are not described"),
    _keyword("unevaluatedProperties", "additional", "properties that no part of the schema describes"),
    _keyword("unevaluatedItems", "additional", "items that no part of the schema describes"),
    _keyword("additionalItems", "additional", "items after the described ones"),
    _keyword("not", "presence", "schema that values must not match"),
    _keyword("contains", "presence", "schema that at least one item must match"),
    _keyword("prefixItems", "presence", "schemas of the first items"),
    _keyword("patternProperties", "presence", "properties with names that match a pattern"),
    _keyword("propertyNames", "presence", "allowed names of properties"),
    _keyword("dependentRequired", "names", "properties that require other properties"),
    _keyword("dependentSchemas", "presence", "properties that require another schema"),
    _keyword("if", "presence", "condition on a value"),
    _keyword("then", "presence", "schema if the condition is true"),
    _keyword("else", "presence", "schema if the condition is false"),
    _keyword("contentEncoding", "presence", "encoding of content in a text"),
    _keyword("contentMediaType", "presence", "media type of encoded content"),
    _keyword("contentSchema", "presence", "schema of encoded content"),
    _keyword(
        "default",
        "other",
        "value used when none is sent",
        altered=(WARNING, INFO, "no call fails, but a call without the value can have another result"),
    ),
    _keyword("discriminator", "other", "property that selects the alternative", altered=_ANNOTATION),
    _keyword("readOnly", "other", "value is only received", altered=_ANNOTATION),
    _keyword("writeOnly", "other", "value is only sent", altered=_ANNOTATION),
    _keyword("deprecated", "other", "value is deprecated", altered=_ANNOTATION),
)
"""The keywords of a schema that restrict or describe its values."""

# Order → the effects that a change of such a keyword can have, each with its verb.
_VERBS: Final[Mapping[str, Mapping[str, str]]] = {
    "lower": {TIGHTENED: "raised", LOOSENED: "lowered"},
    "upper": {TIGHTENED: "lowered", LOOSENED: "raised"},
    "types": {TIGHTENED: "narrowed", LOOSENED: "widened", ALTERED: "changed"},
    "format": {TIGHTENED: "narrowed", LOOSENED: "widened", ALTERED: "changed"},
    "enum": {TIGHTENED: "values removed", LOOSENED: "values added"},
    "nullable": {TIGHTENED: "no longer allowed", LOOSENED: "allowed"},
    "names": {TIGHTENED: "names added", LOOSENED: "names removed"},
    "step": {TIGHTENED: "raised", LOOSENED: "lowered", ALTERED: "changed"},
    "flag": {TIGHTENED: "set", LOOSENED: "unset"},
    "presence": {TIGHTENED: "added", LOOSENED: "removed", ALTERED: "changed"},
    "additional": {TIGHTENED: "restricted", LOOSENED: "allowed", ALTERED: "changed"},
    "other": {ALTERED: "changed"},
}


def _keyword_rules() -> list[Rule]:
    rules = []
    for keyword in KEYWORDS:
        for effect, verb in _VERBS[keyword.order].items():
            sent, received = _BY_EFFECT[effect]
            sent, received, reason = keyword.overrides.get(effect, (sent, received, ""))
            summary = f"{keyword.name} {verb} ({keyword.summary})"
            rules.append(Rule(f"{keyword.rule_stem}-{effect}", CONTRACT, effect, sent, received, summary, reason))
    return rules


def _rule(
    name: str, category: str, effect: str, severity: str | tuple[str, str], summary: str, reason: str = ""
) -> Rule:
    sent, received = severity if isinstance(severity, tuple) else (severity, severity)
    return Rule(name, category, effect, sent, received, summary, reason)


_STRUCTURE = (
    # operations
    _rule("operation-added", CONTRACT, ADDED, INFO, "an operation was added"),
    _rule(
        "operation-removed",
        CONTRACT,
        REMOVED,
        BREAKING,
        "an operation was removed; no other operation answers its calls",
    ),
    _rule(
        "operation-still-answered",
        CONTRACT,
        REMOVED,
        BREAKING,
        "an operation was removed; another operation (method ANY or a path prefix) answers its calls",
    ),
    _rule(
        "deprecated-operation-removed",
        CONTRACT,
        REMOVED,
        WARNING,
        "a deprecated operation was removed",
        "the deprecation announced the removal",
    ),
    _rule("operation-moved", CONTRACT, ALTERED, BREAKING, "an operation has another path or method"),
    _rule(
        "operation-deprecated", DOCUMENTATION, ALTERED, INFO, "an operation was marked as deprecated, or no longer is"
    ),
    _rule(
        "operation-id-altered",
        DOCUMENTATION,
        ALTERED,
        WARNING,
        "an operation has another operationId",
        "no call fails, but generated clients derive method names from it",
    ),
    _rule("path-parameter-renamed", CONTRACT, ALTERED, INFO, "a path parameter has another name"),
    # parameters
    _rule("parameter-added", CONTRACT, ADDED, INFO, "an optional parameter was added"),
    _rule("required-parameter-added", CONTRACT, TIGHTENED, BREAKING, "a required parameter was added"),
    _rule(
        "parameter-removed",
        CONTRACT,
        REMOVED,
        BREAKING,
        "a parameter was removed",
        "the gateway forwards described parameters only, so the backend no longer receives it",
    ),
    _rule(
        "required-parameter-removed",
        CONTRACT,
        LOOSENED,
        BREAKING,
        "a required parameter was removed",
        "the gateway forwards described parameters only, so the backend no longer receives it",
    ),
    _rule(
        "parameter-place-altered",
        CONTRACT,
        ALTERED,
        BREAKING,
        "a parameter is sent in another location (query, header, path, cookie)",
    ),
    _rule("parameter-required-tightened", CONTRACT, TIGHTENED, BREAKING, "a parameter became required"),
    _rule("parameter-required-loosened", CONTRACT, LOOSENED, INFO, "a parameter became optional"),
    _rule(
        "empty-value-tightened", CONTRACT, TIGHTENED, BREAKING, "a parameter must no longer be sent with an empty value"
    ),
    _rule("empty-value-loosened", CONTRACT, LOOSENED, INFO, "a parameter may be sent with an empty value"),
    _rule("serialisation-altered", CONTRACT, ALTERED, BREAKING, "a list or object is serialised in another way"),
    # bodies
    _rule("request-body-added", CONTRACT, ADDED, INFO, "an optional request body was added"),
    _rule("required-request-body-added", CONTRACT, TIGHTENED, BREAKING, "a required request body was added"),
    _rule("request-body-removed", CONTRACT, REMOVED, BREAKING, "the request body was removed"),
    _rule(
        "required-request-body-removed",
        CONTRACT,
        LOOSENED,
        BREAKING,
        "a required request body was removed",
        "what callers send in it has no effect any more",
    ),
    _rule("request-body-required-tightened", CONTRACT, TIGHTENED, BREAKING, "the request body became required"),
    _rule("request-body-required-loosened", CONTRACT, LOOSENED, INFO, "the request body became optional"),
    _rule("media-type-added", CONTRACT, ADDED, INFO, "a media type of a body was added"),
    _rule("media-type-removed", CONTRACT, REMOVED, BREAKING, "a media type of a body was removed"),
    _rule("schema-added", CONTRACT, TIGHTENED, (BREAKING, INFO), "a schema was added where there was none"),
    _rule(
        "schema-removed",
        CONTRACT,
        LOOSENED,
        (INFO, WARNING),
        "a schema was removed",
        "responses may be unchanged, but callers cannot rely on it",
    ),
    # responses
    _rule("response-added", CONTRACT, ADDED, INFO, "a response status was added"),
    _rule("success-response-removed", CONTRACT, REMOVED, BREAKING, "a success status was removed"),
    _rule(
        "response-removed",
        CONTRACT,
        REMOVED,
        WARNING,
        "an error status was removed",
        "errors can occur without being described",
    ),
    _rule("header-added", CONTRACT, ADDED, INFO, "a response header was added"),
    _rule(
        "header-removed",
        CONTRACT,
        REMOVED,
        WARNING,
        "an optional response header was removed",
        "callers could not expect it in every response",
    ),
    _rule("required-header-removed", CONTRACT, REMOVED, BREAKING, "a required response header was removed"),
    _rule("header-required-tightened", CONTRACT, TIGHTENED, INFO, "a response header became required"),
    _rule("header-required-loosened", CONTRACT, LOOSENED, BREAKING, "a response header became optional"),
    # properties
    _rule("property-added", CONTRACT, ADDED, INFO, "an optional property was added"),
    _rule("required-property-added", CONTRACT, TIGHTENED, (BREAKING, INFO), "a required property was added"),
    _rule(
        "property-removed",
        CONTRACT,
        REMOVED,
        (WARNING, WARNING),
        "an optional property was removed",
        "callers could not rely on it, but many do",
    ),
    _rule(
        "required-property-removed",
        CONTRACT,
        LOOSENED,
        (WARNING, BREAKING),
        "a required property was removed",
        "most backends ignore properties they do not know",
    ),
    _rule(
        "unused-property-removed",
        CONTRACT,
        REMOVED,
        INFO,
        "a property was removed that is never sent (read-only) or never received (write-only) here",
    ),
    _rule("required-tightened", CONTRACT, TIGHTENED, (BREAKING, INFO), "a property became required"),
    _rule("required-loosened", CONTRACT, LOOSENED, (INFO, BREAKING), "a property became optional"),
    _rule(
        "alternative-added", CONTRACT, LOOSENED, (INFO, BREAKING), "an alternative for a value was added (oneOf, anyOf)"
    ),
    _rule(
        "alternative-removed",
        CONTRACT,
        TIGHTENED,
        (BREAKING, INFO),
        "an alternative for a value was removed (oneOf, anyOf)",
    ),
    _rule(
        "alternatives-tightened",
        CONTRACT,
        TIGHTENED,
        (BREAKING, INFO),
        "a value must match one of several alternatives",
    ),
    _rule(
        "alternatives-loosened",
        CONTRACT,
        LOOSENED,
        (INFO, BREAKING),
        "a value no longer has to match one of several alternatives",
    ),
    _rule(
        "schema-keyword-altered", DOCUMENTATION, ALTERED, INFO, "a keyword that the standard does not define changed"
    ),
    # servers
    _rule(
        "subdomain-altered",
        DOCUMENTATION,
        ALTERED,
        INFO,
        "the group has another default subdomain, as on another gateway",
    ),
    _rule("server-added", CONTRACT, ADDED, INFO, "a server address was added"),
    _rule("server-removed", CONTRACT, REMOVED, BREAKING, "a server address was removed"),
    _rule("server-altered", CONTRACT, ALTERED, BREAKING, "the server address changed"),
    # texts
    _rule("description-altered", DOCUMENTATION, ALTERED, INFO, "a title, summary, description or example changed"),
    _rule("tags-altered", DOCUMENTATION, ALTERED, INFO, "the tags of an operation changed"),
    _rule("sample-altered", DOCUMENTATION, ALTERED, INFO, "a sample of a response or parameter changed"),
    _rule(
        "lifecycle-altered",
        CONTRACT,
        ALTERED,
        WARNING,
        "the lifecycle changed (x-sunset, x-stability-level, x-beta-api)",
        "no call fails yet",
    ),
    _rule("extension-altered", DOCUMENTATION, ALTERED, INFO, "an extension that is not documented changed"),
    _rule(
        "document-altered",
        DOCUMENTATION,
        ALTERED,
        INFO,
        "title, version, description or other information about the document changed",
    ),
)

_LESS_PROTECTION = "protection is reduced, but no caller fails"

_GATEWAY = (
    # access
    _rule("authentication-added", ACCESS, TIGHTENED, BREAKING, "authentication became required"),
    _rule(
        "authentication-removed", ACCESS, LOOSENED, WARNING, "authentication is no longer required", _LESS_PROTECTION
    ),
    _rule("authentication-altered", ACCESS, ALTERED, BREAKING, "another kind of authentication is required"),
    _rule(
        "authentication-weakened",
        ACCESS,
        LOOSENED,
        WARNING,
        "an alternative for authentication was added, or one requires less",
        _LESS_PROTECTION,
    ),
    _rule(
        "authentication-strengthened",
        ACCESS,
        TIGHTENED,
        BREAKING,
        "an alternative for authentication was removed, or one requires more",
    ),
    _rule(
        "authentication-optional-altered",
        ACCESS,
        ALTERED,
        INFO,
        "optional authentication changed",
    ),
    _rule("scopes-tightened", ACCESS, TIGHTENED, BREAKING, "a scope became required"),
    _rule("scopes-loosened", ACCESS, LOOSENED, WARNING, "a scope is no longer required", _LESS_PROTECTION),
    _rule("appcode-allowed", ACCESS, LOOSENED, WARNING, "an AppCode without a signature is accepted", _LESS_PROTECTION),
    _rule("appcode-refused", ACCESS, TIGHTENED, BREAKING, "an AppCode without a signature is no longer accepted"),
    _rule(
        "scheme-address-altered",
        ACCESS,
        ALTERED,
        WARNING,
        "the tokens of a security scheme are issued at another address",
        "tokens that were issued before still work",
    ),
    _rule("security-scheme-altered", ACCESS, ALTERED, BREAKING, "the definition of a security scheme changed"),
    _rule(
        "authorizer-altered",
        ACCESS,
        ALTERED,
        WARNING,
        "another custom authorizer is used, or its settings changed",
        "the export does not contain the decisions of an authorizer",
    ),
    _rule("authorizer-added", ACCESS, TIGHTENED, BREAKING, "a custom authorizer was added"),
    _rule("authorizer-removed", ACCESS, LOOSENED, WARNING, "a custom authorizer was removed", _LESS_PROTECTION),
    _rule("scheme-scopes-added", ACCESS, ADDED, INFO, "a scope was added to a security scheme"),
    _rule(
        "scheme-scopes-removed",
        ACCESS,
        REMOVED,
        WARNING,
        "a scope was removed from a security scheme",
        "the security requirements of the operations decide whether it is needed",
    ),
    _rule(
        "unencrypted-calls-allowed",
        ACCESS,
        LOOSENED,
        WARNING,
        "unencrypted calls (http) are accepted",
        _LESS_PROTECTION,
    ),
    _rule("unencrypted-calls-refused", ACCESS, TIGHTENED, BREAKING, "unencrypted calls (http) are no longer accepted"),
    _rule("request-type-tightened", ACCESS, TIGHTENED, BREAKING, "an API is no longer public"),
    _rule("request-type-loosened", ACCESS, LOOSENED, WARNING, "an API became public", _LESS_PROTECTION),
    _rule(
        "access-control-bound",
        ACCESS,
        TIGHTENED,
        WARNING,
        "an access control policy was bound to an operation",
        "the affected callers are not known",
    ),
    _rule(
        "access-control-unbound",
        ACCESS,
        LOOSENED,
        WARNING,
        "an access control policy was unbound from an operation",
        _LESS_PROTECTION,
    ),
    _rule(
        "access-control-altered",
        ACCESS,
        ALTERED,
        WARNING,
        "another access control policy is bound to an operation",
        "the affected callers are not known",
    ),
    _rule(
        "access-control-opened",
        ACCESS,
        LOOSENED,
        WARNING,
        "an access control policy allows more callers",
        _LESS_PROTECTION,
    ),
    _rule(
        "access-control-closed",
        ACCESS,
        TIGHTENED,
        WARNING,
        "an access control policy denies more callers",
        "it is not known whether the denied callers use the API",
    ),
    _rule("cors-enabled", ACCESS, LOOSENED, WARNING, "cross-origin requests (CORS) are allowed", _LESS_PROTECTION),
    _rule("cors-disabled", ACCESS, TIGHTENED, BREAKING, "cross-origin requests (CORS) are no longer allowed"),
    # what is matched
    _rule(
        "match-mode-tightened", CONTRACT, TIGHTENED, BREAKING, "paths that begin with the path are no longer matched"
    ),
    _rule(
        "match-mode-loosened",
        CONTRACT,
        LOOSENED,
        WARNING,
        "all paths that begin with the path are matched",
        _LESS_PROTECTION,
    ),
    # traffic
    _rule(
        "ratelimit-bound",
        TRAFFIC,
        TIGHTENED,
        WARNING,
        "a throttling policy was bound to an operation",
        "it is not known whether callers reach the limit",
    ),
    _rule(
        "ratelimit-unbound",
        TRAFFIC,
        LOOSENED,
        WARNING,
        "a throttling policy was unbound from an operation",
        _LESS_PROTECTION,
    ),
    _rule(
        "ratelimit-altered",
        TRAFFIC,
        ALTERED,
        WARNING,
        "another throttling policy is bound to an operation",
        "it is not known whether callers reach the limit",
    ),
    _rule(
        "ratelimit-lowered",
        TRAFFIC,
        TIGHTENED,
        WARNING,
        "the limit of a throttling policy was lowered",
        "it is not known whether callers reach the limit",
    ),
    _rule("ratelimit-raised", TRAFFIC, LOOSENED, INFO, "the limit of a throttling policy was raised"),
    _rule(
        "plugin-bound",
        TRAFFIC,
        ADDED,
        WARNING,
        "a plug-in was bound to an operation",
        "the export does not contain the effect of a plug-in",
    ),
    _rule("plugin-unbound", TRAFFIC, REMOVED, WARNING, "a plug-in was unbound from an operation", _LESS_PROTECTION),
    _rule("gateway-response-altered", TRAFFIC, ALTERED, INFO, "the gateway responses changed"),
    # backend
    _rule("backend-added", BACKEND, ADDED, INFO, "a backend was added"),
    _rule("backend-removed", BACKEND, REMOVED, INFO, "a backend was removed"),
    _rule("backend-kind-altered", BACKEND, ALTERED, WARNING, "the type of the backend changed"),
    _rule("backend-address-altered", BACKEND, ALTERED, WARNING, "the address of the backend changed"),
    _rule(
        "backend-scheme-loosened",
        BACKEND,
        LOOSENED,
        WARNING,
        "calls to the backend are no longer encrypted",
        _LESS_PROTECTION,
    ),
    _rule("backend-scheme-tightened", BACKEND, TIGHTENED, INFO, "calls to the backend became encrypted"),
    _rule("backend-path-altered", BACKEND, ALTERED, WARNING, "the path of the backend changed"),
    _rule("backend-method-altered", BACKEND, ALTERED, WARNING, "the method of the backend changed"),
    _rule(
        "backend-function-altered", BACKEND, ALTERED, WARNING, "another function, or another version of it, is called"
    ),
    _rule(
        "backend-timeout-tightened",
        BACKEND,
        TIGHTENED,
        WARNING,
        "the timeout of the backend was lowered",
        "responses that take longer now fail",
    ),
    _rule("backend-timeout-loosened", BACKEND, LOOSENED, INFO, "the timeout of the backend was raised"),
    _rule("backend-retries-altered", BACKEND, ALTERED, INFO, "the number of retries of the backend changed"),
    _rule(
        "backend-tls-loosened",
        BACKEND,
        LOOSENED,
        WARNING,
        "the gateway no longer presents a client certificate to the backend",
        _LESS_PROTECTION,
    ),
    _rule(
        "backend-tls-tightened", BACKEND, TIGHTENED, INFO, "the gateway presents a client certificate to the backend"
    ),
    _rule("backend-mock-altered", BACKEND, ALTERED, INFO, "the response of a mock backend changed"),
    _rule("backend-option-altered", BACKEND, ALTERED, INFO, "another option of the backend changed"),
    _rule(
        "backend-policy-added", BACKEND, ADDED, WARNING, "a backend policy was added: some calls go to another backend"
    ),
    _rule("backend-policy-removed", BACKEND, REMOVED, WARNING, "a backend policy was removed"),
    _rule("backend-condition-altered", BACKEND, ALTERED, WARNING, "the conditions of a backend policy changed"),
    _rule("backend-parameter-added", BACKEND, ADDED, WARNING, "a backend parameter was added"),
    _rule("backend-parameter-removed", BACKEND, REMOVED, WARNING, "a backend parameter was removed"),
    _rule(
        "backend-parameter-altered",
        BACKEND,
        ALTERED,
        WARNING,
        "a backend parameter takes its value from another source",
    ),
    _rule("pass-through-altered", BACKEND, ALTERED, WARNING, "a parameter is passed to the backend, or no longer is"),
    _rule("orchestration-altered", BACKEND, ALTERED, WARNING, "the orchestration rule of a parameter changed"),
    _rule("body-encoding-altered", BACKEND, ALTERED, WARNING, "the encoding of the body for a function changed"),
)

RULES: Final[Mapping[str, Rule]] = {rule.id: rule for rule in (*_STRUCTURE, *_GATEWAY, *_keyword_rules())}
"""Every rule by its id."""


def rules() -> DataFrame:
    """Return the rules as a table.

    Returns:
        One row per rule: rule (its id), category, effect, sent (severity in what callers send, and of changes without
        a side), received (severity in what callers receive), summary, reason (why the severity differs from the one
        that effect and side would give); all `str`.
    """
    import pandas as pd  # slow to import

    rows = [(r.id, r.category, r.effect, r.sent, r.received, r.summary, r.reason) for r in RULES.values()]
    columns = ["rule", "category", "effect", "sent", "received", "summary", "reason"]
    return pd.DataFrame(rows, columns=columns, dtype="str")
