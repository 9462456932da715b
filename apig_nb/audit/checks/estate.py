"""Checks over a set of exports."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from apig_nb.audit.checks.registry import check_of_set
from apig_nb.audit.hosts import shown, variables
from apig_nb.audit.rules import RELEASE
from apig_nb.audit.subject import Api, Found, Subject
from apig_nb.definition.model.backend import Backend


@check_of_set
def same_backend_in_two_environments(subjects: Sequence[Subject]) -> Iterator[tuple[Subject, Found]]:
    environments: dict[tuple[str, str], dict[str, list[tuple[Subject, Api, Backend]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for subject in subjects:
        for api in subject.apis:
            for backend in api.backends:
                if address := _address(backend):
                    by_environment = environments[subject.gateway, address]
                    by_environment[subject.environment].append((subject, api, backend))
    for (_, address), by_environment in environments.items():
        if len(by_environment) < 2:
            continue
        first = RELEASE if RELEASE in by_environment else min(by_environment)
        for environment, users in by_environment.items():
            by_subject: dict[Subject, list[tuple[Api, Backend]]] = defaultdict(list)
            for subject, api, backend in users if environment != first else ():
                by_subject[subject].append((api, backend))
            for subject, found in by_subject.items():
                operations = tuple(dict.fromkeys(api.operation for api, _ in found))
                yield subject, Found(found[0][1].pointer, f"backend {shown(address)}", f"also in {first}", operations)


def _address(backend: Backend) -> str | None:
    """Return what a backend reaches, without its path; `None` where a variable tells environments apart."""
    address = backend.address or backend.function_urn or backend.channel
    return None if not address or variables(address) else address.lower()
