"""What the clock starts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from chalicelib.aws.observability import logger, metrics
from chalicelib.bootstrap import container
from chalicelib.kernel.clock import business_date


def close_day(envelope: dict[str, Any]) -> dict[str, str]:
    """Starts the close of the business day before the envelope's time (China), once per day, and
    has overdue transfers closed. Before that what was costed last is gathered for it.
    """
    moment = datetime.fromisoformat(envelope["time"])
    day = business_date(moment) - timedelta(days=1)
    oms = container()
    oms.transfer_closing.want_overdue(day)
    try:
        oms.segments.gather()
    finally:
        # What isn't gathered the close reads from the table: no reason not to begin.
        run = oms.closes.start_close(day).id
    logger.info("close started", day=day.isoformat(), run=run)
    return {"day": day.isoformat(), "run": run}


def sweep_hourly() -> dict[str, int]:
    """Has intercepts followed up that no WMS has answered in time, and the ledger's files of the
    last hour gathered.
    """
    overdue = container().unanswered_intercepts.want()
    if overdue:
        logger.warning("overdue intercepts", fulfilments=overdue[:20])
    return {"overdue_intercepts": len(overdue), "gathered": container().segments.gather()}


MOST_PAGES = 20
"""Pages of waiting orders that one run tries; the next run begins with the oldest again."""


def take_up_waiting() -> dict[str, int]:
    """What waits and has no event of its own: messages whose sender died, orders without stock."""
    return revive_stuck() | route_waiting()


def revive_stuck() -> dict[str, int]:
    """Has messages to warehouse systems taken up again that their sender has left, and counts them
    for the alarm.
    """
    stuck = container().stuck_dispatches.revive()
    metrics.add_dimension(name="stage", value=container().settings.stage)
    metrics.add_metric(name="StuckDispatches", unit="Count", value=len(stuck))
    metrics.flush_metrics()
    if stuck:
        logger.warning("stuck dispatches", dispatches=[each.id for each in stuck[:20]])
    return {"stuck": len(stuck)}


def route_waiting() -> dict[str, int]:
    """Tries orders that wait for stock, the oldest first."""
    orders, cursor, pages = container().orders, None, 0
    while pages < MOST_PAGES:
        cursor = orders.route_waiting(cursor=cursor)
        pages += 1
        if cursor is None:
            break
    return {"pages": pages}
