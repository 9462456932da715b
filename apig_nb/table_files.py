"""Write tables to files of other programs: Excel, Parquet, SQLite."""

from __future__ import annotations

import io
import os
import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from apig_nb.errors import ArgumentError, MissingExtraError
from apig_nb.files import make_folder, write_whole
from apig_nb.text import shorten

if TYPE_CHECKING:
    from pandas import DataFrame, Series

Frames = Mapping[str, "DataFrame"]
"""Tables by name."""

# https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3
MAX_EXCEL_ROWS: Final = 1_048_575
"""Rows of a sheet, without its header."""
MAX_EXCEL_TEXT: Final = 32_767
"""Characters of a cell."""
_MAX_SHEET_NAME: Final = 31

_MIN_WIDTH, _MAX_WIDTH = 8, 60
_MEASURED_ROWS: Final = 1_000


class TableFiles:
    """Adds the methods that write all tables of an object; its `_frames` returns them."""

    def _frames(self) -> Frames:
        raise NotImplementedError

    def to_excel(self, path: str | os.PathLike[str]) -> Path:
        """Write a workbook with a sheet for each table; texts of more than 32,767 characters are cut.

        Headers are frozen and no cell is a formula. Lists are joined by `, `.

        Raises:
            MissingExtraError: the extra `excel` is not installed.
            ArgumentError: a table has more rows than a sheet can hold; `to_parquet` has no such limit.
            OSError: the file cannot be written; an existing one is unchanged.
        """
        write_whole(Path(path), excel_bytes(self._frames()))
        return Path(path)

    def to_parquet(self, folder: str | os.PathLike[str]) -> Path:
        """Write a file `{table}.parquet` for each table to a folder, which is made unless it exists; lists stay lists.

        Raises:
            MissingExtraError: the extra `parquet` is not installed.
            OSError: a file cannot be written; an existing one of that name is unchanged.
        """
        make_folder(Path(folder))
        for name, frame in self._frames().items():
            write_whole(Path(folder) / f"{name}.parquet", parquet_bytes(frame))
        return Path(folder)

    def to_sqlite(self, path: str | os.PathLike[str]) -> Path:
        """Write a SQLite database with all tables, in place of an existing file; lists are joined by `, `.

        Raises:
            OSError: the file cannot be written; an existing one is unchanged.
        """
        write_whole(Path(path), sqlite_bytes(self._frames()))
        return Path(path)


def excel_bytes(frames: Frames) -> bytes:
    """Return a workbook with a sheet for each table; raises like `TableFiles.to_excel`."""
    try:
        import xlsxwriter  # an optional dependency
    except ImportError as error:
        raise MissingExtraError("a workbook", "excel") from error
    for name, frame in frames.items():
        if len(frame) > MAX_EXCEL_ROWS:
            raise ArgumentError(
                "path", None, f"the table {name} has {len(frame):,} rows, a sheet at most {MAX_EXCEL_ROWS:,}"
            )
    sink = io.BytesIO()
    try:
        # Rows are written one after the other to temporary files and not kept: a set has many.
        with tempfile.TemporaryDirectory(prefix="apig_nb-", ignore_cleanup_errors=True) as folder:
            book = xlsxwriter.Workbook(sink, {"constant_memory": True, "tmpdir": folder})
            head = book.add_format({"bold": True, "bottom": 1})
            for name, frame in frames.items():
                _write_sheet(book.add_worksheet(name[:_MAX_SHEET_NAME]), frame, head)
            book.close()
    except xlsxwriter.exceptions.FileCreateError as error:
        # It has the error of the system, and is none.
        raise error.args[0] from error
    return sink.getvalue()


def _write_sheet(sheet: Any, frame: DataFrame, head: Any) -> None:
    sheet.freeze_panes(1, 0)
    columns = [_plain(frame.iloc[:, number]) for number in range(len(frame.columns))]
    for number, (name, values) in enumerate(zip(frame.columns, columns, strict=True)):
        widths = [len(str(name)) + 2, *(len(str(value)) for value in values[:_MEASURED_ROWS] if value is not None)]
        sheet.set_column(number, number, min(max(*widths, _MIN_WIDTH), _MAX_WIDTH))
        sheet.write_string(0, number, str(name), head)
    for row in range(len(frame)):
        for number, values in enumerate(columns):
            value = values[row]
            if isinstance(value, bool):
                sheet.write_boolean(row + 1, number, value)
            elif isinstance(value, int | float):
                sheet.write_number(row + 1, number, value)
            elif value is not None:
                # As text, whatever its first sign is.
                sheet.write_string(row + 1, number, shorten(str(value), MAX_EXCEL_TEXT))
    if len(frame):
        sheet.autofilter(0, 0, len(frame), len(columns) - 1)


def parquet_bytes(frame: DataFrame) -> bytes:
    """Return a table as Parquet, of which lists are columns of lists.

    Raises:
        MissingExtraError: the extra `parquet` is not installed.
    """
    try:
        import pyarrow as pa  # an optional dependency
        import pyarrow.parquet as pq  # as above
    except ImportError as error:
        raise MissingExtraError("Parquet", "parquet") from error
    lists = [name for name in frame.columns if frame[name].dtype == object]
    plain = frame.assign(**{name: frame[name].map(list) for name in lists})
    schema = pa.Schema.from_pandas(plain.drop(columns=lists), preserve_index=False)
    fields = [pa.field(name, pa.list_(pa.string())) if name in lists else schema.field(name) for name in frame.columns]
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(plain, pa.schema(fields), preserve_index=False), sink)
    return sink.getvalue()


def sqlite_bytes(frames: Frames) -> bytes:
    """Return a SQLite database with some tables."""
    import pandas as pd  # slow to import

    with closing(sqlite3.connect(":memory:")) as database:
        for name, frame in frames.items():
            plain = {column: _plain(frame[column]) for column in frame.columns}
            pd.DataFrame(plain, columns=frame.columns, dtype=object).to_sql(name, database, index=False, dtype=None)
        return database.serialize()


def _plain(values: Series[Any]) -> list[Any]:
    """Return the cells as plain values: lists as text, times in ISO 8601, `None` where one is missing."""
    plain = values.astype(object).where(values.notna(), None)
    if values.dtype == object:
        return [", ".join(value) if isinstance(value, tuple) else value for value in plain]
    if values.dtype.kind == "M":
        return [None if value is None else value.isoformat() for value in plain]
    return list(plain)
