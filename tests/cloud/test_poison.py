"""A message that can't be worked off ends among the dead letters, holds up nobody, and comes home
when its cause is gone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest

from chalicelib.kernel.events import Event
from chalicelib.movements.model import adjustment_number
from local import control
from local.cloud_settings import ROOT
from local.seeding import EAST
from tests.cloud.site import Site

TRIES = 5


@contextmanager
def quick_retries(site: Site, queue: str, *, seconds: int) -> Iterator[None]:
    """What failed is given again after some seconds instead of six times the function's
    time-out.
    """
    sqs, url = site.deployment.client("sqs"), site.deployment.queues[queue]
    names = ["VisibilityTimeout", "RedrivePolicy"]
    before = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    assert json.loads(before["RedrivePolicy"])["maxReceiveCount"] == TRIES
    timeout = {"VisibilityTimeout": before["VisibilityTimeout"]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(seconds)})
    try:
        yield
    finally:
        sqs.set_queue_attributes(QueueUrl=url, Attributes=timeout)


def oms_command(site: Site, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`./oms …` on this site."""
    return subprocess.run(
        [sys.executable, "-m", "local.cli", *arguments],
        cwd=ROOT,
        env={**os.environ, **site.environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.timeout(400)
def test_poison_ends_in_the_dlq_after_its_tries_and_redrive_brings_it_home(site: Site) -> None:
    good, poisoned = site.stocked(1), site.sku()
    key = f"late-{uuid.uuid4().hex}"
    number = adjustment_number(EAST, key)
    poison = Event(
        id=f"AdjustmentAccepted:{number}",
        kind="AdjustmentAccepted",
        subject=number,
        occurred_at=site.oms.clock.now(),
        correlation=number,
        data={"warehouse": EAST},
    )
    url = site.deployment.queues["PostingQueue"]
    sqs = site.deployment.client("sqs")
    with quick_retries(site, "PostingQueue", seconds=4):
        # It names an adjustment that isn't there.
        sqs.send_message(QueueUrl=url, MessageBody=msgspec.json.encode(poison).decode())
        for count in range(5):
            site.adjust(f"beside-{count}-{good}", good, 1)
        site.until(lambda: site.available(good) == 6, "the others are worked off")
        site.until(
            lambda: site.oms.queues.depth("posting").dead == 1, "the poison is dead", seconds=120
        )
    failures = control.log_lines(site.deployment, "PostingWorker", containing="work failed")
    assert len([line for line in failures if number in line.text]) == TRIES
    # The cause goes away; only the dead letter tells the workers of it.
    with control.paused(site.deployment, "OutboxRelay"):
        site.adjust(key, poisoned, 7)
        done = oms_command(site, "redrive", "posting", "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == {"queue": "posting", "moved": 1, "failed": 0}
        site.until(lambda: site.available(poisoned) == 7, "the dead letter is worked off")
    assert site.oms.queues.depth("posting").dead == 0
