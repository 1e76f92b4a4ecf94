"""The gateway's use cases, by event: what `bootstrap` wires to the queue `dispatch`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from chalicelib.catalog.cache import TimedCache
from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.events import Event
from chalicelib.kernel.ids import Ids
from chalicelib.kernel.writes import Key, Transaction
from chalicelib.messages.exchange import Exchanges
from chalicelib.warehouse.batching import Batches
from chalicelib.warehouse.batching_items import ItemsTogether
from chalicelib.warehouse.batching_orders import OrdersTogether
from chalicelib.warehouse.calling import WmsCalls
from chalicelib.warehouse.circuit import Circuits
from chalicelib.warehouse.connecting import plan_connected
from chalicelib.warehouse.connections import Connection, Secrets
from chalicelib.warehouse.dispatching import Dispatching
from chalicelib.warehouse.drift import Drift
from chalicelib.warehouse.gathering import Gathering
from chalicelib.warehouse.holds import Holds
from chalicelib.warehouse.jobs.delivery import DeliveryJob
from chalicelib.warehouse.jobs.movement import create_kind
from chalicelib.warehouse.jobs.readiness import Readiness
from chalicelib.warehouse.jobs.table import all_jobs
from chalicelib.warehouse.limits import Limits
from chalicelib.warehouse.masterdata import MasterData
from chalicelib.warehouse.model import Dispatch, DispatchKind, dispatch_id
from chalicelib.warehouse.peers import Connections
from chalicelib.warehouse.ports import CatalogPages, Documents
from chalicelib.warehouse.recipients import Recipients
from chalicelib.warehouse.resending import Resending, Resent
from chalicelib.warehouse.settling import Settling
from chalicelib.warehouse.states import DispatchState
from chalicelib.warehouse.statuses.book import StatusBook
from chalicelib.warehouse.store import (
    Acknowledged,
    WarehouseStore,
    bundle_key,
    item_key,
    shop_key,
    warehouse_key,
)
from chalicelib.warehouse.wholetransfers import WholeTransferRoutes


class WarehouseService:
    """Dispatch: events in, signed messages out.

    `calls` and `circuits` are shared with `figures.WmsFigures`, `statuses` with whoever reads what
    a WMS reports, or shows it; `drift` compares what each WMS knows with what we know.
    """

    def __init__(
        self,
        *,
        store: WarehouseStore,
        transaction: Transaction,
        clock: Clock,
        ids: Ids,
        exchanges: Exchanges,
        secrets: Secrets,
        catalog: CatalogPages,
        documents: Documents,
        recipients: Recipients,
        cache_seconds: int = 0,
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._catalog = catalog
        self.circuits = Circuits(store=store, transaction=transaction, clock=clock)
        self.calls = WmsCalls(
            exchanges=exchanges,
            secrets=secrets,
            circuits=self.circuits,
            limits=Limits(store=store, transaction=transaction, clock=clock),
            clock=clock,
        )
        gathering = Gathering(store=store, transaction=transaction, clock=clock)
        self._master_data = MasterData(
            store=store,
            transaction=transaction,
            clock=clock,
            catalog=catalog,
            connections=Connections(store=store, kept=TimedCache(clock, seconds=cache_seconds)),
            gathering=gathering,
        )
        ready = Readiness(
            store=store,
            catalog=catalog,
            master_data=self._master_data,
            known=TimedCache(clock, seconds=cache_seconds),
        )
        self.statuses = statuses = StatusBook(
            store, transaction, TimedCache(clock, seconds=cache_seconds)
        )
        deliveries = DeliveryJob(
            clock=clock,
            catalog=catalog,
            orders=documents.orders,
            readiness=ready,
            recipients=recipients,
        )
        self._whole_transfers = WholeTransferRoutes(
            store=store,
            transaction=transaction,
            catalog=catalog,
            movements=documents.movements,
            transfers=documents.transfers,
        )
        jobs = all_jobs(
            documents,
            store=store,
            clock=clock,
            catalog=catalog,
            ready=ready,
            statuses=statuses,
            deliveries=deliveries,
        )
        settling = Settling(store=store, transaction=transaction, clock=clock, jobs=jobs)
        self.drift = Drift(
            store=store,
            transaction=transaction,
            clock=clock,
            ids=ids,
            calls=self.calls,
            circuits=self.circuits,
            catalog=catalog,
            master_data=self._master_data,
        )
        self._batches = Batches(
            store=store,
            transaction=transaction,
            clock=clock,
            ids=ids,
            calls=self.calls,
            circuits=self.circuits,
            settling=settling,
            kinds=(
                ItemsTogether(store=store, catalog=catalog),
                OrdersTogether(store=store, job=deliveries),
            ),
        )
        self._dispatching = Dispatching(
            store=store,
            transaction=transaction,
            clock=clock,
            ids=ids,
            calls=self.calls,
            circuits=self.circuits,
            jobs=jobs,
            settling=settling,
            gathering=gathering,
        )
        self._holds = Holds(
            store=store, transaction=transaction, clock=clock, dispatching=self._dispatching
        )

        self._resending = Resending(store=store, transaction=transaction, clock=clock, jobs=jobs)

    # --- events

    def sku_changed(self, event: Event) -> None:
        """`SkuChanged`: to every WMS of its owner."""
        data = event.data
        self._master_data.sku_changed(
            str(data["sku"]), _number(event, "version"), str(data["owner"])
        )

    def bundle_changed(self, event: Event) -> None:
        """`BundleChanged`: to every WMS of its owner that takes bundles."""
        data = event.data
        self._master_data.bundle_changed(
            str(data["bundle"]), _number(event, "version"), str(data["owner"])
        )

    def gathered(self, event: Event) -> None:
        """`ItemsGathered`, `OrdersGathered`: what waits for a WMS in one message, and an event for
        the rest.
        """
        self._batches.send(event)

    def supplier_changed(self, event: Event) -> None:
        """`SupplierChanged`: to every WMS."""
        self._master_data.supplier_changed(str(event.data["supplier"]), _number(event, "version"))

    def shop_changed(self, event: Event) -> None:
        """`ShopChanged`: to every WMS that ships its orders and takes shops."""
        self._master_data.shop_changed(event.subject, _number(event, "version"))

    def warehouse_changed(self, event: Event) -> None:
        """`WarehouseChanged`: to its WMS, with the shops that this one lacks now."""
        wms = str(event.data["wms"])
        self._master_data.warehouse_changed(event.subject, _number(event, "version"), wms)

    def connection_changed(self, event: Event) -> None:
        """`ConnectionChanged`: the shops and warehouses that it takes and lacks."""
        self._master_data.connection_changed(event.subject)

    def purchase_order_approved(self, event: Event) -> None:
        """`PurchaseOrderApproved`: entryorder.create."""
        self._dispatching.send(self._wanted(DispatchKind.ENTRY, event))

    def fulfilment_reserved(self, event: Event) -> None:
        """`FulfilmentReserved`: deliveryorder.create."""
        self._dispatching.send(self._wanted(DispatchKind.DELIVERY, event))

    def cancel_requested(self, event: Event) -> None:
        """`CancelRequested`: order.cancel of a fulfilment."""
        self._dispatching.send(self._cancel(DispatchKind.CANCEL, event))

    def purchase_cancel_requested(self, event: Event) -> None:
        """`PurchaseCancelRequested`: order.cancel of an entry order."""
        self._dispatching.send(self._cancel(DispatchKind.CANCEL_ENTRY, event))

    def return_approved(self, event: Event) -> None:
        """`ReturnApproved`: returnorder.create."""
        self._dispatching.send(self._wanted(DispatchKind.RETURN, event))

    def return_cancel_requested(self, event: Event) -> None:
        """`ReturnCancelRequested`: order.cancel of a return."""
        self._dispatching.send(self._cancel(DispatchKind.CANCEL_RETURN, event))

    def intercept_requested(self, event: Event) -> None:
        """`InterceptRequested`: order.callback. Each request is a dispatch of its own."""
        wanted = self._wanted(DispatchKind.INTERCEPT, event, request=_request(event))
        self._dispatching.send(wanted)

    def hold_wanted(self, event: Event) -> None:
        """`HoldWanted`: order.pending, to hold it or to go on with it."""
        wanted = self._wanted(DispatchKind.PENDING, event)
        self._holds.bring(replace(wanted, revision=_number(event, "revision")))

    def movement_approved(self, event: Event) -> None:
        """`MovementApproved`: stockout.create, entryorder.create or storeprocess.create; for an out
        leg of a transfer that goes whole, transferorder.create.
        """
        kind = create_kind(str(event.data["type"]))
        self._dispatching.send(self._whole_transfers.created(self._wanted(kind, event)))

    def movement_cancel_requested(self, event: Event) -> None:
        """`MovementCancelRequested`: order.cancel of a movement order, or of its transfer."""
        wanted, request = self._cancel(DispatchKind.CANCEL_MOVEMENT, event), _request(event)
        self._dispatching.send(self._whole_transfers.asked_back(wanted, request))

    def adjustment_ordered(self, event: Event) -> None:
        """`AdjustmentOrdered`: inventory.synchronize, or booked here."""
        self._dispatching.send(self._wanted(DispatchKind.ADJUSTMENT, event))

    def dispatch_due(self, event: Event) -> None:
        """`DispatchDue`: a dispatch goes on."""
        data = event.data
        self._dispatching.due(str(data["dispatch"]), str(data["wms"]), _number(event, "version"))

    # --- people and setup

    def requeue(self, dispatch: str) -> None:
        """A person's word: a refused or dead dispatch is taken up again, beginning with asking."""
        self._dispatching.requeue(dispatch)

    def resend(self, dispatch: str) -> Resent:
        """A person's word: a message is sent again, the same bytes or a new revision. Whichever it
        is is told.
        """
        return self._resending.resend(dispatch)

    def put_connection(self, connection: Connection) -> None:
        """Sets a connection up, or says it anew."""
        self._transaction.commit(plan_connected(connection, self._clock))

    def connection(self, code: str) -> Connection:
        """One connection; `NotFound` if there is none."""
        found = self._store.connection(code)
        if found is None:
            raise NotFound("unknown_wms", "there is no such connection", field="wms")
        return found

    def connections(self) -> list[Connection]:
        """All connections, by code."""
        return self._store.connections()

    def acknowledged(self, sku: str) -> dict[str, Acknowledged]:
        """What each WMS knows of a SKU, by the connection's code; those that know it."""
        return self._acknowledged(lambda wms: item_key(wms, sku))

    def acknowledged_bundle(self, bundle: str) -> dict[str, Acknowledged]:
        """What each WMS knows of a bundle, as `acknowledged`."""
        return self._acknowledged(lambda wms: bundle_key(wms, bundle))

    def acknowledged_shop(self, shop: str) -> dict[str, Acknowledged]:
        """What each WMS knows of a shop, as `acknowledged`."""
        return self._acknowledged(lambda wms: shop_key(wms, shop))

    def acknowledged_warehouse(self, warehouse: str) -> dict[str, Acknowledged]:
        """What its WMS knows of a warehouse (and another that ran it), as `acknowledged`."""
        return self._acknowledged(lambda wms: warehouse_key(wms, warehouse))

    def _acknowledged(self, key: Callable[[str], Key]) -> dict[str, Acknowledged]:
        found = {each.code: self._store.acknowledged(key(each.code)) for each in self.connections()}
        return {code: known for code, known in found.items() if known is not None}

    def dispatches_in(
        self, state: DispatchState, *, limit: int = 100, cursor: str | None = None
    ) -> tuple[list[Dispatch], str | None]:
        """Dispatches of a `WAITING` state, the longest unchanged first, and where to go on (None:
        that was all).
        """
        return self._store.dispatches_in(state, limit=limit, cursor=cursor)

    def dispatch(self, dispatch: str) -> Dispatch:
        """One dispatch; `NotFound` if there is none."""
        found = self._store.dispatch(dispatch)
        if found is None:
            raise NotFound("unknown_dispatch", "there is no such dispatch", field="dispatch")
        return found

    def _cancel(self, kind: DispatchKind, event: Event) -> Dispatch:
        """Each request is a dispatch of its own."""
        return self._wanted(kind, event, request=_request(event))

    def _wanted(self, kind: DispatchKind, event: Event, *, request: str = "") -> Dispatch:
        warehouse = str(event.data["warehouse"])
        name = dispatch_id(kind, event.subject)
        now = self._clock.now()
        return Dispatch(
            id=f"{name}#{request}" if request else name,
            kind=kind,
            document=event.subject,
            wms=self._catalog.warehouse(warehouse).wms,
            warehouse=warehouse,
            correlation=event.correlation,
            created_at=now,
            updated_at=now,
        )


def _request(event: Event) -> str:
    """Which request of its document it is: the last part of the event's id."""
    return event.id.rpartition(":")[2]


def _number(event: Event, name: str) -> int:
    return int(str(event.data[name]))
