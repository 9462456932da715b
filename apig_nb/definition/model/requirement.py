"""`Requirement`: who may call an operation."""

from __future__ import annotations

from collections.abc import Mapping

from apig_nb.definition.values import as_list, as_texts

Requirement = Mapping[str, tuple[str, ...]]
"""What a caller must show, all of it: security scheme → scopes. An empty one lets everybody in."""


def requirements(written: object) -> tuple[Requirement, ...]:
    """The alternatives that a `security` field lists."""
    return tuple(
        {scheme: as_texts(as_list(scopes)) for scheme, scopes in requirement.items()}
        for requirement in as_list(written)
        if isinstance(requirement, dict)
    )
