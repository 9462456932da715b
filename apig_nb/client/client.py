"""`connect` and `Client`: one project of one cloud, its gateways, and the export call."""

from __future__ import annotations

import dataclasses
import os
import threading
import warnings
import weakref
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn, Self

from apig_nb.client.batch import Batch, progress_bar
from apig_nb.client.config import SECRETS, search
from apig_nb.client.credentials import TokenAuth
from apig_nb.client.export_call import ExportCall, checked_mode
from apig_nb.client.listings import APIS, ENVIRONMENTS, GATEWAYS, GROUPS, PROJECTS
from apig_nb.client.lookup import NO_GATEWAYS, Lookups, checked_name, checked_names
from apig_nb.client.secret import Secret
from apig_nb.client.session import open_session
from apig_nb.client.settings import Origin, credential_origin
from apig_nb.client.tasks import ExportTask, Progress
from apig_nb.client.transport import BaseTransport, Connection, Endpoints, check_key_log
from apig_nb.client.transport.retry import Limits, check_count
from apig_nb.engines import result_of, workers
from apig_nb.errors import ArgumentError, TransportError
from apig_nb.export import Export
from apig_nb.files import make_folder
from apig_nb.request import ExportRequest, checked_fields, checked_id, checked_service

if TYPE_CHECKING:
    from pandas import DataFrame

    from apig_nb.export_set import ExportSet
    from apig_nb.sandbox import Sandbox

SANDBOX: Final = "sandbox"
"""The target of `connect` that is not an entry of clouds.yaml."""

MOS: Final = "MOS"
"""A built-in project for object storage, which has no gateways."""

_LONGEST_NAME: Final = 200
"""Characters of the name of an entry of clouds.yaml; a token has more."""


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
    """Make a client; settings that are not given are searched for, and `client.origins` lists where they were found.

        connect("sandbox")                                      # the embedded sandbox
        connect()                                               # the settings of this machine
        connect("otc")                                          # an entry of clouds.yaml
        connect(region="eu-west-101", access_key=..., secret_key=...)
        connect(endpoint="https://apig.eu-west-101.myhuaweicloud.eu", token=..., project_id=...)

    Settings are searched for in this order: the arguments; variables `OS_*`, `HUAWEICLOUD_SDK_*`, `HW_*`; the entry of
    `clouds.yaml` that `OS_CLOUD` names, or the only one, with `secure.yaml` in the same folder (either may end in
    `.yml`); the SDK's file `~/.huaweicloud/credentials`. The credential (a token, else an access key, else a password)
    comes from the first of these in which it is complete, with the arguments added. Nothing is sent, unless only the
    name of the project is known: then its id is looked up.

    Args:
        target: `sandbox` starts the embedded sandbox, which ends with the client; any other name is an entry of
            clouds.yaml, which replaces the variables and the SDK's file.
        endpoint: address of API Gateway's management interface: https, or http to this machine; derived from `region`,
            for which `HUAWEICLOUD_SDK_REGION_APIG_…` or the SDK's file `~/.huaweicloud/regions.yaml` may have another.
        region: such as `eu-de`; its main project has the same name.
        token: a project-scoped token.
        username: name of an IAM user, with `password` and `domain_name`.
        user_id: the user's id, in place of the name, or with it where a passcode is required.
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
        instance_id: the default gateway; without it, the only running one.
        iam_endpoint: address of IAM, which may end in `/v3`; derived from `region`, or from `endpoint` where its host
            starts with `apig.`.
        cacert: file (PEM), or folder, of the certificate authorities to trust in place of the usual ones; searched for
            in `OS_CACERT`, clouds.yaml, `SSL_CERT_FILE`, `SSL_CERT_DIR`, `REQUESTS_CA_BUNDLE` and `CURL_CA_BUNDLE`.
        service: `apig`, or `roma` for ROMA Connect, whose paths have `/apic/` in place of `/apigw/`.
        timeout: seconds without data from the service, 60 by default; the same as the field of `limits`.
        limits: limits of time, size and retries for each call.
        transport: an `httpx.BaseTransport` that carries the calls in place of the usual one, proxies included. The
            total time of a call holds for every byte with an `httpx.HTTPTransport`, else between pieces of a body.

    Raises:
        ArgumentError: an argument is missing or wrong.
        CredentialsError: there are no credentials, or they must not be sent to this address.
        NameLookupError: no project has the name, or several have it.
        ServiceError: the service refused the look-up of the project.
        TransportError: there was no answer to the look-up of the project, or a proxy, a file for the keys of TLS or the
            sandbox's server cannot be used.
        MissingExtraError: the packages of the sandbox are not installed.
    """
    # First, while the arguments are the only local variables.
    given = {name: value for name, value in locals().items() if name not in _NO_SETTINGS and value is not None}
    # A traceback may show the local variables.
    del token, password, passcode, secret_key, security_token
    given |= {name: Secret(given[name]) for name in SECRETS & given.keys() if not callable(given[name])}
    if isinstance(target, str) and len(target) > _LONGEST_NAME:
        del target
        raise ArgumentError(
            "target", None, "is longer than any name of an entry of clouds.yaml; a token is given as token="
        )
    checked_service(service)
    if instance_id is not None:
        checked_id("instance_id", instance_id)
    if not isinstance(limits, Limits | None):
        raise ArgumentError("limits", limits, "must be Limits")
    if not isinstance(transport, BaseTransport | None):
        raise ArgumentError("transport", transport, "must be an httpx.BaseTransport")
    check_key_log()
    limits = limits or Limits()
    if timeout is not None:
        limits = dataclasses.replace(limits, timeout=timeout)
    if target == SANDBOX:
        for name, value in given.items():
            raise ArgumentError(name, value, f"cannot be combined with connect({target!r})")
        return _connect_sandbox(instance_id, limits, transport, service)
    session = open_session(search(given, target), service, limits, transport)
    opening = None
    if transport is None and not SECRETS & given.keys():
        opening = Opening(target, tuple(given.items()), service, limits)
    return Client(
        session.connection, session.project_id, instance_id, service=service, origins=session.origins, opening=opening
    )


_NO_SETTINGS: Final = frozenset({"target", "instance_id", "service", "timeout", "limits", "transport"})
"""Arguments of `connect` that are not searched for in variables and files."""


class Opening(NamedTuple):
    """The arguments with which another process can connect: the source of the credentials, and not their values."""

    target: str | None
    settings: tuple[tuple[str, Any], ...]
    service: str
    limits: Limits

    def connect(self) -> Client:
        """Connect, with the credentials that this process finds."""
        return connect(self.target, **dict(self.settings), service=self.service, limits=self.limits)


# One client in each process, which logs in once.
_client_of = cache(Opening.connect)


def export_in_worker(opening: Opening, request: ExportRequest, mode: str) -> Export:
    """Make an export in this process; a function of the module, so that a worker can be asked for it."""
    return _client_of(opening).send(request, mode=mode).copy()


def _connect_sandbox(instance_id: str | None, limits: Limits, transport: BaseTransport | None, service: str) -> Client:
    # Late: it imports a web server, which only the sandbox needs.
    from apig_nb import sandbox

    try:
        started = sandbox.start()
    except OSError as error:
        raise TransportError(f"the sandbox cannot start: {error}") from error
    origins = tuple(Origin(name, "sandbox") for name in ("token", "endpoint", "iam_endpoint", "project_id"))
    try:
        connection = Connection(Endpoints.checked(started.url), TokenAuth(started.token), limits, transport)
        return Client(
            connection,
            started.project_id,
            instance_id or started.instance_id or None,
            service=service,
            origins=origins,
            sandbox=started,
        )
    except BaseException:
        started.stop()
        raise


class Client:
    """One project of one cloud; made by `connect`.

    A context manager. Closing it closes its connections and the sandbox that it started; so do the end of the
    interpreter and the loss of the last reference, such as when a cell is run again. Thread-safe; in a forked process
    it opens connections of its own.

    Attributes:
        project_id: the project.
        instance_id: the default gateway as given to `connect`; `None` stands for the only running one.
        endpoint: address of API Gateway's management interface.
        service: `apig`, or `roma` for ROMA Connect.
        where: `sandbox`, or the endpoint, to be shown to users.
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
        opening: Opening | None = None,
    ) -> None:
        self._opening = opening
        self.project_id = checked_id("project_id", project_id)
        self.instance_id = None if instance_id is None else checked_id("instance_id", instance_id)
        self.endpoint, self.service = connection.endpoints.apig, service
        self._connection = connection
        self.where = connection.endpoints.apig if sandbox is None else "sandbox"
        self._origins = origins
        self._lookups = Lookups(connection, self.project_id, self.instance_id, service)
        self._call = ExportCall(connection, service, self._lookups.names)
        self._finalizer = weakref.finalize(self, _close, connection, sandbox)

    def close(self) -> None:
        """Close the connections, and stop the sandbox if the client started one. Further calls do nothing."""
        self._finalizer()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a Client holds open connections and credentials, so it is neither pickled nor copied: pass the arguments"
            " of connect() to the other process and connect there, or make the exports here and pass those"
        )

    def __repr__(self) -> str:
        gateway = self.instance_id or self._lookups.only_gateway or "the only running one"
        return f"<Client {self.where}, project {self.project_id}, gateway {gateway}{credential_origin(self._origins)}>"

    @property
    def origins(self) -> DataFrame:
        """The origin of each setting, without its value.

        Returns:
            One row per setting: setting (an argument of `connect`), origin (such as `variable OS_TOKEN`), note (a
            contradiction or a comment); all `str`.
        """
        # Late: importing pandas takes half a second.
        import pandas as pd

        rows = [dataclasses.astuple(origin) for origin in self._origins]
        return pd.DataFrame(rows, columns=["setting", "origin", "note"], dtype="str")

    @property
    def log(self) -> DataFrame:
        """The last thousand calls, the oldest first, with those of the credentials.

        Returns:
            One row per call: time (UTC), call (`str`), status (`Int64`, missing without a whole answer), request_id
            (`str`), tries (`Int64`), ms (`float64`, pauses included), bytes (`Int64`). Nothing in it is secret.
        """
        return self._connection.log.frame()

    def projects(self) -> DataFrame:
        """List the projects that the credentials may use, without disabled ones and the built-in `MOS`.

        Returns:
            One row per project: name, id, description, parent_id, domain_id; all `str`.

        Raises:
            ArgumentError: the address of IAM is not known.
            ServiceError: the service refused. All listings raise this and the following errors.
            TransportError: there was no answer.
            DocumentError: the answer is not a list of the documented shape.
        """
        answer = self._connection.iam("GET", "/v3/auth/projects")
        projects = PROJECTS.page(answer)[0]
        return PROJECTS.frame([p for p in projects if p.get("name") != MOS and p.get("enabled") is not False])

    def gateways(self) -> DataFrame:
        """List the gateways of the project.

        Returns:
            One row per gateway: name, id, status, spec (`str`), create_time (UTC), eip_address,
            loadbalancer_provider (`str`), charging_mode (`Int64`), type, enterprise_project_id, project_id (`str`).
            Only a gateway with the status `Running` can be used. No row, with a warning, may also mean that the
            permission `apig:instances:list` is missing: the service answers with an empty list then.
        """
        gateways = self._list_gateways()
        if gateways.empty:
            warnings.warn(NO_GATEWAYS, stacklevel=2)
        return gateways

    def _list_gateways(self) -> DataFrame:
        # Without the warning, in place of which the form explains an empty list.
        return GATEWAYS.frame(self._lookups.gateways())

    def environments(self, gateway: str | None = None) -> DataFrame:
        """List the environments of a gateway.

        Returns:
            One row per environment: name, id, remark (`str`), create_time (UTC).
        """
        return ENVIRONMENTS.frame(self._lookups.environments(self._lookups.gateway_id(gateway)))

    def groups(self, gateway: str | None = None) -> DataFrame:
        """List the API groups of a gateway.

        Returns:
            One row per group: name, id, remark, sl_domain (its default subdomain) (all `str`), domains (its own;
            `object`, tuples), is_default (`boolean`), version (`str`), register_time, update_time (UTC).
        """
        return GROUPS.frame(self._lookups.groups(self._lookups.gateway_id(gateway)))

    def apis(self, group: str | None = None, env: str | None = None, gateway: str | None = None) -> DataFrame:
        """List the APIs of a gateway; only of a group, or published in an environment, where given.

        With both, these are the APIs that an export contains, but for those of gRPC, which are never exported
        (https://support.huaweicloud.com/intl/en-us/usermanual-apig/apig_03_0083.html).

        Args:
            group: name or id of an API group.
            env: name or id of an environment.
            gateway: name or id of a gateway.

        Returns:
            One row per API: name (an export's `operation_id`), id, method, path, match_mode, auth_type, backend_type,
            protocol (`str`), environments (those it runs in; `object`, tuples), group, group_id (`str`), public, cors
            (`boolean`), tags (`object`, tuples), remark, version (`str`), register_time, update_time (UTC).

        Raises:
            NameLookupError: a name is not found, or several items have it.
        """
        lookups = self._lookups
        gateway_id = lookups.gateway_id(gateway)
        group_id = None if group is None else lookups.group_id(group, gateway_id)
        env_id = None if env is None else lookups.environment_id(env, gateway_id)
        return APIS.frame(lookups.apis(gateway_id, group_id, env_id))

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
        """Make the request that `export` would send, without sending it; names become ids.

        The arguments, and the errors for them, are those of `export`. A text that looks like an id is not looked up,
        nor is `RELEASE`.
        """
        group, env = checked_name("group", group), checked_name("env", env)
        wanted = None if apis is None else checked_names("apis", apis)
        # Checked before the first name is looked up.
        fields = checked_fields({"define": define, "type": type, "oas_version": oas_version, "version": version})
        lookups = self._lookups
        gateway_id = lookups.gateway_id(gateway)
        group_id = lookups.group_id(group, gateway_id)
        return ExportRequest(
            project_id=self.project_id,
            instance_id=gateway_id,
            group_id=group_id,
            env_id=lookups.environment_id(env, gateway_id),
            apis=None if wanted is None else lookups.api_ids(wanted, group_id, gateway_id),
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
        """Export the APIs of a group that are published in an environment.

        Args:
            group: name or id of the API group.
            env: name or id of the environment.
            apis: names or ids of the APIs; without it, every API of the group that is published in the environment.
            define: the definition scope: `spec` front end only, `proxy` backend too, `all` with policies too, `dev`
                what `proxy` holds and the APIs that are not published; `spec` without it.
            type: the format: `json`, `yaml` or `yml`; `json` without it.
            oas_version: the version of the standard: `2.0` (Swagger) or `3.0` (OpenAPI); `2.0` without it.
            version: written to `info.version`; without it, the service writes the time of the export.
            gateway: name or id of the gateway, in place of the default one.
            mode: `direct`; `async` for a task that is waited for; `auto` for a task where the direct call fails for
                size or time.
            progress: called with each `Progress` of a task.
            cancelled: an event that ends the wait for a task when it is set.

        Raises:
            ArgumentError: an argument is missing or wrong; nothing was sent.
            NameLookupError: a name is not found, or several items have it.
            ServiceError: the service refused, or the task failed; the message has advice.
            TransportError: there was no whole answer, or it is too large.
            DocumentError: the answer is not an API document; the message names what it is.
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
        """Send a request; the other arguments, and the errors raised, are those of `export`."""
        return self._call.make(request, checked_mode(mode), progress, cancelled)

    def requests(
        self,
        *,
        env: str | Iterable[str],
        groups: Iterable[str] | None = None,
        define: str | None = None,
        type: str | None = None,
        oas_version: str | None = None,
        version: str | None = None,
        gateways: str | Iterable[str] | None = None,
    ) -> list[ExportRequest]:
        """Make the requests that export several groups, for `export_many`.

        Args:
            env: name or id of an environment, or several of them.
            groups: names or ids of API groups; without it, every group of the gateway.
            define: the definition scope, as of `export`, like the three after it.
            type: the format.
            oas_version: the version of the standard.
            version: written to `info.version`.
            gateways: name or id of a gateway, several of them, or `all` that are running; without it, the default one.

        Raises:
            ArgumentError: an argument is missing or wrong; nothing was sent.
            NameLookupError: a name is not found on one of the gateways, or several items have it.
            ServiceError: the service refused; or TransportError: there was no answer.
        """
        envs = [checked_name("env", env)] if isinstance(env, str) else checked_names("env", env)
        wanted = None if groups is None else checked_names("groups", groups)
        if gateways is not None and not isinstance(gateways, str):
            gateways = checked_names("gateways", gateways)
        # Checked before the first name is looked up.
        fields = checked_fields({"define": define, "type": type, "oas_version": oas_version, "version": version})
        lookups = self._lookups
        requests = []
        for gateway_id in lookups.gateway_ids(gateways):
            env_ids = [lookups.environment_id(one, gateway_id) for one in envs]
            group_ids = lookups.group_ids(wanted, gateway_id)
            requests += [
                ExportRequest(
                    project_id=self.project_id, instance_id=gateway_id, env_id=env_id, group_id=group_id, **fields
                )
                for env_id in env_ids
                for group_id in group_ids
            ]
        return requests

    def export_many(
        self,
        requests: Iterable[ExportRequest],
        *,
        folder: str | os.PathLike[str] | None = None,
        resume: bool = False,
        mode: str = "direct",
        concurrency: int = 4,
        progress: Callable[[ExportSet], object] | None = None,
        cancelled: threading.Event | None = None,
        executor: Executor | None = None,
    ) -> ExportSet:
        """Make several exports, some at a time; a failure does not end the others.

            estate = client.export_many(client.requests(env="RELEASE", define="all"), folder="exports")
            estate.operations                                    # of every group
            estate.summary                                       # the state of each export
            estate |= client.export_many(estate.missing)         # repeat what failed

        An interrupt of the cell ends it with the exports made so far. Where the credentials are refused, no more calls
        are sent.

        Args:
            requests: the requests, one for each group, environment and gateway; duplicates are sent once.
            folder: where each export is written when it is made, whole or not at all, in a folder with the name of its
                gateway; made if it does not exist. A file of the same name is replaced; `load_many` reads them.
            resume: True to continue a call that was interrupted: an export that is in the folder, of whatever day, is
                loaded and not made again. A link, a file that cannot be read, and a document that differs from what is
                requested are replaced, and `Export.warnings` says so.
            mode: as of `export`.
            concurrency: the number of calls at the same time.
            progress: called with the exports so far after each export, in this thread; without it, a progress bar is
                shown.
            cancelled: an event that ends it when it is set.
            executor: sends the requests in place of this process, such as the workers of a cluster. A worker connects
                by itself, with the credentials that it finds where this client found its own; their values are not
                sent to it.

        Returns:
            The exports, with the errors (`failures`) and the requests without an export (`missing`).

        Raises:
            ArgumentError: an argument is wrong, or two requests are for one group, environment and gateway; no export
                was made.
            OSError: the folder cannot be created.
        """
        checked_mode(mode)
        check_count("concurrency", concurrency, least=1)
        if resume and folder is None:
            raise ArgumentError("resume", resume, "needs a folder")
        opening = self._opening
        if executor is not None and opening is None:
            raise ArgumentError(
                "executor",
                executor,
                "needs credentials that its workers find by themselves, in variables, clouds.yaml or the SDK's file;"
                " those of this client were arguments, or are of the sandbox",
            )
        requests = list(requests)
        if folder is not None:
            make_folder(Path(folder))
        self._lookups.name_gateways({request.instance_id for request in requests})
        batch = Batch(requests, self._lookups.names, None if folder is None else Path(folder), resume=resume)
        cancelled = threading.Event() if cancelled is None else cancelled

        with (
            nullcontext(progress) if progress is not None else progress_bar(len(batch.requests)) as report,
            nullcontext(None) if executor is None else workers(executor) as submit,
        ):

            def make(request: ExportRequest) -> Export:
                if submit is not None:
                    export = result_of(submit(export_in_worker, opening, request, mode))
                    return self._call.named(export, request)
                # A copy, without the values that were read from the bytes: there may be thousands of exports.
                return self.send(request, mode=mode, cancelled=cancelled).copy()

            batch.run(make, concurrency, report, cancelled)
        return batch.exports

    def start(self, request: ExportRequest) -> ExportTask:
        """Start an asynchronous export, which can be waited for and cancelled; raises like `export`."""
        return self._call.start(request)


def _close(connection: Connection, sandbox: Sandbox | None) -> None:
    try:
        connection.close()
    finally:
        if sandbox is not None:
            sandbox.stop()
