"""A sample call of an operation, as a curl command and as Python code, with placeholders for what is secret."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from apig_nb.text import encodable, escape_json, shorten, visible

if TYPE_CHECKING:
    from apig_nb.definition import Operation
    from apig_nb.definition.model.elements import Parameter

_WITHOUT_ADDRESS: Final = "https://the-address-of-the-group"
_CREDENTIALS: Final[Mapping[str, tuple[str, str]]] = {
    "APP": ("X-Apig-AppCode", "<AppCode>"),
    "IAM": ("X-Auth-Token", "<token>"),
}
"""Kind of authentication → the header of its simplest form, and a placeholder.

Source: https://support.huaweicloud.com/intl/en-us/devg-apig/apig-dev-180307020.html
"""

_MAX_TEXT: Final = 200
"""Characters of an example."""

_MAX_CALL: Final = 20_000
"""Characters of a call; a longer one is not written."""

_KEPT: Final = "<>[]{},:@"
"""Characters that are not escaped in an address, so that placeholders can be read."""


class SampleCall(NamedTuple):
    """A call of an operation."""

    method: str
    url: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: str | None

    def curl(self) -> str:
        """The call as a curl command."""
        query = "&".join(f"{_escaped(name)}={_escaped(value)}" for name, value in self.query.items())
        address = f"{self.url}?{query}" if query else self.url
        words = ["curl"]
        # Otherwise curl takes brackets and braces for a list of addresses.
        words += ["-g"] if re.search(r"[][{}]", address) else []
        words += [] if self.method == "GET" else ["-X", self.method]
        options = [("-H", f"{name}: {value}") for name, value in self.headers.items()]
        options += [] if self.body is None else [("-d", self.body)]
        lines = [shlex.join(words), *map(shlex.join, options)]
        return _checked(" \\\n  ".join(lines) + f" {shlex.quote(address)}")

    def python(self) -> str:
        """The call as Python code."""
        arguments = [json.dumps(self.method), json.dumps(self.url, ensure_ascii=False)]
        for name, values in (("params", self.query), ("headers", self.headers)):
            if values:
                arguments.append(f"{name}={escape_json(json.dumps(dict(values), ensure_ascii=False))}")
        if self.body is not None:
            arguments.append(f"content={json.dumps(self.body)}")
        joined = ",\n    ".join(arguments)
        return _checked(f"import httpx\n\nresponse = httpx.request(\n    {joined},\n)\n")


def sample_call(operation: Operation) -> SampleCall:
    """The simplest call of an operation: required parameters, and placeholders for credentials."""
    required = [parameter for parameter in operation.parameters if parameter.required]
    values = {(parameter.location, parameter.name): _value(parameter) for parameter in required}
    path = operation.path
    for (location, name), value in values.items():
        if location == "path":
            path = path.replace(f"{{{name}}}", _escaped(value)).replace(f"{{{name}+}}", _escaped(value, "/"))
    method = "GET" if operation.method == "ANY" else operation.method
    body = operation.request_body
    headers = {name: value for (location, name), value in values.items() if location == "header"}
    if body is not None and body.media_types:
        headers["Content-Type"] = body.media_types[0].name or "application/json"
    headers |= dict(_credential(operation))
    query = {name: value for (location, name), value in values.items() if location == "query"}
    return SampleCall(
        visible(method),
        re.sub(r"\s", lambda blank: quote(blank[0]), visible(_server(operation).rstrip("/") + path)),
        query,
        {visible(name): visible(value) for name, value in headers.items()},
        "<body>" if body is not None else None,
    )


def _checked(text: str) -> str:
    return text if len(text) <= _MAX_CALL else f"The call has more than {_MAX_CALL:,} characters."


def _server(operation: Operation) -> str:
    """The first server that is called by HTTP; curl takes other texts for options or files."""
    for url in operation.server_urls:
        address = f"https:{url}" if url.startswith("//") else f"{_WITHOUT_ADDRESS}{url}" if url[:1] == "/" else url
        if re.match(r"https?://[^/]", address, re.IGNORECASE):
            return address
    return _WITHOUT_ADDRESS


def _escaped(text: str, more: str = "") -> str:
    """A part of an address without characters that mean something there, but for these and `_KEPT`."""
    return quote(encodable(text), safe=_KEPT + more)


def _value(parameter: Parameter) -> str:
    sample = parameter.sample
    return shorten(str(sample), _MAX_TEXT) if sample is not None else f"<{parameter.name}>"


def _credential(operation: Operation) -> Iterator[tuple[str, str]]:
    """The headers of the first alternative of authentication."""
    for name in next(iter(operation.security), {}):
        word = operation.auth_word(name)
        scheme = operation.document.security_schemes.get(name)
        if word in _CREDENTIALS:
            yield _CREDENTIALS[word]
        elif word == "AUTHORIZER":
            # The export does not tell where the authorizer looks for the identity of a caller.
            yield "Authorization", "<credential>"
        elif scheme is not None and scheme.location == "header" and scheme.parameter:
            yield scheme.parameter, "<credential>"
        elif scheme is not None and scheme.kind in ("http", "basic", "oauth2", "openIdConnect"):
            yield "Authorization", "<credential>"
