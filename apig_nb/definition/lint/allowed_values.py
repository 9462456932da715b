"""Values that the standard lists or rules out: types, locations, styles, and keywords that differ between versions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from apig_nb.definition.model.dialect import BODY_LOCATIONS
from apig_nb.definition.problem import quoted


class WrongValue(NamedTuple):
    """A value that the standard does not allow.

    Attributes:
        key: the key of the value; `None` for the object that should have one.
        kind: the kind of the problem.
        message: the value and what is allowed.
    """

    key: str | None
    kind: str
    message: str


_Allowed = Mapping[str, Mapping[str, frozenset[str]]]


def _allowed(**shapes: dict[str, str]) -> _Allowed:
    return {shape: {key: frozenset(words.split()) for key, words in keys.items()} for shape, keys in shapes.items()}


_SIMPLE_TYPES = "array boolean integer number string"
_TYPES = f"{_SIMPLE_TYPES} object"
_FORM_STYLES = "form spaceDelimited pipeDelimited deepObject"
_STYLES = f"matrix label simple {_FORM_STYLES}"

_OPENAPI_30: Final = _allowed(
    schema={"type": _TYPES},
    parameter={"in": "query header path cookie", "style": _STYLES},
    header={"style": "simple"},
    encoding={"style": _FORM_STYLES},
    security_scheme={"type": "apiKey http oauth2 openIdConnect", "in": "query header cookie"},
)
ALLOWED: Final[Mapping[str, _Allowed]] = {
    "swagger": _allowed(
        # `file` is the type of a response. The JSON schema of Swagger 2.0 allows `null`.
        schema={"type": f"{_TYPES} null file"},
        parameter={
            "in": "query header path formData body",
            "type": f"{_SIMPLE_TYPES} file",
            "collectionFormat": "csv ssv tsv pipes multi",
        },
        header={"type": _SIMPLE_TYPES, "collectionFormat": "csv ssv tsv pipes"},
        security_scheme={
            "type": "basic apiKey oauth2",
            "in": "query header",
            "flow": "implicit password application accessCode",
        },
    ),
    "openapi": _OPENAPI_30,
    "openapi 3.1": {
        **_OPENAPI_30,
        # OpenAPI 3.2 added the location `querystring` and the style `cookie`.
        **_allowed(
            schema={"type": f"{_TYPES} null"},
            parameter={"in": "query header path cookie querystring", "style": f"{_STYLES} cookie"},
            security_scheme={"type": "apiKey http oauth2 openIdConnect mutualTLS", "in": "query header cookie"},
        ),
    },
}
"""Standard → shape → key → the values that the standard lists."""

_NOUNS: Final = {"in": "location", "collectionFormat": "collection format"}
_EXCLUSIVE: Final = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}


@cache
def watched_keys(standard: str) -> Mapping[str, tuple[str, ...]]:
    """Return the keys by shape on whose values `wrong_values` depends; of others, the class decides."""
    keys = {shape: tuple(keys) for shape, keys in ALLOWED[standard].items()}
    return {**keys, "parameter": (*keys["parameter"], "required")}


def wrong_values(standard: str, shape: str, value: Mapping[str, Any]) -> Iterator[WrongValue]:
    """Yield the values of an object that the standard does not allow. Values of a wrong type are left to others."""
    for key, allowed in ALLOWED[standard].get(shape, {}).items():
        item = value.get(key)
        for text in _texts(item):
            # In OpenAPI 3, parameters in the body are a problem of their own.
            is_in_body = key == "in" and standard != "swagger" and text.lower() in BODY_LOCATIONS
            if text not in allowed and not is_in_body:
                yield WrongValue(key, "wrong-value", _not_listed(key, text, allowed))
        if key == "type" and isinstance(item, list) and standard == "openapi":
            yield WrongValue(key, "wrong-type", "a list of types is allowed since OpenAPI 3.1; read as there")
    if shape == "parameter" and str(value.get("in")).lower() == "path":
        if value.get("required") is None:
            yield WrongValue(
                None, "missing", "a parameter in the path is always required: 'required: true' is mandatory"
            )
        elif value["required"] is False:
            yield WrongValue(
                "required", "wrong-value", "a parameter in the path is always required; it cannot be false"
            )
    if shape == "schema" or (standard == "swagger" and shape in ("parameter", "header")):
        yield from _keywords_of_another_version(standard, value)


def _keywords_of_another_version(standard: str, schema: Mapping[str, Any]) -> Iterator[WrongValue]:
    for key, limit in _EXCLUSIVE.items():
        item = schema.get(key)
        if item is None:
            continue
        is_flag, is_number = isinstance(item, bool), isinstance(item, int | float)
        if standard == "openapi 3.1" and (is_flag or not is_number):
            yield WrongValue(key, "wrong-type", "since OpenAPI 3.1 it is a number, the limit itself; read as before")
        elif standard != "openapi 3.1" and not is_flag:
            message = f"before OpenAPI 3.1 it is true or false, beside '{limit}'; read as in OpenAPI 3.1"
            yield WrongValue(key, "wrong-type", message)
    if standard == "openapi 3.1" and "nullable" in schema:
        message = "OpenAPI 3.1 does not define 'nullable', but a type 'null'; it is read as in OpenAPI 3.0"
        yield WrongValue("nullable", "unknown-key", message)


def _texts(value: object) -> list[str]:
    """Return a text, or the texts in a list."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str)]


def _not_listed(key: str, text: str, allowed: frozenset[str]) -> str:
    *others, last = sorted(allowed)
    listed = f"{', '.join(others)} and {last}" if others else last
    return f"the standard has no {_NOUNS.get(key, key)} {quoted(text)} here, but {listed}"
