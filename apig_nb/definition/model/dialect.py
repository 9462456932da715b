"""`Dialect`: the differences between the versions of the standard."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from typing import Any, ClassVar, Final, NamedTuple

from apig_nb.definition.model.elements import MediaType, RequestBody
from apig_nb.definition.model.memo import Context
from apig_nb.definition.model.references import Pointer
from apig_nb.definition.model.server import Server


class Written(NamedTuple):
    """An operation as written.

    Attributes:
        raw: the operation object.
        item: the path item it is part of.
        at: pointer to the operation.
        body_parameters: parameters that are, or are part of, the request body, each with the pointer to it.
    """

    raw: Mapping[str, Any]
    item: Mapping[str, Any]
    at: Pointer
    body_parameters: Collection[tuple[Mapping[str, Any], Pointer]] = ()


BODY_LOCATIONS: Final = frozenset(("body", "formdata"))
"""Values of `in`, in lower case, of parameters that belong to the request body; OpenAPI 3 does not define them."""


class Dialect(ABC):
    """Reads the parts that versions of the standard write differently; `Swagger2` and `OpenApi3` implement it."""

    SCHEMAS: ClassVar[tuple[str, ...]]
    """Keys that lead to the named schemas."""
    SECURITY_SCHEMES: ClassVar[tuple[str, ...]]
    """Keys that lead to the security schemes."""
    IGNORED_PARAMETERS: ClassVar[frozenset[str]] = frozenset()
    """Names, in lower case, of header parameters that the standard tells to ignore."""
    IGNORED_HEADERS: ClassVar[frozenset[str]] = frozenset()
    """The same of the headers of responses and of the parts of a form."""

    def __init__(self, context: Context) -> None:
        self._root, self._references, self._memo = context

    @abstractmethod
    def schema_and_sample(self, parameter: Mapping[str, Any]) -> tuple[Mapping[str, Any], Any]:
        """Return the schema of a parameter and an example of its value."""

    @abstractmethod
    def request_body(self, operation: Written) -> RequestBody | None:
        """Return the request body."""

    @abstractmethod
    def request_media_types(self, operation: Written) -> Collection[str]:
        """Return the names of the media types of the request body."""

    @abstractmethod
    def response_media_types(self, operation: Mapping[str, Any], response: Mapping[str, Any]) -> Collection[str]:
        """Return the names of the media types of a response."""

    @abstractmethod
    def response_bodies(self, operation: Written, response: Mapping[str, Any], at: Pointer) -> tuple[MediaType, ...]:
        """Return the media types of a response that is written at `at`."""

    @abstractmethod
    def servers(self, operation: Written) -> tuple[Server, ...]:
        """Return the servers of an operation."""

    @abstractmethod
    def server_urls(self, operation: Written) -> tuple[str, ...]:
        """Return the URLs of the servers, as written; one object for operations that share them."""

    @abstractmethod
    def servers_pointer(self, operation: Written) -> str:
        """Return the JSON pointer to the servers of an operation."""
