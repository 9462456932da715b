"""Look up ids by the names that users type."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from contextlib import suppress
from types import MappingProxyType
from typing import Final

from apig_nb.client.listings import APIS, ENVIRONMENTS, GATEWAYS, GROUPS, Item, Listing
from apig_nb.client.secret import masked_label
from apig_nb.client.transport import Connection
from apig_nb.errors import ArgumentError, DocumentError, NameLookupError, ServiceError, TransportError
from apig_nb.request import RELEASE_ENV_ID, checked_id, gateways_path

ALL: Final = "all"
"""Stands for all gateways of a project that are running."""

MAX_ALL_NAMES: Final = 12
"""Up to this number, all names are candidates for a name that is not found; beyond it, similar ones."""

MAX_SAME_NAME: Final = 50
"""The most items of one name that are candidates."""

MAX_NAME: Final = 200
"""Characters of a candidate; the service allows names of 64."""

MASKED_PART: Final = 1000
"""Characters of a name in which secrets are searched for."""

NO_GATEWAYS: Final = (
    "the list of gateways is empty: the project has none, or these credentials may not list them"
    " (permission apig:instances:list)"
)
"""The meaning of an empty list: without the permission, the service answers with one, and not with an error.

https://support.huaweicloud.com/intl/en-us/api-apig/ListInstancesV2.html
"""

_ID = re.compile(r"[0-9a-fA-F]{32}")


class Lookups:
    """The lists of a project, and the ids of names.

    Attributes:
        names: id → name of what was listed, for the provenance of an export.
        only_gateway: the id of the only running gateway, once it was looked up.
    """

    def __init__(self, connection: Connection, project_id: str, instance_id: str | None, service: str) -> None:
        self._connection, self._instance_id = connection, instance_id
        self._gateways_path = gateways_path(project_id, service)
        self.names = {RELEASE_ENV_ID: "RELEASE"}
        self.only_gateway: str | None = None

    def gateways(self) -> list[Item]:
        """List the gateways of the project."""
        return self._list(GATEWAYS, self._gateways_path)

    def environments(self, gateway_id: str) -> list[Item]:
        """List the environments of a gateway."""
        return self._list(ENVIRONMENTS, self._path(gateway_id, "envs"))

    def groups(self, gateway_id: str) -> list[Item]:
        """List the API groups of a gateway."""
        return self._list(GROUPS, self._path(gateway_id, "api-groups"))

    def apis(self, gateway_id: str, group_id: str | None, env_id: str | None) -> list[Item]:
        """List the APIs of a gateway; only of a group, or published in an environment, where given."""
        filters = {"group_id": group_id, "env_id": env_id}
        given = {name: value for name, value in filters.items() if value is not None}
        return self._list(APIS, self._path(gateway_id, "apis"), given)

    def gateway_id(self, gateway: str | None) -> str:
        """Return the id of a gateway given by name or id; without one, of the default gateway."""
        if gateway is None:
            return self._default_gateway()
        return _find("gateway", gateway, GATEWAYS, self.gateways)

    def gateway_ids(self, gateways: str | list[str] | None) -> list[str]:
        """Return the ids of gateways given by names or ids; of all that run for `ALL`; without any, the default one."""
        if gateways == ALL:
            return [id_ for _, id_ in GATEWAYS.named(_running(self.gateways()))]
        if gateways is None or isinstance(gateways, str):
            return [self.gateway_id(gateways)]
        return [self.gateway_id(gateway) for gateway in gateways]

    def name_gateways(self, ids: Set[str]) -> None:
        """Look up the names of gateways, unless they are known or the list is refused."""
        if not ids <= self.names.keys():
            with suppress(ServiceError, TransportError, DocumentError):
                self.gateways()

    def _default_gateway(self) -> str:
        if self._instance_id is not None:
            return self._instance_id
        # Two threads may both look it up, with the same result.
        if self.only_gateway is None:
            self.only_gateway = only_running(self.gateways())
        return self.only_gateway

    def group_id(self, group: str, gateway_id: str) -> str:
        """Return the id of an API group given by name or id."""
        return _find("group", group, GROUPS, lambda: self.groups(gateway_id))

    def group_ids(self, groups: list[str] | None, gateway_id: str) -> list[str]:
        """Return the ids of API groups given by names or ids; without any, of all groups."""
        if groups is not None and all(map(is_id, groups)):
            return groups
        named = GROUPS.named(self.groups(gateway_id))
        if groups is None:
            return [id_ for _, id_ in named]
        return [group if is_id(group) else find_id(GROUPS.kind, group, named) for group in groups]

    def environment_id(self, env: str, gateway_id: str) -> str:
        """Return the id of an environment given by name or id; RELEASE needs no look-up."""
        if env == "RELEASE":
            return RELEASE_ENV_ID
        return _find("env", env, ENVIRONMENTS, lambda: self.environments(gateway_id))

    def api_ids(self, apis: list[str], group_id: str, gateway_id: str) -> list[str]:
        """Return the ids of APIs given by names or ids."""
        if all(map(is_id, apis)):
            return apis
        named = APIS.named(self.apis(gateway_id, group_id, None))
        return [api if is_id(api) else find_id(APIS.kind, api, named) for api in apis]

    def _path(self, gateway_id: str, list_name: str) -> str:
        return f"{self._gateways_path}/{checked_id('gateway', gateway_id)}/{list_name}"

    def _list(self, listing: Listing, path: str, filters: Mapping[str, str] = MappingProxyType({})) -> list[Item]:
        items = listing.items(lambda paging: self._connection.apig("GET", path, {**filters, **paging}))
        if listing is not APIS:
            self.names.update({id_: name for name, id_ in listing.named(items)})
        return items


def _find(field: str, wanted: str, listing: Listing, items: Callable[[], list[Item]]) -> str:
    """Return the id of an item given by name or id; only a name is looked up."""
    if is_id(checked_name(field, wanted)):
        return wanted
    return find_id(listing.kind, wanted, listing.named(items()))


def is_id(text: str) -> bool:
    """Return True if a text is an id and needs no look-up: 32 hex digits, or the id of RELEASE."""
    return text == RELEASE_ENV_ID or bool(_ID.fullmatch(text))


def checked_name(field: str, value: object) -> str:
    """Return a name or id that a user gave.

    Raises:
        ArgumentError: it is not a string, or empty.
    """
    if not isinstance(value, str) or not value.strip():
        raise ArgumentError(field, value, "must be a name or an id")
    return value


def checked_names(field: str, values: object) -> list[str]:
    """Return names or ids that a user gave.

    Raises:
        ArgumentError: they are not a list of strings, or empty.
    """
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise ArgumentError(field, values, "must be a list of names or ids")
    names = [checked_name(field, value) for value in values]
    if not names:
        raise ArgumentError(field, values, "must not be empty; leave it out for all of them")
    return names


def find_id(kind: str, wanted: str, named: Sequence[tuple[str, str]]) -> str:
    """Return the id of the item with exactly this name, else with exactly this id.

    Raises:
        NameLookupError: there is none, or several have the name; the message lists candidates.
    """
    same_name = [(name, id_) for name, id_ in named if name == wanted]
    if len(same_name) == 1:
        return same_name[0][1]
    if same_name:
        raise NameLookupError(kind, wanted, "is the name of several: use an id", _with_ids(same_name))
    if any(id_ == wanted for _, id_ in named):
        return wanted
    if kind == GATEWAYS.kind and not named:
        raise NameLookupError(kind, wanted, f"is not found: {NO_GATEWAYS}; pass its id")
    raise NameLookupError(
        kind, wanted, "does not exist, or these credentials cannot see it", _similar_names(wanted, named)
    )


def only_running(gateways: Sequence[Item]) -> str:
    """Return the id of the only running gateway.

    Raises:
        NameLookupError: none is running, or several are.
    """
    running = GATEWAYS.named(_running(gateways))
    if len(running) == 1:
        return running[0][1]
    raise NameLookupError(
        GATEWAYS.kind, None, "is not given and several are running: pass gateway=", _with_ids(running)
    )


def _running(gateways: Sequence[Item]) -> list[Item]:
    """Return the gateways that are running, of which there is at least one."""
    if not gateways:
        raise NameLookupError(GATEWAYS.kind, None, f"is not given, and {NO_GATEWAYS}; pass gateway= with its id")
    running = [item for item in gateways if item.get("status") == "Running"]
    if not running:
        raise NameLookupError(
            GATEWAYS.kind, None, "is not given and none is running", _with_ids(GATEWAYS.named(gateways))
        )
    return running


def _with_ids(named: Sequence[tuple[str, str]]) -> list[str]:
    return [f"{_shown(name)} ({_shown(id_)})" for name, id_ in named[:MAX_SAME_NAME]]


def _shown(name: str) -> str:
    return masked_label(name[:MASKED_PART], MAX_NAME)


def _similar_names(wanted: str, named: Sequence[tuple[str, str]]) -> list[str]:
    names = sorted({_shown(name) for name, _ in named if name})
    if len(names) <= MAX_ALL_NAMES:
        return names
    folded = {name.casefold(): name for name in names}
    return [folded[match] for match in difflib.get_close_matches(wanted.casefold(), folded, n=5)]
