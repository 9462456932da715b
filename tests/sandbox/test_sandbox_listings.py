import itertools
import re
from functools import partial
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from apig_nb.sandbox import Sandbox, listings
from apig_nb.sandbox.content_loader import DEMO, load
from apig_nb.sandbox.error_answers import ErrorAnswer

from .sandbox_http import RELEASE, Http, example, needs_examples, types

CONTENT = load(DEMO)
ID = re.compile("[0-9a-f]{32}")


@pytest.fixture
def http(sandbox: Sandbox) -> Http:
    return Http(sandbox)


def error(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error_code"]


@needs_examples
@pytest.mark.parametrize(
    ("what", "key", "name"),
    [
        ("", "instances", "instances-200.json"),
        ("/envs", "envs", "envs-200.json"),
        ("/api-groups", "groups", "api-groups-200.json"),
        ("/apis", "apis", "apis-200.json"),
    ],
)
def test_items_have_documented_keys_and_types(http: Http, what: str, key: str, name: str) -> None:
    answer = http.get((http.gateway if what else http.project) + what, limit=500)
    documented = example(name)
    assert answer.status_code == 200
    assert list(answer.json()) == list(documented)
    assert types(answer.json()[key]) == types(documented[key])


def test_ids_are_stable_hex_strings(http: Http, sandbox: Sandbox) -> None:
    gateways = http.get(http.project).json()["instances"]
    assert [gateway["instance_name"] for gateway in gateways] == ["retail-prod", "retail-staging", "retail-frozen"]
    assert [(gateway["status"], gateway["instance_status"]) for gateway in gateways] == [
        ("Running", 6), ("Running", 6), ("Frozen", 37),
    ]  # fmt: skip
    assert gateways[0]["id"] == sandbox.instance_id == "5af3e8f738f85c8371b755eaa16ce8ca"
    ids = [api["id"] for api in http.list("apis")]
    assert all(map(ID.fullmatch, ids))
    assert len(set(ids)) == len(ids) == 71
    assert http.list("envs")[0]["id"] == RELEASE


def test_filters_of_groups(http: Http) -> None:
    assert [group["name"] for group in http.list("api-groups", name="a")] == ["archive", "catalog", "payments"]
    assert http.list("api-groups", name="cat", precise_search="name") == []
    orders = http.list("api-groups", name="orders", precise_search="name")
    assert http.list("api-groups", id=orders[0]["id"]) == orders
    assert [domain["domain"] for domain in orders[0]["url_domains"]] == [
        "orders.api.example.com", "orders.shop.example.com",
    ]  # fmt: skip


def test_filters_of_gateways_and_environments(http: Http) -> None:
    def found(**query: Any) -> list[str]:
        return [item["instance_name"] for item in http.get(http.project, **query).json()["instances"]]

    assert found(status="Frozen") == ["retail-frozen"]
    assert found(instance_name="staging") == ["retail-staging"]
    assert found(instance_id="0" * 32) == []
    assert [env["name"] for env in http.list("envs", name="TE")] == ["TEST"]


def test_filters_of_apis(http: Http) -> None:
    def found(**query: Any) -> list[str]:
        return [api["name"] for api in http.list("apis", **query)]

    orders = http.group_id("orders")
    everything = found()
    assert found(group_id=orders, name="API_orders_list") == ["API_orders_list"]
    assert found(name="API_orders_items", precise_search="name") == []
    assert found(req_uri="/orders", precise_search="req_uri") == ["API_orders_list", "API_orders_create"]
    assert found(req_method="ANY", group_id=orders) == ["API_orders_items_any"]
    assert found(req_protocol="HTTP") == ["API_devices_time"]
    assert found(vpc_channel_name="VPC_shipments") == ["API_orders_tracking"]
    assert found(tags="returns") == ["API_returns_list", "API_returns_create"]
    assert found(tags=["returns", "deprecated"]) == ["API_orders_history", "API_returns_list", "API_returns_create"]
    assert found(tags="#no_tags#") == ["API_files_read", "API_files_index"]
    assert sorted(found(type=1) + found(type=2)) == sorted(everything)
    by_auth = [found(auth_type=auth) for auth in ("NONE", "APP", "IAM", "AUTHORIZER")]
    assert all(by_auth)
    assert sorted(itertools.chain(*by_auth)) == sorted(everything)


def test_listed_apis_are_those_of_the_export(http: Http) -> None:
    for environment in ("RELEASE", "TEST", "DEV"):
        env_id = http.env_id(environment)
        listed = http.list("apis", group_id=http.group_id("orders"), env_id=env_id)
        paths = http.export("orders", env_id=env_id).json()["paths"]
        assert {(api["name"], api["req_method"], api["req_uri"]) for api in listed} == {
            (operation["operationId"], "ANY" if method.startswith("x-") else method.upper(), path)
            for path, item in paths.items()
            for method, operation in item.items()
        }


def test_publications_are_joined_and_missing_for_unpublished_apis(http: Http) -> None:
    draft = http.list("apis", name="API_orders_bulk_import")[0]
    published = http.list("apis", name="API_orders_get")[0]
    assert not {"run_env_id", "run_env_name", "publish_id", "publish_time"} & set(draft)
    assert published["run_env_name"] == "RELEASE|TEST|DEV"
    assert published["run_env_id"].split("|")[0] == RELEASE
    assert len(set(published["publish_id"].split("|"))) == 3


@pytest.mark.parametrize(
    ("what", "query"),
    [
        ("apis", {"auth_type": "app"}),
        ("apis", {"req_method": "get"}),
        ("apis", {"type": "3"}),
        ("apis", {"return_data_mode": "all"}),
        ("envs", {"limit": "many"}),
        ("envs", {"offset": "1.5"}),
    ],
)
def test_error_names_invalid_filter(http: Http, what: str, query: Any) -> None:
    answer = http.get(f"{http.gateway}/{what}", **query)
    assert error(answer) == (400, "APIG.2012")
    assert f"parameterName:{next(iter(query))}." in answer.json()["error_msg"]


def test_error_codes_of_gateway_listing(http: Http, sandbox: Sandbox) -> None:
    asked = [
        Http(sandbox, "").get(http.project),
        Http(sandbox, "garbage").get(http.project),
        http.get(http.project.replace(sandbox.project_id, "0" * 32)),
        http.get(http.project, limit="many"),
    ]
    assert [error(answer) for answer in asked] == [
        (401, "APIC.7100"), (401, "APIC.7102"), (403, "APIC.7130"), (400, "APIC.7211"),
    ]  # fmt: skip


def test_gateway_of_another_project_is_rejected(http: Http, sandbox: Sandbox) -> None:
    trial = next(gateway for gateway in CONTENT.gateways if gateway.name == "team-trial")
    assert error(http.get(f"{http.project}/{trial.id}/envs")) == (403, "APIG.1136")


def test_permissions_of_users(http: Http, sandbox: Sandbox) -> None:
    def statuses(user: str) -> tuple[int, list[int], int]:
        caller = Http(sandbox, sandbox.token_for(user))
        body = {"env_id": RELEASE, "group_id": http.group_id("orders")}
        listings = [caller.get(f"{http.gateway}/{what}").status_code for what in ("envs", "api-groups", "apis")]
        export = caller.post(f"{http.gateway}/openapi/export", body)
        return caller.get(http.project).status_code, listings, export.status_code

    assert statuses("operator") == (200, [200, 200, 200], 200)
    assert statuses("viewer") == (200, [200, 200, 200], 403)
    assert statuses("exporter") == (200, [403, 403, 403], 200)
    forbidden = Http(sandbox, sandbox.token_for("exporter")).get(f"{http.gateway}/envs")
    assert error(forbidden) == (403, "APIG.1005")


def test_unknown_methods_and_paths(http: Http) -> None:
    assert error(http.post(f"{http.gateway}/envs", {})) == (404, "APIGW.0101")
    assert error(http.get(f"{http.gateway}/envs/")) == (404, "APIGW.0101")
    assert error(http.get(http.iam)) == (404, "APIGW.0101")


def query(**fields: Any) -> QueryParams:
    return QueryParams({name: str(value) for name, value in fields.items()})


def entries(items: list[dict[str, Any]]) -> list[listings.Entry]:
    return [partial(dict, item) for item in items]


numbers = st.integers(-5, 40) | st.integers()


@settings(max_examples=200, deadline=None)
@given(total=st.integers(0, 60), offset=st.none() | numbers, limit=st.none() | numbers)
def test_page_follows_documented_limits(total: int, offset: int | None, limit: int | None) -> None:
    items = [{"id": number} for number in range(total)]
    given_fields = {name: value for name, value in (("offset", offset), ("limit", limit)) if value is not None}
    first = max(offset or 0, 0)
    count = 20 if limit is None or limit <= 0 else min(limit, 500)
    expected = items[first : first + count]
    assert listings.page(entries(items), "apis", query(**given_fields), "apig") == {
        "total": total,
        "size": len(expected),
        "apis": expected,
    }


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(total=st.integers(0, 700), limit=st.none() | numbers)
def test_consecutive_pages_have_every_item_once(total: int, limit: int | None) -> None:
    items = [{"id": number} for number in range(total)]
    collected: list[object] = []
    while True:
        fields = {"offset": len(collected)} | ({} if limit is None else {"limit": limit})
        page = listings.page(entries(items), "apis", query(**fields), "apig")
        collected += page["apis"]
        if len(collected) >= page["total"] or not page["apis"]:
            break
    assert collected == items


@given(text=st.text().filter(lambda text: not re.fullmatch("-?[0-9]{1,1000}", text)))
def test_invalid_limit_is_rejected(text: str) -> None:
    with pytest.raises(ErrorAnswer) as refused:
        listings.page([], "apis", query(limit=text), "apig")
    assert (refused.value.status, refused.value.code) == (400, "APIG.2012")


def test_pages_over_http_have_every_api_once(http: Http) -> None:
    everything = http.list("apis")
    pages = [http.get(f"{http.gateway}/apis", offset=offset, limit=7).json() for offset in range(0, 71, 7)]
    assert [page["size"] for page in pages] == [7] * 10 + [1]
    assert [api for page in pages for api in page["apis"]] == everything
    assert http.get(f"{http.gateway}/apis").json()["apis"] == everything[:20]
