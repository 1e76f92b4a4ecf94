"""What a WMS asks, and what it is answered: order.query, receiverinfo.query, expressinfo.query.

The elements of the answers stand beside flag, code and message: see `codec.parts.write_answer`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chalicelib.warehouse.codec.incoming.lines import read_props
from chalicelib.warehouse.codec.parts import given, write_contact
from chalicelib.warehouse.codec.rest import rest
from chalicelib.warehouse.documents.incoming.questions import (
    Carrier,
    CarrierQuestion,
    FoundOrder,
    OrderQuestion,
    ReceiverQuestion,
)
from chalicelib.warehouse.documents.parts import Contact
from chalicelib.warehouse.texts import code, name
from chalicelib.warehouse.xml import Content, Node

_ORDER_FIELDS = ("name", "mobile", "tel", "scene", "startTime", "endTime", "extendProps")
_RECEIVER_FIELDS = (
    "deliveryOrderCode",
    "ownerCode",
    "warehouseCode",
    "oaid",
    "scene",
    "extendProps",
)
_CARRIER_FIELDS = ("ownerCode", "expressCode", "extendProps")


def read_order_question(request: Node) -> OrderQuestion:
    """Whose orders are these? The protocol asks for name and mobile, both."""
    return OrderQuestion(
        name=name(request.needed_text("name")),
        mobile=request.needed_code("mobile"),
        phone=request.code("tel"),
        scene=request.code("scene"),
        since_at=request.time("startTime"),
        until_at=request.time("endTime"),
        extend_props=read_props(request),
        rest=rest(request, *_ORDER_FIELDS),
    )


def write_found_orders(orders: Sequence[FoundOrder]) -> Mapping[str, Content]:
    """The orders found, perhaps none: a list that is empty says so."""
    return {
        "orderLines": [
            (
                "orderLine",
                {
                    "sourceOrderCode": code(order.source_order_code, field="sourceOrderCode"),
                    "deliveryOrderCode": given(
                        code(order.delivery_order_code, field="deliveryOrderCode")
                    ),
                },
            )
            for order in orders
        ]
    }


def read_receiver_question(request: Node) -> ReceiverQuestion:
    """Who receives this delivery order?"""
    return ReceiverQuestion(
        code=request.needed_code("deliveryOrderCode"),
        owner_code=request.code("ownerCode"),
        warehouse_code=request.code("warehouseCode"),
        oaid=request.text("oaid") or "",
        scene=request.code("scene"),
        extend_props=read_props(request),
        rest=rest(request, *_RECEIVER_FIELDS),
    )


def write_receiver(question: ReceiverQuestion, receiver: Contact) -> Mapping[str, Content]:
    """The recipient in the clear: only for the answer to that WMS, never kept."""
    return {
        "deliveryOrderCode": question.code,
        "oaid": given(question.oaid),
        "receiverInfo": write_contact(receiver),
    }


def read_carrier_question(request: Node) -> CarrierQuestion:
    """Which carriers may be used? Without a code, all of the owner's."""
    return CarrierQuestion(
        owner_code=request.code("ownerCode"),
        carrier_code=request.code("expressCode"),
        extend_props=read_props(request),
        rest=rest(request, *_CARRIER_FIELDS),
    )


def write_carriers(carriers: Sequence[Carrier]) -> Mapping[str, Content]:
    """The carriers, perhaps none."""
    return {
        "expressInfos": [
            (
                "expressInfo",
                {
                    "expressCode": code(carrier.code, field="expressCode"),
                    "expressName": name(carrier.name),
                    "brandCode": given(code(carrier.brand_code, field="brandCode")),
                    "brandName": given(name(carrier.brand_name)),
                    "status": given(code(carrier.status, field="status")),
                },
            )
            for carrier in carriers
        ]
    }
