"""Comparison of the definitions of throttling policies, access control policies and gateway responses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Final, TypeVar

from apig_nb.compare.changes import Changes, Pointers
from apig_nb.definition import ApiDefinition
from apig_nb.definition.model.gateway import AccessControl, GatewayResponse, RateLimit
from apig_nb.definition.model.operation import Operation

_SECONDS: Final = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600, "DAY": 86400}
_LIMITS: Final = {
    "api_limit": "calls of the API",
    "user_limit": "calls of a user",
    "app_limit": "calls of an app",
    "ip_limit": "calls of an address",
}

Named = TypeVar("Named", RateLimit, AccessControl)


class PolicyComparison:
    """Compares the policies of two documents and adds the changes, with the operations they are bound to."""

    def __init__(self, changes: Changes, old: ApiDefinition, new: ApiDefinition) -> None:
        self._changes, self._old, self._new = changes, old, new

    def compare(self) -> None:
        """Compare throttling policies, access control policies and gateway responses."""
        for name, old, new, users in self._defined(
            "x-apigateway-ratelimit", self._old.document.ratelimits, self._new.document.ratelimits
        ):
            self._compare_ratelimit(name, old, new, users)
        for name, before, after, users in self._defined(
            "x-apigateway-access-control", self._old.document.access_controls, self._new.document.access_controls
        ):
            self._compare_access_control(name, before, after, users)
        self._compare_gateway_responses()

    def _defined(
        self, key: str, old: Iterable[Named], new: Iterable[Named]
    ) -> Iterable[tuple[str, Named | None, Named | None, list[Operation]]]:
        """Yield the policies that differ, with the new operations bound to them.

        A policy that only one document defines counts if operations of both are bound to it.
        """
        before, after = {policy.name: policy for policy in old}, {policy.name: policy for policy in new}
        old_users, new_users = (
            users_by_name(side, lambda operation: operation.names(key)) for side in (self._old, self._new)
        )
        for name in sorted(before.keys() | after.keys()):
            is_used_by_both = name in old_users and name in new_users
            if before.get(name) != after.get(name) and (is_used_by_both or (name in before and name in after)):
                yield name, before.get(name), after.get(name), new_users.get(name, [])

    def _compare_ratelimit(
        self, name: str, old: RateLimit | None, new: RateLimit | None, users: list[Operation]
    ) -> None:
        pointers = Pointers(old and old.pointer, new and new.pointer)
        label = f"throttling policy {name}"
        if old is None or new is None:
            rule = "ratelimit-unbound" if new is None else "ratelimit-bound"
            shown = (policy and (_rate_text(policy, policy.api_limit) or "defined") for policy in (old, new))
            self._changes.add(rule, pointers, f"{label}, definition", *shown, operations=users)
            return
        has_other_rate = False
        for field, words in _LIMITS.items():
            rates = _rate(old, getattr(old, field)), _rate(new, getattr(new, field))
            if rates[0] != rates[1]:
                has_other_rate = True
                shown = (_rate_text(policy, getattr(policy, field)) for policy in (old, new))
                rule = "ratelimit-lowered" if _is_lower(*rates) else "ratelimit-raised"
                self._changes.add(rule, pointers, f"{label}, {words}", *shown, operations=users)
        intervals = [f"{policy.interval or 1} {(policy.unit or '').lower()}".strip() for policy in (old, new)]
        if intervals[0] != intervals[1] and not has_other_rate:
            self._changes.add("ratelimit-altered", pointers, f"{label}, interval", *intervals, operations=users)
        for field in ("shared", "special", "extensions"):
            values = [getattr(policy, field) or None for policy in (old, new)]
            if field == "special":
                values = [", ".join(sorted(value or ())) or None for value in values]
            if values[0] != values[1]:
                self._changes.add("ratelimit-altered", pointers, f"{label}, {field}", *values, operations=users)

    def _compare_access_control(
        self, name: str, old: AccessControl | None, new: AccessControl | None, users: list[Operation]
    ) -> None:
        pointers = Pointers(old and old.pointer, new and new.pointer)
        label = f"access control policy {name}"
        if old is None or new is None:
            rule = "access-control-unbound" if new is None else "access-control-bound"
            shown = (policy and f"{policy.acl_type} {policy.value or ''}".strip() for policy in (old, new))
            self._changes.add(rule, pointers, f"{label}, definition", *shown, operations=users)
            return
        kinds = [f"{policy.acl_type} {policy.entity_type}".upper() for policy in (old, new)]
        if dict(old.extensions) != dict(new.extensions):
            values = (dict(policy.extensions) or None for policy in (old, new))
            self._changes.add("access-control-altered", pointers, f"{label}, other keys", *values, operations=users)
        if kinds[0] != kinds[1]:
            shown = (f"{kind} {policy.value or ''}".strip() for kind, policy in zip(kinds, (old, new), strict=True))
            self._changes.add("access-control-altered", pointers, label, *shown, operations=users)
            return
        before, after = _entries(old), _entries(new)
        allows = kinds[1].startswith("PERMIT")
        if added := after - before:
            rule = "access-control-opened" if allows else "access-control-closed"
            self._changes.add(rule, pointers, label, None, added, operations=users)
        if removed := before - after:
            rule = "access-control-closed" if allows else "access-control-opened"
            self._changes.add(rule, pointers, label, removed, None, operations=users)

    def _compare_gateway_responses(self) -> None:
        before, after = _response_sets(self._old), _response_sets(self._new)
        users = users_by_name(self._new, lambda operation: (operation.gateway_response,))
        for name in sorted(before.keys() | after.keys()):
            left, right = before.get(name, []), after.get(name, [])
            lines = set(_response_lines(left)), set(_response_lines(right))
            if lines[0] != lines[1]:
                pointers = Pointers(*(side[0].set_pointer if side else None for side in (left, right)))
                shown = ("; ".join(sorted(some)) or None for some in (lines[0] - lines[1], lines[1] - lines[0]))
                label = f"gateway responses {name}"
                self._changes.add("gateway-response-altered", pointers, label, *shown, operations=users.get(name, ()))


def users_by_name(definition: ApiDefinition, names: Callable[[Operation], Iterable[str]]) -> dict[str, list[Operation]]:
    """Return the operations that are bound to each name."""
    found: dict[str, list[Operation]] = {}
    for operation in definition.operations:
        for name in set(names(operation)):
            found.setdefault(name, []).append(operation)
    return found


def _rate(policy: RateLimit, limit: int | None) -> Fraction | None:
    """Return the calls per second; `None` for no limit."""
    if limit is None:
        return None
    return Fraction(limit) / ((policy.interval or 1) * _SECONDS.get((policy.unit or "").upper(), 1))


def _rate_text(policy: RateLimit, limit: int | None) -> str | None:
    if limit is None:
        return None
    return f"{limit} per {policy.interval or 1} {(policy.unit or '').lower()}".strip()


def _is_lower(before: Fraction | None, after: Fraction | None) -> bool:
    return after is not None and (before is None or after < before)


def _entries(policy: AccessControl) -> set[str]:
    return {entry.strip() for entry in (policy.value or "").split(",") if entry.strip()}


def _response_sets(definition: ApiDefinition) -> dict[str, list[GatewayResponse]]:
    """Return the gateway responses of each set."""
    sets: dict[str, list[GatewayResponse]] = {}
    for response in definition.document.gateway_responses:
        sets.setdefault(response.name, []).append(response)
    return sets


def _response_lines(responses: Iterable[GatewayResponse]) -> Iterator[str]:
    """Yield each gateway response as a line of text."""
    for response in responses:
        if response.response_type is not None:
            fields = (response.status, response.media_type, response.body, response.headers)
            shown = " ".join(str(field) for field in (*fields, *response.extensions.items()) if field is not None)
            yield f"{response.response_type}: {shown}"
