"""Encoding of the fields of a form: each is a text, a list, a file, or a part with a media type of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from apig_nb.definition.model.elements import Header, MediaType
from apig_nb.definition.model.references import Pointer, References
from apig_nb.definition.model.schema import Schema, SchemaSource
from apig_nb.definition.model.schema_reader import SchemaReader
from apig_nb.definition.model.serialisation import by_style
from apig_nb.definition.values import as_flag, as_map, as_text

_STYLE_FIELDS: Final = ("style", "explode", "allowReserved")

ANY: Final = "*/*"
"""Media type of a file without one, which may have any content."""


class Encoding(NamedTuple):
    """Encoding of one field of a form.

    Attributes:
        media_types: in which it may be sent, in lower case; the default where none are named.
        is_named: True if its media types are written out.
        is_file: True if it is sent as a file.
        serialisation: that of a list or object (see `serialisation`); `None` for other values.
        allow_reserved: True if reserved characters may be sent as they are.
        headers: headers of the part.
        at: pointer to the encoding, or to the body where nothing is said of it.
    """

    media_types: tuple[str, ...]
    is_named: bool
    is_file: bool
    serialisation: str | None
    allow_reserved: bool
    headers: tuple[Header, ...]
    at: Pointer

    @property
    def pointer(self) -> str:
        """JSON pointer to it."""
        return str(self.at)


def encodings(media: MediaType, reader: SchemaReader) -> dict[str, Encoding]:
    """Return the encodings of the fields of a form by name; empty for other media types."""
    if not media.is_form:
        return {}
    given = as_map(media.source.get("encoding"))
    found = {}
    for name, source in reader.read(media.schema_source).properties.items():
        schema, written = reader.read(source), as_map(given.get(name))
        at = Pointer(media.pointer, ("encoding", name)) if name in given and media.in_content else media.holder
        found[name] = _encoding(schema, source, written, reader, at, media.references)
    return found


def _encoding(
    schema: Schema,
    source: SchemaSource,
    written: Mapping[str, Any],
    reader: SchemaReader,
    at: Pointer,
    references: References,
) -> Encoding:
    types = reader.types(source)
    item = schema.items if types == {"array"} and schema.items is not None else source
    is_file = reader.read(item).keywords.get("format") == "binary"
    named = as_text(written.get("contentType"))
    if named is not None:
        # A file of unknown content is any file.
        media_types = tuple(
            ANY if is_file and name == "application/octet-stream" else name
            for name in (part.strip().lower() for part in named.split(","))
        )
    else:
        media_types = (ANY if is_file else "application/json" if "object" in reader.types(item) else "text/plain",)
    way = None
    if "array" in types or ("object" in types and any(key in written for key in _STYLE_FIELDS)):
        way = by_style(as_text(written.get("style")), as_flag(written.get("explode")), "query", "object" in types)
    headers_at = at.below("headers")
    return Encoding(
        media_types,
        named is not None,
        is_file,
        way,
        as_flag(written.get("allowReserved")) is True,
        tuple(
            Header(name, as_map(references.follow(item)), references.locate(item, headers_at.below(name)), references)
            for name, item in as_map(written.get("headers")).items()
        ),
        at,
    )
