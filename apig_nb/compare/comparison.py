"""`Comparison`: the changes between two exports."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from apig_nb import report
from apig_nb.compare.options.options import CompareOptions
from apig_nb.compare.pair import compare_pair
from apig_nb.compare.result import SECURITY, Result
from apig_nb.compare.rules import BACKEND, CATEGORIES, TRAFFIC
from apig_nb.engines import Progress, no_progress
from apig_nb.export import Export
from apig_nb.report import SEVERITIES
from apig_nb.request import BACKENDS, POLICIES

if TYPE_CHECKING:
    from pandas import DataFrame

_CATEGORY_OF_PART: Final = {BACKENDS: BACKEND, POLICIES: TRAFFIC}


class Comparison(Result):
    """The changes between two exports.

    Attributes:
        old: the export compared from.
        new: the export compared to.
    """

    def __init__(self, old: Export, new: Export, options: CompareOptions, progress: Progress = no_progress) -> None:
        """Compare two exports; users call `compare`."""
        self.old, self.new = old, new
        found = compare_pair(old, new, options, progress)
        self._changes, self._ignored = found.changes, found.ignored
        self._compared, self._not_compared = found.compared, found.not_compared
        self._states = {(None, *operation): state for operation, state in found.states.items()}

    @property
    def summary(self) -> DataFrame:
        """The number of changes: one row per severity, one column per category; all Int64.

        The column `security` counts those of all categories that reduce protection. A category that was not compared
        has NA; `not_compared` has the reason.
        """
        import pandas as pd  # slow to import

        counts = Counter((change.severity, change.rule.category) for change in self._changes)
        counts.update((change.severity, SECURITY) for change in self._changes if change.rule.security)
        frame = pd.DataFrame(
            {name: [counts[severity, name] for severity in SEVERITIES] for name in (*CATEGORIES, SECURITY)},
            index=pd.Index(SEVERITIES, name="severity"),
            dtype="Int64",
        )
        for part in self._not_compared:
            name = _CATEGORY_OF_PART[part]
            if not frame[name].any():
                frame[name] = pd.NA
        return frame

    @property
    def not_compared(self) -> DataFrame:
        """The parts of the APIs that were not compared, as an export does not contain them.

        Columns: part (`backends`, `policies`), reason; both `str`. A document that is no export of API Gateway has no
        such parts.
        """
        import pandas as pd  # slow to import

        return pd.DataFrame(self._not_compared.items(), columns=["part", "reason"], dtype="str")

    def _sides(self) -> tuple[report.Side, report.Side]:
        return _side(self.old), _side(self.new)


def _side(export: Export) -> report.Side:
    definition = export.definition
    return report.Side(
        title=definition.title,
        version=definition.version,
        standard=definition.standard,
        group=export.group,
        environment=export.environment,
        gateway=export.gateway or (export.request.instance_id if export.request else None),
        scope=export.scope,
        time=export.time,
        source=export.source,
        sha256=export.sha256,
        operations=len(definition.operations),
    )
