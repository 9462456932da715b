"""`ExportSet` and `load_many`: the tables of many exports as one frame, keys, files that cannot be read."""

import json
import os
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import apig_nb as apig
from apig_nb.export_set import KEY_COLUMNS
from apig_nb.tables import TABLES
from tests.connected import no_progress
from tests.definition.making import EXPORTS, OK, openapi, swagger


def document(title: str, *paths: str, **parts: Any) -> bytes:
    """A document with operations on these paths."""
    given = {"info": {"title": title, "version": "1"}, "paths": {path: {"get": OK} for path in paths}}
    return json.dumps(swagger(**given, **parts)).encode()


@pytest.fixture
def estate(client: apig.Client) -> apig.ExportSet:
    """Return all groups of two gateways."""
    requests = client.requests(env="RELEASE", define="all", gateways=["retail-prod", "retail-staging"])
    return client.export_many(requests, progress=no_progress)


# Tables


@pytest.mark.slow
@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_the_rows_of_each_export_behind_its_key(estate, table):
    frame = getattr(estate, table)
    assert list(frame.columns[:4]) == list(KEY_COLUMNS) == ["project", "gateway", "environment", "group"]
    assert all(str(frame[name].dtype) == "str" for name in KEY_COLUMNS)
    rows = 0
    for key, export in estate.items():
        mine = frame[(frame["gateway"] == key.gateway) & (frame["group"] == key.group)]
        pd.testing.assert_frame_equal(mine.drop(columns=[*KEY_COLUMNS]).reset_index(drop=True), getattr(export, table))
        rows += len(mine)
    assert rows == len(frame)


@pytest.mark.parametrize("table", TABLES)
def test_a_set_without_exports_has_the_same_columns_and_dtypes(estate, table):
    empty = getattr(apig.ExportSet({}), table)
    assert (len(empty), list(empty.dtypes)) == (0, list(getattr(estate, table).dtypes))


def test_changing_a_table_does_not_change_the_next_one(estate):
    before = len(estate.operations.query("auth == 'NONE'"))
    frame = estate.operations
    frame["auth"] = "NONE"
    frame.loc[0, "method"] = "BREW"
    assert len(estate.operations.query("auth == 'NONE'")) == before > 0
    assert estate.operations["method"][0] != "BREW"


def test_an_unknown_table_is_an_error(estate):
    with pytest.raises(apig.ArgumentError, match="is not a table, got 'operation'"):
        estate.tables("operation")


def test_the_error_names_the_export_that_cannot_be_read():
    exports = apig.ExportSet({apig.ExportKey("", "prod", "TEST", "orders"): apig.Export(raw=b"<html>")})
    with pytest.raises(apig.DocumentError, match="prod TEST orders: this is not an API document"):
        _ = exports.operations


class DyingOnce(Executor):
    """An executor whose first worker dies, as one of a cluster may."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(1)
        self._died = False

    def submit(self, function: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        if self._died:
            return self._threads.submit(function, *args, **kwargs)
        self._died, dead = True, Future[Any]()
        dead.set_exception(BrokenProcessPool("a process died"))
        return dead


@pytest.mark.parametrize("kind", [lambda: ThreadPoolExecutor(2), lambda: ProcessPoolExecutor(2), DyingOnce])
def test_tables_are_the_same_on_any_executor(estate, monkeypatch, kind):
    monkeypatch.setattr("apig_nb.engines.CHUNK", 20_000)
    expected = estate.tables()
    with kind() as executor:
        found = apig.ExportSet(dict(estate)).tables(executor=executor)
    for name, frame in expected.items():
        pd.testing.assert_frame_equal(found[name], frame)


def test_a_number_of_workers_is_no_executor(estate):
    number: Any = 2
    with pytest.raises(apig.ArgumentError, match=r"^executor: must be a concurrent.futures.Executor.*, got 2$"):
        apig.ExportSet(dict(estate)).tables(executor=number)


def test_a_process_that_is_killed_costs_no_row(estate):
    with ProcessPoolExecutor(1) as executor:
        executor.submit(os._exit, 1)
        found = apig.ExportSet(dict(estate)).tables("operations", executor=executor)
    pd.testing.assert_frame_equal(found["operations"], estate.operations)


# The set


def test_sets_are_joined_and_the_second_counts(estate):
    test = apig.load_many({apig.ExportKey(environment="TEST", group="orders"): document("orders", "/a")})
    whole = estate | test
    assert list(whole) == [*estate, *test]
    newer = apig.load_many({apig.ExportKey(environment="TEST", group="orders"): document("orders", "/a", "/b")})
    assert [len(export.operations) for export in (whole | newer).where(environment="TEST").values()] == [2]


def test_a_part_is_chosen_by_the_key(estate):
    part = estate.where(gateway="retail-staging")
    assert {key.gateway for key in part} == {"retail-staging"}
    assert len(part) + len(estate.where(gateway="retail-prod")) == len(estate)
    assert len(estate.where(group="orders", gateway="retail-prod")) == 1


def test_the_display_is_short_and_escaped():
    exports = apig.load_many({f"<b>{number}\u202e": document("t", "/a") for number in range(40)})
    assert repr(exports) == "<ExportSet 40 exports>"
    shown = exports._repr_html_()
    assert ("<b>" in shown, "\u202e" in shown, "&lt;b&gt;" in shown) == (False, False, True)
    assert shown.count("<tr") == 11
    assert "the first 10 of 40 rows" in shown


# Questions that only a set can answer


def published(title: str, auth: str | None, address: str, host: str = "", **parts: Any) -> bytes:
    """A document with an operation that reaches /v1/things/{…} of an address."""
    backend = {"type": "HTTP", "httpEndpoints": {"address": address, "method": "GET", "path": "/v1/things/{id}"}}
    schemes = {"app": {"type": "apiKey", "name": "n", "in": "header", "x-apigateway-auth-type": "AppSigv1"}}
    operation = {**OK, "security": [{auth: []}] if auth else [], "x-apigateway-backend": backend}
    paths = {"/things/{id}": {"get": operation}}
    return json.dumps(
        swagger(info={"title": title}, paths=paths, host=host, schemes=["https"], securityDefinitions=schemes)
    ).encode()


def shared(**documents: tuple[str, bytes]) -> list[dict[str, Any]]:
    keys = {apig.ExportKey("p", "prod", env, group): raw for group, (env, raw) in documents.items()}
    rows = apig.load_many(keys).shared_backends.to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def test_a_backend_behind_two_doors_is_listed_with_both_authentications():
    (row,) = shared(
        guarded=("RELEASE", published("guarded", "app", "Things.internal:8080")),
        opened=("RELEASE", published("opened", None, "things.internal:8080")),
        other=("RELEASE", published("other", None, "other.internal:8080")),
    )
    assert (row["address"], row["backend_path"]) == ("things.internal:8080", "/v1/things/{}")
    assert row["auths"] == ("APP", "NONE")
    assert row["operations"] == (
        "prod RELEASE guarded GET /things/{id}",
        "prod RELEASE opened GET /things/{id}",
    )
    assert (row["environments"], row["is_own_domain"]) == (("RELEASE",), False)


def test_an_address_of_two_environments_is_listed():
    (row,) = shared(
        a=("RELEASE", published("a", "app", "things.internal")), b=("TEST", published("b", "app", "things.internal"))
    )
    assert (row["auths"], row["environments"]) == (("APP",), ("RELEASE", "TEST"))


def test_a_backend_that_is_a_domain_of_the_estate_is_listed():
    (row,) = shared(
        a=("RELEASE", published("a", "app", "api.example.com:443")),
        b=("RELEASE", published("b", "app", "things.internal", host="api.example.com")),
    )
    assert (row["address"], row["is_own_domain"]) == ("api.example.com:443", True)


@pytest.mark.parametrize(
    ("old", "new", "address"),
    [("things.internal", "THINGS.internal", "things.internal"), ("/things/{id}", "/things/{key}", "things.internal")],
)
def test_doors_lead_to_one_backend_however_it_is_written(old, new, address):
    guarded, opened = (published("t", auth, "things.internal") for auth in ("app", None))
    (row,) = shared(a=("RELEASE", guarded), b=("RELEASE", opened.replace(old.encode(), new.encode())))
    assert (row["address"], row["auths"]) == (address, ("APP", "NONE"))


def test_a_function_behind_two_doors_is_listed():
    guarded, opened = (
        published("t", auth, "things.internal").replace(b'"address": "things.internal"', b'"function-urn": "urn:f"')
        for auth in ("app", None)
    )
    (row,) = shared(a=("RELEASE", guarded), b=("RELEASE", opened))
    assert (row["address"], row["auths"], row["backend_path"]) == ("urn:f", ("APP", "NONE"), "")


def test_an_address_that_is_none_is_listed_as_it_is():
    (row,) = shared(**{auth: ("RELEASE", published("t", auth, "[things", "[things")) for auth in ("app", "other")})
    assert (row["address"], row["is_own_domain"]) == ("[things", False)


def test_an_address_with_a_variable_is_another_one_in_each_environment():
    assert shared(**{env: (env, published("t", "app", "#host#")) for env in ("RELEASE", "TEST")}) == []


def test_backends_with_one_door_are_not_listed(estate):
    assert (
        shared(a=("RELEASE", published("a", "app", "a.internal")), b=("TEST", published("b", None, "b.internal"))) == []
    )
    assert list(apig.ExportSet({}).shared_backends.dtypes) == list(estate.shared_backends.dtypes)


# Files


def test_keys_come_from_the_names_of_files_and_folders(tmp_path):
    for gateway in ("prod", "staging"):
        (tmp_path / gateway).mkdir()
        (tmp_path / gateway / "my-orders-RELEASE-all-2026-01-02-03-04-05.json").write_bytes(document("my-orders"))
    (tmp_path / "console.yaml").write_text("swagger: '2.0'\ninfo: {title: devices}\npaths: {}\n")
    loaded = apig.load_many(tmp_path)
    assert list(loaded) == [
        ("", "", "", "devices"),
        ("", "prod", "RELEASE", "my-orders"),
        ("", "staging", "RELEASE", "my-orders"),
    ]
    assert [export.scope for export in loaded.values()] == [None, "all", "all"]
    assert list(apig.load_many(str(tmp_path / "*" / "*RELEASE*.json"))) == list(loaded)[1:]
    assert list(apig.load_many(str(tmp_path / "**" / "*.json"))) == list(loaded)[1:]


def test_a_file_may_have_a_name_that_would_be_a_pattern(tmp_path):
    folder = tmp_path / "exports[1]"
    folder.mkdir()
    for name in ("orders*.json", "orders-all.json"):
        (folder / name).write_bytes(document("orders", "/a"))
    assert [export.source for export in apig.load_many(folder / "orders*.json").values()] == ["orders*.json"]


@pytest.mark.parametrize("name", ["~nobody-has-this-name/*.json", "~nobody-has-this-name", "x" * 5000, "a\0b"])
def test_a_folder_that_cannot_exist_is_named(name):
    with pytest.raises(apig.ArgumentError, match="is no file"):
        apig.load_many(name)


@given(st.text(st.sampled_from("abÄ通-_/:*"), min_size=1, max_size=20), st.sampled_from(["spec", "proxy", "all"]))
def test_a_saved_export_is_loaded_with_its_key(tmp_path_factory, group, scope):
    folder = tmp_path_factory.mktemp("saved")
    apig.Export(raw=document(group), group=group, environment="TEST", scope=scope).save(folder)
    ((key, export),) = apig.load_many(folder).items()
    assert (key.environment, key.group, export.scope) == ("TEST", group, scope)


def test_a_file_that_cannot_be_read_is_listed_and_not_left_out(tmp_path):
    (tmp_path / "good.json").write_bytes(document("good", "/a"))
    (tmp_path / "broken.json").write_text('{"swagger": "2.0", "info": {"ti')
    (tmp_path / "notes.txt").write_text("to do")
    (tmp_path / ".hidden").write_text("not asked for")
    os.mkfifo(tmp_path / "pipe.json")
    loaded = apig.load_many(tmp_path)
    assert [key.group for key in loaded] == ["good"]
    assert {Path(str(name)).name for name in loaded.failures} == {"broken.json", "notes.txt", "pipe.json"}
    assert repr(loaded) == "<ExportSet 1 exports, 3 failed>"
    summary = loaded.summary
    assert summary["state"].tolist() == ["exported", "failed", "failed", "failed"]
    assert summary["error"].notna().tolist() == [False, True, True, True]


def test_two_documents_of_one_key_are_an_error(tmp_path):
    for day in ("01", "02"):
        (tmp_path / f"orders-TEST-all-2026-01-{day}-03-04-05.json").write_bytes(document("orders"))
    with pytest.raises(apig.ArgumentError, match="has the same key as"):
        apig.load_many(tmp_path)


@pytest.mark.parametrize("source", ["missing", "*.none", "", 5, None, b"{}"])
def test_a_source_that_leads_to_no_document_is_an_error(tmp_path, monkeypatch, source):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(apig.ArgumentError):
        apig.load_many(source)


def test_loading_keeps_the_bytes_and_not_what_was_read():
    (export,) = apig.load_many([EXPORTS / "export-all-oas2.json"]).values()
    assert "definition" not in export.__dict__


# The canonical hash


def hashed(content: Any) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return apig.Export(raw=raw).canonical_hash


def test_the_canonical_hash_is_the_same_for_json_yaml_any_order_of_keys_and_any_time():
    tree = json.loads((EXPORTS / "export-all-oas3.json").read_bytes())
    turned = dict(reversed(tree.items()))
    later = {**tree, "info": {**tree["info"], "version": "2027-12-31-23:59:59"}}
    as_yaml = yaml.safe_dump(tree, allow_unicode=True, sort_keys=False).encode()
    indented = json.dumps(tree, indent=4).encode()
    task = json.dumps({"task_result": json.dumps({"FileName": "f", "Comment": json.dumps(tree)})}).encode()
    assert tree["info"]["version"] != later["info"]["version"]
    assert {hashed(one) for one in (tree, turned, later, as_yaml, indented, task)} == {hashed(tree)}


@pytest.mark.parametrize(
    "other",
    [
        openapi(info={"title": "t", "version": "2"}),
        openapi(info={"title": "u", "version": "1"}),
        openapi(paths={"/a": {"get": OK}}),
        openapi(tags=[{"name": "b"}, {"name": "a"}]),
        swagger(),
    ],
)
def test_the_canonical_hash_differs_for_other_content(other):
    assert hashed(other) != hashed(openapi(tags=[{"name": "a"}, {"name": "b"}]))


def test_the_canonical_hash_of_anything_else_is_an_error():
    with pytest.raises(apig.DocumentError):
        hashed(b"<html>")
