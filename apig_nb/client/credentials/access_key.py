"""`KeyAuth`: an access key, with which every call is signed by SDK-HMAC-SHA256.

Source: https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm-001.html
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qsl, quote, unquote

from apig_nb.client.credentials.checks import check_header_value, check_text
from apig_nb.client.credentials.token_auth import AuthFlow
from apig_nb.client.secret import Secret
from apig_nb.client.transport import Auth, Request
from apig_nb.request import checked_id

ALGORITHM: Final = "SDK-HMAC-SHA256"
_SIGNATURE: Final = "apig_nb.signature"
_ADDED_HEADERS: Final = ("Authorization", "X-Security-Token", "X-Sdk-Date", "X-Project-Id")


def now() -> datetime:
    """Return the time of a signature; the service allows a difference of 15 minutes."""
    return datetime.now(UTC)


class KeyAuth(Auth):
    """An access key with its secret key, and the security token of a temporary one.

    Args:
        access_key: the access key id (AK).
        secret_key: the secret access key (SK), which never leaves this object.
        security_token: belongs to a temporary key.
        project_id: sent as `X-Project-Id` to API Gateway, and not to IAM.
        clock: returns the time of a signature.

    Raises:
        CredentialsError: one of them is missing or malformed.
    """

    def __init__(
        self,
        access_key: str | None,
        secret_key: str | Secret | None,
        security_token: str | Secret | None = None,
        project_id: str | None = None,
        *,
        clock: Callable[[], datetime] = now,
    ) -> None:
        # Not secret, but whoever mistakes one key for the other gives the secret key.
        self._access_key = check_header_value("access_key", access_key)
        self._secret_key = Secret(check_text("secret_key", Secret(secret_key)).reveal().strip())
        self._security_token = None if security_token is None else check_header_value("security_token", security_token)
        self._project_id = None if project_id is None else checked_id("project_id", project_id)
        self._clock = clock

    def sync_auth_flow(self, request: Request) -> AuthFlow:
        """Sign the request and send it once: a rejected signature is not repeated, as the key would be locked."""
        self._sign(request)
        try:
            yield request
        finally:
            for name in _ADDED_HEADERS:
                request.headers.pop(name, None)

    def _sign(self, request: Request) -> None:
        request.read()
        date = self._clock().strftime("%Y%m%dT%H%M%SZ")
        # The query is sent as it is signed: a blank is %20, not +.
        query = canonical_query(request.url.query.decode("ascii"))
        request.url = request.url.copy_with(query=query.encode("ascii") or None)
        request.headers["X-Sdk-Date"] = date
        if self._project_id is not None and not request.url.path.startswith("/v3/"):
            request.headers["X-Project-Id"] = self._project_id
        if self._security_token is not None:
            request.headers["X-Security-Token"] = self._security_token.reveal()
        signed = _signed_names(request.headers)
        canonical = canonical_request(
            request.method, request.url.raw_path.decode("ascii"), request.headers, signed, request.content
        )
        signed_with = Secret(signature(canonical, date, self._secret_key.reveal()))
        request.extensions[_SIGNATURE] = signed_with  # kept with the answer, so that it is masked there
        request.headers["Authorization"] = (
            f"{ALGORITHM} Access={self._access_key.reveal()}, SignedHeaders={';'.join(signed)},"
            f" Signature={signed_with.reveal()}"
        )

    def __repr__(self) -> str:
        return "KeyAuth(***)"


def _signed_names(headers: Mapping[str, str]) -> list[str]:
    """Return the names of the headers to sign: Host, Content-Type and those of the procedure."""
    signed = {"host", "content-type", "x-sdk-date", "x-project-id", "x-security-token"}
    return sorted(name.lower() for name in headers if name.lower() in signed)


def canonical_request(method: str, target: str, headers: Mapping[str, str], signed: list[str], body: bytes) -> str:
    """Build the canonical request, of which the hash is signed.

    Args:
        method: the HTTP method.
        target: path and query as they are sent.
        headers: the headers; names in any letter case that the mapping allows.
        signed: names of the signed headers, in order.
        body: the bytes of the body as they are sent.
    """
    path, _, query = target.partition("?")
    return "\n".join(
        [
            method.upper(),
            _canonical_path(path),
            canonical_query(query),
            "".join(f"{name}:{headers[name].strip()}\n" for name in signed),
            ";".join(signed),
            hashlib.sha256(body).hexdigest(),
        ]
    )


def canonical_query(query: str) -> str:
    """Sort the pairs by name and value; escape everything except letters, digits and `-_.~`."""
    pairs = sorted(parse_qsl(query, keep_blank_values=True))
    return "&".join(f"{_escaped(name)}={_escaped(value)}" for name, value in pairs)


def _canonical_path(path: str) -> str:
    """Escape each segment, and end the path with a slash, which the request itself does not have."""
    escaped = "/".join(_escaped(unquote(part)) for part in path.split("/"))
    return escaped if escaped.endswith("/") else f"{escaped}/"


def _escaped(text: str) -> str:
    return quote(text, safe="-_.~")


def signature(canonical: str, date: str, secret_key: str) -> str:
    """Sign a canonical request; unlike AWS, no key is derived from date, region or service."""
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return hmac.new(secret_key.encode(), f"{ALGORITHM}\n{date}\n{digest}".encode(), hashlib.sha256).hexdigest()
