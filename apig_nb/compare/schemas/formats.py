"""Formats of values: which of them restrict values, and which include others.

https://spec.openapis.org/registry/format/ lists the registered ones.
"""

from __future__ import annotations

from typing import Final

PRESENTATION: Final = frozenset(("password", "html", "commonmark", "markdown", "textarea", "multiline"))
"""Formats that tell tools how to show a text, and restrict nothing."""

REGISTERED: Final = frozenset(
    (
        *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "double-int"),
        *("float", "double", "decimal", "decimal128", "unixtime"),
        *("date", "time", "date-time", "date-time-local", "time-local", "duration", "http-date"),
        *("email", "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6"),
        *("uri", "uri-reference", "uri-template", "iri", "iri-reference", "uuid", "media-range"),
        *("json-pointer", "relative-json-pointer", "regex", "char"),
        *("byte", "binary", "base64url"),
        *("sf-binary", "sf-boolean", "sf-decimal", "sf-integer", "sf-string", "sf-token"),
    )
)
"""Formats that the standard or its registry defines, so that a value can be checked against them."""

WIDER_FORMATS: Final = {"int32": "int64", "float": "double"}
"""A format that includes all values of another one, by that one."""

INTEGER_RANGES: Final = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
"""Smallest and greatest integer of a format."""
