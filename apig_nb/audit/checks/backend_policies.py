"""Checks of backend policies, which choose another backend by conditions."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator

from apig_nb.audit.checks.registry import check
from apig_nb.audit.subject import Api, Found, Subject, is_channel, kind, label
from apig_nb.compare.gateway.addresses import AddressSet
from apig_nb.compare.gateway.backend_pairs import BackendPairs
from apig_nb.definition.model.backend import Backend, Condition

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
    pairs = BackendPairs()
    for api in subject.apis:
        policies = _policies(api)
        for index, backend in enumerate(policies[1:], 1):
            earlier = next((one for one in policies[:index] if _takes_all(one, backend, pairs)), None)
            if earlier is not None:
                yield api.found(label(backend), f"after {earlier.policy}", backend.pointer)


def _takes_all(earlier: Backend, later: Backend, pairs: BackendPairs) -> bool:
    """Return True if every call that meets the conditions of a policy meets those of an earlier one."""
    first, second = pairs.conditions(earlier), pairs.conditions(later)
    needs_all, later_needs_all = (_needs_all(one, pairs) for one in (earlier, later))
    certain = [_always_holds(condition) for condition in earlier.conditions]
    if certain and (all(certain) if needs_all else any(certain)):
        return True
    return _implied(first, second, needs_all, later_needs_all)


def _implied(first: frozenset[Hashable], second: frozenset[Hashable], needs_all: bool, later_needs_all: bool) -> bool:
    if not (first and second):
        return False
    if needs_all:
        return later_needs_all and first <= second
    return bool(first & second) if later_needs_all else second <= first


def _needs_all(backend: Backend, pairs: BackendPairs) -> bool:
    """Return True if all conditions must hold; of one condition, both modes are the same."""
    return pairs.mode(backend) == "ALL" or len(pairs.conditions(backend)) == 1


def _always_holds(condition: Condition) -> bool:
    if condition.origin == "source":
        return not AddressSet("0.0.0.0/0").missing_from(AddressSet(condition.value))
    return condition.kind == "pattern" and _ANYTHING.fullmatch(condition.value) is not None


@check
def backend_policy_by_callers_word(subject: Subject) -> Iterator[Found]:
    for api in subject.apis:
        locations = {parameter.name: parameter.location for parameter in api.parameters}
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
    location = "cookie" if condition.origin == "cookie" else locations.get(condition.parameter, "")
    is_of_request = condition.origin in ("request", "cookie")
    return location if is_of_request and location in ("header", "query", "cookie") else None
