"""Questions about the operations of an export, such as “which have no authentication?”."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import anywidget
import numpy as np
import traitlets

from apig_nb.request import BACKENDS, FRONT_END, POLICIES
from apig_nb.widgets.assets import read_module
from apig_nb.widgets.explorer.facets import NOT_IN_EXPORT, Mask

if TYPE_CHECKING:
    from apig_nb.definition import Operation

SLOW_MS: Final = 10_000
"""Time-out of a backend above which an operation counts as slow."""


class Question(NamedTuple):
    """A question that each operation answers with yes or no.

    Attributes:
        hint: what is counted.
        part: the part of the export that holds the answer.
        test: returns the answer of an operation.
    """

    hint: str
    part: str
    test: Callable[[Operation], bool]


QUESTIONS: Final[Mapping[str, Question]] = {
    "no authentication": Question("callers need no credential", FRONT_END, lambda operation: "NONE" in operation.auth),
    "plain-http backend": Question(
        "the gateway calls a backend without encryption; branches of backend policies count too",
        BACKENDS,
        lambda operation: any((backend.scheme or "").lower() == "http" for backend in operation.backends),
    ),
    "no throttling": Question(
        "no throttling policy is bound, so only the limit of the gateway holds",
        POLICIES,
        lambda operation: not operation.names("x-apigateway-ratelimit"),
    ),
    "public and open": Question(
        "listed as public, and callers need no credential",
        FRONT_END,
        lambda operation: (operation.request_type or "").lower() == "public" and "NONE" in operation.auth,
    ),
    f"slow, over {SLOW_MS // 1000} s": Question(
        "a backend may take longer than that",
        BACKENDS,
        lambda operation: any((backend.timeout_ms or 0) > SLOW_MS for backend in operation.backends),
    ),
    "deprecated": Question("marked as deprecated", FRONT_END, lambda operation: operation.deprecated),
}
"""Words of a question → the question."""

PROBLEMS: Final = "problems"
"""Words of the question for defects of the document, which are found later than the other answers."""

FINDINGS: Final = {f"{severity} finding": severity for severity in ("critical", "high", "medium", "low")}
"""Words of a question about an audit, which is made later than the other answers → the severity that it is about."""

_LATE_HINTS: Final = {
    PROBLEMS: "the document has a defect there",
    **{
        name: f"an audit finds something of severity {severity}; what is wrong with a policy counts for all that use it"
        for name, severity in FINDINGS.items()
    },
}


class Questions:
    """The answers of all operations, and the questions that are chosen."""

    def __init__(self, answers: Mapping[str, Sequence[bool]], missing: Collection[str]) -> None:
        """Ask questions.

        Args:
            answers: question → the answer of each operation.
            missing: the parts that the export omits; questions about them have no answer.
        """
        self._count = len(next(iter(answers.values()), ()))
        self.missing = {name for name in answers if QUESTIONS[name].part in missing}
        self._answers: dict[str, Mask] = {
            name: np.array(own, dtype=bool) for name, own in answers.items() if name not in self.missing
        }
        self.chosen: set[str] = set()

    def choose_as(self, others: Questions) -> None:
        """Choose the questions that are chosen about other operations, but those that this export cannot answer."""
        self.chosen = others.chosen - self.missing

    def add(self, name: str, answers: Mask) -> None:
        """Add the answers to another question."""
        self._answers[name] = answers

    @property
    def allowed(self) -> Mask:
        """True for each operation that answers every chosen question with yes, as far as the answers are known."""
        allowed = np.ones(self._count, dtype=bool)
        for name in self.chosen & self._answers.keys():
            allowed &= self._answers[name]
        return allowed

    def items(self) -> list[dict[str, object]]:
        """The questions as items of a `ChipBar`."""
        hints = {name: question.hint for name, question in QUESTIONS.items()} | _LATE_HINTS
        known = [name for name in hints if name in self._answers or name in self.missing]
        return [
            {
                "text": name,
                "count": NOT_IN_EXPORT if name in self.missing else f"{int(self._answers[name].sum()):,}",
                "hint": hints[name],
                "pressed": name in self.chosen,
                "enabled": name not in self.missing and (bool(self._answers[name].any()) or name in self.chosen),
            }
            for name in known
        ]


class ChipBar(anywidget.AnyWidget):
    """A row of chips with counts, each pressed or not. `pressed` is called with the text of a chip."""

    _esm = read_module("chip_bar.js")
    label = traitlets.Unicode().tag(sync=True)
    items: traitlets.List[dict[str, object]] = traitlets.List().tag(sync=True)

    def __init__(self, label: str, pressed: Callable[[str], None]) -> None:
        super().__init__(label=label)
        self._pressed = pressed
        self.on_msg(self._handle_message)

    def _handle_message(self, _widget: object, content: Any, _buffers: object) -> None:
        match content:
            case {"press": str(text)} if any(item["text"] == text for item in self.items):
                self._pressed(text)
