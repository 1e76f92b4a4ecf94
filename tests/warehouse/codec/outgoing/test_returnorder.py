"""Announced returns to a WMS."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from chalicelib.kernel.errors import Refused
from chalicelib.warehouse.codec.outgoing import returnorder
from chalicelib.warehouse.codes import InboundType, OrderFlag
from chalicelib.warehouse.documents.outgoing.ordercontrol import OrderReference
from chalicelib.warehouse.documents.outgoing.returnorder import ReturnLine, ReturnOrder
from chalicelib.warehouse.documents.parts import ProductionBatch
from tests.warehouse.codec.outgoing.people import PERSON, PERSON_XML
from tests.warehouse.codec.wire import answered, wire, xml

LINE = ReturnLine(line_no="1", item_code="A", item_id="", quantity=1)
ORDER = ReturnOrder(
    code="R1",
    owner_code="O1",
    warehouse_code="WH1",
    delivery_order_code="D1",
    carrier_code="OTHER",
    lines=(LINE,),
)


def test_a_return_with_what_is_needed_only() -> None:
    assert wire(returnorder.write_create(ORDER)) == xml(
        """<request>
        <returnOrder>
          <returnOrderCode>R1</returnOrderCode>
          <warehouseCode>WH1</warehouseCode>
          <orderType>THRK</orderType>
          <preDeliveryOrderCode>D1</preDeliveryOrderCode>
          <logisticsCode>OTHER</logisticsCode>
        </returnOrder>
        <orderLines>
          <orderLine>
            <orderLineNo>1</orderLineNo><ownerCode>O1</ownerCode><itemCode>A</itemCode>
            <inventoryType>ZP</inventoryType><planQty>1</planQty>
          </orderLine>
        </orderLines>
        </request>"""
    )


def test_an_exchange_with_every_field() -> None:
    line = ReturnLine(
        line_no="1",
        item_code="A",
        item_id="I1",
        quantity=1,
        owner_code="O2",
        source_order_code="T1",
        sub_source_order_code="T1-1",
        inventory_type="CC",
        batch=ProductionBatch(
            code="L1",
            product_date=date(2026, 4, 1),
            expire_date=date(2027, 4, 1),
            produce_code="M1",
        ),
        serial_numbers=("N1",),
    )
    order = ReturnOrder(
        code="R1",
        owner_code="O1",
        warehouse_code="WH1",
        delivery_order_code="D1",
        carrier_code="SF",
        lines=(line,),
        order_type=InboundType.HHRK,
        flags=(OrderFlag.VISIT, OrderFlag.SELLER_AFFORD),
        delivery_order_id="W1",
        carrier_name="顺丰",
        waybill="SF1",
        reason="尺码不合",
        buyer_nick="买家",
        seller_nick="卖家",
        shop_nick="茶铺",
        platform_code="TM",
        platform_name="天猫",
        sender=PERSON,
        remark="验货",
    )
    assert wire(returnorder.write_create(order)) == xml(
        f"""<request>
        <returnOrder>
          <returnOrderCode>R1</returnOrderCode>
          <warehouseCode>WH1</warehouseCode>
          <orderType>HHRK</orderType>
          <orderFlag>VISIT^SELLER_AFFORD</orderFlag>
          <preDeliveryOrderCode>D1</preDeliveryOrderCode>
          <preDeliveryOrderId>W1</preDeliveryOrderId>
          <logisticsCode>SF</logisticsCode>
          <logisticsName>顺丰</logisticsName>
          <expressCode>SF1</expressCode>
          <returnReason>尺码不合</returnReason>
          <buyerNick>买家</buyerNick>
          <sellerNick>卖家</sellerNick>
          <shopNick>茶铺</shopNick>
          <sourcePlatformCode>TM</sourcePlatformCode>
          <sourcePlatformName>天猫</sourcePlatformName>
          <senderInfo>{PERSON_XML}</senderInfo>
          <remark>验货</remark>
        </returnOrder>
        <orderLines>
          <orderLine>
            <orderLineNo>1</orderLineNo><sourceOrderCode>T1</sourceOrderCode>
            <subSourceOrderCode>T1-1</subSourceOrderCode><ownerCode>O2</ownerCode>
            <itemCode>A</itemCode><itemId>I1</itemId><inventoryType>CC</inventoryType>
            <planQty>1</planQty><batchCode>L1</batchCode><productDate>2026-04-01</productDate>
            <expireDate>2027-04-01</expireDate><produceCode>M1</produceCode>
            <snList><sn>N1</sn></snList>
          </orderLine>
        </orderLines>
        </request>"""
    )


@pytest.mark.parametrize(
    ("order", "element"),
    [
        (replace(ORDER, code=""), "returnOrderCode"),
        (replace(ORDER, warehouse_code=""), "warehouseCode"),
        (replace(ORDER, delivery_order_code=""), "preDeliveryOrderCode"),
        (replace(ORDER, carrier_code=""), "logisticsCode"),
        (replace(ORDER, owner_code=""), "ownerCode"),
        (replace(ORDER, flags=("",)), "orderFlag"),
    ],
)
def test_what_the_protocol_asks_for_has_to_be_there(order: ReturnOrder, element: str) -> None:
    with pytest.raises(Refused) as caught:
        returnorder.write_create(order)
    assert (caught.value.code, caught.value.field) == ("missing_element", element)


def test_the_buyer_stays_out_of_what_could_be_logged() -> None:
    shown = repr(replace(ORDER, buyer_nick="买家", sender=PERSON, remark="门禁 1234"))
    for secret in ("买家", "张三", "13800000000", "门禁"):
        assert secret not in shown


def test_it_is_asked_for_by_both_its_names() -> None:
    asked = OrderReference(
        warehouse_code="WH1", owner_code="O1", order_code="R1", order_type="THRK", order_id="W1"
    )
    assert wire(returnorder.write_query(asked)) == xml(
        """<request><returnOrderCode>R1</returnOrderCode><returnOrderId>W1</returnOrderId>
        <ownerCode>O1</ownerCode><warehouseCode>WH1</warehouseCode>
        <page>1</page><pageSize>100</pageSize></request>"""
    )


def test_an_answer_is_read_as_far_as_it_is_known() -> None:
    told = answered(
        """<returnOrder><returnOrderCode>R1</returnOrderCode><returnOrderId>W1</returnOrderId>
          <orderType>THRK</orderType><warehouseCode>WH1</warehouseCode>
          <logisticsCode>SF</logisticsCode><expressCode>SF1</expressCode>
          <returnReason>尺码不合</returnReason></returnOrder>
        <orderLines><orderLine><itemCode>A</itemCode><actualQty>1</actualQty></orderLine>
        </orderLines>"""
    )
    page = returnorder.read_query_page(told)
    assert (page.order_code, page.order_id, page.order_type) == ("R1", "W1", "THRK")
    assert (page.carrier_code, page.waybill, page.total_lines) == ("SF", "SF1", None)
    assert [(line.item_code, line.actual) for line in page.lines] == [("A", 1)]
    assert page.rest == (("returnReason", "尺码不合"),)
    assert returnorder.read_query(told).answer.wms_ids == ("W1",)
