"""Servers: addresses in normal form, placeholders, base paths that moved, one row for one cause."""

from typing import Any

import pytest

from tests.compare.comparing import change_rows, compared, differences, openapi, swagger

B, W, I = "breaking", "warning", "info"  # noqa: E741  # of a table that is read in columns


def at(*urls: str, **variables: Any) -> dict[str, Any]:
    """A document with servers."""
    given = {name: {"default": value} for name, value in variables.items()}
    return openapi({}, servers=[{"url": url, "variables": given} for url in urls])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (at("https://a.example"), at("https://a.example:443/")),
        (at("http://a.example"), at("http://a.example:80")),
        (at("https://a.example/v1"), at("HTTPS://A.Example/v1/")),
        (at("https://a.example/%7eme/%c3"), at("https://a.example/~me/%C3")),
        (at("https://{e}.example:{p}", e="a", p="443"), at("https://a.example")),
        (at("https://a.example", "https://b.example"), at("https://b.example", "https://a.example")),
        (at("/"), openapi({})),
        (at("$APIG_GROUP_ENTRY_URL"), openapi({})),
        (at("https://a.example:443"), swagger({}, host="A.example", schemes=["https"])),
        (at("https://a.example/v1"), swagger({}, host="a.example:443", basePath="/v1/", schemes=["HTTPS"])),
        (swagger({}, host="a.example"), swagger({}, host="a.example:443")),
    ],
)
def test_one_address_in_two_forms_is_no_change(old: Any, new: Any):
    assert [differences(old, new), differences(new, old)] == [[], []]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (at("https://a.example"), at("https://a.example:80")),
        (at("https://a.example/v1"), at("https://a.example/V1")),
        (at("https://a.example/a%2Fb"), at("https://a.example/a/b")),
        (at("/v1"), at("/v2")),
        (at("https://$HOST/v1"), at("https://a.example/v2")),
    ],
)
def test_another_address_is_breaking(old: Any, new: Any):
    assert (B, "server-altered") in differences(old, new)
    assert (B, "server-altered") in differences(new, old)


@pytest.mark.parametrize(
    "undescribed",
    [openapi({}), at("/"), at("$APIG_GROUP_ENTRY_URL"), at("{{baseUrl}}"), at("<url>"), swagger({})],
)
def test_an_address_that_was_not_described_before_or_is_not_any_more(undescribed: Any):
    described = at("https://a.example/v1")
    assert differences(undescribed, described) == [(I, "server-described")]
    assert differences(described, undescribed) == [(W, "server-undescribed")]


def test_a_host_that_was_not_described_before_and_the_same_base_path():
    for undescribed in (at("/v1"), at("https://$HOST/v1"), at("//{host}/v1"), swagger({}, basePath="/v1")):
        described = at("https://a.example/v1")
        assert [rule for _, rule in differences(undescribed, described)] == ["server-described"]
        assert [rule for _, rule in differences(described, undescribed)] == ["server-undescribed"]


def test_a_base_path_that_moved_into_the_paths_is_one_row():
    def document(server: str, base: str, **parts: Any) -> Any:
        operation: dict[str, Any] = {"responses": {}, "security": [{"key": []}]}
        paths = {f"{base}/orders": {"get": operation, "post": operation}, f"{base}/orders/{{id}}": {"get": operation}}
        return openapi(paths=paths, servers=[{"url": server}], **parts)

    old, new = document("https://a.example/v2", ""), document("https://a.example", "/v2")
    for one, other in ((old, new), (new, old)):
        assert [row[:3] for row in change_rows(one, other)] == [(I, "base-path-moved", "servers")]
    # Another host is another address, whatever the base path.
    assert differences(old, document("https://b.example", "/v2")) == [(B, "server-altered")]
    # Another base path with the same paths as well.
    assert differences(old, document("https://a.example/v3", "")) == [(B, "server-altered")]


def test_a_base_path_of_swagger_2_that_moved_into_the_paths():
    def document(base: str, path: str) -> Any:
        return swagger(paths={path: {"get": {"responses": {}}}}, host="a.example", basePath=base)

    assert differences(document("/v1", "/parts"), document("/", "/v1/parts")) == [(I, "base-path-moved")]


def test_another_host_is_one_row_whatever_the_protocols_of_the_operations():
    def document(host: str) -> Any:
        schemes = (["http"], ["https"], ["http", "https"], None)
        paths: dict[str, Any] = {
            f"/{number}": {"get": {"responses": {}} | ({"schemes": own} if own else {})}
            for number, own in enumerate(schemes)
        }
        return swagger(paths=paths, host=host, schemes=["https"])

    rows = change_rows(document("a.example"), document("b.example"))
    assert rows == [(B, "server-altered", "servers", "a.example", "b.example")]


def test_servers_of_a_path_are_found_there():
    def document(url: str) -> Any:
        item = {"get": {"responses": {}}, "servers": [{"url": url}]}
        return openapi(paths={"/a": item, "/b": {"get": {"responses": {}}}}, servers=[{"url": "https://a.example"}])

    (change,) = compared(document("https://b.example"), document("https://c.example")).found
    assert (change.rule.id, change.pointer, change.affected) == ("server-altered", "/paths/~1a/servers", ("GET /a",))
    # The servers of the document written out at a path are no change.
    written_once = document("https://a.example")
    del written_once["paths"]["/a"]["servers"]
    assert differences(document("https://a.example"), written_once) == []


def test_protocols():
    both, secure, plain = at("http://a.example", "https://a.example"), at("https://a.example"), at("http://a.example")
    assert differences(both, secure) == [(B, "unencrypted-calls-refused")]
    assert differences(secure, both) == [(W, "unencrypted-calls-allowed")]
    assert differences(both, plain) == [(B, "server-removed")]
    assert differences(plain, secure) == differences(secure, plain) == [(B, "server-altered")]
