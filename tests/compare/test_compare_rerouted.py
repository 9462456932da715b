"""Operations that were added or removed, where another operation answered their calls or answers them now."""

from typing import Any

import pytest

from tests.compare.comparing import Row, change_rows, compared, differences, swagger

B, W, I = "breaking", "warning", "info"  # noqa: E741  # of a table that is read in columns
ANY = "x-apigateway-any-method"
METHODS = ("get", "post", "put", "delete", "patch", "head", "options")


def http(address: str) -> dict[str, Any]:
    """A backend."""
    endpoint = {"address": address, "scheme": "https", "method": "GET", "path": "/", "timeout": 5000}
    return {"x-apigateway-backend": {"type": "HTTP", "httpEndpoints": endpoint}}


def secured(*names: str) -> dict[str, Any]:
    """Security alternatives."""
    return {"security": [{name: []} for name in names]}


OPEN, APP, IAM, EITHER = secured(), secured("app"), secured("iam"), secured("app", "iam")
SWA = {"x-apigateway-match-mode": "SWA"}
HERE, ELSEWHERE = http("here.example"), http("elsewhere.example")


def export(*operations: tuple[Any, ...]) -> dict[str, Any]:
    """An export of operations, each a method, a path and groups of keys."""
    paths: dict[str, Any] = {}
    for method, path, *groups in operations:
        keys = {key: value for group in groups for key, value in group.items()}
        paths.setdefault(path, {})[method] = {"responses": {"default": {"description": "ok"}}} | keys
    schemes = {
        name: {"type": "apiKey", "in": "header", "name": "Authorization", "x-apigateway-auth-type": kind}
        for name, kind in (("app", "AppSigv1"), ("iam", "IAM"))
    }
    return swagger(paths=paths, securityDefinitions=schemes)


TAKES, ADDED = (I, "operation-takes-calls"), (I, "operation-added")

# An operation that stays; one that is added; the rows beside those of the added operation.
TAKEN: list[tuple[str, tuple[Any, ...], tuple[Any, ...], list[Row]]] = [
    ("of ANY", (ANY, "/a", APP, HERE), ("get", "/a", APP, HERE), []),
    ("of ANY, other backend", (ANY, "/a", HERE), ("get", "/a", ELSEWHERE), [(W, "backend-address-altered")]),
    ("of ANY, authentication", (ANY, "/a", OPEN), ("get", "/a", APP), [(B, "authentication-added")]),
    ("of ANY, less", (ANY, "/a", APP), ("get", "/a", OPEN), [(W, "authentication-removed")]),
    ("of ANY, other match mode", (ANY, "/a", SWA, HERE), ("get", "/a", HERE), []),
    ("below a prefix", (ANY, "/a", SWA, APP, HERE), ("get", "/a/b/c", APP, HERE), []),
    ("below a prefix, authentication", ("get", "/a", SWA, OPEN), ("get", "/a/b", IAM), [(B, "authentication-added")]),
    ("below a prefix, other kind", ("get", "/a", SWA, APP), ("get", "/a/b", IAM), [(B, "authentication-altered")]),
    ("below a prefix, less", (ANY, "/a", SWA, APP), ("get", "/a/b", EITHER), [(W, "authentication-weakened")]),
    ("longer prefix", (ANY, "/a", SWA, OPEN), ("get", "/a/b", SWA, APP), [(B, "authentication-added")]),
    ("prefix of everything", (ANY, "/", SWA, HERE), ("get", "/a", ELSEWHERE), [(W, "backend-address-altered")]),
    ("ANY below a prefix of a method", ("get", "/", SWA, OPEN), (ANY, "/a", APP), [(B, "authentication-added")]),
    ("of {name+}", (ANY, "/a/{p+}", OPEN), ("post", "/a/b/c", APP), [(B, "authentication-added")]),
    ("of {name+}, backend", (ANY, "/{p+}", HERE), ("post", "/a", ELSEWHERE), [(W, "backend-address-altered")]),
    ("{name+} below {name+}", ("get", "/{p+}", OPEN), ("get", "/a/{p+}", APP), [(B, "authentication-added")]),
    ("beside a template, more", ("get", "/a/{id}", OPEN), ("get", "/a/me", APP), [(B, "authentication-added")]),
    ("beside a template, less", ("get", "/a/{id}", APP), ("get", "/a/me", OPEN), [(W, "authentication-removed")]),
    ("beside a template, backend", ("get", "/a/{id}", HERE), ("get", "/a/me", ELSEWHERE), []),
]  # fmt: skip


@pytest.mark.parametrize(("stays", "added", "expected"), [case[1:] for case in TAKEN], ids=[case[0] for case in TAKEN])
def test_an_added_operation_is_compared_with_the_one_that_answered_its_calls(
    stays: Any, added: Any, expected: list[Row]
):
    old, new = export(stays), export(stays, added)
    assert sorted(differences(old, new)) == sorted([TAKES, *expected])
    for change in compared(old, new).found:
        assert change.affected == (f"{added[0].upper().replace(ANY.upper(), 'ANY')} {added[1]}",)


# An operation that stays, and one that is added and answers none of its calls.
@pytest.mark.parametrize(
    ("stays", "added"),
    [
        (("get", "/a", OPEN), ("post", "/a", APP)),
        (("get", "/a", OPEN), (ANY, "/a", APP)),
        (("get", "/a", OPEN), ("get", "/a/b", APP)),
        (("get", "/a", SWA, OPEN), ("get", "/ab", APP)),
        (("get", "/a/b", OPEN), ("get", "/a", SWA, APP)),
        (("get", "/a/me", OPEN), ("get", "/a/{id}", APP)),
        (("get", "/a/{id}", OPEN), ("get", "/a/b/c", APP)),
        (("get", "/a/{id}", OPEN), ("get", "/a/{key}", SWA, APP)),
        (("post", "/a", SWA, OPEN), ("get", "/a/b", APP)),
    ],
)
def test_an_added_operation_that_takes_no_calls(stays: Any, added: Any):
    assert differences(export(stays), export(stays, added)) == [ADDED]


@pytest.mark.parametrize(
    ("schema", "path", "is_taken"),
    [
        ({"type": "integer"}, "/a/me", False),
        ({"type": "number"}, "/a/7", True),
        ({"type": "string", "enum": ["x"]}, "/a/me", False),
        ({"type": "string", "enum": ["me"]}, "/a/me", True),
        ({"type": "string", "format": "uuid"}, "/a/me", False),
        ({"type": "string"}, "/a/me", True),
    ],
)
def test_a_template_whose_parameter_does_not_allow_the_literal_segment_did_not_answer(
    schema: Any, path: str, is_taken: bool
):
    template = ("get", "/a/{id}", OPEN, {"parameters": [{"name": "id", "in": "path", "required": True} | schema]})
    old, new = export(template), export(template, ("get", path, APP))
    assert differences(old, new) == ([(B, "authentication-added"), TAKES] if is_taken else [ADDED])


STILL, REROUTED, REMOVED = (I, "operation-still-answered"), (W, "operation-rerouted"), (B, "operation-removed")

ANSWERED: list[tuple[str, tuple[Any, ...], tuple[Any, ...], list[Row]]] = [
    ("by ANY", (ANY, "/a", APP, HERE), ("get", "/a", APP, HERE), [STILL]),
    ("by ANY, backend", (ANY, "/a", ELSEWHERE), ("get", "/a", HERE), [STILL, (W, "backend-address-altered")]),
    ("by ANY, authentication", (ANY, "/a", IAM), ("get", "/a", APP), [STILL, (B, "authentication-altered")]),
    ("by ANY of other parameter names", (ANY, "/a/{x}", HERE), ("get", "/a/{y}", HERE),
     [STILL, (I, "path-parameter-renamed")]),
    ("by a prefix", ("get", "/a", SWA, HERE), ("get", "/a/b", HERE), [REROUTED]),
    ("by a prefix, authentication", (ANY, "/", SWA, APP), ("get", "/a/b", OPEN),
     [REROUTED, (B, "authentication-added")]),
    ("by a shorter prefix", (ANY, "/a", SWA, HERE), ("get", "/a/b", SWA, HERE), [REROUTED]),
    ("by {name+}", ("get", "/a/{p+}", HERE), ("get", "/a/b/c", ELSEWHERE), [REROUTED, (W, "backend-address-altered")]),
    ("by a template", ("get", "/a/{id}", HERE), ("get", "/a/me", HERE), [REMOVED]),
    ("not by its exact path", ("get", "/{x}", HERE), ("get", "/{y}", SWA, HERE), [REMOVED]),
    ("not by a longer path", ("get", "/a/b", SWA), ("get", "/a"), [REMOVED]),
    ("not by a literal path", ("get", "/a/me"), ("get", "/a/{id}"), [REMOVED]),
    ("{name+} not by a template", ("get", "/a/{id}"), ("get", "/a/{p+}"), [REMOVED]),
    ("not by another method", ("post", "/a"), ("get", "/a"), [REMOVED]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("stays", "removed", "expected"), [case[1:] for case in ANSWERED], ids=[case[0] for case in ANSWERED]
)
def test_a_removed_operation_is_compared_with_the_one_that_answers_its_calls_now(
    stays: Any, removed: Any, expected: list[Row]
):
    assert sorted(differences(export(stays, removed), export(stays))) == sorted(expected)


def test_a_row_names_both_operations():
    old, new = export(("get", "/a", APP), (ANY, "/a", IAM)), export((ANY, "/a", IAM))
    assert change_rows(old, new) == [
        (B, "authentication-altered", "calls that ANY /a answers now, authentication", "APP", "IAM"),
        (I, "operation-still-answered", "operation", "GET /a", "answered by ANY /a"),
    ]
    assert change_rows(new, old) == [
        (B, "authentication-altered", "calls that ANY /a answered, authentication", "IAM", "APP"),
        (I, "operation-takes-calls", "operation", "answered by ANY /a", "GET /a"),
    ]


def test_a_method_that_became_any():
    body = {"parameters": [{"name": "n", "in": "query", "type": "string", "maxLength": 5}], "operationId": "one"}
    alike = differences(export(("get", "/a", body, HERE)), export((ANY, "/a", body, HERE)))
    assert alike == [ADDED, STILL]
    # Its contract is compared too.
    shorter = {"parameters": [{"name": "n", "in": "query", "type": "string", "maxLength": 4}]}
    tighter = differences(export(("get", "/a", body, HERE)), export((ANY, "/a", shorter, HERE)))
    assert sorted(tighter) == sorted([(B, "max-length-tightened"), ADDED, STILL])


def test_any_written_out_as_methods():
    every = [(method, "/a", HERE) for method in METHODS]
    assert set(differences(export((ANY, "/a", HERE)), export(*every))) == {ADDED, STILL}
    assert set(differences(export(*every), export((ANY, "/a", HERE)))) == {ADDED, STILL}
    rows = change_rows(export((ANY, "/a", HERE)), export(*every[1:]))
    assert rows[0] == (
        B,
        "operation-partly-answered",
        "operation",
        "ANY /a",
        "answered by POST /a, PUT /a, DELETE /a, PATCH /a, HEAD /a, OPTIONS /a; GET by none",
    )
    # A prefix answers the calls of the method that is missing.
    others = [*every[1:], ("get", "/", SWA, HERE)]
    assert [row for row in differences(export((ANY, "/a", HERE)), export(*others)) if row != ADDED] == [REROUTED]


def test_a_path_parameter_that_takes_more_or_fewer_segments():
    old, new = export(("get", "/a/{id}")), export(("get", "/a/{id+}"))
    assert differences(old, new) == [(W, "path-parameter-loosened")]
    assert differences(new, old) == [(B, "path-parameter-tightened")]
