"""The export call and its asynchronous variant.

Sources:
https://github.com/opentelekomcloud-docs/api-gateway/blob/main/api-ref/source/dedicated_gateway_apis_v2/api_import_and_export/exporting_apis.rst
https://github.com/opentelekomcloud-docs/api-gateway/tree/main/api-ref/source/dedicated_gateway_apis_v2/asynchronous_task_management
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from starlette.requests import Request

from apig_nb.request import ALLOWED, DEFAULTS
from apig_nb.sandbox import error_answers
from apig_nb.sandbox.api_state import ApiState
from apig_nb.sandbox.content_model import Api, Content, Environment, Gateway
from apig_nb.sandbox.document_writer import ResolvedExport, default_version, urn_prefix, write_document
from apig_nb.sandbox.error_answers import ErrorAnswer


@dataclass(frozen=True)
class ExportFields:
    """The fields of an export call, each with a valid value."""

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
        ErrorAnswer: a field is missing or invalid.
    """
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise error_answers.unreadable_body() from error
    if not isinstance(body, dict):
        raise error_answers.unreadable_body()
    # null counts as "not given"; the documentation does not say.
    given = {name: value for name, value in body.items() if value is not None}
    for name in ("env_id", "group_id"):
        if not given.get(name):
            raise error_answers.missing_field(name)
    given["oas_version"] = request.query_params.get("oas_version", DEFAULTS["oas_version"])
    given = {**DEFAULTS, **given}
    for name, allowed in ALLOWED.items():
        if given[name] not in allowed:
            raise error_answers.invalid_field(name)
    for name in ("env_id", "group_id", "version"):
        if not _is_text(given.get(name, "")):
            raise error_answers.invalid_field(name)
    apis = given.get("apis", [])
    if not isinstance(apis, list) or not all(map(_is_text, apis)):
        raise error_answers.invalid_field("apis")
    return ExportFields(
        env_id=given["env_id"],
        group_id=given["group_id"],
        define=given["define"],
        type=given["type"],
        oas_version=given["oas_version"],
        version=given.get("version") or None,
        # An empty list counts as "not given"; the documentation does not say.
        apis=apis or None,
    )


def _is_text(value: object) -> bool:
    """Test for a string that UTF-8 can encode: JSON allows lone surrogates, which it cannot."""
    return isinstance(value, str) and not re.search("[\ud800-\udfff]", value)


def resolve(content: Content, gateway: Gateway, fields: ExportFields) -> ResolvedExport:
    """Look up the group, the environment and the APIs, in this order.

    Raises:
        ErrorAnswer: one of them does not exist.
    """
    group = gateway.group(fields.group_id)
    if group is None:
        raise error_answers.unknown_group(fields.group_id)
    environment = gateway.environment(fields.env_id)
    if environment is None:
        raise error_answers.unknown_environment(fields.env_id)
    return ResolvedExport(
        gateway=gateway,
        group=group,
        environment=environment,
        define=fields.define,
        oas_version=fields.oas_version,
        type=fields.type,
        version=fields.version or default_version(content.clock),
        apis=_selected_apis(group.apis, environment, fields),
        urn_prefix=urn_prefix(content, gateway),
    )


def dated_yesterday(export: ResolvedExport, content: Content) -> ResolvedExport:
    """Return the same export with yesterday's version, as a stale cache would send it."""
    return replace(export, version=default_version(content.clock - timedelta(days=1)))


def _selected_apis(apis: Sequence[Api], environment: Environment, fields: ExportFields) -> list[tuple[str, ApiState]]:
    if fields.define == "dev":
        # The development definition: that of published APIs, and that of APIs that are not published, as edited.
        # https://support.huaweicloud.com/intl/en-us/usermanual-apig/apig_03_0015.html
        states = [(api, api.published.get(environment.name, api.editing)) for api in apis]
    else:
        states = [(api, api.published[environment.name]) for api in apis if environment.name in api.published]
    if fields.apis is not None:
        known, selected, wanted = {api.id for api in apis}, {api.id for api, _ in states}, set(fields.apis)
        for api_id in fields.apis:
            if api_id not in known:
                raise error_answers.unknown_api(api_id)
            if api_id not in selected:
                raise error_answers.unpublished_api(api_id)
        states = [(api, state) for api, state in states if api.id in wanted]
    return [(api.name, state) for api, state in states]


@dataclass
class Task:
    """An asynchronous export: waiting at the first poll, then processing until it is finished."""

    id: str
    outcome: str
    result: str
    polls_until_done: int
    polls: int = 0

    def poll(self) -> dict[str, Any]:
        """Return the status of the task."""
        unfinished = "processing" if self.polls else "waiting"
        status = unfinished if self.polls < self.polls_until_done else self.outcome
        self.polls += 1
        result = self.result if status == self.outcome else ""
        return {"task_id": self.id, "task_status": status, "task_type": "export_api", "task_result": result}


MOST_TASKS: Final = 200
"""The number of asynchronous exports that are kept, each with its document."""
MOST_CHARACTERS: Final = 64 * 2**20
"""The number of characters of all documents that are kept; the newest may be longer."""


class Tasks:
    """The last asynchronous exports of all gateways."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._tasks: dict[tuple[str, str], Task] = {}

    def start(
        self, gateway: Gateway, fields: ExportFields, polls_until_done: int | None = None, documented_keys: bool = False
    ) -> str:
        """Start an export and return the task's id.

        Ids are looked up by the task: the page of the call documents no 404, and a failed task contains the error.
        """
        try:
            outcome, result = "succeed", _result(resolve(self._content, gateway, fields), documented_keys)
        except ErrorAnswer as answer:
            outcome, result = "failed", answer.body(request_id="")
        text = json.dumps(result, ensure_ascii=False, separators=(",", ":"))
        task = Task(secrets.token_hex(16), outcome, text, 2 if polls_until_done is None else polls_until_done)
        self._tasks[gateway.id, task.id] = task
        self._forget_oldest()
        return task.id

    def _forget_oldest(self) -> None:
        size = sum(len(task.result) for task in self._tasks.values())
        while len(self._tasks) > 1 and (len(self._tasks) > MOST_TASKS or size > MOST_CHARACTERS):
            size -= len(self._tasks.pop(next(iter(self._tasks))).result)

    def poll(self, gateway: Gateway, task_id: str) -> dict[str, Any]:
        """Return the status of a task.

        Raises:
            ErrorAnswer: the gateway has no such task.
        """
        task = self._tasks.get((gateway.id, task_id))
        if task is None:
            raise error_answers.unknown_task(task_id)
        return task.poll()


def _result(export: ResolvedExport, documented_keys: bool) -> dict[str, str]:
    """Return the result of a finished task.

    The page of the call contradicts itself: its example has other keys than its table of fields.
    """
    if documented_keys:
        return {"file_type": export.type, "content": write_document(export)}
    name = f"{export.group.name}-{export.environment.name}-{export.define}-{export.version}"
    return {"FileName": name, "FileType": f".{export.type}", "Comment": write_document(export)}
