"""Audits of sets: keys, rules over all exports, scores of each group."""

import json
from typing import Any

import pandas as pd
import pytest

import apig_nb as apig
from tests.audit.planting import CLEAN
from tests.connected import no_progress

KEYS = ["project", "gateway", "environment", "group"]
RELEASE = apig.ExportKey("p", "gw", "RELEASE", "shop")
TEST = apig.ExportKey("p", "gw", "TEST", "shop")
OTHER_GROUP = apig.ExportKey("p", "gw", "RELEASE", "other")
OTHER_GATEWAY = apig.ExportKey("p", "second", "RELEASE", "shop")


def export(key: apig.ExportKey, host: str = "baskets.shop", **changes: Any) -> apig.Export:
    """The clean export with other backends, and with changes of GET /baskets."""
    text = (CLEAN / "oas2.json").read_text("utf-8")
    for name in ("baskets.shop", "index.shop", "partner.shop", "VPC_", ":function:"):
        text = text.replace(name, host if name == "baskets.shop" else f"{name}{host}")
    tree = json.loads(text) | {"host": f"{key.group}.{key.gateway}.api.example.com"}
    tree["info"]["title"] = key.group
    tree["paths"]["/baskets"]["get"] |= changes
    return apig.Export(raw=json.dumps(tree).encode(), environment=key.environment, group=key.group, scope="all")


def http(address: str) -> dict[str, Any]:
    """A backend that is called by its address."""
    endpoint = {"address": address, "scheme": "https", "method": "GET", "path": "/v1", "timeout": 1000}
    return {"x-apigateway-backend": {"type": "HTTP", "httpEndpoints": endpoint | {"enableClientSsl": True}}}


def channel(name: str) -> dict[str, Any]:
    """A backend behind a VPC channel."""
    endpoint = {"name": name, "scheme": "https", "method": "GET", "path": "/v1", "timeout": 1000}
    return {"x-apigateway-backend": {"type": "HTTP-VPC", "httpVpcEndpoints": endpoint | {"enableClientSsl": True}}}


def audited(**exports: apig.Export) -> pd.DataFrame:
    keys = {"release": RELEASE, "test": TEST, "group": OTHER_GROUP, "gateway": OTHER_GATEWAY}
    audit = apig.audit(apig.ExportSet({keys[name]: one for name, one in exports.items()}))
    return audit.findings.query("severity != 'info'")


@pytest.fixture
def estate(client: apig.Client) -> apig.ExportSet:
    return client.export_many(client.requests(env="RELEASE", define="all"), progress=no_progress)


def test_findings_of_a_set_begin_with_the_key_columns(estate: apig.ExportSet):
    audit = apig.audit(estate)
    assert list(audit.findings)[:5] == [*KEYS, "severity"]
    assert set(audit.findings["group"]) == {key.group for key in estate} - {"archive"}
    for frame in (audit.scores, audit.not_checked, audit.ignored, audit.known, audit.fixed):
        assert list(frame)[:4] == KEYS
    assert audit.scores["group"].tolist() == [key.group for key in estate]
    joined = audit.findings.merge(estate.operations, on=[*KEYS, "method", "path"])
    assert len(joined) == audit.findings["path"].notna().sum()


def test_findings_of_a_set_are_those_of_its_exports_and_of_rules_over_all(estate: apig.ExportSet):
    audit = apig.audit(estate)
    names = ["severity", "rule", "method", "path", "location", "fingerprint"]
    single = pd.concat([apig.audit(one).findings for one in estate.values()])[names]
    together = audit.findings[names]
    more = pd.concat([together, single, single]).drop_duplicates(keep=False)
    assert set(more["rule"]) <= {"second-door", "backend-is-gateway", "same-backend-in-two-environments"}
    assert len(together) == len(single) + len(more)


def test_a_clean_set_gives_no_finding_above_info():
    exports = {"release": export(RELEASE), "test": export(TEST, "tests"), "group": export(OTHER_GROUP, "other")}
    assert audited(**exports).empty


@pytest.mark.parametrize("other", ["group", "gateway", "test"])
def test_a_second_door_has_weaker_authentication_for_the_same_backend(other: str):
    keys = {"group": OTHER_GROUP, "gateway": OTHER_GATEWAY, "test": TEST}
    address = json.loads((CLEAN / "oas2.json").read_text("utf-8"))["paths"]["/baskets"]["get"]["x-apigateway-backend"]
    weaker: list[list[dict[str, list[str]]]] = [[], [{}], [{"apig-auth-app-header": []}]]
    for security in weaker:
        open_door = export(keys[other], "elsewhere", security=security, **{"x-apigateway-backend": address})
        found = audited(**{"release": export(RELEASE), other: open_door}).query("rule == 'second-door'")
        assert found[["method", "path"]].to_numpy().tolist() == [["GET", "/baskets"]]
        assert tuple(found[KEYS].iloc[0]) == keys[other]
        assert "GET /baskets of gw RELEASE shop: APP" in found["evidence"].iloc[0]


def test_the_same_channel_name_of_another_gateway_is_no_second_door():
    first = export(RELEASE, "one", **channel("VPC"))
    for key, expected in (("gateway", 0), ("group", 1)):
        second = export(OTHER_GROUP, "two", security=[], **channel("VPC"))
        found = audited(**{"release": first, key: second})
        assert (found["rule"] == "second-door").sum() == expected


def test_two_environments_on_one_backend_are_found_in_the_one_that_is_not_production():
    found = audited(release=export(RELEASE), test=export(TEST)).query("rule == 'same-backend-in-two-environments'")
    assert set(found["environment"]) == {"TEST"}
    hosts = found["location"].str.extract(r"backend (\w+)")[0]
    assert {"baskets", "partner", "index", "urn"} <= set(hosts)
    assert found["location"].str.startswith("backend vpc_").sum() == 2
    (operations,) = found[hosts == "partner"]["operations"]
    assert operations == ("GET /baskets/{basketId}",)


def test_other_backends_or_variables_are_no_finding_in_two_environments():
    variable = http("#host#")
    assert audited(release=export(RELEASE, **variable), test=export(TEST, "tests", **variable)).empty
    # On another gateway the environment is another one as well.
    assert audited(release=export(RELEASE), gateway=export(OTHER_GATEWAY)).empty


def test_a_backend_that_is_the_domain_of_another_group():
    other = export(OTHER_GROUP, "other", **http("shop.gw.api.example.com"))
    assert audited(group=other).empty
    found = audited(release=export(RELEASE), group=other)
    assert found["rule"].tolist() == ["backend-is-gateway"]
    assert found["group"].tolist() == ["other"]


def test_a_baseline_of_a_set_is_matched_by_key_and_fingerprint():
    before = apig.ExportSet({RELEASE: export(RELEASE, schemes=["http"]), OTHER_GROUP: export(OTHER_GROUP, "other")})
    after = apig.ExportSet({RELEASE: export(RELEASE), OTHER_GROUP: export(OTHER_GROUP, "other", schemes=["http"])})
    for baseline in (before, apig.audit(before)):
        audit = apig.audit(after, baseline=baseline)
        assert set(audit.findings["group"]) == {"other"}
        assert set(audit.fixed["group"]) == {"shop"}
        assert set(audit.findings["rule"]) == set(audit.fixed["rule"]) == {"http-answered", "credential-over-http"}


def test_a_report_of_a_set_is_a_baseline(estate: apig.ExportSet, tmp_path: Any):
    path = apig.audit(estate).save(tmp_path / "audit.json")
    audit = apig.audit(estate, baseline=path)
    assert (len(audit), len(audit.fixed)) == (0, 0)


def test_findings_of_exports_that_were_not_audited_are_not_fixed(estate: apig.ExportSet):
    part = apig.audit(estate.where(group="orders"), baseline=estate)
    assert (len(part), len(part.fixed)) == (0, 0)


def test_a_baseline_of_a_set_is_refused_for_one_export(estate: apig.ExportSet):
    (orders,) = estate.where(group="orders").values()
    for given, baseline in ((orders, estate), (estate, orders)):
        with pytest.raises(apig.ArgumentError, match="audit both alike"):
            apig.audit(given, baseline=baseline)


def test_reports_name_the_export_of_each_finding(estate: apig.ExportSet):
    audit = apig.audit(estate)
    for text in (audit.to_html(), audit.to_markdown(), audit.to_csv(), audit.to_junit(), audit.to_sarif()):
        assert "通知" in text
    assert repr(audit).startswith(f"<Audit of {len(estate)} exports: ")


def test_an_unreadable_document_of_a_set_is_named():
    broken = apig.ExportSet({RELEASE: apig.Export(raw=b"<html>")})
    with pytest.raises(apig.DocumentError, match="gw RELEASE shop"):
        apig.audit(broken)


def test_an_empty_set_gives_no_findings():
    audit = apig.audit(apig.ExportSet({}))
    assert audit.findings.empty
    assert audit.scores.empty
    assert audit.to_html()
