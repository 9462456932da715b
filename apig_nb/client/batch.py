"""`Batch`: makes many exports, some at a time; a failure does not end the others."""

from __future__ import annotations

import errno
import hashlib
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final

from apig_nb.client.answer_check import mismatches
from apig_nb.client.service_errors import lacks_permission
from apig_nb.errors import ArgumentError, CredentialsError, DocumentError, ServiceError
from apig_nb.export import Export, load
from apig_nb.export_set import ExportKey, ExportSet
from apig_nb.files import is_plain_file, legal_name, make_folder, replace_entry
from apig_nb.request import ExportRequest
from apig_nb.text import visible

CANCEL_CHECK_SECONDS: Final = 0.1
"""The interval in which a cancellation is checked."""


class Batch:
    """Requests that are sent, some at a time.

    Attributes:
        requests: the requests by the key of their export, without duplicates.
    """

    def __init__(
        self, requests: Iterable[ExportRequest], names: Mapping[str, str], folder: Path | None, *, resume: bool
    ) -> None:
        """Collect requests.

        Args:
            requests: the requests.
            names: id → name.
            folder: where the exports are written.
            resume: take the exports that the folder holds.

        Raises:
            ArgumentError: two of them would have the same key.
        """
        self._names, self._folder, self._resume = names, folder, resume
        self.requests = self._by_key(dict.fromkeys(requests))
        self._failures: dict[ExportKey | str, Exception] = {}
        self._made: dict[ExportKey, Export] = {}

    @property
    def exports(self) -> ExportSet:
        """The exports that were made, with failures and missing requests, in the order of the requests."""
        made = {key: self._made[key] for key in self.requests if key in self._made}
        missing = {key: request for key, request in self.requests.items() if key not in made}
        return ExportSet(made, failures=self._failures, missing=missing)

    def run(
        self,
        make: Callable[[ExportRequest], Export],
        concurrency: int,
        progress: Callable[[ExportSet], object],
        cancelled: threading.Event,
    ) -> None:
        """Make all exports that are not in the folder; return when they are made or it is cancelled.

        Args:
            make: makes one export.
            concurrency: the number of calls at the same time.
            progress: called with the set after each export.
            cancelled: set by another thread, or here where an error or an interrupt ends it; running calls are then
                dropped.
        """
        # A deque and a queue, whose methods an interrupt cannot leave half done: a pool of threads can keep its locks.
        waiting = deque(self.requests)
        done: SimpleQueue[tuple[ExportKey, Export | None, Exception | None]] = SimpleQueue()
        credentials_failed = threading.Event()

        def work() -> None:
            while waiting and not cancelled.is_set():
                with suppress(IndexError):  # another thread may take the last one
                    key = waiting.popleft()
                    done.put((key, *self._attempt(key, make, credentials_failed)))

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
                    progress(self.exports)
            # Calls that are running end by themselves after a cancellation; otherwise no thread outlives this call.
            for thread in [] if left else threads:
                thread.join()
        except KeyboardInterrupt:
            pass  # an interrupted cell keeps the exports that were made
        finally:
            if left:
                # After any error, such as one of `progress` or of a signal handler, too.
                cancelled.set()

    def _attempt(
        self, key: ExportKey, make: Callable[[ExportRequest], Export], credentials_failed: threading.Event
    ) -> tuple[Export | None, Exception | None]:
        """Return the export, or the error; neither where the credentials failed before."""
        if credentials_failed.is_set():
            return None, None
        try:
            return self._load_or_make(key, make)
        except Exception as error:  # noqa: BLE001 - one failure must not end the others
            if _is_about_credentials(error):
                # A key is locked after a few wrong signatures, a user after a few wrong passwords.
                credentials_failed.set()
            return None, error

    def _load_or_make(self, key: ExportKey, make: Callable[[ExportRequest], Export]) -> tuple[Export, Exception | None]:
        file, request = self._file(key), self.requests[key]
        if file is None:
            return make(request), None
        found, note = self._found(file, key) if self._resume else (None, "")
        if found is not None:
            return found, None
        export = make(request)
        if note:
            export = replace(export, warnings=(note, *export.warnings))
        try:
            _make_own_folder(file.parent)
            replace_entry(file, export.raw)
        except OSError as error:
            return export, error
        return replace(export, source=file.name), None

    def _found(self, file: Path, key: ExportKey) -> tuple[Export | None, str]:
        """Return the export that a file of the folder holds; without one, a note where something else has its name."""
        # The folder may be somebody else's: a link could lead anywhere, and reading a pipe would not end.
        if not is_plain_file(file):
            return None, f"{file.name} was not a file, and was replaced" if os.path.lexists(file) else ""
        try:
            loaded = load(file)
        except DocumentError as error:
            return None, f"{file.name} was not a document ({error}), and was replaced"
        request, named = self.requests[key], self._names.get
        export = replace(
            loaded,
            request=request,
            gateway=named(request.instance_id),
            group=named(request.group_id),
            environment=named(request.env_id),
            scope=request.define,
        )
        reasons = "; ".join(mismatches(export, loaded.definition))
        if reasons:
            return None, f"{file.name} was another document ({reasons}), and was replaced"
        return export, ""

    def _take(self, key: ExportKey, export: Export | None, error: Exception | None) -> None:
        if export is not None:
            self._made[key] = export
        if error is not None:
            self._failures[key] = error

    def _by_key(self, requests: Iterable[ExportRequest]) -> dict[ExportKey, ExportRequest]:
        found: dict[ExportKey, ExportRequest] = {}
        for request in requests:
            ids = (request.instance_id, request.env_id, request.group_id)
            key = ExportKey(request.project_id, *(self._names.get(id_, id_) for id_ in ids))
            if key in found and found[key].group_id != request.group_id:
                # Two groups of one name.
                key = key._replace(group=request.group_id)
            if key in found:
                raise ArgumentError(
                    "requests", None, f"two are for {key}, and a set has one export for each: make a set of each"
                )
            found[key] = request
        return found

    def _file(self, key: ExportKey) -> Path | None:
        """Return the file of an export; its name is readable, and unique for this request."""
        if self._folder is None:
            return None
        request = self.requests[key]
        stem = visible(f"{key.group}-{key.environment}-{request.define}")
        name = legal_name(stem, f"-{_digest(request)}.{request.type}")
        return self._folder / legal_name(visible(key.gateway), "") / name


@contextmanager
def progress_bar(total: int) -> Iterator[Callable[[ExportSet], object]]:
    """Show a progress bar: a widget in a notebook, text elsewhere."""
    # Late: it looks for a notebook and imports its widgets.
    from tqdm.auto import tqdm

    with tqdm(total=total, desc="exports", unit="export") as bar:

        def advance(_exports: ExportSet) -> None:
            bar.n += 1
            # `update` shows nothing for an hour after the clock was set back by one.
            bar.refresh()

        yield advance


def _make_own_folder(folder: Path) -> None:
    """Make the folder of a gateway; a link to another place is not followed."""
    if folder.is_symlink():
        raise NotADirectoryError(errno.ENOTDIR, "is a link and no folder", str(folder))
    make_folder(folder)


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
    is_refused = isinstance(error, ServiceError) and error.status_code == 401 and not lacks_permission(error)
    return is_refused or isinstance(error, CredentialsError)
