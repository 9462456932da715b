"""`connect` and `Client`: one project of one cloud, its gateways, and the export call.

Source: contract/export, contract/lookups.
"""

from __future__ import annotations

import dataclasses
import os
import threading
import weakref
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from apig_nb.client.batch import ExportBatch, progress_bar
from apig_nb.client.config import SECRETS, search
from apig_nb.client.connector import Origin, found_in, settle, table
from apig_nb.client.credentials import TokenAuth
from apig_nb.client.export_call import ExportCall, checked_mode
from apig_nb.client.listings import APIS, ENVIRONMENTS, GATEWAYS, GROUPS, PROJECTS, checked_name, checked_names
from apig_nb.client.lookups import Lookups
from apig_nb.client.tasks import ExportTask, Progress
from apig_nb.client.transport import Auth, BaseTransport, Connection
from apig_nb.client.transport.retry import Limits, check_count
from apig_nb.errors import ArgumentError
from apig_nb.export import Export
from apig_nb.request import ExportRequest, checked_fields, checked_id, checked_service

if TYPE_CHECKING:
    from ssl import SSLContext

    from pandas import DataFrame

    from apig_nb.sandbox import Sandbox

SANDBOX: Final = "sandbox"
"""What `connect` knows by name besides the entries of clouds.yaml."""

MOS: Final = "MOS"
"""A built-in project for object storage, no region (contract/lookups, "Projects")."""


def connect(
    target: str | None = None,
    *,
    endpoint: str | None = None,
    region: str | None = None,
    token: str | None = None,
    username: str | None = None,
    user_id: str | None = None,
    password: str | None = None,
    passcode: str | Callable[[], str] | None = None,
    domain_name: str | None = None,
    access_key: str | None = None,
    secret_key: str | None = None,
    security_token: str | None = None,
    agency_name: str | None = None,
    agency_domain_name: str | None = None,
    project_id: str | None = None,
    project_name: str | None = None,
    instance_id: str | None = None,
    iam_endpoint: str | None = None,
    cacert: str | Path | None = None,
    service: str = "apig",
    timeout: float | None = None,
    limits: Limits | None = None,
    transport: BaseTransport | None = None,
) -> Client:
    """Make a client; what is not given is looked for, and `client.origins` says where it was found.

        connect("sandbox")                                      # the embedded stand-in gateway
        connect()                                               # what is on this machine
        connect("otc")                                          # an entry of clouds.yaml
        connect(region="eu-west-101", access_key=..., secret_key=...)
        connect(endpoint="https://apig.eu-west-101.myhuaweicloud.eu", token=..., project_id=...)

    Looked for, in this order: the arguments; variables `OS_*`, `HUAWEICLOUD_SDK_*`, `HW_*`; `clouds.yaml` with
    `secure.yaml` beside it, the entry `OS_CLOUD` names or the only one; the SDK's file `~/.huaweicloud/credentials`.
    The first place that holds a whole credential (a token, else an access key, else a password) gives it, and arguments
    complete it. Nothing is sent, unless the project is only known by its name: then its id is looked up.

    Args:
        target: `sandbox` starts the embedded stand-in gateway, which ends with the client; any other name is an entry
            of clouds.yaml, which then stands in place of the variables and the SDK's file.
        endpoint: address of API Gateway's management interface: https, or http to this machine; told from `region`, for
            which `HUAWEICLOUD_SDK_REGION_APIG_…` or the SDK's file `~/.huaweicloud/regions.yaml` may name another.
        region: such as `eu-de`; its main project has the same name.
        token: a project-scoped token.
        username: name of an IAM user, with `password` and `domain_name`.
        user_id: the user's id, in place of the name, or beside it where a passcode is wanted.
        password: the user's password.
        passcode: of a virtual MFA device: six digits, or a function that returns them.
        domain_name: name of the account the user belongs to.
        access_key: access key id (AK), with `secret_key`.
        secret_key: secret access key (SK).
        security_token: belongs to a temporary access key.
        agency_name: an agency to assume with the user's token, with `agency_domain_name`.
        agency_domain_name: name of the account that delegates.
        project_id: the project the gateways belong to.
        project_name: its name, in place of the id.
        instance_id: the default gateway; without it, the only one that is running.
        iam_endpoint: address of IAM, which may end in `/v3`; told from `region`, or from `endpoint` where its host
            starts with `apig.`.
        cacert: file (PEM), or folder, of the certificate authorities to trust in place of the usual ones; looked for in
            `OS_CACERT`, clouds.yaml, `SSL_CERT_FILE`, `SSL_CERT_DIR`, `REQUESTS_CA_BUNDLE` and `CURL_CA_BUNDLE`.
        service: `apig`, or `roma` for ROMA Connect, whose paths have `/apic/` in place of `/apigw/`.
        timeout: seconds the service may stay silent, in place of 60; short for the same field of `limits`.
        limits: how long a call may take, how often it is tried, how large its answer may be.
        transport: an `httpx.BaseTransport` that carries the calls in place of the usual one, proxies included.

    Raises:
        ArgumentError: an argument is missing or wrong.
        CredentialsError: there are no credentials, or they must not be sent to this address.
        NameLookupError: no project has the name, or several.
        ServiceError: the look-up of the project was refused.
        TransportError: the look-up of the project brought no answer.
        MissingExtraError: the sandbox's packages are not installed.
    """
    settings = {
        "endpoint": endpoint,
        "region": region,
        "token": token,
        "username": username,
        "user_id": user_id,
        "password": password,
        "passcode": passcode,
        "domain_name": domain_name,
        "access_key": access_key,
        "secret_key": secret_key,
        "security_token": security_token,
        "agency_name": agency_name,
        "agency_domain_name": agency_domain_name,
        "project_id": project_id,
        "project_name": project_name,
        "iam_endpoint": iam_endpoint,
        "cacert": cacert,
    }
    given = {name: value for name, value in settings.items() if value is not None}
    checked_service(service)
    kept = limits or Limits()
    kept = kept if timeout is None else dataclasses.replace(kept, timeout=timeout)
    if target == SANDBOX:
        for name, value in given.items():
            shown = "***" if name in SECRETS else value
            raise ArgumentError(name, shown, f"does not go with connect({target!r})")
        return _connect_sandbox(instance_id, kept, transport, service)

    def opened(
        endpoint: str | None, iam_endpoint: str | None, auth: Auth, authorities: SSLContext | None
    ) -> Connection:
        return Connection(endpoint, iam_endpoint, auth, kept, transport, authorities)

    settled = settle(search(given, target), opened, service)
    return Client(settled.connection, settled.project_id, instance_id, service=service, origins=settled.origins)


def _connect_sandbox(instance_id: str | None, limits: Limits, transport: BaseTransport | None, service: str) -> Client:
    from apig_nb import sandbox

    started = sandbox.start()
    origins = tuple(Origin(name, "sandbox") for name in ("token", "endpoint", "iam_endpoint", "project_id"))
    try:
        connection = Connection(started.url, started.url, TokenAuth(started.token), limits, transport)
        return Client(
            connection,
            started.project_id,
            instance_id or started.instance_id,
            service=service,
            origins=origins,
            sandbox=started,
        )
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
        service: `apig`, or `roma` for ROMA Connect.
        where: what it talks to, for people: `sandbox`, or the endpoint.
    """

    def __init__(
        self,
        connection: Connection,
        project_id: str,
        instance_id: str | None,
        *,
        service: str,
        origins: tuple[Origin, ...] = (),
        sandbox: Sandbox | None = None,
    ) -> None:
        self.project_id = checked_id("project_id", project_id)
        self.instance_id = None if instance_id is None else checked_id("instance_id", instance_id)
        self.endpoint, self.service = connection.endpoint, service
        self._connection = connection
        self.where = connection.endpoint if sandbox is None else "sandbox"
        self._origins = origins
        self._lookups = Lookups(connection, self.project_id, self.instance_id, service)
        self._call = ExportCall(connection, service, self._lookups.names)
        self._finalizer = weakref.finalize(self, _shut, connection, sandbox)

    def close(self) -> None:
        """Close the connections, and stop the sandbox if the client owns one. May be called twice."""
        self._finalizer()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __repr__(self) -> str:
        gateway = self.instance_id or self._lookups.only_gateway or "the only one running"
        return f"<Client {self.where}, project {self.project_id}, gateway {gateway}{found_in(self._origins)}>"

    @property
    def origins(self) -> DataFrame:
        """Where each setting came from, never its value.

        Returns:
            One row per setting: setting (an argument of `connect`), origin (such as `variable OS_TOKEN`), note (what
            contradicts it, or how it is meant); all `str`.
        """
        return table(self._origins)

    @property
    def log(self) -> DataFrame:
        """The last thousand calls, the oldest first; those of the credentials too.

        Returns:
            One row per call: time (UTC), call (`str`), status (`Int64`, missing where no whole answer came), request_id
            (`str`), tries (`Int64`), ms (`float64`, pauses included), bytes (`Int64`). Nothing in it is secret.
        """
        return self._connection.log.frame()

    def projects(self) -> DataFrame:
        """The projects these credentials may use, without disabled ones and the built-in `MOS`.

        Returns:
            One row per project: name, id, description, parent_id, domain_id; all `str`.

        Raises:
            ArgumentError: IAM's address is not known.
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
        return GATEWAYS.frame(self._lookups.gateways())

    def environments(self, gateway: str | None = None) -> DataFrame:
        """The environments of a gateway.

        Returns:
            One row per environment: name, id, remark (`str`), create_time (UTC).
        """
        return ENVIRONMENTS.frame(self._lookups.environments(self._lookups.gateway_id(gateway)))

    def groups(self, gateway: str | None = None) -> DataFrame:
        """The API groups of a gateway.

        Returns:
            One row per group: name, id, remark, sl_domain (its default subdomain), domains (its own, joined by `, `)
            (all `str`), is_default (`boolean`), version (`str`), register_time, update_time (UTC).
        """
        return GROUPS.frame(self._lookups.groups(self._lookups.gateway_id(gateway)))

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
        look = self._lookups
        gateway_id = look.gateway_id(gateway)
        group_id = None if group is None else look.group_id(group, gateway_id)
        env_id = None if env is None else look.environment_id(env, gateway_id)
        return APIS.frame(look.apis(gateway_id, group_id, env_id))

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
            ArgumentError: an argument is missing or wrong; nothing was sent.
            NameLookupError: a name fits nothing, or several things.
        """
        group, env = checked_name("group", group), checked_name("env", env)
        wanted = None if apis is None else checked_names("apis", apis)
        # Checked before the first name is looked up.
        fields = checked_fields({"define": define, "type": type, "oas_version": oas_version, "version": version})
        look = self._lookups
        gateway_id = look.gateway_id(gateway)
        group_id = look.group_id(group, gateway_id)
        return ExportRequest(
            project_id=self.project_id,
            instance_id=gateway_id,
            group_id=group_id,
            env_id=look.environment_id(env, gateway_id),
            apis=None if wanted is None else look.api_ids(wanted, group_id, gateway_id),
            **fields,
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
        mode: str = "direct",
        progress: Callable[[Progress], object] | None = None,
        cancelled: threading.Event | None = None,
    ) -> Export:
        """Export the APIs of a group as they are published in an environment; the fields are those of `request`.

        Args:
            group: see `request`, as `env` to `gateway`.
            env: see `request`.
            apis: see `request`.
            define: see `request`.
            type: see `request`.
            oas_version: see `request`.
            version: see `request`.
            gateway: see `request`.
            mode: `direct`; `async` as a task that is waited for; `auto` as a task where the direct call is refused for
                size or time.
            progress: called with each `Progress` of a task.
            cancelled: an event that ends the wait for a task when it is set.

        Raises:
            ArgumentError: an argument is missing or wrong; nothing was sent.
            NameLookupError: a name fits nothing, or several things.
            ServiceError: the service refused, or the task failed; the message says what to do.
            TransportError: no whole answer came, or it is too large.
            DocumentError: what came is no API document; the message says what it is.
        """
        checked_mode(mode)
        request = self.request(
            group=group,
            env=env,
            apis=apis,
            define=define,
            type=type,
            oas_version=oas_version,
            version=version,
            gateway=gateway,
        )
        return self.send(request, mode=mode, progress=progress, cancelled=cancelled)

    def send(
        self,
        request: ExportRequest,
        *,
        mode: str = "direct",
        progress: Callable[[Progress], object] | None = None,
        cancelled: threading.Event | None = None,
    ) -> Export:
        """Make an export of exactly this request; the other arguments, and what it raises, as of `export`."""
        return self._call.make(request, checked_mode(mode), progress, cancelled)

    def requests(
        self,
        *,
        env: str,
        groups: Iterable[str] | None = None,
        define: str | None = None,
        type: str | None = None,
        oas_version: str | None = None,
        version: str | None = None,
        gateway: str | None = None,
    ) -> list[ExportRequest]:
        """Make the requests that export several groups, for `export_many`.

        Args:
            env: name or id of the environment.
            groups: names or ids of API groups; without it, every group of the gateway.
            define: see `request`, as `type` to `gateway`.
            type: see `request`.
            oas_version: see `request`.
            version: see `request`.
            gateway: see `request`.

        Raises:
            ArgumentError: an argument is missing or wrong; nothing was sent.
            NameLookupError: a name fits nothing, or several things.
        """
        env = checked_name("env", env)
        wanted = None if groups is None else checked_names("groups", groups)
        # Checked before the first name is looked up.
        fields = checked_fields({"define": define, "type": type, "oas_version": oas_version, "version": version})
        look = self._lookups
        gateway_id = look.gateway_id(gateway)
        fields |= {"instance_id": gateway_id, "env_id": look.environment_id(env, gateway_id)}
        return [
            ExportRequest(project_id=self.project_id, group_id=group_id, **fields)
            for group_id in look.group_ids(wanted, gateway_id)
        ]

    def export_many(
        self,
        requests: Iterable[ExportRequest],
        *,
        folder: str | os.PathLike[str] | None = None,
        mode: str = "direct",
        concurrency: int = 4,
        progress: Callable[[ExportBatch], object] | None = None,
        cancelled: threading.Event | None = None,
    ) -> ExportBatch:
        """Make several exports, a few at a time; a failure of one leaves the others alone.

            batch = client.export_many(client.requests(env="RELEASE", define="all"), folder="exports")
            batch.table                           # how each one ended
            batch = client.export_many(batch.missing)       # once more, what failed

        Interrupting the cell ends it with what came so far. Where the credentials are refused, no more calls are sent.

        Args:
            requests: what to export; each is made once.
            folder: where each export is written as it comes, whole or not at all; it is made if it is not there. One
                that is in it already is read and not made again, so that the same call goes on where it was broken off;
                one that cannot be read is made again.
            mode: see `export`.
            concurrency: how many calls at a time.
            progress: called with the batch after each export, in this thread; without it, a progress bar is shown.
            cancelled: an event that ends it when it is set.

        Raises:
            ArgumentError: an argument is wrong; nothing was sent.
            OSError: the folder cannot be made.
        """
        checked_mode(mode)
        check_count("concurrency", concurrency, least=1)
        if folder is not None:
            Path(folder).mkdir(parents=True, exist_ok=True)
        batch = ExportBatch(requests, self._lookups.names, None if folder is None else Path(folder))
        cancelled = threading.Event() if cancelled is None else cancelled

        def make(request: ExportRequest) -> Export:
            return self.send(request, mode=mode, cancelled=cancelled)

        with nullcontext(progress) if progress is not None else progress_bar(len(batch)) as told:
            batch.run(make, concurrency, told, cancelled)
        return batch

    def start(self, request: ExportRequest) -> ExportTask:
        """Start an asynchronous export; its task can be waited for, watched, and given up. Raises as `export`."""
        return self._call.start(request)


def _shut(connection: Connection, sandbox: Sandbox | None) -> None:
    try:
        connection.close()
    finally:
        if sandbox is not None:
            sandbox.stop()
