"""Exports of one group in every standard and format have equal tables."""

import itertools
from typing import Any

import pytest

import apig_nb as apig
from apig_nb.request import ALLOWED

pytestmark = pytest.mark.slow

TABLES = ("paths", "operations", "parameters", "backends")
WAYS = list(itertools.product(ALLOWED["oas_version"], ALLOWED["type"]))


def one_default(cell: Any) -> Any:
    """A cell with one name for the default response: with CORS, it has another key in OpenAPI 3.0."""
    if isinstance(cell, tuple):
        return tuple(map(one_default, cell))
    return "default" if isinstance(cell, str) and cell == "default-cors" else cell


@pytest.mark.parametrize("define", ALLOWED["define"])
@pytest.mark.parametrize("group", ["orders", "catalog", "payments", "devices", "通知", "files", "archive"])
def test_every_standard_and_format_of_a_scope_gives_equal_tables(client: apig.Client, group: str, define: str) -> None:
    exports = {
        way: client.export(group=group, env="TEST", define=define, oas_version=way[0], type=way[1]) for way in WAYS
    }
    written = {way: export.definition.format for way, export in exports.items()}
    assert written == {way: "json" if way[1] == "json" else "yaml" for way in WAYS}
    assert {export.definition.standard for export in exports.values()} == {"Swagger 2.0", "OpenAPI 3.0.0"}
    first = exports["2.0", "json"]
    differing = [
        (way, table)
        for way, export in exports.items()
        for table in TABLES
        if not getattr(export, table).map(one_default).equals(getattr(first, table).map(one_default))
    ]
    assert differing == []


def test_the_development_state_contains_unpublished_apis(client: apig.Client) -> None:
    published = {
        name
        for env in ("RELEASE", "TEST", "DEV")
        for name in client.export(group="orders", env=env, define="spec").operations["operation_id"]
    }
    editing = set(client.export(group="orders", env="TEST", define="dev").operations["operation_id"])
    assert editing - published == {"API_orders_bulk_import"}


def test_only_scopes_with_a_back_end_have_rows_in_backends(client: apig.Client) -> None:
    rows = {
        define: len(client.export(group="orders", env="RELEASE", define=define).backends)
        for define in ALLOWED["define"]
    }
    assert rows["spec"] == 0
    assert min(rows["proxy"], rows["all"], rows["dev"]) > 0
