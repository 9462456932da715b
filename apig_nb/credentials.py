"""Where a secret comes from, and how it is put on a call. For now: a ready token.

Each kind of credential is an `Auth` of the HTTP library: it may add headers, sign, or make calls of its own first.
"""

from __future__ import annotations

import re
from collections.abc import Generator

from apig_nb.errors import CredentialsError
from apig_nb.transport import Auth, Request, Response

_TOKEN = re.compile(r"[\x21-\x7e]+")


class TokenAuth(Auth):
    """A ready token, sent as `X-Auth-Token` (contract/auth, "Token").

    Raises:
        CredentialsError: there is no token, or what there is cannot be one.
    """

    def __init__(self, token: str | None) -> None:
        if not isinstance(token, str) or not token.strip():
            raise CredentialsError("token is missing: pass token=, best from an environment variable")
        # Checked here because the HTTP library's complaint about such a header quotes its value.
        if not _TOKEN.fullmatch(token.strip()):
            raise CredentialsError("token holds blanks, line breaks or non-ASCII characters: it was not copied whole")
        self._token = token.strip()

    def auth_flow(self, request: Request) -> Generator[Request, Response, None]:
        """Send the request with the token.

        The header is taken off again once the call is over: the request lives on in the answer and in the library's
        exceptions, whose repr shows it in clear.
        """
        request.headers["X-Auth-Token"] = self._token
        try:
            yield request
        finally:
            del request.headers["X-Auth-Token"]

    def __repr__(self) -> str:
        return "TokenAuth(***)"
