"""One JupyterLab and one browser for all of these tests: starting them is the dear part.

They end with the package, not with the session: while Playwright is at work, its loop runs in the main thread, where
the other tests want none or one of their own.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from apig_nb.sandbox import Sandbox, start

# Without playwright these tests are skipped; so nothing of it is imported here.
if TYPE_CHECKING:
    from .lab import LabPage, Notebook

CHROMIUM = Path("/usr/bin/chromium")
ARTEFACTS = Path(__file__).parents[2] / "artefacts"

Open = Callable[..., "AbstractContextManager[Notebook]"]


@pytest.fixture(scope="package")
def lab_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabPage]:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed")
    from .lab import open_page, running_lab

    scratch = tmp_path_factory.mktemp("lab")
    with running_lab(scratch) as lab, open_page(lab, CHROMIUM, scratch / "profile") as page:
        yield page


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give a browser test that fails a second try, which pytest reports.

    On a busy machine JupyterLab loses its connection to a kernel at times; widgets that are created meanwhile stay as
    they were (see `OPEN` in `lab.py`).
    """
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(autouse=True)
def starts_anew(lab_page: LabPage, request: pytest.FixtureRequest) -> None:
    """Remove what other tests left in the served folder, and before a second try what is open."""
    if "notebook" in request.fixturenames:
        return  # of several tests
    for path in lab_page.lab.folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    if request.node.execution_count > 1:
        lab_page.load()


@pytest.fixture(autouse=True)
def works_offline(lab_page: LabPage) -> Iterator[None]:
    yield
    assert lab_page.refused == []


@pytest.fixture
def opened(lab_page: LabPage, request: pytest.FixtureRequest) -> Open:
    """Opens a notebook of the given cells and runs them."""
    from .lab import write_notebook

    @contextmanager
    def open_notebook(*sources: str) -> Iterator[Notebook]:
        name = f"{request.node.name}.ipynb"
        write_notebook(lab_page.lab.folder / name, *sources)
        with lab_page.notebook(name) as notebook:
            notebook.run_all()
            yield notebook

    return open_notebook


@pytest.fixture
def gateway() -> Iterator[Sandbox]:
    """A sandbox of the test's own, which may misbehave."""
    with start() as running:
        yield running


@pytest.fixture
def connected(gateway: Sandbox) -> str:
    """A cell that connects to it as its first user."""
    return connecting(gateway, gateway.token)


def connecting(gateway: Sandbox, token: str, **options: object) -> str:
    more = "".join(f", {name}={value!r}" for name, value in options.items())
    return (
        "import apig_nb as apig\n"
        f"client = apig.connect(endpoint={gateway.url!r}, token={token!r}, project_id={gateway.project_id!r},"
        f" instance_id={gateway.instance_id!r}{more})"
    )


@pytest.fixture(scope="package")
def shoot() -> Callable[..., None]:
    """Takes a picture of the form, to be looked at."""
    ARTEFACTS.mkdir(exist_ok=True)

    def take(notebook: Notebook, name: str, width: int = 1280) -> None:
        with notebook.sized(width, height=1600):
            notebook.form.screenshot(path=ARTEFACTS / f"{name}.png")

    return take


@pytest.fixture(scope="package")
def contrast() -> str:
    """A function of the page that measures the least contrast of text in an element."""
    return Path(__file__).with_name("contrast.js").read_text("utf-8")


@pytest.fixture(scope="package")
def axe() -> str:
    """axe-core, which finds what a screen reader cannot make sense of."""
    # Only the script of that package is used, which the dependency group dev installs.
    return resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
