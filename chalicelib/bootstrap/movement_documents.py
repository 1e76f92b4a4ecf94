"""What signed movement and adjustment orders, transfers, bills of materials and processing orders
do. The slices are imported when one comes: every function loads the table of documents.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

from chalicelib.bootstrap.container import Container
from chalicelib.bootstrap.intake import Taken
from chalicelib.catalog.model import Client
from chalicelib.catalog.model import Outcome as Became
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Writes
from chalicelib.messages.model import Message, Outcome

if TYPE_CHECKING:
    from chalicelib.movements.orders.model import MovementOrderInput


def take_movement_order(oms: Container, client: Client, message: Message, body: bytes) -> Taken:
    """Takes an approved movement order."""
    from chalicelib.movements.orders.intake import parse_movement_order

    return _taken_order(oms, client, message, parse_movement_order(body))


def take_processing_order(oms: Container, client: Client, message: Message, body: bytes) -> Taken:
    """Takes an approved processing order, as the movement order that it becomes."""
    from chalicelib.movements.processing import from_bom, parse_processing_order

    given = parse_processing_order(body)
    return _taken_order(oms, client, message, from_bom(given, oms.boms.bom(given.bom, field="bom")))


def take_adjustment_order(oms: Container, client: Client, message: Message, body: bytes) -> Taken:
    """Takes an adjustment that another system orders."""
    from chalicelib.movements.adjusting.intake import parse_adjustment_order

    order, created = oms.adjustment_orders.take(
        client.code,
        parse_adjustment_order(body),
        Source(message_id=message.id),
        by=client.code,
        row=_row(oms, message),
    )
    return _taken("adjustment_order", order.no, order.source_id, created=created)


def take_transfer(oms: Container, client: Client, message: Message, body: bytes) -> Taken:
    """Takes an approved transfer."""
    from chalicelib.movements.transfers.intake import parse_transfer

    transfer, created = oms.transfers.take(
        client.code,
        parse_transfer(body),
        Source(message_id=message.id),
        approved_by=client.code,
        row=_row(oms, message),
    )
    return _taken("transfer", transfer.no, transfer.source_id, created=created)


def _taken_order(
    oms: Container, client: Client, message: Message, given: MovementOrderInput
) -> Taken:
    order, created = oms.movement_orders.take(
        client.code,
        given,
        Source(message_id=message.id),
        approved_by=client.code,
        row=_row(oms, message),
    )
    return _taken("movement_order", order.no, order.source_id, created=created)


def _row(oms: Container, message: Message) -> Callable[[str], Writes]:
    """The message's row, committed with the document of the number that it gets."""
    accepted = dataclasses.replace(message, outcome=Outcome.ACCEPTED)
    return lambda number: oms.messages.plan_row(dataclasses.replace(accepted, documents=(number,)))


def _taken(name: str, no: str, source_id: str, *, created: bool) -> Taken:
    return Taken(
        status=201 if created else 200,
        body={name: no, "id": source_id},
        documents=(no,),
        outcome=Outcome.ACCEPTED if created else Outcome.DUPLICATE,
        committed=created,
    )


def take_bom(oms: Container, client: Client, message: Message, body: bytes) -> Taken:
    """Takes a bill of materials; a replayed one doesn't set a later one back."""
    from chalicelib.catalog.boms import parse_bom

    bom, became = oms.boms.put(
        client.code,
        parse_bom(body),
        Source(message_id=message.id),
        replayed=message.replay is not None,
    )
    return Taken(
        status=200,
        body={"bom": bom.code, "version": bom.version, "outcome": became.value},
        documents=(bom.code,),
        outcome=Outcome.DUPLICATE if became is Became.UNCHANGED else Outcome.ACCEPTED,
        committed=False,
    )
