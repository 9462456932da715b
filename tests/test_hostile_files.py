"""Folders, files and texts that were made to harm: links, other documents, aliases, formulas, hidden characters."""

import csv
import io
import json
import multiprocessing
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import apig_nb as apig
from apig_nb.compare.options.ignore_file import add_ignored
from apig_nb.files import legal_name, locked
from apig_nb.sandbox import Sandbox, SandboxContentError, start
from tests.connected import connected, no_progress
from tests.hostile import make_endless

needs_links = pytest.mark.skipif(os.name == "nt", reason="links need a permission on Windows")


@pytest.fixture
def client(own: Sandbox) -> Iterator[apig.Client]:
    with connected(own, limits=apig.Limits(retries=0)) as client:
        yield client


# A folder for many exports


@pytest.fixture
def found(client: apig.Client, tmp_path: Path) -> Path:
    """Return the file of the one export of a folder."""
    export_orders(client, tmp_path)
    (file,) = (tmp_path / "exports" / "retail-prod").iterdir()
    return file


def export_orders(client: apig.Client, tmp_path: Path) -> apig.Export:
    requests = client.requests(env="RELEASE", groups=["orders"], define="all", version="v1")
    exports = client.export_many(requests, folder=tmp_path / "exports", resume=True, progress=no_progress)
    assert exports.failures == {}
    (export,) = exports.values()
    return export


def calls(client: apig.Client) -> int:
    return int(client.log["call"].str.endswith("export").sum())


def is_made_again(client: apig.Client, tmp_path: Path, file: Path) -> str:
    """Check that the file is written again and found the next time; return the note."""
    before = calls(client)
    export = export_orders(client, tmp_path)
    assert calls(client) == before + 1
    assert export.definition.title == "orders"
    assert file.is_file()
    assert not file.is_symlink()
    assert file.read_bytes() == export.raw
    (note,) = export.warnings
    assert export_orders(client, tmp_path).warnings == ()
    assert calls(client) == before + 1
    assert note.startswith(file.name)
    return note


@needs_links
@pytest.mark.parametrize("inside", [True, False])
def test_a_link_in_the_folder_is_replaced_and_its_target_stays(client, tmp_path, found, inside):
    target = (found.parent if inside else tmp_path) / "precious.json"
    found.rename(target)
    content = target.read_bytes()
    found.symlink_to(target)
    assert "was not a file" in is_made_again(client, tmp_path, found)
    assert target.read_bytes() == content


@needs_links
def test_nothing_is_created_through_a_dangling_link(client, tmp_path, found):
    found.unlink()
    found.symlink_to(tmp_path / "elsewhere.json")
    assert "was not a file" in is_made_again(client, tmp_path, found)
    assert not (tmp_path / "elsewhere.json").exists()


@needs_links
def test_a_pipe_in_the_folder_does_not_block(client, tmp_path, found):
    found.unlink()
    os.mkfifo(found)
    assert "was not a file" in is_made_again(client, tmp_path, found)


@needs_links
def test_a_hard_link_in_the_folder_does_not_lead_out_of_it(client, tmp_path, found):
    precious = tmp_path / "precious.txt"
    precious.write_text("not an export")
    found.unlink()
    found.hardlink_to(precious)
    assert "was not a document" in is_made_again(client, tmp_path, found)
    assert precious.read_text() == "not an export"


@needs_links
def test_a_link_in_place_of_the_folder_of_a_gateway_is_not_followed(client, tmp_path, found):
    elsewhere = tmp_path / "elsewhere"
    found.parent.rename(elsewhere)
    found.parent.symlink_to(elsewhere)
    found_there = elsewhere / found.name
    found_there.unlink()
    requests = client.requests(env="RELEASE", groups=["orders"], define="all", version="v1")
    exports = client.export_many(requests, folder=tmp_path / "exports", progress=no_progress)
    assert list(exports.summary["state"]) == ["not saved"]
    assert "is a link" in exports.summary["error"][0]
    assert list(elsewhere.iterdir()) == []


def test_a_folder_with_the_name_of_an_export_is_left_alone(client, tmp_path, found):
    found.unlink()
    found.mkdir()
    (found / "notes.txt").write_text("mine")
    requests = client.requests(env="RELEASE", groups=["orders"], define="all", version="v1")
    exports = client.export_many(requests, folder=tmp_path / "exports", progress=no_progress)
    assert list(exports.summary["state"]) == ["not saved"]
    assert (found / "notes.txt").read_text() == "mine"


OTHERS = {
    "no title": '{"swagger": "2.0", "paths": {}}',
    "another group": '{"swagger": "2.0", "info": {"title": "catalog", "version": "v1"}, "paths": {}}',
    "another version": '{"swagger": "2.0", "info": {"title": "orders", "version": "v0"}, "paths": {}}',
    "another standard": '{"openapi": "3.0.0", "info": {"title": "orders", "version": "v1"}, "paths": {}}',
    "another format": "swagger: '2.0'\ninfo:\n  title: orders\n  version: v1\npaths: {}\n",
}


@pytest.mark.parametrize("document", OTHERS.values(), ids=OTHERS)
def test_another_document_in_the_folder_is_made_again(client, tmp_path, found, document):
    found.write_text(document)
    assert "was another document" in is_made_again(client, tmp_path, found)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems allow no such names")
def test_names_of_files_and_folders_that_are_no_text_are_escaped(tmp_path):
    folder = tmp_path / os.fsdecode(b"gateway\xff")
    folder.mkdir()
    for name in (b"orders\xfe-RELEASE-all.json", b"other\xfe.json"):
        (folder / os.fsdecode(name)).write_bytes(document("first"))
    (folder / os.fsdecode(b"bad\xfe.json")).write_text("{")
    exports = apig.load_many(tmp_path)
    assert r"gateway\udcff RELEASE orders\udcfe" in [str(key) for key in exports]
    assert set(exports.summary["state"]) == {"exported", "failed"}
    exports.to_excel(tmp_path / "tables.xlsx")
    whole = apig.ExportSet(exports)
    archive = apig.Archive(tmp_path / "archive")
    assert archive.at(archive.add(whole))[next(iter(whole))].raw == document("first")
    assert apig.compare(whole, exports).changes.empty
    assert len(apig.audit(whole).findings)


# Ignore files


def add_many(file: str, number: int) -> int:
    for count in range(10):
        add_ignored(file, rule="description-altered", reason=f"process {number}, entry {count}")
    return number


@pytest.mark.slow
@pytest.mark.parametrize("linked", [False, pytest.param(True, marks=needs_links)])
def test_entries_that_eight_processes_add_are_all_kept(tmp_path, linked):
    file = tmp_path / "ignore.yaml"
    if linked:
        (tmp_path / "real").mkdir()
        file.symlink_to(tmp_path / "real" / "ignore.yaml")
    with multiprocessing.get_context("spawn").Pool(8) as pool:
        # Half of them by another name of the file.
        names = [file, file.resolve()]
        pool.starmap(add_many, [(str(names[number % 2]), number) for number in range(8)])
    reasons = [line for line in file.read_text().splitlines() if "process" in line]
    assert len(set(reasons)) == 80
    assert {path.name for path in file.resolve().parent.iterdir()} == {"ignore.yaml"}


def hold(file: str, ready: Any) -> None:
    with locked(Path(file)):
        ready.send("locked")
        ready.recv()


@pytest.mark.slow
def test_a_process_that_is_killed_leaves_no_lock(tmp_path):
    file = tmp_path / "ignore.yaml"
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=hold, args=(str(file), there))
    process.start()
    assert here.recv() == "locked"
    process.kill()
    process.join()
    add_ignored(file, rule="description-altered", reason="reworded")
    assert {path.name for path in tmp_path.iterdir()} == {"ignore.yaml"}


def test_a_file_that_stays_locked_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr("apig_nb.files.LOCK_SECONDS", 0.1)
    file = tmp_path / "ignore.yaml"
    with locked(file), pytest.raises(OSError, match="another process"):
        add_ignored(file, rule="description-altered", reason="reworded")
    assert not file.exists()


def bomb(levels: int, last: str) -> str:
    """Return lists of aliases to lists of aliases."""
    lines = ["x0: &x0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join([*lines, last.format(levels - 1)]) + "\n"


BOMBS = {
    "twelve levels": bomb(12, "ignore: *x{}"),
    "many reasons": f"a: &a {{rule: x, reason: {'long ' * 20}}}\n"
    f"b: &b [{', '.join(['*a'] * 20)}]\nc: &c [{', '.join(['*b'] * 20)}]\nignore: [{', '.join(['*c'] * 20)}]\n",
    "merge keys": "a: &a {k: v}\n"
    + "".join(
        f"{b}: &{b} {{<<: [{', '.join([f'*{a}'] * 9)}]}}\n" for a, b in zip("abcdefghi", "bcdefghij", strict=True)
    ),
    "itself": "ignore: &a [*a]\n",
    "a long key": "a: &a " + "k" * 5000 + "\nignore: [" + ", ".join(["{*a : 1}"] * 50) + "]\n",
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_aliases_cannot_make_an_ignore_file_large(tmp_path, text, client):
    file = tmp_path / "ignore.yaml"
    file.write_text(text)
    with pytest.raises(apig.ArgumentError):
        add_ignored(file, rule="description-altered", reason="reworded")
    export = client.export(group="orders", env="RELEASE")
    with pytest.raises(apig.ArgumentError) as caught:
        apig.compare(export, export, ignore=file)
    assert len(str(caught.value)) < 1000
    assert file.read_text() == text


def test_aliases_that_people_write_are_kept(tmp_path, client):
    file = tmp_path / "ignore.yaml"
    file.write_text("ignore:\n- &old {rule: description-altered, reason: reworded}\n- {<<: *old, path: /v2/*}\n")
    add_ignored(file, rule="description-altered", reason="again")
    assert "*old" in file.read_text()


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_aliases_cannot_make_sandbox_content_large(tmp_path, text):
    (tmp_path / "account.yaml").write_text("account: a\nregion: r\nclock:\n  " + text.replace("\n", "\n  "))
    with pytest.raises(SandboxContentError) as caught:
        start(tmp_path)
    assert len(str(caught.value)) < 1000


LONG = "x" * 9000


@pytest.mark.parametrize(
    ("account", "api"),
    [
        ("{description: [" + "x, " * 9000 + "]}", ""),
        ("{}", f"backend: {{type: {LONG}}}"),
        ("{}", f"backend: {{type: MOCK, answer: a}}, response: {LONG}"),
    ],
)
def test_a_long_value_of_sandbox_content_is_shortened_in_the_message(tmp_path, account, api):
    (tmp_path / "account.yaml").write_text("account: a\nregion: r\nprojects: {r: " + account + "}")
    (tmp_path / "gw").mkdir()
    (tmp_path / "gw" / "gateway.yaml").write_text("project: r\nenvironments: {TEST: {}}\n")
    (tmp_path / "gw" / "group.yaml").write_text("group: g\napis: {A: {call: GET /a, auth: none, " + api + "}}\n")
    with pytest.raises(SandboxContentError) as caught:
        start(tmp_path)
    assert 50 < len(str(caught.value)) < 300
    assert "xx" in str(caught.value) or "x', 'x" in str(caught.value)


# Files without an end


def connect(path: Path, variable: str, **given: Any) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(variable, str(path))
        return apig.connect(**given)


def audit(path: Path) -> object:
    return apig.audit(apig.load(document("x")), baseline=path)


def export_of_archive(path: Path) -> object:
    """Read a document of an archive, whose file another user of the folder replaced."""
    archive = apig.Archive(path.parent / "archive")
    archive.add(apig.load_many({"a": apig.load(document("x"))}))
    (file,) = (path.parent / "archive" / "objects").glob("*/*")
    file.unlink()
    path.rename(file)
    return archive.at("2999-01-01").operations


TOKEN: dict[str, Any] = {"token": "t0ken-of-the-test", "project_id": "a" * 32}
READERS: dict[str, Any] = {
    "ignore file": lambda path: apig.compare(document("x"), document("y"), ignore=path),
    "ignore file to be changed": lambda path: add_ignored(path, rule="description-altered", reason="reworded"),
    "baseline": audit,
    "credentials": lambda path: connect(path, "HUAWEICLOUD_SDK_CREDENTIALS_FILE", region="eu-de"),
    "regions": lambda path: connect(path, "HUAWEICLOUD_SDK_REGIONS_FILE", region="eu-de", **TOKEN),
    "clouds": lambda path: connect(path, "OS_CLIENT_CONFIG_FILE", target="mine"),
    "authorities": lambda path: apig.connect(endpoint="https://apig.example.com", cacert=path, **TOKEN),
    "document": apig.load,
    "archive": export_of_archive,
}


# Pipes and devices are no files of settings; documents can be pipes, `<(…)` in a shell.
ENDLESS = [
    (name, kind)
    for name in READERS
    for kind in ("pipe", "device", "large")
    if (name not in ("credentials", "regions", "clouds") or kind == "large")
    and (name, kind) not in (("document", "pipe"), ("authorities", "large"))
]


@needs_links
@pytest.mark.parametrize(("name", "kind"), ENDLESS)
def test_no_file_is_read_without_end(name, kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "file.yaml"
    make_endless(path, kind, 2**30)
    with pytest.raises(apig.ApigError) as caught:
        READERS[name](path)
    assert len(str(caught.value)) < 300
    # Names of folders may be shortened.
    assert str(tmp_path)[:40] in str(caught.value) or name == "archive"


@needs_links
def test_an_archive_writes_through_no_link(tmp_path):
    exports = apig.load_many({"a": apig.load(document("x"))})
    apig.Archive(tmp_path / "first").add(exports)
    (first,) = (tmp_path / "first").glob("objects/*/*")
    link = tmp_path / "second" / first.relative_to(tmp_path / "first")
    link.parent.mkdir(parents=True)
    other = tmp_path / "other"
    other.write_text("mine")
    link.symlink_to(other)
    archive = apig.Archive(tmp_path / "second")
    archive.add(exports)
    assert archive.verify().empty
    assert other.read_text() == "mine"


@needs_links
@pytest.mark.parametrize("kind", ["pipe", "folder", "itself", "above"])
def test_verify_lists_what_is_in_the_place_of_a_document(tmp_path, kind):
    archive = apig.Archive(tmp_path / "archive")
    archive.add(apig.load_many({"a": apig.load(document("x"))}))
    (file,) = (tmp_path / "archive" / "objects").glob("*/*")
    file.unlink()
    if kind == "pipe":
        os.mkfifo(file)
    elif kind == "folder":
        file.mkdir()
    elif kind == "itself":
        file.symlink_to(file)
    else:
        file.parent.rmdir()
        file.parent.write_text("")
    assert archive.verify()["problem"].tolist() == ["damaged"]


# Names and texts


@pytest.mark.parametrize("stem", ["-rf", "--", "- x", ":x", "*", " -x", ".-x"])
def test_no_file_name_begins_with_a_hyphen(stem):
    assert not legal_name(stem, ".json").startswith("-")


FORMULAS = (
    *("=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", "\0=1", "\ufeff=1"),
    *("＝1", "＋1", "－1", "＠1"),
    *("y;=cmd|' /C calc'!A0", "y; =1", 'y;"=1"', "y;＝1", "y\n=1", "y\r=1", "y\t=1"),
)


def document(description: str) -> bytes:
    root = {"swagger": "2.0", "info": {"title": "t", "version": "1"}}
    operation = {"operationId": "a", "description": description, "responses": {"200": {"description": "ok"}}}
    return json.dumps({**root, "paths": {"/a": {"get": operation}}}).encode()


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_of_a_csv_is_a_formula_whatever_separates_cells(formula, separator):
    comparison = apig.compare(apig.load(document("before")), apig.load(document(formula)))
    text = comparison.to_csv()
    cells = [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) for cell in row]
    # A reader for the other separator leaves quotes at the begin of a cell.
    starts = [cell.strip('\t\r\n \0\ufeff"')[:1] for cell in cells]
    assert [start for start in starts if start and start in "=+-@＝＋－＠"] == []


RTL = "safe\u202egnp.exe\0"


def test_names_of_groups_lose_overrides_of_direction_and_nul():
    export = apig.load(document("x").replace(b'"t"', json.dumps(RTL).encode()))
    named = apig.Export(raw=export.raw, group=RTL, environment="RELEASE", scope="all")
    comparison = apig.compare(named, apig.load(document("y")))
    shown = {
        "export": export._repr_html_(),
        "named": named._repr_html_(),
        "comparison": comparison._repr_html_(),
        "HTML": comparison.to_html(),
        "Markdown": comparison.to_markdown(),
    }
    assert [name for name, text in shown.items() if "\u202e" in text or "\0" in text] == []
