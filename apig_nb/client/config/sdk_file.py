"""The files of the cloud's own SDK: credentials, and addresses of regions (contract/auth)."""

from __future__ import annotations

import configparser
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from apig_nb.client.config.source import Source, Value, read
from apig_nb.errors import ArgumentError, CredentialsError

# Section `global` is for services of the whole account, which API Gateway is not.
_SECTION: Final = "basic"
_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "access_key": ("ak",),
    "secret_key": ("sk",),
    "security_token": ("security_token",),
    "project_id": ("project_id",),
    "iam_endpoint": ("iam_endpoint",),
    "idp_id": ("idp_id",),
    "id_token_file": ("id_token_file",),
}


def place() -> Path:
    """Where the file of credentials is looked for."""
    return _file("HUAWEICLOUD_SDK_CREDENTIALS_FILE", "credentials")


def _file(variable: str, name: str) -> Path:
    named = os.environ.get(variable)
    return Path(os.path.expanduser(named or f"~/.huaweicloud/{name}"))  # noqa: PTH111 - there may be no home


def section() -> Source | None:
    """What the file says; None where there is no file.

    Raises:
        CredentialsError: the file cannot be read.
    """
    file = place()
    if not file.is_file():
        return None
    # A `%` in a secret is a percent sign and nothing else.
    parser, problem = configparser.ConfigParser(interpolation=None), ""
    try:
        parser.read_string(file.read_text("utf-8"))
    except (configparser.Error, OSError, ValueError) as error:
        problem = type(error).__name__
    if problem:
        # Outside the handler: the library's errors quote the lines, with the secret key in them.
        raise CredentialsError(f"{file} cannot be read ({problem}): it must have sections and lines such as `ak = …`")
    title = f"{file}: {_SECTION}"
    fields = parser[_SECTION] if parser.has_section(_SECTION) else {}
    return Source(read(_KEYS, fields, lambda _: title))


def endpoint_of(service: str, region: str) -> Value | None:
    """The address of a service that the file of regions names; it is laid out as the SDK's core reads it (3.1.219).

    Raises:
        ArgumentError: the file cannot be read.
    """
    file = _file("HUAWEICLOUD_SDK_REGIONS_FILE", "regions.yaml")
    if not file.is_file():
        return None
    try:
        # BaseLoader leaves every scalar a text.
        content = yaml.load(file.read_text("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - builds texts only
    except (yaml.YAMLError, OSError, ValueError, RecursionError) as error:
        raise ArgumentError("region", region, f"{file} cannot be read ({type(error).__name__})") from error
    if not isinstance(content or {}, dict):
        raise ArgumentError("region", region, f"{file} cannot be read (it is no mapping)")
    found = (
        address
        for name, entries in (content or {}).items()
        if str(name).lower() == service and isinstance(entries, list)
        for entry in entries
        if isinstance(entry, dict) and entry.get("id") == region
        for address in _addresses(entry)
    )
    first = next(found, None)
    return None if first is None else Value(first, f"{file}: {service.upper()}")


def _addresses(entry: Mapping[str, Any]) -> Iterator[str]:
    several = entry.get("endpoints")
    for address in [*(several if isinstance(several, list) else []), entry.get("endpoint")]:
        if isinstance(address, str) and address:
            yield address
