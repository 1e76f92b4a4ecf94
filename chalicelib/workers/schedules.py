"""What the clock starts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from chalicelib.aws.observability import logger
from chalicelib.bootstrap import container
from chalicelib.kernel.clock import business_date


def close_day(envelope: dict[str, Any]) -> dict[str, str]:
    """Starts the close of the business day before the envelope's time (China), once per day."""
    moment = datetime.fromisoformat(envelope["time"])
    day = business_date(moment) - timedelta(days=1)
    run = container().close.start(day)
    logger.info("close started", day=day.isoformat(), run=run)
    return {"day": day.isoformat(), "run": run}
