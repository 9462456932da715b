"""Every rule finds the faults that are planted in a clean export, and is silent about near misses."""

import pytest

import apig_nb as apig
from apig_nb.audit.rules import RULES
from tests.audit.planting import ABOVE_INFO, CLEAN, PLANTED, cases, unexpected

OF_SETS = {"same-backend-in-two-environments"}


def test_every_rule_has_at_least_three_faults():
    assert set(PLANTED) == set(RULES) - OF_SETS
    assert [rule for rule, planted in PLANTED.items() if len(planted["faults"]) < 3] == []


@pytest.mark.parametrize("rule", PLANTED)
def test_a_planted_fault_is_found_where_it_is(rule: str):
    missed = [case.number for case in cases("faults", rule) if not case.is_found(apig.audit(case.export).found)]
    assert missed == []


@pytest.mark.parametrize("rule", [rule for rule, planted in PLANTED.items() if planted["misses"]])
def test_a_near_miss_gives_no_finding(rule: str):
    alarms = {case.number: unexpected(case, apig.audit(case.export).found) for case in cases("misses", rule)}
    assert {number: found for number, found in alarms.items() if found} == {}


@pytest.mark.parametrize("name", ["oas2.json", "oas3.yaml"])
def test_a_clean_export_gives_no_finding_above_info(name: str):
    audit = apig.audit(CLEAN / name)
    assert audit.findings["rule"].tolist() == ["body-undescribed", "error-answers-undescribed"]
    assert [one.severity for one in audit.found if one.severity in ABOVE_INFO] == []
    assert audit.not_checked.empty
    assert audit.scores["score"].tolist() == [100.0]
