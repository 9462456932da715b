"""Comparison of the authentication of two operations: by what their security schemes are, not by their names."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from apig_nb.compare.changes import Changes, Pointers
from apig_nb.definition import ApiDefinition
from apig_nb.definition.model.gateway import SecurityScheme
from apig_nb.definition.model.operation import Operation
from apig_nb.definition.values import json_text

MAX_COMPARED_ALTERNATIVES: Final = 10_000
"""Maximum number of pairs of security alternatives that are compared to find out which is stricter."""


@dataclass(frozen=True, slots=True)
class Credential:
    """The credential that a security scheme asks for; equal for schemes that differ in nothing but their name.

    Attributes:
        name: the name of the scheme.
        kind: the kind of authentication in words (see `kind_text`); for a scheme that is not defined, its name.
        app_code: `header` if an AppCode is accepted in place of a signature, or `disable`.
        authorizer: the settings of the custom authorizer as text, empty without one.
    """

    name: str = field(compare=False)
    kind: str
    app_code: str = "disable"
    authorizer: str = ""

    def is_accepted_for(self, needed: Credential) -> bool:
        """Return True if callers with this credential are accepted where another one is needed."""
        # An app that signs its calls may go on to do so where an AppCode is enough.
        is_signed = self.app_code == "disable" and needed.app_code == "header"
        return self == needed or (is_signed and replace(self, app_code="header") == needed)


_Alternative = dict[Credential, frozenset[str]]
"""One security alternative: credential → scopes; an empty one needs no credential."""


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


class AuthenticationComparison:
    """Compares the authentication of pairs of operations and adds the changes.

    Attributes:
        before: the credentials of the old document by the name of the scheme.
        after: those of the new document.
    """

    def __init__(self, changes: Changes, old: ApiDefinition, new: ApiDefinition, *, with_authorizers: bool) -> None:
        self._changes = changes
        self.before, self.after = (_credentials(side, with_authorizers) for side in (old, new))
        both = self.before.keys() & self.after.keys()
        self._of_other_kind = {name for name in both if self.before[name].kind != self.after[name].kind}
        # By the ids of alternatives, which operations keep: many operations may share a long list.
        self._found: dict[tuple[int, int], tuple[_Authentication | None, bool]] = {}

    def compare(self, old: Operation, new: Operation) -> None:
        """Compare the security alternatives of two operations."""
        found, _ = self._result(old, new)
        if found is None:
            return
        pointers = Pointers(old.security_pointer, new.security_pointer)
        if found.rule is None:
            self._compare_scopes(found.before[0], found.after[0], pointers, new)
        else:
            self._changes.add(found.rule, pointers, "authentication", *found.shown, operations=(new,))

    def changes_by_definition(self, old: Operation, new: Operation) -> bool:
        """Return True if the kinds of schemes are all that changes, so that it is reported where these are defined."""
        return bool(self._of_other_kind) and self._result(old, new)[1]

    def _result(self, old: Operation, new: Operation) -> tuple[_Authentication | None, bool]:
        """Return the change of the alternatives, and True if it only comes from the definitions of schemes."""
        key = (id(old.security), id(new.security))
        if key not in self._found:
            self._found[key] = self._compared(old, new)
        return self._found[key]

    def _compared(self, old: Operation, new: Operation) -> tuple[_Authentication | None, bool]:
        # Of a scheme that both use under one name, only another kind concerns the operation; the rest is compared once
        # for all operations.
        shared = {name: self.after.get(name) or Credential(name, name) for name in old.scheme_names & new.scheme_names}
        alike = {name: one for name, one in shared.items() if name not in self._of_other_kind}
        before, after = _alternatives(old, ChainMap(alike, self.before)), _alternatives(new, self.after)
        if _same(before, after):
            return None, False
        if len(alike) < len(shared) and _same(_alternatives(old, ChainMap(shared, self.before)), after):
            return None, True
        shown = [" | ".join(operation.auth) for operation in (old, new)]
        if shown[0] == shown[1]:
            shown = [" | ".join(map(_alternative_text, side)) for side in (before, after)]
        only_scopes_differ = len(before) == len(after) == 1 and before[0].keys() == after[0].keys()
        rule = None if only_scopes_differ else _rule(before, after)
        return _Authentication(before, after, rule, shown), False

    def _compare_scopes(self, before: _Alternative, after: _Alternative, pointers: Pointers, new: Operation) -> None:
        for credential, scopes in after.items():
            location = f"authentication, scopes of {credential.name}"
            if added := scopes - before[credential]:
                self._changes.add("scopes-tightened", pointers, location, None, added, operations=(new,))
            if removed := before[credential] - scopes:
                self._changes.add("scopes-loosened", pointers, location, removed, None, operations=(new,))


def _credentials(definition: ApiDefinition, with_authorizers: bool) -> dict[str, Credential]:
    return {
        name: Credential(
            name,
            kind_text(scheme),
            app_code(scheme),
            json_text(scheme.authorizer_settings) if with_authorizers and scheme.authorizer else "",
        )
        for name, scheme in definition.document.security_schemes.items()
    }


def kind_text(scheme: SecurityScheme) -> str:
    """Describe the authentication of a caller in words that are the same for all versions of the standard."""
    parts: tuple[str | None, ...] = (scheme.kind,)
    # Fields of other types have no meaning: https://spec.openapis.org/oas/v3.1.1.html#security-scheme-object
    if scheme.http_scheme is not None:
        parts = ("http", scheme.http_scheme)
    elif scheme.kind == "apiKey" and scheme.parameter != _UNUSED and scheme.auth_type != "IAM":
        parameter = scheme.parameter if scheme.location != "header" else (scheme.parameter or "").lower()
        parts = (scheme.kind, scheme.location, parameter)
    return " ".join(part for part in (*parts, scheme.auth_type) if part)


_UNUSED: Final = "unused"
"""The name of the parameter in exports where the gateway itself knows how a credential is sent:
https://support.huaweicloud.com/intl/en-us/usermanual-apig/apig_03_0085.html"""


def app_code(scheme: SecurityScheme) -> str:
    """Return if callers may send an AppCode: `header` or `disable`."""
    return (scheme.auth_opt or "disable").lower()


def _alternatives(operation: Operation, credentials: Mapping[str, Credential]) -> list[_Alternative]:
    """Return the security alternatives, sorted; an operation without any needs no credential."""
    alternatives = []
    for names in operation.security or ({},):
        alternative: _Alternative = {}
        for name, scopes in names.items():
            credential = credentials.get(name) or Credential(name, name)
            alternative[credential] = alternative.get(credential, frozenset()).union(scopes)
        alternatives.append(alternative)
    return sorted(alternatives, key=_alternative_text)


def _same(before: Iterable[_Alternative], after: Iterable[_Alternative]) -> bool:
    return {frozenset(one.items()) for one in before} == {frozenset(one.items()) for one in after}


def _alternative_text(alternative: _Alternative) -> str:
    texts = ((credential.name, ", ".join(sorted(scopes))) for credential, scopes in alternative.items())
    return " + ".join(f"{name} ({scopes})" if scopes else name for name, scopes in sorted(texts))


def _rule(before: list[_Alternative], after: list[_Alternative]) -> str:
    """Return the rule, depending on whether the old callers, or only some of them, are still accepted."""
    if {} in before and {} in after:
        return "authentication-optional-altered"
    if {} in before:
        return "authentication-added"
    if {} in after:
        return "authentication-removed"
    are_old_accepted, are_new_known = _are_all_accepted(before, after), _are_all_accepted(after, before)
    if are_old_accepted and are_new_known:
        return "authentication-rewritten"
    if are_old_accepted:
        return "authentication-weakened"
    return "authentication-strengthened" if are_new_known else "authentication-altered"


def _are_all_accepted(alternatives: list[_Alternative], accepted: list[_Alternative]) -> bool:
    """Return True if each alternative meets at least one of those that are accepted."""
    same = {frozenset(one.items()) for one in accepted}
    others = [one for one in alternatives if frozenset(one.items()) not in same]
    if len(others) * len(accepted) > MAX_COMPARED_ALTERNATIVES:
        return False
    return all(any(_meets(one, needed) for needed in accepted) for one in others)


def _meets(alternative: _Alternative, needed: _Alternative) -> bool:
    return all(
        scopes <= alternative[credential]
        if credential in alternative
        else any(own.is_accepted_for(credential) and scopes <= alternative[own] for own in alternative)
        for credential, scopes in needed.items()
    )
