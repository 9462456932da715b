"""`Observations`: the Parquet files of an archive, with a row for each API group at each time it was looked at.

A file is added with each snapshot, and many small ones are replaced by one that has their rows. It is written before
they are removed, so that a crash in between leaves rows twice and never loses one; equal rows are read as one.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from apig_nb.archive.store import Store
from apig_nb.engines import Progress, no_progress
from apig_nb.errors import DocumentError
from apig_nb.export_set import KEY_COLUMNS

if TYPE_CHECKING:
    import pyarrow as pa
    from pandas import DataFrame

FOLDER: Final = "observations"

KEY: Final = list(KEY_COLUMNS)
PLACE: Final = KEY[:-1]
"""The columns that say where groups are published; a snapshot has all groups of a place."""

_TIMES: Final = ("time", "received")
_NUMBERS: Final = ("operations", "bytes")
COLUMNS: Final = (
    "time",
    *KEY,
    *("gateway_id", "environment_id", "group_id"),
    "received",
    *("hash", "variant", "format", "version", "scope"),
    *_NUMBERS,
    "request_id",
    "error",
)

MAX_SMALL_FILES: Final = 30
"""Small files that are left as they are; when there are more, they are merged into one."""

SMALL_BYTES: Final = 32 * 2**20
"""The size below which a file is small. If all were merged each time, a year would be written again and again."""

_DIGEST: Final = 16
"""Hexadecimal digits of the SHA-256 hash of a file in its name."""

_TRIES: Final = 5
"""Another process may merge the files that are being read; it does so once in `MAX_SMALL_FILES` snapshots."""


class Observations:
    """The observations of an archive, which are in a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, rows: list[dict[str, Any]]) -> None:
        """Write rows as one file; the same rows again are the same file.

        Raises:
            OSError: it cannot be written; no row is added.
        """
        import pandas as pd  # slow to import

        self._write(pd.DataFrame(rows, columns=list(COLUMNS)))

    def read(
        self, *columns: str, times: Iterable[datetime] | None = None, progress: Progress = no_progress
    ) -> DataFrame:
        """Return rows, sorted by key and time.

        Args:
            columns: columns besides key and time; all of them if none is named.
            times: the times of the rows; all of them if they are not given.
            progress: called with the number of files; an exception of it ends the call.

        Raises:
            DocumentError: a file is damaged.
            OSError: a file cannot be read.
        """
        wanted = [name for name in COLUMNS if not columns or name in (*KEY, "time", *columns)]
        rows, damaged = self.read_undamaged(wanted, times, progress)
        if damaged:
            raise DocumentError(f"{damaged[0]} is damaged; verify() lists what the archive lacks")
        return rows

    def read_undamaged(
        self,
        columns: Sequence[str] = COLUMNS,
        times: Iterable[datetime] | None = None,
        progress: Progress = no_progress,
    ) -> tuple[DataFrame, list[str]]:
        """Return the rows of the files that are not damaged, and the names of those that are."""
        for _ in range(_TRIES):
            with suppress(FileNotFoundError):
                return self._read(self._files(), columns, times, progress)
        return self._read(self._files(), columns, times, progress)

    def merge(self) -> None:
        """Write the small files as one, if there are many."""
        small = [name for name, size in self._files().items() if size < SMALL_BYTES]
        if len(small) > MAX_SMALL_FILES:
            with suppress(FileNotFoundError):  # another process merges them
                rows, damaged = self._read(small, COLUMNS, None)
                merged = self._write(rows)
                self._store.remove(name for name in small if name not in (merged, *damaged))

    def _files(self) -> dict[str, int]:
        """Return the files with their sizes in bytes, without those that others leave in folders."""
        return {name: size for name, size in self._store.sizes(FOLDER).items() if name.endswith(".parquet")}

    def _read(
        self,
        names: Iterable[str],
        columns: Sequence[str],
        times: Iterable[datetime] | None,
        progress: Progress = no_progress,
    ) -> tuple[DataFrame, list[str]]:
        # Late: slow to import, and an optional dependency.
        import pandas as pd
        import pyarrow as pa
        from pyarrow import parquet

        columns = list(columns)
        names, tables, damaged = list(names), [_schema().empty_table().select(columns)], []
        filters = None if times is None else [("time", "in", set(times))]
        for number, (name, content) in enumerate(zip(names, self._store.read(names), strict=True), 1):
            if isinstance(content, Exception):
                raise content
            try:
                tables.append(
                    parquet.read_table(io.BytesIO(content), columns=columns, filters=filters, schema=_schema())
                )
            except (pa.ArrowException, OSError):
                damaged.append(name)
            progress(number, len(names))
        rows = pa.concat_tables(tables).to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
        # Equal rows are of files that were merged; rows of one key and time are of writers that did not see each other.
        rows = rows.sort_values([*KEY, "time", *(name for name in ("received", "hash") if name in rows)])
        return rows.drop_duplicates([*KEY, "time"], keep="last", ignore_index=True), damaged

    def _write(self, rows: DataFrame) -> str:
        # Late: an optional dependency, and slow to import.
        import pyarrow as pa
        from pyarrow import parquet

        table = pa.Table.from_pandas(rows, _schema(), preserve_index=False).replace_schema_metadata()
        sink = io.BytesIO()
        parquet.write_table(table, sink, compression="zstd")
        content = sink.getvalue()
        digest = hashlib.sha256(content).hexdigest()[:_DIGEST]
        name = f"{FOLDER}/{rows['time'].min():%Y%m%dT%H%M%SZ}-{digest}.parquet"
        self._store.write({name: content})
        return name


def _schema() -> pa.Schema:
    # Late: an optional dependency, and slow to import.
    import pyarrow as pa

    types = {
        **dict.fromkeys(COLUMNS, pa.string()),
        **dict.fromkeys(_TIMES, pa.timestamp("us", "UTC")),
        **dict.fromkeys(_NUMBERS, pa.int64()),
    }
    return pa.schema(types.items())


def records(rows: DataFrame) -> list[dict[str, Any]]:
    """Return rows as mappings, in which a missing value is `None`."""
    return rows.astype("object").where(rows.notna(), None).to_dict("records")  # type: ignore[return-value]
