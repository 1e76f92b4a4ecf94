"""The OMS as Chalice sees it: a table of contents. Every handler is declared here, with a one-line
body.

Event handlers stand in this file, not in blueprints, so that Lambda imports `app` for every one of
them. The queue and stream ARNs are placeholders that `infra/` replaces when the app is packaged.
"""

from typing import Any

from chalice.app import (
    Chalice,
    CloudWatchEvent,
    DynamoDBEvent,
    SQSEvent,
)

from chalicelib.http import blueprints
from chalicelib.http.binary import BINARY_TYPES

app = Chalice(app_name="oms", configure_logs=False)
app.api.binary_types = BINARY_TYPES
for blueprint in blueprints():
    app.register_blueprint(blueprint)

_QUEUE = "arn:aws:sqs:ap-northeast-1:000000000000:placeholder"
_STREAM = "arn:aws:dynamodb:ap-northeast-1:000000000000:table/placeholder/stream/0"


@app.on_sqs_message(queue_arn=_QUEUE, batch_size=10)
def routing_worker(event: SQSEvent) -> dict[str, Any]:
    """OrderPlaced, HoldReleased: review, split, source, reserve. VoidWanted: a large cancel."""
    return _work_off("routing", event)


@app.on_sqs_message(queue_arn=_QUEUE, batch_size=5)
def dispatch_worker(event: SQSEvent) -> dict[str, Any]:
    """Everything that is sent to a WMS or asked of it."""
    return _work_off("dispatch", event)


@app.on_sqs_message(queue_arn=_QUEUE, batch_size=10)
def posting_worker(event: SQSEvent) -> dict[str, Any]:
    """Accepted receipts, shipments, opening stock, adjustments: into the ledger."""
    return _work_off("posting", event)


@app.on_sqs_message(queue_arn=_QUEUE, batch_size=10)
def costing_worker(event: SQSEvent) -> dict[str, Any]:
    """Wakes the cost pools that have new entries."""
    return _work_off("costing", event)


@app.on_sqs_message(queue_arn=_QUEUE, batch_size=10)
def notices_worker(event: SQSEvent) -> dict[str, Any]:
    """Messages to buyers."""
    return _work_off("notices", event)


@app.on_sqs_message(queue_arn=_QUEUE, batch_size=10)
def invoicing_worker(event: SQSEvent) -> dict[str, Any]:
    """Invoices: requested, submitted, asked for."""
    return _work_off("invoicing", event)


@app.on_sqs_message(queue_arn=_QUEUE, batch_size=10)
def upstream_worker(event: SQSEvent) -> dict[str, Any]:
    """Signed stock messages to the upstream system."""
    return _work_off("upstream", event)


@app.on_sqs_message(queue_arn=_QUEUE, batch_size=1)
def snapshots_worker(event: SQSEvent) -> dict[str, Any]:
    """One shard (warehouse and bucket) of a day's close."""
    return _work_off("snapshots", event)


@app.on_dynamodb_record(stream_arn=_STREAM, batch_size=100, starting_position="TRIM_HORIZON")
def outbox_relay(event: DynamoDBEvent) -> dict[str, Any]:
    """New outbox rows: to their queues."""
    from chalicelib.workers.outbox import relay

    return relay(event.to_dict())


@app.on_dynamodb_record(stream_arn=_STREAM, batch_size=5000, starting_position="TRIM_HORIZON")
def segment_writer(event: DynamoDBEvent) -> dict[str, Any]:
    """New value entries of the ledger: into files that a close reads."""
    from chalicelib.workers.ledger import record

    return record(event.to_dict())


@app.schedule("rate(1 minute)")
def outbox_sweeper(event: CloudWatchEvent) -> dict[str, int]:
    """Outbox rows that the stream has left behind: to their queues."""
    from chalicelib.workers.outbox import sweep

    return sweep()


@app.schedule("rate(1 minute)")
def waiting_router(event: CloudWatchEvent) -> dict[str, int]:
    """Orders that wait for stock, the oldest first; messages to a WMS whose sender died."""
    from chalicelib.workers.schedules import take_up_waiting

    return take_up_waiting()


@app.schedule("rate(1 hour)")
def hourly_sweep(event: CloudWatchEvent) -> dict[str, int]:
    """Intercepts that no WMS has answered in time; the ledger's files gathered."""
    from chalicelib.workers.schedules import sweep_hourly

    return sweep_hourly()


@app.schedule("cron(30 17 * * ? *)")
def nightly_close(event: CloudWatchEvent) -> dict[str, str]:
    """01:30 in China: starts the close of the day before."""
    from chalicelib.workers.schedules import close_day

    return close_day(event.to_dict())


def _work_off(queue: str, event: SQSEvent) -> dict[str, Any]:
    # Imported when first needed, so that the API function never pays for the workers.
    from chalicelib.workers.queues import work_off

    return work_off(queue, event.to_dict(), event.context)
