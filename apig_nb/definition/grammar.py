"""The grammar of documents: the fields and values of each object, in Swagger 2.0 and in OpenAPI 3.

A `Shape` describes an object: its fields and what each may hold, written as a *kind*:

    "info"          an object of that shape          "*info"    a mapping of names to such objects
    "+info"         a list of such objects           "text"     text; numbers pass, as YAML authors forget quotes
    "+text"         a list of texts                  "*text"    a mapping of names to texts
    "flag"          true or false                    "number"   a number
    "whole"         an integer                       "map"      any mapping
    "list"          any list                         "name_s"   a name or a list of names
    "any"           anything; not checked further

Sources: https://spec.openapis.org/oas/ (2.0, 3.0, 3.1, 3.2), and for the `x-apigateway-` keys
https://support.huaweicloud.com/eu/devg-apig/apig-dev-181109073.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
"""Keys of a path item that hold an operation. QUERY is new in OpenAPI 3.2."""

ANY_METHOD: Final = "x-apigateway-any-method"
"""Key of the operation that the gateway uses for every method without an operation of its own."""

_METHODS = frozenset(METHODS)


def is_method(key: str) -> bool:
    """Return True if a key of a path item holds an operation, in upper or lower case."""
    return key.lower() in _METHODS or key == ANY_METHOD


@dataclass(frozen=True)
class Shape:
    """The fields an object may have.

    Attributes:
        fields: field → kind.
        required: mandatory fields; of a tuple, at least one.
        others: kind of all fields that are not listed; `None` where the standard allows no others.
        ref: True if a `$ref` may replace the object.
        extensions: extension key → kind, for the keys that the gateway documents for this object.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    required: tuple[str | tuple[str, ...], ...] = ()
    others: str | None = None
    ref: bool = False
    extensions: Mapping[str, str] = field(default_factory=dict)


def _fields(**kinds: str) -> dict[str, str]:
    """Return fields by kind: `_fields(text="name in")` is `{"name": "text", "in": "text"}`."""
    return {name: kind for kind, names in kinds.items() for name in names.split()}


_OPERATIONS = dict.fromkeys(METHODS, "operation")
_SCHEMA = _fields(
    text="title description format pattern contentMediaType contentEncoding",
    number="maximum minimum multipleOf",
    whole="maxLength minLength maxItems minItems maxProperties minProperties",
    flag="uniqueItems readOnly writeOnly nullable deprecated",
    schema="additionalProperties not items if then else contains propertyNames unevaluatedItems unevaluatedProperties"
    " additionalItems",
    any="exclusiveMaximum exclusiveMinimum default example examples const",
    map="xml externalDocs",
) | {
    "properties": "*schema",
    "patternProperties": "*schema",
    "$defs": "*schema",
    "definitions": "*schema",
    "dependentSchemas": "*schema",
    "allOf": "+schema",
    "anyOf": "+schema",
    "oneOf": "+schema",
    "prefixItems": "+schema",
    "required": "+text",
    "enum": "list",
    "type": "name_s",
}
_INFO = Shape(
    _fields(text="title description termsOfService version summary", map="contact license"), ("title", "version")
)
_TAG = Shape(_fields(text="name description summary parent kind", map="externalDocs"), ("name",))

ENDPOINTS: Final = (
    "httpEndpoints",
    "httpVpcEndpoints",
    "httpVpcMemberGroupEndpoints",
    "functionEndpoints",
    "mockEndpoints",
)
"""Fields of a backend that hold its address, one for each backend type."""
_BACKEND = {"type": "text", "parameters": "+backend_parameter"} | dict.fromkeys(ENDPOINTS, "endpoint")

GATEWAY: Final[Mapping[str, Shape]] = {
    "backend": Shape(
        _BACKEND,
        ("type",),
        others="any",
    ),
    "backend_policy": Shape(
        _BACKEND | {"name": "text", "conditions": "+condition", "effectMode": "text"},
        ("type", "name"),
        others="any",
    ),
    "endpoint": Shape(
        {"timeout": "whole", "retryCount": "whole", "enableClientSsl": "flag", "enableSmChannel": "flag"}
        | {"cascade_flag": "flag", "memberGroupUrlInfos": "+endpoint"},
        others="any",
    ),
    "identity": Shape(_fields(text="name location validation"), others="any"),
    "backend_parameter": Shape({"name": "text", "value": "text", "in": "text", "origin": "text"}, others="any"),
    "condition": Shape({"type": "text", "value": "text", "origin": "text"}, others="any"),
    "ratelimit": Shape(
        _fields(whole="api-limit user-limit app-limit ip-limit interval", flag="shared", text="unit")
        | {"special": "+special"},
        others="any",
    ),
    "special": Shape({"type": "text", "limit": "whole", "instance": "text"}, others="any"),
    "access_control": Shape({"acl-type": "text", "entity-type": "text"}, others="any"),
    "response_set": Shape(others="gateway_response"),
    "gateway_response": Shape({"status": "whole"}, others="any"),
    "authorizer": Shape(
        _fields(
            flag="auth_downgrade_enabled need_body",
            whole="retry_attempts timeout ttl",
            text="authorizer_type authorizer_uri authorizer_alias_uri authorizer_version network_type type",
        )
        | {"identities": "+identity"},
        others="any",
    ),
}
"""Shapes of the objects in the gateway's own keys."""
# The gateway's keys, by the object that holds them.
ROOT_KEYS: Final = {
    "x-apigateway-ratelimits": "*ratelimit",
    "x-apigateway-access-controls": "*access_control",
    "x-apigateway-responses": "*response_set",
}
OPERATION_KEYS: Final = {
    "x-apigateway-request-type": "text",
    "x-apigateway-match-mode": "text",
    "x-apigateway-cors": "flag",
    "x-apigateway-is-send-fg-body-base64": "flag",
    "x-apigateway-content-type": "text",
    "x-apigateway-response": "text",
    "x-apigateway-backend": "backend",
    "x-apigateway-backend-policies": "+backend_policy",
    "x-apigateway-ratelimit": "name_s",
    "x-apigateway-access-control": "name_s",
    "x-apigateway-plugins": "name_s",
}
PARAMETER_KEYS: Final = {
    "x-apigateway-pass-through": "text",
    "x-apigateway-sample": "any",
    "x-apigateway-orchestrations": "+text",
}
RESPONSE_KEYS: Final = {
    "x-apigateway-result-normal-sample": "any",
    "x-apigateway-result-failure-sample": "any",
}
SCHEME_KEYS: Final = {
    "x-apigateway-auth-type": "text",
    "x-apigateway-auth-opt": "map",
    "x-apigateway-authorizer": "authorizer",
}
PATH_ITEM_KEYS: Final = {ANY_METHOD: "operation"}

_SWAGGER_SCHEMA = _SCHEMA | {"discriminator": "text"}

SWAGGER: Final[Mapping[str, Shape]] = {
    "document": Shape(
        {"swagger": "text", "info": "info", "paths": "paths", "definitions": "*schema", "parameters": "*parameter"}
        | {"responses": "*response", "securityDefinitions": "*security_scheme", "security": "+*+text"}
        | {"tags": "+tag", "externalDocs": "map"}
        | _fields(text="host basePath")
        | dict.fromkeys(("schemes", "consumes", "produces"), "+text"),
        ("info", "paths"),
        extensions=ROOT_KEYS,
    ),
    "info": _INFO,
    "tag": _TAG,
    "paths": Shape(others="path_item"),
    "path_item": Shape(_OPERATIONS | {"parameters": "+parameter"}, ref=True, extensions=PATH_ITEM_KEYS),
    "operation": Shape(
        _fields(text="summary description operationId", flag="deprecated", map="externalDocs")
        | {"parameters": "+parameter", "responses": "responses", "security": "+*+text"}
        | dict.fromkeys(("tags", "schemes", "consumes", "produces"), "+text"),
        ("responses",),
        extensions=OPERATION_KEYS,
    ),
    "parameter": Shape(
        _SWAGGER_SCHEMA
        | _fields(text="name in collectionFormat", flag="allowEmptyValue")
        | {"required": "flag", "schema": "schema"},
        ("name", "in"),
        ref=True,
        extensions=PARAMETER_KEYS,
    ),
    "responses": Shape(others="response", extensions=RESPONSE_KEYS),
    "response": Shape(
        {"description": "text", "schema": "schema", "headers": "*header", "examples": "any"},
        ("description",),
        ref=True,
        extensions=RESPONSE_KEYS,
    ),
    "header": Shape(_SWAGGER_SCHEMA | {"collectionFormat": "text"}, others="any"),
    "schema": Shape(_SWAGGER_SCHEMA, others="any", ref=True),
    "security_scheme": Shape(
        _fields(text="type description name in flow authorizationUrl tokenUrl") | {"scopes": "*text"},
        ("type",),
        extensions=SCHEME_KEYS,
    ),
    **GATEWAY,
}

_PARAMETER_OR_HEADER = _fields(
    text="description style", flag="deprecated explode allowReserved allowEmptyValue", any="example"
) | {"required": "flag", "schema": "schema", "content": "*media_type", "examples": "*example"}

OPENAPI: Final[Mapping[str, Shape]] = {
    "document": Shape(
        {"openapi": "text", "info": "info", "servers": "+server", "paths": "paths", "webhooks": "*path_item"}
        | {"components": "components", "security": "+*+text", "tags": "+tag", "externalDocs": "map"}
        | _fields(text="jsonSchemaDialect $self"),
        ("info", ("paths", "components", "webhooks")),
        extensions=ROOT_KEYS,
    ),
    "info": _INFO,
    "tag": _TAG,
    "server": Shape(_fields(text="url description name", map="variables"), ("url",)),
    "paths": Shape(others="path_item"),
    "path_item": Shape(
        _OPERATIONS | {"parameters": "+parameter", "servers": "+server"} | _fields(text="summary description"),
        ref=True,
        extensions=PATH_ITEM_KEYS,
    ),
    "components": Shape(
        {"schemas": "*schema", "responses": "*response", "parameters": "*parameter", "examples": "*example"}
        | {"requestBodies": "*request_body", "headers": "*header", "securitySchemes": "*security_scheme"}
        | {"links": "map", "callbacks": "*callback", "pathItems": "*path_item", "mediaTypes": "*media_type"},
        extensions=ROOT_KEYS,
    ),
    "operation": Shape(
        _fields(text="summary description operationId", flag="deprecated", map="externalDocs")
        | {
            "callbacks": "*callback",
            "parameters": "+parameter",
            "requestBody": "request_body",
            "responses": "responses",
        }
        | {"security": "+*+text", "servers": "+server", "tags": "+text"},
        ("responses",),
        extensions=OPERATION_KEYS,
    ),
    "parameter": Shape(
        _PARAMETER_OR_HEADER | _fields(text="name in"), ("name", "in"), ref=True, extensions=PARAMETER_KEYS
    ),
    "header": Shape(_PARAMETER_OR_HEADER, others="any", ref=True),
    "request_body": Shape(
        {"description": "text", "content": "*media_type", "required": "flag"}, ("content",), ref=True
    ),
    "media_type": Shape(
        {"schema": "schema", "example": "any", "examples": "*example", "encoding": "*encoding"}
        | {"itemSchema": "schema", "itemEncoding": "any", "prefixEncoding": "any"},
        ref=True,
    ),
    "encoding": Shape(
        _fields(text="contentType style", flag="explode allowReserved") | {"headers": "*header"}, others="any"
    ),
    "example": Shape(
        _fields(text="summary description externalValue", any="value dataValue serializedValue"), ref=True
    ),
    "callback": Shape(others="path_item", ref=True),
    "responses": Shape(others="response", extensions=RESPONSE_KEYS),
    "response": Shape(
        {"description": "text", "summary": "text", "headers": "*header", "content": "*media_type", "links": "map"},
        ("description",),
        ref=True,
        extensions=RESPONSE_KEYS,
    ),
    "flow": Shape(_fields(text="authorizationUrl tokenUrl refreshUrl deviceAuthorizationUrl") | {"scopes": "*text"}),
    "schema": Shape(_SCHEMA | {"discriminator": "map"}, others="any", ref=True),
    "security_scheme": Shape(
        _fields(text="type description name in scheme bearerFormat openIdConnectUrl oauth2MetadataUrl")
        | {"deprecated": "flag", "flows": "*flow"},
        ("type",),
        ref=True,
        extensions=SCHEME_KEYS,
    ),
    **GATEWAY,
}

SCHEME_FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "apiKey": frozenset(("name", "in")),
    "basic": frozenset(),
    "http": frozenset(("scheme", "bearerFormat")),
    "oauth2": frozenset("flow flows authorizationUrl tokenUrl scopes oauth2MetadataUrl".split()),  # noqa: SIM905
    "openIdConnect": frozenset(("openIdConnectUrl",)),
    "mutualTLS": frozenset(),
}
"""Type of a security scheme → the fields that only schemes of this type have."""

PATH_ITEM_FIELDS: Final = frozenset(
    (*SWAGGER["path_item"].fields, *OPENAPI["path_item"].fields, *PATH_ITEM_KEYS),
)
OPERATION_FIELDS: Final = frozenset(
    (*SWAGGER["operation"].fields, *OPENAPI["operation"].fields, *OPERATION_KEYS),
)
PARAMETER_FIELDS: Final = frozenset(
    (*SWAGGER["parameter"].fields, *OPENAPI["parameter"].fields, *PARAMETER_KEYS),
)
RESPONSE_FIELDS: Final = frozenset(
    (*SWAGGER["response"].fields, *OPENAPI["response"].fields, *RESPONSE_KEYS),
)
REQUEST_BODY_FIELDS: Final = frozenset(OPENAPI["request_body"].fields)
SCHEMA_FIELDS: Final = frozenset(
    (*SWAGGER["schema"].fields, *OPENAPI["schema"].fields),
)
"""All fields of one of these objects in either standard, and the gateway's keys."""

OPENAPI_31: Final[Mapping[str, Shape]] = {**OPENAPI, "operation": replace(OPENAPI["operation"], required=())}
"""Since OpenAPI 3.1 the responses of an operation are optional."""
