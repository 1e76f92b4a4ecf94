"""What the gateway needs of other slices' services, so that they can be stood in for in tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from chalicelib.catalog.listing import BundlePage, SkuPage
from chalicelib.catalog.model import Bundle, Shop, Sku, Supplier, Warehouse
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.sealing import SealingKey
from chalicelib.kernel.writes import Key, Writes
from chalicelib.movements.adjusting.model import AdjustmentOrder, MadeLine
from chalicelib.movements.orders.model import Confirmation, MovementOrder
from chalicelib.movements.transfers.model import Transfer
from chalicelib.movements.transfers.totals import Progress
from chalicelib.orders.model import Fulfilment, Person, Shipment
from chalicelib.orders.returns.model import ReturnOrder, ReturnReceipt, UnclaimedParcel
from chalicelib.orders.returns.service import ToAnnounce
from chalicelib.orders.shortage import Lacking
from chalicelib.orders.store import ToDispatch
from chalicelib.purchasing.model import PurchaseOrder, Receipt


class Catalog(Protocol):
    """`catalog.service.CatalogService`."""

    def sku(self, code: str, *, field: str | None = None) -> Sku: ...

    def skus(self, codes: Iterable[str]) -> dict[str, Sku]: ...

    def fresh_skus(self, codes: Iterable[str]) -> dict[str, Sku]: ...

    def bundle(self, code: str, *, field: str | None = None) -> Bundle: ...

    def supplier(self, code: str, *, field: str | None = None) -> Supplier: ...

    def warehouse(self, code: str, *, field: str | None = None) -> Warehouse: ...

    def warehouses(self) -> tuple[Warehouse, ...]: ...

    def fresh_warehouses(self) -> tuple[Warehouse, ...]: ...

    def shop(self, code: str, *, field: str | None = None) -> Shop: ...

    def shops(self) -> tuple[Shop, ...]: ...


class CatalogPages(Catalog, Protocol):
    """The catalog, and all of it page by page."""

    def sku_page(self, *, limit: int = 100, cursor: str | None = None) -> SkuPage: ...

    def bundle_page(self, *, limit: int = 100, cursor: str | None = None) -> BundlePage: ...


class Orders(Protocol):
    """The orders' service. Its plans are empty when told the same twice, and are planned anew after
    a failed condition.
    """

    def fulfilment(self, no: str) -> Fulfilment: ...

    def fulfilments(self, order_no: str) -> tuple[Fulfilment, ...]: ...

    def dispatch_keys(self, fulfilment_no: str) -> tuple[Key, ...]: ...

    def to_dispatch(
        self, fulfilment_no: str, ahead: Mapping[Key, Mapping[str, Any]]
    ) -> ToDispatch: ...

    def person(self, order_no: str) -> Person: ...

    def opened(self, read: ToDispatch) -> tuple[Person, SealingKey]: ...

    def plan_claim(self, fulfilment: Fulfilment) -> tuple[Writes, Fulfilment]: ...

    def plan_accepted(
        self,
        fulfilment_no: str,
        wms_order_id: str,
        *,
        source: Source,
        at: datetime,
        read: Fulfilment | None = None,
    ) -> Writes: ...

    def plan_refused(
        self, fulfilment_no: str, code: str, *, source: Source, at: datetime
    ) -> Writes: ...

    def plan_progress(
        self, fulfilment_no: str, status: str, *, at: datetime, source: Source, raw: str = ""
    ) -> Writes: ...

    def plan_cancel_result(
        self,
        fulfilment_no: str,
        *,
        accepted: bool,
        source: Source,
        at: datetime,
        raw: str = "",
        intercept: bool = False,
    ) -> Writes: ...

    def plan_cancel_unknown(self, fulfilment_no: str) -> Writes: ...

    def plan_intercept_result(
        self, fulfilment_no: str, *, stopped: bool, source: Source, at: datetime, raw: str = ""
    ) -> Writes: ...

    def plan_unanswered_intercept(self, fulfilment_no: str, *, source: Source) -> Writes: ...

    def intercepts_before(
        self, warehouse: str, moment: datetime, *, limit: int
    ) -> list[tuple[str, int]]: ...

    def plan_hold_result(
        self, fulfilment_no: str, revision: int, *, accepted: bool, source: Source
    ) -> Writes: ...

    def plan_shortage(
        self,
        fulfilment_no: str,
        lacking: Sequence[Lacking] | None,
        *,
        source: Source,
        at: datetime,
    ) -> Writes: ...

    def waybills(self, fulfilment_no: str) -> tuple[str, ...]: ...

    def plan_shipment(self, shipment: Shipment) -> Writes: ...


class Returns(Protocol):
    """`orders.returns.service.ReturnService`."""

    def find(self, no: str) -> ReturnOrder | None: ...

    def return_order(self, no: str) -> ReturnOrder: ...

    def to_announce(self, no: str) -> ToAnnounce: ...

    def documents_of_waybill(self, waybill: str) -> list[str]: ...

    def order_of_channel(self, shop: str, channel_order_id: str) -> str: ...

    def plan_claim(self, found: ReturnOrder) -> Writes: ...

    def plan_sent(self, no: str, wms_id: str, source: Source, at: datetime) -> Writes: ...

    def plan_signed(self, no: str, source: Source, at: datetime) -> Writes: ...

    def plan_cancel_result(
        self, no: str, *, accepted: bool, source: Source, at: datetime
    ) -> Writes: ...

    def plan_receipt(self, receipt: ReturnReceipt) -> Writes: ...

    def plan_unclaimed(self, parcel: UnclaimedParcel) -> Writes: ...

    def take_unclaimed(self, parcel: UnclaimedParcel) -> UnclaimedParcel: ...


class Purchasing(Protocol):
    """`purchasing.service.PurchasingService`."""

    def purchase_order(self, no: str, *, field: str | None = None) -> PurchaseOrder: ...

    def plan_sent(self, no: str, wms_id: str, source: Source, at: datetime) -> Writes: ...

    def expected(self, order: PurchaseOrder) -> tuple[datetime | None, datetime | None]: ...

    def plan_cancel_result(
        self, no: str, *, accepted: bool, source: Source, at: datetime
    ) -> Writes: ...

    def receipt_number(self) -> str: ...

    def plan_receipt(self, receipt: Receipt) -> Writes: ...


class MovementOrders(Protocol):
    """`movements.orders.service.MovementOrders`."""

    def order(self, no: str, *, field: str | None = None) -> MovementOrder: ...

    def plan_sent(self, no: str, wms_id: str, source: Source, at: datetime) -> Writes: ...

    def plan_cancel_result(self, no: str, *, accepted: bool, source: Source) -> Writes: ...

    def confirmation_number(self) -> str: ...

    def plan_confirmation(self, confirmation: Confirmation) -> Writes: ...


class WholeTransfers(Protocol):
    """`movements.transfers.whole.WholeTransfers`."""

    def transfer(self, no: str) -> Transfer: ...

    def of_wms_number(self, wms: str, number: str) -> str | None: ...

    def plan_whole(self, no: str) -> Writes: ...

    def plan_as_legs(self, no: str) -> Writes | None: ...

    def plan_sent(
        self, no: str, wms: str, wms_id: str, *, source: Source, at: datetime
    ) -> Writes: ...

    def plan_cancel_result(self, no: str, *, accepted: bool, source: Source) -> Writes: ...

    def plan_known(self, no: str, wms: str, wms_id: str, source: Source) -> Writes: ...

    def plan_progress(self, progress: Progress) -> Writes: ...


class AdjustmentOrders(Protocol):
    """`movements.adjusting.service.AdjustmentOrders`."""

    def order(self, no: str) -> AdjustmentOrder: ...

    def plan_told(self, order: AdjustmentOrder) -> Writes: ...

    def plan_sent(self, no: str, wms_id: str, at: datetime) -> Writes: ...

    def plan_refused(self, no: str) -> Writes: ...

    def plan_made_here(self, order: AdjustmentOrder) -> Writes: ...

    def plan_made(
        self,
        order: AdjustmentOrder,
        lines: Sequence[MadeLine],
        *,
        key: str,
        source: Source,
        occurred_at: datetime,
        warehouse: str,
    ) -> Writes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """The slices whose documents go to warehouse systems."""

    orders: Orders
    purchasing: Purchasing
    returns: Returns
    movements: MovementOrders
    transfers: WholeTransfers
    adjustments: AdjustmentOrders
