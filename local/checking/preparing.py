"""Making what messages speak of, by the services that make it in earnest: so that the messages'
effect can be seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial

from chalicelib.bootstrap import Container
from chalicelib.catalog.model import Shop, SkuInput, SupplierInput, Warehouse
from chalicelib.kernel.errors import Refused
from chalicelib.kernel.ids import is_code
from chalicelib.orders.returns.intake import Asking, ReturnInput, ReturnLineInput
from chalicelib.orders.returns.model import ReturnKind
from chalicelib.purchasing.model import PurchaseLineInput, PurchaseOrderInput
from chalicelib.stock.model import OPENING, SELLABLE, Movement, warehouse
from chalicelib.stock.model import Kind as EntryKind
from chalicelib.warehouse.connections import Connection
from local.checking.engine import Engine
from local.checking.moving import MovementsMade, numbered
from local.checking.ordering import BY_CHECK, Orders, by_order
from local.checking.speaking import Heard, Kind, Spoken

SHOP, SUPPLIER, WAREHOUSE = "CHECK-SHOP", "CHECK-SUPPLIER", "CHECK-WH"
SPARE_PIECES = 100
"""Beyond what is planned, so that a shipment of more than that leaves what is there."""

LEAVING = frozenset({Kind.FULFILMENT, Kind.OUTBOUND, Kind.RETURN, Kind.PROCESSING})
"""What comes back has left before; materials of a processing order leave for what is made of
them.
"""

_TOGETHER = 25
"""Movements of one commit: each takes up to three items."""


class Preparing:
    """Prepares one engine for the messages of one connection."""

    def __init__(self, engine: Engine, connection: Connection) -> None:
        self._engine = engine
        self._oms: Container = engine.oms
        self._connection = connection
        self._ours: dict[str, str] = {}

    def prepare(self, heard: Heard, *, told: Callable[[], object]) -> list[str]:
        """Makes everything; `told` is called for each document. What couldn't be made, and why."""
        self._warehouses(heard)
        self._goods(heard)
        self._stock(heard)
        problems: list[str] = []
        orders = Orders(
            self._engine, shop=SHOP, owner=self._connection.owner, warehouse=self._warehouse
        )
        moving = MovementsMade(self._engine, self._connection, self._warehouse, self._open)
        makers: dict[Kind, Callable[[Spoken], None]] = {
            Kind.PURCHASE: self._purchase,
            Kind.OUTBOUND: moving.outbound,
            Kind.INBOUND: moving.inbound,
            Kind.RETURN: partial(self._return, orders),
            Kind.PROCESSING: moving.processing,
        }
        for spoken in heard.documents.values():
            if spoken.kind in makers:
                named = f"{spoken.kind.value} {spoken.code}"
                problems += self._tried(named, partial(makers[spoken.kind], spoken))
                told()
        for adjustment in heard.adjustments.values():
            named = f"adjustment {adjustment.code}"
            problems += self._tried(named, partial(moving.adjusted, adjustment))
            told()
        for transfer in heard.transfers.values():
            named = f"transfer {transfer.code}"
            problems += self._tried(named, partial(moving.transferred, transfer))
            told()
        for order_no, parts in by_order(heard.documents.values()).items():
            named = f"{parts[0].kind.value} {parts[0].code}"
            problems += self._tried(named, partial(orders.make, order_no, parts))
            told()
        return problems

    def _tried(self, named: str, make: Callable[[], None]) -> Iterator[str]:
        try:
            make()
        except Refused as refused:
            self._engine.numbers.choose("")
            yield f"{named}: {refused}"

    # --- master data

    def _warehouses(self, heard: Heard) -> None:
        codes: dict[str, str] = {}
        for number, theirs in enumerate(heard.warehouses or {WAREHOUSE: None}, start=1):
            ours = theirs if is_code(theirs) else f"{WAREHOUSE}-{number}"
            self._ours[theirs] = ours
            codes[ours] = theirs
            place = Warehouse(
                code=ours,
                name=ours,
                owner=self._connection.owner,
                province="浙江省",
                city="杭州市",
                priority=number,
                wms=self._connection.code,
                buckets=self._oms.settings.stock_buckets,
            )
            self._oms.catalog.put_warehouse(place)
            self._oms.tables.commit(self._oms.catalog.plan_open(ours, None))
        differing = {ours: theirs for ours, theirs in codes.items() if ours != theirs}
        self._oms.warehouse.put_connection(
            replace(
                self._connection,
                warehouse_codes={**differing, **self._connection.warehouse_codes},
            )
        )

    def _goods(self, heard: Heard) -> None:
        skus = [
            SkuInput(
                id=code,
                code=code,
                owner=self._connection.owner,
                name=code,
                barcode=code,
                tax_rate_percent=13,
            )
            for code in heard.skus
        ]
        self._oms.catalog.put_skus("wms-check", skus, BY_CHECK)
        supplier = SupplierInput(id=SUPPLIER, code=SUPPLIER, name=SUPPLIER)
        self._oms.catalog.put_suppliers("wms-check", [supplier], BY_CHECK)
        self._oms.catalog.put_shop(
            Shop(
                code=SHOP,
                channel="CHECK",
                name=SHOP,
                owner=self._connection.owner,
                seller_name=SHOP,
                seller_tax_no="91330100MA00000001",
                platform_code="OTHER",
            )
        )

    def _stock(self, heard: Heard) -> None:
        """Opening stock of what is to leave, and some more."""
        wanted: dict[tuple[str, str], int] = {}
        for (theirs, sku), pieces in heard.stock.items():
            place = (self._warehouse(theirs), sku)
            wanted[place] = wanted.get(place, 0) + pieces
        for spoken in heard.documents.values():
            for sku, line in spoken.lines.items():
                if spoken.kind in LEAVING and not line.made:
                    place = (self._warehouse(spoken.warehouse), sku)
                    wanted[place] = wanted.get(place, 0) + line.pieces
        known = self._oms.catalog.skus({sku for _, sku in wanted})
        places = [place for place in wanted if place[1] in known]
        for number, first in enumerate(range(0, len(places), _TOGETHER), start=1):
            self._open(f"OPENING-CHECK-{number}", {
                place: wanted[place] for place in places[first : first + _TOGETHER]
            })  # fmt: skip

    def _open(
        self,
        document: str,
        pieces: Mapping[tuple[str, str], int],
        /,
        inventory_type: str = SELLABLE,
    ) -> None:
        oms = self._oms
        movements = [
            Movement(
                line=str(line),
                kind=EntryKind.OPENING,
                warehouse=code,
                sku=sku,
                bucket=oms.catalog.sku(sku).bucket,
                quantity=quantity + SPARE_PIECES,
                from_location=OPENING,
                to_location=warehouse(code, inventory_type),
                occurred_at=oms.clock.now() - timedelta(days=1),
                source=BY_CHECK,
                given_value=100 * (quantity + SPARE_PIECES),
            )
            for line, ((code, sku), quantity) in enumerate(pieces.items(), start=1)
        ]
        posting = oms.stock.plan_post(
            document=document, movements=movements, posting_date=oms.clock.now().date()
        )
        oms.tables.commit(posting.writes)

    # --- documents

    def _purchase(self, spoken: Spoken) -> None:
        lines = [
            PurchaseLineInput(
                line_no=number,
                sku=sku,
                quantity=wanted.pieces,
                price=10_000,
                tax_rate_percent=13,
            )
            for number, sku, wanted in numbered(spoken)
        ]
        given = PurchaseOrderInput(
            id=spoken.code,
            supplier=SUPPLIER,
            warehouse=self._warehouse(spoken.warehouse),
            owner=self._connection.owner,
            currency="CNY",
            lines=tuple(lines),
        )
        self._engine.numbers.choose(spoken.code)
        self._oms.purchasing.accept("wms-check", given, BY_CHECK)

    def _return(self, orders: Orders, spoken: Spoken) -> None:
        """An approved return of everything that an order of its own has shipped before."""
        oms = self._oms
        sold = replace(spoken, code=f"SOLD-{spoken.code}-01", kind=Kind.FULFILMENT)
        orders.make(f"SOLD-{spoken.code}", [sold])
        orders.ship(sold.code)
        given = ReturnInput(
            id=spoken.code,
            fulfilment_no=sold.code,
            kind=ReturnKind.RETURN,
            lines=tuple(
                ReturnLineInput(line_no=line.line_no, quantity=line.quantity)
                for line in oms.orders.fulfilment(sold.code).lines
            ),
            warehouse=self._warehouse(spoken.warehouse),
            approved=True,
        )
        self._engine.numbers.choose(spoken.code)
        oms.returns.request(
            given, Asking(shop=SHOP, source="wms-check", by="wms-check", message=BY_CHECK)
        )

    def _warehouse(self, theirs: str) -> str:
        """Ours for what the messages call it; the first one where they don't."""
        return self._ours.get(theirs) or next(iter(self._ours.values()))
