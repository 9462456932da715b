"""Comparison of the gateway settings of two operations: authentication, match mode, policies, backends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from apig_nb.compare.changes import Changes, Pointers
from apig_nb.compare.gateway.backends import BackendComparison
from apig_nb.compare.options.options import CompareOptions
from apig_nb.compare.scope import CommonParts
from apig_nb.definition.model.operation import Operation

MAX_COMPARED_ALTERNATIVES: Final = 10_000
"""Maximum number of pairs of security alternatives that are compared to find out which is stricter."""

_Alternative = dict[str, frozenset[str]]
"""One security alternative: security scheme → scopes; an empty one needs no credential."""


class _Authentication(NamedTuple):
    """A change of the authentication of operations.

    Attributes:
        before: the old alternatives.
        after: the new alternatives.
        rule: the rule; `None` where both are one alternative of the same schemes, so that only scopes differ.
        shown: both as text.
    """

    before: list[_Alternative]
    after: list[_Alternative]
    rule: str | None
    shown: list[str]


class GatewayComparison:
    """Compares the gateway settings of pairs of operations and adds the changes."""

    def __init__(
        self, changes: Changes, renamed: Mapping[str, str], options: CompareOptions, common: CommonParts
    ) -> None:
        """Create one; `renamed` has the old → new names of security schemes that only have another name."""
        self._changes, self._renamed, self._common = changes, renamed, common
        # By the ids of alternatives, which operations keep: many operations may share a long list.
        self._authentications: dict[tuple[int, int], _Authentication | None] = {}
        self._backends = BackendComparison(changes, options)

    def compare(self, old: Operation, new: Operation) -> None:
        """Compare authentication, flags, bound policies and backends."""
        self._compare_authentication(old, new)
        self._compare_flags(old, new)
        if self._common.policies:
            self._compare_bindings(old, new)
        if self._common.backends:
            self._backends.compare(old, new)

    def _add(self, rule: str, old: Operation, new: Operation, location: str, before: Any, after: Any) -> None:
        self._changes.add(rule, Pointers(old.pointer, new.pointer), location, before, after, operations=(new,))

    # ------------------------------------------------------------------ authentication

    def _compare_authentication(self, old: Operation, new: Operation) -> None:
        key = (id(old.security), id(new.security))
        if key not in self._authentications:
            self._authentications[key] = _compare_authentication(old, new, self._renamed)
        found = self._authentications[key]
        if found is None:
            return
        pointers = Pointers(old.security_pointer, new.security_pointer)
        if found.rule is None:
            self._compare_scopes(found.before[0], found.after[0], pointers, new)
        else:
            self._changes.add(found.rule, pointers, "authentication", *found.shown, operations=(new,))

    def _compare_scopes(self, before: _Alternative, after: _Alternative, pointers: Pointers, new: Operation) -> None:
        for scheme in sorted(before):
            location = f"authentication, scopes of {scheme}"
            if added := after[scheme] - before[scheme]:
                self._changes.add("scopes-tightened", pointers, location, None, added, operations=(new,))
            if removed := before[scheme] - after[scheme]:
                self._changes.add("scopes-loosened", pointers, location, removed, None, operations=(new,))

    # ------------------------------------------------------------------ flags

    def _compare_flags(self, old: Operation, new: Operation) -> None:
        mode = [(operation.match_mode or "NORMAL").upper() for operation in (old, new)]
        if mode[0] != mode[1]:
            rule = "match-mode-loosened" if mode[1] == "SWA" else "match-mode-tightened"
            self._add(rule, old, new, "match mode", *mode)
        kind = [(operation.request_type or "").lower() for operation in (old, new)]
        if kind[0] != kind[1] and all(kind):
            rule = "request-type-loosened" if kind[1] == "public" else "request-type-tightened"
            self._add(rule, old, new, "request type", *kind)
        cors = [bool(operation.cors) for operation in (old, new)]
        if cors[0] != cors[1]:
            self._add("cors-enabled" if cors[1] else "cors-disabled", old, new, "CORS", *cors)
        encoding = [operation.body_base64 for operation in (old, new)]
        if encoding[0] != encoding[1] and None not in encoding:
            self._add("body-encoding-altered", old, new, "body sent to the function in Base64", *encoding)
        sets = [operation.gateway_response for operation in (old, new)]
        if sets[0] != sets[1]:
            self._add("gateway-response-altered", old, new, "gateway responses", *sets)

    # ------------------------------------------------------------------ bound policies

    def _compare_bindings(self, old: Operation, new: Operation) -> None:
        for key, stem, location in (
            ("x-apigateway-ratelimit", "ratelimit", "throttling policy"),
            ("x-apigateway-access-control", "access-control", "access control policy"),
        ):
            before, after = ([*operation.names(key)] for operation in (old, new))
            if sorted(before) != sorted(after):
                verb = "bound" if not before else "unbound" if not after else "altered"
                self._add(f"{stem}-{verb}", old, new, location, ", ".join(before) or None, ", ".join(after) or None)
        before_names, after_names = (set(operation.names("x-apigateway-plugins")) for operation in (old, new))
        for name in sorted(after_names - before_names):
            self._add("plugin-bound", old, new, "plug-in", None, name)
        for name in sorted(before_names - after_names):
            self._add("plugin-unbound", old, new, "plug-in", name, None)


def _compare_authentication(old: Operation, new: Operation, renamed: Mapping[str, str]) -> _Authentication | None:
    before, after = _alternatives(old, renamed), _alternatives(new, {})
    if before == after:
        return None
    shown = [" | ".join(operation.auth) for operation in (old, new)]
    if shown[0] == shown[1]:
        shown = [" | ".join(map(_alternative_text, side)) for side in (before, after)]
    only_scopes_differ = len(before) == len(after) == 1 and before[0].keys() == after[0].keys()
    return _Authentication(before, after, None if only_scopes_differ else _authentication_rule(before, after), shown)


def _alternatives(operation: Operation, renamed: Mapping[str, str]) -> list[_Alternative]:
    """Return the security alternatives, each once and sorted; an operation without any needs no credential."""
    alternatives = [
        {renamed.get(name, name): frozenset(scopes) for name, scopes in names.items()} for names in operation.security
    ]
    each_once = {frozenset(one.items()): one for one in alternatives or [{}]}
    return sorted(each_once.values(), key=_alternative_text)


def _alternative_text(alternative: _Alternative) -> str:
    return " + ".join(
        f"{name} ({', '.join(sorted(scopes))})" if scopes else name for name, scopes in sorted(alternative.items())
    )


def _authentication_rule(before: list[_Alternative], after: list[_Alternative]) -> str:
    """Return the rule, depending on whether the old callers, or only some of them, are still accepted."""
    if {} in before and {} in after:
        return "authentication-optional-altered"
    if {} in before:
        return "authentication-added"
    if {} in after:
        return "authentication-removed"
    if _are_all_accepted(before, after):
        return "authentication-weakened"
    return "authentication-strengthened" if _are_all_accepted(after, before) else "authentication-altered"


def _are_all_accepted(alternatives: list[_Alternative], accepted: list[_Alternative]) -> bool:
    """Return True if each alternative meets at least one of those that are accepted."""
    same = {frozenset(one.items()) for one in accepted}
    others = [one for one in alternatives if frozenset(one.items()) not in same]
    if len(others) * len(accepted) > MAX_COMPARED_ALTERNATIVES:
        return False
    return all(any(_meets(one, needed) for needed in accepted) for one in others)


def _meets(alternative: _Alternative, needed: _Alternative) -> bool:
    return all(scheme in alternative and scopes <= alternative[scheme] for scheme, scopes in needed.items())
