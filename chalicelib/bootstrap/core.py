"""The core of the container: message log, numbers, catalog, stock, orders, purchasing. Nothing here
speaks to a warehouse, a tax platform or a provider.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.cloud import Cloud

if TYPE_CHECKING:
    from chalicelib.catalog.service import CatalogService
    from chalicelib.kernel.exception_book import ExceptionBook
    from chalicelib.messages.exchange import Exchanges
    from chalicelib.messages.service import MessageLog
    from chalicelib.numbering.service import Numbers
    from chalicelib.orders.returns.service import ReturnService
    from chalicelib.orders.service import OrderService
    from chalicelib.purchasing.service import PurchasingService
    from chalicelib.routing.store import RuleBook
    from chalicelib.stock.auditing import Auditor
    from chalicelib.stock.cost_service import CostService
    from chalicelib.stock.exporting import ExportService
    from chalicelib.stock.nightly_audit import NightlyAudit
    from chalicelib.stock.past import PastStock
    from chalicelib.stock.period_gate import PeriodGate
    from chalicelib.stock.segment_service import SegmentService
    from chalicelib.stock.service import StockService
    from chalicelib.stock.snapshot_service import CloseService
    from chalicelib.stock.store import StockStore


class Core(Cloud):
    """What the slices that speak to peers, and those that bring several together, are built on."""

    @cached_property
    def messages(self) -> MessageLog:
        from chalicelib.messages.service import MessageLog
        from chalicelib.messages.store import MessageStore

        return MessageLog(
            files=self.files,
            store=MessageStore(self.tables),
            transaction=self.tables,
            clock=self.clock,
            ids=self.ids,
        )

    @cached_property
    def exceptions(self) -> ExceptionBook:
        from chalicelib.kernel.exception_book import ExceptionBook

        return ExceptionBook(items=self.tables, transaction=self.tables, clock=self.clock)

    @cached_property
    def exchanges(self) -> Exchanges:
        from chalicelib.messages.exchange import Exchanges

        return Exchanges(log=self.messages, http=self.http)

    @cached_property
    def numbers(self) -> Numbers:
        from chalicelib.numbering.service import Numbers

        return Numbers(
            items=self.tables,
            transaction=self.tables,
            clock=self.clock,
            key=self._numbers_key,
        )

    @cached_property
    def catalog(self) -> CatalogService:
        from chalicelib.catalog.service import CatalogService
        from chalicelib.catalog.store import CatalogStore

        return CatalogService(
            store=CatalogStore(self.tables),
            transaction=self.tables,
            clock=self.clock,
            buckets=self.settings.stock_buckets,
            cache_seconds=self.settings.catalog_cache_seconds,
        )

    @cached_property
    def _stock_store(self) -> StockStore:
        from chalicelib.stock.store import StockStore

        return StockStore(self.tables)

    @cached_property
    def stock(self) -> StockService:
        from chalicelib.stock.service import StockService

        return StockService(store=self._stock_store, gate=self._period_gate, clock=self.clock)

    @cached_property
    def _period_gate(self) -> PeriodGate:
        from chalicelib.stock.period_gate import PeriodGate
        from chalicelib.stock.period_store import PeriodStore

        return PeriodGate(
            periods=PeriodStore(self.tables),
            zone=lambda warehouse: self.catalog.warehouse(warehouse).zone,
            clock=self.clock,
        )

    @cached_property
    def costs(self) -> CostService:
        from chalicelib.stock.cost_service import CostService
        from chalicelib.stock.cost_store import ValueStore

        return CostService(
            store=self._stock_store,
            values=ValueStore(self.tables),
            transaction=self.tables,
            clock=self.clock,
            method=self.catalog.cost_method,
        )

    @cached_property
    def closes(self) -> CloseService:
        from chalicelib.stock.cost_store import ValueStore
        from chalicelib.stock.shard_closer import ShardCloser
        from chalicelib.stock.shard_lines import ShardLines
        from chalicelib.stock.snapshot_service import CloseService
        from chalicelib.stock.snapshot_store import SnapshotStore

        snapshots = SnapshotStore(self.tables)
        return CloseService(
            store=self._stock_store,
            snapshots=snapshots,
            closer=ShardCloser(
                store=self._stock_store,
                lines=ShardLines(
                    store=self._stock_store, values=ValueStore(self.tables), files=self.files
                ),
                snapshots=snapshots,
                files=self.files,
                transaction=self.tables,
                clock=self.clock,
            ),
            files=self.files,
            warehouses=lambda: {
                each.code: each.buckets for each in self.catalog.fresh_warehouses()
            },
            transaction=self.tables,
            clock=self.clock,
        )

    @cached_property
    def segments(self) -> SegmentService:
        from chalicelib.stock.segment_service import SegmentService

        return SegmentService(
            files=self.files, items=self.tables, transaction=self.tables, clock=self.clock
        )

    @cached_property
    def past_stock(self) -> PastStock:
        from chalicelib.stock.cost_store import ValueStore
        from chalicelib.stock.past import PastStock
        from chalicelib.stock.snapshot_store import SnapshotStore

        return PastStock(
            store=self._stock_store,
            values=ValueStore(self.tables),
            snapshots=SnapshotStore(self.tables),
            files=self.files,
            clock=self.clock,
        )

    @cached_property
    def auditor(self) -> Auditor:
        from chalicelib.stock.auditing import Auditor
        from chalicelib.stock.cost_store import ValueStore
        from chalicelib.stock.snapshot_store import SnapshotStore

        return Auditor(
            store=self._stock_store,
            values=ValueStore(self.tables),
            snapshots=SnapshotStore(self.tables),
            files=self.files,
        )

    @cached_property
    def nightly_audit(self) -> NightlyAudit:
        from chalicelib.stock.nightly_audit import NightlyAudit

        return NightlyAudit(
            auditor=self.auditor,
            items=self.tables,
            files=self.files,
            transaction=self.tables,
            clock=self.clock,
        )

    @cached_property
    def exports(self) -> ExportService:
        from chalicelib.stock.cost_store import ValueStore
        from chalicelib.stock.export_store import ExportStore
        from chalicelib.stock.exporting import ExportService

        return ExportService(
            store=self._stock_store,
            values=ValueStore(self.tables),
            exports=ExportStore(self.tables),
            files=self.files,
            links=self.links,
            buckets=lambda warehouse: self.catalog.warehouse(warehouse).buckets,
            transaction=self.tables,
            clock=self.clock,
        )

    @cached_property
    def rules(self) -> RuleBook:
        from chalicelib.catalog.cache import TimedCache
        from chalicelib.routing.store import RuleBook

        seconds = self.settings.catalog_cache_seconds
        return RuleBook(self.tables, self.tables, kept=TimedCache(self.clock, seconds=seconds))

    @cached_property
    def orders(self) -> OrderService:
        from chalicelib.orders.service import OrderService

        return OrderService(
            items=self.tables,
            transaction=self.tables,
            clock=self.clock,
            sealer=self.sealer,
            catalog=self.catalog,
            numbers=self.numbers,
            stock=self.stock,
            rules=self.rules,
        )

    @cached_property
    def returns(self) -> ReturnService:
        from chalicelib.orders.returns.service import ReturnService

        return ReturnService(
            items=self.tables,
            transaction=self.tables,
            clock=self.clock,
            sealer=self.sealer,
            catalog=self.catalog,
            numbers=self.numbers,
            stock=self.stock,
            orders=self.orders,
            exceptions=self.exceptions,
        )

    @cached_property
    def purchasing(self) -> PurchasingService:
        from chalicelib.purchasing.batching import BatchRules
        from chalicelib.purchasing.service import PurchasingService
        from chalicelib.purchasing.store import PurchasingStore
        from chalicelib.purchasing.tolerances import Tolerances

        return PurchasingService(
            store=PurchasingStore(self.tables),
            transaction=self.tables,
            clock=self.clock,
            numbers=self.numbers,
            catalog=self.catalog,
            stock=self.stock,
            tolerances=Tolerances(items=self.tables, transaction=self.tables),
            batches=BatchRules(items=self.tables, transaction=self.tables),
        )

    def _numbers_key(self) -> bytes:
        return self.secrets.current("numbers-key")[0].encode()
