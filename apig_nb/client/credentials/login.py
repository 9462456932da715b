"""`PasswordAuth` and `AgencyAuth`: tokens that IAM issues for a password or for an agency, renewed before they expire.

Source: https://support.huaweicloud.com/intl/en-us/api-iam/iam_30_0001.html
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager
from typing import Any, Final

from apig_nb.client.credentials.checks import check_text
from apig_nb.client.credentials.iam_token import IamToken, login_request, needs_new_token, read_token
from apig_nb.client.credentials.token_auth import AuthFlow, TokenAuth, send_with_token
from apig_nb.client.forks import renew_after_fork
from apig_nb.client.secret import Secret
from apig_nb.client.transport import Auth, PoolTimeout, Request, Response, applied_deadline
from apig_nb.errors import CredentialsError, ServiceError

Passcode = str | Secret | Callable[[], str]
"""The six digits of a virtual MFA device, or a function that returns them for each login."""

_LOGIN_FAILED: Final = 401
_NOT_PROCESSED: Final = frozenset({429, 503})
"""Statuses of a service that has not processed a login."""

_KEPT: Final = 10
"""Tokens that are kept, so that they are masked: another thread may have sent one before it was renewed."""


class LoginAuth(Auth):
    """A token that is requested when it is first needed, and kept until it is about to expire.

    Thread-safe: one thread logs in, the others wait for its token. An answer that reports an expired token leads to
    one new login and one repetition of the call. A refused login is not repeated, as the user would be locked.
    """

    def __init__(self, iam_endpoint: str, scope: Mapping[str, Any], clock: Callable[[], float]) -> None:
        self._iam_endpoint, self._scope, self._clock = iam_endpoint, scope, clock
        self._token: IamToken | None = None
        self._issued = deque[IamToken](maxlen=_KEPT)
        self._refused_login: ServiceError | None = None
        self.after_fork()
        renew_after_fork(self)

    def after_fork(self) -> None:
        """Replace the lock, which a thread of the parent process may hold."""
        self._lock = threading.Lock()

    def sync_auth_flow(self, request: Request) -> AuthFlow:
        """Send the request with a token, and once more with a new one where the token has expired."""
        yield from self.send(request)

    def send(self, request: Request) -> Generator[Request, Response, Response]:
        """Send the request as `sync_auth_flow` does, and return its last answer."""
        token = yield from self._current_token(request)
        response = yield from send_with_token(request, token)
        if needs_new_token(response):
            token = yield from self._current_token(request, rejected=token)
            response = yield from send_with_token(request, token)
        return response

    def _current_token(self, call: Request, rejected: Secret | None = None) -> Generator[Request, Response, Secret]:
        """Return the token, or request one where there is none, it is about to expire, or it was rejected.

        Args:
            call: the call that needs it; its deadline applies to the login.
            rejected: the token that was rejected; another thread may have a new one already.
        """
        deadline = applied_deadline()
        if not self._lock.acquire(timeout=-1 if deadline is None else deadline.left()):
            raise PoolTimeout("another thread logs in", request=call)
        try:
            token = self._token
            expires_soon = token is not None and self._clock() >= token.renew_at and self._can_log_in
            if token is None or token.text is rejected or expires_soon:
                self._token = token = yield from self._new_token(call)
                self._issued.append(token)
            return token.text
        finally:
            self._lock.release()

    @property
    def _can_log_in(self) -> bool:
        """True if a login is possible; if not, the current token is used until it is rejected."""
        return True

    def _new_token(self, call: Request) -> Generator[Request, Response, IamToken]:
        if self._refused_login is not None:
            raise _repeated(self._refused_login)
        try:
            return (yield from self._login(call))
        except ServiceError as error:
            if error.status_code == _LOGIN_FAILED:
                self._refused_login = error
            raise

    def _login(self, call: Request) -> Generator[Request, Response, IamToken]:
        raise NotImplementedError

    def _request_token(self, call: Request, identity: Mapping[str, Any]) -> Generator[Request, Response, IamToken]:
        """Request a token from IAM; the password does not stay in the request."""
        with self._request(call, identity) as request:
            response = yield request
        return read_token(response, self._clock())

    def _request(self, call: Request, identity: Mapping[str, Any]) -> AbstractContextManager[Request]:
        return login_request(self._iam_endpoint, {"auth": {"identity": identity, "scope": self._scope}}, call)


class PasswordAuth(LoginAuth):
    """User and password, with a passcode of a virtual MFA device where the user has one.

    Args:
        iam_endpoint: address of IAM.
        scope: such as `{"project": {"name": …}}`; API Gateway requires a project.
        username: the user's name.
        password: the user's password.
        domain_name: the name of the account the user belongs to.
        user_id: the user's id, in place of the name, or with it for the passcode.
        passcode: six digits, or a function that returns them; digits are valid once, so the token cannot be renewed.
        clock: returns the time in seconds.

    Raises:
        CredentialsError: one of them is missing.
    """

    def __init__(
        self,
        iam_endpoint: str,
        scope: Mapping[str, Any],
        *,
        username: str | None,
        password: str | Secret | None,
        domain_name: str | None,
        user_id: str | None = None,
        passcode: Passcode | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(iam_endpoint, scope, clock)
        # In Keystone an id is enough, a name needs its account.
        self._user: dict[str, Any] = (
            {"id": check_text("user_id", user_id)}
            if username is None and user_id is not None
            else {
                "name": check_text("username", username),
                "domain": {"name": check_text("domain_name (the account)", domain_name)},
            }
        )
        # IAM documents a passcode with the user's id; only Open Telekom Cloud documents it with the name.
        self._passcode_user = {"id": user_id} if user_id is not None else self._user
        self._password = check_text("password", Secret(password))
        self._passcode = passcode if passcode is None or callable(passcode) else Secret(passcode)
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
            return (yield from self._request_token(call, {"methods": methods, "password": password, **more}))
        except ServiceError as error:
            if error.status_code in _NOT_PROCESSED:
                self._passcode_is_spent = False
            raise

    def _next_passcode(self, passcode: Secret | Callable[[], str]) -> Secret:
        if callable(passcode):
            return check_text("passcode", Secret(passcode()))
        if self._passcode_is_spent:
            raise CredentialsError(
                "the passcode was sent already, and a passcode works once: connect again with a new one"
            )
        self._passcode_is_spent = True
        return check_text("passcode", passcode)

    def __repr__(self) -> str:
        return "PasswordAuth(***)"


class AgencyAuth(LoginAuth):
    """An agency, assumed with the token of a user who is allowed to.

    Args:
        iam_endpoint: address of IAM.
        scope: its names are those of the delegating account.
        user: the credentials of the user.
        agency_name: the agency.
        agency_domain_name: the delegating account.
        clock: returns the time in seconds.

    Raises:
        CredentialsError: one of them is missing.
    """

    def __init__(
        self,
        iam_endpoint: str,
        scope: Mapping[str, Any],
        user: LoginAuth | TokenAuth,
        *,
        agency_name: str | None,
        agency_domain_name: str | None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(iam_endpoint, scope, clock)
        self._user = user
        self._agency = {
            "domain_name": check_text("agency_domain_name (the delegating account)", agency_domain_name),
            "agency_name": check_text("agency_name", agency_name),
        }

    def _login(self, call: Request) -> Generator[Request, Response, IamToken]:
        identity = {"methods": ["assume_role"], "assume_role": self._agency}
        with self._request(call, identity) as request:
            response = yield from self._user.send(request)
        return read_token(response, self._clock())

    def __repr__(self) -> str:
        return f"AgencyAuth({self._user!r})"


def _repeated(error: ServiceError) -> ServiceError:
    """Return the error of a refused login again, with advice."""
    return ServiceError(
        error.status_code,
        error.error_code,
        error.error_msg,
        error.request_id,
        "Not tried again, as failed logins lock the user: correct the credentials and connect again",
    )
