"""`remembered`: a property that is made when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

Made = TypeVar("Made")


class remembered(Generic[Made]):  # noqa: N801 (used as a decorator, as functions are)
    """A property that is made when it is first asked for, and kept, for objects of which there are many.

    `functools.cached_property` gives each object a dict of its own and, up to Python 3.11, takes a lock.
    """

    def __init__(self, make: Callable[[Any], Made]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, holder: object, owner: type) -> Made:
        made = self._make(holder)
        # From now on Python finds it in the object itself, and does not come here.
        setattr(holder, self._name, made)
        return made
