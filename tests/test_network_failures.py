"""Retries, limits and checks of calls whose answers fail, over real HTTP."""

import gzip
import itertools
import json
import random
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial

import httpx
import pytest

import apig_nb as apig
from apig_nb.client.credentials import KeyAuth
from apig_nb.client.transport import Answer, Connection, Endpoints
from apig_nb.client.transport.retry import MAX_PAUSE, Limits, RetryPolicy
from apig_nb.sandbox import Sandbox, start
from tests.connected import connected as connected_to
from tests.fixed_answer_server import FixedAnswerServer

# Servers of these tests have no gateway, of which the client warns.
pytestmark = pytest.mark.filterwarnings("ignore:the list of gateways is empty")

QUICK = apig.Limits(pause=0.01)

connected = partial(connected_to, limits=QUICK)


@pytest.fixture
def retrying(own: Sandbox) -> Iterator[apig.Client]:
    with connected(own) as client:
        yield client


def exported(client: apig.Client, **fields) -> apig.Export:
    return client.export(**{"group": "orders", "env": "RELEASE", **fields})


def tries(client: apig.Client) -> int:
    return int(client.log["tries"].iloc[-1])


class TestRetries:
    @pytest.mark.parametrize(
        "fault",
        [
            {"status": 429},
            {"status": 502},
            {"status": 503},
            {"status": 504},
            {"code": "APIG.9008"},
            {"code": "APIGW.0308"},
            {"disconnect": True},
            {"truncated": True},
        ],
    )
    def test_a_temporary_failure_is_retried(self, own, retrying, fault):
        own.fault("export", times=3, **fault)
        assert exported(retrying).definition.title == "orders"
        assert tries(retrying) == 4

    def test_an_internal_error_is_retried_once(self, own, retrying):
        own.fault("export", code="APIG.9999")
        assert exported(retrying).definition.title == "orders"
        assert tries(retrying) == 2
        own.fault("export", code="APIG.9999", times=2)
        with pytest.raises(apig.ServiceError, match=r"^500 APIG\.9999"):
            exported(retrying)
        assert tries(retrying) == 2

    def test_an_internal_error_after_other_failures_is_retried_once(self, own, retrying):
        for fault in ({"status": 503}, {"code": "APIG.9999"}, {"status": 503}):
            own.fault("export", **fault)
        assert exported(retrying).definition.title == "orders"
        assert tries(retrying) == 4

    @pytest.mark.parametrize(
        "fault",
        [{"code": "APIGW.0301"}, {"status": 400}, {"status": 403}, {"status": 404}, {"code": "APIG.9004"}],
    )
    def test_a_permanent_failure_is_not_retried(self, own, retrying, fault):
        """A rejected signature must not be retried: six of them lock the key."""
        own.fault("envs", **fault)
        with pytest.raises(apig.ServiceError):
            retrying.environments()
        assert tries(retrying) == 1
        assert len(retrying.environments())

    def test_the_number_of_retries_is_limited(self, own):
        own.fault("envs", status=503, times=2)
        with connected(own, limits=apig.Limits(pause=0.01, retries=1)) as client:
            with pytest.raises(apig.ServiceError, match=r"^503 "):
                client.environments()
            assert tries(client) == 2
            assert len(client.environments())

    def test_a_timeout_is_not_retried(self, own):
        own.fault("envs", delay=3)
        with connected(own, timeout=0.5) as client:
            with pytest.raises(apig.TransportTimeout, match=r"within 0\.5 s"):
                client.environments()
            assert tries(client) == 1

    def test_each_attempt_is_authenticated_again(self, own):
        sent = []

        class Signed(httpx.Auth):
            def auth_flow(self, request):
                request.headers["X-Auth-Token"] = own.token
                sent.append(time.monotonic())
                yield request

        own.fault("envs", status=503, times=2)
        connection = Connection(Endpoints.checked(own.url), Signed(), QUICK)
        connection.apig("GET", f"/v2/{own.project_id}/apigw/instances/{own.instance_id}/envs")
        connection.close()
        assert len(sent) == 3


class TestPauses:
    def test_retry_after_is_honoured(self, own, retrying):
        own.fault("envs", status=429, retry_after=1)
        start = time.monotonic()
        retrying.environments()
        assert time.monotonic() - start >= 1

    def test_retry_after_beyond_the_total_timeout_ends_the_call(self, own):
        own.fault("envs", status=429, retry_after=3600)
        start = time.monotonic()
        with connected(own) as client, pytest.raises(apig.ServiceError, match=r"^429 "):
            client.environments()
        assert time.monotonic() - start < 60

    def test_pauses_grow_and_are_not_all_the_same(self):
        random.seed(4)
        slept = [pauses_of(503, retries=9) for _ in range(200)]
        for number in range(9):
            pauses = [pauses[number] for pauses in slept]
            assert 0 <= min(pauses) < 0.1 * max(pauses)
            assert 0.5 * 2**number * 0.8 < max(pauses) <= min(0.5 * 2**number, MAX_PAUSE) or number > 5

    @pytest.mark.parametrize(
        ("asked", "least"),
        [
            *(("7", 7), (" 7 ", 7), ("-7", 0), ("soon", 0), ("", 0), ("9" * 50, 0)),
            ("Fri, 31 Dec 9999 23:594591052359", 0),
        ],
    )
    def test_retry_after_is_slept_with_jitter(self, asked, least):
        (pause,) = pauses_of(429, asked, retries=1)
        assert least <= pause <= least + 0.5

    def test_a_date_is_read_whatever_its_zone(self):
        date = datetime.now(UTC) + timedelta(hours=1)
        for text in (format_datetime(date), format_datetime(date.replace(tzinfo=None))):
            (pause,) = pauses_of(429, text, retries=1, total_timeout=10_000)
            assert 3000 < pause <= 3600.5
        assert pauses_of(429, "Wed, 21 Oct 2015 07:28:00 GMT", retries=1)[0] <= 0.5

    @pytest.mark.parametrize("year", [2001, 2098])
    def test_a_retry_date_is_compared_with_the_date_of_the_answer(self, year):
        """The clock of this machine may be wrong; both dates of the answer are from the same clock."""
        now = datetime(year, 2, 3, 4, 5, 6, tzinfo=UTC)

        def refused_until(later: datetime) -> apig.ServiceError:
            headers = {"Date": format_datetime(now, usegmt=True), "Retry-After": format_datetime(later, usegmt=True)}
            transport = httpx.MockTransport(lambda _: httpx.Response(429, headers=headers))
            with (
                apig.connect(region="eu-de", token="t", project_id="p", transport=transport, limits=QUICK) as client,
                pytest.raises(apig.ServiceError, match=r"^429: ") as caught,
            ):
                client.gateways()
            assert tries(client) == (1 if later > now else 4)
            return caught.value

        assert refused_until(now + timedelta(hours=1)).retry_after == "3600"
        assert refused_until(now).retry_after == "0"
        assert refused_until(now - timedelta(hours=1)).retry_after == "0"

    @pytest.mark.parametrize("hours", [-24, 24])
    def test_a_change_of_the_clock_during_a_call_has_no_effect(self, own, retrying, monkeypatch, hours):
        own.fault("export", status=503, times=2)
        own.fault("async_export", polls=3)
        jumping = itertools.count()
        true_time = time.time
        monkeypatch.setattr(time, "time", lambda: true_time() + next(jumping) * hours * 3600)
        for mode in ("direct", "async"):
            export = exported(retrying, mode=mode)
            assert export.duration is not None
            assert 0 < export.duration < 10
        assert retrying.log["ms"].between(0, 10_000).all()

    def test_each_attempt_is_signed_with_its_own_time(self, own):
        """The service allows a difference of 15 minutes, and a pause may be longer."""
        hours, sent = itertools.count(), []

        def clock() -> datetime:
            return datetime(2026, 1, 2, next(hours), tzinfo=UTC)

        def answer(request: httpx.Request) -> httpx.Response:
            sent.append((request.headers["X-Sdk-Date"], request.headers["Authorization"].partition("Signature=")[2]))
            return httpx.Response(503) if len(sent) < 3 else httpx.Response(200, json={"total": 0})

        auth = KeyAuth("AK", "SK", clock=clock)
        connection = Connection(Endpoints.checked("https://apig.example.com"), auth, QUICK, httpx.MockTransport(answer))
        connection.apig("GET", "/v2/p/apigw/instances")
        connection.close()
        assert [date for date, _ in sent] == [f"20260102T0{hour}0000Z" for hour in range(3)]
        assert len({signature for _, signature in sent}) == 3


def pauses_of(status: int, retry_after: str = "", **limits) -> list[float]:
    slept: list[float] = []
    answer = Answer(status, {"Retry-After": retry_after}, b"")
    RetryPolicy(Limits(**limits), slept.append).call(lambda: answer)
    return slept


class TestLimits:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("timeout", 0),
            ("connect_timeout", -1),
            ("total_timeout", float("inf")),
            ("pause", "1"),
            ("pause", True),
            ("timeout", 10**400),
            ("total_timeout", 1e10),
            ("retries", -1),
            ("retries", 1.5),
            ("max_bytes", 0),
        ],
    )
    def test_a_malformed_limit_is_rejected(self, name, value):
        with pytest.raises(apig.ArgumentError, match=rf"^{name}: must be"):
            apig.Limits(**{name: value})

    def test_the_defaults(self):
        assert apig.Limits() == apig.Limits(60, 5, 300, 3, 0.5, 50 * 2**20)

    def test_an_answer_that_is_too_large_is_not_read(self, own):
        with connected(own, limits=apig.Limits(max_bytes=2000)) as client:
            assert len(client.environments())
            with pytest.raises(apig.TransportError, match=r"larger than 2,000 bytes.*max_bytes"):
                exported(client)
            assert tries(client) == 1

    def test_a_decompression_bomb_is_bounded(self):
        with FixedAnswerServer(gzip.compress(bytes(40_000_000)), {"Content-Encoding": "gzip"}) as url:
            client = connect_to(url, max_bytes=1_000_000)
            with client, pytest.raises(apig.TransportError, match=r"larger than 1,000,000 bytes"):
                client.gateways()

    def test_all_members_of_a_gzip_body_are_read(self):
        page = json.dumps({"total": 0, "instances": []}).encode()
        parts = b"".join(gzip.compress(page[at : at + 10]) for at in range(0, len(page), 10))
        with FixedAnswerServer(parts, {"Content-Encoding": "GZIP"}) as url, connect_to(url) as client:
            assert len(client.gateways()) == 0

    @pytest.mark.parametrize("packing", ["br", "deflate", "gzip, gzip", "<b>"])
    def test_an_unexpected_compression_is_an_error(self, packing):
        with (
            FixedAnswerServer(b"abc", {"Content-Encoding": packing}) as url,
            connect_to(url) as client,
            pytest.raises(apig.TransportError, match=rf"cannot be decompressed \(it is compressed as '{packing}'"),
        ):
            client.gateways()

    def test_a_body_without_content_length_is_bounded(self):
        with FixedAnswerServer(bytes(3_000_000), {"Content-Length": None}) as url:
            client = connect_to(url, max_bytes=1_000_000)
            with client, pytest.raises(apig.TransportError, match="larger than 1,000,000 bytes"):
                client.gateways()

    def test_a_slow_body_ends_with_the_total_timeout(self):
        with FixedAnswerServer(b"{" * 4000, {}, pause=0.05) as url:
            client = connect_to(url, total_timeout=0.4)
            start = time.monotonic()
            with client, pytest.raises(apig.TransportTimeout, match=r"no whole answer within 0\.4 s.*total_timeout"):
                client.gateways()
            assert time.monotonic() - start < 60


def connect_to(url: str, **limits) -> apig.Client:
    return apig.connect(endpoint=url, token="t", project_id="p" * 32, limits=apig.Limits(**limits))


PAGE = "<html><title>Sign in</title></html>"


class TestIncompleteAnswers:
    @pytest.mark.parametrize(
        ("fault", "error", "words"),
        [
            ({"body": PAGE, "media_type": "text/html"}, apig.DocumentError, "HTML page: 'Sign in'"),
            ({"body": ""}, apig.DocumentError, "empty"),
            ({"body": " \n"}, apig.DocumentError, "empty"),
            ({"body": '{"error_code": "APIG.3001", "error_msg": "gone"}'}, apig.ServiceError, "APIG.3001: gone"),
            ({"body": '{"swagger": "2.0", "paths": {'}, apig.DocumentError, r"JSON|json"),
            ({"body": "swagger: '2.0'\npaths:\n  /a: {get: {summary: 'half"}, apig.DocumentError, "YAML"),
            ({"media_type": "text/html"}, apig.DocumentError, "the answer is text/html"),
            ({"media_type": "image/png"}, apig.DocumentError, "the answer is image/png"),
            ({"media_type": "application/zip"}, apig.DocumentError, "the answer is application/zip"),
            ({"truncated": True, "times": 4}, apig.TransportError, "was lost before the whole answer"),
        ],
    )
    def test_an_incomplete_document_is_a_clear_error(self, own, retrying, fault, error, words):
        own.fault("export", **fault)
        with pytest.raises(error, match=words):
            exported(retrying)

    @pytest.mark.parametrize("type_", ["json", "yaml"])
    def test_a_truncated_compressed_document_is_an_error(self, retrying, type_):
        """The Content-Length is right: a proxy compressed an incomplete answer."""
        request = retrying.request(group="orders", env="RELEASE", type=type_)
        packed = gzip.compress(retrying.send(request).raw)
        for length in (len(packed) // 2, len(packed) - 8, 5):
            with FixedAnswerServer(packed[:length], {"Content-Encoding": "gzip"}) as url:
                client = connect_to(url, pause=0.01)
                with client, pytest.raises(apig.TransportError, match="was lost before the whole answer was received"):
                    client.send(request)
                assert tries(client) == 4

    @pytest.mark.parametrize("media_type", ["application/json", "application/x-yaml; charset=utf-8", "text/plain", ""])
    def test_media_types_of_documents_are_accepted(self, own, retrying, media_type):
        own.fault("export", media_type=media_type)
        assert exported(retrying).warnings == ()


class TestComparedWithTheRequest:
    @pytest.mark.parametrize("type_", ["json", "yaml", "yml"])
    @pytest.mark.parametrize("oas_version", ["2.0", "3.0"])
    def test_the_requested_document_has_no_warnings(self, retrying, type_, oas_version):
        export = exported(retrying, type=type_, oas_version=oas_version, version="v 1", define="all")
        assert export.warnings == ()
        assert "Warnings" not in export._repr_html_()

    def test_another_standard_or_format_is_a_warning(self, own, retrying):
        own.fault("export", body=exported(retrying).raw)
        assert exported(retrying, type="yaml", oas_version="3.0").warnings == (
            "yaml was requested, JSON was received",
            "OpenAPI 3.0 was requested, Swagger 2.0 was received",
        )
        own.fault("export", body=exported(retrying, type="yaml", oas_version="3.0").raw)
        form, standard = exported(retrying).warnings
        assert form == "json was requested, YAML was received"
        assert standard.startswith("Swagger 2.0 was requested, OpenAPI 3.0")

    def test_control_characters_of_a_version_are_visible_in_the_warning(self, own, retrying):
        own.fault("export", body=r'{"swagger": "2\u001b[2J", "info": {"title": "orders"}, "paths": {}}')
        assert exported(retrying, oas_version="3.0").warnings == (
            "OpenAPI 3.0 was requested, Swagger 2\u241b[2J was received",
        )

    @pytest.mark.parametrize("type_", ["json", "yaml"])
    def test_another_group_or_an_old_answer_is_a_warning(self, own, retrying, type_):
        own.fault("export", body=exported(retrying, group="catalog", type=type_).raw)
        assert exported(retrying, type=type_).warnings == (
            "the API group 'orders' was requested, 'catalog' was received",
        )
        own.fault("export", stale=True)
        (message,) = exported(retrying, type=type_, version="mine").warnings
        assert message.startswith("the version 'mine' was requested, '20")

    def test_warnings_are_shown_as_text(self, own, retrying):
        document = {"swagger": "2.0", "info": {"title": "<b>evil</b>", "version": "1"}, "paths": {}}
        own.fault("export", body=json.dumps(document))
        shown = exported(retrying)._repr_html_()
        assert "&lt;b&gt;evil&lt;/b&gt;" in shown
        assert "<b>evil" not in shown

    def test_malformed_documents_have_no_errors_in_the_check(self, own, retrying):
        bodies = (
            '{"info": 5, "a": {"info": {"title": 1}}, "swagger": "2.0", "paths": {}}',
            "swagger: '2.0'\ninfo: 7\npaths: {}\n",
        )
        for body in bodies:
            own.fault("export", body=body)
            assert exported(retrying, type="json" if body[0] == "{" else "yaml").warnings == (
                "the API group 'orders' was requested, a document without a title was received",
            )

    def test_a_version_that_yaml_reads_as_a_number_is_not_compared(self, own, retrying):
        own.fault("export", body="swagger: '2.0'\ninfo: {title: orders, version: 1.10}\npaths: {}\n")
        assert exported(retrying, type="yaml", version="1.10").warnings == ()

    @pytest.mark.parametrize(
        "body",
        [
            '{"info": {"title": "orders"' + "[" * 5000 + ', "swagger": "2.0"}',
            "swagger: '2.0'\ninfo:\n  title: [\npaths: {}\n",
        ],
    )
    def test_a_document_that_cannot_be_read_can_still_be_saved(self, own, retrying, body):
        own.fault("export", body=body)
        export = exported(retrying, type="json" if body[0] == "{" else "yaml")
        assert (export.raw, export.warnings) == (body.encode(), ())
        with pytest.raises(apig.DocumentError, match="not valid"):
            _ = export.operations

    def test_a_rejected_oas_version_is_left_out(self, own, retrying):
        for code, field in (("APIG.2012", "oas_version"), ("APIG.2000", "oas_version"), ("APIG.3458", None)):
            own.fault("export", code=code, field=field)
            export = exported(retrying, oas_version="2.0")
            (message,) = export.warnings
            assert message.startswith("this cloud rejected oas_version (4")
            assert code in message
            assert export.request is not None
            assert "oas_version" not in export.request.given

    @pytest.mark.parametrize(
        ("code", "field", "asked"),
        [
            ("APIG.2012", "oas_version", "3.0"),
            ("APIG.3458", None, "3.0"),
            ("APIG.2012", "env_id", "2.0"),
            ("APIG.3458", None, None),
        ],
    )
    def test_an_oas_version_other_than_the_default_is_not_left_out(self, own, retrying, code, field, asked):
        own.fault("export", code=code, field=field)
        with pytest.raises(apig.ServiceError, match=code):
            exported(retrying, oas_version=asked)


class TestRoma:
    def test_roma_connect_has_other_paths(self, own):
        with connected(own, service="roma") as client:
            assert exported(client).definition.title == "orders"
            assert exported(client, mode="async").definition.title == "orders"
            assert {call.split("/")[3] for call in client.log["call"]} == {"apic"}
        with pytest.raises(apig.ArgumentError, match=r"^service: is not known.*allowed: apig, roma"):
            connected(own, service="other")

    def test_every_call_uses_the_paths_of_roma_connect(self):
        asked = []

        def answer(request: httpx.Request) -> httpx.Response:
            asked.append(request.url.path)
            return httpx.Response(200, json={"total": 0})

        with apig.connect(
            endpoint="https://roma.example.com",
            token="t",
            project_id="p" * 32,
            instance_id="i" * 32,
            service="roma",
            transport=httpx.MockTransport(answer),
        ) as client:
            client.gateways()
            client.groups()
        assert asked == [
            f"/v2/{'p' * 32}/apic/instances",
            f"/v2/{'p' * 32}/apic/instances/{'i' * 32}/api-groups",
        ]


@pytest.mark.slow
class TestScale:
    def test_a_full_gateway_is_listed_completely_and_in_order(self, tmp_path):
        """The largest gateway has a quota of 1,500 groups and 8,000 APIs."""
        gateway = tmp_path / "gateway-of-many"
        gateway.mkdir()
        (tmp_path / "account.yaml").write_text(
            "account: demo\nregion: eu-demo-1\nclock: 2026-01-02T03:04:05Z\n"
            "projects:\n  eu-demo-1: {description: Many}\n"
            "users:\n  operator: {password: demo-operator}\ngateways: [gateway-of-many]\n"
        )
        (gateway / "gateway.yaml").write_text("project: eu-demo-1\nspec: BASIC\n")
        expected = []
        for number in range(1500):
            names = [f"API_{number}_{n}" for n in range(6 if number < 500 else 5)]
            expected += names
            written = "".join(
                f"  {name}: {{call: GET /{name}, auth: none, backend: {{type: MOCK, answer: a}}}}\n" for name in names
            )
            (gateway / f"group-{number:04}.yaml").write_text(f"group: group_{number:04}\napis:\n{written}")
        with start(tmp_path) as own, connected(own) as client:
            groups = client.groups()
            apis = client.apis()
            assert groups["name"].tolist() == [f"group_{number:04}" for number in range(1500)]
            assert apis["name"].tolist() == expected
            assert len(apis) == 8000
            assert apis["id"].is_unique
            assert len(client.log) == 3 + 16
            assert client.request(group="group_1499", env="RELEASE", apis=[expected[-1]]).apis == (apis["id"].iloc[-1],)

    def test_pages_are_requested_concurrently(self):
        asked = []
        together = threading.Barrier(4, timeout=60)

        def answer(request: httpx.Request) -> httpx.Response:
            offset = int(request.url.params["offset"])
            asked.append(offset)
            if 500 <= offset <= 2000:
                together.wait()
            items = [{"id": str(n), "name": f"g{n}"} for n in range(offset, min(offset + 500, 2600))]
            return httpx.Response(200, json={"total": 2600, "size": len(items), "groups": items})

        with apig.connect(
            endpoint="https://apig.example.com",
            token="t",
            project_id="p" * 32,
            instance_id="i" * 32,
            transport=httpx.MockTransport(answer),
        ) as client:
            assert client.groups()["name"].tolist() == [f"g{n}" for n in range(2600)]
        assert sorted(asked) == [0, 500, 1000, 1500, 2000, 2500]
