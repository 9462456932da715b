"""The form with a running event loop, as in a notebook: answers arrive later, while choices are made."""

import asyncio
import re
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

import apig_nb as apig
from apig_nb.sandbox import Sandbox, start
from tests.connected import connected

from .page import Page


@pytest.fixture
def gateway() -> Iterator[Sandbox]:
    with start() as running:
        yield running


@pytest.fixture
def client(gateway: Sandbox) -> Iterator[apig.Client]:
    with connected(gateway) as client:
        yield client


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


def run(client: apig.Client, scene: Callable[[apig.ExportForm, Page], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        form = apig.ExportForm(client)
        page = Page(form)
        page.press("More fields")
        assert page.options("Gateway") == ["loading…"]
        await until(lambda: not (page.control("Environment").disabled or page.control("API group").disabled))
        await scene(form, page)
        form.close()

    asyncio.run(main())


def test_a_late_list_does_not_replace_a_newer_one(gateway, client):
    async def scene(form: apig.ExportForm, page: Page) -> None:
        gateway.fault("apis", delay=0.3)
        page.choose("API group", "orders")
        assert page.options("APIs") == ["loading…"]
        page.choose("API group", "payments")
        await until(lambda: not page.control("APIs").disabled)
        newer = page.options("APIs")
        await asyncio.sleep(0.4)
        assert page.options("APIs") == newer
        assert newer != ["all 19 published", "some, picked from a list"]

    run(client, scene)


def test_an_export_shows_the_request_that_was_sent_whatever_is_chosen_meanwhile(gateway, client):
    async def scene(form: apig.ExportForm, page: Page) -> None:
        page.choose("API group", "orders")
        # Longer than a busy machine needs for the list of APIs.
        gateway.fault("export", delay=5)
        page.press("Export")
        await until(lambda: re.search(r"\b\d s\b", page.text))
        page.choose("API group", "payments")
        await until(lambda: not page.control("APIs").disabled)
        assert page.control("Export").disabled
        assert "exporting…" in page.status
        await until(lambda: form.exports)
        assert "19 operations" in page.text
        assert form.request is not None
        assert form.export is not None
        assert form.request.group_id != form.export.request.group_id  # type: ignore[union-attr]
        page.press("Change")
        assert not page.control("Export").disabled

    run(client, scene)


def test_a_task_is_followed_until_it_is_cancelled(gateway, client):
    async def scene(form: apig.ExportForm, page: Page) -> None:
        page.choose("API group", "orders")
        page.choose("Call", "as a task")
        gateway.fault("async_export", polls=10_000)
        page.press("Export")
        await until(lambda: "exporting as a task: processing" in page.status)
        page.press("Cancel")
        assert page.status == "cancelled; an answer that still arrives is dropped"
        await until(lambda: not any(thread.name == "apig-export" for thread in threading.enumerate()))
        looks = len(client.log)
        assert page.status == "cancelled; an answer that still arrives is dropped"
        page.press("Export")
        await until(lambda: form.exports)
        assert len(client.log) > looks

    run(client, scene)


def test_a_closed_form_stops_polling_its_task(gateway, client):
    async def scene(form: apig.ExportForm, page: Page) -> None:
        page.choose("API group", "orders")
        page.choose("Call", "as a task")
        gateway.fault("async_export", polls=10_000)
        page.press("Export")
        await until(lambda: "exporting as a task" in page.status)
        form.close()
        await until(lambda: not any(thread.name == "apig-export" for thread in threading.enumerate()))

    run(client, scene)


def test_picks_are_sent_while_the_list_is_loaded_again(gateway, client):
    async def scene(form: apig.ExportForm, page: Page) -> None:
        page.choose("API group", "orders")
        await until(lambda: not page.control("APIs").disabled)
        page.choose("APIs", "some, picked from a list")
        page.pick("API_orders_get")
        gateway.fault("apis", delay=0.3)
        page.choose("Environment", "TEST")
        assert page.options("APIs") == ["loading…"]
        assert form.request is not None
        assert form.request.apis is not None

    run(client, scene)


def test_a_closed_form_drops_late_results(gateway, client):
    async def scene(form: apig.ExportForm, page: Page) -> None:
        page.choose("API group", "orders")
        gateway.fault("export", delay=0.2)
        page.press("Export")
        form.close()
        await asyncio.sleep(0.4)
        assert form.exports == ()

    run(client, scene)


def test_connecting_can_be_cancelled(gateway):
    async def main() -> None:
        form = apig.ExportForm()
        page = Page(form)
        page.choose("Where are the APIs?", "Another cloud")
        page.choose("Kind of credentials", "Token")
        page.choose("Region", "an address to type…")
        page.type("Endpoint", gateway.url)
        page.type("Project", gateway.project_id)
        gateway.fault("instances", delay=0.3)
        page.send(token=gateway.token)
        assert page.status == "connecting…"
        page.press("Cancel")
        assert (page.status, form.client) == ("", None)
        page.send(token=gateway.token)
        await until(lambda: form.client)
        await asyncio.sleep(0.4)
        assert page.control("Gateway").label == "choose…"
        form.close()

    asyncio.run(main())
