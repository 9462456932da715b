"""Check paths and their operations: paths that fit the same calls, ids given twice, parameters twice or undeclared."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, Final

from apig_nb.definition.model.dialect import BODY_LOCATIONS
from apig_nb.definition.model.document import Document
from apig_nb.definition.model.operation import TEMPLATE_PARAMETER, Operation, parameter_key, path_shape
from apig_nb.definition.problem import Problems, quoted
from apig_nb.definition.values import as_list, as_map, as_text

MAX_NORMALIZED: Final = 500
"""The length of the longest path that is normalised: combining characters take quadratic time."""


def check_paths(document: Document, operations: Iterable[Operation], problems: Problems) -> None:
    """Check the paths of a document, and the parameters and ids of their operations."""
    _check_shapes(document.paths, problems)
    undeclared: dict[str, list[str]] = {}
    for path, item in document.paths.items():
        declared = _check_parameters(document, item, ("paths", path), problems)
        undeclared[path] = [name for name in _names(path) if name not in declared]
    by_id: dict[str, Operation] = {}
    for operation in operations:
        at = operation.pointer_parts
        declared = _check_parameters(document, operation.raw, at, problems)
        for name in undeclared[operation.path]:
            if problems.truncated:
                break
            if name not in declared:
                message = f"{quoted(name)} in the path is not declared as a parameter with 'in: path'"
                problems.add(at, "undefined", message)
        _check_id(operation, by_id, problems)


def _check_shapes(paths: Iterable[str], problems: Problems) -> None:
    """Report each path that fits the same calls as an earlier one."""
    by_shape: dict[str, str] = {}
    for path in paths:
        shape = path_shape(path) if "{" in path else path
        key = shape if shape.isascii() or len(shape) > MAX_NORMALIZED else unicodedata.normalize("NFC", shape)
        other = by_shape.setdefault(key, path)
        if other is not path:
            differs = (
                "the names of its parameters" if path_shape(other) == shape else "how Unicode writes its characters"
            )
            message = f"the same path as {quoted(other)} but for {differs}; which of them answers a call is not defined"
            problems.add(("paths", path), "duplicate-path", message)


def _names(path: str) -> dict[str, None]:
    """Return the names in a path, each once, without `{proxy+}`: published exports do not declare that parameter."""
    if "{" not in path:
        return {}
    return dict.fromkeys(name for name in TEMPLATE_PARAMETER.findall(path) if name and not name.endswith("+"))


def _check_parameters(
    document: Document, holder: Mapping[str, Any], at: tuple[str, ...], problems: Problems
) -> set[str | None]:
    """Report parameters that are declared twice or in the body of OpenAPI 3; return the names of those in the path."""
    seen: set[object] = set()
    in_path: set[str | None] = set()
    for index, item in enumerate(as_list(holder.get("parameters"))):
        written = as_map(document.references.follow(item))
        key = parameter_key(written)
        if key in seen and key != (None, None):
            name, location = as_text(written.get("name")), as_text(written.get("in"))
            message = f"{quoted(name)} in {quoted(location)} is declared twice; the last one counts"
            problems.add((*at, "parameters", index), "duplicate-parameter", message)
        elif key[1] in BODY_LOCATIONS and not document.is_swagger:
            location = quoted(as_text(written.get("in")))
            message = f"OpenAPI 3 has no parameters in {location}; read as the request body if there is no other"
            problems.add((*at, "parameters", index), "body-parameter", message)
        seen.add(key)
        if key[1] == "path":
            in_path.add(key[0])
    return in_path


def _check_id(operation: Operation, by_id: dict[str, Operation], problems: Problems) -> None:
    """Report an id that an earlier operation has."""
    name = operation.raw.get("operationId")
    if isinstance(name, str):
        other = by_id.setdefault(name, operation)
        # An operation that several paths refer to is written once.
        if other.raw is not operation.raw:
            message = f"{quoted(name)} is also the id of {quoted(f'{other.method} {other.path}')}; ids must be unique"
            problems.add((*operation.pointer_parts, "operationId"), "duplicate-operation-id", message)
