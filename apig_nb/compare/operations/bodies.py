"""Comparison of the request bodies and responses of two operations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from apig_nb.compare.changes import Changes, Pointers
from apig_nb.compare.equality import SourceEquality
from apig_nb.compare.rules import RECEIVED, SENT
from apig_nb.compare.schemas.comparison import SchemaComparison
from apig_nb.definition.model.elements import Header, MediaType, Response
from apig_nb.definition.model.operation import Operation
from apig_nb.definition.values import equal

_NOT_DESCRIBED: Final[tuple[object, ...]] = (None, {}, {"type": "object"})
"""Schemas of a body that is not described: the gateway writes the last in OpenAPI 3.0 and none in Swagger 2.0."""

_DEFAULT_STATUS: Final = {"default-cors": "default"}
"""Status that the gateway writes for an operation with CORS → the status it stands for."""


class BodyComparison:
    """Compares request bodies and responses of pairs of operations and adds the changes."""

    def __init__(self, changes: Changes, schemas: SchemaComparison, equality: SourceEquality) -> None:
        self._changes, self._schemas, self._equality = changes, schemas, equality

    def _add(
        self,
        rule: str,
        pointers: Pointers,
        operation: Operation,
        label: str,
        before: Any = None,
        after: Any = None,
        side: str = SENT,
    ) -> None:
        self._changes.add(rule, pointers, label, before, after, operations=(operation,), side=side)

    # ------------------------------------------------------------------ request bodies

    def compare_request_bodies(self, old: Operation, new: Operation) -> None:
        """Compare the request bodies of two operations."""
        before, after = old.request_body, new.request_body
        label = "request body"
        if before is None or after is None:
            if body := before or after:
                shown = ", ".join(media.name for media in body.media_types) or "a body"
                stem = "required-request-body" if body.required else "request-body"
                if after:
                    self._add(f"{stem}-added", Pointers(None, new.pointer), new, label, None, shown)
                else:
                    self._add(f"{stem}-removed", Pointers(old.pointer, None), new, label, shown, None)
            return
        pointers = Pointers(before.pointer, after.pointer)
        if before.required != after.required:
            rule = f"request-body-required-{'tightened' if after.required else 'loosened'}"
            self._add(rule, pointers, new, label, before.required, after.required)
        fields = (
            ("description-altered", "description", before.description, after.description),
            ("extension-altered", "extensions", dict(before.extensions), dict(after.extensions)),
        )
        self._changes.add_fields(fields, pointers, label, (new,), SENT)
        serialisations = _serialisations(before.media_types), _serialisations(after.media_types)
        for name in sorted(serialisations[0].keys() & serialisations[1].keys()):
            values = serialisations[0][name], serialisations[1][name]
            if values[0] != values[1]:
                self._add("serialisation-altered", pointers, new, f"{label}, {name}", *values)
        self._compare_contents(before.media_types, after.media_types, SENT, pointers, new, label)
        self._compare_media_types(before.media_types, after.media_types, SENT, pointers, new, label)

    def _compare_contents(
        self,
        old: Iterable[MediaType],
        new: Iterable[MediaType],
        side: str,
        pointers: Pointers,
        operation: Operation,
        label: str,
    ) -> None:
        """Compare the media types that both have, except for their schemas."""
        left, right = ({media.name: media for media in medias} for medias in (old, new))
        for name in left.keys() & right.keys():
            before, after = left[name], right[name]
            if equal(before.source, after.source):
                continue
            fields = (
                ("description-altered", "example", before.example, after.example),
                ("description-altered", "examples", before.examples, after.examples),
                ("serialisation-altered", "encoding", _content_types(before), _content_types(after)),
                ("extension-altered", "extensions", before.extensions, after.extensions),
            )
            self._changes.add_fields(fields, pointers, f"{label} {name}", (operation,), side)

    def _compare_media_types(
        self,
        old: Iterable[MediaType],
        new: Iterable[MediaType],
        side: str,
        pointers: Pointers,
        operation: Operation,
        label: str,
    ) -> None:
        left, right = ({_media_key(media.name): media for media in medias} for medias in (old, new))
        if len(left) == len(right) == 1 and "*/*" in (*left, *right):
            # Any media type stands for the only one of the other side.
            right = dict(zip(left, right.values(), strict=True))
        for name, media in left.items():
            if name not in right:
                removed = Pointers(pointers.old, None)
                self._add("media-type-removed", removed, operation, label, media.name, None, side)
        for name, media in right.items():
            if name in left:
                self._compare_schemas(left[name], media, side, operation, f"{label} {media.name}")
            else:
                added = Pointers(None, pointers.new)
                self._add("media-type-added", added, operation, label, None, media.name, side)

    def _compare_schemas(self, old: MediaType, new: MediaType, side: str, operation: Operation, label: str) -> None:
        before, after = old.schema_source, new.schema_source
        if old.schema is None and new.schema not in _NOT_DESCRIBED:
            self._add("schema-added", Pointers(None, after.pointer), operation, label, side=side)
        elif new.schema is None and old.schema not in _NOT_DESCRIBED:
            self._add("schema-removed", Pointers(before.pointer, None), operation, label, side=side)
        elif old.schema is not None and new.schema is not None:
            self._schemas.compare(before, after, side, label, operation)

    # ------------------------------------------------------------------ responses

    def compare_responses(self, old: Operation, new: Operation) -> None:
        """Compare the responses of two operations."""
        before, after = ({_status(response): response for response in side.responses} for side in (old, new))
        for status, response in before.items():
            if status not in after:
                rule = "success-response-removed" if status.startswith(("2", "3")) else "response-removed"
                pointers = Pointers(response.listed_pointer, None)
                self._add(rule, pointers, new, f"response {response.status}", status, None, RECEIVED)
        is_same_standard = old.document.standard == new.document.standard
        for status, response in after.items():
            label = f"response {status}"
            if status not in before:
                pointers = Pointers(None, response.listed_pointer)
                self._add("response-added", pointers, new, label, None, status, RECEIVED)
            elif not (is_same_standard and self._is_same(before[status], response)):
                self._compare_response(before[status], response, new, label)

    def _is_same(self, old: Response, new: Response) -> bool:
        """Return True if two responses are written the same, media types and samples outside of them included."""
        return (
            self._equality.same(old.source, new.source)
            and [media.name for media in old.media_types] == [media.name for media in new.media_types]
            and (old.normal_sample, old.failure_sample) == (new.normal_sample, new.failure_sample)
        )

    def _compare_response(self, old: Response, new: Response, operation: Operation, label: str) -> None:
        pointers = Pointers(old.pointer, new.pointer)
        self._compare_media_types(old.media_types, new.media_types, RECEIVED, pointers, operation, label)
        self._compare_headers(old, new, pointers, operation, label)
        fields = (
            ("description-altered", "description", old.description, new.description),
            ("sample-altered", "normal sample", old.normal_sample, new.normal_sample),
            ("sample-altered", "failure sample", old.failure_sample, new.failure_sample),
            ("extension-altered", "extensions", dict(old.extensions), dict(new.extensions)),
            ("extension-altered", "links", old.links, new.links),
        )
        self._changes.add_fields(fields, pointers, label, (operation,), RECEIVED)
        contents = [(*response.media_types, *response.unlisted_media_types) for response in (old, new)]
        self._compare_contents(contents[0], contents[1], RECEIVED, pointers, operation, label)

    def _compare_headers(
        self, old: Response, new: Response, pointers: Pointers, operation: Operation, label: str
    ) -> None:
        # Header names are not case-sensitive.
        before, after = ({header.name.lower(): header for header in response.headers} for response in (old, new))
        if "default-cors" in (old.status, new.status):
            # The gateway adds it for CORS, which is compared as a flag of the operation.
            for headers in (before, after):
                headers.pop("access-control-allow-origin", None)
        for name in sorted(before.keys() - after.keys()):
            rule = "required-header-removed" if before[name].required else "header-removed"
            self._add(rule, Pointers(pointers.old, None), operation, f"{label}, header", name, None, RECEIVED)
        for name in sorted(after.keys() - before.keys()):
            self._add("header-added", Pointers(None, pointers.new), operation, f"{label}, header", None, name, RECEIVED)
        for name in sorted(before.keys() & after.keys()):
            self._compare_header(before[name], after[name], operation, f"{label}, header {name}")

    def _compare_header(self, old: Header, new: Header, operation: Operation, label: str) -> None:
        pointers = Pointers(old.pointer, new.pointer)
        if old.required != new.required:
            rule = f"header-required-{'tightened' if new.required else 'loosened'}"
            self._add(rule, pointers, operation, label, old.required, new.required, RECEIVED)
        fields = [("description-altered", "description", old.description, new.description)]
        self._changes.add_fields(fields, pointers, label, (operation,), RECEIVED)
        self._schemas.compare(old.schema_source, new.schema_source, RECEIVED, label, operation)


def _media_key(name: str) -> str:
    """Return a media type in lower case and without its charset, which does not concern the schema of its content."""
    main, _, options = name.lower().partition(";")
    kept = sorted(option.strip() for option in options.split(";") if option.strip() and "charset" not in option)
    return ";".join((main.strip(), *kept))


def _status(response: Response) -> str:
    return _DEFAULT_STATUS.get(response.status, response.status.upper() if "x" in response.status else response.status)


def _serialisations(media_types: Iterable[MediaType]) -> Mapping[str, str]:
    """Return the serialisation of the lists of a form, by field."""
    return {
        name: encoding.serialisation
        for media in media_types
        for name, encoding in media.encodings.items()
        if encoding.serialisation is not None
    }


def _content_types(media: MediaType) -> dict[str, object]:
    """Return the media types of the fields of a form, where they are given."""
    return {
        name: encoding.content_type for name, encoding in media.encodings.items() if encoding.content_type is not None
    }
