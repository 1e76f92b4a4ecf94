"""What each kind of signed document does: from its bytes to its use case, and what is answered."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from chalicelib.aws.observability import logger
from chalicelib.bootstrap.container import Container
from chalicelib.bootstrap.intake import Document, Taken
from chalicelib.bootstrap.movement_documents import (
    take_adjustment_order,
    take_bom,
    take_movement_order,
    take_processing_order,
    take_transfer,
)
from chalicelib.bootstrap.shapes import appointment_json
from chalicelib.catalog.bundle_intake import read_bundles
from chalicelib.catalog.category_intake import read_categories
from chalicelib.catalog.intake import read_skus, read_suppliers
from chalicelib.catalog.model import Client, ClientKind
from chalicelib.catalog.model import Outcome as TakenOutcome
from chalicelib.catalog.model import Taken as TakenMaster
from chalicelib.kernel.money import format_fen
from chalicelib.kernel.provenance import Source
from chalicelib.messages.model import Message, Outcome
from chalicelib.orders.intake import parse_order
from chalicelib.orders.returns.intake import Asking, parse_return
from chalicelib.purchasing.intake import parse_appointment, parse_purchase_order


def place_order(oms: Container, client: Client, message: Message, body: bytes) -> Taken:
    """Places an order from its bytes."""
    given = parse_order(body)
    number_known = dataclasses.replace(message, outcome=Outcome.ACCEPTED)
    placed, created = oms.orders.place(
        given,
        shop=client.shop,
        message=Source(message_id=message.id),
        row=lambda number: oms.messages.plan_row(
            dataclasses.replace(number_known, documents=(number,))
        ),
        under=oms.messages.data_key(message),
    )
    logger.set_correlation_id(placed.no)
    answer = {
        "order_no": placed.no,
        "channel_order_id": placed.channel_order_id,
        "shop": placed.shop,
        "payable": format_fen(placed.payable),
        "currency": placed.currency,
        "created_at": placed.created_at,
    }
    return Taken(
        status=201 if created else 200,
        body=answer,
        documents=(placed.no,),
        outcome=Outcome.ACCEPTED if created else Outcome.DUPLICATE,
        committed=created,
    )


def accept_order(oms: Container, client: Client, message: Message, body: bytes) -> Taken:
    """Takes a purchase order from its bytes."""
    given = parse_purchase_order(body)
    accepted = dataclasses.replace(message, outcome=Outcome.ACCEPTED)
    order, created = oms.purchasing.accept(
        client.code,
        given,
        message=Source(message_id=message.id),
        row=lambda number: oms.messages.plan_row(
            dataclasses.replace(accepted, documents=(number,))
        ),
    )
    return Taken(
        status=201 if created else 200,
        body={"purchase_order": order.no, "id": order.source_id},
        documents=(order.no,),
        outcome=Outcome.ACCEPTED if created else Outcome.DUPLICATE,
        committed=created,
    )


def request_return(oms: Container, client: Client, message: Message, body: bytes) -> Taken:
    """Asks for a return from its bytes."""
    given = parse_return(body)
    accepted = dataclasses.replace(message, outcome=Outcome.ACCEPTED)
    asking = Asking(
        shop=client.shop,
        source=client.code,
        by=client.code,
        message=Source(message_id=message.id),
        row=lambda number: oms.messages.plan_row(
            dataclasses.replace(accepted, documents=(number,))
        ),
    )
    found, created = oms.returns.request(given, asking)
    logger.set_correlation_id(found.order_no)
    return Taken(
        status=201 if created else 200,
        body={"return_no": found.no, "id": found.source_id, "order_no": found.order_no},
        documents=(found.no,),
        outcome=Outcome.ACCEPTED if created else Outcome.DUPLICATE,
        committed=created,
    )


def appoint(oms: Container, client: Client, message: Message, body: bytes) -> Taken:
    """Books a delivery slot, moves it or gives it back, from the bytes."""
    source_id, slot = parse_appointment(body)
    number = oms.purchasing.number_of(client.code, source_id)
    if slot is None:
        appointment = oms.purchasing.appointments.cancel(number, by=client.code)
    else:
        appointment = oms.purchasing.appointments.book(number, *slot, by=client.code)
    return Taken(
        status=200,
        body=appointment_json(appointment),
        documents=(number,),
        outcome=Outcome.ACCEPTED,
        committed=False,
    )


def take_skus(oms: Container, client: Client, message: Message, body: bytes) -> Taken:
    """Takes SKUs from their bytes."""
    inputs = read_skus(body)
    source, replayed = Source(message_id=message.id), message.replay is not None
    taken = oms.catalog.put_skus(client.code, inputs, message=source, replayed=replayed)
    return _answer(taken)


def take_suppliers(oms: Container, client: Client, message: Message, body: bytes) -> Taken:
    """Takes suppliers from their bytes."""
    inputs = read_suppliers(body)
    source, replayed = Source(message_id=message.id), message.replay is not None
    taken = oms.catalog.put_suppliers(client.code, inputs, message=source, replayed=replayed)
    return _answer(taken)


def take_bundles(oms: Container, client: Client, message: Message, body: bytes) -> Taken:
    """Takes bundles from their bytes."""
    inputs = read_bundles(body)
    source, replayed = Source(message_id=message.id), message.replay is not None
    taken = oms.catalog.put_bundles(client.code, inputs, message=source, replayed=replayed)
    return _answer(taken)


def take_categories(oms: Container, client: Client, message: Message, body: bytes) -> Taken:
    """Takes categories from their bytes."""
    inputs = read_categories(body)
    source, replayed = Source(message_id=message.id), message.replay is not None
    taken = oms.catalog.put_categories(client.code, inputs, message=source, replayed=replayed)
    return _answer(taken)


def _answer(taken: tuple[TakenMaster, ...]) -> Taken:
    results: list[dict[str, Any]] = [
        {name: value for name, value in dataclasses.asdict(each).items() if value not in ("", 0)}
        for each in taken
    ]
    refused = sum(each.outcome is TakenOutcome.REFUSED for each in taken)
    changed = any(each.outcome in (TakenOutcome.CREATED, TakenOutcome.UPDATED) for each in taken)
    unchanged = Outcome.REFUSED if refused == len(taken) else Outcome.DUPLICATE
    return Taken(
        status=422 if refused == len(taken) else 200,
        body={"results": results, "refused": refused},
        documents=tuple(
            each.code for each in taken[:20] if each.outcome is not TakenOutcome.REFUSED
        ),
        outcome=Outcome.ACCEPTED if changed else unchanged,
        committed=False,
    )


_MOVING = (ClientKind.UPSTREAM, ClientKind.PURCHASING)

DOCUMENTS: Mapping[str, Document] = {
    "orders": Document(kind=ClientKind.SHOP, use=place_order),
    "skus": Document(kind=ClientKind.PRODUCT, use=take_skus, once=True),
    "bundles": Document(kind=ClientKind.PRODUCT, use=take_bundles, once=True),
    "categories": Document(kind=ClientKind.PRODUCT, use=take_categories, once=True),
    "suppliers": Document(kind=ClientKind.PRODUCT, use=take_suppliers, once=True),
    "returns": Document(kind=ClientKind.SHOP, use=request_return),
    "delivery-appointments": Document(kind=ClientKind.PURCHASING, use=appoint, once=True),
    "purchase-orders": Document(kind=ClientKind.PURCHASING, use=accept_order),
    "adjustment-orders": Document(kind=_MOVING, use=take_adjustment_order),
    "movement-orders": Document(kind=_MOVING, use=take_movement_order),
    "transfers": Document(kind=_MOVING, use=take_transfer),
    "boms": Document(kind=ClientKind.PRODUCT, use=take_bom, once=True),
    "processing-orders": Document(kind=_MOVING, use=take_processing_order),
}
"""Every signed document by its method in the log; a test compares it with the routes."""
