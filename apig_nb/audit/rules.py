"""Rules of the audit: one table of what can be wrong with an export, why it matters and how to mend it in the gateway.

The check of a rule is the function of its name in `checks/`: `open-to-all` is `open_to_all`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from apig_nb.report.findings import CRITICAL, HIGH, INFO, LOW, MEDIUM, RuleText
from apig_nb.request import BACKENDS, POLICIES

if TYPE_CHECKING:
    from pandas import DataFrame

RELEASE: Final = "RELEASE"
"""The production environment, which every gateway has."""

_MANUAL = "https://github.com/opentelekomcloud-docs/api-gateway/blob/main/umn/source/"
_CREATING = _MANUAL + "api_management/creating_an_api.rst"
_CORS = _MANUAL + "api_management/cors.rst"
_DOMAIN = _MANUAL + "api_management/binding_a_domain_name.rst"
_RESPONSES = _MANUAL + "api_management/creating_a_gateway_response.rst"
_RESTRICTIONS = _MANUAL + "api_management/importing_and_exorting_apis/restrictions_and_compatibility.rst"
_EXTENSIONS = _MANUAL + "api_management/importing_and_exorting_apis/extended_definition/"
_ACCESS = _MANUAL + "api_policies/access_control.rst"
_AUTHORIZERS = _MANUAL + "api_policies/custom_authorizers.rst"
_THROTTLING = _MANUAL + "api_policies/request_throttling.rst"
_LIMITS = _MANUAL + "service_overview/notes_and_constraints.rst"
_IDLE = _MANUAL + "faqs/api_control_policies/request_throttling/why_doesnt_a_request_throttling_policy_take_effect.rst"
_PROTECT = _MANUAL + "faqs/api_security/how_can_i_protect_my_apis.rst"
_BACKEND_SECURITY = _MANUAL + "faqs/api_security/how_do_i_ensure_the_security_of_backend_services_invoked_by_apig.rst"
_POLICIES = (
    _MANUAL
    + "faqs/api_calling/how_will_the_requests_for_an_api_with_multiple_backend_policies_be_matched_and_executed.rst"
)
_IMPORT = _MANUAL + "faqs/api_import_and_export/why_does_api_import_fail.rst"
_AUTHORIZER_KEYS = "https://support.huaweicloud.com/intl/en-us/usermanual-apig/apig_03_0119.html"
_ENVIRONMENTS = _MANUAL + "api_policies/managing_environments.rst"
_OPENAPI = "https://spec.openapis.org/oas/v3.0.3.html"
_OWASP = "https://owasp.org/API-Security/editions/2023/en/"
_API1 = _OWASP + "0xa1-broken-object-level-authorization/"
_API3 = _OWASP + "0xa3-broken-object-property-level-authorization/"
_API4 = _OWASP + "0xa4-unrestricted-resource-consumption/"
_API5 = _OWASP + "0xa5-broken-function-level-authorization/"
_API6 = _OWASP + "0xa6-unrestricted-access-to-sensitive-business-flows/"
_API7 = _OWASP + "0xa7-server-side-request-forgery/"
_API8 = _OWASP + "0xa8-security-misconfiguration/"
_API9 = _OWASP + "0xa9-improper-inventory-management/"


@dataclass(frozen=True)
class AuditRule(RuleText):
    """A rule of the audit.

    Attributes:
        needs: parts that the export must contain besides the front end.
        thresholds: name → default of the values that users can choose.
    """

    needs: tuple[str, ...] = ()
    thresholds: Mapping[str, Any] = field(default_factory=dict)


_B, _P, _ALL = (BACKENDS,), (POLICIES,), (BACKENDS, POLICIES)

_DRAFTS: Final = ("test", "demo", "tmp", "copy", "backup")
_TEST_HOSTS: Final = ("dev", "test", "uat", "staging", "local", "example")
_ADMIN: Final = ("admin", "internal", "manage", "management", "debug", "actuator", "ops")
_FLOWS: Final = (
    *("login", "logon", "signin", "otp", "sms", "password", "token"),
    *("coupon", "voucher", "pay", "payment", "checkout"),
)

_RULES: Final = (
    # Authentication
    AuditRule(
        "open-to-all", HIGH, "API2", "everybody may call it without authentication",
        "anyone who knows the address can call it",
        "set the authentication of the API to app, IAM or a custom authorizer, or accept it with a reason", _CREATING,
    ),
    AuditRule(
        "open-and-writing", CRITICAL, "API2", "everybody may change something without authentication",
        "anyone who knows the address can create, change or remove data",
        "set the authentication of the API to app, IAM or a custom authorizer", _CREATING,
    ),
    AuditRule(
        "open-and-unguarded", CRITICAL, "API2", "no authentication, throttling, access control or plug-in protects it",
        "anyone can call it as often as they like",
        "set an authentication, or at least bind a throttling policy with an IP limit", _PROTECT, _P,
    ),
    AuditRule(
        "open-way-inside", HIGH, "API2", "calls without authentication reach a backend inside the cloud",
        "what answers in a VPC or as a function often relies on the gateway for authentication",
        "set an authentication, or let the function or service authenticate the callers itself", _CREATING, _B,
    ),
    AuditRule(
        "optional-authentication", HIGH, "API2", "no authentication is one of the alternatives",
        "a caller without credentials is let in as well, so that the other alternatives have no effect",
        "remove the empty alternative from the security of the API", _OPENAPI + "#security-requirement-object",
    ),
    AuditRule(
        "iam-without-account-list", MEDIUM, "API5", "IAM authentication without a list of permitted accounts",
        "every user of the cloud, of any account, may call it",
        "bind an access control policy that permits the accounts of the callers", _CREATING, _P,
    ),
    AuditRule(
        "appcode-allowed", MEDIUM, "API2", "an AppCode in a header is enough to call it",
        "an AppCode is sent as it is and signs nothing: whoever sees one call can repeat it",
        "turn off simple authentication of the API, so that callers must sign", _CREATING,
    ),
    AuditRule(
        "appcode-over-http", HIGH, "API2", "an AppCode may be sent over http",
        "the AppCode is readable on the way; simple authentication is meant for https only",
        "allow https only, or turn off simple authentication", _CREATING,
    ),
    AuditRule(
        "credential-over-http", HIGH, "API8", "credentials may be sent over http",
        "credentials and what they protect are readable on the way",
        "set the request protocol of the API to HTTPS", _CREATING,
    ),
    AuditRule(
        "credential-in-query", HIGH, "API2", "the credential is taken from the query string",
        "query strings end up in logs, histories and referrers",
        "take the credential or the identity source from a header", _AUTHORIZERS,
    ),
    AuditRule(
        "secret-in-query-parameter", HIGH, "API2", "a query parameter is named like a secret",
        "query strings end up in logs, histories and referrers",
        "take the parameter from a header or the body", _API8,
    ),
    AuditRule(
        "basic-authentication", MEDIUM, "API2", "basic or digest authentication",
        "a password goes with every call, and the gateway does not check it",
        "use app, IAM or a custom authorizer", _API8,
    ),
    AuditRule(
        "scheme-undefined", HIGH, "API2", "a security scheme is used that nobody defines",
        "which authentication holds is not known, and an import fails or lets everybody in",
        "define the scheme, or choose one that is defined", _OPENAPI + "#security-requirement-object",
    ),
    AuditRule(
        "scheme-unused", INFO, "API9", "a security scheme is defined that no operation uses",
        "a custom authorizer that protects nothing looks like a protection",
        "use it, or delete the authorizer", _OPENAPI + "#security-scheme-object",
    ),
    AuditRule(
        "weaker-method-on-path", MEDIUM, "API5", "another method of the path asks for a stronger authentication",
        "the same resource is open through the weaker method",
        "give all methods of the path the same authentication, or accept it with a reason", _API5,
    ),
    AuditRule(
        "admin-like-the-rest", HIGH, "API5", "a path for administrators is protected no better than others",
        "whoever may call the other APIs may administrate as well",
        "make it private, with an authentication of its own and an access control policy", _API5, _P,
        {"words": _ADMIN},
    ),
    AuditRule(
        "public-and-weak", HIGH, "API9", "a public API has no authentication or no throttling policy",
        "a public API can be offered to everybody",
        "set its visibility to private, or authenticate and throttle it", _CREATING, _P,
    ),
    # Custom authorizers
    AuditRule(
        "authorizer-lets-through-on-failure", HIGH, "API2", "calls are let in when the authorizer fails",
        "whoever makes the function fail gets in without a credential",
        "turn off the relaxed mode of the custom authorizer", _AUTHORIZER_KEYS, _P,
    ),
    AuditRule(
        "authorizer-cache-without-identity", HIGH, "API2", "results are cached without an identity source",
        "the result for one caller is used for all others",
        "add the header that tells callers apart as an identity source, or set the cache time to 0", _AUTHORIZERS, _P,
    ),
    AuditRule(
        "authorizer-cached-long", LOW, "API2", "results of the authorizer are cached for long",
        "a caller whose rights were taken away stays in until the cache ends",
        "shorten the cache time of the custom authorizer", _AUTHORIZERS, _P, {"seconds": 300},
    ),
    AuditRule(
        "authorizer-floating", MEDIUM, "API8", "the authorizer is the latest version of its function",
        "who edits the function decides at once who is let in",
        "publish a version of the function and choose it, or an alias, in the custom authorizer", _AUTHORIZER_KEYS, _P,
    ),
    AuditRule(
        "authorizer-identity-unchecked", INFO, "API2", "an identity source has no pattern to match",
        "every value reaches the function, and each call of it costs",
        "add a regular expression to the identity source", _AUTHORIZERS, _P,
    ),
    AuditRule(
        "authorizer-slow", LOW, "API4", "the authorizer may take longer than the backend",
        "callers wait, and connections are held, for a call that is not authenticated yet",
        "shorten the timeout or the retries of the authorizer", _AUTHORIZER_KEYS, _ALL,
    ),
    # Access control
    AuditRule(
        "acl-permits-everybody", HIGH, "API8", "an access control policy permits every address",
        "the policy looks like a protection and is none",
        "list the addresses of the callers, or delete the policy", _ACCESS, _P,
    ),
    AuditRule(
        "acl-wide", MEDIUM, "API8", "an access control policy permits a wide public range",
        "many strangers have an address in it",
        "list the networks of the callers", _ACCESS, _P, {"ipv4_prefix": 16, "ipv6_prefix": 32},
    ),
    AuditRule(
        "acl-entry-invalid", MEDIUM, "API8", "an entry of an access control policy is not as it should be",
        "another set of addresses holds than the one that was meant",
        "correct or remove the entry", "https://www.rfc-editor.org/rfc/rfc4632#section-3.1", _P,
    ),
    AuditRule(
        "acl-deny-only", MEDIUM, "API8", "a list of denied callers is all that guards an API without authentication",
        "everybody who is not on the list gets in, from another address too",
        "permit the addresses of the callers in place of denying others", _ACCESS, _P,
    ),
    AuditRule(
        "acl-without-effect", MEDIUM, "API8", "a list of accounts is bound, but the authentication is not IAM",
        "account lists act on calls that are authenticated by IAM only",
        "set the authentication to IAM, or use a list of addresses", _ACCESS, _P,
    ),
    AuditRule(
        "acl-unused", LOW, "API9", "an access control policy guards nothing",
        "it looks like a protection and is bound to no API",
        "bind it, or delete it", _ACCESS, _P,
    ),
    AuditRule(
        "policy-twice", INFO, "API9", "two policies have the same content under two names",
        "one of them will be changed and the other forgotten",
        "bind the APIs to one of them and delete the other", _ACCESS, _P,
    ),
    # Encryption
    AuditRule(
        "http-answered", MEDIUM, "API8", "it answers over http",
        "calls and answers can be read and changed on the way",
        "set the request protocol of the API to HTTPS", _CREATING,
    ),
    AuditRule(
        "backend-plain-public", HIGH, "API8", "the backend is called by http over the internet",
        "calls and answers can be read and changed on the way",
        "set the protocol of the backend to HTTPS, or reach it through a VPC channel", _BACKEND_SECURITY, _B,
    ),
    AuditRule(
        "backend-plain-inside", MEDIUM, "API8", "the backend behind a VPC channel is called by http",
        "whoever listens inside the network reads every call",
        "set the protocol of the backend to HTTPS", _CREATING, _B,
    ),
    AuditRule(
        "encryption-ends-at-gateway", HIGH, "API8", "callers use https, but the backend is called by http",
        "what callers believe to be encrypted is readable behind the gateway",
        "set the protocol of the backend to HTTPS", _BACKEND_SECURITY, _B,
    ),
    AuditRule(
        "backend-address-literal", MEDIUM, "API8", "an https backend is given as an IP address",
        "the name in its certificate cannot match the address",
        "use the host name of the backend", _CREATING, _B,
    ),
    AuditRule(
        "backend-no-client-certificate", LOW, "API8", "the gateway shows the backend no client certificate",
        "the backend cannot tell the gateway from anybody else who reaches it, unless a signature key is bound",
        "enable two-way authentication for the backend, or bind a signature key", _BACKEND_SECURITY, _B,
    ),
    # Addresses
    AuditRule(
        "backend-loopback-or-metadata", HIGH, "API7", "the backend is a loopback, link-local or metadata address",
        "callers reach services of the gateway's own host",
        "set the address of the backend to that of the service", _API7, _B,
    ),
    AuditRule(
        "backend-is-gateway", MEDIUM, "API7", "the backend is a domain of an audited API group",
        "calls go through the gateway twice, or in a circle",
        "call the backend behind that API directly", _CREATING, _B,
    ),
    AuditRule(
        "backend-host-of-tests", HIGH, "API9", "the backend of RELEASE is named like one for tests",
        "callers in production work on test data",
        "set the address of the backend to that of production", _API9, _B, {"words": _TEST_HOSTS},
    ),
    AuditRule(
        "same-backend-in-two-environments", MEDIUM, "API9", "another environment reaches the same backend",
        "a test changes the data of production",
        "give each environment a backend of its own, by an environment variable in the address", _ENVIRONMENTS, _B,
    ),
    AuditRule(
        "debugging-domain-only", HIGH, "API4", "it is served under the debugging domain only",
        "the debugging domain answers 1,000 calls a day",
        "bind a domain of your own to the API group", _LIMITS,
    ),
    AuditRule(
        "environment-variable-open", INFO, "", "an environment variable is part of the backend's address",
        "publishing fails in an environment that does not define it",
        "check that every environment defines the variable", _ENVIRONMENTS, _B,
    ),
    # Throttling
    AuditRule(
        "no-throttling", MEDIUM, "API4", "no throttling policy is bound",
        "only the gateway's own limit holds, by default 200 calls a second for each API",
        "bind a throttling policy", _THROTTLING, _P,
    ),
    AuditRule(
        "sensitive-flow-unthrottled", HIGH, "API6", "nothing limits how often one caller may try",
        "passwords, codes and vouchers can be guessed, and messages and payments repeated",
        "bind a throttling policy with a limit for each user or IP address", _API6, _P, {"words": _FLOWS},
    ),
    AuditRule(
        "throttle-user-limit-idle", MEDIUM, "API4", "the user limit of the throttling policy has no effect",
        "user limits act with app and IAM authentication only",
        "set an IP limit, or another authentication", _IDLE, _P,
    ),
    AuditRule(
        "throttle-app-limit-idle", MEDIUM, "API4", "the app limit of the throttling policy has no effect",
        "app limits act with app authentication only",
        "set a user or IP limit, or app authentication", _IDLE, _P,
    ),
    AuditRule(
        "throttle-contradicts-itself", MEDIUM, "API4", "a limit of the throttling policy exceeds the one above it",
        "the greater limit is never reached",
        "keep app ≤ user ≤ API and IP ≤ API", _LIMITS, _P,
    ),
    AuditRule(
        "throttle-special-over-limit", MEDIUM, "API4", "an exception is above the policy's own limit",
        "an exception cannot exceed the limit of the API",
        "lower the exception, or raise the limit of the API", _THROTTLING, _P,
    ),
    AuditRule(
        "throttle-one-caller-takes-all", MEDIUM, "API4", "the throttling policy limits all callers together only",
        "one caller can use up what all others need",
        "add a user, app or IP limit", _API4, _P,
    ),
    AuditRule(
        "throttle-open-without-ip", MEDIUM, "API4", "the throttling policy of an open API has no IP limit",
        "without authentication only the address tells callers apart",
        "add an IP limit", _API4, _P,
    ),
    AuditRule(
        "throttle-day-only", LOW, "API4", "the throttling policy counts by the day",
        "the calls of a whole day may come in one second",
        "count by the second or the minute", _THROTTLING, _P,
    ),
    AuditRule(
        "throttle-shared-by-many", LOW, "API4", "operations of several paths share one limit",
        "calls of one API use up the limit of the others",
        "let the policy count for each API, or use a policy of its own", _THROTTLING, _P, {"paths": 2},
    ),
    AuditRule(
        "throttle-unused", LOW, "API9", "a throttling policy bounds nothing",
        "it looks like a protection and is bound to no API",
        "bind it, or delete it", _THROTTLING, _P,
    ),
    AuditRule(
        "throttled-answer-undescribed", LOW, "API4", "the answer to a throttled call is described nowhere",
        "callers do not know that they have to wait, and try again at once",
        "define the gateway response THROTTLED with status 429", _RESPONSES, _P,
    ),
    # Backends
    AuditRule(
        "retries-change-things", HIGH, "API6", "a failed call that changes something is sent again",
        "an order may be placed twice",
        "set the retries of the backend to 0", _CREATING, _B,
    ),
    AuditRule(
        "retries-implied", INFO, "", "retries of -1 send a failed call once more",
        "all methods but POST and PATCH are tried again, which a PUT or DELETE must bear",
        "set the retries to 0 where a repeated call does harm", _CREATING, _B,
    ),
    AuditRule(
        "patience-too-long", LOW, "API4", "timeout and retries together hold a call for long",
        "connections are held that others need, and callers have given up before",
        "lower the timeout or the retries", _CREATING, _B, {"seconds": 60},
    ),
    AuditRule(
        "timeout-long", LOW, "API4", "the timeout of the backend is long",
        "connections are held that others need",
        "lower the timeout; let long work answer at once and be asked for later", _CREATING, _B, {"seconds": 30},
    ),
    AuditRule(
        "mock-in-release", MEDIUM, "API9", "RELEASE answers with a mock",
        "callers take made-up data for real",
        "set the backend of the API", _CREATING, _B,
    ),
    AuditRule(
        "function-floating", MEDIUM, "API8", "RELEASE calls the latest version of a function",
        "each edit of the function is in production at once",
        "publish a version of the function and choose it, or an alias", _CREATING, _B,
    ),
    AuditRule(
        "function-async-read", MEDIUM, "", "a function is called asynchronously for a GET",
        "the caller never sees the answer",
        "set the invocation mode to synchronous", _EXTENSIONS + "x-apigateway-backend.functionendpoints.rst", _B,
    ),
    AuditRule(
        "body-not-base64", MEDIUM, "", "a body that is not JSON is sent to a function without Base64",
        "bytes that are not text arrive damaged",
        "enable Base64 for the body", _EXTENSIONS + "x-apigateway-is-send-fg-body-base64.rst",
    ),
    AuditRule(
        "backend-policy-of-wrong-kind", MEDIUM, "", "the backend policy is of another kind than the default backend",
        "the gateway does not accept such a pair, and an import fails",
        "give the policy a backend of the kind of the default one", _POLICIES, _B,
    ),
    AuditRule(
        "backend-policy-unreachable", MEDIUM, "", "an earlier backend policy takes every call of this one",
        "the first policy that matches is used, so that this one never is",
        "put it before the other, or change its conditions", _POLICIES, _B,
    ),
    AuditRule(
        "backend-policy-by-callers-word", LOW, "API5", "the caller chooses the backend by a header, query or cookie",
        "whoever sets the value reaches the other backend",
        "decide by the address or an authorizer, or protect both backends alike", _API5, _B,
    ),
    # Backend parameters
    AuditRule(
        "backend-parameter-from-nowhere", HIGH, "", "a backend parameter comes from one that the operation lacks",
        "the backend never gets the value",
        "map it from a parameter of the request, or remove it",
        _EXTENSIONS + "x-apigateway-backend.parameters.rst", _B,
    ),
    AuditRule(
        "backend-path-parameter-unfilled", HIGH, "", "a parameter in the backend path has no mapping",
        "the backend gets the placeholder in place of a value",
        "map a request parameter to it", _CREATING, _B,
    ),
    AuditRule(
        "path-parameter-dropped", MEDIUM, "", "a path parameter does not reach the backend",
        "every value gets the same answer",
        "map it to a parameter of the backend", _CREATING, _B,
    ),
    AuditRule(
        "path-parameter-free-into-backend-path", MEDIUM, "API7", "any text goes into the path of the backend call",
        "a caller can reach other paths of the backend by encoded slashes or dots",
        "give the parameter a maximum length, an enumeration or a pattern", _API7, _B,
    ),
    AuditRule(
        "constant-secret", HIGH, "API8", "a constant for the backend looks like a credential",
        "it stands readable in the definition and in every export of it",
        "take it from an authorizer or a signature key, and replace the credential", _API8, _B,
    ),
    AuditRule(
        "identity-from-caller", MEDIUM, "API1", "who the caller is comes from the caller's own header",
        "whoever sets the header acts as another user or role",
        "fill it from the authorizer or a system parameter", _API1, _B,
    ),
    # Routing
    AuditRule(
        "prefix-open", HIGH, "API5", "every path below is open without authentication",
        "what the backend adds below this path is public at once",
        "set an authentication, or match the exact path", _CREATING,
    ),
    AuditRule(
        "prefix-wide", MEDIUM, "API9", "a prefix match takes a large part of all paths",
        "nobody sees in the gateway which paths there are",
        "publish the paths that are meant one by one", _CREATING, (), {"segments": 1},
    ),
    AuditRule(
        "any-method", MEDIUM, "API5", "it answers every method",
        "methods get through that nobody thought of, such as DELETE",
        "publish the methods that are meant one by one", _EXTENSIONS + "x-apigateway-any-method.rst",
    ),
    AuditRule(
        "catch-all-parameter", MEDIUM, "API9", "a parameter that takes all paths is open or leads to the internet",
        "every path of the backend can be called",
        "set an authentication, and publish the paths that are meant one by one", _RESTRICTIONS,
    ),
    AuditRule(
        "way-around", HIGH, "API5", "it reaches the backend of a better protected operation",
        "callers get around the protection of the other operation by another path or method",
        "protect both alike, or narrow this operation", _CREATING, _ALL,
    ),
    AuditRule(
        "second-door", HIGH, "API9", "the same backend is published with a stronger authentication elsewhere",
        "callers get around the stronger authentication",
        "protect both alike, or unpublish one of them", _API9, _B,
    ),
    AuditRule(
        "ambiguous-paths", MEDIUM, "", "another path takes the same calls",
        "which of the operations answers is not defined",
        "change one of the paths", "https://redocly.com/docs/cli/rules/oas/no-ambiguous-paths",
    ),
    AuditRule(
        "paths-differ-in-case", LOW, "", "another path differs in upper and lower case only",
        "paths are case-sensitive, and callers mistake one for the other",
        "change one of the paths", _CREATING,
    ),
    # CORS
    AuditRule(
        "cors-everybody", MEDIUM, "API8", "pages of every origin may call it",
        "the gateway answers with Access-Control-Allow-Origin: *",
        "turn off CORS of the API and bind a CORS plug-in that lists the origins", _CORS,
    ),
    AuditRule(
        "cors-without-preflight", MEDIUM, "", "CORS is on, but nothing answers the preflight request",
        "browsers refuse the call",
        "add an OPTIONS operation with a mock and no authentication, or bind a CORS plug-in", _CORS,
    ),
    # Parameters and schemas
    AuditRule(
        "string-unbounded", LOW, "API4", "a text parameter has no maximum length, enumeration or pattern",
        "the backend has to bear texts of any length and content",
        "set a maximum length", _API4,
    ),
    AuditRule(
        "number-unbounded", LOW, "API4", "a number parameter has no minimum or no maximum",
        "the backend has to bear numbers of any size",
        "set a minimum and a maximum", _API4,
    ),
    AuditRule(
        "array-unbounded", LOW, "API4", "a list has no maximum length",
        "the backend has to bear lists of any length",
        "set maxItems", _API4,
    ),
    AuditRule(
        "numeric-identifier", LOW, "API1", "an identifier is a number",
        "numbers can be guessed one by one",
        "use identifiers that cannot be guessed, and let the backend check each", _API1,
    ),
    AuditRule(
        "url-parameter", INFO, "API7", "a parameter takes an address",
        "a backend that calls it can be led anywhere",
        "let the backend accept known addresses only", _API7,
    ),
    AuditRule(
        "additional-properties", LOW, "API3", "an object takes any property",
        "callers can set properties that nobody meant them to set",
        "list the properties and set additionalProperties to false", _API3,
    ),
    AuditRule(
        "parameter-name-reserved", MEDIUM, "", "the name of the parameter is reserved or not allowed",
        "an import of the definition refuses it",
        "rename the parameter", _IMPORT,
    ),
    AuditRule(
        "default-outside-limits", MEDIUM, "", "the default is not a value that the parameter accepts",
        "calls without the parameter fail or get another value than described",
        "change the default or the limits", _OPENAPI + "#schema-object",
    ),
    AuditRule(
        "required-with-default", INFO, "", "the parameter is mandatory and has a default",
        "the default is never used",
        "make the parameter optional, or remove the default", _OPENAPI + "#schema-object",
    ),
    AuditRule(
        "path-parameter-undeclared", HIGH, "", "the parameters of the path and those declared differ",
        "the value does not reach the backend, and an import fails",
        "declare each parameter of the path, and no other", _OPENAPI + "#path-templating",
    ),
    AuditRule(
        "list-without-paging", LOW, "API4", "a list has no parameter for paging",
        "an answer grows with the data until it is too large or too slow",
        "add a parameter such as limit", _API4,
    ),
    # Descriptions that the gateway does not keep: once per document
    AuditRule(
        "body-undescribed", INFO, "API3", "request bodies have no schema",
        "the gateway keeps no schema of bodies, so that an export cannot describe them",
        "describe the bodies elsewhere; the gateway has no place for it", _RESTRICTIONS,
    ),
    AuditRule(
        "error-answers-undescribed", INFO, "API8", "answers to unauthenticated calls are not described",
        "the gateway keeps one default answer for each API, so that an export cannot describe 401 and 403",
        "describe the answers elsewhere; the gateway has no place for it", _RESTRICTIONS,
    ),
    # Gateway responses and samples
    AuditRule(
        "gateway-response-masks-failure", HIGH, "API8", "a failure is answered with a status of success",
        "callers and monitoring take the failure for a success",
        "set the status of the gateway response to 4XX or 5XX", _RESPONSES, _P,
    ),
    AuditRule(
        "gateway-response-tells-too-much", LOW, "API8", "a gateway response shows more than code, message and id",
        "callers learn about the inside of the gateway and of the backend",
        "keep to the code, the message and the request id", _RESPONSES, _P,
    ),
    AuditRule(
        "sample-holds-secret-or-person", MEDIUM, "API3", "a sample looks like a credential or personal data",
        "samples are shown to every caller who reads the definition",
        "replace it by made-up data", _API3,
    ),
    # Life cycle and names
    AuditRule(
        "deprecated-without-end", LOW, "API9", "it is deprecated without a day on which it ends",
        "callers do not know until when they have to move",
        "name the day in x-sunset and in the description", "https://www.rfc-editor.org/rfc/rfc8594",
    ),
    AuditRule(
        "sunset-passed", MEDIUM, "API9", "the day on which it was to end has passed",
        "what nobody maintains is still open to calls",
        "take the API offline, or name another day", "https://www.rfc-editor.org/rfc/rfc8594",
    ),
    AuditRule(
        "versions-side-by-side", INFO, "API9", "a newer version of the resource is published beside it",
        "old versions miss the corrections of the new one",
        "deprecate the old version and name the day on which it ends", _API9,
    ),
    AuditRule(
        "name-of-a-draft", LOW, "API9", "an API of RELEASE is named like a draft",
        "what was meant for a test is open to callers",
        "take it offline, or rename it", _API9, (), {"words": _DRAFTS},
    ),
    AuditRule(
        "nobodys-api", INFO, "API9", "it has neither a tag nor a description",
        "nobody knows who is responsible for it and what it is for",
        "add a description and a tag of the owner", _API9,
    ),
    AuditRule(
        "operation-id-twice", MEDIUM, "", "another operation has the same name",
        "imports and Terraform address APIs by name",
        "rename one of them",
        "https://registry.terraform.io/providers/huaweicloud/huaweicloud/latest/docs/resources/apig_api",
    ),
)  # fmt: skip

RULES: Final[Mapping[str, AuditRule]] = {rule.id: rule for rule in _RULES}
"""All rules by id."""


def audit_rules() -> DataFrame:
    """Return the rules of the audit: one row each.

    Columns: rule, severity, owasp (class of the OWASP API Security Top 10 of 2023), finds, why, fix, source (URL),
    needs (a tuple of the parts an export must contain), thresholds (a dict of values that `audit(rules=…)` can set);
    all others `str`.
    """
    import pandas as pd  # slow to import

    texts = ("severity", "owasp", "finds", "why", "fix", "source")
    rows = [(rule.id, *(getattr(rule, name) for name in texts)) for rule in _RULES]
    frame = pd.DataFrame(rows, columns=["rule", *texts], dtype="str")
    needs, thresholds = (pd.Series([getattr(rule, name) for rule in _RULES]) for name in ("needs", "thresholds"))
    return frame.assign(needs=needs, thresholds=thresholds.map(dict))
