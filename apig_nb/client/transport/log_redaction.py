"""Mask secrets in the logs of the HTTP library, which at level DEBUG writes the headers of every answer."""

from __future__ import annotations

import logging
import re
from typing import Final

from apig_nb.client.secret import Secret, masked
from apig_nb.client.transport.failure import without_bytes

_LOGGERS: Final = ("httpx", *(f"httpcore.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")))

_SECRET_HEADERS: Final = re.compile(
    r"""(b['"](?:x-[a-z-]*token|set-cookie2?|(?:proxy-)?authorization)['"], )"""
    r"""b(?:'((?:[^'\\]|\\.)*+)'|"((?:[^"\\]|\\.)*+)")""",
    re.IGNORECASE,
)
"""A header in the `repr` of headers, whose value may be a secret that is not known yet, such as a new token."""


class _SecretFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        # Kept meanwhile, so that they are masked in other headers, too.
        _ = [Secret(found[2] or found[3]) for found in _SECRET_HEADERS.finditer(text)]
        text = _SECRET_HEADERS.sub(r"\1***", text)
        if "exception=" in text:
            text = without_bytes(text)
        record.msg, record.args = masked(text), ()
        return True


_FILTER: Final = _SecretFilter()


def mask_secrets_in_logs() -> None:
    """Mask secrets in what the HTTP library logs from now on; further calls change nothing."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_FILTER)
