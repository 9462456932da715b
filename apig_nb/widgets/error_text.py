"""Texts of errors in a form, and the field an error belongs to."""

from __future__ import annotations

from typing import Final

from apig_nb.client.listings import GATEWAYS
from apig_nb.errors import ApigError, ArgumentError, NameLookupError, ServiceError

# Codes of the appendix "Error Codes" of the APIG API reference.
_FIELD_BY_CODE: Final = {
    "APIG.3001": "group_id",
    "APIG.1101": "group_id",
    "APIG.3003": "env_id",
    "APIG.1103": "env_id",
    "APIG.3030": "instance_id",
    "APIG.1136": "instance_id",
    "APIC.7302": "instance_id",
    "APIG.3002": "apis",
    "APIG.3015": "apis",
    "APIG.3411": "apis",
    "APIG.1102": "apis",
}


def error_text(error: Exception) -> str:
    """The message of an error with its notes; an exception of another library is preceded by its class."""
    return ". ".join([_message(error), *getattr(error, "__notes__", ())])


def _message(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        # Without the file name, which may be that of a temporary file; the field already names the file.
        return f"{error.strerror[0].lower()}{error.strerror[1:]}"
    if isinstance(error, ArgumentError):
        # Without the wire name: the message stands beside a field that has a label.
        return str(error).removeprefix(f"{error.argument}: ")
    return str(error) if isinstance(error, ApigError | OSError) else f"{type(error).__name__}: {error}"


def field_name(error: Exception) -> str:
    """Wire name of the field an error belongs to; empty if it belongs to none."""
    if isinstance(error, ArgumentError):
        return "instance_id" if error.argument == "gateway" else error.argument
    if isinstance(error, NameLookupError):
        return "instance_id" if error.kind == GATEWAYS.kind else ""
    if not isinstance(error, ServiceError):
        return ""
    # Messages of the service name the parameter as "parameterName:group_id".
    _, _, name = error.error_msg.partition("parameterName:")
    return _FIELD_BY_CODE.get(error.error_code) or name.split(".")[0].split(" ")[0]
