"""`TokenAuth`: a given token; and `send_with_token` for every kind of token.

Source: https://support.huaweicloud.com/intl/en-us/api-iam/iam_30_0001.html
"""

from __future__ import annotations

from collections.abc import Generator

from apig_nb.client.credentials.checks import check_header_value
from apig_nb.client.secret import Secret
from apig_nb.client.transport import Auth, Request, Response

AuthFlow = Generator[Request, Response, None]
"""The requests of one call; each is answered by a response."""


def send_with_token(request: Request, token: Secret) -> Generator[Request, Response, Response]:
    """Send a request with a token, and remove the token after the answer."""
    request.headers["X-Auth-Token"] = token.reveal()
    try:
        return (yield request)
    finally:
        del request.headers["X-Auth-Token"]


class TokenAuth(Auth):
    """A token that is sent as `X-Auth-Token`.

    Raises:
        CredentialsError: the token is missing or malformed.
    """

    def __init__(self, token: str | Secret | None) -> None:
        self._token = check_header_value("token", token, ": pass token=, best from an environment variable")

    def sync_auth_flow(self, request: Request) -> AuthFlow:
        """Send the request with the token."""
        yield from self.send(request)

    def send(self, request: Request) -> Generator[Request, Response, Response]:
        """Send the request with the token, and return its answer."""
        return (yield from send_with_token(request, self._token))

    def __repr__(self) -> str:
        return "TokenAuth(***)"
