"""`ExportRequest`: the fields of the "Exporting APIs" call, checked before anything is sent.

Fields have the names of the wire. Source: https://support.huaweicloud.com/eu/api-apig/ExportApiDefinitionsV2.html
"""

from __future__ import annotations

import dataclasses
import json
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from apig_nb.errors import ArgumentError, FieldError
from apig_nb.text import parse_yaml

RELEASE_ENV_ID: Final = "DEFAULT_ENVIRONMENT_RELEASE_ID"
"""The id of the built-in environment RELEASE, the same on every gateway."""

FRONT_END: Final = "front end"
BACKENDS: Final = "backends"
POLICIES: Final = "policies"
"""The parts of an API: what callers see; backends and backend policies; throttling, access control, authorizers,
plug-ins."""
PARTS: Final = (FRONT_END, BACKENDS, POLICIES)


@dataclass(frozen=True)
class DefinitionScope:
    """A value of `define`.

    Attributes:
        label: its name for users.
        parts: the parts of an API that an export of this scope contains.
    """

    label: str
    parts: frozenset[str]


SCOPES: Final[Mapping[str, DefinitionScope]] = {
    "spec": DefinitionScope("front end only", frozenset({FRONT_END})),
    "proxy": DefinitionScope("front end and backend", frozenset({FRONT_END, BACKENDS})),
    "all": DefinitionScope("everything, policies too", frozenset({FRONT_END, BACKENDS, POLICIES})),
    "dev": DefinitionScope("front end and backend, unpublished APIs too", frozenset({FRONT_END, BACKENDS})),
}
"""The definition scopes by the value of `define`."""

V1_SCOPES: Final[Mapping[str, str]] = {"base": "spec", "full": "proxy"}
"""Names of version 1 of the call, which names of exported files still have, and the scopes they stand for.

Source: https://support.huaweicloud.com/intl/en-us/api-apig/apig-api-180911238.html
"""

ALLOWED: Final[Mapping[str, tuple[str, ...]]] = {
    "define": tuple(SCOPES),
    "type": ("json", "yaml", "yml"),
    "oas_version": ("2.0", "3.0"),
}
"""The allowed values of the fields that have an enumeration."""

DEFAULTS: Final[Mapping[str, str]] = {"define": "spec", "type": "json", "oas_version": "2.0"}
"""The values the service takes for fields that are not sent."""

PATH_FIELDS: Final = ("project_id", "instance_id")
QUERY_FIELDS: Final = ("oas_version",)
BODY_FIELDS: Final = ("env_id", "group_id", "define", "type", "version", "apis")

SERVICES: Final[Mapping[str, str]] = {"apig": "apigw", "roma": "apic"}
"""The services that answer the call, and their segment of its path.

Source for ROMA Connect: https://support.huaweicloud.com/api-roma/ExportApiDefinitionsV2.html
"""

TOKEN_VARIABLE: Final = "APIG_TOKEN"  # noqa: S105 - the name of a variable, not a secret
"""The environment variable that holds the token in rendered commands and code."""


def find_scope(name: str | None) -> DefinitionScope | None:
    """Find a definition scope by its name in any version of the call; None where it is not known."""
    lower = (name or "").lower()
    return SCOPES.get(V1_SCOPES.get(lower, lower))


def gateways_path(project_id: str, service: str = "apig") -> str:
    """Return the path of a project's gateways; the paths of all calls to a gateway begin with it.

    Raises:
        ArgumentError: there is no such service.
    """
    return f"/v2/{project_id}/{SERVICES[checked_service(service)]}/instances"


def checked_service(service: str) -> str:
    """Return the name of a service.

    Raises:
        ArgumentError: it is not one of `SERVICES`.
    """
    if service not in SERVICES:
        raise ArgumentError("service", service, "is not known", tuple(SERVICES))
    return service


@dataclass(frozen=True, init=False)
class ExportRequest:
    """The fields of one export call.

    A field that is not given has its documented default as its value and is not sent.

    Attributes:
        project_id: the project the gateway belongs to.
        instance_id: the gateway.
        env_id: the environment whose published APIs are exported.
        group_id: the API group.
        define: the definition scope: `spec` front end only, `proxy` backend too, `all` with throttling and access
            control policies, authorizers and plug-ins, `dev` like `proxy`, with the APIs that are not published.
        type: `json`, `yaml` or `yml`.
        oas_version: `2.0` (Swagger) or `3.0` (OpenAPI).
        version: written to `info.version`; when not sent, the service writes the time of the export.
        apis: ids of the APIs to export; when not sent, every API of the group published in the environment.
        given: names of the fields that are sent.

    Raises:
        FieldError: a field is missing, empty or malformed, or a value is outside its enumeration.
    """

    project_id: str
    instance_id: str
    env_id: str
    group_id: str
    define: str
    type: str
    oas_version: str
    version: str | None
    apis: tuple[str, ...] | None
    given: frozenset[str] = field(init=False, repr=False)

    def __init__(
        self,
        *,
        project_id: str | None = None,
        instance_id: str | None = None,
        env_id: str | None = None,
        group_id: str | None = None,
        define: str | None = None,
        type: str | None = None,
        oas_version: str | None = None,
        version: str | None = None,
        apis: Iterable[str] | None = None,
    ) -> None:
        given = checked_fields({name: value for name, value in locals().items() if name in FIELD_NAMES})
        for name in FIELD_NAMES:
            # The class is frozen.
            object.__setattr__(self, name, given[name] if name in given else _default(name))
        object.__setattr__(self, "given", frozenset(given))

    def replace(self, **changes: Any) -> ExportRequest:
        """Return a changed copy; `None` takes a field back to its default, not sent."""
        return _from_fields({**self.to_dict(), **changes})

    def path(self, service: str = "apig", *, as_task: bool = False) -> str:
        """Return the path of the call.

        Args:
            service: `apig`, or `roma` for ROMA Connect.
            as_task: the path that starts an asynchronous export.

        Raises:
            ArgumentError: there is no such service.
        """
        call = "async-export" if as_task else "export"
        return f"{self.gateway_path(service)}/openapi/{call}"

    def gateway_path(self, service: str = "apig") -> str:
        """Return the path of the gateway; raises like `path`."""
        return f"{gateways_path(self.project_id, service)}/{self.instance_id}"

    @property
    def query(self) -> dict[str, str]:
        """The query parameters that are sent."""
        return self._sent(QUERY_FIELDS)

    @property
    def body(self) -> dict[str, str | list[str]]:
        """The JSON body that is sent."""
        return self._sent(BODY_FIELDS)

    def to_dict(self) -> dict[str, str | list[str]]:
        """All fields that are given, by wire name."""
        return self._sent(FIELD_NAMES)

    def _sent(self, names: Iterable[str]) -> dict[str, Any]:
        sent = {name: getattr(self, name) for name in names if name in self.given}
        return {name: list(value) if name == "apis" else value for name, value in sent.items()}

    def to_yaml(self) -> str:
        """Write the request as YAML; `from_yaml` reads it back."""
        # Late, so that importing the package stays light.
        import yaml

        return yaml.safe_dump(self.to_dict(), sort_keys=False, allow_unicode=True)

    @classmethod
    def from_yaml(cls, text: str) -> ExportRequest:
        """Read a request written by `to_yaml`.

        Raises:
            FieldError: the text is not a YAML mapping of the call's fields.
        """
        try:
            # Scalars stay as written: 2.0 must not become a number, nor a version a date.
            fields = parse_yaml(text, scalars_as_text=True)
        except ValueError as error:
            raise FieldError("request", text, f"is {error}") from error
        if not isinstance(fields, dict):
            raise FieldError("request", text, "is not a YAML mapping")
        return _from_fields(fields)

    def url(self, endpoint: str = "https://ENDPOINT", service: str = "apig", *, as_task: bool = False) -> str:
        """Return the URL of the call, query included.

        Args:
            endpoint: as of `connect`; `client.endpoint` has it.
            service: `apig`, or `roma` for ROMA Connect; `client.service` has it.
            as_task: the URL that starts an asynchronous export.

        Raises:
            ArgumentError: there is no such service.
        """
        query = "&".join(f"{name}={value}" for name, value in self.query.items())
        return f"{endpoint.rstrip('/')}{self.path(service, as_task=as_task)}" + (f"?{query}" if query else "")

    def curl(self, endpoint: str = "https://ENDPOINT", service: str = "apig", *, as_task: bool = False) -> str:
        """Write the call as a curl command that takes the token from `$APIG_TOKEN`; arguments as of `url`."""
        body = json.dumps(self.body, ensure_ascii=False)
        return (
            f"curl --request POST {shlex.quote(self.url(endpoint, service, as_task=as_task))} \\\n"
            f'  --header "X-Auth-Token: ${TOKEN_VARIABLE}" \\\n'
            f"  --header 'Content-Type: application/json' \\\n"
            f"  --data {shlex.quote(body)}"
        )

    def python(self, endpoint: str = "https://ENDPOINT", service: str = "apig") -> str:
        """Write the call as Python code that takes the token from the variable `APIG_TOKEN`; arguments as of `url`."""
        fields = "".join(f"    {name}={value!r},\n" for name, value in self.to_dict().items())
        service_line = "" if service == "apig" else f"    service={service!r},\n"
        return (
            "import os\n\n"
            "import apig_nb as apig\n\n"
            f"request = apig.ExportRequest(\n{fields})\n"
            "with apig.connect(\n"
            f"    endpoint={endpoint!r},\n"
            f'    token=os.environ["{TOKEN_VARIABLE}"],\n'
            f"    project_id={self.project_id!r},\n"
            f"    instance_id={self.instance_id!r},\n"
            f"{service_line}"
            ") as client:\n"
            "    export = client.send(request)\n"
        )


FIELD_NAMES: Final = tuple(spec.name for spec in dataclasses.fields(ExportRequest) if spec.name != "given")

# An id becomes a segment of a path: it must not change the path or end the request line.
# Lone surrogates cannot be encoded as UTF-8.
_UNSAFE_IN_ID = re.compile(r"[\x00-\x20\x7f-\xa0\ud800-\udfff/\\?#%]|^\.{1,2}$")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def checked_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Check the fields of a request that may still be incomplete.

    Args:
        fields: by wire name; None stands for a field that is not given.

    Returns:
        The fields that are given.

    Raises:
        FieldError: a field is empty or malformed, or a value is outside its enumeration.
    """
    return {name: _checked(name, value) for name, value in fields.items() if value is not None}


def _from_fields(fields: Mapping[str, Any]) -> ExportRequest:
    for name, value in fields.items():
        if name not in FIELD_NAMES:
            raise FieldError(str(name), value, "is not a field of the export call", FIELD_NAMES)
    return ExportRequest(**fields)


def _default(name: str) -> str | None:
    if name in (*PATH_FIELDS, "env_id", "group_id"):
        raise FieldError(name, None, "is mandatory")
    return DEFAULTS.get(name)


def _checked(name: str, value: object) -> str | tuple[str, ...]:
    if name == "apis":
        return _checked_ids(value)
    if not isinstance(value, str):
        raise FieldError(name, value, "must be text", ALLOWED.get(name, ()))
    if name in ALLOWED:
        if value not in ALLOWED[name]:
            raise FieldError(name, value, "is not one of the allowed values", ALLOWED[name])
        # A member of an `enum.StrEnum` becomes a plain string.
        return str.__str__(value)
    if name == "version":
        return _checked_text(name, value)
    return checked_id(name, value)


def _checked_text(name: str, value: str) -> str:
    if not value.strip():
        raise FieldError(name, value, "must not be empty")
    if _CONTROL.search(value):
        raise FieldError(name, value, "must not hold control characters")
    return value


def checked_id(name: str, value: object) -> str:
    """Return an id that is safe as a segment of a path.

    Raises:
        FieldError: it is not a string, is empty, or would change the path.
    """
    if not isinstance(value, str):
        raise FieldError(name, value, "must be text")
    if not value:
        raise FieldError(name, value, "must not be empty")
    if _UNSAFE_IN_ID.search(value):
        raise FieldError(name, value, "must not hold path separators, blanks or control characters")
    return value


def _checked_ids(value: object) -> tuple[str, ...]:
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise FieldError("apis", value, "must be a list of API ids")
    ids = tuple(checked_id("apis", item) for item in value)
    if not ids:
        raise FieldError("apis", value, "must not be empty; leave it out to export every published API")
    repeated = sorted(item for item, times in Counter(ids).items() if times > 1)
    if repeated:
        raise FieldError("apis", value, f"holds the same id twice: {', '.join(repeated)}")
    return ids
