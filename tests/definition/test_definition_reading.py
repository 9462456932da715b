"""Reading bytes: formats, encodings, wrapping answers, refused content, duplicate keys and harmful characters."""

import codecs
import gzip
import json
import re
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apig_nb.definition import read_definition
from apig_nb.definition.problem import KINDS
from apig_nb.definition.read.json_reader import MAX_DEPTH
from apig_nb.errors import DocumentError
from apig_nb.text import HARMFUL
from tests.definition.making import (
    OK,
    export,
    harmful,
    openapi,
    problems,
    read,
    resolves,
    row,
    rows,
    swagger,
    tables_of,
)

YAML = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {/a: {get: {responses: {200: {description: ok}}}}}\n"
TREE = openapi(paths={"/a": {"get": OK}})


@pytest.mark.parametrize(
    ("text", "format_"),
    [
        (json.dumps(TREE), "json"),
        (json.dumps(TREE, indent="\t"), "json"),
        ("\n\r\t " + json.dumps(TREE), "json"),
        (YAML, "yaml"),
        ("# {\n" + YAML, "yaml"),
        ("---\n" + YAML + "...\n", "yaml"),
        ("%YAML 1.2\n---\n" + YAML, "yaml"),
        (YAML.replace("\n", "\r\n"), "yaml"),
        ('"openapi": 3.0.3\n' + YAML.partition("\n")[2], "yaml"),
    ],
)
def test_json_and_yaml_are_distinguished_by_content(text: str, format_: str) -> None:
    definition = read(text)
    assert (definition.format, definition.tree, definition.problems) == (format_, TREE, ())


@pytest.mark.parametrize(
    ("document", "standard", "found"),
    [
        ({"swagger": "2.0"}, "Swagger 2.0", []),
        ({"swagger": 2.0}, "Swagger 2.0", []),
        ({"openapi": "3.0.0"}, "OpenAPI 3.0.0", []),
        ({"openapi": "3.0.4"}, "OpenAPI 3.0.4", []),
        ({"openapi": "3.1.1"}, "OpenAPI 3.1.1", []),
        ({"openapi": 3.1}, "OpenAPI 3.1", []),
        ({"openapi": "4.0"}, "OpenAPI 4.0", [("/openapi", "version")]),
        ({"swagger": "1.2"}, "Swagger 1.2", [("/swagger", "version")]),
        ({"swagger": "2.0", "openapi": "3.0.0"}, "OpenAPI 3.0.0", [("", "version"), ("/swagger", "unknown-key")]),
        ({}, "Swagger 2.0", [("", "version")]),
        ({"components": {}}, "OpenAPI 3.0", [("", "version")]),
        ({"openapi": None}, "Swagger 2.0", [("", "version"), ("/openapi", "unknown-key")]),
    ],
)
def test_the_version_is_read_or_guessed_from_the_keys(
    document: dict[str, Any], standard: str, found: list[tuple[str, str]]
) -> None:
    written = {"info": {"title": "t", "version": "1"}, "paths": {}, **document}
    assert (read(written).standard, problems(written)) == (standard, found)


@pytest.mark.parametrize("version", ["3.1.0", "3.2.0"])
def test_responses_are_optional_since_openapi_31(version: str) -> None:
    found = {kind for _, kind in problems(openapi(version, paths={"/a": {"get": {}}}))}
    assert found <= {"version"}
    assert problems(openapi("3.0.3", paths={"/a": {"get": {}}})) == [("/paths/~1a/get", "missing")]


CHINESE = openapi(info={"title": "订单服务", "version": "1"}, paths={"/订单": {"get": OK}})


@pytest.mark.parametrize(
    "encode",
    [
        str.encode,
        lambda text: codecs.BOM_UTF8 + text.encode(),
        lambda text: text.encode("utf-16"),
        lambda text: text.encode("utf-16-le"),
        lambda text: text.encode("utf-16-be"),
        lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
        lambda text: text.encode("utf-32"),
        lambda text: codecs.BOM_UTF32_BE + text.encode("utf-32-be"),
    ],
)
def test_every_unicode_encoding_is_read_without_problems(encode: Callable[[str], bytes]) -> None:
    definition = read(encode(json.dumps(CHINESE, ensure_ascii=False)))
    assert (definition.tree, definition.problems) == (CHINESE, ())


@pytest.mark.parametrize(
    ("title", "encoding", "name"),
    [("订单服务", "gbk", "GB18030"), ("Bücher für Größe", "cp1252", "CP1252"), ("Bücher", "latin-1", "CP1252")],
)
def test_a_legacy_encoding_is_guessed_and_reported(title: str, encoding: str, name: str) -> None:
    text = json.dumps(openapi(info={"title": title, "version": "1"}), ensure_ascii=False)
    definition = read(text.encode(encoding))
    assert (definition.title, [problem.kind for problem in definition.problems]) == (title, ["encoding"])
    assert name in definition.problems[0].message


def compressed(tree: Any) -> bytes:
    return gzip.compress(json.dumps(tree).encode(), mtime=0)


def test_a_gzip_archive_is_decompressed_and_reported() -> None:
    assert (read(compressed(TREE)).tree, problems(compressed(TREE))) == (TREE, [("", "encoding")])


def test_bytes_after_the_end_of_an_archive_are_reported() -> None:
    (found,) = read(compressed(TREE) + compressed(TREE)).problems
    assert re.search(r"\d+ bytes after the end of the archive are ignored", found.message)


@pytest.mark.parametrize("part", ["start", "middle", "checksum", "length"])
def test_an_archive_with_a_flipped_byte_is_refused(part: str) -> None:
    archive = bytearray(compressed({**TREE, "x-noise": [str(number**5) for number in range(999)]}))
    at = {"start": 11, "middle": len(archive) // 2, "checksum": len(archive) - 8, "length": len(archive) - 1}[part]
    archive[at] ^= 0x10
    with pytest.raises(DocumentError, match="gzip archive is damaged"):
        read(bytes(archive))


@pytest.mark.parametrize("missing", [1, 8, 9, 100])
def test_an_archive_without_its_end_is_refused(missing: int) -> None:
    with pytest.raises(DocumentError, match="gzip archive is incomplete"):
        read(compressed(TREE)[:-missing])


@given(st.data())
def test_no_flipped_bit_of_an_archive_changes_the_document(data: st.DataObject) -> None:
    archive = bytearray(compressed(TREE))
    archive[data.draw(st.integers(2, len(archive) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    try:
        definition = read(bytes(archive))
    except DocumentError as error:
        assert "gzip archive" in str(error)
    else:
        # Some bits, such as those of the time stamp, carry no content.
        assert definition.tree == TREE


def test_an_archive_beyond_the_limit_is_refused() -> None:
    with pytest.raises(DocumentError, match="limit"):
        read(gzip.compress(b" " * 70_000_000))


def wrapped(tree: Any, text: str = "Comment", name: str = "FileName") -> Any:
    return {
        text: json.dumps(tree) if isinstance(tree, dict) else tree,
        name: "orders-RELEASE-all-1",
        "FileType": ".json",
    }


@pytest.mark.parametrize(
    "answer",
    [
        {"task_id": "1", "task_status": "succeed", "task_result": json.dumps(wrapped(TREE))},
        {"task_result": wrapped(TREE)},
        wrapped(TREE),
        wrapped(TREE, "content", "file_name"),
        wrapped(YAML),
    ],
)
def test_the_answer_of_an_asynchronous_export_is_unwrapped(answer: dict[str, Any]) -> None:
    definition = read(answer)
    assert (definition.tree, definition.wrapped_name) == (TREE, "orders-RELEASE-all-1")
    assert problems(answer) == [("", "wrapped")]


def test_problems_of_the_text_of_a_wrapping_answer_are_kept() -> None:
    title = openapi(info={"title": "订单\0", "version": "1"})
    raw = json.dumps(wrapped(json.dumps(title, ensure_ascii=False).replace("\\u0000", "\0")), ensure_ascii=False)
    definition = read(raw.encode("gbk"))
    # Inside, a control character that is not escaped is as invalid as in a document that is not wrapped.
    kinds = [problem.kind for problem in definition.problems]
    assert kinds == ["encoding", "characters", "wrapped", "characters", "not-json"]
    assert (definition.title, harmful(definition)) == ("订单\ufffd", [])


DENSE = "[]," * 2_000_001


@pytest.mark.parametrize(
    "text",
    [
        f'{{"openapi": "3.0.3", "x-a": [{DENSE}1]}}',
        f'{{"openapi": "3.0.3", "x-a": [{DENSE}',  # not JSON, which YAML would be tried for
        f"openapi: 3.0.3\nx-a: [{DENSE}1]\n",
        "openapi: 3.0.3\nx-a:\n" + "- 1\r" * 4_000_001,
        "task_result: |\n  [" + DENSE + "1]\n",
    ],
    ids=["JSON", "broken JSON", "YAML", "lines of YAML", "in an answer"],
)
def test_a_document_of_more_values_than_can_be_read_soon_is_not_read(text: str) -> None:
    with pytest.raises(DocumentError, match=r"the document has more than 4,000,000 values"):
        read_definition(text.encode())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "not text"),
        ("null", "empty"),
        ("[]", "a list"),
        ("7", "a single number"),
        ("true", "a single value"),
        ('"text"', "a text"),
        ("{}", "an empty mapping"),
        ('{"a": 1, "b": 2}', "the keys a, b"),
        ('{"error_code": "APIG.1002", "error_msg": "Incorrect token"}', "'APIG.1002': 'Incorrect token'"),
        ('{"task_status": "processing", "task_result": ""}', "state 'processing'"),
        ('{"swaggerVersion": "1.2", "apis": []}', "older than Swagger 2.0"),
        ('{"info": {"name": "n"}, "item": []}', "Postman"),
        ('{"a\\tb\\nc": 1}', "a mapping with the keys a b c"),
        ('{"openapi": "3.0.3"', "not valid JSON: .* in line 1"),
        ('{"Comment": "no document"}', "a text"),
        ('{"error_code": {"a": 1}, "error_msg": ["\\u0000\\u202e"]}', "'an object': 'a list'"),
        ('{"\\u202e": 1}', r"the keys \\u202e"),
    ],
)
def test_other_content_is_refused_and_described(content: str | bytes, words: str) -> None:
    with pytest.raises(DocumentError, match=words):
        read(content)


NEARLY_JSON = [
    ('{"swagger": "2.0", "info": {"title": "t", "version": "1"}, "paths": {},}', "t"),
    ("{'swagger': '2.0', 'info': {'title': 't', 'version': '1'}, 'paths': {}}", "t"),
    ('{"swagger": "2.0", "info": {"title": "\\ud83d\\ude00", "version": "1"}, "paths": {},}', "😀"),
    ('{"swagger": "2.0", "info": {"title": "\\\\ud83d", "version": "1"}, "paths": {},}', "\\ud83d"),
    ("{swagger: 2.0, info: {title: t, version: 1}, paths: {}} # mine", "t"),
]


@pytest.mark.parametrize(("text", "title"), NEARLY_JSON)
def test_invalid_json_is_read_by_the_rules_of_yaml_and_reported(text: str, title: str) -> None:
    assert (read(text).title, problems(text)) == (title, [("", "not-json")])


def test_a_lone_surrogate_in_invalid_json_is_replaced() -> None:
    text = '{"swagger": "2.0", "info": {"title": "a\\ud83d", "version": "1"}, "paths": {},}'
    assert (read(text).title, {kind for _, kind in problems(text)}) == ("a\ufffd", {"not-json", "characters"})


TWICE = """{"swagger": "2.0", "info": {"title": "t", "version": "1"}, "paths": {
    "/a": {"get": {"summary": "one", "summary": "two"}, "get": {"responses": {}}, "post": {}},
    "/a": {"put": {"responses": {}}}}}"""


def test_duplicate_keys_and_dropped_operations_are_reported() -> None:
    assert sorted(problems(TWICE)) == [
        ("/paths/~1a", "duplicate-key"),
        ("/paths/~1a/get", "dropped-operation"),
        ("/paths/~1a/get", "dropped-operation"),
        ("/paths/~1a/get", "duplicate-key"),
        ("/paths/~1a/get/summary", "duplicate-key"),
        ("/paths/~1a/post", "dropped-operation"),
    ]
    assert [found["method"] for found in rows("operations", TWICE)] == ["PUT"]


# Texts that look like the end of a key, and all that may stand between a key and its colon.
_WORDS = st.text(st.sampled_from('":\\ a\n'), max_size=4)
_SPACES = st.text(st.sampled_from(" \t\r\n"), max_size=2)


def as_written(text: str) -> str:
    """A text in JSON, without escapes for characters beyond ASCII."""
    return json.dumps(text, ensure_ascii=False)


@st.composite
def objects(draw: st.DrawFn, values: st.SearchStrategy[tuple[str, bool]]) -> tuple[str, bool]:
    """The text of an object, and True if it, or an object in it, has a duplicate key."""
    keys = draw(st.lists(_WORDS, max_size=3))
    inner = [draw(values) for _ in keys]
    written = [draw(st.sampled_from((json.dumps(key), json.dumps(key).replace(":", "\\u003A")))) for key in keys]
    fields = [f"{key}{draw(_SPACES)}:{draw(_SPACES)}{text}" for key, (text, _) in zip(written, inner, strict=True)]
    return "{" + ",".join(fields) + "}", len(set(keys)) < len(keys) or any(twice for _, twice in inner)


@settings(deadline=None, max_examples=200)
@given(st.recursive(_WORDS.map(lambda word: (json.dumps(word), False)), objects, max_leaves=8))
def test_duplicate_keys_are_found_in_any_json_syntax(value: tuple[str, bool]) -> None:
    text, is_twice = value
    document = f'{{"swagger": "2.0", "info": {{"title": "t", "version": "1"}}, "paths": {{}}, "x-a": {text}}}'
    assert any(kind == "duplicate-key" for _, kind in problems(document)) == is_twice


_TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"]), max_size=6)
_NUMBERS = st.one_of(
    st.integers(-(10**40), 10**40).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(
        ("-0", "-0.0", "1E5", "1e-400", "0.1000000000000000055511151231257827", "1e19", "18446744073709551616")
    ),
)


@pytest.mark.slow
@settings(deadline=None, max_examples=300)
@given(
    st.recursive(
        _NUMBERS | st.sampled_from(("null", "true", "false")) | _TEXTS.map(json.dumps) | _TEXTS.map(as_written),
        lambda inner: st.lists(inner, max_size=4).map(lambda items: f"[{', '.join(items)}]"),
        max_leaves=8,
    )
)
def test_json_is_read_as_the_standard_library_reads_it(text: str) -> None:
    document = f'{{"swagger": "2.0", "paths": {{}}, "x-a": {text}}}'
    # As text, which tells 1 from 1.0 and 0.0 from -0.0.
    assert json.dumps(read(document).tree) == json.dumps(json.loads(document))


def test_harmful_characters_are_kept_in_names_and_values_and_reported() -> None:
    document = swagger(
        info={"title": "a\x00\x1b[31m\x7f\x85\u202eb\ud800", "version": "1"},
        paths={"/a\x07": {"get": {**OK, "x-\u2066": ["\x01"], "summary": "\t\n ok"}}},
    )
    definition = read(document)
    # A lone surrogate has no bytes.
    assert definition.title == "a\x00\x1b[31m\x7f\x85\u202eb\\ud800"
    operation = row("operations", document)
    assert (operation["path"], operation["summary"], harmful(definition)) == ("/a\x07", "\t\n ok", [])
    assert problems(document) == [
        ("/info/title", "characters"),
        ("/paths/~1a\x07", "characters"),
        ("/paths/~1a\x07/get/x-\u2066", "characters"),
        ("/paths/~1a\x07/get/x-\u2066/0", "characters"),
    ]
    assert all(resolves(definition.tree, problem) for problem in definition.problems)


def test_tables_with_harmful_characters_join_with_the_document() -> None:
    path, name = "/a\u202e{b\x1b}", "S\x07"
    schema = {"$ref": f"#/components/schemas/{name}"}
    parameter = {"name": "b\x1b", "in": "path", "required": True}
    body = {"content": {"text/plain": {"schema": schema}}}
    operation = {**OK, "parameters": [parameter], "requestBody": body}
    document = openapi(paths={path: {"post": operation}}, components={"schemas": {name: {}}})
    built = tables_of(read(document))
    assert set(built["operations"]["path"]) == document["paths"].keys()
    assert len(built["operations"].merge(built["parameters"], on=["method", "path"])) == 1
    assert set(built["request_bodies"]["schema"]) == set(built["schemas"]["schema"]) == {name}


@pytest.mark.parametrize(
    "text",
    [
        '{"swagger": "2.0", "info": {}, "paths": {"/\\u0000": {}, "/\\u0000": {}}}',
        "swagger: 2.0\npaths: {}\nx: !%E2%80%AE y\n",
        'swagger: 2.0\npaths: {"\\x07": {}, "\\x07": {}}\n',
        '{"swagger": "2.0", "paths": {"/\\u202e": {"get": 1}}, "\\u202e": 5}',
    ],
)
def test_messages_of_problems_hold_no_harmful_characters(text: str) -> None:
    definition = read(text)
    assert (harmful(definition), bool(definition.problems)) == ([], True)


def is_reported(text: str) -> bool:
    """True if the characters of the title are reported, as the only such problem."""
    return [at for at, kind in problems(text) if kind == "characters"] == ["/info/title"]


@pytest.mark.parametrize("digits", ["04x", "04X"])
def test_every_harmful_character_is_found_as_an_escape_of_json(digits: str) -> None:
    codes = [code for code in range(2**16) if HARMFUL.match(chr(code))]
    titles = {code: f'{{"info": {{"title": "\\u{format(code, digits)}"}}, "paths": {{}}}}' for code in codes}
    missed = [code for code, text in titles.items() if not is_reported(text)]
    assert (len(codes) > 2048, missed) == (True, [])


@pytest.mark.parametrize("form", ["x{:02x}", "x{:02X}", "u{:04x}", "U{:08X}"])
def test_every_harmful_character_is_found_as_an_escape_of_yaml(form: str) -> None:
    # Halves of surrogate pairs are no characters to libyaml, which refuses them.
    codes = [code for code in range(256 if form[0] == "x" else 2**16) if HARMFUL.match(chr(code))]
    titles = {code: f'"a\\{form.format(code)}"' for code in codes if not 0xD800 <= code < 0xE000}
    missed = [code for code, title in titles.items() if not is_reported(f"info: {{title: {title}}}\npaths: {{}}")]
    assert missed == []


@pytest.mark.parametrize("letter", "0abfevN")
def test_every_harmful_character_is_found_as_a_named_escape_of_yaml(letter: str) -> None:
    assert is_reported(f'info: {{title: "a\\{letter}"}}\npaths: {{}}')


@pytest.mark.parametrize("backslashes", range(1, 6))
@pytest.mark.parametrize("escape", ["u0000", "u001b", "u202e", "ud800", "udc00", "ud83d\\ude00", "ufffe", "b"])
def test_harmful_characters_are_found_behind_any_number_of_backslashes(backslashes: int, escape: str) -> None:
    title = "\\" * backslashes + escape
    text = f'{{"swagger": "2.0", "info": {{"title": "{title}", "version": "1"}}, "paths": {{}}}}'
    holds_harm = bool(HARMFUL.search(json.loads(f'"{title}"')))
    found = [("/info/title", "characters")] if holds_harm else []
    assert (harmful(read(text)), problems(text)) == ([], found)


def test_keys_that_are_equal_once_surrogates_are_replaced_are_reported() -> None:
    document = swagger(paths={"/a\ud800": {"get": OK}, "/a\\ud800": {"put": OK}})
    assert ("/paths/~1a\\ud800", "duplicate-key") in problems(document)


@pytest.mark.parametrize("number", ["1e400", "-1e400", "NaN", "-Infinity", "9" * 20, "1" + "0" * 5000])
def test_a_number_beyond_the_range_of_other_readers_is_reported(number: str) -> None:
    text = json.dumps(swagger(**{"x-n": "N"})).replace('"N"', number)
    assert problems(text) == [("/x-n", "number")]
    assert len(rows("extensions", text)) == 1


@pytest.mark.parametrize("number", ["0xffffffffffffffffff", "0o7777777777777777777777777", ".nan", ".inf", "9" * 30])
def test_a_yaml_number_beyond_the_range_of_other_readers_is_reported(number: str) -> None:
    assert ("/x-n", "number") in problems(f"swagger: 2.0\npaths: {{}}\nx-n: {number}\n")


def nested(levels: int, *, form: str = "json", kind: str = "list") -> str:
    # The document is one level, and what it holds the others.
    opening, closing = ("[", "]") if kind == "list" else ('{"a":', "}")
    inner = opening * (levels - 1) + ("" if kind == "list" else "1") + closing * (levels - 1)
    tail = ' "swagger": "2.0", "paths": {}, "info": {"title": "t", "version": "1"}}'
    return ("{" if form == "json" else "# yaml\n{") + f'"x-deep": {inner.replace(":", ": ")},{tail}'


def from_a_deep_stack(frames: int, call: Callable[[], Any]) -> Any:
    return call() if frames == 0 else from_a_deep_stack(frames - 1, call)


@pytest.mark.parametrize("frames", [0, 300, 800])
@pytest.mark.parametrize("kind", ["list", "object"])
@pytest.mark.parametrize("form", ["json", "yaml"])
def test_the_depth_limit_does_not_depend_on_the_stack_of_the_caller(form: str, kind: str, frames: int) -> None:
    standing = len(__import__("inspect").stack())
    frames = min(frames, sys.getrecursionlimit() - standing - 100)

    def all_tables() -> int:
        definition = read(nested(MAX_DEPTH - 1, form=form, kind=kind))
        return len(tables_of(definition)["extensions"])

    assert from_a_deep_stack(frames, all_tables) == 1
    with pytest.raises(DocumentError, match="deeper than 1000"):
        from_a_deep_stack(frames, lambda: read(nested(MAX_DEPTH + 1, form=form, kind=kind)))


def test_the_depth_limit_does_not_depend_on_the_recursion_limit() -> None:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    try:
        with pytest.raises(DocumentError, match="deeper than 1000"):
            read(nested(MAX_DEPTH + 1))
        assert read(nested(MAX_DEPTH)).problems == ()
    finally:
        sys.setrecursionlimit(before)


@pytest.mark.parametrize("key", ["type", "enum", "default", "description", "name", "required"])
def test_a_deeply_nested_field_is_read_from_a_deep_stack(key: str) -> None:
    deep: Any = 1
    for _ in range(900):
        deep = [deep]
    document = swagger(
        paths={"/a": {"get": {**OK, "parameters": [{"name": "n", "in": "query", key: deep}], "tags": [deep]}}},
        definitions={"D": {key: deep}},
        **{"x-deep": deep, "x-apigateway-ratelimits": {"r": {"unit": deep}}},
    )
    # As JSON by hand, because Python itself writes no deeper than it recurses.
    text = json.dumps(document)
    assert from_a_deep_stack(100, lambda: len(tables_of(read(text)))) == len(tables_of(read(swagger())))


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_document_or_refused(raw: bytes) -> None:
    try:
        definition = read_definition(raw)
    except DocumentError as error:
        assert str(error)
    else:
        assert harmful(definition) == []


BYTES = [json.dumps(export("quirks-oas2.json")).encode(), compressed(TREE), YAML.encode(), YAML.encode("utf-16")]


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(BYTES), st.data())
def test_damaged_documents_are_read_or_refused(raw: bytes, data: st.DataObject) -> None:
    damaged = bytearray(raw)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    try:
        definition = read_definition(bytes(damaged))
    except DocumentError as error:
        assert str(error)
    else:
        assert harmful(definition) == []
        assert {problem.kind for problem in definition.problems} <= set(KINDS)
        assert [problem for problem in definition.problems if not problem.pointer.startswith(("", "/"))] == []


STRUCTURED = st.recursive(
    st.sampled_from(
        ["{", "}", "[", "]", "a: ", "- ", "&a ", "*a ", "? ", "<<: ", "!!str ", "|\n", ">-\n", "'", '"', "#"]
    )
    | st.sampled_from(["paths", ":", ",", "\n", "\n  ", "---\n", "...\n", "swagger: 2.0\n", "\t", "%TAG", "\\u0000"]),
    lambda inner: st.lists(inner, max_size=8).map("".join),
    max_leaves=40,
)


@pytest.mark.slow
@settings(deadline=None, max_examples=100)
@given(STRUCTURED)
def test_any_yaml_like_text_is_a_document_or_refused(text: str) -> None:
    try:
        definition = read("paths: {}\n" + text)
    except DocumentError as error:
        assert str(error)
    else:
        assert (len(tables_of(definition)["problems"]), harmful(definition)) == (len(definition.problems), [])


@pytest.mark.parametrize("name", ["export-all-oas2.json", "export-all-oas3.json"])
def test_complete_exports_have_no_problems(name: str) -> None:
    definition = read(export(name))
    assert definition.problems == ()


def test_pointers_of_problems_lead_into_the_document() -> None:
    for text in (TWICE, json.dumps(export("quirks-oas2.json")), json.dumps(openapi(paths={"/a/b~c": {"GET": 1}}))):
        definition = read(text)
        assert [problem for problem in definition.problems if problem.kind != "dropped-operation"]
        assert all(
            resolves(definition.tree, problem)
            for problem in definition.problems
            if problem.kind not in ("dropped-operation", "duplicate-key")
        )


@pytest.mark.parametrize("text", ["\u202e", "\x1b[31m", "a" * 5000])
def test_what_python_shows_of_a_definition_is_short_and_harmless(text):
    document = {"swagger": text, "info": {"title": text}, "paths": {f"/{text}": {"get": {}}}}
    definition = read(json.dumps(document))
    for shown in (repr(definition), repr(definition.operations[0])):
        assert shown.isprintable()
        assert len(shown) < 500
