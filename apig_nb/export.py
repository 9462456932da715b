"""`Export`: what the service answered, kept whole, with its tables; `load` makes one of a file.

Source: contract/export, "Answer".
"""

from __future__ import annotations

import hashlib
import html
import itertools
import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from apig_nb.errors import ArgumentError, DocumentError
from apig_nb.files import clear_drafts, write_new, write_whole
from apig_nb.request import SCOPES, V1_SCOPES

if TYPE_CHECKING:
    from pandas import DataFrame

    from apig_nb.definition import ApiDefinition
    from apig_nb.request import ExportRequest

MAX_NAME_BYTES: Final = 200
"""The longest default file name; file systems allow 255 bytes, some synchronising services less."""

# The rest is left to the page: JupyterLab styles tables, and a saved page elsewhere has its own look.
_TABLE = "color: var(--jp-content-font-color1, inherit)"
_CELL = "text-align: left"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Export:
    """One exported document as it came, and what is known about how it came.

    Attributes:
        raw: the bytes as received.
        request: what was asked for; `None` for a loaded file.
        status_code: HTTP status of the answer; `None` for a loaded file.
        request_id: the id to quote to the provider's support; empty where none came.
        time: when the answer was here, UTC; `None` for a loaded file.
        duration: seconds from sending to answer; `None` for a loaded file.
        source: name of the file it was loaded from.
        group: name of the API group where it is known.
        environment: name of the environment where it is known.
        scope: the definition scope where it is known.
        warnings: what is not as it was asked for, and what had to be done otherwise; empty where all is well.
    """

    raw: bytes
    request: ExportRequest | None = None
    status_code: int | None = None
    request_id: str = ""
    time: datetime | None = None
    duration: float | None = None
    source: str | None = None
    group: str | None = None
    environment: str | None = None
    scope: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of the document as received."""
        return len(self.raw)

    @cached_property
    def sha256(self) -> str:
        """Hash of the bytes as received, in hex."""
        return hashlib.sha256(self.raw).hexdigest()

    @property
    def text(self) -> str:
        """The document as text.

        Raises:
            DocumentError: the bytes are no text.
        """
        from apig_nb.definition.read.decoding import decode

        return decode(self.raw, [])

    @cached_property
    def definition(self) -> ApiDefinition:
        """The document in one form for Swagger 2.0 and OpenAPI 3; read when first asked for.

        Raises:
            DocumentError: it cannot be read; the message says what it is instead.
        """
        from apig_nb.definition import read_definition

        return read_definition(self.raw)

    @property
    def problems(self) -> DataFrame:
        """What is odd in the document: one row per finding with pointer, kind and message, all `str`."""
        return self._table("problems")

    @property
    def paths(self) -> DataFrame:
        """One row per path; see `apig_nb.tables.paths`."""
        return self._table("paths")

    @property
    def operations(self) -> DataFrame:
        """One row per method and path; see `apig_nb.tables.operations`."""
        return self._table("operations")

    @property
    def parameters(self) -> DataFrame:
        """One row per parameter of an operation; see `apig_nb.tables.parameters`."""
        return self._table("parameters")

    @property
    def request_bodies(self) -> DataFrame:
        """One row per operation and media type it accepts; see `apig_nb.tables.request_bodies`."""
        return self._table("request_bodies")

    @property
    def responses(self) -> DataFrame:
        """One row per operation, status and media type; see `apig_nb.tables.responses`."""
        return self._table("responses")

    @property
    def schemas(self) -> DataFrame:
        """One row per property of a named schema; see `apig_nb.tables.schemas`."""
        return self._table("schemas")

    @property
    def security_schemes(self) -> DataFrame:
        """One row per security scheme; see `apig_nb.tables.security_schemes`."""
        return self._table("security_schemes")

    @property
    def backends(self) -> DataFrame:
        """One row per backend or backend policy of an operation; see `apig_nb.tables.backends`."""
        return self._table("backends")

    @property
    def backend_parameters(self) -> DataFrame:
        """One row per parameter that is passed to a backend; see `apig_nb.tables.backend_parameters`."""
        return self._table("backend_parameters")

    @property
    def ratelimits(self) -> DataFrame:
        """One row per throttling policy; see `apig_nb.tables.ratelimits`."""
        return self._table("ratelimits")

    @property
    def access_controls(self) -> DataFrame:
        """One row per access control policy; see `apig_nb.tables.access_controls`."""
        return self._table("access_controls")

    @property
    def gateway_responses(self) -> DataFrame:
        """One row per gateway response; see `apig_nb.tables.gateway_responses`."""
        return self._table("gateway_responses")

    @property
    def extensions(self) -> DataFrame:
        """One row per `x-` field of the document; see `apig_nb.tables.extensions`."""
        return self._table("extensions")

    def save(self, path: str | os.PathLike[str] | None = None) -> Path:
        """Write the bytes as received to a file, whole or not at all.

        Args:
            path: the file, replaced if it is there; or a folder, which gets a file under the default name, as the
                current one does without a path. The default name is the service's own
                (`{group}-{environment}-{scope}-{version}.json`), made legal on every system; with `-2`, `-3` and so on
                where a file of that name is there already.

        Returns:
            The file.

        Raises:
            OSError: it cannot be written; nothing is left behind.
        """
        target = Path() if path is None else Path(path)
        # A folder that is not there yet must not become a file of that name.
        if not target.is_dir() and not (path is not None and os.fspath(path).endswith(("/", os.sep))):
            clear_drafts(target.parent)
            write_whole(target, self.raw)
            return target
        clear_drafts(target)
        return write_new(target, self._default_names(), self.raw)

    def __repr__(self) -> str:
        known = " ".join(part for part in (self.group, self.environment, self.scope) if part)
        return f"<Export {known or self.source or ''!r}, {_size_in_words(self.size)}>"

    def _repr_html_(self) -> str:
        facts = {"API group": self.group, "Environment": self.environment, "Definition scope": self.scope}
        facts["File"] = self.source
        try:
            read = self.definition
            facts["Document"] = f"{read.title} {read.version} ({read.standard}, {read.format.upper()})"
            facts["Operations"] = f"{len(read.operations)} on {len(read.document.paths)} paths"
            facts["Problems"] = str(len(read.problems)) if read.problems else None
        except DocumentError as error:
            facts["Document"] = str(error)
        facts["Size"] = _size_in_words(self.size)
        facts["Received"] = f"{self.time:%Y-%m-%d %H:%M:%S} UTC" if self.time else None
        facts["Warnings"] = "; ".join(self.warnings)
        rows = (_row(name, value) for name, value in facts.items() if value)
        return f'<table style="{_TABLE}">{"".join(rows)}</table>'

    def _table(self, name: str) -> DataFrame:
        # Late: `import apig_nb` must stay light, and not every export is looked at as tables.
        from apig_nb.tables import TABLES

        if name not in self._tables:
            self._tables[name] = TABLES[name](self.definition)
        # A copy in depth: changing one must not change what the next one sees.
        return self._tables[name].copy()

    @cached_property
    def _tables(self) -> dict[str, DataFrame]:
        return {}

    def _name_parts(self) -> list[str]:
        """What the service's own file name is made of, as far as it is known without reading a long document."""
        if self.request is None:
            group, environment, version = self.group or self.definition.title, self.environment, self.definition.version
        else:
            group = self.group or self.request.group_id
            environment = self.environment or self.request.env_id
            # The service writes the time of the export where no version is asked for.
            version = self.request.version or (f"{self.time:%Y-%m-%d-%H:%M:%S}" if self.time else "")
        return [part for part in (group, environment, self.scope, version) if part]

    def _default_names(self) -> Iterator[str]:
        stem, extension = "-".join(self._name_parts()), self._extension()
        yield legal_name(stem, extension)
        yield from (legal_name(stem, f"-{number}{extension}") for number in itertools.count(2))

    def _extension(self) -> str:
        if self.request is not None:
            return f".{self.request.type}"
        return ".json" if first_sign(self.raw) == b"{" else ".yaml"


def load(source: str | bytes | os.PathLike[str] | IO[str] | IO[bytes]) -> Export:
    """Make an export of a document that is there already, such as a file downloaded from the console.

    Args:
        source: a path; or the document itself as bytes, as text (starting with `{` or `[`, or of several lines), or as
            an open file. The answer of a finished asynchronous export holds a document and will do, too.

    Raises:
        DocumentError: there is no such file, it is too large, or it is no API document.
        ArgumentError: `source` is none of these.
    """
    from apig_nb.definition import read_definition

    raw, name = _content(source)
    definition = read_definition(raw)
    wrapped = _WRAPPED_NAME.fullmatch(definition.wrapped_name or "")
    group, environment, scope = wrapped.groups() if wrapped else (None, None, None)
    export = Export(raw=raw, source=name, group=group, environment=environment, scope=scope)
    # Where the cached property keeps it: the document is read once.
    export.__dict__["definition"] = definition
    return export


Comparable = Export | str | bytes | os.PathLike[str] | IO[str] | IO[bytes]


def as_export(given: Comparable) -> Export:
    """An export as it is; of anything else, what `load` makes of it."""
    return given if isinstance(given, Export) else load(given)


# {group}-{environment}-{scope}-{version}: a group's name may hold hyphens, the words of the scope do not.
_WRAPPED_NAME = re.compile(rf"(.+)-([^-]+)-({'|'.join([*SCOPES, *V1_SCOPES])})-.*", re.DOTALL)


def _content(source: object) -> tuple[bytes, str | None]:
    """The bytes of a document, and the name of the file they are from."""
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source), None
    if isinstance(source, str) and (not source.strip() or "\n" in source or source.lstrip().startswith(("{", "["))):
        return source.encode("utf-8", "replace"), None
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        return _read(str(path), lambda: path.expanduser().open("rb")), path.name
    if not hasattr(source, "read"):
        raise ArgumentError("source", source, "must be a path, bytes, text or an open file")
    name = getattr(source, "name", None)
    file_name = Path(name).name if isinstance(name, str) else None
    return _read(file_name or "the file", lambda: nullcontext(source)), file_name


def _read(name: str, opened: Callable[[], AbstractContextManager[Any]]) -> bytes:
    from apig_nb.definition.read.decoding import MAX_BYTES

    try:
        with opened() as file:
            content = file.read(MAX_BYTES + 1)
    # ValueError: a name with a NUL, a text file in another encoding; RuntimeError: a home folder that nobody has.
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DocumentError(f"{name!r} cannot be read: {reason}") from error
    if len(content) > MAX_BYTES:
        raise DocumentError(f"{name!r} is larger than {MAX_BYTES // 2**20} MiB, which is the most that is read")
    return content.encode("utf-8", "replace") if isinstance(content, str) else bytes(content)


def first_sign(raw: bytes) -> bytes:
    """The first byte of a document that is no blank and no byte order mark, in every UTF.

    `{` tells JSON from YAML where nothing else does (contract/export, "Answer").
    """
    return raw[:100].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")[:1]


def legal_name(stem: str, extension: str) -> str:
    """A file name legal on every system and in no other folder, as like `stem` as can be.

    What Windows forbids becomes `-`: signs, control and invisible characters, dots and blanks at the ends; the names
    of its devices get a `_` in front. Other scripts stay as they are.
    """
    name = "".join(sign if sign.isprintable() and sign not in '<>:"/\\|?*' else "-" for sign in stem)
    room = MAX_NAME_BYTES - len(extension) - 1
    name = name.encode()[:room].decode("utf-8", "ignore").strip(" .") or "export"
    return f"{'_' if _DEVICE.fullmatch(name) else ''}{name}{extension}"


# Also with any extension, and with blanks before it.
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])( *\..*)?", re.IGNORECASE | re.DOTALL)


def _row(name: str, value: str) -> str:
    head = f'<th scope="row" style="{_CELL}">{html.escape(name)}</th>'
    return f'<tr>{head}<td style="{_CELL}">{html.escape(value)}</td></tr>'


def _size_in_words(size: int) -> str:
    return f"{size} bytes" if size < 1000 else f"{size / 1000:,.1f} kB"
