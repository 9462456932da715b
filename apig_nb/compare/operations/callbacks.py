"""Comparison of callbacks and webhooks: requests that the API sends, and its callers receive and answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from apig_nb.compare.changes import Changes, ChangesFor, Pointers
from apig_nb.compare.equality import SourceEquality
from apig_nb.compare.operations.operations import OperationComparison
from apig_nb.compare.operations.ranges import media_key
from apig_nb.compare.rules import OTHER_SIDE, RECEIVED, Rule
from apig_nb.compare.schemas.comparison import Schemas, SchemasFor
from apig_nb.definition import ApiDefinition
from apig_nb.definition.model.callback import Callback, callbacks, webhooks
from apig_nb.definition.model.operation import Operation

_Pair = tuple[Callback | None, Callback | None]

_KEYS: Final[tuple[Callable[[Callback], tuple[str, ...]], ...]] = (
    lambda callback: (callback.name, callback.expression, callback.operation.method),
    lambda callback: (callback.name, callback.operation.method),
    lambda callback: (callback.expression, callback.operation.method) if callback.expression else (),
    lambda callback: (callback.name, callback.expression),
)
"""Keys by which callbacks are paired, the best first; an empty one does not count."""


class CallbackComparison:
    """Compares callbacks and webhooks and adds the changes.

    What callers send in other operations they receive here, and the other way round. A change of a callback affects the
    operation that has it. A change of a webhook affects no operation of the export: it has no method and no path.
    """

    def __init__(self, changes: Changes, schemas: Schemas, equality: SourceEquality) -> None:
        self._changes, self._equality = changes, equality
        self._of_callback = ChangesFor(changes)
        self._of_callback.is_left_out = _is_of_media_types_received
        self._contract = OperationComparison(self._of_callback, SchemasFor(schemas, self._of_callback), equality)

    def compare(self, old: Operation, new: Operation) -> None:
        """Compare the callbacks of two operations."""
        if (old.has_callbacks or new.has_callbacks) and not self._equality.same_part("callbacks", old, new):
            self._compare(callbacks(old), callbacks(new), (new,), "callback")

    def compare_webhooks(self, old: ApiDefinition, new: ApiDefinition) -> None:
        """Compare the webhooks of two documents."""
        self._compare(webhooks(old.document), webhooks(new.document), (), "webhook")

    def _compare(
        self, old: Iterable[Callback], new: Iterable[Callback], affected: tuple[Operation, ...], label: str
    ) -> None:
        """Compare callbacks, and those of their operations, in which the sides are reversed once more."""
        side, level = RECEIVED, list(_paired(old, new))
        known: set[tuple[str, str, str]] = set()
        while level:
            inner: list[_Pair] = []
            for before, after in level:
                callback = after or before
                if callback is None:
                    continue
                self._of_callback.label = f"{label} {callback.name} {callback.operation.method}"
                self._of_callback.operations = affected
                if before is None or after is None:
                    self._add_or_remove(before, after, side)
                    continue
                key = (before.operation.pointer, after.operation.pointer, side)
                # References of callbacks to each other may form a circle.
                if key not in known:
                    known.add(key)
                    self._compare_pair(before, after, side)
                    inner += _paired(callbacks(before.operation), callbacks(after.operation))
            side, level = OTHER_SIDE[side], inner

    def _add_or_remove(self, old: Callback | None, new: Callback | None, side: str) -> None:
        pointers = Pointers(old and old.operation.pointer, new and new.operation.pointer)
        rule = "callback-added" if old is None else "callback-removed"
        shown = (callback and (callback.expression or callback.name) for callback in (old, new))
        self._changes.add(
            rule, pointers, self._of_callback.label, *shown, operations=self._of_callback.operations, side=side
        )

    def _compare_pair(self, old: Callback, new: Callback, side: str) -> None:
        changes = self._of_callback
        # The sides of requests and responses are those of any operation; in a callback they are reversed.
        changes.is_reversed = side == RECEIVED
        before, after = old.operation, new.operation
        pointers = Pointers(before.pointer, after.pointer)
        fields = (
            ("callback-renamed", "name", old.name, new.name),
            ("callback-address-altered", "expression of its URL", old.expression, new.expression),
            ("callback-method-altered", "method", before.method, after.method),
            ("callback-authentication-altered", "authentication", before.own_security, after.own_security),
        )
        self._changes.add_fields(fields, pointers, changes.label, changes.operations, side)
        if changes.is_reversed:
            self._compare_media_types(before, after, pointers, side)
        self._contract.compare(before, after)

    def _compare_media_types(self, old: Operation, new: Operation, pointers: Pointers, side: str) -> None:
        """Compare the media types of the request."""
        before, after = ({media_key(name) for name in one.request_media_types} for one in (old, new))
        if before and after:
            label = f"{self._of_callback.label}, request body"
            fields = (
                ("callback-media-type-removed", "media types", before - after, None),
                ("callback-media-type-added", "media types", None, after - before),
            )
            self._changes.add_fields(fields, pointers, label, self._of_callback.operations, side)


def _is_of_media_types_received(rule: Rule, side: str) -> bool:
    """Return True for changes of media types in a request that callers receive: they cannot choose one by a header."""
    return rule.id.startswith("media-type-") and side == RECEIVED


def _paired(old: Iterable[Callback], new: Iterable[Callback]) -> Iterator[_Pair]:
    """Yield the callbacks of both sides in pairs, and those without a partner."""
    removed, added = list(old), list(new)
    for key in _KEYS:
        by_key = defaultdict(list)
        for callback in reversed(added):
            by_key[key(callback)].append(callback)
        left = []
        for callback in removed:
            name = key(callback)
            if name and by_key[name]:
                yield callback, by_key[name].pop()
            else:
                left.append(callback)
        removed, added = left, [callback for group in by_key.values() for callback in reversed(group)]
    yield from ((callback, None) for callback in removed)
    yield from ((None, callback) for callback in added)
