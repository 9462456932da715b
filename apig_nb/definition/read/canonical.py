"""The canonical hash of a document: equal for documents of equal content, however they are written."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, Final

from apig_nb.definition.read.decoding import decode
from apig_nb.definition.read.source import is_document, read_source
from apig_nb.text import has_too_many_values

TIMESTAMP: Final = re.compile(r"\d{4}-\d{2}-\d{2}-\d{2}:\d{2}:\d{2}")
"""The time of the export, which the gateway writes into `info.version`."""

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def canonical_hash(raw: bytes) -> str:
    """Return the SHA-256 hash, in hexadecimal, of the content of a document.

    The format (JSON or YAML), the layout, the order of keys, and the time of the export in `info.version` do not count.

    Raises:
        DocumentError: the bytes are not an API document.
    """
    tree = _tree(raw)
    info = tree.get("info")
    if isinstance(info, dict) and isinstance(version := info.get("version"), str) and TIMESTAMP.fullmatch(version):
        tree = {**tree, "info": {key: value for key, value in info.items() if key != "version"}}
    try:
        content = _ENCODER.encode(tree).encode("utf-8", "surrogatepass")
    except RecursionError:
        # Nested too deep to be written in order; such a document equals only its copies.
        content = raw
    return hashlib.sha256(content).hexdigest()


def _tree(raw: bytes) -> dict[str, Any]:
    """Return the document as plain values; exports, which are JSON, without the checks of `read_source`."""
    text = decode(raw, [])
    try:
        tree = None if has_too_many_values(text) else json.loads(text)
    except (ValueError, RecursionError):
        tree = None
    return tree if isinstance(tree, dict) and is_document(tree) else read_source(raw).tree
