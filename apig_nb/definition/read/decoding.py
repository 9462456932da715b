"""Bytes → text: which encoding it is, and what could not be read."""

from __future__ import annotations

import codecs
import re
import zlib
from typing import Final

from apig_nb.definition.problem import Problem
from apig_nb.errors import DocumentError

MAX_BYTES: Final = 64 * 1024 * 1024
"""The largest document that is read, in bytes after unpacking: 64 MiB."""

DAMAGED: Final = "damaged"
"""The word by which a problem says that an archive could not be unpacked whole."""

_PIECE = 2**16
_GZIP = b"\x1f\x8b"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it starts with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Patterns that few documents need: compiled when they are, as that takes longer than loading this module.
_NOT_LATIN = r"[^\x00-\x7f\u00c0-\u024f\u20ac\u2010-\u2026]|\u00c3[^a-z]"
_NOT_CHINESE = r"[^\x00-\x7f\u3000-\u303f\u4e00-\u9fff\uff00-\uffef\u2010-\u2026]"


def decode(raw: bytes, problems: list[Problem]) -> str:
    """Turn the bytes of a document into text; what is odd is added to `problems`.

    Raises:
        DocumentError: the bytes are empty, too many, or no text.
    """
    if raw.startswith(_GZIP):
        raw = _unpacked(raw, problems)
    if len(raw) > MAX_BYTES:
        raise DocumentError(f"the document has {len(raw):,} bytes; the bound is {MAX_BYTES:,}")
    if not raw or raw.isspace():
        raise DocumentError("the document is empty")
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return _decoded(raw[len(mark) :], encoding, problems)
    return _decoded(raw, _encoding_by_nuls(raw), problems)


def _unpacked(raw: bytes, problems: list[Problem]) -> bytes:
    unpack = zlib.decompressobj(wbits=31)
    try:
        text = unpack.decompress(raw, MAX_BYTES + 1)
        flaw = "" if unpack.eof or len(text) > MAX_BYTES else " and ends too early"
        if unpack.unused_data.strip(b"\0"):
            flaw = f" and {len(unpack.unused_data):,} bytes after its end are not read"
    except zlib.error as error:
        text, flaw = _salvaged(raw), f" and is {DAMAGED} ({error})"
    problems.append(Problem("", "encoding", f"the document was packed with gzip{flaw}"))
    return text


def _salvaged(raw: bytes) -> bytes:
    """What came before the flaw: in large bites, then in single bytes, because a bite that fails gives nothing."""
    unpack, text, at, bite = zlib.decompressobj(wbits=31), bytearray(), 0, 4096
    while at < len(raw) and len(text) <= MAX_BYTES:
        before = unpack.copy()
        try:
            text += unpack.decompress(raw[at : at + bite])
            at += bite
        except zlib.error:
            if bite == 1:
                break
            unpack, bite = before, 1
    return bytes(text)


def _encoding_by_nuls(raw: bytes) -> str:
    # JSON and YAML are mostly ASCII: the NULs beside it tell UTF-16 without a mark.
    start = raw[:64]
    high, low = start[0::2].count(0), start[1::2].count(0)
    if max(high, low) <= len(start) // 4:
        return "utf-8"
    return "utf-16-be" if high > low else "utf-16-le"


def _decoded(raw: bytes, encoding: str, problems: list[Problem]) -> str:
    try:
        return raw.decode(encoding) if raw.isascii() else _decoded_in_pieces(raw, encoding)
    except UnicodeDecodeError as error:
        at = error.start
    if encoding == "utf-8":
        encoding = _legacy_encoding(raw)
    text = raw.decode(encoding, "replace")
    if text.count("\0") + text.count("\ufffd") > len(text) // 10:
        raise DocumentError("the document is no text")
    problems.append(Problem("", "encoding", f"no valid UTF-8 at byte {at}; read as {encoding.upper()}"))
    return text


def _decoded_in_pieces(raw: bytes, encoding: str) -> str:
    """The text, in half the time where it is nearly all ASCII: a small piece stays in the processor's cache."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        pieces = [decoder.decode(raw[start : start + _PIECE]) for start in range(0, len(raw), _PIECE)]
        return "".join([*pieces, decoder.decode(b"", final=True)])
    except UnicodeDecodeError:
        return raw.decode(encoding)  # raises it again, with its place in the whole


def _legacy_encoding(raw: bytes) -> str:
    """GB 18030 where all of it then reads as Chinese; Windows-1252 where nothing in it is UTF-8; UTF-8 with gaps."""
    # The test is stricter than what is then read: in GB 2312 no character hides an ASCII one in its second byte,
    # as it would have to for the `és` of a French word to pass for one.
    for test, encoding, foreign in (("gb2312", "gb18030", _NOT_CHINESE), ("cp1252", "cp1252", _NOT_LATIN)):
        try:
            if not re.search(foreign, raw.decode(test)):
                return encoding
        except UnicodeDecodeError:
            continue
    return "utf-8"
