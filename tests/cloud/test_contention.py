"""More orders than pieces, at once: what is promised is there, and the counters are the rows."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

from chalicelib.orders.states import Sourcing
from local import control
from local.seeding import EAST
from tests.cloud.attempts import attempts
from tests.cloud.site import Site


def open_pieces(site: Site, sku: str, reservations: list[str]) -> int:
    """Open pieces of a SKU, counted row by row."""
    found = [site.oms.stock.reservation(each) for each in reservations]
    return sum(each.open.get(sku, 0) for each in found if each is not None)


def test_of_40_orders_at_once_for_10_pieces_10_are_reserved_and_30_wait(site: Site) -> None:
    sku = site.stocked(10)
    # They gather before the workers, so that all of them ask for the stock at the same time.
    with control.paused(site.deployment, "RoutingWorker"), ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _: site.placed(sku), range(40)))
    assert len(set(numbers)) == 40

    def settled() -> list[Sourcing]:
        found = [site.oms.orders.head(number).sourcing for number in numbers]
        return found if all(each is not Sourcing.TO_SOURCE for each in found) else []

    sourcing = site.until(settled, "every order is routed", seconds=120)
    assert sourcing.count(Sourcing.ROUTED) == 10
    assert sourcing.count(Sourcing.WAIT_STOCK) == 30
    parts = [each.no for number in numbers for each in site.oms.orders.fulfilments(number)]
    assert len(parts) == 10
    balance = site.oms.stock.balances([(EAST, sku)])[(EAST, sku)]
    assert (balance.available, balance.reserved) == (0, 10)
    assert open_pieces(site, sku, parts) == 10


@pytest.mark.proof
@pytest.mark.timeout(600)
def test_1000_attempts_of_8_processes_for_300_pieces_reserve_exactly_300(site: Site) -> None:
    skus = [site.stocked(100) for _ in range(3)]
    with ProcessPoolExecutor(8, mp_context=multiprocessing.get_context("spawn")) as pool:
        jobs = [
            pool.submit(attempts, dict(site.environment), EAST, skus, process=process, count=125)
            for process in range(8)
        ]
        told = [reservation for job in jobs for reservation in job.result()]
    assert len(told) == len(set(told)) == 300
    balances = site.oms.stock.balances([(EAST, sku) for sku in skus])
    for sku in skus:
        balance = balances[(EAST, sku)]
        assert (balance.available, balance.reserved, balance.quantity("ZP")) == (0, 100, 100)
        assert open_pieces(site, sku, told) == 100
