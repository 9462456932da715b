"""Gateway, environment, group and APIs: lists that fill themselves, each from what is chosen before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from apig_nb.errors import TransportError
from apig_nb.request import RELEASE_ENV_ID
from apig_nb.widgets.background import Background
from apig_nb.widgets.error_text import field_of, in_words, is_forbidden
from apig_nb.widgets.fields import FormField, PickField
from apig_nb.widgets.form.apis_field import ApisField
from apig_nb.widgets.search import SearchedPickField

if TYPE_CHECKING:
    from pandas import DataFrame

    from apig_nb.client.client import Client

LOADING: Final = "loading…"


class Pickers:
    """The four fields, and the calls that fill them.

    Attributes:
        fields: the fields by the wire name of what they choose.
    """

    def __init__(self, background: Background, changed: Callable[[], None]) -> None:
        """Make the fields, empty.

        Args:
            background: runs the listings.
            changed: is called when something else is chosen.
        """
        self._background, self._changed = background, changed
        self._client: Client | None = None
        self._is_dev = False
        # What the lists that are shown are lists of.
        self._gateway_shown = self._group_shown = ""
        guarded = background.guarded
        self._gateway = PickField("Gateway", "the gateway (instance) whose APIs are exported")
        self._env = PickField("Environment", "what is published here is exported")
        # Of gateways there are five by default, of environments ten, of groups 1,500 (contract/export, "Quotas").
        self._group = SearchedPickField("API group", "one group is exported at a time", "Search groups", guarded)
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
    def missing(self) -> list[str]:
        """Labels of the fields in which something must still be chosen."""
        missing = [field.label for field in (self._gateway, self._env, self._group) if not field.value]
        return missing if missing or self._apis.value != () else [self._apis.label]

    def use(self, client: Client, gateways: DataFrame | Exception | None = None) -> None:
        """Fill the lists from a client; `gateways` saves a call where it is known what comes of it."""
        self._client = client
        self._gateway.forget()
        if gateways is None:
            self.reload()
        elif isinstance(gateways, Exception):
            self._gateways_failed(gateways)
        else:
            self._fill_gateways(gateways)

    def reload(self) -> None:
        """Fetch all lists anew; what is chosen stays so where it is still there."""
        if self._client is not None:
            self._gateway.empty(LOADING)
            self._leave_gateway(LOADING)
            self._background.run("gateways", self._client.gateways, self._fill_gateways, self._gateways_failed)

    def use_development_state(self, is_dev: bool) -> None:
        """List every API of the group, published or not, as an export of the development state holds them."""
        if is_dev != self._is_dev:
            self._is_dev = is_dev
            self._load_apis()

    def _fill_gateways(self, gateways: DataFrame) -> None:
        options = [
            (name if state == "Running" else f"{name} ({state})", gateway_id)
            for name, gateway_id, state in gateways[["name", "id", "status"]].itertuples(index=False)
        ]
        self._gateway.fill(_told_apart(options), default=(self._client and self._client.instance_id) or "")
        self._load_gateway()

    def _gateways_failed(self, error: Exception) -> None:
        _ask_for_id(self._gateway, error)
        if isinstance(error, TransportError):  # the other lists would say the same
            self._leave_gateway("no connection")
        else:
            self._load_gateway()

    def _load_gateway(self) -> None:
        """Fetch what the gateway holds."""
        gateway, client = self._gateway.value, self._client
        if not gateway or client is None:
            self._leave_gateway("choose a gateway first")
            return
        if gateway != self._gateway_shown:
            self._gateway_shown = gateway
            for field in (self._env, self._group):
                field.forget_id()
        self._leave_gateway(LOADING)
        self._list(self._env, "environments", partial(client.environments, gateway), self._fill_environments)
        self._list(self._group, "groups", partial(client.groups, gateway), self._fill_groups)

    def _leave_gateway(self, words: str) -> None:
        """Take away what the gateway holds; `words` say why there is nothing to choose from."""
        for name, field in (("environments", self._env), ("groups", self._group)):
            self._background.cancel(name)
            field.empty(words)
        self._load_apis()

    def _list(self, field: PickField, name: str, fetch: Callable[[], Any], fill: Callable[[Any], None]) -> None:
        self._background.run(name, fetch, fill, partial(self._listing_failed, field))

    def _fill_environments(self, environments: DataFrame) -> None:
        self._env.fill(_told_apart(_pairs(environments)), default=RELEASE_ENV_ID)
        self._load_apis()

    def _fill_groups(self, groups: DataFrame) -> None:
        self._group.fill(_told_apart(_pairs(groups)))
        self._load_apis()

    def _load_apis(self) -> None:
        gateway, env, group, client = self._gateway.value, self._env.value, self._group.value, self._client
        if group and group != self._group_shown:
            self._group_shown = group
            self._apis.forget()
        if gateway and env and group and client:
            self._apis.empty(LOADING)
            fetch = partial(client.apis, group, None if self._is_dev else env, gateway)
            self._background.run("apis", fetch, self._fill_apis, self._apis_failed)
        else:
            self._background.cancel("apis")
            self._apis.empty("choose an environment first" if group else "choose a group first")
        self._changed()

    def _fill_apis(self, apis: DataFrame) -> None:
        columns = apis[["name", "method", "path", "id"]].itertuples(index=False)
        options = [(f"{name} · {method} {path}", api_id) for name, method, path, api_id in columns]
        self._apis.fill(options, "of the group" if self._is_dev else "published")
        self._changed()

    def _apis_failed(self, error: Exception) -> None:
        self._apis.ask_for_ids(_why(error), is_trouble=not is_forbidden(error))
        self._changed()

    def _listing_failed(self, field: PickField, error: Exception) -> None:
        # The one id that everybody knows.
        _ask_for_id(field, error, default=RELEASE_ENV_ID if field is self._env else "")
        self._load_apis()
        if field_of(error) == "instance_id":
            self._gateway.complain(in_words(error))


def _ask_for_id(field: PickField, error: Exception, default: str = "") -> None:
    todo = "The id of RELEASE is filled in; type another one." if default else "Type the id."
    words = _why(error) if isinstance(error, TransportError) else f"{_why(error)} {todo}"
    field.ask_for_id(words, default, is_trouble=not is_forbidden(error))


def _why(error: Exception) -> str:
    if is_forbidden(error):
        return "Listing is not allowed with these credentials."
    if field_of(error) == "instance_id":
        return "The gateway is not known."
    return f"The list could not be fetched: {in_words(error)}. “Reload lists” tries again."


def _pairs(frame: DataFrame) -> list[tuple[str, str]]:
    return [(str(name), str(item_id)) for name, item_id in frame[["name", "id"]].itertuples(index=False)]


def _told_apart(options: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Labels that stand more than once get the beginning of their id."""
    every = list(options)
    times = Counter(label for label, _ in every)
    return [(f"{label} ({value[:8]}…)" if times[label] > 1 else label, value) for label, value in every]
