"""`clouds.yaml`, with `secure.yaml` beside it (contract/auth, "clouds.yaml")."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from apig_nb.client.config.source import Source, Value, read
from apig_nb.errors import CredentialsError

# The keys are the OS_* names in lower case without prefix.
_OF_ENTRY: Final[Mapping[str, tuple[str, ...]]] = {
    "region": ("region_name", "region"),
    "cacert": ("cacert",),
    "insecure": ("insecure",),
}
_OF_AUTH: Final[Mapping[str, tuple[str, ...]]] = {
    "token": ("token",),
    "access_key": ("access_key",),
    "secret_key": ("secret_key",),
    "username": ("username",),
    "user_id": ("user_id",),
    "password": ("password",),
    "passcode": ("passcode",),
    "domain_name": ("user_domain_name", "project_domain_name", "domain_name"),
    "project_id": ("project_id",),
    "project_name": ("project_name", "tenant_name"),
    "iam_endpoint": ("auth_url",),
}


def places() -> list[Path]:
    """Where the file is looked for; the first that is there counts."""
    named = os.environ.get("OS_CLIENT_CONFIG_FILE")
    settings = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    folders = (Path(), _home(settings) / "openstack", Path("/etc/openstack"))
    return [*([_home(named)] if named else []), *(folder / "clouds.yaml" for folder in folders)]


def entry(name: str | None) -> Source | None:
    """An entry of the file that counts; without a name, the only one there is.

    Raises:
        CredentialsError: the file cannot be read, or lacks the entry that is asked for.
    """
    file = _file()
    clouds = {} if file is None else _clouds(file)
    if name is None and len(clouds) == 1:
        name = next(iter(clouds))
    if file is None or name is None:
        return None
    if name not in clouds:
        raise CredentialsError(f"{file} has no entry {name!r}; there are: {', '.join(clouds) or 'none'}")
    secure = file.with_name("secure.yaml")
    hidden = _clouds(secure).get(name) if secure.is_file() else None
    return Source({**_values(clouds[name], f"{file}: {name}"), **_values(hidden, f"{secure}: {name}")})


def _file() -> Path | None:
    return next((place for place in places() if place.is_file()), None)


def _home(text: str) -> Path:
    return Path(os.path.expanduser(text))  # noqa: PTH111 - Path's own way fails where there is no home


def _clouds(file: Path) -> dict[str, Any]:
    problem = "holds no mapping `clouds`"
    try:
        # BaseLoader leaves every scalar a text: a password of digits stays what was written.
        content = yaml.load(file.read_text("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - builds texts only
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        content, problem = None, f"is no YAML (line {line})"
    except (yaml.YAMLError, OSError, ValueError, OverflowError, RecursionError) as error:
        content, problem = None, f"cannot be read ({type(error).__name__})"
    clouds = content.get("clouds") if isinstance(content, dict) else None
    if isinstance(clouds, dict):
        return clouds
    # Outside the handler: the library's errors quote the lines, with the password in them.
    raise CredentialsError(f"{file} {problem}")


def _values(entry: object, title: str) -> dict[str, Value]:
    fields = entry if isinstance(entry, dict) else {}
    auth = fields.get("auth")
    found = read(_OF_ENTRY, fields, lambda _: title)
    found |= read(_OF_AUTH, auth if isinstance(auth, dict) else {}, lambda _: title)
    # verify: false is the file's own word for it.
    if str(fields.get("verify", "")).lower() in ("false", "no", "0"):
        found["insecure"] = Value("true", title)
    return found
