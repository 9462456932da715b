"""The tables `paths` and `operations`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from apig_nb.definition.grammar import PATH_ITEM_FIELDS
from apig_nb.definition.model.elements import Requirement
from apig_nb.definition.model.operation import Operation, template_parameters
from apig_nb.definition.values import as_text, extensions, written_form
from apig_nb.tables.frame import FLAG, KEYS, LIST, MAYBE, TEXT, WHOLE, Row, rest

if TYPE_CHECKING:
    from apig_nb.definition import ApiDefinition

PATHS = {
    "path": TEXT,
    "methods": LIST,
    "operation_count": WHOLE,
    "path_parameters": LIST,
    "tags": LIST,
    "extensions": TEXT,
}

OPERATIONS = {
    **KEYS,
    "operation_id": TEXT,
    "summary": TEXT,
    "description": TEXT,
    "tags": LIST,
    "deprecated": FLAG,
    "request_type": TEXT,
    "match_mode": TEXT,
    "auth": TEXT,
    "security": LIST,
    "authorizer": TEXT,
    "is_preflight": FLAG,
    "request_media_types": LIST,
    "response_media_types": LIST,
    "parameter_count": WHOLE,
    "required_parameter_count": WHOLE,
    "status_codes": LIST,
    "servers": LIST,
    "protocols": LIST,
    "backend_type": TEXT,
    "backend": TEXT,
    "timeout_ms": WHOLE,
    "backend_policies": LIST,
    "cors": MAYBE,
    "ratelimit": TEXT,
    "access_control": LIST,
    "plugins": LIST,
    "gateway_response": TEXT,
    "body_base64": MAYBE,
    "extensions": TEXT,
}


def paths(definition: ApiDefinition) -> Iterator[Row]:
    """Yield the rows of `Export.paths`."""
    of_path: dict[str, list[Operation]] = defaultdict(list)
    for operation in definition.operations:
        of_path[operation.path].append(operation)
    return (_path_row(path, item, of_path[path]) for path, item in definition.document.paths.items())


def _path_row(path: str, item: Mapping[str, Any], operations: list[Operation]) -> Row:
    return (
        path,
        tuple([operation.method for operation in operations]),
        len(operations),
        tuple(template_parameters(path)),
        tuple(dict.fromkeys([tag for operation in operations for tag in operation.tags])),
        rest(extensions(item, PATH_ITEM_FIELDS)),
    )


def operations(definition: ApiDefinition) -> Iterator[Row]:
    """Yield the rows of `Export.operations`."""
    return map(_operation_row, definition.operations)


def _operation_row(operation: Operation) -> Row:
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
        operation.tags,
        operation.deprecated,
        operation.request_type,
        operation.match_mode,
        *access,
        operation.is_preflight,
        tuple(operation.request_media_types),
        responses.media_types,
        operation.parameter_count,
        operation.required_parameter_count,
        responses.statuses,
        operation.server_urls,
        operation.protocols,
        backend.kind if backend else None,
        backend.target if backend else None,
        backend.timeout_ms if backend else None,
        tuple(dict.fromkeys(operation.backend_policies)),
        operation.cors,
        _text(operation.names("x-apigateway-ratelimit")),
        operation.names("x-apigateway-access-control"),
        operation.names("x-apigateway-plugins"),
        _text(operation.names("x-apigateway-response")),
        operation.body_base64,
        memo_by_value("extensions", written_form(unknown), unknown, rest) if unknown else None,
    )


def _access(operation: Operation) -> tuple[str, tuple[str, ...], str | None]:
    """Return the columns `auth`, `security` and `authorizer`."""
    return " | ".join(operation.auth), tuple(map(_security_text, operation.security)), _text(operation.authorizers)


def _security_text(alternative: Requirement) -> str:
    """Join schemes that are needed together by ` + `; scopes are in parentheses."""
    return " + ".join([_scheme_text(name, scopes) for name, scopes in alternative.items()]) or "none"


def _scheme_text(name: str, scopes: tuple[str, ...]) -> str:
    return f"{name}({', '.join(scopes)})" if scopes else name


def _text(names: tuple[str, ...]) -> str | None:
    """Return the name of what an operation has one of at most; a document that has more has them joined."""
    return ", ".join(names) or None
