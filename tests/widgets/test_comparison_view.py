"""The comparison view without a browser. Without an event loop, background work is done at once."""

import asyncio
import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import ipywidgets
import pytest
import yaml

import apig_nb as apig
from apig_nb.text import HARMFUL
from apig_nb.widgets.comparison.change_page import MAX_OPERATIONS, change_page, inline_diff
from apig_nb.widgets.comparison.count_tiles import Tiles
from apig_nb.widgets.ignore_box import DEFAULT_FILE
from tests.compare.comparing import openapi, swagger, text
from tests.connected import no_progress
from tests.hostile import DOCUMENTS

from .page import Page, shown

ORDERS = ("orders RELEASE all", "orders TEST all")


@pytest.fixture
def orders(client: apig.Client) -> tuple[apig.Export, apig.Export]:
    release, test = (client.export(group="orders", env=env, define="all") for env in ("RELEASE", "TEST"))
    return release, test


TOTAL, BREAKING, WARNINGS, INFO = 22, 5, 9, 8
"""Changes between RELEASE and TEST of the orders."""

OLD, NEW = "Old, what is there now", "New, what would take its place"
REPORT = "Save on the machine of the kernel"


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


class View(Page):
    """A view worked as a person would: tiles, rows, fields and buttons."""

    def __init__(self, *given: Any, **options: Any) -> None:
        self.view = apig.ComparisonView(*given, **options)
        super().__init__(self.view)

    def tiles(self) -> dict[str, int]:
        return {str(tile["key"]): int(str(tile["count"])) for group in self._tiles for tile in group.tiles}

    def pressed(self) -> set[str]:
        return {str(tile["key"]) for group in self._tiles for tile in group.tiles if tile["pressed"]}

    def press_tile(self, *keys: str) -> None:
        for key in keys:
            self._tiles[0]._handle_custom_msg({"press": key}, [])

    def select(self, rule: str) -> None:
        self.view._table.select(list(self.comparison.changes["rule"]).index(rule))

    def ignore(self, reason: str, **fields: str) -> None:
        self.press("Ignore…")
        self.type("Reason", reason)
        for label, value in fields.items():
            self.type(label.replace("_", " "), value)
        self.press("Add to the file")

    @property
    def comparison(self) -> apig.Comparison:
        assert isinstance(self.view.comparison, apig.Comparison)
        return self.view.comparison

    @property
    def static(self) -> str:
        return str(self.view._repr_mimebundle_()["text/html"])

    @property
    def _tiles(self) -> list[Tiles]:
        return [part for part in shown(self._box) if isinstance(part, Tiles)]


def test_heading_counts_and_changes_are_shown_in_the_order_of_the_comparison(orders):
    page = View(*orders)
    comparison = page.comparison
    assert re.search(r"orders: RELEASE \( ?\d{4}-\d\d-\d\d.* ──► TEST \(.* What would change if TEST were", page.text)
    assert page.status == f"{TOTAL} changes"
    assert page.tiles() | {"breaking": BREAKING, "warning": WARNINGS, "info": INFO} == page.tiles()
    assert page.view.filtered.sort_index().equals(comparison.changes)
    page.choose("Order of the changes", "Flat")
    assert page.view.filtered.equals(comparison.changes)
    assert page.view.selected.empty
    assert list(page.view.selected.columns) == list(comparison.changes.columns)
    assert len(comparison) == len(apig.compare(*orders))


def test_the_heading_distinguishes_the_exports(orders, client, tmp_path):
    later = client.export(group="orders", env="RELEASE", define="all")
    assert re.search(r"orders: RELEASE \( ?[\d-]+ \d\d:\d\d:\d\d", View(orders[0], later).text)
    other = client.export(group="payments", env="RELEASE", define="all")
    text = View(orders[0], other).text
    assert re.search(r"orders RELEASE \(.*payments RELEASE \(.*if payments RELEASE all took its place", text)
    files = [tmp_path / "old.json", tmp_path / "new.json"]
    for file, export in zip(files, orders, strict=True):
        export.save(file)
    assert "old.json ──► new.json  What would change if new.json took its place" in View(*files).text


def test_changes_stand_below_their_operation_or_in_one_list(orders):
    page = View(*orders)
    table = page.view._table
    drawn = [cells for _, cells in table.widget.state["rows"]]
    # The operation of the most severe change comes first; both changes of an operation stand below it.
    assert drawn[0] == ["GET /orders", "1"]
    assert [cell.split()[0] if cell else cell for cell in drawn[1]] == ["breaking", "parameter", "500"]
    head = drawn.index(["POST /orders/{orderId}/cancel", "2"])
    assert [cells[0] for cells in drawn[head + 1 : head + 3]] == ["warning security", "warning"]
    operations = list(page.view.filtered["operations"])
    assert len(set(operations)) == sum(one != other for one, other in itertools.pairwise([None, *operations]))
    page.press_tile("breaking")
    heads = [cells for position, cells in table.widget.state["rows"] if position < 0]
    assert [number for _, number in heads] == ["1"] * BREAKING
    page.press_tile("breaking")
    page.choose("Order of the changes", "Flat")
    assert table.widget.state["count"] == TOTAL
    assert [column["heading"] for column in table.widget.state["columns"] if "kind" in column] == [
        *("Severity", "Operation", "Change", "Before → after"),
    ]


def test_tiles_of_one_group_are_alternatives_and_two_groups_are_combined(orders):
    page = View(*orders)
    page.press_tile("warning")
    assert page.pressed() == {"warning"}
    assert set(page.view.filtered["severity"]) == {"warning"}
    page.press_tile("breaking")
    assert len(page.view.filtered) == BREAKING + WARNINGS
    page.press_tile("backend")
    assert set(page.view.filtered["category"]) == {"backend"}
    assert set(page.view.filtered["severity"]) == {"warning"}
    page.press_tile("warning", "breaking", "backend")
    assert (page.pressed(), len(page.view.filtered)) == (set(), TOTAL)


def test_the_page_of_a_change_has_a_sentence_and_both_values(orders):
    page = View(*orders)
    assert "Ignore…" not in page.labels
    page.select("description-altered")
    assert page.view.selected["rule"].to_list() == ["description-altered"]
    assert "description: a title, summary" in page.text
    assert "GET /orders/{orderId}/history" in " ".join(page.text.split())
    assert "<ins>Deprecated: use GET /orders/{orderId}/tracking. </ins>What happened to an order" in page.markup
    page.select("operation-removed")
    assert "<code>GET /orders/export</code>" in page.markup
    assert "not there" in page.text
    page.select("ratelimit-lowered")
    reason = next(change.verdict.why for change in page.comparison.found if change.rule.id == "ratelimit-lowered")
    assert f"{reason[:1].upper()}{reason[1:]}." in page.text
    assert "Affected 2 operations" in " ".join(page.text.split())
    assert "RELEASE" in page.text
    page.select("backend-scheme-loosened")
    assert "security" in page.text
    page.view._panel._guard._handle_custom_msg({"close": True}, [])
    assert page.view.selected.empty


@pytest.mark.parametrize(
    ("before", "after", "old", "new"),
    [
        ("500", "100", "<del>500</del>", "<ins>100</ins>"),
        ("a b c", "a c", "a <del>b </del>c", "a c"),
        ("https://a", "http://a", "<del>https</del>://a", "<ins>http</ins>://a"),
        ("", "x", "", "<ins>x</ins>"),
        ("<b>", "<i>", "&lt;<del>b</del>&gt;", "&lt;<ins>i</ins>&gt;"),
        ("a a", "a a", "a a", "a a"),
    ],
)
def test_different_words_are_marked(before, after, old, new):
    assert inline_diff(before, after) == (old, new)


def test_long_different_values_are_marked_without_comparing_every_pair():
    before, after = (f"same {sign.join(map(str, range(1000)))} end" for sign in ",;")
    old, new = inline_diff(before, after)
    assert old.startswith("same 0<del>,1,2")
    assert new.endswith("998;</ins>999 end")
    assert old.count("<del>") == new.count("<ins>") == 1


def test_a_change_of_many_operations_names_some_and_counts_the_others():
    def document(limit: int) -> bytes:
        body = {"content": {"a/b": {"schema": {"$ref": "#/components/schemas/X"}}}}
        paths = {f"/{n}": {"post": {"requestBody": body, "responses": {}}} for n in range(1100)}
        return text(openapi(paths=paths, components={"schemas": {"X": {"type": "string", "maxLength": limit}}}))

    page = View(document(2), document(1))
    page.select("max-length-tightened")
    assert "1,100 operations" in page.text
    assert page.markup.count("<li>") == MAX_OPERATIONS + 1
    assert f"and {1100 - MAX_OPERATIONS:,} more" in page.text


def test_no_difference_is_reported_in_one_line(orders):
    page = View(orders[0], orders[0])
    assert " ".join(page.status.split()) == "no difference in 19 operations"
    assert not any(isinstance(part, Tiles) for part in shown(page._box))
    assert page.view.filtered.empty
    assert "Ignore…" not in page.labels
    assert "Save report" in page.labels


def test_documents_that_cannot_be_compared_show_an_error_and_raise_one(orders, tmp_path):
    page = View(orders[0], tmp_path / "nowhere.json")
    assert "nowhere.json' cannot be read: No such file" in page.status
    assert page.labels == []
    with pytest.raises(apig.DocumentError, match=r"nowhere\.json"):
        _ = page.view.comparison
    assert "run the notebook" in page.static
    assert "is not a field of an ignore file" in View(*orders, ignore={"ignroe": []}).status
    assert "is not a rule" in View(*orders, severity={"no-such-rule": "info"}).status


def test_both_exports_can_be_chosen_and_swapped(orders):
    page = View(exports=orders)
    assert (page.status, page.view.comparison) == ("choose the exports to compare", None)
    names = page.options(OLD)[1:]
    assert [name.partition(",")[0] for name in names] == list(ORDERS)
    page.choose(OLD, names[0])
    assert page.status == "choose the exports to compare"
    page.choose(NEW, names[1])
    assert page.status == f"{TOTAL} changes"
    comparison = page.comparison
    page.press("Swap")
    assert repr(page.view) == "<ComparisonView orders TEST all → orders RELEASE all>"
    assert page.comparison.new is orders[0]
    page.press("Swap")
    page.view.offer([*orders, orders[0]])
    assert [page.control(label).value for label in (OLD, NEW)] == names
    assert page.options(NEW)[-1] == f"{names[0]} (2)"
    assert page.comparison.counts_text() == comparison.counts_text()
    page.view.offer(orders[:1])
    assert page.options(OLD) == ["two exports are needed"]
    assert page.view.comparison is None


def test_exports_can_have_labels_and_an_initial_choice(orders):
    page = View(*orders, exports={"now": orders[0], "next": orders[1]})
    assert (page.control(OLD).value, page.control(NEW).value, page.status) == ("now", "next", f"{TOTAL} changes")


def test_a_change_is_ignored_in_a_file_and_the_entry_is_removed_again(orders, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = View(*orders)
    page.select("maximum-tightened")
    page.ignore("")
    assert "must say why" in page.beside("Reason")
    assert not Path(DEFAULT_FILE).exists()
    page.type("Until", "soon")
    page.type("Reason", "agreed with the client")
    page.press("Add to the file")
    assert "is not a day such as 2026-12-31" in page.beside("Until")
    page.type("Until", "2999-12-31")
    page.press("Add to the file")
    assert page.status == f"{TOTAL - 1} changes, 1 ignored | ignored; added to {DEFAULT_FILE}"
    assert "Reason" not in page.labels
    entry = yaml.safe_load(Path(DEFAULT_FILE).read_text())["ignore"][0]
    assert (entry["reason"], str(entry["expires"])) == ("agreed with the client", "2999-12-31")
    assert len(apig.compare(*orders, ignore=DEFAULT_FILE)) == TOTAL - 1
    page.press_tile("ignored")
    assert page.view._ignored.filtered["reason"].to_list() == ["agreed with the client"]
    assert page.view._ignored.widget in list(shown(page._box))
    page.press("Undo")
    assert page.status == f"{TOTAL} changes | undone; {DEFAULT_FILE} is as before"
    assert not Path(DEFAULT_FILE).exists()
    assert page.view._ignored.widget not in list(shown(page._box))
    assert page.pressed() == set()


@pytest.mark.parametrize(
    ("scope", "left"),
    [
        ("this change only", TOTAL - 2),
        ("backend-address-altered on /orders/{orderId}", TOTAL - 2),
        ("backend-address-altered everywhere", TOTAL - 3),
    ],
)
def test_similar_changes_can_be_ignored_and_the_file_keeps_its_comments(orders, tmp_path, scope, left):
    file = tmp_path / "ignore.yaml"
    file.write_text("# of ours\nignore:\n- rule: tags-altered # never\n")
    page = View(*orders, ignore=file)
    page.select("backend-address-altered")
    page.press("Ignore…")
    assert "Ignore file" not in page.labels
    page.type("Ignore", scope)
    page.type("Reason", "moved together")
    page.press("Add to the file")
    assert page.status.startswith(f"{left} changes")
    assert file.read_text().startswith("# of ours\nignore:\n- rule: tags-altered # never\n- ")


def test_rules_ignored_in_code_stay_ignored_with_a_file(orders, tmp_path):
    page = View(*orders, ignore=[{"rule": "operation-added", "reason": "may always be"}])
    assert page.status == f"{TOTAL - 2} changes, 2 ignored"
    page.select("cors-enabled")
    page.ignore("wanted", Ignore_file=str(tmp_path / "ignore.yaml"))
    assert page.status.startswith(f"{TOTAL - 3} changes, 3 ignored")


def test_a_file_that_cannot_be_extended_is_unchanged_and_reported(orders, tmp_path):
    file = tmp_path / "ignore.yaml"
    file.write_text("ignore: null\n")
    page = View(*orders, ignore=file)
    page.select("cors-enabled")
    page.ignore("wanted")
    assert "add it by hand" in page.status
    assert file.read_text() == "ignore: null\n"


@pytest.mark.parametrize("ending", ["html", "md", "json", "xml", "csv"])
def test_the_report_is_saved_under_the_typed_name(orders, tmp_path, ending):
    page = View(*orders)
    file = tmp_path / f"report.{ending}"
    page.type(REPORT, str(file))
    page.press("Save report")
    assert f"saved as {file}" in page.status
    assert "maximum" in file.read_text("utf-8")


@pytest.mark.parametrize("name", ["HTML", "Markdown", "JSON", "JUnit", "CSV"])
def test_the_report_is_downloaded_in_the_chosen_format(orders, name):
    page = View(*orders)
    page.choose("Format", name)
    button, sent = page.control("Download report"), []
    button.send = lambda content, buffers: sent.append((content["name"], buffers[0].decode()))
    button._handle_custom_msg({"download": "a view"}, [])
    ((file, report),) = sent
    made = {"HTML": "to_html", "Markdown": "to_markdown", "JSON": "to_json", "JUnit": "to_junit", "CSV": "to_csv"}
    assert report == getattr(page.comparison, made[name])()
    assert file.startswith("comparison.")


def test_a_report_that_cannot_be_saved_shows_the_reason(orders, tmp_path):
    page = View(*orders)
    for name, why in (
        ("report.doc", "unknown ending"),
        ("no/where.html", "no such file or directory"),
        ("a\0.html", "embedded null"),
    ):
        page.type(REPORT, str(tmp_path / name))
        page.press("Save report")
        assert why in page.beside(REPORT)
        # Nothing of what only we know: a number, the name of a draft.
        assert not re.search(r"Errno|\.tmp", page.beside(REPORT))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_a_hostile_document_stays_text_in_every_part(path, tmp_path):
    document = json.loads(path.read_text("utf-8"))
    empty = swagger() if "swagger" in document else openapi()
    page = View(text(document), text(empty), ignore=[{"category": "documentation", "reason": "<b>"}])
    page.press_tile("ignored")
    shown_parts = []
    for number in range(len(page.view.filtered)):
        page.view._table.select(number)
        shown_parts.append(page.markup)
    every = "\n".join([*shown_parts, page.static])
    assert re.findall(r"<script|<img|onerror=[^&]*>", every) == []
    assert not HARMFUL.search(every + json.dumps(page.view._table.widget.state, ensure_ascii=False))
    page.type(REPORT, str(tmp_path / "report.csv"))
    page.press("Save report")
    assert re.findall(r'(?m)(?:^|,)"?[=+@-]', (tmp_path / "report.csv").read_text()) == []


def test_the_answer_stands_below_the_heading(orders):
    live, test = orders
    breaking = apig.compare(live, test)
    answer, reasons = breaking.verdict()
    assert answer == "Do not publish it as it is."
    assert reasons.startswith(f"Calls that work today can fail: {BREAKING} breaking changes, ")
    assert f"{answer} {reasons}" in " ".join(View(live, test).text.split())
    # The status line says it where nothing differs.
    assert "publish it as it is" not in View(live, live).text


def test_the_heading_of_two_sets_says_what_they_share_and_how_many_groups_differ(client):
    live, test = (
        client.export_many(client.requests(env=env, define="all"), progress=no_progress) for env in ("RELEASE", "TEST")
    )
    groups, when = len(live), r"\( *\d{4}-\d\d-\d\d *\)"
    page = View(live, test)
    title = rf"[\w-]+ · {groups} groups: RELEASE {when} ──► TEST {when} +What would change if TEST were published"
    assert re.search(title, page.text)
    expected = apig.compare(live, test)
    differ = expected.changes["group"].nunique()
    assert 0 < differ < groups
    assert page.status == f"{len(expected)} changes in {differ} of {groups} groups"
    # Of one environment, before a group was removed.
    part = apig.ExportSet({key: export for key, export in live.items() if key.group != "catalog"})
    page = View(live, part)
    assert re.search(rf"[\w-]+ · RELEASE: {groups} groups {when} ──► {groups - 1} groups {when} ", page.text)
    assert page.status == f"1 change in 1 of {groups} groups"
    # Where nothing else tells them apart, their times do.
    page = View(live, live)
    time = r"\( *[\d-]+ \d\d:\d\d:\d\d *\)"
    assert re.search(rf"[\w-]+ · RELEASE · {groups} groups: old {time} ──► new {time} ", page.text)
    assert " ".join(page.status.split()) == f"no difference in {groups} groups"


def test_two_sets_are_compared_by_group(client, orders):
    estates = [
        client.export_many(client.requests(env=env, define="all"), progress=lambda exports: None)
        for env in ("RELEASE", "TEST")
    ]
    # A group that is no longer there.
    estates[1] = apig.ExportSet({key: export for key, export in estates[1].items() if key.group != "catalog"})
    page = View(*estates)
    expected = apig.compare(*estates)
    assert "RELEASE" in page.text
    assert "TEST" in page.text
    groups = page.view._groups.frame
    # Without gateway and environment, which are the same for all; those with changes first.
    assert set(groups["group"]) == set(expected.summary["group"])
    assert groups["group"][0] == "orders"
    assert groups["state"].tolist()[-1] == "unchanged"
    assert len(page.view.filtered) == len(expected)
    row = next(n for n, name in enumerate(groups["group"]) if name == "payments")
    page.view._groups.select(row)
    assert len(page.view.filtered) == len(expected.changes.query("group == 'payments'")) == 3
    shown_columns = [column.name for column in page.view._table._rows.visible_columns]
    assert shown_columns == ["severity", "operation", "change", "values"]
    page.view._table.select(0)
    page.view._groups.select(None)
    page.choose("Order of the changes", "Flat")
    assert "group" in page.view._table.frame.columns
    assert "removed" in set(groups["state"])
    assert "group-removed" in set(page.view.filtered["rule"])


def test_an_export_is_not_compared_with_a_set(client, orders):
    estate = client.export_many(client.requests(env="RELEASE", define="all"), progress=lambda exports: None)
    page = View(orders[0], estate)
    assert "compare two exports or two sets, not one of each" in page.status


def test_a_saved_notebook_contains_the_overview_and_a_stable_text(orders):
    page = View(*orders)
    assert f"orders RELEASE all → orders TEST all: {BREAKING} breaking, {WARNINGS} warning, {INFO} info" in page.static
    assert page.view._repr_mimebundle_()["text/plain"] == "<ComparisonView orders RELEASE all → orders TEST all>"
    assert View(exports=orders).view._repr_mimebundle_()["text/plain"] == "<ComparisonView>"


def test_closing_closes_every_widget(orders, tmp_path):
    alive = ipywidgets.widgets.widget._instances
    before = set(alive)
    page = View(*orders, exports=orders)
    page.select("cors-enabled")
    page.ignore("wanted", Ignore_file=str(tmp_path / "ignore.yaml"))
    page.press_tile("ignored", "breaking")
    page.press("Swap")
    page.view.close()
    assert set(alive) == before


def test_the_kernel_stays_free_while_comparing_and_code_waits_for_the_result(orders):
    go_on = Event()

    class Slow:
        """A document that is long in coming."""

        def read(self, _size: int) -> Any:
            go_on.wait()
            return orders[1].raw

    async def scene() -> None:
        page = View(orders[0], Slow())
        assert page.status == "comparing…"
        await asyncio.sleep(0.01)
        assert page.status == "comparing…"
        go_on.set()
        assert len(page.comparison) == len(page.view.filtered) == TOTAL
        assert page.view.selected.empty
        await until(lambda: page.status != "comparing…")
        assert page.status == f"{TOTAL} changes"
        page.view.close()

    asyncio.run(scene())


def test_repeated_clicks_have_no_further_effect(orders, tmp_path):
    file = tmp_path / "ignore.yaml"

    async def scene() -> None:
        page = View(*orders)
        await until(lambda: page.status == f"{TOTAL} changes")
        page.select("cors-enabled")
        page.ignore("wanted", Ignore_file=str(file))
        for _ in range(5):
            page.press("Add to the file")
        await until(lambda: page.status.startswith(f"{TOTAL - 1} changes"))
        assert len(yaml.safe_load(file.read_text())["ignore"]) == 1
        take_back = page.control("Undo")
        for _ in range(5):
            take_back.click()
        await until(lambda: page.status.startswith(f"{TOTAL} changes"))
        assert "undone" in page.status
        assert not file.exists()
        page.view.close()

    asyncio.run(scene())


def test_the_page_of_a_change_names_operations_with_another_severity(orders):
    change = apig.compare(*orders).found[0]
    change.operations = {("GET", "/a"): "breaking", ("GET", "/b"): "warning"}
    page = change_page(change, ("old", "new"))
    assert "<li>GET /a</li>" in page
    assert "<li>▲ warning: GET /b</li>" in page
