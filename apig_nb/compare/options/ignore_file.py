"""An ignore file that a program adds to: comments, order and look of what a person wrote stay byte for byte."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from apig_nb.compare.options.ignore_entry import with_entry
from apig_nb.compare.options.options import NO_YAML, read_options, today
from apig_nb.errors import ArgumentError
from apig_nb.files import write_whole
from apig_nb.text import visible


def add_ignored(
    file: str | os.PathLike[str],
    *,
    reason: str,
    rule: str | None = None,
    path: str | None = None,
    fingerprint: str | None = None,
    expires: str | date | None = None,
) -> Added:
    """Add an entry to an ignore file; a file that is not there yet is made.

    Args:
        file: the file, in YAML or JSON, as `compare` takes it.
        reason: why the change is accepted.
        rule: a rule's id, or a pattern of it.
        path: a pattern that every path the change reaches fits.
        fingerprint: of one single change.
        expires: the last day on which the entry counts, such as 2026-12-31.

    Returns:
        What was done, to be taken back.

    Raises:
        ArgumentError: there is no reason, the day is no date or is past, or the entry cannot be added to the file; the
            file is unchanged.
        OSError: it cannot be written; it is as it was.
    """
    entry: dict[str, Any] = {"rule": rule, "path": path, "fingerprint": fingerprint, "reason": _said(reason)}
    entry = {name: value for name, value in entry.items() if value is not None}
    if expires:
        entry["expires"] = _day_to_come(expires)
    read_options([entry], None)
    target = Path(file)
    before = _text(target)
    after = with_entry(before or "", entry)
    _check(target, before or "", after, entry)
    write_whole(target, after.encode("utf-8"))
    return Added(target, before, after)


@dataclass(frozen=True)
class Added:
    """An entry that was added to a file.

    Attributes:
        file: the file.
        before: what was in it; `None` where there was no file.
        after: what is in it now.
    """

    file: Path
    before: str | None
    after: str

    def take_back(self) -> None:
        """Make the file what it was.

        Raises:
            ArgumentError: somebody has changed it meanwhile; it is left alone.
            OSError: it cannot be written.
        """
        if _text(self.file) != self.after:
            raise ArgumentError("ignore", os.fspath(self.file), "was changed meanwhile; take the entry out by hand")
        if self.before is None:
            self.file.unlink()
        else:
            write_whole(self.file, self.before.encode("utf-8"))


def _said(reason: str) -> str:
    words = visible(" ".join(reason.split()))
    if not words:
        raise ArgumentError("reason", None, "must say why the change is accepted")
    return words


def _day_to_come(given: str | date) -> date:
    try:
        day = date.fromisoformat(given.strip()) if isinstance(given, str) else given
    except ValueError as error:
        raise ArgumentError("expires", given, "is no day such as 2026-12-31") from error
    if day < today():
        raise ArgumentError("expires", day.isoformat(), "is gone by: the entry would count for nothing")
    return day


def _text(file: Path) -> str | None:
    """What is in a file; `None` where there is none."""
    try:
        # Not `read_text`, which would change the ends of lines.
        return file.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    # ValueError: no UTF-8, or a name with a NUL.
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no text in UTF-8"
        raise ArgumentError("ignore", os.fspath(file), f"cannot be read ({reason})") from error


def _check(file: Path, before: str, after: str, entry: dict[str, Any]) -> None:
    """Read both, and see that nothing but the entry came to it."""
    try:
        was = yaml.safe_load(before)
        now = yaml.safe_load(after)
    except NO_YAML as error:
        raise _unfit(file) from error
    if not isinstance(was, dict | list | None):
        raise _unfit(file)
    read_options(was, None)
    was, now = ({"ignore": part} if isinstance(part, list) else part or {} for part in (was, now))
    *others, added = now.pop("ignore", None) or [None]
    if others != list(was.pop("ignore", None) or ()) or now != was or not _is_same(added, entry):
        raise _unfit(file)
    read_options([added], None)


def _is_same(added: Any, entry: dict[str, Any]) -> bool:
    # JSON has no days: there it is text.
    return isinstance(added, dict) and {name: str(value) for name, value in added.items()} == {
        name: str(value) for name, value in entry.items()
    }


def _unfit(file: Path) -> ArgumentError:
    return ArgumentError("ignore", os.fspath(file), "is no file that an entry can be added to; add it by hand")
