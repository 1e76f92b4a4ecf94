"""What a WMS asks us, and what it may know: order.query, receiverinfo.query, expressinfo.query.

It is told of deliveries that it was sent and still has; another's is answered as one that isn't
there. Every question is a row in the message log, with the deliveries that were named in the
answer, and that row is written before the answer leaves: so it is known who was told of whom, and
when. The answer itself isn't kept anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from chalicelib.kernel.errors import Malformed, Refused
from chalicelib.kernel.writes import Writes
from chalicelib.messages.model import Message
from chalicelib.orders.model import Fulfilment
from chalicelib.orders.states import FulfilmentState
from chalicelib.warehouse.accepting import Accepting
from chalicelib.warehouse.codec.incoming import questions
from chalicelib.warehouse.codes import CARRIERS
from chalicelib.warehouse.composing import receiver
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.documents.incoming.questions import (
    Carrier,
    CarrierQuestion,
    FoundOrder,
    OrderQuestion,
    ReceiverQuestion,
)
from chalicelib.warehouse.own_documents import OwnDocuments
from chalicelib.warehouse.ports import Orders
from chalicelib.warehouse.received import Received, unknown_order
from chalicelib.warehouse.recipients import Recipient, Recipients
from chalicelib.warehouse.xml import Content

_NOT_THERE = frozenset(
    {FulfilmentState.RESERVING, FulfilmentState.RESERVED, FulfilmentState.REJECTED}
)
"""The WMS has never been sent it, or has declined it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A message that was taken, and what is told with the answer, which may be personal."""

    message: Message
    content: Mapping[str, Content] = field(default_factory=dict, repr=False)


class WmsQuestions:
    """Answers what warehouse systems ask."""

    def __init__(
        self,
        *,
        own: OwnDocuments,
        orders: Orders,
        recipients: Recipients,
        accepting: Accepting,
    ) -> None:
        self._own = own
        self._orders = orders
        self._recipients = recipients
        self._accepting = accepting

    def order_asked(self, received: Received, question: OrderQuestion) -> Told:
        """order.query: the orders of a person among the deliveries that this WMS has; none is an
        answer too. `Refused` (`not_agreed_on`) where the connection has no such questions.
        """
        connection = received.connection
        if not connection.finds_orders:
            text = "orders by person are asked for only where that is agreed on"
            raise Refused("not_agreed_on", text, field="method")
        since, until = question.since_at, question.until_at
        if since and until and until < since:
            text = "the end is before the beginning"
            raise Malformed("malformed_time", text, field="/request/endTime")
        found = [
            each
            for each in self._recipients.of_person(connection.code, question.name, question.mobile)
            if _within(each, since, until) and self._has(connection, each.fulfilment)
        ]
        documents = tuple(each.fulfilment for each in found)
        message = replace(received.message, documents=documents)
        orders = [
            FoundOrder(
                source_order_code=each.source_order_code, delivery_order_code=each.fulfilment
            )
            for each in found
        ]
        return self._told(message, questions.write_found_orders(orders))

    def receiver_asked(self, received: Received, question: ReceiverQuestion) -> Told:
        """receiverinfo.query: who gets a delivery that this WMS has. `Refused`: `unknown_order`,
        `order_cancelled`, and an owner or a warehouse that isn't the delivery's.

        A replay says that it is answered, not what: its answer goes to people of ours.
        """
        connection = received.connection
        fulfilment = self._own.fulfilment(connection, question.code)
        if fulfilment is None or fulfilment.state in _NOT_THERE:
            raise unknown_order("/request/deliveryOrderCode")
        _check_owner(connection, question.owner_code)
        if not connection.warehouses_named(question.warehouse_code, [fulfilment.warehouse]):
            text = "the order isn't for this warehouse"
            raise Refused("unknown_warehouse", text, field="/request/warehouseCode")
        if fulfilment.state is FulfilmentState.CANCELLED or fulfilment.emptied:
            text = "the order is cancelled; nobody receives it"
            raise Refused("order_cancelled", text, field="/request/deliveryOrderCode")
        message = received.about(fulfilment.no)
        if message.replay is not None:
            return self._told(message, {})
        person = self._orders.person(fulfilment.order_no)
        return self._told(message, questions.write_receiver(question, receiver(person)))

    def carriers_asked(self, received: Received, question: CarrierQuestion) -> Told:
        """expressinfo.query: the carrier that delivery orders name, unless another is asked for."""
        connection = received.connection
        _check_owner(connection, question.owner_code)
        code = connection.logistics_code
        wanted = question.carrier_code in ("", code)
        carriers = [Carrier(code=code, name=CARRIERS.get(code, code))] if wanted else []
        return self._told(received.message, questions.write_carriers(carriers))

    def _has(self, connection: Connection, no: str) -> bool:
        """Whether the WMS has a delivery, and it isn't cancelled."""
        found = self._own.fulfilment(connection, no)
        return found is not None and not _is_over(found)

    def _told(self, message: Message, content: Mapping[str, Content]) -> Told:
        return Told(message=self._accepting.simply(message, Writes), content=content)


def _is_over(fulfilment: Fulfilment) -> bool:
    gone = fulfilment.state in (*_NOT_THERE, FulfilmentState.CANCELLED)
    return gone or fulfilment.emptied


def _within(found: Recipient, since: datetime | None, until: datetime | None) -> bool:
    at = found.ordered_at
    return (since is None or since <= at) and (until is None or at <= until)


def _check_owner(connection: Connection, owner: str) -> None:
    if owner not in ("", connection.owner):
        text = "this owner isn't known here"
        raise Refused("unknown_owner", text, field="/request/ownerCode")
