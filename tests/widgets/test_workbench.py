"""The workbench without a browser: exports and files are listed, explored and compared."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ipywidgets
import pytest

import apig_nb as apig
from apig_nb.sandbox import Sandbox

from .page import Page

DATA = Path(__file__).parents[1] / "data"


class Bench(Page):
    """A workbench worked as a person would."""

    def __init__(self, client: apig.Client | None, **options: Any) -> None:
        self.bench = apig.Workbench(client, **options)
        super().__init__(self.bench)
        self._tabs = self.control("Views of the workbench")

    @property
    def explorer(self) -> apig.Explorer:
        assert self.bench.explorer is not None
        return self.bench.explorer

    def open(self, tab: str) -> None:
        self._tabs.chosen = tab

    def load(self, name: str, content: bytes) -> None:
        message = {"upload": name, "name": name, "size": len(content), "part": 0, "parts": 1}
        self.control("Load files…")._handle_custom_msg(message, [memoryview(content)])

    def export(self, group: str, env: str = "RELEASE") -> None:
        self.open("Export")
        if "Change" in self.labels:
            self.press("Change")
        self.choose("Environment", env)
        self.choose("API group", group)
        self.press("Export")


def tick(bench: Bench, *positions: int, on: bool = True) -> None:
    """Change the boxes of exports, of which the newest is the first."""
    grid = bench.bench._list._table.widget
    for position in positions:
        grid._handle_custom_msg({"tick": position, "on": on, "frame": grid.state["frame"]}, [])


@pytest.fixture
def bench(client: apig.Client) -> Iterator[Bench]:
    opened = Bench(client)
    yield opened
    opened.bench.close()


def test_exports_of_the_form_are_listed_explored_and_compared(bench):
    bench.export("orders")
    bench.export("orders", "TEST")
    assert list(bench.bench.exports) == ["orders RELEASE all", "orders TEST all"]
    assert bench._tabs.items[-1]["count"] == "2"
    assert repr(bench.bench) == "<Workbench with 2 exports>"
    bench.open("Explore")
    # The newest one.
    assert bench.explorer.export is bench.bench.exports["orders TEST all"]
    bench.choose("Export", "orders RELEASE all")
    assert len(bench.explorer.filtered) == 19
    # The last two are compared, until others are chosen.
    bench.open("Compare")
    assert len(bench.bench.comparison.comparison.breaking) > 0
    assert bench.control("Old, what is there now").value == "orders RELEASE all"
    bench.choose("Old, what is there now", "orders TEST all")
    bench.open("Explore")
    bench.open("Compare")
    assert bench.control("Old, what is there now").value == "orders TEST all"


def test_exports_that_arrive_while_the_comparison_is_open_can_be_chosen(bench, client):
    bench.open("Compare")
    assert "Nothing to compare yet" in bench.text
    for env in ("RELEASE", "TEST"):
        bench.bench._list.add(client.export(group="orders", env=env, define="all"))
    assert "Nothing to compare yet" not in bench.text
    assert bench.control("Old, what is there now").value == ""
    bench.choose("Old, what is there now", "orders RELEASE all")
    bench.choose("New, what would take its place", "orders TEST all")
    assert len(bench.bench.comparison.comparison.breaking) > 0


def test_a_workbench_opens_without_the_views_of_its_tabs(client):
    """Each widget is a message to the page; with all its views at once, they were more than twice as many."""
    alive = ipywidgets.widgets.widget._instances
    before = set(alive)
    bench = Bench(client)
    assert len(set(alive) - before) < 400
    bench.bench.close()
    assert set(alive) == before


def test_exports_of_an_environment_a_gateway_and_the_session_are_explored_as_one(bench):
    bench.export("orders")
    bench.export("payments")
    bench.export("orders", "TEST")
    bench.export("orders")
    bench.open("Explore")
    release, gateway = bench.options("Export")[:2]
    assert release == "retail-prod · RELEASE · 2 groups"
    assert gateway == "retail-prod · 2 environments · 2 groups"
    # What a smaller set has already is not offered again.
    assert bench.options("Export")[2] == "orders RELEASE all (2)"
    bench.choose("Export", gateway)
    exports = bench.bench.exports
    newest = (exports[label] for label in ("orders RELEASE all (2)", "payments RELEASE all", "orders TEST all"))
    assert len(bench.explorer.filtered) == sum(len(export.operations) for export in newest) > 0
    bench.choose("Export", release)
    shown = bench.explorer.export
    assert {key.environment for key in shown} == {"RELEASE"}
    # It stays open while other exports come, and is not read again.
    bench.export("catalog", "TEST")
    bench.open("Explore")
    assert bench.explorer.export is shown
    bench.export("catalog")
    bench.open("Explore")
    assert len(bench.explorer.export) == 3
    bench.explorer._operations.table.select(0)
    bench.press("Explore this export only")
    assert bench.control("Export").value == "orders RELEASE all (2)"
    assert bench.explorer.export is exports["orders RELEASE all (2)"]


def test_a_loaded_file_can_be_explored_like_an_export(bench):
    content = (DATA / "every-field.yaml").read_bytes()
    bench.open("Exports")
    bench.load("every-field.yaml", content)
    (export,) = bench.bench.exports.values()
    assert (export.raw, export.source) == (content, "every-field.yaml")
    bench.load("every-field.yaml", content)
    first, second = bench.bench.exports
    assert second == f"{first} (2)"
    bench.open("Explore")
    assert len(bench.explorer.filtered) == len(export.operations) > 0


@pytest.mark.parametrize("name", ["page.html", "<img src=x onerror=alert(1)>.json"])
def test_a_file_that_is_not_a_document_is_reported_and_not_listed(bench, name):
    bench.open("Exports")
    bench.load(name, b"<html><title>Sign in</title></html>")
    assert bench.bench.exports == {}
    assert f"{name} was not loaded: " in bench.text
    assert "<img" not in bench.markup


def test_a_document_beyond_the_limits_is_reported_and_not_listed(bench):
    operation = {"get": {"tags": ["t"] * 200, "responses": {}}}
    paths = {"/a": operation, **{f"/p{number}": {"$ref": "#/paths/~1a"} for number in range(6000)}}
    bench.open("Exports")
    bench.load("many.json", json.dumps({"openapi": "3.0.3", "paths": paths}).encode())
    assert bench.bench.exports == {}
    assert "many.json was not loaded: references add more than 1,000,000 values to its paths" in bench.text
    bench.load("every-field.yaml", (DATA / "every-field.yaml").read_bytes())
    assert len(bench.bench.exports) == 1


def test_every_file_that_was_not_loaded_is_named(bench):
    """Of several files, those that cannot be read stay named beside those that can."""
    bench.open("Exports")
    bench.bench._list._loading += 1  # as while another file of the same choice is read
    bench.load("one.json", b"{")
    bench.load("good.yaml", (DATA / "every-field.yaml").read_bytes())
    bench.load("two.json", b"[]")
    assert len(bench.bench.exports) == 1
    assert "one.json was not loaded" in bench.text
    assert "two.json was not loaded" in bench.text


def test_exports_to_begin_with_are_listed_and_the_first_is_open(client):
    exports = [client.export(group=group, env="RELEASE", define="all") for group in ("orders", "catalog")]
    bench = apig.Workbench(client, exports=exports)
    assert list(bench.exports.values()) == exports
    assert bench.explorer is not None
    assert bench.explorer.export is exports[0]
    assert "API_orders_get" in str(bench._repr_mimebundle_()["text/html"]) or "/orders" in str(
        bench._repr_mimebundle_()["text/html"]
    )
    bench.close()


def downloaded(bench: Bench, label: str) -> list[bytes]:
    """The documents in the zip file of a button."""
    button, sent = bench.control(label), []
    button.send = lambda content, buffers: sent.append((content["name"], buffers[0]))
    button._handle_custom_msg({"download": "a view"}, [])
    ((name, data),) = sent
    assert name == "exports.zip"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    return list(contents.values())


def test_all_exports_or_those_that_are_ticked_are_downloaded_as_one_file(bench):
    bench.export("orders")
    bench.export("orders")
    bench.export("catalog", "TEST")
    bench.open("Exports")
    raw = [export.raw for export in bench.bench.exports.values()]
    assert downloaded(bench, "Download all") == raw
    tick(bench, 0, 2)
    assert downloaded(bench, "Download 2 selected") == [raw[0], raw[2]]
    # What is ticked stays ticked when another export comes.
    bench.export("payments")
    bench.open("Exports")
    assert downloaded(bench, "Download 2 selected") == [raw[0], raw[2]]
    tick(bench, 1, 3, on=False)
    assert "Download all" in bench.labels


def test_removing_an_export_closes_its_explorer(bench):
    bench.export("orders")
    bench.export("catalog")
    bench.open("Explore")
    bench.open("Exports")
    # The newest stands first.
    tick(bench, 0)
    bench.press("Remove from the list")
    assert list(bench.bench.exports) == ["orders RELEASE all"]
    bench.open("Explore")
    assert bench.explorer.export is bench.bench.exports["orders RELEASE all"]
    bench.open("Exports")
    tick(bench, 0)
    bench.press("Remove from the list")
    bench.open("Explore")
    assert bench.bench.explorer is None
    assert "Nothing to explore yet" in bench.text
    bench.press("Export a group")
    assert bench._tabs.chosen == "Export"


def test_all_groups_are_exported_and_failures_are_retried(client, sandbox, bench):
    groups = len(client.groups())
    bench.choose("Environment", "TEST")
    sandbox.fault("export", status=500, times=2)
    bench.press(f"Export all {groups} groups of retail-prod · TEST")
    assert len(bench.bench.exports) == groups - 2
    assert {(export.environment, export.scope) for export in bench.bench.exports.values()} == {("TEST", "all")}
    assert f"{groups - 2} of {groups} groups exported, 2 failed" in bench.status
    rows = bench.bench._all_groups._table.frame
    assert rows["state"].value_counts().to_dict() == {"exported": groups - 2, "failed": 2}
    assert rows["error"].dropna().str.startswith("500 ").all()
    assert f"Explore {groups - 2} groups" in bench.labels
    bench.press("Retry the others")
    assert len(bench.bench.exports) == groups
    assert "Retry the others" not in bench.labels
    table = bench.bench._all_groups._table
    assert table.frame["Download"].notna().all()
    table.widget._handle_custom_msg({"action": "Explore", "position": 1, "frame": 0, "view": "a view"}, [])
    assert bench._tabs.chosen == "Explore"
    bench.open("Export")
    bench.press(f"Explore all {groups} groups")
    every = bench.explorer.export
    assert isinstance(every, apig.ExportSet)
    assert {*map(id, every.values())} == {*map(id, bench.bench.exports.values())}
    assert bench.control("Export").label == f"retail-prod · TEST · {groups} groups"


def test_an_empty_group_is_exported_and_has_nothing_published(client, bench):
    bench.choose("Environment", "RELEASE")
    bench.press(f"Export all {len(client.groups())} groups of retail-prod · RELEASE")
    rows = bench.bench._all_groups._table.frame.set_index("group")
    assert rows.loc["archive", "state"] == "nothing published"
    assert rows.loc["orders", ["state", "operations"]].tolist() == ["exported", 19]


def test_files_can_be_loaded_before_a_connection_and_are_opened(sandbox: Sandbox):
    bench = Bench(None)
    assert "Or look at files you have" in bench.text
    bench.load("small.json", b'{"openapi": "3.0.3", "info": {"title": "t"}, "paths": {"/a": {"get": {}}}}')
    assert bench._tabs.chosen == "Explore"
    assert len(bench.explorer.filtered) == 1
    bench.choose("Views of the workbench", "Export")
    bench.load("broken.json", b"{")
    assert "broken.json was not loaded: " in bench.status
    bench.press("Connect to the sandbox")
    assert "Or look at files you have" not in bench.text
    bench.bench.close()


def test_without_a_connection_it_asks_for_one(sandbox: Sandbox):
    bench = Bench(None)
    assert "not connected" in bench.text
    assert not [label for label in bench.labels if label.startswith("Export all")]
    bench.press("Connect to the sandbox")
    assert bench.bench.client is not None
    assert bench.bench.client.where == "sandbox"
    bench.export("orders")
    assert len(bench.bench.exports) == 1
    bench.bench.close()


def test_closing_a_workbench_closes_every_widget(client):
    before = set(ipywidgets.widgets.widget._instances)
    bench = Bench(client)
    bench.export("orders")
    bench.export("orders", "TEST")
    for tab in ("Exports", "Explore", "Compare", "Audit"):
        bench.open(tab)
    bench.bench.close()
    assert set(ipywidgets.widgets.widget._instances) == before


def test_a_saved_notebook_has_a_static_fallback(bench):
    bench.open("Exports")
    bench.load("<b>.json", b'{"swagger": "2.0", "info": {"title": "<script>", "version": "1"}, "paths": {}}')
    saved: dict[str, Any] = bench.bench._repr_mimebundle_()
    assert saved["text/plain"] == "<Workbench with 1 export>"
    html = str(saved["text/html"])
    assert "<b>API workbench</b> · " in html
    assert "1 export. Run the notebook to use it." in html
    assert "<script" not in html
