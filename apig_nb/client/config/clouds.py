"""`clouds.yaml`, with `secure.yaml` in the same folder; both may end in `.yml`.

The order is that of openstacksdk: the file of `OS_CLIENT_CONFIG_FILE`, then the working folder, the user's and the
system's; in each, `.yaml` before `.yml`. Unlike there, `secure.yaml` is read from the folder of `clouds.yaml` only: a
`clouds.yaml` in a folder of someone else must not send a secret of the user to another address.
Source: https://docs.openstack.org/openstacksdk/latest/user/config/configuration.html
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from apig_nb.client.config import variables
from apig_nb.client.config.source import Source, Value, read_settings
from apig_nb.client.secret import Secret, reveal
from apig_nb.errors import CredentialsError
from apig_nb.files import MAX_SETTINGS, expand_home, read_file
from apig_nb.text import parse_yaml, shorten, visible

_MAX_NAMES: Final = 1000
"""Characters of the names of entries in an error."""

_SUFFIXES: Final = (".yaml", ".yml")

# Keys are the names of the OS_ variables in lower case, without the prefix.
_KEYS: Final = {
    setting: tuple(name.removeprefix("OS_").lower() for name in names) for setting, names in variables.OPENSTACK.items()
}
_OF_ENTRY: Final = {setting: _KEYS[setting] for setting in ("region", "cacert", "insecure")}
_OF_AUTH: Final = {setting: keys for setting, keys in _KEYS.items() if setting not in _OF_ENTRY}


def candidates() -> list[Path]:
    """Return the paths where the file may be; the first one that exists is used."""
    named = os.environ.get("OS_CLIENT_CONFIG_FILE")
    user_folder = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    folders = (Path(), expand_home(user_folder) / "openstack", Path("/etc/openstack"))
    default = [folder / f"clouds{suffix}" for folder in folders for suffix in _SUFFIXES]
    return [expand_home(named), *default] if named else default


def entry(name: str | None) -> Source | None:
    """Read an entry of the file; without a name, the only one. None where there is no file or no name.

    Raises:
        CredentialsError: the file cannot be read, or has no entry of that name.
    """
    file = _first_file(candidates())
    clouds = {} if file is None else _clouds(file)
    if name is None and len(clouds) == 1:
        name = next(iter(clouds))
    if file is None or name is None:
        return None
    if name not in clouds:
        known = shorten(visible(", ".join(clouds)), _MAX_NAMES) or "none"
        raise CredentialsError(f"{file} has no entry {name!r}; there are: {known}")
    return _source(name, {file: clouds, **_secure(file)})


def entries() -> dict[str, Source]:
    """Return all entries by their names; none where there is no file or one cannot be read."""
    file = _first_file(candidates())
    if file is None:
        return {}
    try:
        # Each file is read once: there may be many entries.
        found = {file: _clouds(file), **_secure(file)}
    except CredentialsError:
        return {}
    return {name: _source(name, found) for name in found[file]}


def _secure(file: Path) -> dict[Path, dict[str, Secret]]:
    """Return the entries of `secure.yaml` by its path; nothing where there is none."""
    secure = _first_file([file.with_name(f"secure{suffix}") for suffix in _SUFFIXES])
    return {} if secure is None else {secure: _clouds(secure)}


def _source(name: str, found: Mapping[Path, Mapping[str, Secret]]) -> Source:
    values: dict[str, Value] = {}
    for file, clouds in found.items():
        values |= _values(clouds.get(name), f"{file}: {name}")
    return Source(values)


def _first_file(paths: list[Path]) -> Path | None:
    return next((path for path in paths if path.is_file()), None)


def _clouds(file: Path) -> dict[str, Secret]:
    """Return the entries of a file, each as a secret: a traceback may show the variables of those who call."""
    clouds, problem = _read(file)
    if clouds is None:
        raise CredentialsError(f"{file} {problem}")
    return clouds


def _read(file: Path) -> tuple[dict[str, Secret] | None, str]:
    """Read the entries of a file; None and the problem where there are none."""
    try:
        # Scalars stay as written, such as a password of digits.
        content = parse_yaml(read_file(file, MAX_SETTINGS).decode("utf-8"), scalars_as_text=True)
    except (OSError, UnicodeError) as error:
        return None, f"cannot be read ({type(error).__name__})"
    except ValueError as error:
        return None, f"is {error}"
    clouds = content.get("clouds") if isinstance(content, dict) else None
    if not isinstance(clouds, dict):
        return None, "holds no mapping `clouds`"
    return {name: Secret(entry) for name, entry in clouds.items()}, ""


def _values(entry: Secret | None, title: str) -> dict[str, Value]:
    fields = reveal(entry) if isinstance(reveal(entry), dict) else {}
    auth = fields.get("auth")
    values = read_settings(_OF_ENTRY, fields, lambda _: title)
    values |= read_settings(_OF_AUTH, auth if isinstance(auth, dict) else {}, lambda _: title)
    # The file may have `verify: false` in place of `insecure: true`.
    if str(fields.get("verify", "")).lower() in ("false", "no", "0"):
        values["insecure"] = Value("true", title)
    return values
