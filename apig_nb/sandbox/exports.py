"""The export call and its asynchronous variant (contract/export)."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from starlette.requests import Request

from apig_nb.request import ALLOWED, DEFAULTS
from apig_nb.sandbox import documents, errors
from apig_nb.sandbox.definition import Definition
from apig_nb.sandbox.errors import Refusal
from apig_nb.sandbox.model import Api, Content, Environment, Gateway


@dataclass(frozen=True)
class ExportFields:
    """The fields of an export call, each good in itself."""

    env_id: str
    group_id: str
    define: str
    type: str
    oas_version: str
    version: str | None
    apis: Sequence[str] | None


async def read_fields(request: Request) -> ExportFields:
    """Read and check the fields of a call.

    Raises:
        Refusal: a field is missing or its value will not do.
    """
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise errors.unreadable_body() from error
    if not isinstance(body, dict):
        raise errors.unreadable_body()
    # null is read as "not given"; nothing is documented about it.
    given = {name: value for name, value in body.items() if value is not None}
    for name in ("env_id", "group_id"):
        if not given.get(name):
            raise errors.missing_field(name)
    given["oas_version"] = request.query_params.get("oas_version", DEFAULTS["oas_version"])
    given = {**DEFAULTS, **given}
    for name, allowed in ALLOWED.items():
        if given[name] not in allowed:
            raise errors.invalid_field(name)
    for name in ("env_id", "group_id", "version"):
        if not _is_text(given.get(name, "")):
            raise errors.invalid_field(name)
    apis = given.get("apis", [])
    if not isinstance(apis, list) or not all(map(_is_text, apis)):
        raise errors.invalid_field("apis")
    return ExportFields(
        env_id=given["env_id"],
        group_id=given["group_id"],
        define=given["define"],
        type=given["type"],
        oas_version=given["oas_version"],
        version=given.get("version") or None,
        # An empty list is read as none; nothing is documented about it.
        apis=apis or None,
    )


def _is_text(value: object) -> bool:
    """Whether it is a text that can be written in UTF-8: JSON lets half a character of two parts pass."""
    return isinstance(value, str) and not re.search("[\ud800-\udfff]", value)


def order(content: Content, gateway: Gateway, fields: ExportFields) -> documents.Order:
    """Find what the fields name: the group, then the environment, then the APIs.

    Raises:
        Refusal: one of them does not exist.
    """
    group = gateway.group(fields.group_id)
    if group is None:
        raise errors.unknown_group(fields.group_id)
    environment = gateway.environment(fields.env_id)
    if environment is None:
        raise errors.unknown_environment(fields.env_id)
    return documents.Order(
        gateway=gateway,
        group=group,
        environment=environment,
        define=fields.define,
        oas_version=fields.oas_version,
        type=fields.type,
        version=fields.version or documents.default_version(content.clock),
        definitions=_definitions(group.apis, environment, fields),
        urn_prefix=documents.urn_prefix(content, gateway),
    )


def of_yesterday(order: documents.Order, content: Content) -> documents.Order:
    """The export of a day before, as a cache may have kept it: with its own version, whatever is asked for now."""
    return replace(order, version=documents.default_version(content.clock - timedelta(days=1)))


def _definitions(apis: Sequence[Api], environment: Environment, fields: ExportFields) -> list[tuple[str, Definition]]:
    if fields.define == "dev":
        # The wording of `dev` is ambiguous; the contract favours the current editing state of every API, published
        # or not. The environment must exist but decides nothing.
        states = [(api, api.editing) for api in apis]
    else:
        states = [(api, api.published[environment.name]) for api in apis if environment.name in api.published]
    if fields.apis is not None:
        known, there = {api.id for api in apis}, {api.id for api, _ in states}
        for api_id in fields.apis:
            if api_id not in known:
                raise errors.unknown_api(api_id)
            if api_id not in there:
                raise errors.unpublished_api(api_id)
        states = [(api, definition) for api, definition in states if api.id in fields.apis]
    return [(api.name, definition) for api, definition in states]


@dataclass
class Task:
    """An asynchronous export: it waits at the first look, and is processed at each other until it is done."""

    id: str
    outcome: str
    result: str
    looks_until_done: int
    looks: int = 0

    def look(self) -> dict[str, Any]:
        """Say how the task stands."""
        under_way = "processing" if self.looks else "waiting"
        status = under_way if self.looks < self.looks_until_done else self.outcome
        self.looks += 1
        result = self.result if status == self.outcome else ""
        return {"task_id": self.id, "task_status": status, "task_type": "export_api", "task_result": result}


class Tasks:
    """The asynchronous exports of all gateways."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._tasks: dict[tuple[str, str], Task] = {}

    def start(
        self, gateway: Gateway, fields: ExportFields, looks_until_done: int | None = None, described: bool = False
    ) -> str:
        """Start an export and return the task's id.

        What the fields name is looked for in the task: the page of the call documents no 404, and a failed task holds
        the error.
        """
        try:
            outcome, result = "succeed", _result(order(self._content, gateway, fields), described)
        except Refusal as refusal:
            outcome, result = "failed", refusal.body(request_id="")
        text = json.dumps(result, ensure_ascii=False, separators=(",", ":"))
        task = Task(secrets.token_hex(16), outcome, text, 2 if looks_until_done is None else looks_until_done)
        self._tasks[gateway.id, task.id] = task
        return task.id

    def look(self, gateway: Gateway, task_id: str) -> dict[str, Any]:
        """Say how a task stands.

        Raises:
            Refusal: the gateway has no such task.
        """
        task = self._tasks.get((gateway.id, task_id))
        if task is None:
            raise errors.unknown_task(task_id)
        return task.look()


def _result(written: documents.Order, described: bool) -> dict[str, str]:
    """The result of a finished task: under the keys of the printed example, or of the description of the fields, which
    contradict each other (contract/export).
    """  # noqa: D205 - one sentence
    if described:
        return {"file_type": written.type, "content": documents.write(written)}
    name = f"{written.group.name}-{written.environment.name}-{written.define}-{written.version}"
    return {"FileName": name, "FileType": f".{written.type}", "Comment": documents.write(written)}
