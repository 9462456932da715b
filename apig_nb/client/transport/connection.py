"""`Connection`: calls to one cloud, with time-outs, proxies, certificates and redirects seen to."""

from __future__ import annotations

import ssl
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from importlib import metadata
from time import perf_counter
from types import MappingProxyType
from typing import Any, Final

from httpx import (
    URL,
    Auth,
    BaseTransport,
    Client,
    InvalidURL,
    Request,
    RequestError,
    Response,
    Timeout,
    create_ssl_context,
)

from apig_nb.client.call_log import CallLog, LoggedCall
from apig_nb.client.service_errors import request_id
from apig_nb.client.transport.address import checked_endpoint, iam_endpoint_beside, is_loopback
from apig_nb.client.transport.answer import Answer
from apig_nb.client.transport.body import BoundedBody, announced_size
from apig_nb.client.transport.failure import DROPPED, no_answer, refusal
from apig_nb.client.transport.retry import Deadline, Limits, Patience
from apig_nb.errors import AnswerTooLargeError, ArgumentError, TransportError

DEADLINE: Final = "apig_nb.deadline"
"""The extension of a request that holds the end of its call's time; a login on the way to it is given the same."""

Query = Mapping[str, str | int]
Body = Mapping[str, object]


class Connection:
    """Calls to one cloud: API Gateway's management address and IAM's, with credentials.

    May be shared by threads. Proxies come from the usual environment variables (`HTTPS_PROXY`, `NO_PROXY`); an address
    on this machine is never asked for through one. Certificates are always checked.

    Attributes:
        limits: how long a call may take, how often it is tried, how large its answer may be.
        log: every call that was made, those of the credentials too.
    """

    def __init__(
        self,
        endpoint: str | None,
        iam_endpoint: str | None,
        auth: Auth,
        limits: Limits,
        transport: BaseTransport | None,
        authorities: ssl.SSLContext | None = None,
    ) -> None:
        self.endpoint = checked_endpoint("endpoint", endpoint)
        self.iam_endpoint = (
            iam_endpoint_beside(self.endpoint)
            if iam_endpoint is None
            # OS_AUTH_URL and its kind end in the version of the interface (contract/auth, "Endpoints").
            else checked_endpoint("iam_endpoint", iam_endpoint, path="/v3")
        )
        self.limits = limits
        self.log = CallLog()
        self._patience = Patience(self.limits, DROPPED)
        self._http = self._open(auth, transport, authorities)

    def _open(self, auth: Auth, transport: BaseTransport | None, authorities: ssl.SSLContext | None) -> Client:
        try:
            return Client(
                auth=auth,
                # Variables that name others were read where all settings are.
                verify=authorities or create_ssl_context(trust_env=False),
                # The one packing that `_unpacked` knows.
                headers={"User-Agent": user_agent(), "Accept-Encoding": "gzip"},
                follow_redirects=False,  # a redirect would carry X-Auth-Token to wherever it points
                mounts={f"all://{URL(address).netloc.decode()}": None for address in self._addresses_here()},
                transport=transport,
                event_hooks={"request": [self._begin], "response": [self._meet]},
            )
        except (InvalidURL, ValueError, ImportError, OSError) as error:
            kind = type(error).__name__
        # Outside the handler: the library's text may quote a proxy address together with its password.
        raise TransportError(
            f"the HTTP client cannot be set up ({kind}): check HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY"
        )

    def _addresses_here(self) -> list[str]:
        known = [address for address in (self.endpoint, self.iam_endpoint) if address is not None]
        return [address for address in known if is_loopback(URL(address).host)]

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
            final: statuses for which the call is not made again.

        Raises:
            ServiceError: the answer is an error or a redirect.
            TransportError: no whole answer came.
        """
        return self._send(method, self.endpoint, path, query, body, final)

    def iam(self, method: str, path: str, query: Query | None = None, body: Body | None = None) -> Answer:
        """Call IAM; raises like `apig`, and `ArgumentError` where its address is not known."""
        return self._send(method, self.known_iam_endpoint(), path, query, body)

    def known_iam_endpoint(self) -> str:
        """IAM's address.

        Raises:
            ArgumentError: it is not known.
        """
        if self.iam_endpoint is None:
            raise ArgumentError("iam_endpoint", None, "is missing and cannot be told from the endpoint")
        return self.iam_endpoint

    def close(self) -> None:
        """Close the connections."""
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
        if self._http.is_closed:
            raise TransportError("the client is closed; connect again")
        sending, deadline, answer = _Sending(), Deadline(self.limits.total_timeout), None
        url = endpoint + path
        try:
            answer = self._patience.call(lambda: self._try(method, url, query, body, sending, deadline), final)
        except RequestError as error:
            raise no_answer(error, self.limits, deadline) from error
        finally:
            call = f"{method} {path}"
            if answer is None:
                self.log.add(sending.logged(call))
            else:
                self.log.add(sending.logged(call, answer.status_code, answer.headers, len(answer.content)))
        if 200 <= answer.status_code < 300:
            return answer
        raise refusal(answer)

    def _try(
        self, method: str, url: str, query: Query | None, body: Body | None, sending: _Sending, deadline: Deadline
    ) -> Answer:
        """Make the call once; whatever signs it does so anew."""
        extensions = {_Sending.KEY: sending, DEADLINE: deadline}
        request = self._http.build_request(method, url, params=query or None, json=body, extensions=extensions)
        try:
            response = self._http.send(request)
        except RequestError as error:
            self._log_of_credentials(error.request)
            raise
        return Answer(response.status_code, response.headers, response.content)

    def _begin(self, request: Request) -> None:
        """Count one sending, and give it no more than the time that is left; also one that renews a token."""
        extensions: dict[str, Any] = request.extensions
        sending: _Sending = extensions.setdefault(_Sending.KEY, _Sending(of_credentials=True))
        sending.tries, sending.is_logged = sending.tries + 1, False
        deadline: Deadline = extensions.setdefault(DEADLINE, Deadline(self.limits.total_timeout))
        # A time-out of 0 is no time-out but an error of the socket.
        left = max(deadline.left(), 0.001)
        patience = Timeout(min(self.limits.timeout, left), connect=min(self.limits.connect_timeout, left))
        extensions["timeout"] = patience.as_dict()

    def _meet(self, response: Response) -> None:
        """Bound what is read of an answer, whoever reads it; log a call that authentication made on its own."""
        request, announced = response.request, announced_size(response.headers)
        self._log_of_credentials(request, response.status_code, response.headers, announced)
        if announced is not None and announced > self.limits.max_bytes:
            raise AnswerTooLargeError(request.url.host, self.limits.max_bytes)
        response.stream = BoundedBody(response, self.limits.max_bytes, request.extensions[DEADLINE])

    def _log_of_credentials(self, request: Request, *answer: Any) -> None:
        """Log a call that authentication made on its own, each time it was sent; others are logged in the end."""
        sending: _Sending = request.extensions[_Sending.KEY]
        if sending.of_credentials and not sending.is_logged:
            sending.is_logged = True
            self.log.add(sending.logged(f"{request.method} {request.url.path}", *answer))


class _Sending:
    """How often a call was sent and since when; it travels with the request where no header shows it.

    Attributes:
        of_credentials: whether it is a call that authentication makes on its own, such as for a token.
        tries: how often it was sent.
        is_logged: whether the last time has its entry.
    """

    KEY: Final = "apig_nb.sending"

    def __init__(self, *, of_credentials: bool = False) -> None:
        self.of_credentials, self.tries, self.is_logged = of_credentials, 0, False
        self._time, self._begun = datetime.now(UTC), perf_counter()

    def logged(
        self,
        call: str,
        status: int | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
        size: int | None = None,
    ) -> LoggedCall:
        """The entry of the call that ends now."""
        ms = (perf_counter() - self._begun) * 1000
        return LoggedCall(self._time, call, status, request_id(headers), self.tries, ms, size)


def user_agent() -> str:
    """The `User-Agent` header of every call."""
    return f"apig_nb/{metadata.version('apig_nb')} python-httpx/{metadata.version('httpx')}"
