"""Random schemas and values: no value that is refused now, or is new, stays untold; other notations break nothing."""

import json
import os
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.compare import making_schemas
from tests.compare.comparing import RECEIVED, SENT, differences, with_schema

SEEDS = st.integers(min_value=0, max_value=10**6)
# `make long` sets more.
EXAMPLES = int(os.environ.get("APIG_NB_FUZZ_EXAMPLES", "100"))


def severities(old: Any, new: Any, side: str) -> set[str]:
    documents = [with_schema(schema, side, openapi="3.1.0") for schema in (old, new)]
    return {severity for severity, _ in differences(*documents)}


@pytest.mark.slow
@given(seed=SEEDS)
@settings(max_examples=EXAMPLES, deadline=None)
def test_values_that_only_one_schema_accepts_are_a_break_or_a_warning(seed: int):
    chance = random.Random(seed)
    old = making_schemas.schema(chance)
    new = making_schemas.mutated(old, chance)
    before, after = Draft202012Validator(old), Draft202012Validator(new)
    accepted = [(before.is_valid(value), after.is_valid(value)) for value in making_schemas.values(chance)]
    for side, is_lost in ((SENT, (True, False)), (RECEIVED, (False, True))):
        if is_lost in accepted:
            assert severities(old, new, side) & {"breaking", "warning"}, (side, json.dumps([old, new]))


@pytest.mark.slow
@given(seed=SEEDS)
@settings(max_examples=EXAMPLES, deadline=None)
def test_another_notation_of_a_schema_is_at_most_an_info(seed: int):
    chance = random.Random(seed)
    old = making_schemas.schema(chance)
    new = making_schemas.rewritten(old, chance)
    for side in (SENT, RECEIVED):
        assert severities(old, new, side) | severities(new, old, side) <= {"info"}, json.dumps([old, new])
