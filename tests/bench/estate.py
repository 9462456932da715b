"""Cost of many exports as one: `python -m tests.bench.estate [processes | dask]`.

3,000 made exports of 6 to 60 operations are read into tables and compared, from their bytes. Times are CPU time of the
process, as multiples of the time that `json.loads` takes for the same bytes, one document after the other; medians of 3
rounds. Growth and memory are of a process for each number of exports. The wall time of two workers, of processes or of
a cluster of Dask, is given as a share of that of one; other work of the machine has an influence on it. At the end,
1,500 groups are exported from a sandbox that is a process of its own and fails one request in twenty, once.
"""

import gc
import json
import multiprocessing
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

import apig_nb as apig
from apig_nb.sandbox import start
from tests.bench.made_export import changed_export, json_bytes, made_export
from tests.large_gateway import write_crowded_gateway

EXPORTS, LARGE, ROUNDS, CHANGED = 3_000, 12_000, 3, 0.02
GROUPS, GATEWAYS = 1_500, 5
LIMITS = {"operations": 8, "all tables": 20, "compare": 5, "two processes": 0.6}
MAX_MIB = 1536


def estate(count: int, *, changed: float = 0) -> apig.ExportSet:
    """Made exports; in a share of them one operation in twenty is changed, in the others only the time."""
    chance = random.Random(1)
    exports = {}
    for number in range(count):
        made = made_export(min(60, 6 + int(chance.expovariate(1 / 14))), number)
        if changed:
            made["info"]["version"] = "2026-02-01-12:00:00"
            made = changed_export(made, seed=number) if number % round(1 / changed) == 0 else made
        key = apig.ExportKey("project", f"gateway-{number % GATEWAYS}", "RELEASE", f"group-{number:05}")
        exports[key] = apig.Export(raw=json_bytes(made), scope="all")
    return apig.ExportSet(exports)


def fresh(exports: apig.ExportSet) -> apig.ExportSet:
    """The same bytes, of which nothing was read."""
    return apig.ExportSet({key: export.copy() for key, export in exports.items()})


def seconds(work: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    gc.collect()
    begin = clock()
    work()
    return clock() - begin


def parse(*sets: apig.ExportSet) -> None:
    for exports in sets:
        for export in exports.values():
            json.loads(export.raw)


def costs() -> None:
    old, new = estate(EXPORTS), estate(EXPORTS, changed=CHANGED)
    operations = len(fresh(old).operations)
    size = sum(export.size for export in old.values())
    print(f"{EXPORTS:,} exports, {operations:,} operations, {size / 1e6:.0f} MB")
    differing = apig.compare(fresh(old), fresh(new)).summary["state"].eq("changed").sum()
    ratios: dict[str, list[float]] = {"operations": [], "all tables": [], "canonical hash": [], "compare": []}
    for _ in range(ROUNDS):
        one, both = seconds(lambda: parse(old)), seconds(lambda: parse(old, new))
        ratios["operations"].append(seconds(lambda: fresh(old).operations) / one)
        ratios["all tables"].append(seconds(lambda: fresh(old).tables()) / one)
        ratios["canonical hash"].append(
            seconds(lambda: [export.canonical_hash for export in fresh(old).values()]) / one
        )
        ratios["compare"].append(seconds(lambda: apig.compare(fresh(old), fresh(new))) / both)
    for name, found in ratios.items():
        limit = f" (at most {LIMITS[name]} x)" if name in LIMITS else ""
        print(f"{name:16} {statistics.median(found):5.1f} x json.loads{limit}")
    print(f"{differing:,} groups differ")


def growth() -> None:
    """Print CPU time and peak memory of all tables for two numbers of exports."""
    measured = {}
    for count in (EXPORTS, LARGE):
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.estate", "tables", str(count)],
            check=True,
            capture_output=True,
            text=True,
        )
        measured[count] = [float(word) for word in done.stdout.split()]
    (few, mib, base), (many, large_mib, _) = measured[EXPORTS], measured[LARGE]
    print(
        f"all tables: {few:.0f} s and {mib:.0f} MiB at most (at most {MAX_MIB}); before, with the bytes, {base:.0f} MiB"
    )
    print(f"{LARGE:,} exports: {many / few:.1f} x the time and {large_mib:.0f} MiB for {LARGE // EXPORTS} x as many")


def tables(count: int) -> None:
    exports = estate(count)
    before = peak()
    print(seconds(exports.tables), peak(), before)


def peak() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) / 1024


@contextmanager
def workers(kind: str) -> Iterator[Executor]:
    if kind == "processes":
        with ProcessPoolExecutor(2) as executor:
            yield executor
        return
    import distributed

    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client.get_executor()


def two_workers(kind: str) -> None:
    exports, shares = estate(EXPORTS), []
    with workers(kind) as executor:
        few = apig.ExportSet(dict(list(exports.items())[:100]))
        few.tables(executor=executor)  # starts the workers, which import what they need
        for _ in range(ROUNDS):
            alone = seconds(lambda: fresh(exports).tables(), time.perf_counter)
            shares.append(seconds(lambda: fresh(exports).tables(executor=executor), time.perf_counter) / alone)
    # Dask's scheduler takes CPU time beside the workers: a fifth of that of the tables, measured with two cores.
    limit = f" (at most {LIMITS['two processes']})" if kind == "processes" else ""
    print(f"two workers ({kind}): {statistics.median(shares):.2f} of the wall time of one{limit}")


def serve(pipe: Pipe) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_crowded_gateway(Path(folder), GROUPS)
        sandbox = start(folder)
    with sandbox:
        for _ in range(GROUPS // 20):
            sandbox.fault("export", times=19, delay=0)
            sandbox.fault("export", status=500)
        names = ("token", "project_id", "instance_id")
        pipe.send({"endpoint": sandbox.url, **{name: getattr(sandbox, name) for name in names}})
        pipe.recv()


def many_exports() -> None:
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=serve, args=(there,), daemon=True)
    process.start()
    given: dict[str, Any] = here.recv()
    with apig.connect(**given, limits=apig.Limits(retries=0)) as client, tempfile.TemporaryDirectory() as folder:
        requests = client.requests(env="RELEASE", define="all")
        begin = time.perf_counter()
        exports = client.export_many(requests, folder=folder, concurrency=8, progress=lambda _: None)
        taken = time.perf_counter() - begin
        assert len(exports) + len(exports.missing) == len(requests) == GROUPS
        assert set(exports.failures) == exports.lacking.keys()
        resumed = client.export_many(requests, folder=folder, resume=True, progress=lambda _: None)
        assert len(resumed) == GROUPS
        assert apig.load_many(folder).keys() == {key._replace(project="") for key in resumed}
    print(
        f"export_many of {GROUPS:,} groups: {len(exports):,} made, {len(exports.failures)} failed, all accounted for;"
        f" {len(exports) / taken:.0f} exports a second with the sandbox on the same machine; resumed: {len(resumed):,}"
    )
    here.send("enough")
    process.join()


def main() -> None:
    match sys.argv[1:]:
        case ["tables", count]:
            tables(int(count))
        case ["processes" | "dask" as kind]:
            two_workers(kind)
        case _:
            costs()
            growth()
            two_workers("processes")
            two_workers("dask")
            many_exports()


if __name__ == "__main__":
    main()
