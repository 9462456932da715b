"""One function per table: `ApiDefinition` → rows; tidy DataFrames with stable columns and dtypes are made of them.

`Export` has a property for each; their docstrings describe the columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from apig_nb.tables.backends import BACKEND_PARAMETERS, BACKENDS, backend_parameters, backends
from apig_nb.tables.bodies import REQUEST_BODIES, RESPONSES, request_bodies, responses
from apig_nb.tables.document import EXTENSIONS, PROBLEMS, extensions, problems
from apig_nb.tables.frame import Table
from apig_nb.tables.operations import OPERATIONS, PATHS, operations, paths
from apig_nb.tables.parameters import PARAMETERS, parameters
from apig_nb.tables.policies import (
    ACCESS_CONTROLS,
    GATEWAY_RESPONSES,
    RATELIMITS,
    access_controls,
    gateway_responses,
    ratelimits,
)
from apig_nb.tables.schemas import SCHEMAS, schemas
from apig_nb.tables.security import SECURITY_SCHEMES, security_schemes

TABLES: Final[Mapping[str, Table]] = MappingProxyType(
    {
        "paths": Table(PATHS, paths),
        "operations": Table(OPERATIONS, operations),
        "parameters": Table(PARAMETERS, parameters),
        "request_bodies": Table(REQUEST_BODIES, request_bodies),
        "responses": Table(RESPONSES, responses),
        "schemas": Table(SCHEMAS, schemas),
        "security_schemes": Table(SECURITY_SCHEMES, security_schemes),
        "backends": Table(BACKENDS, backends),
        "backend_parameters": Table(BACKEND_PARAMETERS, backend_parameters),
        "ratelimits": Table(RATELIMITS, ratelimits),
        "access_controls": Table(ACCESS_CONTROLS, access_controls),
        "gateway_responses": Table(GATEWAY_RESPONSES, gateway_responses),
        "extensions": Table(EXTENSIONS, extensions),
        "problems": Table(PROBLEMS, problems),
    }
)
"""All tables by name, in the order in which they are listed to users."""
