"""Authentication: issuing and checking tokens and access keys.

Sources:
https://github.com/opentelekomcloud-docs/api-gateway/blob/main/api-ref/source/calling_apis/authentication.rst
https://github.com/opentelekomcloud-docs/identity-access-management/blob/main/api-ref/source/apis/access_key_management/obtaining_a_temporary_ak_sk.rst
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from apig_nb.sandbox import error_answers, signature
from apig_nb.sandbox.content_model import Content, User
from apig_nb.sandbox.error_answers import Family
from apig_nb.sandbox.signature import SentRequest

TOKEN_LIFETIME: Final = timedelta(hours=24)
CLOCK_SKEW: Final = timedelta(minutes=15)
FAILURES_ALLOWED: Final = 5
LOCK_TIME: Final = timedelta(minutes=5)

# Tokens of the service begin with this; an unknown token that does is taken for one of another cloud or region.
_TOKEN_PREFIX = "MII"  # noqa: S105 - the beginning of every token, not a secret
# A token of IAM is several thousand characters long.
LONG_TOKEN_BYTES: Final = 2400
# The token that users copy from a terminal is short.
SHORT_TOKEN_BYTES: Final = 36


def now() -> datetime:
    """Return the real time, which tokens and signatures use."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Caller:
    """An authenticated caller: the user and the project of the credentials, None for the whole account."""

    user: User
    project_id: str | None


@dataclass(frozen=True)
class Token:
    """An issued token."""

    text: str = field(repr=False)
    caller: Caller
    issued_at: datetime

    @property
    def expires_at(self) -> datetime:
        """The time at which the token expires."""
        return self.issued_at + TOKEN_LIFETIME


@dataclass
class AccessKey:
    """An access key and its count of failed signatures; a temporary one has a security token and expires."""

    secret_key: str = field(repr=False)
    user: User
    security_token: str = field(default="", repr=False)
    expires_at: datetime | None = None
    failures: int = 0
    locked_until: datetime | None = None


class Authenticator:
    """Issues tokens and access keys, and identifies the caller of a request."""

    def __init__(self, content: Content, clock: Callable[[], datetime] = now) -> None:
        self._content = content
        self._clock = clock
        self._tokens: dict[str, Token] = {}
        self._keys: dict[str, AccessKey] = {}
        self._lock = threading.Lock()

    def issue_token(self, user: User, project_id: str | None, size: int = LONG_TOKEN_BYTES) -> Token:
        """Issue a token with `size` random bytes; earlier ones stay valid."""
        token = Token(_TOKEN_PREFIX + secrets.token_urlsafe(size), Caller(user, project_id), self._clock())
        with self._lock:
            self._tokens[token.text] = token
        return token

    def forget(self, text: str) -> None:
        """Forget a token or an access key."""
        with self._lock:
            self._tokens.pop(text, None)
            self._keys.pop(text, None)

    def expire_tokens(self) -> None:
        """Make every token that was issued so far expire."""
        past = self._clock() - TOKEN_LIFETIME
        with self._lock:
            self._tokens = {text: replace(token, issued_at=past) for text, token in self._tokens.items()}

    def issue_key(self, user: User, seconds: int) -> tuple[str, AccessKey]:
        """Issue a temporary access key that is valid for a number of seconds."""
        expires_at = self._clock() + timedelta(seconds=seconds)
        key = AccessKey(secrets.token_urlsafe(30), user, secrets.token_urlsafe(LONG_TOKEN_BYTES // 4), expires_at)
        access_key = secrets.token_hex(10).upper()
        self._keys[access_key] = key
        return access_key, key

    def user_of_token(self, text: str) -> User:
        """Return the user of a token, for calls of IAM that take nothing else."""
        return self._caller_by_token(text, "iam").user

    def add_key(self, access_key: str, secret_key: str, user: User) -> None:
        """Accept requests signed with a key, as requests of the user."""
        self._keys[access_key] = AccessKey(secret_key, user)

    def caller(self, request: SentRequest, family: Family) -> Caller:
        """Return the caller of a request.

        Raises:
            ErrorAnswer: the request has no credentials, or invalid ones.
        """
        if text := request.headers.get("x-auth-token"):
            return self._caller_by_token(text, family)
        if authorization := request.headers.get("authorization"):
            return self._caller_by_signature(request, authorization)
        raise error_answers.missing_token(family)

    def _caller_by_token(self, text: str, family: Family) -> Caller:
        token = self._tokens.get(text)
        if token is None:
            if text.startswith(_TOKEN_PREFIX):
                raise error_answers.rejected_credentials("decrypt token fail")
            raise error_answers.wrong_token(family)
        if token.expires_at <= self._clock():
            raise error_answers.expired_token(family)
        return token.caller

    def _caller_by_signature(self, request: SentRequest, authorization: str) -> Caller:
        claim = signature.read_claim(authorization)
        if claim is None:
            raise error_answers.rejected_credentials("verify aksk signature fail")
        key = self._keys.get(claim.access_key)
        # Inferred: a temporary key without its security token, or after its end, is an unknown key.
        if key is None or not self._is_current(key, request.headers.get("x-security-token", "")):
            raise error_answers.rejected_credentials("Get secretKey failed")
        with self._lock:
            self._verify(key, claim, request)
        # Without X-Project-Id a request is for the project of the region; subprojects need the header.
        return Caller(key.user, request.headers.get("x-project-id", self._content.main_project.id))

    def _is_current(self, key: AccessKey, security_token: str) -> bool:
        expired = key.expires_at is not None and key.expires_at <= self._clock()
        return not expired and key.security_token in ("", security_token)

    def _verify(self, key: AccessKey, claim: signature.Claim, request: SentRequest) -> None:
        if key.locked_until is not None and self._clock() < key.locked_until:
            raise error_answers.rejected_credentials("AK access failed to reach the limit")
        date = request.headers.get("x-sdk-date", "")
        canonical = signature.canonical_request(request, claim.signed_headers)
        # x-sdk-date is the only header that must be signed.
        if "x-sdk-date" in claim.signed_headers and signature.matches(claim, canonical, date, key.secret_key):
            failure = "" if self._is_recent(date) else "signature expired"
        else:
            # The service returns the canonical request as it received it, with | in place of line breaks.
            failure = f"canonicalRequest:{canonical.replace(chr(10), '|')}"
        if not failure:
            key.failures, key.locked_until = 0, None
            return
        key.failures += 1
        if key.failures > FAILURES_ALLOWED:
            key.failures, key.locked_until = 0, self._clock() + LOCK_TIME
            raise error_answers.rejected_credentials("AK access failed to reach the limit")
        raise error_answers.rejected_credentials(f"verify aksk signature fail,{failure}")

    def _is_recent(self, date: str) -> bool:
        try:
            signed_at = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        except ValueError:
            return False
        return abs(self._clock() - signed_at) <= CLOCK_SKEW
