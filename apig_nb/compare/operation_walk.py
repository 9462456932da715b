"""Pairs of operations: parameters, bodies, responses, addresses and texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from apig_nb.compare.changes import LIFECYCLE, Changes
from apig_nb.compare.rules import RECEIVED, SENT
from apig_nb.compare.sameness import Alike
from apig_nb.compare.schema_view import Part
from apig_nb.compare.schema_walk import SchemaWalk
from apig_nb.compare.serialisation import serialisations
from apig_nb.definition.model import MediaType, Parameter, RequestBody, Response
from apig_nb.definition.operation import Operation, template_parameters
from apig_nb.definition.values import as_flag, as_map

_NOT_DESCRIBED: Final[tuple[dict[str, str], ...]] = ({}, {"type": "object"})
"""Schemas of a body that stand for "not described": the gateway writes the second in OpenAPI 3.0 and none in 2.0."""

_DEFAULT_STATUS: Final = {"default-cors": "default"}
"""The gateway's own word for the answer of an API with CORS (contract/document, oddity 2)."""


class OperationWalk:
    """Compares pairs of operations and adds what differs."""

    def __init__(self, changes: Changes, schemas: SchemaWalk) -> None:
        self._changes, self._schemas = changes, schemas

    def compare(self, old: Operation, new: Operation, alike: Alike) -> None:
        """Compare what callers see of two operations, save for what is alike."""
        self._compare_path(old, new)
        if not alike("parameters"):
            self._compare_parameters(old, new)
        if not alike("parameters", "requestBody", "consumes", "x-apigateway-content-type"):
            self._compare_bodies(old, new)
        if not alike("responses", "produces"):
            self._compare_responses(old, new)
        self._compare_texts(old, new)

    def _add(self, rule: str, new: Operation, where: str, before: Any = None, after: Any = None, **more: Any) -> None:
        at = more.pop("pointer", new.pointer)
        self._changes.add(rule, at, where, before, after, operations=(new,), **more)

    def _compare_path(self, old: Operation, new: Operation) -> None:
        for before, after in zip(template_parameters(old.path), template_parameters(new.path), strict=False):
            if before != after:
                self._add("path-parameter-renamed", new, f"path parameter {after}", before, after)

    # ------------------------------------------------------------------ parameters

    def _compare_parameters(self, old: Operation, new: Operation) -> None:
        renamed = dict(zip(template_parameters(old.path), template_parameters(new.path), strict=False))
        before = {_parameter_key(parameter, renamed): parameter for parameter in old.parameters}
        after = {_parameter_key(parameter, {}): parameter for parameter in new.parameters}
        gone = {key: before[key] for key in before if key not in after}
        come = {key: after[key] for key in after if key not in before}
        for key in list(gone):
            place = next((other for other in come if other[1] == key[1] and key[0] != "path"), None)
            if place is not None:
                where = f"parameter {gone[key].name}"
                self._add("parameter-place-altered", new, where, key[0], place[0])
                self._compare_parameter(gone.pop(key), come.pop(place), new)
        for parameter in gone.values():
            # A parameter in the path comes and goes with the path.
            if parameter.location != "path" or parameter.name.removesuffix("+") not in set(
                template_parameters(old.path)
            ):
                rule = "required-parameter-removed" if parameter.required else "parameter-removed"
                self._add(rule, new, _where(parameter), parameter.name, None, pointer=old.pointer)
        for parameter in come.values():
            if parameter.location != "path" or parameter.name.removesuffix("+") not in set(
                template_parameters(new.path)
            ):
                rule = "required-parameter-added" if parameter.required else "parameter-added"
                self._add(rule, new, _where(parameter), None, parameter.name)
        for key, parameter in after.items():
            if key in before:
                self._compare_parameter(before[key], parameter, new)
        self._compare_serialisation(old, new, renamed)

    def _compare_serialisation(self, old: Operation, new: Operation, renamed: Mapping[str, str]) -> None:
        before, after = serialisations(old), serialisations(new)
        for (place, name), way in before.items():
            key = place, renamed.get(name, name) if place == "path" else name
            if key in after and after[key] != way:
                self._add("serialisation-altered", new, f"parameter {key[1]} in {place}", way, after[key])

    def _compare_parameter(self, old: Parameter, new: Parameter, operation: Operation) -> None:
        where = _where(new)
        if old.required != new.required:
            rule = "parameter-required-tightened" if new.required else "parameter-required-loosened"
            self._add(rule, operation, where, old.required, new.required)
        if old.deprecated != new.deprecated:
            self._add("deprecated-altered", operation, where, old.deprecated, new.deprecated)
        for rule, name, before, after in (
            ("pass-through-altered", "pass-through", old.pass_through, new.pass_through),
            ("orchestration-altered", "orchestrations", old.orchestrations, new.orchestrations),
            ("sample-altered", "sample", old.sample or None, new.sample or None),
            ("description-altered", "description", old.description or None, new.description or None),
            ("extension-altered", "extensions", dict(old.extensions), dict(new.extensions)),
        ):
            if before != after:
                self._add(rule, operation, f"{where}, {name}", _shown(before), _shown(after))
        at = f"{operation.pointer}/parameters"
        self._schemas.compare(Part(old.schema, at), Part(new.schema, at), SENT, where, operation)

    # ------------------------------------------------------------------ bodies

    def _compare_bodies(self, old: Operation, new: Operation) -> None:
        before, after = old.request_body, new.request_body
        where = "request body"
        if before is None or after is None:
            if body := before or after:
                verb = "added" if after else "removed"
                shown = ", ".join(media.name for media in body.media_types) or None
                rule = f"{'required-' if body.required else ''}request-body-{verb}"
                self._add(rule, new, where, shown if before else None, shown if after else None)
            return
        if before.required != after.required:
            rule = f"request-body-required-{'tightened' if after.required else 'loosened'}"
            self._add(rule, new, where, before.required, after.required)
        self._compare_body_texts(before, after, new)
        self._compare_media_types(before.media_types, after.media_types, SENT, where, new)

    def _compare_body_texts(self, old: RequestBody, new: RequestBody, operation: Operation) -> None:
        if (old.description or None) != (new.description or None):
            self._add("description-altered", operation, "request body, description", old.description, new.description)
        if dict(old.extensions) != dict(new.extensions):
            values = (_shown(dict(body.extensions)) for body in (old, new))
            self._add("extension-altered", operation, "request body, extensions", *values)

    def _compare_media_types(
        self, old: Iterable[MediaType], new: Iterable[MediaType], side: str, where: str, operation: Operation
    ) -> None:
        before, after = ({_media_key(media.name): media for media in medias} for medias in (old, new))
        if len(before) == len(after) == 1 and "*/*" in (*before, *after):
            # Any media type stands for the one there is.
            after = dict(zip(before, after.values(), strict=True))
        for name in before:
            if name not in after:
                self._add("media-type-removed", operation, where, before[name].name, None)
        for name, media in after.items():
            if name not in before:
                self._add("media-type-added", operation, where, None, media.name)
            else:
                self._compare_body_schemas(before[name].schema, media.schema, side, f"{where} {media.name}", operation)

    def _compare_body_schemas(self, old: Any, new: Any, side: str, where: str, operation: Operation) -> None:
        old, new = (None if schema in _NOT_DESCRIBED else schema for schema in (old, new))
        if old is None or new is None:
            if old is not new:
                self._add("schema-added" if old is None else "schema-removed", operation, where, side=side)
            return
        self._schemas.compare(Part(old, operation.pointer), Part(new, operation.pointer), side, where, operation)

    # ------------------------------------------------------------------ responses

    def _compare_responses(self, old: Operation, new: Operation) -> None:
        before, after = ({_status(response): response for response in op.responses} for op in (old, new))
        for status, response in before.items():
            if status not in after:
                is_success = status.startswith(("2", "3"))
                rule = "success-response-removed" if is_success else "response-removed"
                self._add(rule, new, f"response {response.status}", status, None, side=RECEIVED)
        for status, response in after.items():
            where = f"response {response.status}"
            if status not in before:
                self._add("response-added", new, where, None, status, side=RECEIVED)
                continue
            self._compare_media_types(before[status].media_types, response.media_types, RECEIVED, where, new)
            self._compare_headers(old, before[status], new, response, where)
            self._compare_response_texts(before[status], response, where, new)

    def _compare_headers(self, old: Operation, before: Response, new: Operation, after: Response, where: str) -> None:
        left, right = _headers(old, before), _headers(new, after)
        if before.status != after.status or "default-cors" in (before.status, after.status):
            # The gateway adds it to what it writes for CORS; the operation's own flag says the same.
            for headers in (left, right):
                headers.pop("access-control-allow-origin", None)
        for name in sorted(left.keys() - right.keys()):
            rule = "required-header-removed" if as_flag(left[name].get("required")) else "header-removed"
            self._add(rule, new, f"{where}, header", name, None, side=RECEIVED)
        for name in sorted(right.keys() - left.keys()):
            self._add("header-added", new, f"{where}, header", None, name, side=RECEIVED)
        for name in sorted(left.keys() & right.keys()):
            at = f"{where}, header {name}"
            must = [bool(as_flag(header.get("required"))) for header in (left[name], right[name])]
            if must[0] != must[1]:
                rule = f"header-required-{'tightened' if must[1] else 'loosened'}"
                self._add(rule, new, at, *must, side=RECEIVED)
            schemas = [Part(_header_schema(header), new.pointer) for header in (left[name], right[name])]
            self._schemas.compare(schemas[0], schemas[1], RECEIVED, at, new)

    def _compare_response_texts(self, old: Response, new: Response, where: str, operation: Operation) -> None:
        for rule, name, before, after in (
            ("description-altered", "description", old.description or None, new.description or None),
            ("sample-altered", "normal sample", old.normal_sample or None, new.normal_sample or None),
            ("sample-altered", "failure sample", old.failure_sample or None, new.failure_sample or None),
            ("extension-altered", "extensions", _shown(dict(old.extensions)), _shown(dict(new.extensions))),
        ):
            if before != after:
                self._add(rule, operation, f"{where}, {name}", before, after)

    # ------------------------------------------------------------------ texts

    def _compare_texts(self, old: Operation, new: Operation) -> None:
        for key in ("summary", "description", "externalDocs"):
            before, after = old.raw.get(key), new.raw.get(key)
            if (before or None) != (after or None):
                self._add("description-altered", new, key, before, after)
        before_id, after_id = old.text("operationId"), new.text("operationId")
        if (before_id or None) != (after_id or None):
            self._add("operation-id-altered", new, "operationId", before_id, after_id)
        if set(old.tags) != set(new.tags):
            self._add("tags-altered", new, "tags", ", ".join(old.tags) or None, ", ".join(new.tags) or None)
        if old.deprecated != new.deprecated:
            self._add("operation-deprecated", new, "deprecated", old.deprecated, new.deprecated)
        for name, of in _OPERATION_REST.items():
            left, right = of(old), of(new)
            for key in LIFECYCLE:
                if left.get(key) != right.get(key):
                    self._add("lifecycle-altered", new, key, left.get(key), right.get(key))
            left, right = ({k: v for k, v in side.items() if k not in LIFECYCLE} for side in (left, right))
            if left != right:
                self._add("extension-altered", new, name, _shown(left), _shown(right))


def _unknown_keys(operation: Operation) -> dict[str, Any]:
    known = {"responses", "parameters", "requestBody", "security", "servers", "schemes", "consumes", "produces"}
    known |= {"tags", "summary", "description", "externalDocs", "operationId", "deprecated"}
    return {
        key: value for key, value in operation.raw.items() if key not in known and not key.startswith("x-apigateway-")
    }


def _path_item_keys(operation: Operation) -> dict[str, Any]:
    item = operation.item.items()
    return {key: value for key, value in item if key.startswith("x-") and key != "x-apigateway-any-method"}


_OPERATION_REST: Final[Mapping[str, Callable[[Operation], dict[str, Any]]]] = {
    "extensions": lambda operation: _unknown_keys(operation) | operation.unknown_extensions,
    "extensions of the path": _path_item_keys,
}


def _parameter_key(parameter: Parameter, renamed: Mapping[str, str]) -> tuple[str, str]:
    name = parameter.name.removesuffix("+")
    if parameter.location == "path":
        return "path", renamed.get(name, name)
    # Header names mean the same in any letter case.
    return parameter.location, name.lower() if parameter.location == "header" else name


def _where(parameter: Parameter) -> str:
    return f"parameter {parameter.name} in {parameter.location}"


def _media_key(name: str) -> str:
    """A media type without its letter case and its charset, which says nothing of its content."""
    main, _, options = name.lower().partition(";")
    kept = sorted(option.strip() for option in options.split(";") if option.strip() and "charset" not in option)
    return ";".join((main.strip(), *kept))


def _status(response: Response) -> str:
    return _DEFAULT_STATUS.get(response.status, response.status.upper() if "x" in response.status else response.status)


def _headers(operation: Operation, response: Response) -> dict[str, Mapping[str, Any]]:
    """The headers of a response by name, whose letter case says nothing."""
    written = as_map(operation.follow(as_map(operation.raw.get("responses")).get(response.status)))
    headers = as_map(written.get("headers")).items()
    return {name.lower(): as_map(operation.follow(header)) for name, header in headers}


def _header_schema(header: Mapping[str, Any]) -> Any:
    """What a header holds: OpenAPI 3.0 has a schema for it, Swagger 2.0 writes it beside the rest."""
    if "schema" in header:
        return header["schema"]
    for content in as_map(header.get("content")).values():
        return as_map(content).get("schema", {})
    return header


def _shown(value: Any) -> Any:
    return value or None
