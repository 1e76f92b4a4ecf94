"""The job of every kind of dispatch."""

from __future__ import annotations

from chalicelib.kernel.clock import Clock
from chalicelib.warehouse.jobs.adjustment import AdjustmentJob
from chalicelib.warehouse.jobs.cancellables import cancel_jobs
from chalicelib.warehouse.jobs.delivery import DeliveryJob
from chalicelib.warehouse.jobs.entry import EntryJob
from chalicelib.warehouse.jobs.intercept import InterceptJob
from chalicelib.warehouse.jobs.master import (
    BundleJob,
    ItemJob,
    ShopJob,
    SupplierJob,
    WarehouseJob,
)
from chalicelib.warehouse.jobs.movement import MovementJob
from chalicelib.warehouse.jobs.pending import PendingJob
from chalicelib.warehouse.jobs.readiness import Readiness
from chalicelib.warehouse.jobs.returns import ReturnJob
from chalicelib.warehouse.jobs.steps import Job
from chalicelib.warehouse.jobs.transfer import TransferJob
from chalicelib.warehouse.model import DispatchKind
from chalicelib.warehouse.ports import Catalog, Documents
from chalicelib.warehouse.statuses.book import StatusBook
from chalicelib.warehouse.store import WarehouseStore


def all_jobs(
    documents: Documents,
    *,
    store: WarehouseStore,
    clock: Clock,
    catalog: Catalog,
    ready: Readiness,
    statuses: StatusBook,
    deliveries: DeliveryJob,
) -> dict[DispatchKind, Job]:
    """One for each kind; the kinds of movement orders share theirs. `deliveries` is given, since
    delivery orders go with others too.
    """
    movement = MovementJob(
        clock=clock,
        catalog=catalog,
        movements=documents.movements,
        transfers=documents.transfers,
        readiness=ready,
    )
    return {
        DispatchKind.ITEM: ItemJob(store=store, clock=clock, catalog=catalog),
        DispatchKind.SUPPLIER: SupplierJob(store=store, clock=clock, catalog=catalog),
        DispatchKind.BUNDLE: BundleJob(store=store, clock=clock, catalog=catalog, readiness=ready),
        DispatchKind.SHOP: ShopJob(store=store, clock=clock, catalog=catalog),
        DispatchKind.WAREHOUSE: WarehouseJob(store=store, clock=clock, catalog=catalog),
        DispatchKind.ENTRY: EntryJob(
            clock=clock, catalog=catalog, purchasing=documents.purchasing, readiness=ready
        ),
        DispatchKind.DELIVERY: deliveries,
        DispatchKind.PENDING: PendingJob(orders=documents.orders),
        DispatchKind.INTERCEPT: InterceptJob(
            clock=clock, orders=documents.orders, statuses=statuses
        ),
        DispatchKind.RETURN: ReturnJob(
            clock=clock, catalog=catalog, returns=documents.returns, readiness=ready
        ),
        DispatchKind.MOVEMENT_OUT: movement,
        DispatchKind.MOVEMENT_IN: movement,
        DispatchKind.PROCESS: movement,
        DispatchKind.TRANSFER: TransferJob(
            clock=clock,
            movements=documents.movements,
            transfers=documents.transfers,
            readiness=ready,
        ),
        DispatchKind.ADJUSTMENT: AdjustmentJob(
            clock=clock, adjustments=documents.adjustments, readiness=ready
        ),
        **cancel_jobs(documents, store=store, clock=clock, statuses=statuses),
    }
