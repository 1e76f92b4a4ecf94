"""storeprocess.confirm."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib.kernel.errors import Malformed
from chalicelib.warehouse.codec.incoming.storeprocess import read_confirm
from tests.warehouse.codec.incoming.message import request

HEADER = """<processOrderCode>J-1</processOrderCode>
  <processOrderId>WJ-1</processOrderId><outBizCode>M-8</outBizCode>
  <orderType>CNJG</orderType><orderCompleteTime>2026-03-09 10:00:00</orderCompleteTime>
  <actualQty>4</actualQty><ownerCode>OW</ownerCode><warehouseCode>WH-E</warehouseCode>
  <remark>礼盒</remark><extendProps><bench>2</bench></extendProps>"""
TEA = "<itemCode>TEA</itemCode><itemId>W-9</itemId><quantity>8</quantity><ratioQty>2</ratioQty>"
GIFT = "<itemCode>GIFT</itemCode><quantity>4</quantity><batchCode>L9</batchCode><remark>好</remark>"


@pytest.mark.parametrize(
    ("material", "product"), [("item", "item"), ("materialItem", "productItem")]
)
def test_what_was_used_and_made_is_read_under_both_names(material: str, product: str) -> None:
    found = read_confirm(
        request(
            f"{HEADER}<productitems><{product}>{GIFT}</{product}></productitems>"
            f"<materialitems><{material}>{TEA}</{material}></materialitems>"
        )
    )
    assert (found.code, found.wms_id, found.out_biz_code) == ("J-1", "WJ-1", "M-8")
    assert (found.order_type, found.actual) == ("CNJG", 4)
    assert (found.owner_code, found.warehouse_code) == ("OW", "WH-E")
    assert found.completed_at == datetime(2026, 3, 9, 2, tzinfo=UTC)
    assert (found.remark, found.extend_props) == ("礼盒", {"bench": "2"})
    (tea,), (gift,) = found.materials, found.products
    assert (tea.item_code, tea.item_id, tea.quantity, tea.ratio) == ("TEA", "W-9", 8, 2)
    assert tea.path == f"/request/materialitems/{material}[1]"
    assert (gift.item_code, gift.quantity, gift.remark) == ("GIFT", 4, "好")
    assert gift.batch is not None
    assert gift.batch.code == "L9"


def test_a_quantity_below_nothing_is_refused() -> None:
    with pytest.raises(Malformed) as caught:
        read_confirm(
            request(
                "<processOrderCode>J-1</processOrderCode><materialitems><item>"
                "<itemCode>TEA</itemCode><quantity>-8</quantity></item></materialitems>"
            )
        )
    assert caught.value.field == "/request/materialitems/item[1]/quantity"
