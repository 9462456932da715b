"""How calls travel: the only room that knows the HTTP library.

Other rooms take the library's types from here, so that another HTTP library needs changes in one room.
"""

from httpx import Auth, BaseTransport, Request, Response

from apig_nb.client.transport.address import is_loopback
from apig_nb.client.transport.answer import Answer
from apig_nb.client.transport.connection import DEADLINE, Connection

__all__ = ["DEADLINE", "Answer", "Auth", "BaseTransport", "Connection", "Request", "Response", "is_loopback"]
