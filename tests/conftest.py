"""A stand-in gateway that serves the whole run, and a client of it."""

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
    """No test depends on the machine's proxies, certificates or credentials."""
    own = [name for name in os.environ if name.startswith(("APIG_", "HUAWEICLOUD_", "HW_", "OS_"))]
    for name in (*PROXIES_AND_AUTHORITIES, *own):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A running sandbox with the demo content."""
    with start() as running:
        yield running


@pytest.fixture(scope="module")
def own() -> Iterator[Sandbox]:
    """A sandbox of one module alone: its faults meet nobody else."""
    with start() as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[apig.Client]:
    """A client of the sandbox, with its first gateway as default; it tries nothing twice."""
    with connected(sandbox, limits=apig.Limits(retries=0)) as client:
        yield client
