"""deliveryorder.confirm, deliveryorder.batchconfirm, deliveryorder.batchcreate.answer and
wavenum.report.
"""

from __future__ import annotations

from chalicelib.kernel.errors import Refused
from chalicelib.warehouse.codec.incoming.lines import read_confirm_lines, read_props, repeated
from chalicelib.warehouse.codec.incoming.measures import read_amount
from chalicelib.warehouse.codec.incoming.packages import read_invoices, read_packages
from chalicelib.warehouse.codec.rest import rest
from chalicelib.warehouse.documents.incoming.deliveryorder import (
    BatchCreateAnswer,
    CreatedOrder,
    CreatedPart,
    DeliveryBatchConfirm,
    DeliveryConfirm,
    UnreadOrder,
    WaveOrder,
    WaveReport,
)
from chalicelib.warehouse.texts import remark
from chalicelib.warehouse.xml import Node

_FAILURE = "failure"
_CREATED_FIELDS = (
    "deliveryOrderCode",
    "flag",
    "message",
    "code",
    "orderInfo",
    "deliveryOrders",
)


def read_confirm(request: Node) -> DeliveryConfirm:
    """Goods shipped. The time is orderConfirmTime, else operateTime."""
    header = request.needed("deliveryOrder")
    operated_at = header.time("operateTime")
    return DeliveryConfirm(
        code=header.needed_code("deliveryOrderCode"),
        wms_id=header.code("deliveryOrderId"),
        warehouse_code=header.code("warehouseCode"),
        order_type=header.code("orderType"),
        out_biz_code=header.code("outBizCode"),
        confirm_type=header.code("confirmType"),
        status=header.code("status"),
        confirmed_at=header.time("orderConfirmTime") or operated_at,
        packages=read_packages(request),
        lines=read_confirm_lines(request),
        sub_order_id=header.code("subDeliveryOrderId") or request.code("subDeliveryOrderId"),
        operator_code=header.code("operatorCode"),
        operator_name=header.text("operatorName") or "",
        operated_at=operated_at,
        storage_fee=read_amount(header, "storageFee"),
        invoices=read_invoices(header),
        remark=header.text("remark") or "",
        extend_props=read_props(header),
        path=request.path,
    )


def read_batch_confirm(request: Node) -> DeliveryBatchConfirm:
    """Several confirms, each as if it had come alone, so one that can't be read holds up no other;
    none at all is `Malformed`.
    """
    confirms: list[DeliveryConfirm] = []
    unread: list[UnreadOrder] = []
    for order in repeated(request, "orders", "order"):
        try:
            confirms.append(read_confirm(order))
        except Refused as why:
            unread.append(UnreadOrder(code=_named(order), why=why))
    return DeliveryBatchConfirm(confirms=tuple(confirms), unread=tuple(unread))


def _named(order: Node) -> str:
    """By its number, or by where it stands."""
    header = order.child("deliveryOrder")
    try:
        return (header.code("deliveryOrderCode") if header else "") or order.path
    except Refused:
        return order.path


def read_batch_create(request: Node) -> BatchCreateAnswer:
    """What became of the orders of a batchcreate; none at all is `Malformed`."""
    orders = repeated(request, "orders", "order")
    return BatchCreateAnswer(orders=tuple(_created(order) for order in orders))


def _created(order: Node) -> CreatedOrder:
    info = order.child("orderInfo")
    parts = tuple(_part(part) for part in order.listed("deliveryOrders", "deliveryOrder"))
    whole = _part(info) if info else None
    return CreatedOrder(
        code=order.code("deliveryOrderCode") or (info.code("deliveryOrderCode") if info else ""),
        refused=(order.text("flag") or "").lower() == _FAILURE,
        reason=remark(order.text("message") or ""),
        whole=whole if whole and (whole.wms_id or whole.created_at) else None,
        parts=parts,
        path=order.path,
        rest=rest(order, *_CREATED_FIELDS),
    )


def _part(part: Node) -> CreatedPart:
    return CreatedPart(
        wms_id=part.code("deliveryOrderId"),
        warehouse_code=part.code("warehouseCode"),
        carrier_code=part.code("logisticsCode"),
        created_at=part.time("createTime"),
        lines=tuple(
            (line.code("orderLineNo"), line.code("itemCode"), line.whole("quantity"))
            for line in part.listed("orderLines", "orderLine")
        ),
    )


def read_wave(request: Node) -> WaveReport:
    """A wave with its orders; none at all is `Malformed`."""
    orders = repeated(request, "orders", "order")
    return WaveReport(
        wave_no=request.needed_code("waveNum"),
        orders=tuple(
            WaveOrder(
                code=order.needed_code("deliveryOrderCode"),
                wms_id=order.code("deliveryOrderId"),
                position=order.code("num"),
                path=order.path,
            )
            for order in orders
        ),
    )
