"""Paths of the documents and tables in `../shared`, a folder outside the repository that may be missing."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

import pytest

_BESIDE = Path(__file__).parents[2] / "shared"
SHARED: Path | None = _BESIDE if _BESIDE.is_dir() else None

_Test = TypeVar("_Test", bound=Callable[..., object])
_skip = pytest.mark.skipif(SHARED is None, reason=f"needs {_BESIDE}")


def needs_shared(test: _Test) -> _Test:
    """Mark a test that needs `../shared`, and skip it where that is missing."""
    return cast(_Test, pytest.mark.shared(_skip(test)))


def shared(*parts: str) -> Path:
    """Return a path in `../shared`, also where it is missing, so that a module can be imported."""
    return (SHARED or _BESIDE).joinpath(*parts)
