"""The part of the container that speaks to warehouse systems, and what is compared with them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.moving import Moving

if TYPE_CHECKING:
    from chalicelib.movements.opening_service import OpeningService
    from chalicelib.stock.reconciliation import ReconciliationService
    from chalicelib.warehouse.assembling import Assembling
    from chalicelib.warehouse.callbacks import Callbacks
    from chalicelib.warehouse.contents import Contents
    from chalicelib.warehouse.enquiries import Enquiries
    from chalicelib.warehouse.figures import WmsFigures
    from chalicelib.warehouse.own_documents import OwnDocuments
    from chalicelib.warehouse.ports import Documents
    from chalicelib.warehouse.recipients import Recipients
    from chalicelib.warehouse.service import WarehouseService
    from chalicelib.warehouse.store import WarehouseStore
    from chalicelib.warehouse.stuck import StuckDispatches
    from chalicelib.warehouse.unanswered import UnansweredIntercepts


class Gateway(Moving):
    """Messages down to warehouse systems, callbacks up from them."""

    @cached_property
    def contents(self) -> Contents:
        from chalicelib.warehouse.contents import Contents

        return Contents(self.messages)

    @cached_property
    def reconciliation(self) -> ReconciliationService:
        from chalicelib.stock.comparison_store import ComparisonStore
        from chalicelib.stock.reconciliation import AllPending, ReconciliationService

        return ReconciliationService(
            comparisons=ComparisonStore(self.tables),
            store=self._stock_store,
            closes=self.closes,
            files=self.files,
            pending=AllPending(
                self.adjustments, self.purchasing, self.orders, self.returns, self.movement_orders
            ),
            transaction=self.tables,
            clock=self.clock,
        )

    @cached_property
    def openings(self) -> OpeningService:
        from chalicelib.movements.opening_service import OpeningService

        return OpeningService(
            store=self._movements,
            stock=self.stock,
            catalog=self.catalog,
            figures=self.figures,
            transaction=self.tables,
            clock=self.clock,
        )

    @cached_property
    def _warehouse_store(self) -> WarehouseStore:
        from chalicelib.warehouse.store import WarehouseStore

        return WarehouseStore(self.tables)

    @cached_property
    def _recipients(self) -> Recipients:
        from chalicelib.notices.recipients import RecipientDigest
        from chalicelib.warehouse.recipients import Recipients

        return Recipients(items=self.tables, digest=RecipientDigest(self.secrets))

    @cached_property
    def _warehouse_documents(self) -> Documents:
        from chalicelib.warehouse.ports import Documents

        return Documents(
            orders=self.orders,
            purchasing=self.purchasing,
            returns=self.returns,
            movements=self.movement_orders,
            transfers=self.whole_transfers,
            adjustments=self.adjustment_orders,
        )

    @cached_property
    def warehouse(self) -> WarehouseService:
        from chalicelib.warehouse.service import WarehouseService

        return WarehouseService(
            store=self._warehouse_store,
            transaction=self.tables,
            clock=self.clock,
            ids=self.ids,
            exchanges=self.exchanges,
            secrets=self.secrets,
            catalog=self.catalog,
            documents=self._warehouse_documents,
            recipients=self._recipients,
            cache_seconds=self.settings.catalog_cache_seconds,
        )

    @cached_property
    def stuck_dispatches(self) -> StuckDispatches:
        from chalicelib.warehouse.stuck import StuckDispatches

        return StuckDispatches(
            store=self._warehouse_store,
            transaction=self.tables,
            clock=self.clock,
            log=self.messages,
        )

    @cached_property
    def unanswered_intercepts(self) -> UnansweredIntercepts:
        from chalicelib.warehouse.unanswered import UnansweredIntercepts

        return UnansweredIntercepts(
            store=self._warehouse_store,
            transaction=self.tables,
            clock=self.clock,
            calls=self.warehouse.calls,
            circuits=self.warehouse.circuits,
            statuses=self.warehouse.statuses,
            catalog=self.catalog,
            orders=self.orders,
        )

    @cached_property
    def figures(self) -> WmsFigures:
        from chalicelib.warehouse.figures import WmsFigures

        return WmsFigures(
            store=self._warehouse_store,
            transaction=self.tables,
            clock=self.clock,
            calls=self.warehouse.calls,
            circuits=self.warehouse.circuits,
            catalog=self.catalog,
            closes=self.closes,
            reconciliation=self.reconciliation,
        )

    @cached_property
    def _own_documents(self) -> OwnDocuments:
        from chalicelib.warehouse.own_documents import OwnDocuments

        return OwnDocuments(catalog=self.catalog, documents=self._warehouse_documents)

    @cached_property
    def enquiries(self) -> Enquiries:
        from chalicelib.warehouse.enquiries import Enquiries

        return Enquiries(
            store=self._warehouse_store,
            transaction=self.tables,
            calls=self.warehouse.calls,
            circuits=self.warehouse.circuits,
            catalog=self.catalog,
            own=self._own_documents,
        )

    @cached_property
    def assembling(self) -> Assembling:
        from chalicelib.warehouse.assemblies import AssemblyStore
        from chalicelib.warehouse.assembling import Assembling

        return Assembling(
            store=self._warehouse_store,
            assemblies=AssemblyStore(self.tables),
            transaction=self.tables,
            clock=self.clock,
        )

    @cached_property
    def callbacks(self) -> Callbacks:
        from chalicelib.warehouse.accepting import Accepting
        from chalicelib.warehouse.callbacks import Callbacks
        from chalicelib.warehouse.takers import all_takers

        accepting = Accepting(
            store=self._warehouse_store,
            transaction=self.tables,
            clock=self.clock,
            log=self.messages,
            cases=self.exceptions,
        )
        return Callbacks(
            store=self._warehouse_store,
            secrets=self.secrets,
            clock=self.clock,
            log=self.messages,
            takers=all_takers(
                self._warehouse_documents,
                store=self._warehouse_store,
                clock=self.clock,
                catalog=self.catalog,
                accepting=accepting,
                assembling=self.assembling,
                statuses=self.warehouse.statuses,
                recipients=self._recipients,
                adjustments=self.adjustments,
                counts=self.counts,
            ),
        )
