"""Comparison of the headers of responses and of the parts of forms."""

from __future__ import annotations

from collections.abc import Iterable

from apig_nb.compare.changes import Changes, Pointers
from apig_nb.compare.operations.values import ValueComparison
from apig_nb.definition.model.elements import Header
from apig_nb.definition.model.operation import Operation


class HeaderComparison:
    """Compares the headers of two messages and adds the changes."""

    def __init__(self, changes: Changes, values: ValueComparison) -> None:
        self._changes, self._values = changes, values

    def compare(
        self,
        old: Iterable[Header],
        new: Iterable[Header],
        side: str,
        pointers: Pointers,
        label: str,
        operations: tuple[Operation, Operation],
    ) -> None:
        """Compare headers by name, which is not case-sensitive.

        Args:
            old: headers of the old message.
            new: headers of the new message.
            side: sent or received.
            pointers: where the messages are.
            label: the message in words.
            operations: the old and the new operation.
        """
        before, after = ({header.name.lower(): header for header in headers} for headers in (old, new))
        ignored = {name for operation in operations for name in operation.document.dialect.IGNORED_HEADERS}
        for name in sorted(before.keys() | after.keys()):
            one, other = before.get(name), after.get(name)
            if name in ignored:
                self._values.compare_ignored(one, other, side, f"{label}, header {name}", operations)
            elif one is not None and other is not None:
                self._compare_header(one, other, side, f"{label}, header {name}", operations[1])
            elif header := one or other:
                stem = "required-header" if header.required else "header"
                rule, at = ("removed", Pointers(pointers.old, None)) if one else ("added", Pointers(None, pointers.new))
                shown = (name, None) if one else (None, name)
                self._changes.add(
                    f"{stem}-{rule}", at, f"{label}, header", *shown, operations=operations[1:], side=side
                )

    def _compare_header(self, old: Header, new: Header, side: str, label: str, operation: Operation) -> None:
        pointers = Pointers(old.pointer, new.pointer)
        if old.required != new.required:
            rule = f"header-required-{'tightened' if new.required else 'loosened'}"
            self._changes.add(rule, pointers, label, old.required, new.required, operations=(operation,), side=side)
        fields = [("description-altered", "description", old.description, new.description)]
        self._changes.add_fields(fields, pointers, label, (operation,), side)
        self._values.compare(old, new, side, label, operation)
