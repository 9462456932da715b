"""Page object for the explorer without a browser."""

import time
from collections.abc import Iterator
from typing import Any

import ipywidgets

import apig_nb as apig
from apig_nb.widgets.choice_bar import ChoiceBar
from apig_nb.widgets.explorer.explorer import CHARTS
from apig_nb.widgets.explorer.facets import FilterMenus
from apig_nb.widgets.explorer.questions import ChipBar

from .page import shown, words


class ExplorerPage:
    """An explorer without a browser, used by the messages of its page."""

    def __init__(self, explorer: apig.Explorer) -> None:
        self.explorer = explorer
        (self._bar,) = (part for part in self._parts if isinstance(part, FilterMenus))
        (self._chips,) = (part for part in self._parts if isinstance(part, ChipBar))
        self._grid = explorer._operations.table.widget

    @property
    def _parts(self) -> list[Any]:
        return list(every(self.explorer.widget))

    @property
    def facets(self) -> dict[str, dict[str, int]]:
        return {facet["name"]: {label: n for label, n, _ in facet["values"]} for facet in self._bar.facets}

    @property
    def pressed(self) -> list[str]:
        return [label for facet in self._bar.facets for label, _, is_pressed in facet["values"] if is_pressed]

    def press(self, name: str, label: str) -> None:
        facet = list(self.facets).index(name)
        value = list(self.facets[name]).index(label)
        is_pressed = self._bar.facets[facet]["values"][value][2]
        self._bar._handle_custom_msg({"press": [facet, value, not is_pressed], "of": [name, label]}, [])

    def clear(self) -> None:
        for facet, menu in enumerate(self._bar.facets):
            self._bar._handle_custom_msg({"clear": facet, "of": menu["name"]}, [])

    @property
    def questions(self) -> dict[str, str]:
        return {str(item["text"]): str(item["count"]) for item in self._chips.items}

    def ask(self, question: str) -> None:
        self._chips._handle_custom_msg({"press": question}, [])

    def search(self, text: str) -> None:
        state = self._grid.state
        query, sequence = state["query"] | {"search": text}, ["page", time.monotonic_ns()]
        content = {"query": query, "frame": state["frame"], "sequence": sequence}
        self._grid._handle_custom_msg(content, [])

    def select(self, operation_id: str) -> None:
        frame = self.explorer._operations.table.frame
        position = frame["operation_id"].tolist().index(operation_id)
        self.click(position)

    def click(self, position: int) -> None:
        """Select an operation by its position in the DataFrame."""
        self._grid._handle_custom_msg({"select": position, "frame": self._grid.state["frame"]}, [])

    def bar(self, label: str) -> ChoiceBar:
        """A row of choices by its label."""
        (found,) = [part for part in self._parts if isinstance(part, ChoiceBar) and part.label == label]
        return found

    def charts(self) -> str:
        """Text of the charts."""
        self.bar("Views of the export").chosen = CHARTS
        return words(self.explorer._charts_html.value)

    def table(self, title: str) -> Any:
        """Open a table and return what is shown of it."""
        self.bar("Views of the export").chosen = "All tables"
        self.explorer._choice.value = title
        (content,) = self.explorer._table_box.children
        return content

    def part(self, title: str) -> str:
        """Text of a part of the page of the operation."""
        return words(self.explorer._operations._parts[title].value)

    @property
    def head(self) -> str:
        """Text above the parts of the page."""
        return words(self.explorer._operations._head.value)

    def source(self, language: str = "JSON") -> str:
        """The source of the operation in a language."""
        self.bar("Source").chosen = language
        return str(self.explorer._operations._source._text.text)

    @property
    def markup(self) -> str:
        return "\n".join(part.value for part in self._parts if isinstance(part, ipywidgets.HTML))

    @property
    def text(self) -> str:
        return words("\n".join(part.value for part in shown(self.explorer.widget) if isinstance(part, ipywidgets.HTML)))


def every(widget: Any) -> Iterator[Any]:
    """A widget and all that is in it, hidden or not."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from every(child)
