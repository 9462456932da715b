"""The call that gets a token, and what its answer says (contract/auth, "Token")."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from apig_nb.client.credentials.checks import checked_for_a_header
from apig_nb.client.service_errors import read_service_error
from apig_nb.client.transport import DEADLINE, Request, Response
from apig_nb.errors import CredentialsError, ServiceError

MARGIN: Final = 3600.0
"""Seconds before its end at which a token is renewed; a quarter of its life where that is less."""

LIFETIME: Final = 24 * 3600.0
"""Seconds a token lives where the answer does not say (contract/auth, "Answer")."""


@dataclass(frozen=True)
class IamToken:
    """A token of IAM.

    Attributes:
        text: the token.
        renew_at: when to get the next one, by this machine's clock.
    """

    text: str = field(repr=False)
    renew_at: float


@contextmanager
def login_request(iam_endpoint: str, body: Mapping[str, Any], call: Request) -> Iterator[Request]:
    """A request for a token; its body, with the password in it, is gone once the answer is here.

    The HTTP library keeps a request with its answer and its exceptions.

    Args:
        iam_endpoint: address of IAM.
        body: the JSON body.
        call: the call that needs the token, which says who asks and when its time ends.
    """
    # Any text drops the service catalog from the answer, which is long.
    url = f"{iam_endpoint}/v3/auth/tokens?nocatalog=1"
    content = json.dumps(body).encode()
    headers = {"Content-Type": "application/json;charset=utf8"}
    headers |= {name: call.headers[name] for name in ("User-Agent", "Accept-Encoding") if name in call.headers}
    whole = Request("POST", url, headers=headers, content=content)
    time = {DEADLINE: call.extensions[DEADLINE]} if DEADLINE in call.extensions else {}
    request = Request("POST", url, headers=whole.headers, stream=whole.stream, extensions=time)
    try:
        yield request
    finally:
        request.stream = Request("POST", url).stream


def read_token(response: Response, now: float) -> IamToken:
    """Read the answer, and take the token off it.

    Args:
        response: IAM's answer.
        now: this machine's time in seconds.

    Raises:
        ServiceError: IAM refused.
        CredentialsError: the answer is no token.
    """
    body = response.read()
    if not response.is_success:
        raise _refused(response, body)
    text = response.headers.pop("X-Subject-Token", "")
    if not text:
        raise CredentialsError(f"{response.url.host} answered the login without a token: is it IAM's address?")
    lifetime = _lifetime(body)
    return IamToken(checked_for_a_header("the token of the answer", text), now + lifetime - min(MARGIN, lifetime / 4))


def _refused(response: Response, body: bytes) -> ServiceError:
    error = read_service_error(response.status_code, response.headers, body)
    if response.has_redirect_location:
        said = "the answer is a redirect, which is not followed: is it IAM's address?"
    else:
        said = error.error_msg
    return ServiceError(
        error.status_code,
        error.error_code,
        f"no token from {response.url.host}: {said}",
        error.request_id,
        error.hint,
        error.retry_after,
    )


def _lifetime(body: bytes) -> float:
    """Seconds between issue and end, both by IAM's clock: this machine's may be off."""
    try:
        token = json.loads(body)["token"]
        ends, begins = (datetime.fromisoformat(token[key]) for key in ("expires_at", "issued_at"))
        return max((ends - begins).total_seconds(), 0.0)
    except (ValueError, LookupError, TypeError, RecursionError):
        return LIFETIME
