"""Stopping, holding and asking about orders."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.kernel.errors import Malformed, Refused
from chalicelib.warehouse.codec.outgoing import ordercontrol
from chalicelib.warehouse.documents.answers import Answer
from chalicelib.warehouse.documents.outgoing.ordercontrol import (
    Hold,
    Intercept,
    LackingItem,
    LackPage,
    OrderReference,
    OrderStatus,
    StatusPage,
    StatusQuery,
)
from chalicelib.warehouse.documents.parts import ProductionBatch
from tests.warehouse.codec.outgoing.people import AT
from tests.warehouse.codec.wire import answered, wire, xml

ORDER = OrderReference(
    warehouse_code="WH1",
    owner_code="O1",
    order_code="D1",
    order_type="JYCK",
    order_id="W1",
    reason="退款",
)


def test_a_cancel_names_the_order_and_the_lines_if_only_those_are_meant() -> None:
    assert wire(ordercontrol.write_cancel(ORDER)) == xml(
        """<request><warehouseCode>WH1</warehouseCode><ownerCode>O1</ownerCode>
        <orderCode>D1</orderCode><orderId>W1</orderId><orderType>JYCK</orderType>
        <cancelReason>退款</cancelReason></request>"""
    )
    some = replace(ORDER, order_id="", reason="", sub_source_order_codes=("T1-1", "T1-2"))
    assert wire(ordercontrol.write_cancel(some)) == xml(
        """<request><warehouseCode>WH1</warehouseCode><ownerCode>O1</ownerCode>
        <orderCode>D1</orderCode><orderType>JYCK</orderType><subSourceOrders>
        <subSourceOrder><subSourceOrderCode>T1-1</subSourceOrderCode></subSourceOrder>
        <subSourceOrder><subSourceOrderCode>T1-2</subSourceOrderCode></subSourceOrder>
        </subSourceOrders></request>"""
    )


@pytest.mark.parametrize(
    ("order", "element"),
    [
        (replace(ORDER, warehouse_code=""), "warehouseCode"),
        (replace(ORDER, order_code=""), "orderCode"),
        (replace(ORDER, sub_source_order_codes=("",)), "subSourceOrderCode"),
    ],
)
def test_a_cancel_that_names_nothing_is_refused(order: OrderReference, element: str) -> None:
    with pytest.raises(Refused) as caught:
        ordercontrol.write_cancel(order)
    assert (caught.value.code, caught.value.field) == ("missing_element", element)


@pytest.mark.parametrize(("restore", "action"), [(False, "pending"), (True, "restore")])
def test_an_order_is_held_and_gone_on_with(action: str, *, restore: bool) -> None:
    assert wire(ordercontrol.write_pending(Hold(order=ORDER, restore=restore))) == xml(
        f"""<request><actionType>{action}</actionType><warehouseCode>WH1</warehouseCode>
        <ownerCode>O1</ownerCode><orderCode>D1</orderCode><orderId>W1</orderId>
        <orderType>JYCK</orderType><reason>退款</reason></request>"""
    )


def test_a_parcel_is_stopped_on_the_road() -> None:
    parcel = Intercept(
        warehouse_code="WH1", owner_code="O1", order_code="D1", order_id="W1", waybill="SF1"
    )
    assert wire(ordercontrol.write_intercept(parcel)) == xml(
        """<request><warehouseCode>WH1</warehouseCode><ownerCode>O1</ownerCode>
        <deliveryOrderCode>D1</deliveryOrderCode><orderId>W1</orderId>
        <expressCode>SF1</expressCode></request>"""
    )


def test_the_steps_of_an_order_are_asked_for_and_read_in_their_order() -> None:
    assert wire(ordercontrol.write_query(ORDER)) == xml(
        """<request><orderType>JYCK</orderType><orderCode>D1</orderCode><orderId>W1</orderId>
        <warehouseCode>WH1</warehouseCode></request>"""
    )
    told = ordercontrol.read_query(
        answered(
            """<orderProcess><orderCode>D1</orderCode><processes>
            <process><processStatus>ACCEPT</processStatus>
              <operateTime>2026-11-22 09:30:00</operateTime></process>
            <process><processStatus>DELIVERED1</processStatus><operateTime/></process>
            </processes></orderProcess>"""
        )
    )
    assert told.steps == (("ACCEPT", AT), ("DELIVERED1", None))
    assert (told.order_code, told.latest) == ("D1", "DELIVERED1")


def test_the_orders_of_a_time_are_asked_for_under_both_names_of_the_page() -> None:
    query = StatusQuery(
        owner_code="O1", since=AT, until=AT, warehouse_code="WH1", order_type="JYCK"
    )
    assert wire(ordercontrol.write_status_query(query, page=2)) == xml(
        """<request><ownerCode>O1</ownerCode><warehouseCode>WH1</warehouseCode>
        <orderType>JYCK</orderType><startTime>2026-11-22 09:30:00</startTime>
        <endTime>2026-11-22 09:30:00</endTime><currentPage>2</currentPage><page>2</page>
        <pageSize>100</pageSize></request>"""
    )


def test_the_orders_of_a_time_are_read_and_what_isnt_read_is_kept() -> None:
    told = answered(
        """<totalPage>3</totalPage><orders><order><orderCode>D1</orderCode><orderId>W1</orderId>
        <orderType>1</orderType><warehouseCode>WH1</warehouseCode>
        <processStatus>PACKAGED</processStatus><operateTime>2026-11-22 09:30:00</operateTime>
        <operatorName>赵六</operatorName></order></orders><asked>yes</asked>"""
    )
    assert ordercontrol.read_status_query(told) == StatusPage(
        answer=Answer(success=True),
        total_pages=3,
        orders=(
            OrderStatus(
                order_code="D1",
                order_id="W1",
                order_type="1",
                warehouse_code="WH1",
                status="PACKAGED",
                operated_at=AT,
                path="/response/orders/order[1]",
                rest=(("operatorName", "赵六"),),
            ),
        ),
        rest=(("asked", "yes"),),
    )
    assert "赵六" not in repr(ordercontrol.read_status_query(told))


def test_an_order_without_a_code_is_no_answer() -> None:
    with pytest.raises(Malformed) as caught:
        ordercontrol.read_status_query(
            answered("<orders><order><processStatus>PICK</processStatus></order></orders>")
        )
    assert caught.value.field == "/response/orders/order[1]/orderCode"


def test_what_an_order_lacks_is_asked_for_and_read() -> None:
    assert wire(ordercontrol.write_lack_query(ORDER, page=1)) == xml(
        """<request><ownerCode>O1</ownerCode><warehouseCode>WH1</warehouseCode>
        <deliveryOrderCode>D1</deliveryOrderCode><deliveryOrderId>W1</deliveryOrderId>
        <page>1</page><pageSize>100</pageSize></request>"""
    )
    told = answered(
        """<deliveryOrderCode>D1</deliveryOrderCode><deliveryOrderId>W1</deliveryOrderId>
        <createTime>2026-11-22 09:30:00</createTime><items><item><itemCode>A</itemCode>
        <itemId>I1</itemId><inventoryType>ZP</inventoryType><planQty>3</planQty>
        <lackQty>2</lackQty><reason>实物报缺</reason><batchCode>L1</batchCode></item></items>"""
    )
    assert ordercontrol.read_lack_query(told) == LackPage(
        answer=Answer(success=True, wms_ids=("W1",)),
        total_lines=None,
        order_code="D1",
        order_id="W1",
        created_at=AT,
        items=(
            LackingItem(
                item_code="A",
                item_id="I1",
                inventory_type="ZP",
                planned=3,
                lacking=2,
                reason="实物报缺",
                path="/response/items/item[1]",
                batch=ProductionBatch(code="L1"),
            ),
        ),
    )
