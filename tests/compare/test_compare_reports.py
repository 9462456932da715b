"""Reports are complete, escape every text of a document, and need no other files."""

import csv
import gzip
import html.parser
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import apig_nb as apig
from apig_nb.cli import main
from apig_nb.text import HARMFUL
from tests.compare.comparing import DATA, compared, openapi, text
from tests.hostile import DOCUMENTS

B, W, I = "breaking", "warning", "info"  # noqa: E741  # of a table that is read in columns
BASIC = {"type": "http", "scheme": "basic"}
NASTY = '</td><script>alert(1)</script>|`_*[x](http://evil)\n=cmd()<img src=x onerror=y> \x01\ud800 & "'


def nasty(version: str) -> dict[str, Any]:
    operation = {"summary": f"{NASTY}{version}", "tags": [NASTY, version], "responses": {NASTY: {"description": ""}}}
    parameters = [{"name": NASTY, "in": "query", "schema": {"type": version}}]
    return openapi(
        paths={f"/{NASTY}": {"get": operation | {"parameters": parameters}}},
        info={"title": NASTY, "version": version},
    )


def small(*paths: str, limit: int = 3) -> dict[str, Any]:
    parameters = [{"name": "q", "in": "query", "schema": {"maxLength": limit}}]
    operation = {"parameters": parameters, "responses": {"200": {"description": "ok"}}}
    return openapi(paths={path: {"get": operation} for path in paths})


@pytest.fixture
def comparison() -> apig.Comparison:
    return compared(
        small("/a", "/b"), small("/b", "/c", limit=2), ignore=[{"rule": "operation-added", "reason": "asked for"}]
    )


Orders = tuple[apig.Export, apig.Export]


@pytest.fixture
def orders(client: apig.Client) -> Orders:
    """The group `orders` in both environments of the demo gateway."""
    release, test = (client.export(group="orders", env=env, define="all") for env in ("RELEASE", "TEST"))
    return release, test


class Page(html.parser.HTMLParser):
    """The elements and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[tuple[str, str | None]] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes.update(attrs)


ELEMENTS = set(
    "html head meta title style body main h1 h2 small p b span div dl dt dd table thead tbody tr th td code wbr".split()  # noqa: SIM905
) | {"footer", "caption", "br", "strong"}


@pytest.mark.parametrize("old", [nasty("1"), small("/a"), (DATA / "hostile" / "markup.json").read_bytes()])
def test_a_page_has_no_scripts_links_or_elements_from_a_document(old: Any):
    for new in (nasty("2"), small("/b"), (DATA / "hostile" / "formula.json").read_bytes()):
        comparison = compared(old, new, ignore=[{"rule": "operation-added", "reason": NASTY}])
        for page in (comparison.to_html(), comparison._repr_html_()):
            found = Page(page)
            assert found.elements <= ELEMENTS
            assert {name for name, _ in found.attributes} <= {
                *("lang", "charset", "name", "content", "class", "scope", "title"),
            }
            assert re.findall(r"url\(|@import", page) == []
            page.encode("utf-8")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_harmful_characters_are_escaped_in_reports_and_kept_in_tables(path: Path):
    comparison = compared(
        path.read_bytes(), small("/a\x1b\u202e"), ignore=[{"rule": "operation-removed", "path": "/*"}]
    )
    shown = (comparison.to_html(), comparison._repr_html_(), comparison.to_markdown(), comparison.to_csv())
    for page in (*shown, comparison.to_json(), comparison.to_junit(), *comparison.changes["message"]):
        assert not HARMFUL.search(page)
    assert "/a\x1b\u202e" in set(comparison.changes["path"])
    operations = [one for change in json.loads(comparison.to_json())["changes"] for one in change["operations"]]
    assert "GET /a\x1b\u202e" in operations


def test_a_page_shows_changes_and_ignored_changes_and_supports_dark_mode_and_print(comparison: apig.Comparison):
    page = comparison.to_html()
    for expected in ("operation-removed", "max-length-tightened", "asked for", "2 breaking, 1 ignored"):
        assert expected in page
    assert "GET /a operation: an operation was removed" in words(page)
    assert "GET /c operation: an operation was added. not there → GET /c asked for" in words(page)
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


def words(page: str) -> str:
    """The text of a page, with single blanks."""
    body = re.sub(r"(?s)<style>.*?</style>", "", page)
    return " ".join(html.unescape(re.sub(r"<(?!wbr)[^>]*>", " ", body).replace("<wbr>", "")).split())


def test_a_report_gives_its_date_and_the_origin_of_both_exports(comparison: apig.Comparison, orders: Orders):
    release, test = orders
    made = apig.compare(release, test)
    for page in (words(made.to_html()), made.to_markdown().replace("\\_", "_")):
        assert "What would change if TEST were published" in page
        for export in (release, test):
            assert export.request is not None
            assert export.time is not None
            facts = ("orders", export.environment, export.request.instance_id, export.sha256)
            assert [fact for fact in facts if str(fact) not in page] == []
            assert f"received {export.time:%Y-%m-%d %H:%M} UTC" in page
        assert "everything, policies too" in page
        assert "Not compared" not in page
        assert f"plug-ins of {len(release.operations)} operations with {len(test.operations)}" in page
        assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", page)
    sides = json.loads(made.to_json())
    assert [sides[side]["environment"] for side in ("old", "new")] == ["RELEASE", "TEST"]
    assert sides["old"]["sha256"] == release.sha256
    # Documents of another origin have no environment, no gateway and no time.
    assert not {"environment", "gateway", "received"} & set(words(comparison.to_html()).split())


def test_a_report_begins_with_the_verdict_and_puts_security_before_other_warnings(orders: Orders):
    release, test = orders
    for page in (words(apig.compare(release, test).to_html()), apig.compare(release, test).to_markdown()):
        verdict = page.index("Do not publish it as it is.")
        places = [page.index(heading) for heading in ("Breaking, ", "Security, ", "Warnings, ", "Info, ")]
        assert [verdict, *places] == sorted([verdict, *places])
    loosened = compared(small("/a", limit=2), small("/a", limit=3))
    assert "No call that works today fails. " in words(loosened.to_html())
    fewer = apig.compare(release, test, severity=dict.fromkeys(apig.rules()["rule"], "warning"))
    assert "Look before you publish." in words(fewer.to_html())


def test_a_report_says_what_was_not_compared_and_lists_ignored_changes_with_their_operations(
    comparison: apig.Comparison, orders: Orders, client: apig.Client
):
    partial = apig.compare(orders[0], client.export(group="orders", env="RELEASE", define="spec"))
    for page in (words(partial.to_html()), partial.to_markdown()):
        assert re.search("Not compared:? backends and policies", page)
        assert "the new export has the scope spec" in page
        assert "backends, " not in page
    assert "GET /c | operation: an operation was added | asked for | " in comparison.to_markdown()
    (ignored,) = json.loads(comparison.to_json())["ignored"]
    assert (ignored["operations"], ignored["reason"]) == ({"GET /c": I}, "asked for")


def test_a_notebook_shows_the_most_severe_changes_and_the_total():
    many = compared(small(*(f"/{number}" for number in range(500))), small("/x"))
    shown = many._repr_html_()
    assert len(shown) < 20_000
    assert "of 501" in shown
    assert compared(small("/a"), small("/a"))._repr_html_().strip().endswith("no difference</p>")


def test_a_very_long_path_is_shortened_in_reports():
    def document(*names: str) -> Any:
        parameters = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in names]
        return {**openapi({}), "paths": {path: {"get": {"parameters": parameters, "responses": {}}}}}

    path = "/a" * 10_000
    many = compared(document(), document(*(f"p{number}" for number in range(50))))
    assert len(many.found) == 50
    # Whole, the path would take a million.
    assert max(map(len, (many.to_html(), many.to_markdown()))) < 150_000
    assert path in many.to_json()


def test_equal_documents_have_no_changes():
    same = compared(small("/a"), small("/a"))
    assert repr(same) == "<Comparison no difference>"
    assert "Nothing differs." in same.to_markdown()
    assert "Nothing differs." in same.to_html()
    assert bool(same)
    assert [frame.empty for frame in (same.changes, same.breaking, same.ignored, same.explode())] == [True] * 4
    assert list(same.explode().columns) == [name for name in same.changes.columns if name != "operations"]
    assert ElementTree.fromstring(same.to_junit()).attrib["failures"] == "0"


def test_changing_a_table_does_not_change_the_next_one(comparison: apig.Comparison):
    for name in ("changes", "operations", "ignored"):
        before = getattr(comparison, name).copy()
        frame = getattr(comparison, name)
        del frame["path"]
        frame["note"] = "seen"
        assert getattr(comparison, name).equals(before)
    assert len(comparison.breaking)


def cells(line: str) -> list[str]:
    return re.split(r"(?<!\\)\|", line)[1:-1]


def test_a_markdown_table_escapes_every_cell(comparison: apig.Comparison):
    for markdown in (comparison.to_markdown(), compared(nasty("1"), nasty("2")).to_markdown()):
        rows = [line for line in markdown.splitlines() if line.startswith("|")]
        assert {len(cells(row)) for row in rows} == {4}
        assert re.findall(r"<(?!br>)", markdown) == []
        assert re.findall(r"(?<!\\)[\[\]`]", markdown) == []


def test_json_contains_every_change(comparison: apig.Comparison):
    document = json.loads(comparison.to_json())
    assert document["counts"] == {B: 2, W: 0, I: 0, "security": 0, "ignored": 1}
    assert [change["rule"] for change in document["changes"]] == comparison.changes["rule"].to_list()
    assert document["changes"][0]["operations"] == {"GET /a": B}
    json.loads(compared(nasty("1"), nasty("2")).to_json())


def test_junit_is_well_formed_and_fails_operations_with_breaking_changes(comparison: apig.Comparison):
    suite = ElementTree.fromstring(comparison.to_junit())
    cases = {case.attrib["name"]: [child.tag for child in case] for case in suite}
    assert cases == {"GET /a": ["failure"], "GET /b": ["failure"], "GET /c": []}
    assert suite.attrib == {"name": "API comparison", "tests": "3", "failures": "2", "skipped": "0"}
    ElementTree.fromstring(compared(nasty("1"), nasty("2")).to_junit().encode("utf-8"))


def test_csv_contains_no_formulas():
    comparison = compared(
        openapi({"summary": "=cmd()", "description": "+1"}), openapi({"summary": "@x", "description": "\t=1"})
    )
    rows = list(csv.DictReader(io.StringIO(comparison.to_csv())))
    assert [(row["before"], row["after"]) for row in rows] == [("'+1", "\t'=1"), ("'=cmd()", "'@x")]


@pytest.mark.parametrize("name", ["r.html", "r.md", "r.json", "r.xml", "r.csv", "R.HTML"])
def test_the_ending_of_the_name_chooses_the_format_of_a_saved_report(
    comparison: apig.Comparison, tmp_path: Path, name: str
):
    assert comparison.save(tmp_path / name) == tmp_path / name
    assert (tmp_path / name).stat().st_size > 200
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_report_that_cannot_be_saved_leaves_no_file(comparison: apig.Comparison, tmp_path: Path):
    """A full disk is tested in `tests/test_faults_files.py`."""
    with pytest.raises(apig.ArgumentError, match="unknown ending"):
        comparison.save(tmp_path / "r.pdf")
    with pytest.raises(FileNotFoundError, match=r"none/r\.md"):
        comparison.save(tmp_path / "none" / "r.md")
    assert list(tmp_path.iterdir()) == []


def test_a_report_of_lone_surrogates_can_be_saved(tmp_path: Path):
    for name in ("r.html", "r.md", "r.json", "r.xml", "r.csv"):
        compared(nasty("1"), nasty("2")).save(tmp_path / name)


# ---------------------------------------------------------------------- side, security, reasons


def test_reports_give_each_operation_its_own_severity():
    """A shared schema: one operation sends it, another one receives it, and only one of them can break."""

    def document(limit: int) -> Any:
        content = {"content": {"a/b": {"schema": {"$ref": "#/components/schemas/X"}}}}
        responses = {"200": {"description": "", **content}}
        paths = {
            "/sends": {"post": {"requestBody": content, "responses": {}}},
            "/receives": {"get": {"responses": responses}},
        }
        return openapi(paths=paths, components={"schemas": {"X": {"maxLength": limit}}})

    comparison = compared(document(3), document(2))
    suite = ElementTree.fromstring(comparison.to_junit())
    assert {case.attrib["name"]: [child.tag for child in case] for case in suite} == {
        "GET /receives": ["system-out"],
        "POST /sends": ["failure"],
    }
    assert suite.attrib["failures"] == "1"
    assert json.loads(comparison.to_json())["changes"][0]["operations"] == {"GET /receives": I, "POST /sends": B}
    assert "POST /sends GET /receives (info)" in words(comparison.to_html())
    assert "POST /sends, GET /receives (info)" in comparison.to_markdown()
    assert "1 has a breaking change" in comparison.to_html()
    assert comparison.operations[B].sum() == 1


def test_the_side_of_a_change_is_the_one_on_which_it_is_used():
    def document(limit: int) -> Any:
        def content(name: str) -> Any:
            return {"content": {"a/b": {"schema": {"$ref": f"#/components/schemas/{name}"}}}}

        operation = {
            "parameters": [{"name": "q", "in": "query", "schema": {"maxLength": limit}}],
            "requestBody": {**content("Both")},
            "responses": {
                "200": {"description": "", **content("Received")},
                "201": {"description": "", **content("Both")},
            },
        }
        schemas = {name: {"minLength": limit} for name in ("Both", "Received")}
        return openapi(operation, components={"schemas": schemas}, servers=[{"url": f"/{limit}"}])

    found = {change.location: (change.severity, change.side) for change in compared(document(3), document(2)).found}
    assert found == {
        "servers": (B, "none"),
        "parameter q in query": (B, "sent"),
        "schema Both": (B, "both"),
        "schema Received": (B, "received"),
    }


def test_changes_that_reduce_protection_come_first_within_their_severity():
    def document(security: Any, summary: str) -> Any:
        return openapi({"security": security, "operationId": summary}, components={"securitySchemes": {"a": BASIC}})

    changes = compared(document([{"a": []}], "x"), document([], "y")).changes
    assert changes[["severity", "security", "rule"]].values.tolist() == [
        [W, True, "authentication-removed"],
        [W, False, "operation-id-altered"],
    ]
    assert changes["security"].dtype == bool


def test_a_severity_that_differs_from_that_of_the_rule_has_a_reason_of_its_own():
    rule = {"max-length-tightened": "warning"}
    (chosen,) = compared(small("/a"), small("/a", limit=2), severity=rule).changes["why"]
    assert "chosen" in chosen
    old, new = small("/a"), small("/a", limit=2)
    new["paths"]["/a"]["get"]["x-stability-level"] = old["paths"]["/a"]["get"]["x-stability-level"] = "alpha"
    (alpha,) = compared(old, new).changes["why"]
    assert "stable" in alpha


# ---------------------------------------------------------------------- fingerprints


def test_a_fingerprint_does_not_depend_on_the_summary(monkeypatch: pytest.MonkeyPatch):
    before = [change.fingerprint for change in compared(small("/a"), small("/b", limit=2)).found]
    for rule in apig.rules()["rule"]:
        known = sys.modules["apig_nb.compare.rules"].RULES[rule]
        monkeypatch.setitem(
            sys.modules["apig_nb.compare.rules"].RULES,
            rule,
            type(known)(known.id, known.category, known.effect, known.sent, known.received, "in other words"),
        )
    assert [change.fingerprint for change in compared(small("/a"), small("/b", limit=2)).found] == before


def test_a_fingerprint_of_a_shared_schema_does_not_depend_on_its_users():
    def document(limit: int, *paths: str) -> Any:
        schema = {"$ref": "#/components/schemas/X"}
        operation = {"requestBody": {"content": {"a/b": {"schema": schema}}}, "responses": {}}
        schemas = {"schemas": {"X": {"maxLength": limit}}}
        return openapi(paths={path: {"post": operation} for path in paths}, components=schemas)

    one, other = (
        compared(document(3, "/a"), document(2, "/a")),
        compared(document(3, "/a", "/b"), document(2, "/a", "/b")),
    )
    assert one.changes["fingerprint"].to_list() == other.changes["fingerprint"].to_list()


def test_fingerprints_are_unique():
    changes = compared(small("/a", "/b", "/c"), small("/a", "/b", "/c", limit=2)).changes
    assert changes["fingerprint"].is_unique
    assert changes["fingerprint"].str.fullmatch("[0-9a-f]{12}").all()


# ---------------------------------------------------------------------- the command line


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    documents = {
        "old": small("/a", "/b"),
        "same": small("/a", "/b"),
        "more": small("/a", "/b", "/c"),
        "less": small("/a"),
    }
    documents["warned"] = documents["old"] | {"servers": []}
    documents["warned"]["paths"] = {
        path: {"get": item["get"] | {"operationId": "x"}} for path, item in documents["old"]["paths"].items()
    }
    schemes = {"components": {"securitySchemes": {"a": BASIC}}}
    documents = {name: document | schemes | {"security": [{"a": []}]} for name, document in documents.items()}
    documents["open"] = documents["old"] | {"security": []}
    for name, document in documents.items():
        (tmp_path / f"{name}.json").write_bytes(text(document))
    (tmp_path / "ignore.yaml").write_text("- {rule: operation-*}", encoding="utf-8")
    (tmp_path / "odd.json").write_text("no document", encoding="utf-8")
    return {path.stem: str(path) for path in tmp_path.iterdir()}


@pytest.mark.parametrize(
    ("new", "options", "code"),
    [
        ("same", ["--fail-on", "any"], 0),
        ("less", [], 0),
        ("less", ["--fail-on", "breaking"], 1),
        ("less", ["--fail-on", "warning"], 1),
        ("more", ["--fail-on", "warning"], 0),
        ("more", ["--fail-on", "any"], 1),
        ("warned", ["--fail-on", "breaking"], 0),
        ("warned", ["--fail-on", "warning"], 1),
        ("less", ["--fail-on", "any", "--ignore", "ignore"], 0),
        ("odd", [], 2),
        ("missing", [], 2),
        ("same", ["--ignore", "odd"], 2),
        ("open", ["--fail-on", "breaking"], 0),
        ("open", ["--fail-on", "security"], 1),
        ("open", ["--fail-on", "breaking,security"], 1),
        ("less", ["--fail-on", "security"], 0),
        ("same", ["--require", "policies"], 2),
    ],
)
def test_the_exit_code_depends_on_the_most_severe_change(
    files: dict[str, str], capsys: pytest.CaptureFixture[str], new: str, options: list[str], code: int
):
    given = [files.get(option, option) for option in options]
    assert main(["compare", files["old"], files.get(new, "missing.json"), *given]) == code
    output = capsys.readouterr()
    assert (output.err != "") == (code == 2)
    assert "Traceback" not in output.err


@pytest.mark.parametrize(
    ("name", "begins"),
    [("text", "1 breaking"), ("markdown", "## "), ("json", "{"), ("junit", "<?xml"), ("html", "<!doctype html>")],
)
def test_the_option_format_chooses_the_output(
    files: dict[str, str], capsys: pytest.CaptureFixture[str], name: str, begins: str
):
    assert main(["compare", files["old"], files["less"], "--format", name]) == 0
    assert capsys.readouterr().out.startswith(begins)


def test_a_damaged_archive_is_an_error_and_not_an_api_without_operations(files: dict[str, str], tmp_path: Path):
    archive = bytearray(gzip.compress(Path(files["old"]).read_bytes(), mtime=0))
    archive[len(archive) // 2] ^= 0x10
    damaged = tmp_path / "damaged.json.gz"
    damaged.write_bytes(archive)
    command = [sys.executable, "-m", "apig_nb", "compare", str(damaged), files["old"], "--fail-on", "breaking"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (2, "")
    assert "gzip archive is damaged" in run.stderr


def test_the_command_runs_as_a_module_and_rejects_unknown_options(files: dict[str, str]):
    command = [sys.executable, "-m", "apig_nb", "compare", files["old"], files["less"], "--fail-on", "breaking"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (1, "")
    assert "operation-removed" in run.stdout
    assert main(["compare", files["old"], files["less"], "--fail-on", "nonsense"]) == 2
