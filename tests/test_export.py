"""`Export`: bytes, tables, representations, saving and loading."""

import copy
import dataclasses
import hashlib
import html
import io
import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath, PureWindowsPath
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import apig_nb as apig
from apig_nb import definition
from apig_nb.definition.api_definition import read_definition
from apig_nb.definition.read import decoding
from apig_nb.files import MAX_NAME_BYTES, legal_name
from apig_nb.tables import TABLES

DOCUMENT = json.dumps(
    {
        "swagger": "2.0",
        "info": {"title": "orders", "version": "2026-01-02-03:04:05"},
        "paths": {
            "/orders": {
                "get": {"operationId": "a", "responses": {"200": {"description": ""}}},
                "post": {"responses": {}},
            }
        },
    }
).encode()
YAML = b"openapi: 3.0.3\ninfo: {title: t, version: 1.0}\npaths: {}\n"
REQUEST = apig.ExportRequest(
    project_id="p", instance_id="i", env_id="DEFAULT_ENVIRONMENT_RELEASE_ID", group_id="g", define="all", type="json"
)
TIME = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)


def sent(**changes) -> apig.Export:
    facts: dict[str, Any] = {"raw": DOCUMENT, "request": REQUEST, "status_code": 200, "time": TIME, "duration": 0.5}
    return apig.Export(**{**facts, "group": "orders", "environment": "RELEASE", "scope": "all", **changes})


class TestExport:
    def test_the_bytes_are_kept_as_received(self):
        export = sent(request_id="r")
        assert (export.raw, export.size, export.text) == (DOCUMENT, len(DOCUMENT), DOCUMENT.decode())
        assert export.sha256 == hashlib.sha256(DOCUMENT).hexdigest()
        with pytest.raises(dataclasses.FrozenInstanceError):
            export.raw = b""  # type: ignore[misc]  # refused by the type checker, too

    def test_the_document_is_parsed_once_and_on_first_use(self):
        unreadable = sent(raw=b"no document")
        assert repr(unreadable) == "<Export 'orders RELEASE all', 11 bytes>"
        with pytest.raises(apig.DocumentError):
            _ = unreadable.definition
        export = sent()
        assert export.definition is export.definition

    @pytest.mark.parametrize("table", TABLES)
    def test_every_table_is_a_property(self, client, table):
        export = client.export(group="orders", env="RELEASE", define="all", version="1")
        shown = getattr(export, table)
        pd.testing.assert_frame_equal(shown, TABLES[table].frame(export.definition))

    def test_changing_a_table_does_not_change_the_next_one(self):
        export = sent()
        table, whole = export.operations, export.operations
        table.loc[0, "path"] = "/changed"
        table["more"] = 1
        table.columns.name = "changed"
        table.index.name = "changed"
        table.attrs["more"] = 1
        del table["method"]
        pd.testing.assert_frame_equal(export.operations, whole)
        assert (export.operations.columns.name, export.operations.index.name, export.operations.attrs) == (
            None,
            None,
            {},
        )

    def test_problems_are_a_table_of_text(self):
        problems = apig.load(b'{"swagger": "2.0", "paths": {"no-slash": {}}}').problems
        assert problems.dtypes.astype(str).to_dict() == {"pointer": "str", "kind": "str", "message": "str"}
        assert len(problems) > 0

    def test_an_export_can_be_copied(self):
        assert copy.deepcopy(sent()).raw == DOCUMENT


class TestRepresentations:
    def test_the_repr_is_short_and_does_not_parse_the_document(self):
        assert repr(sent()) == f"<Export 'orders RELEASE all', {len(DOCUMENT)} bytes>"
        assert repr(apig.Export(raw=b"x" * 12_345, source="a.json")) == "<Export 'a.json', 12.3 kB>"
        assert "\x1b" not in repr(sent(group="\x1b[31m"))

    def test_the_html_lists_provenance_and_content(self):
        facts, operations = map(_words, sent()._repr_html_().split("</table><table"))
        operations = operations[1:]  # without the caption
        assert facts == [
            *("API group", "orders", "Environment", "RELEASE", "Definition scope", "all"),
            *("Document", "orders 2026-01-02-03:04:05 (Swagger 2.0, JSON)", "Operations", "2 on 1 paths"),
            *facts[10:-4],
            *("Size", f"{len(DOCUMENT)} bytes", "Received", "2026-01-02 03:04:05 UTC"),
        ]
        assert operations[:5] == ["method", "path", "name", "authentication", "tags"]
        assert operations[5::5] == sent().operations["method"].tolist()
        assert operations[6::5] == sent().operations["path"].tolist()
        assert sent()._repr_html_() == sent()._repr_html_()

    def test_the_html_has_the_number_of_problems(self):
        words = _words(apig.load(b'{"swagger": "2.0", "paths": {"no-slash": {}}}')._repr_html_())
        assert int(words[words.index("Problems") + 1]) > 0

    def test_the_html_escapes_texts_of_the_document(self):
        evil = "<script>x()</script>\"'&"
        document = json.dumps({"swagger": "2.0", "info": {"title": evil, "version": evil}, "paths": {}}).encode()
        shown = sent(raw=document, group=evil, environment=evil, source=evil)._repr_html_()
        assert "<script" not in shown
        assert shown.count(html.escape(evil)) == 5

    def test_the_html_of_an_unreadable_document_has_the_error(self):
        assert "not an API document" in sent(raw=b'{"a": "<b>"}')._repr_html_()

    def test_the_html_uses_colours_of_the_theme(self):
        shown = sent()._repr_html_()
        assert set(re.findall(r"color: ([^;\"]*)", shown)) == {"var(--jp-content-font-color1, inherit)"}

    def test_the_html_shows_the_first_operations_escaped_and_counts_the_others(self):
        paths: dict[str, object] = {f"/<b>{n}": {"get": {}} for n in range(9)}
        shown = apig.load(json.dumps({"swagger": "2.0", "paths": paths}).encode())._repr_html_()
        assert "the first operations of 9" in shown
        assert (shown.count("/&lt;b&gt;"), "/<b>" in shown) == (5, False)


def _words(shown: str) -> list[str]:
    return [html.unescape(cell) for cell in re.findall(r"<t[hd][^>]*>([^<]*)<", shown)]


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


class TestSave:
    def test_the_default_file_name_is_that_of_the_service(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        path = sent().save()
        assert path.read_bytes() == DOCUMENT
        assert names_in(tmp_path) == [path.name] == ["orders-RELEASE-all-2026-01-02-03-04-05.json"]

    @pytest.mark.parametrize(
        ("changes", "name"),
        [
            ({"request": REQUEST.replace(version="v 1.0", type="yml")}, "orders-RELEASE-all-v 1.0.yml"),
            ({"request": REQUEST.replace(version="1", type="yaml")}, "orders-RELEASE-all-1.yaml"),
            ({"group": None, "environment": None}, "g-DEFAULT_ENVIRONMENT_RELEASE_ID-all-2026-01-02-03-04-05.json"),
            ({"group": "通知"}, "通知-RELEASE-all-2026-01-02-03-04-05.json"),
            ({"group": "../../etc/passwd"}, "_-..-etc-passwd-RELEASE-all-2026-01-02-03-04-05.json"),
            ({"group": "CON"}, "CON-RELEASE-all-2026-01-02-03-04-05.json"),
        ],
    )
    def test_default_names_have_the_known_parts(self, tmp_path, changes, name):
        assert sent(**changes).save(tmp_path) == tmp_path / name

    @pytest.mark.parametrize(
        ("content", "name"),
        [
            (DOCUMENT, "orders-2026-01-02-03-04-05.json"),
            (b"\xef\xbb\xbf\n" + DOCUMENT, "orders-2026-01-02-03-04-05.json"),
            (DOCUMENT.decode().encode("utf-16"), "orders-2026-01-02-03-04-05.json"),
            (YAML, "t-1.0.yaml"),
            (b"paths: {}", "export.yaml"),
        ],
    )
    def test_a_loaded_document_is_named_by_its_title_and_version(self, tmp_path, content, name):
        assert apig.load(content).save(tmp_path).name == name

    def test_an_existing_file_of_the_default_name_is_not_replaced(self, tmp_path):
        paths = [sent().save(tmp_path) for _ in range(3)]
        stem = "orders-RELEASE-all-2026-01-02-03-04-05"
        assert [path.name for path in paths] == [f"{stem}.json", f"{stem}-2.json", f"{stem}-3.json"]

    def test_an_existing_file_given_by_name_is_replaced(self, tmp_path):
        target = tmp_path / "mine.txt"
        target.write_text("before")
        assert sent().save(str(target)) == target
        assert target.read_bytes() == DOCUMENT
        assert names_in(tmp_path) == ["mine.txt"]

    def test_a_new_file_has_the_usual_permissions(self, tmp_path):
        usual = tmp_path / "usual"
        usual.touch()
        assert sent().save(tmp_path / "saved").stat().st_mode == usual.stat().st_mode

    @pytest.mark.parametrize("target", ["missing/x.json", "missing/"])
    def test_a_missing_folder_is_not_created(self, tmp_path, target):
        with pytest.raises(OSError, match="No such file"):
            sent().save(f"{tmp_path}/{target}")
        assert names_in(tmp_path) == []

    @pytest.mark.parametrize("named", [True, False])
    def test_a_failed_write_leaves_no_partial_file(self, tmp_path, monkeypatch, named):
        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        target = tmp_path / "mine.json"
        if named:
            target.write_text("before")
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            sent().save(target if named else tmp_path)
        assert [path.read_text() for path in tmp_path.iterdir()] == (["before"] if named else [])


# Forbidden by Microsoft's "Naming Files, Paths, and Namespaces".
ILLEGAL = re.compile(r'[<>:"/\\|?*\x00-\x1f]|[ .]$')
DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in "123456789¹²³")}


class TestLegalNames:
    @given(st.text(max_size=300), st.sampled_from([".json", ".yaml", ".yml", "-2.json"]))
    @example("..", ".json")
    @example("/etc/passwd", ".json")
    @example("con . ", "-2.json")
    @example("COM¹.tar", ".json")
    @example("con" + " " * 250 + "x", ".yml")
    @example("é" * 300, ".json")
    @example("🙂" * 99 + "a", ".json")
    @example("\u202egnp.nosj", ".json")
    def test_names_are_legal_on_every_system_and_stay_in_the_folder(self, stem, extension):
        name = legal_name(stem, extension)
        assert not ILLEGAL.search(name)
        assert name.partition(".")[0].rstrip(" ").upper() not in DEVICES
        assert len(name.encode()) <= MAX_NAME_BYTES
        assert name.endswith(extension)
        assert PureWindowsPath("C:/folder", name).parent == PureWindowsPath("C:/folder")
        assert PurePosixPath("/folder", name).parent == PurePosixPath("/folder")

    @given(st.text(st.sampled_from("abcÄöß通知日本-_ 0"), min_size=1, max_size=40).map(str.strip).filter(bool))
    def test_ordinary_names_are_not_changed(self, stem):
        # A name that begins with a hyphen would be an option of a command.
        assert legal_name(stem, ".json") == f"{'_' * stem.startswith('-')}{stem}.json"

    @given(st.text(max_size=30))
    def test_an_export_of_a_group_with_any_name_can_be_saved(self, group):
        with TemporaryDirectory() as folder:
            path = sent(group=group).save(folder)
            assert names_in(Path(folder)) == [path.name]


class TestLoad:
    @pytest.mark.parametrize(
        "kind", ["path", "Path", "bytes", "bytearray", "text", "binary file", "text file", "BytesIO"]
    )
    def test_every_kind_of_source_is_read(self, tmp_path, kind):
        file = tmp_path / "console.json"
        file.write_bytes(DOCUMENT)
        with file.open("rb") as binary, file.open(encoding="utf-8") as text:
            sources = {
                "path": str(file),
                "Path": file,
                "bytes": DOCUMENT,
                "bytearray": bytearray(DOCUMENT),
                "text": DOCUMENT.decode(),
                "binary file": binary,
                "text file": text,
                "BytesIO": io.BytesIO(DOCUMENT),
            }
            export = apig.load(sources[kind])
        assert (export.raw, export.definition.title) == (DOCUMENT, "orders")
        assert export.source == ("console.json" if kind.lower() in ("path", "binary file", "text file") else None)
        assert (export.request, export.status_code, export.time, export.duration) == (None, None, None, None)

    @pytest.mark.parametrize("text", [" \n" + DOCUMENT.decode(), YAML.decode(), "  {swagger: '2.0'}"])
    def test_text_is_distinguished_from_a_path(self, text):
        assert apig.load(text).raw == text.encode()

    def test_a_path_in_the_home_folder_is_expanded(self, tmp_path, monkeypatch):
        monkeypatch.setenv("HOME", str(tmp_path))
        (tmp_path / "a.yaml").write_bytes(YAML)
        assert apig.load("~/a.yaml").definition.title == "t"

    @pytest.mark.parametrize("path", ["missing.json", "a\0b", "~nobody-of-this-name/x"])
    def test_the_error_names_a_file_that_cannot_be_read(self, tmp_path, monkeypatch, path):
        monkeypatch.chdir(tmp_path)
        with pytest.raises(apig.DocumentError, match="cannot be read: ") as caught:
            apig.load(path)
        assert repr(path) in str(caught.value)
        assert caught.value.__cause__ is not None

    def test_a_folder_is_refused(self, tmp_path):
        with pytest.raises(apig.DocumentError, match="Is a directory"):
            apig.load(tmp_path)

    @pytest.mark.parametrize(
        "source", [b"", "", "  ", "\n", b"[1]", "<html>\n</html>", '{"error_code": "A.1", "error_msg": "m"}']
    )
    def test_other_content_is_refused_when_loaded(self, source):
        with pytest.raises(apig.DocumentError):
            apig.load(source)

    @pytest.mark.parametrize("source", [None, 5, ["a.json"], {"swagger": "2.0"}])
    def test_a_source_of_another_type_is_refused(self, source):
        with pytest.raises(apig.ArgumentError, match="must be a path, bytes, text or an open file"):
            apig.load(source)

    @pytest.mark.parametrize("kind", ["path", "bytes", "file"])
    def test_a_document_beyond_the_limit_is_refused(self, tmp_path, monkeypatch, kind):
        monkeypatch.setattr(decoding, "MAX_BYTES", 100)
        file = tmp_path / "large.json"
        file.write_bytes(DOCUMENT)
        with file.open("rb") as opened, pytest.raises(apig.DocumentError, match=r"larger|limit"):
            apig.load({"path": file, "bytes": DOCUMENT, "file": opened}[kind])

    def test_the_error_names_a_text_file_in_another_encoding(self, tmp_path):
        file = tmp_path / "latin.yaml"
        file.write_bytes(b"swagger: '2.0'\ninfo: {title: \xe9 }")
        with file.open(encoding="utf-8") as opened, pytest.raises(apig.DocumentError, match=r"latin\.yaml"):
            apig.load(opened)
        assert apig.load(file).definition.title == "é"

    @pytest.mark.parametrize(
        ("name", "known"),
        [
            ("orders_demo-RELEASE-all-2026-01-02-03:04:05", ("orders_demo", "RELEASE", "all")),
            ("a-b-TEST-proxy-v-1", ("a-b", "TEST", "proxy")),
            ("free text", (None, None, None)),
        ],
    )
    def test_the_file_name_of_an_asynchronous_answer_gives_the_provenance(self, tmp_path, name, known):
        result = json.dumps({"FileName": name, "FileType": ".yaml", "Comment": YAML.decode()})
        answer = json.dumps({"task_id": "t", "task_status": "succeed", "task_result": result})
        export = apig.load(answer)
        assert (export.group, export.environment, export.scope) == known
        assert export.definition.standard == "OpenAPI 3.0.3"
        saved = export.save(tmp_path)
        assert (saved.suffix, saved.read_bytes()) == (".json", answer.encode())

    def test_a_saved_export_loads_as_the_same_document(self, tmp_path, client):
        export = client.export(group="orders", env="TEST", define="all", type="yaml", oas_version="3.0")
        again = apig.load(export.save(tmp_path))
        assert again.sha256 == export.sha256
        pd.testing.assert_frame_equal(again.operations, export.operations)


def test_loading_parses_the_document_once(monkeypatch):
    reads: list[bytes] = []

    def counted(raw: bytes) -> definition.ApiDefinition:
        reads.append(raw)
        return read_definition(raw)

    monkeypatch.setattr(definition, "read_definition", counted)
    export = apig.load(DOCUMENT)
    _ = export.operations, export.definition, export._repr_html_()
    assert reads == [DOCUMENT]
