"""`SetComparison`: the changes between two sets of exports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from apig_nb import report
from apig_nb.compare.changes import Changes, Pointers
from apig_nb.compare.groups import match_groups
from apig_nb.compare.options.options import CompareOptions
from apig_nb.compare.pair import Found, apply_options, compare_pair
from apig_nb.compare.result import COUNTS, SECURITY, Result
from apig_nb.engines import Progress, in_chunks
from apig_nb.errors import DocumentError
from apig_nb.export import Export
from apig_nb.export_set import KEY_COLUMNS, ExportKey, ExportSet
from apig_nb.request import PARTS, find_scope
from apig_nb.text import pluralize

if TYPE_CHECKING:
    from pandas import DataFrame

ADDED, REMOVED, CHANGED, UNCHANGED, NOT_COMPARED = "added", "removed", "changed", "unchanged", "not compared"

_GROUP: Final = "the whole group"
"""The part that is not compared where a set lacks an export."""


class _Pair(NamedTuple):
    """The exports of a group; one is `None` where only the other set has the group."""

    key: ExportKey
    old: Export | None
    new: Export | None
    options: CompareOptions

    @property
    def size(self) -> int:
        return sum(export.size for export in (self.old, self.new) if export)


class SetComparison(Result):
    """The changes between two sets of exports, whose groups are matched.

    Attributes:
        old: the set compared from.
        new: the set compared to.
    """

    _KEPT: ClassVar = (*Result._KEPT, "_groups", "_reasons")
    _key_columns = KEY_COLUMNS

    def __init__(
        self,
        old: ExportSet,
        new: ExportSet,
        options: CompareOptions,
        *,
        names: Mapping[str, Mapping[str, str]],
        executor: Executor | None,
        progress: Progress,
    ) -> None:
        """Compare two sets; users call `compare`.

        Args:
            old: the set compared from.
            new: the set compared to.
            options: as for two exports.
            names: key column → name in the old set → name in the new set.
            executor: compares the groups.
            progress: called with the number of groups.
        """
        self.old, self.new = old, new
        matched, absent = match_groups(old, new, names)
        pairs = [_Pair(key, *exports, options) for key, exports in matched.items()]
        self._groups: dict[ExportKey, str] = {}
        self._reasons: list[tuple[ExportKey, str, str]] = []
        self._changes, self._ignored, self._states = [], [], {}
        compared = set(PARTS)
        for found in in_chunks(executor, _compare_pairs, pairs, lambda pair: pair.size, progress):
            for key, (state, own) in found.items():
                self._groups[key] = state
                self._changes += own.changes
                self._ignored += own.ignored
                self._states |= {(key, *operation): kind for operation, kind in own.states.items()}
                self._reasons += [(key, part, reason) for part, reason in own.not_compared.items()]
                compared &= {*own.compared}
        for key, reason in absent.items():
            self._groups[key] = NOT_COMPARED
            self._reasons.append((key, _GROUP, reason))
        self._changes.sort(key=lambda change: change.rank)
        self._compared = tuple(part for part in PARTS if part in compared)
        self._not_compared = _in_words(self._reasons)

    @property
    def summary(self) -> DataFrame:
        """The number of changes of each group.

        Columns: the key columns; state (`added`, `removed`, `changed`, `unchanged`, or `not compared` where a set lacks
        the export for an error) (`str`); breaking, warning, info (number of changes), security (how many of them reduce
        protection) (Int64).
        """
        import pandas as pd  # slow to import

        counts: Counter[tuple[ExportKey | None, str]] = Counter()
        for change in self._changes:
            counts[change.key, change.severity] += 1
            counts[change.key, SECURITY] += change.rule.security
        rows = [(*key, state, *(counts[key, name] for name in COUNTS)) for key, state in self._groups.items()]
        texts = (*KEY_COLUMNS, "state")
        frame = pd.DataFrame(rows, columns=[*texts, *COUNTS])
        return frame.astype(dict.fromkeys(texts, "str") | dict.fromkeys(COUNTS, "Int64"))

    @property
    def not_compared(self) -> DataFrame:
        """The parts that were not compared, as an export does not contain it, or a set lacks the export.

        Columns: the key columns; part (`backends`, `policies`, `the whole group`), reason; all `str`.
        """
        import pandas as pd  # slow to import

        rows = [(*key, part, reason) for key, part, reason in self._reasons]
        return pd.DataFrame(rows, columns=[*KEY_COLUMNS, "part", "reason"], dtype="str")

    def _sides(self) -> tuple[report.Side, report.Side]:
        return _side(self.old), _side(self.new)


def _compare_pairs(pairs: Sequence[_Pair]) -> dict[ExportKey, tuple[str, Found]]:
    """Compare the exports of some groups; a function of the module, so that a worker can be asked for it."""
    return {pair.key: _compare(pair) for pair in pairs}


def _compare(pair: _Pair) -> tuple[str, Found]:
    key, old, new, options = pair
    try:
        if old is None or new is None:
            state, found = _one_sided(pair)
        elif old.has_same_content(new):
            return UNCHANGED, _nothing(old, new)
        else:
            # Copies, so that what is read of them is not kept.
            found = compare_pair(old.copy(), new.copy(), options)
            state = CHANGED if found.changes or found.ignored else UNCHANGED
    except DocumentError as error:
        raise DocumentError(f"{key}: {error}") from error
    for change in (*found.changes, *(change for change, _ in found.ignored)):
        change.key = key
    return state, found


def _one_sided(pair: _Pair) -> tuple[str, Found]:
    """Return the change of a group that only one of the sets has."""
    is_added = pair.old is None
    export = pair.new if pair.new is not None else pair.old
    assert export is not None  # noqa: S101 - one of them is there
    state, rule = (ADDED, "group-added") if is_added else (REMOVED, "group-removed")
    operations = export.copy().definition.operations
    changes = Changes()
    pointers = Pointers(None, "") if is_added else Pointers("", None)
    changes.add(rule, pointers, f"API group {pair.key.group}", operations=operations)
    kept, ignored = apply_options(changes, pair.options)
    states = {(operation.method, operation.path): state for operation in operations}
    return state, Found(kept, ignored, states, PARTS, {})


def _nothing(old: Export, new: Export) -> Found:
    """Return that two exports of equal content do not differ, in the parts that their scopes contain."""
    scopes = [find_scope(export.scope) for export in (old, new)]
    known = [scope for scope in scopes if scope]
    lacking = {part for scope in known for part in PARTS if part not in scope.parts}
    reason = f"the exports have the scope {' and '.join(sorted({str(one.scope) for one in (old, new)}))}"
    return Found([], [], {}, tuple(part for part in PARTS if part not in lacking), dict.fromkeys(lacking, reason))


def _in_words(reasons: Sequence[tuple[ExportKey, str, str]]) -> dict[str, str]:
    """Return what was not compared, with the number of groups where several lack the same for the same reason."""
    groups: dict[tuple[str, str], list[ExportKey]] = {}
    for key, part, reason in reasons:
        groups.setdefault((part, reason), []).append(key)
    return {
        f"{part} of {keys[0] if len(keys) == 1 else f'{len(keys):,} groups'}": reason
        for (part, reason), keys in groups.items()
    }


def _side(exports: ExportSet) -> report.Side:
    def only(values: Iterator[str | None]) -> str | None:
        found = set(values)
        return found.pop() if len(found) == 1 else None

    times = [export.time for export in exports.values() if export.time]
    return report.Side(
        title="",
        version="",
        standard="",
        group=pluralize(len(exports), "group"),
        environment=only(key.environment for key in exports),
        gateway=only(key.gateway for key in exports),
        scope=only(export.scope for export in exports.values()),
        time=max(times, default=None),
        source=None,
        sha256="",
        operations=None,
    )
