"""Names in documents are shown in titles, labels and lists: shortened, and with control characters made visible."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import ipywidgets
import pytest
import traitlets

import apig_nb as apig
from apig_nb.text import HARMFUL
from apig_nb.widgets.choice_bar import ChoiceBar

PLAIN = {
    "openapi": "3.0.3",
    "info": {"title": "plain", "version": "1"},
    "paths": {"/a": {"get": {"responses": {"200": {"description": "ok"}}}}},
}
NAMES = {"long": "T" * 1_000_000, "control": "\u202eab\x00\x1b[31m"}

SHOWN: dict[str, Callable[[apig.Export, apig.Export], Any]] = {
    "explorer": lambda hostile, plain: apig.Explorer(hostile),
    "comparison view": lambda hostile, plain: apig.ComparisonView(plain, hostile),
    "comparison view, reversed": lambda hostile, plain: apig.ComparisonView(hostile, plain),
    "audit view": lambda hostile, plain: apig.AuditView(hostile),
    "workbench": lambda hostile, plain: apig.Workbench(exports=[hostile, plain]),
    "export": lambda hostile, plain: hostile,
    "comparison": lambda hostile, plain: apig.compare(plain, hostile),
    "audit": lambda hostile, plain: apig.audit(hostile),
}


def load(name: str) -> apig.Export:
    return apig.load(json.dumps({**PLAIN, "info": {"title": name, "version": name}}).encode())


def texts(shown: Any) -> Iterator[str]:
    """What a cell shows: text, HTML, and the texts of the widgets without their code."""
    yield repr(shown)
    bundle = getattr(shown, "_repr_mimebundle_", lambda: {"text/html": shown._repr_html_()})()
    yield bundle["text/html"]
    if hasattr(shown, "_box"):
        yield from _state(shown._box)


def _state(widget: ipywidgets.Widget) -> Iterator[str]:
    for name, value in widget.get_state().items():
        if not name.startswith("_") or name == "_options_labels":
            yield value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    for child in getattr(widget, "children", ()):
        yield from _state(child)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shown", SHOWN)
def test_a_name_is_short_and_visible(shown, name):
    made = SHOWN[shown](load(NAMES[name]), load("plain"))
    for text in texts(made):
        assert len(text) < 100_000
        assert not HARMFUL.search(text)
    if isinstance(made, apig.Explorer | apig.ComparisonView | apig.AuditView | apig.Workbench):
        made.close()


@pytest.mark.parametrize("text", ["T" * 100_000, NAMES["control"]], ids=["long", "control"])
def test_the_pages_of_operations_changes_and_findings_are_short_and_visible(text):
    operation = {
        "summary": text,
        "description": text,
        "operationId": text,
        "parameters": [{"name": text, "in": "query", "required": True, "schema": {"type": "string", "enum": [text]}}],
        "responses": {text: {"description": text, "x-apigateway-result-normal-sample": text}},
        "x-apigateway-backend": {
            "type": text,
            "policies": [{"name": text, "type": text, "parameters": [{"name": text, "value": text, "in": text}]}],
        },
    }
    paths = {f"/{text}": {"get": operation, "additionalOperations": {text: operation}}}
    new = apig.load(json.dumps({"openapi": "3.2.0", "info": {"title": text}, "paths": paths}).encode())
    old = apig.load(json.dumps({**PLAIN, "openapi": "3.2.0", "paths": {f"/{text}": {"get": {}}}}).encode())
    explorer, comparison, audit = apig.Explorer(new), apig.ComparisonView(old, new), apig.AuditView(new)
    for view, table in (
        (explorer, explorer._operations.table),
        (comparison, comparison._table),
        (audit, audit._table),
    ):
        assert len(table.frame)
        for position in range(len(table.frame)):
            table.select(position)
            for shown in _state(view._box):
                assert len(shown) < 60_000
                assert not HARMFUL.search(shown)
        view.close()


@pytest.mark.parametrize("number", [-1, 2, 10**30])
def test_a_message_with_a_choice_that_is_not_there_changes_nothing(number):
    bar = ChoiceBar(["a", "b"], label="letters")
    bar.chosen = "b"
    with pytest.raises(traitlets.TraitError):
        bar.set_state({"selected": number})
    assert bar.chosen == "b"
