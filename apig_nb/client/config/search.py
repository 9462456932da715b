"""Search for credentials and the settings that belong to them.

The sources, in order:

1. the arguments of `connect`;
2. variables: `OS_*`, then `HUAWEICLOUD_SDK_*`, then `HW_*`;
3. `clouds.yaml`: the entry that `OS_CLOUD` names, or the only one; where `connect` is given the name of an entry, it
   replaces the other sources;
4. the SDK's credentials file.

The credential comes from the first source in which it is complete, with the arguments added: the user of one source and
the password of another do not belong together. Addresses, region and project come from the arguments, that source and
the variables, in this order; never from a file without the credential, because it may be in a folder of someone else.
Certificate authorities are also searched for, last, in variables for all programs, such as `SSL_CERT_FILE`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

from apig_nb.client.config import clouds, sdk_file, variables
from apig_nb.client.config.source import (
    AGENCY,
    KINDS,
    LOCATION,
    OF_KIND,
    PROJECT,
    TRUST,
    UNSUPPORTED,
    Source,
    Value,
    first_values,
)
from apig_nb.errors import ArgumentError, CredentialsError


@dataclass(frozen=True)
class SearchResult:
    """Settings that belong together.

    Attributes:
        kind: `token`, `access key` or `password`.
        values: the settings, by argument of `connect`.
    """

    kind: str
    values: Mapping[str, Value]

    def get(self, name: str) -> Any:
        """Return the value of a setting; None where there is none."""
        return self.values[name].text if name in self.values else None


class FoundCredentials(NamedTuple):
    """Credentials that were found on this machine.

    Attributes:
        name: the project, the region or the entry of clouds.yaml they belong to.
        origin: the variable or the file that holds them, with their kind.
        target: the argument of `connect` that uses them; None for `connect()`.
    """

    name: str
    origin: str
    target: str | None


def found_credentials() -> list[FoundCredentials]:
    """List the credentials of this machine: those that `connect()` uses, then each entry of clouds.yaml.

    Files that cannot be read are left out: `connect` reports them.
    """
    found = []
    with suppress(CredentialsError, ArgumentError):
        found.append(_found(search({}), None))
    for name, source in clouds.entries().items():
        if (kind := source.kind()) is not None:
            found.append(_found(_result(kind, Source({}), source, []), name))
    # The only entry of clouds.yaml is also what `connect()` uses.
    return list({one.origin: one for one in found}.values())


def _found(result: SearchResult, target: str | None) -> FoundCredentials:
    secret = result.values[KINDS[result.kind][-1]]
    names = (result.get(key) for key in ("project_name", "region", "project_id", "endpoint"))
    name = target or next(filter(None, names), None)
    return FoundCredentials(str(name or "this machine"), f"{result.kind} from {secret.origin}", target)


def search(arguments: Mapping[str, Any], cloud: str | None = None) -> SearchResult:
    """Search for credentials and the settings that belong to them.

    Args:
        arguments: the arguments of `connect` that were given.
        cloud: the name of an entry of clouds.yaml.

    Raises:
        CredentialsError: there are none; the message lists the sources.
        ArgumentError: `cloud` is given, and there is no clouds.yaml.
    """
    given = Source({name: Value(text, f"argument {name}") for name, text in arguments.items()})
    families = [] if cloud else variables.families()
    wanted = given.kind() or _incomplete_kind(given)
    unsupported: list[str] = []
    for source in _sources(families, cloud):
        unsupported += [value.origin for _, value in first_values(UNSUPPORTED, [source])]
        combined = Source({**source.values, **given.values})
        kind = wanted or combined.kind()
        if kind is not None and combined.holds(kind):
            return _result(kind, given, source, families)
    raise CredentialsError(_not_found(given, cloud) + _unsupported_note(unsupported))


def _sources(families: list[Source], cloud: str | None) -> Iterator[Source]:
    """Yield the sources one by one, so that a file is opened only where no earlier source is complete."""
    if cloud is not None:
        entry = clouds.entry(cloud)
        if entry is None:
            raise ArgumentError("target", cloud, "is not known: there is no clouds.yaml that has it", ("sandbox",))
        yield entry
        return
    yield Source({})
    yield from families
    if (entry := clouds.entry(os.environ.get("OS_CLOUD") or None)) is not None:
        yield entry
    if (section := sdk_file.section()) is not None:
        yield section


def _incomplete_kind(given: Source) -> str | None:
    """Return the kind of credentials of which at least one argument is given."""
    return next((kind for kind, names in OF_KIND.items() if any(n in given.values for n in names[:3])), None)


def _result(kind: str, given: Source, source: Source, families: list[Source]) -> SearchResult:
    values = dict(first_values(OF_KIND[kind], [given, source]))
    values |= first_values(AGENCY, [given, source, *families])
    values |= first_values(LOCATION, [given, source, *families])
    values |= first_values(TRUST, [given, source, *families, variables.of_machine()])
    # Id and name must be of one project.
    for one in (given, source, *families):
        if project := dict(first_values(PROJECT, [one])):
            values |= project
            break
    if kind == "password" and "domain_name" not in values:
        values |= first_values(("domain_name",), families)
    return SearchResult(kind, values)


def _not_found(given: Source, cloud: str | None) -> str:
    started = _incomplete_kind(given)
    missing = [name for name in KINDS[started] if name not in given.values] if started else ["token"]
    if cloud is not None:
        return f"{' and '.join(missing)} is missing: the entry {cloud!r} of clouds.yaml holds no complete credential"
    wanted = [setting for kind in KINDS.values() for setting in kind]
    names = [[name for setting in wanted for name in family.get(setting, ())] for family in variables.FAMILIES]
    entry = os.environ.get("OS_CLOUD") or "of OS_CLOUD"
    looked_for = [
        "arguments token=, or access_key= and secret_key=, or username=, password= and domain_name=",
        *(f"variables {', '.join(listed)}" for listed in names),
        f"clouds.yaml ({', '.join(map(str, clouds.candidates()))}; entry {entry})",
        f"the SDK's file ({sdk_file.path()}, section basic)",
    ]
    others = "" if started else ", and so is every other credential"
    places = "".join(f"\n- {place}" for place in looked_for)
    return f"{' and '.join(missing)} is missing{others}. Looked for, in this order:{places}"


def _unsupported_note(unsupported: list[str]) -> str:
    """Return advice where there are only credentials of an unsupported kind."""
    if not unsupported:
        return ""
    found = " and ".join(dict.fromkeys(unsupported))
    return f". Found, but not supported: {found}; give a token (OS_TOKEN) or an access key instead"
