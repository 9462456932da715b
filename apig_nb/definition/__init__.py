"""Read the bytes of a document into an `ApiDefinition`, one form for all versions of the standard."""

from apig_nb.definition.api_definition import ApiDefinition, read_definition
from apig_nb.definition.model.operation import Operation
from apig_nb.definition.problem import Problem

__all__ = ["ApiDefinition", "Operation", "Problem", "read_definition"]
