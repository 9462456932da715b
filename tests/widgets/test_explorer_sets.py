"""The explorer with sets: all groups of a gateway, of several environments, and some that cannot be read."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import CancelledError
from threading import Event
from typing import Any

import ipywidgets
import pytest

import apig_nb as apig
from apig_nb.export_set import KEY_COLUMNS
from apig_nb.widgets.explorer.content import read_content
from apig_nb.widgets.explorer.defects import find_defects
from tests.connected import connected, no_progress

from .explorer_page import ExplorerPage
from .page import shown

DAMAGED = apig.ExportKey(gateway="retail-prod", environment="RELEASE", group="damaged")


@pytest.fixture(scope="module")
def estate(sandbox: Any) -> apig.ExportSet:
    with connected(sandbox) as client:
        requests = client.requests(env=["RELEASE", "TEST"], define="all")
        return client.export_many(requests, progress=no_progress)


@pytest.fixture
def page(estate: apig.ExportSet) -> Iterator[ExplorerPage]:
    explorer = apig.Explorer(estate)
    yield ExplorerPage(explorer)
    explorer.close()


def pages(estate: apig.ExportSet) -> Iterator[ExplorerPage]:
    """The explorer of each export by itself."""
    for export in estate.values():
        explorer = apig.Explorer(export)
        yield ExplorerPage(explorer)
        explorer.close()


def add(texts: dict[str, str]) -> Counter[str]:
    return Counter({name: int(count) for name, count in texts.items()})


def test_until_a_set_is_read_there_are_no_operations(estate):
    async def scene() -> None:
        explorer = apig.Explorer(estate)
        assert explorer.filtered.columns.tolist() == estate.operations.columns.tolist()
        explorer.select("GET", "/orders")
        assert explorer.selected.empty
        explorer.close()

    asyncio.run(scene())


def test_all_operations_are_there_behind_gateway_environment_and_group(page, estate):
    filtered = page.explorer.filtered
    assert filtered.equals(estate.operations)
    state = page._grid.state
    headings = [state["columns"][n]["heading"] for n in state["query"]["columns"]]
    # There is one gateway only; it is in the title, and its column can be chosen.
    assert headings[:4] == ["Environment", "Group", "Method", "Path"]
    assert "Gateway" in [column["heading"] for column in state["columns"]]
    assert "retail-prod · 2 environments · 7 groups" in page.text
    assert f"{len(filtered)} operations on " in page.text
    assert "14 exports · Swagger 2.0" in page.text
    assert repr(page.explorer) == f"<Explorer of {len(filtered)} operations: retail-prod · 2 environments · 7 groups>"


def test_questions_problems_and_findings_are_counted_over_all_exports(page, estate):
    expected = sum((add(one.questions) for one in pages(estate)), Counter[str]())
    counts = add(page.questions)
    assert {name: counts[name] for name in counts if "finding" not in name} == {
        name: expected[name] for name in counts if "finding" not in name
    }
    assert counts["no authentication"] > 0
    # An audit of the set finds more than one of each export: a backend that is reached from several exports.
    found = apig.audit(estate).findings
    by_severity = {
        severity: {
            (*key, *operation.split(" ", 1))
            for *key, operations in rows[[*KEY_COLUMNS, "operations"]].itertuples(index=False)
            for operation in operations
        }
        for severity, rows in found.groupby("severity")
    }
    for severity in ("critical", "high", "medium", "low"):
        assert counts[f"{severity} finding"] == len(by_severity[severity]) >= expected[f"{severity} finding"]
    assert counts["medium finding"] > expected["medium finding"]
    page.ask("high finding")
    columns = [*KEY_COLUMNS, "method", "path"]
    assert {*page.explorer.filtered[columns].itertuples(index=False, name=None)} == by_severity["high"]


def test_menus_count_over_all_exports_and_have_environment_and_group(page, estate):
    expected: dict[str, Counter[str]] = {}
    for one in pages(estate):
        for name, counts in one.facets.items():
            expected.setdefault(name, Counter()).update(counts)
    operations = estate.operations
    for name, counts in expected.items():
        # A menu is left out where no operation of an export has a value.
        assert Counter(page.facets[name]) - counts in (Counter(), Counter({"no tag": 4}))
    assert "Gateway" not in page.facets
    assert page.facets["Group"] == operations["group"].value_counts().to_dict()
    page.press("Environment", "TEST")
    page.press("Group", "payments")
    expected_rows = operations.query("environment == 'TEST' and group == 'payments'")
    assert page.explorer.filtered.equals(expected_rows)


def test_the_page_of_an_operation_is_that_of_its_export_and_leads_there(page, estate):
    key = next(key for key in estate if key.environment == "TEST" and key.group == "payments")
    operations = estate.operations
    position = next(n for n, row in enumerate(operations[[*KEY_COLUMNS]].itertuples(index=False)) if tuple(row) == key)
    page.click(position)
    own = ExplorerPage(apig.Explorer(estate[key]))
    own.click(0)
    assert page.head == own.head
    assert "retail-prod TEST payments" in page.text
    assert "Explore this export only" not in buttons(own)
    for title in ("Request", "Responses", "Backend", "Policies"):
        assert page.part(title) == own.part(title)
    assert page.source() == own.source()
    own.explorer.close()
    buttons(page)["Explore this export only"].click()
    assert page.explorer.export is estate[key]
    # The operation stays open.
    assert page.explorer.selected["path"].tolist() == [operations["path"][position]]
    page.explorer.show(estate)
    # Another export may have the same operation, so none is open.
    assert page.explorer.selected.empty


def buttons(page: ExplorerPage) -> dict[str, ipywidgets.Button]:
    return {part.description: part for part in shown(page.explorer.widget) if isinstance(part, ipywidgets.Button)}


def test_every_table_has_the_rows_of_all_exports(page, estate):
    for title, name in (("backends", "backends"), ("throttling policies", "ratelimits")):
        assert page.table(title).state["total"] == len(getattr(estate, name)) > 0
    assert "Group" in page.charts()


def test_what_cannot_be_read_is_named_and_the_others_are_shown(estate):
    damaged = estate | apig.ExportSet({DAMAGED: apig.Export(raw=b"<html>")})
    page = ExplorerPage(apig.Explorer(damaged))
    assert "not read: retail-prod RELEASE damaged: " in page.text
    assert len(page.explorer.filtered) == len(estate.operations)
    assert page.table("backends").state["total"] == len(estate.backends)
    page.explorer.close()


def test_parts_that_some_exports_leave_out_are_not_counted_and_named(sandbox, estate):
    release = estate.where(environment="RELEASE")
    with connected(sandbox) as client:
        front = client.export(group="orders", env="TEST", define="spec")
    key = apig.ExportKey("", "retail-prod", "TEST", "orders")
    page = ExplorerPage(apig.Explorer(release | apig.ExportSet({key: front})))
    alone = ExplorerPage(apig.Explorer(release))
    assert page.questions["plain-http backend"] == alone.questions["plain-http backend"]
    assert "backends not in 1 of 8 exports" in page.text
    assert page.facets["Backend"]["not in this export"] == len(front.operations)
    page.explorer.close()
    alone.explorer.close()
    only = ExplorerPage(apig.Explorer(apig.ExportSet({key: front})))
    assert only.questions["plain-http backend"] == "not in this export"
    only.explorer.close()


def test_the_audit_of_an_export_ends_when_another_is_shown(estate):
    class Replaced(Event):
        looks = 0

        def is_set(self) -> bool:
            self.looks += 1
            return self.looks == 5

    replaced = Replaced()
    with pytest.raises(CancelledError):
        find_defects(read_content(next(iter(estate.values()))), replaced)
    assert replaced.looks == 5


def test_reading_ends_when_it_is_stopped_and_says_what_is_left_out(estate):
    read = []

    def progress(done: int, total: int) -> None:
        read.append((done, total))
        if done == 3:
            raise CancelledError

    content = read_content(estate, progress)
    assert read == [(1, 14), (2, 14), (3, 14)]
    page = ExplorerPage(apig.Explorer(estate))
    page.explorer._show_content(content)
    assert "stopped: these are the first 3 of 14 exports" in page.text
    assert len(page.explorer.filtered) == len(content.frame) < len(estate.operations)
    page.explorer.close()


def test_an_empty_set_is_shown():
    page = ExplorerPage(apig.Explorer(apig.ExportSet({})))
    assert "no exports" in page.text
    assert page.explorer.filtered.empty
    page.explorer.close()


def test_documents_of_a_set_are_not_kept(estate):
    fresh = apig.load_many({key: export.raw for key, export in estate.items()})
    explorer = apig.Explorer(fresh)
    assert not any("definition" in export.__dict__ for export in fresh.values())
    explorer.close()
