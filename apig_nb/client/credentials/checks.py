"""Checks of credentials; no error repeats the value."""

from __future__ import annotations

import re

from apig_nb.errors import CredentialsError

_HEADER_VALUE = re.compile(r"[\x21-\x7e]+")


def check_header_value(name: str, value: object, advice: str = "") -> str:
    """Return a secret that is sent in a header, without blanks around it.

    It is checked here because the HTTP library's error for a malformed header quotes the value.

    Raises:
        CredentialsError: it is missing or holds characters that a header cannot hold.
    """
    if not isinstance(value, str) or not value.strip():
        raise CredentialsError(f"{name} is missing{advice}")
    if not _HEADER_VALUE.fullmatch(value.strip()):
        raise CredentialsError(f"{name} holds blanks, line breaks or non-ASCII characters: it was not copied whole")
    return value.strip()


def check_text(name: str, value: object) -> str:
    """Return a text that is sent in the body of a login as it is; a password may begin with a blank.

    Raises:
        CredentialsError: it is missing, not a string, or not encodable.
    """
    if not isinstance(value, str) or not value:
        raise CredentialsError(f"{name} is missing")
    try:
        value.encode()
    except UnicodeEncodeError:
        pass
    else:
        return value
    # Outside the handler: the encoder's error holds the value.
    raise CredentialsError(f"{name} holds lone surrogates that cannot be sent: it was not copied whole")
