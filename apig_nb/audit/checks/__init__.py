"""The checks: a function for each rule, in modules by subject."""

from apig_nb.audit.checks import access as access
from apig_nb.audit.checks import authentication as authentication
from apig_nb.audit.checks import authorizers as authorizers
from apig_nb.audit.checks import backend_parameters as backend_parameters
from apig_nb.audit.checks import backend_policies as backend_policies
from apig_nb.audit.checks import backends as backends
from apig_nb.audit.checks import cors as cors
from apig_nb.audit.checks import encryption as encryption
from apig_nb.audit.checks import estate as estate
from apig_nb.audit.checks import lifecycle as lifecycle
from apig_nb.audit.checks import parameters as parameters
from apig_nb.audit.checks import responses as responses
from apig_nb.audit.checks import routing as routing
from apig_nb.audit.checks import schemas as schemas
from apig_nb.audit.checks import throttling as throttling
from apig_nb.audit.checks.registry import CHECKS as CHECKS
from apig_nb.audit.checks.registry import SET_CHECKS as SET_CHECKS
