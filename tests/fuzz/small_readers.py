"""Fuzz target: parsers of ignore files, requests as YAML, error answers and the check of answers."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterable
from pathlib import Path

import yaml

import apig_nb as apig
from apig_nb.client import service_errors
from apig_nb.client.answer_check import mismatches
from apig_nb.compare.options.ignore_file import add_ignored
from apig_nb.compare.options.options import read_options
from apig_nb.export import Export
from apig_nb.text import HARMFUL
from tests.fuzz.mutation import mutated_bytes
from tests.fuzz.seeds import texts

_FOLDER = tempfile.TemporaryDirectory()
_FILE = Path(_FOLDER.name) / "ignore.yaml"
_ASKED = apig.ExportRequest(project_id="p", instance_id="i", env_id="e", group_id="g", version="1", type="yaml")
_IGNORE = """\
# Known changes.
ignore:
- rule: response-removed  # of the old version
  path: /orders/*
  reason: 'agreed: with all'
  expires: 2026-12-31
- {category: documentation, reason: "said"}
severity: {description-changed: off}
paths: {/v1: /v2}
addresses: {a.example.com: b.example.com}
"""
_REQUEST = _ASKED.replace(apis=["a", "b"], define="all", oas_version="3.0").to_yaml()


def seeds() -> Iterable[bytes]:
    yield from (_IGNORE.encode(), _REQUEST.encode(), b'[{"rule": "*", "reason": "x"}]\n', b"")
    yield b'{"error": {"code": 401, "message": "no", "title": "Unauthorized"}}'
    yield b'{"error_code": "APIGW.0301", "error_msg": "verify aksk signature fail,canonicalRequest:GET|/|"}'
    yield b"<html><head><title>502 Bad Gateway</title></head><body><script>1</script>no</body></html>"
    yield b'{"swagger": "2.0", "info": {"title": "t", "version": "2"}, "paths": {}}'
    yield b"openapi: 3.0.1\ninfo:\n  title: t\n  version: 2\npaths: {}\n"


def words() -> Iterable[bytes]:
    keys = ("ignore", "rule", "path", "category", "fingerprint", "reason", "expires", "severity", "paths", "addresses")
    signs = ("\n- ", "\n  ", ": ", " #", "---\n", "...\n", "&a ", "*a", "|\n", ">\n", "'", "<<: ")
    odd = ("2026-13-01", "!!int x", "!!bool x", "!!timestamp x", "\\UFFFFFFFF", "\\ud800")
    errors = ("errorCode", "errorMsg", "canonicalRequest:", "Access=", "<!--", "</title>", "info:\n", '"info":')
    return texts((*keys, *signs, *odd, *errors, *apig.ExportRequest.__annotations__, *apig.rules().rule[:40]))


def mutated(data: bytes, max_size: int, seed: int) -> bytes:
    return mutated_bytes(data, max_size, random.Random(seed))


def must_hold(data: bytes) -> None:
    """Check that each parser raises the library's error or returns a consistent result."""
    _ignore_file_holds(data)
    _request_holds(data)
    _error_holds(data)
    _answer_holds(data)


def _ignore_file_holds(data: bytes) -> None:
    _FILE.write_bytes(data)
    try:
        options = read_options(_FILE, None)
    except apig.ArgumentError:
        options = None
    try:
        added = add_ignored(
            _FILE, rule="response-removed", path="/a: #b", reason="it is 'said': so", expires="2999-12-31"
        )
    except apig.ArgumentError:
        assert _FILE.read_bytes() == data, "the file is unchanged"
        return
    assert options is not None, "a file that cannot be read gets no entry"
    entries = read_options(_FILE, None).ignore
    assert entries[:-1] == options.ignore
    assert (entries[-1].rule, entries[-1].path, entries[-1].reason) == (
        "response-removed",
        "/a: #b",
        "it is 'said': so",
    )
    added.undo()
    assert _FILE.read_bytes() == data, "taking the entry back restores the file"


def _request_holds(data: bytes) -> None:
    try:
        request = apig.ExportRequest.from_yaml(data.decode("utf-8", "replace"))
    except apig.ArgumentError:
        return
    assert apig.ExportRequest.from_yaml(request.to_yaml()) == request
    assert yaml.safe_load(request.to_yaml()) == request.to_dict()
    compile(request.python(), "request", "exec")
    _ = request.curl(), request.url("https://a"), repr(request)


def _error_holds(data: bytes) -> None:
    error = service_errors.read_service_error(502, {}, data)
    assert len(error.error_msg) < 600
    assert error.error_msg
    assert "canonicalRequest:GET" not in str(error)
    assert not HARMFUL.search(str(error))
    assert len(str(error)) < 2_000
    assert not HARMFUL.search(service_errors.error_code(data))


def _answer_holds(data: bytes) -> None:
    try:
        export = Export(raw=data, request=_ASKED, group="g")
        sentences = list(mismatches(export, export.definition))
    except apig.DocumentError:
        return
    for sentence in sentences:
        assert len(sentence) < 2_000
        assert not HARMFUL.search(sentence)
