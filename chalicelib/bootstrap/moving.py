"""Wires what moves goods without a sale or a purchase, and what changes stock by itself."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.core import Core

if TYPE_CHECKING:
    from chalicelib.catalog.boms import Boms
    from chalicelib.movements.adjusting.service import AdjustmentOrders
    from chalicelib.movements.adjustment_service import AdjustmentService
    from chalicelib.movements.counts.service import StockCounts
    from chalicelib.movements.orders.service import MovementOrders
    from chalicelib.movements.store import MovementStore
    from chalicelib.movements.suspense import Suspense
    from chalicelib.movements.transfers.closing import TransferClosing
    from chalicelib.movements.transfers.service import Transfers
    from chalicelib.movements.transfers.transit import TransitBook
    from chalicelib.movements.transfers.whole import WholeTransfers


class Moving(Core):
    """Adjustments, counts, suspense, movement orders, transfers and bills of materials."""

    @cached_property
    def _movements(self) -> MovementStore:
        from chalicelib.movements.store import MovementStore

        return MovementStore(self.tables)

    @cached_property
    def adjustments(self) -> AdjustmentService:
        from chalicelib.movements.adjustment_service import AdjustmentService

        return AdjustmentService(
            store=self._movements,
            stock=self.stock,
            catalog=self.catalog,
            transaction=self.tables,
            clock=self.clock,
        )

    @cached_property
    def adjustment_orders(self) -> AdjustmentOrders:
        from chalicelib.movements.adjusting.service import AdjustmentOrders
        from chalicelib.movements.adjusting.store import AdjustmentOrderStore

        return AdjustmentOrders(
            store=AdjustmentOrderStore(self.tables),
            transaction=self.tables,
            clock=self.clock,
            numbers=self.numbers,
            catalog=self.catalog,
            adjustments=self.adjustments,
        )

    @cached_property
    def suspense(self) -> Suspense:
        from chalicelib.movements.otherways import OtherWays
        from chalicelib.movements.suspense import Suspense

        return Suspense(
            items=self.tables,
            transaction=self.tables,
            clock=self.clock,
            catalog=self.catalog,
            stock=self.stock,
            other_ways=OtherWays(
                returns=self.returns, purchasing=self.purchasing, stock=self.stock
            ),
        )

    @cached_property
    def counts(self) -> StockCounts:
        from chalicelib.movements.counts.service import StockCounts
        from chalicelib.movements.counts.store import CountStore

        return StockCounts(
            store=CountStore(self.tables),
            adjustments=self.adjustments,
            stock=self.stock,
            catalog=self.catalog,
            transaction=self.tables,
            clock=self.clock,
        )

    @cached_property
    def _transit(self) -> TransitBook:
        from chalicelib.movements.transfers.transit import TransitBook

        return TransitBook(items=self.tables, transaction=self.tables, clock=self.clock)

    @cached_property
    def movement_orders(self) -> MovementOrders:
        from chalicelib.movements.orders.service import MovementOrders
        from chalicelib.movements.orders.store import MovementOrderStore

        return MovementOrders(
            store=MovementOrderStore(self.tables),
            transaction=self.tables,
            clock=self.clock,
            numbers=self.numbers,
            catalog=self.catalog,
            stock=self.stock,
            transit=self._transit,
        )

    @cached_property
    def boms(self) -> Boms:
        from chalicelib.catalog.boms import Boms

        return Boms(items=self.tables, transaction=self.tables, catalog=self.catalog)

    @cached_property
    def transfers(self) -> Transfers:
        from chalicelib.movements.transfers.service import Transfers
        from chalicelib.movements.transfers.store import TransferStore

        return Transfers(
            store=TransferStore(self.tables),
            transaction=self.tables,
            clock=self.clock,
            numbers=self.numbers,
            catalog=self.catalog,
            orders=self.movement_orders,
            transit=self._transit,
        )

    @cached_property
    def whole_transfers(self) -> WholeTransfers:
        from chalicelib.movements.transfers.store import TransferStore
        from chalicelib.movements.transfers.whole import WholeTransfers

        return WholeTransfers(
            store=TransferStore(self.tables), clock=self.clock, orders=self.movement_orders
        )

    @cached_property
    def transfer_closing(self) -> TransferClosing:
        from chalicelib.movements.transfers.closing import TransferClosing
        from chalicelib.movements.transfers.store import TransferStore

        return TransferClosing(
            store=TransferStore(self.tables),
            transaction=self.tables,
            clock=self.clock,
            catalog=self.catalog,
            stock=self.stock,
            transit=self._transit,
            tolerance=timedelta(hours=self.settings.transfer_tolerance_hours),
        )
