"""`remembered`: a property that is made when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

Made = TypeVar("Made")

NOT_MADE: Final[Any] = object()
"""What is in a slot until then."""


class remembered(Generic[Made]):  # noqa: N801 (used as a decorator, as functions are)
    """A property that is made when it is first asked for, and kept in a slot, for objects of which there are many.

    The slot has the name of the property with `_` before it, and holds `NOT_MADE` at first: an empty one would cost an
    exception. `functools.cached_property` needs a dict for each object and, up to Python 3.11, takes a lock.
    """

    def __init__(self, make: Callable[[Any], Made]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._slot = f"_{name}"

    def __get__(self, holder: object, owner: type) -> Made:
        made: Made = getattr(holder, self._slot)
        if made is NOT_MADE:
            made = self._make(holder)
            setattr(holder, self._slot, made)
        return made
