"""Find the version of the standard that a document follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from apig_nb.definition.problem import Problem, quoted
from apig_nb.definition.values import as_list, as_map, as_text

_OPENAPI_ONLY: Final = ("components", "servers", "webhooks")


@dataclass(frozen=True)
class Standard:
    """The version of the standard a document is read by."""

    name: str
    is_swagger: bool
    problems: tuple[Problem, ...] = ()


def standard_of(tree: Mapping[str, Any]) -> Standard:
    """Find the version that a document declares; without one, guess it from the fields that the document has."""
    swagger, openapi = as_text(tree.get("swagger")), as_text(tree.get("openapi"))
    if swagger is None and openapi is None:
        is_swagger = not _looks_like_openapi(tree)
        read_as = "Swagger 2.0" if is_swagger else "OpenAPI 3.0"
        missing = Problem("", "version", f"no version of the standard is given; read as {read_as}")
        return Standard(read_as, is_swagger, (missing,))
    problems = []
    if swagger is not None and openapi is not None:
        is_swagger = not openapi.startswith("3")
        kept = f"Swagger {swagger}" if is_swagger else f"OpenAPI {openapi}"
        problems.append(Problem("", "version", f"both swagger and openapi are given; read as {kept}"))
    else:
        is_swagger = openapi is None
    version = swagger if is_swagger and swagger is not None else openapi or ""
    known = version == "2.0" if is_swagger else version.startswith(("3.0", "3.1"))
    if not known:
        like = "Swagger 2.0" if is_swagger else "OpenAPI 3.1"
        key = "swagger" if is_swagger else "openapi"
        problems.append(Problem(f"/{key}", "version", f"the version {quoted(version)} is not known; read like {like}"))
    return Standard(f"{'Swagger' if is_swagger else 'OpenAPI'} {version}".strip(), is_swagger, tuple(problems))


def _looks_like_openapi(tree: Mapping[str, Any]) -> bool:
    if any(key in tree for key in _OPENAPI_ONLY):
        return True
    for item in as_map(tree.get("paths")).values():
        for operation in as_map(item).values():
            written = as_map(operation)
            if "requestBody" in written:
                return True
            for parameter in as_list(written.get("parameters")):
                fields = as_map(parameter)
                if "schema" in fields and fields.get("in") != "body":
                    return True
    return False
