"""Orders in a storm end as they do on a quiet day: the deployed app against the warehouse simulator
that sends things twice, in another order, loses answers, and is killed in the middle together with
every function.

`OMS_STORM_ORDERS` says how many orders; docs/operations.md.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from local import control
from tests.cloud.site import Site
from tests.cloud.storm import SENDERS, Plan, Run, kill_workers, left_so_far, wait

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


@pytest.mark.proof
@pytest.mark.timeout(2400)
def test_in_a_storm_every_document_ends_as_on_a_quiet_day(site: Site) -> None:
    plan = Plan.of(SEED, ORDERS)
    began = time.monotonic()
    with working(site), control.paused(site.deployment, *ASIDE):
        quiet = played(site, "QUIET", plan, storm=False)
        print(f"\nquiet: {ORDERS} orders, {quiet.seconds}, {time.monotonic() - began:.0f} s")
        stormy = played(site, "STORM", plan, storm=True)
        print(f"storm: {ORDERS} orders, {stormy.seconds}, {time.monotonic() - began:.0f} s")
        assert stormy.documents() == quiet.documents()
        assert stormy.received() == quiet.received()
        assert stormy.ours() == stormy.theirs() == quiet.ours() == quiet.theirs()
