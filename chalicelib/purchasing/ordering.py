"""Purchase orders come to be: taken approved from a purchasing system, or drafted by a person,
changed and approved.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Protocol

from chalicelib.catalog.model import Sku
from chalicelib.catalog.service import CatalogService
from chalicelib.kernel.clock import Clock, business_date
from chalicelib.kernel.errors import Conflict, NotFound, Refused, Unavailable
from chalicelib.kernel.events import Event
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.purchasing.batching import STALE_SEQUENCE, BatchRules
from chalicelib.purchasing.model import (
    BY_HAND,
    PurchaseLine,
    PurchaseOrder,
    PurchaseOrderInput,
    content_digest,
    input_of,
)
from chalicelib.purchasing.states import PurchaseEvent, PurchaseState, advance_purchase
from chalicelib.purchasing.steps import DRAFTED, plan_step
from chalicelib.purchasing.store import (
    Identity,
    PurchasingStore,
    change_content,
    change_order,
    create_order,
)

ORDER_PREFIX = "PO"
TRIES = 8

Row = Callable[[str], Writes]
"""What the caller wants committed with a new order, given its number."""


class DocumentNumbers(Protocol):
    """Where numbers of documents come from (the slice `numbering`)."""

    def document_number(self, prefix: str) -> str:
        """A new number that begins with the prefix."""
        ...


class Ordering:
    """Use cases of a purchase order before it goes to the warehouse."""

    def __init__(
        self,
        *,
        store: PurchasingStore,
        transaction: Transaction,
        clock: Clock,
        numbers: DocumentNumbers,
        catalog: CatalogService,
        batches: BatchRules,
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._numbers = numbers
        self._catalog = catalog
        self._batches = batches

    def order(self, no: str, *, field: str | None = None) -> PurchaseOrder:
        """A purchase order; `NotFound`, or `Refused` with the field of the message that named
        it.
        """
        order = self._store.purchase_order(no)
        if order is None:
            refusal = NotFound if field is None else Refused
            raise refusal("unknown_purchase_order", "there is no such purchase order", field=field)
        return order

    def accept(
        self, source: str, given: PurchaseOrderInput, message: Source, row: Row | None = None
    ) -> tuple[PurchaseOrder, bool]:
        """See `PurchasingService.accept`."""
        digest = content_digest(given)
        before = self._store.identity(source, given.id)
        if before is not None:
            return self._repeated(before, digest), False
        skus = self._check_names(given)
        drafted = self._new_order(source, given, message, digest)
        state = advance_purchase(drafted.state, PurchaseEvent.APPROVE)
        approved = replace(drafted, state=state)
        step = plan_step(
            drafted,
            approved,
            PurchaseEvent.APPROVE,
            at=approved.created_at,
            by=source,
            message=message,
        )
        for _ in range(TRIES):
            order, numbers = self._batches.plan(approved, skus, self._day(approved))
            planned = Writes([step, *numbers], [_approved(order)])
            try:
                return self._create(order, planned, row)
            except ConditionFailed as failed:
                if STALE_SEQUENCE not in failed.refusals:
                    raise
        raise Unavailable("others keep taking the numbers of batches")

    def draft(self, given: PurchaseOrderInput, *, by: str) -> tuple[PurchaseOrder, bool]:
        """See `PurchasingService.draft`."""
        digest = content_digest(given)
        before = self._store.identity(BY_HAND, given.id)
        if before is not None:
            return self._repeated(before, digest), False
        self._check_names(given)
        order = self._new_order(BY_HAND, given, None, digest)
        step = plan_step(None, order, DRAFTED, at=order.created_at, by=by)
        return self._create(order, Writes([step]), None)

    def change(self, no: str, given: PurchaseOrderInput, *, version: int, by: str) -> PurchaseOrder:
        """See `PurchasingService.change_draft`."""
        digest = content_digest(given)
        order = self.order(no)
        if order.version == version + 1 and order.content_digest == digest:
            # Our own change, whose answer was lost.
            return order
        if order.source != BY_HAND or order.source_id != given.id:
            raise Refused("identity_fixed", "a purchase order keeps its id", field="id")
        state = advance_purchase(order.state, PurchaseEvent.CHANGE)
        _check_version(order, version)
        self._check_names(given)
        changed = replace(
            self._new_order(BY_HAND, given, None, digest, no=no),
            state=state,
            created_at=order.created_at,
            version=order.version + 1,
        )
        step = plan_step(order, changed, PurchaseEvent.CHANGE, at=self._clock.now(), by=by)
        writes = Writes([change_order(changed), change_content(changed, before=order), step])
        try:
            self._transaction.commit(writes)
        except ConditionFailed as failed:
            found = self.order(no)
            if (found.version, found.content_digest) != (changed.version, digest):
                raise _stale(found) from failed
        return changed

    def approve(self, no: str, *, version: int, by: str) -> PurchaseOrder:
        """See `PurchasingService.approve`."""
        for _ in range(TRIES):
            order = self.order(no)
            if order.state is not PurchaseState.DRAFT and self._was_approved(no):
                return order
            state = advance_purchase(order.state, PurchaseEvent.APPROVE)
            _check_version(order, version)
            skus = self._check_names(input_of(order))
            approved = replace(order, state=state, version=order.version + 1)
            approved, numbers = self._batches.plan(approved, skus, self._day(order))
            step = plan_step(order, approved, PurchaseEvent.APPROVE, at=self._clock.now(), by=by)
            event = replace(_approved(approved), occurred_at=self._clock.now())
            try:
                content = change_content(approved, before=order)
                writes = [change_order(approved), content, step, *numbers]
                self._transaction.commit(Writes(writes, [event]))
            except ConditionFailed:
                # Our own commit, or another's change: the next look tells.
                continue
            return approved
        raise Unavailable(f"others keep changing {no}")

    def _day(self, order: PurchaseOrder) -> date:
        """Today, where the warehouse stands."""
        return business_date(self._clock.now(), self._catalog.warehouse(order.warehouse).zone)

    def _was_approved(self, no: str) -> bool:
        return any(step.event == PurchaseEvent.APPROVE for step in self._store.steps(no))

    def _create(
        self, order: PurchaseOrder, also: Writes, row: Row | None
    ) -> tuple[PurchaseOrder, bool]:
        added = row(order.no) if row is not None else Writes()
        try:
            self._transaction.commit(Writes(create_order(order)) + also + added)
        except ConditionFailed:
            before = self._store.identity(order.source, order.source_id)
            if before is None:
                # Not the order but something of the caller's: the caller knows what it means.
                raise
            return self._repeated(before, order.content_digest), before.no == order.no
        return order, True

    def _repeated(self, before: Identity, digest: str) -> PurchaseOrder:
        if before.digest != digest:
            raise Conflict(
                "other_content", "this id has come before with other content", field="id"
            )
        return self.order(before.no)

    def _check_names(self, given: PurchaseOrderInput) -> dict[str, Sku]:
        """Refuses what isn't there or isn't in use; the SKUs."""
        if not self._catalog.supplier(given.supplier, field="supplier").valid:
            raise Refused("supplier_not_in_use", "nothing is bought there now", field="supplier")
        if not self._catalog.warehouse(given.warehouse, field="warehouse").active:
            raise Refused("warehouse_not_in_use", "it takes nothing now", field="warehouse")
        known = self._catalog.skus(line.sku for line in given.lines)
        for at, line in enumerate(given.lines):
            field = f"lines[{at}].sku"
            sku = known.get(line.sku)
            if sku is None:
                raise Refused("unknown_sku", "there is no such sku", field=field)
            if not sku.valid:
                raise Refused("sku_not_in_use", "this SKU isn't in use", field=field)
            if sku.owner != given.owner:
                raise Refused("other_owner", "this SKU is of another owner", field=field)
        return known

    def _new_order(
        self,
        source: str,
        given: PurchaseOrderInput,
        message: Source | None,
        digest: str,
        *,
        no: str = "",
    ) -> PurchaseOrder:
        return PurchaseOrder(
            no=no or self._numbers.document_number(ORDER_PREFIX),
            source=source,
            source_id=given.id,
            supplier=given.supplier,
            warehouse=given.warehouse,
            owner=given.owner,
            currency=given.currency,
            lines=tuple(
                PurchaseLine(
                    line_no=line.line_no,
                    sku=line.sku,
                    quantity=line.quantity,
                    price=line.price,
                    tax_rate_percent=line.tax_rate_percent,
                )
                for line in given.lines
            ),
            state=PurchaseState.DRAFT,
            created_at=self._clock.now(),
            message=message,
            content_digest=digest,
            expected_from=given.expected_from,
            expected_to=given.expected_to,
        )


def _check_version(order: PurchaseOrder, version: int) -> None:
    if order.version != version:
        raise _stale(order)


def _stale(order: PurchaseOrder) -> Conflict:
    return Conflict(
        "stale_purchase_order", f"it is of version {order.version} by now", field="version"
    )


def _approved(order: PurchaseOrder) -> Event:
    return Event(
        id=f"PurchaseOrderApproved:{order.no}",
        kind="PurchaseOrderApproved",
        subject=order.no,
        occurred_at=order.created_at,
        correlation=order.no,
        data={"warehouse": order.warehouse},
    )
