"""Checks of backend policies, which choose another backend by conditions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from apig_nb.audit.checks.registry import check
from apig_nb.audit.subject import Api, Found, Subject, is_channel, kind, label
from apig_nb.compare.gateway.addresses import AddressSet
from apig_nb.definition.model.backend import Backend, Condition

MAX_COMPARED: Final = 50
"""Maximum number of policies of an operation, and of conditions of a policy, that are compared; the gateway has 5:
https://github.com/opentelekomcloud-docs/api-gateway/blob/main/umn/source/service_overview/notes_and_constraints.rst
"""

_LISTS = frozenset(("equal", "enum"))
_ANYTHING = re.compile(r"\^?(?:\.\*|\.\+|\[\\s\\S\][*+]|\(\.\*\))\$?")


def _policies(api: Api) -> list[Backend]:
    """Return the backends of policies in their order, one for each policy."""
    return list({id(backend.source): backend for backend in api.backends if backend.policy is not None}.values())


def _family(backend: Backend) -> str:
    return "HTTP" if is_channel(backend) else kind(backend)


@check
def backend_policy_of_wrong_kind(subject: Subject) -> Iterator[Found]:
    for api in subject.apis:
        default = api.operation.backend
        for backend in _policies(api):
            if default is not None and _family(backend) != _family(default):
                yield api.found(label(backend), f"{kind(backend)} beside {kind(default)}", backend.pointer)


@check
def backend_policy_unreachable(subject: Subject) -> Iterator[Found]:
    for api in subject.apis:
        policies = [one for one in _policies(api)[:MAX_COMPARED] if len(one.conditions) <= MAX_COMPARED]
        for index, backend in enumerate(policies):
            earlier = next((one for one in policies[:index] if _takes_all(one, backend)), None)
            if earlier is not None:
                yield api.found(label(backend), f"after {earlier.policy}", backend.pointer)


def _takes_all(earlier: Backend, later: Backend) -> bool:
    """Return True if every call that meets the conditions of a policy meets those of an earlier one."""

    def follows(condition: Condition) -> bool:
        implied = (_implies(one, condition) for one in later.conditions)
        certain = any(implied) if _needs_all(later) else bool(later.conditions) and all(implied)
        return certain or _always_holds(condition)

    if _needs_all(earlier):
        return all(map(follows, earlier.conditions))
    return any(map(follows, earlier.conditions)) or (
        not _needs_all(later)
        and bool(later.conditions)
        and all(any(_implies(one, other) for other in earlier.conditions) for one in later.conditions)
    )


def _needs_all(backend: Backend) -> bool:
    """Return True if all conditions must hold, as those of a policy without a mode."""
    return (backend.effect_mode or "").upper() != "ANY"


def _implies(condition: Condition, other: Condition) -> bool:
    """Return True if a call that meets a condition meets another one, too."""
    if (condition.origin, condition.parameter) != (other.origin, other.parameter):
        return False
    if condition.origin == "source":
        return not AddressSet(condition.value).missing_from(AddressSet(other.value))
    values = [{one.strip() for one in each.value.split(",")} for each in (condition, other)]
    if condition.kind in _LISTS and other.kind in _LISTS:
        return values[0] <= values[1]
    return condition.kind == other.kind and condition.value == other.value


def _always_holds(condition: Condition) -> bool:
    if condition.origin == "source":
        return not AddressSet("0.0.0.0/0").missing_from(AddressSet(condition.value))
    return condition.kind == "pattern" and _ANYTHING.fullmatch(condition.value) is not None


@check
def backend_policy_by_callers_word(subject: Subject) -> Iterator[Found]:
    for api in subject.apis:
        locations = dict.fromkeys(api.template_names, "path")
        locations |= {parameter.name: parameter.location for parameter in api.parameters}
        for backend in _policies(api):
            chosen = dict.fromkeys(
                f"{condition.parameter} in {location}"
                for condition in backend.conditions
                if (location := _callers_place(condition, locations))
            )
            if chosen:
                yield api.found(label(backend), ", ".join(chosen), backend.pointer)


def _callers_place(condition: Condition, locations: dict[str, str]) -> str | None:
    """Return where the caller sets the value of a condition freely; a path names the resource, not the route."""
    if condition.origin == "cookie":
        return "cookie"
    location = locations.get(condition.parameter, "request")
    return location if condition.origin == "request" and location != "path" else None
