"""Tokens that IAM gives for a password or for an agency, renewed before they end (contract/auth, "Token")."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager
from typing import Any, Final

from apig_nb.client.credentials.checks import checked_text
from apig_nb.client.credentials.iam_token import IamToken, login_request, read_token
from apig_nb.client.credentials.log_redaction import keep_tokens_out_of_logs
from apig_nb.client.credentials.ready_token import Flow, TokenAuth, with_token
from apig_nb.client.credentials.refusal import wants_new_token
from apig_nb.client.transport import Auth, Request, Response
from apig_nb.errors import ApigError, CredentialsError, ServiceError

Passcode = str | Callable[[], str]
"""The six digits of a virtual MFA device, or what tells them each time they are asked for."""

_LOGIN_FAILED: Final = 401
_NOT_HEARD: Final = frozenset({429, 503})
"""Statuses of a service that has not looked at a login."""


class LoginAuth(Auth):
    """A token that is got when it is first needed, and kept until it is about to end.

    May be shared by threads: one logs in, the others wait for its token. A refusal that says the token has ended leads
    to one new login and one repetition. A refused login is not tried again: the user would be locked.

    Attributes:
        iam_endpoint: address of IAM, to be set before the first call to one that secrets may be sent to.
    """

    def __init__(self, scope: Mapping[str, Any], clock: Callable[[], float]) -> None:
        keep_tokens_out_of_logs()
        self.iam_endpoint = ""
        self._scope, self._clock = scope, clock
        self._lock = threading.Lock()
        self._token: IamToken | None = None
        self._refusal: ServiceError | None = None

    def sync_auth_flow(self, request: Request) -> Flow:
        """Send the request with a token, and once more with a new one where the service asks for that."""
        yield from self.answered(request)

    def answered(self, request: Request) -> Generator[Request, Response, Response]:
        """Send the request as `sync_auth_flow` does, and hand on its last answer."""
        token = yield from self._known_token(request)
        response = yield from with_token(request, token)
        if wants_new_token(response):
            token = yield from self._known_token(request, instead_of=token)
            response = yield from with_token(request, token)
        return response

    def _known_token(self, call: Request, instead_of: str = "") -> Generator[Request, Response, str]:
        """The token there is, or a new one where there is none, or it is about to end, or it was refused.

        Args:
            call: the call that needs it, which says how long to wait.
            instead_of: a token that was refused; another thread may have a new one already.
        """
        with self._lock:
            known = self._token
            is_about_to_end = known is not None and self._clock() >= known.renew_at and self._can_log_in
            if known is None or known.text == instead_of or is_about_to_end:
                self._token = known = yield from self._new_token(call)
            return known.text

    @property
    def _can_log_in(self) -> bool:
        """Whether a new token can be had; where none can, the one there is is used until it is refused."""
        return True

    def _new_token(self, call: Request) -> Generator[Request, Response, IamToken]:
        if self._refusal is not None:
            raise _again(self._refusal)
        try:
            return (yield from self._login(call))
        except ServiceError as error:
            if error.status_code == _LOGIN_FAILED:
                self._refusal = error
            raise

    def _login(self, call: Request) -> Generator[Request, Response, IamToken]:
        raise NotImplementedError

    def _ask(self, call: Request, identity: Mapping[str, Any]) -> Generator[Request, Response, IamToken]:
        """Ask IAM for a token; the password does not stay in the request."""
        with self._request(call, identity) as request:
            response = yield request
        return read_token(response, self._clock())

    def _request(self, call: Request, identity: Mapping[str, Any]) -> AbstractContextManager[Request]:
        return login_request(self.iam_endpoint, {"auth": {"identity": identity, "scope": self._scope}}, call)


class PasswordAuth(LoginAuth):
    """User and password, with a passcode of a virtual MFA device where the user has one.

    Args:
        scope: `{"project": {"name": …}}` or the like (contract/auth, "Scope").
        username: the user's name.
        password: the user's password.
        domain_name: the name of the account the user belongs to.
        user_id: the user's id, in place of the name, or beside it for the passcode.
        passcode: six digits, or a function that returns them; digits work once, so the token cannot be renewed.
        clock: tells the time in seconds.

    Raises:
        CredentialsError: one of them is missing.
    """

    def __init__(
        self,
        scope: Mapping[str, Any],
        *,
        username: str | None,
        password: str | None,
        domain_name: str | None,
        user_id: str | None = None,
        passcode: Passcode | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(scope, clock)
        # An id names the user alone, as in every Keystone; a name needs its account.
        self._user: dict[str, Any] = (
            {"id": checked_text("user_id", user_id)}
            if username is None and user_id is not None
            else {
                "name": checked_text("username", username),
                "domain": {"name": checked_text("domain_name (the account)", domain_name)},
            }
        )
        # A passcode goes with the id where it is known: of the name only a text of one cloud speaks (contract/auth).
        self._passcode_user = {"id": user_id} if user_id is not None else self._user
        self._password = checked_text("password", password)
        self._passcode = passcode
        self._passcode_is_spent = False

    @property
    def _can_log_in(self) -> bool:
        return not self._passcode_is_spent

    def _login(self, call: Request) -> Generator[Request, Response, IamToken]:
        methods, more = ["password"], {}
        if self._passcode is not None:
            methods.append("totp")
            more["totp"] = {"user": {**self._passcode_user, "passcode": self._next_passcode(self._passcode)}}
        password = {"user": {**self._user, "password": self._password}}
        try:
            return (yield from self._ask(call, {"methods": methods, "password": password, **more}))
        except ServiceError as error:
            if error.status_code in _NOT_HEARD:
                self._passcode_is_spent = False
            raise

    def _next_passcode(self, passcode: Passcode) -> str:
        if callable(passcode):
            return checked_text("passcode", passcode())
        if self._passcode_is_spent:
            raise CredentialsError(
                "the passcode was sent already, and a passcode works once: connect again with a new one"
            )
        self._passcode_is_spent = True
        return checked_text("passcode", passcode)

    def __repr__(self) -> str:
        return "PasswordAuth(***)"


class AgencyAuth(LoginAuth):
    """An agency, assumed with the token of a user who may (contract/auth, "Agency").

    Args:
        scope: names in it are those of the delegating account.
        user: the user's own token, or how to get it.
        agency_name: the agency.
        agency_domain_name: the delegating account.
        clock: tells the time in seconds.

    Raises:
        CredentialsError: one of them is missing.
    """

    def __init__(
        self,
        scope: Mapping[str, Any],
        user: LoginAuth | TokenAuth,
        *,
        agency_name: str | None,
        agency_domain_name: str | None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(scope, clock)
        self.user = user
        self._agency = {
            "domain_name": checked_text("agency_domain_name (the delegating account)", agency_domain_name),
            "agency_name": checked_text("agency_name", agency_name),
        }

    def _login(self, call: Request) -> Generator[Request, Response, IamToken]:
        identity = {"methods": ["assume_role"], "assume_role": self._agency}
        with self._request(call, identity) as request:
            response = yield from self.user.answered(request)
        return read_token(response, self._clock())

    def __repr__(self) -> str:
        return f"AgencyAuth({self.user!r})"


def _again(refusal: ServiceError) -> ApigError:
    """The same refusal once more, without asking once more."""
    return ServiceError(
        refusal.status_code,
        refusal.error_code,
        refusal.error_msg,
        refusal.request_id,
        "Not tried again, as failed logins lock the user: correct the credentials and connect again",
    )
