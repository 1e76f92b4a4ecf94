"""Movement orders come in signed and approved, or are drafted and approved by people; they go to
their warehouse, and what it confirms is booked, message by message.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.catalog.service import CatalogService
from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import NotFound, Refused, Unavailable
from chalicelib.kernel.events import Event
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.movements.orders import planning
from chalicelib.movements.orders.accepting import ConfirmationIntake
from chalicelib.movements.orders.approving import Approving, not_available
from chalicelib.movements.orders.model import (
    Confirmation,
    MovementLine,
    MovementOrder,
    MovementOrderInput,
    content_digest,
)
from chalicelib.movements.orders.posting import ConfirmationPosting
from chalicelib.movements.orders.store import (
    STALE_MOVEMENT,
    MovementOrderStore,
    change_order,
    create_order,
)
from chalicelib.movements.ports import DocumentNumbers, Transit
from chalicelib.movements.states import MovementEvent, MovementState, next_movement
from chalicelib.stock.comparing import Pending
from chalicelib.stock.planning import commit_replanning
from chalicelib.stock.reserving import shortages
from chalicelib.stock.service import StockService

ORDER_PREFIX = "MO"
CONFIRMATION_PREFIX = "MC"
TRIES = 8


class MovementOrders:
    """Use cases of movement orders and their confirmations."""

    def __init__(
        self,
        *,
        store: MovementOrderStore,
        transaction: Transaction,
        clock: Clock,
        numbers: DocumentNumbers,
        catalog: CatalogService,
        stock: StockService,
        transit: Transit,
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._numbers = numbers
        self._catalog = catalog
        self._stock = stock
        self._approving = Approving(catalog=catalog, stock=stock)
        self._accepting = ConfirmationIntake(catalog=catalog, stock=stock, clock=clock)
        self._posting = ConfirmationPosting(
            store=store,
            transaction=transaction,
            clock=clock,
            catalog=catalog,
            stock=stock,
            transit=transit,
        )

    # --- reads

    def order(self, no: str, *, field: str | None = None) -> MovementOrder:
        """A movement order; `NotFound`, or `Refused` with the field of the message that named
        it.
        """
        order = self._store.order(no)
        if order is None:
            refusal = NotFound if field is None else Refused
            raise refusal("unknown_movement_order", "there is no such movement order", field=field)
        return order

    def orders(
        self, warehouse: str, *, limit: int = 50, cursor: str | None = None
    ) -> tuple[list[str], str | None]:
        """Numbers of a warehouse's movement orders, the newest first, and where to go on."""
        return self._store.order_numbers(warehouse, limit=limit, cursor=cursor)

    def confirmations(self, no: str) -> list[Confirmation]:
        """The confirmations of a movement order, posted or not, by id."""
        return [self._posting.confirmation(row.id) for row in self._store.confirmations_of(no)]

    def pending(self, warehouse: str, skus: Sequence[str]) -> list[Pending]:
        """Lines of these SKUs that have moved and aren't booked (`stock.PendingDocuments`)."""
        found = []
        for confirmation in self._store.unposted(warehouse):
            out = self.order(confirmation.order).rule.out
            found += [
                Pending(
                    document=confirmation.id,
                    sku=line.sku,
                    inventory_type=line.inventory_type,
                    quantity=-line.quantity if out and not line.made else line.quantity,
                    message_id=confirmation.message_id,
                )
                for line in confirmation.lines
                if line.sku in skus
            ]
        return found

    # --- an order comes in and is approved

    def take(
        self,
        source: str,
        given: MovementOrderInput,
        message: Source,
        *,
        approved_by: str = "",
        row: Callable[[str], Writes] | None = None,
    ) -> tuple[MovementOrder, bool]:
        """Takes a movement order, approved by `approved_by` or else as a draft; the order, and
        whether it is new. `row` tells what the caller wants committed with a new one.

        The same content under the same id: the order of then. Other content: `Conflict`. What isn't
        there, isn't in use, isn't available or isn't the supplier's: `Refused` with its field.
        """
        digest = content_digest(given)
        before = self._store.identity(source, given.id)
        if before is not None:
            return self.order(before.repeated(digest)), False
        order = self._new_order(source, given, message)
        writes = Writes() if row is None else row(order.no)
        try:
            self._transaction.commit(self.plan_new(order, approved_by=approved_by) + writes)
        except ConditionFailed as failed:
            before = self._store.identity(source, given.id)
            if before is not None:
                return self.order(before.repeated(digest)), before.no == order.no
            if shortages(failed):
                raise not_available(list(shortages(failed))) from failed
            raise
        return self.order(order.no), True

    def plan_new(self, order: MovementOrder, *, approved_by: str = "") -> Writes:
        """A new order, a draft; approved at once if somebody approves it. One that its WMS has
        already (`sent_at`) isn't sent.
        """
        self._approving.check_names(order)
        if not approved_by:
            return Writes(create_order(order))
        approved = self._approved(order, approved_by)
        if approved.sent_at is not None:
            state = next_movement(approved.state, MovementEvent.SEND)
            return Writes(create_order(replace(approved, state=state)))
        return Writes(create_order(approved), [_approved_event(approved)]) + (
            self._approving.plan_goods(approved)
        )

    def approve(self, no: str, *, by: str) -> MovementOrder:
        """Approves a draft: its goods are reserved and it goes to the warehouse. Again: nothing."""
        for _ in range(TRIES):
            order = self.order(no)
            state = next_movement(order.state, MovementEvent.APPROVE)
            if state is order.state:
                return order
            approved = replace(self._approved(order, by), version=order.version + 1)
            writes = Writes([change_order(approved)], [_approved_event(approved)])
            try:
                self._transaction.commit(writes + self._approving.plan_goods(approved))
                return approved
            except ConditionFailed as failed:
                if shortages(failed) and STALE_MOVEMENT not in failed.refusals:
                    raise not_available(list(shortages(failed))) from failed
        raise Unavailable(f"others keep changing {no}")

    def _approved(self, order: MovementOrder, by: str) -> MovementOrder:
        state = next_movement(order.state, MovementEvent.APPROVE)
        return replace(order, state=state, approved_at=self._clock.now(), approved_by=by)

    def _new_order(self, source: str, given: MovementOrderInput, message: Source) -> MovementOrder:
        return MovementOrder(
            no=self.order_number(),
            source=source,
            source_id=given.id,
            type=given.type,
            warehouse=given.warehouse,
            owner=given.owner,
            lines=tuple(
                MovementLine(
                    line_no=line.line_no,
                    sku=line.sku,
                    quantity=line.quantity,
                    inventory_type=line.inventory_type,
                    batch=line.batch,
                    price=line.price,
                    made=line.made,
                    weight=line.weight,
                )
                for line in given.lines
            ),
            state=MovementState.DRAFT,
            created_at=self._clock.now(),
            message=message,
            content_digest=content_digest(given),
            partner=given.partner,
            department=given.department,
            subject=given.subject,
            bom=given.bom,
            service=given.service,
            pieces=given.pieces,
            expected_at=given.expected_at,
        )

    # --- it goes to the warehouse, and is asked back

    def plan_sent(self, no: str, wms_id: str, source: Source, at: datetime) -> Writes:
        """The WMS has the order, under its own id ("": it told none); `source` is its answer.

        Told again the same: empty `Writes`. Another id than before: `Conflict`. Refusal:
        `stale_movement_order`, plan again.
        """
        return planning.sent(self.order(no), wms_id, source, at)

    def cancel(self, no: str) -> MovementOrder:
        """Asks for an order back. A draft is cancelled at once; of any other the WMS decides."""
        commit_replanning(
            self._transaction,
            lambda: planning.asked_back(self.order(no), self._clock),
            also=[STALE_MOVEMENT],
        )
        return self.order(no)

    def plan_cancel_result(self, no: str, *, accepted: bool, source: Source) -> Writes:
        """The WMS's word on a cancel; told again: empty `Writes`. Refusals, to be planned again:
        `stale_movement_order`, `stale_reservation`.
        """
        return planning.cancel_result(
            self.order(no), accepted=accepted, source=source, stock=self._stock, clock=self._clock
        )

    # --- goods move

    def order_number(self) -> str:
        """A number for a new order."""
        return self._numbers.document_number(ORDER_PREFIX)

    def confirmation_number(self) -> str:
        """A number for a new confirmation."""
        return self._numbers.document_number(CONFIRMATION_PREFIX)

    def plan_confirmation(self, confirmation: Confirmation) -> Writes:
        """Accepts what a WMS says moved, as it happened: an increment, also after a final one.

        What doesn't fit the order is accepted too and raises cases for a person. `Refused`:
        `unknown_movement_order`, `negative_quantity`, and a name that is too long to be one.
        Refusal of the writes: `confirmation_taken`. The posting follows by `MovementConfirmed`.
        """
        order = self.order(confirmation.order, field="movement_order")
        return self._accepting.plan(order, confirmation)

    def post_confirmation(self, confirmation: str) -> None:
        """Books an accepted confirmation into the ledger and on its order; again it does
        nothing.
        """
        self._posting.post(confirmation)


def _approved_event(order: MovementOrder) -> Event:
    return Event(
        id=f"MovementApproved:{order.no}",
        kind="MovementApproved",
        subject=order.no,
        occurred_at=order.approved_at or order.created_at,
        correlation=order.no,
        data={"warehouse": order.warehouse, "type": order.type},
    )
