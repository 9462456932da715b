"""`ExportForm`: the fields of the export call, the request, the call and its result."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets
from markupsafe import Markup

from apig_nb.errors import ApigError, ArgumentError
from apig_nb.request import DEFAULTS, ExportRequest, checked_fields
from apig_nb.widgets.background import Background
from apig_nb.widgets.error_text import error_text, field_name
from apig_nb.widgets.fields import close_tree
from apig_nb.widgets.form.actions import Actions
from apig_nb.widgets.form.connection import Connected, Connection
from apig_nb.widgets.form.request_fields import Pickers, choice_fields, mode_field
from apig_nb.widgets.form.result import Result, ResultView, read_result
from apig_nb.widgets.html import identifier, subtitle, title
from apig_nb.widgets.view import View, mime_bundle, view_box

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
        client: the client; `None` until connected.
        exports: the exports made with the form, oldest first.
    """

    def __init__(self, client: Client | None = None) -> None:
        self.client: Client | None = None
        self.exports: tuple[Export, ...] = ()
        self._callbacks: list[Callable[[Export], None]] = []
        self._owns_client = False
        self._background = Background(self._show_error)
        guarded = self._background.guarded
        self._connection = Connection(self._background, self._connected, self._show_fields)
        self._pickers = Pickers(self._background, self._update_request)
        self._fields = {**self._pickers.fields, **choice_fields()}
        self._mode = mode_field()
        self._actions = Actions(self._background, self._start_export, self._cancel_export)
        self._result = ResultView(self._background)
        self._title = ipywidgets.HTML()
        self._reload_button = _small_button("Reload lists")
        self._connection_button = _small_button("Change connection")
        self._lay_out()
        for name in DEFAULTS.keys() | {"version"}:
            self._fields[name].on_change(guarded(self._choices_changed))
        self._mode.on_change(guarded(self._update_request))
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
        """The request of the fields; `None` while a field is missing or wrong."""
        try:
            return self._checked_request()
        except ApigError:
            return None

    @property
    def chosen(self) -> dict[str, Any]:
        """The chosen values by wire name, without those that are the service's defaults."""
        # Defaults are not sent: a gateway may not know the field.
        chosen = {name: field.value for name, field in self._fields.items() if field.value}
        return {name: value for name, value in chosen.items() if value != DEFAULTS.get(name)}

    def on_export(self, callback: Callable[[Export], None]) -> None:
        """Call with each new export."""
        self._callbacks.append(callback)

    @property
    def widget(self) -> ipywidgets.DOMWidget:
        """The widget, for use in another view."""
        return self._box

    def close(self) -> None:
        """Stop background work, remove the form from the page, and close the client if the form created it."""
        self._background.close()
        self._result.close()
        for part in (self._box, self._connection_part, self._export_part):
            close_tree(part)
        self._close_client()

    def __repr__(self) -> str:
        return f"<ExportForm {self._where}>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        html = Markup("<p><b>Export APIs</b> ({}): a form. Run the notebook to use it.</p>").format(self._where)
        return mime_bundle(self, self._box, html)

    @property
    def _where(self) -> str:
        return self.client.where if self.client else "not connected"

    def _lay_out(self) -> None:
        fields = (*self._fields.values(), self._mode)
        grid = ipywidgets.VBox([field.widget for field in fields])
        grid.add_class("apig-fields")
        self._export_part = ipywidgets.VBox([grid, self._actions.widget, self._result.widget])
        self._connection_part = self._connection.widget
        self.connection_line = ipywidgets.HBox([self._title, self._connection_button])
        self.connection_line.add_class("apig-connection")
        self._part = ipywidgets.VBox()
        self._box = view_box([self._part])

    def _show_connection(self) -> None:
        self._connection.open(can_go_back=self.client is not None)
        self._show_part(self._connection_part)

    def _show_fields(self) -> None:
        self._show_part(self._export_part)

    def _show_part(self, part: ipywidgets.DOMWidget) -> None:
        self._title.value = _connection_text(self.client)
        for button in (self._reload_button, self._connection_button):
            button.layout.display = None if part is self._export_part else "none"
        self._part.children = (part,)

    def _connected(self, connected: Connected) -> None:
        client, gateways = connected
        self._cancel_export()
        self._close_client()
        self._owns_client = True
        self._use(client, gateways)

    def _use(self, client: Client, gateways: DataFrame | Exception | None = None) -> None:
        self.client = client
        self._show_fields()
        self._pickers.use(client, gateways)

    def _close_client(self) -> None:
        if self._owns_client and self.client is not None:
            self.client.close()

    def _checked_request(self) -> ExportRequest | None:
        """Check the choices and return the request; `None` while a mandatory field has no choice.

        Raises:
            FieldError: a field is wrong.
        """
        fields = checked_fields(self.chosen)
        if self.client is None or self._pickers.missing:
            return None
        return ExportRequest(project_id=self.client.project_id, **fields)

    def _choices_changed(self) -> None:
        self._pickers.use_development_state(self._fields["define"].value == "dev")
        self._update_request()

    def _update_request(self) -> None:
        for field in self._fields.values():
            field.show_error("")
        request, has_error = None, False
        try:
            request = self._checked_request()
        except ArgumentError as error:
            has_error = self._show_field_error(error)
        self._actions.show_request(self.client, request, self._mode.value)
        self._update_actions(has_error=has_error)

    def _update_actions(self, *, has_error: bool) -> None:
        is_running = self._background.is_running("export")
        self._actions.update(self._pickers.missing, has_error=has_error, is_running=is_running)

    def _start_export(self) -> None:
        client, request = self.client, self.request
        if client is None or request is None or self._background.is_running("export"):
            return
        self._result.clear()
        self._result.show_status("exporting…")
        mode, cancelled = self._mode.value, threading.Event()

        def show_progress(progress: Progress) -> None:
            if not cancelled.is_set():
                self._result.show_progress(progress)

        progress = self._background.guarded(show_progress)

        def export() -> Result:
            return read_result(client.send(request, mode=mode, progress=progress, cancelled=cancelled))

        self._background.run("export", export, self._done, self._export_failed, self._result.show_elapsed, cancelled)
        self._update_actions(has_error=False)

    def _cancel_export(self) -> None:
        if self._background.cancel("export"):
            self._update_request()
            self._result.show_status("cancelled; an answer that still arrives is dropped")

    def _done(self, result: Result) -> None:
        self.exports = (*self.exports, result.export)
        self._update_request()
        self._result.show(result)
        for callback in self._callbacks:
            callback(result.export)

    def _export_failed(self, error: Exception) -> None:
        self._update_request()
        self._show_error(error)

    def _show_error(self, error: Exception) -> None:
        """Show an error beside the field it belongs to, or in the status line."""
        if self._show_field_error(error):
            self._result.show_status("not exported; see the field that is marked ✕")
        else:
            self._result.show_error(error_text(error))

    def _show_field_error(self, error: Exception) -> bool:
        field = self._fields.get(field_name(error))
        if field is not None:
            field.show_error(error_text(error))
        return field is not None


def _small_button(label: str) -> ipywidgets.Button:
    return ipywidgets.Button(description=label, layout={"width": "auto"})


def _connection_text(client: Client | None) -> Markup:
    if client is None:
        return Markup('<span class="apig-dot apig-off"></span> not connected')
    connected = Markup('<span class="apig-dot"></span> connected to <b>{}</b> · project {}')
    return connected.format(client.where, identifier(client.project_id))
