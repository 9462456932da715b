"""`Answer`: what came of a call that brought one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apig_nb.client.service_errors import retry_after
from apig_nb.errors import DocumentError


@dataclass(frozen=True)
class Answer:
    """A whole answer.

    Attributes:
        status_code: the HTTP status.
        headers: its headers; names in any letter case.
        content: the body, unpacked.
    """

    status_code: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def media_type(self) -> str:
        """What the answer says it is, in lower case and without parameters; empty where it does not say."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @property
    def retry_after(self) -> str:
        """When to come again, in seconds or as a date; empty where it does not say."""
        return retry_after(self.headers)

    def json_object(self, what: str) -> Mapping[str, Any]:
        """Read it as a JSON object.

        Args:
            what: what it is called in an error.

        Raises:
            DocumentError: it is something else.
        """
        try:
            content = json.loads(self.content)
        except (ValueError, RecursionError) as error:
            raise DocumentError(f"the {what} is no JSON but {self.media_type or 'of no media type'}") from error
        if not isinstance(content, dict):
            raise DocumentError(f"the {what} is a JSON {type(content).__name__} instead of an object")
        return content
