"""Pieces of HTML for the forms; whatever comes in is text and is escaped here."""

from __future__ import annotations

from html import escape
from typing import Final

MAX_WARNING: Final = 500
"""Characters of a warning that are shown: it may quote the document; the export holds all of them."""


def note(text: str) -> str:
    """An explanation under a field."""
    return f'<div class="apig-help">{escape(text)}</div>'


def live_note(text: str) -> str:
    """An explanation under a field that changes as something else is typed; read out by a screen reader."""
    return f'<div class="apig-help" aria-live="polite">{escape(text)}</div>'


def error_note(text: str) -> str:
    """What went wrong; read out by a screen reader. The sign before it does not rest on colour."""
    return f'<div class="apig-error" role="alert">✕ {escape(text)}</div>' if text else ""


def warning_note(text: str) -> str:
    """What came otherwise than asked for; read out by a screen reader."""
    return f'<div class="apig-warning" role="status">▲ warning: {escape(_cut(text, MAX_WARNING))}</div>'


def status(text: str, *more: str) -> str:
    """What goes on, read out by a screen reader when it changes; `more` are pieces of HTML."""
    return f'<div class="apig-status" role="status">{" · ".join((escape(text), *more))}</div>' if text else ""


def progress_bar(done: int, total: int, label: str) -> str:
    """How far it is; a bar of the browser's own, which a screen reader knows."""
    return f'<progress value="{done}" max="{max(total, 1)}" aria-label="{escape(label)}"></progress>'


def identifier(text: str) -> str:
    """An id, cut short on the page; pointing at it shows it whole, and a click selects it whole for copying."""
    return f'<span class="apig-id" title="{escape(text)}">{escape(text)}</span>'


def code(text: str, label: str) -> str:
    """A block of code that can be selected and scrolled with the keyboard."""
    return f'<pre class="apig-code" tabindex="0" role="region" aria-label="{escape(label)}">{escape(text)}</pre>'


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
