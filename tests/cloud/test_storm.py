"""Orders in a storm end as they do on a quiet day: the deployed app against the warehouse simulator
that sends things twice, in another order, loses answers, and is killed in the middle together with
every function.

`OMS_STORM_ORDERS` says how many orders; docs/operations.md.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from local import control
from tests.cloud.site import Site
from tests.cloud.storm import (
    SENDERS,
    Plan,
    Run,
    cpu_seconds,
    kill_workers,
    left_so_far,
    mishaps,
    wait,
)

SEED = 20261122
ORDERS = int(os.environ.get("OMS_STORM_ORDERS", "2000"))
STEPS = [{"status": "ACCEPT"}, {"status": "PACKAGE"}]
MISHAPS = (
    {"what": "duplicate", "probability": 0.2, "seconds": 1},
    {"what": "reorder", "method": "orderprocess.report", "probability": 0.2, "seconds": 5},
    {"what": "ignore_answer", "probability": 0.1},
    {"what": "drop_answer", "probability": 0.1},
)
VISIBILITY_SECONDS = "20"
ASIDE = ("NoticesWorker", "InvoicingWorker", "UpstreamWorker")
"""Buyers, tax platform and upstream have no part in this; their messages wait."""


@contextmanager
def working(site: Site) -> Iterator[None]:
    """The warehouse works by itself, with several senders."""
    site.restart("wms", "--senders", str(SENDERS), "--seed", str(SEED))
    for url in site.deployment.queues.values():
        # What a killed function held is tried again after this, and not after six minutes.
        site.deployment.client("sqs").set_queue_attributes(
            QueueUrl=url, Attributes={"VisibilityTimeout": VISIBILITY_SECONDS}
        )
    auto = {"step_seconds": 0.2, "receive_seconds": 0.2, "steps": STEPS}
    site.wms.post("/_sim/auto", enabled=True, **auto)
    try:
        yield
    finally:
        site.wms.post("/_sim/auto", enabled=False)
        site.restart("wms")


def played(site: Site, name: str, plan: Plan, *, storm: bool) -> Run:
    run = Run(site=site, plan=plan)
    run.receive(name)
    for rule in MISHAPS if storm else ():
        site.wms.post("/_sim/rules", **rule)
    run.place()
    if storm:
        half = len(plan.orders) // 2
        wait(lambda: left_so_far(site, run.skus) >= half, "half have left", seconds=900)
        print(f"\nkilled {kill_workers(site)} functions and the simulator in the middle")
        site.restart("wms", "--senders", str(SENDERS), "--seed", str(SEED))
    run.settle(seconds=900)
    return run


def told(site: Site, name: str, run: Run, before: float) -> str:
    """The figures of a run, in a line."""
    count = len(run.numbers)
    cpu = cpu_seconds(site) - before
    placed, settled = run.seconds["placed"], run.seconds["settled"]
    return (
        f"{name}: {count} orders placed in {placed:.0f} s, settled {settled:.0f} s later; "
        f"{cpu:.0f} s of CPU, {cpu / count:.2f} s an order"
    )


@pytest.mark.proof
@pytest.mark.timeout(2400)
def test_in_a_storm_every_document_ends_as_on_a_quiet_day(site: Site) -> None:
    plan = Plan.of(SEED, ORDERS)
    with working(site), control.paused(site.deployment, *ASIDE):
        before = cpu_seconds(site)
        quiet = played(site, "QUIET", plan, storm=False)
        print(f"\n{told(site, 'quiet', quiet, before)}")
        before = cpu_seconds(site)
        stormy = played(site, "STORM", plan, storm=True)
        print(f"{told(site, 'storm', stormy, before)}; {mishaps(site)}")
        assert stormy.documents() == quiet.documents()
        assert stormy.received() == quiet.received()
        assert stormy.ours() == stormy.theirs() == quiet.ours() == quiet.theirs()
