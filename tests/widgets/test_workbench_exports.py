"""The tab of the exports: the table, what changed since the one before, the buttons of a row, the saved notebook."""

import io
import zipfile
from collections.abc import Iterator
from concurrent.futures import CancelledError
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import apig_nb as apig
from apig_nb.widgets.background import Background
from apig_nb.widgets.explorer.facets import FilterMenus
from apig_nb.widgets.workbench.folder_field import FolderField, read_kept
from tests.connected import no_progress

from .page import shown, words
from .test_workbench import DATA, Bench, tick


@pytest.fixture
def bench(client: apig.Client) -> Iterator[Bench]:
    opened = Bench(client)
    yield opened
    opened.bench.close()


def table(bench: Bench) -> Any:
    return bench.bench._list._table


def press_in_row(bench: Bench, action: str, label: str) -> list[Any]:
    """Press a button in the row of an export; return what was sent to the page."""
    grid, sent = table(bench).widget, []
    grid.send = lambda content, buffers=(): sent.append((content, buffers))
    position = table(bench).frame["export"].tolist().index(label)
    frame = grid.state["frame"]
    grid._handle_custom_msg({"action": action, "position": position, "frame": frame, "view": "a view"}, [])
    return sent


def test_a_row_says_where_an_export_is_from_and_what_changed_since_the_one_before(bench, client):
    bench.export("orders")
    bench.export("orders", "TEST")
    bench.export("orders")
    live, test = (client.export(group="orders", env=env, define="all") for env in ("RELEASE", "TEST"))
    # The next document of the same group, with the changes of TEST.
    bench.bench._list.add(apig.Export(raw=test.raw, gateway="retail-prod", group="orders", environment="RELEASE"))
    rows = table(bench).frame.set_index("export")
    first = rows.loc["orders RELEASE all"]
    assert (first["gateway"], first["environment"], first["group"]) == ("retail-prod", "RELEASE", "orders")
    assert (first["scope"], first["operations"]) == ("everything, policies too", len(live.operations))
    assert rows["exported"].notna().all()
    assert rows.loc["orders TEST all", "since"] == "first of its kind"
    assert rows.loc["orders RELEASE all (2)", "since"] == "no difference"
    assert rows.index[0] == "orders RELEASE"  # the newest


def test_an_export_by_the_id_of_a_gateway_is_of_the_gateway_that_others_name(client):
    export = client.export(group="orders", env="RELEASE", define="all")
    assert export.gateway is None
    bench = Bench(client, exports=[export])
    bench.export("orders")
    rows = table(bench).frame
    assert rows["gateway"].tolist() == ["retail-prod", "retail-prod"]
    assert rows["since"].tolist()[0] == "no difference"
    bench.bench.close()


def test_changes_are_counted_by_severity_between_exports_of_one_key(client):
    test = client.export(group="orders", env="TEST", define="all")
    live = client.export(group="orders", env="RELEASE", define="all")
    bench = Bench(None)
    for raw in (live.raw, test.raw):
        bench.bench._list.add(apig.Export(raw=raw, gateway="g", group="orders", environment="e", scope="all"))
    found = apig.compare(live, test).changes["severity"].value_counts()
    expected = ", ".join(f"{found[one]} {one}" for one in ("breaking", "warning", "info"))
    assert table(bench).frame["since"].tolist() == [expected, "first of its kind"]
    bench.bench.close()


def test_an_export_is_compared_with_the_one_before_or_two_that_are_ticked(bench):
    for group, env in (("orders", "RELEASE"), ("orders", "TEST"), ("payments", "RELEASE"), ("orders", "RELEASE")):
        bench.export(group, env)
    bench.open("Exports")

    def compared() -> tuple[str, str]:
        assert bench._tabs.chosen == "Compare"
        bench.open("Exports")
        view = bench.bench.comparison
        old, new = (view.comparison.old, view.comparison.new)
        labels = {id(export): label for label, export in bench.bench.exports.items()}
        return labels[id(old)], labels[id(new)]

    press_in_row(bench, "Compare", "orders RELEASE all (2)")
    assert compared() == ("orders RELEASE all", "orders RELEASE all (2)")
    # There is none before: the newest other one.
    press_in_row(bench, "Compare", "payments RELEASE all")
    assert compared() == ("payments RELEASE all", "orders RELEASE all (2)")
    assert bench.control("Compare the 2 selected").disabled
    # The older one is the old one, whichever was ticked first.
    tick(bench, 0, 1, 2)
    assert bench.control("Compare the 2 selected").disabled
    tick(bench, 1, on=False)
    bench.press("Compare the 2 selected")
    assert compared() == ("orders TEST all", "orders RELEASE all (2)")


def failed_rows(bench: Bench) -> Any:
    rows = table(bench).frame
    return rows[rows["since"].str.startswith("failed: ")]


def test_a_call_that_failed_is_a_row_with_the_reason_until_it_is_repeated(bench, sandbox):
    bench.export("payments")
    sandbox.fault("export", status=500)
    bench.export("orders")
    assert list(bench.bench.exports) == ["payments RELEASE all"]
    (row,) = failed_rows(bench).to_dict("records")
    names = (row["gateway"], row["environment"], row["group"], row["scope"])
    assert names == ("retail-prod", "RELEASE", "orders", "everything, policies too")
    assert row["since"].startswith("failed: 500 ")
    assert row["exported"].startswith(f"{datetime.now():%Y-%m-%d} ")
    assert pd.isna(row["operations"])
    bench.open("Exports")
    assert "1 export failed" in bench.status
    # It fails again: the reason is that of the last call.
    sandbox.fault("export", status=403)
    press_in_row(bench, "Retry", row["export"])
    assert failed_rows(bench)["since"].str.startswith("failed: 403 ").tolist() == [True]
    press_in_row(bench, "Retry", row["export"])
    assert failed_rows(bench).empty
    assert list(bench.bench.exports) == ["payments RELEASE all", "orders RELEASE all"]
    assert "failed" not in bench.status


def test_groups_that_failed_are_rows_and_go_when_the_others_are_retried(bench, client, sandbox):
    number = len(client.groups())
    bench.choose("Environment", "TEST")
    sandbox.fault("export", status=500, times=2)
    bench.press(f"Export all {number} groups of retail-prod · TEST")
    rows = table(bench).frame
    assert {*rows["group"]} == {*client.groups()["name"]}
    assert len(failed_rows(bench)) == 2
    assert failed_rows(bench)[["environment", "gateway"]].drop_duplicates().values.tolist() == [["TEST", "retail-prod"]]
    bench.press("Retry the others")
    assert failed_rows(bench).empty
    assert len(table(bench).frame) == number


def test_a_row_of_a_call_that_failed_is_explained_and_removed(bench, sandbox):
    sandbox.fault("export", status=403)
    bench.export("orders")
    bench.export("payments")
    bench.open("Exports")
    table(bench).select(0)
    (error,) = failed_rows(bench)["since"]
    assert error.removeprefix("failed: ") in bench.status
    table(bench).select(1)
    assert error.removeprefix("failed: ") not in bench.status
    # There is nothing to compare or to download in it.
    tick(bench, 0, 1)
    assert bench.control("Compare the 2 selected").disabled
    assert len(zip_names(bench)) == 1
    tick(bench, 1, on=False)
    bench.press("Remove from the list")
    assert table(bench).frame["group"].tolist() == ["payments"]


def zip_names(bench: Bench) -> list[str]:
    _, content = bench.bench._list._archive()
    return zipfile.ZipFile(io.BytesIO(content)).namelist()


def test_exports_are_filtered_by_gateway_environment_and_group(bench):
    for group, env in (("orders", "RELEASE"), ("orders", "TEST"), ("payments", "RELEASE")):
        bench.export(group, env)
    bench.open("Exports")
    (menus,) = (part for part in shown(bench._box) if isinstance(part, FilterMenus))

    def counts() -> dict[str, dict[str, int]]:
        return {menu["name"]: {text: count for text, count, _ in menu["values"]} for menu in menus.facets}

    everything = {"orders": 2, "payments": 1}
    assert counts() == {"Gateway": {"retail-prod": 3}, "Environment": {"RELEASE": 2, "TEST": 1}, "Group": everything}
    menus._handle_custom_msg({"press": [1, 0, True], "of": ["Environment", "RELEASE"]}, [])
    assert table(bench).filtered["export"].tolist() == ["payments RELEASE all", "orders RELEASE all"]
    assert counts()["Group"] == {"orders": 1, "payments": 1}
    # What is chosen stays when another export comes.
    bench.export("payments", "TEST")
    bench.open("Exports")
    assert table(bench).filtered["environment"].tolist() == ["RELEASE", "RELEASE"]
    # A search goes on among them, and does not find the labels of buttons.
    state = table(bench).widget.state
    query = state["query"] | {"search": "explore"}
    table(bench).widget._handle_custom_msg({"query": query, "frame": state["frame"], "sequence": ["page", 1]}, [])
    menus._handle_custom_msg({"clear": None}, [])
    assert table(bench).filtered.empty


def test_an_export_is_explored_and_downloaded_from_its_row(bench):
    bench.export("orders")
    bench.export("payments")
    bench.open("Exports")
    exports = bench.bench.exports
    ((content, buffers),) = press_in_row(bench, "Download", "orders RELEASE all")
    assert content["name"] == exports["orders RELEASE all"].file_name
    assert b"".join(buffers) == exports["orders RELEASE all"].raw
    press_in_row(bench, "Explore", "orders RELEASE all")
    assert bench.explorer.export is exports["orders RELEASE all"]


def test_the_documents_of_many_exports_are_not_kept(client):
    exports = client.export_many(client.requests(env="RELEASE", define="all"), progress=no_progress)
    fresh = apig.load_many({key: export.raw for key, export in exports.items()})
    bench = Bench(None)
    bench.bench._list.add(*fresh.values())
    assert len(table(bench).frame) == len(fresh) == 7
    assert not any("definition" in export.__dict__ for export in fresh.values())
    bench.bench.close()


def test_the_static_view_lists_the_exports_the_open_one_the_comparison_and_the_audit(bench):
    bench.export("orders")
    bench.export("orders", "TEST")
    bench.open("Explore")
    bench.open("Compare")
    assert "without a critical or high finding" not in bench.bench.static
    bench.open("Audit")
    static = words(bench.bench.static)
    assert "2 exports. Run the notebook" in static
    assert "first of its kind" in static
    assert "20 operations, Swagger 2.0" in static
    assert "5 breaking" in static
    assert "of 20 operations without a critical or high finding" in static
    # A button is nothing without a kernel.
    assert "Download" not in static


def test_hostile_names_of_files_are_text_in_the_static_view():
    bench = Bench(None)
    document = b'{"swagger": "2.0", "info": {"title": "<img src=x onerror=alert(1)>"}, "paths": {}}'
    bench.open("Exports")
    bench.load("<script>.json", document)
    assert "<img" not in bench.bench.static
    assert "<script>" not in bench.bench.static
    bench.bench.close()


def test_exports_of_a_session_are_kept_in_a_folder_and_there_again_in_the_next_one(client, tmp_path):
    folder = tmp_path / "kept"
    first = Bench(client, folder=folder)
    first.export("orders")
    first.export("payments", "TEST")
    content = (DATA / "every-field.yaml").read_bytes()
    first.open("Exports")
    first.load("every-field.yaml", content)
    before = list(first.bench.exports.values())
    first.bench.close()
    files = {path.relative_to(folder).parts[0] for path in folder.rglob("*.*")}
    assert "retail-prod" in files
    second = Bench(client, folder=folder)
    second.open("Exports")
    after = {export.raw: export for export in second.bench.exports.values()}
    assert len(after) == len(before) == 3
    for old in before[:2]:
        new = after[old.raw]
        assert (new.gateway, new.environment, new.group) == (old.gateway, old.environment, old.group)
        assert old.time is not None
        assert (new.scope, new.time) == (old.scope, old.time.replace(microsecond=0))
    assert f"kept in {folder}: 3 exports found" in second.text
    # The next export of a group is compared with that of the session before, although a file does not say its project;
    # and nothing is written twice.
    assert before[0].time is not None
    second.bench._list.add(replace(before[0], time=before[0].time + timedelta(minutes=1)))
    assert table(second).frame["since"].tolist()[0] == "no difference"
    second.open("Exports")
    second.load("every-field.yaml", content)
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 4
    second.bench.close()


def test_a_folder_is_chosen_later_and_takes_the_exports_that_are_there(bench, tmp_path):
    bench.export("orders")
    bench.open("Exports")
    bench.type("Keep in folder", str(tmp_path / "kept"))
    (path,) = [path for path in (tmp_path / "kept").rglob("*") if path.is_file()]
    assert path.read_bytes() == bench.bench.exports["orders RELEASE all"].raw
    assert len(bench.bench.exports) == 1
    bench.type("Keep in folder", "")
    bench.export("payments")
    assert len(list((tmp_path / "kept").rglob("*.json"))) == 1


def test_files_of_a_folder_that_cannot_be_read_are_named_and_the_others_are_listed(bench, tmp_path):
    (tmp_path / "<img src=x>.json").write_text("{")
    (tmp_path / ".hidden.json").write_text("{")
    (tmp_path / "good.yaml").write_bytes((DATA / "every-field.yaml").read_bytes())
    bench.open("Exports")
    bench.type("Keep in folder", str(tmp_path))
    assert len(bench.bench.exports) == 1
    assert "<img src=x>.json" in bench.text
    assert "was not loaded" in bench.text
    assert ".hidden" not in bench.text
    assert "<img" not in bench.markup


def test_a_folder_whose_reading_is_stopped_says_of_how_many_files(tmp_path):
    for number in range(3):
        (tmp_path / f"{number}.yaml").write_bytes((DATA / "every-field.yaml").read_bytes())

    def stop(done: int, total: int) -> None:
        if done == 2:
            raise CancelledError

    found: list[apig.Export] = []
    field = FolderField(Background(found.append), list, found.extend)  # type: ignore[arg-type]
    field._show(read_kept(tmp_path, stop))
    assert len(found) == 2
    assert "2 exports found in the first 2 of 3 files, then stopped" in words(field._message.value)


@pytest.mark.parametrize("name", ["file", "~nobody-has-this-name", "x" * 5000, "a\0b"])
def test_a_folder_that_cannot_be_written_is_reported_and_the_export_is_there(bench, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("")
    Path("~nobody-has-this-name").write_text("")
    bench.open("Exports")
    bench.type("Keep in folder", name)
    bench.export("orders")
    bench.open("Exports")
    assert "not kept: " in bench.text
    assert len(bench.bench.exports) == 1


def test_no_credential_is_in_a_kept_folder(client, sandbox, tmp_path):
    bench = Bench(client, folder=tmp_path)
    bench.export("orders")
    bench.bench.close()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert not any(sandbox.token.encode() in path.read_bytes() for path in files)


# An archive


@pytest.fixture
def archive(client: apig.Client, tmp_path: Path) -> apig.Archive:
    """An archive of two days; on the second one, RELEASE is as TEST."""
    pytest.importorskip("pyarrow")
    found = apig.Archive(tmp_path / "archive")
    live, test = (
        client.export_many(client.requests(env=env, define="all"), progress=no_progress) for env in ("RELEASE", "TEST")
    )
    found.add(live, time="2026-11-28T12:00Z")
    found.add(
        apig.ExportSet({key._replace(environment="RELEASE"): one for key, one in test.items()}), "2026-11-29T12:00Z"
    )
    return found


def test_a_snapshot_of_the_archive_is_explored(client, archive):
    bench = Bench(client, archive=archive)
    bench.open("Exports")
    newest, oldest = bench.options("Snapshot")
    assert newest.startswith("2026-11-29 ")
    assert oldest.endswith(" · 7 groups")
    bench.choose("Snapshot", oldest)
    bench.press("Explore the snapshot")
    assert bench._tabs.chosen == "Explore"
    assert bench.control("Export").label == f"snapshot {oldest}"
    assert len(bench.explorer.filtered) == len(archive.at("2026-11-28").operations) > 0
    bench.explorer._operations.table.select(0)
    bench.press("Explore this export only")
    assert len(bench.explorer.filtered) == 17
    bench.choose("Export", f"snapshot {oldest}")
    bench.export("orders")
    bench.open("Explore")
    # It stays open.
    assert bench.control("Export").label == f"snapshot {oldest}"
    bench.bench.close()


def test_the_changes_of_a_group_over_time_are_a_table(client, archive):
    bench = Bench(client, archive=archive)
    bench.open("Exports")
    bench.press("Show over time")
    history = bench.bench._history
    assert history is not None and history._table is not None
    every = history._table.frame
    assert "Seen at" in words(bench.bench.static)
    assert len(every) == len(archive.timeline()) > 0
    bench.choose("Changes of", "orders")
    bench.press("Show over time")
    frame = history._table.frame
    assert set(frame["group"]) == {"orders"}
    assert len(frame) == len(archive.timeline(group="orders")) < len(every)
    assert frame["day"].str.startswith("2026-11-29").all()
    # Without gateway, environment and group, which are the same.
    shown_columns = [column.heading for column in history._table._rows.visible_columns]
    assert shown_columns == ["Seen at", "Severity", "Operation", "Change"]
    bench.bench.close()


def test_all_groups_that_are_exported_become_a_snapshot(client, tmp_path):
    pytest.importorskip("pyarrow")
    archive = apig.Archive(tmp_path / "archive")
    bench = Bench(client, archive=archive)
    bench.open("Exports")
    assert "No snapshot yet" in bench.text
    bench.open("Export")
    bench.choose("Environment", "RELEASE")
    (label,) = [label for label in bench.labels if label.startswith("Export all 7 groups")]
    bench.press(label)
    assert archive.snapshots["groups"].tolist() == [7]
    bench.open("Exports")
    assert len(bench.options("Snapshot")) == 1
    bench.bench.close()


def test_an_archive_that_cannot_be_read_is_reported(client, archive, tmp_path):
    for file in (tmp_path / "archive").rglob("*.parquet"):
        file.write_bytes(b"damaged")
    bench = Bench(client, archive=archive)
    bench.open("Exports")
    assert "alert" in bench.markup
    assert bench.control("Explore the snapshot").disabled
    bench.bench.close()
