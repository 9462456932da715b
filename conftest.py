"""Order of the tests, and what stays together in a parallel run."""

import pytest


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the cells of a notebook together, and start with what takes longest, so that no worker waits at the end."""
    for item in items:
        if item.path.suffix == ".ipynb":
            item.add_marker(pytest.mark.xdist_group(item.path.name))
    items.sort(
        key=lambda item: all(item.get_closest_marker(name) is None for name in ("xdist_group", "browser", "slow"))
    )
