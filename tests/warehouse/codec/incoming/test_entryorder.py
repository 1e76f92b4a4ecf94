"""entryorder.confirm."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib.kernel.errors import Malformed
from chalicelib.warehouse.codec.incoming.entryorder import read_confirm
from tests.warehouse.codec.incoming.message import request

WHOLE = """<orderLines><orderLine><itemCode>TEA</itemCode><actualQty>40</actualQty>
  </orderLine></orderLines><entryOrder><confirmType>1</confirmType>
  <entryOrderCode>PO-8</entryOrderCode><entryOrderId>R-8</entryOrderId>
  <entryOrderType>CGRK</entryOrderType><freight>12.50</freight>
  <operateTime>2026-03-04 09:30:00</operateTime><outBizCode>M-17</outBizCode>
  <ownerCode>OW</ownerCode><purchaseOrderCode>P-8</purchaseOrderCode>
  <remark>少一箱</remark><responsibleDepartment>茶部</responsibleDepartment>
  <shopCode>S1</shopCode><shopNick>茶店</shopNick><status>PARTFULFILLED</status>
  <subOrderType>SAMPLE</subOrderType><totalOrderLines>3</totalOrderLines>
  <warehouseCode>WH-E</warehouseCode><extendProps><dock>4</dock></extendProps>
  </entryOrder>"""


def test_a_receipt_is_read_whole_whatever_the_order_of_its_elements() -> None:
    found = read_confirm(request(WHOLE))
    assert (found.code, found.wms_id, found.out_biz_code) == ("PO-8", "R-8", "M-17")
    assert (found.warehouse_code, found.owner_code, found.order_type) == ("WH-E", "OW", "CGRK")
    assert (found.confirm_type, found.status, found.final) == ("1", "PARTFULFILLED", False)
    assert found.operated_at == datetime(2026, 3, 4, 1, 30, tzinfo=UTC)
    assert (found.total_lines, found.purchase_order_code, found.freight) == (3, "P-8", 1250)
    assert (found.sub_order_type, found.responsible_department) == ("SAMPLE", "茶部")
    assert (found.shop_nick, found.shop_code, found.remark) == ("茶店", "S1", "少一箱")
    assert found.extend_props == {"dock": "4"}
    assert [(each.item_code, each.actual) for each in found.lines] == [("TEA", 40)]
    assert "少一箱" not in repr(found)


def test_the_least_that_can_be_said_is_enough() -> None:
    found = read_confirm(request("<entryOrder><entryOrderCode>PO-8</entryOrderCode></entryOrder>"))
    assert (found.code, found.owner_code, found.status, found.confirm_type) == ("PO-8", "", "", "")
    assert (found.lines, found.final, found.freight, found.extend_props) == ((), True, None, {})


def test_codes_that_nobody_knows_are_kept() -> None:
    found = read_confirm(
        request(
            "<entryOrder><entryOrderCode>PO-8</entryOrderCode><entryOrderType>3</entryOrderType>"
            "<status>HALFWAY</status><confirmType>9</confirmType></entryOrder>"
        )
    )
    assert (found.order_type, found.status, found.confirm_type) == ("3", "HALFWAY", "9")


@pytest.mark.parametrize("code", ["PO-8", "PO 8 - ", "8null1", "PO-8 - "])
def test_an_out_biz_code_is_taken_as_it_is(code: str) -> None:
    found = read_confirm(
        request(
            f"<entryOrder><entryOrderCode>PO-8</entryOrderCode><outBizCode>{code}</outBizCode>"
            "</entryOrder>"
        )
    )
    assert found.out_biz_code == code.strip()


@pytest.mark.parametrize("text", ["", "null", "2026-02-30 00:00:00", "yesterday", "2026-03-04"])
def test_a_time_that_names_no_moment_is_none(text: str) -> None:
    found = read_confirm(
        request(
            f"<entryOrder><entryOrderCode>PO-8</entryOrderCode><operateTime>{text}</operateTime>"
            "</entryOrder>"
        )
    )
    assert found.operated_at is None


def test_what_isnt_a_receipt_is_refused_with_the_place() -> None:
    for body, field in (
        ("", "/request/entryOrder"),
        ("<entryOrder/>", "/request/entryOrder/entryOrderCode"),
        (
            "<entryOrder><entryOrderCode>null</entryOrderCode></entryOrder>",
            "/request/entryOrder/entryOrderCode",
        ),
    ):
        with pytest.raises(Malformed) as caught:
            read_confirm(request(body))
        assert (caught.value.code, caught.value.field) == ("missing_element", field)
