"""The form against a sandbox. Without an event loop, background work is done at once."""

import json
import os
import shutil
from collections.abc import Iterator
from typing import Any

import ipywidgets
import pytest

import apig_nb as apig
from apig_nb.request import RELEASE_ENV_ID
from apig_nb.sandbox import Sandbox, start
from apig_nb.sandbox.content_loader import DEMO
from apig_nb.widgets.choice_bar import ChoiceBar
from tests.connected import connected

from .page import Page, shown, words

ORDERS = "c173067d9f0ed6d82fe1d0efed1909f5"
EVERYTHING = "everything, policies too (all)"
SOME = "some, picked from a list"
AS_TASK = "as a task"


@pytest.fixture
def form(client: apig.Client) -> Iterator[apig.ExportForm]:
    made = apig.ExportForm(client)
    yield made
    made.close()


@pytest.fixture
def page(form: apig.ExportForm) -> Page:
    return Page(form)


@pytest.fixture
def gateway() -> Iterator[Sandbox]:
    """A sandbox of the test's own, which may misbehave."""
    with start() as running:
        yield running


def request_of(form: apig.ExportForm) -> apig.ExportRequest:
    assert form.request is not None
    return form.request


def export_of(form: apig.ExportForm) -> apig.Export:
    assert form.export is not None
    return form.export


def client_of(gateway: Sandbox, user: str = "operator", timeout: float = 60) -> apig.Client:
    return connected(gateway, token=gateway.token_for(user), timeout=timeout, limits=apig.Limits(retries=0))


@pytest.fixture
def failing(gateway: Sandbox) -> Iterator[Page]:
    """A form with a group chosen, on the sandbox that may misbehave."""
    with client_of(gateway) as client:
        form = apig.ExportForm(client)
        page = Page(form)
        page.choose("API group", "orders")
        yield page
        form.close()


# The fields


def test_four_fields_are_shown_and_the_others_under_more(page):
    assert page.labels == [
        *("Reload lists", "Change connection"),
        *("Gateway", "Environment", "API group", "Scope"),
        *("Export", "More fields"),
    ]
    assert page.beside("Scope") == "backends and policies too"
    page.press("More fields")
    more = ["APIs", "Standard", "Format", "Version", "Call", "The request", "The request"]
    assert page.labels[6:-2] == more
    assert page.beside("APIs") == "default: every published API of the group"
    assert page.beside("Version") == "written into the document"
    assert page.control("Version").placeholder == "time of the export"
    page.press("Fewer fields")
    assert "Version" not in page.labels


def test_a_scope_says_what_it_leaves_out(page):
    page.choose("Scope", "front end only (spec)")
    assert page.beside("Scope") == "no backends and no policies"
    page.choose("Scope", "front end and backend (proxy)")
    assert page.beside("Scope") == "no policies"
    page.choose("Scope", "front end and backend, unpublished APIs too (dev)")
    assert page.beside("Scope") == "with APIs that are not published; no policies"


def test_everything_is_exported_by_default_in_the_documented_form(page):
    page.press("More fields")
    assert page.control("Scope").label == EVERYTHING
    assert len(page.options("Scope")) == 4
    assert (page.control("Standard").chosen, page.control("Format").chosen) == ("Swagger 2.0", "JSON")


def test_lists_fill_themselves_from_the_gateway(page):
    assert page.control("Gateway").label == "retail-prod"
    assert page.options("Gateway") == ["choose…", "retail-prod", "retail-staging", "retail-frozen (Frozen)"]
    assert page.control("Environment").label == "RELEASE"
    assert page.options("API group")[:3] == ["choose…", "archive", "catalog"]
    page.press("More fields")
    assert page.options("APIs") == ["choose a group first"]
    assert page.control("APIs").disabled
    page.choose("API group", "orders")
    assert page.options("APIs") == ["all 19 published", SOME]
    page.choose("Environment", "TEST")
    assert page.options("APIs")[0] != "all 19 published"


def test_another_gateway_has_other_lists_and_keeps_the_names(page, form):
    page.choose("API group", "orders")
    page.choose("Environment", "TEST")
    before = form.request
    page.choose("Gateway", "retail-staging")
    assert (page.control("Environment").label, page.control("API group").label) == ("TEST", "orders")
    after = form.request
    assert after.group_id != before.group_id
    assert after.env_id != before.env_id
    page.choose("Gateway", "choose…")
    assert page.options("API group") == ["choose a gateway first"]
    assert "Still missing: Gateway, Environment, API group" in page.status


def test_reloading_lists_keeps_the_choices(page, form):
    page.press("More fields")
    page.choose("API group", "orders")
    page.choose("APIs", SOME)
    page.pick("API_orders_get", "API_orders_list")
    before = form.request
    page.press("Reload lists")
    assert form.request == before


def test_missing_choices_are_named_beside_the_button(page, form):
    assert page.status == "Still missing: API group"
    assert page.control("Export").disabled
    assert form.request is None
    page.choose("API group", "orders")
    assert page.status == ""
    assert not page.control("Export").disabled


# Picking APIs


def test_picks_are_kept_while_searching(page, form):
    page.press("More fields")
    page.choose("API group", "orders")
    page.choose("APIs", SOME)
    assert page.status == "Still missing: APIs"
    assert form.request is None
    page.pick("API_orders_get")
    page.type("Search APIs", "delete items")
    assert page.beside("Search APIs") == "1 of 19 shown"
    page.pick("API_orders_items_remove")
    assert page.beside("Pick APIs").startswith("2 picked")
    page.type("Search APIs", "nothing like it")
    page.type("Search APIs", "")
    assert len(page.control("Pick APIs").value) == 2
    assert len(request_of(form).apis or ()) == 2
    page.pick("API_orders_get")
    assert len(request_of(form).apis or ()) == 1
    page.press("Export")
    assert list(export_of(form).operations["operation_id"]) == ["API_orders_get"]
    page.press("Change")
    page.choose("APIs", "all 19 published")
    assert request_of(form).apis is None


def test_picks_are_dropped_with_their_group(page, form):
    page.press("More fields")
    page.choose("API group", "orders")
    page.choose("APIs", SOME)
    page.pick("API_orders_get")
    page.choose("API group", "payments")
    assert page.control("APIs").label.startswith("all ")
    assert request_of(form).apis is None


def test_the_development_state_lists_unpublished_apis(page):
    page.press("More fields")
    page.choose("API group", "orders")
    page.choose("Scope", "front end and backend, unpublished APIs too (dev)")
    listed = page.options("APIs")[0]
    assert listed.endswith("of the group")
    assert int(listed.split()[1]) > 19
    page.choose("Scope", EVERYTHING)
    assert page.options("APIs")[0] == "all 19 published"


# The request


def test_defaults_are_not_sent(page, form):
    page.press("More fields")
    page.choose("API group", "orders")
    page.choose("Scope", "front end only (spec)")
    assert form.request.given == {"project_id", "instance_id", "env_id", "group_id"}
    page.choose("Scope", EVERYTHING)
    page.choose("Standard", "OpenAPI 3.0")
    page.choose("Format", "YML")
    page.type("Version", " 1.2 ")
    assert form.request.to_dict() == {
        "project_id": form.client.project_id,
        "instance_id": form.client.instance_id,
        "env_id": RELEASE_ENV_ID,
        "group_id": ORDERS,
        "define": "all",
        "type": "yml",
        "version": "1.2",
        "oas_version": "3.0",
    }


def test_the_request_is_shown_without_the_token(page, form, sandbox):
    page.press("More fields")
    assert "There is no request yet." in page.text
    page.choose("API group", "orders")
    page.choose("Standard", "OpenAPI 3.0")
    texts = {}
    for name in ("Body", "curl", "Python"):
        show_request(page, name)
        texts[name] = page.text
        assert sandbox.token not in page.markup
    assert f"POST {sandbox.url}{form.request.path()}?oas_version=3.0" in texts["Body"]
    assert form.request.curl(sandbox.url) in texts["curl"]
    assert form.request.python(sandbox.url) in texts["Python"]
    assert "X-Auth-Token" not in texts["Body"] + texts["Python"]


def show_request(page: Page, name: str) -> None:
    """Choose a rendering of the request."""
    (bar,) = [part for part in shown(page._box) if isinstance(part, ChoiceBar) and part.label == "The request"]
    bar.chosen = name


@pytest.mark.parametrize("service", ["apig", "roma"])
def test_the_shown_request_has_the_address_of_the_client(sandbox, service):
    with connected(sandbox, service=service) as client:
        form = apig.ExportForm(client)
        page = Page(form)
        page.press("More fields")
        page.choose("API group", "orders")
        word = "/apic/" if service == "roma" else "/apigw/"
        for name in ("Body", "curl"):
            show_request(page, name)
            assert f"{word}instances/{client.instance_id}/openapi/export" in page.text
        show_request(page, "Python")
        assert ("service='roma'" in page.text) == (service == "roma")
        form.close()


@pytest.mark.parametrize(
    ("mode", "label"), [("direct", "at once"), ("async", AS_TASK), ("auto", "at once, else as a task")]
)
def test_the_shown_python_makes_the_same_call(page, sandbox, monkeypatch, mode, label):
    monkeypatch.setenv("APIG_TOKEN", sandbox.token)
    page.press("More fields")
    show_request(page, "Python")
    page.choose("API group", "orders")
    page.choose("Call", label)
    made = run_shown_python(page)
    assert len(made["export"].operations) == 19
    assert ("async-export" in " ".join(made["client"].log["call"])) == (mode == "async")


@pytest.mark.parametrize("service", [None, "roma"])
def test_the_shown_python_for_the_sandbox_starts_a_sandbox(service):
    form = apig.ExportForm(apig.connect("sandbox", service=service) if service else None)
    page = Page(form)
    if not service:
        page.press("Connect to the sandbox")
    page.press("More fields")
    page.choose("API group", "orders")
    page.choose("Call", AS_TASK)
    show_request(page, "Python")
    made = run_shown_python(page)
    assert len(made["export"].operations) == 19
    assert "async-export" in " ".join(made["client"].log["call"])
    form.close()


def run_shown_python(page: Page) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(page.text[page.text.index("import ") :].partition("\n\n\n")[0], names)
    return names


def test_the_calls_of_a_task_are_shown_but_not_part_of_the_request(page, form, sandbox):
    page.choose("API group", "orders")
    before = form.request
    page.press("More fields")
    for name in ("Body", "curl"):
        show_request(page, name)
        page.choose("Call", AS_TASK)
        assert form.request == before
        assert "/openapi/async-export" in page.text
        assert "/openapi/export" not in page.text
        assert "async-tasks/{task_id}" in page.text
        page.choose("Call", "at once, else as a task")
        assert "/openapi/export" in page.text
        assert f"refused for size or time: the same to {form.request.path(as_task=True)}" in page.text


# Exporting and saving


def test_exports_are_kept_and_shown(page, form):
    assert (form.export, form.exports) == (None, ())
    page.choose("API group", "orders")
    page.press("Export")
    assert "retail-prod › RELEASE › orders › everything, policies too" in page.text
    assert "exported 19 operations on 13 paths · 0 problems" in " ".join(page.status.split())
    assert form.export.request_id in page.text
    assert "does not contain" not in page.text
    page.press("Change")
    page.choose("API group", "payments")
    page.press("Export")
    assert [export.group for export in form.exports] == ["orders", "payments"]
    assert form.export is form.exports[-1]
    page.press("Export again")
    assert len(form.exports) == 3


def test_an_export_of_a_narrow_scope_says_what_is_missing_and_offers_everything(page, form):
    page.choose("API group", "orders")
    page.choose("Scope", "front end only (spec)")
    page.press("Export")
    assert "no backends and no policies, because the scope is “front end only”" in page.text
    page.press("Export again with everything")
    assert form.export.scope == "all"
    assert "because the scope is" not in page.text


def test_an_export_is_explored_below_the_form_or_in_another_view(page, form):
    page.choose("API group", "orders")
    page.press("Export")
    page.press("Explore 19 operations")
    assert any(part.label == "Look for" for part in shown(form._box) if hasattr(part, "label"))
    explored: list[apig.Export] = []
    form.explore_with(explored.append)
    page.press("Export again")
    page.press("Explore 19 operations")
    assert explored == [form.export]


def test_an_empty_export_is_a_result(page, form):
    page.choose("API group", "archive")
    page.press("Export")
    assert "nothing is published here" in page.status
    assert len(form.exports) == 1
    assert not [label for label in page.labels if label.startswith("Explore")]


def test_the_document_is_downloaded_as_received(page, form):
    page.choose("API group", "orders")
    page.press("Export")
    assert download(page) == (form.export.file_name, form.export.raw)
    assert form.export.file_name.startswith("orders-RELEASE-all-")


def download(page: Page) -> tuple[str, bytes]:
    """Press “Download” and return the file that the page is sent."""
    button, sent = page.control("Download"), []
    button.send = lambda content, buffers=None: sent.append((content["view"], content["name"], buffers))
    button._handle_custom_msg({"download": "a view"}, [])
    ((view, name, (data,)),) = sent
    assert view == "a view"
    return name, data


def test_a_document_that_cannot_be_read_can_still_be_downloaded(failing, gateway):
    gateway.fault("export", body='{"swagger": "2.0", "paths": [}', media_type="application/json")
    failing.press("Export")
    assert "The document was received, but cannot be read" in failing.status
    assert download(failing)[1] == b'{"swagger": "2.0", "paths": [}'


def test_the_progress_of_a_task_is_shown(page, form):
    page.press("More fields")
    page.choose("API group", "orders")
    page.choose("Call", AS_TASK)
    said = []
    form._result._status.observe(lambda change: said.append(words(change["new"]).strip()), names="value")
    page.press("Export")
    said = [text for text in said if text]
    assert said[0] == "exporting…"
    assert said[1].startswith("exporting as a task: waiting · task")
    assert said[2].startswith("exporting as a task: processing · task")
    assert said[-1].startswith("exported")


def test_warnings_are_shown_below_the_status_line(failing, gateway):
    gateway.fault("export", status=413)
    failing.press("More fields")
    failing.choose("Call", "at once, else as a task")
    failing.press("Export")
    assert "19 operations" in failing.status
    assert "the direct call failed for size or time (413" in failing.status
    failing.press("Change")
    failing.choose("Standard", "OpenAPI 3.0")
    evil = "<b>" * 1000
    document = json.dumps({"swagger": "2.0", "info": {"title": evil, "version": "1"}, "paths": {}})
    gateway.fault("export", body=document, media_type="application/json")
    failing.press("Export")
    assert failing.markup.count("apig-warn") == 2
    assert "OpenAPI 3.0 was requested, Swagger 2.0 was received" in failing.status
    assert "<b><b>" not in failing.markup
    assert len(failing.status) < 1000
    gateway.fault("export", body='{"swagger": "2.0", "paths": [}', media_type="application/json")
    failing.press("Export again")
    assert "cannot be read" in failing.status
    failing.press("Change")
    failing.choose("Standard", "Swagger 2.0")
    failing.press("Export")
    assert "apig-warn" not in failing.markup


# When things go wrong


def test_ids_are_typed_if_listing_is_forbidden(gateway):
    with client_of(gateway, "exporter") as client:
        form = apig.ExportForm(client)
        page = Page(form)
        assert page.control("Gateway").label == "retail-prod"
        assert page.control("Environment").value == RELEASE_ENV_ID
        assert page.beside("API group") == "Listing is not allowed with these credentials. Type the id."
        page.press("More fields")
        page.type("API group", "0" * 32)
        assert page.options("APIs") == ["all of them", "some, by id"]
        page.press("Export")
        assert "APIG.3001" in page.beside("API group")
        assert "see the field that is marked" in page.status
        page.type("API group", f" {ORDERS} ")
        assert "APIG.3001" not in page.beside("API group")
        page.press("Export")
        assert len(export_of(form).operations) == 19
        page.press("Change")
        page.choose("APIs", "some, by id")
        page.type("API ids", "a, a")
        assert "same id twice" in page.beside("APIs")
        assert page.control("Export").disabled
        form.close()


@pytest.mark.parametrize("known", [True, False])
def test_an_empty_list_of_gateways_is_explained_and_an_id_can_be_typed(known):
    started = start(may=["envs", "api_groups", "apis", "export"])
    with started as gateway, connected(gateway, **({} if known else {"instance_id": None})) as client:
        form = apig.ExportForm(client)
        page = Page(form)
        assert "permission apig:instances:list" in page.beside("Gateway")
        assert page.control("Gateway").value == (gateway.instance_id if known else "")
        page.type("Gateway", gateway.instance_id)
        page.choose("API group", "orders")
        page.press("Export")
        assert len(export_of(form).operations) == 19
        form.close()


def test_names_in_lists_show_hidden_characters_as_signs(tmp_path):
    content = tmp_path / "content"
    shutil.copytree(DEMO, content)
    group = (content / "retail-prod" / "orders.yaml").read_text("utf-8")
    name = json.dumps("orders\u202egnp.exe")
    (content / "retail-prod" / "orders.yaml").write_text(group.replace("group: orders", f"group: {name}"), "utf-8")
    with start(content) as gateway, connected(gateway) as client:
        form = apig.ExportForm(client)
        page = Page(form)
        assert "orders\\u202egnp.exe" in page.options("API group")
        page.choose("API group", "orders\\u202egnp.exe")
        page.press("Export")
        assert len(export_of(form).operations) == 19
        assert "\u202e" not in page.status
        form.close()


@pytest.mark.parametrize(
    ("call", "label"),
    [("instances", "Gateway"), ("envs", "Environment"), ("api_groups", "API group"), ("apis", "APIs")],
)
def test_each_list_may_be_forbidden_and_its_id_is_typed(gateway, call, label):
    with client_of(gateway) as client:
        form = apig.ExportForm(client)
        page = Page(form)
        page.press("More fields")
        page.choose("API group", "orders")
        wanted = request_of(form)
        gateway.fault(call, status=403)
        page.press("Reload lists")
        assert page.beside(label).startswith("Listing is not allowed with these credentials.")
        assert "apig-error" not in page.markup
        if label == "APIs":
            page.choose("APIs", "some, by id")
            page.type("API ids", client.apis("orders")["id"][0])
            wanted = wanted.replace(apis=[client.apis("orders")["id"][0]])
        else:
            known = wanted.to_dict()[{"instances": "instance_id", "envs": "env_id", "api_groups": "group_id"}[call]]
            assert page.control(label).value == known  # what was chosen stands there as text
            page.type(label, "")
            assert f"Still missing: {label}" in page.status
            page.type(label, str(known))
            if call == "instances":
                page.choose("API group", "orders")
        assert request_of(form) == wanted
        page.press("Export")
        assert len(form.exports) == 1
        form.close()


def test_an_unknown_gateway_is_reported_beside_its_field(failing, gateway):
    gateway.fault("instances", status=403)
    failing.press("Reload lists")
    failing.type("Gateway", "0" * 32)
    assert "APIG" in failing.beside("Gateway")
    failing.type("Gateway", "nowhere")
    assert "'nowhere' does not exist" in failing.beside("Gateway")


def test_a_wrong_version_is_reported_beside_its_field_before_sending(page, form):
    page.press("More fields")
    page.type("Version", "1\x01")
    assert "must not hold control characters" in page.beside("Version")
    page.choose("API group", "orders")
    assert page.control("Export").disabled
    assert page.status.endswith("see the field that is marked ✕")
    page.type("Version", "1")
    assert "apig-error" not in page.markup
    assert form.request.version == "1"


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_an_error_of_the_service_is_shown_and_the_form_stays_usable(failing, gateway, status):
    gateway.fault("export", status=status, times=9)
    failing.press("Export")
    assert f"{status} " in failing.status
    gateway.stop()
    failing.press("Export")
    assert "no connection to 127.0.0.1" in failing.status
    assert not failing.control("Export").disabled


def test_a_failed_export_is_tried_again_with_a_button(failing, gateway):
    gateway.fault("export", status=503, times=1)
    failing.press("Export")
    failing.press("Try again")
    assert "exported" in failing.status
    assert "Try again" not in failing.labels


def test_a_timeout_is_shown(gateway):
    with client_of(gateway, timeout=1) as client:
        form = apig.ExportForm(client)
        page = Page(form)
        page.choose("API group", "orders")
        gateway.fault("export", delay=3)
        page.press("Export")
        assert "did not answer within 1 s" in page.status
        gateway.fault("api_groups", delay=3)
        page.press("Reload lists")
        assert "could not be loaded" in page.beside("API group")
        assert request_of(form).group_id == ORDERS  # what was chosen stands there as text
        page.press("Reload lists")
        assert page.control("API group").label == "orders"
        form.close()


def test_a_lost_connection_can_be_restored(gateway):
    # The client is the same, as when a network comes back; a new sandbox would know other tokens.
    with client_of(gateway) as client:
        form = apig.ExportForm(client)
        page = Page(form)
        page.choose("API group", "orders")
        gateway.fault("instances", disconnect=True)
        page.press("Reload lists")
        assert "was lost before the whole answer was received" in page.beside("Gateway")
        assert page.options("API group") == ["no connection"]
        page.press("Try again")
        assert page.control("API group").label == "orders"
        assert not page.control("Export").disabled
        assert "connection" not in page.status.replace("connected", "")
        form.close()


def test_an_unexpected_error_is_shown(page, form, monkeypatch):
    page.choose("API group", "orders")
    monkeypatch.setattr(form.client, "send", lambda request, **how: 1 / 0)
    page.press("Export")
    assert "ZeroDivisionError: division by zero" in page.status


# Connecting


ADDRESS = "an address to type…"


def choose_cloud(page: Page, gateway: Sandbox) -> None:
    """Fill the fields of another cloud with the place of a sandbox."""
    page.choose("Where are the APIs?", "Another cloud")
    page.choose("Kind of credentials", "Token")
    page.choose("Region", ADDRESS)
    page.type("Endpoint", gateway.url)
    page.type("Project", gateway.project_id)


@pytest.fixture
def no_credentials(tmp_path, monkeypatch) -> None:
    """A machine without credentials."""
    for name in list(os.environ):
        if name.startswith(("OS_", "HUAWEICLOUD_SDK_", "HW_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


def test_without_a_client_it_asks_where_to_connect(gateway, no_credentials):
    form = apig.ExportForm()
    page = Page(form)
    assert (repr(form), form.client, form.request) == ("<ExportForm not connected>", None, None)
    assert [item["text"] for item in page.control("Where are the APIs?").items] == ["Sandbox", "Another cloud"]
    assert page.labels == ["Where are the APIs?", "Connect to the sandbox"]
    assert "not connected" in page.text
    page.choose("Where are the APIs?", "Another cloud")
    page.send(access_key="x", secret_key="y")
    assert "choose a region" in page.beside("Region")
    page.choose("Region", "eu-de")
    assert page.credentials.action == "Connect to eu-de"
    page.choose("Region", ADDRESS)
    page.type("Project", gateway.project_id)
    page.choose("Kind of credentials", "Token")
    page.send(token="x")
    assert "is missing" in page.beside("Endpoint")
    page.type("Endpoint", gateway.url)
    page.send(token="wrong")
    assert "401" in page.status
    page.send(token=gateway.token)
    client = form.client
    assert client is not None
    assert client.endpoint == gateway.url
    assert "connected to" in page.text
    assert page.control("Gateway").label == "choose…"
    form.close()
    with pytest.raises(apig.TransportError, match="closed"):
        client.gateways()


def test_credentials_of_this_machine_are_offered_by_name_and_origin(gateway, no_credentials, tmp_path):
    secret = "not-to-be-shown"
    auth = {"auth_url": f"{gateway.url}/v3", "token": secret, "project_id": gateway.project_id}
    (tmp_path / "clouds.yaml").write_text(json.dumps({"clouds": {"shop": {"auth": auth}, "empty": {}}}))
    form = apig.ExportForm()
    page = Page(form)
    first, *others = page.control("Where are the APIs?").items
    assert first["text"] == "shop"
    assert "token from" in first["hint"]
    assert "clouds.yaml" in first["hint"]
    assert [item["text"] for item in others] == ["Sandbox", "Another cloud"]
    assert secret not in json.dumps(ipywidgets.Widget.get_manager_state(), default=str)
    form.close()


def test_a_client_that_does_not_work_is_not_called_connected(gateway):
    with connected(gateway, token="wrong") as client:
        form = apig.ExportForm(client)
        page = Page(form)
        assert "not connected to" in page.text
        assert "401" in page.status
        form.close()


def test_the_connection_can_be_changed(form, page, gateway):
    given = form.client
    page.choose("API group", "orders")
    page.press("Export")
    page.press("Change connection")
    assert "exported" not in page.text
    page.press("Cancel")
    assert page.control("API group").label == "orders"
    page.press("Change connection")
    page.press("Connect to the sandbox")
    assert (form.client.where, len(form.exports)) == ("sandbox", 1)
    assert form.client is not given
    assert len(given.gateways()) == 3  # whoever made it closes it
    page.choose("API group", "payments")
    page.press("Export")
    assert len(form.exports) == 2


def test_a_token_without_the_right_to_list_gateways_is_accepted(gateway):
    form = apig.ExportForm()
    page = Page(form)
    choose_cloud(page, gateway)
    gateway.fault("instances", status=403)
    page.send(token=gateway.token)
    assert page.beside("Gateway").startswith("Listing is not allowed")
    form.close()


@pytest.mark.slow
def test_a_token_is_in_no_widget_state(gateway):
    form = apig.ExportForm()
    page = Page(form)
    choose_cloud(page, gateway)
    field = page.credentials
    for token in ("not-the-token-of-anybody", gateway.token):
        page.send(token=token)
        every = list(ipywidgets.widgets.widget._instances.values())
        states = json.dumps(ipywidgets.Widget.get_manager_state(), default=str)
        states += "".join(str(widget.get_state()) + repr(widget) + str(widget._trait_values) for widget in every)
        assert gateway.project_id in states
        for where in (states, repr(form), repr(field), str(vars(field)), str(form._repr_mimebundle_())):
            assert token not in where
    form.close()


# What is shown where no kernel runs, and the end


def test_a_saved_notebook_has_a_static_fallback(form):
    bundle = form._repr_mimebundle_()
    view = bundle["application/vnd.jupyter.widget-view+json"]
    assert view["model_id"] == form._box.model_id
    assert bundle["text/plain"] == f"<ExportForm {form.client.endpoint}>"
    assert bundle["text/html"] == (
        f"<p><b>Export APIs</b> ({form.client.endpoint}): a form. Run the notebook to use it.</p>"
    )


def test_text_of_the_service_is_escaped(failing, gateway):
    evil = "<script>alert(1)</script>"
    document = {
        "swagger": "2.0",
        "info": {"title": evil, "version": evil},
        "paths": {f"/{evil}": {"get": {"operationId": evil, "description": evil, "responses": {}}}},
    }
    gateway.fault("export", body=json.dumps(document), media_type="application/json")
    failing.press("Export")
    failing.press("Explore 1 operation")
    assert "<script" not in failing.markup
    failing.press("Change")
    gateway.fault("export", status=400, body=json.dumps({"error_code": "X", "error_msg": evil}))
    failing.press("Export")
    named = {"total": 1, "groups": [{"id": evil, "name": evil}], "apis": [{"id": "1", "name": evil}]}
    for call in ("api_groups", "apis"):
        gateway.fault(call, body=json.dumps(named), media_type="application/json")
    failing.press("Reload lists")
    failing.press("More fields")
    show_request(failing, "Python")
    failing.type("Version", f"{evil}\x01")
    assert "<script" not in failing.markup


def test_a_form_with_a_client_opens_without_the_fields_of_a_connection(client):
    """Each widget is a message to the page."""
    alive = ipywidgets.widgets.widget._instances
    before = set(alive)
    form = apig.ExportForm(client)
    assert len(set(alive) - before) < 250
    Page(form).press("Change connection")
    assert "Where are the APIs?" in Page(form).labels
    form.close()
    assert set(alive) == before


def test_closing_closes_every_widget_of_this_form_only(client):
    other = apig.ExportForm(client)
    before = set(ipywidgets.widgets.widget._instances)
    form = apig.ExportForm(client)
    page = Page(form)
    page.choose("API group", "orders")
    page.press("Export")
    page.press("Explore 19 operations")
    page.press("Export again")
    form.close()
    form.close()
    assert set(ipywidgets.widgets.widget._instances) == before
    assert "application/vnd.jupyter.widget-view+json" not in form._repr_mimebundle_()
    assert len(export_of(form).operations) == 19
    Page(other).choose("API group", "orders")
    Page(other).press("Export")
    assert len(other.exports) == 1
    assert len(client.gateways()) == 3
    other.close()


def test_a_form_with_many_exports_has_as_many_widgets_as_with_one(page):
    page.choose("API group", "orders")
    page.press("Export")
    count = len(ipywidgets.widgets.widget._instances)
    for group in ("payments", "orders"):
        page.press("Change")
        page.choose("API group", group)
        page.press("Export")
    assert len(ipywidgets.widgets.widget._instances) == count
