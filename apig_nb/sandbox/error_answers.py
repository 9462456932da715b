"""The error answers of the sandbox, each with the status, code and body shape of the layer it comes from.

Messages printed in the documentation are used as they are; the others are our own words. "Inferred" marks a code that
the documentation does not assign to the situation.

Source: https://github.com/opentelekomcloud-docs/api-gateway/blob/main/api-ref/source/appendix/error_codes.rst
"""

from __future__ import annotations

from typing import Any, Literal

Layer = Literal["front", "service", "iam"]
Family = Literal["apig", "apic", "iam"]
"""The service a call belongs to: API Gateway, its gateway management, or IAM."""


class ErrorAnswer(Exception):  # noqa: N818 - an answer of the service, not an error of this program
    """Raised to answer a request with an error."""

    def __init__(self, layer: Layer, status: int, code: str, message: str) -> None:
        self.layer, self.status, self.code, self.message = layer, status, code, message
        super().__init__(f"{status} {code}")

    def body(self, request_id: str) -> dict[str, Any]:
        """Return the body in the shape of the layer."""
        if self.layer == "front":
            return {"error_msg": self.message, "error_code": self.code, "request_id": request_id}
        if self.layer == "iam":
            return {"error": {"code": self.status, "message": self.message, "title": self.code}}
        return {"error_code": self.code, "error_msg": self.message}


def front(status: int, code: str, message: str) -> ErrorAnswer:
    """Error of the front gateway, through which every service is called."""
    return ErrorAnswer("front", status, code, message)


def service(status: int, code: str, message: str) -> ErrorAnswer:
    """Error of API Gateway or its gateway management."""
    return ErrorAnswer("service", status, code, message)


def iam(status: int, message: str) -> ErrorAnswer:
    """Error of IAM, which has titles in place of codes."""
    return ErrorAnswer("iam", status, _TITLES[status], message)


_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


def unknown_path() -> ErrorAnswer:
    """Error for an unknown path or method."""
    return front(404, "APIGW.0101", "The API does not exist or has not been published in the environment.")


def oversized(status: int) -> ErrorAnswer:
    """Error for a body, URI or header that is too large: one code, and a status for each."""
    return front(status, "APIGW.0201", "The request is too large.")


def rejected_credentials(cause: str) -> ErrorAnswer:
    """Error for a signature or token that the front gateway rejects; the cause follows the colon."""
    return front(401, "APIGW.0301", f"Incorrect IAM authentication information: {cause}")


def expired_token(family: Family) -> ErrorAnswer:
    """Error for an expired token; every service uses the same message."""
    answer = of_code("APIGW.0307")
    return iam(401, answer.message) if family == "iam" else answer


def missing_token(family: Family) -> ErrorAnswer:
    """Error for a request with neither a token nor a signature."""
    if family == "iam":
        return iam(401, "The request carries no token.")
    return service(401, "APIC.7100" if family == "apic" else "APIG.1000", "The request carries no token")


def wrong_token(family: Family) -> ErrorAnswer:
    """Error for a text that is not a token."""
    if family == "iam":
        return iam(401, "The token is wrong.")
    return service(401, "APIC.7102" if family == "apic" else "APIG.1002", "Incorrect token or token resolution failed")


def token_without_project(family: Family) -> ErrorAnswer:
    """Error for a token that is scoped to the account, not to a project."""
    code = "APIC.7103" if family == "apic" else "APIG.1003"
    return service(401, code, "The token has no project")


def no_permission(family: Family) -> ErrorAnswer:
    """Error for a user without the permission for the call."""
    if family == "apic":
        return service(403, "APIC.7106", "No permissions to request for the method")
    return service(403, "APIG.1005", "No permissions to request this method")


def foreign_project(family: Family) -> ErrorAnswer:
    """Error for a project or gateway of somebody else."""
    code = "APIC.7130" if family == "apic" else "APIG.1136"
    return service(403, code, "No permission on this gateway, it belongs to another project")


def missing_field(name: str) -> ErrorAnswer:
    """Error for a mandatory field that is missing."""
    return service(
        400,
        "APIG.2001",
        f"The request parameters must be specified,parameterName:{name}. Please refer to the support documentation",
    )


def invalid_field(name: str, family: Family = "apig") -> ErrorAnswer:
    """Error for an invalid value; for fields of the export the code is inferred from the listings."""
    code = "APIC.7211" if family == "apic" else "APIG.2012"
    message = f"Invalid parameter value,parameterName:{name}. Please refer to the support documentation"
    return service(400, code, message)


def unreadable_body() -> ErrorAnswer:
    """Error for a body that is not a JSON object (code inferred)."""
    return service(400, "APIG.2000", "The request body is not a JSON object")


def unknown_gateway(instance_id: str) -> ErrorAnswer:
    """Error for an unknown gateway (code inferred)."""
    return service(404, "APIG.3030", f"Instance {instance_id} does not exist")


def unknown_group(group_id: str) -> ErrorAnswer:
    """Error for an unknown API group."""
    return service(404, "APIG.3001", f"API group {group_id} does not exist")


def unknown_environment(env_id: str) -> ErrorAnswer:
    """Error for an unknown environment (code inferred)."""
    return service(404, "APIG.3003", f"Environment {env_id} does not exist")


def unknown_api(api_id: str) -> ErrorAnswer:
    """Error for an id that no API of the group has (that such an id is an error, and not ignored, is inferred)."""
    return service(404, "APIG.3002", f"API {api_id} does not exist")


def unpublished_api(api_id: str) -> ErrorAnswer:
    """Error for an API that is not published in the environment (inferred, as for an unknown one)."""
    return service(404, "APIG.3015", f"The publication record of API {api_id} does not exist")


def unknown_task(task_id: str) -> ErrorAnswer:
    """Error for an unknown asynchronous task."""
    return service(404, "APIG.3093", f"The asynchronous task {task_id} does not exist")


def of_code(code: str, field: str | None = None) -> ErrorAnswer:
    """Return the error with a code of `CODES`; the message names the field if one is given."""
    status, message = CODES[code]
    named = "" if field is None else f",parameterName:{field}. Please refer to the support documentation"
    return (front if code.startswith("APIGW.") else service)(status, code, message + named)


CODES = {
    # The status of the table of codes; the page of each call has 403, which `of_status` answers with.
    "APIG.1005": (401, "No permissions to request this method"),
    "APIG.2000": (400, "Parameter error"),
    "APIG.2011": (400, "Invalid parameter value"),
    "APIG.2012": (400, "Invalid parameter value"),
    "APIG.3458": (412, "The feature is not supported"),
    "APIG.9004": (500, "The request to IAM failed"),
    "APIG.9008": (500, "Too many requests, try again later"),
    "APIG.9999": (500, "System error"),
    "APIGW.0301": (401, "Incorrect IAM authentication information: verify aksk signature fail"),
    "APIGW.0307": (401, "The token must be updated."),
    "APIGW.0308": (429, "The throttling threshold has been reached."),
}
"""Status and message of each code that an injected fault can answer with."""


def of_status(status: int, family: Family) -> ErrorAnswer:
    """Return the documented error of a status."""
    of_front = {
        413: oversized(413),
        429: of_code("APIGW.0308"),
        502: front(502, "APIGW.0201", "Backend unavailable."),
        503: front(503, "APIG.0613", "IAM is not available."),
        504: front(504, "APIGW.0201", "Backend timeout."),
    }
    of_family: dict[Family, dict[int, ErrorAnswer]] = {
        "apig": {
            400: missing_field("env_id"),
            401: wrong_token("apig"),
            403: no_permission("apig"),
            404: unknown_group("0" * 32),
            500: of_code("APIG.9999"),
        },
        "apic": {
            401: wrong_token("apic"),
            403: no_permission("apic"),
            404: service(404, "APIC.7302", "The gateway does not exist"),
            500: service(500, "APIC.9000", "Failed to request internal service"),
        },
        "iam": {known: iam(known, title) for known, title in _TITLES.items()}
        | {400: iam(400, "The request body is invalid"), 401: iam(401, "The username or password is wrong.")},
    }
    unlisted = front(status, "APIGW.0201", "The request failed.")
    return (of_front | of_family[family]).get(status, unlisted)
