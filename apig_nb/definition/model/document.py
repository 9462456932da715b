"""`Document`: the parts of a document that operations share."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from types import MappingProxyType
from typing import Any, Final, NoReturn

from apig_nb.definition.grammar import COMPONENTS_FIELDS, DOCUMENT_FIELDS, INFO_FIELDS, is_method
from apig_nb.definition.model import gateway
from apig_nb.definition.model.dialect import Dialect, Written
from apig_nb.definition.model.elements import Requirement, requirements
from apig_nb.definition.model.gateway import AccessControl, GatewayResponse, RateLimit, SecurityScheme
from apig_nb.definition.model.inheritance import heirs
from apig_nb.definition.model.memo import Context, Memo
from apig_nb.definition.model.openapi3 import OpenApi3
from apig_nb.definition.model.references import Pointer, References, reference_parts
from apig_nb.definition.model.schema import SchemaSource
from apig_nb.definition.model.schema_reader import SchemaReader
from apig_nb.definition.model.server import Address, addresses_of
from apig_nb.definition.model.standard import Standard, standard_of
from apig_nb.definition.model.swagger2 import Swagger2
from apig_nb.definition.problem import Problem, pointer
from apig_nb.definition.values import HOLDERS, as_list, as_map, as_text, extensions, json_text, size, without
from apig_nb.errors import DocumentError
from apig_nb.lazy import cached_property

MAX_REFERENCED: Final = 1_000_000
"""Maximum number of values that references add to paths; each use of a reference counts."""

MAX_PARTS: Final = 1_000_000
"""Maximum number of parameters, responses and media types of all operations, where each use of a reference counts, and
of values that each server group of a backend repeats."""

_INHERITED: Final = ("security", "consumes", "produces", "host", "basePath", "schemes", "servers")
_METADATA: Final = (
    ("tags",),
    ("externalDocs",),
    ("info", "contact"),
    ("info", "license"),
    ("info", "termsOfService"),
    ("info", "summary"),
    ("jsonSchemaDialect",),
)
_PLUGINS: Final = "x-apigateway-plugins"
_KNOWN: Final = (
    # `x-webhooks` is read like `webhooks`.
    ((), DOCUMENT_FIELDS | {"x-webhooks"}),
    (("info",), INFO_FIELDS),
    (("components",), COMPONENTS_FIELDS),
)
"""The objects outside of operations that hold other keys, with the keys that are read elsewhere."""


class Document:
    """A document without its operations.

    It has no references to them, so that memory is freed without a search for reference cycles.

    Attributes:
        tree: the document as plain values.
        references: resolves its references.
        context: the objects that its elements need to read their content.
    """

    def __init__(self, tree: dict[str, Any]) -> None:
        self.tree = tree
        self.references = References(tree)
        memo = Memo()
        self.memo_by_id, self.memo_by_value = memo.by_id, memo.by_value
        self.context = Context(tree, self.references, memo)
        self._parts = 0

    def __reduce__(self) -> NoReturn:
        raise TypeError("what is read of a document is neither pickled nor copied: pass the Export, or its bytes")

    def count(self, parts: int) -> None:
        """Count parts that operations are about to have.

        Raises:
            DocumentError: there are more than `MAX_PARTS`.
        """
        self._parts += parts
        if self._parts > MAX_PARTS:
            raise DocumentError(
                f"its operations have more than {MAX_PARTS:,} parameters, responses, media types and repeated fields of"
                " server groups, where each use of a reference counts, and a long one as several; export fewer APIs at"
                " once"
            )

    @cached_property
    def _standard(self) -> Standard:
        return standard_of(self.tree)

    @property
    def standard(self) -> str:
        """The standard and its version, such as `Swagger 2.0` or `OpenAPI 3.0.3`."""
        return self._standard.name

    @property
    def standard_problems(self) -> tuple[Problem, ...]:
        """The problems of how the document declares its version of the standard."""
        return self._standard.problems

    @property
    def is_swagger(self) -> bool:
        """True if it is read as Swagger 2.0, not as OpenAPI 3."""
        return self._standard.is_swagger

    @cached_property
    def dialect(self) -> Dialect:
        """Reads what each version of the standard writes in its own way."""
        return (Swagger2 if self.is_swagger else OpenApi3)(self.context)

    @cached_property
    def is_gateway_export(self) -> bool:
        """True if its root, its paths or its operations have keys of the gateway."""
        operations = (as_map(item[key]) for item in self.paths.values() for key in item if is_method(key))
        holders = chain((self.tree,), self.paths.values(), operations)
        return any(key.startswith("x-apigateway-") for holder in holders for key in holder)

    @cached_property
    def paths(self) -> Mapping[str, Mapping[str, Any]]:
        """Path → path item, references followed. An extension key is a path only if it holds operations.

        Raises:
            DocumentError: references add more than `MAX_REFERENCED` values to paths.
        """
        items, referenced = {}, 0
        for path, written in as_map(self.tree.get("paths")).items():
            item = as_map(self.references.follow(written))
            if item is not written:
                referenced += self.memo_by_id("size", item, size)
                if referenced > MAX_REFERENCED:
                    raise DocumentError(f"references add more than {MAX_REFERENCED:,} values to its paths")
                if len(as_map(written)) > 1:
                    # A path item may have operations next to a reference.
                    item = {**item, **{key: value for key, value in written.items() if key != "$ref"}}
            if not path.startswith("x-") or any(map(is_method, item)):
                items[path] = item
        return MappingProxyType(items)

    @cached_property
    def security(self) -> tuple[Requirement, ...]:
        """The security alternatives of operations that have none of their own."""
        return requirements(self.tree.get("security"))

    @cached_property
    def addresses(self) -> frozenset[Address]:
        """The addresses of operations that have no servers of their own."""
        return addresses_of(self.dialect.servers(Written({}, {}, Pointer())))

    @property
    def servers_pointer(self) -> str:
        """JSON pointer to the servers of the document."""
        return self.dialect.servers_pointer(Written({}, {}, Pointer()))

    @cached_property
    def inherited(self) -> tuple[object, ...]:
        """The fields of the document that apply to operations without their own, as written, and the standard."""
        return (self.standard, *(self.tree.get(key) for key in _INHERITED))

    @property
    def metadata(self) -> dict[str, Any]:
        """Fields that describe the API to readers, where they are not empty: pointer → value; tags are sorted."""
        found = {}
        for *holder, key in _METADATA:
            value = self._at(tuple(holder)).get(key)
            if key == "tags":
                value = sorted((tag for tag in as_list(value) if isinstance(tag, dict)), key=json_text)
            if value:
                found[pointer(*holder, key)] = value
        return found

    @property
    def other_fields(self) -> dict[str, Any]:
        """Fields outside of operations that nothing else reads, such as unknown extension keys: pointer → value."""
        found = {}
        for holder, known in _KNOWN:
            for key, value in without(self._at(holder), known).items():
                if key != _PLUGINS or not isinstance(value, dict):
                    found[pointer(*holder, key)] = value
        for key, value in as_map(self.tree.get("paths")).items():
            if key not in self.paths:
                found[pointer("paths", key)] = value
        servers = (as_map(server) for server in as_list(self.tree.get("servers")))
        if of_servers := {as_text(server.get("url")) or "": own for server in servers if (own := extensions(server))}:
            found[pointer("servers")] = of_servers
        return found

    def is_referenced(self, field: str) -> bool:
        """Return True if references lead into one of `other_fields`, whose content belongs to where it is used."""
        return field in self._referenced

    @cached_property
    def _referenced(self) -> frozenset[str]:
        """The first one and two steps of every reference."""
        found: set[str] = set()
        todo: list[Any] = [self.tree]
        while todo:
            node = todo.pop()
            if isinstance(node, dict):
                if isinstance(ref := node.get("$ref"), str):
                    parts = reference_parts(ref)
                    found |= {pointer(*parts[:1]), pointer(*parts[:2])}
                node = node.values()
            todo += [value for value in node if value.__class__ in HOLDERS]
        return frozenset(found)

    @property
    def plugins(self) -> Mapping[str, Any]:
        """Definitions of plug-ins by name, as written; the form in which an export has them is not published."""
        return as_map(self.tree.get(_PLUGINS))

    @cached_property
    def schemas(self) -> Mapping[str, Any]:
        """Named schemas, as written."""
        return self._at(self.dialect.SCHEMAS)

    @cached_property
    def schema_reader(self) -> SchemaReader:
        """Reads schemas in the common form, wherever they are in the document."""
        ignores_siblings = self.is_swagger or self.standard.startswith("OpenAPI 3.0")
        sources = {
            id(self.references.target(base)): tuple(
                SchemaSource(self.references.target(heir), heir.removeprefix("#")) for heir in heirs
            )
            for base, heirs in self.heirs.items()
        }
        return SchemaReader(self.references, sources, reads_siblings_of_ref=not ignores_siblings)

    @cached_property
    def heirs(self) -> Mapping[str, tuple[str, ...]]:
        """References to the schemas that extend a named schema with a discriminator, by the reference to it."""
        return heirs(self.schemas, "#" + pointer(*self.dialect.SCHEMAS))

    @cached_property
    def security_schemes(self) -> Mapping[str, SecurityScheme]:
        """Security schemes by name."""
        keys = self.dialect.SECURITY_SCHEMES
        schemes = {}
        for name, written in self._at(keys).items():
            scheme = as_map(self.references.follow(written))
            schemes[name] = gateway.security_scheme(name, scheme, pointer(*keys, name))
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
