"""Each kind of credentials against a running sandbox, over real HTTP."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

import apig_nb as apig
from apig_nb.client.credentials import AgencyAuth, KeyAuth, PasswordAuth, TokenAuth
from apig_nb.client.credentials.iam_token import needs_new_token
from apig_nb.sandbox import Sandbox, start

# Servers of these tests have no gateway, of which the client warns.
pytestmark = pytest.mark.filterwarnings("ignore:the list of gateways is empty")

OPERATOR: dict[str, Any] = {"username": "operator", "password": "demo-operator", "domain_name": "retail_demo"}
GUARDED: dict[str, Any] = {"username": "guarded", "password": "demo-guarded", "domain_name": "retail_demo"}
PARTNER: dict[str, Any] = {"username": "partner", "password": "demo-partner", "domain_name": "retail_demo"}
AGENCY = {"agency_name": "export_helper", "agency_domain_name": "retail_demo"}
PROJECT = {"project": {"name": "eu-demo-1"}}


def connected(own: Sandbox, **given: Any) -> apig.Client:
    return apig.connect(endpoint=own.url, **given)


def logins(client: apig.Client) -> int:
    """Return the number of logins."""
    return int((client.log["call"] == "POST /v3/auth/tokens").sum())


class AdjustableClock:
    """Calls with a password and an adjustable clock."""

    def __init__(self, own: Sandbox, **given: Any) -> None:
        self._url, self._time, self.logins = own.url, time.time(), 0
        self._tokens: list[str] = []
        self._auth = PasswordAuth(own.url, PROJECT, **given or OPERATOR, clock=lambda: self._time)

    def __enter__(self) -> "AdjustableClock":
        self._http = httpx.Client(auth=self._auth, trust_env=False, event_hooks={"request": [self._see]})
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._http.close()

    def _see(self, request: httpx.Request) -> None:
        self.logins += "X-Auth-Token" not in request.headers
        self._tokens.append(request.headers.get("X-Auth-Token", ""))

    def call(self, hours: float) -> str:
        """Make a call after a number of hours; return its token."""
        self._time += hours * 3600
        assert self._http.get(f"{self._url}/v3/auth/projects").status_code == 200
        return self._tokens[-1]


class TestPassword:
    @pytest.mark.parametrize(
        "project", [{"project_name": "eu-demo-1"}, {"region": "eu-demo-1"}, {"project_name": "eu-demo-1_team"}]
    )
    def test_a_project_may_be_given_by_name(self, own: Sandbox, project: Any) -> None:
        with connected(own, **OPERATOR, **project) as client:
            ids = client.projects().set_index("name")["id"]
            assert client.project_id == ids[project.get("project_name", "eu-demo-1")]
            assert len(client.gateways()) > 0
            assert logins(client) == 1

    def test_nothing_is_sent_when_the_project_id_is_known(self, own: Sandbox) -> None:
        with connected(own, **OPERATOR, project_id=own.project_id) as client:
            assert len(client.log) == 0
            assert len(client.export(group="orders", env="RELEASE", gateway="retail-prod").operations) > 0
            assert logins(client) == 1

    def test_an_unknown_project_is_an_error_of_iam(self, own: Sandbox) -> None:
        with pytest.raises(apig.ServiceError, match=r"no token from 127\.0\.0\.1.*no such project"):
            connected(own, **OPERATOR, project_name="nowhere")

    @pytest.mark.parametrize("wrong", [{"username": "nobody"}, {"password": "wr0ng"}, {"domain_name": "elsewhere"}])
    def test_a_wrong_login_is_an_error_and_is_not_retried(self, own: Sandbox, wrong: Any) -> None:
        with connected(own, **OPERATOR | wrong, project_id=own.project_id) as client:
            with pytest.raises(apig.ServiceError, match=r"^401: .*The username or password is wrong"):
                client.gateways()
            with pytest.raises(apig.ServiceError, match=r"Not tried again, as failed logins lock the user"):
                client.gateways()
            assert logins(client) == 1

    def test_a_user_may_be_given_by_id(self, own: Sandbox) -> None:
        from apig_nb.sandbox.content_model import derived_id

        user = {"user_id": derived_id("user", "operator"), "password": "demo-operator"}
        with connected(own, **user, project_name="eu-demo-1") as client:
            assert len(client.gateways()) > 0

    def test_a_missing_argument_is_named(self, own: Sandbox) -> None:
        for missing in ("username", "password", "domain_name"):
            given = {name: value for name, value in OPERATOR.items() if name != missing}
            with pytest.raises(apig.CredentialsError, match=f"^{missing}.* is missing"):
                connected(own, **given, project_name="eu-demo-1")
        with pytest.raises(apig.ArgumentError, match=r"^project_id: is missing; give it, or project_name=, or region="):
            connected(own, **OPERATOR)

    def test_a_password_is_sent_only_over_https(self) -> None:
        with pytest.raises(apig.CredentialsError, match=r"^iam_endpoint .* is plain http"):
            apig.connect(region="eu-de", iam_endpoint="http://iam.example.com", **OPERATOR)


class TestPasscode:
    def test_a_passcode_is_sent_with_the_password(self, own: Sandbox) -> None:
        from apig_nb.sandbox.content_model import derived_id

        for who in ({}, {"user_id": derived_id("user", "guarded")}):
            with connected(own, **GUARDED, **who, passcode="123456", project_name="eu-demo-1") as client:
                assert len(client.gateways()) > 0

    @pytest.mark.parametrize("given", [{}, {"passcode": "654321"}])
    def test_a_missing_or_wrong_passcode_is_an_error(self, own: Sandbox, given: Any) -> None:
        with pytest.raises(apig.ServiceError, match=r"^401: "):
            connected(own, **GUARDED, **given, project_name="eu-demo-1")

    def test_digits_are_valid_once_and_a_function_is_called_each_time(self, own: Sandbox) -> None:
        project = {"project_id": own.project_id}
        with connected(own, **GUARDED, passcode="123456", **project) as client:
            client.gateways()
            own.expire_tokens()
            with pytest.raises(apig.CredentialsError, match=r"a passcode works once: connect again with a new one"):
                client.gateways()
        with connected(own, **GUARDED, passcode=lambda: "123456", **project) as client:
            client.gateways()
            own.expire_tokens()
            assert len(client.gateways()) > 0


class TestRenewal:
    def test_an_expired_token_is_renewed_once(self, own: Sandbox) -> None:
        with connected(own, **OPERATOR, project_id=own.project_id) as client:
            client.gateways()
            own.expire_tokens()
            assert len(client.gateways()) > 0
            assert len(client.projects()) > 0
            assert logins(client) == 2

    def test_a_service_that_rejects_every_token_gets_few_calls(self, own: Sandbox) -> None:
        with connected(own, **OPERATOR, project_id=own.project_id) as client:
            own.fault("instances", status=401, times=2)
            with pytest.raises(apig.ServiceError, match=r"APIC\.7102"):
                client.gateways()
            assert logins(client) == 2
            assert len(client.gateways()) > 0
            assert logins(client) == 2

    def test_threads_share_one_login(self, own: Sandbox) -> None:
        with connected(own, **OPERATOR, project_id=own.project_id) as client:
            with ThreadPoolExecutor(8) as pool:
                assert len(set(pool.map(lambda _: len(client.gateways()), range(16)))) == 1
            assert logins(client) == 1
            own.expire_tokens()
            with ThreadPoolExecutor(8) as pool:
                assert len(set(pool.map(lambda _: len(client.gateways()), range(16)))) == 1
            assert logins(client) == 2

    def test_a_token_is_renewed_before_it_expires(self, own: Sandbox) -> None:
        with AdjustableClock(own) as ticking:
            tokens = [ticking.call(hours) for hours in (0, 22.9, 0.2)]
            assert ticking.logins == 2
        assert tokens[0] == tokens[1] != tokens[2]

    @pytest.mark.parametrize("hours", [-48, -1, 48, 24 * 3650])
    def test_a_change_of_the_clock_causes_one_login_at_most(self, own: Sandbox, hours: float) -> None:
        with AdjustableClock(own) as ticking:
            for jump in (0, hours, 0.1, 0.1):
                ticking.call(jump)
            assert ticking.logins == (1 if hours < 0 else 2)
            # Set back, the clock says nothing of the token's end; the service does.
            own.expire_tokens()
            for _ in range(2):
                ticking.call(0)
            assert ticking.logins == (2 if hours < 0 else 3)

    @pytest.mark.parametrize("hours", [23.5, 48])
    def test_a_token_that_cannot_be_renewed_is_used_until_it_expires(self, own: Sandbox, hours: float) -> None:
        """The passcode cannot be used again, and a change of the clock does not end the token."""
        with AdjustableClock(own, **GUARDED, passcode="123456") as ticking:
            assert ticking.call(0) == ticking.call(hours)
            own.expire_tokens()
            with pytest.raises(apig.CredentialsError, match="a passcode works once: connect again with a new one"):
                ticking.call(0)

    @pytest.mark.parametrize("ends", ["2026-01-02T03:04:05Z", "2026-01-01T00:00:00Z", "soon", None])
    def test_a_token_that_is_issued_expired_causes_one_login_per_call(self, own: Sandbox, ends: Any) -> None:
        body = {"token": {"issued_at": "2026-01-02T03:04:05Z", "expires_at": ends}}

        def answer(request: httpx.Request) -> httpx.Response:
            is_login = request.url.path == "/v3/auth/tokens"
            headers = {"X-Subject-Token": "t0ken"} if is_login else {}
            return httpx.Response(201 if is_login else 200, headers=headers, json=body if is_login else {"total": 0})

        with apig.connect(region="eu-de", **OPERATOR, project_id="p", transport=httpx.MockTransport(answer)) as client:
            client.gateways()
            client.gateways()
            # Without an expiry, it has the documented lifetime.
            assert logins(client) == (2 if str(ends).startswith("2026") else 1)

    def test_an_expired_given_token_is_a_clear_error(self, own: Sandbox) -> None:
        with connected(own, token=own.token_for("operator"), project_id=own.project_id) as client:
            own.expire_tokens()
            with pytest.raises(apig.ServiceError, match=r"Get a new token") as caught:
                client.gateways()
            assert caught.value.error_code == "APIGW.0307"

    def test_a_failed_login_releases_the_waiting_threads(self, own: Sandbox) -> None:
        auth = PasswordAuth(own.url, PROJECT, **OPERATOR)
        flow = auth.sync_auth_flow(httpx.Request("GET", own.url))
        next(flow)
        flow.close()
        done = threading.Event()

        def again() -> None:
            next(auth.sync_auth_flow(httpx.Request("GET", own.url)))
            done.set()

        threading.Thread(target=again, daemon=True).start()
        assert done.wait(60)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (401, {"error_code": "APIG.1001", "error_msg": "x"}, True),
        (401, {"error_code": "APIG.1002", "error_msg": "x"}, True),
        (401, {"error_code": "APIC.7102", "error_msg": "x"}, True),
        (401, {"error_code": "APIGW.0307", "error_msg": "x"}, True),
        (401, {"error_code": "APIG.0307", "error_msg": "x"}, True),
        (401, {"error_code": "APIGW.0301", "error_msg": "Incorrect IAM authentication: decrypt token fail"}, True),
        (401, {"error_code": "APIG.0301", "error_msg": "Incorrect IAM authentication: token expires"}, True),
        (401, {"error": {"code": 401, "message": "The token must be updated", "title": "Unauthorized"}}, True),
        (401, {"error_code": "APIGW.0301", "error_msg": "verify aksk signature fail"}, False),
        (401, {"error_code": "APIG.1003", "error_msg": "no project"}, False),
        (403, {"error_code": "APIG.1001", "error_msg": "x"}, False),
        (401, "<html>sign in</html>", False),
        (200, {"error_code": "APIG.1001"}, False),
    ],
)
def test_answers_that_require_a_new_token(status: int, body: Any, expected: bool) -> None:
    answer = httpx.Response(status, json=body) if isinstance(body, dict) else httpx.Response(status, text=body)
    assert needs_new_token(answer) is expected


class TestAccessKey:
    def test_every_call_is_signed(self, own: Sandbox) -> None:
        key = {"access_key": own.access_key, "secret_key": own.secret_key}
        with connected(own, **key, region="eu-demo-1") as client:
            assert client.project_id == own.project_id
            assert len(client.groups(gateway="retail-prod")) > 1
            export = client.export(group="通知", env="RELEASE", define="all", oas_version="3.0", gateway="retail-prod")
            assert export.definition.title == "通知"
            assert logins(client) == 0

    def test_a_temporary_key_needs_its_security_token(self, own: Sandbox) -> None:
        body = {"auth": {"identity": {"methods": ["token"], "token": {"duration_seconds": 900}}}}
        answer = httpx.post(
            f"{own.url}/v3.0/OS-CREDENTIAL/securitytokens",
            json=body,
            headers={"X-Auth-Token": own.token_for("operator")},
            trust_env=False,
        )
        got = answer.json()["credential"]
        key = {"access_key": got["access"], "secret_key": got["secret"], "project_id": own.project_id}
        with connected(own, **key, security_token=got["securitytoken"]) as client:
            assert len(client.gateways()) > 0
        with connected(own, **key) as client, pytest.raises(apig.ServiceError, match="Unknown access key"):
            client.gateways()

    def test_a_wrong_key_is_tried_once_for_each_call(self) -> None:
        with start() as own:
            key = {"access_key": own.access_key, "secret_key": "wr0ng", "project_id": own.project_id}
            with connected(own, **key) as client:
                for _ in range(5):
                    with pytest.raises(apig.ServiceError, match=r"do not retry, the key locks"):
                        client.gateways()
                assert client.log["tries"].tolist() == [1] * 5
                with pytest.raises(apig.ServiceError, match=r"The key is locked for 5 minutes"):
                    client.gateways()

    def test_access_key_and_secret_key_are_both_required(self, own: Sandbox) -> None:
        with pytest.raises(apig.CredentialsError, match=r"^secret_key is missing"):
            connected(own, access_key="AK", project_id="p")


class TestAgency:
    def test_an_agency_is_assumed_with_the_token_of_a_user(self, own: Sandbox) -> None:
        with connected(own, **PARTNER, **AGENCY, project_name="eu-demo-1") as client:
            assert len(client.gateways()) > 0
            assert logins(client) == 2
        # Who may not list gateways gets an empty list.
        with connected(own, **PARTNER, project_name="eu-demo-1") as client:
            assert client.gateways().empty

    def test_an_agency_is_assumed_with_a_given_token(self, own: Sandbox) -> None:
        token = own.token_for("partner")
        with connected(own, token=token, **AGENCY, project_id=own.project_id) as client:
            assert len(client.gateways()) > 0

    def test_an_agency_token_is_renewed_with_the_user_token(self, own: Sandbox) -> None:
        with connected(own, **PARTNER, **AGENCY, project_id=own.project_id) as client:
            client.gateways()
            own.expire_tokens()
            assert len(client.gateways()) > 0
            assert logins(client) == 5  # two, the agency's refused, two

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"agency_name": "none"}, "^404: "),
            ({"agency_domain_name": "elsewhere"}, "^404: "),
            ({"username": "operator", "password": "demo-operator"}, "^403: .*Agent Operator"),
        ],
    )
    def test_errors_of_iam_are_raised(self, own: Sandbox, changes: Any, message: str) -> None:
        with pytest.raises(apig.ServiceError, match=message):
            connected(own, **PARTNER | AGENCY | changes, project_name="eu-demo-1")

    def test_an_access_key_cannot_assume_an_agency(self, own: Sandbox) -> None:
        key = {"access_key": own.access_key, "secret_key": own.secret_key}
        with pytest.raises(apig.CredentialsError, match=r"assumed with a user's token"):
            connected(own, **key, **AGENCY, project_id="p")


def test_no_repr_shows_a_secret() -> None:
    password = PasswordAuth("https://iam.example.com", PROJECT, **OPERATOR)
    agency = AgencyAuth("https://iam.example.com", PROJECT, password, agency_name="a", agency_domain_name="d")
    kinds = (TokenAuth("t0ken"), KeyAuth("AK", "SK"), password, agency)
    assert [repr(kind) for kind in kinds] == [
        "TokenAuth(***)",
        "KeyAuth(***)",
        "PasswordAuth(***)",
        "AgencyAuth(PasswordAuth(***))",
    ]


def test_a_page_of_a_proxy_in_place_of_iam_is_a_clear_error() -> None:
    def page(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text="<html>welcome</html>")

    with (
        apig.connect(region="eu-de", **OPERATOR, project_id="p", transport=httpx.MockTransport(page)) as client,
        pytest.raises(apig.CredentialsError, match=r"answered the login without a token: is it IAM's address"),
    ):
        client.gateways()


def test_a_redirect_of_the_login_is_not_followed() -> None:
    hosts = []

    def elsewhere(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        return httpx.Response(307, headers={"Location": "https://evil.example.com/v3/auth/tokens"})

    with (
        apig.connect(region="eu-de", **OPERATOR, project_id="p", transport=httpx.MockTransport(elsewhere)) as client,
        pytest.raises(apig.ServiceError, match=r"the answer is a redirect, which is not followed"),
    ):
        client.gateways()
    assert set(hosts) == {"iam.eu-de.otc.t-systems.com"}
