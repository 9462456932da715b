"""Audit exports: what is wrong with a gateway, and how to mend it there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from apig_nb.engines import Progress, no_progress

if TYPE_CHECKING:
    from apig_nb.audit.baseline import Baseline
    from apig_nb.audit.options import Ignore
    from apig_nb.audit.result import Audit
    from apig_nb.export import Comparable
    from apig_nb.export_set import ExportSet


def audit(
    export: Comparable | ExportSet,
    *,
    baseline: Baseline = None,
    ignore: Ignore = None,
    severity: Mapping[str, str] | None = None,
    rules: Mapping[str, Mapping[str, Any]] | None = None,
    progress: Progress | None = None,
) -> Audit:
    """Audit an export, anything `load` accepts, or a set of exports.

        apig.audit("orders.json").findings
        apig.audit(client.export_many(client.requests(env="RELEASE", define="all"))).scores

    Args:
        export: the export or the set. In a set, operations of all exports that reach one backend are compared, too.
        baseline: a former audit, or the JSON report that it saved; or a former export or set, which is audited alike.
            Findings that were there already do not count.
        ignore: path of an ignore file (YAML or JSON), or its content, as in `compare`. An entry has at least one of
            rule, path and fingerprint, and may have a reason and a day `expires`.
        severity: rule → `critical`, `high`, `medium`, `low`, `info` or `off`; a rule may be a pattern such as `acl-*`.
        rules: rule → threshold → value, such as `{"timeout-long": {"seconds": 20}}`; `audit_rules` lists them.
        progress: called with the number of exports that were audited, and of all of them, those of the baseline
            included, again and again; an exception of it ends the call.

    Raises:
        DocumentError: the export or the baseline is not an API definition.
        ArgumentError: the baseline, an ignore list, a severity or a threshold is invalid.
    """
    # Late: loading the checks and the reports takes as long as everything else that `import apig_nb` loads.
    from apig_nb.audit.baseline import read_baseline
    from apig_nb.audit.options import read_options
    from apig_nb.audit.result import Audit
    from apig_nb.audit.subject import subjects_of
    from apig_nb.export_set import ExportSet

    options, report = read_options(ignore, severity, rules), progress or no_progress
    count, before = (len(side) if isinstance(side, ExportSet) else side is not None for side in (export, baseline))
    found = Audit(subjects_of(export), options, lambda done: report(done, count + before))
    if baseline is None:
        return found
    return found.since(read_baseline(baseline, options, lambda done: report(count + done, count + before)))
