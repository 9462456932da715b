"""One function per table: `ApiDefinition` → `DataFrame`, tidy, with stable columns and dtypes.

`Export` has a property for each; their docstrings describe the columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from apig_nb.tables.backends import backend_parameters, backends
from apig_nb.tables.bodies import request_bodies, responses
from apig_nb.tables.document import extensions, problems
from apig_nb.tables.operations import operations, paths
from apig_nb.tables.parameters import parameters
from apig_nb.tables.policies import access_controls, gateway_responses, ratelimits
from apig_nb.tables.schemas import schemas
from apig_nb.tables.security import security_schemes

if TYPE_CHECKING:
    from pandas import DataFrame

    from apig_nb.definition import ApiDefinition

TABLES: Final[Mapping[str, Callable[[ApiDefinition], DataFrame]]] = MappingProxyType(
    {
        "paths": paths,
        "operations": operations,
        "parameters": parameters,
        "request_bodies": request_bodies,
        "responses": responses,
        "schemas": schemas,
        "security_schemes": security_schemes,
        "backends": backends,
        "backend_parameters": backend_parameters,
        "ratelimits": ratelimits,
        "access_controls": access_controls,
        "gateway_responses": gateway_responses,
        "extensions": extensions,
        "problems": problems,
    }
)
"""All tables, name → function, in the order in which they are listed to users."""
