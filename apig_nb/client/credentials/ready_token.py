"""A token that is already there, and how any token is lent to a request."""

from __future__ import annotations

from collections.abc import Generator

from apig_nb.client.credentials.checks import checked_for_a_header
from apig_nb.client.transport import Auth, Request, Response

Flow = Generator[Request, Response, None]
"""The requests a call takes, each answered by its response."""


def with_token(request: Request, token: str) -> Generator[Request, Response, Response]:
    """Send a request with a token, which is taken off again once the answer is here."""
    request.headers["X-Auth-Token"] = token
    try:
        return (yield request)
    finally:
        del request.headers["X-Auth-Token"]


class TokenAuth(Auth):
    """A ready token, sent as `X-Auth-Token` (contract/auth, "Token").

    Raises:
        CredentialsError: there is no token, or what there is cannot be one.
    """

    def __init__(self, token: str | None) -> None:
        self._token = checked_for_a_header("token", token, ": pass token=, best from an environment variable")

    def sync_auth_flow(self, request: Request) -> Flow:
        """Send the request with the token."""
        yield from self.answered(request)

    def answered(self, request: Request) -> Generator[Request, Response, Response]:
        """Send the request with the token, and hand on its answer."""
        return (yield from with_token(request, self._token))

    def __repr__(self) -> str:
        return "TokenAuth(***)"
