"""The call to IAM that returns a token.

Source: https://support.huaweicloud.com/intl/en-us/api-iam/iam_30_0001.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from apig_nb.client.credentials.checks import check_header_value
from apig_nb.client.service_errors import digits, read_service_error
from apig_nb.client.transport import Request, Response
from apig_nb.errors import CredentialsError, ServiceError

MARGIN: Final = 3600.0
"""Seconds before its expiry at which a token is renewed; a quarter of its lifetime where that is less."""

LIFETIME: Final = 24 * 3600.0
"""The lifetime of a token in seconds where the answer does not contain it."""

_TOKEN_CODES: Final = frozenset({"APIG.1001", "APIG.1002", "APIC.7101", "APIC.7102"})
_TOKEN_TEXTS: Final = ("decrypt token fail", "token expires")
_MUST_BE_UPDATED: Final = "token must be updated"


@dataclass(frozen=True)
class IamToken:
    """A token of IAM.

    Attributes:
        text: the token.
        renew_at: the time to get the next one, by the clock of this machine.
    """

    text: str = field(repr=False)
    renew_at: float


@contextmanager
def login_request(iam_endpoint: str, body: Mapping[str, Any], call: Request) -> Iterator[Request]:
    """Make a request for a token; its body, which holds the password, is removed after the answer.

    The HTTP library keeps a request with its answer and with its exceptions.

    Args:
        iam_endpoint: address of IAM.
        body: the JSON body.
        call: the call that needs the token; the request has its `User-Agent`.
    """
    # Any value drops the service catalog, which is long, from the answer.
    url = f"{iam_endpoint}/v3/auth/tokens?nocatalog=1"
    content = json.dumps(body).encode()
    headers = {"Content-Type": "application/json;charset=utf8"}
    headers |= {name: call.headers[name] for name in ("User-Agent", "Accept-Encoding") if name in call.headers}
    whole = Request("POST", url, headers=headers, content=content)
    request = Request("POST", url, headers=whole.headers, stream=whole.stream)
    try:
        yield request
    finally:
        request.stream = Request("POST", url).stream


def read_token(response: Response, now: float) -> IamToken:
    """Read the token of an answer, and remove it from the answer.

    Args:
        response: the answer of IAM.
        now: the time of this machine in seconds.

    Raises:
        ServiceError: IAM refused.
        CredentialsError: the answer holds no token.
    """
    body = response.read()
    if not response.is_success:
        raise _login_error(response, body)
    text = response.headers.pop("X-Subject-Token", "")
    if not text:
        raise CredentialsError(f"{response.url.host} answered the login without a token: is it IAM's address?")
    lifetime = _lifetime(body)
    return IamToken(check_header_value("the token of the answer", text), now + lifetime - min(MARGIN, lifetime / 4))


def _login_error(response: Response, body: bytes) -> ServiceError:
    error = read_service_error(response.status_code, response.headers, body)
    if response.has_redirect_location:
        message = "the answer is a redirect, which is not followed: is it IAM's address?"
    else:
        message = error.error_msg
    return ServiceError(
        error.status_code,
        error.error_code,
        f"no token from {response.url.host}: {message}",
        error.request_id,
        error.hint,
        error.retry_after,
    )


def _lifetime(body: bytes) -> float:
    """Return the seconds between issue and expiry, both by the clock of IAM: that of this machine may be wrong."""
    try:
        token = json.loads(body)["token"]
        expires, issued = (datetime.fromisoformat(token[key]) for key in ("expires_at", "issued_at"))
        return max((expires - issued).total_seconds(), 0.0)
    except (ValueError, LookupError, TypeError, RecursionError):
        return LIFETIME


def needs_new_token(response: Response) -> bool:
    """Return True if an answer reports that the token has expired or is not known.

    A rejected signature has the same status and is not such an answer: the key would be locked by repeating it.
    """
    if response.status_code != 401:
        return False
    # Only here is the answer read: its body is short.
    error = read_service_error(401, response.headers, response.read())
    text = error.error_msg.lower()
    number = digits(error.error_code)
    return (
        error.error_code in _TOKEN_CODES
        or number == "0307"
        or (number == "0301" and any(part in text for part in _TOKEN_TEXTS))
        # IAM has no codes; by its page on tokens, this text, from any service, requires a new token.
        or (error.error_code == "401" and _MUST_BE_UPDATED in text)
    )
