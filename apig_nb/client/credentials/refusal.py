"""Which refusals a new token cures (contract/errors, "Retry advice").

A rejected signature is none of them: the key would lock.
"""

from __future__ import annotations

from typing import Final

from apig_nb.client.service_errors import digits, read_service_error
from apig_nb.client.transport import Response

_TOKEN_CODES: Final = frozenset({"APIG.1001", "APIG.1002", "APIC.7101", "APIC.7102"})
_TOKEN_TEXTS: Final = ("decrypt token fail", "token expires")
_MUST_BE_UPDATED: Final = "token must be updated"


def wants_new_token(response: Response) -> bool:
    """Whether an answer says that the token has ended, or is not known any more."""
    if response.status_code != 401:
        return False
    # A refusal is short; what is not a refusal is not read here.
    error = read_service_error(401, response.headers, response.read())
    text = error.error_msg.lower()
    of_front = digits(error.error_code)
    return (
        error.error_code in _TOKEN_CODES
        or of_front == "0307"
        or (of_front == "0301" and any(words in text for words in _TOKEN_TEXTS))
        # IAM has no codes; this text means a new token from any service (contract/auth, "Answer").
        or (error.error_code == "401" and _MUST_BE_UPDATED in text)
    )
