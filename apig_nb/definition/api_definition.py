"""`ApiDefinition`: a document in one version-neutral form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final, Protocol, TypeVar

from apig_nb.definition import gateway, openapi3, swagger2
from apig_nb.definition.check import Checked, checked
from apig_nb.definition.duplicates import is_method
from apig_nb.definition.form import Extension
from apig_nb.definition.garbage import collected_later
from apig_nb.definition.model import (
    AccessControl,
    GatewayResponse,
    MediaType,
    RateLimit,
    RequestBody,
    Schema,
    SecurityScheme,
)
from apig_nb.definition.operation import Operation, Requirement, requirements
from apig_nb.definition.problem import Problem
from apig_nb.definition.references import References
from apig_nb.definition.source import Source, read_source
from apig_nb.definition.standard import Standard, standard_of
from apig_nb.definition.values import as_map, as_text, size
from apig_nb.errors import DocumentError

MAX_BROUGHT: Final = 1_000_000
"""How many values references may bring to paths, each counted where it is brought."""

MAX_PARTS: Final = 1_000_000
"""How many parameters, answers and media types the operations may have, each counted where a reference brings it."""

MAX_PROBLEMS: Final = 100_000
"""How many problems are listed."""

Part = TypeVar("Part")
Made = TypeVar("Made")


class Dialect(Protocol):
    """What reading one version of the standard takes; `swagger2` and `openapi3` are the two."""

    SCHEMAS: tuple[str, ...]
    SECURITY_SCHEMES: tuple[str, ...]

    def is_of_body(self, parameter: Mapping[str, Any]) -> bool:
        """Whether what is written as a parameter belongs to the request body."""

    def schema_and_sample(self, operation: Operation, parameter: Mapping[str, Any]) -> tuple[Schema, Any]:
        """What a parameter may be, and an example of it."""

    def request_body(self, operation: Operation) -> RequestBody | None:
        """What is sent besides the parameters."""

    def response_media_types(self, operation: Operation, response: Mapping[str, Any]) -> Iterator[MediaType]:
        """The forms of a response's body."""

    def servers(self, operation: Operation) -> tuple[str, ...]:
        """The URLs an operation can be called at."""

    def scopes(self, scheme: Mapping[str, Any]) -> tuple[str, ...]:
        """The scopes a scheme defines."""


class ApiDefinition:
    """A Swagger 2.0, OpenAPI 3.0 or 3.1 document in one form, read lazily; references are followed when asked for.

    Attributes:
        tree: the document as plain values.
        format: `json` or `yaml`.
        wrapped_name: the file name a wrapping answer gave, where the document was inside one.
    """

    def __init__(self, source: Source) -> None:
        self.tree = source.tree
        self.format = source.format
        self.wrapped_name = source.wrapped_name
        self.references = References(source.tree)
        self._source_problems = source.problems
        self._made: dict[tuple[str, int], tuple[object, Any]] = {}
        self._made_alike: dict[tuple[str, str], Any] = {}
        self._parts = 0

    def count(self, parts: int) -> None:
        """Count parts that operations are about to have.

        Raises:
            DocumentError: there are more than `MAX_PARTS`.
        """
        self._parts += parts
        if self._parts > MAX_PARTS:
            raise DocumentError(
                f"its operations have more than {MAX_PARTS:,} parameters, answers and media types, each counted where a"
                " reference brings it; export fewer APIs at once"
            )

    def once(self, what: str, part: Part, make: Callable[[Part], Made]) -> Made:
        """Make something of a part of the document once, however many operations references bring that part to."""
        key = (what, id(part))
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = (part, make(part))  # the part is kept, so that its id stays its own
        made: Made = found[1]
        return made

    def once_alike(self, what: str, part: Part, make: Callable[[Part], Made]) -> Made:
        """The same for all parts that are written alike, such as who may call each operation."""
        return self.once(what, part, lambda part: self._once_by_text(what, part, make))

    def _once_by_text(self, what: str, part: Part, make: Callable[[Part], Made]) -> Made:
        try:
            key = (what, repr(part))
        except RecursionError:
            return make(part)
        if key not in self._made_alike:
            self._made_alike[key] = make(part)
        made: Made = self._made_alike[key]
        return made

    def __repr__(self) -> str:
        return f"<ApiDefinition {self.title!r} {self.standard}>"

    @cached_property
    def _standard(self) -> Standard:
        return standard_of(self.tree)

    @property
    def standard(self) -> str:
        """The standard and its version, such as `Swagger 2.0` or `OpenAPI 3.0.3`."""
        return self._standard.name

    @property
    def is_swagger(self) -> bool:
        """Whether it is read as Swagger 2.0, not as OpenAPI 3."""
        return self._standard.is_swagger

    @cached_property
    def dialect(self) -> Dialect:
        """How this version of the standard is read."""
        return swagger2 if self.is_swagger else openapi3

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """What is odd in the document, in its order; reading never fails on a document that can be read at all."""
        found = (*self._source_problems, *self._standard.problems, *self._checked.problems)
        if len(found) <= MAX_PROBLEMS:
            return found
        more = Problem("", "more", f"there are more than {MAX_PROBLEMS:,} problems; the rest is left out")
        return (*found[:MAX_PROBLEMS], more)

    @property
    def extensions(self) -> tuple[Extension, ...]:
        """Every extension key that the gateway's documentation gives no meaning where it stands."""
        return self._checked.extensions

    @cached_property
    def _checked(self) -> Checked:
        with collected_later():
            return checked(self, MAX_PROBLEMS + 1)

    @property
    def title(self) -> str:
        """The name of the API group."""
        return self._info("title")

    @property
    def version(self) -> str:
        """The version the export was asked to carry, or its time."""
        return self._info("version")

    @property
    def description(self) -> str:
        """The description of the API group."""
        return self._info("description")

    def _info(self, key: str) -> str:
        return as_text(as_map(self.tree.get("info")).get(key)) or ""

    @cached_property
    def is_gateway_export(self) -> bool:
        """Whether the gateway's own keys stand anywhere in the document's operations or at its root."""
        if any(key.startswith("x-apigateway-") for key in self.tree):
            return True
        return any(
            key.startswith("x-apigateway-")
            for operation in self.operations
            for holder in (operation.item, operation.raw)
            for key in holder
        )

    @cached_property
    def paths(self) -> Mapping[str, Mapping[str, Any]]:
        """Path → path item, references followed. An extension key is a path only where operations stand under it.

        Raises:
            DocumentError: references bring more than `MAX_BROUGHT` values to paths.
        """
        items, brought = {}, 0
        for path, written in as_map(self.tree.get("paths")).items():
            item = as_map(self.references.follow(written))
            if item is not written:
                brought += self.once("size", item, size)
                if brought > MAX_BROUGHT:
                    raise DocumentError(f"references bring more than {MAX_BROUGHT:,} values to its paths")
            if item is not written and len(as_map(written)) > 1:
                # Operations may stand beside a reference too.
                item = {**item, **{key: value for key, value in written.items() if key != "$ref"}}
            if not path.startswith("x-") or any(map(is_method, item)):
                items[path] = item
        return MappingProxyType(items)

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """Every operation, in the order of the document."""
        return tuple(
            Operation(self, path, key, item) for path, item in self.paths.items() for key in item if is_method(key)
        )

    @cached_property
    def security(self) -> tuple[Requirement, ...]:
        """The alternatives of a caller where an operation does not name its own."""
        return requirements(self.tree.get("security"))

    @cached_property
    def schemas(self) -> Mapping[str, Any]:
        """Named schemas, as written."""
        return self._at(self.dialect.SCHEMAS)

    @cached_property
    def security_schemes(self) -> Mapping[str, SecurityScheme]:
        """Security schemes by name."""
        schemes = {}
        for name, written in self._at(self.dialect.SECURITY_SCHEMES).items():
            scheme = as_map(self.references.follow(written))
            schemes[name] = gateway.security_scheme(name, scheme, self.dialect.scopes(scheme))
        return MappingProxyType(schemes)

    @cached_property
    def ratelimits(self) -> tuple[RateLimit, ...]:
        """Throttling policies."""
        return tuple(gateway.ratelimits(self.tree))

    @cached_property
    def access_controls(self) -> tuple[AccessControl, ...]:
        """Access control policies."""
        return tuple(gateway.access_controls(self.tree))

    @cached_property
    def gateway_responses(self) -> tuple[GatewayResponse, ...]:
        """Sets of gateway responses."""
        return tuple(gateway.gateway_responses(self.tree))

    def _at(self, keys: tuple[str, ...]) -> Mapping[str, Any]:
        node: Mapping[str, Any] = self.tree
        for key in keys:
            node = as_map(node.get(key))
        return node


def read_definition(raw: bytes) -> ApiDefinition:
    """Read the bytes of a document.

    Raises:
        DocumentError: the bytes are no API document; the message says what they are.
    """
    with collected_later():
        return ApiDefinition(read_source(raw))
