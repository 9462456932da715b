"""`Document`: what operations lean on, which is all of a document but themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from apig_nb.definition.grammar import is_method
from apig_nb.definition.model import gateway, openapi3, swagger2
from apig_nb.definition.model.elements import (
    AccessControl,
    GatewayResponse,
    MediaType,
    RateLimit,
    RequestBody,
    Schema,
    SecurityScheme,
)
from apig_nb.definition.model.references import References
from apig_nb.definition.model.requirement import Requirement, requirements
from apig_nb.definition.model.schema_reader import SchemaReader
from apig_nb.definition.model.standard import Standard, standard_of
from apig_nb.definition.problem import Problem
from apig_nb.definition.values import as_map, size
from apig_nb.errors import DocumentError

if TYPE_CHECKING:
    from apig_nb.definition.model.operation import Operation

MAX_BROUGHT: Final = 1_000_000
"""How many values references may bring to paths, each counted where it is brought."""

MAX_PARTS: Final = 1_000_000
"""How many parameters, answers and media types the operations may have, each counted where a reference brings it, and
parts of what is told of each server group of a backend."""

Part = TypeVar("Part")
Made = TypeVar("Made")


class Dialect(Protocol):
    """What reading one version of the standard takes; `swagger2` and `openapi3` are the two."""

    SCHEMAS: tuple[str, ...]
    SECURITY_SCHEMES: tuple[str, ...]
    BODY_PLACES: frozenset[str]  # of what is written as a parameter and belongs to the request body

    def schema_and_sample(self, operation: Operation, parameter: Mapping[str, Any]) -> tuple[Schema, Any]:
        """What a parameter may be, and an example of it."""

    def request_body(self, operation: Operation) -> RequestBody | None:
        """What is sent besides the parameters."""

    def request_media_types(self, operation: Operation) -> Collection[str]:
        """The names of the forms the request body may have."""

    def response_media_types(self, operation: Operation, response: Mapping[str, Any]) -> Collection[str]:
        """The names of the forms a response's body may have."""

    def response_bodies(self, operation: Operation, response: Mapping[str, Any]) -> tuple[MediaType, ...]:
        """The forms of a response's body."""

    def servers(self, operation: Operation) -> tuple[str, ...]:
        """The URLs an operation can be called at."""

    def scopes(self, scheme: Mapping[str, Any]) -> tuple[str, ...]:
        """The scopes a scheme defines."""


class Document:
    """A document without its operations.

    It does not know them. Were they to hold each other, what nobody needs any more would stay in memory until Python
    looks for circles; and each such look takes its time where a document has some hundred thousand parts.

    Attributes:
        tree: the document as plain values.
        references: what leads where.
    """

    def __init__(self, tree: dict[str, Any]) -> None:
        self.tree = tree
        self.references = References(tree)
        self._made: dict[str, dict[int, tuple[Any, object]]] = defaultdict(dict)
        self._made_alike: dict[str, dict[Hashable, Any]] = defaultdict(dict)
        self._parts = 0

    def count(self, parts: int) -> None:
        """Count parts that operations are about to have.

        Raises:
            DocumentError: there are more than `MAX_PARTS`.
        """
        self._parts += parts
        if self._parts > MAX_PARTS:
            raise DocumentError(
                f"its operations have more than {MAX_PARTS:,} parameters, answers, media types and repeated fields of"
                " server groups, each counted where a reference brings it, a long one as several; export fewer APIs at"
                " once"
            )

    def memo_by_id(self, what: str, part: Part, make: Callable[[Part], Made]) -> Made:
        """Make something of a part of the document once, however many operations references bring that part to."""
        known = self._made[what].get(id(part))
        if known is None:
            # With the part itself, so that its id stays its own.
            known = self._made[what][id(part)] = (make(part), part)
        made: Made = known[0]
        return made

    def memo_by_value(self, what: str, form: Hashable, part: Part, make: Callable[[Part], Made]) -> Made:
        """Make something once of all parts that are written alike, such as who may call each operation.

        The form says how a part is written (see `written_form`); parts without one are like no others. Only for what is
        small, as all of it is written out to see it.
        """
        known = self._made_alike[what]
        made: Made | None = known.get(form)
        if made is None:
            made = make(part)
            if form is not None:
                known[form] = made
        return made

    @cached_property
    def _standard(self) -> Standard:
        return standard_of(self.tree)

    @property
    def standard(self) -> str:
        """The standard and its version, such as `Swagger 2.0` or `OpenAPI 3.0.3`."""
        return self._standard.name

    @property
    def standard_problems(self) -> tuple[Problem, ...]:
        """What is odd in how the document says which standard it follows."""
        return self._standard.problems

    @property
    def is_swagger(self) -> bool:
        """Whether it is read as Swagger 2.0, not as OpenAPI 3."""
        return self._standard.is_swagger

    @cached_property
    def dialect(self) -> Dialect:
        """How this version of the standard is read."""
        return swagger2 if self.is_swagger else openapi3

    @cached_property
    def is_gateway_export(self) -> bool:
        """Whether the gateway's own keys stand anywhere in the document's operations or at its root."""
        operations = [as_map(item[key]) for item in self.paths.values() for key in item if is_method(key)]
        keys = set(self.tree).union(*self.paths.values(), *operations)
        return any(key.startswith("x-apigateway-") for key in keys)

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
                brought += self.memo_by_id("size", item, size)
                if brought > MAX_BROUGHT:
                    raise DocumentError(f"references bring more than {MAX_BROUGHT:,} values to its paths")
                if len(as_map(written)) > 1:
                    # Operations may stand beside a reference too.
                    item = {**item, **{key: value for key, value in written.items() if key != "$ref"}}
            if not path.startswith("x-") or any(map(is_method, item)):
                items[path] = item
        return MappingProxyType(items)

    @cached_property
    def security(self) -> tuple[Requirement, ...]:
        """The alternatives of a caller where an operation does not name its own."""
        return requirements(self.tree.get("security"))

    @cached_property
    def schemas(self) -> Mapping[str, Any]:
        """Named schemas, as written."""
        return self._at(self.dialect.SCHEMAS)

    @cached_property
    def schema_reader(self) -> SchemaReader:
        """Reads schemas in the common form, wherever they are in the document."""
        ignores_siblings = self.is_swagger or self.standard.startswith("OpenAPI 3.0")
        return SchemaReader(self.references, reads_siblings_of_ref=not ignores_siblings)

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
