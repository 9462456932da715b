"""Comparison of the gateway settings of two operations: match mode, policies, backends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apig_nb.compare.changes import Changes, Pointers
from apig_nb.compare.gateway.access import AccessComparison
from apig_nb.compare.gateway.backends import BackendComparison
from apig_nb.compare.gateway.policies import Pairs
from apig_nb.compare.gateway.responses import ResponseComparison
from apig_nb.compare.gateway.throttling import ThrottlingComparison
from apig_nb.compare.options.options import CompareOptions
from apig_nb.compare.scope import CommonParts
from apig_nb.definition import ApiDefinition
from apig_nb.definition.model.operation import Operation


class GatewayComparison:
    """Compares the gateway settings of pairs of operations and adds the changes."""

    def __init__(
        self, changes: Changes, old: ApiDefinition, new: ApiDefinition, options: CompareOptions, common: CommonParts
    ) -> None:
        self._changes, self._common = changes, common
        self._throttling = ThrottlingComparison(changes, old, new)
        self._access = AccessComparison(changes, old, new)
        self._responses = ResponseComparison(changes, old, new)
        self._backends = BackendComparison(changes, options)

    def compare(self, old: Operation, new: Operation) -> None:
        """Compare flags, bound policies and backends."""
        self._compare_flags(old, new)
        self._responses.compare_bound(old, new)
        if self._common.policies:
            self._throttling.compare_bound(old, new)
            self._access.compare_bound(old, new)
            self._compare_plugins(old, new)
        if self._common.backends:
            self._backends.compare(old, new)

    def compare_definitions(self, pairs: Pairs) -> None:
        """Compare the policies that the documents define, for the operations that both have."""
        if self._common.policies:
            self._throttling.compare_definitions(pairs)
            self._access.compare_definitions(pairs)
            self._responses.compare_definitions(pairs)

    def _add(self, rule: str, old: Operation, new: Operation, location: str, before: Any, after: Any) -> None:
        self._changes.add(rule, Pointers(old.pointer, new.pointer), location, before, after, operations=(new,))

    # ------------------------------------------------------------------ flags

    def _compare_flags(self, old: Operation, new: Operation) -> None:
        mode = [(operation.match_mode or "NORMAL").upper() for operation in (old, new)]
        if mode[0] != mode[1]:
            effect = _effect(mode, loose="SWA")
            self._add(f"match-mode-{effect}" if effect else "extension-altered", old, new, "match mode", *mode)
        kind = [(operation.request_type or "").lower() or None for operation in (old, new)]
        if kind[0] != kind[1]:
            effect = _effect(kind, loose="public") if all(kind) else None
            self._add(f"request-type-{effect or 'altered'}", old, new, "request type", *kind)
        cors = [bool(operation.cors) for operation in (old, new)]
        if cors[0] != cors[1]:
            self._add("cors-enabled" if cors[1] else "cors-disabled", old, new, "CORS", *cors)
        # https://registry.terraform.io/providers/huaweicloud/huaweicloud/latest/docs/resources/apig_api
        encoding = [operation.body_base64 is not False for operation in (old, new)]
        if encoding[0] != encoding[1]:
            self._add("body-encoding-altered", old, new, "body sent to the function in Base64", *encoding)

    # ------------------------------------------------------------------ plug-ins

    def _compare_plugins(self, old: Operation, new: Operation) -> None:
        before_names, after_names = (set(operation.names("x-apigateway-plugins")) for operation in (old, new))
        for name in sorted(after_names - before_names):
            self._add("plugin-bound", old, new, "plug-in", None, name)
        for name in sorted(before_names - after_names):
            self._add("plugin-unbound", old, new, "plug-in", name, None)


def _effect(values: Sequence[str | None], loose: str) -> str | None:
    """Return the effect of a change to or from the value that lets more through; `None` for other values."""
    return "loosened" if values[1] == loose else "tightened" if values[0] == loose else None
