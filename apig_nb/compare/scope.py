"""What two exports both tell of: a definition scope leaves out backends or policies, which says nothing of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from apig_nb.export import Export

# By the words of the service and of older gateways (contract/export).
_BACKENDS: Final = frozenset(("x-apigateway-backend", "x-apigateway-backend-policies"))
_WITHOUT_BACKENDS: Final = ("spec", "base")
_WITHOUT_POLICIES: Final = (*_WITHOUT_BACKENDS, "proxy", "full")


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
    scopes = [(export.scope or "").lower() for export in (old, new)]
    return CommonParts(
        backends=all(map(_has_backends, (old, new))),
        policies=not any(scope in _WITHOUT_POLICIES for scope in scopes) or scopes[0] == scopes[1],
    )


def _has_backends(export: Export) -> bool:
    return (export.scope or "").lower() not in _WITHOUT_BACKENDS and any(
        not _BACKENDS.isdisjoint(operation.raw) for operation in export.definition.operations
    )
