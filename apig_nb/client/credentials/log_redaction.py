"""Mask tokens in the log of the HTTP library, which at level DEBUG writes the headers of every answer."""

from __future__ import annotations

import logging
import re
from typing import Final

_LOGGERS: Final = ("httpcore.http11", "httpcore.http2")
_TOKEN: Final = re.compile(r"(x-subject-token['\"], b['\"])[^'\"]*", re.IGNORECASE)


class _TokenFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.msg, str) and "subject-token" in record.msg.lower():
            record.msg = _TOKEN.sub(r"\1***", record.msg)
        return True


_FILTER: Final = _TokenFilter()


def mask_tokens_in_logs() -> None:
    """Mask tokens in what the HTTP library logs from now on; further calls change nothing."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_FILTER)
