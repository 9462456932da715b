"""Comparison of the custom authorizers of two security schemes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from typing import Any, Final

from apig_nb.compare.changes import Changes, Pointers
from apig_nb.definition.model.gateway import SecurityScheme
from apig_nb.definition.model.operation import Operation

_Identity = Mapping[str, Any]
"""A part of a request that an authorizer asks for, with the pattern that it must match, if any."""

_DOWNGRADE: Final = "auth_downgrade_enabled"
"""The setting with which calls are let in when the authorizer itself fails:
https://support.huaweicloud.com/intl/en-us/usermanual-apig/apig_03_0119.html"""


def compare_authorizers(
    changes: Changes, old: SecurityScheme, new: SecurityScheme, pointers: Pointers, users: Iterable[Operation]
) -> None:
    """Add the changes of the authorizers, with the operations that use the schemes."""
    label = f"security scheme {new.name}, authorizer"
    if not (old.authorizer and new.authorizer):
        if old.authorizer or new.authorizer:
            rule = "authorizer-added" if new.authorizer else "authorizer-removed"
            written = (dict(scheme.authorizer) or None for scheme in (old, new))
            changes.add(rule, pointers, label, *written, operations=users)
        return
    before, after = old.authorizer_settings, new.authorizer_settings
    downgrades = before.pop(_DOWNGRADE), after.pop(_DOWNGRADE)
    if downgrades[0] != downgrades[1]:
        rule = "authorizer-loosened" if downgrades[1] else "authorizer-tightened"
        changes.add(rule, pointers, f"{label}, {_DOWNGRADE}", *downgrades, operations=users)
    for identities in _paired(before.pop("identities"), after.pop("identities")):
        if identities[0] != identities[1]:
            rule = f"authorizer-identity-{_effect(*identities)}"
            changes.add(rule, pointers, f"{label}, identity", *identities, operations=users)
    changed = [key for key in sorted(before.keys() | after.keys()) if before.get(key) != after.get(key)]
    if changed:
        values = ({key: side[key] for key in changed if key in side} or None for side in (before, after))
        changes.add("authorizer-altered", pointers, label, *values, operations=users)


def _paired(old: Iterable[_Identity], new: Iterable[_Identity]) -> Iterator[tuple[_Identity | None, _Identity | None]]:
    """Pair identities by name."""
    by_name: dict[str, tuple[list[_Identity], list[_Identity]]] = {}
    for side, identities in enumerate((old, new)):
        for identity in identities:
            by_name.setdefault(identity["name"].lower(), ([], []))[side].append(identity)
    for name in sorted(by_name):
        yield from zip_longest(*by_name[name])


def _effect(old: _Identity | None, new: _Identity | None) -> str:
    if old is not None and new is not None and old["location"] != new["location"]:
        return "moved"
    before, after = _demand(old), _demand(new)
    return "altered" if before == after else "tightened" if before < after else "loosened"


def _demand(identity: _Identity | None) -> int:
    """Return how much of callers an identity asks for: nothing, that it is sent, or that it also matches a pattern."""
    return 0 if identity is None else 1 if "validation" not in identity else 2
