"""Many exports at once: a few at a time, each failure kept beside its request, and what is missing made later."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final

from apig_nb.errors import CredentialsError, DocumentError, ServiceError
from apig_nb.export import Export, load
from apig_nb.files import legal_name, write_whole

if TYPE_CHECKING:
    from pandas import DataFrame

    from apig_nb.request import ExportRequest

LOOK_SECONDS: Final = 0.1
"""How soon a cancellation is seen."""

_TOLD_APART_BY: Final = ("define", "oas_version", "type", "version", "instance_id")
"""Fields that a label names where the requests differ in them; it always names group and environment."""


class ExportBatch:
    """Exports of several requests; made by `Client.export_many`.

    Attributes:
        requests: what was asked for, each once, by label: group and environment, and what else tells them apart.
        failures: what went wrong, by label; where only the file could not be written, the export is there all the same.
    """

    def __init__(self, requests: Iterable[ExportRequest], names: Mapping[str, str], folder: Path | None = None) -> None:
        self._names, self._folder = names, folder
        self.requests = self._labelled(list(dict.fromkeys(requests)))
        self.failures: dict[str, Exception] = {}
        self._came: dict[str, Export] = {}

    @property
    def exports(self) -> dict[str, Export]:
        """What came, by label, in the order of the requests; fit for `concat` and `matrix`."""
        return {label: self._came[label] for label in self.requests if label in self._came}

    @property
    def missing(self) -> list[ExportRequest]:
        """The requests without an export, refused or not yet sent: `client.export_many(batch.missing)` makes them."""
        return [request for label, request in self.requests.items() if label not in self._came]

    @property
    def table(self) -> DataFrame:
        """How each export ended.

        Returns:
            One row per request: label, group, environment, scope, state (`made`, `not saved`, `failed` or `not made`),
            bytes (`Int64`), seconds (`float64`), file, error; all others `str`, missing where there is none.
        """
        import pandas as pd

        columns = ["label", "group", "environment", "scope", "state", "bytes", "seconds", "file", "error"]
        dtypes = dict.fromkeys(columns, "str") | {"bytes": "Int64", "seconds": "float64"}
        return pd.DataFrame(map(self._row, self.requests), columns=columns).astype(dtypes)

    def __len__(self) -> int:
        return len(self.requests)

    def __repr__(self) -> str:
        states = [self._state(label) for label in self.requests]
        others = [f"{states.count(state)} {state}" for state in ("not saved", "failed", "not made") if state in states]
        return f"<ExportBatch {', '.join([f'{len(self._came)} of {len(self)} made', *others])}>"

    def _repr_html_(self) -> str:
        html: str = self.table.to_html(index=False, na_rep="")
        return html

    def run(
        self,
        make: Callable[[ExportRequest], Export],
        concurrency: int,
        progress: Callable[[ExportBatch], object],
        cancelled: threading.Event,
    ) -> None:
        """Make all exports that are not in the folder yet; return when they are made, or it is cancelled.

        Args:
            make: makes one.
            concurrency: how many at a time.
            progress: called after each.
            cancelled: set by another thread, or here where the cell is interrupted; what is under way is then dropped.
        """
        are_refused = threading.Event()

        def work(label: str) -> tuple[Export | None, Exception | None]:
            if cancelled.is_set() or are_refused.is_set():
                return None, None
            try:
                return self._found_or_made(label, make)
            except Exception as error:  # noqa: BLE001 - one failure must not take the others along
                if _is_about_credentials(error):
                    # A key locks after a few wrong signatures, a user after a few wrong passwords.
                    are_refused.set()
                return None, error

        pool = ThreadPoolExecutor(concurrency, thread_name_prefix="apig-export")
        running: dict[Future[tuple[Export | None, Exception | None]], str] = {}
        # Not `concurrent.futures.wait`: interrupted while it takes the lock of each future, it never lets go of those
        # that it has, and the threads wait for them for ever.
        done: SimpleQueue[Future[tuple[Export | None, Exception | None]]] = SimpleQueue()
        try:
            for label in self.requests:
                future = pool.submit(work, label)
                running[future] = label
                future.add_done_callback(done.put)
            while running and not cancelled.is_set():
                try:
                    future = done.get(timeout=LOOK_SECONDS)
                except Empty:
                    continue
                self._take(running.pop(future), *future.result())
                progress(self)
        except KeyboardInterrupt:
            # Who interrupts a cell keeps what came so far.
            cancelled.set()
        finally:
            # What is under way when it is cancelled ends by itself; else no thread outlives the call.
            pool.shutdown(wait=not running, cancel_futures=True)

    def _found_or_made(self, label: str, make: Callable[[ExportRequest], Export]) -> tuple[Export, Exception | None]:
        file, request = self._file(label), self.requests[label]
        # What is there and no document was left by something else, or by a disk that lost it: it is made again.
        with suppress(DocumentError):
            if file is not None:
                group, environment = self._group(request), self._environment(request)
                found = load(file)
                return replace(found, request=request, group=group, environment=environment, scope=request.define), None
        export = make(request)
        try:
            if file is not None:
                write_whole(file, export.raw)
        except OSError as error:
            return export, error
        return export, None

    def _take(self, label: str, export: Export | None, error: Exception | None) -> None:
        if export is not None:
            self._came[label] = export
        if error is not None:
            self.failures[label] = error

    def _state(self, label: str) -> str:
        if label in self._came:
            return "not saved" if label in self.failures else "made"
        return "failed" if label in self.failures else "not made"

    def _row(self, label: str) -> dict[str, Any]:
        request, export, file = self.requests[label], self._came.get(label), self._file(label)
        error = self.failures.get(label)
        return {
            "label": label,
            "group": self._group(request),
            "environment": self._environment(request),
            "scope": request.define,
            "state": self._state(label),
            "bytes": None if export is None else export.size,
            "seconds": None if export is None else export.duration,
            "file": file.name if file is not None and self._state(label) == "made" else None,
            "error": None if error is None else str(error),
        }

    def _group(self, request: ExportRequest) -> str:
        return self._names.get(request.group_id, request.group_id)

    def _environment(self, request: ExportRequest) -> str:
        return self._names.get(request.env_id, request.env_id)

    def _labelled(self, requests: list[ExportRequest]) -> dict[str, ExportRequest]:
        differing = [name for name in _TOLD_APART_BY if len({getattr(one, name) for one in requests}) > 1]
        labelled: dict[str, ExportRequest] = {}
        for request in requests:
            parts = [self._group(request), self._environment(request)]
            label = " ".join([*parts, *(str(getattr(request, name) or "") for name in differing)]).strip()
            # Two that differ in their APIs alone, or two groups of one name.
            labelled[f"{label} {_digest(request)}" if label in labelled else label] = request
        return labelled

    def _file(self, label: str) -> Path | None:
        """Where the export lies: a name that says what it is, and belongs to this request alone."""
        if self._folder is None:
            return None
        request = self.requests[label]
        words = f"{self._group(request)}-{self._environment(request)}-{request.define}"
        return self._folder / legal_name(words, f"-{_digest(request)}.{request.type}")


@contextmanager
def progress_bar(total: int) -> Iterator[Callable[[ExportBatch], object]]:
    """A bar: a widget in a notebook, text elsewhere."""
    from tqdm.auto import tqdm

    with tqdm(total=total, desc="exports", unit="export") as bar:

        def tell(_batch: ExportBatch) -> None:
            bar.n += 1
            # Not `update`, which shows nothing for an hour where the clock was put back by one.
            bar.refresh()

        yield tell


def _digest(request: ExportRequest) -> str:
    return hashlib.sha256(request.to_yaml().encode()).hexdigest()[:8]


def _is_about_credentials(error: Exception) -> bool:
    return isinstance(error, CredentialsError) or (isinstance(error, ServiceError) and error.status_code == 401)
