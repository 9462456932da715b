"""The sandbox conforms to its OpenAPI description for valid and invalid data over HTTP; with schemathesis."""

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

pytestmark = pytest.mark.slow

DESCRIPTION = Path(__file__).with_name("sandbox.openapi.yaml")
EXAMPLES = int(os.environ.get("APIG_NB_FUZZ_EXAMPLES", "5"))
"""Number of requests for each call and kind of data; with 1,000 the test takes about 15 minutes."""
# Two checks are left out: an unknown method is answered as an unknown path (APIGW.0101), and the documentation does not
# say which data the service accepts beyond the documented.
CHECKS = [
    *(not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance),
    *(response_schema_conformance, ignored_auth),
]
UNKNOWN = "0" * 32
CALLS = re.findall(r"(?m)^      operationId: (\w+)$", DESCRIPTION.read_text("utf-8"))


@pytest.fixture(scope="module")
def gateway() -> Iterator[Sandbox]:
    """A separate sandbox, since these tests create many tokens and tasks."""
    with start() as running:
        yield running


def described(gateway: Sandbox) -> dict[str, Any]:
    """Return the description with enumerations of ids, known and unknown ones."""
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
def test_call_conforms_to_description(calls: Any, gateway: Sandbox, call: str, mode: GenerationMode) -> None:
    with requests.Session() as session:

        @settings(max_examples=EXAMPLES, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
        @given(calls.find_operation_by_id(call).as_strategy(mode))
        def is_answered(case: Any) -> None:
            headers = {"X-Auth-Token": gateway.token}
            case.call_and_validate(gateway.url, session, headers, checks=CHECKS)

        is_answered()
