"""Fuzz target: a content folder of the sandbox is rejected with an error, or can be listed and exported."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from starlette.datastructures import QueryParams

import apig_nb as apig
from apig_nb.sandbox import exports, listings
from apig_nb.sandbox.content_loader import DEMO, load
from apig_nb.sandbox.content_model import Content
from apig_nb.sandbox.content_yaml import SandboxContentError
from apig_nb.sandbox.document_writer import write_document
from tests.fuzz import mutation
from tests.fuzz.seeds import locations, texts, tree_of

_FOLDER = Path(tempfile.mkdtemp())
_FILES = ("account.yaml", "g/gateway.yaml", "g/group.yaml")
_SEPARATOR = b"\n---\n"
_ACCOUNT = (
    b"account: a\nregion: r\nclock: 2026-01-02T03:04:05Z\nprojects: {r: {}}\nusers: {u: {password: p}}\ngateways: [g]\n"
)


def seeds() -> Iterable[bytes]:
    for folder in sorted(path.parent for path in DEMO.glob("*/gateway.yaml")):
        gateway = (folder / "gateway.yaml").read_bytes().replace(b"project: eu-demo-1_team", b"project: r")
        for group in sorted({*folder.glob("*.yaml")} - {folder / "gateway.yaml"}):
            yield _SEPARATOR.join((_ACCOUNT, gateway, group.read_bytes()))


def words() -> Iterable[bytes]:
    return texts(_words())


@cache
def _words() -> tuple[str, ...]:
    keys = {
        str(key) for seed in seeds() for part in seed.split(_SEPARATOR) for _, key in locations(tree_of(part)) if key
    }
    return tuple(sorted(keys | {"copy_of", "group.yaml", "EDITING", "2024-13-01", "!!int x", "0b_", "<<"}))


def mutated(data: bytes, max_size: int, seed: int) -> bytes:
    """Mutate one of the files."""
    parts = data.split(_SEPARATOR)
    at = seed % len(parts)
    remaining = max_size - len(data)
    if remaining > 0:
        parts[at] = mutation.mutated(parts[at], len(parts[at]) + remaining, seed, _words())
    return _SEPARATOR.join(parts)[:max_size]


def must_hold(data: bytes) -> None:
    """Check that loading raises SandboxContentError, or that the content can be listed and exported."""
    for name, part in zip(_FILES, data.split(_SEPARATOR) + [b""] * len(_FILES), strict=False):
        (_FOLDER / name).parent.mkdir(exist_ok=True)
        (_FOLDER / name).write_bytes(part)
    try:
        content = load(_FOLDER)
    except SandboxContentError as error:
        assert error.where
        return
    _check_listings_and_exports(content)


def _check_listings_and_exports(content: Content) -> None:
    every = QueryParams("limit=500")
    listings.instances(content, content.main_project.id, every)
    for gateway in content.gateways:
        for listed in (listings.envs, listings.api_groups, listings.apis):
            listings.page(listed(content, gateway, every), "items", every, "apig")
        for group in gateway.groups:
            for environment in gateway.environments[:1]:
                for oas_version, form in (("2.0", "json"), ("3.0", "yaml")):
                    fields = exports.ExportFields(environment.id, group.id, "all", form, oas_version, None, None)
                    text = write_document(exports.resolve(content, gateway, fields))
                    assert len(apig.load(text.encode()).definition.operations) <= len(group.apis)
