"""Fulfilments as delivery orders (deliveryorder.create)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.sealing import SealingKey
from chalicelib.kernel.writes import Key, Writes
from chalicelib.orders.model import Fulfilment, Order
from chalicelib.orders.states import ASKED_BACK, FulfilmentHold, FulfilmentState
from chalicelib.warehouse import methods
from chalicelib.warehouse.codec.outgoing import deliveryorder
from chalicelib.warehouse.composing import (
    delivery_order,
    outbound_type,
    reference,
)
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.documents.outgoing.deliveryorder import DeliveryOrder
from chalicelib.warehouse.jobs.readiness import Readiness
from chalicelib.warehouse.jobs.steps import (
    Acknowledging,
    Ahead,
    Done,
    Drop,
    Job,
    Prepared,
    Question,
    Send,
    Settlement,
    Wait,
    exists,
)
from chalicelib.warehouse.model import Dispatch
from chalicelib.warehouse.ports import Catalog, Orders
from chalicelib.warehouse.recipients import Recipients


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A delivery order as it is to be sent: `writes` claim its fulfilment, `acknowledged` plans
    what follows from that claim. `under` is its order's data key.
    """

    document: DeliveryOrder
    writes: Writes
    under: SealingKey = field(repr=False)
    acknowledged: Acknowledging


class DeliveryJob(Job):
    """A fulfilment as a delivery order. Its refusal's case is raised by `orders`."""

    def __init__(
        self,
        *,
        clock: Clock,
        catalog: Catalog,
        orders: Orders,
        readiness: Readiness,
        recipients: Recipients,
    ) -> None:
        self._clock = clock
        self._catalog = catalog
        self._orders = orders
        self._readiness = readiness
        self._recipients = recipients

    def reads(self, dispatch: Dispatch) -> Sequence[Key]:
        """The fulfilment, its order and its person."""
        return self._orders.dispatch_keys(dispatch.document)

    def prepare(self, dispatch: Dispatch, connection: Connection, ahead: Ahead) -> Prepared:
        """The fulfilment; nothing where it is cancelled, or where the WMS has shown it has it."""
        composed = self.composed(dispatch, connection, ahead)
        if not isinstance(composed, Composed):
            return composed
        return Send(
            content=deliveryorder.write_create(composed.document),
            revision=dispatch.revision,
            writes=composed.writes,
            under=composed.under,
            acknowledged=composed.acknowledged,
        )

    def composed(
        self, dispatch: Dispatch, connection: Connection, ahead: Ahead
    ) -> Composed | Wait | Drop | Done:
        """`prepare`, as the document that is sent alone or with others."""
        read = self._orders.to_dispatch(dispatch.document, ahead)
        fulfilment = read.fulfilment
        if fulfilment.state in (FulfilmentState.CANCELLED, FulfilmentState.REJECTED):
            return Drop(reason="cancelled")
        if fulfilment.state not in (FulfilmentState.RESERVED, FulfilmentState.DISPATCHING):
            return Done(reason="there_already", writes=Writes())
        if fulfilment.cancel in ASKED_BACK:
            return Wait(reason="cancel_pending")
        if fulfilment.hold in (FulfilmentHold.HELD, FulfilmentHold.ASKED):
            return Wait(reason="order_held")
        codes = [line.sku for line in fulfilment.lines]
        known = self._readiness.of(connection.code, fulfilment.warehouse, codes)
        if known.wait is not None:
            return known.wait
        person, key = self._orders.opened(read)
        document = delivery_order(
            connection,
            fulfilment,
            read.order,
            person,
            shop=self._catalog.shop(fulfilment.shop),
            item_ids=known.item_ids,
            now=dispatch.said_at or self._clock.now(),
            replaced_id=self._replaced_id(read.order),
        )
        writes, claimed = self._orders.plan_claim(fulfilment)
        if connection.finds_orders:
            writes += self._recipients.plan_kept(connection.code, fulfilment, read.order, person)
        return Composed(
            document=document,
            writes=writes,
            under=key,
            acknowledged=partial(self._accepted, claimed.no, read=claimed),
        )

    def _replaced_id(self, order: Order) -> str:
        """The WMS's number of the delivery that an exchange or reshipment stands in for."""
        return self._orders.fulfilment(order.replaces).wms_order_id if order.replaces else ""

    def questions(self, dispatch: Dispatch, connection: Connection) -> tuple[Question, ...]:
        """deliveryorder.query."""
        asked = reference(
            connection,
            dispatch.document,
            dispatch.warehouse,
            order_type=outbound_type(dispatch.document),
            wms_id=dispatch.wms_id,
        )
        return (
            Question(
                method=methods.DELIVERYORDER_QUERY,
                content=deliveryorder.write_query(asked),
                read=deliveryorder.read_query,
                judge=lambda found: exists(found, dispatch.document),
            ),
        )

    def plan_acknowledged(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """The fulfilment is accepted."""
        return self._accepted(dispatch.document, settlement)

    def _accepted(
        self, no: str, settlement: Settlement, *, read: Fulfilment | None = None
    ) -> Writes:
        return self._orders.plan_accepted(
            no, settlement.wms_id, source=settlement.source, at=self._clock.now(), read=read
        )

    def plan_refused(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """The fulfilment is rejected, and sourced again elsewhere."""
        return self._orders.plan_refused(
            dispatch.document, settlement.code, source=settlement.source, at=self._clock.now()
        )
