"""Decode the bytes of a document: gzip, byte order marks, and legacy encodings."""

from __future__ import annotations

import codecs
import re
import zlib
from typing import Final

from apig_nb.definition.problem import Problem
from apig_nb.errors import DocumentError

MAX_BYTES: Final = 64 * 1024 * 1024
"""The largest document that is read, in bytes after decompression: 64 MiB."""

_GZIP = b"\x1f\x8b"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is the start of this one
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Characters that do not occur in texts of these encodings. Compiled only when needed: compiling takes longer than
# importing this module, and few documents need them.
_NOT_LATIN = r"[^\x00-\x7f\u00c0-\u024f\u20ac\u2010-\u2026]|\u00c3[^a-z]"
_NOT_CHINESE = r"[^\x00-\x7f\u3000-\u303f\u4e00-\u9fff\uff00-\uffef\u2010-\u2026]"


def decode(raw: bytes, problems: list[Problem]) -> str:
    """Decode the bytes of a document; problems of the encoding are added to `problems`.

    Raises:
        DocumentError: the bytes are empty, too many, no text, or a damaged gzip archive.
    """
    if raw.startswith(_GZIP):
        raw = _decompress(raw, problems)
    if len(raw) > MAX_BYTES:
        raise DocumentError(f"the document has {len(raw):,} bytes; the limit is {MAX_BYTES:,}")
    if not raw or raw.isspace():
        raise DocumentError("the document is empty")
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return _decode(raw[len(mark) :], encoding, problems)
    return _decode(raw, _encoding_without_bom(raw), problems)


def _decompress(raw: bytes, problems: list[Problem]) -> bytes:
    decompressor = zlib.decompressobj(wbits=31)
    try:
        content = decompressor.decompress(raw, MAX_BYTES + 1)
    except zlib.error as error:
        raise DocumentError(f"the gzip archive is damaged: {error}") from error
    message = "the document was compressed with gzip"
    if not decompressor.eof and len(content) <= MAX_BYTES:
        raise DocumentError("the gzip archive is incomplete: its end is missing")
    if decompressor.unused_data.strip(b"\0"):
        message += f"; {len(decompressor.unused_data):,} bytes after the end of the archive are ignored"
    problems.append(Problem("", "encoding", message))
    return content


def _encoding_without_bom(raw: bytes) -> str:
    # JSON and YAML are mostly ASCII, so UTF-16 shows by its many NUL bytes.
    start = raw[:64]
    high, low = start[0::2].count(0), start[1::2].count(0)
    if max(high, low) <= len(start) // 4:
        return "utf-8"
    return "utf-16-be" if high > low else "utf-16-le"


def _decode(raw: bytes, encoding: str, problems: list[Problem]) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        position = error.start
    if encoding == "utf-8":
        encoding = _legacy_encoding(raw)
    text = raw.decode(encoding, "replace")
    if text.count("\0") + text.count("\ufffd") > len(text) // 10:
        raise DocumentError("the document is not text")
    problems.append(Problem("", "encoding", f"not valid UTF-8 at byte {position}; read as {encoding.upper()}"))
    return text


def _legacy_encoding(raw: bytes) -> str:
    """Guess the encoding of bytes that are not UTF-8: GB 18030, Windows-1252, or UTF-8 with errors."""
    # Tested as GB 2312, which is stricter than GB 18030: the second byte of its characters is never ASCII, so a
    # French `és` is not taken for a Chinese character.
    for test, encoding, foreign in (("gb2312", "gb18030", _NOT_CHINESE), ("cp1252", "cp1252", _NOT_LATIN)):
        try:
            if not re.search(foreign, raw.decode(test)):
                return encoding
        except UnicodeDecodeError:
            continue
    return "utf-8"


def first_character(raw: bytes) -> bytes:
    """Return the first byte of a document that is neither blank nor part of a byte order mark, in any Unicode encoding.

    JSON exports start with `{`; the service declares the same content type for JSON and YAML.
    """
    return raw[:100].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")[:1]
