"""Hostile documents have the outcome listed in `expect.csv`; each is read in a process of its own."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("resource", reason="needs the memory limits of POSIX")

from tests.definition import each_alone
from tests.definition.making import DATA, OK, openapi, swagger
from tests.shared import needs_shared, shared

pytestmark = pytest.mark.slow

OURS = DATA / "hostile"
MADE = shared("data", "hostile", "made")
ROOT = Path(__file__).parents[2]


def expected(folder: Path) -> list[Any]:
    table = folder / "expect.csv"
    if not table.exists():
        return []
    with table.open(encoding="utf-8", newline="") as lines:
        return [
            pytest.param(row["file"], row["outcome"], row["must_not"], id=row["case"]) for row in csv.DictReader(lines)
        ]


def is_shared_only(one: Any) -> bool:
    """True if a shared file is too large to be kept in the repository."""
    return not (OURS / one.values[0]).exists()


def run(paths: Iterable[Path]) -> dict[str, dict[str, Any]]:
    """The result of reading each file by its path, one at a time, each in a fresh child process."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, each_alone.__file__, *map(str, paths)],
        capture_output=True, text=True, check=True, env=environment,
    )  # fmt: skip
    return {result["file"]: result for result in map(json.loads, ran.stdout.splitlines())}


@cache
def outcomes(folder: Path) -> dict[str, dict[str, Any]]:
    results = run(folder / one.values[0] for one in expected(folder) if folder == OURS or is_shared_only(one))
    return {Path(path).name: result for path, result in results.items()}


def check(result: dict[str, Any], outcome: str, must_not: str) -> None:
    allowed = {"load": ("load", "warn"), "warn": ("warn",), "reject": ("reject",)}
    assert result["outcome"] in {end for name in outcome.split("|") for end in allowed[name]}
    assert (result.get("harmful", []), result["touched"]) == ([], [])
    if "silent" in must_not.split(",") and result["outcome"] == "load":
        assert result["hidden"] == []


@pytest.mark.parametrize(("file", "outcome", "must_not"), expected(OURS))
def test_a_hostile_document_has_the_expected_outcome(file: str, outcome: str, must_not: str) -> None:
    check(outcomes(OURS)[file], outcome, must_not)


@needs_shared
@pytest.mark.parametrize(("file", "outcome", "must_not"), list(filter(is_shared_only, expected(MADE))))
def test_a_large_hostile_document_has_the_expected_outcome(file: str, outcome: str, must_not: str) -> None:
    check(outcomes(MADE)[file], outcome, must_not)


@needs_shared
def test_the_hostile_documents_are_equal_to_the_shared_ones() -> None:
    assert {one.values[0] for one in expected(OURS)} <= {one.values[0] for one in expected(MADE)}
    assert all((OURS / one.values[0]).read_bytes() == (MADE / one.values[0]).read_bytes() for one in expected(OURS))


@needs_shared
def test_test_documents_of_other_readers_take_bounded_time_and_memory() -> None:
    paths = sorted(path for path in shared("data", "hostile", "real").rglob("*") if path.is_file())
    results = list(run(paths).values())
    assert len(results) == len(paths) > 300
    ended = [result for result in results if result["outcome"] in ("load", "warn", "reject") and not result["touched"]]
    assert [result for result in results if result not in ended] == []


def many(count: int, make: Callable[[int], tuple[str, Any]]) -> dict[str, Any]:
    return dict(make(number) for number in range(count))


def chain(kind: str, last: Any, count: int = 20_000) -> dict[str, Any]:
    """Components that each refer to the next one."""
    links = many(count, lambda i: (f"P{i}", {"$ref": f"#/components/{kind}/P{i + 1}"}))
    return {kind: {**links, f"P{count}": last}}


def paths(count: int, operation: Callable[[int], Any]) -> dict[str, Any]:
    return many(count, lambda i: (f"/p{i}", {"get": operation(i)}))


def of_groups(group: dict[str, Any], **policy: Any) -> dict[str, Any]:
    """A backend policy that is spread over many server groups."""
    groups = [{"name": f"g{i}", **group} for i in range(20_000)]
    endpoint = {"name": "c", "memberGroupUrlInfos": groups}
    written = {"name": "p", "type": "HTTP-VPC-MEMBER-GROUP", "httpVpcMemberGroupEndpoints": endpoint, **policy}
    return openapi(paths={"/a": {"get": {**OK, "x-apigateway-backend-policies": [written]}}})


def spelled(word: str, number: int) -> str:
    """The word with the letters in upper case that are set in the bits of the number."""
    return "".join(letter.upper() if number >> i & 1 else letter for i, letter in enumerate(word))


PARAMETER = {"name": "n", "in": "query"}
BODY = {"name": "b", "in": "body", "schema": {}}
LONG = [letter * 500_000 for letter in "ab"]
LARGE: dict[str, Callable[[], Any]] = {
    "20 000 paths": lambda: openapi(paths=paths(20_000, lambda _: OK)),
    "20 000 parameters": lambda: openapi(
        paths={"/a": {"get": {**OK, "parameters": [{**PARAMETER, "name": f"n{i}"} for i in range(20_000)]}}}
    ),
    "a chain of schemas": lambda: openapi(components=chain("schemas", {"type": "string"})),
    "a chain of parameters, each used": lambda: openapi(
        paths=paths(20_000, lambda i: {**OK, "parameters": [{"$ref": f"#/components/parameters/P{i}"}]}),
        components=chain("parameters", PARAMETER),
    ),
    "a chain of responses, each used": lambda: openapi(
        paths=paths(10_000, lambda i: {"responses": {"200": {"$ref": f"#/components/responses/P{i}"}}}),
        components=chain("responses", {"description": ""}, 10_000),
    ),
    "a large extension referenced by many operations": lambda: openapi(
        paths=paths(5_000, lambda _: {**OK, "parameters": [{"$ref": "#/components/parameters/P"}]}),
        components={"parameters": {"P": {**PARAMETER, "x-large": list(range(100_000))}}},
    ),
    "many headers referenced by many operations": lambda: openapi(
        paths=paths(5_000, lambda _: {"responses": {"200": {"$ref": "#/components/responses/R"}}}),
        components={"responses": {"R": {"description": "", "headers": many(30_000, lambda i: (f"h{i}", {}))}}},
    ),
    "a path item referenced by many paths": lambda: openapi(
        paths={
            "/a": {"get": {**OK, "tags": [f"t{i}" for i in range(5_000)]}, "parameters": [PARAMETER] * 2_000},
            **many(20_000, lambda i: (f"/p{i}", {"$ref": "#/paths/~1a"})),
        }
    ),
    "many media types referenced by many operations": lambda: openapi(
        paths=paths(10_000, lambda _: {"responses": {"200": {"$ref": "#/components/responses/R"}}}),
        components={"responses": {"R": {"description": "", "content": many(10_000, lambda i: (f"a/b{i}", {}))}}},
    ),
    "a body of many media types referenced by many operations": lambda: openapi(
        paths=paths(10_000, lambda _: {**OK, "requestBody": {"$ref": "#/components/requestBodies/B"}}),
        components={"requestBodies": {"B": {"content": many(10_000, lambda i: (f"a/b{i}", {}))}}},
    ),
    "a long parameter for every spelling of a method": lambda: openapi(
        paths={
            "/a": {
                "parameters": [{**PARAMETER, "schema": {"enum": list(range(500_000))}}],
                **many(
                    2**7, lambda i: (spelled("options", i), {**OK, "parameters": [{**PARAMETER, "name": f"own{i}"}]})
                ),
            }
        }
    ),
    "many conditions for many server groups": lambda: of_groups(
        {}, conditions=[{"origin": "source", "type": "equal", "value": f"v{i}"} for i in range(20_000)]
    ),
    "a long extension for many server groups": lambda: of_groups({"x-own": 1}, **{"x-long": "y" * 1_000_000}),
    "many extensions for many server groups": lambda: of_groups({}, **many(100_000, lambda i: (f"x-{i}", 1))),
    "more problems than anybody reads": lambda: openapi(info=many(1_000_000, lambda i: (f"k{i}", 1))),
    "more rows than a table may have": lambda: openapi(
        paths=paths(1_000, lambda _: {**OK, "parameters": [{**PARAMETER, "name": f"n{i}"} for i in range(600)]})
    ),
    "many alternatives for every operation": lambda: openapi(
        paths=paths(2_000, lambda _: OK), security=[{f"s{i}": []} for i in range(2_000)]
    ),
    "many servers for every operation": lambda: openapi(
        paths=paths(5_000, lambda _: OK), servers=[{"url": f"https://s{i}"} for i in range(5_000)]
    ),
    "very many alternatives for every operation": lambda: openapi(
        paths=paths(10_000, lambda _: OK), security=[{f"s{i}": []} for i in range(20_000)]
    ),
    "many protocols for every operation": lambda: swagger(
        paths=paths(10_000, lambda _: OK), host="h", schemes=[f"s{i}" for i in range(20_000)]
    ),
    "long protocols for every operation": lambda: swagger(paths=paths(5_000, lambda _: OK), schemes=LONG, host="h"),
    "long media types for every operation": lambda: swagger(
        paths=paths(5_000, lambda _: {"parameters": [BODY], "responses": {"200": {"description": "", "schema": {}}}}),
        consumes=LONG,
        produces=LONG,
    ),
    "long media types referenced by many operations": lambda: openapi(
        paths=paths(5_000, lambda i: {"responses": {f"{200 + i}": {"$ref": "#/components/responses/R"}}}),
        components={"responses": {"R": {"description": "", "content": {name: {} for name in LONG}}}},
    ),
    "a body with long texts referenced by many operations": lambda: openapi(
        paths=paths(5_000, lambda _: {**OK, "requestBody": {"$ref": "#/components/requestBodies/B"}}),
        components={"requestBodies": {"B": {"content": {"a/b": {}}, "x-long": LONG}}},
    ),
    "a path item with long texts referenced by many paths": lambda: openapi(
        paths={
            "/a": {"get": {**OK, "tags": LONG, "x-long": LONG}, "x-long": LONG},
            **many(5_000, lambda i: (f"/p{i}", {"$ref": "#/paths/~1a"})),
        }
    ),
    "odd keys under a long one": lambda: openapi(
        paths={LONG[0]: {"get": {**OK, **many(10_000, lambda i: (f"k{i}", 1))}}}
    ),
    "extension keys under a long key": lambda: openapi(
        paths={LONG[0]: {"get": {**OK, **many(10_000, lambda i: (f"x-{i}", 1))}}}
    ),
    "properties under a long one": lambda: openapi(
        components={"schemas": {"S": {"properties": {LONG[0]: {"properties": many(10_000, lambda i: (f"p{i}", {}))}}}}}
    ),
    "control characters under a long key": lambda: openapi(**{"x-a": {LONG[0]: ["\1"] * 10_000}}),
    "great numbers under a long key": lambda: openapi(**{"x-a": {LONG[0]: [2**70] * 10_000}}),
    "parameters given twice under a long key": lambda: openapi(
        paths={LONG[0]: {"get": {**OK, "parameters": [PARAMETER] * 10_000}}}
    ),
    "names that nobody defined under a long key": lambda: openapi(
        paths={LONG[0]: {"get": {**OK, "x-apigateway-ratelimit": [f"r{i}" for i in range(10_000)]}}}
    ),
    "keys written twice under a long one": lambda: (
        f'{{"openapi": "3.0.3", "paths": {{"{LONG[0]}": [' + ",".join(['{"a": 1, "a": 2}'] * 10_000) + "]}}"
    ),
    "YAML tags under a long key": lambda: f"paths:\n  ? {LONG[0]}\n  : [{'!odd 1, ' * 10_000}]\n",
    "many policies, many users": lambda: openapi(
        paths=paths(10_000, lambda i: {**OK, "x-apigateway-ratelimit": f"r{i}"}),
        **{"x-apigateway-ratelimits": many(10_000, lambda i: (f"r{i}", {"api-limit": 1}))},
    ),
    "a line of 5 MB": lambda: openapi(info={"title": "t" * 5_000_000, "version": "1"}),
    "a long line of YAML": lambda: "openapi: 3.0.3\npaths: {"
    + ",".join(f"/p{i}: {{get: {{responses: {{200: {{description: ok}}}}}}}}" for i in range(12_000))
    + "}",
    "numbers just short enough": lambda: json.dumps(openapi()).replace(
        '"1"', "[" + ",".join(["1" * 3999] * 1000) + "]"
    ),
    "text, deep lists": lambda: f'{{"paths": {{}}, "x": "{"a" * 2 * 10**7}", "y": {"[" * 1001 + "]" * 1001}}}',
    "a text used often by alias": lambda: f"paths: {{}}\nx-a: &a {'a' * 1_000_000}\nx-b: [{'*a,' * 500_000}]\n",
    "tag directives": lambda: "".join(f"%TAG !a{i}! tag:x,2000:\n" for i in range(60_000)) + "---\npaths: {}\n",
    "keys in keys": lambda: "paths: {}\nx-a: " + "{? " * 900 + "a" + ": 1}" * 900,
    "one key many times": lambda: '{"openapi": "3.0.3", "paths": {' + ",".join(['"/a": {"get": {}}'] * 50_000) + "}}",
    "commas": lambda: '{"openapi": "3.0.3", "paths": {' + "," * 3_000_000,
    "quotes": lambda: '{"openapi": "3.0.3", "x": "' + '\\"' * 3_000_000,
    "escapes": lambda: '{"openapi": "3.0.3", "paths": {}, "x": "' + "\\n" * 30_000_000 + '"}',
}  # fmt: skip


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("large")
    files = {}
    for number, (name, make) in enumerate(LARGE.items()):
        made = make()
        files[name] = folder / f"{number}.txt"
        files[name].write_text(made if isinstance(made, str) else json.dumps(made), "utf-8")
    results = run(files.values())
    return {name: results[str(path)] for name, path in files.items()}


@pytest.mark.parametrize("name", LARGE)
def test_a_large_document_takes_bounded_time_and_memory(name: str, large: dict[str, dict[str, Any]]) -> None:
    assert large[name]["outcome"] in ("load", "warn", "reject")
    assert large[name]["touched"] == []
