"""Accepting what a WMS says moved: matched to the order, with what a person has to look at."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chalicelib.catalog.service import CatalogService
from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Refused
from chalicelib.kernel.events import Event
from chalicelib.kernel.exceptions import ExceptionKind, plan_exception
from chalicelib.kernel.strict_json import check_text
from chalicelib.kernel.writes import Writes
from chalicelib.movements.orders.confirming import (
    Doubt,
    cases_of,
    doubts_on_acceptance,
    match_lines,
)
from chalicelib.movements.orders.model import Confirmation, ConfirmedLine, MovementOrder
from chalicelib.movements.orders.store import create_confirmation
from chalicelib.movements.orders.types import Partner
from chalicelib.stock.service import StockService
from chalicelib.stock.supplied import SuppliedBatch

MOST_NAME = 100
"""Signs of a SKU or batch as a WMS names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationIntake:
    """Plans accepted confirmations."""

    catalog: CatalogService
    stock: StockService
    clock: Clock

    def plan(self, order: MovementOrder, confirmation: Confirmation) -> Writes:
        """The confirmation, its cases, and the event that has it posted."""
        check_lines(confirmation.lines)
        matched = match_lines(order, confirmation.lines)
        accepted = replace(confirmation, lines=matched)
        now = self.clock.now()
        known = self.catalog.skus(line.sku for line in matched)
        doubts = doubts_on_acceptance(order, confirmation.lines, accepted, known)
        doubts.append(self._doubt_on_batches(order, accepted))
        cases = cases_of(doubts, accepted.id, message_id=accepted.message_id, at=now)
        event = Event(
            id=f"MovementConfirmed:{accepted.id}",
            kind="MovementConfirmed",
            subject=accepted.id,
            occurred_at=now,
            correlation=order.transfer or order.no,
            data={"movement_order": order.no, "warehouse": accepted.warehouse},
        )
        return Writes(
            [*create_confirmation(accepted), *(plan_exception(case) for case in cases)], [event]
        )

    def _doubt_on_batches(self, order: MovementOrder, accepted: Confirmation) -> Doubt:
        """Batches that went to a supplier who hasn't delivered them."""
        foreign: list[str] = []
        if order.rule.partner is Partner.SUPPLIER:
            batches = {
                SuppliedBatch(
                    warehouse=accepted.warehouse,
                    sku=line.sku,
                    supplier=order.partner,
                    batch=line.batch,
                )
                for line in accepted.lines
                if line.quantity
            }
            found = self.stock.supplied(sorted(batches))
            foreign = [
                f"{batch.sku} ({batch.batch or 'no batch'})"
                for batch, supplied in found.items()
                if not supplied.received
            ]
        text = f"went to {order.partner}, who hasn't delivered them"
        return (ExceptionKind.VENDOR_RETURN_OTHER_BATCH, foreign, text)


def check_lines(lines: tuple[ConfirmedLine, ...]) -> None:
    """Refuses what can't become a key of the ledger, while its sender listens."""
    for at, line in enumerate(lines):
        place = f"lines[{at}]"
        if line.quantity < 0:
            raise Refused("negative_quantity", "what moved is 0 or more", field=f"{place}.quantity")
        check_text(line.sku, field=f"{place}.sku", least=1, most=MOST_NAME)
        check_text(line.inventory_type, field=f"{place}.inventory_type", least=1, most=20)
        check_text(line.batch, field=f"{place}.batch", most=MOST_NAME)
