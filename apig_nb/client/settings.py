"""Complete the settings that were found: region and addresses, with the origin of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

from apig_nb.client.config import SECRETS, SearchResult, Value, endpoints, sdk_file, variables
from apig_nb.client.transport import is_loopback
from apig_nb.errors import ArgumentError

_ALWAYS_CHECKED: Final = "not obeyed: certificates are always checked; give your own authority's as cacert"


@dataclass(frozen=True)
class Origin:
    """The origin of a setting, without its value.

    Attributes:
        setting: the argument of `connect`.
        origin: such as `variable OS_TOKEN`.
        note: a contradiction or a comment; empty for most.
    """

    setting: str
    origin: str
    note: str = ""


def complete(found: SearchResult, service: str) -> SearchResult:
    """Add region and addresses to the settings that were found.

    Raises:
        ArgumentError: the project or an address is missing or wrong.
    """
    for name in ("region", "project_name"):
        if not isinstance(found.get(name), str | None):
            raise ArgumentError(name, found.get(name), "must be text")
    found = _with_region(found)
    if found.get("project_id") is None:
        project_name(found)
    return _with_endpoints(found, service)


def project_name(found: SearchResult) -> str:
    """Return the name of the project; the main project of a region has the name of the region.

    Raises:
        ArgumentError: there is neither a name nor a region.
    """
    name: str | None = found.get("project_name") or found.get("region")
    if name is None:
        raise ArgumentError("project_id", None, "is missing; give it, or project_name=, or region=")
    return name


def origins_of(found: SearchResult, service: str) -> tuple[Origin, ...]:
    """Return the origin of each setting."""
    rows = [Origin(name, value.origin, _note(name, found, service)) for name, value in found.values.items()]
    if found.get("project_id") is None:
        by = "project_name" if found.get("project_name") else "region"
        rows.append(Origin("project_id", f"looked up by {by}"))
    return tuple(rows)


def credential_origin(origins: tuple[Origin, ...]) -> str:
    """Return the origin of the credential as text; empty where it was an argument."""
    credential = next((one for one in origins if one.setting in SECRETS), None)
    if credential is None or credential.origin == "sandbox" or credential.origin.startswith("argument "):
        return ""
    return f", {credential.setting} from {credential.origin}"


def _with_region(found: SearchResult) -> SearchResult:
    """Derive the region from the address of IAM, or from the project, whose name begins with it."""
    if found.get("region") is not None:
        return found
    for setting, region in (
        ("iam_endpoint", _iam_host(found).removeprefix("iam.").partition(".")[0]),
        ("project_name", (found.get("project_name") or "").partition("_")[0]),
    ):
        if region in endpoints.CLOUDS:
            return _with(found, "region", region, f"derived from {setting}")
    return found


def _with_endpoints(found: SearchResult, service: str) -> SearchResult:
    region, iam = found.get("region"), found.get("iam_endpoint")
    if found.get("endpoint") is not None:
        return found
    of_sdk = region and (variables.endpoint_of(service, region) or sdk_file.endpoint_of(service, region))
    if of_sdk:
        found = _with(found, "endpoint", of_sdk.text, of_sdk.origin)
    elif iam is not None and is_loopback(_iam_host(found)):
        # A simulated gateway on this machine serves both.
        found = _with(found, "endpoint", iam.rstrip("/").removesuffix("/v3"), "the same as iam_endpoint")
    if region is not None:
        for setting, address in endpoints.of_region(region, _cloud(found), service).items():
            if found.get(setting) is None:
                found = _with(found, setting, address, f"region {region}")
    if found.get("endpoint") is None:
        raise ArgumentError("endpoint", None, "is missing; give it, or region=")
    return found


def _cloud(found: SearchResult) -> str | None:
    """Return the domain of the cloud: as given, or for a region in no table, that in the address of IAM."""
    host, start = _iam_host(found), f"iam.{found.get('region')}."
    is_derived = found.get("region") not in endpoints.CLOUDS and host.startswith(start)
    return found.get("cloud") or (host.removeprefix(start) if is_derived else None)


def _iam_host(found: SearchResult) -> str:
    """Return the host of IAM's address; empty where it is missing or malformed, which is reported when it is used."""
    try:
        return urlsplit(str(found.get("iam_endpoint") or "")).hostname or ""
    except ValueError:
        return ""


def _with(found: SearchResult, setting: str, text: str, origin: str) -> SearchResult:
    return replace(found, values={**found.values, setting: Value(text, origin)})


def _note(setting: str, found: SearchResult, service: str) -> str:
    if setting == "endpoint" and service == "roma":
        is_derived = found.values[setting].origin == f"region {found.get('region')}"
        return endpoints.ROMA_NOTE if is_derived else ""
    if setting == "insecure":
        return _ALWAYS_CHECKED if (found.get(setting) or "").lower() not in ("", "0", "false", "no") else ""
    if setting == "iam_endpoint" and (region := found.get("region")) in endpoints.CLOUDS:
        own = endpoints.of_region(region, endpoints.CLOUDS[region])["iam_endpoint"]
        contradiction = "" if _iam_host(found) == urlsplit(own).hostname else f"differs from the region's own, {own}"
        return contradiction or endpoints.NOTES.get(region, "")
    if setting == "region" and found.get(setting) not in endpoints.CLOUDS:
        return "in no table: addresses that are not given follow the pattern"
    return ""
