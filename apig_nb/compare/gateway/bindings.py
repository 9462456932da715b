"""The gateway's own part of two operations: who is let in and what guards. No other tool looks at it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from apig_nb.compare.changes import Changes, Pointers
from apig_nb.compare.gateway.backends import BackendWalk
from apig_nb.compare.operations.pointers import security_place
from apig_nb.compare.operations.security import Way
from apig_nb.compare.options.options import CompareOptions
from apig_nb.compare.scope import CommonParts
from apig_nb.definition.model.operation import Operation
from apig_nb.definition.values import as_flag

MOST_WAYS_WEIGHED: Final = 10_000
"""Where more pairs of ways in are left, it is not looked which of them asks for less."""


class _Authentication(NamedTuple):
    """What differs in who is let in.

    Attributes:
        before: the ways in.
        after: the ways in now.
        rule: what happened to them; nothing where both are one way by the same schemes, so that scopes differ.
        shown: both in words.
    """

    before: list[Way]
    after: list[Way]
    rule: str | None
    shown: list[str]


class GatewayWalk:
    """Compares the gateway's part of pairs of operations and adds what differs."""

    def __init__(
        self, changes: Changes, renamed: Mapping[str, str], options: CompareOptions, common: CommonParts
    ) -> None:
        """Make it; `renamed` are the security schemes that have only got another name, old → new."""
        self._changes, self._renamed, self._common = changes, renamed, common
        self._authentications: dict[tuple[int, int], _Authentication | None] = {}  # by ids of what operations keep
        self._backends = BackendWalk(changes, options)

    def compare(self, old: Operation, new: Operation) -> None:
        """Compare authentication, flags, policies bound and backends."""
        self._compare_authentication(old, new)
        self._compare_flags(old, new)
        if self._common.policies:
            self._compare_bindings(old, new)
        if self._common.backends:
            self._backends.compare(old, new)

    def _add(self, rule: str, old: Operation, new: Operation, where: str, before: Any, after: Any) -> None:
        self._changes.add(rule, Pointers(old.pointer, new.pointer), where, before, after, operations=(new,))

    # ------------------------------------------------------------------ access

    def _compare_authentication(self, old: Operation, new: Operation) -> None:
        # Many operations may share a long list of ways in: it is gone through once.
        key = (id(old.security), id(new.security))
        if key not in self._authentications:
            self._authentications[key] = _authentication(old, new, self._renamed)
        found = self._authentications[key]
        if found is None:
            return
        at = Pointers(security_place(old), security_place(new))
        if found.rule is None:
            self._compare_scopes(found.before[0], found.after[0], at, new)
        else:
            self._changes.add(found.rule, at, "authentication", *found.shown, operations=(new,))

    def _compare_scopes(self, before: Way, after: Way, at: Pointers, new: Operation) -> None:
        for scheme in sorted(before):
            where = f"authentication, scopes of {scheme}"
            if come := after[scheme] - before[scheme]:
                self._changes.add("scopes-tightened", at, where, None, come, operations=(new,))
            if gone := before[scheme] - after[scheme]:
                self._changes.add("scopes-loosened", at, where, gone, None, operations=(new,))

    # ------------------------------------------------------------------ what one word says

    def _compare_flags(self, old: Operation, new: Operation) -> None:
        mode = [(operation.text("x-apigateway-match-mode") or "NORMAL").upper() for operation in (old, new)]
        if mode[0] != mode[1]:
            rule = "match-mode-loosened" if mode[1] == "SWA" else "match-mode-tightened"
            self._add(rule, old, new, "match mode", *mode)
        kind = [(operation.text("x-apigateway-request-type") or "").lower() for operation in (old, new)]
        if kind[0] != kind[1] and all(kind):
            rule = "request-type-loosened" if kind[1] == "public" else "request-type-tightened"
            self._add(rule, old, new, "request type", *kind)
        cors = [bool(as_flag(operation.raw.get("x-apigateway-cors"))) for operation in (old, new)]
        if cors[0] != cors[1]:
            self._add("cors-enabled" if cors[1] else "cors-disabled", old, new, "CORS", *cors)
        key = "x-apigateway-is-send-fg-body-base64"
        encoding = [as_flag(operation.raw.get(key)) for operation in (old, new)]
        if encoding[0] != encoding[1] and None not in encoding:
            self._add("body-encoding-altered", old, new, "body sent to the function in Base64", *encoding)
        sets = [operation.text("x-apigateway-response") or "default" for operation in (old, new)]
        if sets[0] != sets[1]:
            self._add("gateway-response-altered", old, new, "gateway responses", *sets)

    # ------------------------------------------------------------------ policies bound

    def _compare_bindings(self, old: Operation, new: Operation) -> None:
        for key, stem, where in (
            ("x-apigateway-ratelimit", "ratelimit", "throttling policy"),
            ("x-apigateway-access-control", "access-control", "access control policy"),
        ):
            before, after = ([*operation.names(key)] for operation in (old, new))
            if sorted(before) != sorted(after):
                verb = "bound" if not before else "unbound" if not after else "altered"
                self._add(f"{stem}-{verb}", old, new, where, ", ".join(before) or None, ", ".join(after) or None)
        before_names, after_names = (set(operation.names("x-apigateway-plugins")) for operation in (old, new))
        for name in sorted(after_names - before_names):
            self._add("plugin-bound", old, new, "plug-in", None, name)
        for name in sorted(before_names - after_names):
            self._add("plugin-unbound", old, new, "plug-in", name, None)


def _authentication(old: Operation, new: Operation, renamed: Mapping[str, str]) -> _Authentication | None:
    before, after = _ways(old, renamed), _ways(new, {})
    if before == after:
        return None
    shown = [" | ".join(operation.auth) for operation in (old, new)]
    if shown[0] == shown[1]:
        shown = [" | ".join(map(_way_text, ways)) for ways in (before, after)]
    are_scopes = len(before) == len(after) == 1 and before[0].keys() == after[0].keys()
    return _Authentication(before, after, None if are_scopes else _authentication_rule(before, after), shown)


def _ways(operation: Operation, renamed: Mapping[str, str]) -> list[Way]:
    """The ways in, in an order of their own; an empty one lets everybody in."""
    ways = [
        {renamed.get(name, name): frozenset(scopes) for name, scopes in names.items()} for names in operation.security
    ]
    return sorted({frozenset(way.items()): way for way in ways or [{}]}.values(), key=_way_text)


def _way_text(way: Way) -> str:
    return " + ".join(
        f"{name} ({', '.join(sorted(scopes))})" if scopes else name for name, scopes in sorted(way.items())
    )


def _authentication_rule(before: list[Way], after: list[Way]) -> str:
    """What happened to the ways in: whoever could call still can, only they can, or neither."""
    if {} in before and {} in after:
        return "authentication-optional-altered"
    if {} in before:
        return "authentication-added"
    if {} in after:
        return "authentication-removed"
    if _are_all_open(before, after):
        return "authentication-weakened"
    return "authentication-strengthened" if _are_all_open(after, before) else "authentication-altered"


def _are_all_open(ways: list[Way], now: list[Way]) -> bool:
    """Whether whoever comes by one of the ways gets in by one of those there are now."""
    same = {frozenset(way.items()) for way in now}
    left = [way for way in ways if frozenset(way.items()) not in same]
    if len(left) * len(now) > MOST_WAYS_WEIGHED:
        return False
    return all(any(_asks_no_more(other, way) for other in now) for way in left)


def _asks_no_more(way: Way, than: Way) -> bool:
    return all(scheme in than and scopes <= than[scheme] for scheme, scopes in way.items())
