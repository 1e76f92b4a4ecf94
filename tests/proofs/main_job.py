"""The main job as it is delivered to the OMS, one delivery after the other, in good order or not.

`play` is the script: what peers, people and clocks do; between its steps `settle` brings everything
to rest. What comes in is handed to `deliver`, so that a recorder can keep each delivery together
with the moment before it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Protocol

from chalicelib.kernel.clock import to_text
from local.seeding import EAST, SHOP, SOUTH
from tests.proofs.deliveries import Asked, Delivery, Scheduled, Signed
from tests.proofs.world import World

TEE, MUG, LAMP = "TEE", "MUG", "LAMP"
PIM, ERP = "pim-demo", "erp-purchasing"


class Deliver(Protocol):
    """How a delivery gets to the OMS."""

    def __call__(self, delivery: Delivery) -> Any: ...


class MainJob:
    """The script, in the steps of the demo. `numbers` are the orders' numbers by name."""

    def __init__(self, world: World, deliver: Deliver, settle: Callable[[], None]) -> None:
        self._world = world
        self._deliver = deliver
        self._settle = settle
        self.numbers: dict[str, str] = {}

    def play(self) -> None:
        """All of it, in order."""
        for step in self.steps():
            step()

    def steps(self) -> tuple[Callable[[], None], ...]:
        """The script."""
        return (
            self.master_data,
            self.opening,
            self.waiting,
            self.purchase,
            self.selling,
            self.shipping,
            self.cancelling,
            self.counting,
            self.closing,
        )

    def master_data(self) -> None:
        self._deliver(
            Signed(path="/v1/skus", client=PIM, body={"skus": [sku(TEE), sku(MUG), sku(LAMP)]})
        )
        supplier = {"id": "pim-S1", "code": "SUP1", "name": "晨光纺织有限公司"}
        self._deliver(Signed(path="/v1/suppliers", client=PIM, body={"suppliers": [supplier]}))
        self._settle()

    def opening(self) -> None:
        lines = []
        for code, quantity, value in ((TEE, 20, "500.00"), (MUG, 30, "360.00")):
            self._world.peers.count(EAST, code, quantity)
            lines.append({"sku": code, "quantity": quantity, "value": value})
        self._deliver(Asked(path=f"/v1/opening-stock/{EAST}", body={"lines": lines}))
        self._deliver(Asked(path=f"/v1/opening-stock/{SOUTH}", body={"lines": []}))
        for code in (EAST, SOUTH):
            self._deliver(Asked(path=f"/v1/opening-stock/{code}/close", body={}))
            self._settle()

    def waiting(self) -> None:
        """An order for what isn't there yet."""
        self._order("waiting", [line(1, LAMP, 2, "129.00")], payable="258.00")
        self._settle()

    def purchase(self) -> None:
        lines = [
            {
                "line_no": number,
                "sku": code,
                "quantity": quantity,
                "price": price,
                "tax_rate_percent": 13,
            }
            for number, code, quantity, price in ((1, LAMP, 10, "80.5000"), (2, TEE, 5, "25.3333"))
        ]
        body = {
            "id": "erp-1",
            "supplier": "SUP1",
            "warehouse": SOUTH,
            "owner": "DEMO",
            "currency": "CNY",
            "lines": lines,
        }
        _, answer = self._deliver(Signed(path="/v1/purchase-orders", client=ERP, body=body))
        number = answer["purchase_order"]
        self._settle()
        first = {"item": LAMP, "line_no": "1", "quantity": 6, "batches": [batch("L1", 6)]}
        self._world.peers.receive(SOUTH, number, confirm_type=1, lines=[first])
        self._settle()
        second = {
            "item": LAMP,
            "line_no": "1",
            "quantity": 4,
            "batches": [batch("L2", 3), batch("L2", 1, "CC")],
        }
        tees = {"item": TEE, "line_no": "2", "quantity": 4}
        self._world.peers.receive(SOUTH, number, confirm_type=0, lines=[second, tees])
        self._settle()
        self._deliver(Scheduled(function="waiting_router", time=self._now()))
        self._settle()

    def selling(self) -> None:
        lines = [
            line(1, TEE, 3, "59.00", discount="7.00"),
            line(2, MUG, 2, "35.50"),
            line(3, LAMP, 3, "129.00"),
        ]
        number = self._order(
            "main", lines, order_discount="10.00", freight="6.00", payable="624.00"
        )
        self._settle()
        held = self._view(number)["holds"][0]["type"]
        self._deliver(Asked(path=f"/v1/orders/{number}/release", body={"hold": held}))
        self._settle()

    def shipping(self) -> None:
        peers, parts = self._world.peers, self._parts(self.numbers["main"])
        for code in (EAST, SOUTH):
            for status in ("ACCEPT", "PICK", "PACKAGE"):
                peers.step(code, parts[code], status)
        peers.ship(EAST, parts[EAST], packages=[parcel("SF1", TEE, 3), parcel("SF2", MUG, 2)])
        peers.ship(SOUTH, parts[SOUTH], confirm_type=1, packages=[parcel("YT1", LAMP, 1)])
        self._settle()
        peers.ship(SOUTH, parts[SOUTH], packages=[parcel("YT2", LAMP, 2)])
        self._settle()

    def cancelling(self) -> None:
        number = self._order("cancelled", [line(1, MUG, 2, "35.50")], payable="71.00")
        self._world.cloud.clock.forward(minutes=2)
        self._deliver(Scheduled(function="outbox_sweeper", time=self._now()))
        self._settle()
        self._world.peers.step(EAST, self._parts(number)[EAST], "ACCEPT")
        self._deliver(
            Asked(path=f"/v1/orders/{number}/cancel", body={"reason": "changed their mind"})
        )
        self._settle()

    def counting(self) -> None:
        self._world.peers.change_stock(EAST, item=MUG, quantity=-1)
        self._settle()

    def closing(self) -> None:
        tomorrow = self._world.cloud.clock.now() + timedelta(days=1)
        self._deliver(Scheduled(function="nightly_close", time=to_text(tomorrow)))
        self._settle()

    def _order(self, name: str, lines: list[dict[str, Any]], **amounts: str) -> str:
        body = order_body(name, lines, **amounts)
        _, answer = self._deliver(Signed(path="/v1/orders", client=SHOP, body=body))
        self.numbers[name] = answer["order_no"]
        return self.numbers[name]

    def _view(self, number: str) -> Any:
        _, order = self._world.deliver(Asked(verb="GET", path=f"/v1/orders/{number}", body={}))
        return order

    def _parts(self, number: str) -> dict[str, str]:
        found = self._view(number)["fulfilments"]
        return {each["warehouse"]: each["fulfilment_no"] for each in found}

    def _now(self) -> str:
        return to_text(self._world.cloud.clock.now())


def sku(code: str) -> dict[str, Any]:
    return {
        "id": f"pim-{code}",
        "code": code,
        "name": f"商品 {code}",
        "barcode": f"69{code}",
        "category": "家居",
        "owner": "DEMO",
        "unit": "件",
        "tax_rate_percent": 13,
        "weight_grams": 250,
        "tax_code": "1040201010000000000",
    }


def line(number: int, code: str, quantity: int, price: str, **more: str) -> dict[str, Any]:
    return {
        "channel_line_id": f"L{number}",
        "sku": code,
        "quantity": quantity,
        "unit_price": price,
        **more,
    }


def batch(code: str, quantity: int, inventory_type: str = "ZP") -> dict[str, Any]:
    return {"batch_code": code, "quantity": quantity, "inventory_type": inventory_type}


def parcel(waybill: str, code: str, quantity: int) -> dict[str, Any]:
    return {
        "express_code": waybill,
        "logistics_code": waybill[:2],
        "items": [{"item": code, "quantity": quantity}],
    }


def order_body(name: str, lines: list[dict[str, Any]], **amounts: str) -> dict[str, Any]:
    return {
        "channel_order_id": f"channel-{name}",
        "currency": "CNY",
        "placed_at": "2026-11-22T09:20:00+08:00",
        "paid_at": "2026-11-22T09:21:05+08:00",
        "lines": lines,
        **amounts,
        "receiver": {
            "name": "张小明",
            "mobile": "13900001234",
            "province": "浙江省",
            "city": "杭州市",
            "district": "西湖区",
            "address": "文一西路 969 号 3 幢 502 室",
        },
        "buyer": {"nick": "buyer", "remark": "请用黑色袋子"},
        "invoice": {"kind": "PERSON", "title": "张小明"},
    }
