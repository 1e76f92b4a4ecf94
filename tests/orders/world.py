"""A small world for orders: a shop, warehouses with stock, and everything real but the cloud."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from chalicelib.catalog.model import Bundle, Shop, Sku, Warehouse
from chalicelib.kernel.errors import NotFound, Refused
from chalicelib.kernel.items import query_all
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import ConditionFailed, Writes
from chalicelib.orders.intake import parse_order
from chalicelib.orders.model import Parcel, Shipment, ShipmentLine, shipment_id
from chalicelib.orders.placing import Placed
from chalicelib.orders.service import OrderService
from chalicelib.routing.store import RuleBook
from chalicelib.stock.model import OPENING, Kind, Movement, warehouse
from chalicelib.stock.posting import MOST_MOVEMENTS
from chalicelib.stock.service import StockService
from chalicelib.stock.store import StockStore
from tests.fakes.dynamodb import MemoryTables
from tests.fakes.kernel import PlainSealer, SettableClock
from tests.fakes.periods import gate_of

DAY = date(2026, 11, 22)
MESSAGE = Source(message_id="MSG-1")


class SmallCatalog:
    """A catalog that holds what a test says."""

    def __init__(self) -> None:
        self.known_skus: dict[str, Sku] = {}
        self.known_bundles: dict[str, Bundle] = {}
        self.known_shops: dict[str, Shop] = {}
        self.known_warehouses: dict[str, Warehouse] = {}

    def shop(self, code: str, *, field: str | None = None) -> Shop:
        if code not in self.known_shops:
            raise Refused("unknown_shop", "there is no such shop", field=field)
        return self.known_shops[code]

    def skus(self, codes: Iterable[str]) -> dict[str, Sku]:
        return {code: self.known_skus[code] for code in codes if code in self.known_skus}

    def bundles(self, codes: Iterable[str]) -> dict[str, Bundle]:
        return {code: self.known_bundles[code] for code in codes if code in self.known_bundles}

    def buckets_of(self, codes: Iterable[str]) -> dict[str, int]:
        wanted = set(codes)
        known = self.skus(wanted)
        return {code: known[code].bucket if code in known else 0 for code in wanted}

    def warehouse(self, code: str, *, field: str | None = None) -> Warehouse:
        if code not in self.known_warehouses:
            raise NotFound("unknown_warehouse", "there is no such warehouse", field=field)
        return self.known_warehouses[code]

    def warehouses(self) -> tuple[Warehouse, ...]:
        return tuple(self.known_warehouses.values())


class CountingNumbers:
    """`O0001`, `O0002` and so on; may be told to repeat one."""

    def __init__(self) -> None:
        self.count = 0
        self.repeat = False
        self.buyers: list[str] = []

    def order_number(self, buyer: str) -> str:
        self.buyers.append(buyer)
        if not self.repeat:
            self.count += 1
        self.repeat = False
        return f"O{self.count:04d}"

    def document_number(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count:04d}"


class LosingTables(MemoryTables):
    """Tables whose commits can fail before they took effect, or after (the answer is lost)."""

    def __init__(self) -> None:
        super().__init__()
        self.fail_before: int | None = None
        self.fail_after: int | None = None
        self.attempts = 0
        self.meanwhile: list[Any] = []

    def commit(self, writes: Writes) -> None:
        if self.meanwhile:
            self.meanwhile.pop(0)()
        self.attempts += 1
        if self.attempts == self.fail_before:
            raise ConnectionError("before")
        pending = {event.id for event in self.events if event.id in self.undelivered}
        if pending & {event.id for event in writes.events}:
            raise ConditionFailed(("event_pending",))
        super().commit(writes)
        if self.attempts == self.fail_after:
            raise ConnectionError("after")

    @property
    def undelivered(self) -> set[str]:
        """None: whoever wants pending events to clash overrides it."""
        return set()


class World:
    """One shop `S1` of owner `OWNER`, warehouses as wanted, the service under test."""

    def __init__(self) -> None:
        self.tables = LosingTables()
        self.clock = SettableClock()
        self.catalog = SmallCatalog()
        self.numbers = CountingNumbers()
        self.stock = StockService(
            store=StockStore(self.tables),
            gate=gate_of(self.tables, self.clock),
            clock=self.clock,
        )
        self.rules = RuleBook(self.tables, self.tables)
        self.orders = OrderService(
            items=self.tables,
            transaction=self.tables,
            clock=self.clock,
            sealer=PlainSealer(),
            catalog=self.catalog,
            numbers=self.numbers,
            stock=self.stock,
            rules=self.rules,
        )
        self.shop()
        self._opened = 0

    # --- setting up

    def shop(self, **changes: Any) -> None:
        shop = Shop(
            code="S1",
            channel="taobao",
            name="Shop",
            owner="OWNER",
            seller_name="Seller",
            seller_tax_no="91330100MA00000000",
        )
        self.catalog.known_shops["S1"] = replace(shop, **changes)

    def warehouse(self, code: str, stock: dict[str, int], **changes: Any) -> None:
        known = Warehouse(
            code=code,
            name=code,
            owner="OWNER",
            province="浙江省",
            city="杭州市",
            stock_open=True,
        )
        self.catalog.known_warehouses[code] = replace(known, **changes)
        for sku in stock:
            self.sku(sku)
        self.receive(code, stock)

    def sku(self, code: str, **changes: Any) -> None:
        sku = Sku(
            code=code,
            source="PIM",
            source_id=f"id-{code}",
            owner="OWNER",
            name=f"name of {code}",
            barcode=f"69{code}",
            bucket=0,
            tax_rate_percent=13,
            tax_code="1040201000000000000",
            message=MESSAGE,
        )
        self.catalog.known_skus[code] = replace(sku, **changes)

    def receive(self, code: str, stock: dict[str, int]) -> None:
        """Stock comes in, chunk by chunk."""
        skus = sorted(stock)
        for first in range(0, len(skus), MOST_MOVEMENTS):
            self._opened += 1
            posting = self.stock.plan_post(
                document=f"OPENING-{self._opened}",
                movements=[
                    Movement(
                        line=sku,
                        kind=Kind.OPENING,
                        warehouse=code,
                        sku=sku,
                        bucket=0,
                        quantity=stock[sku],
                        from_location=OPENING,
                        to_location=warehouse(code),
                        occurred_at=self.clock.now(),
                        source=MESSAGE,
                        given_value=100 * stock[sku],
                    )
                    for sku in skus[first : first + MOST_MOVEMENTS]
                ],
                posting_date=DAY,
            )
            self.tables.commit(posting.writes)

    # --- doing

    def place(self, body: dict[str, Any]) -> tuple[Placed, bool]:
        given = parse_order(json.dumps(body).encode())
        return self.orders.place(given, shop="S1", message=MESSAGE)

    def placed(self, body: dict[str, Any]) -> str:
        return self.place(body)[0].no

    def routed(self, body: dict[str, Any]) -> str:
        """Places and routes; the number."""
        no = self.placed(body)
        self.orders.route(no)
        return no

    def accepted(self, body: dict[str, Any]) -> str:
        """… and every WMS has its fulfilment."""
        no = self.routed(body)
        for fulfilment in self.orders.fulfilments(no):
            self.commit(self.orders.plan_dispatching(fulfilment.no))
            plan = self.orders.plan_accepted(
                fulfilment.no,
                f"W-{fulfilment.no}",
                source=Source(message_id="MSG-A"),
                at=self.at(1),
            )
            self.commit(plan)
        return no

    def commit(self, writes: Writes) -> None:
        self.tables.commit(writes)

    def ship(self, shipment: Shipment) -> None:
        """Accepts and posts."""
        self.commit(self.orders.plan_shipment(shipment))
        self.orders.post_shipment(shipment.id)

    # --- looking

    def at(self, minutes: int) -> datetime:
        return datetime(2026, 11, 22, 2, 0, tzinfo=UTC) + timedelta(minutes=minutes)

    def available(self, code: str, sku: str) -> int:
        return self.stock.available([(code, sku)])[code, sku]

    def balance(self, code: str, sku: str) -> tuple[int, int, int]:
        """Good pieces, available, reserved."""
        found = self.stock.balances([(code, sku)])[code, sku]
        return found.quantity("ZP"), found.available, found.reserved

    def kinds(self) -> list[str]:
        """Kinds of the events so far, without the stock's."""
        return [event.kind for event in self.tables.events if event.kind != "EntriesPosted"]

    def events(self, kind: str) -> list[str]:
        """Ids of the events of a kind."""
        return [event.id for event in self.tables.events if event.kind == kind]

    def cases(self) -> list[str]:
        """Kinds of the exception cases raised."""
        rows = query_all(self.tables, "documents", "EXCEPTIONS#OPEN", index="gsi1")
        return sorted(row["kind"] for row in rows)

    def case_texts(self) -> list[str]:
        """The sentences of the exception cases raised."""
        rows = query_all(self.tables, "documents", "EXCEPTIONS#OPEN", index="gsi1")
        return [row["text"] for row in rows]

    def state(self) -> dict[str, Any]:
        """Everything in the tables, to compare end states."""
        return {str(key): item for key, item in self.tables.tables.items()}


def body(*lines: tuple[str, int, str], **changes: Any) -> dict[str, Any]:
    """An order of (SKU, quantity, unit price) lines, no discounts, no freight."""
    total = sum(quantity * round(float(price) * 100) for _, quantity, price in lines)
    return {
        "channel_order_id": "6712345678901234567",
        "currency": "CNY",
        "placed_at": "2026-11-22T09:30:00+08:00",
        "paid_at": "2026-11-22T09:31:05+08:00",
        "lines": [
            {
                "channel_line_id": f"L{position}",
                "sku": sku,
                "quantity": quantity,
                "unit_price": price,
            }
            for position, (sku, quantity, price) in enumerate(lines, start=1)
        ],
        "payable": f"{total // 100}.{total % 100:02d}",
        "receiver": {
            "name": "张三",
            "mobile": "13800000000",
            "province": "浙江省",
            "city": "杭州市",
            "district": "西湖区",
            "address": "文一西路 1 号",
        },
    } | changes


def shipment(
    fulfilment_no: str,
    lines: list[tuple[int | None, str, int]],
    *,
    identity: str = "1",
    final: bool = True,
    waybills: tuple[str, ...] = ("SF1",),
    warehouse_code: str = "W1",
    **changes: Any,
) -> Shipment:
    """A confirmation of (line, SKU, pieces) lines; every piece in the first parcel."""
    message = f"MSG-{fulfilment_no}-{identity}"
    order_no = fulfilment_no.rpartition("-")[0]
    first = Shipment(
        id=shipment_id(fulfilment_no, identity),
        fulfilment_no=fulfilment_no,
        order_no=order_no,
        warehouse=warehouse_code,
        parcels=tuple(
            Parcel(
                no=waybill,
                waybill=waybill,
                carrier_code="SF",
                carrier_name="顺丰",
                weight_grams=1200,
                items=tuple((sku, quantity) for _, sku, quantity in lines),
                source=Source(message_id=message, path="/request/packages/package[1]"),
            )
            for waybill in waybills
        ),
        lines=tuple(
            ShipmentLine(
                fulfilment_line_no=line,
                sku=sku,
                quantity=quantity,
                inventory_type="ZP",
                batch="",
                source=Source(
                    message_id=message, path=f"/request/orderLines/orderLine[{position}]"
                ),
            )
            for position, (line, sku, quantity) in enumerate(lines, start=1)
        ),
        final=final,
        occurred_at=datetime(2026, 11, 22, 4, 0, tzinfo=UTC),
        posting_date=DAY,
        message_id=message,
    )
    return replace(first, **changes)
