"""Checks over all exports together, of backends that several operations reach."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence

from apig_nb.audit.checks.registry import check_of_set
from apig_nb.audit.doors import Door
from apig_nb.audit.rules import RELEASE
from apig_nb.audit.subject import Found, Origin


@check_of_set
def second_door(doors: Sequence[Door]) -> Iterator[tuple[Origin, Found]]:
    by_target: dict[Hashable, list[Door]] = defaultdict(list)
    for door in doors:
        if door.target is not None:
            by_target[door.target].append(door)
    for found in by_target.values():
        strong = max(found, key=lambda door: door.strength)
        for door in found:
            # Other rules compare the operations of one path.
            is_of_same_path = door.origin is strong.origin and door.path == strong.path
            if door.strength < strong.strength and not is_of_same_path:
                yield door.found(f"{strong.operation} of {strong.origin.name}: {strong.auth}")


@check_of_set
def backend_is_gateway(doors: Sequence[Door]) -> Iterator[tuple[Origin, Found]]:
    domains = frozenset().union(*(door.domains for door in doors))
    for door in doors:
        if known := domains.intersection(door.hosts):
            yield door.found(", ".join(sorted(known)))


@check_of_set
def same_backend_in_two_environments(doors: Sequence[Door]) -> Iterator[tuple[Origin, Found]]:
    environments: dict[Hashable, dict[str, list[Door]]] = defaultdict(lambda: defaultdict(list))
    for door in doors:
        if door.server is not None:
            environments[door.origin.gateway, door.server][door.origin.environment].append(door)
    for by_environment in environments.values():
        first = RELEASE if RELEASE in by_environment else min(by_environment)
        for environment, found in by_environment.items():
            for origin, shared in _by_origin(found).items() if environment != first else ():
                operations = tuple(dict.fromkeys(door.operation for door in shared))
                yield origin, Found(shared[0].pointer, f"backend {shared[0].server}", f"also in {first}", operations)


def _by_origin(doors: Sequence[Door]) -> dict[Origin, list[Door]]:
    found: dict[Origin, list[Door]] = defaultdict(list)
    for door in doors:
        found[door.origin].append(door)
    return found
