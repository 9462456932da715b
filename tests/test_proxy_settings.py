"""Settings for proxies: the sandbox needs none, and an error names the one that is wrong."""

import sys
import traceback
from typing import Any

import pytest

import apig_nb as apig
from tests.raw_server import raw_server

CLOUD: dict[str, Any] = {
    "endpoint": "https://apig.eu-de.example.com",
    "token": "t0ken",
    "project_id": "p",
    "instance_id": "i",
}

BAD = {
    "ALL_PROXY": "socks5://proxy.example.com:1080",
    "HTTPS_PROXY": "htps://user:passw0rd@x",
    "HTTP_PROXY": "http://user:passw0rd@[::1",
    "NO_PROXY": "localhost,[::1]",
    "all_proxy": "socks5h://proxy.example.com",
    "https_proxy": "http://proxy.example.com:port",
}


@pytest.mark.parametrize("name", BAD)
def test_the_sandbox_ignores_proxies(monkeypatch, name):
    monkeypatch.setenv(name, BAD[name])
    with apig.connect("sandbox") as client:
        assert "orders" in list(client.groups()["name"])


@pytest.mark.parametrize("name", [name for name in BAD if name != "NO_PROXY"])
def test_the_error_names_the_variable_and_not_its_value(monkeypatch, name):
    # Otherwise the result would depend on the packages of this machine.
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv(
        "HTTP_PROXY" if name.upper() == "HTTPS_PROXY" else "HTTPS_PROXY", "http://proxy.example.com:3128"
    )
    monkeypatch.setenv(name, BAD[name])
    with pytest.raises(apig.TransportError) as caught:
        apig.connect(**CLOUD)
    assert f" {name} " in str(caught.value)
    assert ("pip install 'httpx[socks]'" in str(caught.value)) == ("socks" in BAD[name])
    assert "passw0rd" not in "".join(traceback.format_exception(caught.value))


def test_a_list_of_hosts_without_proxy_that_cannot_be_read_is_named(monkeypatch):
    monkeypatch.setenv("NO_PROXY", BAD["NO_PROXY"])
    with pytest.raises(apig.TransportError, match=r" NO_PROXY is not a list of hosts"):
        apig.connect(**CLOUD)


# The HTTP library leaves the end of such a connection to the garbage collector.
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
@pytest.mark.parametrize(
    "answer",
    [b"", b"\x05", b"\xff\xfe\xfd", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x05\xff", b"\x05\x00" * 300],
    ids=["none", "cut", "bytes", "http", "refusal", "more"],
)
def test_an_answer_that_is_not_of_a_socks_proxy_is_an_error_of_the_proxy(monkeypatch, answer):
    with raw_server(lambda: [answer]) as url:
        monkeypatch.setenv("HTTPS_PROXY", url.replace("http://", "socks5://"))
        refusal = pytest.raises(apig.TransportError, match=r"^the proxy refused the call to .* check HTTPS_PROXY")
        with apig.connect(**CLOUD, limits=apig.Limits(retries=0)) as client, refusal:
            client.groups()
