"""`ApiDefinition`: a document in one version-neutral form."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from apig_nb.definition.grammar import is_method
from apig_nb.definition.model.document import Document
from apig_nb.definition.model.operation import Operation
from apig_nb.definition.problem import MAX_POINTED, MAX_PROBLEMS, Problem
from apig_nb.definition.read.source import Source, all_problems, read_source
from apig_nb.definition.values import as_map, as_text
from apig_nb.errors import DocumentError

if TYPE_CHECKING:
    from apig_nb.definition.lint.semantics import Checked
    from apig_nb.definition.lint.structure import Extension


class ApiDefinition:
    """A Swagger 2.0, OpenAPI 3.0 or 3.1 document in one form, read lazily; references are followed when asked for.

    Attributes:
        document: the document without its operations.
        format: `json` or `yaml`.
        wrapped_name: the file name a wrapping answer gave, where the document was inside one.
    """

    def __init__(self, source: Source, raw: bytes) -> None:
        self.document = Document(source.tree)
        self.format = source.format
        self.wrapped_name = source.wrapped_name
        self._source, self._raw = source, raw

    def __repr__(self) -> str:
        return f"<ApiDefinition {self.title!r} {self.standard}>"

    @property
    def tree(self) -> dict[str, Any]:
        """The document as plain values."""
        return self.document.tree

    @property
    def standard(self) -> str:
        """The standard and its version, such as `Swagger 2.0` or `OpenAPI 3.0.3`."""
        return self.document.standard

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """What is odd in the document, in its order; reading never fails on a document that can be read at all."""
        of_source, checked = all_problems(self._source, self._raw), self._checked.problems
        found = (*of_source, *self.document.standard_problems, *checked)
        if len(found) <= MAX_PROBLEMS and not (of_source.are_more or checked.are_more):
            return found
        listed = found[:MAX_PROBLEMS]
        return (*listed, Problem("", "more", f"there are more than these {len(listed):,}; the rest is left out"))

    @property
    def extensions(self) -> tuple[Extension, ...]:
        """Every extension key that the gateway's documentation gives no meaning where it stands.

        Raises:
            DocumentError: their pointers have more than `MAX_POINTED` characters.
        """
        if self._checked.extensions is None:
            raise DocumentError(f"the places of its extension keys take more than {MAX_POINTED:,} characters to say")
        return self._checked.extensions

    @cached_property
    def _checked(self) -> Checked:
        # Late: reading and tables do without it.
        from apig_nb.definition.lint.semantics import checked

        return checked(self)

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
        """Every operation, in the order of the document.

        Raises:
            DocumentError: references bring too much to its paths.
        """
        document = self.document
        return tuple(
            Operation(document, path, key, item)
            for path, item in document.paths.items()
            for key in item
            if is_method(key)
        )


def read_definition(raw: bytes) -> ApiDefinition:
    """Read the bytes of a document.

    Raises:
        DocumentError: the bytes are no API document; the message says what they are.
    """
    return ApiDefinition(read_source(raw), raw)
