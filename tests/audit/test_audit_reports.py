"""Reports of an audit are complete, escape every text of a document, and need no other files."""

import csv
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import apig_nb as apig
from apig_nb.audit.rules import RULES
from apig_nb.text import HARMFUL
from tests.audit.planting import CLEAN
from tests.definition.making import swagger

NASTY = '</td><script>alert(1)</script>|`_*[x](http://evil)\n=cmd()<img src=x onerror=y> \x01\ud800 & "'
ENDINGS = (".html", ".md", ".json", ".xml", ".sarif", ".csv")


def opened(**changes: Any) -> str:
    tree = json.loads((CLEAN / "oas2.json").read_bytes())
    tree["paths"]["/baskets"]["get"] |= {"security": []} | changes
    return json.dumps(tree)


@pytest.fixture
def audit() -> apig.Audit:
    """Two critical or high findings of one operation, one of which is ignored; one is known and one is fixed."""
    before = opened(security=[{"apig-auth-app": []}], deprecated=True, schemes=["http"])
    ignored = [{"rule": "throttle-*-idle", "reason": "asked for"}]
    return apig.audit(opened(deprecated=True), baseline=before, ignore=ignored)


@pytest.fixture
def nasty() -> apig.Audit:
    """Hostile text in every place that a report shows."""
    parameter = {"name": NASTY, "in": "query", "type": "string"}
    backend = {"type": "HTTP", "httpEndpoints": {"address": NASTY, "scheme": "http", "path": f"/{{{NASTY}}}"}}
    operation = {"operationId": NASTY, "parameters": [parameter], "security": [{NASTY: []}], "x-apigateway-cors": True}
    operation |= {"x-apigateway-backend": backend, "responses": {}, "x-apigateway-plugins": [NASTY]}
    policies = {"x-apigateway-access-controls": {NASTY: {"acl-type": "PERMIT", "entity-type": "IP", "value": NASTY}}}
    tree = swagger(paths={f"/{NASTY}": {"get": operation}}, info={"title": NASTY, "version": NASTY}, **policies)
    audit = apig.audit(json.dumps(tree), ignore=[{"rule": "cors-everybody", "reason": NASTY}])
    assert len(audit) > 5
    return audit


class Page(HTMLParser):
    """The tags and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_a_page_has_every_finding_and_needs_no_other_file(audit: apig.Audit):
    text = audit.to_html()
    page = Page(text)
    assert page.tags.isdisjoint({"script", "img", "link", "a"})
    for frame in (audit.findings, audit.fixed, audit.ignored):
        assert len(frame)
        assert [one for one in frame["fingerprint"] if one not in text] == []
    assert "asked for" in text
    assert "8 of 9 operations without a critical or high finding" in text


@pytest.mark.parametrize("form", ["to_html", "_repr_html_"])
def test_text_of_a_document_is_no_markup_of_a_page(nasty: apig.Audit, form: str):
    text = getattr(nasty, form)()
    page = Page(text)
    assert page.tags.isdisjoint({"script", "img", "a"})
    assert "onerror" not in page.attributes
    assert not HARMFUL.search(text)


def test_text_of_a_document_is_plain_text_in_markdown(nasty: apig.Audit):
    text = nasty.to_markdown()
    assert "<script" not in text
    assert not re.search(r"(?<!\\)\]\(http", text)
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert {line.replace("\\|", "").count("|") for line in rows} == {5}
    assert not HARMFUL.search(text)


def test_no_cell_of_a_csv_file_is_a_formula(nasty: apig.Audit):
    rows = list(csv.reader(io.StringIO(nasty.to_csv())))
    assert len(rows) == len(nasty) + 1
    assert [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))] == []


def test_rules_that_were_not_checked_come_first_in_a_csv_file(client: apig.Client):
    audit = apig.audit(client.export(group="orders", env="RELEASE", define="proxy"))
    first, *others = csv.DictReader(io.StringIO(audit.to_csv()))
    assert (first["severity"], first["message"]) == ("not checked", "the export contains no policies")
    assert len(others) + 1 == len(audit) + len(audit.not_checked)


def test_json_has_every_list(audit: apig.Audit):
    report = json.loads(audit.to_json())
    for name in ("findings", "known", "fixed", "ignored"):
        assert [row["fingerprint"] for row in report[name]] == getattr(audit, name)["fingerprint"].tolist()
    assert report["counts"]["high"] == 2
    assert report["exports"][0] | {"sha256": ""} == {
        "title": "shop",
        "standard": "Swagger 2.0",
        "environment": None,
        "source": None,
        "sha256": "",
        "operations": 9,
        "clean": 8,
    }


def test_junit_fails_where_a_finding_is_critical_or_high(audit: apig.Audit):
    suite = ElementTree.fromstring(audit.to_junit())
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("9", "1", "0")
    (failed,) = [case for case in suite if case.find("failure") is not None]
    assert failed.get("name") == "GET /baskets"
    text = failed.findtext("failure", "")
    assert "high open-to-all" in text
    assert "weaker-method-on-path" in failed.findtext("system-out", "")


def test_rules_that_were_not_checked_are_skipped_cases_of_junit(client: apig.Client):
    audit = apig.audit(client.export(group="orders", env="RELEASE", define="spec"))
    suite = ElementTree.fromstring(audit.to_junit())
    assert suite.get("skipped") == str(len(audit.not_checked))


def test_hostile_text_gives_valid_xml(nasty: apig.Audit):
    assert ElementTree.fromstring(nasty.to_junit()).tag == "testsuite"


def sarif(audit: apig.Audit) -> dict[str, Any]:
    document = json.loads(audit.to_sarif())
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    return dict(run)


def test_sarif_has_what_the_schema_demands(audit: apig.Audit, nasty: apig.Audit):
    """https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"""
    for one in (audit, nasty):
        run = sarif(one)
        driver = run["tool"]["driver"]
        assert driver["name"]
        assert [rule["id"] for rule in driver["rules"]] == list(RULES)
        assert all(rule["helpUri"].startswith("https://") for rule in driver["rules"])
        for result in run["results"]:
            assert result["message"]["text"]
            assert result["level"] in ("error", "warning", "note")
            assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
            assert result.get("baselineState") in (None, "new", "unchanged", "updated", "absent")
            assert [type(value) for value in result["partialFingerprints"].values()] == [str]
            for suppression in result.get("suppressions", ()):
                assert suppression["kind"] in ("inSource", "external")
            for location in result["locations"]:
                for logical in location["logicalLocations"]:
                    assert logical.keys() <= {"fullyQualifiedName", "name", "kind"}


def test_sarif_tells_new_known_fixed_and_ignored_findings_apart(audit: apig.Audit):
    found: dict[tuple[str, bool], set[str]] = {}
    for result in sarif(audit)["results"]:
        found.setdefault((result["baselineState"], "suppressions" in result), set()).add(result["ruleId"])
    assert found["new", False] == set(audit.findings["rule"])
    assert "deprecated-without-end" in found["unchanged", False]
    assert found["absent", False] == {"http-answered", "credential-over-http"}
    assert found["unchanged", True] == {"throttle-user-limit-idle", "throttle-app-limit-idle"}


def test_sarif_names_pointer_operation_and_file(tmp_path: Path):
    path = tmp_path / "my export.json"
    path.write_text(opened())
    (result,) = [one for one in sarif(apig.audit(path))["results"] if one["ruleId"] == "open-to-all"]
    (location,) = result["locations"]
    assert location["logicalLocations"][0] == {
        "fullyQualifiedName": "/paths/~1baskets/get/security",
        "kind": "member",
        "name": "GET /baskets",
    }
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "my%20export.json"


def test_sarif_says_what_was_not_checked(client: apig.Client):
    audit = apig.audit(client.export(group="orders", env="RELEASE", define="proxy"))
    (invocation,) = sarif(audit)["invocations"]
    rules = [one["descriptor"]["id"] for one in invocation["toolConfigurationNotifications"]]
    assert rules == audit.not_checked["rule"].tolist()


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_ending_of_a_name_chooses_the_format(audit: apig.Audit, tmp_path: Path, ending: str):
    methods = ("to_html", "to_markdown", "to_json", "to_junit", "to_sarif", "to_csv")
    path = audit.save(tmp_path / f"audit{ending.upper()}")
    expected = getattr(audit, dict(zip(ENDINGS, methods, strict=True))[ending])()
    assert path.read_bytes().decode() == expected


def test_another_ending_is_refused(audit: apig.Audit, tmp_path: Path):
    with pytest.raises(apig.ArgumentError, match="unknown ending"):
        audit.save(tmp_path / "audit.pdf")
    assert list(tmp_path.iterdir()) == []


def test_a_report_without_findings_says_so():
    audit = apig.audit(CLEAN / "oas2.json", severity={"*": "off"})
    assert repr(audit) == "<Audit of shop: no finding>"
    for text in (audit.to_html(), audit.to_markdown()):
        assert "No finding above low severity." in text
