"""Run functions of many values on an executor: threads, processes, or the machines of a cluster."""

from __future__ import annotations

import pickle
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from apig_nb.errors import ApigError, ArgumentError

CHUNK: Final = 1_000_000
"""Bytes of documents that a worker is asked for at once."""

Progress = Callable[[int, int], object]
"""Takes how many documents are done, and of how many, again and again; an exception of it ends the work.

Both are 0 as long as the number of documents is not known.
"""

Given = TypeVar("Given")
Made = TypeVar("Made")


def no_progress(_done: int, _total: int) -> None:
    """Show nothing."""


def in_order(executor: Executor | None, function: Callable[[Given], Made], values: Sequence[Given]) -> Iterator[Made]:
    """Yield the results of a function of each value, in the order of the values.

    What a worker could not finish, such as one that died, is done again here. An error of this library ends it.

    Args:
        executor: any executor whose `submit` returns futures; `None` for this thread.
        function: a function of a module, which a worker can import.
        values: values that can be pickled.
    """
    if executor is None:
        yield from map(function, values)
        return
    with workers(executor) as submit:
        futures = [_submitted(submit, function, value) for value in values]
        try:
            for future, value in zip(futures, values, strict=True):
                try:
                    made = result_of(future)
                except ApigError:
                    raise
                except Exception:  # noqa: BLE001 - each executor has an exception of its own for a worker that died
                    made = function(value)
                yield made
        finally:
            for future in futures:
                future.cancel()


def in_chunks(
    executor: Executor | None,
    function: Callable[[Sequence[Given]], Made],
    values: Sequence[Given],
    size: Callable[[Given], int],
    progress: Progress,
) -> Iterator[Made]:
    """Yield the results of a function of some values at once, so that a worker has enough to do.

    Args:
        executor: as of `in_order`.
        function: as of `in_order`, of about `CHUNK` bytes of values.
        values: as of `in_order`.
        size: returns the bytes of a value.
        progress: called with the number of values.
    """
    parts, done = _chunks(values, size), 0
    for part, made in zip(parts, in_order(executor, function, parts), strict=True):
        done += len(part)
        progress(done, len(values))
        yield made


def _chunks(values: Iterable[Given], size: Callable[[Given], int]) -> list[list[Given]]:
    """Return values in parts of about `CHUNK` bytes; one part without values."""
    parts: list[list[Given]] = [[]]
    left = CHUNK
    for value in values:
        if left <= 0:
            parts.append([])
            left = CHUNK
        parts[-1].append(value)
        left -= size(value)
    return parts


@contextmanager
def workers(executor: Executor) -> Iterator[Callable[..., Future[Any]]]:
    """Yield the `submit` of an executor, for whose futures `result_of` waits.

    The results of a pool of processes are files meanwhile. A process that is killed while it sends a large result
    through the pipe of the pool leaves half of it there, for the rest of which the pool would wait forever:
    https://docs.python.org/3/library/multiprocessing.html#pipes-and-queues

    Raises:
        ArgumentError: it is no executor.
    """
    # Late: they are slow to import.
    from concurrent.futures import ProcessPoolExecutor
    from tempfile import TemporaryDirectory

    if not callable(getattr(executor, "submit", None)):
        raise ArgumentError("executor", executor, "must be a concurrent.futures.Executor, or have its method submit")
    if not isinstance(executor, ProcessPoolExecutor):
        yield executor.submit
        return
    # A worker may still write when the others are not needed any more.
    with TemporaryDirectory(prefix="apig_nb-", ignore_cleanup_errors=True) as folder:
        yield lambda function, *given: executor.submit(_to_file, Path(folder), function, *given)


def result_of(future: Future[Any]) -> Any:
    """Return the result of a function that was submitted to `workers`; raises its error."""
    made = future.result()
    if not isinstance(made, _InFile):
        return made
    content = made.path.read_bytes()
    made.path.unlink()
    return pickle.loads(content)  # noqa: S301 - of an own process, in an own folder


class _InFile(NamedTuple):
    """A result that is in a file."""

    path: Path


def _to_file(folder: Path, function: Callable[..., Any], *given: Any) -> _InFile:
    path = folder / secrets.token_hex(8)
    path.write_bytes(pickle.dumps(function(*given)))
    return _InFile(path)


def _submitted(submit: Callable[..., Future[Any]], function: Callable[[Given], Any], value: Given) -> Future[Any]:
    """Submit a call; an executor whose worker died may refuse it, which is then the result."""
    try:
        return submit(function, value)
    except Exception as error:  # noqa: BLE001 - as above
        refused = Future[Any]()
        refused.set_exception(error)
        return refused
