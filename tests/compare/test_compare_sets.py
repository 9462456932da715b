"""Schemas as sets of values: other notations, unions that grow, parts of one side, closed objects, inheritance."""

from typing import Any

import pytest

from tests.compare.comparing import RECEIVED, SENT, change_rows, differences, openapi, swagger, with_schema

B, W, I = "breaking", "warning", "info"  # noqa: E741  # of a table that is read in columns
STRING, INTEGER, NUMBER, NULL = ({"type": name} for name in ("string", "integer", "number", "null"))
REF = {"$ref": "#/components/schemas/Status"}
COMPONENTS = {
    "schemas": {
        "Status": {"type": "string", "enum": ["on", "off"]},
        "Nothing": NULL,
        "NullEnum": {"enum": [None]},
        "Card": {"type": "object", "required": ["card"], "properties": {"card": STRING}},
        "Bank": {"type": "object", "required": ["iban"], "properties": {"iban": STRING}},
    }
}
CARD, BANK = ({"$ref": f"#/components/schemas/{name}"} for name in ("Card", "Bank"))


def document(schema: Any, side: str, version: str = "3.1.0") -> Any:
    return with_schema(schema, side, openapi=version, components=COMPONENTS)


def both_ways(old: Any, new: Any, side: str) -> tuple[list[Any], list[Any]]:
    before, after = document(old, side), document(new, side)
    return differences(before, after), differences(after, before)


@pytest.mark.parametrize("side", [SENT, RECEIVED])
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (STRING, {"oneOf": [STRING]}),
        (REF, {"anyOf": [REF]}),
        ({"oneOf": [REF, NULL]}, {"oneOf": [REF, {"const": None}]}),
        ({"oneOf": [REF, NULL]}, {"oneOf": [REF, {"enum": [None]}]}),
        ({"oneOf": [REF, NULL]}, {"anyOf": [REF, {"$ref": "#/components/schemas/Nothing"}]}),
        ({"oneOf": [REF, NULL]}, {"anyOf": [{"$ref": "#/components/schemas/NullEnum"}, REF]}),
        ({"type": ["integer", "null"]}, {"anyOf": [INTEGER, {"$ref": "#/components/schemas/Nothing"}]}),
        (NULL, {"enum": [None]}),
        (INTEGER | {"exclusiveMinimum": 0, "exclusiveMaximum": 10}, INTEGER | {"minimum": 1, "maximum": 9}),
        (INTEGER | {"minimum": 0.5}, INTEGER | {"minimum": 1}),
        (STRING, STRING | {"maximum": 4}),
        (INTEGER, INTEGER | {"maxLength": 4}),
        ({"type": "array", "contains": STRING}, {"type": "array", "contains": STRING, "minContains": 1}),
        ({"allOf": [NUMBER, INTEGER]}, INTEGER),
    ],
)
def test_other_notations_of_a_schema_have_no_changes(one: Any, other: Any, side: str):
    assert both_ways(one, other, side) == ([], [])


def test_nullable_beside_a_reference_is_meant_before_openapi_31():
    old = document(REF | {"nullable": True}, RECEIVED, "3.0.3")
    assert differences(old, document({"anyOf": [REF, NULL]}, RECEIVED)) == []
    assert differences(document(REF, RECEIVED, "3.0.3"), old) == [(B, "nullable-loosened")]


OBJECT = {"type": "object", "properties": {"a": STRING, "b": STRING}}
LONG = {"maxLength": 9}


@pytest.mark.parametrize("side", [SENT, RECEIVED])
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"type": ["string", "integer"]}, {"oneOf": [STRING, INTEGER]}),
        ({"type": ["string", "integer", "null"]}, {"anyOf": [STRING, INTEGER, NULL]}),
        ({"enum": ["a", "b", "c"]}, {"anyOf": [{"enum": ["a", "b"]}, {"const": "c"}]}),
        ({"enum": ["a", "b"]}, {"type": "string", "enum": ["a", "b"]}),
        ({"enum": [1, 2]}, {"type": "integer", "enum": [1, 2], "maximum": 5}),
        ({"anyOf": [STRING | LONG, INTEGER]}, {"anyOf": [STRING, INTEGER], **LONG}),
        ({"enum": ["a", "ten letters"], **LONG}, {"enum": ["a"]}),
        ({"enum": [1, 9], "maximum": 5}, {"enum": [1]}),
        ({"enum": [1, 2, 3], "multipleOf": 2}, {"const": 2}),
        (
            {"anyOf": [INTEGER, {"enum": ["a", "ten letters"]}], **LONG},
            {"anyOf": [INTEGER, {"allOf": [{"enum": ["a", "ten letters"]}, LONG]}]},
        ),
        ({"anyOf": [STRING, INTEGER]}, {"oneOf": [STRING, INTEGER]}),
        ({"anyOf": [CARD, BANK], "type": "object"}, {"anyOf": [CARD, BANK]}),
        (
            {**OBJECT, "required": ["a"], "anyOf": [{"required": ["b"]}, {"minProperties": 2}]},
            {**OBJECT, "anyOf": [{"required": ["a", "b"]}, {"required": ["a"], "minProperties": 2}]},
        ),
        (NUMBER | {"multipleOf": 1}, INTEGER),
        (INTEGER | {"format": "int32", "maximum": 9, "minimum": 0}, INTEGER | {"maximum": 9, "minimum": 0}),
        ({**OBJECT, "required": ["b"]}, {**OBJECT, "required": ["b"], "dependentRequired": {"a": ["b"]}}),
        ({"type": "boolean"}, {"enum": [True, False]}),
    ],
)
def test_a_set_that_is_written_in_another_way_is_at_most_an_info(one: Any, other: Any, side: str):
    forward, backward = both_ways({"properties": {"p": one}}, {"properties": {"p": other}}, side)
    assert {*forward, *backward} <= {(I, "schema-rewritten")}


@pytest.mark.parametrize(
    ("tighter", "looser"),
    [
        (STRING, {"anyOf": [STRING, INTEGER]}),
        (STRING | {"description": "d"}, {"anyOf": [STRING, INTEGER], "description": "e", "title": "t"}),
        (STRING | LONG | {"example": "x"}, {"oneOf": [STRING | LONG, INTEGER]}),
        (STRING | LONG, {"anyOf": [STRING | {"maxLength": 10, "description": "d"}, INTEGER]}),
        ({"type": ["string", "null"]}, {"anyOf": [STRING, INTEGER, NULL]}),
        ({"anyOf": [INTEGER, NULL]}, {"anyOf": [INTEGER, STRING, NULL]}),
        ({"anyOf": [INTEGER, NULL]}, {"anyOf": [INTEGER, {"type": "array", "items": STRING}, NULL]}),
        (CARD, {"oneOf": [CARD, BANK]}),
        ({"oneOf": [CARD, BANK]}, {"oneOf": [CARD, BANK, STRING]}),
        ({**OBJECT, "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, OBJECT),
        ({"allOf": [{"anyOf": [STRING, INTEGER]}, {"anyOf": [INTEGER, NUMBER]}]}, {"anyOf": [STRING, INTEGER]}),
        (
            {"allOf": [{"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"anyOf": [CARD, BANK]}]},
            {"anyOf": [{"required": ["a"]}, {"required": ["b"]}, CARD, BANK]},
        ),
        ({"enum": ["a"]}, {"anyOf": [{"const": "a"}, INTEGER]}),
        (STRING | {"enum": ["a"]}, STRING | {"maxLength": 3}),
        (INTEGER | {"maximum": 9007199254740992}, INTEGER | {"maximum": 9007199254740993}),
        (INTEGER | {"maximum": 2**63 - 2}, INTEGER | {"maximum": 2**63 - 1}),
        (NUMBER | {"multipleOf": 0.07}, NUMBER | {"multipleOf": 0.01}),
        (NUMBER | {"multipleOf": 0.3}, NUMBER | {"multipleOf": 0.1}),
        ({"type": "array", "prefixItems": [INTEGER], "items": NUMBER}, {"type": "array", "items": NUMBER}),
        ({"not": {"enum": ["a", "b"]}}, {"not": {"enum": ["a"]}}),
        ({"type": "array", "contains": STRING}, {"type": "array", "contains": STRING, "minContains": 0}),
    ],
)
def test_a_larger_set_breaks_receivers_only_and_a_smaller_one_senders_only(tighter: Any, looser: Any):
    for side, is_break in ((SENT, (False, True)), (RECEIVED, (True, False))):
        found = both_ways({"properties": {"p": tighter}}, {"properties": {"p": looser}}, side)
        for rows, breaks in zip(found, is_break, strict=True):
            severities = {severity for severity, _ in rows}
            # New values of an enumeration are a warning for receivers.
            assert severities & {B, W} if breaks else severities == {I}, (side, rows)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (STRING, {"anyOf": [INTEGER, {"type": "boolean"}]}),
        (OBJECT | {"required": ["a", "b"]}, {"oneOf": [CARD, BANK]}),
        ({"anyOf": [STRING | LONG, INTEGER]}, {"anyOf": [STRING | {"maxLength": 5}, NUMBER]}),
        ({"allOf": [{"anyOf": [CARD, BANK]}, {"anyOf": [STRING, OBJECT]}]}, {"anyOf": [BANK, INTEGER]}),
    ],
)
def test_sets_of_which_none_includes_the_other_break_both(old: Any, new: Any):
    for side in (SENT, RECEIVED):
        for rows in both_ways(old, new, side):
            assert B in {severity for severity, _ in rows}


# ---------------------------------------------------------------------- one cause, one row


@pytest.mark.parametrize(
    ("old", "new", "rules"),
    [
        (STRING | LONG, INTEGER, ["type-altered"]),
        (STRING | {"enum": ["a"]}, INTEGER, ["type-altered"]),
        (STRING | {"format": "uuid", "pattern": "^x"}, INTEGER | {"minimum": 1}, ["type-altered"]),
        (OBJECT | {"required": ["a"], "additionalProperties": False}, STRING, ["type-altered"]),
        ({"type": "array", "items": STRING, "minItems": 1}, STRING, ["type-altered"]),
        (STRING, {"oneOf": [INTEGER, {"type": "boolean"}]}, ["alternatives-altered"]),
        (STRING, {"oneOf": [STRING, INTEGER]}, ["alternative-added"]),
    ],
)
def test_a_difference_of_types_is_one_row(old: Any, new: Any, rules: list[str]):
    assert [rule for _, rule in differences(document(old, SENT), document(new, SENT))] == rules


@pytest.mark.parametrize(
    ("old", "new", "sent", "received"),
    [
        ("password", None, [(I, "format-hint-altered")], [(I, "format-hint-altered")]),
        (None, "password", [(I, "format-hint-altered")], [(I, "format-hint-altered")]),
        (None, "x-sku", [(W, "unregistered-format-tightened")], [(I, "unregistered-format-tightened")]),
        ("url", None, [(I, "unregistered-format-loosened")], [(I, "unregistered-format-loosened")]),
        ("url", "link", [(W, "unregistered-format-altered")], [(I, "unregistered-format-altered")]),
        ("url", "uri", [(B, "format-altered")], [(B, "format-altered")]),
        (None, "uuid", [(B, "format-tightened")], [(I, "format-tightened")]),
    ],
)
def test_a_format_breaks_only_if_its_meaning_is_registered(old: Any, new: Any, sent: Any, received: Any):
    before, after = (STRING | ({"format": name} if name else {}) for name in (old, new))
    assert differences(document(before, SENT), document(after, SENT)) == sent
    assert differences(document(before, RECEIVED), document(after, RECEIVED)) == received


def test_a_type_that_properties_imply_is_an_info():
    bare, typed = {"properties": {"a": STRING}}, {"type": "object", "properties": {"a": STRING}}
    assert both_ways(bare, typed, SENT) == ([(I, "object-type-altered")], [(I, "object-type-altered")])


# ---------------------------------------------------------------------- parts that only one side has


def marked(mark: str, inner: Any, way: str) -> Any:
    """Return an object with a property that is only sent or only received, in several notations."""
    named = {"Part": inner | {mark: True}}
    ref = {"$ref": "#/components/schemas/Part"}
    by_way = {"inline": inner | {mark: True}, "ref": ref, "allOf": {"allOf": [ref]}, "null": {"anyOf": [ref, NULL]}}
    return {"type": "object", "required": ["p"], "properties": {"p": by_way[way]}}, named


@pytest.mark.parametrize("way", ["inline", "ref", "allOf", "null"])
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (STRING | {"enum": ["a", "b"]}, STRING | {"enum": ["b", "c"]}),
        (STRING | {"maxLength": 20}, STRING | {"maxLength": 60}),
        (OBJECT, OBJECT | {"required": ["a"]}),
        (OBJECT, OBJECT | {"additionalProperties": False}),
        (
            {"type": "object", "properties": {"in": OBJECT}},
            {"type": "object", "properties": {"in": {"type": "object"}}},
        ),
    ],
)
def test_a_part_that_is_never_sent_or_never_received_is_not_compared(one: Any, other: Any, way: str):
    for mark, unused, used in (("readOnly", SENT, RECEIVED), ("writeOnly", RECEIVED, SENT)):
        rows = {}
        for side in (unused, used):
            old, new = (
                with_schema(schema, side, openapi="3.1.0", components={"schemas": named})
                for schema, named in (marked(mark, one, way), marked(mark, other, way))
            )
            rows[side] = differences(old, new) + differences(new, old)
        assert rows[unused] == []
        assert {severity for severity, _ in rows[used]} & {B, W}


def test_a_property_that_is_no_longer_sent_or_received_is_a_warning_at_least():
    def schema(*required: str, **mark: Any) -> Any:
        return {"type": "object", "required": list(required), "properties": {"a": STRING | mark}}

    read_only, write_only = schema(readOnly=True), schema(writeOnly=True)
    assert both_ways(schema(), read_only, SENT) == ([(W, "read-only-tightened")], [(I, "read-only-loosened")])
    assert both_ways(schema(), read_only, RECEIVED) == ([(I, "read-only-tightened")], [(I, "read-only-loosened")])
    assert both_ways(schema(), write_only, RECEIVED) == ([(W, "write-only-tightened")], [(I, "write-only-loosened")])
    forward, backward = both_ways(schema("a"), schema("a", readOnly=True), SENT)
    assert [forward[0], backward[0]] == [(W, "read-only-tightened"), (B, "required-tightened")]
    forward, _ = both_ways(schema("a"), schema("a", writeOnly=True), RECEIVED)
    assert forward[0] == (B, "required-loosened")


# ---------------------------------------------------------------------- closed objects


@pytest.mark.parametrize(
    ("closed", "removed_sent"),
    [
        ({}, (W, "property-removed")),
        ({"additionalProperties": True}, (W, "property-removed")),
        ({"additionalProperties": False}, (B, "refused-property-removed")),
        ({"unevaluatedProperties": False}, (B, "refused-property-removed")),
        ({"additionalProperties": INTEGER}, (B, "refused-property-removed")),
        ({"additionalProperties": STRING}, (W, "property-removed")),
        ({"additionalProperties": False, "patternProperties": {"^b": STRING}}, (W, "property-removed")),
        ({"additionalProperties": False, "patternProperties": {"^c": STRING}}, (B, "refused-property-removed")),
    ],
)
def test_a_property_removed_from_a_closed_request_object_is_refused(closed: Any, removed_sent: Any):
    one, both = ({"type": "object", "properties": dict.fromkeys(names, STRING)} | closed for names in ("a", "ab"))
    assert both_ways(both, one, SENT) == ([removed_sent], [(I, "property-added")])
    assert both_ways(both, one, RECEIVED) == ([(W, "property-removed")], [(I, "property-added")])


def test_an_entry_of_pattern_properties_opens_a_closed_map_and_restricts_an_open_one():
    entry = {"patternProperties": {"^x": STRING}}
    closed = {"type": "object", "additionalProperties": False}
    tightened, loosened = "pattern-properties-tightened", "pattern-properties-loosened"
    assert both_ways(closed | entry, closed, SENT) == ([(B, tightened)], [(I, loosened)])
    assert both_ways({"type": "object"} | entry, {"type": "object"}, SENT) == ([(I, loosened)], [(B, tightened)])


# ---------------------------------------------------------------------- discriminators and inheritance


def payment(mapping: Any = None, names: Any = ("Card", "Bank"), key: str = "kind") -> Any:
    discriminator = {"propertyName": key} | ({"mapping": mapping} if mapping else {})
    schema = {"oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in names], "discriminator": discriminator}
    parts = {
        name: {"type": "object", "required": [key, field], "properties": {key: STRING, field: STRING}}
        for name, field in zip(names, ("number", "iban"), strict=True)
    }
    return with_schema(schema, components={"schemas": parts})


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (payment({"card": "Card"}), payment(), [(W, "discriminator-altered")]),
        (payment({"c": "Card", "card": "Card"}), payment({"c": "Card"}), [(W, "discriminator-tightened")]),
        (payment({"c": "Card"}), payment({"c": "Card", "card": "Card"}), [(I, "discriminator-loosened")]),
        (payment({"c": "Card", "b": "Bank"}), payment({"c": "Bank", "b": "Card"}), [(W, "discriminator-altered")] * 2),
        (payment(), payment(names=("Credit", "Bank")), [(W, "discriminator-altered")]),
        (payment({"Card": "Card"}), payment(), []),
        (payment({"Card": "#/components/schemas/Card"}), payment({"Card": "Card"}), []),
        (payment({"c": "Card"}), payment({"c": "Credit"}, names=("Credit", "Bank")), []),
        (payment({"c": "A B"}, ("A B", "Bank")), payment({"c": "#/components/schemas/A%20B"}, ("A B", "Bank")), []),
    ],
)
def test_the_values_that_select_a_schema_are_compared(old: Any, new: Any, expected: Any):
    assert differences(old, new) == expected


def test_another_property_that_selects_is_a_warning():
    def schema(key: str | None) -> Any:
        return {"oneOf": [CARD, BANK]} | ({"discriminator": {"propertyName": key}} if key else {})

    assert both_ways(schema("kind"), schema("type"), SENT)[0] == [(W, "discriminator-altered")]
    assert both_ways(schema("kind"), schema(None), RECEIVED) == (
        [(W, "discriminator-tightened")],
        [(I, "discriminator-loosened")],
    )


def pets(side: str, *, is_swagger: bool, **kinds: Any) -> Any:
    """Return a document that uses `Pet`, which other schemas extend."""
    section = "#/definitions/" if is_swagger else "#/components/schemas/"
    pet = {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": STRING},
        "discriminator": "kind" if is_swagger else {"propertyName": "kind"},
    }
    heirs = {
        name: {"allOf": [{"$ref": f"{section}{base}"}, {"type": "object", "properties": properties}]}
        for name, (base, properties) in kinds.items()
    }
    schemas, ref = {"Pet": pet, **heirs}, {"$ref": f"{section}Pet"}
    if not is_swagger:
        return with_schema({"type": "array", "items": ref}, side, components={"schemas": schemas})
    operation: Any = {"responses": {"200": {"description": "ok", **({"schema": ref} if side == RECEIVED else {})}}}
    operation |= {"parameters": [{"in": "body", "name": "b", "schema": ref}]} if side == SENT else {}
    return swagger(operation, definitions=schemas)


@pytest.mark.parametrize("is_swagger", [False, True])
def test_schemas_that_extend_one_with_a_discriminator_are_compared_where_it_is_used(is_swagger: bool):
    def found(side: str, old: Any, new: Any) -> list[Any]:
        return differences(pets(side, is_swagger=is_swagger, **old), pets(side, is_swagger=is_swagger, **new))

    cat, cut = (
        {"Cat": ("Pet", {"skill": STRING | {"maxLength": 9}})},
        {"Cat": ("Pet", {"skill": STRING | {"maxLength": 5}})},
    )
    assert found(SENT, cat, cut) == [(B, "max-length-tightened")]
    assert found(RECEIVED, cat, cut) == [(I, "max-length-tightened")]
    lynx, wild = {"Lynx": ("Cat", {"size": INTEGER})}, {"Lynx": ("Cat", {"size": NUMBER})}
    assert found(RECEIVED, cat | lynx, cat | wild) == [(B, "type-loosened")]
    assert found(SENT, cat | lynx, cat) == [(B, "alternative-removed")]
    assert found(RECEIVED, cat, cat | lynx) == [(B, "alternative-added")]
    assert found(RECEIVED, cat, {"Tom": cat["Cat"]}) == [(W, "discriminator-altered")]
    assert found(SENT, cat, {"Cat": ("Other", {})} | cat) == []


# ---------------------------------------------------------------------- bounds


@pytest.mark.slow
def test_recursive_schemas_and_many_alternatives_are_compared_in_bounded_time():
    def tree(limit: int) -> Any:
        node: Any = {f"p{number}": {"$ref": "#/components/schemas/Node"} for number in range(80)}
        node["v"] = {"anyOf": [{"type": "string", "maxLength": limit}, {"$ref": "#/components/schemas/Node"}]}
        schemas = {"Node": {"type": "object", "properties": node}}
        return with_schema({"$ref": "#/components/schemas/Node"}, components={"schemas": schemas})

    assert differences(tree(3), tree(2)) == [(B, "max-length-tightened")]

    def many(count: int) -> Any:
        schemas = {f"S{number}": {"properties": {f"p{number}": STRING, "v": INTEGER}} for number in range(count)}
        refs = [{"$ref": f"#/components/schemas/{name}"} for name in schemas]
        return with_schema({"oneOf": refs}, components={"schemas": schemas})

    assert differences(many(2000), many(2001)) == [(I, "alternative-added")]
    assert differences(many(2001), many(2000)) == [(B, "alternative-removed")]


def test_limits_of_any_length_are_compared():
    for limit in ("1e-999999999", "0." + "0" * 5000 + "1", "9" * 5000, 10**400):
        assert isinstance(change_rows(openapi(), document(NUMBER | {"minimum": limit}, SENT)), list)
        assert isinstance(differences(document(NUMBER, SENT), document(NUMBER | {"multipleOf": limit}, SENT)), list)
