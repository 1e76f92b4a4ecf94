"""Outbound orders that no buyer placed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from chalicelib.kernel.errors import Refused
from chalicelib.warehouse.codec.outgoing import stockout
from chalicelib.warehouse.codes import OutboundType
from chalicelib.warehouse.documents.answers import Answer
from chalicelib.warehouse.documents.outgoing.ordercontrol import OrderReference
from chalicelib.warehouse.documents.outgoing.stockout import (
    StockoutCreated,
    StockoutLine,
    StockoutOrder,
)
from chalicelib.warehouse.documents.parts import Picker, ProductionBatch, RelatedOrder
from tests.warehouse.codec.outgoing.people import (
    AT,
    FULL_PERSON,
    FULL_PERSON_XML,
    PERSON,
    PERSON_XML,
)
from tests.warehouse.codec.wire import answered, wire, xml

LINE = StockoutLine(line_no="1", item_code="A", item_id="", item_name="绿茶", quantity=3)
ORDER = StockoutOrder(
    code="VR1",
    order_type=OutboundType.CGTH,
    owner_code="O1",
    warehouse_code="WH1",
    created_at=AT,
    lines=(LINE,),
)


def test_a_return_to_the_supplier_with_what_is_needed_only() -> None:
    assert wire(stockout.write_create(ORDER)) == xml(
        """<request>
        <deliveryOrder>
          <totalOrderLines>1</totalOrderLines>
          <deliveryOrderCode>VR1</deliveryOrderCode>
          <orderType>CGTH</orderType>
          <warehouseCode>WH1</warehouseCode>
          <createTime>2026-11-22 09:30:00</createTime>
        </deliveryOrder>
        <orderLines>
          <orderLine>
            <orderLineNo>1</orderLineNo><ownerCode>O1</ownerCode><itemCode>A</itemCode>
            <inventoryType>ZP</inventoryType><itemName>绿茶</itemName><planQty>3</planQty>
          </orderLine>
        </orderLines>
        </request>"""
    )


def test_a_transfer_out_with_every_field() -> None:
    line = StockoutLine(
        line_no="1",
        item_code="A",
        item_id="I1",
        item_name="绿茶",
        quantity=3,
        inventory_type="CC",
        owner_code="O2",
        out_biz_code="B1",
        batch=ProductionBatch(
            code="L1",
            product_date=date(2026, 4, 1),
            expire_date=date(2027, 4, 1),
            produce_code="M1",
        ),
        platform_code="TM",
        unit="盒",
    )
    order = StockoutOrder(
        code="TR1",
        order_type=OutboundType.DBCK,
        owner_code="O1",
        warehouse_code="WH1",
        created_at=AT,
        lines=(line,),
        total_lines=200,
        related=(RelatedOrder(order_type="DB", order_code="T1"),),
        scheduled_on=date(2026, 11, 23),
        carrier_code="SF",
        carrier_name="顺丰",
        supplier_code="S1",
        supplier_name="茶园",
        transport_mode="到仓自提",
        picker=Picker(
            company="车队",
            name="钱七",
            phone="0571-3",
            mobile="13700000000",
            identity_number="330102",
            plate_number="浙A1",
        ),
        sender=PERSON,
        receiver=FULL_PERSON,
        source_type="SHOP",
        receiving_at=AT,
        shipping_at=AT,
        warehouse_name="东仓",
        target_warehouse_code="WH2",
        target_warehouse_name="西仓",
        target_entry_order_code="TR1-IN",
        remark="整托",
    )
    assert wire(stockout.write_create(order)) == xml(
        f"""<request>
        <deliveryOrder>
          <totalOrderLines>200</totalOrderLines>
          <deliveryOrderCode>TR1</deliveryOrderCode>
          <orderType>DBCK</orderType>
          <relatedOrders>
            <relatedOrder><orderType>DB</orderType><orderCode>T1</orderCode></relatedOrder>
          </relatedOrders>
          <warehouseCode>WH1</warehouseCode>
          <warehouseName>东仓</warehouseName>
          <createTime>2026-11-22 09:30:00</createTime>
          <scheduleDate>2026-11-23</scheduleDate>
          <logisticsCode>SF</logisticsCode>
          <logisticsName>顺丰</logisticsName>
          <supplierCode>S1</supplierCode>
          <supplierName>茶园</supplierName>
          <transportMode>到仓自提</transportMode>
          <pickerInfo>
            <company>车队</company><name>钱七</name><tel>0571-3</tel><mobile>13700000000</mobile>
            <id>330102</id><carNo>浙A1</carNo>
          </pickerInfo>
          <senderInfo>{PERSON_XML}</senderInfo>
          <receiverInfo>{FULL_PERSON_XML}</receiverInfo>
          <orderSourceType>SHOP</orderSourceType>
          <receivingTime>2026-11-22 09:30:00</receivingTime>
          <shippingTime>2026-11-22 09:30:00</shippingTime>
          <targetWarehouseCode>WH2</targetWarehouseCode>
          <targetWarehouseName>西仓</targetWarehouseName>
          <targetEntryOrderCode>TR1-IN</targetEntryOrderCode>
          <remark>整托</remark>
        </deliveryOrder>
        <orderLines>
          <orderLine>
            <outBizCode>B1</outBizCode><orderLineNo>1</orderLineNo><ownerCode>O2</ownerCode>
            <itemCode>A</itemCode><itemId>I1</itemId><inventoryType>CC</inventoryType>
            <itemName>绿茶</itemName><planQty>3</planQty><batchCode>L1</batchCode>
            <productDate>2026-04-01</productDate><expireDate>2027-04-01</expireDate>
            <produceCode>M1</produceCode><platformCode>TM</platformCode><unit>盒</unit>
          </orderLine>
        </orderLines>
        </request>"""
    )


@pytest.mark.parametrize(
    ("order", "refusal"),
    [
        (replace(ORDER, code=""), ("missing_element", "deliveryOrderCode")),
        (replace(ORDER, order_type=""), ("missing_element", "orderType")),
        (replace(ORDER, warehouse_code=""), ("missing_element", "warehouseCode")),
        (replace(ORDER, owner_code=""), ("missing_element", "ownerCode")),
        (replace(ORDER, supplier_code="S" * 51), ("code_too_long", "supplierCode")),
        (replace(ORDER, lines=(replace(LINE, quantity=-3),)), ("negative_quantity", "planQty")),
    ],
)
def test_what_cant_be_said_is_refused(order: StockoutOrder, refusal: tuple[str, str]) -> None:
    with pytest.raises(Refused) as caught:
        stockout.write_create(order)
    assert (caught.value.code, caught.value.field) == refusal


def test_the_answer_gives_the_number_and_the_time() -> None:
    told = answered(
        "<deliveryOrderId>W1</deliveryOrderId><createTime>2026-11-22 09:30:00</createTime>"
    )
    assert stockout.read_create(told) == StockoutCreated(
        answer=Answer(success=True, wms_ids=("W1",)), order_id="W1", created_at=AT
    )


def test_it_is_asked_for_and_read_with_parcels_and_lines() -> None:
    asked = OrderReference(
        warehouse_code="WH1", owner_code="O1", order_code="VR1", order_type="CGTH", order_id="W1"
    )
    assert wire(stockout.write_query(asked, page=2)) == xml(
        """<request><deliveryOrderCode>VR1</deliveryOrderCode><deliveryOrderId>W1</deliveryOrderId>
        <ownerCode>O1</ownerCode><warehouseCode>WH1</warehouseCode>
        <page>2</page><pageSize>100</pageSize></request>"""
    )
    told = answered(
        """<totalLines>1</totalLines>
        <deliveryOrder><deliveryOrderCode>VR1</deliveryOrderCode><status>DELIVERED</status>
          <orderConfirmTime>2026-11-22 09:30:00</orderConfirmTime></deliveryOrder>
        <packages><package><expressCode>SF1</expressCode><weight>1.5</weight>
          <items><item><itemCode>A</itemCode><quantity>3</quantity></item></items></package>
        </packages>
        <orderLines><orderLine><itemCode>A</itemCode><actualQty>3</actualQty></orderLine>
        </orderLines>"""
    )
    page = stockout.read_query_page(told)
    assert (page.order_code, page.status, page.confirmed_at) == ("VR1", "DELIVERED", AT)
    assert [(each.waybill, each.weight_grams) for each in page.packages] == [("SF1", 1500)]
    assert [(line.item_code, line.actual) for line in page.lines] == [("A", 3)]
    assert stockout.read_query(told).latest == "DELIVERED"
