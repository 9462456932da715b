"""Checks of credentials; no error repeats the value, and no variable here holds a secret in clear text."""

from __future__ import annotations

import re
from typing import TypeVar

from apig_nb.client.secret import Secret, reveal
from apig_nb.errors import CredentialsError

T = TypeVar("T")

_HEADER_VALUE = re.compile(r"[\x21-\x7e]+")


def check_header_value(name: str, value: object, advice: str = "") -> Secret:
    """Return a secret that is sent in a header, without blanks around it.

    It is checked here because the HTTP library's error for a malformed header quotes the value.

    Raises:
        CredentialsError: it is missing or holds characters that a header cannot hold.
    """
    given = Secret(value)
    del value
    if not _is_text(given) or not given.reveal().strip():
        raise CredentialsError(f"{name} is missing{advice}")
    if not _HEADER_VALUE.fullmatch(given.reveal().strip()):
        raise CredentialsError(f"{name} holds blanks, line breaks or non-ASCII characters: it was not copied whole")
    return Secret(given.reveal().strip())


def check_text(name: str, value: T) -> T:
    """Return a text, secret or not, that is sent in the body of a login as it is; a password may begin with a blank.

    Raises:
        CredentialsError: it is missing, not a string, or not encodable.
    """
    if not _is_text(value):
        raise CredentialsError(f"{name} is missing")
    if not _is_encodable(value):
        raise CredentialsError(f"{name} holds lone surrogates that cannot be sent: it was not copied whole")
    return value


def _is_text(value: object) -> bool:
    return isinstance(reveal(value), str) and bool(reveal(value))


def _is_encodable(value: object) -> bool:
    try:
        reveal(value).encode()
    except UnicodeEncodeError:
        return False
    return True
