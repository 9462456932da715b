"""Helpers: HTTP calls to a sandbox, and example answers to compare with."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from apig_nb.sandbox import Sandbox

EXAMPLES = Path(__file__).parents[2].parent / "shared" / "contract" / "examples"
RELEASE = "DEFAULT_ENVIRONMENT_RELEASE_ID"

needs_examples = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="needs ../shared/contract/examples")


def example(name: str) -> Any:
    """Return an example answer."""
    return json.loads((EXAMPLES / "responses" / name).read_text(encoding="utf-8"))


def shape(value: Any) -> Any:
    """Return the keys and types of a JSON value; for a list, the set of shapes of its items."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return sorted({json.dumps(shape(item)) for item in value})
    return type(value).__name__


def types(items: list[dict[str, Any]]) -> dict[str, set[str]]:
    """Return all keys of the items of a list with the types of their values."""
    keys = {key for item in items for key in item}
    return {key: {type(item[key]).__name__ for item in items if key in item} for key in keys}


class Http:
    """An HTTP client with a token for a sandbox."""

    def __init__(self, sandbox: Sandbox, token: str | None = None, instance_id: str | None = None) -> None:
        self.headers = {"X-Auth-Token": sandbox.token if token is None else token}
        self.project = f"{sandbox.url}/v2/{sandbox.project_id}/apigw/instances"
        self.gateway = f"{self.project}/{instance_id or sandbox.instance_id}"
        self.iam = f"{sandbox.url}/v3"

    def get(self, url: str, **query: Any) -> httpx.Response:
        return self._send("GET", url, params=query)

    def post(self, url: str, body: Any = None, **query: Any) -> httpx.Response:
        return self._send("POST", url, json=body, params=query)

    def _send(self, method: str, url: str, **more: Any) -> httpx.Response:
        # Without `verify=False` every call would load the certificates of the system, although there is no TLS here.
        return httpx.request(method, url, headers=self.headers, verify=False, **more)

    def list(self, what: str, **query: Any) -> Any:
        answer = self.get(f"{self.gateway}/{what}", limit=500, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()[{"api-groups": "groups"}.get(what, what)]

    def group_id(self, name: str) -> str:
        return str(self.list("api-groups", name=name, precise_search="name")[0]["id"])

    def env_id(self, name: str) -> str:
        return str(self.list("envs", name=name)[0]["id"])

    def api_id(self, name: str) -> str:
        return str(self.list("apis", name=name, precise_search="name")[0]["id"])

    def export(self, group: str = "orders", oas_version: str | None = None, **body: Any) -> httpx.Response:
        query = {} if oas_version is None else {"oas_version": oas_version}
        fields = {"env_id": RELEASE, "group_id": self.group_id(group), **body}
        return self.post(f"{self.gateway}/openapi/export", fields, **query)
