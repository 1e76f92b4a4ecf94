"""order.query, receiverinfo.query and expressinfo.query: asked by the WMS, answered by us."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib.kernel.errors import Malformed, Refused
from chalicelib.warehouse.codec.incoming import questions
from chalicelib.warehouse.codec.parts import read_response, write_answer
from chalicelib.warehouse.documents.answers import Answer
from chalicelib.warehouse.documents.incoming.questions import Carrier, FoundOrder
from chalicelib.warehouse.documents.parts import Contact
from tests.warehouse.codec.incoming.message import request

SUCCESS = Answer(success=True, code="0", message="success")


def test_whose_orders_these_are_is_asked_by_name_and_mobile() -> None:
    asked = questions.read_order_question(
        request(
            "<name>韩梅梅</name><mobile>13900000001</mobile><tel>0512-1</tel><scene>1002</scene>"
            "<startTime>2026-03-01 00:00:00</startTime><endTime>2026-03-09 00:00:00</endTime>"
            "<shop>S1</shop><extendProps><a>1</a></extendProps>"
        )
    )
    assert (asked.name, asked.mobile, asked.phone) == ("韩梅梅", "13900000001", "0512-1")
    assert asked.scene == "1002"
    assert asked.since_at == datetime(2026, 2, 28, 16, tzinfo=UTC)
    assert asked.until_at == datetime(2026, 3, 8, 16, tzinfo=UTC)
    assert (asked.extend_props, asked.rest) == ({"a": "1"}, (("shop", "S1"),))
    for secret in ("韩梅梅", "13900000001", "0512-1"):
        assert secret not in repr(asked)


@pytest.mark.parametrize("missing", ["name", "mobile"])
def test_a_question_about_nobody_is_refused(missing: str) -> None:
    given = {"name": "韩梅梅", "mobile": "13900000001"}
    inner = "".join(f"<{tag}>{text}</{tag}>" for tag, text in given.items() if tag != missing)
    with pytest.raises(Malformed) as caught:
        questions.read_order_question(request(inner))
    assert caught.value.field == f"/request/{missing}"


def test_the_orders_found_are_told_and_none_is_an_answer_too() -> None:
    found = [
        FoundOrder(source_order_code="T-1", delivery_order_code="F-1"),
        FoundOrder(source_order_code="T-2"),
    ]
    answer = read_response(write_answer(SUCCESS, questions.write_found_orders(found)))
    told = [
        (line.text("sourceOrderCode"), line.text("deliveryOrderCode"))
        for line in answer.listed("orderLines", "orderLine")
    ]
    assert (answer.text("flag"), told) == ("success", [("T-1", "F-1"), ("T-2", None)])
    none = read_response(write_answer(SUCCESS, questions.write_found_orders([])))
    assert none.child("orderLines") is not None


def test_who_receives_an_order_is_asked_by_its_number_and_answered_in_the_clear() -> None:
    asked = questions.read_receiver_question(
        request(
            "<deliveryOrderCode>F-1</deliveryOrderCode><ownerCode>OW</ownerCode>"
            "<warehouseCode>WH-E</warehouseCode><oaid>o-abc</oaid><scene>1001</scene>"
        )
    )
    assert (asked.code, asked.owner_code, asked.warehouse_code) == ("F-1", "OW", "WH-E")
    assert (asked.oaid, asked.scene, asked.rest) == ("o-abc", "1001", ())
    receiver = Contact(
        name="韩梅梅",
        mobile="13900000001",
        province="江苏省",
        city="苏州市",
        address="示例街 2 号",
    )
    answer = read_response(write_answer(SUCCESS, questions.write_receiver(asked, receiver)))
    assert (answer.text("deliveryOrderCode"), answer.text("oaid")) == ("F-1", "o-abc")
    told = answer.needed("receiverInfo")
    assert [told.text(name) for name in ("name", "mobile", "detailAddress")] == [
        "韩梅梅",
        "13900000001",
        "示例街 2 号",
    ]


def test_which_carriers_there_are_is_asked_and_answered() -> None:
    asked = questions.read_carrier_question(
        request("<ownerCode>OW</ownerCode><expressCode>SF</expressCode>")
    )
    assert (asked.owner_code, asked.carrier_code) == ("OW", "SF")
    content = questions.write_carriers([Carrier(code="SF", name="顺丰", status="1")])
    (told,) = read_response(write_answer(SUCCESS, content)).listed("expressInfos", "expressInfo")
    assert [told.text(name) for name in ("expressCode", "expressName", "brandCode", "status")] == [
        "SF",
        "顺丰",
        None,
        "1",
    ]


def test_a_code_that_is_too_long_cant_be_told() -> None:
    with pytest.raises(Refused) as caught:
        questions.write_found_orders([FoundOrder(source_order_code="T" * 51)])
    assert caught.value.code == "code_too_long"
