"""Templates know named parameters and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.errors import Refused
from chalicelib.notices.rules import RULES, rules_for
from chalicelib.notices.templates import TEMPLATES, Channel, Template, render, values_for

TEMPLATE = Template(code="t", channel=Channel.SMS, provider_code="S", text="${a} 和 ${b}，${a}")


def test_each_placeholder_is_replaced_wherever_it_stands() -> None:
    assert render(TEMPLATE, {"a": "1", "b": "2"}) == "1 和 2，1"


def test_what_a_value_holds_is_never_looked_at_again() -> None:
    assert render(TEMPLATE, {"a": "${b}", "b": "{0.__class__}"}) == "${b} 和 {0.__class__}，${b}"


def test_only_the_templates_own_parameters_are_taken() -> None:
    known = {"a": "1", "b": "2", "phone": "13812345678"}
    assert values_for(TEMPLATE, known) == {"a": "1", "b": "2"}


@pytest.mark.parametrize("known", [{"a": "1"}, {"a": "1", "b": ""}, {"a": "1", "b": " \n"}])
def test_a_missing_parameter_is_refused_by_name(known: dict[str, str]) -> None:
    with pytest.raises(Refused) as caught:
        values_for(TEMPLATE, known)
    assert (caught.value.code, caught.value.field) == ("notice_parameter_missing", "b")


def test_values_lose_unwritable_texts_and_what_is_too_long() -> None:
    values = values_for(TEMPLATE, {"a": "x\r\ny\u2028", "b": "运" * 50})
    assert values == {"a": "xy", "b": "运" * 35}


def test_every_rule_names_a_template_there_is() -> None:
    assert {rule.template for rule in RULES} <= set(TEMPLATES)
    assert [rule.code for rule in rules_for("ParcelShipped")] == ["shipped"]
    assert rules_for("OrderPlaced") == ()


@given(a=st.text(), b=st.text())
def test_rendering_never_fails_on_a_value(a: str, b: str) -> None:
    assert render(TEMPLATE, {"a": a, "b": b}) == f"{a} 和 {b}，{a}"
