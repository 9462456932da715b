"""Adding an entry to an ignore file keeps the rest of the file byte for byte."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import apig_nb as apig
from apig_nb.compare.options.ignore_file import add_ignored
from apig_nb.compare.options.options import read_options, today
from apig_nb.text import visible
from tests.compare.comparing import openapi

BLOCK = "- rule: cors-enabled\n  reason: agreed\n"
LONG = "- path: /a\n  reason: |\n    one\n    two\n"


def grown(folder: Path, text: str, **entry: Any) -> str:
    file = folder / "ignore.yaml"
    file.write_bytes(text.encode())
    add_ignored(file, **({"rule": "cors-enabled", "reason": "agreed"} | entry))
    return file.read_bytes().decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", f"ignore:\n  {BLOCK.replace('  r', '    r')}"),
        ("# why\n", f"# why\nignore:\n  {BLOCK.replace('  r', '    r')}"),
        ("- path: /a # why\n# end\n", f"- path: /a # why\n{BLOCK}# end\n"),
        ("- path: /a", f"- path: /a\n{BLOCK}"),
        ("- path: /a\n  # of /a\n\n# end\n", f"- path: /a\n  # of /a\n{BLOCK}\n# end\n"),
        (
            "ignore:\n  - path: /a\n    reason: |\n      one\n      # two\n  # end\n",
            f"ignore:\n  - path: /a\n    reason: |\n      one\n      # two\n  {BLOCK.replace('  r', '    r')}  # end\n",
        ),
        (
            '{\n  "ignore": [\n    {"path": "/a"}\n  ]\n}\n',
            '{\n  "ignore": [\n    {"path": "/a"}, {"rule": "cors-enabled", "reason": "agreed"}\n  ]\n}\n',
        ),
        ("ignore:\n- path: /a\n\n# next\nseverity: {}\n", f"ignore:\n- path: /a\n{BLOCK}\n# next\nseverity: {{}}\n"),
        (
            "- path: /a\n  reason: |\n    one\n    two\n# end\n",
            f"- path: /a\n  reason: |\n    one\n    two\n{BLOCK}# end\n",
        ),
        ("- &a {path: /a}\n- *a # end\n", f"- &a {{path: /a}}\n- *a # end\n{BLOCK}"),
        ("- path: /a\r\n# end\r\n", "- path: /a\r\n- rule: cors-enabled\r\n  reason: agreed\r\n# end\r\n"),
        ("ignore: # none\npaths: {}\n", f"ignore: # none\n  {BLOCK.replace('  r', '    r')}paths: {{}}\n"),
        ("paths: {}\n# end\n...\n", f"paths: {{}}\nignore:\n  {BLOCK.replace('  r', '    r')}# end\n...\n"),
        ("ignore: [] # none\n", 'ignore: [{"rule": "cors-enabled", "reason": "agreed"}] # none\n'),
        ("[{path: /a},\n]", '[{path: /a}, {"rule": "cors-enabled", "reason": "agreed"},\n]'),
        ('{"paths": {}}', '{"paths": {}, "ignore": [{"rule": "cors-enabled", "reason": "agreed"}]}'),
    ],
)
def test_an_entry_is_added_at_the_end_of_the_list_in_the_same_style(tmp_path: Path, before: str, after: str):
    assert grown(tmp_path, before) == after


# Harmful characters are replaced by visible signs, in a file as everywhere.
harmless = st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")).filter(lambda sign: visible(sign) == sign)
texts = st.text(harmless, max_size=20)
entries = st.fixed_dictionaries(
    {"path": texts.filter(bool)},
    optional={"reason": texts, "expires": st.dates(), "rule": st.sampled_from(["cors-enabled", "description-*"])},
)
wholes = st.fixed_dictionaries(
    {},
    optional={
        "ignore": st.one_of(st.none(), st.lists(entries, max_size=3)),
        "severity": st.dictionaries(st.just("cors-enabled"), st.sampled_from(["info", "off"])),
        "paths": st.dictionaries(texts, texts, max_size=2),
        "addresses": st.dictionaries(texts, texts, max_size=2),
    },
)


@st.composite
def files(draw: st.DrawFn) -> str:
    """A file of a documented shape, in any style, with comments wherever a line ends."""
    content = draw(st.one_of(wholes, st.lists(entries, max_size=3)))
    flow, indent = draw(st.sampled_from([True, False, None])), draw(st.integers(2, 6))
    style: Any = {"default_flow_style": flow, "indent": indent, "width": 200}
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, **style)
    lines = text.replace("ignore: null", "ignore: []" if text.startswith("{") else "ignore:").splitlines()
    if all("'" not in line and '"' not in line for line in lines):
        lines = [f"{line} # {n}" if draw(st.booleans()) else line for n, line in enumerate(lines)]
        lines += [f"# {draw(texts)}"] * draw(st.integers(0, 2))
    line_end = draw(st.sampled_from(["\n", "\r\n"]))
    return line_end.join(lines) + draw(st.sampled_from(["", line_end]))


@pytest.mark.slow
@given(files(), texts.filter(str.strip), texts.filter(bool), st.one_of(st.none(), st.integers(0, 999)))
def test_any_file_keeps_its_text_and_the_entry_applies(
    tmp_path_factory: pytest.TempPathFactory, text: str, reason: str, path: str, days: int | None
):
    expires = None if days is None else today() + timedelta(days)
    was = read_options(yaml.safe_load(text), None)
    file = tmp_path_factory.mktemp("ignore") / "ignore.yaml"
    file.write_bytes(text.encode())
    added = add_ignored(file, path=path, reason=reason, expires=expires)
    after = file.read_bytes().decode()
    now = read_options(file, None)
    *others, entry = now.ignore
    assert replace(now, ignore=tuple(others)) == was
    assert (entry.path, entry.reason, entry.expires) == (path, " ".join(reason.split()), expires)
    # Without the inserted text, the file is the old one.
    start = next((n for n, (a, b) in enumerate(zip(text, after, strict=False)) if a != b), len(text))
    assert after[:start] == text[:start]
    assert after.endswith(text[start:])
    added.undo()
    assert file.read_bytes().decode() == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ignore: ~\n", "add it by hand"),
        ("ignore: &all\n  - path: /a\n", "add it by hand"),
        ("other: 1\n", "not a field of an ignore file"),
        ("ignore: [\n", "add it by hand"),
        ("just words\n", "add it by hand"),
        ("- path: /a\n--- \n- path: /b\n", "add it by hand"),
    ],
)
def test_an_unsuitable_file_is_left_unchanged(tmp_path: Path, text: str, why: str):
    with pytest.raises(apig.ArgumentError, match=why):
        grown(tmp_path, text)
    assert (tmp_path / "ignore.yaml").read_text() == text
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ({"reason": " \n"}, "reason: must say why"),
        ({"expires": "31.12.2026"}, "expires: is not a day such as 2026-12-31"),
        ({"expires": today() - timedelta(1)}, "expires: is in the past"),
        ({"rule": "no-such-rule"}, "is not a rule"),
        ({"rule": None}, "must name a rule"),
    ],
)
def test_an_entry_without_effect_is_refused_and_nothing_is_written(tmp_path: Path, entry: Any, why: str):
    with pytest.raises(apig.ArgumentError, match=why):
        grown(tmp_path, "- path: /a\n", **entry)
    assert (tmp_path / "ignore.yaml").read_text() == "- path: /a\n"


def test_an_unreadable_file_is_an_error(tmp_path: Path):
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for name, why in (("binary", "not text in UTF-8"), ("", "cannot be read"), ("a\0b", "cannot be read")):
        with pytest.raises(apig.ArgumentError, match=why):
            add_ignored(f"{tmp_path}/{name}", rule="cors-enabled", reason="agreed")


def test_a_comparison_ignores_the_added_change_until_it_is_undone(tmp_path: Path):
    old, new = (openapi({"summary": text}) for text in "ab")
    file = tmp_path / "ignore.yaml"
    every = apig.compare(str(old).encode(), str(new).encode())
    added = add_ignored(file, fingerprint=every.found[0].fingerprint, reason="a typing error")
    comparison = apig.compare(str(old).encode(), str(new).encode(), ignore=file)
    assert (len(comparison), comparison.ignored["reason"].to_list()) == (0, ["a typing error"])
    added.undo()
    assert not file.exists()


def test_an_entry_is_not_removed_from_a_file_changed_since(tmp_path: Path):
    file = tmp_path / "ignore.yaml"
    added = add_ignored(file, rule="cors-enabled", reason="agreed")
    file.write_text("- path: /a\n")
    with pytest.raises(apig.ArgumentError, match="changed meanwhile"):
        added.undo()
    assert file.read_text() == "- path: /a\n"
