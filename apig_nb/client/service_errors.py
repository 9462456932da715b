"""Read the error answers of the cloud, in every shape of their body, and add a hint for each code.

A hint depends on the code, not on the text, which may change; except where one code has several causes that only the
text distinguishes. The codes are those of the appendix "Error Codes" of the API Gateway API reference
(https://docs.otc.t-systems.com/api-gateway/api-ref/) and of the example answers of each call.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from apig_nb.client.secret import masked
from apig_nb.errors import ServiceError
from apig_nb.text import HARMFUL, shorten

_CODES: Mapping[str, str] = {
    "Send X-Auth-Token": "APIC.7100 APIG.1000",
    "Get a new token": "APIC.7101 APIC.7102 APIC.7105 APIC.7107 APIG.1001 APIG.1007 APIG.1008 APIG.1009",
    "Ask for a project-scoped token": "APIC.7103",
    "Grant apig:instances:list / get": "APIC.7106",
    "The owner of the account has to act": "APIC.7109 APIG.1011 APIG.1012 APIG.1013 APIG.3412",
    "Only GET allowed; export is a POST": "APIC.7110",
    "Check ids": "APIC.7111 APIC.7118",
    "Check project_id": "APIC.7130",
    "Grant permission": "APIC.7134 APIG.1119",
    "Correct the field": (
        "APIC.7211 APIG.2002 APIG.2003 APIG.2004 APIG.2005 APIG.2006 APIG.2007 APIG.2010 APIG.2011 APIG.2012 APIG.2013"
    ),
    "Grant the named action": "APIC.7300",
    "Check instance_id": "APIC.7302 APIG.3030",
    "Wait": "APIC.7701 APIG.3718",
    "Retry": (
        "APIC.9000 APIC.9100 APIG.0202 APIG.0203 APIG.0613 APIG.1010 APIG.1029 APIG.3005 APIG.3006 APIG.3022 "
        "APIG.3081 APIG.3500 APIG.9003 APIG.9004"
    ),
    "Retry, then ask the support of the provider": "APIC.9999 APIG.0601",
    "Check endpoint, region, path and method": "APIG.0101 APIGW.0101",
    "Check parameters": "APIG.0106 APIGW.0106",
    "Use the status to tell them apart; 494 can be an oversized token; 502/504 may be retried": "APIG.0201 APIGW.0201",
    "Get a new token, fix the signature or the clock;"
    " after more than 5 consecutive failures the key is locked for 5 minutes": "APIG.0301 APIGW.0301",
    "Ask the administrator": "APIG.0302 APIG.0306 APIG.1140 APIGW.0302",
    "Check the credentials": "APIG.0305",
    "Get a new token and repeat once": "APIG.0307 APIGW.0307",
    "Wait and retry": "APIG.0308",
    "Choose another project": "APIG.0310",
    "Ask the support of the provider": "APIG.0401 APIGW.0104 APIGW.0105",
    "Check the access policy of the account": "APIG.0402",
    "Check the request": "APIG.0602",
    "Use HTTPS": "APIG.0607",
    "Choose another region or ask the administrator": "APIG.0802",
    "Get a new token; check region and account": "APIG.1002",
    "Ask IAM for a project-scoped token": "APIG.1003",
    "Grant apig:apis:export and its dependencies": "APIG.1005",
    "Grant read permission": "APIG.1020",
    "Check owner and project": "APIG.1101",
    "Check the ids in apis": "APIG.1102 APIG.3002 APIG.3411",
    "Check env_id": "APIG.1103",
    "Grant the dependency actions": "APIG.1105 APIG.1106 APIG.1137",
    "Check instance_id and project": "APIG.1136",
    "Check the ids": "APIG.1201",
    "Read the message": "APIG.2000",
    "Fill the field": "APIG.2001",
    "Import only, useful when a file is re-imported": "APIG.2044",
    "Import only": "APIG.2045 APIG.3301 APIG.3600 APIG.3602 APIG.3603 APIG.3609",
    "Choose another group": "APIG.3001",
    "Choose another environment": "APIG.3003",
    "API not published in this environment": "APIG.3015",
    "Start the task again": "APIG.3072",
    "Feature configuration does not exist": "APIG.3087",
    "Stored Swagger file does not exist": "APIG.3090",
    "Start the export again": "APIG.3093",
    "Quota": "APIG.3101 APIG.3102 APIG.3125 APIG.3132",
    "Split the file": "APIG.3127",
    "Seen inside a failed asynchronous import task": "APIG.3201",
    "Possible answer of an old gateway to oas_version=3.0 or to the asynchronous calls": "APIG.3458",
    "Import only; predates OpenAPI 3.0 support": "APIG.3601",
    "Wait and retry: a throttling answer with status 500": "APIG.9008",
    "Retry once, then ask the support of the provider": "APIG.9999",
    "Retry later, then ask the support of the provider": "APIGW.0103",
    "Not used by management calls": "APIGW.0303",
    "Wait and retry with growing pauses": "APIGW.0308",
}
"""Hint → the codes it is for."""

HINTS: Mapping[str, str] = {code: text for text, codes in _CODES.items() for code in codes.split()}
"""Code → hint."""

# APIGW.0301 has several causes, which the text after the colon distinguishes.
_IAM_CAUSES: tuple[tuple[str, str], ...] = (
    ("verify aksk signature fail", "Check the secret key and the clock; do not retry, the key locks after 5 failures"),
    ("AK access failed to reach the limit", "The key is locked for 5 minutes after repeated wrong signatures; wait"),
    ("Get secretKey failed", "Unknown access key: check it, and that it belongs to this cloud"),
    ("decrypt token fail", "Get a new token from this cloud and region"),
    ("token expires", "Get a new token"),
    ("signature expired", "Set the clock: it may differ by 15 minutes at most"),
    ("x-auth-token not found", "Send X-Auth-Token"),
)

# For answers of proxies, and answers without a code.
_STATUS_HINTS: Mapping[int, str] = {
    400: "Check the request",
    401: "Check the credentials",
    403: "Ask the administrator for permission",
    404: "Check the endpoint, the region and the ids",
    407: "The proxy requires credentials: set HTTPS_PROXY accordingly",
    413: "The request is too large",
    429: "Wait and retry with growing pauses",
    500: "Retry later, then ask the support of the provider",
    502: "Retry later",
    503: "Retry later",
    504: "Retry later",
}

# The answer to a rejected signature repeats the canonical request, which holds the access key.
_ECHO = re.compile(r"(canonicalRequest:).*", re.DOTALL)
_CREDENTIAL = re.compile(
    r"""(Access=|Signature=|x-(?:auth|security|subject)-token['"]?\s*+[:=]\s*+b?['"]?)[^,;|\s'"]+""", re.IGNORECASE
)
_TEXT_LIMIT = 500
_HEADER_LIMIT = 100

MAX_BYTES: Final = 2**16
"""The bytes of an error that are looked at; one that is longer is not JSON of the cloud."""

# Possessive, so that nothing is read twice.
_TAG = re.compile(r"<(/?[a-z]*+)[^<>]*+>", re.IGNORECASE)
_HIDDEN: Final = ("script", "style")


def read_service_error(status_code: int, headers: Mapping[str, str], body: bytes) -> ServiceError:
    """Read an error answer of any shape.

    Args:
        status_code: the HTTP status.
        headers: the answer's headers; names in any letter case that the mapping allows.
        body: the answer's bytes: JSON of any shape that the SDK accepts, or anything that a proxy may send.
    """
    code, message, quoted_id = _fields(body)
    code = _masked(code) or str(status_code)
    message = _masked(message or _plain_text(body) or "the answer has no text")
    advice = hint(status_code, code, message)
    return ServiceError(
        status_code, code, message, _masked(quoted_id) or request_id(headers), advice, retry_after(headers)
    )


def request_id(headers: Mapping[str, str]) -> str:
    """Return the request id, for the provider's support; empty where the answer has none."""
    return shorten(_text(headers.get("X-Request-Id", "") or headers.get("X-IAM-Trace-Id", "")), _HEADER_LIMIT)


def retry_after(headers: Mapping[str, str]) -> str:
    """Return the value of `Retry-After`; empty where the answer has none.

    A date becomes the seconds from the date of the answer to it: the clock of this machine may be wrong.
    """
    asked = shorten(headers.get("Retry-After", "").strip(), _HEADER_LIMIT)
    moment, now = http_date(asked), http_date(headers.get("Date", ""))
    return asked if moment is None or now is None else str(max(int((moment - now).total_seconds()), 0))


def http_date(text: str) -> datetime | None:
    """Parse a date of a header, UTC where it has no zone; None where it is not a date."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def error_code(body: bytes) -> str:
    """Return the code in an error answer; empty where it has none."""
    return _fields(body)[0]


def is_error_body(body: bytes) -> bool:
    """Return True if a body is an error of the cloud, whatever its status."""
    return any(_fields(body)[:2])


def lacks_permission(error: Exception) -> bool:
    """Return True if the service knows the caller, but does not allow the call.

    The appendix "Error Codes" has APIG.1005 with status 401, the page of each call with 403.
    """
    return isinstance(error, ServiceError) and (error.status_code == 403 or error.error_code == "APIG.1005")


def hint(status_code: int, error_code: str, error_msg: str) -> str:
    """Return advice for an error; empty where there is none."""
    if digits(error_code) == "0301":
        for cause, advice in _IAM_CAUSES:
            if cause.lower() in error_msg.lower():
                return advice
    # APIGW.0301, APIG.0301 and APIC.0301 are the same.
    known = HINTS.get(error_code) or HINTS.get(f"APIGW.{digits(error_code)}")
    return known or _STATUS_HINTS.get(status_code, "")


def digits(error_code: str) -> str:
    """Return the digits of a code: clouds differ in the prefix of the codes of their front gateway."""
    return error_code.rpartition(".")[2]


def _fields(body: bytes) -> tuple[str, str, str]:
    try:
        answer = json.loads(body) if len(body) <= MAX_BYTES else None
    except (ValueError, RecursionError):
        return "", "", ""
    found = _flat_fields(answer)
    if found is None and isinstance(answer, dict):
        for inner in answer.values():
            found = found or _flat_fields(inner)
    return found or ("", "", "")


def _flat_fields(answer: object) -> tuple[str, str, str] | None:
    if not isinstance(answer, dict):
        return None
    for code, message in (("error_code", "error_msg"), ("errorCode", "errorMsg"), ("code", "message")):
        if code in answer or message in answer:
            texts = [answer.get(code), answer.get(message), answer.get("request_id")]
            return tuple(map(_text, texts))  # type: ignore[return-value]  # three
    return None


def _text(value: object) -> str:
    """Return any value as text, secrets masked; control characters become question marks."""
    return "" if value is None else HARMFUL.sub("?", masked(str(value)))


def _plain_text(body: bytes) -> str:
    """Return the beginning of an HTML page or of a plain text, without tags, on one line."""
    first, *following = _TAG.split(_text(body[:MAX_BYTES].decode("utf-8", "replace")))
    texts, hidden_by = [first], ""
    for tag, text in zip(following[::2], following[1::2], strict=True):
        name = tag.lower()
        if not hidden_by and name in _HIDDEN:
            hidden_by = name
        elif name == f"/{hidden_by}":
            hidden_by = ""
        if not hidden_by:
            texts.append(text)
    # Tags may have divided a secret.
    return masked(" ".join(" ".join(texts).split()))


def page_title(body: bytes) -> str:
    """Return the title of an HTML page; empty where its beginning has none."""
    title = re.search(r"<title\b[^<>]*+>([^<]*+)", _text(body[:MAX_BYTES].decode("utf-8", "replace")), re.IGNORECASE)
    return " ".join(title[1].split()) if title else ""


def _masked(message: str) -> str:
    message = _ECHO.sub(r"\1 (left out)", message)
    return shorten(_CREDENTIAL.sub(r"\1***", message), _TEXT_LIMIT)
