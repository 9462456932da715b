"""The form against a sandbox. Without an event loop, background work is done at once."""

import json
from collections.abc import Iterator
from typing import Any

import ipywidgets
import pytest

import apig_nb as apig
from apig_nb.request import RELEASE_ENV_ID
from apig_nb.sandbox import Sandbox, start
from tests.connected import connected

from .page import Page, shown, words

ORDERS = "c173067d9f0ed6d82fe1d0efed1909f5"
EVERYTHING = "everything, policies too (all)"
SOME = "some, picked from a list"
AS_TASK = "as a task (async)"


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


def test_every_field_has_a_label_an_explanation_and_its_default(page):
    assert page.labels == [
        *("Reload lists", "Change connection"),
        *("Gateway", "Environment", "API group", "APIs", "Scope", "Standard", "Format", "Version", "Call"),
        *("Export", "The request", "curl", "Python"),
    ]
    assert page.beside("Gateway") == "the gateway (instance) whose APIs are exported"
    assert page.beside("Environment") == "the environment whose published APIs are exported"
    assert page.beside("API group") == "one group is exported at a time"
    assert page.beside("APIs") == "default: every published API of the group"
    assert page.beside("Scope") == "content of the definitions; default: front end only (spec)"
    assert page.beside("Standard") == "version of the standard; default: Swagger 2.0"
    assert page.beside("Format") == "format of the document; default: JSON"
    assert page.beside("Version") == "written to info.version; default: the time of the export"
    assert page.beside("Call").endswith("default: at once")


def test_the_choices_start_with_the_documented_defaults(page):
    assert {label: page.options(label)[0] for label in ("Scope", "Standard", "Format")} == {
        "Scope": "front end only (spec)",
        "Standard": "Swagger 2.0",
        "Format": "JSON",
    }
    assert [len(page.options(label)) for label in ("Scope", "Standard", "Format")] == [4, 2, 3]


def test_lists_fill_themselves_from_the_gateway(page):
    assert page.control("Gateway").label == "retail-prod"
    assert page.options("Gateway") == ["choose…", "retail-prod", "retail-staging", "retail-frozen (Frozen)"]
    assert page.control("Environment").label == "RELEASE"
    assert page.options("API group")[:3] == ["choose…", "archive", "catalog"]
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
    assert "still to choose: Gateway, Environment, API group" in page.status


def test_reloading_lists_keeps_the_choices(page, form):
    page.choose("API group", "orders")
    page.choose("APIs", SOME)
    page.pick("API_orders_get", "API_orders_list")
    before = form.request
    page.press("Reload lists")
    assert form.request == before


def test_missing_choices_are_named_beside_the_button(page, form):
    assert page.status == "still to choose: API group"
    assert page.control("Export").disabled
    assert form.request is None
    page.choose("API group", "orders")
    assert page.status == ""
    assert not page.control("Export").disabled


# Picking APIs


def test_picks_are_kept_while_searching(page, form):
    page.choose("API group", "orders")
    page.choose("APIs", SOME)
    assert page.status == "still to choose: APIs"
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
    page.choose("APIs", "all 19 published")
    assert request_of(form).apis is None


def test_picks_are_dropped_with_their_group(page, form):
    page.choose("API group", "orders")
    page.choose("APIs", SOME)
    page.pick("API_orders_get")
    page.choose("API group", "payments")
    assert page.control("APIs").label.startswith("all ")
    assert request_of(form).apis is None


def test_the_development_state_lists_unpublished_apis(page):
    page.choose("API group", "orders")
    page.choose("Scope", "front end and backend, unpublished APIs too (dev)")
    listed = page.options("APIs")[0]
    assert listed.endswith("of the group")
    assert int(listed.split()[1]) > 19
    page.choose("Scope", EVERYTHING)
    assert page.options("APIs")[0] == "all 19 published"


# The request


def test_defaults_are_not_sent(page, form):
    page.choose("API group", "orders")
    assert form.request.given == {"project_id", "instance_id", "env_id", "group_id"}
    page.choose("Scope", EVERYTHING)
    page.choose("Standard", "OpenAPI 3.0")
    page.choose("Format", "YAML, named .yml")
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
    for button in ("The request", "curl", "Python"):
        page.press(button)
    assert page.text.count("There is no request yet.") == 3
    page.choose("API group", "orders")
    page.choose("Standard", "OpenAPI 3.0")
    assert f"POST {sandbox.url}{form.request.path()}?oas_version=3.0" in page.text
    assert form.request.curl(sandbox.url) in page.text
    assert form.request.python(sandbox.url) in page.text
    assert sandbox.token not in page.markup
    page.press("curl")
    assert "X-Auth-Token" not in page.text


@pytest.mark.parametrize("service", ["apig", "roma"])
def test_the_shown_request_has_the_address_of_the_client(sandbox, service):
    with connected(sandbox, service=service) as client:
        form = apig.ExportForm(client)
        page = Page(form)
        for button in ("The request", "curl", "Python"):
            page.press(button)
        page.choose("API group", "orders")
        word = "/apic/" if service == "roma" else "/apigw/"
        assert page.text.count(f"{word}instances/{client.instance_id}/openapi/export") == 2
        assert ("service='roma'" in page.text) == (service == "roma")
        form.close()


@pytest.mark.parametrize("mode", ["direct", "async", "auto"])
def test_the_shown_python_makes_the_same_call(page, sandbox, monkeypatch, mode):
    monkeypatch.setenv("APIG_TOKEN", sandbox.token)
    page.press("Python")
    page.choose("API group", "orders")
    page.choose("Call", next(option for option in page.options("Call") if mode in option))
    made = run_shown_python(page)
    assert len(made["export"].operations) == 19
    assert ("async-export" in " ".join(made["client"].log["call"])) == (mode == "async")


@pytest.mark.parametrize("service", [None, "roma"])
def test_the_shown_python_for_the_sandbox_starts_a_sandbox(service):
    form = apig.ExportForm(apig.connect("sandbox", service=service) if service else None)
    page = Page(form)
    if not service:
        page.press("Connect")
    page.choose("API group", "orders")
    page.choose("Call", AS_TASK)
    page.press("Python")
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
    for button in ("The request", "curl"):
        page.press(button)
    page.choose("Call", AS_TASK)
    assert form.request == before
    assert page.text.count("/openapi/async-export") == 2
    assert "/openapi/export" not in page.text
    assert page.text.count("async-tasks/{task_id}") == 2
    page.choose("Call", "at once, else as a task (auto)")
    assert page.text.count("/openapi/export") == 2
    assert page.text.count(f"refused for size or time: the same to {form.request.path(as_task=True)}") == 2


# Exporting and saving


def test_exports_are_kept_and_shown(page, form):
    assert (form.export, form.exports) == (None, ())
    page.choose("API group", "orders")
    page.choose("Scope", EVERYTHING)
    page.press("Export")
    assert "orders RELEASE all: 19 operations on 13 paths" in page.status
    assert form.export.request_id in page.text
    tabs = next(part for part in shown(form._box) if isinstance(part, ipywidgets.Tab))
    assert tabs.titles[:2] == ("operations (19)", "paths (13)")
    assert "API_orders_get" in page.text
    page.choose("API group", "payments")
    page.press("Export")
    assert [export.group for export in form.exports] == ["orders", "payments"]
    assert form.export is form.exports[-1]
    assert "API_orders_get" not in page.text


def test_an_empty_export_is_a_result(page, form):
    page.choose("API group", "archive")
    page.press("Export")
    assert "archive RELEASE spec: nothing is published here" in page.status
    assert len(form.exports) == 1


def test_a_button_saves_the_document(page, form, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page.choose("API group", "orders")
    page.press("Export")
    page.press("Save")
    (saved,) = tmp_path.iterdir()
    assert saved.read_bytes() == form.export.raw
    assert f"saved as {saved.name}" in page.status
    page.type("Save as", "mine.json")
    page.press("Save")
    assert (tmp_path / "mine.json").read_bytes() == form.export.raw
    page.type("Save as", "no/such/folder.json")
    page.press("Save")
    assert "✕ no such file or directory" in page.beside("Save as")
    assert "saved as" not in page.status


def test_a_document_that_cannot_be_read_can_still_be_saved(failing, gateway, tmp_path):
    gateway.fault("export", body='{"swagger": "2.0", "paths": [}', media_type="application/json")
    failing.press("Export")
    assert "the document was received, but cannot be read" in failing.status
    failing.type("Save as", str(tmp_path / "odd.json"))
    failing.press("Save")
    assert (tmp_path / "odd.json").read_text() == '{"swagger": "2.0", "paths": [}'


def test_the_progress_of_a_task_is_shown(page, form):
    page.choose("API group", "orders")
    page.choose("Call", AS_TASK)
    said = []
    form._result._status.observe(lambda change: said.append(words(change["new"]).strip()), names="value")
    page.press("Export")
    assert said[0] == "exporting…"
    assert said[1].startswith("exporting as a task: waiting · task")
    assert said[2].startswith("exporting as a task: processing · task")
    assert said[-1].startswith("orders RELEASE spec: 19 operations")


def test_warnings_are_shown_below_the_status_line(failing, gateway):
    gateway.fault("export", status=413)
    failing.choose("Call", "at once, else as a task (auto)")
    failing.press("Export")
    assert "19 operations on 13 paths" in failing.status
    assert "▲ warning: the direct call failed for size or time (413" in failing.status
    failing.choose("Standard", "OpenAPI 3.0")
    evil = "<b>" * 1000
    document = json.dumps({"swagger": "2.0", "info": {"title": evil, "version": "1"}, "paths": {}})
    gateway.fault("export", body=document, media_type="application/json")
    failing.press("Export")
    assert failing.status.count("▲ warning: ") == 2
    assert "▲ warning: OpenAPI 3.0 was requested, Swagger 2.0 was received" in failing.status
    assert "<b>" not in failing.markup
    assert len(failing.status) < 1000
    gateway.fault("export", body='{"swagger": "2.0", "paths": [}', media_type="application/json")
    failing.press("Export")
    assert "cannot be read" in failing.status
    failing.choose("Standard", "Swagger 2.0")
    failing.press("Export")
    assert "▲" not in failing.status


# When things go wrong


def test_ids_are_typed_if_listing_is_forbidden(gateway):
    with client_of(gateway, "exporter") as client:
        form = apig.ExportForm(client)
        page = Page(form)
        assert page.control("Gateway").label == "retail-prod"
        assert page.control("Environment").value == RELEASE_ENV_ID
        assert page.beside("API group") == "Listing is not allowed with these credentials. Type the id."
        page.type("API group", "0" * 32)
        assert page.options("APIs") == ["all of them", "some, by id"]
        page.press("Export")
        assert "APIG.3001" in page.beside("API group")
        assert "see the field that is marked" in page.status
        page.type("API group", f" {ORDERS} ")
        assert "APIG.3001" not in page.beside("API group")
        page.press("Export")
        assert len(export_of(form).operations) == 19
        page.choose("APIs", "some, by id")
        page.type("API ids", "a, a")
        assert "same id twice" in page.beside("APIs")
        assert page.control("Export").disabled
        form.close()


@pytest.mark.parametrize(
    ("call", "label"),
    [("instances", "Gateway"), ("envs", "Environment"), ("api_groups", "API group"), ("apis", "APIs")],
)
def test_each_list_may_be_forbidden_and_its_id_is_typed(gateway, call, label):
    with client_of(gateway) as client:
        form = apig.ExportForm(client)
        page = Page(form)
        page.choose("API group", "orders")
        wanted = request_of(form)
        gateway.fault(call, status=403)
        page.press("Reload lists")
        assert page.beside(label).startswith("Listing is not allowed with these credentials.")
        assert "✕" not in page.text
        if label == "APIs":
            page.choose("APIs", "some, by id")
            page.type("API ids", client.apis("orders")["id"][0])
            wanted = wanted.replace(apis=[client.apis("orders")["id"][0]])
        else:
            known = wanted.to_dict()[{"instances": "instance_id", "envs": "env_id", "api_groups": "group_id"}[call]]
            assert page.control(label).value == known  # what was chosen stands there as text
            page.type(label, "")
            assert f"still to choose: {label}" in page.status
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
    page.type("Version", "1\x01")
    assert "must not hold control characters" in page.beside("Version")
    page.choose("API group", "orders")
    assert page.control("Export").disabled
    assert page.status == "✕ version: must not hold control characters, got '1\\x01' | see the field that is marked ✕"
    page.type("Version", "1")
    assert "✕" not in page.text
    assert form.request.version == "1"


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_an_error_of_the_service_is_shown_and_the_form_stays_usable(failing, gateway, status):
    gateway.fault("export", status=status, times=9)
    failing.press("Export")
    assert f"✕ {status} " in failing.status
    gateway.stop()
    failing.press("Export")
    assert "no connection to 127.0.0.1" in failing.status
    assert not failing.control("Export").disabled


def test_a_timeout_is_shown(gateway):
    with client_of(gateway, timeout=0.2) as client:
        form = apig.ExportForm(client)
        page = Page(form)
        page.choose("API group", "orders")
        gateway.fault("export", delay=1)
        page.press("Export")
        assert "did not answer within 0.2 s" in page.status
        gateway.fault("api_groups", delay=1)
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
        page.press("Reload lists")
        assert page.control("API group").label == "orders"
        assert not page.control("Export").disabled
        form.close()


def test_an_unexpected_error_is_shown(page, form, monkeypatch):
    page.choose("API group", "orders")
    monkeypatch.setattr(form.client, "send", lambda request, **how: 1 / 0)
    page.press("Export")
    assert "ZeroDivisionError: division by zero" in page.status


# Connecting


def test_without_a_client_it_asks_where_to_connect(gateway):
    form = apig.ExportForm()
    page = Page(form)
    assert (repr(form), form.client, form.request) == ("<ExportForm not connected>", None, None)
    assert page.labels == ["Connect to", "Connect"]
    page.choose("Connect to", "A cloud, with a token")
    assert page.labels == ["Connect to", "Endpoint", "Project id"]
    assert page.beside("Token") == "project-scoped, not kept in the notebook; empty: credentials of this machine"
    page.send_token("x")
    assert "project_id: is missing" in page.beside("Project id")
    page.type("Project id", gateway.project_id)
    page.send_token("x")
    assert "endpoint: is missing" in page.beside("Endpoint")
    page.type("Endpoint", gateway.url)
    page.send_token("")
    assert "token is missing" in page.status
    page.send_token("wrong")
    assert "401" in page.status
    page.send_token(gateway.token)
    client = form.client
    assert client is not None
    assert client.endpoint == gateway.url
    assert page.control("Gateway").label == "choose…"
    form.close()
    with pytest.raises(apig.TransportError, match="closed"):
        client.gateways()


def test_the_connection_can_be_changed(form, page, gateway):
    given = form.client
    page.choose("API group", "orders")
    page.press("Export")
    page.press("Change connection")
    page.press("Cancel")
    assert page.control("API group").label == "orders"
    page.press("Change connection")
    page.press("Connect")
    assert (form.client.where, len(form.exports)) == ("sandbox", 1)
    assert form.client is not given
    assert len(given.gateways()) == 3  # whoever made it closes it
    page.choose("API group", "payments")
    page.press("Export")
    assert len(form.exports) == 2


def test_a_token_without_the_right_to_list_gateways_is_accepted(gateway):
    form = apig.ExportForm()
    page = Page(form)
    page.choose("Connect to", "A cloud, with a token")
    page.type("Endpoint", gateway.url)
    page.type("Project id", gateway.project_id)
    gateway.fault("instances", status=403)
    page.send_token(gateway.token)
    assert page.beside("Gateway").startswith("Listing is not allowed")
    form.close()


@pytest.mark.slow
def test_a_token_is_in_no_widget_state(gateway):
    form = apig.ExportForm()
    page = Page(form)
    page.choose("Connect to", "A cloud, with a token")
    page.type("Endpoint", gateway.url)
    page.type("Project id", gateway.project_id)
    field = page.control("Token")
    for token in ("not-the-token-of-anybody", gateway.token):
        page.send_token(token)
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
    assert evil in failing.text.replace(" ", "")
    gateway.fault("export", status=400, body=json.dumps({"error_code": "X", "error_msg": evil}))
    failing.press("Export")
    named = {"total": 1, "groups": [{"id": evil, "name": evil}], "apis": [{"id": "1", "name": evil}]}
    for call in ("api_groups", "apis"):
        gateway.fault(call, body=json.dumps(named), media_type="application/json")
    failing.press("Reload lists")
    failing.press("Python")
    failing.type("Version", f"{evil}\x01")
    assert "<script" not in failing.markup


def test_closing_closes_every_widget_of_this_form_only(client):
    other = apig.ExportForm(client)
    before = set(ipywidgets.widgets.widget._instances)
    form = apig.ExportForm(client)
    page = Page(form)
    page.choose("API group", "orders")
    page.press("Export")
    page.press("Export")
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
        page.choose("API group", group)
        page.press("Export")
    assert len(ipywidgets.widgets.widget._instances) == count
