"""The audit view without a browser. Without an event loop, background work is done at once."""

import json
import re
from pathlib import Path
from typing import Any

import ipywidgets
import pytest
import yaml

import apig_nb as apig
from apig_nb.text import HARMFUL
from apig_nb.widgets.audit.audit_view import ACCEPTED_ONES, ALL, ONLY_NEW
from apig_nb.widgets.ignore_box import DEFAULT_FILE
from tests.hostile import DOCUMENTS

from .page import Page

SEVERITY, STATE = "Severity", "Findings that are shown"


@pytest.fixture
def orders(client: apig.Client) -> apig.Export:
    return client.export(group="orders", env="RELEASE", define="all")


@pytest.fixture
def estate(client: apig.Client) -> apig.ExportSet:
    return client.export_many(client.requests(env="RELEASE", define="all"), progress=lambda exports: None)


class View(Page):
    """A view worked as a person would."""

    def __init__(self, *given: Any, **options: Any) -> None:
        self.view = apig.AuditView(*given, **options)
        super().__init__(self.view)

    @property
    def audit(self) -> apig.Audit:
        assert self.view.audit is not None
        return self.view.audit

    def count(self, bar: str, choice: str) -> str:
        return str(next(item["count"] for item in self.control(bar).items if item["text"].lower() == choice.lower()))

    def select(self, rule: str, path: str) -> None:
        table = self.view._table.frame
        found = (table["rule"] == rule) & table["operation"].str.endswith(f" {path}")
        self.view._table.select(int(found.to_numpy().nonzero()[0][0]))


def test_findings_are_counted_filtered_and_read(orders):
    page = View(orders)
    expected = apig.audit(orders)
    assert len(page.view.filtered) == len(expected.findings)
    assert f"{expected.scores['clean'][0]} of 19 operations without a critical or high finding" in page.text
    for severity, count in expected.summary["findings"].items():
        assert page.count(SEVERITY, str(severity)) == str(count)
    page.choose(SEVERITY, "critical")
    assert list(page.view.filtered["rule"]) == ["open-and-unguarded"]
    page.select("open-and-unguarded", "/orders/ping")
    for words in ("GET /orders/ping", "Anyone can call it as often as they like.", "How to fix", "open-and-unguarded"):
        assert words in page.text
    assert "Show the operation" not in page.labels


def test_a_finding_is_accepted_with_a_reason_and_the_acceptance_is_undone(orders, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = View(orders)
    total = len(page.audit)
    page.select("open-and-unguarded", "/orders/ping")
    page.press("Ignore…")
    page.type("Reason", "a probe")
    page.press("Add to the file")
    (entry,) = yaml.safe_load(Path(DEFAULT_FILE).read_text())["ignore"]
    assert (entry["rule"], entry["reason"]) == ("open-and-unguarded", "a probe")
    assert "GET /orders/ping" in entry["note"]
    assert (len(page.audit), page.count(STATE, ACCEPTED_ONES)) == (total - 1, "1")
    assert len(apig.audit(orders, ignore=DEFAULT_FILE)) == total - 1
    page.choose(STATE, ACCEPTED_ONES)
    assert list(page.view.filtered["reason"]) == ["a probe"]
    page.press("Undo")
    assert (len(page.audit), Path(DEFAULT_FILE).exists()) == (total, False)


def test_beside_a_baseline_new_findings_can_be_shown_alone(client):
    live, following = (client.export(group="payments", env=env, define="all") for env in ("RELEASE", "TEST"))
    page = View(following)
    assert not next(item for item in page.control(STATE).items if item["text"] == ONLY_NEW)["enabled"]
    page.view.show(following, live)
    news = apig.audit(following, baseline=live)
    assert page.count(STATE, ALL) == str(len(news.findings) + len(news.known))
    page.choose(STATE, ONLY_NEW)
    assert sorted(page.view.filtered["fingerprint"]) == sorted(news.findings["fingerprint"])


def test_a_set_has_a_score_for_each_export_and_its_findings_are_found_by_export(estate):
    page = View(estate)
    scores = page.view._scores.frame
    assert len(scores) == len(estate)
    row = list(scores["export"]).index("payments")
    assert scores["clean"][row] == "6 of 12"
    page.view._scores.select(row)
    own = apig.audit(estate).findings.query("group == 'payments'")
    assert sorted(page.view.filtered["fingerprint"]) == sorted(own["fingerprint"])
    page.view._scores.select(None)
    assert len(page.view.filtered) == len(page.audit)


def test_beside_a_baseline_each_export_of_a_set_says_what_is_new_and_fixed(client, estate):
    (payments,) = (key for key in estate if key.group == "payments")
    before = apig.ExportSet({**estate, payments: client.export(group="payments", env="TEST", define="all")})
    page = View(estate)
    page.view.show(estate, before)
    audit = page.audit
    assert audit is not None
    counts = {"new": len(audit.findings), "fixed": len(audit.fixed)}
    assert min(counts.values()) > 0
    changes = dict(zip(page.view._scores.frame["export"], page.view._scores.frame["change"], strict=True))
    assert changes.pop("payments") == f"{counts['new']} new, {counts['fixed']} fixed"
    assert set(changes.values()) == {"as before"}


def test_reports_are_saved(orders, tmp_path):
    page = View(orders)
    page.type("Save on the machine of the kernel", str(tmp_path / "audit.sarif"))
    page.press("Save report")
    (run,) = json.loads((tmp_path / "audit.sarif").read_text("utf-8"))["runs"]
    assert len(run["results"]) == len(page.audit)


def test_what_was_not_checked_is_said(client):
    page = View(client.export(group="orders", env="RELEASE", define="spec"))
    assert "Not checked: " in page.text


def test_an_error_is_shown_and_leaves_no_findings_of_another_export(orders):
    page = View(orders)
    page.view.show(apig.Export(raw=b'{"error_code": "APIG.1", "error_msg": "no"}'))
    assert "not an API document" in page.status
    assert SEVERITY not in page.labels


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_a_hostile_document_stays_text_in_every_part(path):
    page = View(apig.load(path))
    for number in range(len(page.view._table.frame)):
        page.view._table.select(number)
        everything = page.markup + str(page.view._repr_mimebundle_()["text/html"])
        assert re.findall(r"<script|<img|onerror=[^&]*>", everything) == []
        assert not HARMFUL.search(everything + json.dumps(page.view._table.widget.state, ensure_ascii=False))


def test_a_saved_notebook_contains_the_findings(orders):
    bundle = View(orders).view._repr_mimebundle_()
    assert "open-and-unguarded" in str(bundle["text/html"])
    assert str(bundle["text/plain"]).startswith("<AuditView of <Audit of orders RELEASE: 1 critical")
    assert View().view._repr_mimebundle_()["text/plain"] == "<AuditView>"


def test_closing_closes_every_widget(orders):
    alive = ipywidgets.widgets.widget._instances
    before = set(alive)
    page = View(orders)
    page.select("open-and-unguarded", "/orders/ping")
    page.view.close()
    assert set(alive) == before


def test_the_workbench_audits_what_is_chosen_and_shows_the_operation_of_a_finding(client, estate):
    bench = apig.Workbench(client)
    page = Page(bench)
    page.choose("Views of the workbench", "Audit")
    assert "Nothing to audit yet" in page.text
    for export in estate.values():
        bench._list.add(export)
    page.choose("Export", page.options("Export")[0])
    assert "30 of 67 operations without a critical or high finding" in page.text
    assert bench._audit_view is not None
    table = bench._audit_view._table
    table.select(list(table.frame["operation"]).index("GET /orders/ping"))
    page.press("Show the operation")
    assert bench.explorer is not None
    assert bench.explorer.selected[["method", "path"]].to_numpy().tolist() == [["GET", "/orders/ping"]]
    bench.close()
