"""An archive of 60 days and 300 groups: `python tests/bench/archive.py`.

Each day, 2 % of the groups have one change. The documents are those of made_export.py, of 6 to 60 operations, with the
time of the export in each. What takes little time is the median of several rounds. `json.loads` reads the same
documents in the same process.
"""

from __future__ import annotations

import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import duckdb

import apig_nb as apig
from apig_nb.export import Export
from apig_nb.export_set import ExportKey, ExportSet
from tests.bench.made_export import Json, json_bytes, made_export

GROUPS, DAYS, SHARE = 300, 60, 0.02
FIRST = datetime(2026, 1, 1, 6, tzinfo=UTC)
ROUNDS = 3

Planted = tuple[datetime, str, str]
"""Day, group and rule of a change."""


def change(document: Json, chance: random.Random) -> str:
    """Change a random operation in a way that each day can repeat, and return the rule of the change."""
    operation = chance.choice([one for item in document["paths"].values() for one in item.values()])
    endpoint = operation["x-apigateway-backend"]["httpEndpoints"]
    kind = chance.randrange(4)
    if kind == 0:
        endpoint["timeout"] += 1
        return "backend-timeout-loosened"
    if kind == 1:
        endpoint["address"] = f"10.250.{chance.getrandbits(8)}.{chance.getrandbits(8)}:80"
        return "backend-address-altered"
    if kind == 2:
        operation["summary"] += "."
        return "description-altered"
    operation["deprecated"] = not operation.get("deprecated", False)
    return "operation-deprecated"


def estate(documents: dict[str, Json], moment: datetime) -> ExportSet:
    exports = {}
    for group, document in documents.items():
        info = document["info"] | {"title": group, "version": f"{moment:%Y-%m-%d-%H:%M:%S}"}
        raw = json_bytes(document | {"info": info})
        exports[ExportKey("project", "gateway", "RELEASE", group)] = Export(
            raw=raw, time=moment, scope="all", request_id=f"{random.getrandbits(128):032x}"
        )
    return ExportSet(exports)


def stored_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def seconds(function: Callable[[], object]) -> float:
    begun = time.perf_counter()
    function()
    return time.perf_counter() - begun


def median(function: Callable[[], object]) -> float:
    return statistics.median(seconds(function) for _ in range(ROUNDS))


def main() -> None:
    chance = random.Random(1)
    documents = {f"group-{number:03}": made_export(chance.randint(6, 60), number) for number in range(GROUPS)}
    planted: set[Planted] = set()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        archive = apig.Archive(folder)
        sizes, adding = [0], []
        kept: dict[datetime, ExportSet] = {}
        for number in range(DAYS):
            moment = FIRST + timedelta(days=number)
            changing = chance.sample(sorted(documents), round(SHARE * GROUPS)) if number else []
            planted |= {(moment, group, change(documents[group], chance)) for group in changing}
            exports = estate(documents, moment)
            if number in (0, 1, DAYS // 2, DAYS - 1):
                kept[moment] = exports
            adding.append(seconds(partial(archive.add, exports, moment)))
            sizes.append(stored_bytes(folder))
        raw = sum(export.size for export in kept[FIRST].values())
        first, second = (archive.at(FIRST + timedelta(days=number)) for number in range(2))
        loads = median(lambda: [json.loads(one.raw) for both in (first, second) for one in both.values()])

        usual, added = statistics.median(adding), sizes[2] - sizes[1]
        print(f"{DAYS} days of {GROUPS} groups, {raw / 1e6:.1f} MB of documents a day, {len(planted)} planted changes")
        print(f"day one: {sizes[1] / raw:.1%} of the bytes of the documents")
        print(f"day two: {added / sizes[1]:.1%} of the bytes of day one, {added / raw:.2%} of those of the documents")
        files = len(list(folder.rglob("*.parquet")))
        print(f"all days: {sizes[-1] / sizes[1]:.2f} times day one, {files} files of observations")
        print(f"adding a day: {usual:.2f} s, {usual / (loads / 2):.1f} times json.loads")

        identical = all(
            {key: one.raw for key, one in archive.at(moment).items()} == {key: one.raw for key, one in exports.items()}
            for moment, exports in kept.items()
        )
        print(f"at() returns what was added: {identical}")

        begun = time.perf_counter()
        timeline = archive.timeline()
        took = time.perf_counter() - begun
        found = set(timeline[["time", "group", "rule"]].itertuples(index=False, name=None))
        print(
            f"timeline: {len(planted & found)} of {len(planted)} changes on their day,"
            f" {len(timeline) - len(planted & found)} other rows; {took:.1f} s"
        )

        def first_table() -> object:
            return apig.Archive(folder).snapshots

        print(f"opening to the first table: {median(first_table):.2f} s")
        question = f"""SELECT "group", count(DISTINCT hash) FROM '{folder}/observations/*.parquet' GROUP BY ALL"""
        connection = duckdb.connect()
        print(f"a question over all days in DuckDB: {median(lambda: connection.execute(question).fetchall()):.2f} s")

        def compare() -> object:
            old, new = (archive.at(FIRST + timedelta(days=number)) for number in range(2))
            return apig.compare(old, new).changes

        print(f"compare of two days: {median(compare) / loads:.2f} times json.loads of both")
        begun = time.perf_counter()
        problems = archive.verify()
        print(f"verify: {len(problems)} problems, {time.perf_counter() - begun:.1f} s")


if __name__ == "__main__":
    main()
