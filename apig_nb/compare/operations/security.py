"""Comparison of the security schemes of two documents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from apig_nb.compare.changes import Changes, Pointers
from apig_nb.definition import ApiDefinition
from apig_nb.definition.model.gateway import SecurityScheme
from apig_nb.definition.model.operation import Operation


@dataclass(frozen=True, slots=True)
class _Users:
    """The operations that use a scheme, searched only when something of it differs.

    Attributes:
        scheme: its name.
        operations: all operations of the document.
    """

    scheme: str
    operations: tuple[Operation, ...]

    def __iter__(self) -> Iterator[Operation]:
        return (operation for operation in self.operations if self.scheme in operation.scheme_names)


def compare_schemes(
    changes: Changes, old: ApiDefinition, new: ApiDefinition, renamed: Mapping[str, str], with_authorizers: bool
) -> None:
    """Add the changes of the schemes that both documents define, with the operations that use them.

    Args:
        changes: the changes are added to these.
        old: the old document.
        new: the new document.
        renamed: old → new names of the schemes that only have another name (see `renamed_schemes`).
        with_authorizers: True if both documents contain authorizers.
    """
    for name, before in old.document.security_schemes.items():
        after = new.document.security_schemes.get(renamed.get(name, name))
        if after is None:
            continue
        users = _Users(after.name, new.operations)
        pointers = Pointers(before.pointer, after.pointer)
        label = f"security scheme {after.name}"
        texts = _authentication_text(before), _authentication_text(after)
        if texts[0] != texts[1]:
            changes.add("security-scheme-altered", pointers, label, *texts, operations=users)
        urls = _urls_text(before), _urls_text(after)
        if urls[0] != urls[1]:
            # No operation is affected: it accepts the same tokens.
            changes.add("scheme-address-altered", pointers, label, *urls)
        _compare_scopes(changes, before, after, pointers)
        _compare_gateway_fields(changes, before, after, pointers, users, with_authorizers)


def renamed_schemes(old: ApiDefinition, new: ApiDefinition) -> dict[str, str]:
    """Return old → new names of the schemes that are the same but for their name."""
    removed, added = _only_in(old, new), _only_in(new, old)
    renamed = {}
    for text, schemes in removed.items():
        if len(schemes) == len(added[text]) == 1:
            before, after = schemes[0], added[text][0]
            if (before.auth_opt, dict(before.authorizer)) == (after.auth_opt, dict(after.authorizer)):
                renamed[before.name] = after.name
    return renamed


def _only_in(one: ApiDefinition, other: ApiDefinition) -> defaultdict[str, list[SecurityScheme]]:
    """Return the schemes whose name only one document has, by their authentication in words."""
    found = defaultdict(list)
    for name, scheme in one.document.security_schemes.items():
        if name not in other.document.security_schemes:
            found[_authentication_text(scheme)].append(scheme)
    return found


def _compare_scopes(changes: Changes, old: SecurityScheme, new: SecurityScheme, pointers: Pointers) -> None:
    """Compare the scopes that are defined; those that an operation needs are part of its security."""
    label = f"security scheme {new.name}, scopes"
    if added := set(new.scopes) - set(old.scopes):
        changes.add("scheme-scopes-added", pointers, label, None, added)
    if removed := set(old.scopes) - set(new.scopes):
        changes.add("scheme-scopes-removed", pointers, label, removed, None)


def _compare_gateway_fields(
    changes: Changes,
    old: SecurityScheme,
    new: SecurityScheme,
    pointers: Pointers,
    users: Iterable[Operation],
    with_authorizers: bool,
) -> None:
    label = f"security scheme {new.name}"
    codes = [(scheme.auth_opt or "disable").lower() for scheme in (old, new)]
    if codes[0] != codes[1]:
        rule = "appcode-allowed" if codes[1] == "header" else "appcode-refused"
        changes.add(rule, pointers, f"{label}, AppCode", *codes, operations=users)
    authorizers = dict(old.authorizer), dict(new.authorizer)
    if with_authorizers and authorizers[0] != authorizers[1]:
        rule = "authorizer-altered" if all(authorizers) else f"authorizer-{'added' if authorizers[1] else 'removed'}"
        keys = sorted(authorizers[0].keys() | authorizers[1].keys())
        changed = [key for key in keys if authorizers[0].get(key) != authorizers[1].get(key)]
        shown = ({key: side[key] for key in changed if key in side} or None for side in authorizers)
        changes.add(rule, pointers, f"{label}, authorizer", *shown, operations=users)
    fields = (
        ("description-altered", "description", old.description, new.description),
        ("extension-altered", "extensions", dict(old.extensions), dict(new.extensions)),
    )
    changes.add_fields(fields, pointers, label, users)


def _authentication_text(scheme: SecurityScheme) -> str:
    """Describe the authentication of a caller in words that are the same for all versions of the standard."""
    kind = scheme.kind if scheme.http_scheme is None else f"http {scheme.http_scheme}"
    parameter = scheme.parameter if scheme.location != "header" else (scheme.parameter or "").lower()
    flows = sorted(flow.name for flow in scheme.flows)
    parts = (kind, scheme.location, parameter, scheme.auth_type, scheme.openid_url, *flows)
    return " ".join(part for part in parts if part)


def _urls_text(scheme: SecurityScheme) -> str | None:
    """Return the URLs that the tokens of a scheme come from."""
    flows = sorted(scheme.flows, key=lambda flow: flow.name)
    urls = [url for flow in flows for url in (flow.authorization_url, flow.token_url, flow.refresh_url) if url]
    return " ".join(urls) or None
