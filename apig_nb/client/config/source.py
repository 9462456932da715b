"""A place where settings are found, and the kinds of credentials it may hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "token": ("token",),
    "access key": ("access_key", "secret_key"),
    "password": ("password",),
}
"""What makes each kind of credentials, in the order they are taken where one place holds several (contract/auth)."""

OF_KIND: Final[Mapping[str, tuple[str, ...]]] = {
    "token": ("token",),
    "access key": ("access_key", "secret_key", "security_token"),
    "password": ("username", "user_id", "password", "passcode", "domain_name"),
}
"""The settings that belong to a kind of credentials: they come from one place, or from an argument."""

AGENCY: Final = ("agency_name", "agency_domain_name")
PROJECT: Final = ("project_id", "project_name")
PLACE: Final = ("endpoint", "iam_endpoint", "region", "cloud", "insecure")
TRUST: Final = ("cacert",)

UNSUPPORTED: Final = ("idp_id", "id_token_file", "shared_config_file", "profile")
"""Settings of credentials that are not read: a federated login, and the configuration of the command line tool."""

SECRETS: Final = frozenset({"token", "secret_key", "security_token", "password", "passcode"})


@dataclass(frozen=True)
class Value:
    """A value and the place it came from, which may be shown; the value may not."""

    text: Any = field(repr=False)
    origin: str


@dataclass(frozen=True)
class Source:
    """One place: the arguments, a family of variables, an entry of a file.

    Attributes:
        values: what it holds, by the name of `connect`'s argument.
    """

    values: Mapping[str, Value]

    def kind(self) -> str | None:
        """The kind of credentials it holds in full; None for none."""
        return next(filter(self.holds, KINDS), None)

    def holds(self, kind: str) -> bool:
        """Whether it holds a kind of credentials in full."""
        return all(name in self.values for name in KINDS[kind])


def read(
    names: Mapping[str, tuple[str, ...]], fields: Mapping[str, object], origin: Callable[[str], str]
) -> dict[str, Value]:
    """The settings a place holds; an empty one counts as not set.

    Args:
        names: what the place calls each setting; where it has several names, the first that is set counts.
        fields: what stands there.
        origin: says of a name where its value came from.
    """
    found = {}
    for setting, keys in names.items():
        key = next((key for key in keys if isinstance(fields.get(key), str) and fields[key]), None)
        if key is not None:
            found[setting] = Value(fields[key], origin(key))
    return found


def picked(names: tuple[str, ...], sources: list[Source]) -> Iterator[tuple[str, Value]]:
    """The first value of each of these settings."""
    for name in names:
        value = next((source.values[name] for source in sources if name in source.values), None)
        if value is not None:
            yield name, value
