"""`ratelimits`, `access_controls`, `gateway_responses`: the policies a document defines, and who uses them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from apig_nb.tables.frame import MAYBE, TEXT, WHOLE, frame, joined, rest

if TYPE_CHECKING:
    import pandas as pd

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
    "special": TEXT,
    "used_by": WHOLE,
    "extensions": TEXT,
}
ACCESS_CONTROLS = {
    "access_control": TEXT,
    "acl_type": TEXT,
    "entity_type": TEXT,
    "value": TEXT,
    "used_by": WHOLE,
    "extensions": TEXT,
}
GATEWAY_RESPONSES = {
    "gateway_response": TEXT,
    "response_type": TEXT,
    "status": WHOLE,
    "media_type": TEXT,
    "body": TEXT,
    "headers": TEXT,
    "used_by": WHOLE,
    "extensions": TEXT,
}


def ratelimits(definition: ApiDefinition) -> pd.DataFrame:
    """A row is a throttling policy.

    Columns: ratelimit (its name), api_limit, user_limit, app_limit, ip_limit (calls per interval, Int64), interval
    (Int64), unit (`SECOND`, `MINUTE`, `HOUR`, `DAY`), shared (boolean: one limit for all APIs bound), special (limits
    of single apps and users), used_by (operations bound, Int64), extensions (JSON).
    """
    used_by = _used_by(definition, "x-apigateway-ratelimit")
    return frame(
        RATELIMITS,
        (
            (
                policy.name,
                policy.api_limit,
                policy.user_limit,
                policy.app_limit,
                policy.ip_limit,
                policy.interval,
                policy.unit,
                policy.shared,
                joined(policy.special),
                used_by[policy.name],
                rest(policy.extensions),
            )
            for policy in definition.document.ratelimits
        ),
    )


def access_controls(definition: ApiDefinition) -> pd.DataFrame:
    """A row is an access control policy.

    Columns: access_control (its name), acl_type (`PERMIT`, `DENY`), entity_type (`IP`, `DOMAIN`), value (addresses or
    accounts), used_by (operations bound, Int64), extensions (JSON).
    """
    used_by = _used_by(definition, "x-apigateway-access-control")
    return frame(
        ACCESS_CONTROLS,
        (
            (
                policy.name,
                policy.acl_type,
                policy.entity_type,
                policy.value,
                used_by[policy.name],
                rest(policy.extensions),
            )
            for policy in definition.document.access_controls
        ),
    )


def gateway_responses(definition: ApiDefinition) -> pd.DataFrame:
    """A row is what the gateway itself answers in one case; a set that changes nothing has one row without a case.

    Columns: gateway_response (the set's name), response_type (`THROTTLED`, …), status (Int64), media_type, body (a
    template), headers (JSON), used_by (operations that use the set, Int64), extensions (JSON).
    """
    used_by = _used_by(definition, "x-apigateway-response")
    return frame(
        GATEWAY_RESPONSES,
        (
            (
                response.name,
                response.response_type,
                response.status,
                response.media_type,
                response.body,
                response.headers,
                used_by[response.name],
                rest(response.extensions),
            )
            for response in definition.document.gateway_responses
        ),
    )


def _used_by(definition: ApiDefinition, key: str) -> Counter[str]:
    return Counter(name for operation in definition.operations for name in operation.names(key))
