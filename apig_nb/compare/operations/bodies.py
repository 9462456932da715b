"""Comparison of the request bodies and responses of two operations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from apig_nb.compare.changes import Changes, Pointers
from apig_nb.compare.equality import SourceEquality
from apig_nb.compare.operations.forms import FormComparison
from apig_nb.compare.operations.headers import HeaderComparison
from apig_nb.compare.operations.ranges import (
    has_body,
    is_success,
    match_ranges,
    media_changes,
    media_cover,
    media_key,
    status_cover,
)
from apig_nb.compare.operations.values import ValueComparison
from apig_nb.compare.rules import RECEIVED, SENT
from apig_nb.compare.schemas.comparison import Schemas
from apig_nb.definition.model.elements import MediaType, Response
from apig_nb.definition.model.operation import Operation

_NOT_DESCRIBED: Final[tuple[object, ...]] = (None, {}, {"type": "object"})
"""Schemas of a body that is not described: the gateway writes the last in OpenAPI 3.0 and none in Swagger 2.0."""

_DEFAULT_STATUS: Final = {"default-cors": "default"}
"""Status that the gateway writes for an operation with CORS → the status it stands for."""


class BodyComparison:
    """Compares request bodies and responses of pairs of operations and adds the changes."""

    def __init__(self, changes: Changes, schemas: Schemas, equality: SourceEquality) -> None:
        self._changes, self._schemas, self._equality = changes, schemas, equality
        self._headers = HeaderComparison(changes, ValueComparison(changes, schemas, equality))
        self._forms = FormComparison(changes, schemas, self._headers)

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
            ("extension-altered", "extensions", *self._equality.inlined(before.extensions, after.extensions)),
        )
        self._changes.add_fields(fields, pointers, label, (new,), SENT)
        self._compare_contents(before.media_types, after.media_types, SENT, pointers, new, label)
        for one, other in self._compare_media_types(before.media_types, after.media_types, SENT, new, label):
            if one.is_form and other.is_form:
                self._forms.compare(one, other, SENT, label, (old, new))

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
            if self._equality.same(before.source, after.source):
                continue
            fields = (
                ("description-altered", "example", before.example, after.example),
                ("description-altered", "examples", before.examples, after.examples),
                ("extension-altered", "extensions", *self._equality.inlined(before.extensions, after.extensions)),
            )
            self._changes.add_fields(fields, pointers, f"{label} {name}", (operation,), side)

    def _compare_media_types(
        self,
        old: Iterable[MediaType],
        new: Iterable[MediaType],
        side: str,
        operation: Operation,
        label: str,
    ) -> list[tuple[MediaType, MediaType]]:
        """Compare the names and the schemas; return the pairs with content in common."""
        left, right = ({media_key(media.name): media for media in medias} for medias in (old, new))
        if len(left) == len(right) == 1 and _may_be_same(*left.values(), *right.values()):
            right = dict(zip(left, right.values(), strict=True))
        matches = match_ranges(left, right, media_cover)

        def add(rule: str, before: Sequence[MediaType], after: Sequence[MediaType]) -> None:
            pointers = Pointers(*(medias[0].pointer if medias else None for medias in (before, after)))
            removed, added = (", ".join(media.name for media in medias) or None for medias in (before, after))
            # The list of Swagger 2.0 is about all responses.
            is_shared = side == RECEIVED and not (before or after)[0].in_content
            self._add(rule, pointers, operation, "responses" if is_shared else label, removed, added, side)

        for rule, removed, added in media_changes(matches):
            add(rule, [left[name] for name in removed], [right[name] for name in added])
        names = [(name, name) for name in matches.same] + matches.inside
        names += [(old, new) for old, narrower in matches.narrowed.items() for new in narrower if new not in left]
        names += [(old, new) for new, narrower in matches.widened.items() for old in narrower]
        pairs = [(left[before], right[after]) for before, after in names]
        for one, other in pairs:
            self._compare_schemas(one, other, side, operation, f"{label} {other.name}")
        return pairs

    def _compare_schemas(self, old: MediaType, new: MediaType, side: str, operation: Operation, label: str) -> None:
        before, after = old.schema_source, new.schema_source

        def add(rule: str, pointers: Pointers) -> None:
            # The media types of Swagger 2.0 share a schema.
            self._changes.add(rule, pointers, label, operations=(operation,), side=side, detail="body")

        if old.schema is None and new.schema not in _NOT_DESCRIBED:
            add("schema-added", Pointers(None, after.pointer))
        elif new.schema is None and old.schema not in _NOT_DESCRIBED:
            add("schema-removed", Pointers(before.pointer, None))
        elif old.schema is not None and new.schema is not None:
            is_text = side == SENT and old.is_form and new.is_form
            self._schemas.compare(before, after, side, label, operation, is_text=is_text)

    # ------------------------------------------------------------------ responses

    def compare_responses(self, old: Operation, new: Operation) -> None:
        """Compare the responses of two operations."""
        before, after = ({_status(response): response for response in side.responses} for side in (old, new))
        matches = match_ranges(before, after, status_cover(before, after))

        def add(rule: str, old_statuses: Sequence[str], new_statuses: Sequence[str], label: str) -> None:
            pointers = Pointers(
                before[old_statuses[0]].listed_pointer if old_statuses else None,
                after[new_statuses[0]].listed_pointer if new_statuses else None,
            )
            removed, added = (", ".join(statuses) or None for statuses in (old_statuses, new_statuses))
            self._add(rule, pointers, new, f"response {label}", removed, added, RECEIVED)

        for status in matches.removed:
            rule = "success-response-removed" if is_success(status) else "response-removed"
            add(rule, [status], [], before[status].status)
        for status in matches.added:
            add("response-added", [], [status], status)
        pairs = [(status, status) for status in matches.same]
        for old_status, new_status in matches.inside:
            if new_status not in before:
                add("response-added", [], [new_status], new_status)
            elif old_status not in after:
                add("response-merged", [old_status], [], old_status)
            # The range never was about the body of a status that cannot have one.
            if has_body(old_status) and has_body(new_status):
                pairs.append((old_status, new_status))
        for range_, statuses in matches.narrowed.items():
            add("response-tightened", [range_], statuses, range_)
            added = [status for status in statuses if status not in before]
            pairs += [(range_, status) for status in list(filter(has_body, added)) or added]
        for range_, statuses in matches.widened.items():
            add("response-loosened", statuses, [range_], ", ".join(statuses))
            pairs += [(status, range_) for status in list(filter(has_body, statuses)) or statuses]
        is_same_standard = old.document.standard == new.document.standard
        for old_status, new_status in pairs:
            if not (is_same_standard and self._is_same(before[old_status], after[new_status])):
                label = (
                    f"response {new_status}" if old_status == new_status else f"response {old_status} → {new_status}"
                )
                self._compare_response(before[old_status], after[new_status], (old, new), label)

    def _is_same(self, old: Response, new: Response) -> bool:
        """Return True if two responses are written the same, media types and samples outside of them included."""
        return (
            self._equality.same(old.source, new.source)
            and [media.name for media in old.media_types] == [media.name for media in new.media_types]
            and (old.normal_sample, old.failure_sample) == (new.normal_sample, new.failure_sample)
        )

    def _compare_response(
        self, old: Response, new: Response, operations: tuple[Operation, Operation], label: str
    ) -> None:
        operation = operations[1]
        pointers = Pointers(old.pointer, new.pointer)
        self._compare_media_types(old.media_types, new.media_types, RECEIVED, operation, label)
        before, after = old.headers, new.headers
        if "default-cors" in (old.status, new.status):
            # The gateway adds it for CORS, which is compared as a flag of the operation.
            before, after = (
                tuple(header for header in headers if header.name.lower() != "access-control-allow-origin")
                for headers in (before, after)
            )
        self._headers.compare(before, after, RECEIVED, pointers, label, operations)
        fields = (
            ("description-altered", "description", old.description, new.description),
            ("sample-altered", "normal sample", old.normal_sample, new.normal_sample),
            ("sample-altered", "failure sample", old.failure_sample, new.failure_sample),
            ("extension-altered", "extensions", *self._equality.inlined(old.extensions, new.extensions)),
            ("links-altered", "links", old.links, new.links),
        )
        self._changes.add_fields(fields, pointers, label, (operation,), RECEIVED)
        contents = [(*response.media_types, *response.unlisted_media_types) for response in (old, new)]
        self._compare_contents(contents[0], contents[1], RECEIVED, pointers, operation, label)


def _may_be_same(old: MediaType, new: MediaType) -> bool:
    """Return True if one of two media types is only assumed, and the other does not contradict it."""
    return (old.is_assumed or new.is_assumed) and ("*/*" in (old.name, new.name) or (old.is_form and new.is_form))


def _status(response: Response) -> str:
    return _DEFAULT_STATUS.get(response.status, response.status.upper() if "x" in response.status else response.status)
