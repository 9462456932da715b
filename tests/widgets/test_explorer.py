"""The explorer with exports of a sandbox and with hostile files."""

import asyncio
import json
import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import ipywidgets
import pytest

import apig_nb as apig
from apig_nb.definition import Operation
from apig_nb.text import HARMFUL
from apig_nb.widgets.explorer.explorer import TABLES_BY_TITLE
from apig_nb.widgets.explorer.facets import MAX_VALUES
from apig_nb.widgets.explorer.operation_source import MAX_VALUES as MAX_SOURCE_VALUES
from apig_nb.widgets.explorer.operation_source import operation_source
from apig_nb.widgets.explorer.sample_call import SampleCall, sample_call
from apig_nb.widgets.explorer.schema_tree import MAX_NODES
from tests.connected import connected
from tests.hostile import DOCUMENTS, FOLDER

from .explorer_page import ExplorerPage, every
from .page import words

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def orders(sandbox: Any) -> apig.Export:
    with connected(sandbox) as client:
        return client.export(group="orders", env="RELEASE", define="all")


@pytest.fixture
def page(orders: apig.Export) -> Iterator[ExplorerPage]:
    explorer = apig.Explorer(orders)
    yield ExplorerPage(explorer)
    explorer.close()


def explore(tree: dict[str, Any]) -> ExplorerPage:
    return ExplorerPage(apig.Explorer(apig.load(json.dumps(tree).encode())))


def schema_text(schema: object, **schemas: object) -> str:
    """Text of the page for a body of this schema."""
    content = {"application/json": {"schema": schema}}
    operation = {"operationId": "only", "requestBody": {"content": content}, "responses": {}}
    components = {"schemas": schemas}
    page = explore({"openapi": "3.0.3", "info": {}, "paths": {"/a": {"post": operation}}, "components": components})
    page.select("only")
    said = page.part("Request")
    page.explorer.close()
    return " ".join(said.split())


# Finding operations


def test_the_heading_describes_the_export(page, orders):
    assert "orders · RELEASE · everything" in page.text
    assert "19 operations on 13 paths · Swagger 2.0 · 0 problems" in page.text
    assert orders.time.astimezone().strftime("%Y-%m-%d %H:%M") in page.text


def test_a_single_item_is_counted_in_the_singular():
    page = explore({"swagger": "2.0", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": {}}}})
    assert "1 operation on 1 path · Swagger 2.0 · 1 problem" in page.text
    page.explorer.close()


def test_facets_count_operations_matched_by_other_facets_and_the_search(page):
    assert page.facets["Method"] == {"GET": 11, "POST": 3, "DELETE": 2, "PUT": 1, "PATCH": 1, "ANY": 1}
    assert page.facets["Authentication"] == {"APP": 12, "AUTHORIZER": 3, "IAM": 2, "NONE": 2}
    page.press("Authentication", "APP")
    assert page.pressed == ["APP"]
    assert page.facets["Authentication"] == {"APP": 12, "AUTHORIZER": 3, "IAM": 2, "NONE": 2}
    assert sum(page.facets["Method"].values()) == 12
    page.press("Authentication", "IAM")
    assert set(page.explorer.filtered["auth"]) == {"APP", "IAM"}
    page.press("Method", "DELETE")
    assert page.explorer.filtered["method"].tolist() == ["DELETE", "DELETE"]
    page.search("items")
    assert page.explorer.filtered["operation_id"].tolist() == ["API_orders_items_remove"]
    assert page.facets["Method"]["GET"] == 1
    page.clear()
    assert page.pressed == []
    assert len(page.explorer.filtered) == sum(page.facets["Method"].values()) == 4


def test_facet_counts_agree_with_the_table(page, orders):
    table = orders.operations
    for name, column in (("Method", "method"), ("Authentication", "auth"), ("Backend", "backend_type")):
        assert page.facets[name] == table[column].value_counts().to_dict()
    for tag, count in page.facets["Tag"].items():
        page.press("Tag", tag)
        assert page.explorer.filtered.equals(table[table["tags"].map(lambda tags: tag in tags)])  # noqa: B023
        assert len(page.explorer.filtered) == count
        page.clear()
    assert page.facets["Policy"]["throttling throttle_basic"] == (table["ratelimit"] == "throttle_basic").sum()
    without = table["ratelimit"].isna() & ~table["access_control"].astype(bool) & ~table["plugins"].astype(bool)
    assert page.facets["Policy"]["no policy"] == without.sum()


def test_a_facet_without_values_is_not_shown():
    page = explore({"swagger": "2.0", "paths": {"/a": {"get": {}}}})
    assert list(page.facets) == ["Method", "Authentication"]
    page.explorer.close()
    page = explore({"swagger": "2.0", "paths": {}})
    assert page.facets == {}
    assert "0 operations on 0 paths" in page.text
    page.explorer.close()


def test_of_thousands_of_tags_some_are_offered_and_the_others_are_counted():
    paths = {f"/{n}": {"get": {"tags": [f"tag {n}"], "responses": {}}} for n in range(3_000)}
    page = explore({"swagger": "2.0", "paths": paths})
    tags = next(facet for facet in page._bar.facets if facet["name"] == "Tag")
    assert (len(tags["values"]), tags["unlisted"]) == (MAX_VALUES, 3_000 - MAX_VALUES)
    page._bar._handle_custom_msg({"press": [9, 99_999, True], "of": ["Tag", "t"]}, [])
    page._bar._handle_custom_msg({"press": ["Tag", None, 1], "of": ["Tag", "t"]}, [])
    assert page.pressed == []
    page.explorer.close()


# The page of an operation


def test_empty_columns_are_not_shown_at_first():
    page = explore({"swagger": "2.0", "paths": {"/a": {"get": {"operationId": "a", "tags": ["t"]}}}})
    state = page._grid.state
    assert [state["columns"][n]["name"] for n in state["query"]["columns"]] == ["method", "path", "auth"]
    page.explorer.close()


def test_a_protocol_without_a_host_is_not_shown_as_an_address():
    page = explore({"swagger": "2.0", "schemes": ["https"], "paths": {"/a": {"get": {"operationId": "a"}}}})
    page.select("a")
    assert "Client https" in " ".join(page.head.split())
    assert "https://the-address-of-the-group/a" in page.explorer._operations._call._texts["curl"]
    page.explorer.close()


def test_a_policy_is_one_tag_whatever_its_name():
    page = explore({"swagger": "2.0", "paths": {"/a": {"get": {"x-apigateway-plugins": ["x\nthrottling:y"]}}}})
    position = [column["name"] for column in page._grid.state["columns"]].index("ratelimit")
    shown = page._grid.state["query"]["columns"].index(position)
    assert page._grid.state["rows"][0][1][shown] == "plugin:x throttling:y"
    page.explorer.close()


def test_selecting_an_operation_opens_its_page_and_returns_it_to_code(page):
    assert page.head.strip() == ""
    assert page.explorer.selected.empty
    page.select("API_orders_get")
    assert page.explorer.selected["path"].tolist() == ["/orders/{orderId}"]
    assert " ".join(page.head.split()).startswith("GET /orders/ {orderId} API_orders_get · tag orders")
    page.search("nothing like it")
    assert len(page.explorer.selected) == 1


def test_the_path_of_a_call_leads_from_client_to_backend(page):
    page.select("API_orders_get")
    way = " ".join(page.head.split())
    for said in (
        "Client https public",
        "Authentication authorizer authorizer_customers",
        "Throttling 200 / second throttle_basic",
        "if request orderId pattern ^eu-.*, or source 192.0.2.0/24 "
        "http VPC_orders_eu/v1/orders/{orderId} 5 s · policy_eu",
        "otherwise https orders.internal.example.com:8443/v1/orders/{orderId} 15 s",
    ):
        assert said in way


def test_a_sample_call_has_placeholders_for_credentials(page):
    page.select("API_orders_get")
    call = page.explorer._operations._call
    assert call._texts["curl"] == (
        "curl \\\n  -H 'Authorization: <credential>' https://orders.api.example.com/orders/o-1001"
    )
    assert '"GET",\n    "https://orders.api.example.com/orders/o-1001"' in call._texts["Python"]
    page.select("API_orders_list")
    assert "X-Apig-AppCode: <AppCode>" in call._texts["curl"]


def sample(server: str, path: str = "/a", **parameters: str) -> SampleCall:
    """The sample call of an operation with these query parameters and their examples."""
    query = [{"name": name, "in": "query", "required": True, "example": text} for name, text in parameters.items()]
    header = {"name": "X-A", "in": "header", "required": True, "example": "a -H b -d c"}
    place = {"name": "p", "in": "path", "required": True, "example": "x/?#&"}
    get = {"parameters": [*query, header, place]}
    document = {"openapi": "3.0.3", "info": {"title": "t"}, "servers": [{"url": server}], "paths": {path: {"get": get}}}
    return sample_call(apig.load(json.dumps(document).encode()).definition.operations[0])


def test_a_copied_call_is_one_command_whatever_the_document_says():
    # A terminal takes what follows the end of a bracketed paste for typed keys.
    call = sample("https://a.example", "/a\nb/{p}", **{"q\x1b[201~\x03\n": "\u202ex&y=z#\ud800", "[]": "<x>"})
    assert shlex.split(call.curl().replace("\\\n", "")) == [
        *("curl", "-g", "-H", "X-A: a -H b -d c"),
        "https://a.example/a%0Ab/x%2F%3F%23%26?q%1B[201~%03%0A=%E2%80%AEx%26y%3Dz%23%5Cud800&[]=<x>",
    ]
    assert not HARMFUL.search(call.python())
    assert 'params={"q\\u001b[201~' in call.python()


@pytest.mark.parametrize(
    ("server", "address"),
    [
        ("-o/tmp/x", "https://the-address-of-the-group/a"),
        ("file:///etc", "https://the-address-of-the-group/a"),
        ("/v1", "https://the-address-of-the-group/v1/a"),
        ("//a.example/v1/", "https://a.example/v1/a"),
        ("HTTP://[::1]:80", "HTTP://[::1]:80/a"),
    ],
)
def test_a_sample_call_goes_to_an_http_address(server, address):
    assert sample(server).url == address
    assert shlex.split(sample(server).curl().replace("\\\n", ""))[-1] == address


def test_closing_the_panel_drops_the_selection(page):
    page.select("API_orders_get")
    panel = page.explorer._operations._panel
    panel._guard._handle_custom_msg({"close": True}, [])
    assert page.explorer.selected.empty
    assert panel._panel.layout.display == "none"


# Questions


def test_questions_are_counted_and_narrow_the_table(page, orders):
    operations = orders.definition.operations
    backends = orders.backends
    assert page.questions["no authentication"] == str((orders.operations["auth"] == "NONE").sum())
    over_http = backends[backends["scheme"].str.lower() == "http"]
    keys = over_http[["method", "path"]].drop_duplicates()
    assert page.questions["plain-http backend"] == str(len(keys)) == "5"
    page.ask("plain-http backend")
    found = page.explorer.filtered[["method", "path"]]
    assert sorted(map(tuple, found.to_numpy())) == sorted(map(tuple, keys.to_numpy()))
    page.ask("no authentication")
    assert page.explorer.filtered.empty
    page.ask("plain-http backend")
    assert set(page.explorer.filtered["auth"]) == {"NONE"}
    page.ask("no authentication")
    assert len(page.explorer.filtered) == len(operations)
    page.ask("what is the meaning of it")
    assert len(page.explorer.filtered) == len(operations)


def test_questions_that_an_export_cannot_answer_say_so(sandbox):
    with connected(sandbox) as client:
        page = ExplorerPage(apig.Explorer(client.export(group="orders", env="RELEASE")))
    assert "not in this export: backends, policies" in page.text
    assert page.facets["Backend"] == page.facets["Policy"] == {"not in this export": 19}
    missing = {name for name, count in page.questions.items() if count == "not in this export"}
    assert missing == {"plain-http backend", "no throttling", "slow, over 10 s"}
    page.select("API_orders_get")
    assert "backend: not in this export" in page.head
    assert "Throttling not in this export" in " ".join(page.head.split())
    assert "Not in this export: throttling, access control, plug-ins" in page.charts()
    assert "contains no backends" in words(page.table("backends").value)
    assert page.part("Backend").strip() == "not in this export."
    assert "not in this export" in page.part("Policies")
    page.explorer.close()


def test_a_page_contains_parameters_responses_mapping_and_policies(page):
    page.select("API_orders_list")
    request = " ".join(page.part("Request").split())
    assert 'status query string maxLength=16, enum=["OPEN", "PAID", "SHIPPED", "DELIVERED", "CANCELLED"]' in request
    assert "No request body." in request
    assert '{"error":"bad request"}' in page.part("Responses")
    backend = " ".join(page.part("Backend").split())
    assert "limit of the request → limit query" in backend
    assert "constant apigateway → X-Invoke-User header Names the caller for the order system" in backend
    policies = " ".join(page.part("Policies").split())
    assert "app apig-auth-app" in policies
    assert "access control acl_office PERMIT IP" in policies
    assert "plug-in cache_lists not contained in the export" in policies


def test_a_page_lists_problems_of_the_operation_and_its_path():
    page = explore(
        {
            "swagger": "2.0",
            "info": {"title": "t", "version": "1"},
            "paths": {
                "/a": {
                    "parameters": "none",
                    "get": {"operationId": "get", "responses": 1},
                    "put": {"operationId": "put", "responses": {}, "tags": 7},
                },
                "/a/b": {"get": {"operationId": "other", "responses": 2}},
                "/c": {"get": {"operationId": "none", "responses": {"default": {"description": "d"}}}},
            },
        }
    )
    page.select("none")
    assert "/paths/" not in page.head
    page.select("get")
    assert "/paths/~1a/get/responses" in page.head
    assert "/paths/~1a/parameters" in page.head
    page.select("put")
    assert "/paths/~1a/put/tags" in page.head
    page.select("other")
    assert "/paths/~1a~1b/get/responses" in page.head
    assert "/paths/~1a/" not in page.head
    assert page.questions["problems"] == "3"
    page.explorer.close()


@pytest.mark.parametrize("name", ["every-field.yaml", "exports/export-all-oas3.json"])
@pytest.mark.parametrize(("language", "begins"), [("JSON", "{\n"), ("YAML", "/")])
def test_the_source_is_the_part_of_the_operation_in_the_chosen_format(name, begins, language):
    export = apig.load(DATA / name)
    page = ExplorerPage(apig.Explorer(export))
    for operation in export.definition.operations:
        if operation.text("operationId"):
            page.select(str(operation.text("operationId")))
            source = page.source(language)
            assert source.startswith(begins)
            again = apig.load(
                f"swagger: '2.0'\npaths:\n{indented(source)}".encode()
                if begins == "/"
                else f'{{"swagger": "2.0", "paths": {source}}}'.encode()
            )
            (read,) = again.definition.operations
            assert (read.path, read.raw) == (operation.path, operation.raw)
    page.explorer.close()


def indented(text: str) -> str:
    return "".join(f"  {line}" for line in text.splitlines(keepends=True))


def test_every_operation_of_hostile_documents_is_written_in_both_formats():
    written = [
        (path.name, language)
        for path in FOLDER.glob("*.*")
        for operation in operations_of(path)
        for language in ("json", "yaml")
        if operation_source(operation, language)
    ]
    assert {("nan-infinity.json", "yaml"), ("yaml-complex-keys.yaml", "json")} < set(written)


def operations_of(path: Path) -> Sequence[Operation]:
    try:
        return apig.load(path).definition.operations
    except apig.DocumentError:
        return ()


def test_the_open_operation_is_written_in_another_format():
    page = explore({"swagger": "2.0", "paths": {"/a": {"get": {"operationId": "a"}}}})
    page.select("a")
    assert page.source() == '{\n  "/a": {\n    "get": {\n      "operationId": "a"\n    }\n  }\n}'
    assert page.source("YAML") == "/a:\n  get:\n    operationId: a\n"
    page.explorer.close()


def test_many_extensions_and_alternatives_of_authentication_are_counted():
    many = range(1000)
    get = {"security": [{f"s{n}": []} for n in many], **{f"x-{n}": n for n in many}, "operationId": "many"}
    page = explore({"swagger": "2.0", "paths": {"/a": {"get": get}}})
    page.select("many")
    shown = page.explorer._operations._parts["Policies"].value
    assert shown.count("… 950 more are omitted here; the source has them") == 2
    assert len(shown) < 20_000
    page.explorer.close()


def test_a_source_that_is_too_large_is_replaced_by_a_message():
    enum = list(range(MAX_SOURCE_VALUES))
    parameters = [{"name": "n", "in": "query", "type": "integer", "enum": enum}]
    page = explore({"swagger": "2.0", "paths": {"/a": {"get": {"operationId": "large", "parameters": parameters}}}})
    page.select("large")
    assert "more than 20,000 values or 200,000 characters; see export.text" in page.source()
    page.explorer.close()


# Schemas


def test_a_schema_is_a_tree_with_resolved_references():
    order = {
        "type": "object",
        "required": ["id"],
        "properties": {
            "id": {"type": "string", "maxLength": 36, "description": "The number"},
            "lines": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}},
        },
    }
    line = {"properties": {"count": {"type": "integer", "nullable": True}}, "additionalProperties": {"type": "string"}}
    said = schema_text({"$ref": "#/components/schemas/Order"}, Order=order, Line=line)
    assert said.endswith(
        "Order id string · required · maxLength=36 · The number lines Line[] each item Line count integer · or null"
        " any other key string"
    )


def test_a_recursive_schema_is_cut_with_a_message():
    node = {"properties": {"next": {"$ref": "#/components/schemas/Node"}, "value": {"type": "string"}}}
    said = schema_text({"$ref": "#/components/schemas/Node"}, Node=node)
    assert said.endswith("Node next Node · Node again, as above value string")
    assert "leads nowhere" in schema_text({"$ref": "#/components/schemas/Missing"})
    assert "leads in a circle" in schema_text({"$ref": "#/components/schemas/A"}, A={"$ref": "#/components/schemas/A"})


def test_alternatives_of_a_schema_are_numbered():
    said = schema_text({"oneOf": [{"type": "string"}, {"type": "integer"}], "not": {"enum": [0]}})
    alternatives = "oneOf(string, integer) one of these, 1 string one of these, 2 integer"
    assert said.endswith(f"{alternatives} not anything · enum=[0]")


def test_a_very_wide_or_deep_schema_is_cut_with_a_message():
    wide = schema_text({"properties": {f"p{n}": {"type": "string"} for n in range(100_000)}})
    assert f"p{MAX_NODES - 2} string … more is omitted here" in wide
    deep: dict[str, Any] = {}
    for _ in range(50):
        deep = {"properties": {"inner": deep}}
    assert "nested deeper than is shown here" in schema_text(deep)
    laughs = {
        f"S{n}": {"properties": {k: {"$ref": f"#/components/schemas/S{n + 1}"} for k in "abcdefgh"}} for n in range(9)
    }
    assert schema_text({"$ref": "#/components/schemas/S0"}, **laughs).count("more is omitted here") == 1


# Another export


@pytest.fixture(scope="module")
def tested(sandbox: Any) -> apig.Export:
    with connected(sandbox) as client:
        return client.export(group="orders", env="TEST", define="all")


def test_another_export_is_shown_as_in_an_explorer_of_its_own(page, tested):
    page.table("backends")
    page.explorer.show(tested)
    own = ExplorerPage(apig.Explorer(tested))
    assert page.explorer.export is tested
    assert repr(page.explorer) == repr(own.explorer)
    for look in (
        ExplorerPage.charts,
        lambda one: (one.facets, one.questions, one.text, one.explorer.filtered.to_csv()),
    ):
        assert look(page) == look(own)
    for title in TABLES_BY_TITLE:
        assert page.table(title).state["rows"] == own.table(title).state["rows"]
    own.explorer.close()


def test_another_export_keeps_search_filters_questions_and_the_open_operation(page, tested, orders):
    page.select("API_orders_get")
    page.search("orders")
    page.press("Method", "GET")
    page.ask("problems")
    page.ask("no throttling")
    for export in (tested, orders):
        page.explorer.show(export)
        assert page.explorer.selected["operation_id"].tolist() == ["API_orders_get"]
        assert "API_orders_get" in page.head
        assert page._grid.state["query"]["search"] == "orders"
        assert page.pressed == ["GET"]
        assert [item["text"] for item in page._chips.items if item["pressed"]] == ["no throttling", "problems"]
    page.ask("problems")
    page.ask("no throttling")
    frame = orders.operations
    expected = frame[(frame["method"] == "GET") & frame["path"].str.contains("orders")]
    assert page.explorer.filtered["path"].tolist() == expected["path"].tolist()


def test_what_another_export_does_not_have_is_dropped(page, sandbox):
    page.select("API_orders_get")
    page.press("Tag", next(iter(page.facets["Tag"])))
    page.ask("plain-http backend")
    with connected(sandbox) as client:
        catalog = client.export(group="catalog", env="RELEASE")
    page.explorer.show(catalog)
    assert page.explorer.selected.empty
    assert page.pressed == []
    assert not [item for item in page._chips.items if item["pressed"]]
    assert len(page.explorer.filtered) == len(catalog.operations) > 0


def test_a_choice_made_while_another_export_is_opened_is_not_one_of_it(page):
    facet, menu = 1, page._bar.facets[1]
    message = {"press": [facet, 0, True], "of": [menu["name"], menu["values"][0][0]]}
    page.explorer.show(apig.load(DATA / "every-field.yaml"))
    assert page._bar.facets[facet]["values"]
    page._bar._handle_custom_msg(message, [])
    page._bar._handle_custom_msg({"clear": 99, "of": "Tag"}, [])
    assert page.pressed == []


def test_an_export_that_cannot_be_read_leaves_the_explorer_as_it_is(page, orders):
    with pytest.raises(apig.DocumentError):
        page.explorer.show(apig.Export(raw=b"[]"))
    assert page.explorer.export is orders
    assert len(page.explorer.filtered) == 19


# The other tabs


def test_each_table_is_built_when_it_is_first_opened(page, orders, monkeypatch):
    lengths = {title: len(getattr(orders, name)) for title, name in TABLES_BY_TITLE.items()}
    made: list[str] = []
    real = apig.Export._table

    def counted(export: apig.Export, name: str) -> Any:
        made.append(name)
        return real(export, name)

    monkeypatch.setattr(apig.Export, "_table", counted)
    for title in (*TABLES_BY_TITLE, *TABLES_BY_TITLE):
        assert page.table(title).state["count"] == lengths[title]
    assert made == list(TABLES_BY_TITLE.values())


def test_charts_count_the_visible_operations(page):
    charts = " ".join(page.charts().split())
    assert charts.startswith("19 operations Method value operations share GET 11 58 % POST 3 16 %")
    assert "throttling 18 95 %" in charts
    page.press("Authentication", "NONE")
    charts = " ".join(page.charts().split())
    assert charts.startswith("2 operations of 19, those that the table shows")
    assert "some authentication 0 0 %" in charts


def test_charts_of_no_operations():
    page = explore({"swagger": "2.0", "paths": {}})
    assert "0 operations" in page.charts()
    page.explorer.close()


# What may come, where no kernel runs, and the end


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_a_hostile_document_stays_text_in_every_part(path):
    export = apig.load(path)
    page = ExplorerPage(apig.Explorer(export))
    for title in TABLES_BY_TITLE:
        page.table(title)
    page.charts()
    for number in range(len(export.operations)):
        page.click(number)
        everything = page.markup + str(page.explorer._repr_mimebundle_())
        for harm in ("<script", "<img"):
            assert harm not in everything
        assert not HARMFUL.search(everything)
        states = json.dumps([part.get_state() for part in every(page.explorer.widget)], default=str, ensure_ascii=False)
        states.encode("utf-8")
        assert not HARMFUL.search(states)
        assert not re.search(r"(?<!\\)\\u00[01]", states)
    page.explorer.close()


def test_a_document_that_cannot_be_read_raises_at_once():
    export = apig.Export(raw=b'{"error_code": "APIG.1", "error_msg": "no"}')
    with pytest.raises(apig.DocumentError, match="not an API document"):
        apig.Explorer(export)


def test_a_saved_notebook_has_a_static_fallback(page):
    bundle = page.explorer._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == page.explorer.widget.model_id
    assert bundle["text/plain"] == "<Explorer of 19 operations: orders · RELEASE · everything, policies too>"
    assert "<b>orders · RELEASE · everything, policies too</b>" in str(bundle["text/html"])
    assert "/orders/{orderId}/history" in str(bundle["text/html"])


def test_closing_closes_every_widget_of_this_explorer_only(orders):
    other = ExplorerPage(apig.Explorer(orders))
    before = set(ipywidgets.widgets.widget._instances)
    page = ExplorerPage(apig.Explorer(orders))
    page.select("API_orders_get")
    for title in TABLES_BY_TITLE:
        page.table(title)
    page.charts()
    explorer = page.explorer
    explorer.close()
    explorer.close()
    assert set(ipywidgets.widgets.widget._instances) == before
    assert "application/vnd.jupyter.widget-view+json" not in explorer._repr_mimebundle_()
    assert len(explorer.filtered) == 19
    other.press("Authentication", "IAM")
    assert len(other.explorer.filtered) == 2
    other.explorer.close()


def test_in_a_notebook_the_last_selection_is_shown(orders):
    async def main() -> None:
        page = ExplorerPage(apig.Explorer(orders))
        for name in ("API_orders_get", "API_orders_list", "API_orders_create"):
            page.select(name)
        async with asyncio.timeout(60):
            while "API_orders_create" not in page.head:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert "API_orders_create" in page.head
        assert '"post"' in page.source()
        page.explorer.close()

    asyncio.run(main())
