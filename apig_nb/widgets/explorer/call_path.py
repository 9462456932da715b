"""The path of a call, step by step: client, authentication, policies, backend."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from markupsafe import Markup

from apig_nb.request import BACKENDS, POLICIES
from apig_nb.widgets.explorer.facets import NOT_IN_EXPORT, POLICY_KEYS
from apig_nb.widgets.html import render

if TYPE_CHECKING:
    from apig_nb.definition import Operation
    from apig_nb.definition.model.backend import Backend
    from apig_nb.definition.model.gateway import AccessControl, RateLimit

MAX_LINES: Final = 8
"""Lines of a step that are shown; the page has all of them."""

_AUTHENTICATIONS: Final = {
    "APP": "app authentication",
    "IAM": "IAM authentication",
    "AUTHORIZER": "custom authorizer",
}
_LIMITS: Final = {
    "api_limit": "to the API",
    "user_limit": "of a user",
    "app_limit": "of an app",
    "ip_limit": "of an address",
}


class Step(NamedTuple):
    """A step of a call: its title, and a line for each thing that happens there."""

    title: str
    lines: Sequence[str]


def call_path(operation: Operation, omitted: Collection[str]) -> Markup:
    """The steps of a call as a list from the client to the backend; an export omits some parts."""
    no_policy = NOT_IN_EXPORT if POLICIES in omitted else "no policy"
    no_backend = NOT_IN_EXPORT if BACKENDS in omitted else "no backend"
    steps = [
        Step("Client", list(_call(operation))),
        Step("Authentication", list(authentication(operation))),
        Step("Policies", list(policies(operation)) or [no_policy]),
        *_backend_policies(operation),
        Step("Backend", list(_target(operation.backend)) or [no_backend]),
    ]
    return render("call_path.html", steps=steps, max_lines=MAX_LINES)


def authentication(operation: Operation) -> Iterator[str]:
    """Alternatives of authentication, one line each."""
    for names in operation.security or ({},):
        yield " and ".join(_scheme_text(operation, name) for name in names) or "no authentication"


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


def _call(operation: Operation) -> Iterator[str]:
    yield f"{'any method' if operation.method == 'ANY' else operation.method} {operation.path}"
    if operation.text("x-apigateway-match-mode") == "SWA":
        yield "and every path below it (prefix match)"
    if operation.protocols:
        yield f"by {' or '.join(operation.protocols)}"
    # Without a host in the document, a server is only a protocol.
    yield from (url for url in operation.server_urls if not url.endswith("://"))
    if request_type := operation.text("x-apigateway-request-type"):
        yield f"{request_type} API"


def _backend_policies(operation: Operation) -> Iterator[Step]:
    """The step of the backend policies, which come before the default backend."""
    policies = [backend for backend in operation.backends if backend.policy is not None]
    if policies:
        yield Step("Backend policies", [_policy(backend) for backend in policies])


def _policy(backend: Backend) -> str:
    mode = {"ANY": " or ", "ALL": " and "}.get(backend.effect_mode or "", ", ")
    conditions = mode.join(condition.text for condition in backend.conditions)
    return f"{backend.policy}: when {conditions or 'always'} → {backend.target or backend.kind}"


def _target(backend: Backend | None) -> Iterator[str]:
    if backend is None:
        return
    yield " ".join(part for part in (backend.kind, backend.method, backend.target) if part)
    if backend.host:
        yield f"host {backend.host}"
    if backend.version:
        yield f"version {backend.version}"
    if backend.timeout_ms is not None:
        yield f"time-out {seconds(backend.timeout_ms)}"
    if backend.retries is not None and backend.retries >= 0:
        yield f"{backend.retries} {'retry' if backend.retries == 1 else 'retries'}"
    if backend.mock_result:
        yield backend.mock_result
