"""`open_session`: a connection with credentials, and its project, made from settings."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apig_nb.client.config import SearchResult
from apig_nb.client.credentials import AgencyAuth, KeyAuth, PasswordAuth, TokenAuth
from apig_nb.client.listings import PROJECTS
from apig_nb.client.lookup import find_id
from apig_nb.client.settings import Origin, complete, origins_of, project_name
from apig_nb.client.transport import BaseTransport, Connection, Endpoints
from apig_nb.client.transport.retry import Limits
from apig_nb.errors import ArgumentError, CredentialsError
from apig_nb.files import expand_home
from apig_nb.request import checked_id


@dataclass(frozen=True)
class Session:
    """A connection, its project, and the origins of the settings."""

    connection: Connection
    project_id: str
    origins: tuple[Origin, ...]


def open_session(found: SearchResult, service: str, limits: Limits, transport: BaseTransport | None) -> Session:
    """Make a connection with credentials.

    Nothing is sent, unless only the name of the project is known: then its id is looked up.

    Args:
        found: the settings.
        service: `apig` or `roma`.
        limits: limits of each call.
        transport: carries the calls in place of the usual one.

    Raises:
        ArgumentError: an address, the project or the certificate authorities are missing or wrong.
        CredentialsError: the credentials are incomplete, or must not be sent to the address.
        NameLookupError: no project has the name, or several have it.
        ServiceError: the service refused the look-up.
        TransportError: there was no answer to the look-up.
    """
    found = complete(found, service)
    endpoints = Endpoints.checked(found.get("endpoint"), found.get("iam_endpoint"))
    given_id = found.get("project_id")
    project_id = None if given_id is None else checked_id("project_id", given_id)
    auth = _credentials(found, endpoints, project_id)
    connection = Connection(endpoints, auth, limits, transport, _authorities(found))
    try:
        if project_id is None:
            project_id = _find_project(found, connection)
            if isinstance(auth, KeyAuth):
                # Only calls to API Gateway are signed with the id of the project; the look-up is one to IAM.
                connection = connection.with_auth(_access_key(found, project_id))
    except BaseException:
        connection.close()
        raise
    return Session(connection, project_id, origins_of(found, service))


def _credentials(
    found: SearchResult, endpoints: Endpoints, project_id: str | None
) -> TokenAuth | KeyAuth | PasswordAuth | AgencyAuth:
    # API Gateway accepts only tokens with the scope of a project.
    project = {"name": project_name(found)} if project_id is None else {"id": project_id}
    scope = {"project": project}
    if found.get("agency_name") is not None:
        return AgencyAuth(
            endpoints.require_iam(),
            scope,
            _user(found, endpoints, {"domain": {"name": found.get("domain_name")}}),
            agency_name=found.get("agency_name"),
            agency_domain_name=found.get("agency_domain_name"),
        )
    if found.kind == "access key":
        return _access_key(found, project_id)
    return _user(found, endpoints, scope)


def _access_key(found: SearchResult, project_id: str | None) -> KeyAuth:
    return KeyAuth(found.get("access_key"), found.get("secret_key"), found.get("security_token"), project_id)


def _user(found: SearchResult, endpoints: Endpoints, scope: Mapping[str, Any]) -> TokenAuth | PasswordAuth:
    if found.kind == "token":
        return TokenAuth(found.get("token"))
    if found.kind != "password":
        raise CredentialsError("an agency is assumed with a user's token: give token=, or username= and password=")
    return PasswordAuth(
        endpoints.require_iam(),
        scope,
        username=found.get("username"),
        user_id=found.get("user_id"),
        password=found.get("password"),
        passcode=found.get("passcode"),
        domain_name=found.get("domain_name"),
    )


def _authorities(found: SearchResult) -> ssl.SSLContext | None:
    """Make a TLS context that trusts only the authorities of `cacert`; None where there is no such setting."""
    value = found.values.get("cacert")
    if value is None:
        return None
    if not isinstance(value.text, str | Path) or not str(value.text).strip():
        raise ArgumentError("cacert", value.text, "must be a file of certificate authorities, or a folder of them")
    path = expand_home(value.text)
    try:
        is_folder = path.is_dir()
        if path.exists() and not (is_folder or path.is_file()):
            raise ValueError("it is not a regular file")
        return ssl.create_default_context(cafile=None if is_folder else path, capath=path if is_folder else None)
    except ssl.SSLError:
        problem = "holds no certificates in PEM form"
    except (OSError, ValueError) as error:
        problem = f"cannot be read ({getattr(error, 'strerror', None) or error})"
    raise ArgumentError("cacert", str(value.text), f"{problem}; it came from {value.origin}")


def _find_project(found: SearchResult, connection: Connection) -> str:
    """Look up the id of a project by its name."""
    name = project_name(found)
    # A key asks by name as the SDK does. A token lists the projects of its user, which needs no permission.
    # https://support.huaweicloud.com/intl/en-us/api-iam/iam_06_0003.html
    if found.kind == "access key":
        answer = connection.iam("GET", "/v3/projects", {"name": name})
    else:
        answer = connection.iam("GET", "/v3/auth/projects")
    projects = [one for one in PROJECTS.page(answer)[0] if one.get("enabled") is not False]
    return checked_id("project_id", find_id(PROJECTS.kind, name, PROJECTS.named(projects)))
