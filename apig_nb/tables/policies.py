"""The tables `ratelimits`, `access_controls` and `gateway_responses`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from apig_nb.definition.values import as_text
from apig_nb.tables.frame import LIST, MAYBE, TEXT, WHOLE, Row, rest

if TYPE_CHECKING:
    from apig_nb.definition import ApiDefinition

RATELIMITS = {
    "ratelimit": TEXT,
    "api_limit": WHOLE,
    "user_limit": WHOLE,
    "app_limit": WHOLE,
    "ip_limit": WHOLE,
    "interval": WHOLE,
    "unit": TEXT,
    "shared": MAYBE,
    "special": LIST,
    "used_by": WHOLE,
    "extensions": TEXT,
}
ACCESS_CONTROLS = {
    "access_control": TEXT,
    "acl_type": TEXT,
    "entity_type": TEXT,
    "value": LIST,
    "used_by": WHOLE,
    "extensions": TEXT,
}
GATEWAY_RESPONSES = {
    "gateway_response": TEXT,
    "response_type": TEXT,
    "status": TEXT,
    "media_type": TEXT,
    "body": TEXT,
    "headers": TEXT,
    "used_by": WHOLE,
    "extensions": TEXT,
}


def ratelimits(definition: ApiDefinition) -> Iterator[Row]:
    """Yield the rows of `Export.ratelimits`."""
    used_by = _used_by(definition, "x-apigateway-ratelimit")
    return (
        (
            policy.name,
            policy.api_limit,
            policy.user_limit,
            policy.app_limit,
            policy.ip_limit,
            policy.interval,
            policy.unit,
            policy.shared,
            tuple([special.text for special in policy.special]),
            used_by[policy.name],
            rest(policy.extensions),
        )
        for policy in definition.document.ratelimits
    )


def access_controls(definition: ApiDefinition) -> Iterator[Row]:
    """Yield the rows of `Export.access_controls`."""
    used_by = _used_by(definition, "x-apigateway-access-control")
    return (
        (
            policy.name,
            policy.acl_type,
            policy.entity_type,
            policy.entries,
            used_by[policy.name],
            rest(policy.extensions),
        )
        for policy in definition.document.access_controls
    )


def gateway_responses(definition: ApiDefinition) -> Iterator[Row]:
    """Yield the rows of `Export.gateway_responses`."""
    used_by = Counter(operation.gateway_response for operation in definition.operations)
    return (
        (
            response.name,
            response.response_type,
            as_text(response.status),
            response.media_type,
            response.body,
            response.headers,
            used_by[response.name],
            rest(response.extensions),
        )
        for response in definition.document.gateway_responses
    )


def _used_by(definition: ApiDefinition, key: str) -> Counter[str]:
    return Counter(name for operation in definition.operations for name in operation.names(key))
