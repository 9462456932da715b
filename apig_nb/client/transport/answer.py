"""`Answer`: a whole answer to a call."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apig_nb.client.service_errors import retry_after
from apig_nb.errors import DocumentError
from apig_nb.text import MAX_VALUES, has_too_many_values, shorten, visible


@dataclass(frozen=True)
class Answer:
    """A whole answer to a call.

    Attributes:
        status_code: the HTTP status.
        headers: its headers; names in any letter case.
        content: the decompressed body, secrets masked.
        held_secret: the body repeated a secret, which is masked.
    """

    status_code: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    held_secret: bool = False

    @property
    def media_type(self) -> str:
        """The media type in lower case, without parameters; empty where the answer has none."""
        return shorten(visible(self.headers.get("Content-Type", "").partition(";")[0].strip().lower()), 100)

    @property
    def retry_after(self) -> str:
        """The value of `Retry-After`, in seconds or as a date; empty where the answer has none."""
        return retry_after(self.headers)

    def json_object(self, what: str) -> Mapping[str, Any]:
        """Parse the body as a JSON object.

        Args:
            what: the name of the content in an error.

        Raises:
            DocumentError: the body is not a JSON object.
        """
        if has_too_many_values(self.content):
            raise DocumentError(f"the {what} has more than {MAX_VALUES:,} values")
        try:
            content = json.loads(self.content)
        except (ValueError, RecursionError):
            content = DocumentError(f"the {what} is not JSON (media type: {self.media_type or 'none'})")
        if isinstance(content, DocumentError):
            # Outside the handler: the parser's error holds the content.
            raise content
        if not isinstance(content, dict):
            raise DocumentError(f"the {what} is a JSON {type(content).__name__} instead of an object")
        return content
