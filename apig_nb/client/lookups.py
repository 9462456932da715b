"""What one project has to pick from, and the way from the names a user types to the ids a call wants.

Source: contract/lookups.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from apig_nb.client.listings import (
    APIS,
    ENVIRONMENTS,
    GATEWAYS,
    GROUPS,
    Item,
    Listing,
    checked_name,
    find_id,
    is_id,
    only_running,
)
from apig_nb.request import RELEASE_ENV_ID, checked_id, gateways_path

if TYPE_CHECKING:
    from apig_nb.client.transport import Connection


class Lookups:
    """The listings of a project, and names as ids.

    Attributes:
        names: words for ids that were seen in listings, so that an export can say what it is of.
        only_gateway: the id of the only gateway that runs, once it was looked up.
    """

    def __init__(self, connection: Connection, project_id: str, instance_id: str | None, service: str) -> None:
        self._connection, self._instance_id = connection, instance_id
        self._gateways_path = gateways_path(project_id, service)
        self.names = {RELEASE_ENV_ID: "RELEASE"}
        self.only_gateway: str | None = None

    def gateways(self) -> list[Item]:
        """The gateways of the project."""
        return self._list(GATEWAYS, self._gateways_path)

    def environments(self, gateway_id: str) -> list[Item]:
        """The environments of a gateway."""
        return self._list(ENVIRONMENTS, self._below(gateway_id, "envs"))

    def groups(self, gateway_id: str) -> list[Item]:
        """The API groups of a gateway."""
        return self._list(GROUPS, self._below(gateway_id, "api-groups"))

    def apis(self, gateway_id: str, group_id: str | None, env_id: str | None) -> list[Item]:
        """The APIs of a gateway; of a group, and published in an environment, where these are given."""
        filters = {"group_id": group_id, "env_id": env_id}
        given = {name: value for name, value in filters.items() if value is not None}
        return self._list(APIS, self._below(gateway_id, "apis"), given)

    def gateway_id(self, gateway: str | None) -> str:
        """The id of a gateway given by name or id; of the default one when none is given."""
        if gateway is None:
            return self._default_gateway()
        return _id("gateway", gateway, GATEWAYS, self.gateways)

    def _default_gateway(self) -> str:
        if self._instance_id is not None:
            return self._instance_id
        # Two threads may both look it up; they find the same.
        if self.only_gateway is None:
            self.only_gateway = only_running(self.gateways())
        return self.only_gateway

    def group_id(self, group: str, gateway_id: str) -> str:
        """The id of an API group given by name or id."""
        return _id("group", group, GROUPS, lambda: self.groups(gateway_id))

    def group_ids(self, groups: list[str] | None, gateway_id: str) -> list[str]:
        """The ids of API groups given by names and ids; of every group when none are given."""
        if groups is not None and all(map(is_id, groups)):
            return groups
        named = GROUPS.named(self.groups(gateway_id))
        if groups is None:
            return [id_ for _, id_ in named]
        return [group if is_id(group) else find_id(GROUPS.kind, group, named) for group in groups]

    def environment_id(self, env: str, gateway_id: str) -> str:
        """The id of an environment given by name or id; RELEASE has the same one everywhere."""
        if env == "RELEASE":
            return RELEASE_ENV_ID
        return _id("env", env, ENVIRONMENTS, lambda: self.environments(gateway_id))

    def api_ids(self, apis: list[str], group_id: str, gateway_id: str) -> list[str]:
        """The ids of APIs given by names and ids."""
        if all(map(is_id, apis)):
            return apis
        named = APIS.named(self.apis(gateway_id, group_id, None))
        return [api if is_id(api) else find_id(APIS.kind, api, named) for api in apis]

    def _below(self, gateway_id: str, what: str) -> str:
        return f"{self._gateways_path}/{checked_id('gateway', gateway_id)}/{what}"

    def _list(self, listing: Listing, path: str, filters: Mapping[str, str] = MappingProxyType({})) -> list[Item]:
        items = listing.items(lambda paging: self._connection.apig("GET", path, {**filters, **paging}))
        if listing in (GROUPS, ENVIRONMENTS):
            self.names.update({id_: name for name, id_ in listing.named(items)})
        return items


def _id(field: str, wanted: str, listing: Listing, items: Callable[[], list[Item]]) -> str:
    """The id of what is given by name or id; only a name is looked up."""
    if is_id(checked_name(field, wanted)):
        return wanted
    return find_id(listing.kind, wanted, listing.named(items()))
