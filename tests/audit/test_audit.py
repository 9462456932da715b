"""`audit`: the findings of an export, its options, baselines and tables."""

import json
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import apig_nb as apig
from apig_nb.audit.rules import RULES
from apig_nb.compare.rules import RULES as RULES_OF_CHANGES
from apig_nb.report import FINDING_SEVERITIES
from tests.audit.planting import CLEAN
from tests.definition.making import openapi, swagger
from tests.hostile import DOCUMENTS

GROUPS = ("orders", "catalog", "devices", "payments", "files", "通知")
FORMS = (("2.0", "json"), ("2.0", "yaml"), ("3.0", "json"), ("3.0", "yaml"))
SECRET = "AKIAIOSFODNN7EXAMPLE"


def clean(**changes: Any) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads((CLEAN / "oas2.json").read_bytes())
    operation = tree["paths"]["/baskets"]["get"]
    for key, value in changes.items():
        operation[key.replace("_", "-") if key.startswith("x_") else key] = value
    return tree


def audited(tree: Any, **options: Any) -> apig.Audit:
    return apig.audit(json.dumps(tree).encode(), **options)


def rules_of(audit: apig.Audit) -> set[str]:
    return set(audit.findings["rule"])


OPEN = clean(security=[])
"""One operation is open and public."""
OF_OPEN = {
    *("open-to-all", "public-and-weak", "weaker-method-on-path", "throttle-user-limit-idle", "throttle-app-limit-idle"),
}
"""The rules of the findings of that operation."""


def test_findings_have_documented_columns_also_without_rows():
    columns = dict.fromkeys(("severity", "rule", "method", "path", "location", "pointer", "evidence"), "str")
    columns |= {"message": "str", "remedy": "str", "operations": "object", "fingerprint": "str"}
    for frame in (audited(OPEN).findings, audited(OPEN, severity={"*": "off"}).findings):
        assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == columns


def test_the_most_severe_findings_come_first():
    order = [FINDING_SEVERITIES.index(severity) for severity in audited(OPEN).findings["severity"]]
    assert order == sorted(order)
    assert order[0] == FINDING_SEVERITIES.index("high")


def test_a_finding_says_what_is_wrong_why_and_how_to_mend_it():
    row = audited(OPEN).findings.set_index("rule").loc["open-to-all"]
    assert (row["severity"], row["method"], row["path"]) == ("high", "GET", "/baskets")
    assert row["pointer"] == "/paths/~1baskets/get/security"
    assert "without authentication" in row["message"]
    assert row["remedy"].startswith("Set the authentication")
    assert row["operations"] == ("GET /baskets",)


def test_a_finding_of_a_policy_names_the_operations_that_use_it():
    tree = clean()
    tree["x-apigateway-ratelimits"]["limits_of_users"]["unit"] = "DAY"
    tree["paths"]["/report"]["get"]["x-apigateway-ratelimit"] = "limits_of_users"
    row = audited(tree).findings.set_index("rule").loc["throttle-day-only"]
    assert row["operations"] == ("GET /report", "POST /admin/reindex")
    assert row[["method", "path"]].isna().all()


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("scope", ["all", "spec"])
def test_findings_are_equal_for_all_standards_and_formats(client: apig.Client, group: str, scope: str):
    exports = [
        client.export(group=group, env="RELEASE", define=scope, oas_version=version, type=form)
        for version, form in FORMS
    ]
    first, *others = (apig.audit(export).findings.drop(columns="pointer") for export in exports)
    assert len(first)
    assert all(first.equals(other) for other in others)


def test_rules_without_their_part_of_the_export_are_not_checked(client: apig.Client):
    spec, proxy, everything = (
        apig.audit(client.export(group="orders", env="RELEASE", define=scope)) for scope in ("spec", "proxy", "all")
    )
    assert everything.not_checked.empty
    without = proxy.not_checked.set_index("rule")["reason"]
    assert without["no-throttling"] == "the export contains no policies"
    assert "backend-plain-inside" not in without
    without = spec.not_checked.set_index("rule")["reason"]
    assert without["way-around"] == "the export contains no backends and no policies"
    for audit in (spec, proxy):
        assert rules_of(audit).isdisjoint(audit.not_checked["rule"])
        assert "Not checked" in audit.to_markdown()


def test_a_preflight_of_an_export_without_backends_is_no_finding():
    operation = {"responses": {"200": {"description": "ok"}}, "x-apigateway-cors": True}
    tree = swagger(paths={"/a": {"options": operation | {"x-apigateway-match-mode": "SWA"}}})
    assert rules_of(audited(tree)).isdisjoint({"open-to-all", "prefix-open", "cors-everybody"})


def test_the_schemes_of_every_export_are_no_finding_when_unused():
    assert "scheme-unused" not in rules_of(audited(clean()))


def test_what_the_gateway_does_not_keep_is_said_once_per_document():
    counts = audited(clean()).findings["rule"].value_counts()
    assert counts["body-undescribed"] == counts["error-answers-undescribed"] == 1


def test_a_secret_is_never_shown():
    tree = clean()
    backend = tree["paths"]["/baskets"]["get"]["x-apigateway-backend"]
    backend["parameters"].append({"name": "X-Api-Key", "in": "HEADER", "origin": "CONSTANT", "value": SECRET})
    backend["httpEndpoints"] |= {"address": f"user:{SECRET}@127.0.0.1", "path": f"/v1/{{x}}?key={SECRET}"}
    parameter = {"name": "token", "in": "query", "type": "string", "default": SECRET, "enum": ["a"], "maxLength": 9}
    tree["paths"]["/baskets"]["get"]["parameters"].append(parameter)
    tree["paths"]["/report"]["get"]["responses"]["x-apigateway-result-normal-sample"] = f'{{"key": "{SECRET}"}}'
    audit = audited(tree)
    expected = {"constant-secret", "default-outside-limits", "sample-holds-secret-or-person"}
    assert rules_of(audit) >= expected | {"backend-loopback-or-metadata", "backend-path-parameter-unfilled"}
    shown = (audit.to_html(), audit.to_json(), audit.to_sarif(), audit.to_csv(), audit.to_junit(), audit.to_markdown())
    assert [text for text in (*shown, repr(audit), str(audit.findings.to_dict())) if SECRET in text] == []
    (evidence,) = audit.findings.query("rule == 'constant-secret'")["evidence"]
    assert evidence == f"an access key of {len(SECRET)} characters"


def test_severities_can_be_chosen_and_rules_turned_off():
    audit = audited(OPEN, severity={"open-*": "off", "public-and-weak": "low"})
    found = audit.findings.set_index("rule")["severity"]
    assert "open-to-all" not in found
    assert found["public-and-weak"] == "low"


def test_thresholds_can_be_chosen():
    tree = clean()
    tree["paths"]["/baskets"]["get"]["x-apigateway-backend"]["httpEndpoints"]["timeout"] = 20_000
    assert "timeout-long" not in rules_of(audited(tree))
    assert "timeout-long" in rules_of(audited(tree, rules={"timeout-long": {"seconds": 10}}))
    assert "admin-like-the-rest" in rules_of(audited(tree, rules={"admin-like-the-rest": {"words": ["Basket"]}}))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"severity": {"nobody": "high"}}, "is not a rule"),
        ({"severity": {"maximum-tightened": "high"}}, "is not a rule"),
        ({"severity": {"any-method": "breaking"}}, "is not a severity"),
        ({"rules": {"any-method": {"seconds": 1}}}, "is not a rule with thresholds"),
        ({"rules": {"timeout-long": {"minutes": 1}}}, "is not a threshold of timeout-long"),
        ({"rules": {"timeout-long": {"seconds": "10"}}}, "must be a number"),
        ({"rules": {"timeout-long": 10}}, "must be a mapping"),
        ({"rules": {"name-of-a-draft": {"words": "test"}}}, "must be a list of words"),
        ({"rules": ["timeout-long"]}, "must be a mapping"),
        ({"ignore": [{"rule": "nobody"}]}, "is not a rule"),
        ({"ignore": [{"reason": "why"}]}, "must name a rule"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str):
    with pytest.raises(apig.ArgumentError, match=message):
        audited(OPEN, **options)


def test_ignored_findings_do_not_count_and_keep_their_reason(tmp_path: Path):
    fingerprint = audited(OPEN).findings.set_index("rule")["fingerprint"]["public-and-weak"]
    file = tmp_path / "ignore.yaml"
    file.write_text(
        "ignore:\n"
        "  - {rule: open-*, path: /baskets, reason: a shop window, expires: 2999-12-31}\n"
        "  - {rule: weaker-method-on-path, path: /report, reason: another path}\n"
        "  - {rule: maximum-tightened, reason: a change}\n"
        f"  - {{fingerprint: {fingerprint}, reason: agreed}}\n"
        "severity: {weaker-method-on-path: low, maximum-tightened: warning}\n"
    )
    audit = audited(OPEN, ignore=file)
    assert audit.ignored.set_index("rule")["reason"].to_dict() == {
        "open-to-all": "a shop window",
        "public-and-weak": "agreed",
    }
    assert rules_of(audit).isdisjoint({"open-to-all", "public-and-weak"})
    assert audit.findings.set_index("rule")["severity"]["weaker-method-on-path"] == "low"
    assert audit.scores["score"].tolist() == [100.0]
    # The same file serves a comparison.
    assert len(apig.compare(json.dumps(OPEN), json.dumps(OPEN), ignore=file)) == 0


def test_an_entry_that_has_expired_has_no_effect():
    entries = [{"rule": "open-to-all", "reason": "for now", "expires": "2020-01-01"}]
    assert "open-to-all" in rules_of(audited(OPEN, ignore=entries))


def test_entries_of_ignore_files_are_for_audits_or_for_comparisons():
    # An operation on which an AppCode is enough, and the change that made it so: who accepts one accepts the other.
    assert RULES.keys() & RULES_OF_CHANGES.keys() == {"appcode-allowed"}


@pytest.mark.parametrize("kind", ["audit", "report", "export", "path of an export"])
def test_only_new_findings_count_beside_a_baseline(tmp_path: Path, kind: str):
    before = clean(schemes=["http", "https"])
    export = apig.load(json.dumps(before))
    path = tmp_path / "before.json"
    baseline: Any = export if kind == "export" else apig.audit(export) if kind == "audit" else path
    if kind == "report":
        apig.audit(export).save(path)
    elif kind == "path of an export":
        export.save(path)
    audit = audited(OPEN, baseline=baseline)
    assert rules_of(audit) == OF_OPEN
    assert set(audit.known["rule"]) == {"body-undescribed", "error-answers-undescribed"}
    assert set(audit.fixed["rule"]) == {"http-answered", "credential-over-http"}
    assert "3" not in audit.counts_text().split("known")[1]
    assert audit.scores["high"].tolist() == [2]


def test_a_finding_is_not_fixed_when_its_rule_was_not_checked(client: apig.Client):
    everything, spec = (client.export(group="orders", env="RELEASE", define=scope) for scope in ("all", "spec"))
    assert apig.audit(spec, baseline=everything).fixed.empty
    ignored = [{"rule": "any-method", "reason": "meant"}]
    assert apig.audit(everything, baseline=everything, ignore=ignored, severity={"open-*": "off"}).fixed.empty


@pytest.mark.parametrize("part", ["message", "fingerprint", "method"])
def test_a_baseline_may_have_characters_that_no_encoding_has(part: str):
    report = json.loads(audited(OPEN).to_json())
    report["findings"][0] |= {part: "\ud800", "fingerprint": "other"}
    audit = audited(OPEN, baseline=json.dumps(report))
    assert audit.fixed["fingerprint"].to_list() == ["other"]
    assert r"\ud800" in audit.fixed.iloc[0][part] or part == "fingerprint"


@pytest.mark.parametrize("value", [5, [], {}])
def test_a_baseline_with_a_finding_that_is_none_is_refused(value: object):
    report = json.loads(audited(OPEN).to_json())
    report["findings"][0]["method"] = value
    with pytest.raises(apig.ArgumentError, match="has a finding that cannot be read"):
        audited(OPEN, baseline=json.dumps(report))


@pytest.mark.parametrize("content", ['{"changes": []}', '{"findings": 1}', '{"findings": [{}], "known": []}'])
def test_a_baseline_that_is_no_report_of_an_audit_is_refused(tmp_path: Path, content: str):
    path = tmp_path / "baseline.json"
    path.write_text(content)
    with pytest.raises(apig.ArgumentError, match="baseline"):
        audited(OPEN, baseline=path)


def test_a_fingerprint_does_not_change_with_others_or_with_numbers():
    first, second = clean(security=[]), clean(security=[], description="other")
    first["x-apigateway-ratelimits"]["limits_of_apps"]["app-limit"] = 150
    second["x-apigateway-ratelimits"]["limits_of_apps"]["app-limit"] = 170
    del second["paths"]["/report"]
    prints = [audited(tree).findings.set_index("rule")["fingerprint"] for tree in (first, second)]
    for rule in ("open-to-all", "throttle-contradicts-itself"):
        assert prints[0][rule] == prints[1][rule]


def test_a_fingerprint_is_of_one_operation_of_one_group():
    other = clean(security=[])
    other["info"]["title"] = "another"
    other["paths"]["/baskets"]["post"]["security"] = []
    prints = [*audited(OPEN).findings["fingerprint"], *audited(other).findings["fingerprint"]]
    assert len(set(prints)) == len(prints)


def test_the_summary_counts_findings_operations_and_rules():
    summary = audited(OPEN).summary
    assert list(summary.index) == list(FINDING_SEVERITIES)
    assert summary.loc["high"].to_dict() == {"findings": 2, "operations": 1, "rules": 2}


def test_the_score_is_the_share_of_operations_without_a_critical_or_high_finding():
    row = audited(OPEN).scores.iloc[0]
    assert (row["title"], row["operations"], row["clean"], row["score"]) == ("shop", 9, 8, 88.9)
    assert (row["critical"], row["high"], row["medium"]) == (0, 2, 3)
    empty = audited(swagger()).scores.iloc[0]
    assert (empty["operations"], empty["score"]) == (0, pytest.approx(float("nan"), nan_ok=True))


def test_an_audit_can_be_pickled():
    audit = audited(OPEN, baseline=json.dumps(clean()))
    copy = pickle.loads(pickle.dumps(audit))
    assert copy.findings.equals(audit.findings)
    assert copy.to_json() == audit.to_json()


def test_a_report_can_be_pickled_while_another_thread_reads_it():
    class Meanwhile:
        def __reduce__(self) -> tuple[Any, ...]:
            report.origin({"group": "orders"})
            return str, ()

    not_checked: list[Any] = [Meanwhile()]
    report = replace(audited(OPEN).report, not_checked=not_checked)
    assert pickle.loads(pickle.dumps(report)).findings == report.findings


def test_rules_are_listed_with_all_that_a_reader_needs():
    rules = apig.audit_rules().set_index("rule")
    assert list(rules.index) == list(RULES)
    assert (rules[["finds", "why", "fix"]].map(len) > 0).all(axis=None)
    assert rules["source"].str.match(r"https://\S+$").all()
    assert set(rules["severity"]) == set(FINDING_SEVERITIES)
    assert rules["owasp"].str.fullmatch("(API(10|[1-9]))?").all()
    assert rules.loc["way-around", "needs"] == ("backends", "policies")
    assert rules.loc["timeout-long", "thresholds"] == {"seconds": 30}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_hostile_document_is_audited_or_refused(path: Path):
    try:
        export = apig.load(path)
        audit = apig.audit(export)
    except apig.DocumentError:
        return
    assert audit.to_html()


def test_values_of_wrong_types_are_no_error():
    odd: dict[str, Any] = dict.fromkeys(("security", "parameters", "tags", "schemes", "servers", "responses"), 1)
    keys = ("backend", "backend-policies", "ratelimit", "access-control", "plugins", "cors", "response")
    odd |= {f"x-apigateway-{key}": [1, None, {"a": [1]}] for key in keys}
    root: dict[str, Any] = {f"x-apigateway-{key}": {"a": {"value": 1}, "b": 1} for key in ("ratelimits", "responses")}
    root |= {"x-apigateway-access-controls": {"a": {"acl-type": 1, "value": [1, None]}}}
    for tree in (swagger(paths={"/{a": {"get": odd}}, **root), openapi(paths={"/{a": {"get": odd}}, **root)):
        assert len(audited(tree))


def test_findings_that_concern_too_many_operations_are_refused():
    special = [{"type": "APP", "instance": str(number), "limit": 9} for number in range(2000)]
    operation = {"responses": {}, "x-apigateway-ratelimit": "all"}
    tree = swagger(paths={f"/{number}": {"get": operation} for number in range(1100)})
    tree["x-apigateway-ratelimits"] = {"all": {"api-limit": 1, "special": special}}
    with pytest.raises(apig.DocumentError, match="audit fewer APIs at once"):
        audited(tree)
