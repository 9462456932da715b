"""The table of calls."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

import apig_nb as apig
from apig_nb.client.transport import Auth, Connection, Endpoints, Request
from apig_nb.client.transport.call_log import CallLog, LoggedCall
from apig_nb.sandbox import start

COLUMNS = {
    "time": "datetime64[us, UTC]",
    "call": "str",
    "status": "Int64",
    "request_id": "str",
    "tries": "Int64",
    "ms": "float64",
    "bytes": "Int64",
}


def test_every_request_leaves_an_entry(sandbox, client):
    export = client.export(group="orders", env="RELEASE")
    with pytest.raises(apig.ServiceError):
        client.export(group="0" * 32, env="RELEASE")
    log = client.log
    base = f"/v2/{client.project_id}/apigw/instances/{client.instance_id}"
    assert log["call"].tolist() == [
        f"GET {base}/api-groups", *[f"POST {base}/openapi/export"] * 2,
    ]  # fmt: skip
    assert log["status"].tolist() == [200, 200, 404]
    assert log["request_id"][1] == export.request_id != log["request_id"][0]
    assert log["tries"].tolist() == [1, 1, 1]
    assert log["bytes"][1] == export.size
    assert (log["ms"] > 0).all()
    assert log["time"].is_monotonic_increasing


def test_an_empty_log_has_the_same_columns_and_dtypes(sandbox):
    with apig.connect(endpoint=sandbox.url, token=sandbox.token, project_id=sandbox.project_id) as client:
        assert {name: str(dtype) for name, dtype in client.log.dtypes.items()} == COLUMNS
        client.gateways()
        assert {name: str(dtype) for name, dtype in client.log.dtypes.items()} == COLUMNS


def test_a_call_without_an_answer_is_logged():
    with start() as own, apig.connect(
        endpoint=own.url, token=own.token, project_id=own.project_id, limits=apig.Limits(pause=0.01, retries=2)
    ) as client:  # fmt: skip
        own.fault("instances", disconnect=True, times=3)
        with pytest.raises(apig.TransportError):
            client.gateways()
        (entry,) = client.log.to_dict("records")
        assert entry["tries"] == 3
        assert entry["request_id"] == ""
        assert client.log[["status", "bytes"]].isna().all(axis=None)


def test_the_log_has_no_secret(sandbox, client):
    client.export(group="orders", env="RELEASE")
    assert sandbox.token not in client.log.to_csv()


def test_calls_made_by_the_credentials_are_logged(sandbox):
    class LoggingIn(Auth):
        def auth_flow(self, request):
            yield Request("GET", f"{sandbox.url}/v3/auth/projects")
            request.headers["X-Auth-Token"] = sandbox.token
            yield request

    connection = Connection(Endpoints.checked(sandbox.url), LoggingIn(), apig.Limits())
    connection.apig("GET", f"/v2/{sandbox.project_id}/apigw/instances")
    log = connection.log.frame()
    connection.close()
    assert log["call"].tolist() == ["GET /v3/auth/projects", f"GET /v2/{sandbox.project_id}/apigw/instances"]
    assert log["status"].tolist() == [401, 200]
    assert log["request_id"].str.len().tolist() == [32, 32]


def entry(number: int) -> LoggedCall:
    return LoggedCall(datetime.now(UTC), f"GET /{number}", 200, "", 1, 1.0, number)


def test_the_oldest_calls_are_dropped():
    log = CallLog(length=3)
    for number in range(5):
        log.add(entry(number))
    assert log.frame()["bytes"].tolist() == [2, 3, 4]


def test_threads_may_add_calls_while_the_log_is_read():
    log = CallLog()

    def write(number: int) -> None:
        for _ in range(100):
            log.add(entry(number))

    with ThreadPoolExecutor(8) as threads:
        for number in range(7):
            threads.submit(write, number)
        lengths = [len(log.frame()) for _ in range(20)]
    assert lengths == sorted(lengths)
    assert len(log.frame()) == 700
