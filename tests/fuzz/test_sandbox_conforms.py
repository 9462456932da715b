"""The sandbox answers as its calls are described, over real HTTP, to good data and bad; with schemathesis."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
import yaml
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from apig_nb.sandbox import Sandbox, start
from tests.sandbox.sandbox_http import RELEASE, Http

DESCRIPTION = Path(__file__).with_name("sandbox.openapi.yaml")
EXAMPLES = int(os.environ.get("APIG_NB_FUZZ_EXAMPLES", "15"))
"""For each call and kind of data; a thousand take a quarter of an hour."""
# A stray method is answered as a stray path is (contract/errors, APIGW.0101), and what the service takes besides the
# documented data is documented nowhere: no check of these two.
CHECKS = [
    *(not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance),
    *(response_schema_conformance, ignored_auth),
]
UNKNOWN = "0" * 32
CALLS = re.findall(r"(?m)^      operationId: (\w+)$", DESCRIPTION.read_text("utf-8"))


@pytest.fixture(scope="module")
def gateway() -> Iterator[Sandbox]:
    """A sandbox of these tests alone: they fill it with tokens and tasks."""
    with start() as running:
        yield running


def described(gateway: Sandbox) -> dict[str, Any]:
    """The description, with ids that this sandbox knows, and some that it does not."""
    description: dict[str, Any] = yaml.safe_load(DESCRIPTION.read_text("utf-8"))
    http = Http(gateway)
    group = http.group_id("orders")
    fields = {"env_id": RELEASE, "group_id": group}
    task = http.post(f"{http.gateway}/openapi/async-export", fields).json()["task_id"]
    known = {
        "ProjectId": [gateway.project_id],
        "InstanceId": [gateway.instance_id],
        "EnvId": [RELEASE, http.env_id("TEST"), UNKNOWN],
        "GroupId": [group, UNKNOWN],
        "ApiId": [*(api["id"] for api in http.list("apis", group_id=group, env_id=RELEASE)), UNKNOWN],
        "TaskId": [task, UNKNOWN],
    }
    for name, values in known.items():
        description["components"]["schemas"][name]["enum"] = values
    return description


@pytest.fixture(scope="module")
def calls(gateway: Sandbox) -> Any:
    return schemathesis.openapi.from_dict(described(gateway))


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("call", CALLS)
def test_a_call_is_answered_as_described(calls: Any, gateway: Sandbox, call: str, mode: GenerationMode) -> None:
    with requests.Session() as session:

        @settings(max_examples=EXAMPLES, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
        @given(calls.find_operation_by_id(call).as_strategy(mode))
        def is_answered(case: Any) -> None:
            headers = {"X-Auth-Token": gateway.token}
            case.call_and_validate(gateway.url, session, headers, checks=CHECKS)

        is_answered()
