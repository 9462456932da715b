"""The forms of documents of different years, and what newer gateways can hold."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import apig_nb as apig
from apig_nb.sandbox import SandboxContentError, start
from apig_nb.sandbox.content_loader import DEMO
from apig_nb.sandbox.dialects import DIALECTS
from tests.connected import connected

ExportIn = Callable[..., apig.Export]

GROUP = """
group: "a/b: (c)"
apis:
  API_function:
    call: "GET /items/{id}"
    cors: true
    access: [office, partners, ids]
    parameters: {limit: {type: number, default: 20, pattern: "^x$"}, word: {default: a}}
    constants:
      X-Ip: {value: $context.sourceIp, origin: SYSTEM}
      X-Caller: {value: gateway}
    backend: {type: FUNCTION, function: items}
  API_rest:
    call: "ANY /rest/{proxy+}"
    match: SWA
    backend: {type: HTTP, url: https://rest.example.com, prefix: /v1}
    policies:
      - name: canary
        when:
          - {parameter: stage, equal: canary}
          - {parameter: session, origin: cookie, pattern: "^c"}
          - {parameter: reqPath, origin: system, enum: "a,b"}
        backend: {type: MOCK, answer: canary}
"""
GATEWAY = """
project: eu-demo-1
dialect: YEAR
access_control:
  office: {values: [192.0.2.0/24]}
  partners: {entity: DOMAIN, values: [partner]}
  ids: {entity: DOMAIN_ID, values: [0123456789abcdef0123456789abcdef]}
  other: {values: [198.51.100.0/24]}
"""


def content(folder: Path, group: str = GROUP) -> Path:
    """Write a content folder with a gateway for each dialect."""
    folder.mkdir()
    shutil.copy(DEMO / "account.yaml", folder)
    for year in DIALECTS:
        (folder / f"gateway-{year}").mkdir()
        (folder / f"gateway-{year}" / "gateway.yaml").write_text(GATEWAY.replace("YEAR", str(year)))
        (folder / f"gateway-{year}" / "group.yaml").write_text(group)
    return folder


@pytest.fixture(scope="module")
def export_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExportIn]:
    """Return a function that exports the group from the gateway of a dialect."""
    with ExitStack() as stack:
        sandbox = stack.enter_context(start(content(tmp_path_factory.mktemp("dialects") / "content")))
        client = stack.enter_context(connected(sandbox))

        def export(year: int, **fields: str) -> apig.Export:
            fields = {"define": "all", **fields}
            return client.export(group="a/b: (c)", env="RELEASE", gateway=f"gateway-{year}", **fields)  # type: ignore[arg-type]

        yield export


def parameter(export: apig.Export, name: str) -> dict[str, Any]:
    (found,) = (
        one for one in json.loads(export.raw)["paths"]["/items/{id}"]["get"]["parameters"] if one["name"] == name
    )
    limits: dict[str, Any] = {**found, **found.get("schema", {})}
    return {key: limits[key] for key in sorted(limits) if re.match("m(ax|in)|pattern|default", key)}


ALL_ZERO = {"maxLength": 0, "maximum": 0, "minLength": 0, "minimum": 0}


@pytest.mark.parametrize(
    ("year", "oas_version", "limit", "word"),
    [
        (2019, "2.0", {"default": "20"}, {"default": "a"}),
        (2024, "2.0", {"default": 20, "maximum": 0, "minimum": 0, "pattern": "^x$"}, {"maxLength": 0, "minLength": 0}),
        (2025, "2.0", {"default": 20, **ALL_ZERO}, ALL_ZERO),
        (2025, "3.0", {"default": 20, "maxLength": 0, "maximum": 0, "minimum": 0}, {"maxLength": 0}),
    ],
)
def test_limits_and_defaults_of_each_dialect(export_in, year, oas_version, limit, word):
    export = export_in(year, oas_version=oas_version)
    assert parameter(export, "limit") == limit
    assert word.items() <= parameter(export, "word").items()


@pytest.mark.parametrize(("year", "key"), [(2019, "default"), (2024, "default"), (2025, "default-cors")])
def test_the_response_of_an_operation_with_cors(export_in, year, key):
    document = json.loads(export_in(year, oas_version="3.0").raw)
    assert list(document["paths"]["/items/{id}"]["get"]["responses"]) == [key]
    assert list(document["paths"]["/rest/{proxy+}"]["x-apigateway-any-method"]["responses"]) == ["default"]


@pytest.mark.parametrize("year", DIALECTS)
def test_backends_of_each_dialect(export_in, year):
    export = export_in(year)
    (rest,) = export.backends.query("kind == 'HTTP'")["backend_path"]
    assert rest == ("/v1/rest/{proxy+}" if year == 2024 else "/v1/rest")
    sent = export.backend_parameters.query("method == 'GET'")
    assert sorted(sent["name"]) == (["X-Caller", "X-Ip", "id", "limit", "word"] if year == 2025 else [])
    if year == 2025:
        assert dict(zip(sent["name"], sent["origin"], strict=True))["X-Ip"] == "SYSTEM"


@pytest.mark.parametrize("year", DIALECTS)
def test_conditions_by_parameter_cookie_and_system(export_in, year):
    (shown,) = filter(None, export_in(year).backends["conditions"].map(" ".join))
    for part in ("stage", "session", "reqPath"):
        assert part in shown
    raw = export_in(year).text
    assert ('"param"' in raw, '"exact"' in raw) == (year == 2019, year == 2019)
    assert '"cookie"' in raw
    assert '"system"' in raw


@pytest.mark.parametrize("year", DIALECTS)
@pytest.mark.parametrize("oas_version", ["2.0", "3.0"])
def test_documents_of_every_dialect_are_read_without_problems(export_in, year, oas_version):
    export = export_in(year, oas_version=oas_version)
    assert export.definition.title == "a/b: (c)"
    # OpenAPI 3.0 does not allow the response key that gateways write.
    assert [text for text in export.problems["message"] if "default-cors" not in text] == []
    assert set(export.access_controls["entity_type"]) == {"IP", "DOMAIN", "DOMAIN_ID"}
    assert list(export.access_controls["used_by"]) == [1, 1, 1]


@pytest.mark.parametrize("oas_version", ["2.0", "3.0"])
@pytest.mark.parametrize("year", DIALECTS)
def test_dialects_write_the_same_apis(export_in, year, oas_version):
    old, new = (export_in(one, oas_version=oas_version, define="spec") for one in (year, 2025))
    rules = set(apig.compare(old, new).changes["rule"])
    # Each gateway has a subdomain of its own. The pattern of a number, which only one dialect writes, has no effect.
    assert rules <= {"subdomain-altered"}


def test_a_file_name_has_no_sign_that_a_system_forbids(export_in, tmp_path):
    assert export_in(2025).save(tmp_path).name.startswith("a-b- (c)-RELEASE-all-")


def test_an_api_has_at_most_one_access_policy_of_each_entity(tmp_path):
    folder = content(tmp_path / "content", GROUP.replace("[office, partners, ids]", "[office, other]"))
    with pytest.raises(SandboxContentError, match="at most one policy of each entity"):
        start(folder)


def test_the_demo_content_has_gateways_of_two_dialects():
    with start() as sandbox:
        login: dict[str, Any] = {"endpoint": sandbox.url, **sandbox.login_of("operator")}
        with apig.connect(**login, project_name="eu-demo-1_team") as client:
            old = client.export(group="trial", env="RELEASE").text
        with apig.connect(**login, project_name="eu-demo-1") as client:
            new = client.export(group="catalog", env="RELEASE", gateway="retail-prod", oas_version="3.0").text
    assert ('"default": "1"' in old, '"maximum"' in old) == (True, False)
    assert ('"default-cors"' in new, '"pattern"' in new) == (True, False)
