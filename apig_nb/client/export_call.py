"""The export call, direct or as a task.

Source: https://support.huaweicloud.com/eu/api-apig/ExportApiDefinitionsV2.html
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import perf_counter
from typing import Final, TypeVar

from apig_nb.client.answer_check import mismatches, read_answer
from apig_nb.client.service_errors import request_id
from apig_nb.client.tasks import ExportTask, Progress
from apig_nb.client.transport import Answer, Connection
from apig_nb.errors import (
    ApigError,
    ArgumentError,
    DocumentError,
    ExportCancelledError,
    NoConnectionInTimeError,
    ServiceError,
    TransportTimeout,
)
from apig_nb.export import Export
from apig_nb.request import DEFAULTS, ExportRequest, checked_id

T = TypeVar("T")

MODES: Final = ("direct", "async", "auto")
"""An export is made directly; as a task; or directly, and as a task where that fails for size or time."""

TOO_LARGE_STATUSES: Final = frozenset({413, 504})
"""Statuses of a direct call that is too large or takes too long."""

_REPEATED: Final = "the answer repeated a secret of these credentials, which is replaced by ***"

OLD_CLOUD_CODES: Final = ("APIG.2011", "APIG.2012", "APIG.3458")
"""Codes with which a cloud may reject a field that it does not have."""


def checked_mode(mode: str) -> str:
    """Return a mode.

    Raises:
        ArgumentError: there is no such mode.
    """
    if mode not in MODES:
        raise ArgumentError("mode", mode, "is not known", MODES)
    return mode


@dataclass(frozen=True)
class ExportCall:
    """Makes exports through one connection.

    Attributes:
        connection: makes the calls.
        service: `apig` or `roma`.
        names: id → name of what was listed.
    """

    connection: Connection
    service: str
    names: Mapping[str, str]

    def make(
        self,
        request: ExportRequest,
        mode: str,
        progress: Callable[[Progress], object] | None,
        cancelled: threading.Event | None,
    ) -> Export:
        """Make an export in one of the `MODES`."""
        if mode == "async":
            return self.start(request, cancelled).wait(progress)
        if mode == "direct":
            return self.direct(request)
        try:
            return self.direct(request, final=TOO_LARGE_STATUSES)
        except ServiceError as error:
            if error.status_code not in TOO_LARGE_STATUSES:
                raise
            reason = f"{error.status_code} {error.error_code}"
        except NoConnectionInTimeError:
            raise
        except TransportTimeout as error:
            reason = str(error).partition(";")[0]
        if cancelled is not None and cancelled.is_set():
            raise ExportCancelledError("the export was cancelled before it was started as a task")
        try:
            export = self.start(request, cancelled).wait(progress)
        except ApigError as error:
            error.add_note(f"The direct call had failed for size or time ({reason})")
            raise
        note = f"the direct call failed for size or time ({reason}), so the export was made as a task"
        return replace(export, warnings=(note, *export.warnings))

    def direct(self, request: ExportRequest, final: frozenset[int] = frozenset()) -> Export:
        """Make an export by the call that answers with the document."""

        def export(sent: ExportRequest, notes: tuple[str, ...]) -> Export:
            begin = perf_counter()
            answer = self.connection.apig("POST", sent.path(self.service), sent.query, sent.body, final)
            return self._export(answer.content, answer, sent, begin, notes)

        return _retry_without_oas_version(request, export)

    def start(self, request: ExportRequest, cancelled: threading.Event | None = None) -> ExportTask:
        """Start an export as a task."""

        def task(sent: ExportRequest, notes: tuple[str, ...]) -> ExportTask:
            begin = perf_counter()
            path = sent.path(self.service, as_task=True)
            answer = self.connection.apig("POST", path, sent.query, sent.body)
            task_id = answer.json_object("answer of the asynchronous export").get("task_id")
            if not isinstance(task_id, str) or not task_id:
                raise DocumentError("the answer of the asynchronous export has no task_id")
            task_path = f"{sent.gateway_path(self.service)}/async-tasks/{checked_id('task_id', task_id)}"
            return ExportTask(
                task_id,
                lambda: self.connection.apig("GET", task_path),
                lambda raw, answer: self._export(raw, answer, sent, begin, notes),
                cancelled=cancelled,
                first_pause=self.connection.limits.pause,
                is_closed=lambda: self.connection.is_closed,
            )

        return _retry_without_oas_version(request, task)

    def named(self, export: Export, request: ExportRequest) -> Export:
        """Return an export with the names of gateway, group and environment, as far as they are known."""
        named = self.names.get
        return replace(
            export,
            gateway=named(request.instance_id),
            group=named(request.group_id),
            environment=named(request.env_id),
        )

    def _export(
        self, raw: bytes, answer: Answer, request: ExportRequest, begin: float, notes: tuple[str, ...]
    ) -> Export:
        export = Export(
            raw=raw,
            request=request,
            status_code=answer.status_code,
            request_id=request_id(answer.headers),
            time=datetime.now(UTC),
            duration=perf_counter() - begin,
            scope=request.define,
        )
        export = self.named(export, request)
        definition = read_answer(export, answer)
        note = (_REPEATED,) if answer.held_secret else ()
        if warnings := (*notes, *note, *mismatches(export, definition)):
            export = replace(export, warnings=warnings)
            if definition is not None:
                # In the cache of the property, so that the document is read once.
                export.__dict__["definition"] = definition
        return export


def _retry_without_oas_version(request: ExportRequest, call: Callable[[ExportRequest, tuple[str, ...]], T]) -> T:
    """Make a call, and repeat it without `oas_version` where the field is rejected and has the default value.

    Older clouds do not have the field.
    """
    try:
        return call(request, ())
    except ServiceError as error:
        if not _rejects_oas_version(error, request):
            raise
        reason = f"{error.status_code} {error.error_code}"
    note = f"this cloud rejected oas_version ({reason}); sent again without it: its default is {request.oas_version}"
    return call(request.replace(oas_version=None), (note,))


def _rejects_oas_version(error: ServiceError, request: ExportRequest) -> bool:
    if "oas_version" not in request.given or request.oas_version != DEFAULTS["oas_version"]:
        return False
    if "oas_version" in error.error_msg:
        return 400 <= error.status_code < 500
    return error.error_code in OLD_CLOUD_CODES and "parameterName:" not in error.error_msg
