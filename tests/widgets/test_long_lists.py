"""Long lists have a search field, and only some options are sent to the page."""

from collections.abc import Iterator

import pytest

import apig_nb as apig
from apig_nb.sandbox import start
from tests.large_gateway import write_large_gateway

from .page import Page, shown

pytestmark = pytest.mark.slow

SOME = "some, picked from a list"


@pytest.fixture(scope="module")
def large_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[apig.Client]:
    folder = tmp_path_factory.mktemp("content")
    write_large_gateway(folder, groups=700, apis=600)
    with start(folder) as gateway, connect(gateway.url, gateway.token, gateway.project_id) as client:
        yield client


def connect(url: str, token: str, project_id: str) -> apig.Client:
    return apig.connect(endpoint=url, token=token, project_id=project_id, limits=apig.Limits(retries=0))


@pytest.fixture
def form(large_client: apig.Client) -> Iterator[apig.ExportForm]:
    made = apig.ExportForm(large_client)
    yield made
    made.close()


@pytest.fixture
def page(form: apig.ExportForm) -> Page:
    page = Page(form)
    page.press("More fields")
    return page


def test_a_long_list_is_searched_by_parts_of_a_name(page, form):
    assert page.labels[2:5] == ["Gateway", "Environment", "Search groups"]
    assert page.beside("Search groups") == "500 of 700 shown; search to narrow"
    assert len(page.options("API group")) == 501
    page.type("Search groups", "TEAM")
    assert page.beside("Search groups") == "500 of 700 found shown; add a word to narrow the search"
    page.type("Search groups", " 069 Team ")
    assert page.options("API group") == ["choose…", "team-0069", *(f"team-069{n}" for n in range(10))]
    assert page.beside("Search groups") == "11 of 700 shown"
    assert form.request is None
    page.choose("API group", "team-0699")
    assert page.options("APIs")[0] == "all 600 published"


def test_a_search_keeps_the_choice(page, form):
    page.type("Search groups", "0699")
    page.choose("API group", "team-0699")
    before = form.request
    for words in ("nothing like it", "0001", ""):
        page.type("Search groups", words)
        assert page.control("API group").label == "team-0699"
        assert page.options("API group").count("team-0699") == 1
        assert form.request == before
    page.press("Reload lists")
    assert form.request == before
    assert page.control("API group").label == "team-0699"


def test_a_late_message_of_a_replaced_list_is_ignored(page, form):
    before = page.control("API group")
    page.type("Search groups", "0699")
    # A choice made in the list before, which comes after the list was narrowed.
    before.index = 3
    assert page.control("API group").value == ""
    assert form.request is None


def test_short_or_missing_lists_have_no_search_field(client):
    form = apig.ExportForm(client)
    assert [label for label in Page(form).labels if label.startswith("Search")] == []
    form.close()


def test_picks_are_kept_beyond_the_listed_options(page, form):
    page.type("Search groups", "0699")
    page.choose("API group", "team-0699")
    page.choose("APIs", SOME)
    assert page.beside("Search APIs") == "500 of 600 shown; search to narrow"
    assert len(page.control("Pick APIs").options) == 500
    page.pick("API_0007")
    page.type("Search APIs", "things/599")
    assert page.beside("Search APIs") == "1 of 600 shown"
    page.pick("API_0599")
    page.type("Search APIs", "")
    assert page.beside("Pick APIs").startswith("2 picked")
    assert form.request is not None
    assert len(form.request.apis or ()) == 2
    page.press("Export")
    assert form.export is not None
    assert list(form.export.operations["path"]) == ["/v1/things/7", "/v1/things/599"]


def test_only_listed_options_are_sent_to_the_page(page, form):
    page.type("Search groups", "0699")
    page.choose("API group", "team-0699")
    lists = [part for part in shown(form._box) if hasattr(part, "options")]
    assert max(len(part.options) for part in lists) < 30
