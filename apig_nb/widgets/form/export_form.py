"""`ExportForm`: the fields of the export call, the request, the call and its result."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import ipywidgets
from markupsafe import Markup

from apig_nb.client.service_errors import lacks_permission
from apig_nb.errors import ApigError, ArgumentError
from apig_nb.request import DEFAULTS, SCOPES, ExportRequest, checked_fields
from apig_nb.widgets.background import Background
from apig_nb.widgets.download_button import DownloadButton
from apig_nb.widgets.error_text import error_text, field_name
from apig_nb.widgets.explorer import Explorer
from apig_nb.widgets.failed_call import FailedCall
from apig_nb.widgets.fields import close_tree
from apig_nb.widgets.form.actions import Actions, RequestText
from apig_nb.widgets.form.connection import Connected, Connection
from apig_nb.widgets.form.request_fields import DEFAULT_SCOPE, Pickers, choice_fields, mode_field, scope_field
from apig_nb.widgets.form.result import Result, ResultView, read_result
from apig_nb.widgets.html import html_widget
from apig_nb.widgets.view import View, guard_of, mime_bundle, view_box

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
        self._failure_callbacks: list[Callable[[FailedCall], None]] = []
        self._choice_callbacks: list[Callable[[], None]] = []
        self._explore_elsewhere: Callable[[Export], None] | None = None
        self._owns_client = False
        self._explorer: Explorer | None = None
        self._background = Background(self._show_error)
        guarded = self._background.guarded
        # Made when it is first shown.
        self._connection: Connection | None = None
        self._pickers = Pickers(self._background, self._update_request, self._show_connection_state)
        self._scope = scope_field()
        self._fields = {**self._pickers.fields, "define": self._scope, **choice_fields()}
        self._mode = mode_field()
        self._request_text = RequestText()
        self._actions = Actions(self._background, self._start_export, self._cancel_export, self._show_more_or_fewer)
        self._result = ResultView(self._background, self._explore, self._export_everything)
        self._lay_out()
        for name in DEFAULTS.keys() | {"version"}:
            self._fields[name].on_change(guarded(self._choices_changed))
        self._mode.on_change(guarded(self._update_request))
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

    @property
    def where(self) -> str:
        """The names of the chosen gateway and environment; empty while one is missing."""
        return self._pickers.where

    @property
    def group_names(self) -> dict[str, str]:
        """The names of the groups of the chosen gateway by id, as far as they are listed."""
        return self._pickers.group_names

    @property
    def scope(self) -> str:
        """The chosen scope in words."""
        return SCOPES[str(self._fields["define"].value)].label

    def on_choice(self, callback: Callable[[], None]) -> None:
        """Call when another gateway, environment or scope is chosen."""
        self._choice_callbacks.append(callback)

    def insert_action(self, button: ipywidgets.DOMWidget) -> None:
        """Put a button after “Export”."""
        self._actions.insert(button)

    def insert_step(self, button: ipywidgets.DOMWidget) -> None:
        """Put a button for a next step below the result."""
        self._result.insert(button)

    def on_export(self, callback: Callable[[Export], None]) -> None:
        """Call with each new export."""
        self._callbacks.append(callback)

    def on_failure(self, callback: Callable[[FailedCall], None]) -> None:
        """Call with each export that was refused or failed."""
        self._failure_callbacks.append(callback)

    @property
    def widget(self) -> ipywidgets.DOMWidget:
        """The widget, for use in another view, which shows `connection_line` in its own place."""
        return self._body

    def close(self) -> None:
        """Stop background work, remove the form from the page, and close the client if the form created it."""
        self._background.close()
        self._close_explorer()
        for part in (self._box, self.connection_line, self._fields_part, self._done_part):
            close_tree(part)
        if self._connection is not None:
            close_tree(self._connection.widget)
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
        guarded = self._background.guarded
        first = ("instance_id", "env_id", "group_id", "define")
        more = (*(field for name, field in self._fields.items() if name not in first), self._mode)
        grid = ipywidgets.VBox([self._fields[name].widget for name in first])
        self._more_grid = ipywidgets.VBox([*(field.widget for field in more), self._request_text.widget])
        self._more_grid.layout.display = "none"
        for box in (grid, self._more_grid):
            box.add_class("apig-fields")
        self._more_grid.add_class("apig-more-fields")
        self._fields_part = ipywidgets.VBox([grid, self._more_grid, self._actions.widget])
        self._crumbs = html_widget()
        change, again = (ipywidgets.Button(description=label) for label in ("Change", "Export again"))
        change.on_click(guarded(lambda _button: self._show_fields()))
        again.on_click(guarded(lambda _button: self._start_export()))
        self._download = DownloadButton("Download", self._file, self._show_error, hint="The document as received")
        self._done_row = ipywidgets.HBox([self._crumbs, change, again, self._download])
        self._done_row.add_class("apig-row")
        self._done_part = ipywidgets.VBox([self._done_row])
        self._state = html_widget()
        self._reload_button, self._change_button = (
            ipywidgets.Button(description=label, layout={"display": "none"})
            for label in ("Reload lists", "Change connection")
        )
        self._reload_button.on_click(guarded(lambda _button: self._pickers.reload()))
        self._change_button.on_click(guarded(lambda _button: self._show_connection()))
        self.connection_line = ipywidgets.HBox([self._state, self._reload_button, self._change_button])
        self.connection_line.add_class("apig-connection")
        self._part = ipywidgets.VBox()
        self._explorer_box = ipywidgets.VBox()
        # The guard is in the part that another view shows.
        guard = guard_of(self._background)
        self._body = ipywidgets.VBox([guard, self._part, self._result.widget, self._explorer_box])
        name = html_widget(Markup('<span class="apig-name" role="heading" aria-level="2">Export APIs</span>'))
        head = ipywidgets.HBox([name, self.connection_line])
        head.add_class("apig-bar")
        self._box = view_box([head, self._body])

    def _show_connection(self) -> None:
        if self._connection is None:
            self._connection = Connection(self._background, self._connected, self._show_fields)
        self._connection.open(can_go_back=self.client is not None)
        self._result.clear()
        self._show_part(self._connection.widget)
        if self.client is None:
            self._state.value = connection_text("off", Markup("not connected"))

    def _show_fields(self) -> None:
        self._result.clear()
        self._show_part(self._fields_part)

    def _show_done(self, export: Export) -> None:
        parts = (self._pickers.where.replace(" · ", " › "), export.group, self.scope)
        self._crumbs.value = Markup('<span class="apig-crumbs"><b>{}</b></span>').format(
            " › ".join(filter(None, parts))
        )
        self._show_part(self._done_part)

    def _show_part(self, part: ipywidgets.DOMWidget) -> None:
        is_connection = self._connection is not None and part is self._connection.widget
        for button in (self._reload_button, self._change_button):
            button.layout.display = "none" if is_connection else None
        self._part.children = (part,)

    def _show_more_or_fewer(self) -> None:
        is_open = self._more_grid.layout.display == "none"
        self._more_grid.layout.display = None if is_open else "none"
        self._actions.show_more(is_open=is_open)

    def _show_connection_state(self, error: Exception | None) -> None:
        """Show that the service answered, or the error of its first answer."""
        if self.client is None:
            return
        if error is None or lacks_permission(error):
            place = Markup('connected to <b title="project {}">{}</b>').format(
                self.client.project_id, self.client.where
            )
            self._state.value = connection_text("on", place)
        else:
            self._state.value = connection_text("off", Markup("not connected to <b>{}</b>").format(self.client.where))
            self._result.show_error(error_text(error), self._pickers.reload)

    def _connected(self, connected: Connected) -> None:
        client, gateways = connected
        self._cancel_export()
        self._close_client()
        self._owns_client = True
        self._use(client, gateways)

    def _use(self, client: Client, gateways: DataFrame | Exception | None = None) -> None:
        self.client = client
        self._state.value = connection_text("wait", Markup("connecting to <b>{}</b>").format(client.where))
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
        self._request_text.show(self.client, request, self._mode.value)
        self._update_actions(has_error=has_error)
        for callback in self._choice_callbacks:
            callback()

    def _update_actions(self, *, has_error: bool) -> None:
        is_running = self._background.is_running("export")
        self._actions.update(self._pickers.missing, has_error=has_error, is_running=is_running)

    def _start_export(self) -> None:
        client, request = self.client, self.request
        if client is None or request is None or self._background.is_running("export"):
            return
        self._close_explorer()
        self._show_fields()
        self._result.show_status("exporting…")
        mode, key, cancelled = self._mode.value, self._pickers.key, threading.Event()

        def show_progress(progress: Progress) -> None:
            if not cancelled.is_set():
                self._result.show_progress(progress)

        progress = self._background.guarded(show_progress)

        def export() -> Result:
            return read_result(client.send(request, mode=mode, progress=progress, cancelled=cancelled))

        def fail(error: Exception) -> None:
            self._export_failed(error)
            failed = FailedCall(request, mode, key, error_text(error), datetime.now(UTC))
            for callback in self._failure_callbacks:
                callback(failed)

        self._background.run("export", export, self._done, fail, self._result.show_elapsed, cancelled)
        self._update_actions(has_error=False)

    def _cancel_export(self) -> None:
        if self._background.cancel("export"):
            self._update_request()
            self._result.show_status("cancelled; an answer that still arrives is dropped")

    def _done(self, result: Result) -> None:
        self.exports = (*self.exports, result.export)
        self._update_request()
        self._show_done(result.export)
        self._result.show(result)
        for callback in self._callbacks:
            callback(result.export)

    def _export_failed(self, error: Exception) -> None:
        self._update_request()
        self._show_error(error, self._start_export)

    def _show_error(self, error: Exception, retry: Callable[[], None] | None = None) -> None:
        """Show an error beside the field it belongs to, or in the status line with what can be tried again."""
        if self._show_field_error(error):
            self._result.show_status("not exported; see the field that is marked ✕")
        else:
            self._result.show_error(error_text(error), retry)

    def _file(self) -> tuple[str, bytes]:
        if self.export is None:
            raise ArgumentError("export", None, "there is none yet")
        return self.export.file_name, self.export.raw

    def _export_everything(self) -> None:
        self._scope.choose(DEFAULT_SCOPE)
        self._start_export()

    def explore_with(self, explore: Callable[[Export], None]) -> None:
        """Use another view to explore an export than one below the form."""
        self._explore_elsewhere = explore

    def _explore(self) -> None:
        if self.export is None:
            return
        if self._explore_elsewhere is not None:
            self._explore_elsewhere(self.export)
            return
        self._close_explorer()
        self._explorer = Explorer(self.export)
        self._explorer_box.children = (self._explorer.widget,)

    def _close_explorer(self) -> None:
        self._explorer_box.children = ()
        if self._explorer is not None:
            self._explorer.close()
            self._explorer = None

    def _show_field_error(self, error: Exception) -> bool:
        field = self._fields.get(field_name(error))
        if field is not None:
            field.show_error(error_text(error))
        return field is not None


def connection_text(state: str, text: Markup) -> Markup:
    """The state of the connection: `on`, `off` or `wait`, and a text."""
    return Markup('<span class="apig-dot apig-{}"></span> <span role="status">{}</span>').format(state, text)
