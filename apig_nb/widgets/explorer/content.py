"""`Content`: the operations of an export or of a set, with all that the explorer shows and asks about them.

Each document of a set is read once, and is not needed any more afterwards: what is read takes many times the memory of
the bytes. The page of an operation reads its document again.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from apig_nb.engines import Progress, no_progress
from apig_nb.errors import DocumentError
from apig_nb.export import Export
from apig_nb.export_set import ExportKey, ExportSet
from apig_nb.tables import TABLES
from apig_nb.tables.many import add_rows, keyed_frame, no_rows
from apig_nb.widgets.explorer.charts import COVERAGE
from apig_nb.widgets.explorer.facets import FACETS, values_of
from apig_nb.widgets.explorer.operation_columns import TEXTS
from apig_nb.widgets.explorer.questions import QUESTIONS

if TYPE_CHECKING:
    from pandas import DataFrame

Shown = Export | ExportSet

KEY_FACETS: Final = {"Gateway": "gateway", "Environment": "environment", "Group": "group"}
"""Name of a facet of a set → the part of the key with its values."""

_OPERATIONS: Final = {"operations": TABLES["operations"]}


class Content:
    """The operations of an export or of a set, in the order of its table.

    Attributes:
        shown: the export, or the set.
        frame: the table of the operations.
        readable: the export, or a set of the exports that were read, for the other tables.
        exports: the exports that were read, with their keys; of a single export, the key is empty.
        failures: the errors of those that cannot be read, by key.
        facets: name of a facet → its values of each operation.
        answers: question → the answer of each operation; no for one whose export does not hold the answer.
        covered: label of a chart → the answer of each operation.
        texts: name of a column → the text of each operation.
        omitted: part of an export → the number of exports that omit it.
        standards: the standards of the documents.
        path_count: the number of paths of all documents.
    """

    frame: DataFrame
    readable: Shown

    def __init__(self, shown: Shown) -> None:
        """Begin with no export; `read_content` adds them."""
        self.shown = shown
        self.exports: list[tuple[ExportKey, Export]] = []
        self.failures: dict[ExportKey, DocumentError] = {}
        keys = shown if isinstance(shown, ExportSet) else ()
        key_facets = [name for name, part in KEY_FACETS.items() if len({getattr(key, part) for key in keys}) > 1]
        self.facets: dict[str, list[Sequence[str]]] = {name: [] for name in (*key_facets, *FACETS)}
        self.answers: dict[str, list[bool]] = {name: [] for name in QUESTIONS}
        self.covered: dict[str, list[bool]] = {name: [] for name in COVERAGE}
        self.texts: dict[str, list[str | None]] = {name: [] for name in TEXTS}
        self.omitted = Counter[str]()
        self.standards = Counter[str]()
        self.path_count = 0
        # Of each export that was read, the number of its operations.
        self._counts: list[int] = []
        # Of a set; an export keeps its table.
        self._rows = no_rows(_OPERATIONS)

    def __len__(self) -> int:
        return sum(self._counts)

    @property
    def missing_parts(self) -> set[str]:
        """The parts that no export holds."""
        return {part for part, count in self.omitted.items() if count == len(self.exports)}

    def add(self, key: ExportKey, export: Export) -> None:
        """Read an export.

        Raises:
            DocumentError: it cannot be read; nothing was added.
        """
        definition, omitted = export.definition, export.omits
        operations = definition.operations
        if isinstance(self.shown, ExportSet):
            add_rows(self._rows, _OPERATIONS, definition)
        self._counts.append(len(operations))
        self.omitted.update(omitted)
        self.standards[definition.standard] += 1
        self.path_count += len(definition.document.paths)
        for name, own in values_of(operations, omitted).items():
            self.facets[name] += own
        for name, part in KEY_FACETS.items():
            if name in self.facets:
                self.facets[name] += [(getattr(key, part) or "unknown",)] * len(operations)
        for name, question in QUESTIONS.items():
            is_known = question.part not in omitted
            self.answers[name] += [is_known and question.test(operation) for operation in operations]
        for name, (_, test) in COVERAGE.items():
            self.covered[name] += map(test, operations)
        for name, text in TEXTS.items():
            self.texts[name] += map(text, operations)

    def build_frame(self) -> None:
        """Build the table of what was read."""
        if isinstance(self.shown, Export):
            self.frame, self.readable = self.shown.operations, self.shown
        else:
            self.readable = ExportSet(dict(self.exports))
            keys = {name: [key[n] for key, _ in self.exports] for n, name in enumerate(ExportKey._fields)}
            self.frame = keyed_frame(keys, TABLES["operations"].columns, [self._rows["operations"].packed()])

    def table(self, name: str, progress: Progress) -> DataFrame:
        """Read another table of what was read."""
        if isinstance(self.readable, ExportSet):
            return self.readable.tables(name, progress=progress)[name]
        frame: DataFrame = getattr(self.readable, name)
        return frame

    def place(self, position: int) -> tuple[ExportKey, Export, int]:
        """The key and the export of an operation, and its position among the operations of that export."""
        ends = list(accumulate(self._counts))
        number = bisect_right(ends, position)
        return (*self.exports[number], position - (ends[number] - self._counts[number]))


def forgetful(export: Export) -> Export:
    """A copy whose document is dropped with it, unless the export has read it already."""
    return export if "definition" in export.__dict__ else replace(export)


def read_content(shown: Shown, progress: Progress = no_progress) -> Content:
    """Read an export or a set.

    Args:
        shown: the export or the set.
        progress: called with the number of exports that were read; a `CancelledError` of it ends the reading.

    Raises:
        DocumentError: the export cannot be read; of a set, `Content.failures` has those that cannot.
    """
    content = Content(shown)
    if isinstance(shown, Export):
        content.add(ExportKey(), shown)
        content.exports.append((ExportKey(), shown))
    else:
        with suppress(CancelledError):
            for number, (key, export) in enumerate(shown.items(), 1):
                try:
                    content.add(key, forgetful(export))
                    content.exports.append((key, export))
                except DocumentError as error:
                    content.failures[key] = error
                progress(number, len(shown))
    content.build_frame()
    return content
