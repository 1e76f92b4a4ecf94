"""`make bench`: measures, prints, and with `--keep` writes the figures into
`docs/performance.md`.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bench import cold, package_size, report
from bench.meter import Step, total
from bench.resources import make
from local import cloud
from local.cloud_settings import PORT_SETTING, ROOT, CloudError, CloudSettings
from local.packaging import PackagingFailed
from local.processes import signals_as_exits

DOCUMENT = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
PORT = 4966
WORKERS = ("routing", "dispatch", "posting", "costing", "notices", "invoicing", "upstream")
DELAYED_SECONDS = 8.0
"""Longer than the first delay of a follow-up."""


def main(arguments: list[str]) -> int:
    """0: measured. 2: it couldn't be."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="write docs/performance.md")
    given = parser.parse_args(arguments)
    try:
        text = measured()
    except (CloudError, PackagingFailed) as failure:
        print(failure, file=sys.stderr)
        return 2
    print(text)
    if given.keep:
        keep(text)
    return 0


def measured() -> str:
    """The whole report."""
    with signals_as_exits(), bench_cloud():
        dispatched, rest, starts = _on_the_cloud()
    shipped = [*dispatched, *rest]
    parts = [
        report.heading(),
        report.against_budget(total(dispatched), total(shipped)),
        report.counted("From POST to dispatched", dispatched),
        report.counted("Shipped, costed, told, invoiced", rest),
        report.money(dispatched, shipped),
        report.cold(starts, cold.largest_imports()),
        report.package(*package_size.sizes()),
    ]
    return "\n\n".join(parts)


@contextmanager
def bench_cloud() -> Iterator[None]:
    """An embedded cloud of its own, empty, with what the app works on; its environment is ours."""
    settings = CloudSettings.from_environment()
    if not os.environ.get(PORT_SETTING):
        settings = replace(settings, port=PORT)
    with tempfile.TemporaryDirectory(prefix="oms-bench-") as folder:
        settings = replace(settings, folder=Path(folder))
        with cloud.running(settings):
            os.environ.update(
                POWERTOOLS_TRACE_DISABLED="true",
                POWERTOOLS_LOG_LEVEL="CRITICAL",
                POWERTOOLS_METRICS_DISABLED="true",
                POWERTOOLS_METRICS_NAMESPACE="OMS",
                POWERTOOLS_SERVICE_NAME="oms",
            )
            os.environ.update(make(settings))
            yield


def _on_the_cloud() -> tuple[list[Step], list[Step], list[cold.Start]]:
    # Imported here: the app's logs and clients read the environment when they are imported.
    from bench.world import world
    from chalicelib.aws.settings import read_settings

    with world(read_settings(os.environ)) as made:
        for _ in range(2):
            # The second one is measured: everything is warm then.
            made.meter.taken()
            number = made.post_order()
            made.courier.run()
            dispatched = made.meter.taken()
            made.ship(number)
            made.courier.run(wait_seconds=DELAYED_SECONDS)
            rest = made.meter.taken()
        events = made.courier.envelopes
        starts = [cold.start("boto3", None), cold.start("app", None)]
        # A replay is answered as the first time, so each of these makes its order once.
        starts.append(cold.start("api_handler", made.api_event()))
        for function in ("outbox_relay", *(f"{name}_worker" for name in WORKERS)):
            starts.append(cold.start(function, events[function]))
        schedules = ("outbox_sweeper", "waiting_router", "hourly_sweep", "nightly_close")
        for function in ("authorizer", "segment_writer", *schedules):
            starts.append(cold.start(function, cold.event_of(function)))
        # The close has asked for its shards.
        made.courier.run()
        starts.append(cold.start("snapshots_worker", events["snapshots_worker"]))
    return dispatched, rest, starts


def keep(text: str) -> None:
    """Puts the figures between their marks in the document."""
    document = DOCUMENT.read_text()
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
