"""Comparison of the gateway responses: the answers of the gateway itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from apig_nb.compare.changes import Changes, Pointers
from apig_nb.compare.gateway.policies import Pairs
from apig_nb.definition import ApiDefinition
from apig_nb.definition.model.gateway import GatewayResponse
from apig_nb.definition.model.operation import Operation

_RULE = "gateway-response-altered"


class ResponseComparison:
    """Compares the gateway responses of operations and adds the changes."""

    def __init__(self, changes: Changes, old: ApiDefinition, new: ApiDefinition) -> None:
        self._changes = changes
        self._before, self._after = _sets(old), _sets(new)

    def compare_bound(self, old: Operation, new: Operation) -> None:
        """Compare the names of the sets that two operations have."""
        names = old.gateway_response, new.gateway_response
        if names[0] == names[1]:
            return
        sets = self._before.get(names[0]), self._after.get(names[1])
        pointers = Pointers(old.pointer, new.pointer)
        if sets[0] and sets[1]:
            # One change for all operations.
            pointers = Pointers(sets[0][0].set_pointer, sets[1][0].set_pointer)
        self._changes.add(_RULE, pointers, "gateway responses", *names, operations=(new,))

    def compare_definitions(self, pairs: Pairs) -> None:
        """Compare the sets by name, but for those that only one document defines and operations change to."""
        users: dict[str, list[Operation]] = {}
        changing = set()
        for old, new in pairs:
            if old.gateway_response == new.gateway_response:
                users.setdefault(new.gateway_response, []).append(new)
            else:
                changing |= {old.gateway_response, new.gateway_response}
        for name in sorted(self._before.keys() | self._after.keys()):
            left, right = self._before.get(name, []), self._after.get(name, [])
            if not (left and right) and name in changing and name not in users:
                continue
            lines = set(_lines(left)), set(_lines(right))
            if lines[0] != lines[1]:
                pointers = Pointers(*(side[0].set_pointer if side else None for side in (left, right)))
                shown = ("; ".join(sorted(some)) or None for some in (lines[0] - lines[1], lines[1] - lines[0]))
                label = f"gateway responses {name}"
                self._changes.add(_RULE, pointers, label, *shown, operations=users.get(name, ()))


def _sets(definition: ApiDefinition) -> dict[str, list[GatewayResponse]]:
    """Return the gateway responses of each set."""
    sets: dict[str, list[GatewayResponse]] = {}
    for response in definition.document.gateway_responses:
        sets.setdefault(response.name, []).append(response)
    return sets


def _lines(responses: Iterable[GatewayResponse]) -> Iterator[str]:
    """Yield each gateway response as a line of text."""
    for response in responses:
        if response.response_type is not None:
            fields = (response.status, response.media_type, response.body, response.headers)
            shown = " ".join(str(field) for field in (*fields, *response.extensions.items()) if field is not None)
            yield f"{response.response_type}: {shown}"
