"""The files of the cloud's own SDK: credentials, and addresses of regions.

Source: https://github.com/huaweicloud/huaweicloud-sdk-python-v3 (README and core package, 3.1.219)
"""

from __future__ import annotations

import configparser
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from apig_nb.client.config.source import Source, Value, read_settings
from apig_nb.errors import ArgumentError, CredentialsError
from apig_nb.files import MAX_SETTINGS, expand_home, read_file
from apig_nb.text import parse_yaml

# Section `global` is for global services; API Gateway is a regional one.
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


def path() -> Path:
    """Return the path of the credentials file."""
    return _file("HUAWEICLOUD_SDK_CREDENTIALS_FILE", "credentials")


def _file(variable: str, name: str) -> Path:
    named = os.environ.get(variable)
    return expand_home(named or f"~/.huaweicloud/{name}")


def section() -> Source | None:
    """Read section `basic` of the credentials file; None where there is no file.

    Raises:
        CredentialsError: the file cannot be read.
    """
    file = path()
    if not file.is_file():
        return None
    # Without interpolation, as a secret may hold a `%`.
    parser, problem = configparser.ConfigParser(interpolation=None), ""
    try:
        # An editor of Windows may begin a file with a byte order mark.
        parser.read_string(read_file(file, MAX_SETTINGS).decode("utf-8-sig"))
    except (configparser.Error, OSError, ValueError) as error:
        problem = type(error).__name__
    if problem:
        # Outside the handler: the parser's errors quote lines, with the secret key.
        raise CredentialsError(f"{file} cannot be read ({problem}): it must have sections and lines such as `ak = …`")
    title = f"{file}: {_SECTION}"
    fields = parser[_SECTION] if parser.has_section(_SECTION) else {}
    return Source(read_settings(_KEYS, fields, lambda _: title))


def endpoint_of(service: str, region: str) -> Value | None:
    """Read the address of a service in a region from the file of regions; None where it has none.

    Raises:
        ArgumentError: the file cannot be read.
    """
    file = _file("HUAWEICLOUD_SDK_REGIONS_FILE", "regions.yaml")
    if not file.is_file():
        return None
    try:
        content = parse_yaml(read_file(file, MAX_SETTINGS).decode("utf-8"), scalars_as_text=True)
    except (OSError, UnicodeError) as error:
        raise ArgumentError("region", region, f"{file} cannot be read ({type(error).__name__})") from error
    except ValueError as error:
        raise ArgumentError("region", region, f"{file} cannot be read ({error})") from error
    if not isinstance(content or {}, dict):
        raise ArgumentError("region", region, f"{file} cannot be read (it is not a mapping)")
    addresses = (
        address
        for name, entries in (content or {}).items()
        if str(name).lower() == service and isinstance(entries, list)
        for entry in entries
        if isinstance(entry, dict) and entry.get("id") == region
        for address in _addresses(entry)
    )
    first = next(addresses, None)
    return None if first is None else Value(first, f"{file}: {service.upper()}")


def _addresses(entry: Mapping[str, Any]) -> Iterator[str]:
    several = entry.get("endpoints")
    for address in [*(several if isinstance(several, list) else []), entry.get("endpoint")]:
        if isinstance(address, str) and address:
            yield address
