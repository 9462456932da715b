"""Compare two exports: their operations, schemas and gateway settings."""

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
    """Compare two exports, or anything `load` accepts.

    Args:
        old: the export to compare from.
        new: the export to compare to.
        ignore: path of an ignore file (YAML or JSON), or its content: a list of entries, or a mapping with `ignore`
            (such a list), `severity`, `paths` and `addresses` (value → the value that counts as the same). An entry
            has at least one of rule, path, category and fingerprint, and may have a reason and a day `expires`.
        severity: rule → `breaking`, `warning`, `info` or `off`; a rule may be a pattern such as `description-*`.

    Raises:
        DocumentError: one of them is not an API definition, or the changes affect too many operations.
        ArgumentError: an ignore list or a severity is invalid.
    """
    # Late: loading the comparison with Jinja takes as long as everything else that `import apig_nb` loads.
    from apig_nb.compare.comparison import Comparison
    from apig_nb.compare.options.options import read_options
    from apig_nb.export import as_export

    options = read_options(ignore, severity)
    return Comparison(as_export(old), as_export(new), options)
