"""A JupyterLab server for the tests, and page objects for it and its notebooks."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, build_opener

from playwright.sync_api import BrowserContext, Locator, Page, Route, ViewportSize, expect, sync_playwright

# A shared machine may stand still for seconds.
START_SECONDS = 120
TIMEOUT_MS = 60_000
VIEWPORT: ViewportSize = {"width": 1280, "height": 1000}
# The handle the page is driven by; `expose_app_in_browser` puts JupyterLab itself under `jupyterapp`.
#
# For a new kernel, the manager of widgets asks for the state of all widgets and reads those of the file. Widgets that
# are created meanwhile may be set back to the state they had when the kernel was asked, for ever, and outputs that are
# rendered meanwhile show their static views (`_loadFromKernel` and `restoreWidgets` in
# https://github.com/jupyter-widgets/ipywidgets/blob/main/packages/base-manager/src/manager-base.ts and
# https://github.com/jupyter-widgets/ipywidgets/blob/main/python/jupyterlab_widgets/src/manager.ts). No cell runs before
# that is done, and outputs of the file are rendered after it.
OPEN = """async path => {
    await jupyterapp.restored;
    const panel = await jupyterapp.commands.execute('docmanager:open', {path});
    await panel.context.ready;
    await panel.sessionContext.ready;
    const end = Date.now() + 20000;
    const pause = () => new Promise(resolve => setTimeout(resolve, 50));
    const findManager = () => {
        const renderer = panel.content.rendermime.createRenderer('application/vnd.jupyter.widget-view+json');
        return Promise.race([renderer._manager.promise, pause()]);
    };
    let manager;
    while (!manager && Date.now() < end) manager = await findManager();
    const isRestoring = () => !manager.restoredStatus || manager._kernelRestoreInProgress;
    const settle = async () => { while (isRestoring() && Date.now() < end) await pause(); };
    await settle();
    await manager.restoreWidgets(panel.context.model);
    await settle();
    for (const {outputs} of panel.content.model.cells) outputs?.fromJSON(outputs.toJSON());
    window.panel = panel;
}"""
OPEN_WITHOUT_KERNEL = """async path => {
    await jupyterapp.restored;
    const kernelPreference = {shouldStart: false, canStart: false, autoStartDefault: false};
    const panel = await jupyterapp.commands.execute('docmanager:open', {path, kernelPreference});
    await panel.context.ready;
    window.panel = panel;
}"""
CLOSE = """async () => {
    await panel.sessionContext.shutdown();
    panel.context.model.dirty = false;
    panel.close();
}"""
EXECUTE = """async code => {
    const words = [];
    const future = panel.sessionContext.session.kernel.requestExecute({code});
    future.onIOPub = message => words.push(message.content.text ?? message.content.evalue ?? '');
    await future.done;
    return words.join('');
}"""
CELL_TEXT = """index => panel.content.model.cells.get(index).outputs.toJSON()
    .map(output => output.text ?? output.data?.['text/plain'] ?? output.evalue).flat().join('')"""
VIOLATIONS = """async form => [
    ...(await axe.run(form)).violations
        .map(rule => `${rule.id}: ${rule.nodes.map(node => node.html.slice(0, 200)).join(' | ')}`),
    ...[...form.querySelectorAll('[title=null]')].map(node => `a tooltip “null”: ${node.outerHTML.slice(0, 200)}`),
]"""
FOLDERS = {
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "JUPYTERLAB_SETTINGS_DIR": "settings",
    "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    "IPYTHONDIR": "ipython",
}
SETTINGS = {
    # Cells out of sight would be taken off the page.
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False},
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    # The hardest case for secrets: the state of every widget goes into the file.
    "@jupyter-widgets/jupyterlab-manager/plugin": {"saveState": True},
}


class Lab:
    """A running JupyterLab that serves a fresh folder."""

    def __init__(self, scratch: Path) -> None:
        self.folder = scratch / "notebooks"
        self.folder.mkdir()
        self._scratch = scratch
        self._token = secrets.token_hex(16)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        for name, values in SETTINGS.items():
            path = scratch / "settings" / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(values))
        self._log = scratch / "lab.log"
        self._process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        options = {
            "ServerApp.root_dir": self.folder,
            "ServerApp.ip": "127.0.0.1",
            "ServerApp.port": self._port,
            "ServerApp.port_retries": 0,
            "ServerApp.open_browser": False,
            "ServerApp.allow_root": True,
            "LabApp.expose_app_in_browser": True,
            "LabApp.extension_manager": "readonly",
            "LabApp.news_url": None,
            "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
            "LanguageServerManager.autodetect": False,
        }
        with self._log.open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in options.items())],
                env={
                    **os.environ,
                    **{variable: str(self._scratch / folder) for variable, folder in FOLDERS.items()},
                    "JUPYTER_TOKEN": self._token,  # other users of the machine can read a command line
                },
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self._port}/{path}?token={self._token}"

    def wait_until_it_answers(self) -> None:
        opener = build_opener(ProxyHandler({}))
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with opener.open(self.address("api/status"), timeout=5):
                    return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"JupyterLab did not start:\n{self._log.read_text()[-3000:]}")

    def stop(self) -> None:
        """End the server, which ends its kernels; by force, and only then, what is left of its session."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)


@contextmanager
def running_lab(scratch: Path) -> Iterator[Lab]:
    lab = Lab(scratch)
    try:
        lab.wait_until_it_answers()
        yield lab
    finally:
        lab.stop()


@contextmanager
def open_page(lab: Lab, chromium: Path, profile: Path) -> Iterator["LabPage"]:
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=chromium,
            # As people see it.
            ignore_default_args=["--hide-scrollbars"],
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
            viewport=VIEWPORT,
        )
        context.set_default_timeout(TIMEOUT_MS)
        expect.set_options(timeout=TIMEOUT_MS)
        try:
            yield LabPage(context, lab)
        finally:
            context.close()


class LabPage:
    """JupyterLab in a browser that may only talk to this machine.

    Attributes:
        refused: addresses elsewhere that were asked for.
    """

    def __init__(self, context: BrowserContext, lab: Lab) -> None:
        self.lab = lab
        self.refused: list[str] = []
        context.route(lambda url: urlsplit(url).hostname != "127.0.0.1", self._refuse)
        self.page: Page = context.pages[0]
        self.load()

    def load(self) -> None:
        """Load JupyterLab, with nothing open."""
        self.page.goto(self.lab.address("lab") + "&reset", timeout=START_SECONDS * 1000)
        self.page.wait_for_function("() => window.jupyterapp?.shell", timeout=START_SECONDS * 1000)
        self.page.evaluate("() => jupyterapp.restored")
        self.command("application:toggle-left-area")

    def _refuse(self, route: Route) -> None:
        if urlsplit(route.request.url).scheme not in ("http", "https", "ws", "wss"):
            route.continue_()
            return
        self.refused.append(route.request.url)
        route.abort()

    def command(self, name: str, **arguments: Any) -> None:
        self.page.evaluate(
            "async ([name, given]) => { await jupyterapp.commands.execute(name, given); }", [name, arguments]
        )

    def theme(self, name: str) -> None:
        self.command("apputils:change-theme", theme=name)
        is_light = str("Light" in name).lower()
        self.page.wait_for_selector(f"body[data-jp-theme-light='{is_light}']", state="attached")
        self.page.wait_for_selector("#jupyterlab-splash", state="detached")

    @contextmanager
    def notebook(self, name: str, *, has_kernel: bool = True) -> Iterator["Notebook"]:
        """Open a notebook of the served folder; its kernel ends with it."""
        self.page.evaluate(OPEN if has_kernel else OPEN_WITHOUT_KERNEL, name)
        notebook = Notebook(self, name)
        try:
            yield notebook
        finally:
            self.page.evaluate(CLOSE)


class Notebook:
    """An open notebook."""

    def __init__(self, lab_page: LabPage, name: str) -> None:
        self._lab_page, self._name = lab_page, name
        self.page = lab_page.page
        self.root: Locator = self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")

    @property
    def form(self) -> Locator:
        """The first form on the page."""
        return self.root.locator(".apig").first

    def run_all(self) -> None:
        self._lab_page.command("notebook:run-all-cells")

    def run_cell(self, index: int) -> str:
        """Run one cell; the text of its outputs."""
        self.page.evaluate("index => { panel.content.activeCellIndex = index; }", index)
        self._lab_page.command("notebook:run-cell")
        return str(self.page.evaluate(CELL_TEXT, index))

    def execute(self, code: str) -> str:
        """Run code in the kernel, beside the cells; what it prints."""
        return str(self.page.evaluate(EXECUTE, code))

    def button(self, name: str) -> Locator:
        return self.form.get_by_role("button", name=name, exact=True)

    def field(self, label: str) -> Locator:
        return self.form.get_by_label(label, exact=True)

    @contextmanager
    def sized(self, width: int = VIEWPORT["width"], height: int = VIEWPORT["height"]) -> Iterator[None]:
        """Look at it in a window of another size."""
        self.page.set_viewport_size({"width": width, "height": height})
        try:
            yield
        finally:
            self.page.set_viewport_size(VIEWPORT)

    def violations(self, axe: str, part: Locator | None = None) -> list[str]:
        """What axe-core finds in the form or a part of it, and tooltips “null”."""
        self.page.evaluate(axe)
        return list((part or self.form).evaluate(VIOLATIONS))

    def save(self) -> str:
        """Save, and return what is in the file."""
        self._lab_page.command("docmanager:save")
        return (self._lab_page.lab.folder / self._name).read_text("utf-8")


def write_notebook(path: Path, *sources: str) -> None:
    cells: list[dict[str, object]] = [
        {
            "cell_type": "code",
            "id": f"cell-{n}",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": source,
        }
        for n, source in enumerate(sources)
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": cells}))
