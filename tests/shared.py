"""Where the documents and tables of `../shared` are, which only the project's own workshop has."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

import pytest

_BESIDE = Path(__file__).parents[2] / "shared"
SHARED: Path | None = _BESIDE if _BESIDE.is_dir() else None

_Test = TypeVar("_Test", bound=Callable[..., object])
_skip = pytest.mark.skipif(SHARED is None, reason=f"needs {_BESIDE}")


def needs_shared(test: _Test) -> _Test:
    """Mark a test that runs over what is in `../shared`, and skip it where that is missing."""
    return cast(_Test, pytest.mark.shared(_skip(test)))


def shared(*parts: str) -> Path:
    """A file or folder of `../shared`; also where it is missing, so that a module can be imported without it."""
    return (SHARED or _BESIDE).joinpath(*parts)
