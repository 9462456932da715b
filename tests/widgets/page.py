"""Page object for views without a browser: finds controls by label, sets values, presses buttons."""

import html
import re
from collections.abc import Iterator
from typing import Any

import ipywidgets

import apig_nb as apig
from apig_nb.widgets.choice_bar import ChoiceBar
from apig_nb.widgets.form.credential_fields import CredentialFields
from apig_nb.widgets.source_text import SourceText


def shown(widget: Any) -> Iterator[Any]:
    """A widget and its children that are not hidden."""
    if widget.layout.display != "none":
        yield widget
        children = getattr(widget, "children", ())
        if isinstance(widget, ipywidgets.Stack):
            children = [] if widget.selected_index is None else [children[widget.selected_index]]
        for child in children:
            yield from shown(child)


def words(markup: str) -> str:
    """The visible text of a piece of HTML."""
    visible = re.sub(r"(?s)<style>.*?</style>|<wbr>", "", markup)
    return html.unescape(re.sub(r"<[^>]*>", " ", visible))


def label_of(widget: Any) -> str:
    """The label of a control, or of the button of the inputs for credentials."""
    return next((str(text) for name in ("description", "label", "action") if (text := getattr(widget, name, ""))), "")


class Page:
    def __init__(self, form: apig.AuditView | apig.ComparisonView | apig.ExportForm | apig.Workbench) -> None:
        self._box = form._box

    def control(self, label: str) -> Any:
        found = [part for part in shown(self._box) if label_of(part) == label]
        assert len(found) == 1, f"{label!r} is there {len(found)} times"
        return found[0]

    @property
    def labels(self) -> list[str]:
        return [label_of(part) for part in shown(self._box) if label_of(part)]

    def options(self, label: str) -> list[str]:
        return [name for name, _ in self.control(label).options]

    def choose(self, label: str, option: str) -> None:
        control = self.control(label)
        if isinstance(control, ChoiceBar):
            control.chosen = option
            return
        assert not control.disabled
        # Options are texts, or pairs of a label and a value.
        control.value = option if option in control.options else dict(control.options)[option]

    def pick(self, *options: str) -> None:
        control = self.control("Pick APIs")
        ids = dict(control.options)
        control.value = tuple(ids[next(name for name in ids if name.startswith(option))] for option in options)

    def type(self, label: str, text: str) -> None:
        self.control(label).value = text

    def press(self, label: str) -> None:
        button = self.control(label)
        assert not button.disabled
        if isinstance(button, CredentialFields):
            self.send()
        else:
            button.click()

    @property
    def credentials(self) -> CredentialFields:
        """The inputs for credentials."""
        (found,) = [part for part in shown(self._box) if isinstance(part, CredentialFields)]
        return found

    def send(self, **typed: str) -> None:
        """Send the message of the inputs for credentials when their button is pressed."""
        self.credentials._handle_custom_msg({"values": typed}, [])

    @property
    def markup(self) -> str:
        parts = [*shown(self._box)]
        texts = [html.escape(part.text) for part in parts if isinstance(part, SourceText)]
        markup = "\n".join([*(part.value for part in parts if isinstance(part, ipywidgets.HTML)), *texts])
        return re.sub(r"(?s)<style>.*?</style>", "", markup)

    @property
    def text(self) -> str:
        return words(self.markup)

    @property
    def status(self) -> str:
        """The announced texts: status lines and alerts."""
        found = re.findall(r'(?s)<div class="[^"]*" role="(?:status|alert)"[^>]*>(.*?)</div>', self.markup)
        return " | ".join(words(one).strip() for one in found)

    def beside(self, label: str) -> str:
        """The explanation and the error of a field."""
        control = self.control(label)
        box = next(part for part in shown(self._box) if control in getattr(part, "children", ()))
        return words("\n".join(part.value for part in shown(box) if isinstance(part, ipywidgets.HTML))).strip()
