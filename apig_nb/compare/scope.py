"""What two exports both tell of: a definition scope leaves out backends or policies, which says nothing of them."""

from __future__ import annotations

from dataclasses import dataclass

from apig_nb.export import Export
from apig_nb.request import BACKENDS, POLICIES, find_scope


@dataclass(frozen=True, slots=True)
class CommonParts:
    """What is to be compared.

    Attributes:
        backends: both exports tell of backends.
        policies: both exports tell of throttling, access control, plug-ins and authorizers.
    """

    backends: bool
    policies: bool


def common_parts(old: Export, new: Export) -> CommonParts:
    """What both exports tell of, by their definition scopes where these are known."""
    return CommonParts(
        backends=all(map(_has_backends, (old, new))),
        policies=all(_may_contain(export, POLICIES) for export in (old, new)) or old.scope == new.scope,
    )


def _may_contain(export: Export, part: str) -> bool:
    scope = find_scope(export.scope)
    return scope is None or part in scope.parts


def _has_backends(export: Export) -> bool:
    return _may_contain(export, BACKENDS) and any(operation.has_backend for operation in export.definition.operations)
