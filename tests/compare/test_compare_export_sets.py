"""Two sets of exports: groups that are matched, added, removed or lacking; tables and reports of all of them."""

import json
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pandas as pd
import pytest

import apig_nb as apig
from apig_nb import definition
from apig_nb.definition import read_definition
from apig_nb.export_set import KEY_COLUMNS
from apig_nb.request import ExportRequest
from tests.connected import no_progress


def document(*paths: str, version: str = "2026-01-02-03:04:05", **operation: Any) -> bytes:
    """A document with operations on these paths."""
    get = {"responses": {"200": {"description": "ok"}}, **operation}
    info = {"title": "t", "version": version}
    return json.dumps({"swagger": "2.0", "info": info, "paths": {path: {"get": get} for path in paths}}).encode()


def exports(**groups: bytes) -> apig.ExportSet:
    return apig.load_many({apig.ExportKey("", "prod", "RELEASE", group): raw for group, raw in groups.items()})


@pytest.fixture
def estate(client: apig.Client) -> apig.ExportSet:
    requests = client.requests(env=["RELEASE", "TEST"], define="all", gateways="all")
    return client.export_many(requests, progress=no_progress)


def test_each_group_is_compared_as_two_exports_are(estate):
    old, new = estate.where(environment="RELEASE"), estate.where(environment="TEST")
    found = apig.compare(old, new)
    assert list(found.changes.columns[:4]) == list(KEY_COLUMNS)
    for key, export in new.items():
        (before,) = old.where(gateway=key.gateway, group=key.group).values()
        one = apig.compare(before, export)
        for name in ("changes", "operations"):
            frame = getattr(found, name)
            mine = frame[(frame["gateway"] == key.gateway) & (frame["group"] == key.group)]
            mine = mine.drop(columns=[*KEY_COLUMNS]).reset_index(drop=True)
            if name == "operations" and not len(one):
                continue
            pd.testing.assert_frame_equal(mine, getattr(one, name))
        row = found.summary[(found.summary["gateway"] == key.gateway) & (found.summary["group"] == key.group)]
        assert row["state"].tolist() == ["changed" if len(one) else "unchanged"]
        assert row[["breaking", "warning", "info"]].sum(axis=1).tolist() == [len(one)]
    assert found.changes["severity"].tolist() == sorted(
        found.changes["severity"], key=["breaking", "warning", "info"].index
    )
    assert found.headline() == "What would change if TEST were published"


def test_added_and_removed_groups_are_changes():
    found = apig.compare(exports(a=document("/x"), b=document("/x", "/y")), exports(a=document("/x"), c=document("/z")))
    assert found.changes[["group", "severity", "rule", "operations"]].values.tolist() == [
        ["b", "breaking", "group-removed", ("GET /x", "GET /y")],
        ["c", "info", "group-added", ("GET /z",)],
    ]
    assert found.summary[["group", "state"]].values.tolist() == [["a", "unchanged"], ["b", "removed"], ["c", "added"]]
    assert found.operations[["group", "path", "state"]].values.tolist() == [
        ["b", "/x", "removed"],
        ["b", "/y", "removed"],
        ["c", "/z", "added"],
    ]


def test_a_group_that_a_set_lacks_for_an_error_is_not_called_removed():
    old = exports(a=document("/x"), b=document("/x"))
    key = apig.ExportKey("", "prod", "RELEASE", "b")
    request = ExportRequest(project_id="p", instance_id="i", group_id="g", env_id="e")
    lacking = apig.ExportSet(
        {apig.ExportKey("", "prod", "RELEASE", "a"): apig.load(document("/x"))},
        failures={key: apig.DocumentError("503 try later")},
        missing={key: request},
    )
    found = apig.compare(old, lacking)
    assert len(found) == 0
    assert found.summary["state"].tolist() == ["unchanged", "not compared"]
    assert found.not_compared[["group", "part", "reason"]].values.tolist() == [
        ["b", "the whole group", "the new set lacks it: 503 try later"]
    ]
    assert "the whole group of prod RELEASE b" in found.not_compared_text()


def test_a_group_whose_file_cannot_be_read_is_not_called_removed(tmp_path):
    for folder in ("old", "new"):
        (tmp_path / folder / "prod").mkdir(parents=True)
        for group in "ab":
            name = f"{group}-RELEASE-all-2026-01-02-03-04-05.json"
            (tmp_path / folder / "prod" / name).write_bytes(document("/x"))
    (tmp_path / "new" / "prod" / "b-RELEASE-all-2026-01-02-03-04-05.json").write_text("{broken")
    found = apig.compare(apig.load_many(tmp_path / "old"), apig.load_many(tmp_path / "new"))
    assert found.summary["state"].tolist() == ["unchanged", "not compared"]


def test_what_has_one_value_in_each_set_is_compared_across():
    old = apig.load_many({apig.ExportKey("p", "blue", "TEST", "a"): document("/x")})
    new = apig.load_many({apig.ExportKey("q", "green", "RELEASE", "a"): document("/x", "/y")})
    assert apig.compare(old, new).changes["rule"].tolist() == ["operation-added"]


def test_names_of_gateways_and_environments_can_be_mapped():
    def keyed(*keys: tuple[str, str]) -> apig.ExportSet:
        return apig.load_many({apig.ExportKey("", *key, "a"): document("/x") for key in keys})

    old, new = keyed(("blue", "TEST"), ("red", "TEST")), keyed(("green", "PROD"), ("red", "PROD"))
    assert set(apig.compare(old, new).changes["rule"]) == {"group-added", "group-removed"}
    assert len(apig.compare(old, new, gateways={"blue": "green"})) == 0
    assert len(apig.compare(old, new, gateways={"blue": "green"}, environments={"TEST": "PROD"})) == 0
    with pytest.raises(apig.ArgumentError, match="two exports would be compared with one"):
        apig.compare(old, new, gateways={"blue": "red"})


def test_groups_of_equal_content_are_not_read(monkeypatch):
    old = exports(a=document("/x"), b=document("/x"))
    new = exports(a=document("/x", version="2026-01-03-03:04:05"), b=document("/x", summary="s"))
    read: list[bytes] = []

    def counted(raw: bytes) -> definition.ApiDefinition:
        read.append(raw)
        return read_definition(raw)

    monkeypatch.setattr(definition, "read_definition", counted)
    found = apig.compare(old, new)
    assert [change.key.group for change in found.found if change.key] == ["b"]
    assert set(read) == {export.raw for key, export in (*old.items(), *new.items()) if key.group == "b"}


def test_parts_that_the_scope_leaves_out_are_named_for_equal_groups_too():
    def of_scope(scope: str) -> apig.ExportSet:
        export = apig.Export(raw=document("/x"), scope=scope)
        return apig.ExportSet({apig.ExportKey("", "prod", "RELEASE", group): export for group in "ab"})

    found = apig.compare(of_scope("spec"), of_scope("spec"))
    assert set(found.not_compared["part"]) == {"backends", "policies"}
    assert "2 groups" in found.not_compared_text()
    assert apig.compare(of_scope("all"), of_scope("all")).not_compared.empty


def test_ignored_changes_and_chosen_severities_count_for_every_group():
    old = exports(a=document("/x"), b=document("/x"), c=document("/x"))
    new = exports(a=document("/x", summary="s"), b=document("/x", summary="s"))
    found = apig.compare(old, new, ignore=[{"category": "documentation"}])
    assert found.changes["rule"].tolist() == ["group-removed"]
    assert found.ignored["group"].tolist() == ["a", "b"]
    assert apig.compare(old, new, severity={"group-removed": "info"}).breaking.empty


@pytest.mark.parametrize("form", ["json", "markdown", "html", "junit", "csv"])
def test_every_report_names_the_group_of_a_change(form):
    old = exports(orders=document("/x"), devices=document("/x"))
    new = exports(orders=document("/x", description="new"), devices=document("/x", description="new"))
    report = getattr(apig.compare(old, new), f"to_{form}")()
    if form == "json":
        assert [change["group"] for change in json.loads(report)["changes"]] == ["orders", "devices"]
    elif form == "csv":
        assert report.count('"prod","RELEASE","orders"') == report.count('"prod","RELEASE","devices"') == 1
    else:
        assert "prod RELEASE orders" in report
        assert "prod RELEASE devices" in report


def test_the_result_is_the_same_in_other_processes(estate, monkeypatch):
    monkeypatch.setattr("apig_nb.engines.CHUNK", 20_000)
    old, new = estate.where(environment="RELEASE"), estate.where(environment="TEST")
    here = apig.compare(old, new)
    with ProcessPoolExecutor(2) as executor:
        there = apig.compare(old, new, executor=executor)
    for name in ("changes", "operations", "summary", "not_compared"):
        pd.testing.assert_frame_equal(getattr(here, name), getattr(there, name))


def test_an_export_and_a_set_and_arguments_of_sets_for_exports_are_errors():
    one = exports(a=document("/x"))
    with pytest.raises(apig.ArgumentError, match="not one of each"):
        apig.compare(one, document("/x"))  # type: ignore[call-overload]
    with pytest.raises(apig.ArgumentError, match="gateways: is for sets"):
        apig.compare(document("/x"), document("/x"), gateways={})  # type: ignore[call-overload]
    broken = apig.ExportSet({apig.ExportKey(group="b"): apig.Export(raw=b"<html>")})
    with pytest.raises(apig.DocumentError, match="b: this is not an API document"):
        apig.compare(broken, exports(b=document("/x")))
