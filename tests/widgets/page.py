"""Page object for views without a browser: finds controls by label, sets values, presses buttons."""

import html
import re
from collections.abc import Iterator
from typing import Any

import ipywidgets

import apig_nb as apig


def shown(widget: Any) -> Iterator[Any]:
    """A widget and its children that are not hidden."""
    if widget.layout.display != "none":
        yield widget
        for child in getattr(widget, "children", ()):
            yield from shown(child)


def words(markup: str) -> str:
    """The visible text of a piece of HTML."""
    visible = re.sub(r"(?s)<style>.*?</style>|<wbr>", "", markup)
    return html.unescape(re.sub(r"<[^>]*>", " ", visible))


class Page:
    def __init__(self, form: apig.ExportForm | apig.ComparisonView | apig.Workbench) -> None:
        self._box = form._box

    def control(self, label: str) -> Any:
        found = [part for part in shown(self._box) if getattr(part, "description", getattr(part, "label", "")) == label]
        assert len(found) == 1, f"{label!r} is there {len(found)} times"
        return found[0]

    @property
    def labels(self) -> list[str]:
        return [part.description for part in shown(self._box) if getattr(part, "description", "")]

    def options(self, label: str) -> list[str]:
        return [name for name, _ in self.control(label).options]

    def choose(self, label: str, option: str) -> None:
        control = self.control(label)
        assert not control.disabled
        control.value = dict(control.options)[option]

    def pick(self, *options: str) -> None:
        control = self.control("Pick APIs")
        ids = dict(control.options)
        control.value = tuple(ids[next(name for name in ids if name.startswith(option))] for option in options)

    def type(self, label: str, text: str) -> None:
        self.control(label).value = text

    def press(self, label: str) -> None:
        button = self.control(label)
        assert not button.disabled
        if isinstance(button, ipywidgets.ToggleButton):
            button.value = not button.value
        else:
            button.click()

    def send_token(self, token: str) -> None:
        """Send the message of the token field when its button is pressed."""
        control = self.control("Token")
        control._handle_custom_msg({"secret": token}, [])

    @property
    def markup(self) -> str:
        return "\n".join(part.value for part in shown(self._box) if isinstance(part, ipywidgets.HTML))

    @property
    def text(self) -> str:
        return words(self.markup)

    @property
    def status(self) -> str:
        """The announced texts: status lines and alerts."""
        found = re.findall(r'(?s)<div class="[^"]*" role="(?:status|alert)">(.*?)</div>', self.markup)
        return " | ".join(words(one).strip() for one in found)

    def beside(self, label: str) -> str:
        """The explanation and the error of a field."""
        control = self.control(label)
        box = next(part for part in shown(self._box) if control in getattr(part, "children", ()))
        return words("\n".join(part.value for part in shown(box) if isinstance(part, ipywidgets.HTML))).strip()
