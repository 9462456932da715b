"""Schemas that extend another one by `allOf`, in both standards.

A schema with a discriminator stands for every schema that extends it: where a `Pet` is sent, a `Cat` may be.
https://spec.openapis.org/oas/v3.1.0#models-with-polymorphism-support
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from apig_nb.definition.problem import pointer
from apig_nb.definition.values import as_list, as_map

MAX_HEIRS: Final = 20_000
"""Maximum number of extending schemas in a document, each counted for every schema that it extends."""


def heirs(schemas: Mapping[str, Any], section: str) -> dict[str, tuple[str, ...]]:
    """Return references to the schemas that extend a named schema with a discriminator, by the reference to it.

    A schema that extends one of these is included, unless that one has a discriminator of its own. Schemas that list
    their alternatives themselves are left out.

    Args:
        schemas: the named schemas as written.
        section: the reference to all of them, such as `#/components/schemas`.
    """
    refs = {name: section + pointer(name) for name in schemas}
    bases = {refs[name]: schema for name, schema in schemas.items() if "discriminator" in as_map(schema)}
    if not bases:
        return {}
    direct: dict[str, list[str]] = defaultdict(list)
    for name, schema in schemas.items():
        for part in as_list(as_map(schema).get("allOf")):
            if isinstance(ref := as_map(part).get("$ref"), str):
                direct[unquote(ref)].append(refs[name])
    found: dict[str, tuple[str, ...]] = {}
    count = 0
    for base in sorted(bases.keys() & direct.keys()):
        reached: dict[str, None] = {}
        todo = [] if "oneOf" in bases[base] or "anyOf" in bases[base] else [base]
        while todo and count < MAX_HEIRS:
            for heir in direct[todo.pop()]:
                if heir not in reached and heir != base:
                    reached[heir] = None
                    count += 1
                    todo += [] if heir in bases else [heir]
        if reached:
            found[base] = tuple(reached)
    return found
