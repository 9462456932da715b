"""Plant the faults and near misses of `planted.yaml`, one at a time, in the clean export."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

import apig_nb as apig
from apig_nb.report import Finding

CLEAN = Path(__file__).parents[1] / "data" / "clean"
PLANTED: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "planted.yaml").read_text("utf-8"))
ABOVE_INFO = ("critical", "high", "medium", "low")

Json = dict[str, Any]


class Case(NamedTuple):
    """A case of `planted.yaml`."""

    rule: str
    number: int
    case: Json

    @property
    def export(self) -> apig.Export:
        """The clean export with the change."""
        tree = json.loads((CLEAN / "oas2.json").read_bytes())
        self._change(tree)
        raw = json.dumps(tree, ensure_ascii=False).encode()
        return apig.Export(raw=raw, environment=self.case.get("env", "RELEASE"), scope="all")

    @property
    def operation(self) -> str | None:
        """The operation that is changed as `METHOD path`."""
        name = self.case.get("api")
        return self.case.get("as") or (None if name is None else _find(_clean(), name)[0])

    def is_found(self, findings: tuple[Finding, ...]) -> bool:
        """True if a finding is of the rule, at the place where the fault is."""
        at = self.case.get("at")
        return any(
            one.rule == self.rule
            and (at is None or one.pointer.startswith(at.replace("~", "x-apigateway-")))
            and (self.operation is None or not one.operations or self.operation in one.operations)
            and (at is not None or f"{one.method} {one.path}" == self.operation)
            for one in findings
        )

    def _change(self, tree: Json) -> None:
        operation: Json = {}
        if "api" in self.case:
            operation = _find(tree, self.case["api"])[1]
            for number, place in enumerate(filter(None, (self.case.get("and"), self.case.get("as")))):
                method, path = place.split(" ", 1)
                key = "x-apigateway-any-method" if method == "ANY" else method.lower()
                operation = copy.deepcopy(_find(tree, self.case["api"])[1]) | {"operationId": f"another{number}"}
                tree["paths"].setdefault(path, {})[key] = operation
        for place, value in self.case["set"].items():
            _set(tree if place.startswith("/") else operation, place, value)


def cases(kind: str, rule: str | None = None) -> Iterator[Case]:
    """The `faults` or `misses` of a rule, or of all."""
    for name in PLANTED if rule is None else [rule]:
        for number, case in enumerate(PLANTED[name][kind]):
            yield Case(name, number, case)


def unexpected(case: Case, findings: tuple[Finding, ...]) -> list[str]:
    """Findings of a near miss above info, and those of its rule."""
    others = case.case.get("beside", ())
    return [
        f"{one.rule}: {one.location} {one.evidence}"
        for one in findings
        if one.rule == case.rule or (one.severity in ABOVE_INFO and one.rule not in others)
    ]


def _clean() -> Json:
    tree: Json = json.loads((CLEAN / "oas2.json").read_bytes())
    return tree


def _find(tree: Json, name: str) -> tuple[str, Json]:
    """Return an operation by its name, as `METHOD path` and as written."""
    return next(
        (f"{method.upper()} {path}", operation)
        for path, item in tree["paths"].items()
        for method, operation in item.items()
        if operation["operationId"] == name
    )


def _set(holder: Any, place: str, value: Any) -> None:
    parts = [_key(part) for part in place.removeprefix("/").split("/")]
    for part in parts[:-1]:
        holder = holder[int(part)] if isinstance(holder, list) else holder.setdefault(part, {})
    last: Any = int(parts[-1]) if isinstance(holder, list) and parts[-1] != "+" else parts[-1]
    if last == "+":
        holder.append(_expanded(value))
    elif value is None:
        holder.pop(last, None)
    else:
        holder[last] = _expanded(value)


def _expanded(value: Any) -> Any:
    if isinstance(value, dict):
        return {_key(key): _expanded(inner) for key, inner in value.items()}
    return [_expanded(inner) for inner in value] if isinstance(value, list) else value


def _key(part: str | int) -> str:
    return str(part).replace("~1", "/").replace("~", "x-apigateway-")
