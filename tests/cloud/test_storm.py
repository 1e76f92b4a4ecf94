"""Orders in a storm end as they do on a quiet day: the deployed app against the warehouse simulator
that sends things twice, in another order, loses answers, and is killed in the middle together with
every function.

`OMS_STORM_ORDERS` says how many orders (120 if not set); docs/performance.md has what they cost.
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
ORDERS = int(os.environ.get("OMS_STORM_ORDERS", "120"))
PATIENCE_SECONDS = 600 + 2 * ORDERS
STEPS = [{"status": "ACCEPT"}, {"status": "PACKAGE"}]
MISHAPS = (
    {"what": "duplicate", "probability": 0.2, "seconds": 1},
    {"what": "reorder", "method": "orderprocess.report", "probability": 0.2, "seconds": 5},
    {"what": "ignore_answer", "probability": 0.1},
    {"what": "drop_answer", "probability": 0.1},
)
VISIBILITY = "VisibilityTimeout"
ASIDE = ("NoticesWorker", "InvoicingWorker", "UpstreamWorker")
"""Buyers, tax platform and upstream have no part in this; their messages wait."""


@contextmanager
def working(site: Site) -> Iterator[None]:
    """The warehouse works by itself, with several senders; afterwards everything is as before."""
    site.restart("wms", "--senders", str(SENDERS), "--seed", str(SEED))
    auto = {"step_seconds": 0.2, "receive_seconds": 0.2, "steps": STEPS}
    site.wms.post("/_sim/auto", enabled=True, **auto)
    try:
        yield
    finally:
        site.wms.post("/_sim/auto", enabled=False)
        site.wms.delete("/_sim/rules")
        site.restart("wms")


@contextmanager
def tried_again_soon(site: Site) -> Iterator[None]:
    """What a killed function held is tried again after seconds, and not after six minutes."""
    sqs = site.deployment.client("sqs")
    before = {
        url: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[VISIBILITY])["Attributes"]
        for url in site.deployment.queues.values()
    }
    for url in before:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={VISIBILITY: "20"})
    try:
        yield
    finally:
        for url, attributes in before.items():
            sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)


def played(site: Site, name: str, plan: Plan, *, storm: bool) -> Run:
    run = Run(site=site, plan=plan)
    run.receive(name)
    for rule in MISHAPS if storm else ():
        site.wms.post("/_sim/rules", **rule)
    before = left_so_far(site)
    run.place()
    if storm:
        half = before + len(plan.orders) // 2
        wait(lambda: left_so_far(site) >= half, "half have left", seconds=PATIENCE_SECONDS)
        print(f"\nkilled {kill_workers(site)} functions and the simulator in the middle")
        site.restart("wms", "--senders", str(SENDERS), "--seed", str(SEED))
    run.settle(seconds=PATIENCE_SECONDS)
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
@pytest.mark.timeout(4 * PATIENCE_SECONDS)
def test_in_a_storm_every_document_ends_as_on_a_quiet_day(site: Site) -> None:
    plan = Plan.of(SEED, ORDERS)
    aside = control.paused(site.deployment, *ASIDE)
    with working(site), tried_again_soon(site), aside:
        before = cpu_seconds(site)
        quiet = played(site, "QUIET", plan, storm=False)
        print(f"\n{told(site, 'quiet', quiet, before)}")
        before = cpu_seconds(site)
        stormy = played(site, "STORM", plan, storm=True)
        print(f"{told(site, 'storm', stormy, before)}; {mishaps(site)}")
        assert stormy.documents() == quiet.documents()
        assert stormy.received() == quiet.received()
        assert stormy.ours() == stormy.theirs() == quiet.ours() == quiet.theirs()
