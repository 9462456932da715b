"""Mutations of documents as trees, so that inputs still parse and reach the code behind the parser."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Sequence
from typing import Any

import yaml

from tests.fuzz.seeds import json_text, locations, tree_of, vocabulary

UNEXPECTED_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 1.5, 10**25, 1e308, float("nan"), float("inf"), "", " ", "x", "0", "1.0", "null"),
    *([], {}, [None], [[]], [{}], {"": None}, {"$ref": "#"}, {"$ref": ""}, {"$ref": "#/"}, {"$ref": 1}, "\ud800", "\0"),
    *("<a>", "=1+1", "\u202e", "a\nb", "../..", "{a}", "/{a}/{a}", "*", "~1", "%zz", "9" * 400, "é" * 300),
)
"""Values that are wrong in most locations."""
_MAX_ADDED = 2_000
"""Largest number of values that one repetition adds."""
_BYTE_MUTATIONS = 0.3
"""Share of mutations that change bytes and not the tree."""

Words = Sequence[str]

libfuzzer_mutate: Callable[[bytes, int], bytes] | None = None
"""`atheris.Mutate`, which works only while atheris runs; `tests.fuzz.run` sets it."""


def mutated(data: bytes, max_size: int, seed: int, words: Words | None = None) -> bytes:
    """Return a mutated document: its tree is changed, or its bytes if it has no tree, and sometimes if it has one.

    New keys are taken from `words`, by default those of the standards.
    """
    rng = random.Random(seed)
    made = changed(data, max_size, rng, words) if rng.random() >= _BYTE_MUTATIONS else None
    return mutated_bytes(data, max_size, rng) if made is None else made


def mutated_bytes(data: bytes, max_size: int, rng: random.Random) -> bytes:
    """Return data with some bytes changed: by libFuzzer while it runs, otherwise by simple edits."""
    if libfuzzer_mutate is not None:
        return bytes(libfuzzer_mutate(data, max_size))
    made = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        start = rng.randint(0, len(made))
        end = rng.choice((start, start + 1, start + rng.randint(0, 20)))
        made[start:end] = rng.choice((b"", rng.randbytes(1), bytes(made[start:end]) * 2))
    return bytes(made[:max_size])


def changed(data: bytes, max_size: int, rng: random.Random, words: Words | None = None) -> bytes | None:
    """Return a document with its tree changed; None if it has no tree, or if the result is too long."""
    words = vocabulary() if words is None else words
    tree = tree_of(data)
    if not isinstance(tree, dict | list) or not tree:
        return None
    try:
        for _ in range(rng.choice((1, 1, 1, 2, 3, 5))):
            rng.choice(_CHANGES)(tree, rng, words)
        return _serialize(tree, rng, max_size)
    except (RecursionError, yaml.YAMLError, TypeError, ValueError):  # the tree cannot be written
        return None


def _serialize(tree: Any, rng: random.Random, max_size: int) -> bytes | None:
    """Return a tree as JSON or YAML; None if that is too long."""
    if rng.randrange(4):
        text = json_text(tree, max_size, ensure_ascii=rng.random() < 0.5)
        made = b"" if text is None else text.encode("utf-8", "surrogatepass")
    else:
        dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
        made = yaml.dump(tree, Dumper=dumper, default_flow_style=rng.random() < 0.5).encode("utf-8", "surrogatepass")
    return made if 0 < len(made) <= max_size else None


def _random_location(tree: Any, rng: random.Random) -> tuple[Any, Any]:
    """Return a location; in half of the cases a high one, where the standard's own objects are."""
    every = locations(tree)
    return rng.choice(every[: max(1, len(every) // 4)] if rng.random() < 0.5 else every)


def _replace(tree: Any, rng: random.Random, words: Words) -> None:
    holder, key = _random_location(tree, rng)
    holder[key] = copy.deepcopy(rng.choice((*UNEXPECTED_VALUES, rng.choice(words))))


def _remove(tree: Any, rng: random.Random, words: Words) -> None:
    holder, key = _random_location(tree, rng)
    if len(tree) > 1 or holder is not tree:
        del holder[key]


def _rename(tree: Any, rng: random.Random, words: Words) -> None:
    holder, key = _random_location(tree, rng)
    if isinstance(holder, dict):
        holder[rng.choice(words)] = holder.pop(key)


def _copy(tree: Any, rng: random.Random, words: Words) -> None:
    """Copy a part to a known key of another part."""
    taken, at = _random_location(tree, rng)
    holder, key = _random_location(tree, rng)
    value = copy.deepcopy(taken[at])
    if isinstance(holder, dict):
        holder[rng.choice((key, rng.choice(words)))] = value
    else:
        holder.insert(key, value)


def _add_reference(tree: Any, rng: random.Random, words: Words) -> None:
    """Replace a part by a reference to another."""
    parts: list[str] = []
    target = tree
    while isinstance(target, dict | list) and target and rng.random() < 0.8:
        key = rng.choice(list(target) if isinstance(target, dict) else range(len(target)))
        parts.append(str(key).replace("~", "~0").replace("/", "~1"))
        target = target[key]
    holder, key = _random_location(tree, rng)
    holder[key] = {"$ref": "#" + "".join(f"/{part}" for part in parts)}


def _repeat(tree: Any, rng: random.Random, words: Words) -> None:
    """Repeat a part many times."""
    holder, key = _random_location(tree, rng)
    times = min(rng.randint(2, 40), _MAX_ADDED // (1 + len(locations(holder[key]))))
    copies = [copy.deepcopy(holder[key]) for _ in range(times)]
    if isinstance(holder, list):
        holder.extend(copies)
    else:
        holder.update((f"{key}{number}", value) for number, value in enumerate(copies))


def _nest(tree: Any, rng: random.Random, words: Words) -> None:
    """Nest a part some levels deeper."""
    holder, key = _random_location(tree, rng)
    for _ in range(rng.choice((1, 1, 2, 5, 30))):
        holder[key] = {rng.choice(words): holder[key]} if rng.random() < 0.7 else [holder[key]]


def _share(tree: Any, rng: random.Random, words: Words) -> None:
    """Put one object at two locations: in YAML an anchor and an alias, which can be recursive."""
    taken, at = _random_location(tree, rng)
    holder, key = _random_location(tree, rng)
    holder[key] = taken[at]


_CHANGES: tuple[Callable[[Any, random.Random, Words], None], ...] = (
    *(_replace, _replace, _remove, _rename, _rename, _copy, _copy, _copy, _add_reference, _repeat, _nest, _share),
)
