"""Elements of an operation in a form that is common to all versions of the standard.

Tuples with names: a large document has tens of thousands of them, and a dataclass takes several times as long to make.
Attributes that only some callers need, such as pointers and headers, are computed on access.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final, Literal, NamedTuple

from apig_nb.definition.grammar import PATH_ITEM_KEYS, RESPONSE_FIELDS
from apig_nb.definition.model.memo import Context
from apig_nb.definition.model.references import Pointer, References
from apig_nb.definition.model.schema import SchemaSource
from apig_nb.definition.model.serialisation import serialisation
from apig_nb.definition.values import NOTHING, as_flag, as_list, as_map, as_text, as_texts, extensions, without

Requirement = Mapping[str, tuple[str, ...]]
"""One security alternative: security scheme → scopes. All of it is needed; an empty one needs no credential."""


def requirements(written: object) -> tuple[Requirement, ...]:
    """Return the alternatives that a `security` field lists."""
    return tuple(
        {scheme: as_texts(as_list(scopes)) for scheme, scopes in requirement.items()}
        for requirement in as_list(written)
        if isinstance(requirement, dict)
    )


class Parameter(NamedTuple):
    """A parameter of an operation outside its body: path, query, header, cookie.

    Attributes:
        location: where it is sent, in lower case.
        source: the parameter object, references followed; one object for all parameters of equal content.
        listed: the parameter or reference in the list of the operation or its path.
        listed_at: pointer to it.
    """

    name: str
    location: str
    required: bool
    schema: Mapping[str, Any]
    description: str | None
    deprecated: bool
    sample: str | None
    pass_through: str | None
    orchestrations: tuple[str, ...]
    extensions: Mapping[str, Any]
    source: Mapping[str, Any]
    references: References
    listed: object
    listed_at: Pointer

    @property
    def pointer(self) -> str:
        """JSON pointer to it; for a reference, to its target."""
        return str(self._at)

    @property
    def schema_source(self) -> SchemaSource:
        """The schema with its pointer; Swagger 2.0 has the keywords in the parameter itself."""
        return SchemaSource(self.schema, str(_schema_at(self.source, self._at, self.references)))

    @property
    def listed_pointer(self) -> str:
        """JSON pointer to it, or to the reference to it, in the operation or its path."""
        return str(self.listed_at)

    @property
    def _at(self) -> Pointer:
        return self.references.locate(self.listed, self.listed_at)

    @property
    def allow_empty_value(self) -> bool:
        """True if it may be sent without a value."""
        return as_flag(self.source.get("allowEmptyValue")) is True

    @property
    def allow_reserved(self) -> bool:
        """True if reserved characters may be sent as they are, which is defined for a query only."""
        return self.location == "query" and as_flag(self.source.get("allowReserved")) is True

    @property
    def examples(self) -> object:
        """The value of `examples`, references to examples followed."""
        return self.references.follow_each(self.source.get("examples"))

    def serialisation(self, types: Collection[str]) -> str | None:
        """Return the serialisation of a value of some types; `None` for a single value as it is."""
        return serialisation(self.source, types, self.location)

    @property
    def is_text(self) -> bool:
        """True if a value is sent as text, and not in a media type of its own."""
        return "content" not in self.source


class MediaType(NamedTuple):
    """A media type of a body, with its schema (`None` if it has none).

    Attributes:
        holder: pointer to the request body, body parameter or response.
        in_content: True for OpenAPI 3, which has each media type under `content`; Swagger 2.0 has one schema for all.
        source: the media type object of OpenAPI 3; for Swagger 2.0, only its example or, for a form, its encoding.
        list_at: Swagger 2.0: pointer to the list that names it; `None` where it is assumed.
    """

    name: str
    schema: object
    holder: Pointer
    in_content: bool
    source: Mapping[str, Any]
    references: References
    list_at: Pointer | None = None

    @property
    def pointer(self) -> str:
        """JSON pointer to it; for Swagger 2.0, to the list that names it, which many bodies share."""
        return str(self.list_at or self._at)

    @property
    def is_assumed(self) -> bool:
        """True if the document does not name it."""
        return not self.in_content and self.list_at is None

    @property
    def _at(self) -> Pointer:
        return self.holder.below("content", self.name) if self.in_content else self.holder

    @property
    def schema_source(self) -> SchemaSource:
        """The schema, or the reference to it, with its pointer."""
        return SchemaSource(self.schema, str(self._at.below("schema")))

    @property
    def example(self) -> object:
        """An example of the body."""
        return self.source.get("example")

    @property
    def examples(self) -> object:
        """Named examples of the body, references to examples followed."""
        return self.references.follow_each(self.source.get("examples"))

    @property
    def extensions(self) -> Mapping[str, Any]:
        """Its extension keys."""
        return extensions(self.source)

    @property
    def is_form(self) -> bool:
        """True if it is a form, whose fields are sent one by one."""
        return self.name.lower().startswith(("application/x-www-form-urlencoded", "multipart/"))


class RequestBody(NamedTuple):
    """The request body of an operation.

    Attributes:
        at: pointer to the request body or body parameter; to the operation where form fields make up the body.
    """

    media_types: tuple[MediaType, ...]
    required: bool
    description: str | None
    extensions: Mapping[str, Any]
    at: Pointer

    @property
    def pointer(self) -> str:
        """JSON pointer to it."""
        return str(self.at)


_HEADER_FIELDS: Final = frozenset(("description", "required", "collectionFormat", "style", "explode"))


class Header(NamedTuple):
    """A header of a response.

    Attributes:
        source: the header object, references followed.
        at: pointer to it.
    """

    name: str
    source: Mapping[str, Any]
    at: Pointer
    references: References
    location: Literal["header"] = "header"

    @property
    def pointer(self) -> str:
        """JSON pointer to it; for a reference, to its target."""
        return str(self.at)

    @property
    def is_text(self) -> bool:
        """True if a value is sent as text, and not in a media type of its own."""
        return "content" not in self.source

    @property
    def required(self) -> bool:
        """True if it is always sent."""
        return as_flag(self.source.get("required")) is True

    @property
    def description(self) -> object:
        """Its description."""
        return self.source.get("description")

    @property
    def schema(self) -> Any:
        """The schema of its value; Swagger 2.0 has the keywords in the header itself."""
        if "schema" in self.source:
            return self.source["schema"]
        for content in as_map(self.source.get("content")).values():
            return as_map(content).get("schema", {})
        return without(self.source, _HEADER_FIELDS)

    @property
    def schema_source(self) -> SchemaSource:
        """The schema with its pointer."""
        return SchemaSource(self.schema, str(_schema_at(self.source, self.at, self.references)))

    def serialisation(self, types: Collection[str]) -> str | None:
        """Return the serialisation of a value of some types; `None` for a single value as it is."""
        return serialisation(self.source, types, self.location)


class Response(NamedTuple):
    """A response of an operation.

    Attributes:
        status: the status code as written, such as `200`, `4XX` or `default`.
        source: the response object, references followed.
        samples: the same with the gateway's samples, which may be written next to it.
        at: pointer to it.
    """

    status: str
    media_types: tuple[MediaType, ...]
    source: Mapping[str, Any]
    samples: Mapping[str, Any]
    listed_at: Pointer
    at: Pointer
    context: Context

    @property
    def pointer(self) -> str:
        """JSON pointer to it; for a reference, to its target."""
        return str(self.at)

    @property
    def listed_pointer(self) -> str:
        """JSON pointer to it, or to the reference to it, in the operation."""
        return str(self.listed_at)

    @property
    def description(self) -> str | None:
        """Its description."""
        return as_text(self.source.get("description"))

    @property
    def header_names(self) -> tuple[str, ...]:
        """Names of its headers; one object for responses that share their headers."""
        if "headers" not in self.source:
            return ()
        return self.context.memo.by_id("header names", self.source["headers"], lambda headers: tuple(as_map(headers)))

    @property
    def headers(self) -> tuple[Header, ...]:
        """Its headers."""
        references, at = self.context.references, self.at.below("headers")
        return tuple(
            Header(name, as_map(references.follow(item)), references.locate(item, at.below(name)), references)
            for name, item in as_map(self.source.get("headers")).items()
        )

    @property
    def links(self) -> object:
        """The value of `links`, references to links followed."""
        return self.context.references.follow_each(self.source.get("links"))

    @property
    def unlisted_media_types(self) -> tuple[MediaType, ...]:
        """Swagger 2.0: media types that have an example, yet are not among those that the operation produces."""
        listed = {media.name for media in self.media_types}
        return tuple(
            MediaType(name, None, self.at, False, {"example": example}, self.context.references)
            for name, example in as_map(self.source.get("examples")).items()
            if name not in listed
        )

    @property
    def normal_sample(self) -> str | None:
        """The gateway's sample of a successful response."""
        return as_text(self.samples.get("x-apigateway-result-normal-sample"))

    @property
    def failure_sample(self) -> str | None:
        """The gateway's sample of a failure response."""
        return as_text(self.samples.get("x-apigateway-result-failure-sample"))

    @property
    def extensions(self) -> Mapping[str, Any]:
        """Extension keys without an attribute of their own; one object for responses that a reference shares."""
        if RESPONSE_FIELDS.issuperset(self.source):
            return NOTHING
        return self.context.memo.by_id("extensions", self.source, lambda source: extensions(source, RESPONSE_FIELDS))


class PathItem(NamedTuple):
    """Fields of a path that apply to all its operations, except parameters and servers.

    Attributes:
        source: the path item, references followed.
        at: pointer to it.
    """

    source: Mapping[str, Any]
    at: Pointer

    @property
    def pointer(self) -> str:
        """JSON pointer to it."""
        return str(self.at)

    @property
    def summary(self) -> object:
        """Its summary."""
        return self.source.get("summary")

    @property
    def description(self) -> object:
        """Its description."""
        return self.source.get("description")

    @property
    def extensions(self) -> dict[str, Any]:
        """Its extension keys, but for the operation of any method."""
        return extensions(self.source, PATH_ITEM_KEYS.keys())


def _schema_at(source: Mapping[str, Any], at: Pointer, references: References) -> Pointer:
    """Return where the schema of a parameter or header is written."""
    for media_type in as_map(source.get("content")):
        return at.below("content", media_type, "schema")
    return references.locate(source["schema"], at.below("schema")) if "schema" in source else at
