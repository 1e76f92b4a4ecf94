"""Approving a movement order: are the goods there that it wants to let out, and whose are they?

Good stock is reserved in the very transaction of the approval, so it is never promised twice. Other
inventory types can't be sold and so aren't reserved: there have to be as many pieces as the order
wants, at that moment. A supplier gets back only what he delivered, batch by batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.catalog.service import CatalogService
from chalicelib.kernel.errors import Refused
from chalicelib.kernel.writes import Writes
from chalicelib.movements.orders.confirming import listed
from chalicelib.movements.orders.model import MovementOrder
from chalicelib.movements.orders.types import Partner
from chalicelib.stock.model import SELLABLE
from chalicelib.stock.service import StockService
from chalicelib.stock.supplied import SuppliedBatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Approving:
    """The checks and the reservation."""

    catalog: CatalogService
    stock: StockService

    def check_names(self, order: MovementOrder) -> None:
        """Refuses a warehouse, partner or SKU that isn't there or isn't in use."""
        if not self.catalog.warehouse(order.warehouse, field="warehouse").active:
            raise Refused("warehouse_not_in_use", "nothing moves there now", field="warehouse")
        if order.rule.partner is Partner.SUPPLIER:
            self.catalog.supplier(order.partner, field="partner")
        known = self.catalog.skus(line.sku for line in order.lines)
        for at, line in enumerate(order.lines):
            sku = known.get(line.sku)
            if sku is None:
                raise Refused("unknown_sku", "there is no such sku", field=f"lines[{at}].sku")
            if sku.owner != order.owner:
                raise Refused(
                    "other_owner", "this SKU is of another owner", field=f"lines[{at}].sku"
                )

    def plan_goods(self, order: MovementOrder) -> Writes:
        """Of what leaves: checks that it is there, and reserves what can be sold. Refused are
        `not_available` and `not_from_supplier`, with the SKUs; so is `too_many_skus`. Refusals of
        the writes are those of `plan_reserve`.
        """
        if not order.rule.out:
            return Writes()
        self._check_unsellable(order)
        if order.rule.partner is Partner.SUPPLIER:
            self._check_supplier(order)
        sellable = {
            sku: quantity for (sku, name), quantity in order.wanted.items() if name == SELLABLE
        }
        if not sellable:
            return Writes()
        return self.stock.plan_reserve(
            reservation=order.no, warehouse=order.warehouse, lines=sellable, at=order.created_at
        )

    def _check_unsellable(self, order: MovementOrder) -> None:
        wanted = {key: pieces for key, pieces in order.wanted.items() if key[1] != SELLABLE}
        balances = self.stock.balances([(order.warehouse, sku) for sku, _ in wanted])
        short = []
        for (sku, name), pieces in wanted.items():
            balance = balances.get((order.warehouse, sku))
            if balance is None or balance.quantity(name) < pieces:
                short.append(f"{sku} ({name})")
        if short:
            raise not_available(short)

    def _check_supplier(self, order: MovementOrder) -> None:
        wanted = self.batches_of(order)
        found = self.stock.supplied(wanted)
        foreign = [
            f"{batch.sku} ({batch.batch or 'no batch'})"
            for batch, pieces in wanted.items()
            if found[batch].left < pieces
        ]
        if foreign:
            text = f"{order.partner} hasn't delivered as many of: {listed(foreign)}"
            raise Refused("not_from_supplier", text, field="lines")

    @staticmethod
    def batches_of(order: MovementOrder) -> Mapping[SuppliedBatch, int]:
        """Pieces per batch that a vendor return wants to give back."""
        wanted: dict[SuppliedBatch, int] = {}
        for line in order.lines:
            batch = SuppliedBatch(
                warehouse=order.warehouse,
                sku=line.sku,
                supplier=order.partner,
                batch=line.batch,
            )
            wanted[batch] = wanted.get(batch, 0) + line.quantity
        return wanted


def not_available(short: list[str]) -> Refused:
    """The refusal that names what there is too little of."""
    return Refused("not_available", f"there isn't enough of: {listed(short)}", field="lines")
