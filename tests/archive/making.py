"""Estates of a few small groups, one for each day."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from apig_nb.export import Export
from apig_nb.export_set import ExportKey, ExportSet
from tests.definition.making import OK, openapi

FIRST_DAY = datetime(2026, 1, 1, 6, tzinfo=UTC)


def day(number: int) -> datetime:
    """The time of the snapshot of a day."""
    return FIRST_DAY + timedelta(days=number)


def key(group: str, environment: str = "RELEASE", gateway: str = "retail") -> ExportKey:
    return ExportKey("eu-demo-1", gateway, environment, group)


def document(group: str, number: int = 0, **parts: Any) -> bytes:
    """A document as the service writes it: with the time of the export as its version."""
    info = {"title": group, "description": "", "version": f"{day(number):%Y-%m-%d-%H:%M:%S}"}
    paths = {f"/{group}": {"get": OK}, f"/{group}/{{id}}": {"get": OK}}
    return json.dumps(openapi(info=info, paths=paths) | parts, indent="\t").encode()


def estate(documents: Mapping[str, bytes], number: int = 0, **place: str) -> ExportSet:
    """A set of exports by the name of the group, received on a day."""
    return ExportSet(
        {
            key(group, **place): Export(
                raw=raw, group=group, environment="RELEASE", scope="all", time=day(number), request_id=f"{number:032x}"
            )
            for group, raw in documents.items()
        }
    )


def usual(number: int, groups: str = "abc") -> ExportSet:
    """The estate of a day on which nothing changed but the time of the export."""
    return estate({group: document(group, number) for group in groups}, number)


def bytes_of(exports: ExportSet) -> dict[ExportKey, bytes]:
    return {key: export.raw for key, export in exports.items()}
