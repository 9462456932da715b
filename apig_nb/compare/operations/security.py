"""Comparison of the security schemes of two documents, as far as operations use them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from apig_nb.compare.changes import Changes, Pointers
from apig_nb.compare.operations.authentication import AuthenticationComparison, app_code, kind_text
from apig_nb.compare.operations.authorizers import compare_authorizers
from apig_nb.definition import ApiDefinition
from apig_nb.definition.model.gateway import SecurityScheme
from apig_nb.definition.model.operation import Operation


@dataclass(frozen=True, slots=True)
class _Users:
    """The operations that use a scheme, listed only when something of it differs.

    Attributes:
        groups: lists of operations that use the same schemes.
    """

    groups: list[list[Operation]]

    def __iter__(self) -> Iterator[Operation]:
        return chain.from_iterable(self.groups)


def compare_schemes(
    changes: Changes,
    old: ApiDefinition,
    new: ApiDefinition,
    pairs: Iterable[tuple[Operation, Operation]],
    authentication: AuthenticationComparison,
    *,
    with_authorizers: bool,
) -> None:
    """Add the changes of the schemes that operations of both documents use, with the operations that use them.

    Args:
        changes: the changes are added to these.
        old: the old document.
        new: the new document.
        pairs: the operations that both documents have: old and new.
        authentication: the comparison of the operations, which has the credentials of both documents.
        with_authorizers: True if both documents contain authorizers.
    """
    schemes = old.document.security_schemes, new.document.security_schemes
    # A scheme with another name is the first one that is the same and whose name is new.
    renamed = {authentication.after[name]: name for name in reversed(tuple(schemes[1])) if name not in schemes[0]}
    for name, groups in sorted(_users_by_name(pairs, authentication).items()):
        before, after_name = schemes[0].get(name), name
        if before is not None and not any(name in group.new_names for group in groups):
            after_name = renamed.get(authentication.before[name], name)
        after = schemes[1].get(after_name)
        groups = [group for group in groups if after_name in group.new_names]
        users = _Users([group.operations for group in groups])
        if not users.groups or (before is None and after is None):
            continue
        pointers = Pointers(before and before.pointer, after and after.pointer)
        label = f"security scheme {after_name}"
        if before is None or after is None:
            rule = f"security-scheme-{'defined' if before is None else 'undefined'}"
            shown = (None if scheme is None else kind_text(scheme) for scheme in (before, after))
            changes.add(rule, pointers, label, *shown, operations=users)
            continue
        kinds = kind_text(before), kind_text(after)
        if kinds[0] != kinds[1]:
            concerned = _Users([group.operations for group in groups if group.changes_by_definition])
            if concerned.groups:
                changes.add("security-scheme-altered", pointers, label, *kinds, operations=concerned)
        else:
            _compare_flows(changes, before, after, pointers, users)
        _compare_gateway_fields(changes, before, after, pointers, users, with_authorizers)


class _Group(NamedTuple):
    """New operations whose old ones used the same schemes.

    Attributes:
        new_names: the schemes that they use.
        changes_by_definition: their authentication changes by the definitions of schemes only.
    """

    new_names: frozenset[str]
    changes_by_definition: bool
    operations: list[Operation]


def _users_by_name(
    pairs: Iterable[tuple[Operation, Operation]], authentication: AuthenticationComparison
) -> dict[str, list[_Group]]:
    """Return the groups of operations that used each old scheme."""
    found: dict[tuple[frozenset[str], frozenset[str], bool], list[Operation]] = {}
    for old, new in pairs:
        key = old.scheme_names, new.scheme_names, authentication.changes_by_definition(old, new)
        found.setdefault(key, []).append(new)
    by_name: dict[str, list[_Group]] = {}
    for (old_names, new_names, by_definition), operations in found.items():
        for name in old_names:
            by_name.setdefault(name, []).append(_Group(new_names, by_definition, operations))
    return by_name


def _compare_flows(
    changes: Changes, old: SecurityScheme, new: SecurityScheme, pointers: Pointers, users: _Users
) -> None:
    """Compare the ways to get a token, and the scopes it can have."""
    label = f"security scheme {new.name}"
    before, after = (
        {flow.name: flow for flow in (scheme.flows if scheme.kind == "oauth2" else ())} for scheme in (old, new)
    )
    if removed := before.keys() - after.keys():
        changes.add("scheme-flow-removed", pointers, f"{label}, flows", removed, None, operations=users)
    if added := after.keys() - before.keys():
        changes.add("scheme-flow-added", pointers, f"{label}, flows", None, added)
    both = sorted(before.keys() & after.keys())
    urls = [[url for name in both for url in flows[name].urls] for flows in (before, after)]
    if old.kind == new.kind == "openIdConnect":
        urls = [[scheme.openid_url or ""] for scheme in (old, new)]
    if urls[0] != urls[1]:
        # No operation is affected: it accepts the same tokens.
        differing = ([url for url in side if url not in other] or side for side, other in (urls, urls[::-1]))
        changes.add("scheme-address-altered", pointers, label, *(" ".join(side) or None for side in differing))
    scopes = [{scope for flow in flows.values() for scope in flow.scopes} for flows in (before, after)]
    if scopes[1] - scopes[0]:
        changes.add("scheme-scopes-added", pointers, f"{label}, scopes", None, scopes[1] - scopes[0])
    if removed := scopes[0] - scopes[1]:
        needs: dict[int, bool] = {}  # by the id of the alternatives, which many operations may share
        for one in users:
            if id(one.security) not in needs:
                needs[id(one.security)] = any(not removed.isdisjoint(names.get(new.name, ())) for names in one.security)
        needing = [one for one in users if needs[id(one.security)]]
        rule = "needed-scopes-removed" if needing else "scheme-scopes-removed"
        changes.add(rule, pointers, f"{label}, scopes", removed, None, operations=needing)


def _compare_gateway_fields(
    changes: Changes,
    old: SecurityScheme,
    new: SecurityScheme,
    pointers: Pointers,
    users: _Users,
    with_authorizers: bool,
) -> None:
    label = f"security scheme {new.name}"
    codes = app_code(old), app_code(new)
    if codes[0] != codes[1]:
        rule = "appcode-allowed" if codes[1] == "header" else "appcode-refused"
        changes.add(rule, pointers, f"{label}, AppCode", *codes, operations=users)
    if with_authorizers:
        compare_authorizers(changes, old, new, pointers, users)
    fields = (
        ("description-altered", "description", old.description, new.description),
        ("extension-altered", "extensions", dict(old.extensions), dict(new.extensions)),
    )
    changes.add_fields(fields, pointers, label, users)
