"""`ExportRequest`: every field of the "Exporting APIs" call, checked before anything is sent.

Source: contract/export, "Request". Fields carry the wire's names.
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

from apig_nb.errors import FieldError

RELEASE_ENV_ID: Final = "DEFAULT_ENVIRONMENT_RELEASE_ID"
"""The id of the built-in environment RELEASE, the same on every gateway (contract/lookups)."""

ALLOWED: Final[Mapping[str, tuple[str, ...]]] = {
    "define": ("spec", "proxy", "all", "dev"),
    "type": ("json", "yaml", "yml"),
    "oas_version": ("2.0", "3.0"),
}
"""The enumerations of the call."""

DEFAULTS: Final[Mapping[str, str]] = {"define": "spec", "type": "json", "oas_version": "2.0"}
"""What the service takes for a field that is not sent."""

PATH_FIELDS: Final = ("project_id", "instance_id")
QUERY_FIELDS: Final = ("oas_version",)
BODY_FIELDS: Final = ("env_id", "group_id", "define", "type", "version", "apis")

SERVICES: Final[Mapping[str, str]] = {"apig": "/apigw/", "roma": "/apic/"}
"""The products that answer the calls, and the word for them in a path (contract/export, "Differences")."""

TOKEN_VARIABLE: Final = "APIG_TOKEN"  # noqa: S105 - the name of a variable, not a secret
"""The environment variable that stands for the token in rendered commands and code."""


@dataclass(frozen=True, init=False)
class ExportRequest:
    """One export call: what is exported from where, and how it is written.

    A field that is not given has its documented default as value and is not sent; `given` names those that are.

    Attributes:
        project_id: the project the gateway belongs to.
        instance_id: the gateway.
        env_id: the environment whose published APIs are exported.
        group_id: the API group.
        define: the definition scope: `spec` front end only, `proxy` backend too, `all` with throttling and access
            control policies, authorizers and plug-ins, `dev` front and backend of the current editing state.
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
        fields = {name: value for name, value in locals().items() if name in FIELD_NAMES and value is not None}
        for name in FIELD_NAMES:
            value = _checked(name, fields[name]) if name in fields else _default(name)
            object.__setattr__(self, name, value)
        object.__setattr__(self, "given", frozenset(fields))

    def replace(self, **changes: Any) -> ExportRequest:
        """Return a changed copy; `None` takes a field back to its default, not sent."""
        return _from_fields({**self.to_dict(), **changes})

    @property
    def path(self) -> str:
        """The path of the call below the endpoint, as API Gateway has it."""
        return f"/v2/{self.project_id}/apigw/instances/{self.instance_id}/openapi/export"

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
        import yaml

        return yaml.safe_dump(self.to_dict(), sort_keys=False, allow_unicode=True)

    @classmethod
    def from_yaml(cls, text: str) -> ExportRequest:
        """Read a request written by `to_yaml`.

        Raises:
            FieldError: the text is no YAML mapping of the call's fields.
        """
        import yaml

        try:
            # BaseLoader leaves every scalar a text: 2.0 stays "2.0", and a date stays what was written.
            fields = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - BaseLoader builds texts only
        # An escape beyond Unicode is one of the two in the middle.
        except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
            raise FieldError("request", text, f"is no YAML ({getattr(error, 'problem', error)})") from error
        if not isinstance(fields, dict):
            raise FieldError("request", text, "is no YAML mapping")
        return _from_fields(fields)

    def url(self, endpoint: str = "https://ENDPOINT", service: str = "apig") -> str:
        """The address of the call, query included.

        Args:
            endpoint: as of `connect`, where it is `client.endpoint`.
            service: likewise: `apig`, or `roma` for ROMA Connect.

        Raises:
            FieldError: there is no such service.
        """
        query = "&".join(f"{name}={value}" for name, value in self.query.items())
        return f"{endpoint.rstrip('/')}{path_at(service, self.path)}" + (f"?{query}" if query else "")

    def curl(self, endpoint: str = "https://ENDPOINT", service: str = "apig") -> str:
        """Render the call as a curl command that takes the token from `$APIG_TOKEN`; arguments as of `url`."""
        body = json.dumps(self.body, ensure_ascii=False)
        return (
            f"curl --request POST {shlex.quote(self.url(endpoint, service))} \\\n"
            f'  --header "X-Auth-Token: ${TOKEN_VARIABLE}" \\\n'
            f"  --header 'Content-Type: application/json' \\\n"
            f"  --data {shlex.quote(body)}"
        )

    def python(self, endpoint: str = "https://ENDPOINT", service: str = "apig") -> str:
        """Render the call as Python code that takes the token from the variable `APIG_TOKEN`; arguments as of `url`."""
        fields = self.to_dict()
        request = "".join(f"    {name}={value!r},\n" for name, value in fields.items())
        of_service = "" if service == "apig" else f"    service={service!r},\n"
        return (
            "import os\n\n"
            "import apig_nb as apig\n\n"
            f"request = apig.ExportRequest(\n{request})\n"
            "with apig.connect(\n"
            f"    endpoint={endpoint!r},\n"
            f'    token=os.environ["{TOKEN_VARIABLE}"],\n'
            f"    project_id={self.project_id!r},\n"
            f"    instance_id={self.instance_id!r},\n"
            f"{of_service}"
            ") as client:\n"
            "    export = client.send(request)\n"
        )


FIELD_NAMES: Final = tuple(spec.name for spec in dataclasses.fields(ExportRequest) if spec.name != "given")

# An id becomes part of a path: nothing in it may lead elsewhere or break the request line.
# Lone surrogates, half a character each, cannot be sent at all.
_UNSAFE_IN_ID = re.compile(r"[\x00-\x20\x7f-\xa0\ud800-\udfff/\\?#%]|^\.{1,2}$")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def path_at(service: str, path: str) -> str:
    """A path of API Gateway as a service has it.

    Raises:
        FieldError: there is no such service.
    """
    if service not in SERVICES:
        raise FieldError("service", service, "is not known", tuple(SERVICES))
    return path.replace(SERVICES["apig"], SERVICES[service], 1)


def _from_fields(fields: Mapping[str, Any]) -> ExportRequest:
    for name, value in fields.items():
        if name not in FIELD_NAMES:
            raise FieldError(str(name), value, "is no field of the export call", FIELD_NAMES)
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
        # An enumeration member that is also a text becomes that plain text.
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
    """Return an id that is safe as a part of a path.

    Raises:
        FieldError: it is no text, empty, or would lead elsewhere.
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
