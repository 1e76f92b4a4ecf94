"""Posting a shipment: the ledger, the reservation it consumes, and then the states.

Work of any size in steps that can stop and be taken up by anyone: movements in chunks (what the
ledger has, it leaves out), parcels told of in batches, and last the states, in one commit. Until
that commit the shipment is `ACCEPTED`, so whoever gets its event again goes on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import NotFound, Unavailable
from chalicelib.kernel.events import Event
from chalicelib.kernel.exceptions import ExceptionKind
from chalicelib.kernel.writes import ConditionFailed, Put, Transaction, Write, Writes
from chalicelib.orders.model import (
    Fulfilment,
    Order,
    Parcel,
    Purpose,
    Shipment,
    ShipmentLine,
    fulfilment_of,
    order_no_of,
)
from chalicelib.orders.outcomes import case, replaced, settle
from chalicelib.orders.ports import Catalog
from chalicelib.orders.progress import carried_on
from chalicelib.orders.reserving import Reserving, reservation_parts
from chalicelib.orders.rows import (
    STALE_FULFILMENT,
    STALE_ORDER,
    STALE_SHIPMENT,
    change_fulfilment,
    change_head,
    change_shipment,
    put_waybill,
)
from chalicelib.orders.states import (
    FULFILMENT,
    SHIPMENT,
    SHIPPED_STATES,
    FulfilmentState,
    ShipmentState,
)
from chalicelib.orders.store import OrderStore, Together
from chalicelib.stock.model import Kind, Movement, Unplaced, customer, suspense, warehouse
from chalicelib.stock.planning import commit_replanning, in_chunks, plan_below_zero
from chalicelib.stock.service import StockService

TRIES = 8
TOLD_TOGETHER = 40
"""Parcels whose events go in one commit."""


class ShipmentPosting:
    """`post_shipment`, for the worker that `ShipmentAccepted` wakes."""

    def __init__(
        self,
        *,
        store: OrderStore,
        transaction: Transaction,
        clock: Clock,
        catalog: Catalog,
        stock: StockService,
        reserving: Reserving,
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._catalog = catalog
        self._stock = stock
        self._reserving = reserving

    def post_shipment(self, shipment_id: str) -> Shipment:
        """Books a shipment, once, and says what follows: `ParcelShipped` per parcel, and
        `OrderShipped` when it was the order's last.
        """
        order_no = order_no_of(fulfilment_of(shipment_id))
        shipment = self._read(order_no, shipment_id)
        if shipment.state is ShipmentState.ACCEPTED:
            self._book(shipment)
        for _ in range(TRIES):
            if shipment.state is ShipmentState.POSTED:
                self._release(shipment)
                return shipment
            try:
                shipment = self._conclude(shipment)
            except ConditionFailed as failed:
                if not set(failed.refusals) & {STALE_ORDER, STALE_FULFILMENT, STALE_SHIPMENT}:
                    raise
                shipment = self._read(order_no, shipment_id)
        raise Unavailable(f"order {order_no} was changed by others {TRIES} times")

    def _read(self, order_no: str, shipment_id: str) -> Shipment:
        shipment = self._store.shipment(order_no, shipment_id)
        if shipment is None:
            raise NotFound("unknown_shipment", "there is no such shipment")
        return shipment

    # --- the ledger

    def _book(self, shipment: Shipment) -> None:
        read = self._store.fulfilment(shipment.fulfilment_no)
        for reservation, movements in self._movements(read, shipment).items():
            for chunk in in_chunks(movements):
                plan = partial(self._plan_chunk, shipment, chunk, reservation)
                commit_replanning(self._transaction, plan)

    def _plan_chunk(
        self, shipment: Shipment, movements: Sequence[Movement], reservation: str
    ) -> Writes:
        posting = self._stock.plan_post(
            document=shipment.id,
            movements=movements,
            posting_date=shipment.posting_date,
            reservation=reservation,
            correlation=shipment.order_no,
        )
        return posting.writes + plan_below_zero(
            posting, shipment.id, message_id=shipment.message_id, at=self._clock.now()
        )

    def _movements(self, read: Together, shipment: Shipment) -> Mapping[str, list[Movement]]:
        """Movements by the reservation they consume."""
        fulfilment = read.fulfilment
        holder = {sku: name for name, lines in reservation_parts(fulfilment) for sku in lines}
        buckets = self._catalog.buckets_of({line.sku for line in shipment.lines})
        grouped: dict[str, list[Movement]] = {}
        for movement in shipment_movements(read.order, shipment, buckets):
            grouped.setdefault(holder.get(movement.sku, fulfilment.no), []).append(movement)
        return grouped

    # --- what follows

    def _conclude(self, shipment: Shipment) -> Shipment:
        """Tells of parcels in batches; with the last batch, sets the states. The shipment after
        it.
        """
        now = self._clock.now()
        read = self._store.together(shipment.order_no)
        fulfilment = next(each for each in read.fulfilments if each.no == shipment.fulfilment_no)
        parcels = self._new_parcels(shipment, fulfilment)[shipment.told :]
        events = [self._parcel_shipped(shipment, each) for each in parcels[:TOLD_TOGETHER]]
        waybills = _waybills(parcels[:TOLD_TOGETHER], shipment.fulfilment_no)
        if len(parcels) > TOLD_TOGETHER:
            told = replace(shipment, told=shipment.told + TOLD_TOGETHER)
            self._transaction.commit(Writes([change_shipment(told), *waybills], events))
            return replace(told, version=told.version + 1)
        posted = replace(
            shipment,
            state=SHIPMENT.advance(shipment.state, "post"),
            told=shipment.told + len(parcels),
        )
        after = _posted(fulfilment, shipment)
        if after.state is not fulfilment.state:
            done = now if after.state in SHIPPED_STATES else None
            after = replace(after, state_at=shipment.occurred_at, shipped_at=done)
            after = carried_on(after)
        settled, shipped = settle(read.head, replaced(read.fulfilments, after), at=now)
        writes: list[Write] = [change_shipment(posted), change_fulfilment(after), *waybills]
        if settled != read.head:
            writes.append(change_head(settled))
        writes += self._short_case(read, after, shipment)
        self._transaction.commit(Writes(writes, [*events, *shipped]))
        return replace(posted, version=posted.version + 1)

    def _new_parcels(self, shipment: Shipment, fulfilment: Fulfilment) -> list[Parcel]:
        """Those that no shipment of the fulfilment before this one told of: a WMS may list a parcel
        again in a later confirmation, and the buyer is told once.
        """
        earlier = fulfilment.shipments[: fulfilment.shipments.index(shipment.id)]
        known: set[str] = set()
        for each in earlier:
            before = self._read(shipment.order_no, each)
            known.update(_parcel_identity(parcel) for parcel in before.parcels)
        new = []
        for parcel in shipment.parcels:
            if _parcel_identity(parcel) not in known:
                known.add(_parcel_identity(parcel))
                new.append(parcel)
        return new

    def _parcel_shipped(self, shipment: Shipment, parcel: Parcel) -> Event:
        return Event(
            id=f"ParcelShipped:{shipment.fulfilment_no}:{_parcel_identity(parcel)}",
            kind="ParcelShipped",
            subject=shipment.order_no,
            occurred_at=shipment.occurred_at,
            correlation=shipment.order_no,
            data={
                "parcel": parcel.no,
                "fulfilment": shipment.fulfilment_no,
                "shipment": shipment.id,
                "waybill": parcel.waybill,
                "carrier": parcel.carrier_code,
            },
        )

    def _short_case(self, read: Together, after: Fulfilment, shipment: Shipment) -> list[Write]:
        before = next(each for each in read.fulfilments if each.no == after.no)
        if after.state is not FulfilmentState.SHORT_CLOSED or before.state is after.state:
            return []
        return [
            case(
                ExceptionKind.SHIPPED_SHORT,
                after.no,
                "the warehouse closed the fulfilment with less than was ordered",
                message_id=shipment.message_id,
                at=self._clock.now(),
            )
        ]

    def _release(self, shipment: Shipment) -> None:
        """What a finished fulfilment still reserves is free again: it was short, or other than good
        pieces left in place of what was reserved.
        """
        fulfilment = self._store.fulfilment(shipment.fulfilment_no).fulfilment
        if fulfilment.state in SHIPPED_STATES:
            self._reserving.void(fulfilment)


KINDS = {
    Purpose.SALE: Kind.SHIPMENT,
    Purpose.EXCHANGE: Kind.EXCHANGE_SHIPMENT,
    Purpose.RESHIPMENT: Kind.RESHIPMENT,
}


def shipment_movements(
    order: Order, shipment: Shipment, buckets: Mapping[str, int]
) -> list[Movement]:
    """A shipment as the ledger's movements, the same each time; `buckets` of its SKUs.

    What is no line of the fulfilment goes to suspense, also a SKU that the catalog doesn't know: it
    left all the same, and a person finds it there.
    """
    seen: Counter[tuple[object, ...]] = Counter()
    movements = []
    for line in shipment.lines:
        if line.quantity <= 0:
            continue
        identity = (line.fulfilment_line_no, line.sku, line.inventory_type, line.batch)
        bucket, number = buckets[line.sku], seen[identity]
        movements.append(_movement(order, shipment, line, bucket=bucket, number=number))
        seen[identity] += 1
    return movements


def _movement(
    order: Order, shipment: Shipment, line: ShipmentLine, *, bucket: int, number: int
) -> Movement:
    placed = line.fulfilment_line_no is not None
    return Movement(
        line=str(line.fulfilment_line_no) if placed else f"?{line.sku}",
        kind=KINDS[order.purpose] if placed else Kind.SUSPENSE,
        warehouse=shipment.warehouse,
        sku=line.sku,
        bucket=bucket,
        quantity=line.quantity,
        from_location=warehouse(shipment.warehouse, line.inventory_type),
        to_location=customer(order.shop) if placed else suspense(shipment.warehouse),
        occurred_at=shipment.occurred_at,
        source=line.source,
        batch=line.batch,
        number=number,
        unplaced=None if placed else Unplaced.SHIPMENT,
    )


def _posted(fulfilment: Fulfilment, shipment: Shipment) -> Fulfilment:
    """Shipped once everything accepted is posted and nothing more is expected."""
    booked = replace(fulfilment, posted=(*fulfilment.posted, shipment.id))
    whole = all(
        confirmed >= line.quantity
        for confirmed, line in zip(booked.confirmed, booked.lines, strict=True)
    )
    event = "ship_part"
    if set(booked.posted) == set(booked.shipments):
        if whole:
            event = "ship_all"
        elif booked.final:
            event = "ship_short"
    return replace(booked, state=FULFILMENT.advance(booked.state, event))


def _waybills(parcels: Sequence[Parcel], fulfilment_no: str) -> list[Put]:
    """By which a parcel that comes back is known, told with the parcel."""
    return [put_waybill(each.waybill, fulfilment_no) for each in parcels if each.waybill]


def _parcel_identity(parcel: Parcel) -> str:
    return parcel.waybill or parcel.no
