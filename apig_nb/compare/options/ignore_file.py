"""Add an entry to an ignore file and leave everything else in it as it is, byte for byte.

The entry is inserted into the text where the list of entries ends, and the result is read back to check it. Loading
and dumping the file would lose or move comments and change indentation, quotes, JSON and line ends.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import yaml

from apig_nb.compare.options.options import read_options, today
from apig_nb.errors import ArgumentError
from apig_nb.files import MAX_SETTINGS, locked, read_file, write_whole
from apig_nb.text import escape_json, parse_yaml, visible

_LINE_END: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""The line breaks of YAML 1.1, which PyYAML reads."""


def add_ignored(
    file: str | os.PathLike[str],
    *,
    reason: str,
    rule: str | None = None,
    path: str | None = None,
    fingerprint: str | None = None,
    expires: str | date | None = None,
    note: str | None = None,
) -> Added:
    """Add an entry to an ignore file; create the file if it does not exist.

    Args:
        file: the file, in YAML or JSON, as `compare` takes it.
        reason: why the change is accepted.
        rule: id of a rule, or a pattern.
        path: pattern that the path of every affected operation must match.
        fingerprint: fingerprint of a single change.
        expires: last day on which the entry applies, such as 2026-12-31.
        note: the change in words, for those who read the file.

    Returns:
        What was added, which can be undone.

    Raises:
        ArgumentError: the reason is empty, the day is invalid or in the past, or the entry cannot be added to the
            file; the file is unchanged.
        OSError: the file cannot be written; it is unchanged.
    """
    entry: dict[str, Any] = {"rule": rule, "path": path, "fingerprint": fingerprint, "note": note}
    entry["reason"] = _clean_reason(reason)
    entry = {name: value for name, value in entry.items() if value is not None}
    if expires:
        entry["expires"] = _future_day(expires)
    read_options([entry], None)
    target = Path(file)
    _read(target)  # a name that no file can have is not one to lock
    with locked(target):
        before = _read(target)
        old = _parse(target, before or "")
        read_options(old, None)
        after = _insert(before or "", entry)
        if not _is_added(old, _parse(target, after), entry):
            raise _unsuitable(target)
        write_whole(target, after.encode("utf-8"))
    return Added(target, before, after)


@dataclass(frozen=True)
class Added:
    """An entry that was added to a file.

    Attributes:
        file: the file.
        before: its text before; `None` if it did not exist.
        after: its text after.
    """

    file: Path
    before: str | None
    after: str

    def undo(self) -> None:
        """Restore the file.

        Raises:
            ArgumentError: the file was changed meanwhile; it is left unchanged.
            OSError: the file cannot be written.
        """
        with locked(self.file):
            if _read(self.file) != self.after:
                raise ArgumentError("ignore", os.fspath(self.file), "was changed meanwhile; remove the entry by hand")
            if self.before is None:
                self.file.unlink()
            else:
                write_whole(self.file, self.before.encode("utf-8"))


def _clean_reason(reason: str) -> str:
    words = visible(" ".join(reason.split()))
    if not words:
        raise ArgumentError("reason", None, "must say why the change is accepted")
    return words


def _future_day(given: str | date) -> date:
    try:
        day = date.fromisoformat(given.strip()) if isinstance(given, str) else given
    except ValueError as error:
        raise ArgumentError("expires", given, "is not a day such as 2026-12-31") from error
    if day < today():
        raise ArgumentError("expires", day.isoformat(), "is in the past: the entry would have no effect")
    return day


def _read(file: Path) -> str | None:
    """Return the text of a file; `None` if it does not exist."""
    try:
        return read_file(file, MAX_SETTINGS).decode("utf-8")
    except FileNotFoundError:
        return None
    # ValueError: not UTF-8, or a NUL in the name.
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise ArgumentError("ignore", os.fspath(file), f"cannot be read ({reason})") from error


def _parse(file: Path, text: str) -> dict[str, Any]:
    try:
        content = parse_yaml(text)
    except ValueError as error:
        raise _unsuitable(file) from error
    if not isinstance(content, dict | list | None):
        raise _unsuitable(file)
    return {"ignore": content} if isinstance(content, list) else content or {}


def _unsuitable(file: Path) -> ArgumentError:
    return ArgumentError("ignore", os.fspath(file), "is not a file to which an entry can be added; add it by hand")


def _is_added(old: dict[str, Any], new: dict[str, Any], entry: dict[str, Any]) -> bool:
    """Return True if the new content is the old one plus the entry at the end of the list."""
    *others, added = new.get("ignore") or [None]
    if not isinstance(added, dict) or {**new, "ignore": others} != {**old, "ignore": list(old.get("ignore") or ())}:
        return False
    # JSON has no dates: there the day is text.
    return {name: str(value) for name, value in added.items()} == {name: str(value) for name, value in entry.items()}


def _insert(text: str, entry: dict[str, Any]) -> str:
    """Return the text with an entry at the end of its list; unchanged if it cannot be inserted."""
    root: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    if root is None or _is_empty(root):
        return _insert_block(text, len(text), entry, 0, "ignore:")
    entries = root
    if isinstance(root, yaml.MappingNode):
        # The last one counts where a key is repeated.
        entries = next((value for key, value in reversed(root.value) if key.value == "ignore"), None)
        if entries is None and root.flow_style:
            return _insert_flow(text, root, f'"ignore": [{_json(entry)}]')
        if entries is None:
            return _insert_block(text, _end_of_block(text, root), entry, root.start_mark.column, "ignore:")
        if _is_empty(entries):
            line_end = _LINE_END.search(text, entries.end_mark.index)
            place = line_end.end() if line_end else len(text)
            return _insert_block(text, place, entry, root.start_mark.column + 2)
    if not isinstance(entries, yaml.SequenceNode):
        return text
    if entries.flow_style:
        return _insert_flow(text, entries, _json(entry))
    return _insert_block(text, _end_of_block(text, entries), entry, entries.start_mark.column)


def _is_empty(node: Any) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.start_mark.index == node.end_mark.index


def _end_of_block(text: str, node: Any) -> int:
    """Return the end of the last line of a block collection, before blank lines and comments that follow it."""
    end: int = node.end_mark.index
    lines = [0, *(found.end() for found in _LINE_END.finditer(text, 0, end))]
    for start in reversed(lines):
        line = text[start:end]
        indent = len(line) - len(line.lstrip(" "))
        if line.strip() and not (line.lstrip().startswith("#") and indent <= node.start_mark.column):
            return end
        end = start
    return end


def _insert_block(text: str, place: int, entry: dict[str, Any], column: int, head: str = "") -> str:
    """Insert an entry as lines of a block sequence, below `head` if given."""
    found = _LINE_END.search(text)
    line_end = found[0] if found else "\n"
    dumped = yaml.safe_dump([entry], sort_keys=False, allow_unicode=True, width=10**6).splitlines()
    indent = " " * (column + 2 if head else column)
    lines = ([" " * column + head] if head else []) + [indent + line for line in dumped]
    before, after = text[:place], text[place:]
    starts_line = before in ("", "\ufeff") or _LINE_END.match(before[-1])
    return before + ("" if starts_line else line_end) + "".join(line + line_end for line in lines) + after


def _insert_flow(text: str, collection: Any, item: str) -> str:
    """Insert an item after the last one in `[…]` or `{…}`."""
    if not collection.value:
        place = collection.end_mark.index - 1
        return f"{text[:place]}{item}{text[place:]}"
    last = collection.value[-1]
    place = (last[1] if isinstance(last, tuple) else last).end_mark.index
    return f"{text[:place]}, {item}{text[place:]}"


def _json(entry: dict[str, Any]) -> str:
    """Return an entry as JSON, which is a flow mapping in YAML."""
    return escape_json(json.dumps({name: str(value) for name, value in entry.items()}, ensure_ascii=False))
