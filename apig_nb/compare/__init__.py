"""Compare two exports, or two sets of them: their operations, schemas and gateway settings."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from types import MappingProxyType
from typing import TYPE_CHECKING, overload

from apig_nb.engines import Progress, no_progress
from apig_nb.errors import ArgumentError

if TYPE_CHECKING:
    from apig_nb.compare.comparison import Comparison
    from apig_nb.compare.options.options import CompareOptions, Ignore
    from apig_nb.compare.set_comparison import SetComparison
    from apig_nb.export import Comparable
    from apig_nb.export_set import ExportSet


@overload
def compare(
    old: Comparable,
    new: Comparable,
    *,
    ignore: Ignore = None,
    severity: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Comparison: ...


@overload
def compare(
    old: ExportSet,
    new: ExportSet,
    *,
    ignore: Ignore = None,
    severity: Mapping[str, str] | None = None,
    gateways: Mapping[str, str] | None = None,
    environments: Mapping[str, str] | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> SetComparison: ...


def compare(
    old: Comparable | ExportSet,
    new: Comparable | ExportSet,
    *,
    ignore: Ignore = None,
    severity: Mapping[str, str] | None = None,
    gateways: Mapping[str, str] | None = None,
    environments: Mapping[str, str] | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Comparison | SetComparison:
    """Compare two exports, or anything `load` accepts; or two sets of exports.

        apig.compare(yesterday, today)
        apig.compare(estate.where(environment="RELEASE"), estate.where(environment="TEST"))

    The groups of two sets are matched by project, gateway, environment and group. Where each set has one environment
    only, the sets are compared across the environments; the same holds for gateways and projects. A group that only one
    set has is a change; one that a set lacks for an error is not compared. Groups of equal content are not read.

    Args:
        old: the export or set to compare from.
        new: the export or set to compare to.
        ignore: path of an ignore file (YAML or JSON), or its content: a list of entries, or a mapping with `ignore`
            (such a list), `severity`, `paths` and `addresses` (value → the value that counts as the same). An entry
            has at least one of rule, path, category and fingerprint, and may have a reason and a day `expires`.
        severity: rule → `breaking`, `warning`, `info` or `off`; a rule may be a pattern such as `description-*`.
        gateways: of sets: name of a gateway in `old` → its name in `new`.
        environments: of sets: name of an environment in `old` → its name in `new`.
        executor: of sets: compares the groups, as of `ExportSet.tables`.
        progress: called with the number of operations, of sets of groups, that were compared, and of all of them, again
            and again; an exception of it ends the call.

    Raises:
        DocumentError: one of them is not an API definition, or the changes affect too many operations.
        ArgumentError: an ignore list or a severity is invalid; only one of the two is a set; two exports of a set would
            be compared with one.
    """
    # Late: loading the comparison with Jinja takes as long as everything else that `import apig_nb` loads.
    from apig_nb.compare.options.options import read_options
    from apig_nb.export_set import ExportSet

    given = {"gateways": gateways, "environments": environments, "executor": executor}
    if isinstance(old, ExportSet) and isinstance(new, ExportSet):
        named = {"gateway": gateways, "environment": environments}
        names = {column: mapping for column, mapping in named.items() if mapping is not None}
        options = read_options(ignore, severity)
        return compare_with(old, new, options, names=names, executor=executor, progress=progress or no_progress)
    for name, value in given.items():
        if value is not None:
            raise ArgumentError(name, value, "is for sets of exports")
    return compare_with(old, new, read_options(ignore, severity), progress=progress or no_progress)


def compare_with(
    old: Comparable | ExportSet,
    new: Comparable | ExportSet,
    options: CompareOptions,
    *,
    names: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
    executor: Executor | None = None,
    progress: Progress = no_progress,
) -> Comparison | SetComparison:
    """Compare two exports or two sets with options that are already read.

    Args:
        old: as of `compare`.
        new: as of `compare`.
        options: the options.
        names: of sets: key column → name in the old set → name in the new set.
        executor: of sets: as of `compare`.
        progress: as of `compare`.

    Raises:
        DocumentError: as of `compare`.
        ArgumentError: only one of the two is a set.
    """
    from apig_nb.compare.comparison import Comparison  # late, as above
    from apig_nb.compare.set_comparison import SetComparison  # late, as above
    from apig_nb.export import as_export  # late, as above
    from apig_nb.export_set import ExportSet  # late, as above

    if isinstance(old, ExportSet) and isinstance(new, ExportSet):
        return SetComparison(old, new, options, names=names, executor=executor, progress=progress)
    if isinstance(old, ExportSet) or isinstance(new, ExportSet):
        raise ArgumentError("new", new, "compare two exports or two sets, not one of each")
    return Comparison(as_export(old), as_export(new), options, progress)
