"""`Door`: an operation that leads to a backend, as the checks over a set see it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from apig_nb.audit.hosts import shown
from apig_nb.audit.subject import Found, Origin, Subject, backend_method, label
from apig_nb.definition.model.target import Target, target_of, variables


class Door(NamedTuple):
    """An operation that leads to a backend; holds nothing of the document, as there may be thousands of these.

    Attributes:
        origin: the export.
        operation: the operation as `METHOD path`.
        auth: its authentication in words.
        strength: the strength of its authentication.
        label: the backend in words.
        pointer: JSON pointer to the backend.
        server: what answers, without a path; `None` where a variable tells environments apart.
        target: what is called, equal for all operations that call the same; `None` where the export does not tell.
        hosts: the hosts of the backend's address.
        domains: the hosts under which the group is served.
    """

    origin: Origin
    operation: str
    path: str
    auth: str
    strength: int
    label: str
    pointer: str
    server: str | None
    target: Target | None
    hosts: tuple[str, ...]
    domains: frozenset[str]

    def found(self, evidence: str) -> tuple[Origin, Found]:
        """Return a fault of it."""
        return self.origin, Found(self.pointer, self.label, evidence, operation=self.operation)


def doors_of(subject: Subject) -> Iterator[Door]:
    """Yield the doors of an export."""
    for api in subject.apis:
        for backend, hosts in api.backend_hosts:
            server = backend.address or backend.function_urn or backend.channel
            yield Door(
                origin=subject.origin,
                operation=api.name,
                path=api.path,
                auth=" or ".join(api.auth),
                strength=api.strength,
                label=label(backend),
                pointer=backend.pointer,
                server=None if not server or variables(server) else shown(server).lower(),
                target=target_of(
                    " ".join(subject.origin.gateway),
                    backend_method(api, backend),
                    function_urn=backend.function_urn,
                    address=backend.address,
                    channel=backend.channel,
                    server_group=backend.server_group,
                    path=backend.path,
                ),
                hosts=tuple(hosts),
                domains=subject.domains,
            )
