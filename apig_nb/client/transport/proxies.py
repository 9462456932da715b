"""Settings for proxies that keep an HTTP client from being made, and errors of SOCKS proxies."""

from __future__ import annotations

import os
import ssl
import sys
from typing import Final
from urllib.request import getproxies

from httpx import HTTPTransport, InvalidURL, Proxy

_SCHEMES: Final = ("http", "https", "all")


def proxy_problem(authorities: ssl.SSLContext) -> str:
    """Return a sentence that names the setting; no value, which may hold a password."""
    proxies = getproxies()
    for scheme in _SCHEMES:
        address = proxies.get(scheme)
        problem = address and _problem(address if "://" in address else f"http://{address}", authorities)
        if problem:
            return f"{_setting(scheme)} {problem}"
    return f"{_setting('no')} is not a list of hosts, such as localhost,.example.com"


def _problem(address: str, authorities: ssl.SSLContext) -> str:
    try:
        HTTPTransport(proxy=Proxy(address), verify=authorities).close()
    except ImportError:
        return "names a SOCKS proxy, which needs a package: pip install 'httpx[socks]'"
    except (InvalidURL, ValueError, OSError):
        return "is not the address of a proxy, such as http://proxy.example.com:3128"
    return ""


def _setting(scheme: str) -> str:
    """Return the name of the variable; without one, the setting is one of the operating system."""
    name = f"{scheme}_proxy"
    return next((one for one in (name, name.upper()) if os.environ.get(one)), f"the system's setting {name}")


def socks_errors() -> tuple[type[Exception], ...]:
    """Return the errors of the package for SOCKS proxies, which the HTTP library lets through."""
    socksio = sys.modules.get("socksio")
    # The HTTP library asserts that an answer is the one it waits for.
    return (socksio.SOCKSError, AssertionError) if socksio else ()
