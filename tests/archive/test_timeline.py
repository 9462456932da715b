"""The timeline: every change on the day it appeared and no other, deletions, drift, the page and the feed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest

import apig_nb as apig
from apig_nb.archive.timeline import POLICIES
from apig_nb.export_set import ExportSet
from tests.archive.making import day, document, estate, key, usual
from tests.definition.making import OK

ATOM = {"atom": "http://www.w3.org/2005/Atom"}


def add_days(archive: apig.Archive, *days: Mapping[str, bytes]) -> None:
    for number, documents in enumerate(days):
        archive.add(estate(documents, number), day(number))


def changed(group: str, number: int, change: Any) -> bytes:
    """A document of a day in which a function changed an operation, of a method that is there anyway."""
    tree = json.loads(document(group, number))
    operation = tree["paths"][f"/{group}"]["get"]
    change(operation)
    return json.dumps(tree, indent="\t").encode()


def deprecated(operation: dict[str, Any]) -> None:
    operation["deprecated"] = True


def shown(timeline: pd.DataFrame) -> list[list[Any]]:
    return timeline[["time", "group", "rule"]].values.tolist()


class TestDays:
    def test_a_change_appears_once_on_its_day(self, tmp_path):
        archive = apig.Archive(tmp_path)
        add_days(
            archive,
            {name: document(name, 0) for name in "ab"},
            {name: document(name, 1) for name in "ab"},
            {"a": changed("a", 2, deprecated), "b": document("b", 2)},
            {"a": changed("a", 3, deprecated), "b": document("b", 3)},
            {"a": document("a", 4), "b": document("b", 4)},
        )
        timeline = archive.timeline()
        assert shown(timeline) == [[day(2), "a", "operation-deprecated"], [day(4), "a", "operation-deprecated"]]
        assert timeline["previous"].tolist() == [day(1), day(3)]
        assert timeline[["method", "path"]].values.tolist() == [["GET", "/a"], ["GET", "/a"]]

    def test_added_and_deleted_groups_are_changes(self, tmp_path):
        archive = apig.Archive(tmp_path)
        add_days(
            archive,
            *({name: document(name, number) for name in names} for number, names in enumerate(["ab", "bc", "abc"])),
        )
        rows = archive.timeline()[["time", "group", "rule", "severity"]].values.tolist()
        assert sorted(rows) == [
            [day(1), "a", "group-removed", "breaking"],
            [day(1), "c", "group-added", "info"],
            [day(2), "a", "group-added", "info"],
        ]

    def test_a_failed_export_is_no_change_and_hides_none(self, tmp_path):
        archive = apig.Archive(tmp_path)
        error = apig.ServiceError(503, "APIG.0201", "busy")
        archive.add(ExportSet(dict(usual(0, "a")), failures={key("b"): error}), day(0))
        archive.add(usual(1, "ab"), day(1))
        archive.add(ExportSet(dict(usual(2, "a")), failures={key("b"): error}), day(2))
        archive.add(estate({"a": document("a", 3), "b": changed("b", 3, deprecated)}, 3), day(3))
        assert shown(archive.timeline()) == [[day(3), "b", "operation-deprecated"]]

    def test_places_are_compared_with_themselves(self, tmp_path):
        archive = apig.Archive(tmp_path)
        for number in range(4):
            place = {"environment": "TEST"} if number % 2 else {"gateway": "other"}
            archive.add(estate({f"{number % 2}": document(f"{number % 2}", number)}, number, **place), day(number))
        assert archive.timeline().empty

    def test_another_form_of_the_document_is_no_change(self, tmp_path):
        archive = apig.Archive(tmp_path)
        add_days(
            archive, {"a": document("a")}, {"a": json.dumps(json.loads(document("a", 1)), sort_keys=True).encode()}
        )
        assert archive.timeline().empty


@pytest.fixture(scope="module")
def three_days(tmp_path_factory) -> apig.Archive:
    """Return an archive in which `a` changes on the second day, and `b` is deleted on the third."""
    archive = apig.Archive(tmp_path_factory.mktemp("archive"))
    add_days(
        archive,
        {"a": document("a"), "b": document("b")},
        {"a": changed("a", 1, deprecated), "b": document("b", 1)},
        {"a": changed("a", 2, deprecated)},
    )
    return archive


class TestChoices:
    def test_all_changes_by_default(self, three_days):
        assert shown(three_days.timeline()) == [[day(1), "a", "operation-deprecated"], [day(2), "b", "group-removed"]]

    def test_a_group(self, three_days):
        assert shown(three_days.timeline(group="a")) == [[day(1), "a", "operation-deprecated"]]
        assert shown(three_days.timeline(group="b")) == [[day(2), "b", "group-removed"]]
        with pytest.raises(apig.NameLookupError, match="'c' is not in the archive"):
            three_days.timeline(group="c")

    def test_a_severity_means_this_one_and_those_above(self, three_days):
        assert shown(three_days.timeline(severity="warning")) == [[day(2), "b", "group-removed"]]
        assert len(three_days.timeline(severity="info")) == 2
        with pytest.raises(apig.ArgumentError, match="allowed: breaking, warning, info"):
            three_days.timeline(severity="high")

    def test_a_time_compares_its_first_snapshot_with_the_one_before(self, three_days):
        assert shown(three_days.timeline(since="2026-01-03")) == [[day(2), "b", "group-removed"]]
        assert shown(three_days.timeline(since=day(2))) == [[day(2), "b", "group-removed"]]
        assert three_days.timeline(since="2026-01-04").empty
        with pytest.raises(apig.ArgumentError, match=r"^since: "):
            three_days.timeline(since="last week")

    def test_without_changes_the_table_has_the_same_columns(self, three_days, tmp_path):
        nothing = apig.Archive(tmp_path)
        for empty in (nothing.timeline(), nothing.drift(), three_days.timeline(since="2027-01-01")):
            assert empty.dtypes.to_dict() == three_days.timeline().dtypes.to_dict()

    def test_it_is_the_comparison_of_the_snapshots(self, three_days):
        compared = apig.compare(three_days.at(day(0)), three_days.at(day(1))).changes
        timeline = three_days.timeline(severity="info").head(1).drop(columns=["time", "previous"])
        pd.testing.assert_frame_equal(timeline, compared)


THROTTLING = {"api-limit": 200, "interval": 1, "unit": "MINUTE"}


def throttled(group: str, number: int, limit: int, *, republished: bool = False) -> bytes:
    """A document of a day with a throttling policy; `GET` of the group was published with another text."""
    tree = json.loads(document(group, number))
    for item in tree["paths"].values():
        item["get"] = {**OK, "x-apigateway-ratelimit": "usual", "x-apigateway-request-type": "public"}
    tree["x-apigateway-ratelimits"] = {"usual": THROTTLING | {"api-limit": limit}}
    if republished:
        tree["paths"][f"/{group}"]["get"]["summary"] = "new"
    return json.dumps(tree).encode()


class TestDrift:
    def test_each_kind_of_policy_has_rules(self):
        rules = apig.rules()["rule"]
        assert all(rules.str.startswith(kind).any() for kind in POLICIES)

    def test_a_policy_that_changes_alone_drifts(self, tmp_path):
        archive = apig.Archive(tmp_path)
        add_days(archive, {"a": throttled("a", 0, 200)}, {"a": throttled("a", 1, 100)})
        (row,) = archive.drift().to_dict("records")
        assert (row["time"], row["group"], row["rule"]) == (day(1), "a", "ratelimit-lowered")
        assert row["operations"] == ("GET /a", "GET /a/{id}")

    def test_operations_that_changed_otherwise_were_published(self, tmp_path):
        archive = apig.Archive(tmp_path)
        add_days(archive, {"a": throttled("a", 0, 200)}, {"a": throttled("a", 1, 100, republished=True)})
        (row,) = archive.drift().to_dict("records")
        assert (row["rule"], row["operations"]) == ("ratelimit-lowered", ("GET /a/{id}",))
        assert (row["method"], row["path"]) == ("GET", "/a/{id}")
        assert set(archive.timeline()["rule"]) == {"ratelimit-lowered", "description-altered"}

    def test_a_publication_on_another_day_does_not_hide_it(self, tmp_path):
        archive = apig.Archive(tmp_path)
        add_days(
            archive,
            {"a": throttled("a", 0, 200)},
            {"a": throttled("a", 1, 200, republished=True)},
            {"a": throttled("a", 2, 100, republished=True)},
        )
        assert archive.drift()[["time", "operations"]].values.tolist() == [[day(2), ("GET /a", "GET /a/{id}")]]

    def test_other_changes_are_no_drift(self, tmp_path):
        archive = apig.Archive(tmp_path)
        add_days(archive, {"a": document("a")}, {"a": changed("a", 1, deprecated)})
        assert archive.drift().empty


HOSTILE = '<script>alert(1)</script>\x07‮"&'


class TestPageAndFeed:
    @pytest.fixture
    def archive(self, tmp_path):
        archive = apig.Archive(tmp_path / "archive")
        hostile = json.loads(document("a", 1))
        hostile["paths"] |= {f"/{HOSTILE}": {"get": {**OK, "summary": HOSTILE}}}
        add_days(
            archive,
            {"a": document("a")},
            {"a": json.dumps(hostile).encode()},
            {"a": document("a", 2)},
            {"a": json.dumps(hostile).encode()},
            {"a": json.dumps(hostile).encode()},
        )
        return archive

    def test_the_page_shows_each_change_escaped_and_loads_nothing(self, archive, tmp_path):
        page = archive.save(archive.timeline(), tmp_path / "timeline.html").read_text("utf-8")
        assert page.count("<h2>") == 3
        assert page.index("2026-01-04 06:00 UTC") < page.index("2026-01-02 06:00 UTC")
        assert "operation-removed" in page
        assert [part for part in ("<script", "\x07", "\u202e", "http:", "https:", "src=") if part in page] == []

    def test_the_feed_is_atom_with_an_entry_for_each_change(self, archive, tmp_path):
        timeline = archive.timeline()
        feed = ElementTree.parse(archive.save(timeline, tmp_path / "timeline.atom")).getroot()
        assert feed.tag == "{http://www.w3.org/2005/Atom}feed"
        # What RFC 4287 asks of a feed and of an entry.
        assert feed.findtext("atom:updated", namespaces=ATOM) == "2026-01-05T06:00:00Z"
        assert feed.findtext("atom:author/atom:name", namespaces=ATOM)
        entries = feed.findall("atom:entry", ATOM)
        assert len(entries) == len(timeline) == 3
        for element in (feed, *entries):
            for name in ("id", "title", "updated"):
                assert len(element.findall(f"atom:{name}", ATOM)) == 1
        times = [entry.findtext("atom:updated", namespaces=ATOM) for entry in entries]
        assert times == ["2026-01-04T06:00:00Z", "2026-01-03T06:00:00Z", "2026-01-02T06:00:00Z"]
        titles = [entry.findtext("atom:title", "", ATOM) for entry in entries]
        assert all(title.startswith("retail RELEASE a: ") for title in titles)

    def test_an_entry_keeps_its_id_and_no_other_has_it(self, archive, tmp_path):
        def ids(changes: pd.DataFrame) -> list[str | None]:
            feed = ElementTree.parse(archive.save(changes, tmp_path / "timeline.atom")).getroot()
            return [entry.findtext("atom:id", namespaces=ATOM) for entry in feed.findall("atom:entry", ATOM)]

        before = ids(archive.timeline())
        assert len(set(before)) == 3
        assert all(str(one).startswith("urn:uuid:") for one in before)
        archive.add(estate({"a": document("a", 5)}, 5), day(5))
        assert ids(archive.timeline())[1:] == before
        assert ids(archive.timeline(since=day(3)))[1:] == before[:1]

    def test_a_timeline_without_changes_is_a_page_and_a_feed_too(self, tmp_path):
        archive = apig.Archive(tmp_path / "archive")
        archive.add(usual(0), day(0))
        assert "no changes" in archive.save(archive.timeline(), tmp_path / "timeline.html").read_text("utf-8")
        feed = ElementTree.parse(archive.save(archive.drift(), tmp_path / "drift.atom")).getroot()
        assert feed.findtext("atom:updated", namespaces=ATOM) == "2026-01-01T06:00:00Z"

    def test_another_ending_is_refused(self, archive, tmp_path):
        with pytest.raises(apig.ArgumentError, match=r"allowed: \.html, \.atom"):
            archive.save(archive.timeline(), tmp_path / "timeline.xml")
