"""Who is calling: tokens, access keys, and the checks of both (contract/auth)."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from apig_nb.sandbox import errors, signature
from apig_nb.sandbox.errors import Family
from apig_nb.sandbox.model import Content, User
from apig_nb.sandbox.signature import SentRequest

TOKEN_LIFETIME: Final = timedelta(hours=24)
CLOCK_SKEW: Final = timedelta(minutes=15)
FAILURES_ALLOWED: Final = 5
LOCK: Final = timedelta(minutes=5)

# Tokens of the service begin so; one that does and is not known here comes from another cloud or region.
_TOKEN_MARK = "MII"  # noqa: S105 - the beginning of every token, no secret
# A token of IAM is several thousand characters long (contract/auth, "Answer").
LONG_TOKEN_BYTES: Final = 2400
# One that people copy from a terminal need not be.
SHORT_TOKEN_BYTES: Final = 36


def now() -> datetime:
    """The real time, which tokens and signatures go by."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Caller:
    """An authenticated caller: the user, and the project the credentials are for, None for the whole account."""

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
        """When the token ends."""
        return self.issued_at + TOKEN_LIFETIME


@dataclass
class AccessKey:
    """An access key with its run of failed signatures; a temporary one has a security token and an end."""

    secret_key: str = field(repr=False)
    user: User
    security_token: str = field(default="", repr=False)
    expires_at: datetime | None = None
    failures: int = 0
    locked_until: datetime | None = None


class Authenticator:
    """Issues tokens, keeps access keys, and names the caller of a request."""

    def __init__(self, content: Content, clock: Callable[[], datetime] = now) -> None:
        self._content = content
        self._clock = clock
        self._tokens: dict[str, Token] = {}
        self._keys: dict[str, AccessKey] = {}
        self._lock = threading.Lock()

    def issue_token(self, user: User, project_id: str | None, size: int = LONG_TOKEN_BYTES) -> Token:
        """Issue a token of so many random bytes; an earlier one stays valid."""
        token = Token(_TOKEN_MARK + secrets.token_urlsafe(size), Caller(user, project_id), self._clock())
        self._tokens[token.text] = token
        return token

    def expire_tokens(self) -> None:
        """End every token that was issued so far."""
        past = self._clock() - TOKEN_LIFETIME
        self._tokens = {text: replace(token, issued_at=past) for text, token in self._tokens.items()}

    def issue_key(self, user: User, seconds: int) -> tuple[str, AccessKey]:
        """Issue a temporary access key (contract/auth, "Temporary AK/SK")."""
        ends = self._clock() + timedelta(seconds=seconds)
        key = AccessKey(secrets.token_urlsafe(30), user, secrets.token_urlsafe(LONG_TOKEN_BYTES // 4), ends)
        access_key = secrets.token_hex(10).upper()
        self._keys[access_key] = key
        return access_key, key

    def user_of_token(self, text: str) -> User:
        """Name the user of a token, for a call of IAM that takes nothing else."""
        return self._caller_by_token(text, "iam").user

    def add_key(self, access_key: str, secret_key: str, user: User) -> None:
        """Let requests signed with a key through, as the user."""
        self._keys[access_key] = AccessKey(secret_key, user)

    def caller(self, request: SentRequest, family: Family) -> Caller:
        """Name the caller of a request.

        Raises:
            Refusal: the request carries no credentials, or none that are good.
        """
        if text := request.headers.get("x-auth-token"):
            return self._caller_by_token(text, family)
        if authorization := request.headers.get("authorization"):
            return self._caller_by_signature(request, authorization)
        raise errors.missing_token(family)

    def _caller_by_token(self, text: str, family: Family) -> Caller:
        token = self._tokens.get(text)
        if token is None:
            if text.startswith(_TOKEN_MARK):
                raise errors.rejected_credentials("decrypt token fail")
            raise errors.wrong_token(family)
        if token.expires_at <= self._clock():
            raise errors.expired_token(family)
        return token.caller

    def _caller_by_signature(self, request: SentRequest, authorization: str) -> Caller:
        claim = signature.read_claim(authorization)
        if claim is None:
            raise errors.rejected_credentials("verify aksk signature fail")
        key = self._keys.get(claim.access_key)
        # A temporary key is one with its security token; that it is unknown without it, or later, is inferred.
        if key is None or not self._is_current(key, request.headers.get("x-security-token", "")):
            raise errors.rejected_credentials("Get secretKey failed")
        with self._lock:
            self._verify(key, claim, request)
        # Without X-Project-Id the key speaks for the project of the region; subprojects need it (contract/auth).
        return Caller(key.user, request.headers.get("x-project-id", self._content.main_project.id))

    def _is_current(self, key: AccessKey, security_token: str) -> bool:
        is_over = key.expires_at is not None and key.expires_at <= self._clock()
        return not is_over and key.security_token in ("", security_token)

    def _verify(self, key: AccessKey, claim: signature.Claim, request: SentRequest) -> None:
        if key.locked_until is not None and self._clock() < key.locked_until:
            raise errors.rejected_credentials("AK access failed to reach the limit")
        date = request.headers.get("x-sdk-date", "")
        canonical = signature.canonical_request(request, claim.signed_headers)
        # Only x-sdk-date must be signed (contract/auth, step 4).
        if "x-sdk-date" in claim.signed_headers and signature.matches(claim, canonical, date, key.secret_key):
            fault = "" if self._is_recent(date) else "signature expired"
        else:
            # The canonical request as the server saw it, with | in place of line breaks (contract/errors).
            fault = f"canonicalRequest:{canonical.replace(chr(10), '|')}"
        if not fault:
            key.failures, key.locked_until = 0, None
            return
        key.failures += 1
        if key.failures > FAILURES_ALLOWED:
            key.failures, key.locked_until = 0, self._clock() + LOCK
            raise errors.rejected_credentials("AK access failed to reach the limit")
        raise errors.rejected_credentials(f"verify aksk signature fail,{fault}")

    def _is_recent(self, date: str) -> bool:
        try:
            signed_at = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        except ValueError:
            return False
        return abs(self._clock() - signed_at) <= CLOCK_SKEW
