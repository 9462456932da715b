"""Comparison of the encodings of the fields of a form."""

from __future__ import annotations

from apig_nb.compare.changes import Changes, Pointers
from apig_nb.compare.operations.headers import HeaderComparison
from apig_nb.compare.operations.ranges import match_ranges, media_changes, media_cover, media_key
from apig_nb.compare.schemas.comparison import Schemas
from apig_nb.definition.model.elements import MediaType
from apig_nb.definition.model.encoding import Encoding, encodings
from apig_nb.definition.model.operation import Operation


class FormComparison:
    """Compares how the fields of two forms are sent and adds the changes."""

    def __init__(self, changes: Changes, schemas: Schemas, headers: HeaderComparison) -> None:
        self._changes, self._schemas, self._headers = changes, schemas, headers

    def compare(
        self, old: MediaType, new: MediaType, side: str, label: str, operations: tuple[Operation, Operation]
    ) -> None:
        """Compare the fields that both forms have."""
        before, after = encodings(old, self._schemas.old), encodings(new, self._schemas.new)
        for name in [name for name in before if name in after]:
            self._compare_encoding(before[name], after[name], side, f"{label}, field {name}", operations)

    def _compare_encoding(
        self, old: Encoding, new: Encoding, side: str, label: str, operations: tuple[Operation, Operation]
    ) -> None:
        pointers = Pointers(old.pointer, new.pointer)

        def add(rule: str, before: object, after: object) -> None:
            self._changes.add(rule, pointers, label, before, after, operations=operations[1:], side=side)

        is_one_named, are_both_named = old.is_named or new.is_named, old.is_named and new.is_named
        if old.is_file != new.is_file and not are_both_named:
            add("serialisation-altered", *("a file" if each.is_file else "no file" for each in (old, new)))
        elif is_one_named:
            left, right = ({media_key(name): name for name in each.media_types} for each in (old, new))
            for rule, removed, added in media_changes(match_ranges(left, right, media_cover)):
                add(rule, ", ".join(removed) or None, ", ".join(added) or None)
        ways = old.serialisation, new.serialisation
        # A field that became a list or object has another type.
        if None not in ways and ways[0] != ways[1]:
            add("serialisation-altered", *ways)
        if old.allow_reserved != new.allow_reserved:
            effect = "loosened" if new.allow_reserved else "tightened"
            add(f"reserved-characters-{effect}", old.allow_reserved, new.allow_reserved)
        self._headers.compare(old.headers, new.headers, side, pointers, label, operations)
