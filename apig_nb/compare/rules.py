"""The rules: what a difference is called, whom it hurts, and why practice sees it otherwise where it does.

A change *tightens*, *loosens* or *alters* what is accepted or produced. What clients send breaks when it tightens, what
they receive breaks when it loosens, and either breaks when it is altered. That is the rule for every keyword; an
override says its reason.
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
"""What an effect becomes when old and new change places."""

SENT, RECEIVED = "sent", "received"


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of difference.

    Attributes:
        id: its name, the same in every report.
        category: contract, access, traffic, backend or documentation.
        effect: tightened, loosened, altered, added or removed.
        sent: severity where it stands in what clients send; for differences without a side, the severity.
        received: severity where it stands in what clients receive.
        summary: what it says, in one line.
        reason: why the severity is another than the effect and the side would give.
    """

    id: str
    category: str
    effect: str
    sent: str
    received: str
    summary: str
    reason: str = ""

    def severity(self, side: str) -> str:
        """How grave it is on a side."""
        return self.received if side == RECEIVED else self.sent


# Severity by effect, of what is sent and of what is received.
_BY_EFFECT: Final[Mapping[str, tuple[str, str]]] = {
    TIGHTENED: (BREAKING, INFO),
    LOOSENED: (INFO, BREAKING),
    ALTERED: (BREAKING, BREAKING),
}


@dataclass(frozen=True, slots=True)
class Keyword:
    """A keyword of a schema: how two values of it are compared, and what they mean.

    Attributes:
        name: the keyword as the standard writes it.
        order: how to tell tighter from looser, see `compare.schemas.keywords`.
        summary: what the keyword bounds, for the rule's line.
        overrides: effect → severity when sent, when received, and the reason.
    """

    name: str
    order: str
    summary: str
    overrides: Mapping[str, tuple[str, str, str]]

    @property
    def rule_stem(self) -> str:
        """The keyword as it stands in rule ids."""
        return "".join(f"-{sign.lower()}" if sign.isupper() else sign for sign in self.name.lstrip("$"))


def _keyword(name: str, order: str, summary: str, **overrides: tuple[str, str, str]) -> Keyword:
    return Keyword(name, order, summary, overrides)


_ANNOTATION = (INFO, INFO, "says something about values, refuses none")

KEYWORDS: Final = (
    _keyword("type", "types", "the type of a value"),
    _keyword("format", "format", "the format of a value"),
    _keyword(
        "enum",
        "enum",
        "the values allowed",
        loosened=(INFO, WARNING, "clients are asked to expect new values, yet some do not"),
    ),
    _keyword(
        "x-extensible-enum",
        "enum",
        "the values known so far",
        loosened=(INFO, INFO, "clients are told that more will come"),
    ),
    _keyword("nullable", "nullable", "whether null is a value"),
    _keyword("minimum", "lower", "the smallest number"),
    _keyword("maximum", "upper", "the greatest number"),
    _keyword("multipleOf", "step", "the step of a number"),
    _keyword("minLength", "lower", "the shortest text"),
    _keyword("maxLength", "upper", "the longest text"),
    _keyword(
        "pattern",
        "presence",
        "the pattern of a text",
        altered=(WARNING, WARNING, "which of two patterns lets more through cannot be told in general"),
        loosened=(INFO, WARNING, "clients seldom hold an answer against a pattern"),
    ),
    _keyword("minItems", "lower", "the fewest items"),
    _keyword("maxItems", "upper", "the most items"),
    _keyword("uniqueItems", "flag", "whether items must differ"),
    _keyword("minProperties", "lower", "the fewest properties"),
    _keyword("maxProperties", "upper", "the most properties"),
    _keyword("minContains", "lower", "the fewest items that fit `contains`"),
    _keyword("maxContains", "upper", "the most items that fit `contains`"),
    _keyword("additionalProperties", "additional", "properties that are not named"),
    _keyword("unevaluatedProperties", "additional", "properties that nothing describes"),
    _keyword("unevaluatedItems", "additional", "items that nothing describes"),
    _keyword("additionalItems", "additional", "items after the described ones"),
    _keyword("not", "presence", "what a value must not be"),
    _keyword("contains", "presence", "what one item must be"),
    _keyword("prefixItems", "presence", "what the first items are"),
    _keyword("patternProperties", "presence", "properties by the pattern of their name"),
    _keyword("propertyNames", "presence", "how properties may be named"),
    _keyword("dependentRequired", "names", "properties that ask for others"),
    _keyword("dependentSchemas", "presence", "properties that ask for more"),
    _keyword("if", "presence", "a condition on a value"),
    _keyword("then", "presence", "what holds when the condition does"),
    _keyword("else", "presence", "what holds when the condition does not"),
    _keyword("contentEncoding", "presence", "how a text encodes content"),
    _keyword("contentMediaType", "presence", "the media type of an encoded content"),
    _keyword("contentSchema", "presence", "the schema of an encoded content"),
    _keyword(
        "default",
        "other",
        "the value taken when none is sent",
        altered=(WARNING, INFO, "no call fails, but one that leaves the value out gets another answer"),
    ),
    _keyword("discriminator", "other", "the property that tells alternatives apart", altered=_ANNOTATION),
    _keyword("readOnly", "other", "whether a value is only received", altered=_ANNOTATION),
    _keyword("writeOnly", "other", "whether a value is only sent", altered=_ANNOTATION),
    _keyword("deprecated", "other", "whether a value is deprecated", altered=_ANNOTATION),
)
"""Every keyword of a schema that bounds or describes its values, the one place to look one up."""

# The effects that a keyword of an order can have, and the word for each.
_VERBS: Final[Mapping[str, Mapping[str, str]]] = {
    "lower": {TIGHTENED: "raised", LOOSENED: "lowered"},
    "upper": {TIGHTENED: "lowered", LOOSENED: "raised"},
    "types": {TIGHTENED: "narrowed", LOOSENED: "widened", ALTERED: "changed"},
    "format": {TIGHTENED: "narrowed", LOOSENED: "widened", ALTERED: "changed"},
    "enum": {TIGHTENED: "values gone", LOOSENED: "values new"},
    "nullable": {TIGHTENED: "taken away", LOOSENED: "given"},
    "names": {TIGHTENED: "names new", LOOSENED: "names gone"},
    "step": {TIGHTENED: "widened", LOOSENED: "narrowed", ALTERED: "changed"},
    "flag": {TIGHTENED: "set", LOOSENED: "taken away"},
    "presence": {TIGHTENED: "set", LOOSENED: "taken away", ALTERED: "changed"},
    "additional": {TIGHTENED: "closed", LOOSENED: "opened", ALTERED: "changed"},
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
    _rule("operation-added", CONTRACT, ADDED, INFO, "an operation is new"),
    _rule("operation-removed", CONTRACT, REMOVED, BREAKING, "an operation is gone and nothing answers in its place"),
    _rule(
        "operation-still-answered",
        CONTRACT,
        REMOVED,
        BREAKING,
        "an operation is gone; another one (any method, or a shorter path) answers its calls in another way",
    ),
    _rule(
        "deprecated-operation-removed",
        CONTRACT,
        REMOVED,
        WARNING,
        "an operation that callers were asked to leave is gone",
        "its end was announced",
    ),
    _rule("operation-moved", CONTRACT, ALTERED, BREAKING, "an operation is found under another path or method"),
    _rule(
        "operation-deprecated", DOCUMENTATION, ALTERED, INFO, "callers are asked to leave an operation, or no longer"
    ),
    _rule(
        "operation-id-altered",
        DOCUMENTATION,
        ALTERED,
        WARNING,
        "an operation has another name",
        "no call fails, but generated clients name their methods after it",
    ),
    _rule("path-parameter-renamed", CONTRACT, ALTERED, INFO, "a parameter in a path has another name"),
    # parameters
    _rule("parameter-added", CONTRACT, ADDED, INFO, "an optional parameter is new"),
    _rule("required-parameter-added", CONTRACT, TIGHTENED, BREAKING, "a parameter is new and must be sent"),
    _rule(
        "parameter-removed",
        CONTRACT,
        REMOVED,
        BREAKING,
        "a parameter is gone",
        "the gateway passes on only what is described: what clients send in it is lost",
    ),
    _rule(
        "required-parameter-removed",
        CONTRACT,
        LOOSENED,
        BREAKING,
        "a parameter that had to be sent is gone",
        "the gateway passes on only what is described: what clients send in it is lost",
    ),
    _rule("parameter-place-altered", CONTRACT, ALTERED, BREAKING, "a parameter is sent in another place"),
    _rule("parameter-required-tightened", CONTRACT, TIGHTENED, BREAKING, "a parameter must be sent"),
    _rule("parameter-required-loosened", CONTRACT, LOOSENED, INFO, "a parameter need not be sent"),
    _rule("empty-value-tightened", CONTRACT, TIGHTENED, BREAKING, "a parameter may no longer be sent without a value"),
    _rule("empty-value-loosened", CONTRACT, LOOSENED, INFO, "a parameter may be sent without a value"),
    _rule("serialisation-altered", CONTRACT, ALTERED, BREAKING, "a list or object is written in another way"),
    # bodies
    _rule("request-body-added", CONTRACT, ADDED, INFO, "a body may be sent"),
    _rule("required-request-body-added", CONTRACT, TIGHTENED, BREAKING, "a body is new and must be sent"),
    _rule("request-body-removed", CONTRACT, REMOVED, BREAKING, "no body is taken any more"),
    _rule(
        "required-request-body-removed",
        CONTRACT,
        LOOSENED,
        BREAKING,
        "a body that had to be sent is gone",
        "what clients send in it is lost",
    ),
    _rule("request-body-required-tightened", CONTRACT, TIGHTENED, BREAKING, "a body must be sent"),
    _rule("request-body-required-loosened", CONTRACT, LOOSENED, INFO, "a body need not be sent"),
    _rule("media-type-added", CONTRACT, ADDED, INFO, "a body may have another media type"),
    _rule("media-type-removed", CONTRACT, REMOVED, BREAKING, "a media type of a body is gone"),
    _rule("schema-added", CONTRACT, TIGHTENED, (BREAKING, INFO), "what was not described is described"),
    _rule(
        "schema-removed",
        CONTRACT,
        LOOSENED,
        (INFO, WARNING),
        "what was described no longer is",
        "the answer itself may be the same; it is no longer promised",
    ),
    # responses
    _rule("response-added", CONTRACT, ADDED, INFO, "a status is new"),
    _rule("success-response-removed", CONTRACT, REMOVED, BREAKING, "a status of success is gone"),
    _rule(
        "response-removed",
        CONTRACT,
        REMOVED,
        WARNING,
        "a status of failure is gone",
        "failures that are not described come all the same",
    ),
    _rule("header-added", CONTRACT, ADDED, INFO, "a response has another header"),
    _rule(
        "header-removed",
        CONTRACT,
        REMOVED,
        WARNING,
        "a header of a response is gone",
        "it was not promised for every answer",
    ),
    _rule("required-header-removed", CONTRACT, REMOVED, BREAKING, "a header that every response had is gone"),
    _rule("header-required-tightened", CONTRACT, TIGHTENED, INFO, "every response has the header"),
    _rule("header-required-loosened", CONTRACT, LOOSENED, BREAKING, "a response may lack the header"),
    # properties
    _rule("property-added", CONTRACT, ADDED, INFO, "an optional property is new"),
    _rule("required-property-added", CONTRACT, TIGHTENED, (BREAKING, INFO), "a property is new and always there"),
    _rule(
        "property-removed",
        CONTRACT,
        REMOVED,
        (WARNING, WARNING),
        "an optional property is gone",
        "nobody could rely on it, yet many do",
    ),
    _rule(
        "required-property-removed",
        CONTRACT,
        LOOSENED,
        (WARNING, BREAKING),
        "a property that was always there is gone",
        "what is sent in it is most often ignored",
    ),
    _rule(
        "unused-property-removed",
        CONTRACT,
        REMOVED,
        INFO,
        "a property that is never sent (read-only) or never received (write-only) is gone",
    ),
    _rule("required-tightened", CONTRACT, TIGHTENED, (BREAKING, INFO), "a property is always there"),
    _rule("required-loosened", CONTRACT, LOOSENED, (INFO, BREAKING), "a property need not be there"),
    _rule("alternative-added", CONTRACT, LOOSENED, (INFO, BREAKING), "a value may be built in another way, too"),
    _rule("alternative-removed", CONTRACT, TIGHTENED, (BREAKING, INFO), "a value may no longer be built in one way"),
    _rule("alternatives-tightened", CONTRACT, TIGHTENED, (BREAKING, INFO), "a value must be one of several"),
    _rule("alternatives-loosened", CONTRACT, LOOSENED, (INFO, BREAKING), "a value need not be one of several"),
    _rule("schema-keyword-altered", DOCUMENTATION, ALTERED, INFO, "a keyword that nobody documented is another"),
    # servers
    _rule("subdomain-altered", DOCUMENTATION, ALTERED, INFO, "the group has another subdomain, as on another gateway"),
    _rule("server-added", CONTRACT, ADDED, INFO, "an operation can be called at another address"),
    _rule("server-removed", CONTRACT, REMOVED, BREAKING, "an operation can no longer be called at an address"),
    _rule("server-altered", CONTRACT, ALTERED, BREAKING, "an operation is called at another address"),
    # texts
    _rule("description-altered", DOCUMENTATION, ALTERED, INFO, "a title, summary, description or example is another"),
    _rule("tags-altered", DOCUMENTATION, ALTERED, INFO, "an operation is tagged otherwise"),
    _rule("sample-altered", DOCUMENTATION, ALTERED, INFO, "a sample of an answer or parameter is another"),
    _rule(
        "lifecycle-altered",
        CONTRACT,
        ALTERED,
        WARNING,
        "how long or how firmly something is promised is another (x-sunset, x-stability-level, x-beta-api)",
        "no call fails yet",
    ),
    _rule("extension-altered", DOCUMENTATION, ALTERED, INFO, "an extension key that nobody documented is another"),
    _rule("document-altered", DOCUMENTATION, ALTERED, INFO, "the title or the description of the document is another"),
)

_OPENS = "it opens a door, though no client breaks"

_GATEWAY = (
    # access
    _rule("authentication-added", ACCESS, TIGHTENED, BREAKING, "callers must authenticate"),
    _rule("authentication-removed", ACCESS, LOOSENED, WARNING, "everybody is let in", _OPENS),
    _rule("authentication-altered", ACCESS, ALTERED, BREAKING, "callers must authenticate in another way"),
    _rule(
        "authentication-weakened",
        ACCESS,
        LOOSENED,
        WARNING,
        "less is asked of callers, or another way in is new",
        _OPENS,
    ),
    _rule("authentication-strengthened", ACCESS, TIGHTENED, BREAKING, "more is asked of callers, or a way in is gone"),
    _rule(
        "authentication-optional-altered",
        ACCESS,
        ALTERED,
        INFO,
        "the ways to authenticate are others, none of which is asked for",
    ),
    _rule("scopes-tightened", ACCESS, TIGHTENED, BREAKING, "a caller needs another scope"),
    _rule("scopes-loosened", ACCESS, LOOSENED, WARNING, "a caller needs fewer scopes", _OPENS),
    _rule("appcode-allowed", ACCESS, LOOSENED, WARNING, "a bare AppCode is enough", _OPENS),
    _rule("appcode-refused", ACCESS, TIGHTENED, BREAKING, "a bare AppCode is no longer enough"),
    _rule(
        "scheme-address-altered",
        ACCESS,
        ALTERED,
        WARNING,
        "the tokens of a scheme come from another address",
        "a token that is there still does",
    ),
    _rule("security-scheme-altered", ACCESS, ALTERED, BREAKING, "a way to authenticate works in another way"),
    _rule(
        "authorizer-altered",
        ACCESS,
        ALTERED,
        WARNING,
        "a custom authorizer decides in another way",
        "whom it lets in cannot be seen here",
    ),
    _rule("authorizer-added", ACCESS, TIGHTENED, BREAKING, "a custom authorizer decides who is let in"),
    _rule("authorizer-removed", ACCESS, LOOSENED, WARNING, "no custom authorizer decides any more", _OPENS),
    _rule("scheme-scopes-added", ACCESS, ADDED, INFO, "a way to authenticate knows another scope"),
    _rule(
        "scheme-scopes-removed",
        ACCESS,
        REMOVED,
        WARNING,
        "a way to authenticate no longer knows a scope",
        "whether it is still asked for is said by the operations",
    ),
    _rule("unencrypted-calls-allowed", ACCESS, LOOSENED, WARNING, "calls by http are answered, too", _OPENS),
    _rule("unencrypted-calls-refused", ACCESS, TIGHTENED, BREAKING, "calls by http are no longer answered"),
    _rule("request-type-tightened", ACCESS, TIGHTENED, BREAKING, "an API is no longer public"),
    _rule("request-type-loosened", ACCESS, LOOSENED, WARNING, "an API becomes public", _OPENS),
    _rule(
        "access-control-bound",
        ACCESS,
        TIGHTENED,
        WARNING,
        "an access control policy guards an operation",
        "whom it keeps out is not known here",
    ),
    _rule("access-control-unbound", ACCESS, LOOSENED, WARNING, "no access control policy guards an operation", _OPENS),
    _rule(
        "access-control-altered",
        ACCESS,
        ALTERED,
        WARNING,
        "another access control policy guards an operation",
        "whom it keeps out is not known here",
    ),
    _rule("access-control-opened", ACCESS, LOOSENED, WARNING, "an access control policy lets more callers in", _OPENS),
    _rule(
        "access-control-closed",
        ACCESS,
        TIGHTENED,
        WARNING,
        "an access control policy keeps more callers out",
        "whether they call is not known here",
    ),
    _rule("cors-enabled", ACCESS, LOOSENED, WARNING, "pages of other sites may call", _OPENS),
    _rule("cors-disabled", ACCESS, TIGHTENED, BREAKING, "pages of other sites can no longer call"),
    # what is matched
    _rule("match-mode-tightened", CONTRACT, TIGHTENED, BREAKING, "longer paths are no longer answered"),
    _rule("match-mode-loosened", CONTRACT, LOOSENED, WARNING, "longer paths are answered, too", _OPENS),
    # traffic
    _rule(
        "ratelimit-bound",
        TRAFFIC,
        TIGHTENED,
        WARNING,
        "a throttling policy bounds the calls",
        "whether anybody calls that often is not known here",
    ),
    _rule("ratelimit-unbound", TRAFFIC, LOOSENED, WARNING, "no throttling policy bounds the calls", _OPENS),
    _rule(
        "ratelimit-altered",
        TRAFFIC,
        ALTERED,
        WARNING,
        "another throttling policy bounds the calls",
        "whether anybody calls that often is not known here",
    ),
    _rule(
        "ratelimit-lowered",
        TRAFFIC,
        TIGHTENED,
        WARNING,
        "fewer calls are let through",
        "whether anybody calls that often is not known here",
    ),
    _rule("ratelimit-raised", TRAFFIC, LOOSENED, INFO, "more calls are let through"),
    _rule("plugin-bound", TRAFFIC, ADDED, WARNING, "a plug-in works on the calls", "what it does is not known here"),
    _rule("plugin-unbound", TRAFFIC, REMOVED, WARNING, "a plug-in no longer works on the calls", _OPENS),
    _rule("gateway-response-altered", TRAFFIC, ALTERED, INFO, "the gateway's own answers are others"),
    # backend
    _rule("backend-added", BACKEND, ADDED, INFO, "a backend is described"),
    _rule("backend-removed", BACKEND, REMOVED, INFO, "no backend is described"),
    _rule("backend-kind-altered", BACKEND, ALTERED, WARNING, "another kind of backend answers"),
    _rule("backend-address-altered", BACKEND, ALTERED, WARNING, "a backend is found elsewhere"),
    _rule(
        "backend-scheme-loosened", BACKEND, LOOSENED, WARNING, "calls to the backend are no longer encrypted", _OPENS
    ),
    _rule("backend-scheme-tightened", BACKEND, TIGHTENED, INFO, "calls to the backend are encrypted"),
    _rule("backend-path-altered", BACKEND, ALTERED, WARNING, "a backend is called by another path"),
    _rule("backend-method-altered", BACKEND, ALTERED, WARNING, "a backend is called by another method"),
    _rule("backend-function-altered", BACKEND, ALTERED, WARNING, "another function, or version of it, answers"),
    _rule(
        "backend-timeout-tightened",
        BACKEND,
        TIGHTENED,
        WARNING,
        "the gateway waits a shorter time",
        "answers that took longer now fail",
    ),
    _rule("backend-timeout-loosened", BACKEND, LOOSENED, INFO, "the gateway waits a longer time"),
    _rule("backend-retries-altered", BACKEND, ALTERED, INFO, "the gateway tries more or less often"),
    _rule("backend-tls-loosened", BACKEND, LOOSENED, WARNING, "the gateway no longer shows a certificate", _OPENS),
    _rule("backend-tls-tightened", BACKEND, TIGHTENED, INFO, "the gateway shows a certificate"),
    _rule("backend-mock-altered", BACKEND, ALTERED, INFO, "a mock answers something else"),
    _rule("backend-option-altered", BACKEND, ALTERED, INFO, "another option of a backend is set"),
    _rule("backend-policy-added", BACKEND, ADDED, WARNING, "some calls go to another backend"),
    _rule("backend-policy-removed", BACKEND, REMOVED, WARNING, "no calls go to another backend"),
    _rule("backend-condition-altered", BACKEND, ALTERED, WARNING, "other calls go to another backend"),
    _rule("backend-parameter-added", BACKEND, ADDED, WARNING, "the backend is sent more"),
    _rule("backend-parameter-removed", BACKEND, REMOVED, WARNING, "the backend is sent less"),
    _rule("backend-parameter-altered", BACKEND, ALTERED, WARNING, "the backend is sent a value from elsewhere"),
    _rule("pass-through-altered", BACKEND, ALTERED, WARNING, "a parameter is handed on, or no longer"),
    _rule("orchestration-altered", BACKEND, ALTERED, WARNING, "a parameter is rewritten in another way"),
    _rule("body-encoding-altered", BACKEND, ALTERED, WARNING, "a function gets its body in another encoding"),
)

RULES: Final[Mapping[str, Rule]] = {rule.id: rule for rule in (*_STRUCTURE, *_GATEWAY, *_keyword_rules())}
"""Every rule by its id."""


def rules() -> DataFrame:
    """The rules, as a reference.

    Returns:
        One row per rule: rule (its id), category, effect, sent (severity in what clients send, and of differences
        without a side), received (severity in what clients receive), summary, reason (why the severity is another than
        effect and side would give); all `str`.
    """
    import pandas as pd

    rows = [(r.id, r.category, r.effect, r.sent, r.received, r.summary, r.reason) for r in RULES.values()]
    columns = ["rule", "category", "effect", "sent", "received", "summary", "reason"]
    return pd.DataFrame(rows, columns=columns, dtype="str")
