"""sn.report and order.sn.report."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import Malformed
from chalicelib.warehouse.codec.incoming.serialnumbers import read_delivery, read_order
from chalicelib.warehouse.documents.incoming.paging import Paging
from tests.warehouse.codec.incoming.message import request

PAGE = "<totalPage>2</totalPage><currentPage>1</currentPage><pageSize>100</pageSize>"
ITEMS = """<items><item><itemCode>TEA</itemCode><itemId>W-9</itemId><sn>S1</sn></item>
  <item><itemCode>TEA</itemCode><sn>S2</sn></item><item><itemCode>CUP</itemCode>
  <sn>S3</sn><sn>S4</sn><snList><sn>S5</sn></snList></item></items>"""


def test_the_numbers_of_a_delivery_order_are_read() -> None:
    found = read_delivery(
        request(
            f"{PAGE}<deliveryOrder><ownerCode>OW</ownerCode><warehouseCode>WH-E</warehouseCode>"
            "<deliveryOrderCode>F-1</deliveryOrderCode><deliveryOrderId>D-1</deliveryOrderId>"
            f"<orderType>JYCK</orderType><outBizCode>M-1</outBizCode></deliveryOrder>{ITEMS}"
        )
    )
    assert found.paging == Paging(page=1, pages=2, size=100)
    assert (found.code, found.wms_id, found.order_type) == ("F-1", "D-1", "JYCK")
    assert (found.owner_code, found.warehouse_code, found.out_biz_code) == ("OW", "WH-E", "M-1")
    assert [(line.item_code, line.numbers) for line in found.lines] == [
        ("TEA", ("S1",)),
        ("TEA", ("S2",)),
        ("CUP", ("S3", "S4", "S5")),
    ]
    assert found.rest == ()


def test_the_numbers_of_any_order_are_read_and_the_rest_is_kept() -> None:
    found = read_order(
        request(
            f"{PAGE}<order><orderCode>PO-8</orderCode><orderId>R-8</orderId><remark>早班</remark>"
            f"<orderType>CGRK</orderType><line>4</line></order>{ITEMS}<station>7</station>"
            "<extendProps><a>1</a></extendProps>"
        )
    )
    assert (found.code, found.wms_id, found.order_type) == ("PO-8", "R-8", "CGRK")
    assert (found.remark, found.extend_props) == ("早班", {"a": "1"})
    assert found.rest == (("line", "4"), ("station", "7"))


def test_a_report_without_numbers_is_refused() -> None:
    with pytest.raises(Malformed) as caught:
        read_order(request("<order><orderCode>PO-8</orderCode></order><items/>"))
    assert caught.value.field == "/request/items/item"
