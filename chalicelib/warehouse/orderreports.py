"""What a WMS reports of an order before and beside its confirms: steps, shortages, exceptions."""

from __future__ import annotations

from datetime import datetime

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.events import Event
from chalicelib.kernel.exceptions import ExceptionKind
from chalicelib.kernel.ids import code_or_stand_in
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Writes
from chalicelib.messages.model import Message
from chalicelib.orders.model import Fulfilment
from chalicelib.orders.shortage import Lacking
from chalicelib.warehouse.accepting import Accepting, Doubt
from chalicelib.warehouse.codes import ExceptionType
from chalicelib.warehouse.documents.incoming.lines import INTERMEDIATE
from chalicelib.warehouse.documents.incoming.ordercontrol import (
    ExceptionReport,
    LackReport,
    ProcessReport,
)
from chalicelib.warehouse.documents.outgoing.deliveryorder import line_no_of
from chalicelib.warehouse.own_documents import OwnDocuments
from chalicelib.warehouse.ports import MovementOrders, Orders, Purchasing
from chalicelib.warehouse.received import Received, unknown_order
from chalicelib.warehouse.statuses.book import StatusBook
from chalicelib.warehouse.statuses.model import DocumentKind, Effect, Notify, StatusRow

_NOTED = frozenset({Effect.MOVE, Effect.TRACK, Effect.ALERT})
_SHORTAGES = frozenset({ExceptionType.SYSTEM_SHORTAGE, ExceptionType.PHYSICAL_SHORTAGE})


class OrderReports:
    """orderprocess.report, itemlack.report and orderexception.report."""

    def __init__(
        self,
        *,
        clock: Clock,
        own: OwnDocuments,
        orders: Orders,
        purchasing: Purchasing,
        movements: MovementOrders,
        accepting: Accepting,
        statuses: StatusBook,
    ) -> None:
        self._clock = clock
        self._own = own
        self._orders = orders
        self._purchasing = purchasing
        self._movements = movements
        self._accepting = accepting
        self._statuses = statuses

    def step_reported(self, received: Received, report: ProcessReport) -> Message:
        """orderprocess.report: a step of a fulfilment. Of a purchase order, a movement order or a
        transfer only its cancel moves anything, and a person looks where its status asks for that;
        of a return it is only kept.
        """
        fulfilment = self._own.fulfilment(received.connection, report.code)
        if fulfilment is not None:
            message = received.about(fulfilment.no)
            return self._accepting.simply(
                message, lambda: self._plan_step(received, message, fulfilment, report)
            )
        returned = self._own.return_order(received.connection, report.code)
        if returned is not None:
            return self._accepting.simply(received.about(returned.no), Writes)
        moving = self._own.movement_order(received.connection, report.code)
        if moving is not None:
            message, moving_no = received.about(moving.no), moving.no
            row = self._row(received, DocumentKind.MOVEMENT, report)
            return self._accepting.simply(
                message, lambda: self._plan_movement_step(message, moving_no, row, report)
            )
        transfer = self._own.transfer(received.connection, report.code)
        if transfer is not None and transfer.whole:
            message, leg = received.about(transfer.no), transfer.out_leg
            row = self._row(received, DocumentKind.MOVEMENT, report)
            return self._accepting.simply(
                message, lambda: self._plan_movement_step(message, leg, row, report)
            )
        order = self._own.purchase_order(received.connection, report.code)
        if order is None:
            raise unknown_order("/request/order/orderCode")
        message, no = received.about(order.no), order.no
        row = self._row(received, DocumentKind.ENTRY, report)
        return self._accepting.simply(
            message, lambda: self._plan_entry_step(message, no, row, report)
        )

    def lack_reported(self, received: Received, report: LackReport) -> Message:
        """itemlack.report: what it lacks is sourced again from other warehouses."""
        fulfilment = self._fulfilment(received, report.code, "/request/deliveryOrderCode")
        lacking = [Lacking(sku=line.item_code, quantity=line.lacking) for line in report.lines]
        return self._short(received, fulfilment, lacking, report)

    def exception_reported(self, received: Received, report: ExceptionReport) -> Message:
        """orderexception.report: a shortage goes the way of itemlack.report (without lines: all
        that isn't confirmed); of anything else a person is told.
        """
        fulfilment = self._fulfilment(received, report.code, "/request/deliveryOrderCode")
        if report.kind in _SHORTAGES:
            lacking = [
                Lacking(
                    sku=line.item_code,
                    quantity=line.affected,
                    line_no=line_no_of(line.order_line_no),
                )
                for line in report.lines
            ]
            return self._short(received, fulfilment, lacking or None, report)
        message = received.about(fulfilment.no)
        text = f"the warehouse reported an exception of type {code_or_stand_in(report.kind)}"
        doubt = Doubt(kind=ExceptionKind.ORDER_EXCEPTION, text=text)
        given = received.identity(
            report, fulfilment.no, out_biz_code=report.message_id, confirm_type=INTERMEDIATE
        )
        return self._accepting.once(
            given,
            message,
            lambda: self._accepting.plan_doubts(message, fulfilment.no, doubt),
        )

    def _fulfilment(self, received: Received, code: str, field: str) -> Fulfilment:
        found = self._own.fulfilment(received.connection, code)
        if found is None:
            raise unknown_order(field)
        return found

    def _short(
        self,
        received: Received,
        fulfilment: Fulfilment,
        lacking: list[Lacking] | None,
        report: LackReport | ExceptionReport,
        /,
    ) -> Message:
        message = received.about(fulfilment.no)
        code = report.out_biz_code if isinstance(report, LackReport) else report.message_id
        # An order may fall short more than once: each report is a part, like a partial confirm.
        given = received.identity(
            report, fulfilment.no, out_biz_code=code, confirm_type=INTERMEDIATE
        )
        return self._accepting.once(
            given,
            message,
            lambda: self._orders.plan_shortage(
                fulfilment.no,
                lacking,
                source=Source(message_id=message.id, path="/request"),
                at=report.created_at or message.at,
            ),
        )

    def _row(self, received: Received, document: DocumentKind, report: ProcessReport) -> StatusRow:
        statuses = self._statuses.of(received.connection.code)
        return statuses.row(document, code_or_stand_in(report.status))

    def _plan_entry_step(
        self, message: Message, no: str, row: StatusRow, report: ProcessReport
    ) -> Writes:
        if row.effect not in (Effect.CANCELLED, Effect.CANCEL_REFUSED):
            return self._plan_look(message, no, row)
        return self._purchasing.plan_cancel_result(
            no,
            accepted=row.effect is Effect.CANCELLED,
            source=Source(message_id=message.id, path=report.path),
            at=report.operated_at or message.at,
        )

    def _plan_movement_step(
        self, message: Message, no: str, row: StatusRow, report: ProcessReport
    ) -> Writes:
        if row.effect not in (Effect.CANCELLED, Effect.CANCEL_REFUSED):
            return self._plan_look(message, no, row)
        return self._movements.plan_cancel_result(
            no,
            accepted=row.effect is Effect.CANCELLED,
            source=Source(message_id=message.id, path=report.path),
        )

    def _plan_step(
        self, received: Received, message: Message, fulfilment: Fulfilment, report: ProcessReport
    ) -> Writes:
        row = self._row(received, DocumentKind.DELIVERY, report)
        at = report.operated_at or message.at
        source = Source(message_id=message.id, path=report.path)
        planned = self._plan_effect(
            fulfilment.no, row, source=source, at=at, intercept=received.connection.intercepts
        )
        if not len(planned):
            return planned
        if row.notify is Notify.BUYER and not fulfilment.emptied:
            planned += Writes([], [self._reached(fulfilment, row)])
        if row.effect in _NOTED:
            planned += self._plan_look(message, fulfilment.no, row)
        return planned

    def _plan_effect(
        self, no: str, row: StatusRow, *, source: Source, at: datetime, intercept: bool
    ) -> Writes:
        match row.effect:
            case Effect.CANCELLED | Effect.CANCEL_REFUSED:
                return self._orders.plan_cancel_result(
                    no,
                    accepted=row.effect is Effect.CANCELLED,
                    source=source,
                    at=at,
                    raw=row.code,
                    intercept=intercept,
                )
            case Effect.REJECTED:
                return self._orders.plan_refused(no, row.code, source=source, at=at)
            case Effect.INTERCEPTED | Effect.INTERCEPT_FAILED:
                stopped = row.effect is Effect.INTERCEPTED
                return self._orders.plan_intercept_result(
                    no, stopped=stopped, source=source, at=at, raw=row.code
                )
            case _:
                word = row.moves_to.value if row.moves_to else row.code
                return self._orders.plan_progress(no, word, at=at, source=source, raw=row.code)

    def _plan_look(self, message: Message, document: str, row: StatusRow) -> Writes:
        """A case where the status asks for a person."""
        if row.effect is not Effect.ALERT and row.notify not in (
            Notify.SERVICE,
            Notify.OPERATIONS,
        ):
            return Writes()
        text = f"the warehouse reported {row.code}"
        doubt = Doubt(kind=ExceptionKind.WAREHOUSE_STEP_NEEDS_A_LOOK, text=text)
        return self._accepting.plan_doubts(message, document, doubt)

    def _reached(self, fulfilment: Fulfilment, row: StatusRow) -> Event:
        """Has the buyer told, once a status and fulfilment."""
        return Event(
            id=f"StatusReached:{fulfilment.no}:{row.code}",
            kind="StatusReached",
            subject=fulfilment.no,
            occurred_at=self._clock.now(),
            correlation=fulfilment.order_no,
            data={"fulfilment": fulfilment.no, "text": row.buyer.text if row.buyer else ""},
        )
