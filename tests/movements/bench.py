"""Movement orders and transfers in a whole OMS with two warehouse systems, and looks at them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from chalicelib.movements.orders.model import MovementLineInput, MovementOrderInput
from chalicelib.movements.transfers.model import TransferInput, TransferLine
from chalicelib.stock.model import Entry
from tests.warehouse.world import MESSAGE, World

ConfirmLine = tuple[Any, ...]
"""Line number, SKU, pieces, and perhaps inventory type and batch."""


class Bench(World):
    """WH1 has 100 pieces each of A, B and C at 1.00; SUP1 delivered 20 of A as batch B1 at 2.00,
    4 of them defective. Both WMS know the SKUs.
    """

    def __init__(self) -> None:
        super().__init__()
        self.know_items()
        no = self.purchase(("A", 20, 20_000))
        self.entry_confirm(no, (1, "A", 16, "ZP", "B1"), (1, "A", 4, "CC", "B1"))
        self.purchasing.post_receipt(self.purchasing.receipts(no)[0].id)
        self.run()
        self.systems.calls.clear()

    # --- doing

    def ordered(self, *lines: MovementLineInput, approved: bool = True, **changes: Any) -> str:
        """The number of a new movement order."""
        given = order_input(*lines, **changes)
        by = "ERP" if approved else ""
        return self.movements.take("ERP", given, MESSAGE, approved_by=by)[0].no

    def transfer(self, *lines: TransferLine, **changes: Any) -> str:
        """The number of a new transfer from WH1 to WH2, which its WMS has."""
        given = transfer_input(*lines, **changes)
        return self.transfers.take("ERP", given, MESSAGE, approved_by="ERP")[0].no

    def stockout_confirm(self, no: str, *lines: ConfirmLine, **changes: str) -> str:
        """What the WMS is answered (flag)."""
        body = confirm_body("deliveryOrder", no, lines, changes)
        return self._flag("stockout.confirm", body, changes)

    def entry_confirm(self, no: str, *lines: ConfirmLine, **changes: str) -> str:
        body = confirm_body("entryOrder", no, lines, changes)
        return self._flag("entryorder.confirm", body, changes)

    def _flag(self, method: str, body: str, changes: dict[str, str]) -> str:
        answer = self.callback(method, body, wms=changes.get("wms", "W1"))
        return str(answer.needed_text("flag"))

    def let_pass(self, **time: int) -> None:
        self.clock.moment += timedelta(**time)

    # --- looking

    def entries(self, documents: Iterable[str]) -> list[Entry]:
        return [entry for document in documents for entry in self.stock.entries_of(document)]

    def booked(self, no: str) -> list[tuple[str, str, int, str, str]]:
        """(kind, SKU, pieces, from, to) of what an order's confirmations booked."""
        found = self.entries(each.id for each in self.movements.confirmations(no))
        return [
            (each.kind.value, each.sku, each.quantity, each.from_location, each.to_location)
            for each in found
        ]

    def values(self, no: str) -> list[int]:
        """Fen of each value entry of an order's confirmations."""
        return [
            value.value
            for each in self.movements.confirmations(no)
            for value in self.costs.values_of(each.id)
        ]

    def figures(self, warehouse: str, sku: str) -> tuple[int, int, int]:
        """Good pieces, available, reserved."""
        pair = (warehouse, sku)
        balance = self.stock.balances([pair]).get(pair)
        if balance is None:
            return (0, 0, 0)
        return (balance.quantity("ZP"), balance.available, balance.reserved)

    def state(self, no: str) -> str:
        return self.movements.order(no).state.value

    def texts(self) -> dict[str, str]:
        """The text of each open case by its kind."""
        found = self.tables.query("documents", "EXCEPTIONS#OPEN", index="gsi1")
        return {item["kind"]: item["text"] for item in found.items}


def line(
    line_no: int,
    sku: str,
    quantity: int,
    kind: str = "ZP",
    *,
    batch: str = "",
    price: int | None = None,
) -> MovementLineInput:
    return MovementLineInput(
        line_no=line_no, sku=sku, quantity=quantity, inventory_type=kind, batch=batch, price=price
    )


def order_input(*lines: MovementLineInput, **changes: Any) -> MovementOrderInput:
    """A requisition of the office for 10 pieces of A."""
    given: dict[str, Any] = {
        "id": "M-1",
        "type": "QTCK",
        "warehouse": "WH1",
        "owner": "ACME",
        "lines": lines or (line(1, "A", 10),),
        "department": "OFFICE",
    }
    return MovementOrderInput(**(given | changes))


def transfer_input(*lines: TransferLine, **changes: Any) -> TransferInput:
    """10 pieces of A from WH1 to WH2."""
    given: dict[str, Any] = {
        "id": "T-1",
        "from_warehouse": "WH1",
        "to_warehouse": "WH2",
        "owner": "ACME",
        "lines": lines or (TransferLine(line_no=1, sku="A", quantity=10),),
    }
    return TransferInput(**(given | changes))


def confirm_body(
    header: str, no: str, lines: Sequence[ConfirmLine], changes: dict[str, str]
) -> str:
    said = {"outBizCode": f"W-{no}", "confirmType": "0"} | changes
    said.pop("wms", None)
    head = f"<{header}Code>{no}</{header}Code>" + "".join(
        f"<{name}>{text}</{name}>" for name, text in said.items()
    )
    inner = "".join(map(_confirm_line, lines))
    return f"<request><{header}>{head}</{header}><orderLines>{inner}</orderLines></request>"


def _confirm_line(line: ConfirmLine) -> str:
    line_no, sku, quantity, *more = line
    kind, batch = (*more, "ZP")[0], (*more, "", "")[1]
    named = f"<batchCode>{batch}</batchCode>" if batch else ""
    return (
        f"<orderLine><orderLineNo>{line_no}</orderLineNo><itemCode>{sku}</itemCode>"
        f"<actualQty>{quantity}</actualQty><inventoryType>{kind}</inventoryType>{named}</orderLine>"
    )
