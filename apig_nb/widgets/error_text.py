"""What an error says in a form, and which field it is about."""

from __future__ import annotations

from typing import Final

from apig_nb.client.listings import GATEWAYS
from apig_nb.errors import ApigError, ArgumentError, NameLookupError, ServiceError

# Which field a code of the service's is about (contract/errors).
_FIELD_OF_CODE: Final = {
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


def in_words(error: Exception) -> str:
    """What went wrong, with the notes on it; an error that is not ours is named by its kind, too."""
    return ". ".join([_said(error), *getattr(error, "__notes__", ())])


def _said(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        # The field says which file is meant; the system may name one that is only written on the way to it.
        return f"{error.strerror[0].lower()}{error.strerror[1:]}"
    return str(error) if isinstance(error, ApigError | OSError) else f"{type(error).__name__}: {error}"


def field_of(error: Exception) -> str:
    """The wire name of the field an error is about; empty where it is about none."""
    if isinstance(error, ArgumentError):
        return "instance_id" if error.argument == "gateway" else error.argument
    if isinstance(error, NameLookupError):
        return "instance_id" if error.kind == GATEWAYS.kind else ""
    if not isinstance(error, ServiceError):
        return ""
    # Texts of the service name a parameter in this way (contract/errors).
    _, _, named = error.error_msg.partition("parameterName:")
    return _FIELD_OF_CODE.get(error.error_code) or named.split(".")[0].split(" ")[0]


def is_forbidden(error: Exception) -> bool:
    """Whether the service knows the caller and does not allow this call."""
    return isinstance(error, ServiceError) and error.status_code == 403
