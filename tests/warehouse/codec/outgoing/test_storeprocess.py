"""Processing orders to a WMS."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from chalicelib.kernel.errors import Refused
from chalicelib.warehouse.codec.outgoing import storeprocess
from chalicelib.warehouse.codes import ServiceType
from chalicelib.warehouse.documents.answers import Answer
from chalicelib.warehouse.documents.outgoing.storeprocess import (
    ProcessCreated,
    ProcessItem,
    ProcessOrder,
)
from chalicelib.warehouse.documents.parts import ProductionBatch
from tests.warehouse.codec.outgoing.people import AT
from tests.warehouse.codec.wire import answered, wire, xml

ORDER = ProcessOrder(
    code="PR1",
    warehouse_code="WH1",
    owner_code="O1",
    created_at=AT,
    planned_at=AT,
    service_type=ServiceType.ASSEMBLE,
    quantity=10,
    remark="礼盒",
    materials=(
        ProcessItem(
            item_code="A",
            item_id="I1",
            owner_code="O1",
            quantity=20,
            ratio=2,
            batch=ProductionBatch(
                code="L1",
                product_date=date(2026, 4, 1),
                expire_date=date(2027, 4, 1),
                produce_code="M1",
            ),
            remark="先进先出",
        ),
    ),
    products=(ProcessItem(item_code="SET1", quantity=10),),
)


def test_goods_are_put_together_from_their_bill_of_materials() -> None:
    assert wire(storeprocess.write_create(ORDER)) == xml(
        """<request>
        <processOrderCode>PR1</processOrderCode>
        <warehouseCode>WH1</warehouseCode>
        <ownerCode>O1</ownerCode>
        <orderType>CNJG</orderType>
        <orderCreateTime>2026-11-22 09:30:00</orderCreateTime>
        <planTime>2026-11-22 09:30:00</planTime>
        <serviceType>1</serviceType>
        <planQty>10</planQty>
        <materialitems>
          <item>
            <itemCode>A</itemCode><itemId>I1</itemId><ownerCode>O1</ownerCode>
            <inventoryType>ZP</inventoryType><quantity>20</quantity><ratioQty>2</ratioQty>
            <batchCode>L1</batchCode><productDate>2026-04-01</productDate>
            <expireDate>2027-04-01</expireDate><produceCode>M1</produceCode>
            <remark>先进先出</remark>
          </item>
        </materialitems>
        <productitems>
          <item>
            <itemCode>SET1</itemCode><inventoryType>ZP</inventoryType><quantity>10</quantity>
          </item>
        </productitems>
        <remark>礼盒</remark>
        </request>"""
    )


@pytest.mark.parametrize(
    ("order", "refusal"),
    [
        (replace(ORDER, code=""), ("missing_element", "processOrderCode")),
        (replace(ORDER, service_type=""), ("missing_element", "serviceType")),
        (
            replace(ORDER, products=(ProcessItem(item_code="", quantity=1),)),
            ("missing_element", "productitems/item/itemCode"),
        ),
        (
            replace(ORDER, materials=(ProcessItem(item_code="A", quantity=-1),)),
            ("negative_quantity", "materialitems/item/quantity"),
        ),
    ],
)
def test_what_cant_be_said_is_refused(order: ProcessOrder, refusal: tuple[str, str]) -> None:
    with pytest.raises(Refused) as caught:
        storeprocess.write_create(order)
    assert (caught.value.code, caught.value.field) == refusal


def test_the_answer_gives_the_number() -> None:
    told = answered("<processOrderId>W1</processOrderId>")
    assert storeprocess.read_create(told) == ProcessCreated(
        answer=Answer(success=True, wms_ids=("W1",)), order_id="W1"
    )
