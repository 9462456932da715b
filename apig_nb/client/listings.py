"""What can be picked by name, as tables, and the way from a name to the id that a call wants.

Source: contract/lookups. Columns keep the wire's names where there is no better word; `name` and `id` come first.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from apig_nb.client.service_errors import is_error_body, read_service_error
from apig_nb.errors import ArgumentError, DocumentError, NameLookupError
from apig_nb.request import RELEASE_ENV_ID

if TYPE_CHECKING:
    from pandas import DataFrame

    from apig_nb.client.transport import Answer

T = TypeVar("T")

Item = Mapping[str, Any]
"""One thing of a list, as the service sent it: untrusted, so nothing is known of its values."""

PAGE_SIZE: Final = 500
"""Items asked for at once; the most the service gives."""

MAX_PAGES: Final = 200
"""A list that is not at its end after so many pages is taken to have none; quotas end far below."""

AT_ONCE: Final = 4
"""So many pages are asked for at the same time, where it is known that they exist."""

FEW: Final = 12
"""So many names are shown all where none comes near."""

_ID = re.compile(r"[0-9a-fA-F]{32}")


@dataclass(frozen=True)
class Column:
    """One column: its wire field, its dtype, and how a value is read."""

    field: str
    read: Callable[[object], object]
    dtype: str


@dataclass(frozen=True)
class Listing:
    """One kind of thing that is listed: its word, the list's key in an answer, the columns of its table."""

    kind: str
    key: str
    columns: Mapping[str, Column]

    def frame(self, items: Sequence[Item]) -> DataFrame:
        """One row per item; columns and dtypes are the same when there are none."""
        import pandas as pd

        return pd.DataFrame(
            {
                name: pd.Series([column.read(item.get(column.field)) for item in items], dtype=column.dtype)
                for name, column in self.columns.items()
            }
        )

    def items(self, get_page: Callable[[Mapping[str, int]], Answer]) -> list[Item]:
        """Every item of the list, page by page (contract/lookups, "Paging").

        Args:
            get_page: asks for the page at an `offset`, of at most `limit` items.

        Raises:
            DocumentError: an answer is no page, or the list does not end.
        """

        def page_at(offset: int) -> tuple[list[Item], int | None]:
            return self.page(get_page({"offset": offset, "limit": PAGE_SIZE}))

        found: dict[str, Item] = {}
        ahead: dict[int, tuple[list[Item], int | None]] = {}
        offset = 0
        for _ in range(MAX_PAGES):
            # After a page that is shorter than the others the next one was not fetched ahead.
            page, total = ahead.pop(offset) if offset in ahead else page_at(offset)
            known = len(found)
            # By id: a list that changes while it is read can show an item twice.
            found.update({str(item.get("id", f"{offset} {place}")): item for place, item in enumerate(page)})
            if page and len(found) == known:
                raise DocumentError(f"the list of {self.kind}s repeats itself after {known} items")
            offset += len(page)
            # A total that is below what has come already is not believed.
            if not page or offset == total:
                return list(found.values())
            if total is not None and len(page) == PAGE_SIZE and offset not in ahead:
                ahead = _at_once(page_at, range(offset, total, PAGE_SIZE)[:AT_ONCE])
        raise DocumentError(f"the list of {self.kind}s does not end: stopped after {MAX_PAGES} pages")

    def page(self, answer: Answer) -> tuple[list[Item], int | None]:
        """The items of one answer, and how many there are in all where it says so.

        Raises:
            DocumentError: the answer is not of the documented shape.
            ServiceError: it is an error that came with a good status.
        """
        page = answer.json_object(f"list of {self.kind}s")
        total = page.get("total")
        # The key may be missing or null where nothing matches.
        if self.key not in page and total is None:
            if is_error_body(answer.content):
                raise read_service_error(answer.status_code, answer.headers, answer.content)
            keys = ", ".join(map(repr, list(page)[:5])) or "nothing"
            raise DocumentError(f"the list of {self.kind}s has no {self.key!r} but {keys}")
        items = page.get(self.key) or []
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise DocumentError(f"the list of {self.kind}s does not hold objects under {self.key!r}")
        return items, _number(total)

    def named(self, items: Sequence[Item]) -> list[tuple[str, str]]:
        """Name and id of each item."""
        return [
            (_text(item.get(self.columns["name"].field)) or "", _text(item.get(self.columns["id"].field)) or "")
            for item in items
        ]


def _at_once(get: Callable[[int], T], places: Sequence[int]) -> dict[int, T]:
    """What is at each place, fetched at the same time."""
    if len(places) < 2:
        return {}
    with ThreadPoolExecutor(len(places), thread_name_prefix="apig-page") as threads:
        return dict(zip(places, threads.map(get, places), strict=True))


def is_id(text: str) -> bool:
    """Whether a text is taken as an id without asking the service: 32 hex digits, or RELEASE's constant."""
    return text == RELEASE_ENV_ID or bool(_ID.fullmatch(text))


def checked_name(field: str, value: object) -> str:
    """Return what a user gave as name or id.

    Raises:
        ArgumentError: it is no text, or empty.
    """
    if not isinstance(value, str) or not value.strip():
        raise ArgumentError(field, value, "must be a name or an id")
    return value


def checked_names(field: str, values: object) -> list[str]:
    """Return what a user gave as several names or ids.

    Raises:
        ArgumentError: it is no list of texts, or empty.
    """
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise ArgumentError(field, values, "must be a list of names or ids")
    names = [checked_name(field, value) for value in values]
    if not names:
        raise ArgumentError(field, values, "must not be empty; leave it out for all of them")
    return names


def find_id(kind: str, wanted: str, named: Sequence[tuple[str, str]]) -> str:
    """The id of the thing that has exactly this name, else exactly this id.

    Raises:
        NameLookupError: there is none, or there are several; the message lists candidates.
    """
    same_name = [(name, id_) for name, id_ in named if name == wanted]
    if len(same_name) == 1:
        return same_name[0][1]
    if same_name:
        raise NameLookupError(kind, wanted, "is the name of several: use an id", _with_ids(same_name))
    if any(id_ == wanted for _, id_ in named):
        return wanted
    raise NameLookupError(kind, wanted, "does not exist, or these credentials cannot see it", _near(wanted, named))


def only_running(gateways: Sequence[Item]) -> str:
    """The id of the one gateway that runs.

    Raises:
        NameLookupError: none runs, or several do.
    """
    running = [item for item in gateways if item.get("status") == "Running"]
    candidates = _with_ids(GATEWAYS.named(running or gateways))
    if len(running) == 1:
        return GATEWAYS.named(running)[0][1]
    if running:
        raise NameLookupError(GATEWAYS.kind, None, "is not given and several are running: pass gateway=", candidates)
    raise NameLookupError(GATEWAYS.kind, None, "is not given and none is running", candidates)


def _with_ids(named: Sequence[tuple[str, str]]) -> list[str]:
    return [f"{name} ({id_})" for name, id_ in named]


def _near(wanted: str, named: Sequence[tuple[str, str]]) -> list[str]:
    names = sorted({name for name, _ in named if name})
    if len(names) <= FEW:
        return names
    folded = {name.casefold(): name for name in names}
    return [folded[match] for match in difflib.get_close_matches(wanted.casefold(), folded, n=5)]


def _text(value: object) -> str | None:
    """Text of any value; what cannot be encoded, such as half a surrogate pair, becomes a question mark."""
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode()


def _number(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**63:
        return None
    return value


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _one_of_two(value: object) -> bool | None:
    """The wire's 1 for yes and 2 for no."""
    return {1: True, 2: False}.get(value) if isinstance(value, int) else None


def _time(value: object) -> datetime | None:
    """An ISO 8601 text, UTC where it does not say, or Unix milliseconds."""
    try:
        if isinstance(value, str):
            time = datetime.fromisoformat(value)
            return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
        if isinstance(value, int):
            return datetime.fromtimestamp(value / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None


def _joined(value: object) -> str | None:
    return ", ".join(_text(part) or "" for part in value) if isinstance(value, list) else _text(value)


def _domains(value: object) -> str | None:
    if not isinstance(value, list):
        return _text(value)
    return _joined([part.get("domain") if isinstance(part, dict) else part for part in value])


def _publications(value: object) -> str | None:
    """One entry per publication, joined by `|` on the wire."""
    return value if value is None else (_text(value) or "").replace("|", ", ")


def _texts(*fields: str) -> dict[str, Column]:
    return {field: Column(field, _text, "str") for field in fields}


def _times(*fields: str) -> dict[str, Column]:
    return {field: Column(field, _time, "datetime64[us, UTC]") for field in fields}


PROJECTS: Final = Listing("project", "projects", _texts("name", "id", "description", "parent_id", "domain_id"))

GATEWAYS: Final = Listing(
    "gateway",
    "instances",
    {
        "name": Column("instance_name", _text, "str"),
        **_texts("id", "status", "spec"),
        **_times("create_time"),
        **_texts("eip_address", "loadbalancer_provider"),
        "charging_mode": Column("charging_mode", _number, "Int64"),
        **_texts("type", "enterprise_project_id", "project_id"),
    },
)

ENVIRONMENTS: Final = Listing("environment", "envs", _texts("name", "id", "remark") | _times("create_time"))

GROUPS: Final = Listing(
    "API group",
    "groups",
    {
        **_texts("name", "id", "remark", "sl_domain"),
        "domains": Column("url_domains", _domains, "str"),
        "is_default": Column("is_default", _one_of_two, "boolean"),
        **_texts("version"),
        **_times("register_time", "update_time"),
    },
)

APIS: Final = Listing(
    "API",
    "apis",
    {
        **_texts("name", "id"),
        "method": Column("req_method", _text, "str"),
        "path": Column("req_uri", _text, "str"),
        **_texts("match_mode", "auth_type", "backend_type"),
        "protocol": Column("req_protocol", _text, "str"),
        "environments": Column("run_env_name", _publications, "str"),
        "group": Column("group_name", _text, "str"),
        "group_id": Column("group_id", _text, "str"),
        "public": Column("type", _one_of_two, "boolean"),
        "cors": Column("cors", _flag, "boolean"),
        "tags": Column("tags", _joined, "str"),
        **_texts("remark", "version"),
        **_times("register_time", "update_time"),
    },
)
