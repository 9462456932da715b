"""The workbench as a Voila application."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest

pytest.importorskip("playwright", reason="playwright is not installed")
pytest.importorskip("voila", reason="voila is not installed")

from playwright.sync_api import expect

from .lab import START_SECONDS, LabPage

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"

pytestmark = pytest.mark.browser


@pytest.fixture
def application(tmp_path: Path) -> Iterator[str]:
    """The address of a Voila that serves the workbench."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    notebook, address = NOTEBOOKS / "00-workbench.ipynb", f"http://127.0.0.1:{port}/"
    options = ["--no-browser", "--Voila.ip=127.0.0.1", f"--Voila.port={port}", "--Voila.port_retries=0"]
    with (tmp_path / "log").open("wb") as log, subprocess.Popen(
        [sys.executable, "-m", "voila", notebook, *options], cwd=tmp_path, stdout=log, stderr=log
    ) as voila:  # fmt: skip
        try:
            wait_until_it_listens(port, voila)
            yield address
        finally:
            voila.terminate()


def wait_until_it_listens(port: int, voila: "subprocess.Popen[bytes]") -> None:
    opener, deadline = build_opener(ProxyHandler({})), time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and voila.poll() is None:
        try:
            # A page of its own would start a kernel.
            opener.open(f"http://127.0.0.1:{port}/voila/static/none", timeout=5)
        except OSError as error:
            if getattr(error, "code", None) is not None:
                return
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("Voila did not start")


def test_the_workbench_exports_and_compares_without_a_notebook(lab_page: LabPage, application: str):
    page = lab_page.page.context.new_page()
    page.goto(application, timeout=START_SECONDS * 1000)
    bench = page.locator(".apig").first
    bench.get_by_role("tab", name="Export", exact=True).click(timeout=START_SECONDS * 1000)
    for env in ("RELEASE", "TEST"):
        bench.get_by_label("API group", exact=True).select_option("orders")
        bench.get_by_label("Environment", exact=True).select_option(env)
        bench.get_by_role("button", name="Export", exact=True).click()
        expect(bench.get_by_text(f"retail-prod › {env} › orders")).to_be_visible()
        expect(bench.get_by_role("button", name="Download", exact=True)).to_be_visible()
        bench.get_by_role("button", name="Change", exact=True).click()
    bench.get_by_role("tab", name="Explore").click()
    expect(bench.get_by_role("grid", name="operations")).to_contain_text("/orders/{orderId}")
    bench.get_by_role("tab", name="Compare").click()
    bench.get_by_label("Old, what is there now").select_option("orders RELEASE all (2)")
    bench.get_by_label("New, what would take its place").select_option("orders TEST all")
    expect(bench.get_by_role("grid", name="changes", exact=True)).to_contain_text("maximum lowered")
    expect(page.get_by_text("apig.Workbench(")).to_have_count(0)
    page.screenshot(path=Path(__file__).parents[2] / "artefacts" / "workbench-voila.png")
    page.close()
    # Voila's own page asks for icons elsewhere; nothing of ours has any.
    assert [url for url in lab_page.refused if "fontawesome" not in url] == []
    lab_page.refused.clear()
