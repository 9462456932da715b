"""`connect` and `Client`: one project of one cloud, its gateways, and the export call.

Source: contract/export, contract/lookups.
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from time import perf_counter
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Self

from apig_nb.credentials import TokenAuth
from apig_nb.errors import DocumentError, FieldError
from apig_nb.export import Export, first_sign
from apig_nb.names import (
    APIS,
    ENVIRONMENTS,
    GATEWAYS,
    GROUPS,
    PROJECTS,
    Item,
    Listing,
    checked_name,
    checked_names,
    find_id,
    is_id,
    only_running,
)
from apig_nb.request import RELEASE_ENV_ID, ExportRequest, checked_id
from apig_nb.service_errors import is_error_body, read_service_error, request_id
from apig_nb.transport import READ_TIMEOUT, BaseTransport, Connection, Response

if TYPE_CHECKING:
    from pandas import DataFrame

    from apig_nb.sandbox import Sandbox

TARGETS: Final = ("sandbox",)
"""What `connect` knows by name."""

MOS: Final = "MOS"
"""A built-in project for object storage, no region (contract/lookups, "Projects")."""


def connect(
    target: str | None = None,
    *,
    endpoint: str | None = None,
    token: str | None = None,
    project_id: str | None = None,
    instance_id: str | None = None,
    iam_endpoint: str | None = None,
    timeout: float = READ_TIMEOUT,
    transport: BaseTransport | None = None,
) -> Client:
    """Make a client; nothing is sent yet.

        connect("sandbox")                                      # the embedded stand-in gateway
        connect(endpoint="https://apig.eu-west-101.myhuaweicloud.eu", token=..., project_id=...)

    Args:
        target: `sandbox` starts the embedded stand-in gateway, which ends with the client.
        endpoint: address of API Gateway's management interface: https, or http to this machine.
        token: a project-scoped token.
        project_id: the project the gateways belong to.
        instance_id: the default gateway; without it, the only one that is running.
        iam_endpoint: address of IAM; told from `endpoint` where its host starts with `apig.`.
        timeout: seconds the service may stay silent; a connection may take 5 seconds at most.
        transport: an `httpx.BaseTransport` that carries the calls in place of the usual one, proxies included.

    Raises:
        FieldError: an argument is missing or wrong.
        CredentialsError: there is no token, or it must not be sent to this address.
        MissingExtraError: the sandbox's packages are not installed.
    """
    cloud = {"endpoint": endpoint, "token": token, "project_id": project_id, "iam_endpoint": iam_endpoint}
    if target is None:
        if project_id is None:
            raise FieldError("project_id", None, "is missing")
        connection = Connection(endpoint, iam_endpoint, TokenAuth(token), timeout, transport)
        return Client(connection, project_id, instance_id)
    if target not in TARGETS:
        raise FieldError("target", target, "is not known; otherwise give endpoint=, token= and project_id=", TARGETS)
    for name, value in cloud.items():
        if value is not None:
            raise FieldError(name, "***" if name == "token" else value, f"does not go with connect({target!r})")
    return _connect_sandbox(instance_id, timeout, transport)


def _connect_sandbox(instance_id: str | None, timeout: float, transport: BaseTransport | None) -> Client:
    from apig_nb import sandbox

    started = sandbox.start()
    try:
        connection = Connection(started.url, started.url, TokenAuth(started.token), timeout, transport)
        return Client(connection, started.project_id, instance_id or started.instance_id, sandbox=started)
    except BaseException:
        started.stop()
        raise


class Client:
    """One project of one cloud; made by `connect`.

    A context manager: closing it closes its connections, and the sandbox it owns. So does the end of the interpreter,
    and so does losing the last reference, as happens when a cell is run again. May be shared by threads.

    Attributes:
        project_id: the project.
        instance_id: the default gateway as given to `connect`; `None` stands for the only one that is running.
        endpoint: address of API Gateway's management interface.
        where: what it talks to, for people: `sandbox`, or the endpoint.
    """

    def __init__(
        self, connection: Connection, project_id: str, instance_id: str | None, *, sandbox: Sandbox | None = None
    ) -> None:
        self.project_id = checked_id("project_id", project_id)
        self.instance_id = None if instance_id is None else checked_id("instance_id", instance_id)
        self.endpoint = connection.endpoint
        self._connection = connection
        self.where = connection.endpoint if sandbox is None else "sandbox"
        self._only_gateway: str | None = None
        # Ids seen in listings, so that an export can say in words what it is of.
        self._names = {RELEASE_ENV_ID: "RELEASE"}
        self._finalizer = weakref.finalize(self, _shut, connection, sandbox)

    def close(self) -> None:
        """Close the connections, and stop the sandbox if the client owns one. May be called twice."""
        self._finalizer()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __repr__(self) -> str:
        gateway = self.instance_id or self._only_gateway or "the only one running"
        return f"<Client {self.where}, project {self.project_id}, gateway {gateway}>"

    def projects(self) -> DataFrame:
        """The projects these credentials may use, without disabled ones and the built-in `MOS`.

        Returns:
            One row per project: name, id, description, parent_id, domain_id; all `str`.

        Raises:
            FieldError: IAM's address is not known.
            ServiceError: the service refused, as from every look-up.
            TransportError: no answer came, as from every look-up.
            DocumentError: the answer is no list of the documented shape, as from every look-up.
        """
        answer = self._connection.iam("GET", "/v3/auth/projects")
        projects = PROJECTS.page(answer)[0]
        return PROJECTS.frame([p for p in projects if p.get("name") != MOS and p.get("enabled") is not False])

    def gateways(self) -> DataFrame:
        """The gateways of the project.

        Returns:
            One row per gateway: name, id, status, spec (`str`), create_time (UTC), eip_address,
            loadbalancer_provider (`str`), charging_mode (`Int64`), type, enterprise_project_id, project_id (`str`).
            Only a gateway whose status is `Running` is fit for use.
        """
        return GATEWAYS.frame(self._gateways())

    def environments(self, gateway: str | None = None) -> DataFrame:
        """The environments of a gateway.

        Returns:
            One row per environment: name, id, remark (`str`), create_time (UTC).
        """
        return ENVIRONMENTS.frame(self._environments(self._gateway_id(gateway)))

    def groups(self, gateway: str | None = None) -> DataFrame:
        """The API groups of a gateway.

        Returns:
            One row per group: name, id, remark, sl_domain (its default subdomain), domains (its own, joined by `, `)
            (all `str`), is_default (`boolean`), version (`str`), register_time, update_time (UTC).
        """
        return GROUPS.frame(self._groups(self._gateway_id(gateway)))

    def apis(self, group: str | None = None, env: str | None = None, gateway: str | None = None) -> DataFrame:
        """The APIs of a gateway; of a group, and published in an environment, where these are given.

        With both this is what an export of the pair covers.

        Args:
            group: name or id of an API group.
            env: name or id of an environment.
            gateway: name or id of a gateway.

        Returns:
            One row per API: name (an export's `operation_id`), id, method, path, match_mode, auth_type, backend_type,
            protocol, environments (those it runs in, joined by `, `), group, group_id (`str`), public, cors
            (`boolean`), tags (joined by `, `), remark, version (`str`), register_time, update_time (UTC).

        Raises:
            NameLookupError: a name fits nothing, or several things.
        """
        gateway_id = self._gateway_id(gateway)
        group_id = None if group is None else self._group_id(group, gateway_id)
        env_id = None if env is None else self._environment_id(env, gateway_id)
        return APIS.frame(self._apis(gateway_id, group_id, env_id))

    def request(
        self,
        *,
        group: str,
        env: str,
        apis: Iterable[str] | None = None,
        define: str | None = None,
        type: str | None = None,
        oas_version: str | None = None,
        version: str | None = None,
        gateway: str | None = None,
    ) -> ExportRequest:
        """Make the request that `export` would send: names become ids, no export is made.

        A text that looks like an id is taken as one; `RELEASE` is known; other names are looked up.

        Args:
            group: name or id of the API group.
            env: name or id of the environment.
            apis: names or ids of the APIs; without it, every API of the group published in the environment.
            define: the definition scope, see `ExportRequest`.
            type: `json`, `yaml` or `yml`.
            oas_version: `2.0` or `3.0`.
            version: what to write to `info.version`.
            gateway: name or id of the gateway, in place of the default one.

        Raises:
            FieldError: an argument is missing or wrong; nothing was sent.
            NameLookupError: a name fits nothing, or several things.
        """
        group, env = checked_name("group", group), checked_name("env", env)
        wanted = None if apis is None else checked_names("apis", apis)
        # The other fields are checked before the first name is looked up.
        unresolved = ExportRequest(
            project_id=self.project_id,
            instance_id="unresolved",
            env_id="unresolved",
            group_id="unresolved",
            define=define,
            type=type,
            oas_version=oas_version,
            version=version,
        )
        gateway_id = self._gateway_id(gateway)
        group_id = self._group_id(group, gateway_id)
        return unresolved.replace(
            instance_id=gateway_id,
            group_id=group_id,
            env_id=self._environment_id(env, gateway_id),
            apis=None if wanted is None else self._api_ids(wanted, group_id, gateway_id),
        )

    def export(
        self,
        *,
        group: str,
        env: str,
        apis: Iterable[str] | None = None,
        define: str | None = None,
        type: str | None = None,
        oas_version: str | None = None,
        version: str | None = None,
        gateway: str | None = None,
    ) -> Export:
        """Export the APIs of a group as they are published in an environment; the arguments of `request`.

        Raises:
            FieldError: an argument is missing or wrong; nothing was sent.
            NameLookupError: a name fits nothing, or several things.
            ServiceError: the service refused; the message says what to do.
            TransportError: no whole answer came.
            DocumentError: what came is no API document; the message says what it is.
        """
        return self.send(
            self.request(
                group=group,
                env=env,
                apis=apis,
                define=define,
                type=type,
                oas_version=oas_version,
                version=version,
                gateway=gateway,
            )
        )

    def send(self, request: ExportRequest) -> Export:
        """Make exactly this one call; raises as `export`."""
        started = perf_counter()
        answer = self._connection.apig("POST", request.path, request.query, request.body)
        export = Export(
            raw=answer.content,
            request=request,
            status_code=answer.status_code,
            request_id=request_id(answer.headers),
            time=datetime.now(UTC),
            duration=perf_counter() - started,
            group=self._names.get(request.group_id),
            environment=self._names.get(request.env_id),
            scope=request.define,
        )
        if not _looks_like_document(export.raw):
            _check_in_full(export, answer)
        return export

    def _gateway_id(self, gateway: str | None) -> str:
        if gateway is None:
            return self._default_gateway()
        if is_id(checked_name("gateway", gateway)):
            return gateway
        return find_id(GATEWAYS.kind, gateway, GATEWAYS.named(self._gateways()))

    def _default_gateway(self) -> str:
        if self.instance_id is not None:
            return self.instance_id
        # Two threads may both look it up; they find the same.
        if self._only_gateway is None:
            self._only_gateway = only_running(self._gateways())
        return self._only_gateway

    def _group_id(self, group: str, gateway_id: str) -> str:
        if is_id(checked_name("group", group)):
            return group
        return find_id(GROUPS.kind, group, GROUPS.named(self._groups(gateway_id)))

    def _environment_id(self, env: str, gateway_id: str) -> str:
        if env == "RELEASE":
            return RELEASE_ENV_ID
        if is_id(checked_name("env", env)):
            return env
        return find_id(ENVIRONMENTS.kind, env, ENVIRONMENTS.named(self._environments(gateway_id)))

    def _api_ids(self, apis: list[str], group_id: str, gateway_id: str) -> list[str]:
        if all(map(is_id, apis)):
            return apis
        named = APIS.named(self._apis(gateway_id, group_id, None))
        return [api if is_id(api) else find_id(APIS.kind, api, named) for api in apis]

    def _gateways(self) -> list[Item]:
        return self._list(GATEWAYS, f"/v2/{self.project_id}/apigw/instances")

    def _environments(self, gateway_id: str) -> list[Item]:
        return self._list(ENVIRONMENTS, self._below(gateway_id, "envs"))

    def _groups(self, gateway_id: str) -> list[Item]:
        return self._list(GROUPS, self._below(gateway_id, "api-groups"))

    def _apis(self, gateway_id: str, group_id: str | None, env_id: str | None) -> list[Item]:
        filters = {"group_id": group_id, "env_id": env_id}
        given = {name: value for name, value in filters.items() if value is not None}
        return self._list(APIS, self._below(gateway_id, "apis"), given)

    def _below(self, gateway_id: str, what: str) -> str:
        return f"/v2/{self.project_id}/apigw/instances/{checked_id('gateway', gateway_id)}/{what}"

    def _list(self, listing: Listing, path: str, filters: Mapping[str, str] = MappingProxyType({})) -> list[Item]:
        items = listing.items(lambda paging: self._connection.apig("GET", path, {**filters, **paging}))
        if listing in (GROUPS, ENVIRONMENTS):
            self._names.update({id_: name for name, id_ in listing.named(items)})
        return items


def _shut(connection: Connection, sandbox: Sandbox | None) -> None:
    try:
        connection.close()
    finally:
        if sandbox is not None:
            sandbox.stop()


def _looks_like_document(raw: bytes) -> bool:
    """Whether a root key seems to be there; reading a large document in full takes its time."""
    if first_sign(raw) == b"{":
        return re.search(rb'"(swagger|openapi)"\s*:', raw) is not None
    return first_sign(raw) != b"<" and re.search(rb"""(?m)^["']?(swagger|openapi)["']?\s*:""", raw) is not None


def _check_in_full(export: Export, answer: Response) -> None:
    """Say what came instead of a document, unless it is one after all."""
    if first_sign(export.raw) == b"<":
        title = re.search(rb"(?is)<title[^>]*>(.{0,200}?)</title", export.raw)
        words = " ".join(title[1].decode("utf-8", "replace").split()) if title else "without a title"
        raise DocumentError(
            f"the answer is no API document but an HTML page: {words!r}; is the endpoint the right one?"
        )
    try:
        _ = export.definition
    except DocumentError:
        if is_error_body(export.raw):
            raise read_service_error(answer.status_code, answer.headers, export.raw) from None
        raise
