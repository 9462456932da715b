"""Matching of names of which some stand for others: `2XX` for statuses, `image/*` for media types."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol


class Cover(Protocol):
    """Finds the range that stands for a name."""

    def __call__(self, name: str, own: Collection[str], other: Collection[str], /) -> str | None:
        """Return the range in `other` that stands for a name of `own`."""


@dataclass(slots=True)
class RangeMatches:
    """The names of two sides and how they correspond.

    Attributes:
        same: names that both sides have.
        narrowed: range that only the old side has → the new names that it stood for.
        widened: range that only the new side has → the removed old names that it stands for.
        inside: names that one side has and a range that both sides have: (old, new).
        removed: names of the old side without a counterpart.
        added: names of the new side without a counterpart.
    """

    same: list[str] = field(default_factory=list)
    narrowed: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    widened: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    inside: list[tuple[str, str]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)


def match_ranges(old: Mapping[str, object], new: Mapping[str, object], cover: Cover) -> RangeMatches:
    """Match two sets of names in linear time."""
    matches, covered = RangeMatches(), set()
    for name in new:
        if name in old:
            matches.same.append(name)
        wider = cover(name, new, old)
        if wider is not None:
            covered.add(name)
            if wider not in new:
                matches.narrowed[wider].append(name)
            elif name not in old:
                matches.inside.append((wider, name))
    for name in old:
        if name in new:
            continue
        wider = cover(name, old, new)
        if wider is None:
            if name not in matches.narrowed:
                matches.removed.append(name)
        elif wider in old:
            matches.inside.append((name, wider))
        else:
            matches.widened[wider].append(name)
    matches.added += [name for name in new if name not in old and name not in covered and name not in matches.widened]
    return matches


def media_changes(matches: RangeMatches) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield the changes of media types: rule, old names and new names."""
    for name in matches.removed:
        yield "media-type-removed", [name], []
    for name in matches.added:
        yield "media-type-added", [], [name]
    for name, narrower in matches.narrowed.items():
        yield "media-type-tightened", [name], narrower
    for name, narrower in matches.widened.items():
        yield "media-type-loosened", narrower, [name]


def media_key(name: str) -> str:
    """Return a media type in lower case and without its charset, which does not concern the schema of its content."""
    main, _, options = name.lower().partition(";")
    kept = sorted(option.strip() for option in options.split(";") if option.strip() and "charset" not in option)
    return ";".join((main.strip(), *kept))


def media_cover(name: str, own: Collection[str], other: Collection[str], /) -> str | None:
    """Return the narrowest range of media types that includes another one."""
    main, _, options = name.partition(";")
    kind = main.partition("/")[0]
    candidates = (*([main] if options else []), f"{kind}/*", "*/*", "*")
    return next((range_ for range_ in candidates if range_ != name and range_ in other), None)


def status_cover(old: Mapping[str, object], new: Mapping[str, object]) -> Cover:
    """Return a function that finds the range of statuses, or `default`, that describes a status without its own entry.

    Almost every document uses `default` for failures, so that it describes a success only beside no other success, and
    a status only where it came or went together with `default`.
    """
    has_success = {id(side): any(map(is_success, side)) for side in (old, new)}

    def cover(status: str, own: Collection[str], other: Collection[str], /) -> str | None:
        range_ = f"{status[:1]}XX"
        if status not in (range_, "default") and range_ in other:
            return range_
        if "default" not in other or "default" in own or status in other:
            return None
        return None if is_success(status) and has_success[id(other)] else "default"

    return cover


def is_success(status: str) -> bool:
    """Return True for a status with which callers go on."""
    return status.startswith(("2", "3"))


def has_body(status: str) -> bool:
    """Return False for a status whose responses cannot have a body."""
    return status not in ("204", "205", "304")
