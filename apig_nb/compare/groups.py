"""Match the groups of two sets of exports."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from apig_nb.errors import ArgumentError
from apig_nb.export import Export
from apig_nb.export_set import KEY_COLUMNS, ExportKey, ExportSet

_Match = tuple[str, ...]
"""The parts of a key that count; equal for the same group of both sets."""


def match_groups(
    old: ExportSet, new: ExportSet, names: Mapping[str, Mapping[str, str]]
) -> tuple[dict[ExportKey, tuple[Export | None, Export | None]], dict[ExportKey, str]]:
    """Match the groups of two sets.

    A part of the key in which each set has only one value, such as the environments of TEST and of RELEASE, is what the
    sets are compared across, and does not count.

    Args:
        old: the set compared from.
        new: the set compared to.
        names: key column → name in the old set → name in the new set.

    Returns:
        Key → the old and the new export, `None` where a set does not have the group; and key → the reason, of groups
        that a set lacks for an error. The keys are those of the new set where it has the group.

    Raises:
        ArgumentError: two exports of a set would be compared with one.
    """
    sets = [[*one, *one.lacking] for one in (old, new)]
    counting = [
        n
        for n, column in enumerate(KEY_COLUMNS)
        if column == "group" or column in names or any(len({key[n] for key in keys}) > 1 for keys in sets)
    ]

    def of_new(key: ExportKey) -> _Match:
        return tuple(key[n] for n in counting)

    def of_old(key: ExportKey) -> _Match:
        return tuple(names.get(KEY_COLUMNS[n], {}).get(key[n], key[n]) for n in counting)

    before, after = _by_match(old, of_old), _by_match(new, of_new)
    old_lacks = {of_old(key): reason for key, reason in old.lacking.items()}
    new_lacks = {of_new(key): reason for key, reason in new.lacking.items()}
    groups: dict[ExportKey, tuple[Export | None, Export | None]] = {}
    absent: dict[ExportKey, str] = {}
    for match in dict.fromkeys((*before, *after)):
        key = after[match] if match in after else before[match]
        if match not in before and match in old_lacks:
            absent[key] = f"the old set lacks it: {old_lacks[match]}"
        elif match not in after and match in new_lacks:
            absent[key] = f"the new set lacks it: {new_lacks[match]}"
        else:
            groups[key] = (
                old[before[match]] if match in before else None,
                new[after[match]] if match in after else None,
            )
    return groups, absent


def _by_match(exports: ExportSet, match_of: Callable[[ExportKey], _Match]) -> dict[_Match, ExportKey]:
    found: dict[_Match, ExportKey] = {}
    for key in exports:
        match = match_of(key)
        if match in found:
            raise ArgumentError("old", None, f"two exports would be compared with one: {found[match]} and {key}")
        found[match] = key
    return found
