"""Exports of an archive, which are read when they are used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from apig_nb.archive.documents import Document
from apig_nb.archive.observations import KEY, records
from apig_nb.archive.store import Store
from apig_nb.errors import ApigError, DocumentError
from apig_nb.export import Export
from apig_nb.export_set import ExportKey, ExportSet
from apig_nb.lazy import cached_property

if TYPE_CHECKING:
    from pandas import DataFrame


class StoredExport(Export):
    """An export of an archive, whose bytes are read when they are first used."""

    _read: Callable[[], bytes]
    _stored_size: int

    @classmethod
    def unread(cls, read: Callable[[], bytes], size: int, canonical_hash: str, **known: Any) -> StoredExport:
        """Return an export with what is known of it, and a function that reads its bytes."""
        export = cls(raw=b"", **known)
        del vars(export)["raw"]
        vars(export).update(_read=read, _stored_size=size, canonical_hash=canonical_hash)
        return export

    @cached_property
    def raw(self) -> bytes:
        """The bytes as received."""
        return self._read()

    def has_same_content(self, other: Export) -> bool:
        """Return True if the canonical hashes are equal, for which no bytes are read."""
        return self.canonical_hash == other.canonical_hash

    @property
    def size(self) -> int:
        """Size of the document in bytes, as received."""
        return len(self.raw) if "raw" in vars(self) else self._stored_size


def export_set(store: Store, rows: DataFrame) -> ExportSet:
    """Return the exports of observations, with the failures."""
    known = records(rows)
    exports = {key_of(row): _export(store, row) for row in known if row["hash"] is not None}
    return ExportSet(exports, failures={key_of(row): ApigError(row["error"]) for row in known if row["hash"] is None})


def _export(store: Store, row: Mapping[str, Any]) -> Export:
    document = Document.of(row)
    return StoredExport.unread(
        partial(_read, store, document),
        row["bytes"],
        document.hash,
        request_id=row["request_id"] or "",
        # Not a Timestamp of pandas, whose methods differ.
        time=row["received"] and row["received"].to_pydatetime(),
        gateway=row["gateway"] or None,
        environment=row["environment"] or None,
        group=row["group"] or None,
        scope=row["scope"],
    )


def _read(store: Store, document: Document) -> bytes:
    """Return the bytes of a document.

    Raises:
        DocumentError: its object is missing or damaged.
        OSError: its object cannot be read.
    """
    (content,) = store.read([document.object])
    if isinstance(content, FileNotFoundError):
        raise DocumentError(f"{document.object} is missing") from content
    if isinstance(content, Exception):
        raise content
    return document.restored(content)


def key_of(record: Mapping[str, Any]) -> ExportKey:
    """Return the key of an observation."""
    return ExportKey(*(record[name] for name in KEY))
