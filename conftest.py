"""Order of the tests, what stays together in a parallel run, and why a test got a second try."""

from collections.abc import Callable
from typing import Any

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with what takes longest, so that no worker waits for another one at the end."""
    items.sort(key=lambda item: not (item.path.suffix == ".ipynb" or item.keywords.keys() & {"browser", "slow"}))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Callable[..., object]) -> Any:
    """Give each test, with all its parameters, to any worker; a notebook, which has one kernel, stays in one.

    The groups of `--dist loadgroup` do not work with pytest 9.2: https://github.com/pytest-dev/pytest-xdist/issues/1386
    """
    if config.getoption("dist") != "loadscope":
        return None
    # Late: only a parallel run needs pytest-xdist.
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist publishes no types
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return file if file.endswith((".ipynb", "test_release.py")) else nodeid.partition("[")[0]

    return Scheduling(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the failures of first tries, of which pytest-rerunfailures shows only the number."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.section(f"first try of {report.nodeid}")
        # What was expected, and where; the picture of the page behind it is long.
        lines = report.longreprtext.splitlines()
        errors = [line[:300] for line in lines if line.startswith("E ")]
        terminalreporter.write_line("\n".join([*errors[:20], lines[-1]]))
