"""Times as users give them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from apig_nb.errors import ArgumentError

Moment = datetime | date | str
"""A time or a day, or its text in ISO 8601; in UTC where it has no time zone."""


def read_moment(argument: str, given: Moment, *, end_of_day: bool = False) -> datetime:
    """Return a time in UTC; for a day its first moment, or its last one.

    Raises:
        ArgumentError: it is neither a time nor a day.
    """
    value: object = given
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value) if len(value) <= len("2026-11-30") else datetime.fromisoformat(value)
        except ValueError as error:
            raise ArgumentError(argument, given, "must be a time such as 2026-11-30T06:00:00Z, or a day") from error
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        first = datetime.combine(value, time(), UTC)
        return first + timedelta(days=1, microseconds=-1) if end_of_day else first
    raise ArgumentError(argument, given, "must be a time such as 2026-11-30T06:00:00Z, or a day")
