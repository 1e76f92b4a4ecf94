"""transferorder.report."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib.kernel.errors import Malformed
from chalicelib.warehouse.codec.incoming.transferorder import read_report
from tests.warehouse.codec.incoming.message import request

HEADER = """<transferOrderCode>WT-1</transferOrderCode>
  <transferOutOrderCode>WT-1-O</transferOutOrderCode>
  <transferInOrderCode>WT-1-I</transferInOrderCode><erpOrderCode>DB-1</erpOrderCode>
  <ownerCode>OW</ownerCode><fromWarehouseCode>WH-E</fromWarehouseCode>
  <toWarehouseCode>WH-S</toWarehouseCode><orderStatus>IN</orderStatus>
  <createTime>2026-03-01 08:00:00</createTime>
  <confirmOutTime>2026-03-02 08:00:00</confirmOutTime>
  <confirmInTime>2026-03-03 08:00:00</confirmInTime><truck>苏E</truck>"""
FIELDS = """<scItemCode>TEA</scItemCode><inventoryType>101</inventoryType>
  <planCount>9</planCount><outCount>9</outCount><inCount>8</inCount>"""


@pytest.mark.parametrize(
    ("items", "path"),
    [
        (f"<items><item>{FIELDS}</item></items>", "/request/items[1]/item[1]"),
        (f"<items>{FIELDS}</items>", "/request/items[1]"),
    ],
)
def test_a_transfer_is_read_with_either_shape_of_its_items(items: str, path: str) -> None:
    found = read_report(request(HEADER + items))
    assert (found.erp_code, found.code) == ("DB-1", "WT-1")
    assert (found.out_order_code, found.in_order_code) == ("WT-1-O", "WT-1-I")
    assert (found.from_warehouse, found.to_warehouse) == ("WH-E", "WH-S")
    assert (found.owner_code, found.status) == ("OW", "IN")
    moments = [found.created_at, found.gone_at, found.arrived_at]
    assert moments == [datetime(2026, 3, day, tzinfo=UTC) for day in (1, 2, 3)]
    (line,) = found.lines
    assert (line.item_code, line.inventory_type) == ("TEA", "101")
    assert (line.planned, line.gone, line.arrived, line.path) == (9, 9, 8, path)
    assert found.rest == (("truck", "苏E"),)


def test_lists_that_repeat_are_one_list() -> None:
    second = FIELDS.replace("TEA", "CUP")
    found = read_report(request(f"{HEADER}<items>{FIELDS}</items><items>{second}</items>"))
    assert [line.item_code for line in found.lines] == ["TEA", "CUP"]


def test_a_transfer_without_its_number_is_refused() -> None:
    with pytest.raises(Malformed) as caught:
        read_report(request("<erpOrderCode>DB-1</erpOrderCode>"))
    assert caught.value.field == "/request/transferOrderCode"
