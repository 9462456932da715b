"""Parts that both exports contain: a definition scope may leave out backends or policies."""

from __future__ import annotations

from dataclasses import dataclass

from apig_nb.export import Export
from apig_nb.request import BACKENDS, POLICIES, find_scope


@dataclass(frozen=True, slots=True)
class CommonParts:
    """The parts to compare.

    Attributes:
        backends: both exports contain backends.
        policies: both exports contain throttling, access control, plug-ins and authorizers, or have the same scope.
    """

    backends: bool
    policies: bool


def common_parts(old: Export, new: Export) -> CommonParts:
    """Return the parts that both exports contain, by their definition scopes where these are known."""
    return CommonParts(
        backends=all(map(_has_backends, (old, new))),
        policies=all(_may_contain(export, POLICIES) for export in (old, new)) or old.scope == new.scope,
    )


def _may_contain(export: Export, part: str) -> bool:
    scope = find_scope(export.scope)
    return scope is None or part in scope.parts


def _has_backends(export: Export) -> bool:
    return _may_contain(export, BACKENDS) and any(operation.has_backend for operation in export.definition.operations)
