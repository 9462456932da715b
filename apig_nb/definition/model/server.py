"""`Server`: an address at which operations can be called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple, Self

from apig_nb.definition.model.references import Pointer
from apig_nb.definition.values import as_list, as_map, as_texts

MAX_URLS: Final = 100
"""Maximum number of URLs that are made from the variables of one server."""

MAX_URL_LENGTH: Final = 10_000
"""Maximum number of characters of a URL whose variables are filled in; a longer one stays as written."""

_VARIABLE: Final = re.compile(r"({[^{}]*})")

_URL: Final = re.compile(r"(?:(?:([A-Za-z][A-Za-z0-9+.-]*):)?//([^/]*))?(.*)", re.DOTALL)
_PLACEHOLDER: Final = re.compile(r"\$|\{\{|<|\{[^{}]*\}$")
"""A variable without a known value, such as `$APIG_GROUP_ENTRY_URL`, in the place of a URL or a host."""
_DEFAULT_PORTS: Final = {"http": (":80",), "https": (":443",), "ws": (":80",), "wss": (":443",), None: (":80", ":443")}
_ESCAPE: Final = re.compile(r"%[0-9A-Fa-f]{2}")
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


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


class Address(NamedTuple):
    """A URL in the normal form of RFC 3986, section 6.2.

    https://www.rfc-editor.org/rfc/rfc3986#section-6.2

    Attributes:
        scheme: in lower case; `None` where it is not described.
        host: in lower case, with its port unless that is the default of the scheme; `None` where it is not described.
        path: without a slash at its end.
    """

    scheme: str | None
    host: str | None
    path: str

    @classmethod
    def read(cls, url: str) -> Self | None:
        """Read a URL; `None` for a placeholder such as `$APIG_GROUP_ENTRY_URL`, which describes nothing."""
        match = _URL.fullmatch(url.strip())
        if match is None or _PLACEHOLDER.match(url.strip()):
            return None
        scheme, host, path = match.groups()
        scheme = scheme and scheme.lower()
        host = None if not host or _PLACEHOLDER.match(host) else host.lower()
        for port in _DEFAULT_PORTS.get(scheme, ()):
            host = host and host.removesuffix(port)
        return cls(scheme, host, _ESCAPE.sub(_unescaped, path).rstrip("/"))

    def __str__(self) -> str:
        scheme = f"{self.scheme}://" if self.scheme else ""
        return f"{scheme}{self.host or ''}{self.path}" or "/"


def addresses_of(servers: Iterable[Server]) -> frozenset[Address]:
    """Return every address of some servers."""
    addresses = (Address.read(url) for server in servers for url in server.urls)
    return frozenset(address for address in addresses if address is not None)


def _unescaped(escape: re.Match[str]) -> str:
    character = chr(int(escape[0][1:], 16))
    return character if character in _UNRESERVED else escape[0].upper()
