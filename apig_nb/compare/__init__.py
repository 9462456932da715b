"""Comparing: the rules, the walks over schemas, operations and the gateway's part, and the reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apig_nb.compare.comparison import Comparison
    from apig_nb.compare.options.options import Ignore
    from apig_nb.export import Comparable


def compare(
    old: Comparable,
    new: Comparable,
    *,
    ignore: Ignore = None,
    severity: Mapping[str, str] | None = None,
) -> Comparison:
    """Compare two exports, or anything `load` takes.

    Args:
        old: what is there now.
        new: what would take its place.
        ignore: an ignore file (YAML) or what would be in it; see `compare.options.read_options`.
        severity: rule → `breaking`, `warning`, `info` or `off`; a rule may be a pattern such as `description-*`.

    Raises:
        DocumentError: one of them is no API document, or too much differs.
        ArgumentError: an ignore list or a severity that is not known.
    """
    # Late: whoever only reads documents needs none of the walks.
    from apig_nb.compare.comparison import Comparison
    from apig_nb.compare.options.options import read_options
    from apig_nb.export import as_export

    options = read_options(ignore, severity)
    return Comparison(as_export(old), as_export(new), options)
