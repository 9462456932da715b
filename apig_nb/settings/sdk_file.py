"""The credentials file of the cloud's own SDK (contract/auth, "~/.huaweicloud/credentials")."""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from apig_nb.errors import CredentialsError
from apig_nb.settings.source import Source, read

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
    """Where the file is looked for."""
    named = os.environ.get("HUAWEICLOUD_SDK_CREDENTIALS_FILE")
    return Path(os.path.expanduser(named or "~/.huaweicloud/credentials"))  # noqa: PTH111 - there may be no home


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
