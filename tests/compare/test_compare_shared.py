"""Comparison of the documents in `../shared/data`: exactly the planted changes are found, and nothing fails."""

import csv
import itertools
import json
from pathlib import Path
from typing import Any

import pytest

import apig_nb as apig
from tests.compare.comparing import mirrored, mirrored_effects
from tests.shared import SHARED, needs_shared, shared

MADE = shared("data", "apig", "made")
TRUTH = shared("data", "large", "truth")
PAIRS = shared("data", "pairs")


def entries(folder: Path, pattern: str) -> list[Path]:
    return sorted(folder.glob(pattern)) if SHARED is not None else []


def file_of(name: str) -> Path:
    found = [shared("data", name), *(shared("data", f"{name}{ending}") for ending in (".json", ".yaml", ".yml"))]
    return next(path for path in found if path.is_file())


def pair_of(folder: Path) -> tuple[Path, Path]:
    return next(folder.glob("base.*")), next(folder.glob("revision.*"))


def method_of(key: str) -> str:
    return "ANY" if key == "x-apigateway-any-method" else key.upper()


def fits(change: Any, planted: dict[str, Any]) -> bool:
    """Return True if a change affects the operation of a planted change."""
    if not planted["path"]:
        return str(change.rule.id).startswith("ratelimit-")
    method = method_of(planted["method"])
    return any(path == planted["path"] and method in ("", known) for known, path in change.operations)


def is_breaking(planted: dict[str, Any]) -> bool:
    """Return True if a planted change breaks callers.

    The planter calls any other type breaking; but a parameter is text, and what was an integer is a string as well.
    """
    types = planted["before"], planted["after"]
    return bool(planted["breaking"]) and (planted["kind"], *types) != ("parameter-type-changed", "integer", "string")


@needs_shared
@pytest.mark.parametrize("folder", entries(MADE, "*"), ids=lambda folder: folder.name)
def test_exactly_the_planted_changes_are_found_with_their_severities(folder: Path):
    planted = json.loads((folder / "changes.json").read_bytes())
    planted = planted if isinstance(planted, list) else planted["changes"]
    expected = [change for change in planted if change["scope"] != "none"]
    found = apig.compare(*pair_of(folder)).found
    verdicts = {
        index: {(c.severity == "breaking") for c in found if fits(c, one)} for index, one in enumerate(expected)
    }
    assert [one for index, one in enumerate(expected) if is_breaking(one) not in verdicts[index]] == []
    assert [change.message for change in found if not any(fits(change, one) for one in expected)] == []


# Operations whose path parameter has another name: they are matched by the shape of their path, on purpose.
RENAMED = {
    "asana": {"/status_updates/{status_gid}", "/status_updates/{status_update_gid}"},
    "stripe-spec3": {"/v1/exchange_rates/{currency}", "/v1/exchange_rates/{rate_id}"},
}


@needs_shared
@pytest.mark.parametrize("file", entries(TRUTH, "*.json"), ids=lambda file: file.stem)
def test_large_documents_have_known_states_mirrored_changes_and_unique_fingerprints(file: Path):
    truth = json.loads(file.read_bytes())
    old, new = (apig.load(file_of(f"large/{truth[name]}")) for name in ("base", "revision"))
    comparison = apig.compare(old, new)
    table = comparison.operations
    renamed = RENAMED.get(file.name.partition(".")[0], set())

    def written(state: str) -> set[tuple[str, str]]:
        rows = table[table["state"] == state][["method", "path"]].itertuples(index=False, name=None)
        return {(str(method), str(path)) for method, path in rows if path not in renamed}

    def meant(key: str) -> set[tuple[str, str]]:
        every = (entry.split(" ", 1) for entry in truth[key])
        return {(method_of(method), path) for method, path in every if path not in renamed}

    assert [written("added"), written("removed")] == [meant("operations_added"), meant("operations_removed")]
    touched = meant("operations_touched")
    assert written("changed") - touched == set()
    assert len(written("changed")) >= 0.99 * len(touched)
    forward, backward = mirrored_effects(comparison, apig.compare(new, old))
    assert forward == backward
    fingerprints = [change.fingerprint for change in comparison.found]
    assert len(set(fingerprints)) == len(fingerprints)


def expectations() -> list[dict[str, str]]:
    with (PAIRS / "expectations.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def readable(path: Path) -> apig.Export | None:
    try:
        export = apig.load(path)
        _ = export.definition
    except apig.ApigError:
        return None
    return export


@needs_shared
def test_verdicts_agree_with_the_expectations_of_other_tools():
    rows = [row for row in expectations() if row["breaking"] in ("yes", "no")]
    agreed = 0
    for row in rows:
        found = apig.compare(file_of(row["base"]), file_of(row["revision"])).found
        severities = {change.severity for change in found}
        agreed += (
            bool(severities & {"breaking", "warning"}) if row["breaking"] == "yes" else "breaking" not in severities
        )
    assert agreed / len(rows) >= 0.97


@needs_shared
def test_pairs_of_other_tools_and_made_exports_have_mirrored_changes():
    pairs = {(file_of(row["base"]), file_of(row["revision"])) for row in expectations()}
    pairs |= {pair_of(folder) for folder in entries(MADE, "*")}
    uneven = []
    for old, new in sorted(pairs):
        forward, backward = mirrored(old, new)
        if forward != backward:
            uneven.append((old.name, new.name, forward - backward, backward - forward))
    assert uneven == []


@needs_shared
def test_no_pair_of_hostile_documents_fails():
    files = [path for path in shared("data", "hostile", "made").iterdir() if path.is_file()]
    exports = [export for path in sorted(files) if (export := readable(path)) and len(export.raw) < 50_000]
    assert len(exports) > 40
    for old, new in itertools.product(exports, repeat=2):
        assert len(apig.compare(old, new).to_markdown()) > 0


@needs_shared
def test_reports_of_hostile_documents_can_be_encoded():
    files = sorted(path for path in shared("data", "hostile").rglob("*") if path.is_file())
    exports = [export for path in files if (export := readable(path)) is not None]
    for old, new in itertools.pairwise(exports):
        comparison = apig.compare(old, new)
        for report in (comparison.to_html(), comparison.to_json(), comparison.to_junit(), comparison._repr_html_()):
            report.encode("utf-8")
