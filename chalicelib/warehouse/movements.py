"""Movement orders as the documents a WMS gets, and what it confirms as confirmations of ours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from chalicelib.catalog.model import Sku
from chalicelib.kernel.errors import TooLarge
from chalicelib.kernel.ids import code_or_stand_in
from chalicelib.kernel.provenance import Source
from chalicelib.movements.orders.model import Confirmation, ConfirmedLine, MovementOrder
from chalicelib.movements.orders.types import Partner
from chalicelib.warehouse.codes import RelatedType
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.documents.incoming.entryorder import EntryConfirm
from chalicelib.warehouse.documents.incoming.lines import (
    DEFAULT_INVENTORY_TYPE,
    ConfirmLine,
    pieces,
)
from chalicelib.warehouse.documents.incoming.stockout import StockoutConfirm
from chalicelib.warehouse.documents.incoming.storeprocess import StoreProcessConfirm
from chalicelib.warehouse.documents.outgoing.deliveryorder import line_no_of
from chalicelib.warehouse.documents.outgoing.entryorder import EntryLine, EntryOrder
from chalicelib.warehouse.documents.outgoing.stockout import StockoutLine, StockoutOrder
from chalicelib.warehouse.documents.outgoing.storeprocess import ProcessItem, ProcessOrder
from chalicelib.warehouse.documents.parts import ProductionBatch, RelatedOrder

MOST_LINES = 5_000
"""Lines of one confirm, by quality and batch."""


def stockout_order(
    connection: Connection,
    order: MovementOrder,
    *,
    supplier_name: str,
    skus: Mapping[str, Sku],
    item_ids: Mapping[str, str],
) -> StockoutOrder:
    """A movement order as goods that are to leave."""
    to_supplier = order.rule.partner is Partner.SUPPLIER
    return StockoutOrder(
        code=order.no,
        order_type=order.type,
        owner_code=connection.owner,
        warehouse_code=connection.warehouse_code(order.warehouse),
        created_at=order.created_at,
        related=_related(order, RelatedType.RK),
        scheduled_on=order.expected_at.date() if order.expected_at else None,
        supplier_code=order.partner if to_supplier else "",
        supplier_name=supplier_name,
        target_warehouse_code=order.target,
        target_entry_order_code=order.related,
        lines=tuple(
            StockoutLine(
                line_no=str(line.line_no),
                item_code=line.sku,
                item_id=item_ids[line.sku],
                item_name=skus[line.sku].name,
                quantity=line.quantity,
                inventory_type=line.inventory_type,
                batch=ProductionBatch(code=line.batch),
            )
            for line in order.lines
        ),
    )


def entry_order(
    connection: Connection,
    order: MovementOrder,
    *,
    skus: Mapping[str, Sku],
    item_ids: Mapping[str, str],
) -> EntryOrder:
    """A movement order as goods that are to arrive."""
    return EntryOrder(
        code=order.no,
        owner_code=connection.owner,
        warehouse_code=connection.warehouse_code(order.warehouse),
        purchase_order_code="",
        created_at=order.created_at,
        supplier_code="",
        supplier_name="",
        order_type=order.type,
        related=_related(order, RelatedType.CK),
        expected_from=order.expected_at,
        source_warehouse_code=order.target,
        lines=tuple(
            EntryLine(
                line_no=str(line.line_no),
                item_code=line.sku,
                item_id=item_ids[line.sku],
                item_name=skus[line.sku].name,
                quantity=line.quantity,
                purchase_price=line.price,
                inventory_type=line.inventory_type,
                batch=ProductionBatch(code=line.batch),
            )
            for line in order.lines
        ),
    )


def process_order(
    connection: Connection, order: MovementOrder, *, item_ids: Mapping[str, str]
) -> ProcessOrder:
    """A processing order with its materials and products."""
    items = {
        made: tuple(
            ProcessItem(
                item_code=line.sku,
                quantity=line.quantity,
                ratio=line.quantity // order.pieces,
                item_id=item_ids[line.sku],
                owner_code=connection.owner,
                inventory_type=line.inventory_type,
            )
            for line in order.lines
            if line.made is made
        )
        for made in (False, True)
    }
    return ProcessOrder(
        code=order.no,
        warehouse_code=connection.warehouse_code(order.warehouse),
        owner_code=connection.owner,
        created_at=order.created_at,
        planned_at=order.expected_at or order.created_at,
        service_type=order.service,
        quantity=order.pieces,
        materials=items[False],
        products=items[True],
    )


def process_confirmation(
    confirm: StoreProcessConfirm,
    order: MovementOrder,
    *,
    number: str,
    warehouse: str,
    source: Source,
    at: datetime,
    posting_date: date,
) -> Confirmation:
    """What was consumed and made; the protocol knows no part of it, so it is the last word."""
    items = [(item, False) for item in confirm.materials]
    items += [(item, True) for item in confirm.products]
    if len(items) > MOST_LINES:
        raise TooLarge("too_many_lines", f"one message has at most {MOST_LINES} lines")
    return Confirmation(
        id=number,
        order=order.no,
        warehouse=warehouse,
        lines=tuple(
            ConfirmedLine(
                line_no=position,
                sku=code_or_stand_in(item.item_code),
                quantity=item.quantity,
                source=Source(message_id=source.message_id, path=item.path),
                inventory_type=item.inventory_type or DEFAULT_INVENTORY_TYPE,
                batch=item.batch.code if item.batch else "",
                made=made,
            )
            for position, (item, made) in enumerate(items, start=1)
        ),
        final=True,
        occurred_at=confirm.completed_at or at,
        posting_date=posting_date,
        message_id=source.message_id,
    )


def _related(order: MovementOrder, other_leg: RelatedType) -> tuple[RelatedOrder, ...]:
    """A transfer's leg names the transfer and the other leg."""
    if not order.transfer:
        return ()
    return (
        RelatedOrder(order_type=RelatedType.DB.value, order_code=order.transfer),
        RelatedOrder(order_type=other_leg.value, order_code=order.related),
    )


def confirmation(
    confirm: StockoutConfirm | EntryConfirm,
    order: MovementOrder,
    *,
    number: str,
    warehouse: str,
    source: Source,
    at: datetime,
    posting_date: date,
) -> Confirmation:
    """What moved, by line, quality and batch, each with its place in the message."""
    return Confirmation(
        id=number,
        order=order.no,
        warehouse=warehouse,
        lines=confirmed_lines(confirm.lines, source.message_id),
        final=confirm.final,
        occurred_at=confirm.moment or at,
        posting_date=posting_date,
        message_id=source.message_id,
    )


def confirmed_lines(lines: tuple[ConfirmLine, ...], message_id: str) -> tuple[ConfirmedLine, ...]:
    """A confirm's lines by quality and batch."""
    found = [(line, piece) for line in lines for piece in pieces(line)]
    if len(found) > MOST_LINES:
        raise TooLarge("too_many_lines", f"one message has at most {MOST_LINES} lines")
    return tuple(
        ConfirmedLine(
            line_no=position,
            sku=code_or_stand_in(line.item_code),
            quantity=piece.quantity,
            source=Source(message_id=line.message_id or message_id, path=piece.path),
            order_line_no=line_no_of(line.order_line_no),
            inventory_type=piece.inventory_type,
            batch=piece.batch,
        )
        for position, (line, piece) in enumerate(found, start=1)
    )
