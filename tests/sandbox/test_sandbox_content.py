import traceback
from pathlib import Path
from typing import Any

import pytest

from apig_nb.sandbox import Sandbox, SandboxContentError, start
from apig_nb.sandbox.api_state import ApiState, FunctionBackend, HttpBackend, MockBackend
from apig_nb.sandbox.content_loader import DEMO, load
from apig_nb.sandbox.content_model import Gateway
from apig_nb.sandbox.content_yaml import overlay
from tests.hostile import make_endless

from .sandbox_http import RELEASE, Http

CONTENT = load(DEMO)
PROD, STAGING = CONTENT.gateways[:2]

ACCOUNT = """
account: shop
region: here
clock: 2026-01-02T03:04:05Z
projects: {here: {}}
users: {me: {password: x}}
"""
GATEWAY = "project: here\nenvironments: {TEST: {}}\n"
GROUP = "group: g\napis:\n  A: {call: GET /a, auth: none, backend: {type: MOCK, answer: a}}\n"


# For these PyYAML raises errors other than YAMLError.
ODD_SCALARS = ("!!bool x", "!!int x", "!!int ''", "!!timestamp x", "2024-13-01", "0b_")


def folder(path: Path, **files: str) -> Path:
    """Write a valid content folder, with the given files replaced (by name without suffix)."""
    (path / "gw").mkdir(exist_ok=True)
    texts = {"account": ACCOUNT, "gateway": GATEWAY, "group": GROUP, **files}
    for name, text in texts.items():
        place = path if name == "account" else path / "gw"
        (place / f"{name}.yaml").write_text(text, encoding="utf-8")
    return path


def problem(path: Path) -> str:
    with pytest.raises(SandboxContentError) as caught:
        load(path)
    return str(caught.value)


def states(gateway: Gateway, environment: str) -> dict[str, ApiState]:
    return {
        api.name: api.published[environment]
        for group in gateway.groups
        for api in group.apis
        if environment in api.published
    }


@pytest.mark.parametrize("name", ["x\\e[31m\\u202e\\n", "y" * 100_000])
@pytest.mark.parametrize("group", ["group: g\napis: {? NAME : 5}", "group: g\nNAME: 1", "copy_of: NAME"])
def test_a_name_in_a_message_is_visible_and_short(tmp_path: Path, name: str, group: str) -> None:
    message = problem(folder(tmp_path, group=group.replace("NAME", f'"{name}"')))
    assert message.isprintable()
    assert len(message) < 1100


def test_small_folder_is_loaded(tmp_path: Path) -> None:
    with start(folder(tmp_path)) as sandbox:
        http = Http(sandbox)
        document = http.export("g").json()
    assert list(document["paths"]) == ["/a"]
    assert document["info"]["version"] == "2026-01-02-03:04:05"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"account": "- a"}, "account.yaml: must be a mapping"),
        ({"account": ACCOUNT.replace("account: shop", "")}, "account.yaml: account must be a text"),
        ({"account": ACCOUNT.replace("2026-01-02T03:04:05Z", "soon")}, "account.yaml: clock must be a time such as "),
        (
            {"account": ACCOUNT.replace("{here:", "{there:")},
            "account.yaml: projects must contain the project of the region, ",
        ),
        (
            {"account": ACCOUNT.replace("{me: {password: x}}", "{}")},
            "account.yaml: users must contain at least one user",
        ),
        (
            {"account": ACCOUNT.replace("x}", "x, may: [fly]}")},
            "account.yaml: user me: may: 'fly' is not one of instances, envs, ",
        ),
        ({"account": ACCOUNT + "speed: 1"}, "account.yaml: unknown key 'speed'; known: account, agencies, clock, "),
        ({"gateway": GATEWAY + "speed: 1"}, "gw/gateway.yaml: unknown key 'speed'; known: "),
        ({"gateway": GATEWAY + "status: Asleep"}, "gw/gateway.yaml: status: 'Asleep' is not one of Running, Frozen, "),
        ({"group": GROUP + "speed: 1"}, "gw/group.yaml: unknown key 'speed'; known: "),
        ({"group": GROUP + "domains: a"}, "gw/group.yaml: domains: must be a list, not 'a'"),
        ({"group": GROUP.replace("MOCK, answer: a", "HTTP, url: a")}, "backend: url must be a scheme and an address"),
        (
            {
                "group": GROUP.replace(
                    "none", "none, policies: [{name: p, when: [{}], backend: {type: MOCK, answer: a}}]"
                )
            },
            "A (RELEASE): policy p: a condition must have exactly one of equal, enum, pattern, source",
        ),
        ({"gateway": "project: elsewhere"}, "gw/gateway.yaml: project 'elsewhere' is not in account.yaml"),
        (
            {"gateway": GATEWAY + "newest: PROD"},
            "gw/gateway.yaml: newest: 'PROD' is not an environment of this gateway",
        ),
        ({"gateway": GATEWAY + "throttling: {t: {}}"}, "gw/gateway.yaml: t: api_limit is missing"),
        ({"group": "group: [unclosed"}, "gw/group.yaml: is not valid YAML ("),
        ({"group": "apis: {}"}, "gw/group.yaml: group must be a text"),
        (
            {"group": GROUP.replace("MOCK", "MAGIC")},
            "gw/group.yaml: A (RELEASE): backend: type 'MAGIC' is not one of HTTP",
        ),
        ({"group": GROUP.replace("answer: a", "answer: 1")}, "A (RELEASE): backend: answer: must be text, not 1"),
        (
            {"group": GROUP.replace("GET /a", "/a")},
            "A (RELEASE): call must be a method and a path, such as GET /orders",
        ),
        ({"group": GROUP.replace("GET", "FETCH")}, "A (RELEASE): method: 'FETCH' is not one of GET, POST"),
        (
            {"group": GROUP.replace("none", "magic")},
            "gw/group.yaml: A: auth: 'magic' is not one of app, app-code, iam, none",
        ),
        ({"group": GROUP.replace("none", "none, speed: 1")}, "A (RELEASE): unknown key 'speed'; known: access, auth,"),
        ({"group": GROUP.replace("none", "none, cors: 1")}, "A (RELEASE): cors: must be true or false, not 1"),
        ({"group": GROUP.replace("none", "none, tags: x")}, "A (RELEASE): tags: must be a list, not 'x'"),
        ({"group": GROUP.replace("none", "none, throttle: t")}, "A: throttle: 't' is not one of"),
        ({"group": GROUP.replace("none", "none, published: [X]")}, "A: published must list some of RELEASE, TEST"),
        (
            {"group": GROUP + "  B: {call: GET /a, auth: none, backend: {type: MOCK, answer: b}}\n"},
            "gw/group.yaml: B: GET /a is already used by A",
        ),
        (
            {"group": GROUP.replace("none", "none, parameters: {p: {type: number, minimum: true}}")},
            "parameter p: minimum: must be a number, not True",
        ),
        *(
            ({"account": ACCOUNT + f"agencies: {{a: {odd}}}"}, "account.yaml: is not valid YAML (")
            for odd in ODD_SCALARS
        ),
        ({"account": ACCOUNT + "gateways: 1"}, "account.yaml: gateways must be a list"),
        ({"account": ACCOUNT + "1: 2\nx: 3"}, "account.yaml: must be a mapping with text keys"),
        ({"account": ACCOUNT.replace("here: {}", "here: {parent: [1]}")}, "account.yaml: project here: parent must be"),
        ({"account": ACCOUNT.replace("2026-01-02T", "0001-01-01T")}, "account.yaml: clock must be a time such as "),
        (
            {"account": ACCOUNT.replace("2026-01-02T03:04:05Z", "9999-12-31T01:00:00Z")},
            "account.yaml: clock must be a time such",
        ),
        ({"gateway": GATEWAY + "1: 2\nx: 3"}, "gw/gateway.yaml: must be a mapping with text keys"),
        ({"group": GROUP.replace("none", "none, RELEASE: 5")}, "gw/group.yaml: A: RELEASE must be a mapping"),
        ({"group": GROUP.replace("none", "none, EDITING: [5]")}, "gw/group.yaml: A: EDITING must be a mapping"),
        ({"group": GROUP.replace("none", "none, published: [{}]")}, "A: published must list some of RELEASE, TEST"),
        ({"group": GROUP.replace("none", "none, policies: 5")}, "A (RELEASE): policies must be a list"),
        ({"group": GROUP.replace("none", "none, parameters: {p: 5}")}, "A (RELEASE): parameter p must be a mapping"),
        ({"group": GROUP + "parameters: {p: 5}\n"}, "gw/group.yaml: parameter p must be a mapping"),
        ({"group": GROUP.replace("MOCK", "{}")}, "gw/group.yaml: A (RELEASE): backend: type {} is not one of HTTP"),
        (
            {"gateway": GATEWAY + "throttling: {t: {api_limit: 1, TEST: 5}}"},
            "gw/gateway.yaml: t: TEST must be a mapping",
        ),
        ({"group": 'copy_of: "\\0"'}, "cannot be read"),
        ({"group": "copy_of: gw/group.yaml"}, "gw/group.yaml: is a copy of itself"),
        ({"group": "copy_of: gw/none.yaml"}, "gw/none.yaml: cannot be read"),
    ],
)
def test_message_names_file_and_key_of_mistake(tmp_path: Path, files: Any, message: str) -> None:
    assert message in problem(folder(tmp_path, **files))


VALUES = ("4711081503", "[{}]", "{{a: {}}}", "!{}", "!!int {}", "!!bool {}", "*{}", "'{}", "{}: a")


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("key", ["password", "passcode"])
def test_message_does_not_repeat_a_secret(tmp_path: Path, key: str, value: str) -> None:
    secret = "4711081503"
    user = "{password: x, " + f"{key}: {value.format(secret)}}}"
    with pytest.raises(SandboxContentError, match=r"^account\.yaml: ") as caught:
        start(folder(tmp_path, account=ACCOUNT.replace("{password: x}", user)))
    frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
    shown = [repr(frame.f_locals) for frame in frames if frame.f_code.co_filename != __file__]
    assert secret not in "".join([*traceback.format_exception(caught.value), *shown])


@pytest.mark.parametrize("deep", ["[" * 100_000, "[" * 50_000 + "]" * 50_000, "{a: " * 50_000, "\n" + "- " * 50_000])
def test_deep_nesting_is_a_mistake(tmp_path: Path, deep: str) -> None:
    """The composer of libyaml ends the process."""
    assert problem(folder(tmp_path, group=f"group: g\napis: {deep}")) == "gw/group.yaml: is nested more than 100 levels"


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs files of devices")
@pytest.mark.parametrize("name", ["pipe", "device", "large"])
def test_a_file_is_a_file_of_limited_size(tmp_path: Path, name: str) -> None:
    file = folder(tmp_path) / "gw" / "other.yaml"
    make_endless(file, name, 2**24 + 1)
    reason = "is larger than 16 MiB" if name == "large" else "is not a regular file"
    assert problem(tmp_path) == f"gw/other.yaml: cannot be read ({reason})"


def test_folder_without_gateway_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "account.yaml").write_text(ACCOUNT, encoding="utf-8")
    assert problem(tmp_path).endswith("contains no gateway: a folder with a gateway.yaml")


@pytest.mark.parametrize(
    ("base", "patch", "result"),
    [
        ({"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"c": 4}}, {"a": 1, "b": {"c": 4, "d": 3}}),
        ({"a": 1, "b": 2}, {"a": None}, {"b": 2}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"type": "MOCK", "answer": "x"}, {"type": "HTTP", "url": "y"}, {"type": "HTTP", "url": "y"}),
        ({"type": "HTTP", "url": "x"}, {"timeout": 1}, {"type": "HTTP", "url": "x", "timeout": 1}),
        ({"a": 1}, "x", "x"),
    ],
)
def test_overlays(base: Any, patch: Any, result: Any) -> None:
    assert overlay(base, patch) == result


def test_environment_removes_default_of_group(tmp_path: Path) -> None:
    group = (
        "group: g\ndefaults: {auth: none, tags: [x], backend: {type: MOCK, answer: a}}\n"
        "apis: {A: {call: GET /a, TEST: {tags: null}, EDITING: {cors: true}}}\n"
    )
    api = load(folder(tmp_path, group=group)).gateways[0].groups[0].apis[0]
    assert (api.published["RELEASE"].tags, api.published["TEST"].tags, api.editing.tags) == (("x",), (), ("x",))
    assert (api.published["RELEASE"].cors, api.editing.cors) == (False, True)


def test_groups_of_demo_content() -> None:
    assert [gateway.name for gateway in CONTENT.gateways] == [
        "retail-prod",
        "retail-staging",
        "retail-frozen",
        "team-trial",
    ]
    assert [group.name for group in PROD.groups] == [
        "archive", "catalog", "devices", "files", "orders", "payments", "通知",
    ]  # fmt: skip
    assert [env.name for env in PROD.environments] == ["RELEASE", "TEST", "DEV"]
    assert sum(len(group.apis) for group in PROD.groups) >= 60


def test_demo_content_has_every_kind_of_each_feature() -> None:
    definitions = list(states(PROD, "RELEASE").values())
    assert {definition.backend.kind for definition in definitions} == {
        "HTTP", "HTTP-VPC", "FUNCTION", "MOCK", "HTTP-VPC-MEMBER-GROUP",
    }  # fmt: skip
    assert {definition.auth for definition in definitions} == {
        "none", "app", "app-code", "iam", "authorizer_customers", "authorizer_devices",
    }  # fmt: skip
    conditions = [condition for one in definitions for policy in one.policies for condition in policy.when]
    assert {bool(condition.source) for condition in conditions} == {True, False}
    assert {policy.effect for one in definitions for policy in one.policies} == {"ANY", "ALL"}
    used = [PROD.policies["RELEASE"].access_controls[name] for one in definitions for name in one.accesses]
    assert {(policy.action, policy.entity) for policy in used} == {
        ("PERMIT", "IP"), ("DENY", "IP"), ("PERMIT", "DOMAIN"), ("DENY", "DOMAIN"),
    }  # fmt: skip
    throttles = [PROD.policies["RELEASE"].throttles[one.throttle] for one in definitions if one.throttle]
    assert {policy.shared for policy in throttles} == {True, False}
    assert {special.type for policy in throttles for special in policy.special} == {"APP", "USER"}
    assert {one.visibility for one in definitions} == {"public", "private"}
    assert {one.match for one in definitions} == {"NORMAL", "SWA"}


def test_demo_content_has_findings_for_an_audit() -> None:
    definitions = states(PROD, "RELEASE")
    open_doors = [name for name, one in definitions.items() if one.auth == "none"]
    plain = [
        name
        for name, one in definitions.items()
        if isinstance(one.backend, HttpBackend) and one.backend.url.startswith("http:")
    ]
    slow = [name for name, one in definitions.items() if getattr(one.backend, "timeout", 0) == 60000]
    unguarded = [name for name, one in definitions.items() if not one.throttle]
    assert [len(names) > 2 for names in (open_doors, plain, slow, unguarded)] == [True] * 4


def test_changes_between_release_and_test_in_demo_content() -> None:
    release, test = states(PROD, "RELEASE"), states(PROD, "TEST")
    assert sorted(set(release) - set(test)) == ["API_orders_export", "API_orders_items_remove"]
    assert sorted(set(test) - set(release)) == ["API_orders_statistics", "API_returns_create", "API_returns_list"]
    calls = {(one.method, one.path) for one in test.values()}
    assert ("ANY", release["API_orders_items_remove"].path) in calls
    changed = {
        (name, field)
        for name in set(release) & set(test)
        for field in ApiState.__dataclass_fields__
        if getattr(release[name], field) != getattr(test[name], field)
    }
    assert changed == {
        ("API_orders_list", "parameters"),
        ("API_orders_create", "parameters"),
        ("API_orders_invoice", "path"),
        ("API_orders_invoice", "parameters"),
        ("API_orders_search", "path"),
        ("API_orders_history", "description"),
        ("API_orders_history", "tags"),
        ("API_orders_get", "throttle"),
        ("API_orders_get", "cors"),
        ("API_orders_update", "backend"),
        ("API_orders_cancel", "backend"),
        ("API_orders_documents", "backend"),
        ("API_orders_slots", "backend"),
        ("API_payments_status", "auth"),
        ("API_payments_refund", "access"),
        ("API_products_get", "parameters"),
    }
    limits = [env.throttles["throttle_checkout"].api_limit for env in (PROD.policies["RELEASE"], PROD.policies["TEST"])]
    assert limits == [600, 300]
    assert [one["API_orders_list"].parameters[0].maximum for one in (release, test)] == [500, 100]
    assert isinstance(release["API_orders_slots"].backend, MockBackend)
    assert isinstance(test["API_orders_slots"].backend, FunctionBackend)


def test_staging_gateway_differs_from_production() -> None:
    prod, staging = states(PROD, "RELEASE"), states(STAGING, "RELEASE")
    assert set(staging) - set(prod) == {"API_orders_replay", "API_returns_create", "API_returns_list"}
    assert set(prod) - set(staging) > {"API_orders_export"}
    assert staging["API_orders_list"].backend == HttpBackend(
        "https://orders.staging.internal.example.com", prefix="/v1"
    )


def test_one_api_is_never_published() -> None:
    never = [
        api.name for gateway in (PROD, STAGING) for group in gateway.groups for api in group.apis if not api.published
    ]
    assert never == ["API_orders_bulk_import"]


def test_ids_differ_between_gateways_except_release(sandbox: Sandbox) -> None:
    other = Http(sandbox, instance_id=STAGING.id)
    assert other.env_id("RELEASE") == RELEASE
    assert other.group_id("orders") != Http(sandbox).group_id("orders")
    assert other.export("orders").json()["host"] == "orders.staging.example.com"
