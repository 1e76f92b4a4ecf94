"""The outbox's two movers: the relay behind the stream, the sweeper behind the clock."""

from __future__ import annotations

from typing import Any

from chalicelib.aws.dynamodb import plain_item
from chalicelib.aws.observability import logger, metrics
from chalicelib.aws.outbox import event_from_stream
from chalicelib.bootstrap import container


def relay(envelope: dict[str, Any]) -> dict[str, Any]:
    """Hands the new rows of a stream batch to their queues.

    On a failure the batch is given again from the first event that failed: order doesn't matter,
    and what was sent already is deleted, so nothing is sent a second time without need.
    """
    sequence_of: dict[str, str] = {}
    events = []
    for record in envelope["Records"]:
        if record["eventName"] != "INSERT":
            continue
        event = event_from_stream(plain_item(record["dynamodb"]["NewImage"]))
        sequence_of.setdefault(event.id, record["dynamodb"]["SequenceNumber"])
        events.append(event)
    failed = container().outbox.relay(events)
    if failed:
        logger.warning("relay incomplete", failed=len(failed), of=len(events))
    # Lambda takes up again at the lowest sequence number that is named.
    return {"batchItemFailures": [{"itemIdentifier": sequence_of[event]} for event in failed]}


def sweep() -> dict[str, int]:
    """Sends what the stream has left behind and reports what is still unsent."""
    sent, left = container().outbox.sweep()
    metrics.add_dimension(name="stage", value=container().settings.stage)
    metrics.add_metric(name="UnsentEvents", unit="Count", value=left)
    metrics.add_metric(name="SweptEvents", unit="Count", value=sent)
    metrics.flush_metrics()
    if sent or left:
        logger.info("swept", sent=sent, left=left)
    return {"sent": sent, "left": left}
