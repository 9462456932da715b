"""`Connection`: calls to one cloud, with time-outs, retries, proxies, certificates and a log."""

from __future__ import annotations

import copy
import functools
import os
import ssl
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from http.cookiejar import CookieJar
from importlib import metadata
from time import perf_counter
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies

from httpx import (
    Auth,
    BaseTransport,
    Client,
    InvalidURL,
    ProxyError,
    RemoteProtocolError,
    Request,
    RequestError,
    Response,
    Timeout,
    create_ssl_context,
)

from apig_nb.client.forks import renew_after_fork
from apig_nb.client.secret import Secret, masked, masked_data
from apig_nb.client.service_errors import request_id
from apig_nb.client.transport.address import Endpoints, host_only
from apig_nb.client.transport.answer import Answer
from apig_nb.client.transport.body import BoundedBody, content_length
from apig_nb.client.transport.call_log import CallLog, LoggedCall
from apig_nb.client.transport.deadline import Deadline, applied_deadline
from apig_nb.client.transport.failure import error_of_answer, error_without_answer, without_secrets
from apig_nb.client.transport.log_redaction import mask_secrets_in_logs
from apig_nb.client.transport.network import bound_by_deadlines, is_early
from apig_nb.client.transport.proxies import proxy_problem, socks_errors
from apig_nb.client.transport.retry import Limits, RetryPolicy
from apig_nb.errors import AnswerTooLargeError, ApigError, TransportError, clear_variables

LOGIN_HEADER: Final = "x-subject-token"
"""The header with the token that IAM issues."""

_PARTIAL: Final = 206
"""The status of a part of an answer, for which no call asks."""

_CLOSED: Final = "the client is closed; connect again"

Query = Mapping[str, str | int]
Body = Mapping[str, object]


class Connection:
    """Calls to API Gateway's management interface and to IAM, with credentials.

    Thread-safe. Proxies come from the usual environment variables (`HTTPS_PROXY`, `NO_PROXY`); addresses on this
    machine are called without a proxy. Certificates are always checked.

    Attributes:
        endpoints: the addresses.
        limits: limits of time, size and retries.
        log: every call, those of the credentials too.
    """

    def __init__(
        self,
        endpoints: Endpoints,
        auth: Auth,
        limits: Limits,
        transport: BaseTransport | None = None,
        authorities: ssl.SSLContext | None = None,
    ) -> None:
        mask_secrets_in_logs()
        self.endpoints, self.limits, self.log = endpoints, limits, CallLog()
        self._auth, self._transport, self._authorities = auth, transport, authorities
        self._proxy_passwords = list(_proxy_passwords())  # kept, so that they are masked
        self._prepare(is_closed=False)
        self._http: Client | None = self._open()
        renew_after_fork(self)

    def _prepare(self, *, is_closed: bool) -> None:
        self._opening, self._closed = threading.Lock(), threading.Event()
        if is_closed:
            self._closed.set()
        # The end of the connection ends a pause.
        self._retries = RetryPolicy(self.limits, self._closed.wait)

    def after_fork(self) -> None:
        """Leave the sockets to the parent process; others are opened with the next call."""
        self._prepare(is_closed=self._closed.is_set())
        self._http = None

    def _opened(self) -> Client:
        """Return the HTTP client of this process."""
        if self._closed.is_set():
            raise TransportError(_CLOSED)
        with self._opening:
            if self._http is None:
                if self._transport is not None:
                    # Nothing is known about its sockets.
                    raise TransportError(
                        "a client with a transport= of its own cannot be used in a forked process; connect again there"
                    )
                self._http = self._open()
            return self._http

    def _open(self) -> Client:
        # SSL_CERT_FILE and the like are read with the other settings, in `config`.
        authorities = self._authorities or _public_authorities()
        try:
            client = Client(
                verify=authorities,
                # The one compression that `BoundedBody` handles.
                headers={"User-Agent": user_agent(), "Accept-Encoding": "gzip"},
                follow_redirects=False,  # a redirect could send X-Auth-Token to any host
                cookies=_NoCookies(),
                trust_env=self.endpoints.may_need_proxy(),
                mounts={f"all://{host}": None for host in self.endpoints.loopback_hosts()},
                transport=self._transport,
                event_hooks={"request": [self._before_request], "response": [self._after_response]},
            )
        except (InvalidURL, ValueError, ImportError, OSError):
            pass
        else:
            bound_by_deadlines(client)
            return client
        # Outside the handler: the library's text may quote the URL of a proxy with its password.
        raise TransportError(f"the HTTP client cannot be set up: {proxy_problem(authorities)}")

    def with_auth(self, auth: Auth) -> Connection:
        """Return a connection with other credentials that shares everything else, its log too."""
        other = copy.copy(self)
        other._auth = auth
        renew_after_fork(other)
        return other

    def apig(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        body: Body | None = None,
        final: Collection[int] = (),
    ) -> Answer:
        """Call API Gateway, or ROMA Connect.

        Args:
            method: the HTTP method.
            path: the path of the call.
            query: the query parameters.
            body: the body, sent as JSON.
            final: statuses that are not retried.

        Raises:
            ServiceError: the answer is an error or a redirect.
            TransportError: there was no whole answer.
        """
        return self._send(method, self.endpoints.apig, path, query, body, final)

    def iam(self, method: str, path: str, query: Query | None = None, body: Body | None = None) -> Answer:
        """Call IAM; raises like `apig`, and `ArgumentError` where the address of IAM is not known."""
        return self._send(method, self.endpoints.require_iam(), path, query, body)

    @property
    def is_closed(self) -> bool:
        """True once the connections are closed."""
        return self._closed.is_set()

    def close(self) -> None:
        """Close the connections. A call that runs ends at once, or with `connect_timeout` where it connects."""
        self._closed.set()
        if self._http is not None:
            self._http.close()

    def _send(
        self,
        method: str,
        endpoint: str,
        path: str,
        query: Query | None,
        body: Body | None,
        final: Collection[int] = (),
    ) -> Answer:
        http = self._opened()
        sending, deadline, answer = _Sending(), Deadline(self.limits.total_timeout, self._closed), None
        url = endpoint + path
        try:
            with deadline.applied():
                answer = self._retries.call(
                    lambda: self._try(http, method, url, query, body, sending), final, deadline.left()
                )
        except RequestError as error:
            without_secrets(error)
            if self._closed.is_set():
                raise TransportError(_CLOSED) from error
            raise error_without_answer(error, self.limits, deadline) from error
        except InvalidURL as error:
            # Such as with an id of 100,000 characters.
            raise TransportError(f"the address of the call is not valid ({error}); check the ids") from None
        except (ApigError, KeyboardInterrupt) as error:
            # Without the variables of the HTTP library and of the credentials, which a traceback may show.
            raise error.with_traceback(None)  # noqa: B904 - the same error
        except BaseException as error:
            clear_variables(error)
            raise
        finally:
            call = masked(f"{method} {path}")  # an id in it may come from the service
            if answer is None:
                self.log.add(sending.logged(call))
            else:
                self.log.add(sending.logged(call, answer.status_code, answer.headers, len(answer.content)))
        if 200 <= answer.status_code < 300 and answer.status_code != _PARTIAL:
            return answer
        raise error_of_answer(answer)

    def _try(
        self, http: Client, method: str, url: str, query: Query | None, body: Body | None, sending: _Sending
    ) -> Answer:
        """Make the call once; a signature is made for each attempt."""
        extensions = {_Sending.KEY: sending}
        request = http.build_request(method, url, params=query or None, json=body, extensions=extensions)
        try:
            response = http.send(request, auth=self._auth)
        except RequestError as error:
            self._log_of_credentials(error.request)
            raise
        except socks_errors() as error:
            raise ProxyError(str(error), request=request) from error
        except RuntimeError:
            # The HTTP library's error for a client that is closed, before or during this call.
            if not self._closed.is_set():
                raise
            raise TransportError(_CLOSED) from None
        content = masked_data(response.content)
        return Answer(response.status_code, response.headers, content, held_secret=content is not response.content)

    def _before_request(self, request: Request) -> None:
        """Count an attempt and bound its time; also of a request that the credentials make."""
        extensions: dict[str, Any] = request.extensions
        sending: _Sending = extensions.setdefault(_Sending.KEY, _Sending(of_credentials=True))
        sending.tries, sending.is_logged = sending.tries + 1, False
        deadline = applied_deadline()
        assert deadline is not None  # noqa: S101 - `_send` applies one
        deadline.receiving = "head"
        # The socket raises an error for a time-out of 0.
        left = max(deadline.left(), 0.001)
        timeout = Timeout(min(self.limits.timeout, left), connect=min(self.limits.connect_timeout, left))
        extensions["timeout"] = timeout.as_dict()

    def _after_response(self, response: Response) -> None:
        """Bound the body of an answer; log a call that the credentials made."""
        request, size = response.request, content_length(response.headers)
        _ = Secret(response.headers.get(LOGIN_HEADER, ""))  # kept meanwhile, so that it is masked in other headers
        if is_early(response.extensions.get("network_stream")):
            # The HTTP library keeps what follows an answer, such as the body of a 304, for the connection's next call.
            raise RemoteProtocolError("an answer was sent before the call", request=request)
        if location := response.headers.get("Location"):
            response.headers["Location"] = host_only(location)
        for name, value in response.headers.items():
            if name != LOGIN_HEADER and masked(value) != value:
                response.headers[name] = masked(value)
        self._log_of_credentials(request, response.status_code, response.headers, size)
        if size is not None and size > self.limits.max_bytes:
            raise AnswerTooLargeError(request.url.host, self.limits.max_bytes)
        deadline = applied_deadline()
        assert deadline is not None  # noqa: S101 - `_send` applies one
        deadline.receiving = "body"
        response.stream = BoundedBody(response, self.limits.max_bytes, deadline)

    def _log_of_credentials(self, request: Request, *answer: Any) -> None:
        """Log each attempt of a call that the credentials made; other calls are logged when they end."""
        sending: _Sending = request.extensions[_Sending.KEY]
        if sending.of_credentials and not sending.is_logged:
            sending.is_logged = True
            self.log.add(sending.logged(f"{request.method} {request.url.path}", *answer))


def _proxy_passwords() -> Iterator[Secret]:
    for address in getproxies().values():
        with suppress(ValueError):  # a malformed address is reported where it is used
            if password := urlsplit(address).password:
                yield Secret(unquote(password))


class _NoCookies(CookieJar):
    """Stores no cookie, and so sends none; it does not even read them."""

    def extract_cookies(self, response: object, request: object) -> None:
        pass


class _Sending:
    """The attempts of a call and its begin; an extension of the request, which is not sent.

    Attributes:
        of_credentials: the call is made by the credentials, such as for a token.
        tries: the number of attempts.
        is_logged: the last attempt has an entry in the log.
    """

    KEY: Final = "apig_nb.sending"

    def __init__(self, *, of_credentials: bool = False) -> None:
        self.of_credentials, self.tries, self.is_logged = of_credentials, 0, False
        self._time, self._begin = datetime.now(UTC), perf_counter()

    def logged(
        self,
        call: str,
        status: int | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
        size: int | None = None,
    ) -> LoggedCall:
        """Return the log entry of a call that ends now."""
        ms = (perf_counter() - self._begin) * 1000
        return LoggedCall(self._time, call, status, request_id(headers), self.tries, ms, size)


def check_key_log() -> None:
    """Check that the file to which Python writes the keys of TLS connections, if any, can be written.

    Raises:
        TransportError: it cannot; no TLS context could be made.
    """
    name = "SSLKEYLOGFILE"
    try:
        if os.environ.get(name):
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).keylog_filename = os.environ[name]
    except OSError as error:
        raise TransportError(f"the file of the variable {name} cannot be written: {error.strerror}") from error


# The list is a file of certifi; to read it takes longer than all else that a new client does.
@functools.cache
def _public_authorities() -> ssl.SSLContext:
    # SSL_CERT_FILE and the like are read with the other settings, in `config`.
    return create_ssl_context(trust_env=False)


def user_agent() -> str:
    """Return the `User-Agent` header of every call."""
    return f"apig_nb/{metadata.version('apig_nb')} python-httpx/{metadata.version('httpx')}"
