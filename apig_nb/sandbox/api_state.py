"""One state of an API: its request, its backend, and the policies bound to it.

Field names are the keys of the content files (`content/README.md`), unless `key` in the field's metadata gives another.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

Method = Literal["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "ANY"]
Scheme = Literal["http", "https"]
Scalar = str | int | float


@dataclass(frozen=True)
class Parameter:
    """A request parameter of an API."""

    name: str
    location: Literal["path", "query", "header"] = field(default="query", metadata={"key": "in"})
    type: Literal["string", "number"] = "string"
    required: bool = False
    description: str = ""
    default: Scalar | None = None
    enum: tuple[Scalar, ...] = ()
    minimum: int | float | None = None
    maximum: int | float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    sample: str = ""
    pass_through: bool = True
    orchestrations: tuple[str, ...] = ()


@dataclass(frozen=True)
class HttpBackend:
    """A backend at a URL; an empty `path` means `prefix` followed by the front-end path."""

    kind: ClassVar[str] = "HTTP"
    url: str
    method: Method | None = None
    path: str = ""
    prefix: str = ""
    timeout: int = 5000
    retries: int = -1
    client_ssl: bool = False


@dataclass(frozen=True)
class VpcBackend:
    """A backend behind a load balance channel (VPC channel)."""

    kind: ClassVar[str] = "HTTP-VPC"
    channel: str
    scheme: Scheme = "http"
    method: Method | None = None
    path: str = ""
    prefix: str = ""
    timeout: int = 5000
    retries: int = -1
    client_ssl: bool = False


@dataclass(frozen=True)
class Member:
    """The request sent to one server group of a channel."""

    name: str
    scheme: Scheme = "http"
    method: Method | None = None
    path: str = ""
    prefix: str = ""


@dataclass(frozen=True)
class MemberGroupBackend:
    """A backend distributed over the server groups of one channel."""

    kind: ClassVar[str] = "HTTP-VPC-MEMBER-GROUP"
    channel: str
    members: tuple[Member, ...]
    timeout: int = 5000
    retries: int = -1


@dataclass(frozen=True)
class FunctionBackend:
    """A FunctionGraph function; its URN consists of the region, the project and `function`."""

    kind: ClassVar[str] = "FUNCTION"
    function: str
    version: str = "latest"
    invocation: Literal["sync", "async"] = "sync"
    network: Literal["V1", "V2"] = "V1"
    timeout: int = 5000


@dataclass(frozen=True)
class MockBackend:
    """A mock: the gateway itself answers with a fixed body."""

    kind: ClassVar[str] = "MOCK"
    answer: str


Backend = HttpBackend | VpcBackend | MemberGroupBackend | FunctionBackend | MockBackend
"""All types of backend; `kind` is the type as written in exports."""


@dataclass(frozen=True)
class Condition:
    """A condition of a backend policy, on a parameter, a cookie, a system parameter or the caller's address."""

    parameter: str = ""
    origin: Literal["request", "cookie", "system"] = "request"
    equal: str | None = None
    enum: str | None = None
    pattern: str | None = None
    source: str | None = None


@dataclass(frozen=True)
class BackendPolicy:
    """A backend that is used if conditions are met."""

    name: str
    backend: Backend
    when: tuple[Condition, ...]
    effect: Literal["ANY", "ALL"] = "ANY"


@dataclass(frozen=True)
class Constant:
    """A constant, or a system parameter such as `$context.sourceIp`, that the gateway sends to the backend."""

    name: str
    value: str
    location: Literal["path", "query", "header"] = field(default="header", metadata={"key": "in"})
    description: str = ""
    origin: Literal["CONSTANT", "SYSTEM"] = "CONSTANT"


@dataclass(frozen=True)
class ApiState:
    """One state of an API: as edited, or as published in an environment."""

    method: Method
    path: str
    backend: Backend
    description: str = ""
    tags: tuple[str, ...] = ()
    auth: str = "app"
    protocols: tuple[Scheme, ...] = ("https",)
    visibility: Literal["public", "private"] = "public"
    match: Literal["NORMAL", "SWA"] = "NORMAL"
    cors: bool = False
    base64: bool = True
    content_type: Literal["application/json", "application/xml", "multipart/form-data", "text/plain"] | None = None
    response: str = ""
    normal_sample: str = ""
    failure_sample: str = ""
    parameters: tuple[Parameter, ...] = ()
    constants: tuple[Constant, ...] = ()
    policies: tuple[BackendPolicy, ...] = ()
    throttle: str = ""
    access: str | tuple[str, ...] = ""
    plugins: tuple[str, ...] = ()

    @property
    def accesses(self) -> tuple[str, ...]:
        """The names of the access control policies."""
        return self.access if isinstance(self.access, tuple) else tuple(filter(None, [self.access]))
