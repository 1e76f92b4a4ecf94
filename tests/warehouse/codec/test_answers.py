"""Answers, theirs and ours."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import Malformed
from chalicelib.warehouse.codec.parts import read_answer, read_response, write_answer
from chalicelib.warehouse.documents.answers import Answer


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "<response><flag>success</flag><code>0000</code><message>ok</message></response>",
            Answer(success=True, code="0000", message="ok"),
        ),
        (
            "<response><msg>库存不足</msg><code>null</code><flag>failure</flag></response>",
            Answer(success=False, message="库存不足"),
        ),
        (
            "<response><flag>SUCCESS</flag><itemId>I1</itemId></response>",
            Answer(success=True, wms_ids=("I1",)),
        ),
        (
            "<response><flag>success</flag><deliveryOrders><deliveryOrder><deliveryOrderId>D1"
            "</deliveryOrderId></deliveryOrder><deliveryOrder><deliveryOrderId>D2"
            "</deliveryOrderId></deliveryOrder></deliveryOrders></response>",
            Answer(success=True, wms_ids=("D1", "D2")),
        ),
    ],
)
def test_answers_are_read_by_their_flag(body: str, expected: Answer) -> None:
    assert read_answer(read_response(body.encode())) == expected


@pytest.mark.parametrize("body", ["<response/>", "<response><flag>maybe</flag></response>"])
def test_an_answer_without_a_clear_flag_is_none(body: str) -> None:
    with pytest.raises(Malformed):
        read_answer(read_response(body.encode()))


def test_our_own_answer_is_read_back_and_its_text_cut_at_a_hundred() -> None:
    answer = Answer(success=False, code="unknown_order", message="x" * 150)
    assert read_answer(read_response(write_answer(answer))).message == "x" * 100
