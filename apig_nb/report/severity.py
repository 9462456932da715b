"""Severities, and the sign each is shown with."""

from __future__ import annotations

from typing import Final

BREAKING, WARNING, INFO = "breaking", "warning", "info"
SEVERITIES: Final = (BREAKING, WARNING, INFO)
"""The most severe first.

- breaking: a caller that worked before can fail.
- warning: no caller fails for certain, but protection or routing changed.
- info: everything else.
"""

SIGNS: Final = {BREAKING: "●", WARNING: "▲", INFO: "○"}
"""A shape for each severity, so that none is shown by colour alone."""
