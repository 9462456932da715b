"""The tables `paths` and `operations`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from apig_nb.definition.grammar import PATH_ITEM_FIELDS
from apig_nb.definition.model.elements import Requirement
from apig_nb.definition.model.operation import Operation, template_parameters
from apig_nb.definition.values import as_text, extensions, written_form
from apig_nb.tables.frame import FLAG, KEYS, MAYBE, TEXT, WHOLE, frame, joined, rest

if TYPE_CHECKING:
    import pandas as pd

    from apig_nb.definition import ApiDefinition

PATHS = {"path": TEXT, "methods": TEXT, "operations": WHOLE, "path_parameters": TEXT, "tags": TEXT, "extensions": TEXT}

OPERATIONS = {
    **KEYS,
    "operation_id": TEXT,
    "summary": TEXT,
    "description": TEXT,
    "tags": TEXT,
    "deprecated": FLAG,
    "request_type": TEXT,
    "match_mode": TEXT,
    "auth": TEXT,
    "security": TEXT,
    "authorizer": TEXT,
    "request_media_types": TEXT,
    "response_media_types": TEXT,
    "parameters": WHOLE,
    "required_parameters": WHOLE,
    "status_codes": TEXT,
    "protocols": TEXT,
    "backend_type": TEXT,
    "backend": TEXT,
    "timeout_ms": WHOLE,
    "backend_policies": TEXT,
    "cors": MAYBE,
    "ratelimit": TEXT,
    "access_control": TEXT,
    "plugins": TEXT,
    "gateway_response": TEXT,
    "body_base64": MAYBE,
    "extensions": TEXT,
}


def paths(definition: ApiDefinition) -> pd.DataFrame:
    """Build the table of `Export.paths`."""
    of_path: dict[str, list[Operation]] = defaultdict(list)
    for operation in definition.operations:
        of_path[operation.path].append(operation)
    return frame(PATHS, (_path_row(path, item, of_path[path]) for path, item in definition.document.paths.items()))


def _path_row(path: str, item: Mapping[str, Any], operations: list[Operation]) -> tuple[object, ...]:
    return (
        path,
        joined([operation.method for operation in operations]),
        len(operations),
        joined(template_parameters(path)),
        joined(dict.fromkeys([tag for operation in operations for tag in operation.tags])),
        rest(extensions(item, PATH_ITEM_FIELDS)),
    )


def operations(definition: ApiDefinition) -> pd.DataFrame:
    """Build the table of `Export.operations`."""
    return frame(OPERATIONS, map(_operation_row, definition.operations))


def _operation_row(operation: Operation) -> tuple[object, ...]:
    responses, backend = operation.response_summary, operation.backend
    memo_by_id, memo_by_value = operation.document.memo_by_id, operation.document.memo_by_value
    unknown = operation.unknown_extensions
    access = memo_by_id("access", operation.security, lambda _: _access(operation))
    return (
        operation.method,
        operation.path,
        operation.operation_id,
        as_text(operation.summary),
        as_text(operation.description),
        joined(operation.tags),
        operation.deprecated,
        operation.request_type,
        operation.match_mode,
        *access,
        joined(operation.request_media_types),
        joined(responses.media_types),
        operation.parameter_count,
        operation.required_parameter_count,
        joined(responses.statuses),
        memo_by_id("protocols text", operation.server_urls, lambda _: joined(operation.protocols)),
        backend.kind if backend else None,
        backend.target if backend else None,
        backend.timeout_ms if backend else None,
        joined(dict.fromkeys(operation.backend_policies)),
        operation.cors,
        joined(operation.names("x-apigateway-ratelimit")),
        joined(operation.names("x-apigateway-access-control")),
        joined(operation.names("x-apigateway-plugins")),
        joined(operation.names("x-apigateway-response")),
        operation.body_base64,
        memo_by_value("extensions", written_form(unknown), unknown, rest) if unknown else None,
    )


def _access(operation: Operation) -> tuple[str, str | None, str | None]:
    """Return the columns `auth`, `security` and `authorizer`."""
    return " | ".join(operation.auth), _security_text(operation.security), joined(operation.authorizers)


def _security_text(alternatives: Iterable[Requirement]) -> str | None:
    """Join alternatives by ` | `, schemes that are needed together by ` + `; scopes are in parentheses."""
    each = (" + ".join(_scheme_text(name, scopes) for name, scopes in names.items()) for names in alternatives)
    return " | ".join(text or "none" for text in each) or None


def _scheme_text(name: str, scopes: tuple[str, ...]) -> str:
    return f"{name}({', '.join(scopes)})" if scopes else name
