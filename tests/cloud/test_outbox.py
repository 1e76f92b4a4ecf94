"""The stream is a wake-up, no more: with it switched off the sweeper delivers everything."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from chalicelib.bootstrap import Container
from chalicelib.kernel.clock import SystemClock
from local import control
from local.waiting import wait_until
from tests.cloud.site import Site

ORDERS = 5


class Later:
    """The clock of somebody who looks two minutes later."""

    def now(self) -> datetime:
        return SystemClock().now() + timedelta(minutes=2)


@pytest.fixture
def without_stream(site: Site) -> Iterator[Site]:
    with control.paused(site.deployment, "OutboxRelay"):
        yield site


def at_the_warehouse(site: Site, numbers: list[str]) -> list[str]:
    """Those of the orders whose fulfilment the WMS has accepted."""
    parts = {number: site.oms.orders.fulfilments(number) for number in numbers}
    return [
        number
        for number in numbers
        if parts[number] and all(each.wms_order_id for each in parts[number])
    ]


def test_what_the_stream_left_behind_goes_out_by_the_sweep(without_stream: Site) -> None:
    site = without_stream
    sku = site.sku()
    sweeping = Container(site.oms.settings, clock=Later()).outbox

    def swept_and_in_stock() -> bool:
        sweeping.sweep()
        return site.available(sku) == 20

    site.adjust(f"stock-{sku}", sku, 20)
    assert site.available(sku) == 0
    site.until(swept_and_in_stock, "the stock is booked")
    numbers = [site.placed(sku) for _ in range(ORDERS)]

    def swept_and_dispatched() -> bool:
        sweeping.sweep()
        return at_the_warehouse(site, numbers) == numbers

    site.until(swept_and_dispatched, "every order is at the warehouse", seconds=120)
    assert sweeping.sweep()[1] == 0, "nothing is left that nobody takes"


@pytest.mark.proof
@pytest.mark.timeout(900)
def test_the_deployed_sweeper_alone_brings_every_order_to_the_warehouse(site: Site) -> None:
    """Two hops, each after a minute in the outbox: what the schedule does every minute is done here
    as often as it may be.
    """
    sku = site.stocked(20)
    started = time.monotonic()
    with control.paused(site.deployment, "OutboxRelay"):
        numbers = [site.placed(sku) for _ in range(ORDERS)]

        def swept_and_dispatched() -> bool:
            control.invoke_scheduled(site.deployment, "OutboxSweeper")
            return at_the_warehouse(site, numbers) == numbers

        wait_until(swept_and_dispatched, "every order dispatched", seconds=400, every_seconds=5)
    assert time.monotonic() - started >= 60, "the rows can't have been old enough"
