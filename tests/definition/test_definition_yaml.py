"""YAML: types of scalars, aliases, merge keys, and agreement with JSON."""

import json
import math
from io import StringIO
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from apig_nb.definition.problem import Problems
from apig_nb.definition.read.yaml_reader import MAX_ALIAS_NODES, plain_value, read_yaml
from apig_nb.errors import DocumentError
from tests.definition.making import problems, read, row, rows


def loaded(text: str) -> Any:
    """The tree of a text without problems."""
    tree, found = loaded_with_problems(text)
    assert found == []
    return tree


def loaded_with_problems(text: str) -> tuple[Any, list[tuple[str, str]]]:
    found = Problems()
    parsed = read_yaml(text, found)
    assert parsed.duplicates == []
    return parsed.tree, [(problem.pointer, problem.kind) for problem in found]


SCALARS = [
    # As JSON has it.
    *[("null", None), ("true", True), ("false", False), ("0", 0), ("-7", -7), ("1.5", 1.5), ("1e3", 1000.0)],
    *[("-0.5", -0.5), ("2E-2", 0.02), ("12345678901234567890", 12345678901234567890)],
    # The other spellings of YAML 1.2.
    *[("", None), ("~", None), ("Null", None), ("NULL", None), ("True", True), ("TRUE", True), ("False", False)],
    *[("FALSE", False), (".5", 0.5), ("5.", 5.0), ("+3", 3), ("0x1F", 31), ("0o17", 15)],
    *[(".inf", math.inf), ("-.Inf", -math.inf), ("+.INF", math.inf)],
    # Words, dates, times and odd numbers of YAML 1.1 are text.
    *[(text, text) for text in ("yes", "no", "on", "off", "y", "n", "Yes", "NO", "Off", "nUll", "tRue", "=")],
    *[(text, text) for text in ("2024-05-01", "2024-05-01T10:00:00Z", "2023-07-11-19:54:22", "12:30", "12:30:45")],
    *[(text, text) for text in ("010", "0755", "007", "1_000", "0b11", "0x", "0o8", "1.2.3", "1e", "e3", "--1")],
    *[(text, text) for text in ("inf", "nan", "+", ".", "-.", "0x_1", "00", "-01", "1.5.", "٣", "NaN", "Infinity")],
]


@pytest.mark.parametrize(("written", "value"), SCALARS)
def test_plain_scalars_follow_yaml_1_2(written: str, value: object) -> None:
    assert (loaded(f"x-a: {written}\n"), loaded(f"x-a: [{written}]\n" if written else "x-a: [~]")) == (
        {"x-a": value},
        {"x-a": [value]},
    )
    assert type(loaded(f"x-a: {written}\n")["x-a"]) is type(value)


def test_not_a_number_is_read_as_such() -> None:
    assert all(math.isnan(plain_value(text)) for text in (".nan", ".NaN", ".NAN"))


@pytest.mark.parametrize("written", [text for text, value in SCALARS if not isinstance(value, str) and text])
@pytest.mark.parametrize("quoting", ["'{}'", '"{}"', "!!str {}"])
def test_a_quoted_scalar_is_text(quoting: str, written: str) -> None:
    assert loaded(f"a: {quoting.format(written)}\n") == {"a": written}


@pytest.mark.parametrize("written", [text for text, _ in SCALARS if text])
def test_a_key_is_text_as_written(written: str) -> None:
    assert loaded(f"{{{written}: 1}}") == {written: 1}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("swagger: 2.0", {"swagger": "2.0"}),
        ("openapi: 3.1", {"openapi": "3.1"}),
        ("info: {title: 010, version: 1.10}", {"info": {"title": "010", "version": "1.10"}}),
        ("info: {version: 2026-01-02}", {"info": {"version": "2026-01-02"}}),
        ("info: {version: 0x10, description: true}", {"info": {"version": "0x10", "description": "true"}}),
        ("tags: [1.0, no, 2]", {"tags": ["1.0", "no", "2"]}),
        ("description: null", {"description": None}),
        ("description: ~", {"description": None}),
        ("description:", {"description": None}),
        # `required` lists names in a schema, and is a flag in a parameter.
        ("required: [no, 1]", {"required": ["no", "1"]}),
        ("required: true", {"required": True}),
        # A number stays one where the standard wants it.
        ("{maximum: 1.10, timeout: 5000}", {"maximum": 1.1, "timeout": 5000}),
        # Values of the API are no fields of the standard.
        ("default: {version: 1.10}", {"default": {"version": 1.1}}),
        ("example: {name: 010, value: 1}", {"example": {"name": "010", "value": 1}}),
        ("enum: [1, 2.0, no]", {"enum": [1, 2.0, "no"]}),
        ("examples: {a: {value: 5}}", {"examples": {"a": {"value": 5}}}),
        ("parameters: [{example: {name: 1.10}}]", {"parameters": [{"example": {"name": 1.1}}]}),
        # Neither is what somebody else's extension holds.
        ("x-mine: {version: 1.10}", {"x-mine": {"version": 1.1}}),
        ("x-apigateway-tomorrow: {version: 1.10}", {"x-apigateway-tomorrow": {"version": 1.1}}),
        ("x-apigateway-backend: {http: {path: 1.10}}", {"x-apigateway-backend": {"http": {"path": "1.10"}}}),
        # Names given by the author are no fields either.
        ("responses: {default: {description: 1.10}}", {"responses": {"default": {"description": "1.10"}}}),
        ("properties: {example: {title: 1.10}}", {"properties": {"example": {"title": "1.10"}}}),
        ("schemas: {schemas: {default: {title: 1.0}}}", {"schemas": {"schemas": {"default": {"title": 1.0}}}}),
        ("schemas: {default: {pattern: 010}}", {"schemas": {"default": {"pattern": "010"}}}),
        ("paths: {x-a: {get: {summary: 1.10}}}", {"paths": {"x-a": {"get": {"summary": "1.10"}}}}),
    ],
)  # fmt: skip
def test_fields_defined_as_text_stay_text_and_others_do_not(text: str, value: object) -> None:
    assert loaded(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{version: &v 1.10, default: *v}", {"version": "1.10", "default": 1.1}),
        ("{default: &v 1.10, version: *v}", {"default": 1.1, "version": "1.10"}),
        ("{&k 200: &v no, *v : *k}", {"200": "no", "no": 200}),
        ("{a: &a [1, {b: 2}], c: *a}", {"a": [1, {"b": 2}], "c": [1, {"b": 2}]}),
        ("[&a 1, &a 2, *a]", [1, 2, 2]),
    ],
)
def test_an_alias_is_read_as_a_copy_of_its_value(text: str, value: object) -> None:
    assert loaded(text) == value


@pytest.mark.parametrize(
    ("text", "merged"),
    [
        ("{<<: *a, k: 0}", {"k": 0, "l": 1}),
        ("{k: 0, <<: *a}", {"k": 0, "l": 1}),
        ("{<<: [*a, *b]}", {"k": 1, "l": 1, "m": 2}),
        ("{<<: [*b, *a]}", {"k": 2, "l": 1, "m": 2}),
        ("{<<: *b, <<: *a}", {"k": 2, "l": 1, "m": 2}),
        ("{<<: {n: 3}}", {"n": 3}),
        ("{<<: {<<: *a, k: 5}}", {"k": 5, "l": 1}),
        ("{'<<': 1}", {"<<": 1}),
    ],
)
def test_merge_keys_add_missing_keys(text: str, merged: object) -> None:
    assert loaded(f"x-a: &a {{k: 1, l: 1}}\nx-b: &b {{k: 2, m: 2}}\nx-c: {text}\n")["x-c"] == merged


@pytest.mark.parametrize(
    ("text", "value", "found"),
    [
        ("a: *nowhere", {"a": None}, [("/a", "alias-unknown")]),
        ("a: &a [1, *a]", {"a": [1, None]}, [("/a/1", "alias-cycle")]),
        ("a: &a {b: {c: *a}}", {"a": {"b": {"c": None}}}, [("/a/b/c", "alias-cycle")]),
        ("{<<: 5, a: 1}", {"a": 1}, [("/<<", "wrong-type")]),
        ("? [1, b]\n: c\n", {'[1, "b"]': "c"}, [("", "key-type")]),
        ("a: {? {b: 1} : c}", {"a": {'{"b": 1}': "c"}}, [("/a", "key-type")]),
        ("a: !Ref b", {"a": "b"}, [("/a", "tag")]),
        ("a: !!binary aGk=", {"a": "aGk="}, [("/a", "tag")]),
        ("a: 1\n---\nb: 2\n", {"a": 1}, [("", "several-documents")]),
    ],
)
def test_problems_of_yaml_are_reported(text: str, value: object, found: list[tuple[str, str]]) -> None:
    assert loaded_with_problems(text) == (value, found)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: !!python/object/apply:os.system [id]", "runs code"),
        ("a: !!python/name:os.system", "runs code"),
        ("a:\n\t- b\n", "not valid YAML: .* in line 2"),
        ("a: [1", "not valid YAML"),
        ("a: 'b", "not valid YAML"),
        ("# nothing\n", "empty"),
        ("".join(f"%TAG !a{i}! tag:b,2000:\n" for i in range(1001)) + "---\na: 1", "directives"),
        ("\n".join(" " * i + "a:" for i in range(1001)), "deeper than 1000"),
        ("[" * 1001 + "]" * 1001, "deeper than 1000"),
    ],
)  # fmt: skip
def test_invalid_yaml_and_tags_that_run_code_are_refused(text: str, words: str) -> None:
    with pytest.raises(DocumentError, match=words):
        loaded_with_problems(text)


def test_a_thousand_levels_are_read() -> None:
    assert json.dumps(loaded("[" * 900 + "]" * 900)) == "[" * 900 + "]" * 900
    assert loaded("[" * 1000 + "]" * 1000) is not None


def laughs(levels: int, width: int, line: str) -> str:
    """Anchors that each hold the one before several times."""
    body = "".join(line.format(i=i, before=", ".join([f"*a{i - 1}"] * width)) for i in range(1, levels))
    return f"openapi: 3.0.3\npaths: {{}}\nx-0: &a0 {{lol: 1}}\n{body}"


FAMILIES = {
    "lists": laughs(30, 9, "x-{i}: &a{i} [{before}]\n"),
    "merged values": laughs(60, 2, "x-{i}: &a{i} {{<<: [{before}], k{i}: *a{i}b}}\n").replace("b}", "}"),
    "keys": laughs(30, 9, "x-{i}: &a{i} {{? [{before}] : 1}}\n"),
    "long text": "openapi: 3.0.3\npaths: {}\nx-a: &a " + "a" * 200_000 + "\nx-b: [" + "*a," * 50_000 + "]\n",
    "nested keys": "openapi: 3.0.3\npaths: {}\nx-a: " + "{? " * 900 + "a" + ": 1}" * 900,
}


@pytest.mark.parametrize("family", FAMILIES)
def test_aliases_that_multiply_are_limited_and_reported(family: str) -> None:
    definition = read(FAMILIES[family])
    kinds = {problem.kind for problem in definition.problems}
    assert kinds & {"alias-expansion", "alias-cycle", "key-type"}
    # Written out, what was read is bounded.
    assert len(json.dumps(definition.tree)) < 40 * MAX_ALIAS_NODES
    assert rows("extensions", FAMILIES[family])


def test_a_chain_of_merges_adds_each_key_once() -> None:
    # Counted alias by alias it would be 9 to the 30th.
    text = laughs(30, 9, "x-{i}: &a{i} {{<<: [{before}], k{i}: 1}}\n")
    assert loaded(text)["x-29"] == {f"k{i}": 1 for i in range(1, 30)} | loaded(text)["x-0"]
    assert "alias-expansion" not in {kind for _, kind in problems(text)}


def test_aliases_below_the_limit_are_complete() -> None:
    text = "x-a: &a [1, 2, 3]\nx-b: [" + "*a," * 1000 + "]\n"
    assert loaded(text)["x-b"] == [[1, 2, 3]] * 1000


def test_duplicate_keys_of_yaml_are_reported_with_dropped_operations() -> None:
    text = """
openapi: 3.0.3
info: {title: t, version: '1'}
paths:
  /a:
    get: {responses: {200: {description: first}}}
    get: {responses: {200: {description: last}}}
"""
    assert problems(text) == [("/paths/~1a/get", "duplicate-key"), ("/paths/~1a/get", "dropped-operation")]
    assert row("responses", text)["description"] == "last"


@pytest.mark.parametrize("sign", ["\x01", "\x7f", "\x80", "\x9f", "\ufeff", "\ufffe", "\x0b"])
def test_characters_that_yaml_forbids_are_replaced_and_reported(sign: str) -> None:
    text = f"openapi: 3.0.3\ninfo: {{title: a{sign}b, version: '1'}}\npaths: {{}}\n"
    definition = read(text)
    assert (definition.title, problems(text)) == ("a\ufffdb", [("", "characters")])


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)


def escaped_for_yaml(text: str) -> bool:
    # libyaml knows no pairs of surrogates, and forbids what JSON may hold unescaped.
    return not any(character in text for character in "\x7f\ufeff\ufffe\uffff") and not any(
        "\x80" <= character <= "\x9f" or "\ud800" <= character <= "\udfff" for character in text
    )


@settings(deadline=None)
@given(JSON)
def test_yaml_agrees_with_json_on_json_texts(tree: Any) -> None:
    text = json.dumps({"x-any": tree}, ensure_ascii=False)
    if escaped_for_yaml(text):
        assert loaded(text) == {"x-any": tree}


def is_text_for_both_readers(text: str) -> bool:
    # PyYAML follows YAML 1.1, where `1e5`, `0o7` and `1.` differ from 1.2, and writes such text without quotes.
    tag = yaml.SafeDumper(StringIO()).resolve(yaml.ScalarNode, text, (True, False))
    return tag != "tag:yaml.org,2002:str" or isinstance(plain_value(text), str)


@settings(deadline=None)
@given(JSON.filter(lambda tree: all(map(is_text_for_both_readers, texts_in(tree)))))
def test_what_pyyaml_writes_is_read_back_equal(tree: Any) -> None:
    text = yaml.safe_dump({"x-any": tree}, allow_unicode=True)
    if escaped_for_yaml(text):
        assert loaded(text) == {"x-any": tree}


def texts_in(tree: Any) -> list[str]:
    if isinstance(tree, dict):
        return [text for key, value in tree.items() for text in (key, *texts_in(value))]
    if isinstance(tree, list):
        return [text for value in tree for text in texts_in(value)]
    return [tree] if isinstance(tree, str) else []
