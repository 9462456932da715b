"""`Operation`: a method on a path, read lazily from how it is written."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from apig_nb.definition.grammar import ANY_METHOD, OPERATION_FIELDS, PARAMETER_FIELDS, RESPONSE_FIELDS
from apig_nb.definition.model import gateway
from apig_nb.definition.model.backend import Backend, backend_policies, default_backends, policy_backends
from apig_nb.definition.model.elements import Parameter, RequestBody, Response
from apig_nb.definition.model.requirement import Requirement, requirements
from apig_nb.definition.problem import pointer
from apig_nb.definition.values import (
    NOTHING,
    as_flag,
    as_list,
    as_map,
    as_text,
    as_texts,
    extensions,
    lower,
    text_size,
    written_form,
)

if TYPE_CHECKING:
    from apig_nb.definition.model.document import Document

TEMPLATE_PARAMETER: Final = re.compile(r"\{([^{}]*)\}")
"""A parameter in a path."""

_PROTOCOL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")


class Operation:
    """A method on a path, with what the gateway does for it.

    Attributes:
        document: what it stands in.
        method: in upper case, `ANY` for the gateway's any-method key.
        path: as written.
        raw: the operation object as written; empty where it is no object.
        item: the path item it stands in.
    """

    __slots__ = (
        "_all_parameters",
        "_answers",
        "_backends",
        "_default_backends",
        "_key",
        "_request_body",
        "_responses",
        "_security",
        "document",
        "item",
        "method",
        "path",
        "raw",
    )

    def __init__(self, document: Document, path: str, key: str, item: Mapping[str, Any]) -> None:
        self.document = document
        self.method = "ANY" if key == ANY_METHOD else key.upper()
        self.path = path
        self._key = key
        self.item = item
        self.raw = as_map(item.get(key))
        # What was read is kept: `functools.cached_property` needs a dict for each of them.
        self._all_parameters: Parameters | None = None
        self._request_body: RequestBody | Literal["unread"] | None = "unread"
        self._answers: Answers | None = None
        self._responses: tuple[Response, ...] | None = None
        self._security: tuple[Requirement, ...] | None = None
        self._default_backends: tuple[Backend, ...] | None = None
        self._backends: tuple[Backend, ...] | None = None

    def __repr__(self) -> str:
        return f"<Operation {self.method} {self.path}>"

    @property
    def place(self) -> tuple[str, str, str]:
        """Where it stands: the parts of a JSON pointer."""
        return ("paths", self.path, self._key)

    @property
    def pointer(self) -> str:
        """Where it stands, as a JSON pointer."""
        return pointer(*self.place)

    @property
    def root(self) -> Mapping[str, Any]:
        """The whole document."""
        return self.document.tree

    def follow(self, node: object) -> Any:
        """The object a reference leads to, or the node itself."""
        return self.document.references.follow(node)

    def text(self, key: str) -> str | None:
        """A field of the operation as text."""
        return as_text(self.raw.get(key))

    @property
    def deprecated(self) -> bool:
        """Whether callers are asked to leave it."""
        return as_flag(self.raw.get("deprecated")) is True

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags, in the order written."""
        return as_texts(as_list(self.raw["tags"])) if "tags" in self.raw else ()

    @property
    def all_parameters(self) -> Parameters:
        """The path's parameters, overridden by the operation's of the same name and place."""
        if self._all_parameters is None:
            self._all_parameters = self._read_all_parameters()
        return self._all_parameters

    def _read_all_parameters(self) -> Parameters:
        shared, own = as_list(self.item.get("parameters")), as_list(self.raw.get("parameters"))
        if not (shared or own):
            return _NO_PARAMETERS
        self.document.count(len(shared) + len(own))
        forms = [written_form(item) for item in own]
        # What all operations of a path share may be long, and is not written out for each of them.
        key = None if None in forms else (id(shared) if shared else 0, *forms)
        return self.document.memo_by_value("parameters", key, own, lambda _: self._merged(shared, own, forms))

    def _merged(self, shared: list[object], own: list[object], forms: list[bytes | None]) -> Parameters:
        found = self._read_parameters(own, forms)
        if shared:
            found = [*self.document.memo_by_id("shared parameters", shared, self._read_shared), *found]
        merged = {parameter.key: parameter for parameter in found if parameter.written}.values()
        read = tuple([parameter.read for parameter in merged if parameter.read is not None])
        return Parameters(
            [parameter.written for parameter in merged], read, sum([parameter.required for parameter in read])
        )

    def _read_shared(self, items: list[object]) -> list[_ReadParameter]:
        return self._read_parameters(items, map(written_form, items))

    def _read_parameters(self, items: list[object], forms: Iterable[bytes | None]) -> list[_ReadParameter]:
        memo_by_value, read = self.document.memo_by_value, self._read_parameter
        return [memo_by_value("parameter", form, item, read) for item, form in zip(items, forms, strict=True)]

    @property
    def written_parameters(self) -> list[Mapping[str, Any]]:
        """All that is written as a parameter, the request body of Swagger 2.0 too."""
        return self.all_parameters.written

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Path, query, header and cookie parameters."""
        return self.all_parameters.read

    def _read_parameter(self, item: object) -> _ReadParameter:
        written = as_map(self.follow(item))
        key = parameter_key(written)
        if key[1] in self.document.dialect.BODY_PLACES:
            return _ReadParameter(key, written, None)
        schema, sample = self.document.dialect.schema_and_sample(self, written)
        parameter = Parameter(
            as_text(written.get("name")) or "",
            # Both letter cases occur (contract/document, oddity 9).
            lower(written.get("in")) or "",
            required=as_flag(written.get("required")) is True,
            schema=gateway.without_unset_limits(schema) if self.document.is_gateway_export else schema,
            description=as_text(written.get("description")),
            deprecated=as_flag(written.get("deprecated")) is True,
            sample=as_text(sample),
            pass_through=as_text(written.get("x-apigateway-pass-through")),
            orchestrations=as_texts(as_list(written.get("x-apigateway-orchestrations"))),
            extensions=extensions(written, PARAMETER_FIELDS),
        )
        return _ReadParameter(key, written, parameter)

    @property
    def request_body(self) -> RequestBody | None:
        """What is sent besides the parameters."""
        if self._request_body == "unread":
            body = self.document.dialect.request_body(self)
            self.document.count(len(body.media_types) if body else 0)
            self._request_body = body
        return self._request_body

    @property
    def request_media_types(self) -> Collection[str]:
        """The media types of what is sent besides the parameters."""
        names = self.document.dialect.request_media_types(self)
        self.document.count(_size_of(names))
        return names

    @property
    def responses(self) -> tuple[Response, ...]:
        """The answers, in the order written, with the samples in or beside them (contract/document, oddity 1)."""
        if self._responses is None:
            found = self.document.memo_by_id("responses", self.answers, lambda _: self._read_responses())
            self.document.count(sum([1 + len(response.media_types) for response in found]))
            self._responses = found
        return self._responses

    def _read_responses(self) -> tuple[Response, ...]:
        written = as_map(self.raw.get("responses"))
        beside = gateway.samples_beside(written)
        return tuple(
            self._response(status, as_map(self.follow(written.get(status))), beside.get(status, NOTHING))
            for status in self.answers.statuses
        )

    @property
    def answers(self) -> Answers:
        """What the answers are, in short."""
        if self._answers is None:
            written = [self.raw.get("responses"), self.raw.get("produces")]
            answers = self.document.memo_by_value(
                "answers", written_form(written), as_map(written[0]), self._read_answers
            )
            self.document.count(answers.bodies)
            self._answers = answers
        return self._answers

    def _read_answers(self, written: Mapping[str, Any]) -> Answers:
        follow, media_types_of = self.document.references.follow, self.document.dialect.response_media_types
        statuses = [status for status in written if status[:2] != "x-"]
        media_types = [name for status in statuses for name in media_types_of(self, as_map(follow(written[status])))]
        return Answers(
            tuple(statuses or gateway.samples_beside(written)), tuple(dict.fromkeys(media_types)), _size_of(media_types)
        )

    def _response(self, status: str, written: Mapping[str, Any], beside: Mapping[str, Any]) -> Response:
        memo_by_id, samples = self.document.memo_by_id, {**beside, **written} if beside else written
        return Response(
            status=status,
            description=as_text(written.get("description")),
            headers=memo_by_id("headers", written["headers"], _header_names) if "headers" in written else (),
            media_types=self.document.dialect.response_bodies(self, written),
            normal_sample=as_text(samples.get("x-apigateway-result-normal-sample")),
            failure_sample=as_text(samples.get("x-apigateway-result-failure-sample")),
            extensions=NOTHING
            if RESPONSE_FIELDS.issuperset(written)
            else memo_by_id("extensions", written, _unknown_keys),
        )

    @property
    def servers(self) -> tuple[str, ...]:
        """The URLs it can be called at."""
        return self.document.dialect.servers(self)

    @property
    def protocols(self) -> tuple[str, ...]:
        """The protocols of its servers, such as `http`, `https`, in alphabetical order."""
        return self.document.memo_by_id("protocols", self.servers, _protocols)

    @property
    def security(self) -> tuple[Requirement, ...]:
        """The alternatives a caller has; none at all means that no authentication is asked for."""
        if self._security is None:
            own, document = self.raw.get("security"), self.document
            self._security = (
                document.memo_by_value("security", written_form(own), own, requirements)
                if isinstance(own, list)
                else document.security
            )
        return self._security

    @property
    def scheme_names(self) -> frozenset[str]:
        """The security schemes that one or another of the alternatives asks for."""
        return self.document.memo_by_id("scheme names", self.security, _names_in)

    @property
    def has_own_security(self) -> bool:
        """Whether it says itself who may call it; else the document does."""
        return isinstance(self.raw.get("security"), list)

    @property
    def auth(self) -> tuple[str, ...]:
        """Who is let in, by the words of the gateway's API list: `NONE`, `APP`, `IAM`, `AUTHORIZER`.

        Other schemes go by their kind (`oauth2`), several that are needed together are joined by ` + `.
        """
        return self.document.memo_by_id("auth", self.security, self._auth_of)

    def _auth_of(self, alternatives: tuple[Requirement, ...]) -> tuple[str, ...]:
        words = [" + ".join(sorted({self.auth_word(name) for name in names})) or "NONE" for names in alternatives]
        return tuple(dict.fromkeys(words)) or ("NONE",)

    def auth_word(self, name: str) -> str:
        """What a security scheme asks for, by those words."""
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

    @property
    def backends(self) -> tuple[Backend, ...]:
        """The default backend, then those of the backend policies."""
        if self._backends is None:
            self._backends = (*self.default_backends, *policy_backends(self.raw, self.document.count))
        return self._backends

    @property
    def default_backends(self) -> tuple[Backend, ...]:
        """The default backend, one for each of its server groups."""
        if self._default_backends is None:
            self._default_backends = tuple(default_backends(self.raw, self.document.count))
        return self._default_backends

    @property
    def backend(self) -> Backend | None:
        """The default backend; the first of its server groups where it has several."""
        return next(iter(self.default_backends), None)

    @property
    def backend_policies(self) -> tuple[str, ...]:
        """The names of the backend policies."""
        return backend_policies(self.raw)

    def names(self, key: str) -> tuple[str, ...]:
        """The names an extension key binds; a text, a list and null all occur (contract/document, oddity 4)."""
        value = self.raw.get(key)
        if value is None:
            return ()
        return ((value,) if value else ()) if isinstance(value, str) else tuple(filter(None, as_texts(value)))

    @property
    def unknown_extensions(self) -> dict[str, Any]:
        """Extension keys that no column shows."""
        return extensions(self.raw, OPERATION_FIELDS)


def _size_of(media_types: Collection[str]) -> int:
    return sum(map(text_size, media_types))


def _names_in(alternatives: tuple[Requirement, ...]) -> frozenset[str]:
    return frozenset(name for names in alternatives for name in names)


def _header_names(headers: object) -> tuple[str, ...]:
    return tuple(as_map(headers))


def _unknown_keys(response: Mapping[str, Any]) -> dict[str, Any]:
    return extensions(response, RESPONSE_FIELDS)


def _protocols(servers: tuple[str, ...]) -> tuple[str, ...]:
    found = {match[1].lower() for server in servers if (match := _PROTOCOL.match(server))}
    return tuple(sorted(found))


ParameterKey = tuple[str | None, str | None]
"""What makes a parameter the same as another: name and place; there is one body, headers know no letter case."""


class _ReadParameter(NamedTuple):
    """What is written as a parameter, and what was read of it; nothing where it belongs to the request body."""

    key: ParameterKey
    written: Mapping[str, Any]
    read: Parameter | None


class Answers(NamedTuple):
    """What an operation's answers are, in short.

    Attributes:
        statuses: in the order written.
        media_types: of all answers, each once.
        bodies: how many media types the answers have, each for itself; a long one counts as several.
    """

    statuses: tuple[str, ...]
    media_types: tuple[str, ...]
    bodies: int


class Parameters(NamedTuple):
    """All that an operation has written as parameters, those of them that are no body, and how many must be given."""

    written: list[Mapping[str, Any]]
    read: tuple[Parameter, ...]
    required: int


_NO_PARAMETERS = Parameters([], (), 0)


def parameter_key(written: Mapping[str, Any]) -> ParameterKey:
    """Say which parameter this is."""
    name, place = written.get("name"), written.get("in")
    if not (isinstance(name, str) and isinstance(place, str)):
        name, place = as_text(name), as_text(place)
    place = place and place.lower()
    if place == "header":
        name = name and name.lower()
    return (None if place == "body" else name), place


def template_parameters(path: str) -> list[str]:
    """The parameters a path names, in order; the `+` of a greedy `{proxy+}` is not part of the name."""
    return [name.removesuffix("+") for name in TEMPLATE_PARAMETER.findall(path)]
