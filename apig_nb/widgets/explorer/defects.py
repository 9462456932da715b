"""Defects of operations: problems of their documents, and findings of an audit."""

from __future__ import annotations

from collections import defaultdict
from threading import Event
from typing import Final, NamedTuple

from apig_nb.audit import audit
from apig_nb.export import Export
from apig_nb.widgets.explorer.content import Content, forgetful
from apig_nb.widgets.explorer.operation_page import operations_with_problems
from apig_nb.widgets.explorer.questions import FINDINGS, PROBLEMS

MAX_AUDITED: Final = 1_000
"""Operations of an export that is audited here, the most that the service exports: an audit cannot be cancelled."""


class Defects(NamedTuple):
    """Defects of the operations of some exports.

    Attributes:
        problem_count: the number of problems.
        answers: question → the answer of each operation.
        not_audited: the number of exports with more than `MAX_AUDITED` operations.
    """

    problem_count: int
    answers: dict[str, list[bool]]
    not_audited: int


def find_defects(content: Content, cancelled: Event) -> Defects:
    """Check and audit each export; takes as long as reading them, and longer."""
    problem_count = not_audited = 0
    answers: dict[str, list[bool]] = {name: [] for name in (PROBLEMS, *FINDINGS)}
    for _, export in content.exports:
        if cancelled.is_set():
            break
        one = forgetful(export)
        operations = one.definition.operations
        problem_count += len(one.definition.problems)
        answers[PROBLEMS] += operations_with_problems(one.definition)
        is_audited = len(operations) <= MAX_AUDITED
        not_audited += not is_audited
        found = _operations_by_severity(one) if is_audited else {}
        for name, severity in FINDINGS.items():
            concerned = found.get(severity, set())
            answers[name] += [f"{operation.method} {operation.path}" in concerned for operation in operations]
    return Defects(problem_count, answers, not_audited)


def _operations_by_severity(export: Export) -> dict[str, set[str]]:
    found = defaultdict[str, set[str]](set)
    findings = audit(export).findings
    for severity, operations in zip(findings["severity"], findings["operations"], strict=True):
        found[severity].update(operations)
    return found
