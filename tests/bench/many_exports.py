"""Many exports from a gateway that fails one request in five: `python -m tests.bench.many_exports`.

The sandbox and each client are processes of their own; what an answer takes is added to what the sandbox needs to make
it, for a cloud far away. Every second fault is gone when it is tried again, the others are for good.
"""

import multiprocessing
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

import apig_nb as apig
from apig_nb.sandbox import start
from tests.large_gateway import write_crowded_gateway

EXPORTS = 200
CONCURRENCIES = (1, 4, 16)
DELAYS = (0.0, 0.1)
FAULTS: tuple[dict[str, Any], ...] = (
    {"status": 503},
    {"status": 403},
    {"disconnect": True},
    {"status": 404},
    {"truncated": True},
    {"media_type": "text/html", "body": "<html>"},
)
SPAWN = multiprocessing.get_context("spawn")


def serve(delay: float, pipe: Pipe) -> None:
    """Serve until asked to stop, and return the number of requests."""
    with tempfile.TemporaryDirectory() as folder:
        write_crowded_gateway(Path(folder), EXPORTS)
        sandbox = start(folder)
    with sandbox:
        for number in range(EXPORTS):
            sandbox.fault("export", delay=delay, times=4)
            sandbox.fault("export", delay=delay, **FAULTS[number % len(FAULTS)])
        waiting = len(sandbox._faults._waiting)
        names = ("token", "project_id", "instance_id")
        pipe.send({"endpoint": sandbox.url, **{name: getattr(sandbox, name) for name in names}})
        pipe.recv()
        pipe.send(waiting - len(sandbox._faults._waiting))


@contextmanager
def serving(delay: float) -> Iterator[tuple[Pipe, dict[str, Any]]]:
    here, there = SPAWN.Pipe()
    process = SPAWN.Process(target=serve, args=(delay, there), daemon=True)
    process.start()
    try:
        yield here, here.recv()
    finally:
        process.join()


def megabytes() -> float:
    """Return the peak memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def export(connection: dict[str, Any], concurrency: int, pipe: Pipe) -> None:
    """Export everything, print the result, and repeat the failed exports."""
    with tempfile.TemporaryDirectory() as folder, apig.connect(**connection) as client:
        client.gateways()
        requests = client.requests(env="RELEASE", define="all")
        client.send(requests[0])
        calls, memory = len(client.log), megabytes()
        begun, worked = time.perf_counter(), time.process_time()
        exports = client.export_many(requests, folder=folder, concurrency=concurrency, progress=lambda _: None)
        seconds, worked = time.perf_counter() - begun, time.process_time() - worked
        states = Counter(exports.summary["state"].tolist())
        pipe.send(
            {
                "made": states["exported"],
                "failed": states["failed"],
                "not made": states["missing"],
                "tries": int(client.log["tries"][calls:].sum()),
                "seconds": seconds,
                "CPU": worked,
                "held": sum(one.size for one in exports.values()) / 2**20,
                "grown": megabytes() - memory,
                "peak": megabytes(),
                "files": sum(path.is_file() for path in Path(folder).rglob("*")),
            }
        )


def main() -> None:
    print(f"{EXPORTS} exports, one request in five fails\n")
    print("delay  at once   made  failed  not made  tries  (sandbox)  exports/s   CPU s   bytes held   grown    peak")
    for delay in DELAYS:
        for concurrency in CONCURRENCIES:
            with serving(delay) as (sandbox, connection):
                here, there = SPAWN.Pipe()
                client = SPAWN.Process(target=export, args=(connection, concurrency, there))
                client.start()
                there.close()  # an end that nobody holds any more is noticed
                result = here.recv()
                client.join()
                sandbox.send("enough")
                received = sandbox.recv() - 1  # the first, which is not measured
            assert result["files"] == result["made"]
            print(
                f"{delay * 1000:3.0f} ms {concurrency:8} {result['made']:6} {result['failed']:7} {result['not made']:9}"
                f" {result['tries']:6} {received:10} {EXPORTS / result['seconds']:10.0f} {result['CPU']:7.2f}"
                f" {result['held']:9.1f} MB {result['grown']:4.0f} MB {result['peak']:4.0f} MB"
            )


if __name__ == "__main__":
    main()
