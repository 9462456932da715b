"""The HTTP library's own log, with the token taken out: at DEBUG it writes the headers of every answer as they come."""

from __future__ import annotations

import logging
import re
from typing import Final

_LOGGERS: Final = ("httpcore.http11", "httpcore.http2")
_TOKEN: Final = re.compile(r"(x-subject-token['\"], b['\"])[^'\"]*", re.IGNORECASE)


class _WithoutTokens(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.msg, str) and "subject-token" in record.msg.lower():
            record.msg = _TOKEN.sub(r"\1***", record.msg)
        return True


_FILTER: Final = _WithoutTokens()


def keep_tokens_out_of_logs() -> None:
    """Mask tokens in what the HTTP library logs from now on; may be called again."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_FILTER)
