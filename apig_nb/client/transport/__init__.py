"""HTTP calls: the only package that knows the HTTP library.

The rest of the client takes the library's types from here, so that another HTTP library needs changes in one package.
"""

from httpx import Auth, BaseTransport, PoolTimeout, Request, Response

from apig_nb.client.transport.address import Endpoints, is_loopback
from apig_nb.client.transport.answer import Answer
from apig_nb.client.transport.connection import LOGIN_HEADER, Connection, check_key_log
from apig_nb.client.transport.deadline import Deadline, applied_deadline

__all__ = [
    "LOGIN_HEADER",
    "Answer",
    "Auth",
    "BaseTransport",
    "Connection",
    "Deadline",
    "Endpoints",
    "PoolTimeout",
    "Request",
    "Response",
    "applied_deadline",
    "check_key_log",
    "is_loopback",
]
