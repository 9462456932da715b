"""What a credential must look like, said without repeating it."""

from __future__ import annotations

import re

from apig_nb.errors import CredentialsError

_HEADER_VALUE = re.compile(r"[\x21-\x7e]+")


def checked_for_a_header(name: str, value: object, advice: str = "") -> str:
    """Return a secret that can be sent in a header, blanks around it taken off.

    Checked here because the HTTP library's complaint about such a header quotes its value.

    Raises:
        CredentialsError: it is missing, or what there is was not copied whole.
    """
    if not isinstance(value, str) or not value.strip():
        raise CredentialsError(f"{name} is missing{advice}")
    if not _HEADER_VALUE.fullmatch(value.strip()):
        raise CredentialsError(f"{name} holds blanks, line breaks or non-ASCII characters: it was not copied whole")
    return value.strip()


def checked_text(name: str, value: object) -> str:
    """Return a text that goes into the body of a login as it is; a password may begin with a blank.

    Raises:
        CredentialsError: it is missing, or no text.
    """
    if not isinstance(value, str) or not value:
        raise CredentialsError(f"{name} is missing")
    try:
        value.encode()
    except UnicodeEncodeError:
        pass
    else:
        return value
    # Outside the handler: the encoder's error holds the text.
    raise CredentialsError(f"{name} holds half characters that cannot be sent: it was not copied whole")
