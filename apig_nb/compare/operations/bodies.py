"""Bodies, responses and headers of two operations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from apig_nb.compare.changes import Changes, Pointers
from apig_nb.compare.equality import OperationEquality, SourceEquality
from apig_nb.compare.operations.pointers import (
    body_place,
    media_schema_place,
    response_place,
    schema_place,
    target_pointer,
)
from apig_nb.compare.operations.serialisation import form_serialisations
from apig_nb.compare.rules import RECEIVED, SENT
from apig_nb.compare.schemas.comparison import SchemaComparison
from apig_nb.definition.grammar import RESPONSE_KEYS
from apig_nb.definition.model.elements import MediaType, Response
from apig_nb.definition.model.operation import Operation
from apig_nb.definition.model.schema import SchemaSource
from apig_nb.definition.problem import pointer
from apig_nb.definition.values import as_flag, as_map, equal, extensions

_NOT_DESCRIBED: Final[tuple[object, ...]] = (None, {}, {"type": "object"})
"""What stands for a body that is not described: the gateway writes the last in OpenAPI 3.0 and none in 2.0."""

_DEFAULT_STATUS: Final = {"default-cors": "default"}
"""The gateway's own word for the answer of an API with CORS (contract/document, oddity 2)."""


class BodyWalk:
    """Compares what pairs of operations take and answer, and adds what differs."""

    def __init__(self, changes: Changes, schemas: SchemaComparison, equality: SourceEquality) -> None:
        self._changes, self._schemas, self._equality = changes, schemas, equality

    def _add(
        self,
        rule: str,
        at: Pointers,
        new: Operation,
        where: str,
        before: Any = None,
        after: Any = None,
        side: str = SENT,
    ) -> None:
        self._changes.add(rule, at, where, before, after, operations=(new,), side=side)

    # ------------------------------------------------------------------ bodies

    def compare_bodies(self, old: Operation, new: Operation) -> None:
        """Compare what two operations take besides parameters."""
        before, after = old.request_body, new.request_body
        where = "request body"
        if before is None or after is None:
            if body := before or after:
                shown = ", ".join(media.name for media in body.media_types) or "a body"
                stem = "required-request-body" if body.required else "request-body"
                if after:
                    self._add(f"{stem}-added", Pointers(None, new.pointer), new, where, None, shown)
                else:
                    self._add(f"{stem}-removed", Pointers(old.pointer, None), new, where, shown, None)
            return
        at = Pointers(body_place(old), body_place(new))
        if before.required != after.required:
            rule = f"request-body-required-{'tightened' if after.required else 'loosened'}"
            self._add(rule, at, new, where, before.required, after.required)
        self._compare_rest(
            (
                ("description-altered", "description", before.description, after.description),
                ("extension-altered", "extensions", dict(before.extensions), dict(after.extensions)),
            ),
            at,
            new,
            where,
        )
        ways = form_serialisations(old), form_serialisations(new)
        for name in sorted(ways[0].keys() & ways[1].keys()):
            if ways[0][name] != ways[1][name]:
                self._add("serialisation-altered", at, new, f"{where}, {name}", ways[0][name], ways[1][name])
        contents = [
            as_map(as_map(operation.follow(operation.raw.get("requestBody"))).get("content"))
            for operation in (old, new)
        ]
        self._compare_contents(contents[0], contents[1], at, new, where)
        self._compare_media_types(before.media_types, after.media_types, SENT, at, old, new, where)

    def _compare_rest(
        self, fields: Iterable[tuple[str, str, Any, Any]], at: Pointers, new: Operation, where: str
    ) -> None:
        """Compare fields that one rule each tells of; what is empty is not there."""
        for rule, name, before, after in fields:
            if not equal(before or None, after or None):
                self._add(rule, at, new, f"{where}, {name}", before or None, after or None)

    def _compare_contents(
        self, old: Mapping[str, Any], new: Mapping[str, Any], at: Pointers, operation: Operation, where: str
    ) -> None:
        """Compare what stands beside the schema of a media type."""
        for name in old.keys() & new.keys():
            before, after = as_map(old[name]), as_map(new[name])
            if before is after or equal(before, after):
                continue
            encodings = _encodings(before), _encodings(after)
            rows = [("description-altered", key, before.get(key), after.get(key)) for key in ("example", "examples")]
            rows.append(("serialisation-altered", "encoding", *encodings))
            rows.append(("extension-altered", "extensions", extensions(before), extensions(after)))
            self._compare_rest(rows, at, operation, f"{where} {name}")

    def _compare_media_types(
        self,
        before: Iterable[MediaType],
        after: Iterable[MediaType],
        side: str,
        at: Pointers,
        old: Operation,
        new: Operation,
        where: str,
    ) -> None:
        left, right = ({_media_key(media.name): media for media in medias} for medias in (before, after))
        if len(left) == len(right) == 1 and "*/*" in (*left, *right):
            # Any media type stands for the one there is.
            right = dict(zip(left, right.values(), strict=True))
        for name, media in left.items():
            if name not in right:
                self._add("media-type-removed", Pointers(at.old, None), new, where, media.name, None, side)
        for name, media in right.items():
            if name not in left:
                self._add("media-type-added", Pointers(None, at.new), new, where, None, media.name, side)
                continue
            places = Pointers(
                media_schema_place(old, left[name].name, at.old or ""),
                media_schema_place(new, media.name, at.new or ""),
            )
            self._compare_body_schemas(left[name].schema, media.schema, side, places, new, f"{where} {media.name}")

    def _compare_body_schemas(
        self, old: Any, new: Any, side: str, at: Pointers, operation: Operation, where: str
    ) -> None:
        if old is None and new not in _NOT_DESCRIBED:
            self._add("schema-added", Pointers(None, at.new), operation, where, side=side)
        elif new is None and old not in _NOT_DESCRIBED:
            self._add("schema-removed", Pointers(at.old, None), operation, where, side=side)
        elif old is not None and new is not None:
            self._schemas.compare(
                SchemaSource(old, at.old or ""), SchemaSource(new, at.new or ""), side, where, operation
            )

    # ------------------------------------------------------------------ responses

    def compare_responses(self, old: Operation, new: Operation, pair_equality: OperationEquality) -> None:
        """Compare what two operations answer, except for parts that are written the same."""
        # Media types and samples may stand beside a response and yet be part of it.
        is_rest_same = pair_equality.same("produces") and pair_equality.same_in("responses", *RESPONSE_KEYS)
        before, after = ({_status(response): response for response in op.responses} for op in (old, new))
        for status, response in before.items():
            if status not in after:
                rule = "success-response-removed" if status.startswith(("2", "3")) else "response-removed"
                at = Pointers(f"{old.pointer}{pointer('responses', response.status)}", None)
                self._add(rule, at, new, f"response {response.status}", status, None, RECEIVED)
        for status, response in after.items():
            where = f"response {status}"
            if status not in before:
                at = Pointers(None, f"{new.pointer}{pointer('responses', response.status)}")
                self._add("response-added", at, new, where, None, status, RECEIVED)
            elif not (is_rest_same and pair_equality.same_in("responses", response.status)):
                self._compare_response(before[status], response, old, new, where)

    def _compare_response(self, before: Response, after: Response, old: Operation, new: Operation, where: str) -> None:
        written = [_written(operation, response) for operation, response in ((old, before), (new, after))]
        at = Pointers(response_place(old, before.status), response_place(new, after.status))
        self._compare_media_types(before.media_types, after.media_types, RECEIVED, at, old, new, where)
        if not self._equality.same(written[0].get("headers"), written[1].get("headers")):
            self._compare_headers(before, after, at, old, new, where)
        self._compare_rest(
            (
                ("description-altered", "description", before.description, after.description),
                ("sample-altered", "normal sample", before.normal_sample, after.normal_sample),
                ("sample-altered", "failure sample", before.failure_sample, after.failure_sample),
                ("extension-altered", "extensions", dict(before.extensions), dict(after.extensions)),
                ("extension-altered", "links", written[0].get("links"), written[1].get("links")),
            ),
            at,
            new,
            where,
        )
        self._compare_contents(_contents(written[0]), _contents(written[1]), at, new, where)

    def _compare_headers(
        self, before: Response, after: Response, at: Pointers, old: Operation, new: Operation, where: str
    ) -> None:
        left, right = _headers(old, before, at.old or ""), _headers(new, after, at.new or "")
        if "default-cors" in (before.status, after.status):
            # The gateway adds it to what it writes for CORS; the operation's own flag says the same.
            for headers in (left, right):
                headers.pop("access-control-allow-origin", None)
        for name in sorted(left.keys() - right.keys()):
            rule = "required-header-removed" if as_flag(left[name][0].get("required")) else "header-removed"
            self._add(rule, Pointers(at.old, None), new, f"{where}, header", name, None, RECEIVED)
        for name in sorted(right.keys() - left.keys()):
            self._add("header-added", Pointers(None, at.new), new, f"{where}, header", None, name, RECEIVED)
        for name in sorted(left.keys() & right.keys()):
            self._compare_header(left[name], right[name], old, new, f"{where}, header {name}")

    def _compare_header(
        self,
        before: tuple[Mapping[str, Any], str],
        after: tuple[Mapping[str, Any], str],
        old: Operation,
        new: Operation,
        where: str,
    ) -> None:
        at = Pointers(before[1], after[1])
        must = [bool(as_flag(header.get("required"))) for header in (before[0], after[0])]
        if must[0] != must[1]:
            rule = f"header-required-{'tightened' if must[1] else 'loosened'}"
            self._add(rule, at, new, where, must[0], must[1], RECEIVED)
        texts = [header.get("description") for header in (before[0], after[0])]
        self._compare_rest([("description-altered", "description", texts[0], texts[1])], at, new, where)
        parts = [
            SchemaSource(_header_schema(header), schema_place(operation, header, place))
            for operation, (header, place) in ((old, before), (new, after))
        ]
        self._schemas.compare(parts[0], parts[1], RECEIVED, where, new)


def _written(operation: Operation, response: Response) -> Mapping[str, Any]:
    return as_map(operation.follow(as_map(operation.raw.get("responses")).get(response.status)))


def _contents(response: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is told of each media type of a response beside its schema; Swagger 2.0 has one example each."""
    examples = as_map(response.get("examples"))
    return as_map(response.get("content")) or {name: {"example": example} for name, example in examples.items()}


def _headers(operation: Operation, response: Response, at: str) -> dict[str, tuple[Mapping[str, Any], str]]:
    """The headers of a response by name, whose letter case says nothing, and where each is written."""
    return {
        name.lower(): (
            as_map(operation.follow(header)),
            target_pointer(operation, header, f"{at}{pointer('headers', name)}"),
        )
        for name, header in as_map(_written(operation, response).get("headers")).items()
    }


def _header_schema(header: Mapping[str, Any]) -> Any:
    """What a header holds: OpenAPI 3.0 has a schema for it, Swagger 2.0 writes it beside the rest."""
    if "schema" in header:
        return header["schema"]
    for content in as_map(header.get("content")).values():
        return as_map(content).get("schema", {})
    return {key: value for key, value in header.items() if key not in ("description", "required")}


def _media_key(name: str) -> str:
    """A media type without its letter case and its charset, which says nothing of its content."""
    main, _, options = name.lower().partition(";")
    kept = sorted(option.strip() for option in options.split(";") if option.strip() and "charset" not in option)
    return ";".join((main.strip(), *kept))


def _status(response: Response) -> str:
    return _DEFAULT_STATUS.get(response.status, response.status.upper() if "x" in response.status else response.status)


def _encodings(media: Mapping[str, Any]) -> dict[str, Any]:
    """The media types of the fields of a form, where they are told."""
    told = {name: as_map(encoding).get("contentType") for name, encoding in as_map(media.get("encoding")).items()}
    return {name: media_type for name, media_type in told.items() if media_type is not None}
