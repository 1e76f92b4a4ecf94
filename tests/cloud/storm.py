"""A crowd of orders through the deployed app and the warehouse simulator, and how it ended."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from chalicelib.catalog.model import SkuInput
from chalicelib.orders.states import FulfilmentState
from chalicelib.purchasing.model import PurchaseLineInput, PurchaseOrderInput
from local import cloud
from local.seeding import EAST, OWNER, SOUTH
from tests.cloud.site import TEST, Site

SKUS = 10
CALLERS = 4
ATTEMPTS = 10
SENDERS = 4
SPARE = 7
"""Pieces of each SKU that nobody orders."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a seed orders: SKU and quantity of each order; the SKUs lie in two warehouses."""

    seed: int
    orders: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, seed: int, count: int) -> Plan:
        luck = random.Random(seed)  # noqa: S311 - no secret
        orders = tuple((luck.randrange(SKUS), luck.randint(1, 3)) for _ in range(count))
        return cls(seed=seed, orders=orders)

    def pieces(self, sku: int) -> int:
        return sum(quantity for each, quantity in self.orders if each == sku)


def warehouse_of(sku: int) -> str:
    return EAST if sku % 2 else SOUTH


@dataclass(kw_only=True)
class Run:
    """One run of a plan: the codes of its own SKUs, its orders' numbers, how long things took."""

    site: Site
    plan: Plan
    skus: list[str] = field(default_factory=list)
    purchases: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def receive(self, name: str) -> None:
        """Purchase orders bring the goods: what the WMS receives is what we have."""
        self.skus = [f"{name}-{self.plan.seed}-{number}" for number in range(SKUS)]
        given = [_sku(code) for code in self.skus]
        self.site.oms.catalog.put_skus("pim-demo", given, message=TEST)
        supplier = self.site.supplier()
        for warehouse in (EAST, SOUTH):
            order = PurchaseOrderInput(
                id=f"{name}-{self.plan.seed}-{warehouse}",
                supplier=supplier,
                warehouse=warehouse,
                owner=OWNER,
                currency="CNY",
                lines=tuple(self._line(sku) for sku in _lying_in(warehouse)),
            )
            taken, _ = self.site.oms.purchasing.accept("erp-purchasing", order, TEST)
            self.purchases.append(taken.no)
        self.site.until(self._all_received, "the goods have been received", seconds=240)

    def _line(self, sku: int) -> PurchaseLineInput:
        return PurchaseLineInput(
            line_no=sku + 1,
            sku=self.skus[sku],
            quantity=self.plan.pieces(sku) + SPARE,
            price=100_000,
            tax_rate_percent=13,
        )

    def _all_received(self) -> bool:
        return all(
            self.site.available(code, warehouse=warehouse_of(number))
            == self.plan.pieces(number) + SPARE
            for number, code in enumerate(self.skus)
        )

    def place(self) -> None:
        """Every order through the API, several callers at once."""
        began = time.monotonic()
        with ThreadPoolExecutor(CALLERS) as pool:
            self.numbers = list(pool.map(lambda each: self._placed(*each), self.plan.orders))
        self.seconds["placed"] = time.monotonic() - began

    def _placed(self, sku: int, quantity: int) -> str:
        """The number of a new order; sent again where no answer comes, as a channel does."""
        body = self.site.order(self.skus[sku], quantity)
        for _ in range(ATTEMPTS):
            with contextlib.suppress(OSError):
                reply = self.site.post(body)
                if reply.status in (200, 201):
                    number: str = reply.json()["order_no"]
                    return number
                assert reply.status >= 500, reply
        raise AssertionError("the API doesn't answer")

    def settle(self, *, seconds: float) -> None:
        """Returns when every order has left, the WMS has been heard out, and the books are done."""
        began = time.monotonic()
        left = list(self.numbers)

        def shipped() -> bool:
            nonlocal left
            with ThreadPoolExecutor(CALLERS) as pool:
                states = list(pool.map(self._is_shipped, left))
            left = [each for each, done in zip(left, states, strict=True) if not done]
            return not left

        wait(self._is_heard_out, "the WMS has been heard out", seconds=seconds)
        wait(shipped, "every order has left", seconds=seconds)
        self.seconds["settled"] = time.monotonic() - began

    def _is_heard_out(self) -> bool:
        """Whether the simulator has finished this run's documents, and we have acknowledged every
        message of theirs; no message waits to leave. What other tests left there counts for
        nothing: cancelled orders, say.
        """
        listed = {
            "DELIVERED": self.site.wms.get("/_sim/orders"),
            "FULFILLED": self.site.wms.get("/_sim/entryorders"),
        }
        done = Counter(
            each["code"].partition("-")[0]
            for end, documents in listed.items()
            for each in documents["orders"]
            if each["status"] == end and not each["unacknowledged"]
        )
        if not all(done[number] for number in (*self.numbers, *self.purchases)):
            return False
        # The whole state is large; it is asked for when nothing else is left.
        warehouses = state(self.site)["warehouses"].values()
        return not any(each["waiting"] for each in warehouses)

    def _is_shipped(self, number: str) -> bool:
        parts = self.site.oms.orders.fulfilments(number)
        return bool(parts) and all(part.state is FulfilmentState.SHIPPED for part in parts)

    # --- how it ended

    def documents(self) -> list[Mapping[str, Any]]:
        """Every order, without numbers and times: what it is, and what left with it."""
        with ThreadPoolExecutor(CALLERS) as pool:
            return list(pool.map(self._document, self.numbers))

    def _document(self, number: str) -> Mapping[str, Any]:
        view = self.site.oms.orders.view(number)
        return {
            "sourcing": view.head.sourcing.value,
            "fulfilments": [
                (part.warehouse, part.state.value, part.cancel.value) for part in view.fulfilments
            ],
            "shipped": [
                (self.skus.index(line.sku), line.quantity, line.inventory_type)
                for shipment in view.shipments
                for line in shipment.lines
            ],
            "parcels": [len(shipment.parcels) for shipment in view.shipments],
            "booked": [shipment.state.value for shipment in view.shipments],
        }

    def received(self) -> list[tuple[str, list[tuple[int, int]]]]:
        """Every purchase order: its state, and what has come of each SKU."""
        purchasing = self.site.oms.purchasing
        return [
            (
                purchasing.purchase_order(number).state.value,
                sorted(
                    (self.skus.index(line.sku), line.quantity)
                    for receipt in purchasing.receipts(number)
                    for line in receipt.lines
                ),
            )
            for number in self.purchases
        ]

    def ours(self) -> dict[tuple[str, int, str], int]:
        """Our stock per warehouse, SKU and inventory type; what is still promised is none."""
        pairs = [(place, code) for place in (EAST, SOUTH) for code in self.skus]
        found: Counter[tuple[str, int, str]] = Counter()
        for (place, code), balance in self.site.oms.stock.balances(pairs).items():
            assert balance.reserved == 0, code
            for kind, pieces in balance.quantities.items():
                found[(place, self.skus.index(code), kind)] += pieces
        return {key: pieces for key, pieces in found.items() if pieces}

    def theirs(self) -> dict[tuple[str, int, str], int]:
        """The simulator's own stock, likewise."""
        found: Counter[tuple[str, int, str]] = Counter()
        for place, warehouse in state(self.site)["warehouses"].items():
            for row in warehouse["stock"]:
                if row["item"] in self.skus:
                    assert row["locked"] == 0, row
                    key = (place, self.skus.index(row["item"]), row["inventory_type"])
                    found[key] += row["quantity"]
        return {key: pieces for key, pieces in found.items() if pieces}


def state(site: Site) -> dict[str, Any]:
    """The simulator's stock and documents."""
    with urlopen(f"{site.urls['wms']}/state", timeout=60) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def mishaps(site: Site) -> str:
    """How often what has gone wrong, from the simulator's list of messages."""
    found: Counter[str] = Counter()
    after = 0
    while page := site.wms.messages(after=str(after)):
        after = page[-1]["n"]
        for each in page:
            again = each["direction"] == "out" and each["note"].startswith("again")
            found["sent again"] += again
            found["answers dropped"] += each["outcome"] == "drop_after" or (
                each["note"] == "drop_after"
            )
            found["messages"] += 1
    return ", ".join(f"{count} {name}" for name, count in sorted(found.items()))


def left_so_far(site: Site) -> int:
    """Delivery orders that the simulator has shipped."""
    return len(site.wms.get("/_sim/orders", status="DELIVERED")["orders"])


def kill_workers(site: Site) -> int:
    """Kills every function that runs or is kept warm, as if their machines had gone; how many."""
    _, workers = _processes(site)
    for pid in workers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return len(workers)


def cpu_seconds(site: Site) -> float:
    """What the embedded cloud and all its functions have used so far, ended ones too: a figure that
    says more than the clock of a machine that is shared.
    """
    cloud_ticks, workers = _processes(site)
    return (cloud_ticks + sum(workers.values())) / os.sysconf("SC_CLK_TCK")


def _processes(site: Site) -> tuple[int, dict[int, int]]:
    """Ticks of the embedded cloud with its ended children, and of its functions by process."""
    owner = cloud.status(site.deployment.settings).pid
    own, workers = 0, {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            # proc(5): after the name state, parent; user, system and children's ticks from 11 on.
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            pid, ticks = int(entry.name), sum(map(int, fields[11:15]))
            if pid == owner:
                own = ticks
            elif int(fields[1]) == owner:
                workers[pid] = ticks
    return own, workers


def wait(condition: Callable[[], bool], what: str, *, seconds: float) -> None:
    """As `Site.until`, seldom: each look costs."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(2)


def _lying_in(warehouse: str) -> list[int]:
    return [sku for sku in range(SKUS) if warehouse_of(sku) == warehouse]


def _sku(code: str) -> SkuInput:
    return SkuInput(
        id=f"pim-{code}",
        code=code,
        owner=OWNER,
        name="马克杯",
        barcode="6900000000028",
        tax_rate_percent=13,
        tax_code="1040201010000000000",
    )
