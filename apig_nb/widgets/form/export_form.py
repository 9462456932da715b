"""`ExportForm`: every field of the export call, the request it makes, the call itself and what came of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets

from apig_nb.errors import ApigError, ArgumentError
from apig_nb.request import DEFAULTS, ExportRequest, checked_fields
from apig_nb.widgets.background import Background
from apig_nb.widgets.display import View, bundle
from apig_nb.widgets.error_text import field_of, in_words
from apig_nb.widgets.fields import close_tree
from apig_nb.widgets.form.actions import Actions
from apig_nb.widgets.form.choices import choices, mode_choice
from apig_nb.widgets.form.connection import Connected, Connection
from apig_nb.widgets.form.outcome import Outcome
from apig_nb.widgets.form.pickers import Pickers
from apig_nb.widgets.form.request_view import RequestView
from apig_nb.widgets.form.result import Result, read
from apig_nb.widgets.html import identifier
from apig_nb.widgets.keys import Keys
from apig_nb.widgets.style import STYLE

if TYPE_CHECKING:
    from pandas import DataFrame

    from apig_nb.client.client import Client
    from apig_nb.client.tasks import Progress
    from apig_nb.export import Export


class ExportForm(View):
    """A form for the "Exporting APIs" call, shown as the last line of a cell.

        form = apig.ExportForm(client)
        form

    Without a client, the form asks where to connect first.

    Attributes:
        client: the client it works with; `None` until connected.
        exports: every export made with the form so far, the oldest first.
    """

    def __init__(self, client: Client | None = None) -> None:
        self.client: Client | None = None
        self.exports: tuple[Export, ...] = ()
        self._callbacks: list[Callable[[Export], None]] = []
        self._owns_client = False
        self._background = Background(self._show_error)
        guarded = self._background.guarded
        self._connection = Connection(self._background, self._connected, self._show_fields)
        self._pickers = Pickers(self._background, self._show_request)
        self._fields = {**self._pickers.fields, **choices()}
        self._mode = mode_choice()
        self._request_view = RequestView()
        self._actions = Actions(self._background, self._start_export, self._cancel_export, self._request_view.buttons)
        self._outcome = Outcome(self._background)
        self._title = ipywidgets.HTML()
        self._reload_button = _small_button("Reload lists")
        self._connection_button = _small_button("Change connection")
        self._box = ipywidgets.VBox()
        self._box.add_class("apig")
        self._lay_out()
        for name in DEFAULTS.keys() | {"version"}:
            self._fields[name].on_change(guarded(self._choice_changed))
        self._mode.on_change(guarded(self._show_request))
        self._reload_button.on_click(guarded(lambda _button: self._pickers.reload()))
        self._connection_button.on_click(guarded(lambda _button: self._show_connection()))
        if client is None:
            self._show_connection()
        else:
            self._use(client)

    @property
    def export(self) -> Export | None:
        """The last export made with the form."""
        return self.exports[-1] if self.exports else None

    @property
    def request(self) -> ExportRequest | None:
        """The request that the fields make; `None` while something is missing or wrong."""
        try:
            return self._checked_request()
        except ApigError:
            return None

    @property
    def chosen(self) -> dict[str, Any]:
        """What is chosen, by wire name; a default is left to the service, and so is not among it."""
        # So that a gateway that does not know the field does not see it.
        chosen = {name: field.value for name, field in self._fields.items() if field.value}
        return {name: value for name, value in chosen.items() if value != DEFAULTS.get(name)}

    def on_export(self, callback: Callable[[Export], None]) -> None:
        """Call with each export as it comes."""
        self._callbacks.append(callback)

    @property
    def widget(self) -> ipywidgets.DOMWidget:
        """What is shown, to be part of a larger view."""
        return self._box

    def close(self) -> None:
        """Stop what is running, take the form off the page, and close the client if the form made it."""
        self._background.close()
        self._outcome.close()
        for part in (self._box, self._connection_part, self._export_part):
            close_tree(part)
        self._let_client_go()

    def __repr__(self) -> str:
        return f"<ExportForm {self._where}>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        words = f"<p><b>Export APIs</b> ({escape(self._where)}): a form. Run the notebook to use it.</p>"
        return bundle(self, self._box, words)

    @property
    def _where(self) -> str:
        return self.client.where if self.client else "not connected"

    def _lay_out(self) -> None:
        columns = {"grid_template_columns": "repeat(auto-fit, minmax(min(24rem, 100%), 1fr))", "grid_gap": "4px 24px"}
        fields = (*self._fields.values(), self._mode)
        grid = ipywidgets.GridBox([field.widget for field in fields], layout=columns)
        parts = (grid, self._actions.widget, self._request_view.widget, self._outcome.widget)
        self._export_part = ipywidgets.VBox(parts)
        self._connection_part = self._connection.widget
        self._title.add_class("apig-grow")
        head = ipywidgets.HBox([self._title, ipywidgets.HBox([self._reload_button, self._connection_button])])
        head.add_class("apig-row")
        self._head = (ipywidgets.HTML(STYLE), Keys(layout={"display": "none"}), head)

    def _show_connection(self) -> None:
        self._connection.open(can_go_back=self.client is not None)
        self._show_part(self._connection_part)

    def _show_fields(self) -> None:
        self._show_part(self._export_part)

    def _show_part(self, part: ipywidgets.DOMWidget) -> None:
        self._title.value = _title(self.client)
        for button in (self._reload_button, self._connection_button):
            button.layout.display = None if part is self._export_part else "none"
        self._box.children = (*self._head, part)

    def _connected(self, connected: Connected) -> None:
        client, gateways = connected
        self._cancel_export()
        self._let_client_go()
        self._owns_client = True
        self._use(client, gateways)

    def _use(self, client: Client, gateways: DataFrame | Exception | None = None) -> None:
        self.client = client
        self._show_fields()
        self._pickers.use(client, gateways)

    def _let_client_go(self) -> None:
        if self._owns_client and self.client is not None:
            self.client.close()

    def _checked_request(self) -> ExportRequest | None:
        """Check what is chosen, and return the request; None while something is still to be chosen.

        Raises:
            FieldError: a field that is chosen is wrong.
        """
        fields = checked_fields(self.chosen)
        if self.client is None or self._pickers.missing:
            return None
        return ExportRequest(project_id=self.client.project_id, **fields)

    def _choice_changed(self) -> None:
        self._pickers.use_development_state(self._fields["define"].value == "dev")
        self._show_request()

    def _show_request(self) -> None:
        for field in self._fields.values():
            field.complain("")
        request, is_wrong = None, False
        try:
            request = self._checked_request()
        except ArgumentError as error:
            is_wrong = self._complain(error)
        self._request_view.show(self.client, request, self._mode.value)
        self._show_actions(is_wrong=is_wrong)

    def _show_actions(self, *, is_wrong: bool) -> None:
        is_running = self._background.is_running("export")
        self._actions.show(self._pickers.missing, is_wrong=is_wrong, is_running=is_running)

    def _start_export(self) -> None:
        client, request = self.client, self.request
        if client is None or request is None or self._background.is_running("export"):
            return
        self._outcome.clear()
        self._outcome.say("exporting…")
        mode, cancelled = self._mode.value, threading.Event()

        def show_progress(progress: Progress) -> None:
            if not cancelled.is_set():
                self._outcome.say_progress(progress)

        progress = self._background.guarded(show_progress)

        def export() -> Result:
            return read(client.send(request, mode=mode, progress=progress, cancelled=cancelled))

        self._background.run("export", export, self._done, self._export_failed, self._outcome.count, cancelled)
        self._show_actions(is_wrong=False)

    def _cancel_export(self) -> None:
        if self._background.cancel("export"):
            self._show_request()
            self._outcome.say("cancelled; what the service still answers is dropped")

    def _done(self, result: Result) -> None:
        self.exports = (*self.exports, result.export)
        self._show_request()
        self._outcome.show(result)
        for callback in self._callbacks:
            callback(result.export)

    def _export_failed(self, error: Exception) -> None:
        self._show_request()
        self._show_error(error)

    def _show_error(self, error: Exception) -> None:
        """Say what went wrong, beside the field it is about or in the status line."""
        if self._complain(error):
            self._outcome.say("not exported; see the field that is marked ✕")
        else:
            self._outcome.say_error(in_words(error))

    def _complain(self, error: Exception) -> bool:
        field = self._fields.get(field_of(error))
        if field is not None:
            field.complain(in_words(error))
        return field is not None


def _small_button(words: str) -> ipywidgets.Button:
    return ipywidgets.Button(description=words, layout={"width": "auto"})


def _title(client: Client | None) -> str:
    where = "not connected"
    if client is not None:
        free = " · no cloud account needed" if client.where == "sandbox" else ""
        where = f"{escape(client.where)} · project {identifier(client.project_id)}{free}"
    title = '<span class="apig-title" role="heading" aria-level="3">Export APIs</span>'
    return f'{title}<span class="apig-where">{where}</span>'
