"""One function per table: `ApiDefinition` → `DataFrame`, tidy, with stable columns and dtypes."""

from apig_nb.tables.backends import backend_parameters, backends
from apig_nb.tables.bodies import request_bodies, responses
from apig_nb.tables.document import extensions, problems
from apig_nb.tables.operations import operations, paths
from apig_nb.tables.parameters import parameters
from apig_nb.tables.policies import access_controls, gateway_responses, ratelimits
from apig_nb.tables.schemas import schemas
from apig_nb.tables.security import security_schemes

__all__ = [
    "access_controls",
    "backend_parameters",
    "backends",
    "extensions",
    "gateway_responses",
    "operations",
    "parameters",
    "paths",
    "problems",
    "ratelimits",
    "request_bodies",
    "responses",
    "schemas",
    "security_schemes",
]
