"""The fields of the export request, and the calls that fill their lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from apig_nb.client.export_call import MODES
from apig_nb.client.lookup import NO_GATEWAYS
from apig_nb.client.service_errors import lacks_permission
from apig_nb.errors import TransportError
from apig_nb.export_set import ExportKey
from apig_nb.request import ALLOWED, RELEASE_ENV_ID, SCOPES
from apig_nb.text import sentence, visible
from apig_nb.widgets.background import Background
from apig_nb.widgets.error_text import error_text, field_name
from apig_nb.widgets.fields import ChoiceField, FormField, PickField, SegmentsField, TextField
from apig_nb.widgets.form.apis_field import ApisField
from apig_nb.widgets.form.result import missing_parts
from apig_nb.widgets.form.search import SearchedPickField

if TYPE_CHECKING:
    from pandas import DataFrame

    from apig_nb.client.client import Client

LOADING: Final = "loading…"

DEFAULT_SCOPE: Final = "all"
"""The scope that the form chooses at first. That of the service leaves out backends and policies."""

_LABELS: Final = {
    **{name: f"{scope.label} ({name})" for name, scope in SCOPES.items()},
    "2.0": "Swagger 2.0",
    "3.0": "OpenAPI 3.0",
    "json": "JSON",
    "yaml": "YAML",
    "yml": "YML",
}
_MODE_LABELS: Final = {
    "direct": "at once",
    "async": "as a task",
    "auto": "at once, else as a task",
}


def choice_fields() -> dict[str, FormField]:
    """The fields for standard, format and version, by wire name."""
    return {
        "oas_version": SegmentsField("Standard", "", _options("oas_version")),
        "type": SegmentsField("Format", "", _options("type")),
        "version": TextField("Version", "written into the document", "time of the export"),
    }


def scope_field() -> ChoiceField:
    """The field for the definition scope, which names the parts that an export will not contain."""
    scope = ChoiceField("Scope", "", _options("define"), value=DEFAULT_SCOPE)
    scope.on_change(lambda: scope.explain(_scope_hint(scope.value)))
    scope.explain(_scope_hint(DEFAULT_SCOPE))
    return scope


def mode_field() -> ChoiceField:
    """The field for the mode of the call, which is not a field of the request."""
    help_text = "as a task: for what the gateway refuses for size or time"
    return ChoiceField("Call", help_text, [(_MODE_LABELS[mode], mode) for mode in MODES])


def _options(name: str) -> list[tuple[str, str]]:
    return [(_LABELS[value], value) for value in ALLOWED[name]]


def _scope_hint(scope: str) -> str:
    if scope == "dev":
        return "with APIs that are not published; no policies"
    return missing_parts(scope) or "backends and policies too"


class Pickers:
    """Gateway, environment, group and APIs: each list is loaded for the choices before it.

    Attributes:
        fields: the fields by wire name.
    """

    def __init__(
        self, background: Background, changed: Callable[[], None], listed: Callable[[Exception | None], None]
    ) -> None:
        """Create the fields without options.

        Args:
            background: runs the listings.
            changed: called when a choice changes.
            listed: takes the error of listing the gateways, None if they were listed.
        """
        self._background, self._changed, self._listed = background, changed, listed
        self._client: Client | None = None
        self._is_dev = False
        # The gateway and the group whose lists are loaded.
        self._loaded_gateway = self._loaded_group = ""
        guarded = background.guarded
        self._gateway = PickField("Gateway", "")
        self._env = PickField("Environment", "")
        # Default quotas: 5 gateways, 10 environments, 1,500 groups.
        self._group = SearchedPickField("API group", "", "Search groups", guarded)
        self._apis = ApisField(guarded)
        self.fields: dict[str, FormField] = {
            "instance_id": self._gateway,
            "env_id": self._env,
            "group_id": self._group,
            "apis": self._apis,
        }
        self._gateway.on_change(guarded(self._load_gateway))
        self._env.on_change(guarded(self._load_apis))
        self._group.on_change(guarded(self._load_apis))
        self._apis.on_change(guarded(changed))

    @property
    def where(self) -> str:
        """The names of the chosen gateway and environment; empty while one is missing."""
        names = [field.chosen_label for field in (self._gateway, self._env)]
        return " · ".join(names) if all(names) else ""

    @property
    def key(self) -> ExportKey:
        """The names of the chosen gateway, environment and group."""
        return ExportKey("", *(field.chosen_label for field in (self._gateway, self._env, self._group)))

    @property
    def group_names(self) -> dict[str, str]:
        """The names of the groups of the gateway by id, as far as they are listed."""
        return {value: label for label, value in self._group.options}

    @property
    def missing(self) -> list[str]:
        """Labels of the fields without a choice."""
        missing = [field.label for field in (self._gateway, self._env, self._group) if not field.value]
        return missing if missing or self._apis.value != () else [self._apis.label]

    def use(self, client: Client, gateways: DataFrame | Exception | None = None) -> None:
        """Load the lists with a client; `gateways` is the result of its listing, if it was called already."""
        self._client = client
        self._gateway.forget()
        if gateways is None:
            self.reload()
        elif isinstance(gateways, Exception):
            self._gateways_failed(gateways)
        else:
            self._fill_gateways(gateways)

    def reload(self) -> None:
        """Load all lists again; choices stay where they are still available."""
        if self._client is not None:
            self._gateway.disable(LOADING)
            self._disable_lists(LOADING)
            self._background.run("gateways", self._client._list_gateways, self._fill_gateways, self._gateways_failed)

    def use_development_state(self, is_dev: bool) -> None:
        """List all APIs of the group, as an export of the development state contains those not published, too."""
        if is_dev != self._is_dev:
            self._is_dev = is_dev
            self._load_apis()

    def _fill_gateways(self, gateways: DataFrame) -> None:
        options = [
            (name if state == "Running" else f"{name} ({state})", gateway_id)
            for name, gateway_id, state in gateways[["name", "id", "status"]].itertuples(index=False)
        ]
        self._listed(None)
        default = (self._client and self._client.instance_id) or ""
        if options:
            self._gateway.fill(_unique_labels(options), default=default)
        else:
            self._gateway.ask_for_id(f"{sentence(NO_GATEWAYS)} Type the id.", default)
        self._load_gateway()

    def _gateways_failed(self, error: Exception) -> None:
        self._listed(error)
        _ask_for_id(self._gateway, error)
        if isinstance(error, TransportError):  # the other lists would fail in the same way
            self._disable_lists("no connection")
        else:
            self._load_gateway()

    def _load_gateway(self) -> None:
        """Load the environments and groups of the gateway."""
        gateway, client = self._gateway.value, self._client
        if not gateway or client is None:
            self._disable_lists("choose a gateway first")
            return
        if gateway != self._loaded_gateway:
            self._loaded_gateway = gateway
            for field in (self._env, self._group):
                field.forget_id()
        self._disable_lists(LOADING)
        self._load(self._env, "environments", partial(client.environments, gateway), self._fill_environments)
        self._load(self._group, "groups", partial(client.groups, gateway), self._fill_groups)

    def _disable_lists(self, placeholder: str) -> None:
        for name, field in (("environments", self._env), ("groups", self._group)):
            self._background.cancel(name)
            field.disable(placeholder)
        self._load_apis()

    def _load(self, field: PickField, name: str, fetch: Callable[[], Any], fill: Callable[[Any], None]) -> None:
        self._background.run(name, fetch, fill, partial(self._listing_failed, field))

    def _fill_environments(self, environments: DataFrame) -> None:
        self._env.fill(_unique_labels(_names_and_ids(environments)), default=RELEASE_ENV_ID)
        self._load_apis()

    def _fill_groups(self, groups: DataFrame) -> None:
        self._group.fill(_unique_labels(_names_and_ids(groups)))
        self._load_apis()

    def _load_apis(self) -> None:
        gateway, env, group, client = self._gateway.value, self._env.value, self._group.value, self._client
        if group and group != self._loaded_group:
            self._loaded_group = group
            self._apis.forget()
        if gateway and env and group and client:
            self._apis.disable(LOADING)
            fetch = partial(client.apis, group, None if self._is_dev else env, gateway)
            self._background.run("apis", fetch, self._fill_apis, self._apis_failed)
        else:
            self._background.cancel("apis")
            self._apis.disable("choose an environment first" if group else "choose a group first")
        self._changed()

    def _fill_apis(self, apis: DataFrame) -> None:
        columns = apis[["name", "method", "path", "id"]].itertuples(index=False)
        options = [(visible(f"{name} · {method} {path}"), api_id) for name, method, path, api_id in columns]
        self._apis.fill(options, "of the group" if self._is_dev else "published")
        self._changed()

    def _apis_failed(self, error: Exception) -> None:
        self._apis.ask_for_ids(_reason(error), is_error=not lacks_permission(error))
        self._changed()

    def _listing_failed(self, field: PickField, error: Exception) -> None:
        # The id of RELEASE is the same on every gateway.
        _ask_for_id(field, error, default=RELEASE_ENV_ID if field is self._env else "")
        self._load_apis()
        if field_name(error) == "instance_id":
            self._gateway.show_error(error_text(error))


def _ask_for_id(field: PickField, error: Exception, default: str = "") -> None:
    request = "The id of RELEASE is filled in; type another one." if default else "Type the id."
    text = _reason(error) if isinstance(error, TransportError) else f"{_reason(error)} {request}"
    field.ask_for_id(text, default, is_error=not lacks_permission(error))


def _reason(error: Exception) -> str:
    if lacks_permission(error):
        return "Listing is not allowed with these credentials."
    if field_name(error) == "instance_id":
        return "The gateway is not known."
    return f"The list could not be loaded: {error_text(error)}. “Reload lists” tries again."


def _names_and_ids(frame: DataFrame) -> list[tuple[str, str]]:
    return [(str(name), str(item_id)) for name, item_id in frame[["name", "id"]].itertuples(index=False)]


def _unique_labels(options: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Make control characters visible, and add the beginning of the id to labels that occur more than once."""
    every = [(visible(label), value) for label, value in options]
    counts = Counter(label for label, _ in every)
    return [(f"{label} ({value[:8]}…)" if counts[label] > 1 else label, value) for label, value in every]
