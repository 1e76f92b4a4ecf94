"""The lines of a confirm: quantities, quality, batches, and what odd senders write."""

from __future__ import annotations

from datetime import date

import pytest

from chalicelib.kernel.errors import Malformed
from chalicelib.warehouse.codec.incoming.entryorder import read_confirm
from chalicelib.warehouse.documents.incoming.lines import (
    NO_DETAILS,
    ConfirmLine,
    LineDetails,
    batches_contradict,
    is_final,
    pieces,
)
from tests.warehouse.codec.incoming.message import request


def line(inner: str) -> ConfirmLine:
    (found,) = read_confirm(
        request(
            "<entryOrder><entryOrderCode>E-1</entryOrderCode></entryOrder>"
            f"<orderLines><orderLine><itemCode>TEA</itemCode>{inner}</orderLine></orderLines>"
        )
    ).lines
    return found


def by_kind(found: ConfirmLine) -> list[tuple[int, str, str]]:
    return [(each.quantity, each.inventory_type, each.batch) for each in pieces(found)]


@pytest.mark.parametrize(
    ("confirm_type", "status", "final"),
    [
        ("0", "", True),
        ("0", "PARTFULFILLED", True),
        ("1", "", False),
        ("1", "FULFILLED", False),
        ("", "", True),
        ("", "FULFILLED", True),
        ("", "PARTFULFILLED", False),
        ("", "PARTDELIVERED", False),
        ("2", "DELIVERED", True),
    ],
)
def test_whether_more_is_to_come(confirm_type: str, status: str, *, final: bool) -> None:
    assert is_final(confirm_type, status) is final


def test_a_line_with_everything_is_read_whole() -> None:
    found = line(
        "<orderLineNo>3</orderLineNo><itemId>W-9</itemId><ownerCode>OW</ownerCode>"
        "<outBizCode>B-3</outBizCode><inventoryType>CC</inventoryType><planQty>4</planQty>"
        "<actualQty>2</actualQty><itemName>白茶</itemName><orderSourceCode>T-1</orderSourceCode>"
        "<subSourceCode>T-1-1</subSourceCode><extCode>X1</extCode><unit>盒</unit>"
        "<subDeliveryOrderId>D-1-b</subDeliveryOrderId><qrCode>q1; q2;</qrCode>"
        "<snList><sn>S1</sn><sn/><sn>S2</sn></snList><remark>角破了</remark>"
        "<extendProps><shelf>A-3</shelf><check><by>2</by></check></extendProps>"
    )
    assert (found.order_line_no, found.item_code, found.item_id) == ("3", "TEA", "W-9")
    assert (found.owner_code, found.out_biz_code, found.inventory_type) == ("OW", "B-3", "CC")
    assert (found.planned, found.actual, found.item_name) == (4, 2, "白茶")
    assert (found.source_order_code, found.sub_source_order_code) == ("T-1", "T-1-1")
    assert found.path == "/request/orderLines/orderLine[1]"
    assert found.details == LineDetails(
        sub_order_id="D-1-b",
        ext_code="X1",
        unit="盒",
        serial_numbers=("S1", "S2"),
        qr_codes=("q1", "q2"),
        remark="角破了",
        extend_props={"shelf": "A-3", "check/by": "2"},
    )
    assert "角破了" not in repr(found)
    assert "A-3" not in repr(found)


def test_a_line_that_tells_no_more_than_it_must_has_no_details() -> None:
    assert line("<actualQty>1</actualQty>").details is NO_DETAILS


def test_the_platforms_numbers_are_read_under_their_names_of_a_create_too() -> None:
    found = line(
        "<actualQty>1</actualQty><sourceOrderCode>T-1</sourceOrderCode>"
        "<subSourceOrderCode>T-1-1</subSourceOrderCode>"
    )
    assert (found.source_order_code, found.sub_source_order_code) == ("T-1", "T-1-1")


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("<actualQty>2</actualQty>", [(2, "ZP", "")]),
        ("<actualQty>0</actualQty>", []),
        ("<actualQty>2</actualQty><inventoryType>CC</inventoryType>", [(2, "CC", "")]),
        ("<actualQty>2</actualQty><batchCode>L1</batchCode>", [(2, "ZP", "L1")]),
        ("<actualQty>2</actualQty><batchs/>", [(2, "ZP", "")]),
        ("<actualQty>2</actualQty><batchCode>L1</batchCode><batchs/>", [(2, "ZP", "L1")]),
        (
            "<actualQty>2</actualQty><batchs><batch><batchCode>L1</batchCode></batch></batchs>",
            [(2, "ZP", "L1")],
        ),
        (
            "<actualQty>2</actualQty><batchs><batch><batchCode>L1</batchCode>"
            "<inventoryType>CC</inventoryType><actualQty>2</actualQty></batch></batchs>",
            [(2, "CC", "L1")],
        ),
        (
            "<actualQty>2</actualQty><inventoryType>MINE-7</inventoryType><batchs><batch>"
            "<batchCode>L1</batchCode><quantity>2</quantity></batch></batchs>",
            [(2, "MINE-7", "L1")],
        ),
        (
            "<actualQty>3</actualQty><batchs><batch><batchCode>L1</batchCode>"
            "<actualQty>1</actualQty></batch><batch><batchCode>L2</batchCode>"
            "<actualQty>1</actualQty></batch></batchs>",
            [(3, "ZP", "")],
        ),
        (
            "<actualQty>3</actualQty><batchs><batch><inventoryType>CC</inventoryType>"
            "<actualQty>-1</actualQty></batch><batch><actualQty>4</actualQty></batch></batchs>",
            [(3, "ZP", "")],
        ),
    ],
)
def test_a_line_by_quality_and_batch_adds_up_to_what_it_says(
    inner: str, expected: list[tuple[int, str, str]]
) -> None:
    assert by_kind(line(inner)) == expected


def test_batches_that_dont_add_up_are_told_as_a_contradiction() -> None:
    found = line(
        "<actualQty>60</actualQty><batchs><batch><batchCode>L1</batchCode>"
        "<actualQty>4000</actualQty></batch></batchs>"
    )
    assert batches_contradict(found)
    assert by_kind(found) == [(60, "ZP", "L1")]


def test_the_makers_code_makes_a_batch_also_without_a_batch_code() -> None:
    found = line("<actualQty>5</actualQty><batchCode/><produceCode>P-77</produceCode>")
    ((code, produced, quantity),) = (
        (each.code, each.produce_code, each.quantity) for each in found.batches
    )
    assert (code, produced, quantity) == ("", "P-77", 5)
    assert by_kind(found) == [(5, "ZP", "")]


@pytest.mark.parametrize("text", ["2026-08-07", "2026-08-07 00:00:00", "2026-08-07T00:00:00"])
def test_a_date_is_read_with_or_without_a_time(text: str) -> None:
    found = line(f"<actualQty>1</actualQty><expireDate>{text}</expireDate>")
    assert [each.expire_date for each in found.batches] == [date(2026, 8, 7)]


@pytest.mark.parametrize("text", ["", " ", "null", "2026-13-01", "26-01-01", "2026/08/07", "soon"])
def test_a_date_that_names_no_day_is_none(text: str) -> None:
    found = line(f"<actualQty>1</actualQty><expireDate>{text}</expireDate>")
    assert found.batches == ()


@pytest.mark.parametrize(
    ("text", "quantity"), [("2", 2), ("2.0000", 2), ("+2", 2), (" 2 ", 2), ("002", 2), ("0", 0)]
)
def test_quantities_are_read_in_every_spelling_of_a_whole_number(text: str, quantity: int) -> None:
    assert line(f"<actualQty>{text}</actualQty>").actual == quantity


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "missing_element"),
        (" ", "missing_element"),
        ("null", "missing_element"),
        ("-1", "negative_quantity"),
        ("1.5", "malformed_quantity"),
        ("1e3", "malformed_quantity"),
        ("２", "malformed_quantity"),
        ("1,000", "malformed_quantity"),
        ("1234567890123", "malformed_quantity"),
        ("<b>2</b>", "not_a_text"),
    ],
)
def test_a_quantity_that_isnt_one_is_refused_and_named(text: str, code: str) -> None:
    with pytest.raises(Malformed) as caught:
        line(f"<actualQty>{text}</actualQty>")
    assert caught.value.code == code
    assert caught.value.field == "/request/orderLines/orderLine[1]/actualQty"


@pytest.mark.parametrize(
    ("inner", "planned"),
    [
        ("", None),
        ("<planQty/>", None),
        ("<planQty>null</planQty>", None),
        ("<planQty>0</planQty>", 0),
        ("<planQty>2.00</planQty>", 2),
    ],
)
def test_what_was_planned_may_be_missing_although_something_came(
    inner: str, planned: int | None
) -> None:
    found = line(f"<actualQty>2</actualQty>{inner}")
    assert (found.planned, found.actual) == (planned, 2)


@pytest.mark.parametrize(
    ("inner", "number"),
    [
        ("", ""),
        ("<orderLineNo> </orderLineNo>", ""),
        ("<orderLineNo>null</orderLineNo>", ""),
        ("<orderLineNo>0</orderLineNo>", "0"),
        ("<orderLineNo>TEA</orderLineNo>", "TEA"),
    ],
)
def test_a_line_number_is_kept_whatever_it_is(inner: str, number: str) -> None:
    assert line(f"<actualQty>1</actualQty>{inner}").order_line_no == number


def test_two_lines_may_have_the_same_number() -> None:
    one = "<orderLine><orderLineNo>1</orderLineNo><itemCode>A</itemCode><actualQty>1</actualQty>"
    two = "<orderLine><orderLineNo>1</orderLineNo><itemCode>B</itemCode><actualQty>2</actualQty>"
    confirm = read_confirm(
        request(
            f"<orderLines>{one}</orderLine>{two}</orderLine></orderLines>"
            "<entryOrder><entryOrderCode>E-1</entryOrderCode></entryOrder>"
        )
    )
    assert [(each.item_code, each.path[-2]) for each in confirm.lines] == [("A", "1"), ("B", "2")]


def test_a_line_without_an_item_is_refused_and_one_too_many_values_too() -> None:
    for inner, code in (
        ("<itemCode/><actualQty>1</actualQty>", "repeated_element"),
        (
            "<actualQty>1</actualQty><ownerCode>A</ownerCode><ownerCode>B</ownerCode>",
            "repeated_element",
        ),
        (f"<actualQty>1</actualQty><itemId>{'9' * 101}</itemId>", "code_too_long"),
    ):
        with pytest.raises(Malformed) as caught:
            line(inner)
        assert caught.value.code == code
