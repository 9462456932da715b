"""Checking AK/SK signatures (SDK-HMAC-SHA256) on the server's side.

Source: Huawei Cloud "API Request Signing Guide", and the signer of the Python SDK,
https://github.com/huaweicloud/huaweicloud-sdk-python-v3/blob/master/huaweicloud-sdk-core/huaweicloudsdkcore/signer/signer.py
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, quote, unquote

ALGORITHM: Final = "SDK-HMAC-SHA256"
_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} Access=(?P<access>[^,\s]+), SignedHeaders=(?P<headers>[^,\s]*), Signature=(?P<signature>[0-9a-f]+)"
)


@dataclass(frozen=True)
class SentRequest:
    """A request as it arrived; header names are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Claim:
    """The parts of an Authorization header."""

    access_key: str
    signed_headers: tuple[str, ...]
    signature: str


def read_claim(authorization: str) -> Claim | None:
    """Parse an Authorization header; None if it is not of this algorithm."""
    match = _AUTHORIZATION.fullmatch(authorization)
    if match is None:
        return None
    return Claim(match["access"], tuple(match["headers"].split(";")), match["signature"])


def canonical_request(request: SentRequest, signed_headers: tuple[str, ...]) -> str:
    """Return the canonical request that is signed."""
    headers = "".join(f"{name}:{request.headers.get(name, '').strip()}\n" for name in signed_headers)
    return "\n".join(
        [
            request.method.upper(),
            _canonical_path(request.path),
            _canonical_query(request.query),
            headers,
            ";".join(signed_headers),
            _body_hash(request),
        ]
    )


def sign(canonical: str, date: str, secret_key: str) -> str:
    """Return the signature of a canonical request."""
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return hmac.new(secret_key.encode(), f"{ALGORITHM}\n{date}\n{digest}".encode(), hashlib.sha256).hexdigest()


def matches(claim: Claim, canonical: str, date: str, secret_key: str) -> bool:
    """Return True if the signature of a header is correct."""
    return hmac.compare_digest(claim.signature, sign(canonical, date, secret_key))


def _canonical_path(path: str) -> str:
    encoded = "/".join(_encode(unquote(part)) for part in path.split("/"))
    return encoded if encoded.endswith("/") else f"{encoded}/"


def _canonical_query(query: str) -> str:
    pairs = sorted(parse_qsl(query, keep_blank_values=True))
    return "&".join(f"{_encode(name)}={_encode(value)}" for name, value in pairs)


def _body_hash(request: SentRequest) -> str:
    if request.body and (declared := request.headers.get("x-sdk-content-sha256")):
        return declared
    return hashlib.sha256(request.body).hexdigest()


def _encode(text: str) -> str:
    return quote(text, safe="-_.~")
