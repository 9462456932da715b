"""Changes of a document's tree: they leave it a tree, so that what comes after the parser is reached, too."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Sequence
from typing import Any

import atheris
import yaml

from tests.fuzz.seeds import json_text, places, tree_of, vocabulary

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 1.5, 10**25, 1e308, float("nan"), float("inf"), "", " ", "x", "0", "1.0", "null"),
    *([], {}, [None], [[]], [{}], {"": None}, {"$ref": "#"}, {"$ref": ""}, {"$ref": "#/"}, {"$ref": 1}, "\ud800", "\0"),
    *("<b>", "=1+1", "\u202e", "a\nb", "../..", "{a}", "/{a}/{a}", "*", "~1", "%zz", "9" * 400, "é" * 300),
)
"""Values that stand nowhere rightly."""
_MOST_ADDED = 2_000
"""So many values one repetition may add."""
_BYTES_IN_TEN = 3

Words = Sequence[str]


def mutated(data: bytes, max_size: int, seed: int, words: Words | None = None) -> bytes:
    """Another document: changed as a tree, or byte by byte where it has none, and sometimes anyhow.

    Keys are taken from `words`, which are those of the standards where they are not given.
    """
    rng = random.Random(seed)
    made = changed(data, max_size, rng, words) if rng.randrange(10) >= _BYTES_IN_TEN else None
    return bytes(atheris.Mutate(data, max_size)) if made is None else made


def changed(data: bytes, max_size: int, rng: random.Random, words: Words | None = None) -> bytes | None:
    """The document with some changes of its tree; `None` where it has none, or gets too long."""
    words = vocabulary() if words is None else words
    tree = tree_of(data)
    if not isinstance(tree, dict | list) or not tree:
        return None
    try:
        for _ in range(rng.choice((1, 1, 1, 2, 3, 5))):
            rng.choice(_CHANGES)(tree, rng, words)
        return _written(tree, rng, max_size)
    except (RecursionError, yaml.YAMLError, TypeError, ValueError):  # what cannot be written
        return None


def _written(tree: Any, rng: random.Random, max_size: int) -> bytes | None:
    """The tree as JSON or YAML; `None` where it gets too long."""
    if rng.randrange(4):
        text = json_text(tree, max_size, ensure_ascii=rng.random() < 0.5)
        made = b"" if text is None else text.encode("utf-8", "surrogatepass")
    else:
        dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
        made = yaml.dump(tree, Dumper=dumper, default_flow_style=rng.random() < 0.5).encode("utf-8", "surrogatepass")
    return made if 0 < len(made) <= max_size else None


def _one(tree: Any, rng: random.Random) -> tuple[Any, Any]:
    """Any place; one of two times not too deep, where the standard's own objects are."""
    every = places(tree)
    return rng.choice(every[: max(1, len(every) // 4)] if rng.random() < 0.5 else every)


def _replace(tree: Any, rng: random.Random, words: Words) -> None:
    holder, key = _one(tree, rng)
    holder[key] = copy.deepcopy(rng.choice((*ODD, rng.choice(words))))


def _remove(tree: Any, rng: random.Random, words: Words) -> None:
    holder, key = _one(tree, rng)
    if len(tree) > 1 or holder is not tree:
        del holder[key]


def _rename(tree: Any, rng: random.Random, words: Words) -> None:
    holder, key = _one(tree, rng)
    if isinstance(holder, dict):
        holder[rng.choice(words)] = holder.pop(key)


def _bring(tree: Any, rng: random.Random, words: Words) -> None:
    """Put a copy of one part under a known key of another."""
    taken, at = _one(tree, rng)
    holder, key = _one(tree, rng)
    value = copy.deepcopy(taken[at])
    if isinstance(holder, dict):
        holder[rng.choice((key, rng.choice(words)))] = value
    else:
        holder.insert(key, value)


def _refer(tree: Any, rng: random.Random, words: Words) -> None:
    """Put a reference to some part of the document in the place of another."""
    parts: list[str] = []
    there = tree
    while isinstance(there, dict | list) and there and rng.random() < 0.8:
        key = rng.choice(list(there) if isinstance(there, dict) else range(len(there)))
        parts.append(str(key).replace("~", "~0").replace("/", "~1"))
        there = there[key]
    holder, key = _one(tree, rng)
    holder[key] = {"$ref": "#" + "".join(f"/{part}" for part in parts)}


def _repeat(tree: Any, rng: random.Random, words: Words) -> None:
    """Have many of what there is one of."""
    holder, key = _one(tree, rng)
    times = min(rng.randint(2, 40), _MOST_ADDED // (1 + len(places(holder[key]))))
    copies = [copy.deepcopy(holder[key]) for _ in range(times)]
    if isinstance(holder, list):
        holder.extend(copies)
    else:
        holder.update((f"{key}{number}", value) for number, value in enumerate(copies))


def _nest(tree: Any, rng: random.Random, words: Words) -> None:
    """Put a part into itself, some levels deep."""
    holder, key = _one(tree, rng)
    for _ in range(rng.choice((1, 1, 2, 5, 30))):
        holder[key] = {rng.choice(words): holder[key]} if rng.random() < 0.7 else [holder[key]]


def _join(tree: Any, rng: random.Random, words: Words) -> None:
    """One object at two places: in YAML an anchor and its alias, which may lead back into itself."""
    taken, at = _one(tree, rng)
    holder, key = _one(tree, rng)
    holder[key] = taken[at]


_CHANGES: tuple[Callable[[Any, random.Random, Words], None], ...] = (
    *(_replace, _replace, _remove, _rename, _rename, _bring, _bring, _bring, _refer, _repeat, _nest, _join),
)
