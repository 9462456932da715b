"""Where an ignore file's list of entries ends, whatever its style, and an entry written there to look like the rest."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from apig_nb.compare.options.options import NO_YAML
from apig_nb.text import HARMFUL

Node = list[Any]
"""What a value is made of: one event of the YAML reader, or those from its start to its end."""

_LINE_END: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What ends a line in YAML, and so a comment."""


def with_entry(text: str, entry: dict[str, Any]) -> str:
    """The text with an entry where its list of entries ends; whether that went well is for the caller to find."""
    try:
        events: Node = list(yaml.parse(text, Loader=yaml.SafeLoader))
    except NO_YAML:
        return text
    nodes = _nodes(events)
    line_end = found[0] if (found := _LINE_END.search(text)) else "\n"
    root = next(nodes, None)
    if root is None or _is_nothing(root[0]):
        return _appended(text, len(text), _block(entry, 0, line_end, "ignore:"), line_end)
    if not _is(root[0], yaml.CollectionStartEvent):
        return text
    entries = root if _is(root[0], yaml.SequenceStartEvent) else _value_of(root, "ignore")
    if entries is None:
        if root[0].flow_style:
            return _in_flow(text, root, f'"ignore": [{_flow(entry)}]')
        end = next(event for event in reversed(events) if _is(event, yaml.DocumentEndEvent))
        place = end.start_mark.index if end.explicit else len(text)
        return _appended(text, place, _block(entry, root[0].start_mark.column, line_end, "ignore:"), line_end)
    first = entries[0]
    if _is_nothing(first):
        column = root[0].start_mark.column + 2
        return _appended(text, _line_end_after(text, first.end_mark), _block(entry, column, line_end), line_end)
    if not _is(first, yaml.SequenceStartEvent):
        return text
    if first.flow_style:
        return _in_flow(text, entries, _flow(entry))
    place = _line_end_after(text, _last_mark(entries))
    return _appended(text, place, _block(entry, first.start_mark.column, line_end), line_end)


def _nodes(events: Node) -> Iterator[Node]:
    """The values that stand side by side in a row of events."""
    depth, start = 0, 0
    for n, event in enumerate(events):
        if _is(event, yaml.NodeEvent | yaml.CollectionEndEvent):
            if depth == 0:
                start = n
            if _is(event, yaml.CollectionStartEvent):
                depth += 1
            elif _is(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth == 0:
                yield events[start : n + 1]


def _value_of(mapping: Node, key: str) -> Node | None:
    """The value of a key in a mapping; the last one, as for every reader, where the key stands twice."""
    found = None
    parts = list(_nodes(mapping[1:-1]))
    for name, value in zip(parts[::2], parts[1::2], strict=True):
        if _is(name[0], yaml.ScalarEvent) and name[0].value == key:
            found = value
    return found


def _is(event: Any, kinds: Any) -> bool:
    # Not `isinstance` itself, after which the type checker takes every mark for one that may be missing.
    return isinstance(event, kinds)


def _is_nothing(event: Any) -> bool:
    """Whether a value is left empty."""
    return _is(event, yaml.ScalarEvent) and event.start_mark.index == event.end_mark.index


def _last_mark(node: Node) -> Any:
    """Where a value ends. The end of one in block style is no place: comments that follow are before it."""
    flows: list[bool] = []
    marks: list[Any] = []
    for event in node:
        if _is(event, yaml.CollectionStartEvent):
            flows.append(event.flow_style)
        elif not _is(event, yaml.CollectionEndEvent) or flows.pop():
            marks.append(event.end_mark)
    return max(marks, key=lambda mark: mark.index)


def _line_end_after(text: str, mark: Any) -> int:
    """The end of the line a value ends in; a text in block style ends where the next line starts."""
    if mark.column == 0:
        return int(mark.index)
    found = _LINE_END.search(text, mark.index)
    return found.end() if found else len(text)


def _appended(text: str, place: int, lines: str, line_end: str) -> str:
    before, after = text[:place], text[place:]
    starts_line = not before or before == "\ufeff" or _LINE_END.match(before[-1])
    return f"{before}{'' if starts_line else line_end}{lines}{after}"


def _in_flow(text: str, collection: Node, item: str) -> str:
    """The text with one more item in `[…]` or `{…}`: after the last one, so that a comma after that does no harm."""
    inner = collection[1:-1]
    if not inner:
        place = collection[-1].start_mark.index
        return f"{text[:place]}{item}{text[place:]}"
    place = _last_mark(inner).index
    return f"{text[:place]}, {item}{text[place:]}"


def _block(entry: dict[str, Any], column: int, line_end: str, head: str = "") -> str:
    """An entry as lines of a list in block style, below `head` where there is one."""
    lines = yaml.safe_dump(entry, sort_keys=False, allow_unicode=True, width=10**6).splitlines()
    inner = column + 2 if head else column
    marks = ["- ", *["  "] * (len(lines) - 1)]
    written = [f"{' ' * inner}{mark}{line}" for mark, line in zip(marks, lines, strict=True)]
    return "".join(f"{line}{line_end}" for line in ([f"{' ' * column}{head}"] if head else []) + written)


def _flow(entry: dict[str, Any]) -> str:
    """An entry in one line, which is JSON, too."""
    text = json.dumps({name: str(value) for name, value in entry.items()}, ensure_ascii=False)
    return HARMFUL.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
