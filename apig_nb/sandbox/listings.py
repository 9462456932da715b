"""The listings of API Gateway: filters, paging and items.

Source: https://github.com/opentelekomcloud-docs/api-gateway/tree/main/api-ref/source/dedicated_gateway_apis_v2
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from starlette.datastructures import QueryParams

from apig_nb.sandbox import error_answers
from apig_nb.sandbox.api_state import ApiState, MemberGroupBackend, VpcBackend
from apig_nb.sandbox.content_model import Api, Content, Environment, Gateway, Group, Status, derived_id
from apig_nb.sandbox.error_answers import Family

Item = dict[str, Any]
Entry = Callable[[], Item]
"""Makes an item; called only for the items on the page, since there may be thousands."""

DEFAULT_LIMIT = 20
MAXIMUM_LIMIT = 500

_STATUS_NUMBERS: Mapping[Status, int] = {
    "Running": 6,
    "Frozen": 37,
    "Creating": 1,
    "Updating": 12,
    "Deleting": 23,
    "Unhealthy": 40,
}


def page(entries: Sequence[Entry], key: str, query: QueryParams, family: Family) -> Item:
    """Return the page that `offset` and `limit` select."""
    offset = max(_integer(query, "offset", 0, family), 0)
    limit = _integer(query, "limit", DEFAULT_LIMIT, family)
    limit = DEFAULT_LIMIT if limit <= 0 else min(limit, MAXIMUM_LIMIT)
    shown = [entry() for entry in entries[offset : offset + limit]]
    return {"total": len(entries), "size": len(shown), key: shown}


def _integer(query: QueryParams, name: str, default: int, family: Family) -> int:
    text = query.get(name, str(default))
    # A number of more than 1,000 digits is an error, as any text is.
    if not re.fullmatch(r"-?[0-9]{1,1000}", text):
        raise error_answers.invalid_field(name, family)
    return int(text)


def instances(content: Content, project_id: str, query: QueryParams) -> list[Entry]:
    """Return the gateways of a project."""
    return [
        partial(_instance, gateway, content.clock)
        for gateway in content.gateways
        if gateway.project_id == project_id
        and query.get("instance_id", gateway.id) == gateway.id
        # Not documented whether names match exactly or in part; a client must be ready for matches in part.
        and query.get("instance_name", "") in gateway.name
        and query.get("status", gateway.status) == gateway.status
    ]


def _instance(gateway: Gateway, clock: datetime) -> Item:
    created = clock - timedelta(days=90)
    item: Item = {
        "id": gateway.id,
        "project_id": gateway.project_id,
        "instance_name": gateway.name,
        "status": gateway.status,
        "instance_status": _STATUS_NUMBERS[gateway.status],
        "type": "apig",
        "spec": gateway.spec,
        "create_time": int(created.timestamp() * 1000),
        "enterprise_project_id": "0",
        "charging_mode": 0,
        "loadbalancer_provider": "elb",
    }
    return item | ({"eip_address": gateway.eip} if gateway.eip else {})


def envs(content: Content, gateway: Gateway, query: QueryParams) -> list[Entry]:
    """Return the environments of a gateway."""
    wanted = query.get("name", "")
    return [partial(_env, env, content.clock) for env in gateway.environments if wanted in env.name]


def _env(env: Environment, clock: datetime) -> Item:
    return {
        "create_time": _time(clock - timedelta(days=90)),
        "name": env.name,
        "remark": env.description,
        "id": env.id,
    }


def api_groups(content: Content, gateway: Gateway, query: QueryParams) -> list[Entry]:
    """Return the API groups of a gateway."""
    exact = _exact_names(query)
    return [
        partial(_group, group, content.clock)
        for group in gateway.groups
        if query.get("id", group.id) == group.id and _matches(query.get("name"), group.name, "name" in exact)
    ]


def _group(group: Group, clock: datetime) -> Item:
    return {
        "id": group.id,
        "name": group.name,
        "status": 1,
        "sl_domain": group.subdomain,
        "sl_domains": [group.subdomain],
        "register_time": _time(clock - timedelta(days=60)),
        "update_time": _time(clock - timedelta(days=1)),
        "on_sell_status": 2,
        "url_domains": [_domain(group, domain) for domain in group.domains],
        "sl_domain_access_enabled": True,
        "remark": group.description,
        "is_default": 2,
        "version": "V1",
    }


def _domain(group: Group, domain: str) -> Item:
    return {
        "id": derived_id("domain", group.id, domain),
        "domain": domain,
        "cname_status": 3,
        "ssl_id": "",
        "ssl_name": "",
        "min_ssl_version": "TLSv1.2",
        "verified_client_certificate_enabled": False,
        "is_has_trusted_root_ca": False,
    }


_ENUMERATIONS = {
    "req_protocol": ("HTTP", "HTTPS", "BOTH", "GRPCS"),
    "req_method": ("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "ANY"),
    "auth_type": ("NONE", "APP", "IAM", "AUTHORIZER"),
    "type": ("1", "2"),
}
_RETURN_DATA_MODES = {"brief", "include_group", "include_group_backend"}
_NO_TAGS = "#no_tags#"


def apis(content: Content, gateway: Gateway, query: QueryParams) -> list[Entry]:
    """Return the APIs of a gateway.

    With `env_id` an API is listed as published in that environment, otherwise in its editing state. The fields that
    `return_data_mode` adds are not documented one by one; its values are accepted and add nothing.
    """
    for name, allowed in _ENUMERATIONS.items():
        if query.get(name, allowed[0]) not in allowed:
            raise error_answers.invalid_field(name)
    if not set(query.get("return_data_mode", "brief").split(",")) <= _RETURN_DATA_MODES:
        raise error_answers.invalid_field("return_data_mode")
    wanted = _api_filter(query)
    env_id = query.get("env_id", "")
    listed: list[Entry] = []
    for group in gateway.groups:
        if query.get("group_id", group.id) != group.id:
            continue
        for api in group.apis:
            state = _state_in(api, gateway, env_id)
            if state is None:
                continue
            entry = partial(_api, api, state, group, gateway, content.clock)
            if wanted is None or wanted(entry(), state):
                listed.append(entry)
    return listed


def _state_in(api: Api, gateway: Gateway, env_id: str) -> ApiState | None:
    if not env_id:
        return api.editing
    env = gateway.environment(env_id)
    return api.published.get(env.name) if env else None


def _api_filter(query: QueryParams) -> Callable[[Item, ApiState], bool] | None:
    """Return the test for the APIs that a query selects, or None if it selects all."""
    exact = _exact_names(query)
    tags = set(query.getlist("tags"))
    plain = {name: query[name] for name in ("id", "req_protocol", "req_method", "auth_type", "type") if name in query}
    if not {"tags", "name", "req_uri", "vpc_channel_name", *plain} & set(query):
        return None

    def wanted(item: Item, state: ApiState) -> bool:
        return (
            all(str(item[name]) == value for name, value in plain.items())
            and all(_matches(query.get(name), item[name], name in exact) for name in ("name", "req_uri"))
            and query.get("vpc_channel_name", "") in _channel(state)
            and (not tags or bool(tags & ({*state.tags} or {_NO_TAGS})))
        )

    return wanted


def _channel(state: ApiState) -> str:
    backend = state.backend
    return backend.channel if isinstance(backend, VpcBackend | MemberGroupBackend) else ""


def _exact_names(query: QueryParams) -> set[str]:
    """Return the names of the parameters to be matched exactly; unknown ones are tolerated."""
    return set(query.get("precise_search", "").split(","))


def _matches(wanted: str | None, actual: str, exact: bool) -> bool:
    if wanted is None:
        return True
    return wanted == actual if exact else wanted in actual


def _api(api: Api, state: ApiState, group: Group, gateway: Gateway, clock: datetime) -> Item:
    auth_type = {"none": "NONE", "app": "APP", "app-code": "APP", "iam": "IAM"}.get(state.auth, "AUTHORIZER")
    backend_type = state.backend.kind
    item: Item = {
        "id": api.id,
        "name": api.name,
        "group_id": group.id,
        "group_name": group.name,
        "group_version": "V1",
        "type": 1 if state.visibility == "public" else 2,
        "version": "V0.0.1",
        "status": 1,
        "req_protocol": state.protocols[0].upper() if len(state.protocols) == 1 else "BOTH",
        "req_method": state.method,
        "req_uri": state.path,
        "auth_type": auth_type,
        "auth_opt": {"app_code_auth_type": "HEADER" if state.auth == "app-code" else "DISABLE"},
        "match_mode": state.match,
        "backend_type": "HTTP" if backend_type.startswith("HTTP") else backend_type,
        "cors": state.cors,
        "tags": list(state.tags),
        "arrange_necessary": 2,
        "remark": state.description,
        "register_time": _time(clock - timedelta(days=30)),
        "update_time": _time(clock - timedelta(days=1)),
    }
    item |= _publications(api, gateway.environments, clock)
    return item | ({"authorizer_id": derived_id("authorizer", state.auth)} if auth_type == "AUTHORIZER" else {})


def _publications(api: Api, environments: Iterable[Environment], clock: datetime) -> Item:
    """Return the fields of publications, their values joined by `|`; empty for an API that is not published."""
    published = [env for env in environments if env.name in api.published]
    if not published:
        return {}
    return {
        "run_env_id": "|".join(env.id for env in published),
        "run_env_name": "|".join(env.name for env in published),
        "publish_id": "|".join(derived_id("publication", api.id, env.id) for env in published),
        "publish_time": "|".join(_time(clock - timedelta(days=7)) for _ in published),
    }


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
