"""`Subject`: an export as the checks see it; `Api`: an operation with what the gateway does for it; `Found`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from apig_nb.audit.hosts import hosts
from apig_nb.audit.rules import RELEASE
from apig_nb.definition import ApiDefinition
from apig_nb.definition.model.backend import Backend, BackendParameter
from apig_nb.definition.model.elements import Parameter
from apig_nb.definition.model.gateway import AccessControl, RateLimit, SecurityScheme
from apig_nb.definition.model.operation import Operation, takes_rest, template_parameters
from apig_nb.errors import DocumentError
from apig_nb.export import Comparable, Export, as_export
from apig_nb.export_set import ExportSet
from apig_nb.lazy import cached_property

NONE: Final = "NONE"
"""The word for no authentication."""

_SAFE: Final = frozenset(("GET", "HEAD", "OPTIONS", "TRACE", "QUERY"))
"""Methods that change nothing: https://www.rfc-editor.org/rfc/rfc9110#section-9.2.1."""


class Found(NamedTuple):
    """A fault that a check found.

    Attributes:
        pointer: JSON pointer to it.
        location: the same in words that are equal in all standards; tells it from other faults of the rule.
        evidence: what shows it; never a secret's value.
        affected: the operations, as `METHOD path`, that a fault of something they share concerns.
        operation: the operation whose fault it is.
    """

    pointer: str
    location: str
    evidence: str = ""
    affected: tuple[str, ...] = ()
    operation: str | None = None


class Api:
    """An operation with the policies that are bound to it.

    Attributes:
        name: `METHOD path`.
        is_throttled: a throttling policy or a plug-in limits its calls.
        lets_everybody_in: no authentication is needed, or none is one of the alternatives.
        is_preflight: it only answers the preflight requests of browsers, as the documentation of CORS asks for.
    """

    def __init__(self, subject: Subject, operation: Operation) -> None:
        self.operation = operation
        self.method, self.path = operation.method, operation.path
        self.name = f"{self.method} {self.path}"
        self.auth = operation.auth
        self.protocols = operation.protocols
        self.backends: tuple[Backend, ...] = operation.backends
        self.parameters: tuple[Parameter, ...] = operation.parameters
        self.plugins = operation.names("x-apigateway-plugins")
        self.ratelimit_names = operation.names("x-apigateway-ratelimit")
        self.access_names = operation.names("x-apigateway-access-control")
        self.ratelimits = [subject.ratelimits[name] for name in self.ratelimit_names if name in subject.ratelimits]
        self.access = [subject.access[name] for name in self.access_names if name in subject.access]
        self.schemes: list[SecurityScheme] = [
            subject.schemes[name] for name in sorted(operation.scheme_names) if name in subject.schemes
        ]
        self.is_throttled = bool(self.ratelimit_names) or any(map(subject.limits_calls, self.plugins))
        self.lets_everybody_in = NONE in self.auth
        # An export of the front end does not tell what answers.
        is_asking = self.method == "OPTIONS" and self.auth == (NONE,) and not operation.has_backend
        self.is_preflight = operation.is_preflight or is_asking

    def found(self, location: str, evidence: str = "", pointer: str | None = None) -> Found:
        """Return a fault of this operation."""
        at = self.operation.pointer if pointer is None else pointer
        return Found(at, location, evidence, operation=self.name)

    @property
    def changes_something(self) -> bool:
        """True if a call may change something, as one of ANY may."""
        return self.method not in _SAFE

    @property
    def is_prefix(self) -> bool:
        """True if it takes all paths that start with its own."""
        return (self.operation.match_mode or "").upper() == "SWA"

    @property
    def takes_more(self) -> bool:
        """True if it takes calls of many paths or methods: by a prefix, ANY or `{name+}`."""
        return self.is_prefix or self.method == "ANY" or takes_rest(self.path)

    @property
    def template_names(self) -> list[str]:
        """The names of the parameters in its path."""
        return template_parameters(self.path)

    @cached_property
    def backend_parameters(self) -> list[tuple[Backend, tuple[BackendParameter, ...]]]:
        """Its backends, one for all server groups, with the parameters that are sent to them."""
        once = {id(backend.source): backend for backend in self.backends}
        return [(backend, backend.parameters) for backend in once.values()]

    @cached_property
    def backend_hosts(self) -> list[tuple[Backend, list[str]]]:
        """Its backends with the hosts of their addresses."""
        return [(backend, hosts(backend.address)) for backend in self.backends]

    @cached_property
    def strength(self) -> int:
        """Strength of its weakest authentication: 0 none, 1 a bare credential, 2 signed or checked, 3 two of them."""
        words: dict[str, int] = {NONE: 0}
        for scheme in self.schemes:
            is_bare = scheme.http_scheme in ("basic", "digest") or accepts_appcode(scheme)
            word = self.operation.auth_word(scheme.name)
            words[word] = min(words.get(word, 2), 1 if is_bare else 2)
        return min(3 if " + " in one else words.get(one, 2) for one in self.auth)

    @property
    def security_pointer(self) -> str:
        """JSON pointer to its security, or to itself where nothing is written."""
        operation = self.operation
        return operation.security_pointer if operation.security or operation.has_own_security else operation.pointer

    def gateway_pointer(self, key: str) -> str:
        """Return the JSON pointer to one of its keys `x-apigateway-…`."""
        return f"{self.operation.pointer}/x-apigateway-{key}"


@dataclass(frozen=True, eq=False)
class Origin:
    """The export that something was found in.

    Attributes:
        key: values of the key columns of a set; empty for a single export.
        title: title of the API definition, which is the name of the group.
        environment: the environment; a file whose environment is not known counts as production.
    """

    key: Mapping[str, str]
    title: str
    environment: str

    @property
    def gateway(self) -> tuple[str, str]:
        """The project and the gateway."""
        return self.key.get("project", ""), self.key.get("gateway", "")

    @property
    def name(self) -> str:
        """The group and its gateway and environment, as far as they are known."""
        return " ".join(filter(None, (self.gateway[1], self.key.get("environment"), self.title)))


class Subject:
    """An export that is audited.

    Attributes:
        export: the export.
        schemes: the security schemes by name.
        domains: hosts under which its group is served.
    """

    def __init__(self, export: Export, key: Mapping[str, str] | None = None) -> None:
        self.export = export
        self.definition: ApiDefinition = export.definition
        self.document = self.definition.document
        self.schemes: Mapping[str, SecurityScheme] = self.document.security_schemes
        self.origin = Origin(dict(key or {}), self.definition.title, export.environment or RELEASE)
        self.domains = frozenset(host for address in self.document.addresses for host in hosts(address.host))

    @cached_property
    def apis(self) -> tuple[Api, ...]:
        """The operations."""
        return tuple(Api(self, operation) for operation in self.definition.operations)

    @cached_property
    def ratelimits(self) -> dict[str, RateLimit]:
        """The throttling policies by name."""
        return {policy.name: policy for policy in self.document.ratelimits}

    @cached_property
    def access(self) -> dict[str, AccessControl]:
        """The access control policies by name."""
        return {policy.name: policy for policy in self.document.access_controls}

    @cached_property
    def users_of_scheme(self) -> dict[str, list[Api]]:
        """The operations that accept a security scheme, by its name."""
        users: dict[str, list[Api]] = defaultdict(list)
        for api in self.apis:
            for name in api.operation.scheme_names:
                users[name].append(api)
        return users

    @cached_property
    def users_of_policy(self) -> dict[str, list[Api]]:
        """The operations that a throttling or access control policy is bound to, by its pointer."""
        users: dict[str, list[Api]] = defaultdict(list)
        for api in self.apis:
            for pointer in [policy.pointer for policy in api.ratelimits] + [policy.pointer for policy in api.access]:
                users[pointer].append(api)
        return users

    @cached_property
    def users_of_response(self) -> dict[str, list[Api]]:
        """The operations that use a set of gateway responses, by its name."""
        users: dict[str, list[Api]] = defaultdict(list)
        for api in self.apis:
            users[api.operation.gateway_response].append(api)
        return users

    @property
    def is_release(self) -> bool:
        """True if it is of the production environment."""
        return self.origin.environment == RELEASE

    def limits_calls(self, plugin: str) -> bool:
        """Return True if a plug-in limits the calls."""
        return any(self.plugin_does(plugin, kind) for kind in ("rate_limit", "ratelimit", "throttl", "限流", "流控"))

    def plugin_does(self, name: str, kind: str) -> bool:
        """Return True if a plug-in is of a kind, by its definition, or by its name where an export has no other."""
        definition = self.document.plugins.get(name)
        return kind in f"{name} {definition or ''}".lower().replace("-", "_")


def names_of(apis: Iterable[Api]) -> tuple[str, ...]:
    """Return some operations as `METHOD path`."""
    return tuple(api.name for api in apis)


def accepts_appcode(scheme: SecurityScheme) -> bool:
    """Return True if an AppCode in a header is enough."""
    return (scheme.auth_opt or "").lower() == "header"


def kind(backend: Backend) -> str:
    """Return the kind of a backend in upper case."""
    return (backend.kind or "").upper()


def is_http(backend: Backend) -> bool:
    """Return True if a backend is called by its address."""
    return kind(backend) == "HTTP"


def is_channel(backend: Backend) -> bool:
    """Return True if a backend is behind a VPC channel."""
    return kind(backend).startswith("HTTP-VPC")


def label(backend: Backend) -> str:
    """Return the name of a backend in words: `backend`, `backend policy p`, `server group g of the backend`."""
    name = "backend" if backend.policy is None else f"backend policy {backend.policy}"
    return f"{name}, server group {backend.server_group}" if backend.server_group else name


def backend_method(api: Api, backend: Backend) -> str:
    """Return the method with which a backend is called."""
    return backend.method or api.method


def subjects_of(given: Comparable | ExportSet) -> Iterator[Subject]:
    """Yield the exports to audit; of a set, each is read when it is its turn, and not kept.

    Raises:
        DocumentError: one of them is not an API definition; the message names it.
    """
    if not isinstance(given, ExportSet):
        yield Subject(as_export(given))
        return
    for key, export in given.items():
        try:
            yield Subject(replace(export), key._asdict())
        except DocumentError as error:
            raise DocumentError(f"{key or export.source}: {error}") from error
