"""`Secret`: a secret whose text is never shown; `masked` replaces every secret of this process in texts from outside.

A service may send back what it was sent. All that it sends goes through `masked_data` when it is received, and through
`masked` before it becomes the text of an exception, an entry of a log or a text of a view.
"""

from __future__ import annotations

from typing import Any, Final, NoReturn
from weakref import WeakValueDictionary

from apig_nb.client.encodings import Encodings, replace_all
from apig_nb.errors import clear_variables
from apig_nb.lazy import cached_property
from apig_nb.text import shorten, visible

SHORTEST: Final = 6
"""Characters of the shortest secret that is masked in texts, such as a passcode; a shorter one may be a common word."""

SHORTEST_IN_DATA: Final = 12
"""The same in data, which must stay exact: a name may be `orders`, an id may hold the digits of a passcode."""


class Secret:
    """A secret; neither its `repr` nor its `str` shows it, so that no traceback with local variables does.

    Args:
        value: the secret as it was given, which may be of a wrong type, or another `Secret` with the same value.
    """

    def __init__(self, value: object) -> None:
        self._value = reveal(value)
        _living[id(self)] = self

    def reveal(self) -> Any:
        """Return the secret; to be called only where it is checked, signed with or sent, and not kept in a variable."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret cannot be copied or pickled")

    @cached_property
    def encodings(self) -> Encodings | None:
        """The encodings in which it is masked; None where it is too short."""
        return Encodings(self._value) if isinstance(self._value, str) and len(self._value) >= SHORTEST else None


# Without a lock, which a forked process might find locked: each step is one of the interpreter.
_living: WeakValueDictionary[int, Secret] = WeakValueDictionary()


def reveal(value: object) -> Any:
    """Return the text of a secret, and any other value as it is."""
    return value.reveal() if isinstance(value, Secret) else value


def masked(text: str) -> str:
    """Replace every secret in a text from outside, in each of its usual encodings, also one whose end is cut off."""
    return _replaced(text, SHORTEST)


def masked_label(text: str, limit: int) -> str:
    """Return a text from outside for a message: masked, without control characters, and shortened."""
    return shorten(visible(masked(text)), limit)


def masked_data(content: bytes) -> bytes:
    """Replace every secret in data from outside; return the same object where there is none."""
    # A character for each byte.
    given = content.decode("latin-1")
    text = _replaced(given, SHORTEST_IN_DATA)
    return content if text is given else text.encode("latin-1")


def _replaced(text: str, shortest: int) -> str:
    try:
        return replace_all(text, "***", [one for one in _all() if len(one.text) >= shortest])
    except BaseException as error:
        clear_variables(error)
        raise


def _all() -> list[Encodings]:
    """Return the encodings of all secrets, once for those of one text."""
    living = (reference() for reference in _living.valuerefs())
    return list(dict.fromkeys(one.encodings for one in living if one is not None and one.encodings is not None))
