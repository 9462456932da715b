"""The body of an answer: unpacked here, and bounded in size and time."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from httpx import DecodingError, ReadTimeout, RemoteProtocolError, Response, SyncByteStream

from apig_nb.client.transport.retry import Deadline
from apig_nb.errors import AnswerTooLargeError

_GZIP: Final = 16 + zlib.MAX_WBITS
"""How zlib is told that there is a header of gzip."""

_PIECE: Final = 2**16
"""Bytes that are unpacked at once."""


class BoundedBody(SyncByteStream):
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
        """Let go of the connection."""
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


def announced_size(headers: Mapping[str, str]) -> int | None:
    """The size an answer says it has, packed; None where it does not say."""
    text = headers.get("Content-Length", "")
    # The first digits of a number that is longer are above every limit too.
    return int(text[:18]) if text.isascii() and text.isdigit() else None
