"""Errors of this library for calls that failed."""

from __future__ import annotations

import re
import ssl
from typing import Final

from httpx import (
    ConnectError,
    ConnectTimeout,
    DecodingError,
    NetworkError,
    PoolTimeout,
    ProtocolError,
    ProxyError,
    RequestError,
    TimeoutException,
    WriteTimeout,
)

from apig_nb.client.secret import masked
from apig_nb.client.service_errors import read_service_error, request_id
from apig_nb.client.transport.address import parse_url
from apig_nb.client.transport.answer import Answer
from apig_nb.client.transport.deadline import Deadline
from apig_nb.client.transport.retry import Limits
from apig_nb.errors import NoConnectionInTimeError, ServiceError, TransportError, TransportTimeout, chained

_BYTES: Final = re.compile(r"""\bb(ytearray\(b)?['"].*""", re.DOTALL)
"""Bytes of an answer that an error of the HTTP library quotes, such as a malformed header line with a new token."""


def without_bytes(text: str) -> str:
    """Leave out the bytes of an answer that a text of the HTTP library quotes."""
    return _BYTES.sub("…", text)


def without_secrets(error: BaseException) -> None:
    """Remove all secrets from an error of the HTTP library, and from its causes.

    Their tracebacks are removed too: the variables of that library hold headers and bytes of the call.
    """
    for one in chained(error):
        one.args = tuple(masked(without_bytes(part)) if isinstance(part, str) else part for part in one.args)
        one.__traceback__ = None


def error_of_answer(answer: Answer) -> ServiceError:
    """Return the error for an answer with a status outside 2xx."""
    location = answer.headers.get("Location")
    if location is None or not 300 <= answer.status_code < 400:
        return read_service_error(answer.status_code, answer.headers, answer.content)
    target = parse_url(location)
    host = masked(target.host) if target is not None and target.host else "another address of the same host"
    return ServiceError(
        answer.status_code,
        str(answer.status_code),
        f"the answer is a redirect to {host!r}, which is not followed",
        request_id(answer.headers),
        "Check the endpoint, and whether a proxy requires a login",
    )


def error_without_answer(error: RequestError, limits: Limits, deadline: Deadline) -> TransportError:
    """Return the error for a call without a whole answer; it names the host, which may be that of IAM."""
    host = error.request.url.netloc.decode()
    if isinstance(error, TimeoutException) and not deadline.left():
        return TransportTimeout(
            f"{host} gave no whole answer within {limits.total_timeout:g} s, the most that a call may take in all"
            f" ({_phase(error, deadline)}); try again, or connect with limits=Limits(total_timeout=...)"
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
        return TransportError(f"the proxy refused the call to {host}; check HTTPS_PROXY and NO_PROXY")
    if isinstance(error, NetworkError | ProtocolError):
        return TransportError(
            f"the connection to {host} was lost before the whole answer was received; try again ({error})"
        )
    if isinstance(error, DecodingError):
        return TransportError(f"the answer of {host} cannot be decompressed ({error})")
    return TransportError(f"the call to {host} failed ({error})")


def _phase(error: TimeoutException, deadline: Deadline) -> str:
    """Return the part of a call in which it ended."""
    if isinstance(error, ConnectTimeout):
        return "while connecting"
    if isinstance(error, WriteTimeout):
        return "while the request was sent"
    if isinstance(error, PoolTimeout):
        return "while waiting for a free connection or for a login"
    return f"while the {deadline.receiving} of the answer was received"


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
    return next((one for one in chained(error) if isinstance(one, ssl.SSLError)), None)
