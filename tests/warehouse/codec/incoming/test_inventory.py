"""inventory.report, stockchange.report and inventory.synchronize.report."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from chalicelib.kernel.errors import Malformed
from chalicelib.warehouse.codec.incoming.inventory import read_adjustment, read_change, read_count
from chalicelib.warehouse.documents.incoming.paging import Paging
from chalicelib.warehouse.documents.parts import RelatedOrder
from tests.warehouse.codec.incoming.message import request


def test_a_page_of_a_count_is_read_whole() -> None:
    found = read_count(
        request(
            "<totalPage>3</totalPage><currentPage>2</currentPage><pageSize>50</pageSize>"
            "<warehouseCode>WH-E</warehouseCode><checkOrderCode>C-1</checkOrderCode>"
            "<checkOrderId>WC-1</checkOrderId><ownerCode>OW</ownerCode>"
            "<checkTime>2026-03-08 20:00:00</checkTime><outBizCode>M-3</outBizCode>"
            "<adjustType>CHECK</adjustType><orderType>CNJG</orderType><remark>季度</remark>"
            "<items><item><itemCode>TEA</itemCode><itemId>W-9</itemId>"
            "<inventoryType>CC</inventoryType><quantity>-3</quantity><totalQty>97</totalQty>"
            "<batchCode>L1</batchCode><expireDate>2027-01-01 00:00:00</expireDate>"
            "<snCode>S1;S2</snCode><remark>架下</remark><extendProps><a>1</a></extendProps></item>"
            "<item><itemCode>CUP</itemCode><quantity>+2</quantity></item></items>"
        )
    )
    assert found.paging == Paging(page=2, pages=3, size=50)
    assert (found.code, found.wms_id, found.out_biz_code) == ("C-1", "WC-1", "M-3")
    assert (found.warehouse_code, found.owner_code) == ("WH-E", "OW")
    assert (found.adjust_type, found.order_type, found.remark) == ("CHECK", "CNJG", "季度")
    assert found.checked_at == datetime(2026, 3, 8, 12, tzinfo=UTC)
    first, second = found.lines
    assert (first.item_code, first.item_id, first.inventory_type) == ("TEA", "W-9", "CC")
    assert (first.difference, first.counted) == (-3, 97)
    assert first.batch is not None
    assert (first.batch.code, first.batch.expire_date) == ("L1", date(2027, 1, 1))
    assert (first.serial_numbers, first.remark, first.extend_props) == (
        ("S1", "S2"),
        "架下",
        {"a": "1"},
    )
    assert (second.inventory_type, second.difference, second.counted) == ("ZP", 2, None)
    assert (second.batch, second.path) == (None, "/request/items/item[2]")


def test_a_count_without_page_numbers_is_the_only_page_and_may_differ_in_nothing() -> None:
    found = read_count(request("<checkOrderCode>C-1</checkOrderCode><items/>"))
    assert (found.paging, found.lines) == (Paging(page=1, pages=1, size=None), ())


@pytest.mark.parametrize(
    ("pages", "field"),
    [
        ("<totalPage>2</totalPage><currentPage>3</currentPage>", "/request/currentPage"),
        ("<currentPage>0</currentPage>", "/request/currentPage"),
        ("<totalPage>0</totalPage>", "/request/totalPage"),
    ],
)
def test_a_page_that_there_is_not_is_refused(pages: str, field: str) -> None:
    with pytest.raises(Malformed) as caught:
        read_count(request(f"{pages}<checkOrderCode>C-1</checkOrderCode>"))
    assert (caught.value.code, caught.value.field) == ("malformed_page", field)


def test_a_change_of_stock_is_read_whole_with_its_sign() -> None:
    found = read_change(
        request(
            "<items><item><ownerCode>OW</ownerCode><warehouseCode>WH-E</warehouseCode>"
            "<orderCode>K-1</orderCode><orderType>QTCK</orderType><outBizCode>M-4</outBizCode>"
            "<itemCode>TEA</itemCode><itemId>W-9</itemId><inventoryType>ZP</inventoryType>"
            "<quantity>-5.0000</quantity><changeTime>2026-03-08 20:00:00</changeTime>"
            "<isLocked>否</isLocked><snList><sn>S1</sn></snList><remark>样品</remark>"
            "<batchs><batch><batchCode>L1</batchCode><quantity>-5</quantity></batch></batchs>"
            "<extendProps><a>1</a></extendProps></item>"
            "<item><itemCode>TEA</itemCode><inventoryType>CC</inventoryType>"
            "<quantity>5</quantity><batchCode>L1</batchCode></item></items>"
        )
    )
    first, second = found.changes
    assert (first.owner_code, first.warehouse_code, first.order_code) == ("OW", "WH-E", "K-1")
    assert (first.order_type, first.out_biz_code, first.item_code) == ("QTCK", "M-4", "TEA")
    assert (first.item_id, first.inventory_type, first.quantity) == ("W-9", "ZP", -5)
    assert first.changed_at == datetime(2026, 3, 8, 12, tzinfo=UTC)
    assert (first.locked, first.serial_numbers) == ("否", ("S1",))
    assert (first.remark, first.extend_props) == ("样品", {"a": "1"})
    assert [(each.code, each.quantity) for each in first.batches] == [("L1", -5)]
    assert (second.quantity, [each.quantity for each in second.batches]) == (5, [5])
    assert (second.order_code, second.locked, second.path) == ("", "", "/request/items/item[2]")


def test_a_report_of_no_change_is_refused() -> None:
    for inner in ("", "<items/>"):
        with pytest.raises(Malformed) as caught:
            read_change(request(inner))
        assert caught.value.field == "/request/items/item"


def test_an_adjustment_is_read_as_far_as_it_is_known_and_the_rest_is_kept() -> None:
    found = read_adjustment(
        request(
            "<ownerCode>OW</ownerCode><warehouseCode>WH-E</warehouseCode>"
            "<adjustOrderCode>A-1</adjustOrderCode><adjustTime>2026-03-08 20:00:00</adjustTime>"
            "<adjustType>ADJUST</adjustType><outBizCode>M-2</outBizCode><remark>月末</remark>"
            "<relatedOrders><relatedOrder><orderType>CK</orderType><orderCode>V-1</orderCode>"
            "</relatedOrder></relatedOrders><items><item><itemCode>TEA</itemCode>"
            "<itemId>W-9</itemId><inventoryType>ZP</inventoryType><quantity>-2</quantity>"
            "<batchCode>L1</batchCode><targetType>CC</targetType></item></items>"
            "<approvedBy>u7</approvedBy><extendProps><a>1</a></extendProps>"
        )
    )
    assert (found.code, found.warehouse_code, found.owner_code) == ("A-1", "WH-E", "OW")
    assert (found.adjust_type, found.out_biz_code, found.remark) == ("ADJUST", "M-2", "月末")
    assert found.adjusted_at == datetime(2026, 3, 8, 12, tzinfo=UTC)
    assert found.related_orders == (RelatedOrder(order_type="CK", order_code="V-1"),)
    (line,) = found.lines
    assert (line.item_code, line.inventory_type, line.quantity) == ("TEA", "ZP", -2)
    assert (line.batch and line.batch.code, line.rest) == ("L1", (("targetType", "CC"),))
    assert (found.rest, found.extend_props) == ((("approvedBy", "u7"),), {"a": "1"})
