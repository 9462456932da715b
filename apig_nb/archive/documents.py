"""Documents as objects of an archive: the name of each, and its content, from which the bytes are restored.

The object of a document is its bytes, with zeros for the time of the export, compressed. So exports of a group that did
not change are one object, although the service writes another time into each.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from apig_nb.errors import DocumentError

NO_TIME: Final = "0000-00-00-00:00:00"
"""In the place of the time of the export."""

_VARIANT: Final = 16
"""Hexadecimal digits that tell documents of one canonical hash apart."""


class Document(NamedTuple):
    """A document in an archive.

    Attributes:
        hash: the canonical hash.
        variant: tells apart documents of the same canonical hash, such as JSON and YAML: the first digits of the
            SHA-256 hash of the uncompressed object.
        format: `json` or `yaml`.
        version: the time of the export, for which the object has `NO_TIME`; `None` if the object is the bytes.
    """

    hash: str
    variant: str
    format: str
    version: str | None

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Document:
        """Return the document of an observation."""
        return cls(*(record[name] for name in cls._fields))

    @property
    def object(self) -> str:
        """The name of its object, which is below `objects` whatever an observation has."""
        hash_, variant, format_ = (re.sub(r"\W", "-", str(part)) for part in self[:3])
        return f"objects/{hash_[:2]}/{hash_}-{variant}.{format_}.gz"

    def restored(self, content: bytes) -> bytes:
        """Return the bytes of the document from the content of its object.

        Raises:
            DocumentError: the object is damaged.
        """
        from apig_nb.definition.read.decoding import MAX_BYTES  # late, as in `pack`

        try:
            # No more than a document may have, whatever the object expands to.
            raw = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(content, MAX_BYTES + 1)
        except zlib.error as error:
            raise self._damaged() from error
        if _variant(raw) != self.variant:
            raise self._damaged()
        return raw if self.version is None else raw.replace(NO_TIME.encode(), self.version.encode())

    def _damaged(self) -> DocumentError:
        return DocumentError(f"{self.object} is damaged: it does not have the document that was added")


class Packed(NamedTuple):
    """A document that is about to be added.

    Attributes:
        document: the document.
        content: the content of its object.
        operations: the number of its operations.
    """

    document: Document
    content: bytes
    operations: int


def pack(raw: bytes) -> Packed:
    """Make the object of a document.

    Raises:
        DocumentError: it is not an API document.
    """
    # Late: both are slow to import.
    from apig_nb.definition import read_definition
    from apig_nb.definition.read.canonical import TIMESTAMP, canonical_hash

    definition = read_definition(raw)
    version = definition.version if TIMESTAMP.fullmatch(definition.version) else None
    timeless = raw
    if version is not None:
        timeless = raw.replace(version.encode(), NO_TIME.encode())
        if timeless.replace(NO_TIME.encode(), version.encode()) != raw or timeless == raw:
            # Zeros of its own, or another encoding.
            timeless, version = raw, None
    document = Document(canonical_hash(raw), _variant(timeless), definition.format, version)
    return Packed(document, gzip.compress(timeless, mtime=0), len(definition.operations))


def _variant(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_VARIANT]
