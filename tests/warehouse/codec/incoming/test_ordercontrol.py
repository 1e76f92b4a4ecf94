"""orderprocess.report, orderexception.report and itemlack.report."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib.kernel.errors import Malformed
from chalicelib.warehouse.codec.incoming.ordercontrol import (
    read_exception,
    read_lack,
    read_process,
)
from tests.warehouse.codec.incoming.message import request


def test_a_step_is_read_whole_and_shows_nobody() -> None:
    found = read_process(
        request(
            "<process><operateTime>2026-03-04 09:30:00</operateTime><remark>二楼</remark>"
            "<processStatus>DELIVERED1</processStatus><operatorCode>u7</operatorCode>"
            "<operatorName>李雷</operatorName><operateInfo>李雷已出库</operateInfo>"
            "<expressCode>SF1</expressCode><extendProps><a>1</a></extendProps></process>"
            "<order><orderCode>F-1</orderCode><orderId>D-1</orderId><orderType>1</orderType>"
            "<warehouseCode>WH-E</warehouseCode><ownerCode>OW</ownerCode>"
            "<extendProps><b>2</b></extendProps></order>"
        )
    )
    assert (found.code, found.wms_id, found.order_type) == ("F-1", "D-1", "1")
    assert (found.warehouse_code, found.owner_code) == ("WH-E", "OW")
    assert (found.status, found.waybill) == ("DELIVERED1", "SF1")
    assert found.operated_at == datetime(2026, 3, 4, 1, 30, tzinfo=UTC)
    assert (found.operator_code, found.operator_name) == ("u7", "李雷")
    assert (found.text, found.remark) == ("李雷已出库", "二楼")
    assert (found.extend_props, found.path) == ({"a": "1", "b": "2"}, "/request/process")
    assert "李雷" not in repr(found)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("<order><orderCode>F-1</orderCode></order>", "/request/process"),
        (
            "<order><orderCode>F-1</orderCode></order><process/>",
            "/request/process/processStatus",
        ),
        (
            "<order/><process><processStatus>PICK</processStatus></process>",
            "/request/order/orderCode",
        ),
    ],
)
def test_a_step_of_nothing_is_refused(body: str, field: str) -> None:
    with pytest.raises(Malformed) as caught:
        read_process(request(body))
    assert (caught.value.code, caught.value.field) == ("missing_element", field)


def test_an_exception_is_read_whole() -> None:
    found = read_exception(
        request(
            "<messageId>X-1</messageId><messageType>203</messageType><messageDesc>丢了</messageDesc>"
            "<createTime>2026-03-07 08:00:00</createTime><deliveryOrderCode>F-1</deliveryOrderCode>"
            "<deliveryOrderId>D-1</deliveryOrderId><warehouseCode>WH-E</warehouseCode>"
            "<orderType>JYCK</orderType><logisticsCode>SF</logisticsCode>"
            "<expressCode>SF1</expressCode><remark>再查</remark><orderLines><orderLine>"
            "<orderLineNo>1</orderLineNo><orderSourceCode>T-1</orderSourceCode>"
            "<subSourceCode>T-1-1</subSourceCode><itemCode>TEA</itemCode><itemId>W-9</itemId>"
            "<inventoryType>ZP</inventoryType><planQty>2</planQty><exceptionQty>1</exceptionQty>"
            "</orderLine></orderLines><extendProps><a>1</a></extendProps>"
        )
    )
    assert (found.message_id, found.kind, found.text) == ("X-1", "203", "丢了")
    assert (found.code, found.wms_id, found.warehouse_code) == ("F-1", "D-1", "WH-E")
    assert (found.order_type, found.carrier_code, found.waybill) == ("JYCK", "SF", "SF1")
    assert found.created_at == datetime(2026, 3, 7, 0, tzinfo=UTC)
    (line,) = found.lines
    assert (line.order_line_no, line.source_order_code) == ("1", "T-1")
    assert (line.sub_source_order_code, line.item_code, line.item_id) == ("T-1-1", "TEA", "W-9")
    assert (line.inventory_type, line.planned, line.affected) == ("ZP", 2, 1)
    assert (found.remark, found.extend_props) == ("再查", {"a": "1"})
    assert "丢了" not in repr(found)


def test_an_exception_may_name_only_the_wms_own_number_but_not_none() -> None:
    assert read_exception(request("<deliveryOrderId>D-1</deliveryOrderId>")).wms_id == "D-1"
    with pytest.raises(Malformed) as caught:
        read_exception(request("<messageId>X-1</messageId>"))
    assert caught.value.field == "/request/deliveryOrderCode"


def test_what_is_lacking_is_read_with_its_batch() -> None:
    found = read_lack(
        request(
            "<warehouseCode>WH-E</warehouseCode><deliveryOrderCode>F-1</deliveryOrderCode>"
            "<deliveryOrderId>D-1</deliveryOrderId><createTime>2026-03-07 08:00:00</createTime>"
            "<outBizCode>M-9</outBizCode><items><item><itemCode>TEA</itemCode><itemId>W-9</itemId>"
            "<inventoryType>ZP</inventoryType><batchCode>L1</batchCode><planQty>3</planQty>"
            "<lackQty>2</lackQty><reason>实物报缺</reason></item><item><itemCode>CUP</itemCode>"
            "<planQty>1</planQty><lackQty>1</lackQty></item></items>"
        )
    )
    assert (found.code, found.wms_id, found.out_biz_code) == ("F-1", "D-1", "M-9")
    first, second = found.lines
    assert (first.item_code, first.planned, first.lacking) == ("TEA", 3, 2)
    assert (first.reason, first.batch and first.batch.code) == ("实物报缺", "L1")
    assert (second.item_code, second.batch, second.reason) == ("CUP", None, "")


@pytest.mark.parametrize(
    ("items", "field"),
    [
        ("", "/request/items/item"),
        ("<items/>", "/request/items/item"),
        ("<items><item><itemCode>A</itemCode></item></items>", "/request/items/item[1]/lackQty"),
        (
            "<items><item><itemCode>A</itemCode><lackQty>-1</lackQty></item></items>",
            "/request/items/item[1]/lackQty",
        ),
    ],
)
def test_a_shortage_of_nothing_is_refused(items: str, field: str) -> None:
    with pytest.raises(Malformed) as caught:
        read_lack(request(f"<deliveryOrderCode>F-1</deliveryOrderCode>{items}"))
    assert caught.value.field == field
