"""Keywords of schemas: tightened, loosened and altered values, and the severity on either side."""

from typing import Any

import pytest

import apig_nb as apig
from apig_nb.compare.rules import ALTERED, KEYWORDS, LOOSENED, RULES, TIGHTENED
from tests.compare.comparing import RECEIVED, SENT, change_rows, compared, differences, with_schema

STRING, NUMBER, ARRAY, OBJECT = ({"type": name} for name in ("string", "number", "array", "object"))
B, W, I = "breaking", "warning", "info"  # noqa: E741  # of a table that is read in columns

# Keyword, other keywords of the schema, looser value, tighter value (None: missing); severities of tightening and
# loosening when sent, and when received.
ORDERED = [
    ("type", {}, None, "string", (B, I), (I, B)),
    ("type", {}, "number", "integer", (B, I), (I, B)),
    ("format", STRING, None, "uuid", (B, I), (I, B)),
    ("format", {"type": "integer"}, "int64", "int32", (B, I), (I, B)),
    ("format", NUMBER, "double", "float", (B, I), (I, B)),
    ("enum", STRING, None, ["a", "b"], (B, I), (I, W)),
    ("enum", STRING, ["a", "b"], ["b"], (B, I), (I, W)),
    ("const", STRING, None, "a", (B, I), (I, W)),
    ("x-extensible-enum", STRING, ["a", "b"], ["b"], (B, I), (I, I)),
    ("nullable", STRING, True, None, (B, I), (I, B)),
    ("minimum", NUMBER, None, 1, (B, I), (I, B)),
    ("minimum", NUMBER, 1, 2, (B, I), (I, B)),
    ("maximum", NUMBER, None, 9, (B, I), (I, B)),
    ("maximum", NUMBER, 9, 8.5, (B, I), (I, B)),
    ("exclusiveMaximum", NUMBER | {"maximum": 9}, None, True, (B, I), (I, B)),
    ("exclusiveMinimum", NUMBER | {"minimum": 9}, False, True, (B, I), (I, B)),
    ("multipleOf", NUMBER, None, 5, (B, I), (I, B)),
    ("multipleOf", NUMBER, 5, 10, (B, I), (I, B)),
    ("minLength", STRING, None, 1, (B, I), (I, B)),
    ("minLength", STRING, 1, 2, (B, I), (I, B)),
    ("maxLength", STRING, None, 64, (B, I), (I, B)),
    ("maxLength", STRING, 64, 63, (B, I), (I, B)),
    ("pattern", STRING, None, "^a", (B, I), (I, W)),
    ("minItems", ARRAY, None, 1, (B, I), (I, B)),
    ("maxItems", ARRAY, 4, 3, (B, I), (I, B)),
    ("uniqueItems", ARRAY, False, True, (B, I), (I, B)),
    ("minContains", ARRAY, 1, 2, (B, I), (I, B)),
    ("maxContains", ARRAY, 2, 1, (B, I), (I, B)),
    ("minProperties", OBJECT, None, 1, (B, I), (I, B)),
    ("maxProperties", OBJECT, None, 1, (B, I), (I, B)),
    ("additionalProperties", OBJECT, True, False, (B, I), (I, B)),
    ("additionalProperties", OBJECT, None, STRING, (B, I), (I, B)),
    ("additionalProperties", OBJECT, STRING, False, (B, I), (I, B)),
    ("unevaluatedProperties", OBJECT, True, False, (B, I), (I, B)),
    ("unevaluatedItems", ARRAY, True, False, (B, I), (I, B)),
    ("additionalItems", ARRAY, True, False, (B, I), (I, B)),
    ("not", STRING, None, {"enum": ["a"]}, (B, I), (I, B)),
    ("contains", ARRAY, None, STRING, (B, I), (I, B)),
    ("prefixItems", ARRAY, [STRING], [STRING, NUMBER], (B, I), (I, B)),
    ("patternProperties", OBJECT, None, {"^x": STRING}, (B, I), (I, B)),
    ("propertyNames", OBJECT, None, {"pattern": "^x"}, (B, I), (I, B)),
    ("dependentRequired", OBJECT, None, {"a": ["b"]}, (B, I), (I, B)),
    ("dependentRequired", OBJECT, {"a": ["b"]}, {"a": ["b", "c"]}, (B, I), (I, B)),
    ("dependentSchemas", OBJECT, None, {"a": OBJECT}, (B, I), (I, B)),
    ("if", {"then": OBJECT}, None, {"required": ["a"]}, (B, I), (I, B)),
    ("then", {"if": OBJECT}, None, {"required": ["a"]}, (B, I), (I, B)),
    ("else", {"if": OBJECT}, None, {"required": ["a"]}, (B, I), (I, B)),
    ("contentEncoding", STRING, None, "gzip", (B, I), (I, B)),
    ("contentMediaType", STRING, None, "image/png", (B, I), (I, B)),
    ("contentSchema", STRING, None, OBJECT, (B, I), (I, B)),
]
SAME_RULE = {"const": "enum", "exclusiveMaximum": "maximum", "exclusiveMinimum": "minimum"}


def with_keyword(keyword: str, others: Any, value: Any) -> Any:
    return others | ({} if value is None else {keyword: value})


def rule_of(keyword: str, effect: str) -> str:
    keyword = SAME_RULE.get(keyword, keyword)
    return next(known.rule_stem for known in KEYWORDS if known.name == keyword) + f"-{effect}"


@pytest.mark.parametrize("side", [SENT, RECEIVED])
@pytest.mark.parametrize(("keyword", "others", "looser", "tighter", "sent", "received"), ORDERED)
def test_tightening_breaks_senders_and_loosening_breaks_receivers(
    keyword: str, others: Any, looser: Any, tighter: Any, sent: Any, received: Any, side: str
):
    loose, tight = (with_schema(with_keyword(keyword, others, value), side) for value in (looser, tighter))
    tightened, loosened = sent if side == SENT else received
    assert differences(loose, tight) == [(tightened, rule_of(keyword, TIGHTENED))]
    assert differences(tight, loose) == [(loosened, rule_of(keyword, LOOSENED))]


# Keyword, other keywords of the schema, two values of which neither includes the other; severity when sent, received.
UNORDERED = [
    ("type", {}, "string", "boolean", B, B),
    ("type", {}, ["string", "integer"], ["string", "boolean"], B, B),
    ("format", STRING, "date", "uuid", B, B),
    ("format", STRING, "date", "date-time", B, B),
    ("multipleOf", NUMBER, 4, 6, B, B),
    ("pattern", STRING, "^a", "^b", W, W),
    ("contentEncoding", STRING, "gzip", "br", B, B),
    ("if", {"then": OBJECT}, {"required": ["a"]}, {"required": ["b"]}, B, B),
    ("default", STRING, "a", "b", W, I),
    ("default", STRING, None, "b", W, I),
    ("discriminator", OBJECT, {"propertyName": "a"}, {"propertyName": "b"}, I, I),
    ("deprecated", STRING, None, True, I, I),
    ("readOnly", STRING, None, True, I, I),
    ("writeOnly", STRING, None, True, I, I),
]


@pytest.mark.parametrize(("keyword", "others", "one", "other", "sent", "received"), UNORDERED)
def test_unordered_values_are_altered_in_both_directions(
    keyword: str, others: Any, one: Any, other: Any, sent: str, received: str
):
    for side, severity in ((SENT, sent), (RECEIVED, received)):
        first, second = (with_schema(with_keyword(keyword, others, value), side) for value in (one, other))
        expected = [(severity, rule_of(keyword, ALTERED))]
        assert [differences(first, second), differences(second, first)] == [expected, expected]


def test_added_and_removed_enum_values_are_two_changes():
    old, new = (with_schema({"type": "string", "enum": values}) for values in (["a", "b"], ["b", "c"]))
    assert change_rows(old, new) == [
        (B, "enum-tightened", "request body application/json", '["a"]', None),
        (I, "enum-loosened", "request body application/json", None, '["c"]'),
    ]


@pytest.mark.parametrize(
    ("keyword", "others", "inner", "other", "location"),
    [
        ("items", ARRAY, {"maxLength": 3}, {"maxLength": 2}, "[]"),
        ("additionalProperties", OBJECT, {"maxLength": 3}, {"maxLength": 2}, "additionalProperties"),
        ("contains", ARRAY, {"maxLength": 3}, {"maxLength": 2}, "contains"),
        ("propertyNames", OBJECT, {"maxLength": 3}, {"maxLength": 2}, "propertyNames"),
        ("then", {"if": OBJECT}, {"maxLength": 3}, {"maxLength": 2}, "then"),
        ("else", {"if": OBJECT}, {"maxLength": 3}, {"maxLength": 2}, "else"),
    ],
)
def test_schemas_inside_keywords_are_compared(keyword: str, others: Any, inner: Any, other: Any, location: str):
    old, new = (with_schema(others | {keyword: schema}) for schema in (inner, other))
    assert change_rows(old, new) == [
        (B, "max-length-tightened", f"request body application/json: {location}", "3", "2")
    ]


@pytest.mark.parametrize("keyword", ["patternProperties", "dependentSchemas"])
def test_schemas_with_the_same_name_are_compared(keyword: str):
    old, new = (with_schema({"type": "object", keyword: {"x": {"maxLength": limit}}}) for limit in (3, 2))
    assert change_rows(old, new) == [
        (B, "max-length-tightened", f"request body application/json: {keyword}.x", "3", "2")
    ]


@pytest.mark.parametrize("keyword", ["prefixItems", "items"])
def test_prefix_items_are_compared_by_position(keyword: str):
    old, new = (with_schema({"type": "array", keyword: [{"type": "string"}, {"maxLength": limit}]}) for limit in (3, 2))
    assert change_rows(old, new) == [(B, "max-length-tightened", "request body application/json: [1]", "3", "2")]


def test_tightening_inside_not_breaks_the_other_side():
    old, new = (with_schema({"not": {"maxLength": limit}}) for limit in (3, 2))
    assert differences(old, new) == [(I, "max-length-tightened")]
    assert differences(new, old) == [(B, "max-length-loosened")]


def test_nullable_is_not_reported_in_addition_to_a_type_that_accepts_null():
    assert differences(with_schema({"type": "string"}), with_schema({})) == [(I, "type-loosened")]
    assert differences(with_schema({"type": "string", "nullable": True}), with_schema({})) == [(I, "type-loosened")]


def test_a_read_only_property_is_not_required_when_sent():
    bare = with_schema({"type": "object", "properties": {}})
    read_only = with_schema({"type": "object", "required": ["a"], "properties": {"a": {"readOnly": True}}})
    needed = with_schema({"type": "object", "required": ["a"], "properties": {"a": {}}})
    assert differences(bare, read_only) == [(I, "property-added")]
    assert differences(read_only, bare) == [(I, "unused-property-removed")]
    assert differences(read_only, needed) == [(B, "required-tightened"), (I, "read-only-altered")]


@pytest.mark.parametrize(
    "inner",
    [
        {"allOf": [{"$ref": "#/components/schemas/Id"}]},
        {"allOf": [{"$ref": "#/components/schemas/Id"}], "description": "the id"},
        {"anyOf": [{"$ref": "#/components/schemas/Id"}, {"type": "null"}]},
    ],
)
def test_a_property_is_read_only_if_a_part_of_its_schema_is(inner: Any):
    def document(*required: str) -> Any:
        schema = {"type": "object", "required": [*required], "properties": {"id": inner}}
        return with_schema(schema, components={"schemas": {"Id": {"type": "string", "readOnly": True}}})

    assert differences(document(), document("id")) == []


def test_invalid_values_of_keywords_do_not_fail():
    odd = [
        {"maxLength": "5"},
        {"maxLength": {}},
        {"enum": 5},
        {"x-extensible-enum": 5},
        {"format": ["a"]},
        {"format": {}},
    ]
    odd += [{"type": {"a": 1}}, {"minimum": "x"}, {"allOf": 5}, {"oneOf": {}}, {"properties": []}, {"required": "a"}]
    odd += [{"allOf": [{"maxLength": "5"}, {"maxLength": 6}]}, {"discriminator": 5}, {"dependentRequired": [1]}]
    odd += [{"dependentRequired": {"a": [{}, [], 1]}}, {"dependentRequired": {"a": {"b": 1}}}]
    odd += [{"if": 5}, {"not": 5}, {"items": "x"}, {"prefixItems": {}}, {"multipleOf": 0}, {"x-extensible-enum": [[1]]}]
    for one in odd:
        for other in odd:
            assert isinstance(differences(with_schema(one), with_schema(other)), list)


def test_the_table_of_rules_is_complete():
    table = apig.rules()
    texts = ["summary", "why_sent", "why_received", "remedy_sent", "remedy_received"]
    assert list(table.columns) == ["rule", "category", "effect", "security", "sent", "received", *texts]
    assert list(table["rule"]) == list(RULES)
    assert table["rule"].is_unique
    needed = ["category", "effect", "sent", "received", "summary", "why_sent", "why_received"]
    assert (table[needed] != "").all(axis=None)
    for side in ("sent", "received"):
        assert (table.loc[table[side] != I, f"remedy_{side}"] != "").all()
    assert table[table["rule"] == "max-length-tightened"][["sent", "received"]].values.tolist() == [[B, I]]


def test_unusual_severities_have_a_reason():
    assert len({keyword.name for keyword in KEYWORDS}) == len(KEYWORDS)
    usual = {TIGHTENED: (B, I), LOOSENED: (I, B), ALTERED: (B, B)}
    rules = [RULES.get(f"{keyword.rule_stem}-{effect}") for keyword in KEYWORDS for effect in usual]
    for rule in filter(None, rules):
        for verdict, severity in zip((rule.sent, rule.received), usual[rule.effect], strict=True):
            assert verdict.severity == severity or verdict.why, rule.id


def test_a_rule_on_both_sides_has_the_more_severe_verdict_and_the_reasons_of_both_if_they_are_equal():
    assert RULES["max-length-tightened"].verdict("both") == RULES["max-length-tightened"].verdict("sent")
    assert RULES["max-length-loosened"].verdict("both") == RULES["max-length-loosened"].verdict("received")
    both = RULES["property-removed"].verdict("both")
    for side in ("sent", "received"):
        verdict = RULES["property-removed"].verdict(side)
        assert verdict.severity == both.severity
        assert verdict.why in both.why
        assert verdict.remedy in both.remedy


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ({"maxLength": 14}, {}, "maxLength removed (longest text): 14. Callers can receive"),
        ({"maxLength": 14}, {"maxLength": 15}, "maxLength raised (longest text): 14 → 15. Callers can receive"),
        ({}, {"maxLength": 14}, "maxLength added (longest text): 14. Callers receive nothing"),
        ({"type": "string"}, {"type": "string", "nullable": True}, "null allowed (nullable, or null among the types)."),
        ({}, {"enum": ["a"]}, 'enum added (allowed values): ["a"]. '),
        ({"enum": ["a"]}, {}, 'enum removed (allowed values): ["a"]. '),
    ],
)
def test_a_message_says_what_changed_and_why_that_is_severe(old: Any, new: Any, said: str):
    (change,) = compared(with_schema(old, RECEIVED), with_schema(new, RECEIVED)).found
    assert said in change.message
    assert change.message.endswith(".")
    assert change.severity == I or change.verdict.remedy in change.message


def test_rules_that_reduce_protection_are_at_least_warnings():
    opens = [rule.id for rule in RULES.values() if rule.category == "access" and rule.effect == LOOSENED]
    assert [name for name in opens if RULES[name].sent.severity == I] == []
