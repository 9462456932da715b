"""The operations that the differences of pairs of schemas affect, directly or through other pairs."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from apig_nb.compare.changes import Pointers
from apig_nb.compare.rules import ALTERED, LOOSENED, TIGHTENED
from apig_nb.compare.schemas.pairs import SchemaPair
from apig_nb.definition.model.operation import Operation

MAX_BELOW: Final = 200
"""Maximum number of pairs below another one that are looked at for one that tells the effect on the whole."""


def affected_operations(pairs: Sequence[SchemaPair]) -> Iterator[Mapping[str | None, list[Operation] | None]]:
    """Yield for each pair the operations that use it directly or through other pairs, by `SchemaDifference.effect`.

    A difference with an effect that a pair above absorbs does not affect the operations that use it through that pair;
    the list is `None` if it affects nobody, and empty for a webhook, which is no operation.
    """
    operations = {key: operation for pair in pairs for key, operation in pair.operations.items()}
    bits = {key: 1 << number for number, key in enumerate(operations, 1)}
    # A set of operations as the bits of an integer: thousands of pairs times thousands of operations stay small.
    direct = [sum((bits[key] for key in pair.operations), int(pair.is_in_webhook)) for pair in pairs]
    every = _spread(pairs, direct, None)
    absorbs = any(pair.absorbed for pair in pairs)
    sets: dict[str | None, list[int]] = {None: every}
    for effect in (TIGHTENED, LOOSENED, ALTERED):
        sets[effect] = _spread(pairs, direct, effect) if absorbs else every
    in_order = list(operations.values())
    for pair in pairs:
        effects = {difference.effect for difference in pair.differences}
        users = {effect: sets[effect][pair.number] for effect in effects}
        yield {
            effect: [in_order[number] for number in _set_bits(found >> 1)] if found else None
            for effect, found in users.items()
        }


def tell_directions(pairs: Sequence[SchemaPair]) -> None:
    """Add a difference to pairs that were only loosened, or only tightened, where no difference of the parts tells it.

    An alternative that is replaced by a wider one looks like an altered one. Without any difference of the parts, only
    the proof of the other direction is missing, which says nothing.
    """
    children: dict[int, list[SchemaPair]] = defaultdict(list)
    for pair in pairs:
        for parent in pair.parents:
            children[parent].append(pair)
    for pair in pairs:
        effect = pair.only_effect
        if effect is None or not _has_effect_below(pair, children, TIGHTENED, LOOSENED, ALTERED):
            continue
        if not _has_effect_below(pair, children, effect):
            pair.add(f"alternatives-{effect}", Pointers(pair.old.pointer, pair.new.pointer), None, None)


def _has_effect_below(pair: SchemaPair, children: Mapping[int, list[SchemaPair]], *effects: str) -> bool:
    """Return True if a difference of a pair or near below it has one of some effects, and not all are absorbed."""
    seen, todo = {pair.number}, deque([pair])
    while todo and len(seen) <= MAX_BELOW:
        current = todo.popleft()
        if all(current.absorbs(effect) for effect in effects):
            continue
        if any(difference.effect in effects for difference in current.differences):
            return True
        todo += [child for child in children[current.number] if child.number not in seen]
        seen.update(child.number for child in children[current.number])
    return bool(todo)


def _spread(pairs: Sequence[SchemaPair], direct: Sequence[int], effect: str | None) -> list[int]:
    """Pass the operations that use a pair directly on to the pairs below it, for differences with one effect."""
    sets = [0 if pair.absorbs(effect) else own for pair, own in zip(pairs, direct, strict=True)]
    grows = True
    # Parents mostly come before their children, so few rounds suffice.
    while grows:
        grows = False
        for pair in pairs:
            if pair.absorbs(effect):
                continue
            union = sets[pair.number]
            for parent in pair.parents:
                union |= sets[parent]
            if union != sets[pair.number]:
                sets[pair.number], grows = union, True
    return sets


def _set_bits(number: int) -> Iterator[int]:
    """Yield the positions of the bits that are set."""
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest
