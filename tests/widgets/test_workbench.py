"""The workbench without a browser: exports and files are listed, explored and compared."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ipywidgets
import pytest

import apig_nb as apig
from apig_nb.sandbox import Sandbox

from .page import Page, shown

DATA = Path(__file__).parents[1] / "data"


class Bench(Page):
    """A workbench worked as a person would."""

    def __init__(self, client: apig.Client | None) -> None:
        self.bench = apig.Workbench(client)
        super().__init__(self.bench)
        self._tabs = next(part for part in shown(self._box) if isinstance(part, ipywidgets.Tab))

    @property
    def explorer(self) -> apig.Explorer:
        assert self.bench.explorer is not None
        return self.bench.explorer

    def open(self, tab: str) -> None:
        titles = [title.split(" (")[0] for title in self._tabs.titles]
        self._tabs.selected_index = titles.index(tab)

    def load(self, name: str, content: bytes) -> None:
        message = {"upload": name, "name": name, "size": len(content), "part": 0, "parts": 1}
        self.control("Load files…")._handle_custom_msg(message, [memoryview(content)])

    def export(self, group: str, env: str = "RELEASE") -> None:
        self.choose("Environment", env)
        self.choose("API group", group)
        self.press("Export")


@pytest.fixture
def bench(client: apig.Client) -> Iterator[Bench]:
    opened = Bench(client)
    yield opened
    opened.bench.close()


def test_exports_of_the_form_are_listed_explored_and_compared(bench):
    bench.export("orders")
    bench.export("orders", "TEST")
    assert list(bench.bench.exports) == ["orders RELEASE spec", "orders TEST spec"]
    assert bench._tabs.titles[1] == "Exports (2)"
    assert repr(bench.bench) == "<Workbench with 2 exports>"
    bench.open("Explore")
    # The newest one.
    assert bench.explorer.export is bench.bench.exports["orders TEST spec"]
    bench.control("Explore").value = "orders RELEASE spec"
    assert len(bench.explorer.filtered) == 19
    bench.open("Compare")
    bench.choose("Old", "orders RELEASE spec")
    bench.choose("New", "orders TEST spec")
    assert len(bench.bench.comparison.comparison.breaking) > 0


def test_a_loaded_file_can_be_explored_like_an_export(bench):
    content = (DATA / "every-field.yaml").read_bytes()
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
    bench.load(name, b"<html><title>Sign in</title></html>")
    assert bench.bench.exports == {}
    assert f"{name} was not loaded: " in bench.text
    assert "<img" not in bench.markup


def test_a_document_beyond_the_limits_is_reported_and_not_listed(bench):
    operation = {"get": {"tags": ["t"] * 200, "responses": {}}}
    paths = {"/a": operation, **{f"/p{number}": {"$ref": "#/paths/~1a"} for number in range(6000)}}
    bench.load("many.json", json.dumps({"openapi": "3.0.3", "paths": paths}).encode())
    assert bench.bench.exports == {}
    assert "many.json was not loaded: references add more than 1,000,000 values to its paths" in bench.text
    bench.load("every-field.yaml", (DATA / "every-field.yaml").read_bytes())
    assert len(bench.bench.exports) == 1


def test_removing_an_export_closes_its_explorer(bench):
    bench.export("orders")
    bench.export("catalog")
    bench.open("Explore")
    # The newest stands first.
    bench.bench._list._table.select(0)
    bench.press("Remove from the list")
    assert list(bench.bench.exports) == ["orders RELEASE spec"]
    assert bench.explorer.export is bench.bench.exports["orders RELEASE spec"]
    bench.bench._list._table.select(0)
    bench.press("Remove from the list")
    assert bench.bench.explorer is None
    assert "Nothing is exported or loaded yet." in bench.text


def test_all_groups_are_exported_and_failures_are_retried(client, sandbox, bench):
    groups = len(client.groups())
    bench.choose("Environment", "TEST")
    bench.choose("Scope", next(option for option in bench.options("Scope") if "all" in option))
    sandbox.fault("export", status=500, times=2)
    bench.press("Export all groups")
    assert len(bench.bench.exports) == groups - 2
    assert {(export.environment, export.scope) for export in bench.bench.exports.values()} == {("TEST", "all")}
    assert f"{groups - 2} of {groups} groups exported, 2 failed" in bench.status
    failures = bench.bench._all_groups._table.frame
    assert list(failures["state"]) == ["failed"] * 2
    assert failures["error"].str.startswith("500 ").all()
    bench.press("Retry the others")
    assert len(bench.bench.exports) == groups
    assert bench.bench._all_groups._table is None


def test_without_a_connection_it_asks_for_one(sandbox: Sandbox):
    bench = Bench(None)
    bench.press("Export all groups")
    assert "connect first" in bench.status
    bench.press("Connect")
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
    for tab in ("Exports", "Explore", "Compare"):
        bench.open(tab)
    bench.bench.close()
    assert set(ipywidgets.widgets.widget._instances) == before


def test_a_saved_notebook_has_a_static_fallback(bench):
    bench.load("<b>.json", b'{"swagger": "2.0", "info": {"title": "<script>", "version": "1"}, "paths": {}}')
    saved: dict[str, Any] = bench.bench._repr_mimebundle_()
    assert saved["text/plain"] == "<Workbench with 1 export>"
    assert saved["text/html"] == ("<p><b>API workbench</b> with 1 export: run the notebook to use it.</p>")
    assert json.dumps(saved["text/html"])
