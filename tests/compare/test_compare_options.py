"""Options of a comparison: ignored changes, severities, mapped paths and addresses."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import apig_nb as apig
from apig_nb.compare.options.options import today
from tests.compare.comparing import compared, differences, openapi, swagger

B, W, I = "breaking", "warning", "info"  # noqa: E741  # of a table that is read in columns
OPERATION = {"responses": {"200": {"description": "ok"}}}


def api(*paths: str, text: str = "a") -> dict[str, Any]:
    return openapi(paths={path: {"get": OPERATION | {"summary": text}} for path in paths})


OLD, NEW = api("/a", "/internal/b"), api("/a", text="b")
EVERY = [(B, "operation-removed"), (I, "description-altered")]


@pytest.mark.parametrize(
    ("entry", "left"),
    [
        ({"rule": "operation-removed"}, [EVERY[1]]),
        ({"rule": "description-*"}, [EVERY[0]]),
        ({"path": "/internal/*"}, [EVERY[1]]),
        ({"path": "/a"}, [EVERY[0]]),
        ({"category": "documentation"}, [EVERY[0]]),
        ({"category": "contract", "path": "/a"}, EVERY),
        ({"rule": "operation-removed", "path": "/internal/*"}, [EVERY[1]]),
    ],
)
def test_a_change_is_ignored_if_it_matches_every_condition_of_an_entry(entry: Any, left: Any):
    assert differences(OLD, NEW, ignore=[entry]) == left


def test_a_fingerprint_ignores_a_single_change_which_is_still_counted():
    every = compared(OLD, NEW)
    known = every.changes["fingerprint"][0]
    comparison = compared(OLD, NEW, ignore=[{"fingerprint": known, "reason": "agreed with the client"}])
    assert differences(OLD, NEW, ignore=[{"fingerprint": known}]) == [EVERY[1]]
    assert comparison.ignored[["rule", "reason"]].values.tolist() == [["operation-removed", "agreed with the client"]]
    assert (len(comparison), comparison.counts_text()) == (1, "1 info, 1 ignored")
    assert list(comparison.ignored.columns) == [*every.changes.columns, "reason"]


def test_a_change_that_also_affects_other_paths_is_not_ignored():
    def document(limit: int) -> Any:
        schema = {"$ref": "#/components/schemas/X"}
        operation = {"requestBody": {"content": {"a/b": {"schema": schema}}}, "responses": {}}
        schemas = {"schemas": {"X": {"maxLength": limit}}}
        return openapi(paths={"/a": {"post": operation}, "/b": {"post": operation}}, components=schemas)

    assert differences(document(2), document(1), ignore=[{"path": "/a"}]) == [(B, "max-length-tightened")]
    assert differences(document(2), document(1), ignore=[{"path": "/*"}]) == []


@pytest.mark.parametrize(("days", "left"), [(0, [EVERY[1]]), (1, [EVERY[1]]), (-1, EVERY)])
def test_an_entry_applies_until_the_end_of_its_last_day(days: int, left: Any):
    day = today()
    for expires in (day + timedelta(days), (day + timedelta(days)).isoformat()):
        assert differences(OLD, NEW, ignore=[{"rule": "operation-removed", "expires": expires}]) == left


def test_a_chosen_severity_applies_to_every_rule_that_matches():
    severity = {"operation-removed": "info", "description-*": "warning"}
    comparison = compared(OLD, NEW, severity=severity)
    assert [(change.severity, change.rule.id) for change in comparison.found] == [
        (W, "description-altered"),
        (I, "operation-removed"),
    ]
    assert comparison.operations[["breaking", "warning", "info"]].values.tolist() == [[0, 1, 0], [0, 0, 1]]
    assert comparison.explode()["severity"].to_list() == [W, I]


def test_a_rule_that_is_off_is_ignored_and_counted():
    comparison = compared(OLD, NEW, severity={"operation-removed": "off"})
    assert [change.rule.id for change in comparison.found] == ["description-altered"]
    assert comparison.ignored["reason"].to_list() == ["the rule is off"]
    assert "the rule is off" in comparison.to_html()
    assert "the rule is off" in comparison.to_markdown()


def test_an_ignore_file_has_all_options(tmp_path: Path):
    file = tmp_path / "ignore.yaml"
    file.write_text(
        """
ignore:
  - {rule: operation-removed, path: /internal/*, reason: nobody calls it, expires: 2999-12-31}
severity:
  description-altered: off
paths: {/test: ''}
addresses: {blue.example.com: green.example.com}
""",
        encoding="utf-8",
    )
    comparison = compared(OLD, NEW, ignore=file)
    assert len(comparison) == 0
    assert comparison.ignored["reason"].to_list() == ["nobody calls it", "the rule is off"]
    assert compared(OLD, NEW, ignore=str(file), severity={"description-altered": "warning"}).summary.loc[W].sum() == 1


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("- {rule: no-such-rule}", "is not a rule"),
        ("- {path: /a, until: 2026-01-01}", "is not a field of an entry"),
        ("- {reason: none}", "must name a rule, path, category or fingerprint"),
        ("- {category: nonsense}", "is not a category"),
        ("- {path: /a, expires: soon}", "is not a day"),
        ("- {path: /a, expires: 2026-13-45}", "not valid YAML"),
        ("ignored: []", "is not a field of an ignore file"),
        ("ignore: /a", "must be a list"),
        ("severity: {operation-removed: fatal}", "is not a severity"),
        ("severity: {no-such: info}", "is not a rule"),
        ("paths: [a]", "must be a mapping"),
        ("just text", "must be a list of entries"),
        ("5", "must be a file, a list of entries or a mapping"),
        ("{", "not valid YAML"),
        ("[" * 1500, "not valid YAML"),
        *((f"- {{path: /a, reason: {odd}}}", "not valid YAML") for odd in ("!!bool x", "!!timestamp x", "!!int ''")),
        ('- {path: /a, reason: "\\UFFFFFFFF"}', "not valid YAML"),
    ],
)
def test_an_invalid_ignore_file_is_an_error_that_names_the_problem(tmp_path: Path, written: str, message: str):
    file = tmp_path / "ignore.yaml"
    file.write_text(written, encoding="utf-8")
    with pytest.raises(apig.ArgumentError, match=message):
        compared(OLD, NEW, ignore=file)


def test_an_unreadable_ignore_file_is_an_error(tmp_path: Path):
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "none.yaml", tmp_path, tmp_path / "binary"):
        with pytest.raises(apig.ArgumentError):
            compared(OLD, NEW, ignore=path)


# ---------------------------------------------------------------------- environments


def test_a_path_prefix_may_be_mapped_to_nothing_and_vice_versa():
    plain, prefixed = api("/a", "/b/{id}"), api("/test/a", "/test/b/{id}")
    for mapping in ({"/test": ""}, {"": "/test"}):
        assert differences(plain, prefixed, ignore={"paths": mapping}) == []
        assert differences(prefixed, plain, ignore={"paths": mapping}) == []
    assert differences(prefixed, api("/testing/a"), ignore={"paths": {"/test": ""}}) != []


def with_backend(address: str, **server: Any) -> dict[str, Any]:
    endpoint = {"address": address, "scheme": "https", "method": "GET", "path": "/a"}
    return swagger({"x-apigateway-backend": {"type": "HTTP", "httpEndpoints": endpoint}}, schemes=["https"], **server)


def test_hosts_and_addresses_may_be_mapped_with_or_without_their_port():
    live, test = with_backend("a.example.com:8443", host="api.x"), with_backend("b.example.com:8443", host="test.x")
    for mapping in (
        {"b.example.com": "a.example.com", "test.x": "api.x"},
        {"a.example.com:8443": "b.example.com:8443", "api.x": "test.x"},
    ):
        assert differences(live, test, ignore={"addresses": mapping}) == []
        assert differences(test, live, ignore={"addresses": mapping}) == []
        assert differences(live, live, ignore={"addresses": mapping}) == []
    assert differences(live, with_backend("c.example.com:8443", host="api.x"), ignore={"addresses": mapping}) == [
        (W, "backend-address-altered")
    ]


def test_environments_of_the_sandbox_compare_without_noise(client: apig.Client):
    live, test = (client.export(group="orders", env=env, define="all") for env in ("RELEASE", "TEST"))
    mapping = {"orders-blue.internal.example.com": "orders.internal.example.com"}
    moved = [
        sorted(comparison.changes.query("rule == 'backend-address-altered'")["path"])
        for comparison in (apig.compare(live, test), apig.compare(live, test, ignore={"addresses": mapping}))
    ]
    assert moved == [["/orders/{orderId}", "/orders/{orderId}/cancel"], ["/orders/{orderId}/cancel"]]
