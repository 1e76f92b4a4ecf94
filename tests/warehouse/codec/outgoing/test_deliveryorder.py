"""Deliveries to buyers: every field, the answers, one at a time and in batches."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from chalicelib.kernel.errors import Refused
from chalicelib.warehouse.codec.outgoing import deliveryorder
from chalicelib.warehouse.codes import DeliveryType, InvoiceType, OrderFlag, OutboundType
from chalicelib.warehouse.documents.answers import Answer
from chalicelib.warehouse.documents.outgoing.deliveryorder import (
    BatchCreated,
    CreatedLine,
    CreatedPart,
    DeliveryCreated,
    DeliveryLine,
    DeliveryOrder,
    DeliveryOrders,
    FailedOrder,
    Insurance,
    Invoice,
    InvoiceRow,
    Requirements,
)
from chalicelib.warehouse.documents.outgoing.ordercontrol import OrderReference
from chalicelib.warehouse.documents.parts import ProductionBatch
from tests.warehouse.codec.outgoing.people import (
    AT,
    FULL_PERSON,
    FULL_PERSON_XML,
    PERSON,
    PERSON_XML,
)
from tests.warehouse.codec.wire import answered, wire, xml

LINE = DeliveryLine(
    line_no="1",
    source_order_code="T1",
    sub_source_order_code="",
    item_code="A",
    item_id="",
    item_name="绿茶",
    quantity=2,
    retail_price=5000,
    actual_price=4500,
)
ORDER = DeliveryOrder(
    code="D1",
    owner_code="O1",
    warehouse_code="WH1",
    created_at=AT,
    placed_at=AT,
    paid_at=AT,
    operated_at=AT,
    shop_nick="茶铺",
    platform_code="TM",
    logistics_code="SF",
    freight=800,
    sender=PERSON,
    receiver=PERSON,
    lines=(LINE,),
)
PLAIN_XML = f"""
    <deliveryOrder>
      <deliveryOrderCode>D1</deliveryOrderCode>
      <orderType>JYCK</orderType>
      <warehouseCode>WH1</warehouseCode>
      <ownerCode>O1</ownerCode>
      <sourcePlatformCode>TM</sourcePlatformCode>
      <createTime>2026-11-22 09:30:00</createTime>
      <placeOrderTime>2026-11-22 09:30:00</placeOrderTime>
      <payTime>2026-11-22 09:30:00</payTime>
      <operateTime>2026-11-22 09:30:00</operateTime>
      <shopNick>茶铺</shopNick>
      <totalAmount>98.00</totalAmount>
      <itemAmount>100.00</itemAmount>
      <discountAmount>10.00</discountAmount>
      <freight>8.00</freight>
      <arAmount>0.00</arAmount>
      <gotAmount>98.00</gotAmount>
      <logisticsCode>SF</logisticsCode>
      <senderInfo>{PERSON_XML}</senderInfo>
      <receiverInfo>{PERSON_XML}</receiverInfo>
      <invoiceFlag>N</invoiceFlag>
    </deliveryOrder>
    <orderLines>
      <orderLine>
        <orderLineNo>1</orderLineNo><sourceOrderCode>T1</sourceOrderCode>
        <ownerCode>O1</ownerCode><itemCode>A</itemCode><inventoryType>ZP</inventoryType>
        <itemName>绿茶</itemName><planQty>2</planQty><retailPrice>50.00</retailPrice>
        <actualPrice>45.00</actualPrice><discountAmount>5.00</discountAmount>
      </orderLine>
    </orderLines>"""


def test_a_sale_with_what_is_needed_only() -> None:
    assert wire(deliveryorder.write_create(ORDER)) == xml(f"<request>{PLAIN_XML}\n</request>")


def test_an_exchange_on_delivery_with_every_field() -> None:
    line = replace(
        LINE,
        sub_source_order_code="T1-1",
        item_id="I1",
        owner_code="O2",
        pay_no="P1",
        platform_item_code="E1",
        batch=ProductionBatch(
            code="L1",
            product_date=date(2026, 4, 1),
            expire_date=date(2027, 4, 1),
            produce_code="M1",
        ),
    )
    order = replace(
        ORDER,
        lines=(line,),
        paid_at=None,
        order_type=OutboundType.HHCK,
        receiver=FULL_PERSON,
        buyer_message="放门口",
        seller_message="易碎",
        buyer_nick="买家",
        to_collect=3000,
        service_fee=150,
        replaced_order_code="D0",
        replaced_order_id="W0",
        flags=(OrderFlag.COD, OrderFlag.EXCHANGE),
        platform_name="天猫",
        pay_no="P1",
        operator_code="OP",
        operator_name="赵六",
        seller_nick="卖家",
        carrier_name="顺丰",
        waybill="SF1",
        carrier_area_code="571",
        requirements=Requirements(
            schedule_type="104",
            schedule_day="2026-11-23",
            start_time="09:00:00",
            end_time="12:00:00",
            delivery_type=DeliveryType.LLPS,
        ),
        urgent=True,
        invoices=(
            Invoice(
                type=InvoiceType.INVOICE,
                header="某公司",
                tax_number="9133",
                amount=9000,
                content="茶叶",
                rows=(
                    InvoiceRow(item_name="绿茶", unit="盒", price=4500, quantity=2, amount=9000),
                ),
            ),
        ),
        insurance=Insurance(type="1", amount=9000),
        service_code="NPR",
        oaid_order_source_code="TM",
        collect_before=AT,
        deliver_before=AT,
        remark="加急",
    )
    assert wire(deliveryorder.write_create(order)) == xml(
        f"""<request>
        <deliveryOrder>
          <deliveryOrderCode>D1</deliveryOrderCode>
          <preDeliveryOrderCode>D0</preDeliveryOrderCode>
          <preDeliveryOrderId>W0</preDeliveryOrderId>
          <orderType>HHCK</orderType>
          <warehouseCode>WH1</warehouseCode>
          <ownerCode>O1</ownerCode>
          <orderFlag>COD^EXCHANGE</orderFlag>
          <sourcePlatformCode>TM</sourcePlatformCode>
          <sourcePlatformName>天猫</sourcePlatformName>
          <createTime>2026-11-22 09:30:00</createTime>
          <placeOrderTime>2026-11-22 09:30:00</placeOrderTime>
          <payNo>P1</payNo>
          <operatorCode>OP</operatorCode>
          <operatorName>赵六</operatorName>
          <operateTime>2026-11-22 09:30:00</operateTime>
          <latestCollectionTime>2026-11-22 09:30:00</latestCollectionTime>
          <latestDeliveryTime>2026-11-22 09:30:00</latestDeliveryTime>
          <shopNick>茶铺</shopNick>
          <sellerNick>卖家</sellerNick>
          <buyerNick>买家</buyerNick>
          <totalAmount>98.00</totalAmount>
          <itemAmount>100.00</itemAmount>
          <discountAmount>10.00</discountAmount>
          <freight>8.00</freight>
          <arAmount>30.00</arAmount>
          <gotAmount>68.00</gotAmount>
          <serviceFee>1.50</serviceFee>
          <logisticsCode>SF</logisticsCode>
          <logisticsName>顺丰</logisticsName>
          <expressCode>SF1</expressCode>
          <logisticsAreaCode>571</logisticsAreaCode>
          <deliveryRequirements>
            <scheduleType>104</scheduleType><scheduleDay>2026-11-23</scheduleDay>
            <scheduleStartTime>09:00:00</scheduleStartTime>
            <scheduleEndTime>12:00:00</scheduleEndTime><deliveryType>LLPS</deliveryType>
          </deliveryRequirements>
          <senderInfo>{PERSON_XML}</senderInfo>
          <receiverInfo>{FULL_PERSON_XML}</receiverInfo>
          <isUrgency>Y</isUrgency>
          <invoiceFlag>Y</invoiceFlag>
          <invoices>
            <invoice>
              <type>INVOICE</type><header>某公司</header><taxNumber>9133</taxNumber>
              <amount>90.00</amount><content>茶叶</content>
              <detail><items><item>
                <itemName>绿茶</itemName><unit>盒</unit><price>45.00</price>
                <quantity>2</quantity><amount>90.00</amount>
              </item></items></detail>
            </invoice>
          </invoices>
          <insuranceFlag>Y</insuranceFlag>
          <insurance><type>1</type><amount>90.00</amount></insurance>
          <buyerMessage>放门口</buyerMessage>
          <sellerMessage>易碎</sellerMessage>
          <serviceCode>NPR</serviceCode>
          <oaidOrderSourceCode>TM</oaidOrderSourceCode>
          <remark>加急</remark>
        </deliveryOrder>
        <orderLines>
          <orderLine>
            <orderLineNo>1</orderLineNo><sourceOrderCode>T1</sourceOrderCode>
            <subSourceOrderCode>T1-1</subSourceOrderCode><payNo>P1</payNo>
            <ownerCode>O2</ownerCode><itemCode>A</itemCode><itemId>I1</itemId>
            <inventoryType>ZP</inventoryType><itemName>绿茶</itemName><extCode>E1</extCode>
            <planQty>2</planQty><retailPrice>50.00</retailPrice>
            <actualPrice>45.00</actualPrice><discountAmount>5.00</discountAmount>
            <batchCode>L1</batchCode><productDate>2026-04-01</productDate>
            <expireDate>2027-04-01</expireDate><produceCode>M1</produceCode>
          </orderLine>
        </orderLines>
        </request>"""
    )


@pytest.mark.parametrize(
    ("order", "refusal"),
    [
        (replace(ORDER, code=""), ("missing_element", "deliveryOrderCode")),
        (replace(ORDER, code="D" * 51), ("code_too_long", "deliveryOrderCode")),
        (replace(ORDER, shop_nick=""), ("missing_element", "shopNick")),
        (replace(ORDER, logistics_code=""), ("missing_element", "logisticsCode")),
        (replace(ORDER, platform_code=""), ("missing_element", "sourcePlatformCode")),
        (replace(ORDER, lines=(replace(LINE, item_code=" "),)), ("missing_element", "itemCode")),
        (
            replace(ORDER, insurance=Insurance(type="", amount=1)),
            ("missing_element", "insurance/type"),
        ),
        (
            replace(ORDER, invoices=(Invoice(type="INVOICE", header="", amount=1),)),
            ("missing_element", "invoice/header"),
        ),
    ],
)
def test_what_cant_be_said_is_refused(order: DeliveryOrder, refusal: tuple[str, str]) -> None:
    with pytest.raises(Refused) as caught:
        deliveryorder.write_create(order)
    assert (caught.value.code, caught.value.field) == refusal


def test_messages_are_cut_and_rare_characters_go_through() -> None:
    said = wire(
        deliveryorder.write_create(replace(ORDER, buyer_message="留" * 600, seller_message="🙂"))
    )
    assert f"<buyerMessage>{'留' * 500}</buyerMessage>" in said
    assert "<sellerMessage>🙂</sellerMessage>" in said


def test_personal_data_stays_out_of_what_could_be_logged() -> None:
    invoice = Invoice(type="INVOICE", header="某人", amount=1, tax_number="9133")
    shown = repr(replace(ORDER, buyer_message="门禁 1234", buyer_nick="买家", invoices=(invoice,)))
    for secret in ("张三", "13800000000", "文一西路", "门禁", "买家", "某人", "9133"):
        assert secret not in shown


def test_the_answer_of_one_delivery() -> None:
    told = answered(
        """<createTime>2026-11-22 09:30:00</createTime><deliveryOrderId>W1</deliveryOrderId>
        <warehouseCode>WH9</warehouseCode><logisticsCode>YTO</logisticsCode><wave>3</wave>"""
    )
    assert deliveryorder.read_create(told) == DeliveryCreated(
        answer=Answer(success=True, wms_ids=("W1",)),
        order_id="W1",
        warehouse_code="WH9",
        logistics_code="YTO",
        created_at=AT,
        rest=(("wave", "3"),),
    )


def test_the_answer_of_a_delivery_that_the_wms_split() -> None:
    told = answered(
        """<deliveryOrders>
        <deliveryOrder><deliveryOrderId>W1</deliveryOrderId><warehouseCode>WH1</warehouseCode>
          <logisticsCode>SF</logisticsCode><createTime>2026-11-22 09:30:00</createTime>
          <orderLines><orderLine><orderLineNo>1</orderLineNo><itemCode>A</itemCode>
            <itemId>I1</itemId><quantity>1</quantity></orderLine></orderLines></deliveryOrder>
        <deliveryOrder><deliveryOrderId>W2</deliveryOrderId></deliveryOrder>
        </deliveryOrders>"""
    )
    created = deliveryorder.read_create(told)
    assert created.answer.wms_ids == ("W1", "W2")
    assert created.parts == (
        CreatedPart(
            order_id="W1",
            warehouse_code="WH1",
            logistics_code="SF",
            created_at=AT,
            lines=(
                CreatedLine(
                    order_line_no="1",
                    item_code="A",
                    item_id="I1",
                    quantity=1,
                    path="/response/deliveryOrders/deliveryOrder[1]/orderLines/orderLine[1]",
                ),
            ),
        ),
        CreatedPart(order_id="W2", warehouse_code="", logistics_code="", created_at=None),
    )


def test_a_batch_holds_whole_orders() -> None:
    batch = DeliveryOrders(orders=(ORDER, ORDER))
    assert wire(deliveryorder.write_batch_create(batch)) == xml(
        f"""<request><orders>
        <order>{PLAIN_XML}
        </order>
        <order>{PLAIN_XML}
        </order>
        </orders></request>"""
    )


def test_the_orders_of_a_batchs_answer_are_those_that_failed_even_beside_success() -> None:
    told = answered(
        """<orders><order><deliveryOrderCode>D2</deliveryOrderCode><message>库存不足</message>
        </order></orders>"""
    )
    assert deliveryorder.read_batch_create(told) == BatchCreated(
        answer=Answer(success=True),
        failed=(
            FailedOrder(order_code="D2", message="库存不足", path="/response/orders/order[1]"),
        ),
    )


def test_it_is_asked_for_page_by_page_and_by_the_platforms_number() -> None:
    asked = OrderReference(
        warehouse_code="WH1",
        owner_code="O1",
        order_code="D1",
        order_type="JYCK",
        order_id="W1",
        source_order_code="T1",
    )
    assert wire(deliveryorder.write_query(asked, page=2)) == xml(
        """<request><ownerCode>O1</ownerCode><warehouseCode>WH1</warehouseCode>
        <orderCode>D1</orderCode><orderId>W1</orderId><orderSourceCode>T1</orderSourceCode>
        <page>2</page><pageSize>100</pageSize></request>"""
    )


def test_an_answer_is_read_with_its_parcels_and_lines() -> None:
    told = answered(
        """<totalLines>2</totalLines>
        <deliveryOrder><deliveryOrderCode>D1</deliveryOrderCode><deliveryOrderId>W1</deliveryOrderId>
          <orderType>JYCK</orderType><status>PARTDELIVERED</status></deliveryOrder>
        <packages><package><logisticsCode>SF</logisticsCode><expressCode>SF1</expressCode>
          <items><item><itemCode>A</itemCode><quantity>2</quantity></item></items></package>
        </packages>
        <orderLines><orderLine><orderLineNo>1</orderLineNo><itemCode>A</itemCode>
          <planQty>2</planQty><actualQty>2</actualQty></orderLine></orderLines>"""
    )
    page = deliveryorder.read_query_page(told)
    assert (page.total_lines, page.order_code, page.order_id) == (2, "D1", "W1")
    assert page.status == "PARTDELIVERED"
    assert [(each.waybill, each.contents) for each in page.packages] == [("SF1", (("A", 2),))]
    assert [(line.order_line_no, line.planned, line.actual) for line in page.lines] == [("1", 2, 2)]
    assert deliveryorder.read_query(told).latest == "PARTDELIVERED"
