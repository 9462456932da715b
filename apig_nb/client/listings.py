"""Lists of the service as tables: projects, gateways, environments, API groups and APIs.

Columns have the names of the wire where there is no better word; `name` and `id` are the first ones.
Source: https://support.huaweicloud.com/intl/en-us/api-apig/ApiGroupManagement.html and its sibling pages.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from apig_nb.client.secret import masked
from apig_nb.client.service_errors import is_error_body, read_service_error
from apig_nb.client.transport import Answer
from apig_nb.errors import DocumentError
from apig_nb.text import shorten

if TYPE_CHECKING:
    from pandas import DataFrame

T = TypeVar("T")

Item = Mapping[str, Any]
"""An item of a list as the service sent it; its values are untrusted."""

PAGE_SIZE: Final = 500
"""Items of a page; the service sends no more."""

MAX_PAGES: Final = 200
"""The most pages of a list; quotas are far below."""

MAX_ITEMS: Final = MAX_PAGES * PAGE_SIZE
"""The most items of a list: a page may have more than were asked for."""

MAX_BYTES: Final = 256 * 2**20
"""The most bytes of all pages of a list."""

CONCURRENT_PAGES: Final = 4
"""Pages that are requested at the same time, once the number of items is known."""


@dataclass(frozen=True)
class Column:
    """A column: its field on the wire, the function that reads a value, and its dtype."""

    field: str
    read: Callable[[object], object]
    dtype: str


@dataclass(frozen=True)
class Listing:
    """A list of the service.

    Attributes:
        kind: the name of an item.
        key: the key of the list in an answer.
        columns: the columns of its table.
    """

    kind: str
    key: str
    columns: Mapping[str, Column]

    def frame(self, items: Sequence[Item]) -> DataFrame:
        """Return one row per item; columns and dtypes are the same when there are none."""
        # Late: importing pandas takes half a second.
        import pandas as pd

        return pd.DataFrame(
            {
                name: pd.Series([column.read(item.get(column.field)) for item in items], dtype=column.dtype)
                for name, column in self.columns.items()
            }
        )

    def items(self, get_page: Callable[[Mapping[str, int]], Answer]) -> list[Item]:
        """Fetch all items, page by page; warn if the service counts more items than its pages have.

        Args:
            get_page: requests the page at an `offset`, of at most `limit` items.

        Raises:
            DocumentError: an answer is not a page, or the list does not end.
        """
        sizes: list[int] = []

        def page_at(offset: int) -> tuple[list[Item], int | None]:
            answer = get_page({"offset": offset, "limit": PAGE_SIZE})
            sizes.append(len(answer.content))
            return self.page(answer)

        items: dict[str, Item] = {}
        prefetched: dict[int, tuple[list[Item], int | None]] = {}
        offset = 0
        for _ in range(MAX_PAGES):
            # After a page that is shorter than the others, the next one was not prefetched.
            page, total = prefetched.pop(offset) if offset in prefetched else page_at(offset)
            known = len(items)
            if known + len(page) > MAX_ITEMS or sum(sizes) > MAX_BYTES:
                raise DocumentError(f"the list of {self.kind}s does not end: stopped after {known:,} items")
            # By id: a list that changes while it is read may have an item on two pages.
            items.update({_text(item.get("id")) or f"{offset} {index}": item for index, item in enumerate(page)})
            if page and len(items) == known:
                raise DocumentError(f"the list of {self.kind}s repeats itself after {known} items")
            offset += len(page)
            # A total below the number of items that were received is ignored.
            if not page or offset == total:
                if total is not None and offset < total:
                    short = f"the list of {self.kind}s ends after {offset:,} of {total:,} items: some may be missing"
                    warnings.warn(short, stacklevel=2)
                return list(items.values())
            if total is not None and len(page) == PAGE_SIZE and offset not in prefetched:
                prefetched = _fetch_concurrently(page_at, range(offset, total, PAGE_SIZE)[:CONCURRENT_PAGES])
        raise DocumentError(f"the list of {self.kind}s does not end: stopped after {MAX_PAGES} pages")

    def page(self, answer: Answer) -> tuple[list[Item], int | None]:
        """Read the items of one answer, and the number of all items where it has it.

        Raises:
            DocumentError: the answer is not of the documented shape.
            ServiceError: it is an error with the status of a success.
        """
        page = answer.json_object(f"list of {self.kind}s")
        total = page.get("total")
        # The key may be missing or null where nothing matches.
        if self.key not in page and total is None:
            if is_error_body(answer.content):
                raise read_service_error(answer.status_code, answer.headers, answer.content)
            keys = shorten(masked(", ".join(map(repr, list(page)[:5]))), 200) or "nothing"
            raise DocumentError(f"the list of {self.kind}s has no {self.key!r} but {keys}")
        items = page.get(self.key) or []
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise DocumentError(f"the list of {self.kind}s does not hold objects under {self.key!r}")
        return items, _number(total)

    def named(self, items: Sequence[Item]) -> list[tuple[str, str]]:
        """Return name and id of each item."""
        return [
            (_text(item.get(self.columns["name"].field)) or "", _text(item.get(self.columns["id"].field)) or "")
            for item in items
        ]


def _fetch_concurrently(get: Callable[[int], T], offsets: Sequence[int]) -> dict[int, T]:
    if len(offsets) < 2:
        return {}
    threads = ThreadPoolExecutor(len(offsets), thread_name_prefix="apig-page")
    try:
        return dict(zip(offsets, threads.map(get, offsets), strict=True))
    finally:
        # An interrupt does not wait for the other pages, whose calls end by themselves.
        threads.shutdown(wait=False, cancel_futures=True)


def _text(value: object) -> str | None:
    """Return any value as text; a lone surrogate becomes a question mark, and what is nested too deep an ellipsis."""
    if value is None:
        return None
    try:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    except RecursionError:
        # The thread that read it had a shorter stack.
        text = "…"
    return text.encode("utf-8", "replace").decode()


def _number(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**63:
        return None
    return value


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _one_of_two(value: object) -> bool | None:
    """Read the 1 (yes) or 2 (no) of the wire."""
    return {1: True, 2: False}.get(value) if isinstance(value, int) else None


def _time(value: object) -> datetime | None:
    """Read an ISO 8601 text, UTC where it has no zone, or Unix milliseconds."""
    try:
        if isinstance(value, str):
            time = datetime.fromisoformat(value)
            return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
        if isinstance(value, int):
            return datetime.fromtimestamp(value / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None


def _tuple(value: object) -> tuple[str, ...]:
    """Return the texts of a list; a single value counts as a list of one."""
    texts = map(_text, value if isinstance(value, list) else [value])
    return tuple([text for text in texts if text])


def _domains(value: object) -> tuple[str, ...]:
    parts = value if isinstance(value, list) else [value]
    return _tuple([part.get("domain") if isinstance(part, dict) else part for part in parts])


def _publications(value: object) -> tuple[str, ...]:
    """Read the publications, which are joined by `|` on the wire."""
    return _tuple((_text(value) or "").split("|"))


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
        "domains": Column("url_domains", _domains, "object"),
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
        "environments": Column("run_env_name", _publications, "object"),
        "group": Column("group_name", _text, "str"),
        "group_id": Column("group_id", _text, "str"),
        "public": Column("type", _one_of_two, "boolean"),
        "cors": Column("cors", _flag, "boolean"),
        "tags": Column("tags", _tuple, "object"),
        **_texts("remark", "version"),
        **_times("register_time", "update_time"),
    },
)
