"""The way a call takes, step by step: from the client past the gateway's guards to the backend."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, Final, NamedTuple

from apig_nb.definition.values import as_flag
from apig_nb.widgets.explorer.facets import POLICY_KEYS
from apig_nb.widgets.explorer.pieces import shown

if TYPE_CHECKING:
    from apig_nb.definition import Operation
    from apig_nb.definition.model.backend import Backend
    from apig_nb.definition.model.elements import AccessControl, RateLimit

MAX_LINES: Final = 8
"""Lines of a step that are shown; the page below has all of them."""

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
    """A station of the way: what it is called, and what happens there."""

    title: str
    lines: Sequence[str]


def way_of(operation: Operation) -> str:
    """The way as a list that reads from the client to the backend."""
    steps = [
        Step("Client", list(_call(operation))),
        Step("Authentication", list(authentication(operation))),
        Step("Guards", list(guards(operation)) or ["no policy in this export"]),
        *_choices(operation),
        Step("Backend", list(_target(operation.backend))),
    ]
    return f'<ol class="apig-way" aria-label="the way a call takes">{"".join(map(_drawn, steps))}</ol>'


def authentication(operation: Operation) -> Iterator[str]:
    """Who is let in; one line for each alternative."""
    for names in operation.security or ({},):
        yield " and ".join(_scheme_in_words(operation, name) for name in names) or "no authentication"


def _scheme_in_words(operation: Operation, name: str) -> str:
    scheme = operation.document.security_schemes.get(name)
    if scheme is None:
        return f"{name}, which is not described in this export"
    word = operation.auth_word(name)
    option = f", AppCode: {scheme.auth_opt}" if scheme.auth_opt else ""
    return f"{_AUTHENTICATIONS.get(word, word)} {name}{option}"


def guards(operation: Operation) -> Iterator[str]:
    """What the gateway checks before a call goes on; one line for each policy."""
    for policy in bound_policies(operation):
        yield f"{policy.kind} {policy.name}{f': {policy.words}' if policy.words else ''}"
    if as_flag(operation.raw.get("x-apigateway-cors")):
        yield "CORS is on"


class BoundPolicy(NamedTuple):
    """A policy that an operation binds by name; `words` are empty where the document does not describe it."""

    kind: str
    name: str
    words: str


def bound_policies(operation: Operation) -> list[BoundPolicy]:
    """The policies of an operation: throttling, access control, plug-ins."""
    document = operation.document
    described = {("throttling", policy.name): limit_in_words(policy) for policy in document.ratelimits}
    described |= {("access control", policy.name): list_in_words(policy) for policy in document.access_controls}
    return [
        BoundPolicy(kind, name, described.get((kind, name), ""))
        for kind, key in POLICY_KEYS.items()
        for name in operation.names(key)
    ]


def limit_in_words(policy: RateLimit) -> str:
    """The limits of a throttling policy: `100 calls per minute to the API, 10 of a user`."""
    limits = [(getattr(policy, field), whose) for field, whose in _LIMITS.items() if getattr(policy, field) is not None]
    if not limits:
        return "no limit"
    unit = (policy.unit or "").lower()
    span = unit if policy.interval in (1, None) else f"{policy.interval} {unit}s"
    (first, whose), *others = limits
    return ", ".join([f"{first:,} calls per {span or 'interval'} {whose}", *(f"{n:,} {whose}" for n, whose in others)])


def list_in_words(policy: AccessControl) -> str:
    """Whom an access control policy lets in or keeps out: `PERMIT IP 192.0.2.0/24`."""
    return " ".join(part for part in (policy.acl_type, policy.entity_type, policy.value) if part)


def seconds(milliseconds: int) -> str:
    """A time-out as people say it."""
    return f"{milliseconds / 1000:g} s" if milliseconds >= 1000 else f"{milliseconds} ms"


def _call(operation: Operation) -> Iterator[str]:
    yield f"{'any method' if operation.method == 'ANY' else operation.method} {operation.path}"
    if operation.text("x-apigateway-match-mode") == "SWA":
        yield "and every path below it (prefix match)"
    if operation.protocols:
        yield f"by {' or '.join(operation.protocols)}"
    # Where a document names no host, there is a protocol only.
    yield from (server for server in operation.servers if not server.endswith("://"))
    if request_type := operation.text("x-apigateway-request-type"):
        yield f"{request_type} API"


def _choices(operation: Operation) -> Iterator[Step]:
    """The backends that are taken on a condition, before the default one."""
    policies = [backend for backend in operation.backends if backend.policy is not None]
    if policies:
        yield Step("On a condition", [_policy(backend) for backend in policies])


def _policy(backend: Backend) -> str:
    mode = {"ANY": " or ", "ALL": " and "}.get(backend.effect_mode or "", ", ")
    return f"{backend.policy}: when {mode.join(backend.conditions) or 'always'} → {backend.target or backend.kind}"


def _target(backend: Backend | None) -> Iterator[str]:
    if backend is None:
        yield "none in this export"
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


def _breakable(html: str) -> str:
    """A line with an address or a name in it, broken between their parts where it does not fit."""
    return re.sub(r"(?<=[./])(?=[\w{])", "<wbr>", html)


def _drawn(step: Step) -> str:
    lines = [
        *step.lines[:MAX_LINES],
        *([f"… {len(step.lines) - MAX_LINES} more"] if len(step.lines) > MAX_LINES else ()),
    ]
    said = "".join(f"<div>{_breakable(shown(line, 300))}</div>" for line in lines)
    return f"<li><b>{escape(step.title)}</b>{said}</li>"
