"""Wires services to their stores and gateways.

Everything is made when first asked for and kept for the life of the container, and every slice is
imported when first needed, so that a function pays only for what it uses.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.cloud import Cloud

if TYPE_CHECKING:
    from chalicelib.catalog.service import CatalogService
    from chalicelib.invoicing.service import Invoicing
    from chalicelib.kernel.exception_book import ExceptionBook
    from chalicelib.messages.exchange import Exchanges
    from chalicelib.messages.service import MessageLog
    from chalicelib.movements.adjustment_service import AdjustmentService
    from chalicelib.movements.opening_service import OpeningService
    from chalicelib.movements.store import MovementStore
    from chalicelib.notices.service import Notices
    from chalicelib.notices.webhooks import StockMessages
    from chalicelib.numbering.service import Numbers
    from chalicelib.orders.service import OrderService
    from chalicelib.purchasing.service import PurchasingService
    from chalicelib.routing.store import RuleBook
    from chalicelib.stock.cost_service import CostService
    from chalicelib.stock.reconciliation import ReconciliationService
    from chalicelib.stock.service import StockService
    from chalicelib.stock.snapshot_service import CloseService
    from chalicelib.stock.store import StockStore
    from chalicelib.warehouse.callbacks import Callbacks
    from chalicelib.warehouse.figures import WmsFigures
    from chalicelib.warehouse.service import WarehouseService
    from chalicelib.warehouse.store import WarehouseStore


class Container(Cloud):
    """The services of one process."""

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

        return StockService(store=self._stock_store, clock=self.clock)

    @cached_property
    def costs(self) -> CostService:
        from chalicelib.stock.cost_service import CostService
        from chalicelib.stock.cost_store import ValueStore

        return CostService(
            store=self._stock_store,
            values=ValueStore(self.tables),
            transaction=self.tables,
            clock=self.clock,
        )

    @cached_property
    def closes(self) -> CloseService:
        from chalicelib.stock.cost_store import ValueStore
        from chalicelib.stock.shard_closer import ShardCloser
        from chalicelib.stock.snapshot_service import CloseService
        from chalicelib.stock.snapshot_store import SnapshotStore

        snapshots = SnapshotStore(self.tables)
        return CloseService(
            store=self._stock_store,
            snapshots=snapshots,
            closer=ShardCloser(
                store=self._stock_store,
                values=ValueStore(self.tables),
                snapshots=snapshots,
                files=self.files,
                clock=self.clock,
            ),
            warehouses=lambda: {each.code: each.buckets for each in self.catalog.warehouses()},
            transaction=self.tables,
            clock=self.clock,
        )

    @cached_property
    def reconciliation(self) -> ReconciliationService:
        from chalicelib.stock.comparison_store import ComparisonStore
        from chalicelib.stock.reconciliation import AllPending, ReconciliationService

        return ReconciliationService(
            comparisons=ComparisonStore(self.tables),
            store=self._stock_store,
            closes=self.closes,
            files=self.files,
            pending=AllPending(self.adjustments, self.purchasing, self.orders),
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
    def purchasing(self) -> PurchasingService:
        from chalicelib.purchasing.service import PurchasingService
        from chalicelib.purchasing.store import PurchasingStore

        return PurchasingService(
            store=PurchasingStore(self.tables),
            transaction=self.tables,
            clock=self.clock,
            numbers=self.numbers,
            catalog=self.catalog,
            stock=self.stock,
        )

    @cached_property
    def _movements(self) -> MovementStore:
        from chalicelib.movements.store import MovementStore

        return MovementStore(self.tables)

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
    def _warehouse_store(self) -> WarehouseStore:
        from chalicelib.warehouse.store import WarehouseStore

        return WarehouseStore(self.tables)

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
            orders=self.orders,
            purchasing=self.purchasing,
            cache_seconds=self.settings.catalog_cache_seconds,
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
    def callbacks(self) -> Callbacks:
        from chalicelib.warehouse.accepting import Accepting
        from chalicelib.warehouse.callbacks import Callbacks
        from chalicelib.warehouse.reports import Reports
        from chalicelib.warehouse.stockchanges import StockChanges

        accepting = Accepting(
            store=self._warehouse_store,
            transaction=self.tables,
            clock=self.clock,
            log=self.messages,
        )
        return Callbacks(
            store=self._warehouse_store,
            secrets=self.secrets,
            clock=self.clock,
            log=self.messages,
            reports=Reports(
                clock=self.clock,
                catalog=self.catalog,
                orders=self.orders,
                purchasing=self.purchasing,
                accepting=accepting,
            ),
            stock_changes=StockChanges(
                catalog=self.catalog, adjustments=self.adjustments, accepting=accepting
            ),
        )

    @cached_property
    def invoicing(self) -> Invoicing:
        from chalicelib.invoicing.platforms.nuonuo import Nuonuo, NuonuoAccount
        from chalicelib.invoicing.service import Invoicing
        from chalicelib.invoicing.store import InvoiceStore

        settings = self.settings
        account = NuonuoAccount(
            url=settings.tax_url,
            app_key=settings.tax_app_key,
            clerk=settings.tax_clerk,
            telephone=settings.tax_telephone,
            address=settings.tax_address,
            secret="providers/tax",  # noqa: S106 - the name of a secret
            token="providers/tax-token",  # noqa: S106 - as above
        )
        return Invoicing(
            store=InvoiceStore(self.tables, self.sealer),
            transaction=self.tables,
            clock=self.clock,
            orders=self.orders,
            shops=self.catalog,
            platform=Nuonuo(account, secrets=self.secrets, clock=self.clock, ids=self.ids),
            exchanges=self.exchanges,
        )

    @cached_property
    def notices(self) -> Notices:
        from chalicelib.notices.providers.aliyun_sms import AliyunAccount, AliyunSms
        from chalicelib.notices.recipients import RecipientDigest
        from chalicelib.notices.service import Notices
        from chalicelib.notices.store import NoticeStore

        account = AliyunAccount(
            url=self.settings.sms_url,
            key_id=self.settings.sms_key_id,
            sign_name=self.settings.sms_sign_name,
            secret="providers/sms",  # noqa: S106 - the name of a secret
        )
        return Notices(
            store=NoticeStore(self.tables),
            transaction=self.tables,
            clock=self.clock,
            orders=self.orders,
            shops=self.catalog,
            provider=AliyunSms(account, secrets=self.secrets, clock=self.clock, ids=self.ids),
            exchanges=self.exchanges,
            digest=RecipientDigest(self.secrets),
        )

    @cached_property
    def stock_messages(self) -> StockMessages:
        from chalicelib.notices.store import NoticeStore
        from chalicelib.notices.webhooks import StockMessages

        return StockMessages(
            store=NoticeStore(self.tables),
            transaction=self.tables,
            clock=self.clock,
            stock=self.stock,
            exchanges=self.exchanges,
            secrets=self.secrets,
            url=self.settings.upstream_url,
            secret="providers/upstream",  # noqa: S106 - the name of a secret
        )

    def _numbers_key(self) -> bytes:
        return self.secrets.current("numbers-key")[0].encode()
