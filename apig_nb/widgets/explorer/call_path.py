"""The path of a call, step by step: client, authentication, policies, backend."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from markupsafe import Markup

from apig_nb.request import BACKENDS, POLICIES
from apig_nb.widgets.explorer.facets import NOT_IN_EXPORT, POLICY_KEYS
from apig_nb.widgets.html import display_text, render

if TYPE_CHECKING:
    from apig_nb.definition import Operation
    from apig_nb.definition.model.backend import Backend
    from apig_nb.definition.model.gateway import AccessControl, RateLimit

MAX_LINES: Final = 8
"""Lines of a step that are shown; the page has all of them."""

_AUTHENTICATIONS: Final = {
    "APP": "app",
    "IAM": "IAM",
    "AUTHORIZER": "authorizer",
    "NONE": "none",
}
_LIMITS: Final = {
    "api_limit": "to the API",
    "user_limit": "of a user",
    "app_limit": "of an app",
    "ip_limit": "of an address",
}


class Hop(NamedTuple):
    """A step of a call before the backend: its title, the main thing that happens, more lines, and all of it."""

    title: str
    main: str
    lines: Sequence[str]
    hint: str = ""


class End(NamedTuple):
    """A backend that a call can reach.

    Attributes:
        condition: when it is reached; empty if always.
        scheme: `http`, `https`, or the kind of a backend that is not called by HTTP.
        address: the address or what answers.
        facts: time-out and name of the backend policy.
    """

    condition: str
    scheme: str
    address: str
    facts: str


def call_path(operation: Operation, omitted: Collection[str]) -> Markup:
    """The steps of a call from the client to the backends, of an export that omits some parts."""
    alternatives = [text.partition(" ") for text in authentication(operation)]
    limits = [policy for policy in bound_policies(operation) if policy.kind == "throttling"]
    guards = [policy for policy in bound_policies(operation) if policy.kind != "throttling"]
    hops = [
        Hop("Client", " or ".join(operation.protocols) or "any protocol", list(_visibility(operation))),
        Hop(
            "Authentication",
            " or ".join(dict.fromkeys(word for word, _, _ in alternatives)),
            [name for _, _, name in alternatives if name],
        ),
        _throttling(limits, omitted),
    ]
    more = [f"{policy.kind} {policy.name}" for policy in guards] + (["CORS is on"] if operation.cors else [])
    if more:
        hops.append(Hop("Policies", more[0], more[1:]))
    ends = list(_ends(operation)) or [
        End("", "", f"backend: {NOT_IN_EXPORT}" if BACKENDS in omitted else "no backend", "")
    ]
    return render("call_path.html", hops=hops, ends=ends, max_lines=MAX_LINES, transport=_transport)


def _throttling(limits: Sequence[BoundPolicy], omitted: Collection[str]) -> Hop:
    """The first limit in short; the tab of the policies has all of them."""
    if not limits:
        return Hop("Throttling", NOT_IN_EXPORT if POLICIES in omitted else "none", [])
    first, *others = limits
    limit, *more = first.summary.split(", ")
    lines = [first.name, *(policy.name for policy in others)] if limit else [policy.name for policy in others]
    shown = limit.removesuffix(" to the API").replace(" calls per ", " / ")
    return Hop("Throttling", shown or first.name, lines, first.summary if more else "")


def _visibility(operation: Operation) -> Iterator[str]:
    if request_type := operation.text("x-apigateway-request-type"):
        yield request_type
    if operation.match_mode == "SWA":
        yield "every path below it"


def _transport(end: End) -> Markup:
    icon = {"http": "open", "https": "lock"}.get(end.scheme)
    sign = Markup('<span class="apig-icon apig-icon-{}" aria-hidden="true"></span>').format(icon) if icon else ""
    html = Markup('<span class="apig-transport apig-{}" title="{}">{}<span class="apig-word">{}</span> {}</span>')
    shown = display_text(end.address, 300)
    address = Markup('<span class="apig-host">{}</span>').format(shown)
    return html.format(end.scheme if icon else "other", shown, sign, display_text(end.scheme, 40), address)


def _ends(operation: Operation) -> Iterator[End]:
    """The backends, those of backend policies first: the default one answers what no policy takes."""
    branches = [backend for backend in operation.backends if backend.policy is not None]
    for backend in (*branches, *operation.default_backends):
        mode = {"ANY": ", or ", "ALL": " and "}.get(backend.effect_mode or "", ", ")
        words = mode.join(condition.text for condition in backend.conditions)
        condition = f"if {words or 'always'}" if backend.policy is not None else ""
        facts = [seconds(backend.timeout_ms)] if backend.timeout_ms is not None else []
        scheme, address = backend_words(backend)
        facts += [backend.policy] if backend.policy else []
        yield End(condition or ("otherwise" if branches else ""), scheme, address, " · ".join(facts))


def backend_words(backend: Backend) -> tuple[str, str]:
    """The scheme of a backend (`https`, `http`, or its kind in lower case), and its address."""
    scheme = (backend.scheme or "").lower()
    kind = (backend.kind or "backend").lower()
    target = (backend.target or "").partition("://")[2] or backend.target or ""
    if kind == "mock":
        return "mock", "answer of the gateway"
    if scheme in ("http", "https") and kind != "function":
        return scheme, target
    return kind, target


def authentication(operation: Operation) -> Iterator[str]:
    """Alternatives of authentication, one line each."""
    for names in operation.security or ({},):
        yield " and ".join(_scheme_text(operation, name) for name in names) or "none"


def _scheme_text(operation: Operation, name: str) -> str:
    scheme = operation.document.security_schemes.get(name)
    if scheme is None:
        return f"{name}, not contained in the export"
    word = operation.auth_word(name)
    option = f", AppCode: {scheme.auth_opt}" if scheme.auth_opt else ""
    return f"{_AUTHENTICATIONS.get(word, word)} {name}{option}"


def policies(operation: Operation) -> Iterator[str]:
    """Policies that the gateway applies before the backend, one line each."""
    for policy in bound_policies(operation):
        yield f"{policy.kind} {policy.name}{f': {policy.summary}' if policy.summary else ''}"
    if operation.cors:
        yield "CORS is on"


class BoundPolicy(NamedTuple):
    """A policy that an operation binds by name; `summary` is empty if the export does not contain the policy."""

    kind: str
    name: str
    summary: str


def bound_policies(operation: Operation) -> list[BoundPolicy]:
    """Throttling policies, access control policies and plug-ins of an operation."""
    document = operation.document
    described = {("throttling", policy.name): ratelimit_text(policy) for policy in document.ratelimits}
    described |= {("access control", policy.name): access_control_text(policy) for policy in document.access_controls}
    return [
        BoundPolicy(kind, name, described.get((kind, name), ""))
        for kind, key in POLICY_KEYS.items()
        for name in operation.names(key)
    ]


def ratelimit_text(policy: RateLimit) -> str:
    """The limits of a throttling policy: `100 calls per minute to the API, 10 of a user`."""
    limits = [
        (getattr(policy, field), holder) for field, holder in _LIMITS.items() if getattr(policy, field) is not None
    ]
    if not limits:
        return "no limit"
    unit = (policy.unit or "").lower()
    span = unit if policy.interval in (1, None) else f"{policy.interval} {unit}s"
    (first, holder), *others = limits
    return ", ".join(
        [f"{first:,} calls per {span or 'interval'} {holder}", *(f"{n:,} {holder}" for n, holder in others)]
    )


def access_control_text(policy: AccessControl) -> str:
    """The rule of an access control policy: `PERMIT IP 192.0.2.0/24`."""
    return " ".join(part for part in (policy.acl_type, policy.entity_type, policy.value) if part)


def seconds(milliseconds: int) -> str:
    """A time-out in seconds or milliseconds."""
    return f"{milliseconds / 1000:g} s" if milliseconds >= 1000 else f"{milliseconds} ms"
