"""Comparison of throttling: the calls that a policy, or the gateway itself, lets through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from apig_nb.compare.changes import Changes, Pointers
from apig_nb.compare.gateway.policies import Pairs, differing_policies
from apig_nb.definition import ApiDefinition
from apig_nb.definition.model.gateway import RateLimit
from apig_nb.definition.model.operation import Operation

_KEY: Final = "x-apigateway-ratelimit"
_SECONDS: Final = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600, "DAY": 86400}
_OF_API, _OF_USER, _OF_APP = "calls of the API", "calls of a user", "calls of an app"
_LIMITS: Final = {
    "api_limit": _OF_API,
    "user_limit": _OF_USER,
    "app_limit": _OF_APP,
    "ip_limit": "calls of an address",
}
# Kind of an exception → the limits without it; the first one that is set holds.
_USUAL: Final = {"APP": (_OF_APP, _OF_USER, _OF_API), "USER": (_OF_USER, _OF_API)}


class _Rate(NamedTuple):
    """Number of calls in an interval."""

    calls: int
    seconds: int
    text: str

    def allows(self, other: _Rate) -> bool:
        """Return True if all calls that another rate lets through pass here too, however they are spread."""
        return self.calls >= other.calls * -(-self.seconds // other.seconds)


_DEFAULT: Final = _Rate(200, 1, "200 per 1 second (default of the gateway's parameter ratelimit_api_limits)")
"""The rate without a policy, unless the parameter `ratelimit_api_limits` of the gateway is set: see
`configuring_parameters.rst` in https://github.com/opentelekomcloud-docs/api-gateway"""


class _Difference(NamedTuple):
    """A limit that differs; `effect` is raised, lowered, or altered where neither allows all calls of the other."""

    limit: str
    effect: str
    before: str | None
    after: str | None


class ThrottlingComparison:
    """Compares the throttling of operations and adds the changes."""

    def __init__(self, changes: Changes, old: ApiDefinition, new: ApiDefinition) -> None:
        self._changes = changes
        self._before, self._after = (
            {policy.name: policy for policy in side.document.ratelimits} for side in (old, new)
        )
        # By name, as many operations may change from one policy to another.
        self._differences: dict[tuple[str | None, str | None], list[_Difference]] = {}

    def compare_bound(self, old: Operation, new: Operation) -> None:
        """Compare the throttling of two operations that are bound to policies with other names, or to none."""
        before_names, after_names = old.names(_KEY), new.names(_KEY)
        if set(before_names) == set(after_names):
            return
        names = [", ".join(before_names), ", ".join(after_names)]
        policies = self._before.get(names[0]), self._after.get(names[1])
        is_known = all(policy is not None or not name for policy, name in zip(policies, names, strict=True))
        differences = self._difference(*policies) if is_known else []
        effects = {difference.effect for difference in differences}
        pointers = Pointers(old.pointer, new.pointer)
        if is_known and not differences:
            rule = "ratelimit-rebound"
        elif all(names):
            rule = "ratelimit-altered"
        elif names[1]:
            rule = "ratelimit-bound-loosened" if effects == {"raised"} else "ratelimit-bound"
        else:
            rule = "ratelimit-unbound-tightened" if effects == {"lowered"} else "ratelimit-unbound"
        if policies[0] is not None and policies[1] is not None:
            # One change for all operations.
            pointers = Pointers(policies[0].pointer, policies[1].pointer)
        shown = (_shown(name, policy) for name, policy in zip(names, policies, strict=True))
        self._changes.add(rule, pointers, "throttling policy", *shown, operations=(new,))

    def compare_definitions(self, pairs: Pairs) -> None:
        """Compare the policies that operations stay bound to."""
        for name, old, new, users in differing_policies(_KEY, pairs, self._before, self._after):
            pointers = Pointers(old and old.pointer, new and new.pointer)
            label = f"throttling policy {name}"
            if old is None or new is None:
                rule = "ratelimit-unbound" if new is None else "ratelimit-bound"
                shown = (policy and _limits_text(policy) for policy in (old, new))
                self._changes.add(rule, pointers, f"{label}, definition", *shown, operations=users)
                continue
            differences = self._difference(old, new)
            if (
                len(differences) > 1
                and _numbers(old) == _numbers(new)
                and len({one.effect for one in differences}) == 1
            ):
                # The interval has changed, and with it every limit.
                differences = [_Difference("interval", differences[0].effect, _interval(old)[1], _interval(new)[1])]
            for limit, effect, *values in differences:
                self._changes.add(f"ratelimit-{effect}", pointers, f"{label}, {limit}", *values, operations=users)

    def _difference(self, old: RateLimit | None, new: RateLimit | None) -> list[_Difference]:
        key = (old and old.name, new and new.name)
        if key not in self._differences:
            self._differences[key] = list(_differences(old, new))
        return self._differences[key]


def _differences(old: RateLimit | None, new: RateLimit | None) -> Iterator[_Difference]:
    limits = _limits(old), _limits(new)
    for limit in _LIMITS.values():
        yield from _difference(limit, limits[0].get(limit), limits[1].get(limit))
    exceptions = _exceptions(old), _exceptions(new)
    for key in sorted(exceptions[0].keys() | exceptions[1].keys()):
        usual = _USUAL.get(key[0], (_OF_API,))
        rates = (
            own.get(key) or next(side[limit] for limit in usual if limit in side)
            for own, side in zip(exceptions, limits, strict=True)
        )
        yield from _difference(f"calls of {' '.join(key)}", *rates)
    for field in ("shared", "extensions"):
        values = [(policy and getattr(policy, field)) or None for policy in (old, new)]
        if values[0] != values[1]:
            yield _Difference(field, "altered", *(None if value is None else str(value) for value in values))


def _difference(limit: str, old: _Rate | None, new: _Rate | None) -> Iterator[_Difference]:
    is_lower = new is not None and (old is None or old.allows(new))
    is_higher = old is not None and (new is None or new.allows(old))
    if (old is None and new is None) or (is_lower and is_higher):
        return
    effect = "lowered" if is_lower else "raised" if is_higher else "altered"
    yield _Difference(limit, effect, old and old.text, new and new.text)


def _limits(policy: RateLimit | None) -> dict[str, _Rate]:
    """Return the limits that are set, by their words; that of the API always holds."""
    if policy is None:
        return {_OF_API: _DEFAULT}
    written = {words: _rate(policy, getattr(policy, field)) for field, words in _LIMITS.items()}
    return {_OF_API: _DEFAULT} | {words: rate for words, rate in written.items() if rate is not None}


def _exceptions(policy: RateLimit | None) -> dict[tuple[str, str], _Rate]:
    """Return the limits of single apps and users, by type and instance."""
    found = {}
    for special in policy.special if policy is not None else ():
        if (rate := _rate(policy, special.limit)) is not None:
            found[(special.kind or "").upper(), special.instance or ""] = rate
    return found


def _rate(policy: RateLimit | None, calls: int | None) -> _Rate | None:
    # Limits are positive, so that 0 can only mean that none is set.
    if policy is None or calls is None or calls <= 0:
        return None
    seconds, words = _interval(policy)
    return _Rate(calls, seconds, f"{calls} per {words}")


def _interval(policy: RateLimit) -> tuple[int, str]:
    """Return the interval of a policy in seconds, and as it is written."""
    interval, unit = max(policy.interval or 1, 1), policy.unit or ""
    return interval * _SECONDS.get(unit.upper(), 1), f"{interval} {unit.lower()}".strip()


def _numbers(policy: RateLimit) -> tuple[object, ...]:
    """Return everything of a policy but its name and its interval."""
    return policy._replace(name="", interval=None, unit=None, pointer="")


def _limits_text(policy: RateLimit) -> str:
    return ", ".join(f"{words} {rate.text}" for words, rate in _limits(policy).items())


def _shown(name: str, policy: RateLimit | None) -> str | None:
    if not name:
        return _DEFAULT.text
    return name if policy is None else f"{name} ({_limits_text(policy)})"
