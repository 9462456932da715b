"""Security schemes of two documents: what each asks for, and which has only got another name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from apig_nb.compare.changes import Changes, Pointers
from apig_nb.definition import ApiDefinition
from apig_nb.definition.model.elements import SecurityScheme
from apig_nb.definition.model.operation import Operation
from apig_nb.definition.problem import pointer
from apig_nb.definition.values import as_map, as_text

Way = dict[str, frozenset[str]]
"""One way to be let in: security schemes, all of them, with the scopes asked for."""

# Swagger 2.0's names of OAuth flows → those of OpenAPI 3.
_FLOWS: Final = {"accessCode": "authorizationCode", "application": "clientCredentials"}
_URLS: Final = ("authorizationUrl", "tokenUrl", "refreshUrl")


@dataclass(frozen=True, slots=True)
class _Users:
    """The operations that use a scheme: looked for when something of it differs.

    Attributes:
        scheme: its name.
        operations: all there are.
    """

    scheme: str
    operations: tuple[Operation, ...]

    def __iter__(self) -> Iterator[Operation]:
        return (operation for operation in self.operations if self.scheme in operation.scheme_names)


def compare_schemes(
    changes: Changes, old: ApiDefinition, new: ApiDefinition, renamed: Mapping[str, str], tells_authorizers: bool
) -> None:
    """Add what differs in the schemes that both documents define, with the operations that use them."""
    for name, before in old.document.security_schemes.items():
        after = new.document.security_schemes.get(renamed.get(name, name))
        if after is None:
            continue
        users = _Users(after.name, new.operations)
        at = Pointers(_place(old, name), _place(new, after.name))
        where = f"security scheme {after.name}"
        facts = _facts(old, name), _facts(new, after.name)
        if facts[0] != facts[1]:
            changes.add("security-scheme-altered", at, where, *facts, operations=users)
        addresses = _addresses(old, name), _addresses(new, after.name)
        if addresses[0] != addresses[1]:
            # Of the scheme alone: an operation takes the same token, wherever it is from.
            changes.add("scheme-address-altered", at, where, *addresses)
        _compare_scopes(changes, before, after, at)
        _compare_extras(changes, before, after, at, users, tells_authorizers)


def renamed_schemes(old: ApiDefinition, new: ApiDefinition) -> dict[str, str]:
    """Old → new name of the schemes that are the same by all but their name."""
    gone, come = _only_in(old, new), _only_in(new, old)
    renamed = {}
    for facts, names in gone.items():
        if len(names) == len(come[facts]) == 1:
            before, after = old.document.security_schemes[names[0]], new.document.security_schemes[come[facts][0]]
            if (before.auth_opt, dict(before.authorizer)) == (after.auth_opt, dict(after.authorizer)):
                renamed[before.name] = after.name
    return renamed


def _only_in(one: ApiDefinition, other: ApiDefinition) -> defaultdict[str, list[str]]:
    """The schemes that only one document names, by what they ask of a caller."""
    found = defaultdict(list)
    for name in one.document.security_schemes:
        if name not in other.document.security_schemes:
            found[_facts(one, name)].append(name)
    return found


def _compare_scopes(changes: Changes, old: SecurityScheme, new: SecurityScheme, at: Pointers) -> None:
    """Compare what scopes there are; which of them an operation asks for is its own."""
    where = f"security scheme {new.name}, scopes"
    if come := set(new.scopes) - set(old.scopes):
        changes.add("scheme-scopes-added", at, where, None, come)
    if gone := set(old.scopes) - set(new.scopes):
        changes.add("scheme-scopes-removed", at, where, gone, None)


def _compare_extras(
    changes: Changes,
    old: SecurityScheme,
    new: SecurityScheme,
    at: Pointers,
    users: Iterable[Operation],
    tells_authorizers: bool,
) -> None:
    where = f"security scheme {new.name}"
    codes = [(scheme.auth_opt or "disable").lower() for scheme in (old, new)]
    if codes[0] != codes[1]:
        rule = "appcode-allowed" if codes[1] == "header" else "appcode-refused"
        changes.add(rule, at, f"{where}, AppCode", *codes, operations=users)
    authorizers = dict(old.authorizer), dict(new.authorizer)
    if tells_authorizers and authorizers[0] != authorizers[1]:
        rule = "authorizer-altered" if all(authorizers) else f"authorizer-{'added' if authorizers[1] else 'removed'}"
        keys = sorted(authorizers[0].keys() | authorizers[1].keys())
        changed = [key for key in keys if authorizers[0].get(key) != authorizers[1].get(key)]
        shown = ({key: side[key] for key in changed if key in side} or None for side in authorizers)
        changes.add(rule, at, f"{where}, authorizer", *shown, operations=users)
    for rule, name, before, after in (
        ("description-altered", "description", old.description, new.description),
        ("extension-altered", "extensions", dict(old.extensions), dict(new.extensions)),
    ):
        if (before or None) != (after or None):
            changes.add(rule, at, f"{where}, {name}", before or None, after or None, operations=users)


def _place(definition: ApiDefinition, name: str) -> str:
    return pointer(*definition.document.dialect.SECURITY_SCHEMES, name)


def _written(definition: ApiDefinition, name: str) -> Mapping[str, Any]:
    node: Mapping[str, Any] = definition.tree
    for key in definition.document.dialect.SECURITY_SCHEMES:
        node = as_map(node.get(key))
    return as_map(definition.document.references.follow(node.get(name)))


def _facts(definition: ApiDefinition, name: str) -> str:
    """What a scheme asks of a caller, in words that are the same for all versions of the standard."""
    written, scheme = _written(definition, name), definition.document.security_schemes[name]
    kind = scheme.kind or ""
    if kind == "basic":
        kind = "http basic"
    elif kind == "http":
        kind = f"http {(as_text(written.get('scheme')) or '').lower()}"
    parameter = scheme.parameter if scheme.location != "header" else (scheme.parameter or "").lower()
    facts = [kind, scheme.location, parameter, scheme.auth_type, as_text(written.get("openIdConnectUrl"))]
    return " ".join(fact for fact in (*facts, *sorted(_flows(written))) if fact)


def _addresses(definition: ApiDefinition, name: str) -> str | None:
    """Where the tokens of a scheme come from."""
    flows = _flows(_written(definition, name))
    urls = [as_text(as_map(flows[flow]).get(key)) for flow in sorted(flows) for key in _URLS]
    return " ".join(url for url in urls if url) or None


def _flows(written: Mapping[str, Any]) -> Mapping[str, Any]:
    """The OAuth flows by the names of OpenAPI 3; Swagger 2.0 has one, written beside the rest."""
    if "flow" in written:
        flow = as_text(written["flow"]) or ""
        return {_FLOWS.get(flow, flow): written}
    return as_map(written.get("flows"))
