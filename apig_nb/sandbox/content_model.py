"""The content that a sandbox serves, as read from a content folder; independent of HTTP and YAML.

Field names are the keys of the content files (`content/README.md`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, Literal

from apig_nb.sandbox.api_state import ApiState
from apig_nb.sandbox.dialects import Year

Status = Literal["Running", "Frozen", "Creating", "Updating", "Deleting", "Unhealthy"]
Permission = Literal["instances", "envs", "api_groups", "apis", "export", "tasks"]

ALL_CALLS: Final[tuple[Permission, ...]] = ("instances", "envs", "api_groups", "apis", "export", "tasks")

# Creation times are some days before the clock, so the first year is not allowed.
_CLOCK_YEARS: Final = range(1971, 9999)


def derived_id(*names: str) -> str:
    """Derive an id of 32 lower-case hex digits from names, so that it is the same at every start."""
    return hashlib.sha256("/".join(names).encode()).hexdigest()[:32]


def clock_time(value: object) -> datetime:
    """Return a time in UTC; one without a time zone is in UTC already.

    Raises:
        ValueError: the value is not a time, or is out of range.
    """
    if not isinstance(value, datetime) or value.year not in _CLOCK_YEARS:
        raise ValueError("clock must be a time such as 2026-01-02T03:04:05Z, of the years 1971 to 9998")
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


@dataclass(frozen=True)
class SpecialLimit:
    """The limit of one app or user under a throttling policy."""

    type: Literal["APP", "USER"]
    instance: str
    limit: int


@dataclass(frozen=True)
class Throttle:
    """A throttling policy."""

    name: str
    api_limit: int
    interval: int = 1
    unit: Literal["SECOND", "MINUTE", "HOUR", "DAY"] = "SECOND"
    user_limit: int | None = None
    app_limit: int | None = None
    ip_limit: int | None = None
    shared: bool = False
    special: tuple[SpecialLimit, ...] = ()


@dataclass(frozen=True)
class AccessControl:
    """An access control policy."""

    name: str
    values: tuple[str, ...]
    action: Literal["PERMIT", "DENY"] = "PERMIT"
    entity: Literal["IP", "DOMAIN", "DOMAIN_ID"] = "IP"


@dataclass(frozen=True)
class Identity:
    """A part of the request that an authorizer checks."""

    name: str
    location: Literal["HEADER", "QUERY"] = "HEADER"
    validation: str = ""


@dataclass(frozen=True)
class Authorizer:
    """A custom authorizer: a function that allows or rejects calls."""

    name: str
    function: str
    version: str = "latest"
    identities: tuple[Identity, ...] = ()
    network: Literal["V1", "V2"] = "V1"
    need_body: bool = False
    retries: int = 0
    timeout: int = 5000
    ttl: int = 60


@dataclass(frozen=True)
class GatewayResponse:
    """The answer of the gateway itself for one type of error."""

    status: int
    body: str


@dataclass(frozen=True)
class Api:
    """An API: its editing state, and its published state by name of environment."""

    id: str
    name: str
    editing: ApiState
    published: Mapping[str, ApiState]


@dataclass(frozen=True)
class Group:
    """An API group."""

    id: str
    name: str
    apis: tuple[Api, ...]
    description: str = ""
    domains: tuple[str, ...] = ()
    responses: Mapping[str, Mapping[str, GatewayResponse]] = field(default_factory=dict)

    @property
    def subdomain(self) -> str:
        """The default domain, which starts with the group id."""
        return f"{self.id}.apigw.example.com"


@dataclass(frozen=True)
class Environment:
    """An environment."""

    id: str
    name: str
    description: str = ""


@dataclass(frozen=True)
class Policies:
    """The throttling and access control policies of one environment, by name."""

    throttles: Mapping[str, Throttle]
    access_controls: Mapping[str, AccessControl]


@dataclass(frozen=True)
class Gateway:
    """A gateway (instance) with its environments, policies and groups."""

    id: str
    name: str
    project_id: str
    environments: tuple[Environment, ...]
    policies: Mapping[str, Policies]
    authorizers: Mapping[str, Authorizer]
    groups: tuple[Group, ...]
    status: Status = "Running"
    spec: str = "PROFESSIONAL"
    eip: str = ""
    dialect: Year = 2025

    def environment(self, env_id: str) -> Environment | None:
        """Find an environment by id."""
        return next((env for env in self.environments if env.id == env_id), None)

    def group(self, group_id: str) -> Group | None:
        """Find an API group by id."""
        return next((group for group in self.groups if group.id == group_id), None)


@dataclass(frozen=True)
class Project:
    """An IAM project."""

    id: str
    name: str
    parent_id: str
    description: str = ""
    enabled: bool = True


@dataclass(frozen=True)
class User:
    """An IAM user and the calls that the user may make."""

    id: str
    name: str
    password: str = field(repr=False)
    passcode: str = field(default="", repr=False)
    operates_agencies: bool = False
    may: tuple[Permission, ...] = ALL_CALLS

    def allowed(self, calls: Collection[str]) -> User:
        """Return the user with other permissions.

        Raises:
            ValueError: there is no such call.
        """
        if unknown := set(calls) - set(ALL_CALLS):
            raise ValueError(f"unknown call {min(unknown)!r}; known: {', '.join(ALL_CALLS)}")
        return replace(self, may=tuple(call for call in ALL_CALLS if call in calls))


@dataclass(frozen=True)
class Agency:
    """An agency: the calls that users of another account may make in this account."""

    name: str
    may: tuple[Permission, ...] = ALL_CALLS


@dataclass
class Content:
    """The content of a folder.

    Attributes:
        clock: the current time for versions and dates of the content; it moves on request only.
    """

    account: str
    region: str
    clock: datetime
    projects: tuple[Project, ...]
    users: tuple[User, ...]
    gateways: tuple[Gateway, ...]
    agencies: tuple[Agency, ...] = ()

    @property
    def account_id(self) -> str:
        """The id of the account."""
        return derived_id("account", self.account)

    @property
    def main_project(self) -> Project:
        """The project of the region: the one that has the region's name."""
        return next(project for project in self.projects if project.name == self.region)

    def user(self, name: str) -> User | None:
        """Find a user by name."""
        return next((user for user in self.users if user.name == name), None)

    def user_by_id(self, user_id: str) -> User | None:
        """Find a user by id."""
        return next((user for user in self.users if user.id == user_id), None)

    def agency(self, name: str) -> Agency | None:
        """Find an agency by name."""
        return next((agency for agency in self.agencies if agency.name == name), None)

    def gateway(self, instance_id: str) -> Gateway | None:
        """Find a gateway by id."""
        return next((gateway for gateway in self.gateways if gateway.id == instance_id), None)
