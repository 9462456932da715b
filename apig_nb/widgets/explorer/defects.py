"""Defects of operations: problems of their documents, and findings of an audit."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import CancelledError
from threading import Event
from typing import Final, NamedTuple

from apig_nb.audit.options import read_options
from apig_nb.audit.result import Audit
from apig_nb.audit.subject import Subject
from apig_nb.export_set import ExportSet
from apig_nb.widgets.explorer.content import Content, forgetful
from apig_nb.widgets.explorer.operation_page import operations_with_problems
from apig_nb.widgets.explorer.questions import FINDINGS, PROBLEMS

MAX_AUDITED: Final = 1_000
"""Operations of an export that is audited here without being asked: the most that the service exports.

While 8,000 operations of a file were audited, for a minute on a busy machine, a search took three times as long.
"""


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
    """Check and audit all exports together; takes as long as reading them, and longer.

    Raises:
        CancelledError: it was cancelled, which is looked at after each rule.
    """
    problem_count = not_audited = 0
    has_problem: list[bool] = []
    # Of each operation, the key of its export and its name, as findings have them.
    operations: list[tuple[tuple[str, ...], str]] = []

    def check(_done: int = 0) -> None:
        if cancelled.is_set():
            raise CancelledError

    def subjects() -> Iterator[Subject]:
        nonlocal problem_count, not_audited
        for key, export in content.exports:
            check()
            one = forgetful(export)
            own = key._asdict() if isinstance(content.shown, ExportSet) else {}
            problem_count += len(one.definition.problems)
            has_problem.extend(operations_with_problems(one.definition))
            names = [f"{operation.method} {operation.path}" for operation in one.definition.operations]
            operations.extend((tuple(own.values()), name) for name in names)
            if len(names) <= MAX_AUDITED:
                yield Subject(one, own)
            else:
                not_audited += 1

    audit = Audit(subjects(), read_options(None, None, None), check)
    concerned = {
        (finding.severity, tuple(finding.key.values()), name) for finding in audit.found for name in finding.operations
    }
    answers = {
        question: [(severity, *operation) in concerned for operation in operations]
        for question, severity in FINDINGS.items()
    }
    return Defects(problem_count, {PROBLEMS: has_problem, **answers}, not_audited)
