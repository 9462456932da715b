"""How calls travel: the only module that knows the HTTP library.

Time-outs, proxies, certificates, redirects, and what a call that brought no answer is told as. Other rooms take the
library's types from here, so that another HTTP library needs changes in one file.
"""

from __future__ import annotations

import ipaddress
import math
import ssl
from collections.abc import Mapping
from importlib import metadata
from typing import Final

from httpx import (
    URL,
    Client,
    ConnectError,
    ConnectTimeout,
    DecodingError,
    HTTPError,
    InvalidURL,
    NetworkError,
    ProtocolError,
    ProxyError,
    Timeout,
    TimeoutException,
)
from httpx import Auth as Auth
from httpx import BaseTransport as BaseTransport
from httpx import Request as Request
from httpx import Response as Response

from apig_nb.errors import CredentialsError, FieldError, ServiceError, TransportError, TransportTimeout
from apig_nb.service_errors import read_service_error, request_id

CONNECT_TIMEOUT: Final = 5.0
"""Seconds a connection may take to come about."""

READ_TIMEOUT: Final = 60.0
"""Seconds the service may stay silent; large exports take their time."""

Query = Mapping[str, str | int]
Body = Mapping[str, object]


class Connection:
    """Calls to one cloud: API Gateway's management address and IAM's, with credentials.

    May be shared by threads. Proxies and certificate authorities come from the usual environment variables
    (`HTTPS_PROXY`, `NO_PROXY`, `SSL_CERT_FILE`); an address on this machine is never asked for through a proxy.
    """

    def __init__(
        self,
        endpoint: str | None,
        iam_endpoint: str | None,
        auth: Auth,
        timeout: float,
        transport: BaseTransport | None,
    ) -> None:
        self.endpoint = _checked_endpoint("endpoint", endpoint)
        self.iam_endpoint = (
            _iam_endpoint_beside(self.endpoint)
            if iam_endpoint is None
            # OS_AUTH_URL and its kind end in the version of the interface (contract/auth, "Endpoints").
            else _checked_endpoint("iam_endpoint", iam_endpoint, path="/v3")
        )
        self._timeout = _checked_timeout(timeout)
        self._http = self._open(auth, transport)

    def _open(self, auth: Auth, transport: BaseTransport | None) -> Client:
        try:
            return Client(
                auth=auth,
                headers={"User-Agent": user_agent()},
                timeout=Timeout(self._timeout, connect=min(CONNECT_TIMEOUT, self._timeout)),
                follow_redirects=False,  # a redirect would carry X-Auth-Token to wherever it points
                mounts={f"all://{URL(address).netloc.decode()}": None for address in self._addresses_here()},
                transport=transport,
            )
        except (InvalidURL, ValueError, ImportError, OSError) as error:
            kind = type(error).__name__
        # Outside the handler: the library's text may quote a proxy address together with its password.
        raise TransportError(
            f"the HTTP client cannot be set up ({kind}): check HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY,"
            " SSL_CERT_FILE and SSL_CERT_DIR"
        )

    def _addresses_here(self) -> list[str]:
        known = [address for address in (self.endpoint, self.iam_endpoint) if address is not None]
        return [address for address in known if is_loopback(URL(address).host)]

    def apig(self, method: str, path: str, query: Query | None = None, body: Body | None = None) -> Response:
        """Call API Gateway.

        Raises:
            ServiceError: the answer is an error or a redirect.
            TransportError: no whole answer came.
        """
        return self._send(method, self.endpoint + path, query, body)

    def iam(self, method: str, path: str, query: Query | None = None, body: Body | None = None) -> Response:
        """Call IAM; raises like `apig`, and `FieldError` where its address is not known."""
        if self.iam_endpoint is None:
            raise FieldError("iam_endpoint", None, "is missing and cannot be told from the endpoint")
        return self._send(method, self.iam_endpoint + path, query, body)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _send(self, method: str, url: str, query: Query | None, body: Body | None) -> Response:
        if self._http.is_closed:
            raise TransportError("the client is closed; connect again")
        try:
            response = self._http.request(method, url, params=query or None, json=body)
        except HTTPError as error:
            raise _no_answer(error, URL(url).netloc.decode(), self._timeout) from error
        if response.is_success:
            return response
        raise _refusal(response)


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


def _checked_timeout(seconds: object) -> float:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < math.inf:
        raise FieldError("timeout", seconds, "must be a number of seconds above 0")
    return float(seconds)


def _refusal(response: Response) -> ServiceError:
    """What an answer outside 2xx says."""
    if not response.has_redirect_location:
        return read_service_error(response.status_code, response.headers, response.content)
    target = _parsed(response.headers["Location"])
    # Only the host: the rest of the address may hold a session or a token.
    place = target.host if target is not None and target.host else "another address of the same host"
    return ServiceError(
        response.status_code,
        str(response.status_code),
        f"the answer is a redirect to {place!r}, which is not followed",
        request_id(response.headers),
        "Check the endpoint, and whether a proxy wants a login",
    )


def _no_answer(error: HTTPError, host: str, timeout: float) -> TransportError:
    """Say in words why no whole answer came."""
    if isinstance(error, ConnectTimeout):
        seconds = min(CONNECT_TIMEOUT, timeout)
        return TransportTimeout(f"no connection to {host} within {seconds:g} s; check endpoint, network and proxy")
    if isinstance(error, TimeoutException):
        return TransportTimeout(
            f"{host} did not answer within {timeout:g} s; try again, or connect with a longer timeout="
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
            " for a private authority set SSL_CERT_FILE"
        )
    if cause is not None:
        return TransportError(f"no TLS connection to {host} ({error}); check scheme, port and proxy")
    return TransportError(f"no connection to {host} ({error}); check endpoint, network and proxy")


def _tls_cause(error: BaseException) -> ssl.SSLError | None:
    seen: BaseException | None = error
    while seen is not None and not isinstance(seen, ssl.SSLError):
        seen = seen.__cause__ or seen.__context__
    return seen
