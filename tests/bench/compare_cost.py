"""Cost of comparing two exports of 1,000 operations: `python -m tests.bench.compare_cost`.

Two made exports of about 1.8 MB, in which 5 % of the operations differ, are compared from bytes to the table of
changes. The time is given as a multiple of `json.loads` of both; CPU time in one process, median of 5 rounds.
"""

import json
import statistics
import time
from collections.abc import Callable

import apig_nb as apig
from tests.bench.made_export import changed_export, json_bytes, made_export

LIMIT = 8
ROUNDS = 5


def seconds(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


def measure(old: bytes, new: bytes) -> tuple[float, float]:
    """Seconds to parse both, and to compare them."""
    apig.compare(old, new)  # imports what is needed
    rounds = [
        (seconds(lambda: (json.loads(old), json.loads(new))), seconds(lambda: apig.compare(old, new).changes))
        for _ in range(ROUNDS)
    ]
    parsing, comparing = zip(*rounds, strict=True)
    return statistics.median(parsing), statistics.median(comparing)


def main() -> None:
    export = made_export()
    old, new = json_bytes(export), json_bytes(changed_export(export))
    parsing, comparing = measure(old, new)
    print(f"2 exports of {len(old) / 1e6:.1f} MB, {len(apig.compare(old, new).changes)} changes")
    print(f"json.loads of both  {parsing * 1000:5.0f} ms")
    print(f"compare             {comparing * 1000:5.0f} ms, {comparing / parsing:.1f} x (at most {LIMIT} x)")


if __name__ == "__main__":
    main()
