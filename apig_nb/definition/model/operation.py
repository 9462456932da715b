"""`Operation`: a method on a path, read lazily from how it is written."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple

from apig_nb.definition.grammar import ANY_METHOD, OPERATION_FIELDS, OPERATION_KEYS, PARAMETER_FIELDS, is_method
from apig_nb.definition.model import gateway
from apig_nb.definition.model.backend import Backend, backend_policies, default_backends, policy_backends
from apig_nb.definition.model.dialect import BODY_LOCATIONS, Written
from apig_nb.definition.model.document import Document
from apig_nb.definition.model.elements import Parameter, PathItem, RequestBody, Requirement, Response, requirements
from apig_nb.definition.model.references import Pointer
from apig_nb.definition.model.server import Address, Server, addresses_of
from apig_nb.definition.values import (
    as_flag,
    as_list,
    as_map,
    as_text,
    as_texts,
    extensions,
    lower,
    text_size,
    without,
    written_form,
)
from apig_nb.lazy import cached_property
from apig_nb.text import MAX_LABEL, shorten, visible

TEMPLATE_PARAMETER: Final = re.compile(r"\{([^{}]*)\}")
"""A parameter in a path."""

_PROTOCOL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")

_FIELDS: Final = frozenset(
    "responses parameters requestBody security servers schemes consumes produces tags operationId deprecated"  # noqa: SIM905
    " summary description externalDocs callbacks".split()
) | frozenset(OPERATION_KEYS)
"""Keys of an operation that have an attribute of their own."""

_BACKEND_KEYS: Final = ("x-apigateway-backend", "x-apigateway-backend-policies")
_POLICY_KEYS: Final = ("x-apigateway-ratelimit", "x-apigateway-access-control", "x-apigateway-plugins")

Part = Literal["parameters", "request_body", "responses", "callbacks", "gateway", "backends"]
"""A part of an operation that is compared separately."""


class Operation:
    """A method on a path, with what the gateway does for it.

    Attributes:
        document: the document it is part of.
        method: in upper case, `ANY` for the gateway's any-method key; others of OpenAPI 3.2 as written.
        path: as written; empty for a request of a callback or webhook (see `Callback`).
        raw: the operation object as written, to show it; empty where it is no object.
        item: the path item as written, to show it.
    """

    def __init__(
        self,
        document: Document,
        path: str,
        keys: tuple[str, ...],
        item: Mapping[str, Any],
        item_at: Pointer | None = None,
    ) -> None:
        """Read the operation at `keys` below a path item; `item_at` is for that of a callback or webhook."""
        *holders, key = keys
        item_at = item_at or Pointer("", ("paths", path))
        self.document = document
        self.method = "ANY" if key == ANY_METHOD else key.upper() if is_method(key) else key
        self.path = path
        self.item = item
        holder = item
        for name in holders:
            holder = as_map(holder.get(name))
        self.raw = as_map(holder.get(key))
        self._item_at, self._at = item_at, item_at.below(*keys)
        # As the dialect reads it, without the parameters of the body.
        self._written = Written(self.raw, item, self._at)
        self._counted_responses = False

    def __repr__(self) -> str:
        return f"<Operation {visible(shorten(f'{self.method} {self.path}', MAX_LABEL))}>"

    @cached_property
    def pointer(self) -> str:
        """JSON pointer to it."""
        return str(self._at)

    @property
    def pointer_parts(self) -> tuple[str, ...]:
        """The unescaped parts of its JSON pointer."""
        return self._at.parts

    @property
    def path_item(self) -> PathItem:
        """The fields of its path that apply to all operations of it."""
        return PathItem(self.item, self._item_at)

    def text(self, key: str) -> str | None:
        """A field of the operation as text."""
        return as_text(self.raw.get(key))

    @property
    def operation_id(self) -> str | None:
        """The name of the API."""
        return self.text("operationId")

    @property
    def summary(self) -> object:
        """Its summary, as written."""
        return self.raw.get("summary")

    @property
    def description(self) -> object:
        """Its description, as written."""
        return self.raw.get("description")

    @property
    def external_docs(self) -> object:
        """Its external documentation, an object with `url`, as written."""
        return self.raw.get("externalDocs")

    @property
    def request_type(self) -> str | None:
        """Visibility on the gateway: `public`, `private`."""
        return self.text("x-apigateway-request-type")

    @property
    def match_mode(self) -> str | None:
        """Matching of the path: `NORMAL` exactly, `SWA` as a prefix."""
        return self.text("x-apigateway-match-mode")

    @property
    def cors(self) -> bool | None:
        """True if the gateway answers cross-origin requests."""
        return as_flag(self.raw.get("x-apigateway-cors"))

    @property
    def body_base64(self) -> bool | None:
        """True if bodies are exchanged with a function in Base64."""
        return as_flag(self.raw.get("x-apigateway-is-send-fg-body-base64"))

    @property
    def gateway_response(self) -> str:
        """The name of its set of gateway responses."""
        return self.text("x-apigateway-response") or "default"

    @property
    def is_stable(self) -> bool:
        """False if it is marked as beta, alpha or draft, so that callers must expect changes."""
        is_early = self.raw.get("x-stability-level") in ("draft", "alpha")
        return not (is_early or self.raw.get("x-beta-api") is True)

    @property
    def deprecated(self) -> bool:
        """True if callers should stop using it."""
        return as_flag(self.raw.get("deprecated")) is True

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags, in the order written."""
        return as_texts(as_list(self.raw["tags"])) if "tags" in self.raw else ()

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Path, query, header and cookie parameters: its own, and those of the path that it does not override."""
        return tuple([self._located(*parameter) for parameter in self._merged_parameters.read])

    @property
    def parameter_contents(self) -> list[Parameter]:
        """The parameters without their locations; one object for all of equal content."""
        return [content for content, _, _ in self._merged_parameters.read]

    @property
    def parameter_count(self) -> int:
        """Number of parameters."""
        return len(self._merged_parameters.read)

    @property
    def required_parameter_count(self) -> int:
        """Number of required parameters."""
        return self._merged_parameters.required

    def _located(self, content: Parameter, list_name: _List, index: int) -> Parameter:
        """Return a parameter with its location; the rest of it is shared by all parameters of equal content."""
        listed, at = self._listed(list_name, index)
        # `_replace` takes three times as long.
        return Parameter._make((*content[:-2], listed, at))

    def _listed(self, list_name: _List, index: int) -> tuple[object, Pointer]:
        """Return an item of a list of parameters, and the pointer to it."""
        if list_name == "own":
            return as_list(self.raw.get("parameters"))[index], self._at.below("parameters", index)
        return as_list(self.item.get("parameters"))[index], self.path_item.at.below("parameters", index)

    @cached_property
    def _merged_parameters(self) -> _Parameters:
        shared, own = as_list(self.item.get("parameters")), as_list(self.raw.get("parameters"))
        if not (shared or own):
            return _NO_PARAMETERS
        self.document.count(len(shared) + len(own))
        forms = [written_form(item) for item in own]
        # The parameters that all operations of a path share may be many, and are not serialized for each operation.
        key = None if None in forms else (id(shared) if shared else 0, *forms)
        return self.document.memo_by_value("parameters", key, own, lambda _: self._merge(shared, own, forms))

    def _merge(self, shared: list[object], own: list[object], forms: list[bytes | None]) -> _Parameters:
        found = self._read_list("own", own, forms)
        if shared:
            found = [*self.document.memo_by_id("shared parameters", shared, self._read_shared), *found]
        merged = {parameter.key: parameter for parameter in found if parameter.source}.values()
        read = [(one.content, one.list_name, one.position) for one in merged if one.content is not None]
        bodies = [(one.source, one.list_name, one.position) for one in merged if one.content is None]
        return _Parameters(read, bodies, sum([content.required for content, *_ in read]))

    def _read_shared(self, items: list[object]) -> list[_ReadParameter]:
        return self._read_list("path", items, map(written_form, items))

    def _read_list(self, name: _List, items: list[object], forms: Iterable[bytes | None]) -> list[_ReadParameter]:
        memo_by_value, read = self.document.memo_by_value, self._read_parameter
        return [
            _ReadParameter(*memo_by_value("parameter", form, item, read), name, index)
            for index, (item, form) in enumerate(zip(items, forms, strict=True))
        ]

    def _read_parameter(self, item: object) -> tuple[ParameterKey, Mapping[str, Any], Parameter | None]:
        document = self.document
        source = as_map(document.references.follow(item))
        key = parameter_key(source)
        if key[1] in BODY_LOCATIONS:
            return key, source, None
        schema, sample = document.dialect.schema_and_sample(source)
        parameter = Parameter(
            as_text(source.get("name")) or "",
            # Exports have both letter cases.
            lower(source.get("in")) or "",
            required=as_flag(source.get("required")) is True,
            schema=gateway.without_unset_limits(schema) if document.is_gateway_export else schema,
            description=as_text(source.get("description")),
            deprecated=as_flag(source.get("deprecated")) is True,
            sample=as_text(sample),
            pass_through=as_text(source.get("x-apigateway-pass-through")),
            orchestrations=as_texts(as_list(source.get("x-apigateway-orchestrations"))),
            extensions=extensions(source, PARAMETER_FIELDS),
            source=source,
            references=document.references,
            listed=item,
            listed_at=Pointer(),
        )
        return key, source, parameter

    @property
    def _written_with_body(self) -> Written:
        locate, found = self.document.references.locate, []
        for source, list_name, index in self._merged_parameters.bodies:
            listed, at = self._listed(list_name, index)
            found.append((source, locate(listed, at)))
        return self._written._replace(body_parameters=found) if found else self._written

    @cached_property
    def request_body(self) -> RequestBody | None:
        """The request body."""
        body = self.document.dialect.request_body(self._written_with_body)
        self.document.count(len(body.media_types) if body else 0)
        return body

    @cached_property
    def request_media_types(self) -> Collection[str]:
        """The media types of the request body."""
        names = self.document.dialect.request_media_types(self._written_with_body)
        self.document.count(_size_of(names))
        return names

    @property
    def responses(self) -> tuple[Response, ...]:
        """The responses, in the order written, with the gateway's samples; read anew each time."""
        found = self._read_responses()
        if not self._counted_responses:
            self.document.count(sum([1 + len(response.media_types) for response in found]))
            self._counted_responses = True
        return found

    def _read_responses(self) -> tuple[Response, ...]:
        document, written = self.document, as_map(self.raw.get("responses"))
        follow, locate, bodies = (
            document.references.follow,
            document.references.locate,
            document.dialect.response_bodies,
        )
        samples, found, operation = gateway.samples_by_status(written), [], self._written
        for status in _statuses(written):
            listed = written.get(status)
            source, listed_at = as_map(follow(listed)), self._at.below("responses", status)
            at = locate(listed, listed_at)
            with_samples = {**samples[status], **source} if status in samples else source
            media_types = bodies(operation, source, at)
            found.append(Response(status, media_types, source, with_samples, listed_at, at, document.context))
        return tuple(found)

    @cached_property
    def response_summary(self) -> ResponseSummary:
        """Status codes and media types of the responses; one object for operations with equal responses."""
        written = [self.raw.get("responses"), self.raw.get("produces")]
        summary = self.document.memo_by_value(
            "responses", written_form(written), as_map(written[0]), self._read_response_summary
        )
        self.document.count(summary.size)
        return summary

    def _read_response_summary(self, written: Mapping[str, Any]) -> ResponseSummary:
        follow, media_types_of = self.document.references.follow, self.document.dialect.response_media_types
        statuses = _statuses(written)
        media_types = [
            name for status in statuses for name in media_types_of(self.raw, as_map(follow(written.get(status))))
        ]
        return ResponseSummary(
            statuses,
            tuple(dict.fromkeys(media_types)),
            _size_of(media_types),
        )

    @property
    def servers(self) -> tuple[Server, ...]:
        """The servers it can be called at."""
        return self.document.dialect.servers(self._written)

    @cached_property
    def server_urls(self) -> tuple[str, ...]:
        """The URLs of its servers as written; one object for operations that share them."""
        return self.document.dialect.server_urls(self._written)

    @property
    def servers_pointer(self) -> str:
        """JSON pointer to the servers it can be called at: its own, those of its path or those of the document."""
        return self.document.dialect.servers_pointer(self._written)

    @property
    def addresses(self) -> frozenset[Address]:
        """The addresses of its servers, as far as they are described; one object for operations that share them."""
        return self.document.memo_by_id("addresses", self.server_urls, lambda _: addresses_of(self.servers))

    @property
    def protocols(self) -> tuple[str, ...]:
        """The protocols of its servers, such as `http`, `https`, in alphabetical order."""
        return self.document.memo_by_id("protocols", self.server_urls, _protocols)

    @cached_property
    def security(self) -> tuple[Requirement, ...]:
        """The security alternatives; empty where no authentication is needed."""
        own = self.raw.get("security")
        if not isinstance(own, list):
            return self.document.security
        return self.document.memo_by_value("security", written_form(own), own, requirements)

    @property
    def security_pointer(self) -> str:
        """JSON pointer to its security: its own, or that of the document."""
        return f"{self.pointer}/security" if self.has_own_security else "/security"

    @property
    def scheme_names(self) -> frozenset[str]:
        """The security schemes that any of the alternatives names."""
        return self.document.memo_by_id("scheme names", self.security, _names_in)

    @property
    def has_own_security(self) -> bool:
        """True if it has security of its own; else that of the document applies."""
        return isinstance(self.raw.get("security"), list)

    @property
    def own_security(self) -> tuple[Requirement, ...] | None:
        """The security alternatives of its own; `None` if it has none."""
        return self.security if self.has_own_security else None

    @property
    def auth(self) -> tuple[str, ...]:
        """The kinds of authentication in the words of the gateway's API list: `NONE`, `APP`, `IAM`, `AUTHORIZER`.

        Other schemes have their kind (`oauth2`); several that are needed together are joined by ` + `.
        """
        return self.document.memo_by_id("auth", self.security, self._auth_of)

    def _auth_of(self, alternatives: tuple[Requirement, ...]) -> tuple[str, ...]:
        words = [" + ".join(sorted({self.auth_word(name) for name in names})) or "NONE" for names in alternatives]
        return tuple(dict.fromkeys(words)) or ("NONE",)

    def auth_word(self, name: str) -> str:
        """Return the kind of authentication of a security scheme in those words."""
        scheme = self.document.security_schemes.get(name)
        if scheme is None:
            return name
        if scheme.authorizer:
            return "AUTHORIZER"
        return {"AppSigv1": "APP", "IAM": "IAM", "IAM_NONE": "IAM"}.get(
            scheme.auth_type or "", scheme.auth_type or scheme.kind or name
        )

    @property
    def authorizers(self) -> tuple[str, ...]:
        """The security schemes that are custom authorizers."""
        schemes = self.document.security_schemes
        names = dict.fromkeys(name for names in self.security for name in names)
        return tuple(
            name
            for name in names
            if name in schemes and (schemes[name].authorizer or schemes[name].auth_type == "AUTHORIZER")
        )

    @cached_property
    def backends(self) -> tuple[Backend, ...]:
        """The default backend, then those of the backend policies."""
        return (*self.default_backends, *policy_backends(self.raw, self._at, self.document.count))

    @cached_property
    def default_backends(self) -> tuple[Backend, ...]:
        """The default backend, one for each of its server groups."""
        return tuple(default_backends(self.raw, self._at, self.document.count))

    @property
    def backend(self) -> Backend | None:
        """The default backend; the first of its server groups where it has several."""
        return next(iter(self.default_backends), None)

    @property
    def is_preflight(self) -> bool:
        """True if it only answers the preflight requests of browsers: OPTIONS without authentication, by a mock.

        The gateway needs such an operation for cross-origin requests that are not simple:
        https://github.com/opentelekomcloud-docs/api-gateway/blob/main/umn/source/api_management/cors.rst
        """
        is_open = self.method == "OPTIONS" and self.auth == ("NONE",)
        return is_open and self.backend is not None and self.backend.kind == "MOCK"

    @property
    def backend_policies(self) -> tuple[str, ...]:
        """The names of the backend policies."""
        return backend_policies(self.raw)

    @property
    def has_backend(self) -> bool:
        """True if the export contains a backend or backend policies of it."""
        return any(key in self.raw for key in _BACKEND_KEYS)

    @property
    def has_policies(self) -> bool:
        """True if the export contains a policy that is bound to it."""
        return any(key in self.raw for key in _POLICY_KEYS)

    def names(self, key: str) -> tuple[str, ...]:
        """Return the names under an extension key; exports have a text, a list or null."""
        value = self.raw.get(key)
        if value is None:
            return ()
        return ((value,) if value else ()) if isinstance(value, str) else tuple(filter(None, as_texts(value)))

    @property
    def has_callbacks(self) -> bool:
        """True if it has callbacks (see `callback.callbacks`)."""
        return "callbacks" in self.raw

    @property
    def unknown_extensions(self) -> dict[str, Any]:
        """Extension keys that no column of the tables shows."""
        return extensions(self.raw, OPERATION_FIELDS)

    @property
    def other_fields(self) -> dict[str, Any]:
        """Fields without an attribute of their own: unknown extension keys, unknown keys."""
        return without(self.raw, _FIELDS)

    def source(self, part: Part) -> tuple[object, ...]:
        """Return the values that a part is read from, as written; parts of equal values are equal."""
        raw = self.raw
        if part == "parameters":
            return raw.get("parameters"), self.item.get("parameters")
        if part == "request_body":
            keys = ("parameters", "requestBody", "consumes", "x-apigateway-content-type")
            return (*map(raw.get, keys), self.item.get("parameters"))
        if part == "responses":
            return raw.get("responses"), raw.get("produces")
        if part == "callbacks":
            return (raw.get("callbacks"),)
        if part == "backends":
            return tuple(map(raw.get, _BACKEND_KEYS))
        return raw.get("security"), {key: raw[key] for key in raw if key.startswith("x-apigateway-")}

    def content_key(self) -> str:
        """Return a text that is equal for operations that differ in nothing but id, tags and summary.

        Empty where an operation has no content to recognize it by, or is nested too deep.
        """
        if not (self.parameter_count or self.request_body or self.has_backend):
            return ""
        content = [item for item in self.raw.items() if item[0] not in ("operationId", "tags", "summary")]
        try:
            return repr(sorted(content))
        except RecursionError:
            return ""


def _statuses(responses: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the statuses of responses; where no response is written, those of the gateway's samples."""
    return tuple(gateway.written_statuses(responses) or gateway.samples_by_status(responses))


def _size_of(media_types: Collection[str]) -> int:
    return sum(map(text_size, media_types))


def _names_in(alternatives: tuple[Requirement, ...]) -> frozenset[str]:
    return frozenset(name for names in alternatives for name in names)


def _protocols(servers: tuple[str, ...]) -> tuple[str, ...]:
    found = {match[1].lower() for server in servers if (match := _PROTOCOL.match(server))}
    return tuple(sorted(found))


ParameterKey = tuple[str | None, str | None]
"""Name and location of a parameter, which no two of an operation share. Header names are in lower case, and a body has
no name, as there is only one."""

_List = Literal["own", "path"]
"""The list a parameter is in: that of the operation, or that of its path."""


class _ReadParameter(NamedTuple):
    """A parameter of a list; the content is `None` where it belongs to the request body."""

    key: ParameterKey
    source: Mapping[str, Any]
    content: Parameter | None
    list_name: _List
    position: int


class _Parameters(NamedTuple):
    """The parameters of an operation, each with its list and position in it, those of the body separately."""

    read: list[tuple[Parameter, _List, int]]
    bodies: list[tuple[Mapping[str, Any], _List, int]]
    required: int


_NO_PARAMETERS = _Parameters([], [], 0)


class ResponseSummary(NamedTuple):
    """Status codes and media types of the responses of an operation.

    Attributes:
        statuses: in the order written.
        media_types: of all responses, each once.
        size: number of media types, counted for each response; a long name counts as several.
    """

    statuses: tuple[str, ...]
    media_types: tuple[str, ...]
    size: int


def parameter_key(source: Mapping[str, Any]) -> ParameterKey:
    """Return the key of a parameter object."""
    name, location = source.get("name"), source.get("in")
    if not (isinstance(name, str) and isinstance(location, str)):
        name, location = as_text(name), as_text(location)
    location = location and location.lower()
    if location == "header":
        name = name and name.lower()
    return (None if location == "body" else name), location


def path_shape(path: str) -> str:
    """Return a path without the names of its parameters, so that `/a/{id}` and `/a/{key}` are equal."""
    return TEMPLATE_PARAMETER.sub(lambda match: "{+}" if match[1].endswith("+") else "{}", path)


def takes_rest(path: str) -> bool:
    """Return True if a path ends with a parameter such as `{proxy+}`, which matches several segments."""
    return path.endswith("+}")


def template_parameters(path: str) -> list[str]:
    """Return the names of the parameters in a path, in order, without the `+` of a greedy `{proxy+}`."""
    return [name.removesuffix("+") for name in TEMPLATE_PARAMETER.findall(path)]
