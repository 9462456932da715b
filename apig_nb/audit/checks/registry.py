"""Registers the checks of the rules by the names of their functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from apig_nb.audit.doors import Door
from apig_nb.audit.subject import Found, Origin

Check: TypeAlias = Callable[..., Iterable[Found]]
"""Finds the faults of one rule in a `Subject`; thresholds are keyword arguments."""

SetCheck: TypeAlias = Callable[[Sequence[Door]], Iterator[tuple[Origin, Found]]]
"""Finds the faults of one rule in all exports together."""

CHECKS: dict[str, Check] = {}
SET_CHECKS: dict[str, SetCheck] = {}


def check(function: Check) -> Check:
    """Register the check of the rule that the function is named after."""
    CHECKS[function.__name__.replace("_", "-")] = function
    return function


def check_of_set(function: SetCheck) -> SetCheck:
    """Register the check of a rule over all exports together."""
    SET_CHECKS[function.__name__.replace("_", "-")] = function
    return function
