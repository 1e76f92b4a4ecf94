"""Orders whose fulfilments have the numbers that messages name, as a WMS has accepted them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta

from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Writes
from chalicelib.orders.intake import LineInput, OrderInput
from chalicelib.orders.model import (
    Assignment,
    Fulfilment,
    Order,
    Person,
    Shipment,
    ShipmentLine,
    fulfilment_lines,
    order_no_of,
    shipment_id,
)
from chalicelib.orders.model.shipment import GOOD
from chalicelib.orders.reserving import Reserving
from chalicelib.orders.rows import change_head, new_fulfilment
from chalicelib.orders.states import SOURCING, FulfilmentState, Review
from chalicelib.orders.store import OrderStore
from local.checking.engine import Engine
from local.checking.speaking import Kind, Spoken

BY_CHECK = Source(message_id="wms-check")

LONG_AGO = timedelta(days=20 * 365)
"""Before every step that a message tells: one that is older than where the order stands moves
nothing.
"""


class Orders:
    """Makes orders of one shop; `warehouse` is ours for what the messages call it."""

    def __init__(
        self, engine: Engine, *, shop: str, owner: str, warehouse: Callable[[str], str]
    ) -> None:
        self._engine = engine
        self._oms = engine.oms
        self._shop = shop
        self._owner = owner
        self._warehouse = warehouse

    def make(self, order_no: str, parts: list[Spoken]) -> None:
        """An order whose fulfilments have the numbers that the messages name, accepted by the
        WMS. Its lines are the parts' lines one after the other.
        """
        oms = self._oms
        order = self._placed(order_no, parts)
        by_part = _lines_of(order, parts)
        fulfilments = tuple(
            Fulfilment(
                no=part.code,
                order_no=order_no,
                shop=self._shop,
                owner=self._owner,
                warehouse=self._warehouse(part.warehouse),
                lines=fulfilment_lines(order.lines, assignments),
                created_at=oms.clock.now(),
            )
            for part, assignments in zip(parts, by_part, strict=True)
        )
        store = OrderStore(oms.tables, oms.sealer)
        head = oms.orders.head(order_no)
        begun = replace(
            head,
            review=Review.APPROVED,
            sourcing=SOURCING.advance(head.sourcing, "begin"),
            fulfilments=tuple(each.no for each in fulfilments),
            numbered=len(fulfilments),
        )
        reserving = [replace(each, state=FulfilmentState.RESERVING) for each in fulfilments]
        oms.tables.commit(Writes([change_head(begun), *map(new_fulfilment, reserving)]))
        # In parts, as large orders are: two fulfilments of one warehouse may hold the same SKU.
        Reserving(store=store, transaction=oms.tables, clock=oms.clock, stock=oms.stock).resume(
            store.together(order_no)
        )
        for each in fulfilments:
            oms.tables.commit(oms.orders.plan_dispatching(each.no))
            at = oms.clock.now() - LONG_AGO
            oms.tables.commit(oms.orders.plan_accepted(each.no, "", source=BY_CHECK, at=at))

    def ship(self, no: str) -> None:
        """All of a fulfilment has left."""
        oms, fulfilment = self._oms, self._oms.orders.fulfilment(no)
        now = oms.clock.now()
        shipment = Shipment(
            id=shipment_id(no, "check"),
            fulfilment_no=no,
            order_no=fulfilment.order_no,
            warehouse=fulfilment.warehouse,
            parcels=(),
            lines=tuple(
                ShipmentLine(
                    fulfilment_line_no=line.line_no,
                    sku=line.sku,
                    quantity=line.quantity,
                    inventory_type=GOOD,
                    batch="",
                    source=BY_CHECK,
                )
                for line in fulfilment.lines
            ),
            final=True,
            occurred_at=now,
            posting_date=now.date(),
            message_id=BY_CHECK.message_id,
        )
        oms.tables.commit(oms.orders.plan_shipment(shipment))
        oms.orders.post_shipment(shipment.id)

    def _placed(self, order_no: str, parts: list[Spoken]) -> Order:
        lines = tuple(
            LineInput(
                channel_line_id=f"{part.code}-{number}",
                sku=sku,
                name=sku,
                quantity=wanted.pieces,
                unit_price=100,
                discount=0,
            )
            for part in parts
            for number, (sku, wanted) in enumerate(part.lines.items(), start=1)
        )
        now = self._oms.clock.now()
        given = OrderInput(
            channel_order_id=order_no,
            currency="CNY",
            placed_at=now,
            paid_at=now,
            lines=lines,
            order_discount=0,
            freight=0,
            payable=sum(line.unit_price * line.quantity for line in lines),
            person=_NOBODY,
            invoice=None,
        )
        self._engine.numbers.choose(order_no)
        placed, _ = self._oms.orders.place(given, shop=self._shop, message=BY_CHECK)
        return self._oms.orders.order(placed.no)


_NOBODY = Person(
    name="check",
    mobile="",
    province="浙江省",
    city="杭州市",
    district="",
    address="check",
)


def by_order(documents: Iterable[Spoken]) -> dict[str, list[Spoken]]:
    """The fulfilments that are spoken of, by the number of the order that they are part of."""
    found: dict[str, list[Spoken]] = {}
    for spoken in documents:
        if spoken.kind is Kind.FULFILMENT and spoken.lines:
            found.setdefault(order_no_of(spoken.code), []).append(spoken)
    return found


def _lines_of(order: Order, parts: list[Spoken]) -> list[list[Assignment]]:
    """Which of the order's lines are whose."""
    rest = iter(order.lines)
    return [
        [
            Assignment(order_line_no=line.line_no, first_unit=0, quantity=line.quantity)
            for _, line in zip(part.lines, rest, strict=False)
        ]
        for part in parts
    ]
