"""The body of an answer: decompressed here, and bounded in size and time."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from httpx import DecodingError, ReadTimeout, RemoteProtocolError, Response, SyncByteStream

from apig_nb.client.transport.deadline import Deadline
from apig_nb.errors import AnswerTooLargeError
from apig_nb.text import shorten

_GZIP: Final = 16 + zlib.MAX_WBITS
"""The `wbits` with which zlib expects a gzip header."""

_CHUNK_SIZE: Final = 2**16
"""The most bytes that are decompressed at once."""


class BoundedBody(SyncByteStream):
    """The decompressed body of an answer; reading it fails where it is too large, too slow or truncated."""

    def __init__(self, response: Response, max_bytes: int, deadline: Deadline) -> None:
        assert isinstance(response.stream, SyncByteStream)  # noqa: S101 - there is no asynchronous client here
        self._stream = response.stream
        # Removed, because the HTTP library would decompress the body again.
        self._encoding = response.headers.pop("Content-Encoding", "").strip().lower()
        self._host, self._max_bytes, self._deadline = response.request.url.host, max_bytes, deadline

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in self._chunks():
            size += len(chunk)
            if size > self._max_bytes:
                raise AnswerTooLargeError(self._host, self._max_bytes)
            # Again, as a transport that the user gave does not ask for each byte.
            if not self._deadline.left():
                raise ReadTimeout("the body takes too long")
            yield chunk

    def _chunks(self) -> Iterator[bytes]:
        if self._encoding in ("", "identity"):
            return iter(self._stream)
        if self._encoding in ("gzip", "x-gzip"):
            return _decompress(self._stream)
        raise DecodingError(f"it is compressed as {shorten(self._encoding, 100)!r}, which was not asked for")

    def close(self) -> None:
        """Release the connection."""
        self._stream.close()


def _decompress(compressed: Iterable[bytes]) -> Iterator[bytes]:
    """Decompress gzip of one or several members; raise an error where the last one is truncated.

    The HTTP library's own decoder accepts truncated data, and does not bound the size of a decompressed chunk.
    """
    decoder, has_begun = zlib.decompressobj(_GZIP), False
    for chunk in compressed:
        has_begun = has_begun or bool(chunk)
        while chunk:
            decoder = zlib.decompressobj(_GZIP) if decoder.eof else decoder
            try:
                yield decoder.decompress(chunk, _CHUNK_SIZE)
            except zlib.error as error:
                raise DecodingError(str(error)) from error
            chunk = decoder.unused_data if decoder.eof else decoder.unconsumed_tail
    if has_begun:
        yield decoder.flush()
        if not decoder.eof:
            raise RemoteProtocolError("the compressed body is truncated")


def content_length(headers: Mapping[str, str]) -> int | None:
    """Return the `Content-Length` of an answer, compressed; None where it has none."""
    text = headers.get("Content-Length", "")
    # A number with more digits is above every limit too, and int() of a very long one raises an error.
    return int(text[:18]) if text.isascii() and text.isdigit() else None
