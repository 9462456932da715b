"""The table `security_schemes`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from apig_nb.definition.grammar import GATEWAY
from apig_nb.definition.model.gateway import SecurityScheme
from apig_nb.definition.values import as_flag, as_list, as_map, as_text, as_whole, unknown_text, without
from apig_nb.tables.frame import LIST, MAYBE, TEXT, WHOLE, Row, rest

if TYPE_CHECKING:
    from apig_nb.definition import ApiDefinition

SECURITY_SCHEMES = {
    "scheme": TEXT,
    "kind": TEXT,
    "in": TEXT,
    "parameter": TEXT,
    "auth_type": TEXT,
    "auth_opt": TEXT,
    "authorizer": TEXT,
    "authorizer_side": TEXT,
    "authorizer_kind": TEXT,
    "authorizer_alias": TEXT,
    "authorizer_version": TEXT,
    "authorizer_network": TEXT,
    "authorizer_timeout_ms": WHOLE,
    "authorizer_retries": WHOLE,
    "authorizer_ttl": WHOLE,
    "authorizer_needs_body": MAYBE,
    "authorizer_downgrade": MAYBE,
    "identities": LIST,
    "scopes": LIST,
    "description": TEXT,
    "used_by": WHOLE,
    "extensions": TEXT,
}


def security_schemes(definition: ApiDefinition) -> Iterator[Row]:
    """Yield the rows of `Export.security_schemes`."""
    used_by = _used_by(definition)
    return (_row(scheme, used_by[name]) for name, scheme in definition.document.security_schemes.items())


def _used_by(definition: ApiDefinition) -> Counter[str]:
    used_by: Counter[str] = Counter()
    # Operations may share a long list of alternatives, which is then counted once.
    for names, operations in Counter(operation.scheme_names for operation in definition.operations).items():
        for name in names:
            used_by[name] += operations
    return used_by


def _row(scheme: SecurityScheme, used_by: int) -> Row:
    authorizer = scheme.authorizer
    unknown = without(authorizer, GATEWAY["authorizer"].fields.keys())
    return (
        scheme.name,
        scheme.kind,
        scheme.location,
        scheme.parameter,
        scheme.auth_type,
        scheme.auth_opt,
        as_text(authorizer.get("authorizer_uri")),
        as_text(authorizer.get("type")),
        as_text(authorizer.get("authorizer_type")),
        as_text(authorizer.get("authorizer_alias_uri")),
        as_text(authorizer.get("authorizer_version")),
        as_text(authorizer.get("network_type")),
        as_whole(authorizer.get("timeout")),
        as_whole(authorizer.get("retry_attempts")),
        as_whole(authorizer.get("ttl")),
        as_flag(authorizer.get("need_body")),
        as_flag(authorizer.get("auth_downgrade_enabled")),
        tuple([_identity_text(item) for item in as_list(authorizer.get("identities"))]),
        scheme.scopes,
        scheme.description,
        used_by,
        rest({**scheme.extensions, **{f"authorizer.{key}": value for key, value in unknown.items()}}),
    )


def _identity_text(item: object) -> str:
    """Describe what an authorizer checks: `X-Ticket in HEADER`, with the pattern that must match."""
    identity = as_map(item)
    validation = as_text(identity.get("validation"))
    matching = f" matching {validation}" if validation else ""
    unknown = unknown_text(identity, {"name", "location", "validation"})
    return f"{as_text(identity.get('name'))} in {as_text(identity.get('location'))}{matching} {unknown}".rstrip()
