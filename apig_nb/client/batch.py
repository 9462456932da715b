"""`ExportBatch`: many exports, some at a time; a failure does not end the others."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final

from apig_nb.client.answer_check import mismatches
from apig_nb.errors import CredentialsError, DocumentError, ServiceError
from apig_nb.export import Export, load
from apig_nb.files import is_plain_file, legal_name, replace_entry
from apig_nb.request import ExportRequest
from apig_nb.text import visible

if TYPE_CHECKING:
    from pandas import DataFrame

CANCEL_CHECK_SECONDS: Final = 0.1
"""The interval in which a cancellation is checked."""

_LABEL_FIELDS: Final = ("define", "oas_version", "type", "version", "instance_id")
"""Fields in a label where the requests differ in them; group and environment are always in it."""


class ExportBatch:
    """Exports of several requests; made by `Client.export_many`.

    Attributes:
        requests: the requests by label, without duplicates; a label has group, environment and fields that differ.
        failures: the errors by label; where only the file could not be written, the export exists all the same.
    """

    def __init__(self, requests: Iterable[ExportRequest], names: Mapping[str, str], folder: Path | None = None) -> None:
        self._names, self._folder = names, folder
        self.requests = self._with_labels(list(dict.fromkeys(requests)))
        self.failures: dict[str, Exception] = {}
        self._made: dict[str, Export] = {}

    @property
    def exports(self) -> dict[str, Export]:
        """The exports by label, in the order of the requests, for `concat` and `matrix`."""
        return {label: self._made[label] for label in self.requests if label in self._made}

    @property
    def missing(self) -> list[ExportRequest]:
        """The requests without an export, failed or not sent: `client.export_many(batch.missing)` repeats them."""
        return [request for label, request in self.requests.items() if label not in self._made]

    @property
    def table(self) -> DataFrame:
        """The state of each export.

        Returns:
            One row per request: label, group, environment, scope, state (`made`, `not saved`, `failed` or `not made`),
            bytes (`Int64`), seconds (`float64`), file, error; all others `str`, missing where there is none.
        """
        # Late: importing pandas takes half a second.
        import pandas as pd

        columns = ["label", "group", "environment", "scope", "state", "bytes", "seconds", "file", "error"]
        dtypes = dict.fromkeys(columns, "str") | {"bytes": "Int64", "seconds": "float64"}
        return pd.DataFrame(map(self._row, self.requests), columns=columns).astype(dtypes)

    def __len__(self) -> int:
        return len(self.requests)

    def __repr__(self) -> str:
        states = [self._state(label) for label in self.requests]
        others = [f"{states.count(state)} {state}" for state in ("not saved", "failed", "not made") if state in states]
        return f"<ExportBatch {', '.join([f'{len(self._made)} of {len(self)} made', *others])}>"

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
        """Make all exports that are not in the folder; return when they are made or it is cancelled.

        Args:
            make: makes one export.
            concurrency: the number of calls at the same time.
            progress: called after each export.
            cancelled: set by another thread, or here where the cell is interrupted; running calls are then dropped.
        """
        # A deque and a queue, whose methods an interrupt cannot leave half done: a pool of threads can keep its locks.
        waiting = deque(self.requests)
        done: SimpleQueue[tuple[str, Export | None, Exception | None]] = SimpleQueue()
        credentials_failed = threading.Event()

        def work() -> None:
            while waiting and not cancelled.is_set():
                with suppress(IndexError):  # another thread may take the last one
                    label = waiting.popleft()
                    done.put((label, *self._attempt(label, make, credentials_failed)))

        number = min(concurrency, len(self.requests))
        threads = [threading.Thread(target=work, name=f"apig-export-{index}") for index in range(number)]
        left = len(self.requests)
        try:
            for thread in threads:
                _start(thread)
            while left and not cancelled.is_set():
                with suppress(Empty):
                    self._take(*done.get(timeout=CANCEL_CHECK_SECONDS))
                    left -= 1
                    progress(self)
            # Calls that are running end by themselves after a cancellation; otherwise no thread outlives this call.
            for thread in [] if left else threads:
                thread.join()
        except KeyboardInterrupt:
            # An interrupted cell keeps the exports that were made.
            cancelled.set()
        finally:
            waiting.clear()

    def _attempt(
        self, label: str, make: Callable[[ExportRequest], Export], credentials_failed: threading.Event
    ) -> tuple[Export | None, Exception | None]:
        """Return the export, or the error; neither where the credentials failed before."""
        if credentials_failed.is_set():
            return None, None
        try:
            return self._load_or_make(label, make)
        except Exception as error:  # noqa: BLE001 - one failure must not end the others
            if _is_about_credentials(error):
                # A key is locked after a few wrong signatures, a user after a few wrong passwords.
                credentials_failed.set()
            return None, error

    def _load_or_make(self, label: str, make: Callable[[ExportRequest], Export]) -> tuple[Export, Exception | None]:
        file, request = self._file(label), self.requests[label]
        if file is None:
            return make(request), None
        found, note = self._found(file, request)
        if found is not None:
            return found, None
        export = make(request)
        if note:
            export = replace(export, warnings=(note, *export.warnings))
        try:
            replace_entry(file, export.raw)
        except OSError as error:
            return export, error
        return export, None

    def _found(self, file: Path, request: ExportRequest) -> tuple[Export | None, str]:
        """Return the export that a file of the folder holds; without one, a note where something else has its name."""
        # The folder may be somebody else's: a link could lead anywhere, and reading a pipe would not end.
        if not is_plain_file(file):
            return None, f"{file.name} was not a file, and was replaced" if os.path.lexists(file) else ""
        try:
            loaded = load(file)
        except DocumentError as error:
            return None, f"{file.name} was not a document ({error}), and was replaced"
        group, environment = self._names.get(request.group_id), self._names.get(request.env_id)
        export = replace(loaded, request=request, group=group, environment=environment, scope=request.define)
        reasons = "; ".join(mismatches(export))
        if reasons:
            return None, f"{file.name} was another document ({reasons}), and was replaced"
        return export, ""

    def _take(self, label: str, export: Export | None, error: Exception | None) -> None:
        if export is not None:
            self._made[label] = export
        if error is not None:
            self.failures[label] = error

    def _state(self, label: str) -> str:
        if label in self._made:
            return "not saved" if label in self.failures else "made"
        return "failed" if label in self.failures else "not made"

    def _row(self, label: str) -> dict[str, Any]:
        request, export, file = self.requests[label], self._made.get(label), self._file(label)
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
        return visible(self._names.get(request.group_id, request.group_id))

    def _environment(self, request: ExportRequest) -> str:
        return visible(self._names.get(request.env_id, request.env_id))

    def _with_labels(self, requests: list[ExportRequest]) -> dict[str, ExportRequest]:
        differing = [name for name in _LABEL_FIELDS if len({getattr(one, name) for one in requests}) > 1]
        labelled: dict[str, ExportRequest] = {}
        for request in requests:
            parts = [self._group(request), self._environment(request)]
            label = " ".join([*parts, *(str(getattr(request, name) or "") for name in differing)]).strip()
            # Two requests that differ only in their APIs, or two groups of one name.
            labelled[f"{label} {_digest(request)}" if label in labelled else label] = request
        return labelled

    def _file(self, label: str) -> Path | None:
        """Return the file of an export; its name is readable, and unique for this request."""
        if self._folder is None:
            return None
        request = self.requests[label]
        stem = f"{self._group(request)}-{self._environment(request)}-{request.define}"
        return self._folder / legal_name(stem, f"-{_digest(request)}.{request.type}")


@contextmanager
def progress_bar(total: int) -> Iterator[Callable[[ExportBatch], object]]:
    """Show a progress bar: a widget in a notebook, text elsewhere."""
    # Late: it looks for a notebook and imports its widgets.
    from tqdm.auto import tqdm

    with tqdm(total=total, desc="exports", unit="export") as bar:

        def advance(_batch: ExportBatch) -> None:
            bar.n += 1
            # `update` shows nothing for an hour after the clock was set back by one.
            bar.refresh()

        yield advance


def _start(thread: threading.Thread) -> None:
    """Start a thread; an interrupt stays one, although CPython may turn it into `release unlocked lock` here."""
    try:
        thread.start()
    except RuntimeError as error:
        if isinstance(error.__context__, KeyboardInterrupt):
            raise error.__context__ from None
        raise


def _digest(request: ExportRequest) -> str:
    return hashlib.sha256(request.to_yaml().encode()).hexdigest()[:8]


def _is_about_credentials(error: Exception) -> bool:
    return isinstance(error, CredentialsError) or (isinstance(error, ServiceError) and error.status_code == 401)
