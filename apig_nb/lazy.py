"""`cached_property` without the lock of Python 3.11, which all objects of a class share.

A process that is forked while a thread computes a value has a copy of the lock, and would wait for it forever:
https://docs.python.org/3/library/functools.html#functools.cached_property
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from functools import cached_property as cached_property
else:

    class cached_property(functools.cached_property):  # noqa: N801 - named like its base
        """A property that is computed when it is first used; threads that use it at once all get the same value."""

        def __get__(self, instance: object, owner: type | None = None) -> object:
            if instance is None:
                return self
            return vars(instance).setdefault(self.attrname, self.func(instance))
