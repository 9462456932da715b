"""The client against the sandbox: listings, names, exports and errors."""

import gc
import json
import logging
import socket
import ssl
import subprocess
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import partial
from typing import Any

import httpx
import pandas as pd
import pytest

import apig_nb as apig
from apig_nb.client import listings
from apig_nb.client.credentials import TokenAuth
from apig_nb.request import RELEASE_ENV_ID
from apig_nb.sandbox import start
from tests.connected import connected as connected_to
from tests.large_gateway import write_large_gateway

UNREACHABLE: dict[str, Any] = {
    "endpoint": "https://apig.eu-demo-1.example.com",
    "token": "t0ken-s3cret",
    "project_id": "p" * 32,
}


connected = partial(connected_to, limits=apig.Limits(retries=0))


def answering(*answers: httpx.Response, **changes) -> tuple[apig.Client, list[httpx.Request]]:
    """Return a client that gets these answers in order, and the list of its requests."""
    sent, waiting = [], iter(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return next(waiting)

    return apig.connect(**UNREACHABLE, transport=httpx.MockTransport(answer), **changes), sent


class TestConnect:
    @pytest.mark.parametrize("missing", ["endpoint", "token", "project_id"])
    def test_a_missing_argument_is_named(self, missing):
        with pytest.raises((apig.ArgumentError, apig.CredentialsError), match=rf"^{missing}:? is missing"):
            apig.connect(**{**UNREACHABLE, missing: None})

    @pytest.mark.parametrize("address", ["http://apig.example.com", "HTTP://10.0.0.1", "http://127.0.0.1.example.com"])
    def test_plain_http_is_for_this_machine_only(self, address):
        with pytest.raises(apig.CredentialsError, match=r"plain http"):
            apig.connect(**UNREACHABLE | {"endpoint": address})
        with pytest.raises(apig.CredentialsError, match=r"iam_endpoint"):
            apig.connect(**UNREACHABLE, iam_endpoint=address)

    @pytest.mark.parametrize(
        "address", ["http://127.0.0.1:1", "http://127.9.9.9", "http://[::1]:1", "http://localhost"]
    )
    def test_plain_http_to_this_machine_is_accepted(self, address):
        with apig.connect(**UNREACHABLE | {"endpoint": address}) as client:
            assert client.endpoint == address

    @pytest.mark.parametrize(
        "address",
        [
            "https://user:passw0rd@host",
            "https://passw0rd@host",
            "https://user:passw0rd@[::1",
            "http://127.0.0.1\\@passw0rd",
        ],
    )
    def test_a_password_in_an_address_is_an_error_that_does_not_show_it(self, address):
        with pytest.raises(apig.CredentialsError) as caught:
            apig.connect(**UNREACHABLE | {"endpoint": address})
        assert "passw0rd" not in f"{caught.value} {caught.value.__cause__} {caught.value.__context__}"

    @pytest.mark.parametrize(
        "address", ["apig.example.com", "ftp://h", "https://", "https://h/v2", "https://h?a=b", "https://h:port", "", 5]
    )
    def test_a_malformed_address_is_an_error(self, address):
        with pytest.raises(apig.ArgumentError, match=r"^endpoint: "):
            apig.connect(**UNREACHABLE | {"endpoint": address})

    def test_the_address_of_iam_is_derived_from_the_endpoint(self, sandbox):
        answer = httpx.Response(200, json={"projects": []})
        client, sent = answering(answer)
        client.projects()
        assert str(sent[0].url) == "https://iam.eu-demo-1.example.com/v3/auth/projects"
        client, sent = answering(answer, iam_endpoint="https://iam.example.com:443/v3/")
        client.projects()
        assert str(sent[0].url) == "https://iam.example.com/v3/auth/projects"

    def test_an_unknown_iam_address_is_an_error_when_it_is_needed(self):
        with (
            apig.connect(**UNREACHABLE | {"endpoint": "https://roma.example.com"}) as client,
            pytest.raises(apig.ArgumentError, match=r"^iam_endpoint: is missing"),
        ):
            client.projects()

    @pytest.mark.parametrize("token", ["", "  ", "two words", "line\nbreak", "t0ken-öäé", 5])
    def test_a_malformed_token_is_an_error_that_does_not_show_it(self, token):
        with pytest.raises(apig.CredentialsError, match=r"^token ") as caught:
            apig.connect(**UNREACHABLE | {"token": token})
        message = str(caught.value)
        assert message.startswith(("token is missing", "token holds blanks"))
        assert "öäé" not in message

    @pytest.mark.parametrize("field", ["project_id", "instance_id"])
    def test_an_id_that_would_change_the_path_is_an_error(self, field):
        with pytest.raises(apig.ArgumentError, match=f"^{field}: "):
            apig.connect(**UNREACHABLE | {field: "../../v3"})

    @pytest.mark.parametrize("timeout", [0, -1, float("inf"), float("nan"), "5", True])
    def test_a_timeout_must_be_a_number_of_seconds(self, timeout):
        with pytest.raises(apig.ArgumentError, match=r"^timeout: "):
            apig.connect(**UNREACHABLE, timeout=timeout)

    @pytest.mark.parametrize("name", ["limits", "transport"])
    @pytest.mark.parametrize("value", ["text", {"timeout": 5}, httpx.HTTPTransport])
    def test_limits_and_transport_of_a_wrong_type_are_an_error_at_once(self, name, value):
        with pytest.raises(apig.ArgumentError, match=f"^{name}: must be "):
            apig.connect(**UNREACHABLE, **{name: value})

    def test_an_unknown_target_is_an_error_with_the_known_ones(self):
        with pytest.raises(apig.ArgumentError, match=r"allowed: sandbox"):
            apig.connect("otc")

    def test_the_sandbox_accepts_no_other_address_or_token(self):
        with pytest.raises(apig.ArgumentError, match=r"^token: cannot be combined with") as caught:
            apig.connect("sandbox", token="t0ken-s3cret")
        assert "t0ken-s3cret" not in str(caught.value)

    @pytest.mark.parametrize("proxy", ["ftp://user:passw0rd@proxy", "http://user:passw0rd/@proxy"])
    def test_a_malformed_proxy_setting_is_an_error_without_its_password(self, monkeypatch, proxy):
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        with pytest.raises(apig.TransportError, match=r"HTTPS_PROXY") as caught:
            apig.connect(**UNREACHABLE)
        assert "passw0rd" not in "".join(traceback.format_exception(caught.value))

    def test_calls_to_this_machine_use_no_proxy(self, monkeypatch, sandbox):
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
        with connected(sandbox) as client:
            assert len(client.environments()) == 3

    def test_calls_to_other_hosts_use_the_proxy(self, monkeypatch):
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{_free_port()}")
        with apig.connect(**UNREACHABLE) as client, pytest.raises(apig.TransportError, match=r"check .* proxy"):
            client.gateways()


@pytest.mark.slow
class TestOwnedSandbox:
    def test_it_answers_and_ends_with_the_client(self):
        with apig.connect("sandbox") as client:
            assert len(client.groups()) > 1
            assert client.projects()["name"].tolist() == ["eu-demo-1", "eu-demo-1_team"]
            port = client.endpoint.rpartition(":")[2]
            assert port in _sandbox_threads()
            assert repr(client).startswith("<Client sandbox, project ")
        assert port not in _sandbox_threads()
        client.close()

    def test_it_ends_when_the_last_reference_is_lost(self):
        client = apig.connect("sandbox")
        port = client.endpoint.rpartition(":")[2]
        assert port in _sandbox_threads()
        del client
        gc.collect()
        assert port not in _sandbox_threads()

    def test_it_ends_when_the_client_cannot_be_made(self):
        before = _sandbox_threads()
        with pytest.raises(apig.ArgumentError, match=r"^timeout: "):
            apig.connect("sandbox", timeout=0)
        assert _sandbox_threads() == before

    def test_it_ends_with_the_interpreter(self):
        code = "import apig_nb as apig; c = apig.connect('sandbox'); print(len(c.groups()), end='')"
        ran = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=120)
        assert (ran.stdout, ran.stderr, ran.returncode) == ("7", "", 0)


def _sandbox_threads() -> set[str]:
    return {thread.name.rpartition("-")[2] for thread in threading.enumerate() if "apig-sandbox" in thread.name}


def test_a_closed_client_raises_a_clear_error(sandbox):
    client = connected(sandbox)
    client.close()
    with pytest.raises(apig.TransportError, match=r"closed"):
        client.groups()


class TestLookUps:
    def test_projects_exclude_object_storage_and_disabled_ones(self, client):
        assert client.projects()["name"].tolist() == ["eu-demo-1", "eu-demo-1_team"]

    def test_gateways(self, client):
        frame = client.gateways()
        assert frame[["name", "status", "spec"]].values.tolist() == [
            ["retail-prod", "Running", "PROFESSIONAL"],
            ["retail-staging", "Running", "BASIC"],
            ["retail-frozen", "Frozen", "BASIC"],
        ]
        assert frame["create_time"][0] == pd.Timestamp("2025-10-04T03:04:05Z")

    def test_environments(self, client):
        assert client.environments().set_index("name")["id"]["RELEASE"] == RELEASE_ENV_ID
        assert client.environments(gateway="retail-staging")["name"].tolist()[0] == "RELEASE"

    def test_groups(self, client):
        assert {"catalog", "orders", "通知"} < set(client.groups()["name"])
        assert set(client.groups(gateway="retail-staging")["name"]) < set(client.groups()["name"])

    def test_apis_of_a_group_in_an_environment(self, client):
        everything, orders = client.apis(), client.apis(group="orders")
        released = client.apis(group="orders", env="RELEASE")
        assert set(orders["group"]) == {"orders"}
        assert len(everything) > len(orders) > len(released) > 0
        assert all("RELEASE" in environments for environments in released["environments"])
        assert client.groups().set_index("name")["domains"]["orders"] == (
            "orders.api.example.com",
            "orders.shop.example.com",
        )
        assert () in set(client.groups()["domains"])
        assert released["id"].tolist() == client.apis(env="RELEASE").query("group == 'orders'")["id"].tolist()

    def test_an_empty_table_has_the_same_columns_and_dtypes(self, client):
        empty, _ = answering(*[httpx.Response(200, json={"total": 0, "size": 0})] * 4, instance_id="i" * 32)
        for table in ("gateways", "environments", "groups", "apis"):
            full = getattr(client, table)()
            with pytest.warns(UserWarning) if table == "gateways" else nullcontext():
                none = getattr(empty, table)()
            assert len(none) == 0
            assert none.dtypes.to_dict() == full.dtypes.to_dict()
            assert full.columns.tolist()[:2] == ["name", "id"]

    def test_malformed_values_are_shown_as_text_or_missing(self):
        malformed = [None, 5, True, "\ud800", ["a", {"b": []}], {"a": [1]}, "9" * 30, 10**30, "not a time", -1.5]
        fields = {column.field for listing in (listings.GROUPS, listings.APIS) for column in listing.columns.values()}
        items = [{"id": f"{n}", **dict.fromkeys(fields - {"id"}, value)} for n, value in enumerate(malformed)]
        pages = ({"total": len(malformed), "groups": items}, {"total": len(malformed), "apis": items})
        client, _ = answering(*[httpx.Response(200, content=json.dumps(page)) for page in pages], instance_id="i" * 32)
        groups, apis = client.groups(), client.apis()
        assert groups["name"].tolist()[1:6] == ["5", "true", "?", '["a", {"b": []}]', '{"a": [1]}']
        assert groups["name"].isna()[0]
        assert apis.dtypes.to_dict() == {name: column.dtype for name, column in listings.APIS.columns.items()}
        assert apis["tags"].tolist()[:5] == [(), ("5",), ("true",), ("?",), ("a", '{"b": []}')]
        assert len(apis) == len(malformed)

    @pytest.mark.parametrize("key", [{}, {"groups": None}, {"groups": []}])
    def test_a_missing_or_null_list_is_empty(self, key):
        client, sent = answering(httpx.Response(200, json={"total": 0, "size": 0, **key}), instance_id="i" * 32)
        assert len(client.groups()) == 0
        assert len(sent) == 1


class TestPaging:
    def test_every_page_is_read(self, tmp_path):
        """Over real HTTP: more APIs than a page has."""
        write_large_gateway(tmp_path, groups=1, apis=1203)
        with start(tmp_path) as sandbox, connected(sandbox) as client:
            frame = client.apis(group="team-0000")
            assert frame["name"].tolist() == [f"API_{n:04}" for n in range(1203)]
            assert frame["id"].is_unique

    def test_an_item_on_two_pages_is_listed_once(self):
        client, sent = answering(_page("a", "b", total=4), _page("b", "c", total=4), instance_id="i" * 32)
        assert client.groups()["id"].tolist() == ["a", "b", "c"]
        assert [request.url.params["offset"] for request in sent] == ["0", "2"]

    def test_a_list_that_is_shorter_than_its_total_ends_with_a_warning(self):
        client, _ = answering(_page("a", total=9), _page(total=9), instance_id="i" * 32)
        with pytest.warns(UserWarning, match=r"^the list of API groups ends after 1 of 9 items: some may be missing$"):
            assert client.groups()["id"].tolist() == ["a"]

    def test_a_repeated_page_is_an_error(self):
        client, sent = answering(*[_page("a", "b", total=5)] * 9, instance_id="i" * 32)
        with pytest.raises(apig.DocumentError, match=r"API groups repeats itself after 2 items"):
            client.groups()
        assert len(sent) == 2

    def test_a_list_without_an_end_is_an_error(self, monkeypatch):
        monkeypatch.setattr(listings, "MAX_PAGES", 5)
        client, sent = answering(*[_page(f"{n}", total=10**9) for n in range(9)], instance_id="i" * 32)
        with pytest.raises(apig.DocumentError, match=r"does not end"):
            client.groups()
        assert len(sent) == 5

    @pytest.mark.parametrize("total", [-1, 0, 1, 3, True, "2", 2.0, None, 10**30])
    def test_a_wrong_total_loses_no_items(self, total):
        client, _ = answering(
            _page("a", "b", total=total), _page("c", "d", total=total), _page(total=total), instance_id="i" * 32
        )
        assert client.groups()["id"].tolist() == ["a", "b", "c", "d"]

    @pytest.mark.filterwarnings("ignore:the list of API groups ends after 1,200 of 1,000,000,000 items:UserWarning")
    @pytest.mark.parametrize("total", [10**9, 10**30])
    def test_a_huge_total_causes_few_calls(self, total):
        served = Served(1200, total=lambda _: total)
        assert len(served.client.groups()) == 1200
        assert len(served.sent) <= 3 + listings.CONCURRENT_PAGES

    def test_items_added_during_the_listing_are_listed(self):
        served = Served(1999, total=lambda sent: 1999 if sent == 1 else 2600, appearing=601)
        ids = served.client.groups()["id"]
        assert len(ids) == 2600
        assert ids.is_unique

    def test_an_error_on_one_page_is_an_error_of_the_listing(self):
        served = Served(8000, refused={1500: [403]})
        with pytest.raises(apig.ServiceError, match=r"^403: "):
            served.client.groups()
        assert len(served.sent) <= 1 + listings.CONCURRENT_PAGES

    def test_only_the_page_that_failed_is_retried(self):
        served = Served(8000, refused={1500: [429, 503], 7500: [429]})
        assert served.client.groups()["id"].tolist() == [f"{n}" for n in range(8000)]
        assert sorted(served.sent) == sorted([*range(0, 8000, 500), 1500, 1500, 7500])


class Served:
    """A client whose groups are served by offset, and the offsets that it requested."""

    def __init__(self, items: int, *, total=None, appearing=0, refused=None) -> None:
        self.sent: list[int] = []
        self._items, self._total, self._appearing, self._refused = items, total, appearing, refused or {}
        self.client = apig.connect(
            **UNREACHABLE,
            transport=httpx.MockTransport(self._answer),
            instance_id="i" * 32,
            limits=apig.Limits(pause=0.01),
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        offset, limit = (int(request.url.params[name]) for name in ("offset", "limit"))
        self.sent.append(offset)
        if waiting := self._refused.get(offset):
            return httpx.Response(waiting.pop(0))
        items = self._items if len(self.sent) == 1 else self._items + self._appearing
        total = self._total(len(self.sent)) if self._total else items
        return _page(*(f"{n}" for n in range(offset, min(offset + limit, items))), total=total)


def _page(*ids: str, total: object) -> httpx.Response:
    return httpx.Response(
        200, json={"total": total, "size": len(ids), "groups": [{"id": id_, "name": id_} for id_ in ids]}
    )


class TestNames:
    def test_names_become_ids(self, client):
        groups, environments = client.groups().set_index("name")["id"], client.environments().set_index("name")["id"]
        staging = client.gateways().set_index("name")["id"]["retail-staging"]
        one = client.apis(group="orders").iloc[0]
        request = client.request(group="orders", env="TEST", apis=[one["name"]], define="all")
        assert request == apig.ExportRequest(
            project_id=client.project_id,
            instance_id=client.instance_id,
            env_id=environments["TEST"],
            group_id=groups["orders"],
            apis=[one["id"]],
            define="all",
        )
        assert client.request(group="orders", env="RELEASE", gateway="retail-staging").instance_id == staging

    def test_an_id_is_not_looked_up(self):
        client, sent = answering()
        ids: dict[str, Any] = {"group": "a" * 32, "env": "RELEASE", "apis": ["b" * 32], "gateway": "c" * 32}
        request = client.request(**ids)
        assert (request.group_id, request.env_id, request.apis) == ("a" * 32, RELEASE_ENV_ID, ("b" * 32,))
        assert client.request(**ids | {"env": RELEASE_ENV_ID}) == request
        assert sent == []

    def test_names_and_ids_of_apis_may_be_mixed(self, client):
        first, second = client.apis(group="orders").iloc[:2][["name", "id"]].itertuples(index=False)
        request = client.request(group="orders", env="RELEASE", apis=pd.Series([first.name, second.id]))
        assert request.apis == (first.id, second.id)

    def test_an_id_of_another_form_is_looked_up(self):
        client, _ = answering(_page("short-id", total=1), instance_id="i" * 32)
        assert client.request(group="short-id", env="RELEASE").group_id == "short-id"

    @pytest.mark.parametrize(
        ("wanted", "kind"),
        [
            ({"group": "Order"}, "API group"),
            ({"env": "test"}, "environment"),
            ({"apis": ["api_order_lst"]}, "API"),
            ({"gateway": "retail"}, "gateway"),
        ],
    )
    def test_an_unknown_name_is_an_error_with_similar_names(self, client, wanted, kind):
        with pytest.raises(apig.NameLookupError, match=f"^{kind} .* does not exist") as caught:
            client.request(**{"group": "orders", "env": "TEST", **wanted})
        assert caught.value.candidates
        assert caught.value.kind == kind

    def test_similar_names_are_found_in_any_letter_case(self):
        client, _ = answering(_page(*[f"Group{n}" for n in range(40)], "Orders", total=41), instance_id="i" * 32)
        with pytest.raises(apig.NameLookupError) as caught:
            client.request(group="ordes", env="RELEASE")
        assert caught.value.candidates == ("Orders",)

    def test_several_items_of_one_name_are_an_error_with_their_ids(self):
        twins = [{"id": "1", "name": "twin"}, {"id": "2", "name": "twin"}, {"id": "3", "name": "other"}]
        client, _ = answering(httpx.Response(200, json={"total": 3, "groups": twins}), instance_id="i" * 32)
        with pytest.raises(apig.NameLookupError, match=r"several.*candidates: twin \(1\), twin \(2\)$"):
            client.request(group="twin", env="RELEASE")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"group": None},
            {"group": ""},
            {"env": 5},
            {"apis": "API_1"},
            {"apis": []},
            {"apis": [None]},
            {"define": "full"},
            {"type": "xml"},
            {"oas_version": "3.1"},
            {"version": ""},
            {"gateway": ""},
        ],
    )
    def test_a_wrong_field_is_an_error_before_anything_is_sent(self, wrong):
        client, sent = answering(instance_id="i" * 32)
        field = next(iter(wrong))
        with pytest.raises(apig.ArgumentError, match=f"^{field}: "):
            client.request(**{"group": "orders", "env": "TEST", **wrong})
        assert sent == []


class TestDefaultGateway:
    def test_the_only_running_gateway_is_used_and_looked_up_once(self):
        gateways = [("a", "Frozen"), ("b", "Running"), ("c", "Creating")]
        client, sent = answering(_gateways(*gateways), *[_page("g", total=1)] * 2)
        client.groups()
        client.groups()
        assert [request.url.path.rpartition("/instances")[2] for request in sent] == ["", *["/b/api-groups"] * 2]
        assert "gateway b" in repr(client)

    def test_several_running_gateways_are_an_error_with_their_names(self, sandbox):
        with connected(sandbox, instance_id=None) as client:
            with pytest.raises(apig.NameLookupError, match=r"^gateway is not given and several") as caught:
                client.groups()
            assert [name.partition(" ")[0] for name in caught.value.candidates] == ["retail-prod", "retail-staging"]
            assert len(client.groups(gateway="retail-prod")) == 7

    def test_no_running_gateway_is_an_error_with_the_other_names(self):
        client, _ = answering(_gateways(("a", "Frozen")))
        with pytest.raises(apig.NameLookupError, match=r"none is running; candidates: A \(a\)"):
            client.groups()

    def test_a_gateway_id_that_would_change_the_path_is_an_error(self):
        client, sent = answering(_gateways(("../../evil", "Running")))
        with pytest.raises(apig.ArgumentError):
            client.groups()
        assert len(sent) == 1


def _gateways(*gateways: tuple[str, str]) -> httpx.Response:
    items = [{"id": id_, "instance_name": id_.upper(), "status": status} for id_, status in gateways]
    return httpx.Response(200, json={"total": len(items), "size": len(items), "instances": items})


class TestExport:
    @pytest.mark.parametrize("define", ["spec", "proxy", "all", "dev"])
    @pytest.mark.parametrize("type_", ["json", "yaml", "yml"])
    @pytest.mark.parametrize("oas_version", ["2.0", "3.0"])
    def test_every_combination_is_a_document(self, client, define, type_, oas_version):
        export = client.export(group="orders", env="RELEASE", define=define, type=type_, oas_version=oas_version)
        assert export.definition.standard.split()[-1].startswith(oas_version)
        assert export.definition.format == ("json" if type_ == "json" else "yaml")
        assert export.raw[:1] == (b"{" if type_ == "json" else b"s" if oas_version == "2.0" else b"o")

    def test_an_export_has_its_provenance(self, client):
        request = client.request(group="orders", env="TEST", define="all", version="v7")
        before = pd.Timestamp.now("UTC")
        export = client.send(request)
        assert (export.request, export.status_code, export.group, export.environment, export.scope) == (
            *(request, 200, "orders", "TEST", "all"),
        )
        assert before <= export.time <= pd.Timestamp.now("UTC")
        assert 0 < export.duration < 60
        assert len(export.request_id) == 32
        assert export.definition.version == "v7"

    def test_only_the_requested_apis_are_exported(self, client):
        some = client.apis(group="orders", env="RELEASE")["name"].tolist()[:2]
        export = client.export(group="orders", env="RELEASE", apis=some)
        assert len(export.definition.operations) == 2

    def test_exactly_one_call_is_sent_with_its_fields(self):
        client, sent = answering(httpx.Response(200, content=b'{"swagger": "2.0"}'))
        request = apig.ExportRequest(
            project_id="q", instance_id="i", env_id="e", group_id="g", oas_version="3.0", version="é"
        )
        client.send(request)
        (post,) = sent
        assert (post.method, post.url.path, dict(post.url.params)) == ("POST", request.path(), {"oas_version": "3.0"})
        assert json.loads(post.content) == request.body
        assert post.headers["User-Agent"].startswith("apig_nb/")

    def test_threads_may_share_a_client(self, client):
        with ThreadPoolExecutor(8) as pool:
            groups = ["orders", "catalog", "payments", "devices"] * 4
            exports = list(pool.map(lambda group: client.export(group=group, env="RELEASE", version="1"), groups))
        assert [export.definition.title for export in exports] == groups


NO_DOCUMENTS = {
    "empty": (b"", "empty"),
    "html": (b"\n<!DOCTYPE html><html><head><title>Sign\n in</title></head></html>", "HTML page: 'Sign in'"),
    "html that names a standard": (b"<html>\nopenapi: 3.0.0\n</html>", "HTML page"),
    "json": (b'{"hello": 1, "world": 2}', "hello, world"),
    "list": (b"[1, 2]", "a list"),
    "task": (b'{"task_id": "t"}', "task_id"),
    "text": (b"It works!", "text"),
    "cut json": (b'{"info": {"title": "t"', "JSON"),
    "binary": (bytes(range(256)) * 4, "not text|a text|YAML"),
}


class TestAnswersThatAreNoDocument:
    @pytest.mark.parametrize("kind", NO_DOCUMENTS)
    def test_another_content_with_status_200_is_named_in_the_error(self, sandbox, client, kind):
        body, words = NO_DOCUMENTS[kind]
        sandbox.fault("export", body=body)
        with pytest.raises(apig.DocumentError, match=words):
            client.export(group="orders", env="RELEASE")

    def test_an_error_body_with_status_200_is_a_service_error(self, sandbox, client):
        sandbox.fault("export", body=b'{"error_code": "APIG.3001", "error_msg": "no such group"}')
        with pytest.raises(apig.ServiceError) as caught:
            client.export(group="orders", env="RELEASE")
        assert (caught.value.status_code, caught.value.error_code) == (200, "APIG.3001")

    @pytest.mark.parametrize(
        "document",
        [
            b'{"info": {}, "openapi": "3.0.0"}',
            '\ufeff{"swagger": "2.0"}'.encode(),
            '{"swagger": "2.0"}'.encode("utf-16"),
            b"{swagger: '2.0'}",
            b"info: {}\n'swagger': '2.0'\n",
            b"# a comment\n---\nopenapi: 3.0.0\n",
        ],
    )
    def test_unusual_forms_of_a_document_are_accepted(self, sandbox, client, document):
        sandbox.fault("export", body=document)
        assert client.export(group="orders", env="RELEASE").raw == document

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            (b"", "not JSON"),
            (b"<html>", r"not JSON \(media type: text/plain\)"),
            (b"[]", "list instead of an object"),
            (b"5", "int instead"),
            (b'{"hello": 1}', "'groups' but 'hello'"),
            (b'{"groups": {"a": 1}}', "does not hold objects"),
            (b'{"groups": ["a"]}', "does not hold objects"),
            (b"[" * 100_000, "not JSON"),
        ],
    )
    def test_a_malformed_list_is_a_clear_error(self, sandbox, client, body, words):
        sandbox.fault("api_groups", body=body, media_type="text/plain")
        with pytest.raises(apig.DocumentError, match=f"list of API groups .*{words}"):
            client.groups()

    def test_an_error_body_in_place_of_a_list_is_a_service_error(self, sandbox, client):
        sandbox.fault("api_groups", body=b'{"error_code": "APIG.1005", "error_msg": "no"}')
        with pytest.raises(apig.ServiceError, match=r"^200 APIG.1005"):
            client.groups()


class TestServiceErrors:
    @pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 502, 503, 504])
    @pytest.mark.parametrize("call", ["export", "api_groups", "instances", "projects"])
    def test_every_error_status_has_advice(self, sandbox, client, call, status):
        sandbox.fault(call, status=status)
        with pytest.raises(apig.ServiceError) as caught:
            _CALLS[call](client)
        error = caught.value
        assert error.status_code == status
        assert error.error_code in str(error)
        assert error.hint
        assert len(error.request_id) == 32

    def test_a_user_who_may_only_list_gets_a_clear_error_on_export(self, sandbox):
        with connected(sandbox, token=sandbox.token_for("viewer")) as client:
            assert len(client.groups()) == 7
            with pytest.raises(apig.ServiceError, match=r"^403 APIG.1005.*apig:apis:export"):
                client.export(group="orders", env="RELEASE")

    def test_a_user_who_may_not_list_can_export_by_id(self, sandbox, client):
        group_id = client.groups().set_index("name")["id"]["orders"]
        with connected(sandbox, token=sandbox.token_for("exporter")) as exporter:
            with pytest.raises(apig.ServiceError, match=r"^403 APIG.1005"):
                exporter.export(group="orders", env="RELEASE")
            assert exporter.export(group=group_id, env="RELEASE").definition.title == "orders"

    @pytest.mark.parametrize(
        ("ids", "code"),
        [
            ({"group": "0" * 32, "env": "RELEASE"}, "APIG.3001"),
            ({"group": "orders", "env": "0" * 32}, "APIG.3003"),
            ({"group": "orders", "env": "RELEASE", "gateway": "0" * 32}, "APIG.3030"),
            ({"group": "orders", "env": "RELEASE", "apis": ["0" * 32]}, "APIG.3002"),
        ],
    )
    def test_an_unknown_id_is_an_error_with_its_code(self, client, ids, code):
        with pytest.raises(apig.ServiceError) as caught:
            client.export(**ids)
        assert caught.value.error_code == code

    def test_a_wrong_token_is_an_error_with_advice(self, sandbox):
        with connected(sandbox, token="garbage") as client, pytest.raises(apig.ServiceError, match=r"new token"):
            client.groups()

    def test_a_redirect_is_not_followed_and_its_query_not_shown(self):
        login = "https://login.example.com/path?session=s3cret"
        client, sent = answering(httpx.Response(302, headers={"Location": login}), instance_id="i" * 32)
        with pytest.raises(apig.ServiceError, match=r"redirect to 'login\.example\.com'") as caught:
            client.groups()
        assert "s3cret" not in str(caught.value)
        assert len(sent) == 1


_CALLS = {
    "export": lambda client: client.export(group="a" * 32, env="RELEASE"),
    "api_groups": lambda client: client.groups(),
    "instances": lambda client: client.gateways(),
    "projects": lambda client: client.projects(),
}


class TestNoAnswer:
    def test_a_refused_connection(self):
        with (
            apig.connect(**UNREACHABLE | {"endpoint": f"http://127.0.0.1:{_free_port()}"}) as client,
            pytest.raises(
                apig.TransportError, match=r"^no connection to 127.0.0.1:\d+ .*refused.*check endpoint"
            ) as caught,
        ):
            client.gateways()
        assert isinstance(caught.value.__cause__, httpx.ConnectError)

    def test_no_answer_in_time(self, sandbox):
        sandbox.fault("instances", delay=3)
        with (
            connected(sandbox, timeout=0.5) as client,
            pytest.raises(apig.TransportTimeout, match=r"did not answer within 0\.5 s.*longer timeout=") as caught,
        ):
            client.gateways()
        assert isinstance(caught.value, TimeoutError)
        assert isinstance(caught.value.__cause__, httpx.ReadTimeout)

    def test_no_connection_in_time(self):
        def time_out(request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectTimeout("timed out", request=request)

        client = apig.connect(**UNREACHABLE, transport=httpx.MockTransport(time_out))
        with pytest.raises(apig.TransportTimeout, match=r"no connection to apig.eu-demo-1.example.com within 5 s"):
            client.gateways()

    def test_a_server_without_tls(self, sandbox):
        with (
            connected(sandbox, endpoint=sandbox.url.replace("http:", "https:")) as client,
            pytest.raises(apig.TransportError, match=r"^no TLS connection to 127"),
        ):
            client.gateways()

    def test_a_certificate_that_is_not_trusted(self):
        def untrusted(request: httpx.Request) -> httpx.Response:
            cause = ssl.SSLCertVerificationError(1, "certificate verify failed")
            cause.verify_message = "self-signed certificate"
            raise httpx.ConnectError(str(cause), request=request) from cause

        client = apig.connect(**UNREACHABLE, transport=httpx.MockTransport(untrusted))
        with pytest.raises(apig.TransportError, match=r"not trusted \(self-signed certificate\).*SSL_CERT_FILE"):
            client.gateways()

    def test_a_proxy_that_refuses(self, monkeypatch, sandbox):
        monkeypatch.setenv("HTTPS_PROXY", sandbox.url)
        with (
            apig.connect(**UNREACHABLE) as client,
            pytest.raises(apig.TransportError, match=r"^the proxy refused the call to apig\.eu-demo-1"),
        ):
            client.gateways()

    @pytest.mark.parametrize("fault", ["disconnect", "truncated"])
    def test_a_lost_connection(self, sandbox, client, fault):
        sandbox.fault("export", **{fault: True})
        with pytest.raises(apig.TransportError, match=r"^the connection to 127.* was lost before the whole answer"):
            client.export(group="orders", env="RELEASE")

    def test_an_answer_that_cannot_be_decompressed(self):
        packed = httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"no gzip"))
        client, _ = answering(packed)
        with pytest.raises(apig.TransportError, match=r"decompress"):
            client.gateways()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class TestSecrets:
    def test_no_secret_is_shown_or_logged_anywhere(self, sandbox, caplog):
        """For each outcome of a call, in everything that users and logs can see."""
        caplog.set_level(logging.DEBUG)
        seen: list[str] = []
        with connected(sandbox) as client, connected(sandbox, timeout=0.1) as impatient:
            for one, fault in (
                (client, {"status": 401}),
                (client, {"status": 500}),
                (client, {"disconnect": True}),
                (client, {"truncated": True}),
                (impatient, {"delay": 0.6}),
                (client, {"body": "<p>"}),
            ):
                sandbox.fault("instances", **fault)
                with pytest.raises(apig.ApigError) as caught:
                    one.gateways()
                seen += _all_texts(caught.value)
            client.gateways()
            seen += [repr(client), repr(client._connection), str(vars(client._connection))]
            seen += [repr(client.export(group="orders", env="RELEASE"))]
        seen += [record.getMessage() + repr(record.args) for record in caplog.records]
        assert any("127.0.0.1" in text for text in seen)
        assert [text for text in seen if sandbox.token in text] == []

    def test_credentials_are_masked(self):
        auth = TokenAuth(" t0ken-s3cret\n")
        assert f"{auth} {auth!r}" == "TokenAuth(***) TokenAuth(***)"

    def test_the_token_does_not_stay_on_the_request(self, sandbox, client):
        """The HTTP library keeps the request, with its headers, in its exceptions and answers."""
        sandbox.fault("instances", disconnect=True)
        with pytest.raises(apig.TransportError) as caught:
            client.gateways()
        assert isinstance(caught.value.__cause__, httpx.HTTPError)
        assert "x-auth-token" not in caught.value.__cause__.request.headers


def _all_texts(error: BaseException) -> list[str]:
    shown = ["".join(traceback.format_exception(error))]
    link: BaseException | None = error
    while link is not None:
        shown += [str(link), repr(link), str(vars(link)), repr(link.args)]
        request = getattr(link, "_request", None)
        shown += [repr(request), repr(request.headers)] if request is not None else []
        link = link.__cause__ or link.__context__
    return shown
