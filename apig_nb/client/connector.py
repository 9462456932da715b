"""From settings to a connection: which addresses, which credentials, which project, and where each came from."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from apig_nb.client.config import SECRETS, Found, Value, endpoints, sdk_file, variables
from apig_nb.client.credentials import AgencyAuth, KeyAuth, PasswordAuth, TokenAuth
from apig_nb.client.listings import PROJECTS, find_id
from apig_nb.client.transport import Auth, Connection, is_loopback
from apig_nb.errors import ArgumentError, CredentialsError
from apig_nb.request import checked_id

if TYPE_CHECKING:
    from pandas import DataFrame

AnyAuth = TokenAuth | KeyAuth | PasswordAuth | AgencyAuth
Opener = Callable[[str | None, str | None, AnyAuth, ssl.SSLContext | None], Connection]
"""Makes the connection from API Gateway's address, IAM's address, the credentials, and whom to trust."""

_ALWAYS_CHECKED: Final = "not obeyed: certificates are always checked; give your own authority's as cacert"


@dataclass(frozen=True)
class Origin:
    """Where a setting came from; never its value.

    Attributes:
        setting: by the name of `connect`'s argument.
        origin: such as `variable OS_TOKEN`.
        note: what contradicts it, or how it is meant; empty for most.
    """

    setting: str
    origin: str
    note: str = ""


@dataclass(frozen=True)
class Settled:
    """A connection, its project, and where everything came from."""

    connection: Connection
    project_id: str
    origins: tuple[Origin, ...]


def settle(found: Found, opener: Opener, service: str) -> Settled:
    """Make the connection.

    Nothing is sent, unless the project is only known by its name: then its id is looked up.

    Args:
        found: the settings.
        opener: makes the connection.
        service: `apig` or `roma`.

    Raises:
        ArgumentError: an address, the project or the certificate authorities are missing or wrong.
        CredentialsError: the credentials cannot be used, or not with this address.
        NameLookupError: no project has the name, or several.
        ServiceError: the look-up was refused.
        TransportError: the look-up brought no answer.
    """
    for name in ("region", "project_name"):
        if not isinstance(found.get(name), str | None):
            raise ArgumentError(name, found.get(name), "must be text")
    found = _with_region(found)
    if found.get("project_id") is None:
        _project_name(found)
    found = _with_addresses(found, service)
    auth = _auth(found)
    connection = opener(found.get("endpoint"), found.get("iam_endpoint"), auth, _authorities(found))
    try:
        _tell_iam(auth, connection)
        project_id = _project_id(found, connection)
        if isinstance(auth, KeyAuth):
            auth.project_id = project_id
    except BaseException:
        connection.close()
        raise
    return Settled(connection, project_id, _origins(found, service))


def table(origins: tuple[Origin, ...]) -> DataFrame:
    """Origins as a DataFrame."""
    import pandas as pd

    rows = [(one.setting, one.origin, one.note) for one in origins]
    return pd.DataFrame(rows, columns=["setting", "origin", "note"], dtype="str")


def found_in(origins: tuple[Origin, ...]) -> str:
    """In short where the credential was found; nothing where it was handed over."""
    credential = next((one for one in origins if one.setting in SECRETS), None)
    if credential is None or credential.origin == "sandbox" or credential.origin.startswith("argument "):
        return ""
    return f", {credential.setting} from {credential.origin}"


def _with_region(found: Found) -> Found:
    """Tell the region from IAM's address, or from the project, whose name begins with it (contract/auth, "Scope")."""
    if found.get("region") is not None:
        return found
    for setting, region in (
        ("iam_endpoint", _iam_host(found).removeprefix("iam.").partition(".")[0]),
        ("project_name", (found.get("project_name") or "").partition("_")[0]),
    ):
        if region in endpoints.CLOUDS:
            return _with(found, "region", region, f"told from {setting}")
    return found


def _with_addresses(found: Found, service: str) -> Found:
    region, iam = found.get("region"), found.get("iam_endpoint")
    if found.get("endpoint") is not None:
        return found
    if region is not None and (value := _named_for(service, region)) is not None:
        found = _with(found, "endpoint", value.text, value.origin)
    elif iam is not None and is_loopback(_iam_host(found)):
        # A stand-in on this machine answers for both.
        found = _with(found, "endpoint", iam.rstrip("/").removesuffix("/v3"), "beside iam_endpoint")
    if region is not None:
        place = endpoints.of_region(region, _cloud(found), service)
        for setting, address in (("endpoint", place.endpoint), ("iam_endpoint", place.iam_endpoint)):
            if found.get(setting) is None:
                found = _with(found, setting, address, f"region {region}")
    if found.get("endpoint") is None:
        raise ArgumentError("endpoint", None, "is missing; give it, or region=")
    return found


def _named_for(service: str, region: str) -> Value | None:
    """The address that a setting of the SDK names for a region."""
    return variables.endpoint_of(service, region) or sdk_file.endpoint_of(service, region)


def _cloud(found: Found) -> str | None:
    """The cloud's domain, as given or as IAM's address tells it for a region that is in no table."""
    host, start = _iam_host(found), f"iam.{found.get('region')}."
    is_told = found.get("region") not in endpoints.CLOUDS and host.startswith(start)
    return found.get("cloud") or (host.removeprefix(start) if is_told else None)


def _iam_host(found: Found) -> str:
    """The host of IAM's address; empty where there is none, or it is no address, which is said when it is used."""
    try:
        return urlsplit(str(found.get("iam_endpoint") or "")).hostname or ""
    except ValueError:
        return ""


def _authorities(found: Found) -> ssl.SSLContext | None:
    """What trusts the authorities of `cacert` and no others; None where there is no such setting."""
    value = found.values.get("cacert")
    if value is None:
        return None
    if not isinstance(value.text, str | Path) or not str(value.text).strip():
        raise ArgumentError("cacert", value.text, "must be a file of certificate authorities, or a folder of them")
    place = os.path.expanduser(value.text)  # noqa: PTH111 - Path's own way fails where there is no home
    try:
        is_folder = Path(place).is_dir()
        return ssl.create_default_context(cafile=None if is_folder else place, capath=place if is_folder else None)
    except ssl.SSLError:
        problem = "holds no certificates in PEM form"
    except (OSError, ValueError) as error:
        problem = f"cannot be read ({getattr(error, 'strerror', None) or error})"
    raise ArgumentError("cacert", str(value.text), f"{problem}; it came from {value.origin}")


def _auth(found: Found) -> AnyAuth:
    get = found.get
    if get("agency_name") is not None:
        return AgencyAuth(
            _scope(found),
            _user(found, {"domain": {"name": get("domain_name")}}),
            agency_name=get("agency_name"),
            agency_domain_name=get("agency_domain_name"),
        )
    if found.kind == "access key":
        return KeyAuth(get("access_key"), get("secret_key"), get("security_token"))
    return _user(found, None if found.kind == "token" else _scope(found))


def _user(found: Found, scope: Mapping[str, Any] | None) -> TokenAuth | PasswordAuth:
    get = found.get
    if found.kind == "token":
        return TokenAuth(get("token"))
    if found.kind != "password" or scope is None:
        raise CredentialsError("an agency is assumed with a user's token: give token=, or username= and password=")
    return PasswordAuth(
        scope,
        username=get("username"),
        user_id=get("user_id"),
        password=get("password"),
        passcode=get("passcode"),
        domain_name=get("domain_name"),
    )


def _scope(found: Found) -> dict[str, Any]:
    """The scope of a token: API Gateway needs a project (contract/auth, "Scope")."""
    if (project_id := found.get("project_id")) is not None:
        return {"project": {"id": checked_id("project_id", project_id)}}
    return {"project": {"name": _project_name(found)}}


def _project_name(found: Found) -> str:
    """The project's name; a region's main project is called as the region."""
    name: str | None = found.get("project_name") or found.get("region")
    if name is None:
        raise ArgumentError("project_id", None, "is missing; give it, or project_name=, or region=")
    return name


def _tell_iam(auth: Auth, connection: Connection) -> None:
    """Tell the credentials the address that the connection has checked."""
    if isinstance(auth, PasswordAuth | AgencyAuth):
        auth.iam_endpoint = connection.known_iam_endpoint()
    if isinstance(auth, AgencyAuth):
        _tell_iam(auth.user, connection)


def _project_id(found: Found, connection: Connection) -> str:
    if (given := found.get("project_id")) is not None:
        return checked_id("project_id", given)
    name = _project_name(found)
    # By name as the SDK does; a token may see its own ones without any permission (contract/lookups, "Projects").
    if found.kind == "access key":
        answer = connection.iam("GET", "/v3/projects", {"name": name})
    else:
        answer = connection.iam("GET", "/v3/auth/projects")
    projects = [one for one in PROJECTS.page(answer)[0] if one.get("enabled") is not False]
    return checked_id("project_id", find_id(PROJECTS.kind, name, PROJECTS.named(projects)))


def _with(found: Found, setting: str, text: str, origin: str) -> Found:
    return replace(found, values={**found.values, setting: Value(text, origin)})


def _origins(found: Found, service: str) -> tuple[Origin, ...]:
    rows = [Origin(name, value.origin, _note(name, found, service)) for name, value in found.values.items()]
    if found.get("project_id") is None:
        asked = "project_name" if found.get("project_name") else "region"
        rows.append(Origin("project_id", f"looked up by {asked}"))
    return tuple(rows)


def _note(setting: str, found: Found, service: str) -> str:
    if setting == "endpoint" and service == "roma":
        is_told = found.values[setting].origin == f"region {found.get('region')}"
        return endpoints.ROMA_NOTE if is_told else ""
    if setting == "insecure":
        return _ALWAYS_CHECKED if (found.get(setting) or "").lower() not in ("", "0", "false", "no") else ""
    if setting == "iam_endpoint" and (region := found.get("region")) in endpoints.CLOUDS:
        own = endpoints.of_region(region, endpoints.CLOUDS[region]).iam_endpoint
        contradiction = "" if _iam_host(found) == urlsplit(own).hostname else f"differs from the region's own, {own}"
        return contradiction or endpoints.NOTES.get(region, "")
    if setting == "region" and found.get(setting) not in endpoints.CLOUDS:
        return "in no table: addresses that are not given are by the pattern"
    return ""
