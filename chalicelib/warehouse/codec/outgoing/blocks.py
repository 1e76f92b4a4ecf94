"""Blocks that several messages to a WMS have, and those that several of its answers have."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.warehouse.codec.outgoing.fields import day, maybe, needed
from chalicelib.warehouse.codec.parts import given
from chalicelib.warehouse.documents.parts import Picker, ProductionBatch, RelatedOrder
from chalicelib.warehouse.texts import name
from chalicelib.warehouse.xml import Content, Node

PAGE_SIZE = 100
"""Lines in one page of a query: the most that the protocol allows."""


def page_of(number: int) -> dict[str, Content]:
    """The page asked for, from 1."""
    return {"page": number, "pageSize": PAGE_SIZE}


def repeated(tag: str, contents: Iterable[Content]) -> Content:
    """What a list wrapper holds; None, so left out, where that is nothing."""
    return [(tag, each) for each in contents] or None


def write_batch(batch: ProductionBatch) -> dict[str, Content]:
    """The batch fields that stand flat in a line."""
    return {
        "batchCode": maybe(batch.code, "batchCode"),
        "productDate": day(batch.product_date),
        "expireDate": day(batch.expire_date),
        "produceCode": maybe(batch.produce_code, "produceCode"),
    }


def read_batch(line: Node) -> ProductionBatch:
    """The batch fields of a line."""
    return ProductionBatch(
        code=line.code("batchCode"),
        product_date=line.date("productDate"),
        expire_date=line.date("expireDate"),
        produce_code=line.code("produceCode"),
    )


BATCH_FIELDS = ("batchCode", "productDate", "expireDate", "produceCode")
"""What `read_batch` reads."""


def write_related(orders: tuple[RelatedOrder, ...]) -> Content:
    """relatedOrders."""
    return repeated(
        "relatedOrder",
        [
            {
                "orderType": needed(each.order_type, "relatedOrder/orderType"),
                "orderCode": needed(each.order_code, "relatedOrder/orderCode"),
            }
            for each in orders
        ],
    )


def write_serials(numbers: tuple[str, ...]) -> Content:
    """snList."""
    return repeated("sn", [needed(each, "sn") for each in numbers])


def write_picker(picker: Picker) -> Content:
    """pickerInfo."""
    return {
        "company": given(name(picker.company)),
        "name": given(name(picker.name)),
        "tel": maybe(picker.phone, "pickerInfo/tel"),
        "mobile": maybe(picker.mobile, "pickerInfo/mobile"),
        "id": maybe(picker.identity_number, "pickerInfo/id"),
        "carNo": maybe(picker.plate_number, "pickerInfo/carNo"),
    }
