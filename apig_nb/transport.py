"""How calls travel: the only module that knows the HTTP library.

Time-outs, proxies, certificates, redirects, and what a call that brought no answer is told as. Other rooms take the
library's types from here, so that another HTTP library needs changes in one file.
"""

from __future__ import annotations

import ipaddress
import json
import ssl
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from time import perf_counter
from types import MappingProxyType
from typing import Any, Final

from httpx import (
    URL,
    Client,
    CloseError,
    ConnectError,
    ConnectTimeout,
    DecodingError,
    InvalidURL,
    NetworkError,
    ProtocolError,
    ProxyError,
    ReadError,
    ReadTimeout,
    RemoteProtocolError,
    RequestError,
    SyncByteStream,
    Timeout,
    TimeoutException,
    WriteError,
    create_ssl_context,
)
from httpx import Auth as Auth
from httpx import BaseTransport as BaseTransport
from httpx import Request as Request
from httpx import Response as Response

from apig_nb.call_log import CallLog, LoggedCall
from apig_nb.errors import (
    AnswerTooLargeError,
    CredentialsError,
    DocumentError,
    FieldError,
    NoConnectionInTimeError,
    ServiceError,
    TransportError,
    TransportTimeout,
)
from apig_nb.patience import Deadline, Limits, Patience
from apig_nb.request import path_at
from apig_nb.service_errors import read_service_error, request_id, retry_after

DROPPED: Final = (ReadError, WriteError, CloseError, RemoteProtocolError)
"""How the library says that a connection went away in the middle of a call."""

DEADLINE: Final = "apig_nb.deadline"
"""The extension of a request that holds the end of its call's time; a login on the way to it is given the same."""

_GZIP: Final = 16 + zlib.MAX_WBITS
"""How zlib is told that there is a header of gzip."""

_PIECE: Final = 2**16
"""Bytes that are unpacked at once."""

Query = Mapping[str, str | int]
Body = Mapping[str, object]


@dataclass(frozen=True)
class Answer:
    """A whole answer.

    Attributes:
        status_code: the HTTP status.
        headers: its headers; names in any letter case.
        content: the body, unpacked.
    """

    status_code: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def media_type(self) -> str:
        """What the answer says it is, in lower case and without parameters; empty where it does not say."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @property
    def retry_after(self) -> str:
        """When to come again, in seconds or as a date; empty where it does not say."""
        return retry_after(self.headers)

    def json_object(self, what: str) -> Mapping[str, Any]:
        """Read it as a JSON object.

        Args:
            what: what it is called in an error.

        Raises:
            DocumentError: it is something else.
        """
        try:
            content = json.loads(self.content)
        except (ValueError, RecursionError) as error:
            raise DocumentError(f"the {what} is no JSON but {self.media_type or 'of no media type'}") from error
        if not isinstance(content, dict):
            raise DocumentError(f"the {what} is a JSON {type(content).__name__} instead of an object")
        return content


class Connection:
    """Calls to one cloud: API Gateway's management address and IAM's, with credentials.

    May be shared by threads. Proxies come from the usual environment variables (`HTTPS_PROXY`, `NO_PROXY`); an address
    on this machine is never asked for through one. Certificates are always checked.

    Attributes:
        service: `apig` or `roma`.
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
        service: str = "apig",
        authorities: ssl.SSLContext | None = None,
    ) -> None:
        path_at(service, "")  # refuses one that is not known
        self.service = service
        self.endpoint = _checked_endpoint("endpoint", endpoint)
        self.iam_endpoint = (
            _iam_endpoint_beside(self.endpoint)
            if iam_endpoint is None
            # OS_AUTH_URL and its kind end in the version of the interface (contract/auth, "Endpoints").
            else _checked_endpoint("iam_endpoint", iam_endpoint, path="/v3")
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
        """Call API Gateway, or ROMA Connect where the connection is one to it.

        Args:
            method: the HTTP method.
            path: the path of the call as API Gateway has it.
            query: the query parameters.
            body: the body, sent as JSON.
            final: statuses for which the call is not made again.

        Raises:
            ServiceError: the answer is an error or a redirect.
            TransportError: no whole answer came.
        """
        return self._send(method, self.endpoint, path_at(self.service, path), query, body, final)

    def iam(self, method: str, path: str, query: Query | None = None, body: Body | None = None) -> Answer:
        """Call IAM; raises like `apig`, and `FieldError` where its address is not known."""
        return self._send(method, self.known_iam_endpoint(), path, query, body)

    def known_iam_endpoint(self) -> str:
        """IAM's address.

        Raises:
            FieldError: it is not known.
        """
        if self.iam_endpoint is None:
            raise FieldError("iam_endpoint", None, "is missing and cannot be told from the endpoint")
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
            raise _no_answer(error, self.limits, deadline) from error
        finally:
            call = f"{method} {path}"
            if answer is None:
                self.log.add(sending.logged(call))
            else:
                self.log.add(sending.logged(call, answer.status_code, answer.headers, len(answer.content)))
        if 200 <= answer.status_code < 300:
            return answer
        raise _refusal(answer)

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
        request, announced = response.request, _announced_size(response.headers)
        self._log_of_credentials(request, response.status_code, response.headers, announced)
        if announced is not None and announced > self.limits.max_bytes:
            raise AnswerTooLargeError(request.url.host, self.limits.max_bytes)
        response.stream = _Bounded(response, self.limits.max_bytes, request.extensions[DEADLINE])

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


class _Bounded(SyncByteStream):
    """The body of an answer, unpacked, that ends in an error where it is too large or too slow, or cut short."""

    def __init__(self, response: Response, max_bytes: int, deadline: Deadline) -> None:
        assert isinstance(response.stream, SyncByteStream)  # noqa: S101 - there is no asynchronous client here
        self._sent = response.stream
        # Taken off: whoever reads must not unpack once more, nor in another way.
        self._packing = response.headers.pop("Content-Encoding", "").strip().lower()
        self._host, self._max_bytes, self._deadline = response.request.url.host, max_bytes, deadline

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for piece in self._pieces():
            size += len(piece)
            if size > self._max_bytes:
                raise AnswerTooLargeError(self._host, self._max_bytes)
            if not self._deadline.left():
                raise ReadTimeout("the body takes too long")
            yield piece

    def _pieces(self) -> Iterator[bytes]:
        if self._packing in ("", "identity"):
            return iter(self._sent)
        if self._packing in ("gzip", "x-gzip"):
            return _unpacked(self._sent)
        raise DecodingError(f"it is packed as {self._packing!r}, which was not asked for")

    def close(self) -> None:
        self._sent.close()


def _unpacked(packed: Iterable[bytes]) -> Iterator[bytes]:
    """What was packed with gzip, in one part or several; an error where the last one has no end.

    The HTTP library's own way takes half of it for the whole, and unpacks a piece at once however large it becomes.
    """
    unpack, has_begun = zlib.decompressobj(_GZIP), False
    for piece in packed:
        has_begun = has_begun or bool(piece)
        while piece:
            unpack = zlib.decompressobj(_GZIP) if unpack.eof else unpack
            try:
                yield unpack.decompress(piece, _PIECE)
            except zlib.error as error:
                raise DecodingError(str(error)) from error
            piece = unpack.unused_data if unpack.eof else unpack.unconsumed_tail
    if has_begun:
        yield unpack.flush()
        if not unpack.eof:
            raise RemoteProtocolError("the packed body ends in the middle")


def _announced_size(headers: Mapping[str, str]) -> int | None:
    """The size an answer says it has, packed; None where it does not say."""
    text = headers.get("Content-Length", "")
    # The first digits of a number that is longer are above every limit too.
    return int(text[:18]) if text.isascii() and text.isdigit() else None


def user_agent() -> str:
    """The `User-Agent` header of every call."""
    return f"apig_nb/{metadata.version('apig_nb')} python-httpx/{metadata.version('httpx')}"


def is_loopback(host: str) -> bool:
    """Whether a host is this machine: 127.0.0.0/8, ::1 or localhost."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _checked_endpoint(field: str, text: object, path: str = "") -> str:
    """Return scheme and host of an address that secrets may be sent to; it may end in `path`."""
    if text is None:
        raise FieldError(field, None, "is missing")
    if not isinstance(text, str) or not text.strip():
        raise FieldError(field, text, "must be an address such as https://apig.eu-west-101.myhuaweicloud.eu")
    if "@" in text:
        raise CredentialsError(f"{field} must not hold a user name or a password (the address is not repeated here)")
    shown = text.partition("?")[0]
    url = _parsed(text.strip())
    if url is None or url.scheme not in ("http", "https") or not url.host:
        raise FieldError(field, shown, "must start with https:// and name a host")
    if url.path.rstrip("/") not in ("", path) or url.query or url.fragment:
        raise FieldError(field, shown, "must be scheme and host only, without path, query and fragment")
    if url.scheme == "http" and not is_loopback(url.host):
        raise CredentialsError(f"{field} {shown!r} is plain http: credentials go over https only, save to this machine")
    return f"{url.scheme}://{url.netloc.decode()}"


def _parsed(text: str) -> URL | None:
    try:
        return URL(text)
    except InvalidURL:
        return None


def _iam_endpoint_beside(endpoint: str) -> str | None:
    """IAM's address by the pattern of contract/auth, "Endpoints"; a stand-in on this machine answers for both."""
    url = URL(endpoint)
    if is_loopback(url.host):
        return endpoint
    if url.host.startswith("apig."):
        beside = url.copy_with(host=f"iam.{url.host.removeprefix('apig.')}")
        return f"{beside.scheme}://{beside.netloc.decode()}"
    return None


def _refusal(answer: Answer) -> ServiceError:
    """What an answer outside 2xx says."""
    location = answer.headers.get("Location")
    if location is None or not 300 <= answer.status_code < 400:
        return read_service_error(answer.status_code, answer.headers, answer.content)
    target = _parsed(location)
    # Only the host: the rest of the address may hold a session or a token.
    place = target.host if target is not None and target.host else "another address of the same host"
    return ServiceError(
        answer.status_code,
        str(answer.status_code),
        f"the answer is a redirect to {place!r}, which is not followed",
        request_id(answer.headers),
        "Check the endpoint, and whether a proxy wants a login",
    )


def _no_answer(error: RequestError, limits: Limits, deadline: Deadline) -> TransportError:
    """Say in words why no whole answer came, and from where: it may be IAM that was asked for a token."""
    host = error.request.url.netloc.decode()
    if isinstance(error, TimeoutException) and not deadline.left():
        return TransportTimeout(
            f"{host} gave no whole answer within {limits.total_timeout:g} s, the most that a call may take in all;"
            " try again, or connect with limits=Limits(total_timeout=...)"
        )
    if isinstance(error, ConnectTimeout):
        return NoConnectionInTimeError(
            f"no connection to {host} within {limits.connect_timeout:g} s; check endpoint, network and proxy"
        )
    if isinstance(error, TimeoutException):
        return TransportTimeout(
            f"{host} did not answer within {limits.timeout:g} s; try again, or connect with a longer timeout="
        )
    if isinstance(error, ConnectError):
        return _no_connection(error, host)
    if isinstance(error, ProxyError):
        return TransportError(f"the proxy did not let the call to {host} through; check HTTPS_PROXY and NO_PROXY")
    if isinstance(error, NetworkError | ProtocolError):
        return TransportError(f"the connection to {host} broke before the whole answer was here; try again ({error})")
    if isinstance(error, DecodingError):
        return TransportError(f"the answer of {host} cannot be decompressed ({error})")
    return TransportError(f"the call to {host} failed ({error})")


def _no_connection(error: ConnectError, host: str) -> TransportError:
    cause = _tls_cause(error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return TransportError(
            f"the certificate of {host} is not trusted ({cause.verify_message});"
            " for a private authority give its certificate as cacert=, OS_CACERT or SSL_CERT_FILE"
        )
    if cause is not None:
        return TransportError(f"no TLS connection to {host} ({error}); check scheme, port and proxy")
    return TransportError(f"no connection to {host} ({error}); check endpoint, network and proxy")


def _tls_cause(error: BaseException) -> ssl.SSLError | None:
    seen: BaseException | None = error
    while seen is not None and not isinstance(seen, ssl.SSLError):
        seen = seen.__cause__ or seen.__context__
    return seen
