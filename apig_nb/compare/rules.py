"""Rules: one kind of change each, with category, effect, text, and a verdict for each side.

A change *tightens*, *loosens* or *alters* what is accepted or produced. In what callers send, a tightened or altered
constraint is breaking; in what callers receive, a loosened or altered one. A rule with another severity gives its
reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from apig_nb.report import BREAKING, INFO, SEVERITIES, WARNING

if TYPE_CHECKING:
    from pandas import DataFrame

CONTRACT, ACCESS, TRAFFIC, BACKEND, DOCUMENTATION = "contract", "access", "traffic", "backend", "documentation"
CATEGORIES: Final = (CONTRACT, ACCESS, TRAFFIC, BACKEND, DOCUMENTATION)

TIGHTENED, LOOSENED, ALTERED, ADDED, REMOVED = "tightened", "loosened", "altered", "added", "removed"
REVERSED: Final = {TIGHTENED: LOOSENED, LOOSENED: TIGHTENED, ALTERED: ALTERED, ADDED: REMOVED, REMOVED: ADDED}
"""Effect → the effect of the same change from new to old."""

SENT, RECEIVED, BOTH, NONE = "sent", "received", "both", "none"
"""Sides of a change: in what callers send, in what they receive, in both (a shared schema), in neither (an operation
as a whole, its protection, its backend)."""
OTHER_SIDE: Final = {SENT: RECEIVED, RECEIVED: SENT, NONE: NONE}


class Verdict(NamedTuple):
    """The severity of a change on one side, and what a reader must know about it.

    Attributes:
        severity: breaking, warning or info.
        why: reason of the severity.
        remedy: advice; empty where there is nothing to do.
    """

    severity: str
    why: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of change.

    Attributes:
        id: name of the rule, used in ignore files and reports.
        category: contract, access, traffic, backend or documentation.
        effect: tightened, loosened, altered, added or removed.
        sent: verdict in what callers send, and for changes without a side; texts where the usual ones do not fit.
        received: the same in what callers receive.
        summary: description in one line.
        unset_summary: description where a limit was set or removed, not changed; empty for the same one.
        security: a change of this kind reduces protection.
    """

    id: str
    category: str
    effect: str
    sent: Verdict
    received: Verdict
    summary: str
    unset_summary: str = ""
    security: bool = False

    def verdict(self, side: str) -> Verdict:
        """Return the verdict on a side with all texts; for both sides the more severe one."""
        if side == BOTH and self.sent.severity != self.received.severity:
            sides = (self.verdict(SENT), self.verdict(RECEIVED))
            return min(sides, key=lambda verdict: SEVERITIES.index(verdict.severity))
        if side == BOTH and self.sent != self.received:
            sent, received = self.verdict(SENT), self.verdict(RECEIVED)
            remedies = filter(None, (sent.remedy, received.remedy))
            return Verdict(sent.severity, f"when sent, {sent.why}; when received, {received.why}", "; ".join(remedies))
        own = self.received if side == RECEIVED else self.sent
        has_side = side in (SENT, RECEIVED) and self.category != DOCUMENTATION
        usual = _USUAL[own.severity, side if has_side else NONE]
        return Verdict(own.severity, own.why or usual.why, own.remedy or usual.remedy)


@dataclass(frozen=True, slots=True)
class Why:
    """Texts of a verdict that differ from the usual ones, and the mark of rules whose changes reduce protection."""

    why: str = ""
    remedy: str = ""
    security: bool = False


Texts = str | Why | tuple[str | Why, str | Why]
"""Reason of a severity that is not the usual one; a pair if it differs by side."""

_UNCERTAIN: Final = Why("no call fails for certain", "check whether the change is intended")
_USUAL: Final[Mapping[tuple[str, str], Why]] = {
    (BREAKING, SENT): Why(
        "callers that still send what is no longer accepted are refused",
        "change these callers first, or accept the old form as well for a while",
    ),
    (BREAKING, RECEIVED): Why(
        "callers can receive what was not possible before, and may fail on it",
        "prepare the callers first, or publish it as a new version",
    ),
    (BREAKING, NONE): Why("calls that worked before can fail", "keep the old behaviour until no caller needs it"),
    (WARNING, SENT): _UNCERTAIN,
    (WARNING, RECEIVED): _UNCERTAIN,
    (WARNING, NONE): _UNCERTAIN,
    (INFO, SENT): Why("every call that was accepted before still is"),
    (INFO, RECEIVED): Why("callers receive nothing that was not possible before"),
    (INFO, NONE): Why("no call fails because of it"),
}
"""Severity and side → texts of the verdicts of rules that give none."""

# Effect → severity in what is sent, and in what is received.
_BY_EFFECT: Final[Mapping[str, tuple[str, str]]] = {
    TIGHTENED: (BREAKING, INFO),
    LOOSENED: (INFO, BREAKING),
    ALTERED: (BREAKING, BREAKING),
}


@dataclass(frozen=True, slots=True)
class Keyword:
    """A keyword of a schema, with the comparison of two values of it.

    Attributes:
        name: keyword in the standard.
        order: order of the values from looser to tighter, a key of `compare.schemas.keywords._COMPARE`.
        summary: meaning of the keyword, for the summaries of its rules.
        overrides: effect → severity when sent, severity when received, reason (a pair if it differs by side).
    """

    name: str
    order: str
    summary: str
    overrides: Mapping[str, tuple[str, str, Texts]]

    @property
    def rule_stem(self) -> str:
        """The keyword as part of a rule id."""
        return "".join(f"-{sign.lower()}" if sign.isupper() else sign for sign in self.name.lstrip("$"))


def _keyword(name: str, order: str, summary: str, **overrides: tuple[str, str, Texts]) -> Keyword:
    return Keyword(name, order, summary, overrides)


_ANNOTATION = (INFO, INFO, "it describes values and does not restrict them")

KEYWORDS: Final = (
    _keyword("type", "types", "type of a value"),
    _keyword("format", "format", "format of a value"),
    _keyword(
        "enum",
        "enum",
        "allowed values",
        loosened=(
            INFO,
            WARNING,
            (
                "",
                Why(
                    "callers should expect new values, but some fail on them",
                    "check whether callers handle a value they do not know",
                ),
            ),
        ),
    ),
    _keyword(
        "x-extensible-enum",
        "enum",
        "values known so far",
        loosened=(INFO, INFO, "the keyword announces that values will be added"),
    ),
    _keyword("nullable", "nullable", "nullable, or null among the types"),
    _keyword("minimum", "lower", "smallest number"),
    _keyword("maximum", "upper", "greatest number"),
    _keyword("multipleOf", "step", "step of a number"),
    _keyword("minLength", "lower", "shortest text"),
    _keyword("maxLength", "upper", "longest text"),
    _keyword(
        "pattern",
        "presence",
        "pattern of a text",
        altered=(
            WARNING,
            WARNING,
            Why(
                "it is not known which of two patterns accepts more",
                "check whether each text that callers use matches both patterns",
            ),
        ),
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
        altered=(
            WARNING,
            INFO,
            (
                "no call fails, but one without the value can have another result",
                "callers receive the value in any case",
            ),
        ),
    ),
    _keyword(
        "readOnly",
        "mark",
        "value is only received",
        tightened=(WARNING, INFO, ("what callers send in it is refused or has no effect", "")),
        loosened=(INFO, INFO, ("", "callers receive it as before")),
    ),
    _keyword(
        "writeOnly",
        "mark",
        "value is only sent",
        tightened=(INFO, WARNING, ("callers send it as before", "callers no longer receive it")),
        loosened=(INFO, INFO, ("", "callers could not rely on receiving it")),
    ),
    _keyword("deprecated", "other", "value is deprecated", altered=_ANNOTATION),
)
"""The keywords of a schema that restrict or describe its values."""

# Order → the effects that a change of such a keyword can have, each with its verb.
_VERBS: Final[Mapping[str, Mapping[str, str]]] = {
    "lower": {TIGHTENED: "raised", LOOSENED: "lowered"},
    "upper": {TIGHTENED: "lowered", LOOSENED: "raised"},
    "types": {TIGHTENED: "narrowed", LOOSENED: "widened", ALTERED: "changed"},
    "format": {TIGHTENED: "narrowed", LOOSENED: "widened", ALTERED: "changed"},
    "enum": {TIGHTENED: "lost values", LOOSENED: "got more values"},
    "nullable": {TIGHTENED: "no longer allowed", LOOSENED: "allowed"},
    "names": {TIGHTENED: "names added", LOOSENED: "names removed"},
    "step": {TIGHTENED: "raised", LOOSENED: "lowered", ALTERED: "changed"},
    "flag": {TIGHTENED: "set", LOOSENED: "unset"},
    "mark": {TIGHTENED: "set", LOOSENED: "unset"},
    "presence": {TIGHTENED: "added", LOOSENED: "removed", ALTERED: "changed"},
    "additional": {TIGHTENED: "restricted", LOOSENED: "allowed", ALTERED: "changed"},
    "other": {ALTERED: "changed"},
}
_TITLES: Final = {"nullable": "null"}
_UNSET_VERBS: Final = {TIGHTENED: "added", LOOSENED: "removed"}
_CAN_BE_UNSET: Final = ("lower", "upper", "types", "format", "enum", "step")
"""Orders of keywords without which a value is not restricted."""


def _keyword_rules() -> list[Rule]:
    rules = []
    for keyword in KEYWORDS:
        for effect, verb in _VERBS[keyword.order].items():
            sent, received, texts = keyword.overrides.get(effect, (*_BY_EFFECT[effect], ""))
            unset_verb = _UNSET_VERBS.get(effect) if keyword.order in _CAN_BE_UNSET else None
            title = _TITLES.get(keyword.name, keyword.name)
            summary, unset_summary = (
                f"{title} {word} ({keyword.summary})" if word else "" for word in (verb, unset_verb)
            )
            name = f"{keyword.rule_stem}-{effect}"
            rules.append(_rule(CONTRACT, name, effect, (sent, received), summary, texts, unset_summary))
    return rules


def _rule(
    category: str,
    name: str,
    effect: str,
    severity: str | tuple[str, str],
    summary: str,
    texts: Texts = "",
    unset_summary: str = "",
) -> Rule:
    severities = severity if isinstance(severity, tuple) else (severity, severity)
    usual = _BY_EFFECT.get(effect, ("", ""))
    if not isinstance(texts, tuple):
        # One text for two severities is about those that are not the usual ones.
        differs = [
            isinstance(severity, str) or own != other or severities == usual
            for own, other in zip(severities, usual, strict=True)
        ]
        texts = (texts if differs[0] else "", texts if differs[1] else "")
    whys = [text if isinstance(text, Why) else Why(text) for text in texts]
    sent, received = (Verdict(own, why.why, why.remedy) for own, why in zip(severities, whys, strict=True))
    security = any(why.security for why in whys)
    return Rule(name, category, effect, sent, received, summary, unset_summary, security)


_LESS_PROTECTION: Final = Why(
    "protection is reduced, but no caller fails", "check whether it is intended that more is let in", security=True
)
_SELECTED: Final = "callers and generated clients that look at the property choose another schema, or none"
_UNREGISTERED: Final = "no standard says what it means, so it is not known whether values are checked against it"
_UNKNOWN_USE: Final = "it is not known whether callers reach the limit"
_GATEWAY_DEFAULT: Final = Why(
    "without a policy the default of the gateway holds: 200 calls a second, or what its parameter"
    " ratelimit_api_limits is set to",
    "check whether the backend can answer so many calls",
    security=True,
)
_UNKNOWN_CALLERS: Final = "the affected callers are not known"
_NOT_FORWARDED: Final = Why(
    "what callers send in it is lost if the backend does not read it any more, or if the gateway forwards described"
    " parameters only, which is expected, though not documented",
    "keep the parameter until no caller sends it",
)
_IGNORED: Final = Why(
    "callers may still send it; most backends ignore what they do not know", "check whether the backend ignores it"
)
_NOT_SENT_YET: Final = Why(
    "callers that do not send it yet are refused", "make it optional, or change the callers first"
)
_OTHER_ROUTE: Final = Why(
    "calls are answered by another backend, or the backend receives other calls; whether it answers the same is not"
    " known",
    "test the operation against the new backend settings",
)
_BODY_IGNORED: Final = Why("what callers send in it has no effect any more", "keep the body until no caller sends it")
_NO_CREDENTIALS: Final = Why(
    "callers without these credentials are refused", "give the callers their credentials first"
)
_OLD_ADDRESS: Final = Why("calls to the old address fail", "keep the old address until no caller uses it")

_OTHER_RULES: Final[Mapping[str, tuple[tuple[Any, ...], ...]]] = {
    CONTRACT: (
        # groups of a set
        ("group-added", ADDED, INFO, "an API group was added"),
        (
            "group-removed",
            REMOVED,
            BREAKING,
            "an API group was removed, with all its operations",
            Why("its calls fail", "find out who still calls it before it is published like this"),
        ),
        # operations
        ("operation-added", ADDED, INFO, "an operation was added"),
        (
            "operation-takes-calls",
            ADDED,
            INFO,
            "an operation was added; it answers calls that another operation answered",
        ),
        (
            "operation-removed",
            REMOVED,
            BREAKING,
            "an operation was removed; no other operation answers its calls",
            Why("its calls fail", "mark it as deprecated first, and keep it until no caller uses it"),
        ),
        (
            "operation-partly-answered",
            REMOVED,
            BREAKING,
            "the operation of method ANY was removed; calls of some methods are no longer answered",
        ),
        (
            "operation-still-answered",
            REMOVED,
            INFO,
            "an operation was removed; an operation of the same path answers its calls",
            "other rows say where the answering operation differs",
        ),
        (
            "operation-rerouted",
            REMOVED,
            WARNING,
            "an operation was removed; an operation of another path (a template, a prefix or `{name+}`) answers its"
            " calls",
            "other rows say where the gateway treats them in another way",
        ),
        (
            "deprecated-operation-removed",
            REMOVED,
            WARNING,
            "a deprecated operation was removed",
            Why("its calls fail, but the deprecation announced it", "check whether callers still use it"),
        ),
        (
            "operation-moved",
            ALTERED,
            BREAKING,
            "an operation has another path or method",
            Why("calls to the old path or method fail", "offer the old one as well until no caller uses it"),
        ),
        ("path-parameter-renamed", ALTERED, INFO, "a path parameter has another name"),
        (
            "path-parameter-tightened",
            TIGHTENED,
            BREAKING,
            "a path parameter `{name+}` no longer matches several segments of the path",
        ),
        (
            "path-parameter-loosened",
            LOOSENED,
            WARNING,
            "a path parameter `{name+}` matches several segments of the path",
            _LESS_PROTECTION,
        ),
        # parameters
        ("parameter-added", ADDED, INFO, "an optional parameter was added"),
        (
            "required-parameter-added",
            TIGHTENED,
            (BREAKING, INFO),
            "a required parameter was added",
            (_NOT_SENT_YET, ""),
        ),
        (
            "parameter-removed",
            REMOVED,
            (BREAKING, WARNING),
            "a parameter or form field was removed",
            (_NOT_FORWARDED, "callers could not expect it in every request of the API"),
        ),
        (
            "required-parameter-removed",
            LOOSENED,
            BREAKING,
            "a required parameter or form field was removed",
            (_NOT_FORWARDED, ""),
        ),
        (
            "parameter-place-altered",
            ALTERED,
            BREAKING,
            "a parameter is sent in another location (query, header, path, cookie)",
        ),
        (
            "parameter-case-altered",
            ALTERED,
            BREAKING,
            "the name of a parameter is written in another letter case, which matters in a query or cookie",
        ),
        (
            "gateway-parameter-case-altered",
            ALTERED,
            WARNING,
            "the name of a parameter is written in another letter case",
            "the gateway accepts names in any letter case, but the backend gets another one",
        ),
        (
            "parameter-required-tightened",
            TIGHTENED,
            (BREAKING, INFO),
            "a parameter became required",
            (_NOT_SENT_YET, ""),
        ),
        ("parameter-required-loosened", LOOSENED, (INFO, BREAKING), "a parameter became optional"),
        (
            "empty-value-tightened",
            TIGHTENED,
            (BREAKING, INFO),
            "a parameter must no longer be sent with an empty value",
        ),
        ("empty-value-loosened", LOOSENED, (INFO, BREAKING), "a parameter may be sent with an empty value"),
        (
            "reserved-characters-tightened",
            TIGHTENED,
            (BREAKING, INFO),
            "reserved characters such as `/` must no longer be sent unencoded",
        ),
        (
            "reserved-characters-loosened",
            LOOSENED,
            (INFO, BREAKING),
            "reserved characters such as `/` may be sent unencoded",
        ),
        ("serialisation-altered", ALTERED, BREAKING, "a value is written in another way"),
        # bodies
        ("request-body-added", ADDED, INFO, "an optional request body was added"),
        (
            "required-request-body-added",
            TIGHTENED,
            (BREAKING, INFO),
            "a required request body was added",
            (_NOT_SENT_YET, ""),
        ),
        ("request-body-removed", REMOVED, (BREAKING, WARNING), "the request body was removed", (_BODY_IGNORED, "")),
        (
            "required-request-body-removed",
            LOOSENED,
            BREAKING,
            "a required request body was removed",
            (_BODY_IGNORED, ""),
        ),
        (
            "request-body-required-tightened",
            TIGHTENED,
            (BREAKING, INFO),
            "the request body became required",
            (_NOT_SENT_YET, ""),
        ),
        ("request-body-required-loosened", LOOSENED, (INFO, BREAKING), "the request body became optional"),
        ("media-type-added", ADDED, INFO, "a media type of a body was added"),
        ("media-type-removed", REMOVED, BREAKING, "a media type of a body was removed"),
        ("media-type-tightened", TIGHTENED, (BREAKING, INFO), "a range of media types was narrowed"),
        (
            "media-type-loosened",
            LOOSENED,
            (INFO, WARNING),
            "a media type became part of a range",
            "callers that ask for a media type (header Accept) can still receive it",
        ),
        ("schema-added", TIGHTENED, (BREAKING, INFO), "a schema was added where there was none"),
        (
            "schema-removed",
            LOOSENED,
            (INFO, WARNING),
            "a schema was removed",
            "responses may be unchanged, but callers cannot rely on it",
        ),
        # responses
        ("response-added", ADDED, INFO, "a response status was added"),
        (
            "success-response-removed",
            REMOVED,
            BREAKING,
            "a success status was removed",
            Why("callers that wait for this status do not get it"),
        ),
        (
            "response-removed",
            REMOVED,
            WARNING,
            "an error status was removed",
            ("the API may not understand it any more", "errors can occur without being described"),
        ),
        (
            "response-tightened",
            TIGHTENED,
            (BREAKING, INFO),
            "only some statuses of a range, or of those of `default`, are left",
        ),
        (
            "response-loosened",
            LOOSENED,
            (INFO, WARNING),
            "a status became part of a range or of `default`",
            ("", "the status can still be received, but so can others"),
        ),
        ("response-merged", REMOVED, INFO, "a status is described by its range only"),
        ("links-altered", ALTERED, INFO, "the links of a response to other operations changed"),
        ("header-added", ADDED, INFO, "an optional header was added"),
        ("required-header-added", TIGHTENED, (BREAKING, INFO), "a required header was added"),
        (
            "header-removed",
            REMOVED,
            WARNING,
            "an optional header was removed",
            ("what callers send in it is lost", "callers could not expect it in every response"),
        ),
        (
            "required-header-removed",
            LOOSENED,
            (WARNING, BREAKING),
            "a required header was removed",
            ("what callers send in it is lost", "callers that read it do not find it"),
        ),
        ("header-required-tightened", TIGHTENED, (BREAKING, INFO), "a header became required", (_NOT_SENT_YET, "")),
        (
            "header-required-loosened",
            LOOSENED,
            (INFO, BREAKING),
            "a header became optional",
            ("", "callers that read it may not find it"),
        ),
        # requests of the API
        ("callback-added", ADDED, INFO, "a request that the API sends (callback or webhook) was added"),
        (
            "callback-removed",
            REMOVED,
            BREAKING,
            "a request that the API sends (callback or webhook) was removed",
            Why("callers no longer receive what they may wait for", "let callers ask for the result in another way"),
        ),
        (
            "callback-address-altered",
            ALTERED,
            BREAKING,
            "the API takes the URL of a callback from another place",
            "a caller that gives its URL where it was is not called",
        ),
        (
            "callback-method-altered",
            ALTERED,
            BREAKING,
            "the API sends a callback or webhook with another method",
            "receivers do not expect the new method",
        ),
        (
            "callback-media-type-added",
            LOOSENED,
            BREAKING,
            "the API can send a callback or webhook in another media type",
            "receivers cannot choose the media type",
        ),
        (
            "callback-media-type-removed",
            TIGHTENED,
            INFO,
            "the API no longer sends a callback or webhook in a media type",
        ),
        (
            "callback-authentication-altered",
            ALTERED,
            WARNING,
            "the API authenticates in another way to the receiver of a callback or webhook",
            "it is not known whether receivers check it",
        ),
        # properties
        ("property-added", ADDED, INFO, "an optional property was added"),
        ("required-property-added", TIGHTENED, (BREAKING, INFO), "a required property was added", (_NOT_SENT_YET, "")),
        (
            "property-removed",
            REMOVED,
            WARNING,
            "an optional property was removed",
            (
                _IGNORED,
                Why("callers could not rely on it, but many do", "check whether callers use it"),
            ),
        ),
        (
            "required-property-removed",
            LOOSENED,
            (WARNING, BREAKING),
            "a required property was removed",
            (
                _IGNORED,
                "callers that read it do not find it",
            ),
        ),
        (
            "unused-property-removed",
            REMOVED,
            INFO,
            "a property was removed that is never sent (read-only) or never received (write-only) here",
        ),
        (
            "unused-type-altered",
            ALTERED,
            WARNING,
            "a property that is never sent (read-only) or never received (write-only) here has another type",
            "no call carries the value, but generated clients have another type for it",
        ),
        (
            "refused-property-removed",
            REMOVED,
            (BREAKING, WARNING),
            "a property was removed from an object that accepts no others",
            ("calls with the property are refused", "callers could not rely on it, but many do"),
        ),
        (
            "refused-required-property-removed",
            LOOSENED,
            BREAKING,
            "a required property was removed from an object that accepts no others",
            ("calls with the property are refused", ""),
        ),
        ("required-tightened", TIGHTENED, (BREAKING, INFO), "a property became required", (_NOT_SENT_YET, "")),
        (
            "required-loosened",
            LOOSENED,
            (INFO, BREAKING),
            "a property became optional",
            ("", "callers that read it may not find it"),
        ),
        ("alternative-added", LOOSENED, (INFO, BREAKING), "an alternative for a value was added (oneOf, anyOf)"),
        ("alternative-removed", TIGHTENED, (BREAKING, INFO), "an alternative for a value was removed (oneOf, anyOf)"),
        ("alternatives-tightened", TIGHTENED, (BREAKING, INFO), "a value must match one of several alternatives"),
        (
            "alternatives-loosened",
            LOOSENED,
            (INFO, BREAKING),
            "a value no longer has to match one of several alternatives",
        ),
        ("alternatives-altered", ALTERED, BREAKING, "a value must match one of other schemas than before"),
        (
            "discriminator-altered",
            ALTERED,
            WARNING,
            "the property that selects the schema of a value, or the value of it for a schema, changed",
            _SELECTED,
        ),
        (
            "discriminator-tightened",
            TIGHTENED,
            WARNING,
            "a value that selects a schema, or the property for it, was removed",
            _SELECTED,
        ),
        (
            "discriminator-loosened",
            LOOSENED,
            INFO,
            "a value that selects a schema, or a property for it, was added",
            "values that selected a schema before still do",
        ),
        # formats that cannot be checked everywhere
        (
            "format-hint-altered",
            ALTERED,
            INFO,
            "a format that only tells tools how to show a value changed",
            "it restricts no value",
        ),
        (
            "unregistered-format-tightened",
            TIGHTENED,
            (WARNING, INFO),
            "an unregistered format was added",
            _UNREGISTERED,
        ),
        (
            "unregistered-format-loosened",
            LOOSENED,
            (INFO, INFO),
            "an unregistered format was removed",
            _UNREGISTERED,
        ),
        (
            "unregistered-format-altered",
            ALTERED,
            (WARNING, INFO),
            "an unregistered format changed to another one",
            _UNREGISTERED,
        ),
        (
            "schema-rewritten",
            ALTERED,
            INFO,
            "a schema is written in another way",
            "it is shown that both ways accept the same values",
        ),
        (
            "object-type-altered",
            ALTERED,
            INFO,
            "`type: object` was added or left out beside `properties`",
            "with properties, an object was described already",
        ),
        # servers
        ("server-added", ADDED, INFO, "a server address was added"),
        ("server-removed", REMOVED, BREAKING, "a server address was removed", _OLD_ADDRESS),
        ("server-altered", ALTERED, BREAKING, "the server address changed", _OLD_ADDRESS),
        ("server-described", ADDED, INFO, "the server address is described, which it was not before"),
        (
            "server-undescribed",
            REMOVED,
            WARNING,
            "the server address is no longer described",
            "callers that know the address can still use it",
        ),
        (
            "base-path-moved",
            ALTERED,
            INFO,
            "a part of the address moved between servers and paths; every operation has the address it had",
            "the address of a call is the same",
        ),
        # lifecycle
        (
            "lifecycle-altered",
            ALTERED,
            WARNING,
            "the lifecycle changed (x-sunset, x-stability-level, x-beta-api)",
            Why("no call fails yet", "tell the callers"),
        ),
        # matching of paths
        ("match-mode-tightened", TIGHTENED, BREAKING, "paths that begin with the path are no longer matched"),
        ("match-mode-loosened", LOOSENED, WARNING, "all paths that begin with the path are matched", _LESS_PROTECTION),
    ),
    ACCESS: (
        ("authentication-added", TIGHTENED, BREAKING, "authentication became required", _NO_CREDENTIALS),
        ("authentication-removed", LOOSENED, WARNING, "authentication is no longer required", _LESS_PROTECTION),
        ("authentication-altered", ALTERED, BREAKING, "another kind of authentication is required", _NO_CREDENTIALS),
        (
            "authentication-weakened",
            LOOSENED,
            WARNING,
            "an alternative for authentication was added, or one requires less",
            _LESS_PROTECTION,
        ),
        (
            "authentication-strengthened",
            TIGHTENED,
            BREAKING,
            "an alternative for authentication was removed, or one requires more",
            _NO_CREDENTIALS,
        ),
        ("authentication-optional-altered", ALTERED, INFO, "optional authentication changed"),
        (
            "authentication-rewritten",
            ALTERED,
            INFO,
            "the alternatives for authentication are others, but accept the same callers",
        ),
        ("scopes-tightened", TIGHTENED, BREAKING, "a scope became required", _NO_CREDENTIALS),
        ("scopes-loosened", LOOSENED, WARNING, "a scope is no longer required", _LESS_PROTECTION),
        ("appcode-allowed", LOOSENED, WARNING, "an AppCode without a signature is accepted", _LESS_PROTECTION),
        (
            "appcode-refused",
            TIGHTENED,
            BREAKING,
            "an AppCode without a signature is no longer accepted",
            _NO_CREDENTIALS,
        ),
        (
            "scheme-address-altered",
            ALTERED,
            WARNING,
            "the tokens of a security scheme are issued at another address",
            "tokens that were issued before still work",
        ),
        ("security-scheme-altered", ALTERED, BREAKING, "the definition of a security scheme changed"),
        (
            "security-scheme-undefined",
            REMOVED,
            WARNING,
            "a security scheme that operations still need is no longer defined",
            "the document no longer says what callers must send; the API may be unchanged",
        ),
        ("security-scheme-defined", ADDED, INFO, "a security scheme that operations need is defined"),
        ("scheme-flow-added", ADDED, INFO, "a way to get tokens (OAuth flow) was added"),
        (
            "scheme-flow-removed",
            REMOVED,
            BREAKING,
            "a way to get tokens (OAuth flow) was removed",
            Why("callers that get their tokens in this way get no new ones", "keep the flow until no caller uses it"),
        ),
        (
            "authorizer-altered",
            ALTERED,
            WARNING,
            "another custom authorizer is used, or its settings changed",
            "the export does not contain the decisions of an authorizer",
        ),
        (
            "authorizer-loosened",
            LOOSENED,
            WARNING,
            "calls are let in when the custom authorizer fails",
            _LESS_PROTECTION,
        ),
        (
            "authorizer-tightened",
            TIGHTENED,
            WARNING,
            "calls are no longer let in when the custom authorizer fails",
            "callers are refused only while the authorizer fails",
        ),
        ("authorizer-added", TIGHTENED, BREAKING, "a custom authorizer was added", _NO_CREDENTIALS),
        (
            "authorizer-identity-tightened",
            TIGHTENED,
            BREAKING,
            "a custom authorizer asks callers for another identity, or checks one against a pattern",
            _NO_CREDENTIALS,
        ),
        (
            "authorizer-identity-loosened",
            LOOSENED,
            WARNING,
            "a custom authorizer no longer asks callers for an identity, or no longer checks it",
            _LESS_PROTECTION,
        ),
        (
            "authorizer-identity-moved",
            ALTERED,
            BREAKING,
            "a custom authorizer expects an identity in another location (header, query)",
            _NO_CREDENTIALS,
        ),
        (
            "authorizer-identity-altered",
            ALTERED,
            WARNING,
            "a custom authorizer checks an identity against another pattern",
            "it cannot be determined which of two patterns accepts more",
        ),
        ("authorizer-removed", LOOSENED, WARNING, "a custom authorizer was removed", _LESS_PROTECTION),
        ("scheme-scopes-added", ADDED, INFO, "a scope was added to a security scheme"),
        ("scheme-scopes-removed", REMOVED, INFO, "a scope that no operation needs was removed from a security scheme"),
        (
            "needed-scopes-removed",
            REMOVED,
            WARNING,
            "a scope that operations need was removed from a security scheme",
            "tokens that were issued before still work",
        ),
        ("unencrypted-calls-allowed", LOOSENED, WARNING, "unencrypted calls (http) are accepted", _LESS_PROTECTION),
        ("unencrypted-calls-refused", TIGHTENED, BREAKING, "unencrypted calls (http) are no longer accepted"),
        ("request-type-tightened", TIGHTENED, BREAKING, "an API is no longer public"),
        ("request-type-loosened", LOOSENED, WARNING, "an API became public", _LESS_PROTECTION),
        ("request-type-altered", ALTERED, INFO, "the document tells if an API is public, or no longer does"),
        (
            "access-control-bound",
            TIGHTENED,
            WARNING,
            "an access control policy was bound to an operation",
            _UNKNOWN_CALLERS,
        ),
        (
            "access-control-unbound",
            LOOSENED,
            WARNING,
            "an access control policy was unbound from an operation",
            _LESS_PROTECTION,
        ),
        (
            "access-control-altered",
            ALTERED,
            WARNING,
            "access control lets other callers in: another policy, or another kind of list",
            _UNKNOWN_CALLERS,
        ),
        (
            "access-control-rebound",
            ALTERED,
            INFO,
            "other access control policies are bound to an operation, which let the same callers in",
        ),
        ("access-control-opened", LOOSENED, WARNING, "an access control policy allows more callers", _LESS_PROTECTION),
        (
            "access-control-closed",
            TIGHTENED,
            WARNING,
            "an access control policy denies more callers",
            "it is not known whether the denied callers use the API",
        ),
        ("cors-enabled", LOOSENED, WARNING, "cross-origin requests (CORS) are allowed", _LESS_PROTECTION),
        ("cors-disabled", TIGHTENED, BREAKING, "cross-origin requests (CORS) are no longer allowed"),
    ),
    TRAFFIC: (
        ("ratelimit-bound", TIGHTENED, WARNING, "a throttling policy was bound to an operation", _UNKNOWN_USE),
        (
            "ratelimit-bound-loosened",
            LOOSENED,
            WARNING,
            "a throttling policy was bound to an operation; it allows more calls than the default of the gateway",
            _GATEWAY_DEFAULT,
        ),
        (
            "ratelimit-unbound",
            LOOSENED,
            WARNING,
            "a throttling policy was unbound from an operation; the default of the gateway allows more calls",
            _GATEWAY_DEFAULT,
        ),
        (
            "ratelimit-unbound-tightened",
            TIGHTENED,
            WARNING,
            "a throttling policy was unbound from an operation; the default of the gateway allows fewer calls",
            _UNKNOWN_USE,
        ),
        (
            "ratelimit-rebound",
            ALTERED,
            INFO,
            "another throttling policy, or none, is bound to an operation; the limits are the same",
        ),
        (
            "ratelimit-altered",
            ALTERED,
            WARNING,
            "throttling changed: other limits, some of which may be higher and others lower",
            _UNKNOWN_USE,
        ),
        ("ratelimit-lowered", TIGHTENED, WARNING, "the limit of a throttling policy was lowered", _UNKNOWN_USE),
        ("ratelimit-raised", LOOSENED, INFO, "the limit of a throttling policy was raised"),
        (
            "plugin-bound",
            ADDED,
            WARNING,
            "a plug-in was bound to an operation",
            "the export does not contain the effect of a plug-in",
        ),
        (
            "plugin-altered",
            ALTERED,
            WARNING,
            "the definition of a bound plug-in changed",
            "the effect of a plug-in is not known",
        ),
        ("plugin-unbound", REMOVED, WARNING, "a plug-in was unbound from an operation", _LESS_PROTECTION),
        ("gateway-response-altered", ALTERED, INFO, "the gateway responses changed"),
    ),
    BACKEND: (
        ("backend-added", ADDED, INFO, "a backend was added"),
        ("backend-removed", REMOVED, INFO, "a backend was removed"),
        ("backend-kind-altered", ALTERED, WARNING, "the type of the backend changed", _OTHER_ROUTE),
        ("backend-address-altered", ALTERED, WARNING, "the address of the backend changed", _OTHER_ROUTE),
        (
            "backend-scheme-loosened",
            LOOSENED,
            WARNING,
            "calls to the backend are no longer encrypted",
            _LESS_PROTECTION,
        ),
        ("backend-scheme-tightened", TIGHTENED, INFO, "calls to the backend became encrypted"),
        ("backend-path-altered", ALTERED, WARNING, "the path of the backend changed", _OTHER_ROUTE),
        ("backend-method-altered", ALTERED, WARNING, "the method of the backend changed", _OTHER_ROUTE),
        (
            "backend-function-altered",
            ALTERED,
            WARNING,
            "another function, or another version of it, is called",
            _OTHER_ROUTE,
        ),
        (
            "backend-timeout-tightened",
            TIGHTENED,
            WARNING,
            "the timeout of the backend was lowered",
            Why("calls that take longer fail now", "check how long the backend takes at most"),
        ),
        ("backend-timeout-loosened", LOOSENED, INFO, "the timeout of the backend was raised"),
        ("backend-retries-altered", ALTERED, INFO, "the number of retries of the backend changed"),
        (
            "backend-tls-loosened",
            LOOSENED,
            WARNING,
            "the gateway no longer presents a client certificate to the backend",
            _LESS_PROTECTION,
        ),
        ("backend-tls-tightened", TIGHTENED, INFO, "the gateway presents a client certificate to the backend"),
        ("backend-mock-altered", ALTERED, INFO, "the response of a mock backend changed"),
        ("backend-option-altered", ALTERED, INFO, "another option of the backend changed"),
        (
            "backend-policy-added",
            ADDED,
            WARNING,
            "a backend policy was added: some calls go to another backend",
            _OTHER_ROUTE,
        ),
        ("backend-policy-removed", REMOVED, WARNING, "a backend policy was removed", _OTHER_ROUTE),
        (
            "backend-policies-reordered",
            ALTERED,
            WARNING,
            "the order of the backend policies changed",
            # https://support.huaweicloud.com/intl/en-us/apig_faq/apig-faq-19123001.html
            "a call goes to the first policy whose conditions it meets",
        ),
        ("backend-policy-renamed", ALTERED, INFO, "a backend policy has another name"),
        (
            "member-group-added",
            ADDED,
            WARNING,
            "a server group was added to the backend: some calls go there",
            _OTHER_ROUTE,
        ),
        (
            "member-group-removed",
            REMOVED,
            WARNING,
            "a server group was removed from the backend: no calls go there",
            _OTHER_ROUTE,
        ),
        ("backend-condition-altered", ALTERED, WARNING, "the conditions of a backend policy changed", _OTHER_ROUTE),
        ("backend-parameter-added", ADDED, WARNING, "a backend parameter was added", _OTHER_ROUTE),
        ("backend-parameter-removed", REMOVED, WARNING, "a backend parameter was removed", _OTHER_ROUTE),
        (
            "backend-parameter-altered",
            ALTERED,
            WARNING,
            "a backend parameter takes its value from another source",
            _OTHER_ROUTE,
        ),
        (
            "pass-through-altered",
            ALTERED,
            WARNING,
            "a parameter is passed to the backend, or no longer is",
            _OTHER_ROUTE,
        ),
        ("orchestration-altered", ALTERED, WARNING, "the orchestration rule of a parameter changed", _OTHER_ROUTE),
        ("body-encoding-altered", ALTERED, WARNING, "the encoding of the body for a function changed", _OTHER_ROUTE),
    ),
    DOCUMENTATION: (
        ("operation-deprecated", ALTERED, INFO, "an operation was marked as deprecated, or no longer is"),
        (
            "operation-id-altered",
            ALTERED,
            WARNING,
            "an operation has another operationId",
            Why("no call fails, but generated clients name their methods after it", "tell those who generate clients"),
        ),
        (
            "ignored-header-altered",
            ALTERED,
            INFO,
            "a header was added, removed or changed that the standard tells to ignore here",
            "OpenAPI 3 describes these headers elsewhere: Accept and Content-Type by the media types, Authorization by"
            " the security",
        ),
        ("callback-renamed", ALTERED, INFO, "a callback has another name, which is not sent"),
        ("schema-keyword-altered", ALTERED, INFO, "a keyword that the standard does not define changed"),
        ("subdomain-altered", ALTERED, INFO, "the group has another default subdomain, as on another gateway"),
        ("description-altered", ALTERED, INFO, "a title, summary, description or example changed"),
        ("tags-altered", ALTERED, INFO, "the tags of an operation changed"),
        ("sample-altered", ALTERED, INFO, "a sample of a response or parameter changed"),
        ("extension-altered", ALTERED, INFO, "an extension key, or a key that the standard does not define, changed"),
        (
            "document-altered",
            ALTERED,
            INFO,
            "title, version, description or other information about the document changed",
        ),
    ),
}
"""Category → id, effect, severity (or severity when sent and when received), summary and reason of a rule."""

RULES: Final[Mapping[str, Rule]] = {
    rule.id: rule
    for rule in (
        *(_rule(category, *row) for category, rows in _OTHER_RULES.items() for row in rows),
        *_keyword_rules(),
    )
}
"""Every rule by its id."""


def rules() -> DataFrame:
    """Return the rules as a table.

    Returns:
        One row per rule: rule (its id), category, effect, security (bool, a change of this kind reduces protection),
        sent (severity in what callers send, and of changes without a side), received (severity in what callers
        receive), summary, why_sent and why_received (reasons of the severities), remedy_sent and remedy_received
        (advice); all others `str`.
    """
    import pandas as pd  # slow to import

    rows = []
    for rule in RULES.values():
        sent, received = rule.verdict(SENT if rule.category == CONTRACT else NONE), rule.verdict(RECEIVED)
        severities, whys, remedies = zip(sent, received, strict=True)
        rows.append((rule.id, rule.category, rule.effect, rule.security, *severities, rule.summary, *whys, *remedies))
    texts = ["summary", "why_sent", "why_received", "remedy_sent", "remedy_received"]
    columns = ["rule", "category", "effect", "security", "sent", "received", *texts]
    return pd.DataFrame(rows, columns=columns).astype({name: "str" for name in columns if name != "security"})
