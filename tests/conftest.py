"""Fixtures: a sandbox for the whole run, one for each module, and a client."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

import apig_nb as apig
from apig_nb.sandbox import Sandbox, start
from tests.connected import connected

PROXIES_AND_AUTHORITIES = (
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
)

# No deadline: the machine may be busy. The examples are the same in each run; `make long` draws others each time.
settings.register_profile("fixed", deadline=None, derandomize=True, database=None)
settings.register_profile("long", deadline=None)
settings.load_profile("fixed")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the machine's settings for proxies, certificates and credentials."""
    own = [name for name in os.environ if name.startswith(("APIG_", "HUAWEICLOUD_", "HW_", "OS_"))]
    for name in (*PROXIES_AND_AUTHORITIES, *own):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """Return a running sandbox with the demo content."""
    with start() as running:
        yield running


@pytest.fixture(scope="module")
def own() -> Iterator[Sandbox]:
    """Return a sandbox for one module, so that its faults do not affect other tests."""
    with start() as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[apig.Client]:
    """Return a client of the sandbox without retries; its first gateway is the default."""
    with connected(sandbox, limits=apig.Limits(retries=0)) as client:
        yield client
