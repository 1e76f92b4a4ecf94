"""Working off a batch of a queue: each record an event, each event its use cases, each failure its
own.

A record that fails goes back alone (ReportBatchItemFailures) and ends in the queue's DLQ after its
tries. A `Refused` in a worker is no reason to drop an event either: what was accepted has to be
worked off, so it is tried again and, in the end, looked at by a person.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from chalicelib.aws.observability import logger, metrics
from chalicelib.aws.outbox import event_from_message
from chalicelib.bootstrap import container
from chalicelib.bootstrap.consumers import CONSUMERS
from chalicelib.kernel.errors import Unavailable

LEAST_MILLISECONDS = 8_000
"""Less time than this left: the record goes back untouched instead of being cut in the middle."""


def work_off(queue: str, envelope: dict[str, Any], context: Any) -> dict[str, Any]:
    """What Lambda is to be told: the ids of the records to give again."""
    oms = container()

    def work(record: SQSRecord) -> None:
        if context.get_remaining_time_in_millis() < LEAST_MILLISECONDS:
            raise Unavailable("no time left in this invocation")
        event = event_from_message(record.body)
        logger.set_correlation_id(event.correlation)
        logger.info("work", queue=queue, kind=event.kind, subject=event.subject, event_id=event.id)
        try:
            CONSUMERS[event.kind][queue](oms, event)
        except Exception:
            # Logged here with its traceback; the batch processor reports it as failed.
            logger.exception("work failed", queue=queue, kind=event.kind, subject=event.subject)
            metrics.add_metric(name="WorkFailed", unit="Count", value=1)
            raise
        metrics.add_metric(name="Worked", unit="Count", value=1)

    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    answer = process_partial_response(
        event=envelope, record_handler=work, processor=processor, context=context
    )
    metrics.flush_metrics()
    return dict(answer)
