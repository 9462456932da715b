"""Addresses that secrets may be sent to."""

from __future__ import annotations

import ipaddress

from httpx import URL, InvalidURL

from apig_nb.errors import ArgumentError, CredentialsError


def is_loopback(host: str) -> bool:
    """Whether a host is this machine: 127.0.0.0/8, ::1 or localhost."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def checked_endpoint(field: str, text: object, path: str = "") -> str:
    """Return scheme and host of an address that secrets may be sent to; it may end in `path`."""
    if text is None:
        raise ArgumentError(field, None, "is missing")
    if not isinstance(text, str) or not text.strip():
        raise ArgumentError(field, text, "must be an address such as https://apig.eu-west-101.myhuaweicloud.eu")
    if "@" in text:
        raise CredentialsError(f"{field} must not hold a user name or a password (the address is not repeated here)")
    shown = text.partition("?")[0]
    url = parsed(text.strip())
    if url is None or url.scheme not in ("http", "https") or not url.host:
        raise ArgumentError(field, shown, "must start with https:// and name a host")
    if url.path.rstrip("/") not in ("", path) or url.query or url.fragment:
        raise ArgumentError(field, shown, "must be scheme and host only, without path, query and fragment")
    if url.scheme == "http" and not is_loopback(url.host):
        raise CredentialsError(f"{field} {shown!r} is plain http: credentials go over https only, save to this machine")
    return f"{url.scheme}://{url.netloc.decode()}"


def parsed(text: str) -> URL | None:
    """The address, where the text is one."""
    try:
        return URL(text)
    except InvalidURL:
        return None


def iam_endpoint_beside(endpoint: str) -> str | None:
    """IAM's address by the pattern of contract/auth, "Endpoints"; a stand-in on this machine answers for both."""
    url = URL(endpoint)
    if is_loopback(url.host):
        return endpoint
    if url.host.startswith("apig."):
        beside = url.copy_with(host=f"iam.{url.host.removeprefix('apig.')}")
        return f"{beside.scheme}://{beside.netloc.decode()}"
    return None
