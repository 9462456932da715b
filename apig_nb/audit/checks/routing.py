"""Checks of paths and methods: operations that take more calls than they seem to, and ways around a protection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from itertools import combinations_with_replacement, islice
from typing import Final, TypeAlias

from apig_nb.audit.checks.registry import check
from apig_nb.audit.hosts import hosts, is_public
from apig_nb.audit.subject import Api, Found, Subject, is_http, kind, names_of
from apig_nb.definition.model.operation import path_shape, takes_rest
from apig_nb.definition.problem import listed

MAX_PAIRS: Final = 10_000
"""Maximum number of pairs of forms of paths, which differ in the places of their parameters, that are looked at."""

_REST = "{+}"

_Node: TypeAlias = tuple[dict[str, "_Node"], list[Api]]
"""The nodes below a segment, and the operations whose path ends there."""

_Mask: TypeAlias = tuple[int, ...]
"""Positions of the literal segments of a path."""


def _segments(path: str) -> list[str]:
    shape = path_shape(path).strip("/")
    return shape.split("/") if shape else []


@check
def prefix_open(subject: Subject) -> Iterator[Found]:
    for api in subject.apis:
        if api.is_prefix and api.lets_everybody_in and not api.is_preflight:
            yield api.found("path", f"{api.path} and all below", api.gateway_pointer("match-mode"))


@check
def prefix_wide(subject: Subject, *, segments: int) -> Iterator[Found]:
    for api in subject.apis:
        if api.is_prefix and len(_segments(api.path)) <= segments and not api.is_preflight:
            yield api.found("path", f"{api.path} and all below", api.gateway_pointer("match-mode"))


@check
def any_method(subject: Subject) -> Iterator[Found]:
    for api in subject.apis:
        if api.method == "ANY":
            yield api.found("method")


@check
def catch_all_parameter(subject: Subject) -> Iterator[Found]:
    for api in subject.apis:
        if not takes_rest(api.path):
            continue
        public = [
            host for backend in api.backends if is_http(backend) for host in hosts(backend.address) if is_public(host)
        ]
        if api.lets_everybody_in or public:
            evidence = ["no authentication"] * api.lets_everybody_in + list(dict.fromkeys(public))
            yield api.found("path", ", ".join(evidence))


@check
def way_around(subject: Subject) -> Iterator[Found]:
    wide, servers = _WidePaths(subject.apis), {api: _servers(api) for api in subject.apis}
    found: dict[Api, list[Api]] = defaultdict(list)
    for api in subject.apis:
        for other, is_same_path in wide.above(api):
            covers = other is not api and _covers(other, api, is_same_path)
            if covers and _is_weaker(other, api) and not servers[other].isdisjoint(servers[api]):
                found[other].append(api)
    for other, protected in found.items():
        yield other.found("path and method", listed(dict.fromkeys(names_of(protected))))


class _WidePaths:
    """The operations that take many paths or methods, by the segments of their paths."""

    def __init__(self, apis: Iterable[Api]) -> None:
        self._root: _Node = ({}, [])
        for api in apis:
            if api.takes_more:
                node = self._root
                for segment in _segments(api.path):
                    if segment != _REST:
                        node = node[0].setdefault(segment, ({}, []))
                node[1].append(api)

    def above(self, api: Api) -> Iterator[tuple[Api, bool]]:
        """Yield those on the path of an operation and on the paths above it, and True for its own path."""
        segments, nodes = _segments(api.path), [self._root]
        for depth in range(len(segments) + 1):
            yield from ((other, depth == len(segments)) for _, apis in nodes for other in apis)
            if depth < len(segments):
                steps = dict.fromkeys((segments[depth], "{}"))
                nodes = [below[step] for below, _ in nodes for step in steps if step in below]


def _servers(api: Api) -> set[Hashable]:
    """Return what answers the calls of an operation, without paths."""
    return {
        (kind(backend)[:8], backend.address or backend.channel or backend.function_urn)
        for backend in api.backends
        if backend.address or backend.channel or backend.function_urn
    }


def _covers(wide: Api, api: Api, same_path: bool) -> bool:
    """Return True if an operation takes calls like those of another one, on its path or on paths below its own."""
    if same_path:
        # `{name+}` stands for at least one segment.
        takes_method = wide.method == "ANY" != api.method and not takes_rest(wide.path)
        return takes_method or (wide.is_prefix and not api.is_prefix and _shares(wide, api))
    return (wide.is_prefix or takes_rest(wide.path)) and _shares(wide, api)


def _shares(one: Api, other: Api) -> bool:
    """Return True if some method leads to both operations."""
    return one.method == other.method or "ANY" in (one.method, other.method)


def _is_weaker(wide: Api, api: Api) -> bool:
    return (
        wide.strength < api.strength
        or (api.is_throttled and not wide.is_throttled)
        or (bool(api.access_names) and not wide.access_names)
    )


@check
def ambiguous_paths(subject: Subject) -> Iterator[Found]:
    for api, other in _overlapping(subject.apis):
        yield api.found("path", f"{other.method} {other.path}")


def _overlapping(apis: Iterable[Api]) -> Iterator[tuple[Api, Api]]:
    """Yield operations with an earlier one that takes the same calls, where neither has the more exact path."""
    groups: dict[Hashable, dict[_Mask, list[tuple[int, Api, list[str]]]]] = defaultdict(lambda: defaultdict(list))
    for number, api in enumerate(apis):
        if "{" in api.path:
            segments = _segments(api.path)
            mask = tuple(index for index, segment in enumerate(segments) if not segment.startswith("{"))
            groups[api.method, len(segments), api.is_prefix][mask].append((number, api, segments))
    for by_mask in groups.values():
        for one, other in islice(combinations_with_replacement(by_mask, 2), MAX_PAIRS):
            common = set(one) & set(other)
            # A path that has a literal wherever the other one has it is the more exact one.
            if one == other or (common < set(one) and common < set(other)):
                yield from _of_equal_literals(by_mask[one], by_mask[other], sorted(common))


def _of_equal_literals(
    first: list[tuple[int, Api, list[str]]], second: list[tuple[int, Api, list[str]]], common: list[int]
) -> Iterator[tuple[Api, Api]]:
    known: dict[tuple[str, ...], tuple[int, Api]] = {}
    for number, api, segments in first:
        known.setdefault(tuple(segments[index] for index in common), (number, api))
    for number, api, segments in second:
        earlier = known.get(tuple(segments[index] for index in common))
        if earlier is not None and earlier[1].path != api.path:
            yield (api, earlier[1]) if earlier[0] < number else (earlier[1], api)


@check
def paths_differ_in_case(subject: Subject) -> Iterator[Found]:
    known: dict[str, str] = {}
    reported: set[str] = set()
    for api in subject.apis:
        shape = path_shape(api.path)
        first = known.setdefault(shape.lower(), api.path)
        if path_shape(first) != shape and api.path not in reported:
            reported.add(api.path)
            yield api.found("path", first)
