"""Announced inbound deliveries to a WMS, and what a WMS has of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from chalicelib.kernel.errors import Refused
from chalicelib.warehouse.codec.outgoing import entryorder
from chalicelib.warehouse.codes import InboundType
from chalicelib.warehouse.documents.answers import Answer, OrderLine, OrderPage
from chalicelib.warehouse.documents.outgoing.entryorder import EntryLine, EntryOrder
from chalicelib.warehouse.documents.outgoing.ordercontrol import OrderReference
from chalicelib.warehouse.documents.parts import ProductionBatch, RelatedOrder
from tests.warehouse.codec.outgoing.people import (
    AT,
    FULL_PERSON,
    FULL_PERSON_XML,
    PERSON,
    PERSON_XML,
)
from tests.warehouse.codec.wire import answered, wire, xml

LINE = EntryLine(
    line_no="1", item_code="A", item_id="", item_name="绿茶", quantity=5, purchase_price=33333
)
ORDER = EntryOrder(
    code="PO1",
    owner_code="O1",
    warehouse_code="WH1",
    purchase_order_code="PO1",
    created_at=AT,
    supplier_code="S1",
    supplier_name="茶园",
    lines=(LINE,),
)


def test_a_purchase_with_what_is_needed_only() -> None:
    assert wire(entryorder.write_create(ORDER)) == xml(
        """<request>
        <entryOrder>
          <totalOrderLines>1</totalOrderLines>
          <entryOrderCode>PO1</entryOrderCode>
          <ownerCode>O1</ownerCode>
          <purchaseOrderCode>PO1</purchaseOrderCode>
          <warehouseCode>WH1</warehouseCode>
          <orderCreateTime>2026-11-22 09:30:00</orderCreateTime>
          <orderType>CGRK</orderType>
          <supplierCode>S1</supplierCode>
          <supplierName>茶园</supplierName>
        </entryOrder>
        <orderLines>
          <orderLine>
            <orderLineNo>1</orderLineNo><ownerCode>O1</ownerCode><itemCode>A</itemCode>
            <itemName>绿茶</itemName><planQty>5</planQty><purchasePrice>3.33</purchasePrice>
            <inventoryType>ZP</inventoryType>
          </orderLine>
        </orderLines>
        </request>"""
    )


def test_a_transfer_in_with_every_field() -> None:
    line = EntryLine(
        line_no="7",
        item_code="A",
        item_id="I1",
        item_name="绿茶",
        quantity=5,
        purchase_price=33350,
        inventory_type="CC",
        owner_code="O2",
        out_biz_code="B7",
        sku_property="250g",
        retail_price=99000,
        batch=ProductionBatch(
            code="L1",
            product_date=date(2026, 4, 1),
            expire_date=date(2027, 4, 1),
            produce_code="M1",
        ),
        unit="盒",
        serial_numbers=("N1", "N2"),
    )
    order = EntryOrder(
        code="TR1",
        owner_code="O1",
        warehouse_code="WH1",
        purchase_order_code="",
        created_at=AT,
        supplier_code="",
        supplier_name="",
        lines=(line,),
        order_type=InboundType.DBRK,
        total_lines=120,
        related=(RelatedOrder(order_type="CK", order_code="OUT1"),),
        expected_from=AT,
        expected_until=AT,
        carrier_code="SF",
        carrier_name="顺丰",
        waybill="SF1",
        operator_code="OP",
        operator_name="赵六",
        operated_at=AT,
        warehouse_name="东仓",
        source_warehouse_code="WH2",
        source_warehouse_name="西仓",
        sender=FULL_PERSON,
        receiver=PERSON,
        remark="整托",
    )
    assert wire(entryorder.write_create(order)) == xml(
        f"""<request>
        <entryOrder>
          <totalOrderLines>120</totalOrderLines>
          <entryOrderCode>TR1</entryOrderCode>
          <ownerCode>O1</ownerCode>
          <warehouseCode>WH1</warehouseCode>
          <warehouseName>东仓</warehouseName>
          <orderCreateTime>2026-11-22 09:30:00</orderCreateTime>
          <orderType>DBRK</orderType>
          <relatedOrders>
            <relatedOrder><orderType>CK</orderType><orderCode>OUT1</orderCode></relatedOrder>
          </relatedOrders>
          <expectStartTime>2026-11-22 09:30:00</expectStartTime>
          <expectEndTime>2026-11-22 09:30:00</expectEndTime>
          <logisticsCode>SF</logisticsCode>
          <logisticsName>顺丰</logisticsName>
          <expressCode>SF1</expressCode>
          <operatorCode>OP</operatorCode>
          <operatorName>赵六</operatorName>
          <operateTime>2026-11-22 09:30:00</operateTime>
          <sourceWarehouseCode>WH2</sourceWarehouseCode>
          <sourceWarehouseName>西仓</sourceWarehouseName>
          <senderInfo>{FULL_PERSON_XML}</senderInfo>
          <receiverInfo>{PERSON_XML}</receiverInfo>
          <remark>整托</remark>
        </entryOrder>
        <orderLines>
          <orderLine>
            <outBizCode>B7</outBizCode><orderLineNo>7</orderLineNo><ownerCode>O2</ownerCode>
            <itemCode>A</itemCode><itemId>I1</itemId><itemName>绿茶</itemName>
            <skuProperty>250g</skuProperty><planQty>5</planQty>
            <purchasePrice>3.34</purchasePrice><retailPrice>9.90</retailPrice>
            <inventoryType>CC</inventoryType><batchCode>L1</batchCode>
            <productDate>2026-04-01</productDate><expireDate>2027-04-01</expireDate>
            <produceCode>M1</produceCode><unit>盒</unit>
            <snList><sn>N1</sn><sn>N2</sn></snList>
          </orderLine>
        </orderLines>
        </request>"""
    )


@pytest.mark.parametrize(
    ("order", "refusal"),
    [
        (replace(ORDER, code=""), ("missing_element", "entryOrderCode")),
        (replace(ORDER, code="P" * 51), ("code_too_long", "entryOrderCode")),
        (replace(ORDER, warehouse_code=""), ("missing_element", "warehouseCode")),
        (replace(ORDER, owner_code=""), ("missing_element", "ownerCode")),
        (replace(ORDER, lines=(replace(LINE, item_code=""),)), ("missing_element", "itemCode")),
        (replace(ORDER, lines=(replace(LINE, quantity=-1),)), ("negative_quantity", "planQty")),
        (
            replace(ORDER, related=(RelatedOrder(order_type="CG", order_code=""),)),
            ("missing_element", "relatedOrder/orderCode"),
        ),
        (
            replace(ORDER, lines=(replace(LINE, serial_numbers=("N" * 51,)),)),
            ("code_too_long", "sn"),
        ),
    ],
)
def test_what_cant_be_said_is_refused(order: EntryOrder, refusal: tuple[str, str]) -> None:
    with pytest.raises(Refused) as caught:
        entryorder.write_create(order)
    assert (caught.value.code, caught.value.field) == refusal


def test_an_order_type_that_isnt_in_the_list_is_sent_as_it_is() -> None:
    assert "<orderType>ZZRK</orderType>" in wire(
        entryorder.write_create(replace(ORDER, order_type="ZZRK"))
    )


def test_it_is_asked_for_page_by_page() -> None:
    asked = OrderReference(
        warehouse_code="WH1", owner_code="O1", order_code="PO1", order_type="CGRK", order_id="W1"
    )
    assert wire(entryorder.write_query(asked, page=3)) == xml(
        """<request><entryOrderCode>PO1</entryOrderCode><entryOrderId>W1</entryOrderId>
        <ownerCode>O1</ownerCode><warehouseCode>WH1</warehouseCode><orderType>CGRK</orderType>
        <page>3</page><pageSize>100</pageSize></request>"""
    )


def test_an_answer_is_read_with_its_lines_and_what_isnt_read_is_kept() -> None:
    told = answered(
        """<totalLines>101</totalLines>
        <entryOrder><entryOrderCode>PO1</entryOrderCode><entryOrderId>W1</entryOrderId>
          <entryOrderType>CGRK</entryOrderType><warehouseCode>WH1</warehouseCode>
          <status>HALF</status><operateTime>2026-11-22 09:30:00</operateTime>
          <dock>7</dock></entryOrder>
        <orderLines>
          <orderLine><orderLineNo>1</orderLineNo><itemCode>A</itemCode><itemId>I1</itemId>
            <ownerCode>O1</ownerCode><inventoryType>QC</inventoryType><planQty>5</planQty>
            <actualQty>3</actualQty><batchCode>L1</batchCode><productDate>2026-04-01</productDate>
            <shelf>A-01</shelf></orderLine>
          <orderLine><itemCode>B</itemCode></orderLine>
        </orderLines>"""
    )
    assert entryorder.read_query_page(told) == OrderPage(
        answer=Answer(success=True, wms_ids=("W1",)),
        total_lines=101,
        order_code="PO1",
        order_id="W1",
        order_type="CGRK",
        warehouse_code="WH1",
        status="HALF",
        confirmed_at=AT,
        lines=(
            OrderLine(
                order_line_no="1",
                item_code="A",
                item_id="I1",
                owner_code="O1",
                inventory_type="QC",
                planned=5,
                actual=3,
                path="/response/orderLines/orderLine[1]",
                batch=ProductionBatch(code="L1", product_date=date(2026, 4, 1)),
                rest=(("shelf", "A-01"),),
            ),
            OrderLine(
                order_line_no="",
                item_code="B",
                item_id="",
                owner_code="",
                inventory_type="",
                planned=None,
                actual=None,
                path="/response/orderLines/orderLine[2]",
            ),
        ),
        rest=(("dock", "7"),),
    )
    header = entryorder.read_query(told)
    assert (header.order_code, header.latest, header.answer.wms_ids) == ("PO1", "HALF", ("W1",))


def test_an_answer_without_the_order_is_empty() -> None:
    assert entryorder.read_query(answered("")).order_code == ""
    assert entryorder.read_query_page(answered("")) == OrderPage(
        answer=Answer(success=True), total_lines=None
    )
