"""`Export`: an exported document with its provenance and its tables.

Source: https://support.huaweicloud.com/eu/api-apig/ExportApiDefinitionsV2.html
"""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apig_nb.errors import DocumentError
from apig_nb.export.display import display
from apig_nb.files import legal_name, write_new, write_whole
from apig_nb.lazy import cached_property
from apig_nb.request import BACKENDS, FRONT_END, PARTS, POLICIES, find_scope
from apig_nb.table_files import TableFiles
from apig_nb.text import MAX_LABEL, shorten

if TYPE_CHECKING:
    from pandas import DataFrame

    from apig_nb.definition import ApiDefinition
    from apig_nb.definition.model.operation import Operation
    from apig_nb.request import ExportRequest


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Export(TableFiles):
    """An exported document as received, its provenance, and its content as tables.

    The tables are DataFrames with one row per item. Columns and dtypes are always the same, also without rows. Where
    the document says nothing, a text (`str`) or number (`float64`) is NaN, and an integer (`Int64`) or truth value
    (`boolean`) is NA; a `bool` is always True or False. Several values in a cell are a tuple of texts (`object`), empty
    where there are none, to be used with `explode`. `extensions` holds, as JSON, what no other column shows.

    Joining tables: `method` and `path` name the operation in each table; the method in upper case, `ANY` for an
    operation that answers all methods, and the path as written. The names of policies and schemes lead to their tables.

        >>> import apig_nb as apig
        >>> export = apig.connect("sandbox").export(group="orders", env="RELEASE", define="all")
        >>> operations = export.operations[["method", "path", "auth", "tags"]]
        >>> operations.merge(export.parameters, on=["method", "path"])[["method", "path", "auth", "name", "in"]].head(2)
          method     path auth    name     in
        0    GET  /orders  APP   limit  query
        1    GET  /orders  APP  offset  query
        >>> operations.explode("tags").groupby("tags").size().to_dict()
        {'documents': 2, 'orders': 19, 'shipments': 1}

    Every table raises `DocumentError` if the document cannot be read, or expands beyond the limits of a table.

    Attributes:
        raw: the bytes as received.
        request: the request; `None` for a loaded file.
        status_code: HTTP status of the answer; `None` for a loaded file.
        request_id: the id that the provider's support asks for; empty if there was none.
        time: when the answer was received, UTC; `None` for a loaded file.
        duration: seconds from sending the request to the answer; `None` for a loaded file.
        source: name of the file it was loaded from, or written to by `export_many`.
        gateway: name of the gateway, if known.
        group: name of the API group, if known.
        environment: name of the environment, if known.
        scope: the definition scope, if known.
        warnings: differences from what was requested, and workarounds that were needed.
    """

    raw: bytes
    request: ExportRequest | None = None
    status_code: int | None = None
    request_id: str = ""
    time: datetime | None = None
    duration: float | None = None
    source: str | None = None
    gateway: str | None = None
    group: str | None = None
    environment: str | None = None
    scope: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Size of the document in bytes, as received."""
        return len(self.raw)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 hash of the bytes as received, in hexadecimal."""
        return hashlib.sha256(self.raw).hexdigest()

    @cached_property
    def canonical_hash(self) -> str:
        """SHA-256 hash of the content, in hexadecimal: equal for exports that differ in nothing else.

        The format (JSON or YAML), the order of keys, and the time of the export in `info.version` do not count.

        Raises:
            DocumentError: the document cannot be read.
        """
        from apig_nb.definition.read.canonical import canonical_hash  # slow to import

        return canonical_hash(self.raw)

    def has_same_content(self, other: Export) -> bool:
        """Return True if the canonical hashes are equal; equal bytes need none.

        Raises:
            DocumentError: one of the documents cannot be read.
        """
        return self.raw == other.raw or self.canonical_hash == other.canonical_hash

    def copy(self) -> Export:
        """Return a copy without what was read from the bytes, which takes many times their memory."""
        return replace(self)

    @property
    def text(self) -> str:
        """The document as text.

        Raises:
            DocumentError: the bytes are not text.
        """
        # Late here and below: `apig_nb.definition` is a third of the time that `import apig_nb` would take with it.
        from apig_nb.definition.read.decoding import decode

        return decode(self.raw, [])

    @cached_property
    def definition(self) -> ApiDefinition:
        """The document in one form for Swagger 2.0 and OpenAPI 3; read when it is first used.

        Raises:
            DocumentError: it is not an API document; the message says what it is.
        """
        from apig_nb.definition import read_definition  # slow to import

        return read_definition(self.raw)

    @cached_property
    def contains(self) -> frozenset[str]:
        """The parts of the APIs that it holds: `front end`, `backends`, `policies`.

        They follow from the definition scope where it is known, otherwise from the content: an export without any
        backend or policy does not say whether the APIs have some.

        Raises:
            DocumentError: the document cannot be read.
        """
        scope, definition = find_scope(self.scope), self.definition
        found = {FRONT_END: True, BACKENDS: definition.has_backends, POLICIES: definition.has_policies}
        return frozenset(part for part in PARTS if found[part] or (scope and part in scope.parts))

    @property
    def omits(self) -> frozenset[str]:
        """The parts that it does not hold although its APIs can have them; none for a document of another origin."""
        is_export = self.scope is not None or self.definition.is_from_gateway
        return frozenset(PARTS) - self.contains if is_export else frozenset()

    @property
    def paths(self) -> DataFrame:
        """One row per path.

        Columns:
            path (str): the path, such as `/orders/{id}`.
            methods (object): methods of its operations.
            operation_count (Int64): number of its operations.
            path_parameters (object): names of the parameters in the path.
            tags (object): tags of its operations.
            extensions (str): other extension keys of the path, as JSON.
        """
        return self._table("paths")

    @property
    def operations(self) -> DataFrame:
        """One row per operation, which is a method of a path.

        Columns:
            method (str): method in upper case; `ANY` answers all methods without an operation of their own.
            path (str): the path.
            operation_id (str): the name of the API.
            summary (str): summary.
            description (str): description.
            tags (object): tags.
            deprecated (bool): True if it is marked as deprecated.
            request_type (str): `public` or `private`.
            match_mode (str): `NORMAL` for exactly this path, `SWA` for all paths that start with it.
            auth (str): authentication: `NONE`, `APP`, `IAM` or `AUTHORIZER`; alternatives joined by ` | `.
            security (object): a text per alternative: a security scheme, or those needed together, joined by ` + `.
            authorizer (str): the security scheme of the function that authenticates callers.
            is_preflight (bool): True if it only answers preflight requests of browsers, with a mock.
            request_media_types (object): media types of the request body.
            response_media_types (object): media types of the responses.
            parameter_count (Int64): number of parameters, those of the path included.
            required_parameter_count (Int64): number of mandatory parameters.
            status_codes (object): status codes of the responses, as texts.
            servers (object): addresses that it is served under, such as `https://api.example.com`.
            protocols (object): protocols of these: `http`, `https`.
            backend_type (str): type of the default backend, see `backends`.
            backend (str): the default backend in one line: a URL, a VPC channel with a path, a function URN, or `mock`.
            timeout_ms (Int64): timeout of the default backend in milliseconds.
            backend_policies (object): names of the backend policies.
            cors (boolean): True if cross-origin resource sharing is enabled.
            ratelimit (str): name of the throttling policy.
            access_control (object): names of the access control policies.
            plugins (object): names of the plug-ins.
            gateway_response (str): name of the set of gateway responses.
            body_base64 (boolean): True if the body is sent to a function in Base64.
            extensions (str): other extension keys of the operation, as JSON.
        """
        return self._table("operations")

    @property
    def parameters(self) -> DataFrame:
        """One row per path, query, header or cookie parameter of an operation, those of its path included.

        Columns:
            method (str): method of the operation.
            path (str): path of the operation.
            name (str): name.
            in (str): location: `path`, `query`, `header` or `cookie`.
            required (bool): True if it is mandatory.
            type (str): type; several joined by ` | `.
            format (str): format, such as `int32`.
            default (str): default value: text as it is, other values as JSON.
            enum (object): allowed values.
            minimum (float64): least value; missing, as all limits, where the gateway writes 0 for "not set".
            maximum (float64): greatest value.
            min_length (Int64): least length in characters.
            max_length (Int64): greatest length in characters.
            pattern (str): regular expression that values must match.
            pass_through (str): `always` if it is passed to the backend, or `never`.
            orchestrations (object): names of the orchestration rules that change it.
            sample (str): sample value.
            description (str): description.
            deprecated (bool): True if it is marked as deprecated.
            extensions (str): other extension keys of the parameter, as JSON.
        """
        return self._table("parameters")

    @property
    def request_bodies(self) -> DataFrame:
        """One row per media type of the request body of an operation.

        Columns:
            method (str): method of the operation.
            path (str): path of the operation.
            media_type (str): media type; missing where the document does not state it.
            schema (str): name of the schema or its type, such as `Order[]`.
            required (bool): True if a body must be sent.
            description (str): description.
            extensions (str): other extension keys of the request body, as JSON.
        """
        return self._table("request_bodies")

    @property
    def responses(self) -> DataFrame:
        """One row per media type of a response, or one without media type if the response has none.

        Columns:
            method (str): method of the operation.
            path (str): path of the operation.
            status (str): status code such as `200`, a range such as `4XX`, or `default`.
            media_type (str): media type; missing where the document does not state it.
            schema (str): name of the schema or its type, such as `Order[]`.
            description (str): description.
            headers (object): names of the headers.
            normal_sample (str): the gateway's sample of a successful response.
            failure_sample (str): the gateway's sample of a failed response.
            extensions (str): other extension keys of the response, as JSON.
        """
        return self._table("responses")

    @property
    def schemas(self) -> DataFrame:
        """One row per named schema, and one per property of it. References are named, not expanded.

        Columns:
            schema (str): name of the schema.
            property (str): dotted path of the property, with `[]` for items of a list; empty for the schema itself.
            type (str): type, or name of the schema that is referred to.
            format (str): format, such as `date-time`.
            required (bool): True if the property is mandatory.
            nullable (bool): True if null is allowed.
            constraints (str): limits, pattern, enumeration and default, such as `maxLength=64`.
            description (str): description.
            extensions (str): other extension keys of the schema, as JSON.
        """
        return self._table("schemas")

    @property
    def security_schemes(self) -> DataFrame:
        """One row per security scheme, whether operations use it or not.

        Columns:
            scheme (str): name of the security scheme.
            kind (str): type in the standard, such as `apiKey` or `oauth2`.
            in (str): location of the credential: `header`, `query` or `cookie`.
            parameter (str): name of the header or parameter that carries the credential.
            auth_type (str): authentication of the gateway: `AppSigv1`, `IAM` or `AUTHORIZER`.
            auth_opt (str): `header` if callers may send an AppCode in a header, or `disable`.
            authorizer (str): URN of the function that authenticates callers.
            authorizer_side (str): `FRONTEND` or `BACKEND`.
            authorizer_kind (str): type of the authorizer, such as `FUNC`.
            authorizer_alias (str): URN of the function's alias.
            authorizer_version (str): version of the function.
            authorizer_network (str): network type of the function, such as `V1`.
            authorizer_timeout_ms (Int64): timeout in milliseconds.
            authorizer_retries (Int64): number of retries.
            authorizer_ttl (Int64): how long results are cached. The documentation does not give the unit.
            authorizer_needs_body (boolean): True if the request body is sent to the authorizer.
            authorizer_downgrade (boolean): True for the relaxed mode, in which calls pass if the authorizer fails.
            identities (object): the parts of a request that the authorizer checks, such as `X-Ticket in HEADER`.
            scopes (object): OAuth 2.0 scopes that it defines.
            description (str): description.
            used_by (Int64): number of operations that accept it.
            extensions (str): other extension keys of the scheme and its authorizer, as JSON.
        """
        return self._table("security_schemes")

    @property
    def backends(self) -> DataFrame:
        """One row per backend of an operation: the default one, those of backend policies, each server group.

        Columns:
            method (str): method of the operation.
            path (str): path of the operation.
            policy (str): name of the backend policy; missing for the default backend.
            kind (str): type: `HTTP`, `HTTP-VPC`, `HTTP-VPC-MEMBER-GROUP`, `FUNCTION` or `MOCK`.
            backend_method (str): method of the request to the backend.
            scheme (str): protocol of the request to the backend, in lower case.
            address (str): host and port.
            channel (str): name of the VPC channel.
            server_group (str): name of the server group of the VPC channel.
            backend_path (str): path of the request to the backend.
            host (str): `Host` header of the request to the backend.
            timeout_ms (Int64): timeout in milliseconds.
            retries (Int64): number of retries; -1 leaves it to the gateway.
            client_ssl (boolean): True if two-way TLS to the backend is enabled.
            sm_channel (boolean): True if the channel uses the SM cryptographic standards.
            cascade (boolean): the value of `cascade_flag`, which is not documented.
            function_urn (str): URN of the function.
            alias_urn (str): URN of the function's alias.
            version (str): version of the function.
            invocation_type (str): `sync` or `async`.
            network_type (str): network type of the function, such as `V1`.
            function_protocol (str): protocol of the function.
            mock_result (str): body of the mock response.
            description (str): description.
            effect_mode (str): `ALL` if all conditions of the policy must hold, `ANY` if one is enough.
            conditions (object): conditions of the policy.
            extensions (str): other fields of the backend, as JSON.
        """
        return self._table("backends")

    @property
    def backend_parameters(self) -> DataFrame:
        """One row per parameter that the gateway sends to a backend.

        Columns:
            method (str): method of the operation.
            path (str): path of the operation.
            policy (str): name of the backend policy; missing for the default backend.
            name (str): name in the request to the backend.
            in (str): location in the request to the backend, in lower case: `header`, `query` or `path`.
            origin (str): `REQUEST` or `CONSTANT`.
            value (str): name of the request parameter, or the constant.
            description (str): description.
            extensions (str): other fields of the parameter, as JSON.
        """
        return self._table("backend_parameters")

    @property
    def ratelimits(self) -> DataFrame:
        """One row per throttling policy.

        Columns:
            ratelimit (str): name of the policy.
            api_limit (Int64): calls per interval of one API.
            user_limit (Int64): calls per interval of one user.
            app_limit (Int64): calls per interval of one app.
            ip_limit (Int64): calls per interval of one IP address.
            interval (Int64): length of the interval, in `unit`.
            unit (str): `SECOND`, `MINUTE`, `HOUR` or `DAY`.
            shared (boolean): True if all APIs share the limit, False if each has its own.
            special (object): limits of single apps and users.
            used_by (Int64): number of operations that use it.
            extensions (str): other fields of the policy, as JSON.
        """
        return self._table("ratelimits")

    @property
    def access_controls(self) -> DataFrame:
        """One row per access control policy.

        Columns:
            access_control (str): name of the policy.
            acl_type (str): `PERMIT` or `DENY`.
            entity_type (str): `IP` for addresses, or `DOMAIN` for accounts.
            value (object): the addresses or accounts, each on its own.
            used_by (Int64): number of operations that use it.
            extensions (str): other fields of the policy, as JSON.
        """
        return self._table("access_controls")

    @property
    def gateway_responses(self) -> DataFrame:
        """One row per response of the gateway itself, or one without type for a set that changes none.

        Columns:
            gateway_response (str): name of the set.
            response_type (str): the case, such as `THROTTLED`.
            status (str): status code.
            media_type (str): media type of the body.
            body (str): body, a template.
            headers (str): headers, as JSON.
            used_by (Int64): number of operations that use the set; those that name none use `default`.
            extensions (str): other fields of the response, as JSON.
        """
        return self._table("gateway_responses")

    @property
    def extensions(self) -> DataFrame:
        """One row per extension key (`x-…`) that the gateway's documentation does not define where it is used.

        The gateway may also write keys at the root that nobody has published; each unknown key there is a row, too.

        Columns:
            pointer (str): JSON pointer to it.
            key (str): the key.
            value (str): its value, as JSON.
        """
        return self._table("extensions")

    @property
    def problems(self) -> DataFrame:
        """One row per defect of the document.

        Columns:
            pointer (str): JSON pointer to it; empty for the whole document.
            kind (str): kind of defect, such as `missing` or `wrong-type`.
            message (str): the defect and how it was handled.
        """
        return self._table("problems")

    def save(self, path: str | os.PathLike[str] | None = None) -> Path:
        """Write the bytes as received to a file, completely or not at all.

        Args:
            path: a file, which is replaced if it exists; or a folder, by default the current one, in which a file of
                the default name is written. The default name is that of the service,
                `{group}-{environment}-{scope}-{version}.json`, with characters replaced that a system forbids. If the
                file exists, `-2`, `-3` and so on is added to the name.

        Returns:
            The path of the file.

        Raises:
            OSError: it cannot be written; no partial file is left.
        """
        target = Path() if path is None else Path(path)
        # `missing/` must not become a file of that name.
        if not target.is_dir() and not (path is not None and os.fspath(path).endswith(("/", os.sep))):
            write_whole(target, self.raw)
            return target
        return write_new(target, self._default_names(), self.raw)

    def __getstate__(self) -> dict[str, Any]:
        # Without what was read from the bytes: it holds functions, and is many times as large.
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __repr__(self) -> str:
        known = " ".join(part for part in (self.group, self.environment, self.scope) if part)
        return f"<Export {known or self.source or ''!r}, {_size_text(self.size)}>"

    def _repr_html_(self) -> str:
        facts = {"API group": self.group, "Environment": self.environment, "Definition scope": self.scope}
        facts["File"] = self.source
        operations: Sequence[Operation] = ()
        try:
            read = self.definition
            operations = read.operations
            name = f"{shorten(read.title, MAX_LABEL)} {shorten(read.version, MAX_LABEL)}"
            facts["Document"] = f"{name} ({read.standard}, {read.format.upper()})"
            facts["Operations"] = f"{len(operations)} on {len(read.document.paths)} paths"
            facts["Contains"] = ", ".join(sorted(self.contains, key=PARTS.index))
            facts["Problems"] = str(len(read.problems)) if read.problems else None
        except DocumentError as error:
            facts["Document"] = str(error)
        facts["Size"] = _size_text(self.size)
        facts["Received"] = f"{self.time:%Y-%m-%d %H:%M:%S} UTC" if self.time else None
        facts["Warnings"] = "; ".join(self.warnings)
        return display(facts, operations)

    def _table(self, name: str) -> DataFrame:
        # Late: `import apig_nb` must stay light, and not every export is looked at as tables.
        from apig_nb.tables import TABLES

        if name not in self._tables:
            self._tables[name] = TABLES[name].frame(self.definition)
        # A deep copy, so that changing it does not change the next one.
        return self._tables[name].copy()

    @cached_property
    def _tables(self) -> dict[str, DataFrame]:
        return {}

    def _frames(self) -> dict[str, DataFrame]:
        from apig_nb.tables import TABLES  # late, as in `_table`

        return {name: self._table(name) for name in TABLES}

    def _name_parts(self) -> list[str]:
        """Return the known parts of the service's file name; a received document is not read for it."""
        if self.request is None:
            group, environment, version = self.group or self.definition.title, self.environment, self.definition.version
        else:
            group = self.group or self.request.group_id
            environment = self.environment or self.request.env_id
            # The service uses the time of the export if the request has no version.
            version = self.request.version or (f"{self.time:%Y-%m-%d-%H:%M:%S}" if self.time else "")
        return [part for part in (group, environment, self.scope, version) if part]

    @property
    def file_name(self) -> str:
        """The name of the service for a file of the export, with characters replaced that a system forbids."""
        return next(self._default_names())

    def _default_names(self) -> Iterator[str]:
        stem, extension = "-".join(self._name_parts()), self._extension()
        yield legal_name(stem, extension)
        yield from (legal_name(stem, f"-{number}{extension}") for number in itertools.count(2))

    def _extension(self) -> str:
        if self.request is not None:
            return f".{self.request.type}"
        from apig_nb.definition.read.decoding import first_character  # slow to import

        return ".json" if first_character(self.raw) == b"{" else ".yaml"


def _size_text(size: int) -> str:
    return f"{size} bytes" if size < 1000 else f"{size / 1000:,.1f} kB"
