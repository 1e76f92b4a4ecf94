"""stockout.confirm."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib.kernel.errors import Malformed
from chalicelib.warehouse.codec.incoming.stockout import read_confirm
from chalicelib.warehouse.documents.incoming.lines import pieces
from tests.warehouse.codec.incoming.message import request


def test_an_issue_is_read_whole() -> None:
    found = read_confirm(
        request(
            "<orderLines><orderLine><outBizCode>M-7-1</outBizCode><itemCode>TEA</itemCode>"
            "<actualQty>9</actualQty><unit>盒</unit><batchs><batch><batchCode>L1</batchCode>"
            "<inventoryType>CC</inventoryType><actualQty>4</actualQty></batch><batch>"
            "<batchCode>L2</batchCode><actualQty>5</actualQty></batch></batchs></orderLine>"
            "</orderLines><packages><package><expressCode>SF1</expressCode></package></packages>"
            "<deliveryOrder><totalOrderLines>2</totalOrderLines>"
            "<deliveryOrderCode>V-1</deliveryOrderCode><deliveryOrderId>WV-1</deliveryOrderId>"
            "<warehouseCode>WH-E</warehouseCode><orderType>CGTH</orderType>"
            "<status>PARTDELIVERED</status><outBizCode>M-7</outBizCode><confirmType>1</confirmType>"
            "<logisticsCode>SF</logisticsCode><logisticsName>顺丰</logisticsName>"
            "<expressCode>SF1</expressCode><orderConfirmTime>2026-03-06 12:00:00</orderConfirmTime>"
            "<subOrderType>SCRAP</subOrderType><responsibleDepartment>茶部</responsibleDepartment>"
            "<remark>自提</remark><extendProps><truck>苏E</truck></extendProps></deliveryOrder>"
        )
    )
    assert (found.code, found.wms_id, found.warehouse_code) == ("V-1", "WV-1", "WH-E")
    assert (found.order_type, found.status, found.out_biz_code) == ("CGTH", "PARTDELIVERED", "M-7")
    assert (found.confirm_type, found.final, found.total_lines) == ("1", False, 2)
    assert found.confirmed_at == datetime(2026, 3, 6, 4, tzinfo=UTC)
    assert (found.carrier_code, found.carrier_name, found.waybill) == ("SF", "顺丰", "SF1")
    assert (found.sub_order_type, found.responsible_department) == ("SCRAP", "茶部")
    assert (found.remark, found.extend_props) == ("自提", {"truck": "苏E"})
    assert [each.waybill for each in found.packages] == ["SF1"]
    (line,) = found.lines
    assert (line.out_biz_code, line.details.unit) == ("M-7-1", "盒")
    assert [(each.quantity, each.inventory_type, each.batch) for each in pieces(line)] == [
        (4, "CC", "L1"),
        (5, "ZP", "L2"),
    ]


def test_an_issue_without_its_number_is_refused() -> None:
    with pytest.raises(Malformed) as caught:
        read_confirm(request("<deliveryOrder><orderType>CGTH</orderType></deliveryOrder>"))
    assert caught.value.field == "/request/deliveryOrder/deliveryOrderCode"
