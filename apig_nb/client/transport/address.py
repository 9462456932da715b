"""Addresses that credentials may be sent to."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from httpx import URL, InvalidURL

from apig_nb.errors import ArgumentError, CredentialsError


@dataclass(frozen=True)
class Endpoints:
    """The addresses of one cloud: scheme and host, fit for credentials.

    Attributes:
        apig: the address of API Gateway's management interface.
        iam: the address of IAM; None where it is not known.
    """

    apig: str
    iam: str | None

    @classmethod
    def checked(cls, endpoint: object, iam_endpoint: object = None) -> Endpoints:
        """Check both addresses; IAM's is derived from API Gateway's where it is not given.

        Raises:
            ArgumentError: an address is missing or malformed.
            CredentialsError: credentials must not be sent to an address.
        """
        apig = _checked("endpoint", endpoint)
        # The address of Keystone, as in OS_AUTH_URL, ends in the version of its interface.
        iam = _derived_iam(apig) if iam_endpoint is None else _checked("iam_endpoint", iam_endpoint, path="/v3")
        return cls(apig, iam)

    def require_iam(self) -> str:
        """Return the address of IAM.

        Raises:
            ArgumentError: it is not known.
        """
        if self.iam is None:
            raise ArgumentError("iam_endpoint", None, "is missing and cannot be derived from the endpoint")
        return self.iam

    def may_need_proxy(self) -> bool:
        """Return True if an address is not on this machine."""
        return any(not is_loopback(URL(address).host) for address in (self.apig, self.iam) if address is not None)

    def loopback_hosts(self) -> list[str]:
        """Return host and port of each address on this machine."""
        urls = [URL(address) for address in (self.apig, self.iam) if address is not None]
        return [url.netloc.decode() for url in urls if is_loopback(url.host)]


def is_loopback(host: str) -> bool:
    """Return True if a host is this machine: 127.0.0.0/8, ::1 or localhost."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def parse_url(text: str) -> URL | None:
    """Parse a URL; None where the text is not one."""
    try:
        url = URL(text)
        _ = url.host  # an international name is decoded only here
        url.raw_host.decode().encode("idna")  # fails for a part of a name that is empty or too long
    except (InvalidURL, ValueError):
        return None
    return url if url.port is None or url.port < 2**16 else None


def host_only(location: str) -> str:
    """Return scheme and host of the target of a redirect, or `/` where it names no host.

    The rest may hold a session or a token, and the HTTP library raises errors of its own for targets that are not http.
    """
    url = parse_url(location)
    if url is None or url.scheme not in ("http", "https") or not url.host:
        return "/"
    return f"{url.scheme}://{url.netloc.decode()}/"


def _checked(field: str, text: object, path: str = "") -> str:
    """Return scheme and host of an address; it may end in `path`."""
    if text is None:
        raise ArgumentError(field, None, "is missing")
    if not isinstance(text, str) or not text.strip():
        raise ArgumentError(field, text, "must be an address such as https://apig.eu-west-101.myhuaweicloud.eu")
    if "@" in text:
        raise CredentialsError(f"{field} must not hold a user name or a password (the address is not repeated here)")
    # A query may hold a secret.
    shown = text.partition("?")[0]
    url = parse_url(text.strip())
    if url is None or url.scheme not in ("http", "https") or not url.host:
        raise ArgumentError(field, shown, "must start with https:// and name a host")
    if url.path.rstrip("/") not in ("", path) or url.query or url.fragment:
        raise ArgumentError(field, shown, "must be scheme and host only, without path, query and fragment")
    if url.scheme == "http" and not is_loopback(url.host):
        raise CredentialsError(
            f"{field} {shown!r} is plain http: credentials are sent over https only, except to this machine"
        )
    return f"{url.scheme}://{url.netloc.decode()}"


def _derived_iam(endpoint: str) -> str | None:
    """Derive the address of IAM: `iam.` in place of `apig.`; a simulated gateway on this machine serves both."""
    url = URL(endpoint)
    if is_loopback(url.host):
        return endpoint
    if url.host.startswith("apig."):
        iam = url.copy_with(host=f"iam.{url.host.removeprefix('apig.')}")
        return f"{iam.scheme}://{iam.netloc.decode()}"
    return None
