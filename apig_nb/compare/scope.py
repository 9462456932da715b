"""Parts of the APIs that are compared: those that both exports contain, as a definition scope leaves some out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from apig_nb.export import Export
from apig_nb.request import BACKENDS, POLICIES

_OPTIONAL: Final = (BACKENDS, POLICIES)


@dataclass(frozen=True, slots=True)
class CommonParts:
    """The parts to compare.

    Attributes:
        missing: part that is not compared → the reason.
    """

    missing: dict[str, str]

    @property
    def backends(self) -> bool:
        """True if backends and backend policies are compared."""
        return BACKENDS not in self.missing

    @property
    def policies(self) -> bool:
        """True if throttling, access control, plug-ins and authorizers are compared."""
        return POLICIES not in self.missing


def common_parts(old: Export, new: Export) -> CommonParts:
    """Return the parts that both exports contain, and why the others are not compared."""
    reasons = {part: _reason(part, old, new) for part in _OPTIONAL}
    return CommonParts({part: reason for part, reason in reasons.items() if reason})


def _reason(part: str, old: Export, new: Export) -> str:
    """Return the reason for which a part is not compared; empty if it is."""
    lacking = {name: export for name, export in (("old", old), ("new", new)) if part not in export.contains}
    if len(lacking) == 1 and part == POLICIES:
        (only,) = lacking.values()
        other = old if only is new else new
        # An export of the scope `all` looks like this when no policy is bound any more.
        if only.scope is None and other.contains - {POLICIES} <= only.contains:
            return ""
    if len(lacking) == 2 and old.scope == new.scope:
        return f"both exports have the scope {old.scope}" if old.scope else "neither document has any"
    return "; ".join(
        f"the {name} export has the scope {export.scope}" if export.scope else f"the {name} document has none"
        for name, export in lacking.items()
    )
