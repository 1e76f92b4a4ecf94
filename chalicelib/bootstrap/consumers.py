"""The one table of events: which queues get a kind of event, and what is done with it there.

A kind that isn't listed can't be handed on, and stays in the outbox, where the alarm sees it.
Every use case is idempotent: an event may come twice, late, and in any order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from chalicelib.bootstrap.container import Container
from chalicelib.kernel.events import Event

Use: TypeAlias = Callable[[Container, Event], object]

CONSUMERS: Mapping[str, Mapping[str, Use]] = {
    "SkuChanged": {"dispatch": lambda oms, event: oms.warehouse.sku_changed(event)},
    "BundleChanged": {"dispatch": lambda oms, event: oms.warehouse.bundle_changed(event)},
    "DriftStepWanted": {"dispatch": lambda oms, event: oms.warehouse.drift.step(event)},
    "ItemsGathered": {"dispatch": lambda oms, event: oms.warehouse.gathered(event)},
    "OrdersGathered": {"dispatch": lambda oms, event: oms.warehouse.gathered(event)},
    "CategoryChanged": {"dispatch": lambda oms, event: oms.catalog.retell_category(event)},
    "SupplierChanged": {"dispatch": lambda oms, event: oms.warehouse.supplier_changed(event)},
    "ShopChanged": {"dispatch": lambda oms, event: oms.warehouse.shop_changed(event)},
    "WarehouseChanged": {"dispatch": lambda oms, event: oms.warehouse.warehouse_changed(event)},
    "ConnectionChanged": {"dispatch": lambda oms, event: oms.warehouse.connection_changed(event)},
    "PurchaseOrderApproved": {
        "dispatch": lambda oms, event: oms.warehouse.purchase_order_approved(event)
    },
    "PurchaseCancelRequested": {
        "dispatch": lambda oms, event: oms.warehouse.purchase_cancel_requested(event)
    },
    "OrderPlaced": {"routing": lambda oms, event: oms.orders.route(event.subject)},
    "HoldReleased": {"routing": lambda oms, event: oms.orders.route(event.subject)},
    "SourcingWanted": {"routing": lambda oms, event: oms.orders.route(event.subject)},
    "VoidWanted": {"routing": lambda oms, event: oms.orders.void_cancelled(event.subject)},
    "FulfilmentReserved": {"dispatch": lambda oms, event: oms.warehouse.fulfilment_reserved(event)},
    "CancelRequested": {"dispatch": lambda oms, event: oms.warehouse.cancel_requested(event)},
    "HoldWanted": {"dispatch": lambda oms, event: oms.warehouse.hold_wanted(event)},
    "InterceptRequested": {"dispatch": lambda oms, event: oms.warehouse.intercept_requested(event)},
    "InterceptOverdue": {
        "dispatch": lambda oms, event: oms.unanswered_intercepts.follow_up(event.subject)
    },
    "ReturnApproved": {"dispatch": lambda oms, event: oms.warehouse.return_approved(event)},
    "ReturnCancelRequested": {
        "dispatch": lambda oms, event: oms.warehouse.return_cancel_requested(event)
    },
    "ReturnCancelled": {"routing": lambda oms, event: oms.returns.cancel_exchange(event.subject)},
    "ReturnInspected": {"routing": lambda oms, event: oms.returns.send_exchange(event.subject)},
    "ReturnReceiptAccepted": {
        "posting": lambda oms, event: oms.returns.post_receipt(event.subject)
    },
    "ParcelUnclaimed": {"posting": lambda oms, event: oms.returns.post_unclaimed(event.subject)},
    "ParcelEnded": {"posting": lambda oms, event: oms.returns.post_ended(event.subject)},
    "DispatchDue": {"dispatch": lambda oms, event: oms.warehouse.dispatch_due(event)},
    "AssemblyDue": {
        "dispatch": lambda oms, event: oms.assembling.due(event.subject, event.data["version"])
    },
    "ShipmentAccepted": {"posting": lambda oms, event: oms.orders.post_shipment(event.subject)},
    "ReceiptAccepted": {"posting": lambda oms, event: oms.purchasing.post_receipt(event.subject)},
    "OpeningStockClosed": {
        "posting": lambda oms, event: oms.openings.post_opening(event.data["warehouse"])
    },
    "AdjustmentAccepted": {
        "posting": lambda oms, event: oms.adjustments.post_adjustment(event.subject)
    },
    "AdjustmentOrdered": {"dispatch": lambda oms, event: oms.warehouse.adjustment_ordered(event)},
    "MovementApproved": {"dispatch": lambda oms, event: oms.warehouse.movement_approved(event)},
    "MovementCancelRequested": {
        "dispatch": lambda oms, event: oms.warehouse.movement_cancel_requested(event)
    },
    "MovementConfirmed": {
        "posting": lambda oms, event: oms.movement_orders.post_confirmation(event.subject)
    },
    "TransferLegChanged": {"posting": lambda oms, event: oms.transfers.follow(event.subject)},
    "TransferClosed": {"posting": lambda oms, event: oms.transfer_closing.post_loss(event.subject)},
    "TransfersOverdue": {"posting": lambda oms, event: oms.transfer_closing.close_overdue()},
    "CountCompleted": {"posting": lambda oms, event: oms.counts.adjust(event.subject)},
    "CountPagesDue": {"posting": lambda oms, event: oms.counts.remind(event.subject)},
    "SuspenseSettled": {"posting": lambda oms, event: oms.suspense.post(event.subject)},
    "EntriesPosted": {
        "costing": lambda oms, event: oms.costs.cost_pools(event.data["pools"]),
        "upstream": lambda oms, event: oms.stock_messages.send_stock(event),
    },
    "WebhookDue": {
        "upstream": lambda oms, event: oms.stock_messages.follow_up(
            event.subject, event.data["version"]
        )
    },
    "ParcelShipped": {"notices": lambda oms, event: oms.notices.notify(event)},
    "StatusReached": {"notices": lambda oms, event: oms.notices.notify(event)},
    "NoticeDue": {
        "notices": lambda oms, event: oms.notices.follow_up(event.subject, event.data["version"])
    },
    "OrderShipped": {"invoicing": lambda oms, event: oms.invoicing.request(event.subject)},
    "InvoiceRequested": {"invoicing": lambda oms, event: oms.invoicing.submit(event.subject)},
    "InvoiceDue": {
        "invoicing": lambda oms, event: oms.invoicing.follow_up(
            event.subject, event.data["version"]
        )
    },
    "InvoiceIssued": {
        "invoicing": lambda oms, event: oms.orders.mark_invoiced(event.data["order"])
    },
    "StockFiguresWanted": {"dispatch": lambda oms, event: oms.figures.wanted(event)},
    "SnapshotShardWanted": {
        "snapshots": lambda oms, event: oms.closes.close_shard(
            event.data["run"], event.data["warehouse"], event.data["bucket"]
        )
    },
    "ShardAuditWanted": {
        "snapshots": lambda oms, event: oms.nightly_audit.audit_shard(
            event.data["run"], event.data["warehouse"], event.data["bucket"]
        )
    },
    "NextDayWanted": {"snapshots": lambda oms, event: oms.closes.close_next(event.subject)},
    "ExportStepWanted": {
        "snapshots": lambda oms, event: oms.exports.step(event.subject, event.data["number"])
    },
}
"""Kind -> queue -> what is done."""

SUBSCRIPTIONS: Mapping[str, tuple[str, ...]] = {
    kind: tuple(queues) for kind, queues in CONSUMERS.items()
}
"""Kind -> the queues that get it."""
