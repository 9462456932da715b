"""Checks of the life cycle and the names of APIs."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date
from email.utils import parsedate_to_datetime

from apig_nb.audit.checks.registry import check
from apig_nb.audit.subject import Api, Found, Subject
from apig_nb.audit.words import path_words
from apig_nb.audit.words import words as words_in
from apig_nb.compare.options.options import today
from apig_nb.definition.model.operation import path_shape
from apig_nb.definition.values import as_text

_VERSION = re.compile(r"[vV](\d+)(?:\.\d+)*")


def _sunset(api: Api) -> str | None:
    return as_text(api.operation.raw.get("x-sunset"))


@check
def deprecated_without_end(subject: Subject) -> Iterator[Found]:
    for api in subject.apis:
        if api.operation.deprecated and not _sunset(api):
            yield api.found("deprecated")


@check
def sunset_passed(subject: Subject) -> Iterator[Found]:
    for api in subject.apis:
        day = _day(_sunset(api) or "")
        if day is not None and day < today():
            yield api.found("x-sunset", day.isoformat(), f"{api.operation.pointer}/x-sunset")


def _day(written: str) -> date | None:
    """Read a day, or the date of the header Sunset; `None` for another text."""
    try:
        return date.fromisoformat(written[:10])
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(written).date()
    except ValueError:
        return None


@check
def versions_side_by_side(subject: Subject) -> Iterator[Found]:
    versions: dict[str, dict[int, list[Api]]] = defaultdict(lambda: defaultdict(list))
    for api in subject.apis:
        segments = path_shape(api.path).split("/")
        number = next((int(found[1]) for one in segments if (found := _VERSION.fullmatch(one))), None)
        if number is not None:
            shape = "/".join("v" if _VERSION.fullmatch(one) else one for one in segments)
            versions[shape][number].append(api)
    for by_number in versions.values():
        newest = max(by_number)
        for number, apis in by_number.items():
            for api in apis if number < newest else ():
                yield api.found("path", f"beside {by_number[newest][0].path}")


@check
def name_of_a_draft(subject: Subject, *, words: Collection[str]) -> Iterator[Found]:
    for api in subject.apis if subject.is_release else ():
        found = [*words_in(api.operation.operation_id or ""), *path_words(api.path)]
        if drafts := [word for word in dict.fromkeys(found) if word in words]:
            yield api.found("name and path", ", ".join(drafts))


@check
def nobodys_api(subject: Subject) -> Iterator[Found]:
    for api in subject.apis:
        if not (api.operation.tags or api.operation.description):
            yield api.found("description")


@check
def operation_id_twice(subject: Subject) -> Iterator[Found]:
    known: dict[str, Api] = {}
    for api in subject.apis:
        name = api.operation.operation_id
        if name and (first := known.setdefault(name, api)) is not api:
            yield api.found("name", f"{name}, as {first.method} {first.path}", f"{api.operation.pointer}/operationId")
