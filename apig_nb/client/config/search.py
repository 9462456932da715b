"""The order in which credentials are looked for, and what goes with those that are found.

1. the arguments of `connect`;
2. variables: `OS_*`, then `HUAWEICLOUD_SDK_*`, then `HW_*`;
3. `clouds.yaml`: the entry `OS_CLOUD` names, or the only one; before the variables, and in their place, where
   `connect` is given its name;
4. the SDK's credentials file.

The first place that holds a whole credential gives it, and arguments complete it: a user of one place and a password of
another are no pair. Addresses, region and project come from the arguments, that place and the variables, in turn; never
from a file that does not hold the credential, as it may lie in a folder somebody else filled. Certificate authorities
come last of all from the variables every tool on the machine obeys, such as `SSL_CERT_FILE`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from apig_nb.client.config import clouds, sdk_file, variables
from apig_nb.client.config.source import (
    AGENCY,
    KINDS,
    OF_KIND,
    PLACE,
    PROJECT,
    TRUST,
    UNSUPPORTED,
    Source,
    Value,
    picked,
)
from apig_nb.errors import ArgumentError, CredentialsError


@dataclass(frozen=True)
class Found:
    """Settings that belong together.

    Attributes:
        kind: `token`, `access key` or `password`.
        values: by the name of `connect`'s argument.
    """

    kind: str
    values: Mapping[str, Value]

    def get(self, name: str) -> Any:
        """The value of a setting, a text unless an argument was something else; None where there is none."""
        return self.values[name].text if name in self.values else None


def search(arguments: Mapping[str, Any], cloud: str | None = None) -> Found:
    """Look for credentials and what goes with them.

    Args:
        arguments: what `connect` was given.
        cloud: the name of an entry of clouds.yaml.

    Raises:
        CredentialsError: there are none; the message lists what was looked for.
        ArgumentError: there is no such entry.
    """
    given = Source({name: Value(text, f"argument {name}") for name, text in arguments.items()})
    around = [] if cloud else variables.families()
    wanted = given.kind() or _begins(given)
    unsupported: list[str] = []
    for source in _sources(around, cloud):
        unsupported += [value.origin for _, value in picked(UNSUPPORTED, [source])]
        # Arguments complete what a place holds, and come before it.
        together = Source({**source.values, **given.values})
        kind = wanted or together.kind()
        if kind is not None and together.holds(kind):
            return _found(kind, given, source, around)
    raise CredentialsError(_nothing(given, cloud) + _instead_of(unsupported))


def _sources(around: list[Source], cloud: str | None) -> Iterator[Source]:
    """The places one by one, so that a file is only opened where nothing before it will do."""
    if cloud is not None:
        entry = clouds.entry(cloud)
        if entry is None:
            raise ArgumentError("target", cloud, "is not known: there is no clouds.yaml that has it", ("sandbox",))
        yield entry
        return
    yield Source({})
    yield from around
    if (entry := clouds.entry(os.environ.get("OS_CLOUD") or None)) is not None:
        yield entry
    if (section := sdk_file.section()) is not None:
        yield section


def _begins(given: Source) -> str | None:
    """The kind of credentials the arguments begin."""
    return next((kind for kind, names in OF_KIND.items() if any(n in given.values for n in names[:3])), None)


def _found(kind: str, given: Source, source: Source, around: list[Source]) -> Found:
    values = dict(picked(OF_KIND[kind], [given, source]))
    values |= picked(AGENCY, [given, source, *around])
    values |= picked(PLACE, [given, source, *around])
    values |= picked(TRUST, [given, source, *around, variables.of_machine()])
    # Id and name of a project come from one place, or they may be of two projects.
    for place in (given, source, *around):
        if project := dict(picked(PROJECT, [place])):
            values |= project
            break
    if kind == "password" and "domain_name" not in values:
        values |= picked(("domain_name",), around)
    return Found(kind, values)


def _nothing(given: Source, cloud: str | None) -> str:
    begun = _begins(given)
    missing = [name for name in KINDS[begun] if name not in given.values] if begun else ["token"]
    if cloud is not None:
        return f"{' and '.join(missing)} is missing: the entry {cloud!r} of clouds.yaml holds no whole credential"
    wanted = [setting for kind in KINDS.values() for setting in kind]
    names = [[name for setting in wanted for name in family.get(setting, ())] for family in variables.FAMILIES]
    looked_for = [
        "arguments token=, or access_key= and secret_key=, or username=, password= and domain_name=",
        *(f"variables {', '.join(listed)}" for listed in names),
        f"clouds.yaml ({', '.join(map(str, clouds.places()))}; entry {os.environ.get('OS_CLOUD') or 'of OS_CLOUD'})",
        f"the SDK's file ({sdk_file.place()}, section basic)",
    ]
    others = "" if begun else ", and so is every other credential"
    return f"{' and '.join(missing)} is missing{others}. Looked for, in this order: {'; '.join(looked_for)}"


def _instead_of(unsupported: list[str]) -> str:
    """What to do where there is nothing but credentials that are not read."""
    if not unsupported:
        return ""
    seen = " and ".join(dict.fromkeys(unsupported))
    return f". Seen, but of a kind that is not supported: {seen}; give a token (OS_TOKEN) or an access key in its place"
