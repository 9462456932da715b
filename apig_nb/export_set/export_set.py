"""`ExportSet`: many exports as one, with the tables of all of them."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from apig_nb.engines import Progress, in_chunks, no_progress
from apig_nb.errors import ArgumentError, DocumentError
from apig_nb.export import Export
from apig_nb.export_set.key import KEY_COLUMNS, ExportKey
from apig_nb.table_files import TableFiles
from apig_nb.text import encodable, visible

if TYPE_CHECKING:
    from pandas import DataFrame

    from apig_nb.request import ExportRequest
    from apig_nb.tables.many import PackedColumns

_SHOWN: Final = 10
"""Rows of the summary that the display of a set shows."""


class _Table:
    """A property for a table of all exports."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name
        self.__doc__ = f"The rows of `Export.{name}` of all exports, behind the key columns."

    def __get__(self, exports: ExportSet, owner: type) -> DataFrame:
        return self if exports is None else exports.tables(self._name)[self._name]  # type: ignore[redundant-expr]


class ExportSet(TableFiles, Mapping[ExportKey, Export]):
    """Many exports in an order, each under its `ExportKey`; made by `Client.export_many`, `load_many`, or a mapping.

    Each table of `Export` is a property with the same columns and dtypes behind the key columns `project`, `gateway`,
    `environment` and `group` (`str`); these and `method`, `path` join the tables. A table is kept once it was built.

    Attributes:
        failures: the errors by key, or by the name of a file that could not be read; where only the file of an export
            could not be written, the export is in the set all the same.
    """

    paths = _Table()
    operations = _Table()
    parameters = _Table()
    request_bodies = _Table()
    responses = _Table()
    schemas = _Table()
    security_schemes = _Table()
    backends = _Table()
    backend_parameters = _Table()
    ratelimits = _Table()
    access_controls = _Table()
    gateway_responses = _Table()
    extensions = _Table()
    problems = _Table()

    def __init__(
        self,
        exports: Mapping[ExportKey, Export],
        *,
        failures: Mapping[ExportKey | str, Exception] = MappingProxyType({}),
        missing: Mapping[ExportKey, ExportRequest] = MappingProxyType({}),
        unread: Mapping[ExportKey, str] = MappingProxyType({}),
    ) -> None:
        """Make a set.

        Args:
            exports: the exports, in their order.
            failures: the errors by key or name.
            missing: the requests of exports that were not made.
            unread: the errors of files that could not be read, by the key that the name of the file gives.
        """
        # A folder or a service may have names with half a surrogate pair, which no table and no file can hold.
        self._exports = {key.encodable(): export for key, export in exports.items()}
        self._missing = {key.encodable(): request for key, request in missing.items()}
        self._unread = {key.encodable(): encodable(reason) for key, reason in unread.items()}
        self.failures = {
            key.encodable() if isinstance(key, ExportKey) else encodable(key): error for key, error in failures.items()
        }
        self._built: dict[str, DataFrame] = {}

    @property
    def missing(self) -> list[ExportRequest]:
        """The requests without an export, failed or not sent: `client.export_many(exports.missing)` repeats them."""
        return list(self._missing.values())

    @property
    def lacking(self) -> dict[ExportKey, str]:
        """The keys that are known to have no export, each with the reason."""
        failed = {
            key: str(error)
            for key, error in self.failures.items()
            if isinstance(key, ExportKey) and key not in self._exports
        }
        return dict.fromkeys(self._missing, "not sent") | failed | self._unread

    def __getitem__(self, key: ExportKey) -> Export:
        return self._exports[key]

    def __iter__(self) -> Iterator[ExportKey]:
        return iter(self._exports)

    def __len__(self) -> int:
        return len(self._exports)

    def __or__(self, other: ExportSet) -> ExportSet:
        """Join two sets; of exports with the same key, that of the second set is taken."""
        exports = self._exports | other._exports
        failures = {
            key: error
            for one in (self, other)
            for key, error in one.failures.items()
            # Not of an export that the other set has; where only its file was not written, the set itself has it.
            if key not in exports or exports[key] is one._exports.get(key)
        }
        missing = {key: one for key, one in (self._missing | other._missing).items() if key not in exports}
        unread = {key: why for key, why in (self._unread | other._unread).items() if key not in exports}
        return ExportSet(exports, failures=failures, missing=missing, unread=unread)

    def where(
        self,
        *,
        project: str | None = None,
        gateway: str | None = None,
        environment: str | None = None,
        group: str | None = None,
    ) -> ExportSet:
        """Return the part of the set, with its failures, whose keys have these values."""
        wanted = (project, gateway, environment, group)

        def is_wanted(key: ExportKey | str) -> bool:
            return isinstance(key, ExportKey) and all(
                want in (None, have) for want, have in zip(wanted, key, strict=True)
            )

        return ExportSet(
            {key: export for key, export in self.items() if is_wanted(key)},
            failures={key: error for key, error in self.failures.items() if is_wanted(key)},
            missing={key: request for key, request in self._missing.items() if is_wanted(key)},
            unread={key: reason for key, reason in self._unread.items() if is_wanted(key)},
        )

    def tables(
        self, *names: str, executor: Executor | None = None, progress: Progress | None = None
    ) -> dict[str, DataFrame]:
        """Return several tables, for which each document is read once; all of them without names.

            estate.tables("operations", "backends")
            with ProcessPoolExecutor() as executor:
                estate.tables(executor=executor)

        Args:
            names: names of tables.
            executor: reads the documents: threads, processes, or the workers of a cluster such as Dask's
                `client.get_executor()`; this thread without it. What a worker could not finish is done again here.
            progress: called with the number of documents that were read, and of all of them, again and again; an
                exception of it ends the call.

        Raises:
            ArgumentError: there is no such table.
            DocumentError: a document cannot be read; the message names it.
        """
        from apig_nb.tables import TABLES  # late: not every set is looked at as tables
        from apig_nb.tables.many import keyed_frame  # late, as above

        for name in names:
            if name not in TABLES:
                raise ArgumentError("names", name, "is not a table", tuple(TABLES))
        wanted = names or tuple(TABLES)
        new = tuple(name for name in wanted if name not in self._built)
        if new:
            keys = {name: [key[n] for key in self] for n, name in enumerate(KEY_COLUMNS)}
            parts = self._read(new, executor, progress or no_progress)
            for name in new:
                self._built[name] = keyed_frame(keys, TABLES[name].columns, [part[name] for part in parts])
        # Shallow copies: pandas copies what is changed.
        return {name: self._built[name].copy(deep=False) for name in wanted}

    def _read(
        self, names: tuple[str, ...], executor: Executor | None, progress: Progress
    ) -> list[dict[str, PackedColumns]]:
        read_columns, every = partial(_read_columns, names), list(self.items())
        return list(in_chunks(executor, read_columns, every, lambda item: item[1].size, progress))

    @property
    def shared_backends(self) -> DataFrame:
        """One row per backend that operations reach by several doors.

        A backend is listed where operations with different authentication reach it, where operations of several
        environments reach its address, or where its host is a domain of the set, so that calls pass a gateway twice.

        Where a variable such as `#host#` tells environments apart, a backend is not listed.

        Columns: address (host and port, the URN of a function, or the VPC channel of a gateway), backend_method,
        backend_path (without the names of parameters) (`str`); auths (the authentications of the operations that reach
        it), environments (those of which operations reach the address), operations (these operations with their origin)
        (`object`, tuples); is_own_domain (`bool`).
        """
        from apig_nb.export_set.shared import shared_backends  # late, as in `tables`

        read = self.tables("operations", "backends")
        return shared_backends(read["operations"], read["backends"])

    @property
    def summary(self) -> DataFrame:
        """The state of each export.

        Returns:
            One row per export, missing request and unreadable file: the key columns, scope (`str`), state (`exported`,
            `not saved`, `failed` or `missing`), bytes (`Int64`), seconds (`float64`), time (UTC), source (the name of
            the file), error (all others `str`, missing where there is none).
        """
        # Late: importing pandas takes half a second.
        import pandas as pd

        columns = (*KEY_COLUMNS, "scope", "state", "bytes", "seconds", "time", "source", "error")
        dtypes = dict.fromkeys(columns, "str")
        dtypes |= {"bytes": "Int64", "seconds": "float64", "time": "datetime64[us, UTC]"}
        return pd.DataFrame(self._states(), columns=list(columns)).astype(dtypes)

    def _states(self) -> Iterator[tuple[object, ...]]:
        def error_of(key: ExportKey) -> str | None:
            return str(self.failures[key]) if key in self.failures else None

        for key, export in self.items():
            state = "not saved" if key in self.failures else "exported"
            provenance = (export.size, export.duration, export.time, export.source)
            yield (*key, export.scope, state, *provenance, error_of(key))
        for key, request in self._missing.items():
            state = "failed" if key in self.failures else "missing"
            yield (*key, request.define, state, None, None, None, None, error_of(key))
        for name, error in self.failures.items():
            if not isinstance(name, ExportKey):
                yield (None, None, None, None, None, "failed", None, None, None, name, str(error))
            elif name not in self and name not in self._missing:
                yield (*name, None, "failed", None, None, None, None, str(error))

    def _frames(self) -> dict[str, DataFrame]:
        return {"summary": self.summary, **self.tables()}

    def __getstate__(self) -> dict[str, Any]:
        # Without the tables, which are many times as large and can be built again.
        return self.__dict__ | {"_built": {}}

    def __repr__(self) -> str:
        failed = sum(key not in self._exports for key in self.failures)
        counts = {"failed": failed, "not saved": len(self.failures) - failed}
        counts["missing"] = sum(key not in self.failures for key in self._missing)
        others = [f"{count} {state}" for state, count in counts.items() if count]
        return f"<ExportSet {', '.join([f'{len(self)} exports', *others])}>"

    def _repr_html_(self) -> str:
        # Without times, so that a notebook that is run again shows the same.
        shown = self.summary.drop(columns=["seconds", "time"]).dropna(axis="columns", how="all")
        first = shown.head(_SHOWN).map(lambda cell: visible(cell) if isinstance(cell, str) else cell)
        table: str = first.to_html(index=False, na_rep="", border=0)
        more = f"; the first {_SHOWN} of {len(shown):,} rows of <code>summary</code>" if len(shown) > _SHOWN else ""
        return f"<p>{html.escape(repr(self)[1:-1])}{more}</p>{table}"


def _read_columns(names: tuple[str, ...], exports: Sequence[tuple[ExportKey, Export]]) -> dict[str, PackedColumns]:
    """Read tables of some exports; a function of the module, so that a worker can be asked for it."""
    from apig_nb.definition import read_definition  # late, as in `ExportSet.tables`
    from apig_nb.tables import TABLES  # late, as above
    from apig_nb.tables.many import add_rows, no_rows  # late, as above

    tables = {name: TABLES[name] for name in names}
    read = no_rows(tables)
    for key, export in exports:
        try:
            # Not kept with the export: what is read takes many times the memory of the bytes.
            add_rows(read, tables, export.__dict__.get("definition") or read_definition(export.raw))
        except DocumentError as error:
            raise DocumentError(f"{key}: {error}") from error
    return {name: columns.packed() for name, columns in read.items()}
