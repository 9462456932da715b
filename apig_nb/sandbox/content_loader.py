"""Loading content folders; `content/README.md` describes the format."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, get_args

from apig_nb.request import RELEASE_ENV_ID
from apig_nb.sandbox.api_state import (
    ApiState,
    Backend,
    BackendPolicy,
    Constant,
    HttpBackend,
    Parameter,
)
from apig_nb.sandbox.content_model import (
    AccessControl,
    Agency,
    Api,
    Authorizer,
    Content,
    Environment,
    Gateway,
    GatewayResponse,
    Group,
    Policies,
    Project,
    Throttle,
    User,
    clock_time,
    derived_id,
)
from apig_nb.sandbox.content_yaml import (
    SandboxContentError,
    Yaml,
    build,
    check_keys,
    mapping,
    overlay,
    read_yaml,
    relative_name,
    sequence,
    shown,
)

DEMO: Final = Path(__file__).parent / "content"
"""The demo content shipped with the package."""

EDITING: Final = "EDITING"
"""The key of the overlay for an API's editing state; the others have names of environments."""

_BACKENDS: Final[Mapping[str, type[Any]]] = {backend.kind: backend for backend in get_args(Backend)}
_OWN_KEYS_OF_GATEWAY: Final = ("project", "environments", "newest", "throttling", "access_control", "authorizers")
_OWN_KEYS_OF_GROUP: Final = ("group", "defaults", "parameters", "apis", "responses")
_PLACEHOLDER = re.compile(r"{([^{}]+)}")


def load(folder: Path) -> Content:
    """Read a content folder.

    Raises:
        SandboxContentError: a file is missing, unreadable or invalid.
    """
    if not folder.is_dir():
        raise SandboxContentError(str(folder), "is not a folder")
    top = read_yaml(folder / "account.yaml", folder)
    where = "account.yaml"
    check_keys(top, ("account", "region", "clock", "projects", "users", "agencies", "gateways"), where)
    region = _text(top, "region", where)
    projects = _projects(top, region, where)
    gateway_files = sorted(folder.glob("*/gateway.yaml"), key=lambda file: _position(top, file.parent.name))
    if not gateway_files:
        raise SandboxContentError(str(folder), "contains no gateway: a folder with a gateway.yaml")
    gateways = tuple(_gateway(file, folder, projects) for file in gateway_files)
    if not any(gateway.project_id == derived_id("project", region) for gateway in gateways):
        raise SandboxContentError(str(folder), f"contains no gateway of the region's project {region}")
    return Content(
        account=_text(top, "account", where),
        region=region,
        clock=_clock(top, where),
        projects=projects,
        users=tuple(_users(mapping(top.get("users"), where, "users"), where)),
        gateways=gateways,
        agencies=tuple(_agencies(mapping(top.get("agencies"), where, "agencies"), where)),
    )


def _position(top: Yaml, gateway: str) -> tuple[int, str]:
    order = sequence(top.get("gateways"), "account.yaml", "gateways")
    return (order.index(gateway) if gateway in order else len(order), gateway)


def _text(values: Yaml, key: str, where: str) -> str:
    value = values.get(key)
    if not isinstance(value, str) or not value:
        raise SandboxContentError(where, f"{key} must be a text")
    return value


def _clock(top: Yaml, where: str) -> datetime:
    try:
        return clock_time(top.get("clock"))
    except ValueError as error:
        raise SandboxContentError(where, str(error)) from error


def _projects(top: Yaml, region: str, where: str) -> tuple[Project, ...]:
    named = mapping(top.get("projects"), where, "projects")
    if region not in named:
        raise SandboxContentError(where, f"projects must contain the project of the region, {region}")
    account_id = derived_id("account", _text(top, "account", where))
    projects = []
    for name, values in named.items():
        fields = mapping(values, where, f"project {name}")
        parent = fields.pop("parent", None)
        if not isinstance(parent, str | None):
            raise SandboxContentError(f"{where}: project {name}", "parent must be the name of a project")
        # The parent of a main project is the account; the parent of a subproject is its region's project.
        parent_id = derived_id("project", parent) if parent else account_id
        fields |= {"id": derived_id("project", name), "name": name, "parent_id": parent_id}
        projects.append(build(Project, fields, f"{where}: project {name}"))
    return tuple(projects)


def _users(named: Yaml, where: str) -> Iterable[User]:
    if not named:
        raise SandboxContentError(where, "users must contain at least one user")
    for name, values in named.items():
        fields = {"id": derived_id("user", name), "name": name, **mapping(values, where, f"user {name}")}
        yield build(User, fields, f"{where}: user {name}")


def _agencies(named: Yaml, where: str) -> Iterable[Agency]:
    for name, values in named.items():
        yield build(Agency, {"name": name, **mapping(values, where, f"agency {name}")}, f"{where}: agency {name}")


def _gateway(file: Path, root: Path, projects: tuple[Project, ...]) -> Gateway:
    values, where, name = read_yaml(file, root), relative_name(file, root), file.parent.name
    project = next((project for project in projects if project.name == values.get("project")), None)
    if project is None:
        raise SandboxContentError(where, f"project {values.get('project')!r} is not in account.yaml")
    environments = tuple(_environments(name, mapping(values.get("environments"), where, "environments"), where))
    names = [env.name for env in environments]
    newest = values.get("newest", names[0])
    if newest not in names:
        raise SandboxContentError(where, f"newest: {newest!r} is not an environment of this gateway")
    authorizers = _named(Authorizer, values.get("authorizers"), where)
    policies = {env: _policies(values, env, names, where) for env in [*names, EDITING]}
    group_files = [other for other in sorted(file.parent.glob("*.yaml")) if other != file]
    own = {key: value for key, value in values.items() if key not in _OWN_KEYS_OF_GATEWAY}
    own |= {
        "id": derived_id("gateway", name),
        "name": name,
        "project_id": project.id,
        "environments": environments,
        "policies": policies,
        "authorizers": authorizers,
        "groups": tuple(_group(other, root, name, names, newest) for other in group_files),
    }
    gateway = build(Gateway, own, where)
    for group, other in zip(gateway.groups, group_files, strict=True):
        _check_references(gateway, group, relative_name(other, root))
    return gateway


def _environments(gateway: str, named: Yaml, where: str) -> Iterable[Environment]:
    # RELEASE is built in and has the same id on every gateway.
    for name, values in {"RELEASE": None, **named}.items():
        fields = mapping(values, where, f"environment {name}")
        env_id = RELEASE_ENV_ID if name == "RELEASE" else derived_id("environment", gateway, name)
        yield build(Environment, {"id": env_id, "name": name, **fields}, f"{where}: environment {name}")


def _policies(values: Yaml, env: str, names: list[str], where: str) -> Policies:
    return Policies(
        throttles=_named(Throttle, values.get("throttling"), where, env, names),
        access_controls=_named(AccessControl, values.get("access_control"), where, env, names),
    )


def _named(cls: type[Any], values: object, where: str, env: str = "", names: Iterable[str] = ()) -> dict[str, Any]:
    """Build objects from a mapping of names to fields, with the overlay of an environment applied."""
    named = {}
    for name, value in mapping(values, where, cls.__name__).items():
        fields = _fields_in(mapping(value, where, name), env, names, f"{where}: {name}")
        named[name] = build(cls, {"name": name, **fields}, f"{where}: {name}")
    return named


def _fields_in(values: Yaml, env: str, names: Iterable[str], where: str, defaults: Yaml | None = None) -> Yaml:
    """Return the fields in an environment: the defaults, the fields, and the environment's overlay."""
    base = {key: value for key, value in values.items() if key not in (*names, EDITING)}
    merged: Yaml = overlay(overlay(defaults or {}, base), mapping(values.get(env), where, env))
    return merged


def _group(file: Path, root: Path, gateway: str, names: list[str], newest: str) -> Group:
    values, where = read_yaml(file, root), relative_name(file, root)
    name = _text(values, "group", where)
    defaults = mapping(values.get("defaults"), where, "defaults")
    everywhere = defaults.pop("published", names)
    library = {
        key: mapping(value, where, f"parameter {key}")
        for key, value in mapping(values.get("parameters"), where, "parameters").items()
    }
    apis = []
    for api_name, value in mapping(values.get("apis"), where, "apis").items():
        where_api = f"{where}: {api_name}"
        fields = mapping(value, where_api, "the API")
        published = fields.pop("published", everywhere)
        if not isinstance(published, list) or not all(env in names for env in published):
            raise SandboxContentError(where_api, f"published must list some of {', '.join(names)}")
        states = {env: _fields_in(fields, env, names, where_api, defaults) for env in names}
        # The editing state is the state in the newest environment with the overlay EDITING.
        edited = overlay(states[newest], mapping(fields.get(EDITING), where_api, EDITING))
        made = _api_states([(env, states[env]) for env in published] + [(EDITING, edited)], library, where_api)
        editing_state = made.pop(EDITING)
        apis.append(Api(derived_id("api", gateway, name, api_name), api_name, editing_state, made))
    own = {key: value for key, value in values.items() if key not in _OWN_KEYS_OF_GROUP}
    own |= {
        "id": derived_id("group", gateway, name),
        "name": name,
        "apis": tuple(apis),
        "responses": _responses(mapping(values.get("responses"), where, "responses"), where),
    }
    return build(Group, own, where)


def _responses(named: Yaml, where: str) -> dict[str, dict[str, GatewayResponse]]:
    # The set `default` always exists and may be empty.
    return {
        name: {
            kind: build(GatewayResponse, mapping(fields, where, kind), f"{where}: {name}: {kind}")
            for kind, fields in mapping(kinds, where, name).items()
        }
        for name, kinds in {"default": {}, **named}.items()
    }


def _api_states(named: Iterable[tuple[str, Yaml]], library: Yaml, where: str) -> dict[str, ApiState]:
    """Build the states of an API by name; most are the same, and to build one takes most of the time of loading."""
    made: list[tuple[Yaml, ApiState]] = []
    states = {}
    for name, fields in named:
        state = next((state for other, state in made if other == fields), None)
        if state is None:
            state = _api_state(fields, library, f"{where} ({name})")
            made.append((fields, state))
        states[name] = state
    return states


def _api_state(fields: Yaml, library: Yaml, where: str) -> ApiState:
    fields = dict(fields)
    method, _, path = str(fields.pop("call", "")).partition(" ")
    if not path.startswith("/"):
        raise SandboxContentError(where, "call must be a method and a path, such as GET /orders")
    fields |= {
        "method": method,
        "path": path,
        "parameters": _parameters(path, mapping(fields.get("parameters"), where, "parameters"), library, where),
        "constants": list(_named(Constant, fields.get("constants"), where).values()),
        "backend": _backend(fields.get("backend"), where),
        "policies": [_backend_policy(policy, where) for policy in sequence(fields.get("policies"), where, "policies")],
    }
    return build(ApiState, fields, where)


def _parameters(path: str, given: Yaml, library: Yaml, where: str) -> list[Parameter]:
    """Return the parameters of an API: those of its path, then the others, each an overlay of the group's entry."""
    # How exports declare the parameter of {proxy+} is not documented; the published samples do not declare it.
    in_path = [name for name in _PLACEHOLDER.findall(path) if not name.endswith("+")]
    parameters = []
    for name in dict.fromkeys([*in_path, *given]):
        fields = overlay(library.get(name, {}), mapping(given.get(name), where, f"parameter {name}"))
        if name in in_path:
            fields = {**fields, "in": "path", "required": True}
        parameters.append(build(Parameter, {"name": name, **fields}, f"{where}: parameter {name}"))
    return parameters


def _backend(value: object, where: str) -> Any:
    fields = dict(mapping(value, where, "backend"))
    kind = fields.pop("type", None)
    if not isinstance(kind, str) or kind not in _BACKENDS:
        raise SandboxContentError(where, f"backend: type {shown(kind)} is not one of {', '.join(_BACKENDS)}")
    backend = build(_BACKENDS[kind], fields, f"{where}: backend")
    if isinstance(backend, HttpBackend) and not re.match("https?://[^/]+$", backend.url):
        raise SandboxContentError(where, "backend: url must be a scheme and an address, such as https://a.example.com")
    return backend


def _backend_policy(value: object, where: str) -> BackendPolicy:
    fields = dict(mapping(value, where, "policies"))
    fields["backend"] = _backend(fields.get("backend"), f"{where}: policy {fields.get('name')}")
    policy = build(BackendPolicy, fields, f"{where}: policy {fields.get('name')}")
    for one in policy.when:
        if [one.equal, one.enum, one.pattern, one.source].count(None) != 3:
            raise SandboxContentError(
                where, f"policy {policy.name}: a condition must have exactly one of equal, enum, pattern, source"
            )
    return policy


def _check_references(gateway: Gateway, group: Group, where: str) -> None:
    for env in [None, *gateway.environments]:
        seen: dict[tuple[str, str], str] = {}
        for api in group.apis:
            state = api.published.get(env.name) if env else api.editing
            if state is None:
                continue
            call = (state.method, state.path)
            if call in seen:
                raise SandboxContentError(f"{where}: {api.name}", f"{' '.join(call)} is already used by {seen[call]}")
            seen[call] = api.name
            _check_names(gateway, group, state, env.name if env else EDITING, f"{where}: {api.name}")


def _check_names(gateway: Gateway, group: Group, state: ApiState, env: str, where: str) -> None:
    policies = gateway.policies[env]
    for key, name, known in (
        ("auth", state.auth, {"none", "app", "app-code", "iam", *gateway.authorizers}),
        ("throttle", state.throttle, {"", *policies.throttles}),
        *(("access", one, {*policies.access_controls}) for one in state.accesses),
        ("response", state.response, {"", *group.responses}),
    ):
        if name not in known:
            raise SandboxContentError(where, f"{key}: {shown(name)} is not one of {', '.join(sorted(known - {''}))}")
    entities = [policies.access_controls[name].entity for name in state.accesses]
    if len(set(entities)) < len(entities):
        raise SandboxContentError(where, "access: an API has at most one policy of each entity")
