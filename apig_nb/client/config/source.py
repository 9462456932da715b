"""`Source`: settings from one place, and the kinds of credentials."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from apig_nb.client.secret import Secret

KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "token": ("token",),
    "access key": ("access_key", "secret_key"),
    "password": ("password",),
}
"""Kind of credentials → the settings it needs, in order of preference where a source holds several kinds."""

OF_KIND: Final[Mapping[str, tuple[str, ...]]] = {
    "token": ("token",),
    "access key": ("access_key", "secret_key", "security_token"),
    "password": ("username", "user_id", "password", "passcode", "domain_name"),
}
"""Kind of credentials → all its settings, which must come from one source or from arguments."""

AGENCY: Final = ("agency_name", "agency_domain_name")
PROJECT: Final = ("project_id", "project_name")
LOCATION: Final = ("endpoint", "iam_endpoint", "region", "cloud", "insecure")
TRUST: Final = ("cacert",)

UNSUPPORTED: Final = ("idp_id", "id_token_file", "shared_config_file", "profile")
"""Settings of credentials that are not supported: a federated login, the configuration of the command line tool."""

SECRETS: Final = frozenset({"token", "secret_key", "security_token", "password", "passcode"})


@dataclass(frozen=True)
class Value:
    """A value, which may be a `Secret`, and its origin."""

    text: Any
    origin: str


@dataclass(frozen=True)
class Source:
    """Settings from one place: the arguments, a family of variables, an entry of a file.

    Attributes:
        values: the settings, by argument of `connect`.
    """

    values: Mapping[str, Value]

    def kind(self) -> str | None:
        """Return the kind of credentials that is complete; None where none is."""
        return next(filter(self.holds, KINDS), None)

    def holds(self, kind: str) -> bool:
        """Return True if a kind of credentials is complete."""
        return all(name in self.values for name in KINDS[kind])


def read_settings(
    names: Mapping[str, tuple[str, ...]], fields: Mapping[str, object], origin: Callable[[str], str]
) -> dict[str, Value]:
    """Read the settings of one place; an empty value counts as not set.

    Args:
        names: setting → its names in that place; the first one that is set is used.
        fields: the names and values of that place.
        origin: returns the origin of a name's value.
    """
    found = {}
    for setting, keys in names.items():
        key = next((key for key in keys if isinstance(fields.get(key), str) and fields[key]), None)
        if key is not None:
            found[setting] = Value(Secret(fields[key]) if setting in SECRETS else fields[key], origin(key))
    return found


def first_values(names: tuple[str, ...], sources: list[Source]) -> Iterator[tuple[str, Value]]:
    """Yield the first value of each setting among the sources."""
    for name in names:
        value = next((source.values[name] for source in sources if name in source.values), None)
        if value is not None:
            yield name, value
