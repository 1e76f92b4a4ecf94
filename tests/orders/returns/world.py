"""The small world of orders, with returns."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from chalicelib.catalog.model import CostMethod
from chalicelib.kernel.events import Event
from chalicelib.kernel.exception_book import ExceptionBook
from chalicelib.kernel.provenance import Source
from chalicelib.orders.returns.intake import Asking, parse_reshipment, parse_return
from chalicelib.orders.returns.model import (
    ReturnedLine,
    ReturnOrder,
    ReturnReceipt,
    UnclaimedParcel,
    receipt_id,
)
from chalicelib.orders.returns.service import ReturnService
from chalicelib.stock.cost_service import CostService
from chalicelib.stock.cost_store import ValueStore
from chalicelib.stock.store import StockStore
from tests.fakes.kernel import PlainSealer
from tests.orders.world import DAY, World, body, shipment

Piece = tuple[int | None, str, int, str]
"""Line that the WMS names, SKU, pieces, inventory type."""


class ReturnWorld(World):
    """Shop `S1`, its orders, and what comes back of them."""

    def __init__(self) -> None:
        super().__init__()
        self.returns = ReturnService(
            items=self.tables,
            transaction=self.tables,
            clock=self.clock,
            sealer=PlainSealer(),
            catalog=self.catalog,
            numbers=self.numbers,
            stock=self.stock,
            orders=self.orders,
            exceptions=ExceptionBook(items=self.tables, transaction=self.tables, clock=self.clock),
        )
        self.costs = CostService(
            store=StockStore(self.tables),
            values=ValueStore(self.tables),
            transaction=self.tables,
            clock=self.clock,
            method=lambda warehouse: CostMethod.AVERAGE,
        )
        self.handled = 0

    def shipped(self, *lines: tuple[str, int, str], **changes: Any) -> str:
        """An order that has left whole, from W1, as SF1; the number of its fulfilment."""
        no = self.accepted(body(*lines, **changes)) + "-01"
        pieces = [(number, sku, count) for number, (sku, count, _) in enumerate(lines, start=1)]
        self.ship(shipment(no, pieces))
        return no

    def ask(self, fulfilment_no: str, *lines: dict[str, Any], **changes: Any) -> ReturnOrder:
        """A return, approved unless it is said otherwise."""
        return self.request(fulfilment_no, *lines, **changes)[0]

    def request(
        self, fulfilment_no: str, *lines: dict[str, Any], shop: str = "S1", **changes: Any
    ) -> tuple[ReturnOrder, bool]:
        given = {
            "id": "R-1",
            "fulfilment_no": fulfilment_no,
            "lines": list(lines),
            "approved": True,
            **changes,
        }
        asking = Asking(shop=shop, source="shop-client", by="shop-client")
        return self.returns.request(parse_return(json.dumps(given).encode()), asking)

    def reship(self, fulfilment_no: str, **changes: Any) -> tuple[str, bool]:
        given = {
            "id": "BF-1",
            "fulfilment_no": fulfilment_no,
            "lines": [{"sku": "A", "quantity": 1}],
            **changes,
        }
        return self.returns.reship(parse_reshipment(json.dumps(given).encode()), shop="S1")

    def come_back(self, no: str, *pieces: Piece, **changes: Any) -> ReturnReceipt:
        """Accepts and posts a confirmation."""
        taken = receipt(no, *pieces, **changes)
        self.commit(self.returns.plan_receipt(taken))
        self.work_off()
        return taken

    def work_off(self) -> None:
        """Gives the new events to their use cases, as the queues would."""
        uses: dict[str, Callable[[Event], object]] = {
            "OrderPlaced": lambda event: self.orders.route(event.subject),
            "HoldReleased": lambda event: self.orders.route(event.subject),
            "ShipmentAccepted": lambda event: self.orders.post_shipment(event.subject),
            "ReturnReceiptAccepted": lambda event: self.returns.post_receipt(event.subject),
            "ParcelUnclaimed": lambda event: self.returns.post_unclaimed(event.subject),
            "ParcelEnded": lambda event: self.returns.post_ended(event.subject),
            "ReturnInspected": lambda event: self.returns.send_exchange(event.subject),
            "ReturnCancelled": lambda event: self.returns.cancel_exchange(event.subject),
            "EntriesPosted": lambda event: self.costs.cost_pools(event.data["pools"]),
        }
        while self.handled < len(self.tables.events):
            event = self.tables.events[self.handled]
            self.handled += 1
            if event.kind in uses:
                uses[event.kind](event)

    def state_of(self, no: str) -> str:
        return self.returns.return_order(no).state.value

    def after_sale(self, fulfilment_no: str) -> str:
        return self.orders.head(fulfilment_no.rpartition("-")[0]).after_sale.value

    def told(self, no: str) -> Any:
        """The data of the return's last `ReturnInspected`."""
        found = [
            each
            for each in self.tables.events
            if each.kind == "ReturnInspected" and each.subject == no
        ]
        return found[-1].data

    def quantity(self, warehouse: str, sku: str, inventory_type: str = "ZP") -> int:
        found = self.stock.balances([(warehouse, sku)])
        return found[warehouse, sku].quantity(inventory_type) if found else 0

    def pool(self, warehouse: str, sku: str) -> tuple[int, int]:
        """Pieces and fen."""
        self.costs.cost_pools([f"{warehouse}/{sku}"])
        found = self.costs.pools([(warehouse, sku)])[warehouse, sku]
        return found.quantity, found.value


def line(line_no: int, *units: int, quantity: int = 0) -> dict[str, Any]:
    return {"line_no": line_no, **({"quantity": quantity} if quantity else {"units": units})}


def receipt(
    no: str,
    *pieces: Piece,
    identity: str = "1",
    final: bool = True,
    batch: str = "",
    warehouse: str = "W1",
) -> ReturnReceipt:
    """A confirmation of (line, SKU, pieces, inventory type)."""
    return ReturnReceipt(
        id=receipt_id(no, identity),
        return_no=no,
        warehouse=warehouse,
        lines=tuple(
            ReturnedLine(
                line_no=position,
                sku=sku,
                quantity=quantity,
                inventory_type=inventory_type,
                batch=batch,
                source=Source(
                    message_id=f"MSG-{no}-{identity}",
                    path=f"/request/orderLines/orderLine[{position}]",
                ),
                return_line_no=line_no,
            )
            for position, (line_no, sku, quantity, inventory_type) in enumerate(pieces, start=1)
        ),
        final=final,
        occurred_at=datetime(2026, 11, 23, 4, 0, tzinfo=UTC),
        posting_date=DAY,
        message_id=f"MSG-{no}-{identity}",
    )


def parcel(identity: str, *pieces: tuple[str, int, str], **changes: Any) -> UnclaimedParcel:
    """A parcel of (SKU, pieces, inventory type)."""
    came = receipt("X", *[(None, *piece) for piece in pieces])
    given = {
        "id": identity,
        "warehouse": "W1",
        "owner": "OWNER",
        "lines": came.lines,
        "occurred_at": came.occurred_at,
        "posting_date": DAY,
        "message_id": "MSG-P",
        "accepted_at": came.occurred_at,
        **changes,
    }
    return UnclaimedParcel(**given)
