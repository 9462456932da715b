"""`Server`: an address at which operations can be called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from apig_nb.definition.model.references import Pointer
from apig_nb.definition.values import as_list, as_map, as_texts

MAX_URLS: Final = 100
"""Maximum number of URLs that are made from the variables of one server."""

MAX_URL_LENGTH: Final = 10_000
"""Maximum number of characters of a URL whose variables are filled in; a longer one stays as written."""

_VARIABLE: Final = re.compile(r"({[^{}]*})")


class Server(NamedTuple):
    """An address at which operations can be called.

    Attributes:
        url: as written; of Swagger 2.0, put together from scheme, host and base path.
        variables: the variables in the URL by name, as written.
        at: pointer to it.
    """

    url: str
    variables: Mapping[str, Any]
    at: Pointer

    @property
    def pointer(self) -> str:
        """JSON pointer to it."""
        return str(self.at)

    @property
    def urls(self) -> list[str]:
        """One URL for each value of each variable; with the default where there would be more than `MAX_URLS`."""
        if "{" not in self.url:
            return [self.url]
        choices: list[dict[str, str]] = [{}]
        for name, written in self.variables.items():
            variable = as_map(written)
            values = as_texts(as_list(variable.get("enum"))) or as_texts(variable.get("default"))
            if len(choices) * len(values) > MAX_URLS:
                values = as_texts(variable.get("default"))
            if len(values) == 1:
                for choice in choices:
                    choice[name] = values[0]
            else:
                choices = [{**choice, name: value} for choice in choices for value in values] or choices
        return [self._filled_in(choice) for choice in choices]

    def _filled_in(self, values: Mapping[str, str]) -> str:
        """Return the URL with all variables replaced in one pass, so that a value is never taken for a variable."""
        pieces = [values.get(part[1:-1], part) if part.startswith("{") else part for part in _VARIABLE.split(self.url)]
        return "".join(pieces) if sum(map(len, pieces)) <= MAX_URL_LENGTH else self.url
