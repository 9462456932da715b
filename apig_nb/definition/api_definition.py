"""`ApiDefinition`: a document of any version in one form, with its problems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from apig_nb.definition.grammar import ADDITIONAL, is_method
from apig_nb.definition.lint.semantics import LintResult, lint
from apig_nb.definition.lint.structure import Extension
from apig_nb.definition.model.document import Document
from apig_nb.definition.model.operation import Operation
from apig_nb.definition.problem import MAX_POINTER_CHARACTERS, MAX_PROBLEMS, Problem
from apig_nb.definition.read.source import Source, read_source
from apig_nb.definition.values import as_map, as_text
from apig_nb.errors import DocumentError
from apig_nb.lazy import cached_property
from apig_nb.text import MAX_LABEL, shorten, visible


class ApiDefinition:
    """A Swagger 2.0 or OpenAPI 3.x document in one form. Its parts are read when they are first used.

    Attributes:
        document: the document without its operations.
        format: `json` or `yaml`.
        wrapped_name: the file name from the answer of an asynchronous export, if the document was inside one.
    """

    def __init__(self, source: Source) -> None:
        self.document = Document(source.tree)
        self.format = source.format
        self.wrapped_name = source.wrapped_name
        self._problems_of_source = source.problems

    def __repr__(self) -> str:
        title, standard = shorten(self.title, MAX_LABEL), shorten(self.standard, MAX_LABEL)
        return f"<ApiDefinition {title!r} {visible(standard)}>"

    @property
    def tree(self) -> dict[str, Any]:
        """The document as dicts, lists and scalars."""
        return self.document.tree

    @property
    def standard(self) -> str:
        """The standard and its version, such as `Swagger 2.0` or `OpenAPI 3.0.3`."""
        return self.document.standard

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """The defects of the document. At most `MAX_PROBLEMS` are listed; one of the kind `more` then ends the list."""
        of_source, of_content = self._problems_of_source, self._lint.problems
        found = (*of_source, *self.document.standard_problems, *of_content)
        if len(found) <= MAX_PROBLEMS and not (of_source.truncated or of_content.truncated):
            return found
        listed = found[:MAX_PROBLEMS]
        return (*listed, Problem("", "more", f"only the first {len(listed):,} problems are listed"))

    @property
    def extensions(self) -> tuple[Extension, ...]:
        """The extension keys that the gateway's documentation does not define where they are used.

        Raises:
            DocumentError: their pointers have more than `MAX_POINTER_CHARACTERS` characters.
        """
        if self._lint.extensions is None:
            raise DocumentError(f"the pointers of its extension keys exceed {MAX_POINTER_CHARACTERS:,} characters")
        return self._lint.extensions

    @cached_property
    def _lint(self) -> LintResult:
        return lint(self.document, self.operations)

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
    def operations(self) -> tuple[Operation, ...]:
        """All operations, in document order.

        Raises:
            DocumentError: references add too many values to its paths.
        """
        document = self.document
        return tuple(
            Operation(document, path, keys, item)
            for path, item in document.paths.items()
            for keys in _operation_keys(item, document)
        )

    @property
    def has_backends(self) -> bool:
        """True if any operation has a backend or a backend policy."""
        return any(operation.has_backend for operation in self.operations)

    @property
    def has_policies(self) -> bool:
        """True if it has throttling or access control policies, plug-ins, authorizers or gateway responses."""
        document = self.document
        return bool(
            document.ratelimits
            or document.access_controls
            or document.gateway_responses
            or any(scheme.authorizer for scheme in document.security_schemes.values())
            or any(operation.has_policies for operation in self.operations)
        )

    @property
    def is_from_gateway(self) -> bool:
        """True if an operation has an extension key of the gateway; every export has some."""
        return any(key.startswith("x-apigateway-") for operation in self.operations for key in operation.raw)


def _operation_keys(item: Mapping[str, Any], document: Document) -> Iterator[tuple[str, ...]]:
    """Yield the keys of each operation of a path item; OpenAPI 3.2 has a map for methods that it does not name."""
    yield from ((key,) for key in item if is_method(key))
    if ADDITIONAL in item and not document.is_swagger and not document.standard.startswith("OpenAPI 3.0"):
        own = {key.upper() for key in item}
        yield from ((ADDITIONAL, key) for key in as_map(item[ADDITIONAL]) if key.upper() not in own)


def read_definition(raw: bytes) -> ApiDefinition:
    """Read the bytes of a document.

    Raises:
        DocumentError: the bytes are not an API document; the message describes them.
    """
    return ApiDefinition(read_source(raw))
