"""An archive gives back what was added, on each kind of file system."""

from __future__ import annotations

import json
import pickle
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import apig_nb as apig
from apig_nb.archive.documents import NO_TIME, pack
from apig_nb.export_set import ExportKey, ExportSet
from apig_nb.sandbox import start
from tests.archive.making import bytes_of, day, document, estate, key, usual
from tests.connected import connected, no_progress
from tests.definition.making import openapi


def test_it_gives_back_each_snapshot_byte_for_byte(archive: apig.Archive):
    added = {}
    for number in range(3):
        added[number] = estate(
            {"a": document("a", number), "b": document("b", number, tags=[{"name": str(number)}])}, number
        )
        assert archive.add(added[number], day(number)) == day(number)
    for number, exports in added.items():
        found = archive.at(day(number))
        assert bytes_of(found) == bytes_of(exports)
        (first, *_), (same, *_) = found.values(), exports.values()
        names = ("group", "environment", "scope", "time", "request_id")
        assert [getattr(first, name) for name in names] == [getattr(same, name) for name in names]
    assert archive.verify().empty


def test_between_two_snapshots_the_earlier_one_counts(archive: apig.Archive):
    archive.add(usual(0), day(0))
    archive.add(usual(1), day(1))
    assert bytes_of(archive.at(day(1) - timedelta(seconds=1))) == bytes_of(usual(0))
    assert bytes_of(archive.at("2026-01-01")) == bytes_of(usual(0))  # a day means its end
    assert bytes_of(archive.at(day(9))) == bytes_of(usual(1))
    with pytest.raises(apig.ArgumentError, match="the first one is of 2026-01-01 06:00:00 UTC"):
        archive.at("2025-12-31")


def test_unchanged_groups_add_no_document(archive: apig.Archive):
    archive.add(usual(0), day(0))
    before = files(archive, "objects")
    archive.add(usual(1), day(1))
    assert files(archive, "objects") == before
    assert len(before) == 3


def files(archive: apig.Archive, folder: str) -> set[str]:
    """The names of the files below a folder of the archive."""
    store = archive._store
    found = store._system.find(store._path(folder))
    return {name.removeprefix(f"{store._root}/") for name in found}


@pytest.mark.parametrize(
    "rewritten",
    [
        lambda tree: json.dumps(tree).encode(),
        lambda tree: json.dumps(tree, sort_keys=True).encode(),
        lambda tree: yaml.safe_dump(tree).encode(),
        lambda tree: json.dumps(tree).encode("utf-16"),
    ],
    ids=["without indent", "keys in order", "YAML", "UTF-16"],
)
def test_the_form_of_a_document_is_no_change_and_is_given_back(tmp_path, rewritten):
    archive = apig.Archive(tmp_path)
    raw = rewritten(json.loads(document("a", 1)))
    archive.add(usual(0, "a"), day(0))
    archive.add(estate({"a": raw}, 1), day(1))
    assert bytes_of(archive.at(day(1))) == {key("a"): raw}
    assert bytes_of(archive.at(day(0))) == bytes_of(usual(0, "a"))
    (row,) = archive.history("a").to_dict("records")
    assert (row["snapshots"], row["first"], row["last"]) == (2, day(0), day(1))


def test_a_version_that_a_user_chose_is_part_of_the_document(tmp_path):
    archive = apig.Archive(tmp_path)
    for number, version in enumerate(["1.0", "1.1"]):
        archive.add(estate({"a": document("a", info={"title": "a", "version": version})}, number), day(number))
    assert len(archive.history("a")) == 2


TEXTS = st.one_of(st.text(), st.sampled_from([NO_TIME, "2026-01-02-03:04:05"]))


@pytest.mark.slow
@given(version=TEXTS, title=TEXTS, ascii_only=st.booleans(), encoding=st.sampled_from(["utf-8", "utf-16"]))
def test_every_document_is_restored_from_its_object(version: str, title: str, ascii_only: bool, encoding: str):
    tree = openapi(info={"title": title, "version": version, "x-seen": ["2026-01-02-03:04:05"]})
    raw = json.dumps(tree, ensure_ascii=ascii_only).encode(encoding, "replace")
    packed = pack(raw)
    assert packed.document.restored(packed.content) == raw


class TestPlaces:
    def test_each_place_has_its_own_snapshots(self, tmp_path):
        archive = apig.Archive(tmp_path)
        test = estate({"a": document("a"), "t": document("t")}, environment="TEST")
        archive.add(test, day(0))
        archive.add(usual(1), day(1))
        assert bytes_of(archive.at(day(1))) == bytes_of(test) | bytes_of(usual(1))
        shown = archive.snapshots[["time", "environment", "groups", "failures", "operations"]]
        assert shown.values.tolist() == [[day(0), "TEST", 2, 0, 4], [day(1), "RELEASE", 3, 0, 6]]

    @pytest.mark.parametrize("is_from_files", [(False, True), (True, False), (True, True)])
    def test_exports_from_files_are_of_the_place_although_they_do_not_know_the_project(self, tmp_path, is_from_files):
        archive = apig.Archive(tmp_path / "archive")
        sets = []
        for number, from_files in enumerate(is_from_files):
            exports = usual(number, "ab")
            if from_files:
                folder = tmp_path / str(number) / "retail"
                folder.mkdir(parents=True)
                for one, export in exports.items():
                    export.save(folder / f"{one.group}-{one.environment}-all.json")
                exports = apig.load_many(folder.parent)
            sets.append(exports)
            archive.add(exports, day(number))
        project = next(iter(sets[0])).project
        assert archive.snapshots[["project", "groups"]].values.tolist() == [[project, 2]] * 2
        assert archive.timeline().empty
        expected = {key._replace(project=project): raw for key, raw in bytes_of(sets[1]).items()}
        assert bytes_of(archive.at(day(1))) == expected

    def test_a_failure_from_files_is_of_the_place_too(self, tmp_path):
        archive = apig.Archive(tmp_path)
        archive.add(usual(0, "ab"), day(0))
        failures: dict[ExportKey | str, Exception] = {key("b")._replace(project=""): apig.DocumentError("damaged")}
        archive.add(ExportSet({key("a")._replace(project=""): usual(1)[key("a")]}, failures=failures), day(1))
        assert archive.snapshots[["project", "groups", "failures"]].values.tolist()[1] == ["eu-demo-1", 1, 1]

    def test_a_place_of_several_projects_is_not_guessed(self, tmp_path):
        archive = apig.Archive(tmp_path)
        other = ExportSet({key._replace(project="other"): export for key, export in usual(0, "a").items()})
        archive.add(usual(0, "a") | other, day(0))
        unknown = ExportSet({key._replace(project=""): export for key, export in usual(1, "a").items()})
        archive.add(unknown, day(1))
        assert {key.project for key in archive.at(day(1))} == {"", "eu-demo-1", "other"}

    def test_a_group_that_is_not_in_the_next_snapshot_was_deleted(self, tmp_path):
        archive = apig.Archive(tmp_path)
        archive.add(usual(0, "ab"), day(0))
        archive.add(usual(1, "a"), day(1))
        archive.add(usual(2, "ab"), day(2))
        assert set(archive.at(day(1))) == {key("a")}
        rows = archive.history()[["group", "first", "last", "snapshots"]].values.tolist()
        assert rows == [["a", day(0), day(2), 3], ["b", day(0), day(0), 1], ["b", day(2), day(2), 1]]

    def test_a_failed_export_is_no_deletion(self, tmp_path):
        archive = apig.Archive(tmp_path)
        archive.add(usual(0, "ab"), day(0))
        failed = ExportSet(dict(usual(1, "a")), failures={key("b"): apig.ServiceError(503, "APIG.0201", "busy")})
        archive.add(failed, day(1))
        archive.add(usual(2, "ab"), day(2))
        found = archive.at(day(1))
        assert set(found) == {key("a")}
        assert "busy" in str(found.failures[key("b")])
        assert archive.history()["snapshots"].tolist() == [3, 3]
        assert archive.snapshots["failures"].tolist() == [0, 1, 0]

    def test_sets_of_the_same_time_are_one_snapshot(self, tmp_path):
        archive = apig.Archive(tmp_path)
        for groups in ("a", "bc", "a"):
            archive.add(usual(0, groups), day(0))
        assert bytes_of(archive.at(day(0))) == bytes_of(usual(0, "abc"))
        assert archive.snapshots["groups"].tolist() == [3]

    def test_another_document_of_the_same_time_is_refused(self, tmp_path):
        archive = apig.Archive(tmp_path)
        archive.add(usual(0), day(0))
        other = estate({"a": document("a", tags=[{"name": "new"}])})
        with pytest.raises(apig.ArgumentError, match="another document of retail RELEASE a"):
            archive.add(other, day(0))
        assert bytes_of(archive.at(day(0))) == bytes_of(usual(0))


class TestArguments:
    def test_an_empty_set_is_refused(self, tmp_path):
        with pytest.raises(apig.ArgumentError, match="at least one export"):
            apig.Archive(tmp_path).add(ExportSet({}))

    def test_a_document_that_cannot_be_read_is_named_and_nothing_is_added(self, tmp_path):
        archive = apig.Archive(tmp_path)
        with pytest.raises(apig.DocumentError, match="RELEASE broken: "):
            archive.add(estate({"a": document("a"), "broken": b"<html>"}), day(0))
        assert archive.snapshots.empty

    @pytest.mark.parametrize(
        "given",
        [
            *(datetime(2026, 1, 2, 6), datetime(2026, 1, 2, 8, tzinfo=timezone(timedelta(hours=2)))),
            *("2026-01-02T06:00:00Z", "2026-01-02 06:00", "20260102T0600"),
            pd.Timestamp("2026-01-02T06:00", tz="UTC"),
        ],
    )
    def test_times_can_be_given_in_each_form(self, tmp_path, given):
        archive = apig.Archive(tmp_path)
        assert archive.add(usual(0), given) == datetime(2026, 1, 2, 6, tzinfo=UTC)
        assert archive.snapshots["time"].tolist() == [datetime(2026, 1, 2, 6, tzinfo=UTC)]

    def test_a_day_begins_at_midnight_and_includes_its_end(self, tmp_path):
        archive = apig.Archive(tmp_path)
        assert archive.add(usual(0), date(2026, 1, 2)) == datetime(2026, 1, 2, tzinfo=UTC)
        archive.add(usual(1), datetime(2026, 1, 2, 23, 59, 59, 999_999))
        assert bytes_of(archive.at(date(2026, 1, 2))) == bytes_of(usual(1))

    @pytest.mark.parametrize("given", ["yesterday", "2026-13-01", 20260102, None])
    def test_other_times_are_refused(self, tmp_path, given):
        with pytest.raises(apig.ArgumentError, match=r"^time: must be a time such as"):
            apig.Archive(tmp_path).at(given)

    def test_the_time_is_now_without_one(self, tmp_path):
        before = datetime.now(UTC)
        assert before <= apig.Archive(tmp_path).add(usual(0)) <= datetime.now(UTC)

    def test_an_unknown_group_is_named_with_similar_ones(self, tmp_path):
        archive = apig.Archive(tmp_path)
        archive.add(estate({"orders": document("orders")}))
        with pytest.raises(apig.NameLookupError, match="'order' is not in the archive; candidates: orders"):
            archive.history("order")


@pytest.mark.parametrize("url", ["", " "])
def test_an_empty_address_is_refused(url):
    with pytest.raises(apig.ArgumentError, match="url: must name a folder"):
        apig.Archive(url)


def test_a_password_in_the_address_is_not_shown():
    assert repr(apig.Archive("memory://user:secret@archive")) == "<Archive 'memory://archive'>"


def test_tables_of_an_empty_archive_have_the_usual_columns(tmp_path):
    empty, filled = apig.Archive(tmp_path / "empty"), apig.Archive(tmp_path / "filled")
    filled.add(usual(0))
    for name in ("snapshots", "history", "verify"):
        tables = [getattr(one, name) for one in (empty, filled)]
        (nothing, some) = [table() if callable(table) else table for table in tables]
        assert nothing.dtypes.to_dict() == some.dtypes.to_dict()
        assert len(nothing) == 0


class TestExportsOfAnArchive:
    def test_they_are_read_when_they_are_used(self, tmp_path):
        archive = apig.Archive(tmp_path)
        archive.add(usual(0), day(0))
        found = archive.at(day(0))
        shutil.rmtree(tmp_path / "objects")
        (first, *_) = found.values()
        assert first.size == len(document("a"))
        assert first.canonical_hash == apig.load(document("a")).canonical_hash
        with pytest.raises(apig.DocumentError, match="is missing"):
            _ = first.raw

    def test_they_are_exports_in_every_way(self, tmp_path):
        archive = apig.Archive(tmp_path / "archive")
        archive.add(usual(0), day(0))
        found, same = archive.at(day(0)), usual(0)
        pd.testing.assert_frame_equal(found.operations, same.operations)
        for export in (found[key("a")], pickle.loads(pickle.dumps(found[key("a")])), replace(found[key("a")])):
            assert export.raw == document("a")
            assert export.size == len(document("a"))
            assert export.save(tmp_path / "a.json").read_bytes() == document("a")

    def test_a_set_of_an_archive_can_be_added_to_another(self, tmp_path):
        first, second = apig.Archive(tmp_path / "first"), apig.Archive(tmp_path / "second")
        first.add(usual(0), day(0))
        second.add(first.at(day(0)), day(0))
        assert bytes_of(second.at(day(0))) == bytes_of(usual(0))


def test_a_folder_of_exports_can_be_imported(tmp_path):
    folder = tmp_path / "2026-01-01"
    folder.mkdir()
    for export in usual(0).values():
        export.save(folder)
    archive = apig.Archive(tmp_path / "archive")
    archive.add(apig.load_many(folder), folder.name)
    assert sorted(export.raw for export in archive.at(folder.name).values()) == [document(name) for name in "abc"]
    assert [key.group for key in archive.at(folder.name)] == ["a", "b", "c"]


def test_files_that_cannot_be_read_are_refused_as_their_groups_would_count_as_deleted(tmp_path):
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "a.json").write_bytes(document("a"))
    (folder / "broken.json").write_text("<html>")
    archive = apig.Archive(tmp_path / "archive")
    with pytest.raises(apig.ArgumentError, match=r"could not be read: .*broken\.json"):
        archive.add(apig.load_many(folder))
    assert archive.snapshots.empty


class TestWithTheSandbox:
    def test_each_day_has_another_export_time_and_the_same_document(self, tmp_path):
        archive = apig.Archive(tmp_path)
        with start() as sandbox, connected(sandbox) as client:
            for number in range(3):
                sandbox.clock = day(number)
                wanted = client.requests(env="RELEASE", define="all", type="yaml" if number == 2 else "json")
                exports = client.export_many(wanted, progress=no_progress)
                archive.add(exports, day(number))
                assert bytes_of(archive.at(day(number))) == bytes_of(exports)
        history = archive.history()
        assert set(history["snapshots"]) == {3}
        assert set(archive.snapshots["groups"]) == {len(history)}

    def test_ids_and_request_ids_are_kept(self, tmp_path):
        archive = apig.Archive(tmp_path)
        with start() as sandbox, connected(sandbox) as client:
            exports = client.export_many(client.requests(env="RELEASE", groups=["orders"]), progress=no_progress)
            archive.add(exports)
        (row,) = pd.read_parquet(tmp_path / "observations").to_dict("records")
        ((key, export),) = exports.items()
        assert export.request is not None
        assert (row["project"], row["gateway"], row["group"]) == (sandbox.project_id, key.gateway, "orders")
        ids = (export.request.instance_id, export.request.env_id, export.request.group_id, export.request_id)
        assert (row["gateway_id"], row["environment_id"], row["group_id"], row["request_id"]) == ids

    def test_groups_that_were_not_exported_are_no_deletions(self, tmp_path):
        archive = apig.Archive(tmp_path)
        with start() as sandbox, connected(sandbox, limits=apig.Limits(retries=0)) as client:
            wanted = client.requests(env="RELEASE", groups=["orders", "payments"])
            archive.add(client.export_many(wanted, progress=no_progress), day(0))
            sandbox.fault("export", status=503, times=1)
            partly = client.export_many(wanted, progress=no_progress, concurrency=1)
            assert len(partly) == 1
            archive.add(partly, day(1))
        assert archive.history()["snapshots"].tolist() == [2, 2]
