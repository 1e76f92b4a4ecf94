"""Smoke events: for every function, events that between them use every right it has.

A smoke prepares a state, gives the function an event, and answers whether it was worked off.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import urlopen

import msgspec

from chalicelib.aws.outbox_rows import outbox_put
from chalicelib.bootstrap.consumers import SUBSCRIPTIONS
from chalicelib.catalog.model import Warehouse
from chalicelib.kernel.clock import business_date
from chalicelib.kernel.events import Event
from chalicelib.kernel.writes import Writes
from chalicelib.orders.states import Sourcing
from chalicelib.stock.periods import period_of
from local import control
from local.demo.peers import Wms
from local.seeding import EAST, SHOP
from tests.cloud.preparing import Stage
from tests.cloud.site import TEST

Smoke = Callable[[Stage], bool]


def ran(stage: Stage, function: str, payload: object) -> Any:
    """The function's answer; None if it raised."""
    try:
        return control.invoke(stage.site.deployment, function, payload)
    except control.FunctionFailed:
        return None


def works(function: str, make: Callable[[Stage], Event]) -> Smoke:
    """A worker gets one message of its queue."""

    def smoke(stage: Stage) -> bool:
        event = make(stage)
        name = function.removesuffix("Worker").lower()
        record = {
            "messageId": str(uuid.uuid4()),
            "receiptHandle": "smoke",
            "body": msgspec.json.encode(event).decode(),
            "attributes": {"ApproximateReceiveCount": "1"},
            "messageAttributes": {},
            "md5OfBody": "",
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:ap-northeast-1:000000000000:oms-dev-{name}",
            "awsRegion": "ap-northeast-1",
        }
        return ran(stage, function, {"Records": [record]}) == {"batchItemFailures": []}

    return smoke


# --- the outbox


def row_for(stage: Stage, queue: str) -> Event:
    """An event that only this queue wants (or this and others), in the outbox for two minutes."""
    kinds = [kind for kind, queues in SUBSCRIPTIONS.items() if queue in queues]
    event = stage.event(min(kinds, key=lambda kind: len(SUBSCRIPTIONS[kind])), "NOWHERE")
    put = outbox_put(event, stage.oms.clock.now() - timedelta(minutes=2))
    stage.oms.tables.commit(Writes([put]))
    return event


def relays(queue: str) -> Smoke:
    def smoke(stage: Stage) -> bool:
        event = row_for(stage, queue)
        key = outbox_put(event, stage.oms.clock.now()).key
        item = stage.oms.clients["dynamodb"].get_item(
            TableName=stage.oms.settings.tables["outbox"],
            Key={"pk": {"S": key.pk}, "sk": {"S": key.sk}},
            ConsistentRead=True,
        )["Item"]
        record = {
            "eventID": "1",
            "eventName": "INSERT",
            "eventSource": "aws:dynamodb",
            "awsRegion": "ap-northeast-1",
            "eventSourceARN": "arn:aws:dynamodb:ap-northeast-1:000000000000:table/o/stream/1",
            "dynamodb": {"NewImage": item, "SequenceNumber": "1", "StreamViewType": "NEW_IMAGE"},
        }
        answer = ran(stage, "OutboxRelay", {"Records": [record]})
        return answer == {"batchItemFailures": []} and stage.oms.tables.get(key) is None

    return smoke


def sweeps(queue: str) -> Smoke:
    def smoke(stage: Stage) -> bool:
        event = row_for(stage, queue)
        answer = ran(stage, "OutboxSweeper", at(datetime.now(UTC)))
        key = outbox_put(event, stage.oms.clock.now()).key
        return bool(answer and answer["left"] == 0) and stage.oms.tables.get(key) is None

    return smoke


# --- the clock


def at(moment: datetime) -> dict[str, Any]:
    """The envelope of a schedule."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "000000000000",
        "region": "ap-northeast-1",
        "time": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "resources": [],
        "detail": {},
    }


def routes_what_waits(stage: Stage) -> bool:
    number = stage.waiting()
    ran(stage, "WaitingRouter", at(datetime.now(UTC)))
    return stage.oms.orders.head(number).sourcing is Sourcing.ROUTED


def finds_what_nobody_answers(stage: Stage) -> bool:
    stage.unanswered_intercept()
    answer = ran(stage, "HourlySweep", at(datetime.now(UTC)))
    return bool(answer and answer["overdue_intercepts"])


def gathers_by_the_hour(stage: Stage) -> bool:
    stage.batch()
    answer = ran(stage, "HourlySweep", at(datetime.now(UTC)))
    return bool(answer and answer["gathered"])


def gathers_for_a_close(stage: Stage) -> bool:
    stage.batch()
    before = stage.gathered_until()
    answer = ran(stage, "NightlyClose", at(datetime.now(UTC) + timedelta(days=1)))
    return answer is not None and stage.gathered_until() > before


def writes_segments(stage: Stage) -> bool:
    """The stream brings what was costed."""
    item = stage.costed_item()
    record = {
        "eventID": "1",
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "awsRegion": "ap-northeast-1",
        "eventSourceARN": "arn:aws:dynamodb:ap-northeast-1:000000000000:table/s/stream/1",
        "dynamodb": {"NewImage": item, "SequenceNumber": "1", "StreamViewType": "NEW_IMAGE"},
    }
    return ran(stage, "SegmentWriter", {"Records": [record]}) == {"batchItemFailures": []}


def starts_a_close(stage: Stage) -> bool:
    """Of the day after the last one, on behalf of a clock that is ahead: it has to be begun anew
    each time, so the last run is forgotten first.
    """
    stage.closed()
    stage.forget_closes()
    return ran(stage, "NightlyClose", at(datetime.now(UTC) + timedelta(days=1))) is not None


def hands_out(stage: Stage) -> bool:
    stage.handing_out()
    return ran(stage, "NightlyClose", at(datetime.now(UTC) + timedelta(days=1))) is not None


# --- the dispatcher's


def at_the_wms(stage: Stage) -> tuple[str, str]:
    """An order and its fulfilment, which the WMS has really got."""
    number = stage.routed()
    (part,) = stage.oms.orders.fulfilments(number)
    event = stage.event("FulfilmentReserved", part.no, warehouse=EAST)
    stage.oms.warehouse.fulfilment_reserved(event)
    return number, part.no


def cancels(stage: Stage) -> Event:
    """An order that the WMS surely has, asked back."""
    number, part = at_the_wms(stage)
    stage.oms.orders.cancel(number, reason="smoke", by="smoke")
    return stage.event("CancelRequested", part, fulfilment=part, warehouse=EAST)


def reserved(stage: Stage) -> Event:
    (part,) = stage.oms.orders.fulfilments(stage.routed())
    return stage.event("FulfilmentReserved", part.no, warehouse=EAST)


def kept_by_recipient(stage: Stage) -> Event:
    finds_orders(stage)
    return reserved(stage)


def finds_orders(stage: Stage) -> None:
    """From now on the warehouse may ask for the orders of a person."""
    connection = stage.oms.warehouse.connection(EAST)
    stage.oms.warehouse.put_connection(replace(connection, finds_orders=True))


def takes_places(stage: Stage) -> Event:
    """The warehouse's system wants to be told of it, and of the shops whose orders it ships."""
    connection = stage.oms.warehouse.connection(EAST)
    asking = replace(connection, takes_shops=True, takes_warehouses=True)
    stage.oms.warehouse.put_connection(asking)
    return stage.event("ConnectionChanged", EAST, wms=EAST)


def compared(stage: Stage) -> Event:
    run = stage.closed()
    sku = stage.stocked()
    return stage.event("StockFiguresWanted", run, run=run, warehouse=EAST, skus=[sku])


# --- the API


def api(call: Callable[[Stage], int]) -> Smoke:
    """A request that has to be answered with less than 400."""

    def smoke(stage: Stage) -> bool:
        return call(stage) < 400

    return smoke


def get(stage: Stage, path: str, *, token: str = "operator") -> int:
    headers = {"Authorization": f"Bearer {stage.site.seeded.tokens[token]}"}
    return stage.site.api.call("GET", path, headers=headers).status


def post(stage: Stage, path: str, body: Mapping[str, Any]) -> int:
    headers = {
        "Authorization": f"Bearer {stage.site.seeded.tokens['operator']}",
        "Content-Type": "application/json",
    }
    content = json.dumps(body).encode()
    return stage.site.api.call("POST", path, body=content, headers=headers).status


def lets_an_operator_in(stage: Stage) -> bool:
    """Asked directly: API Gateway keeps its answers for a while."""
    token = stage.site.seeded.tokens["operator"]
    event = {
        "type": "TOKEN",
        "authorizationToken": f"Bearer {token}",
        "methodArn": "arn:aws:execute-api:ap-northeast-1:000000000000:oms/api/GET/v1/exceptions",
    }
    answer = ran(stage, "Authorizer", event)
    return bool(answer) and answer["principalId"] != "nobody"


def posts_an_order(stage: Stage) -> int:
    return stage.site.post(stage.site.order(stage.ready_sku())).status


def orders_an_adjustment(stage: Stage) -> int:
    given = {
        "id": uuid.uuid4().hex,
        "warehouse": EAST,
        "owner": "DEMO",
        "reason": "smoke",
        "occurred_at": "2026-11-22T09:00:00+08:00",
        "lines": [{"line_no": 1, "sku": stage.ready_sku(), "quantity": 1}],
    }
    return post(stage, "/v1/adjustment-orders/by-hand", given)


def posts_a_sku(stage: Stage) -> int:
    code = f"NEW-{uuid.uuid4().hex[:8]}"
    given = {
        "id": code,
        "code": code,
        "owner": "DEMO",
        "name": "马克杯",
        "barcode": "6900000000028",
        "tax_rate_percent": 13,
    }
    content = json.dumps({"skus": [given]}).encode()
    secret = stage.site.seeded.client_secrets["pim-demo"]
    return stage.site.api.post_signed("/v1/skus", content, client="pim-demo", secret=secret).status


def reads_a_raw_message(stage: Stage) -> int:
    reply = stage.site.post(stage.site.order(stage.ready_sku()))
    return get(stage, f"/v1/messages/{reply.headers['oms-message-id']}/raw", token="raw")


def shows_a_replayed_message(stage: Stage) -> int:
    reply = stage.site.post(stage.site.order(stage.ready_sku()))
    message = reply.headers["oms-message-id"]
    replayed = post(stage, f"/v1/messages/{message}/replay", {})
    return replayed if replayed != 200 else get(stage, f"/v1/messages/{message}")


def refuses_a_bad_signature(stage: Stage) -> bool:
    content = json.dumps(stage.site.order("ANY")).encode()
    secret = stage.site.seeded.client_secrets["pim-demo"]
    reply = stage.site.api.post_signed("/v1/orders", content, client=SHOP, secret=secret)
    return reply.status == 401


def answers_a_wms(stage: Stage) -> bool:
    _, part = at_the_wms(stage)
    wms = Wms(url=stage.site.urls["wms"])
    sent = wms.post(f"/_sim/orders/{part}/process", status="ACCEPT", warehouse=EAST)
    return sent["flag"] == "success"


def answers_whose_an_order_is(stage: Stage) -> bool:
    finds_orders(stage)
    wms = Wms(url=stage.site.urls["wms"])
    asked = {"name": "张三", "mobile": "13800000000", "warehouse": EAST}
    (answer,) = wms.post("/_sim/send/order.query", **asked)["answers"]
    return bool(answer["flag"] == "success")


def closes_an_opening(stage: Stage) -> int:
    code = f"WH-{uuid.uuid4().hex[:8]}"
    stage.oms.catalog.put_warehouse(
        Warehouse(code=code, name="仓", owner="NOBODY", province="浙江省", city="杭州市")
    )
    stage.oms.openings.draft(warehouse=code, lines=[], source=TEST)
    return post(stage, f"/v1/opening-stock/{code}/close", {})


def starts_a_close_by_hand(stage: Stage) -> int:
    stage.closed()
    today = business_date(stage.oms.clock.now()).isoformat()
    return post(stage, "/v1/closes", {"day": today, "reason": uuid.uuid4().hex})


def closes_a_month(stage: Stage) -> int:
    """The one before last, which is over everywhere and has no day of the books; and opens it."""
    stage.closed()
    month = period_of(business_date(stage.oms.clock.now())).previous.previous
    reason = {"reason": uuid.uuid4().hex}
    answered = post(stage, f"/v1/periods/{month}/close", {"kind": "SOFT", **reason})
    return answered if answered != 200 else post(stage, f"/v1/periods/{month}/reopen", reason)


def today(stage: Stage) -> str:
    return business_date(stage.oms.clock.now()).isoformat()


def exported(stage: Stage) -> Event:
    """A step of an export of today."""
    day = business_date(stage.oms.clock.now())
    name = uuid.uuid4().hex
    stage.oms.exports.request(name, warehouse=EAST, since=day, until=day, by="smoke")
    return stage.event("ExportStepWanted", name, number=0)


def reads_an_export(stage: Stage) -> bool:
    """At the address that the API gives, as a browser does."""
    name = exported(stage).subject
    stage.oms.exports.step(name, 0)
    shown = stage.site.api.get(f"/v1/exports/{name}")
    try:
        with urlopen(shown["files"][0]["url"], timeout=30) as answer:
            return bool(answer.status == 200)
    except HTTPError:
        return False


QUEUES = (
    "routing",
    "dispatch",
    "posting",
    "costing",
    "notices",
    "invoicing",
    "upstream",
    "snapshots",
)

SMOKES: Mapping[str, tuple[Smoke, ...]] = {
    "api_handler": (
        api(posts_an_order),
        api(lambda stage: get(stage, f"/v1/orders/{stage.routed()}")),
        api(reads_a_raw_message),
        api(shows_a_replayed_message),
        refuses_a_bad_signature,
        answers_a_wms,
        api(lambda stage: get(stage, "/v1/messages?document=X")),
        api(lambda stage: get(stage, f"/v1/messages?outcome=REFUSED&day={today(stage)}")),
        api(
            lambda stage: get(
                stage, f"/v1/messages?peer={quote('client:x')}&method=orders&day={today(stage)}"
            )
        ),
        api(lambda stage: get(stage, f"/v1/stock?warehouse={EAST}&bucket=1")),
        api(lambda stage: get(stage, f"/v1/stock?warehouse={EAST}&sku={stage.ready_sku()}")),
        api(lambda stage: get(stage, "/v1/exceptions")),
        api(lambda stage: post(stage, f"/v1/orders/{stage.routed()}/cancel", {"reason": "smoke"})),
        api(
            lambda stage: post(
                stage,
                f"/v1/orders/{stage.interrupted(Sourcing.UNDOING)}/cancel",
                {"reason": "smoke"},
            )
        ),
        api(closes_an_opening),
        api(starts_a_close_by_hand),
        api(closes_a_month),
        api(lambda stage: get(stage, f"/v1/closes/{stage.closed()}?warehouse={EAST}")),
        api(posts_a_sku),
        api(lambda stage: get(stage, f"/v1/entries?warehouse={EAST}&sku={stage.ready_sku()}")),
        api(lambda stage: get(stage, f"/v1/entries?warehouse={EAST}&day={today(stage)}")),
        reads_an_export,
        api(lambda stage: get(stage, "/v1/suspense")),
        api(lambda stage: get(stage, f"/v1/suspense?warehouse={EAST}")),
        answers_whose_an_order_is,
        api(
            lambda stage: get(
                stage, f"/v1/closing-stock?warehouse={EAST}&day={stage.closed()[:10]}"
            )
        ),
        api(lambda stage: get(stage, f"/v1/shops/{SHOP}")),
        api(lambda stage: get(stage, f"/v1/warehouses/{EAST}")),
        api(orders_an_adjustment),
    ),
    "authorizer": (lets_an_operator_in,),
    "routing_worker": (
        works("RoutingWorker", lambda stage: stage.event("OrderPlaced", stage.placed())),
        works(
            "RoutingWorker",
            lambda stage: stage.event("OrderPlaced", stage.interrupted(Sourcing.ROUTING)),
        ),
        works(
            "RoutingWorker",
            lambda stage: stage.event("OrderPlaced", stage.interrupted(Sourcing.UNDOING)),
        ),
    ),
    "dispatch_worker": (
        works("DispatchWorker", reserved),
        works("DispatchWorker", cancels),
        works("DispatchWorker", compared),
        works("DispatchWorker", lambda stage: stage.sku_changed(stage.site.sku())),
        works("DispatchWorker", kept_by_recipient),
        works("DispatchWorker", takes_places),
        works(
            "DispatchWorker",
            lambda stage: stage.event(
                "AdjustmentOrdered", stage.ordered_adjustment(), warehouse=EAST
            ),
        ),
    ),
    "posting_worker": (
        works("PostingWorker", lambda stage: stage.event("AdjustmentAccepted", stage.adjustment())),
        works("PostingWorker", lambda stage: stage.event("ReceiptAccepted", stage.receipt())),
        works("PostingWorker", lambda stage: stage.event("ShipmentAccepted", stage.shipment().id)),
        works("PostingWorker", lambda stage: stage.event("TransfersOverdue", "2026-11-22")),
        works(
            "PostingWorker", lambda stage: stage.event("SuspenseSettled", stage.settled_suspense())
        ),
    ),
    "costing_worker": (
        works("CostingWorker", lambda stage: stage.booked(stage.site.sku())),
        works("CostingWorker", lambda stage: stage.uncosted_return()),
        works("CostingWorker", lambda stage: stage.issued_from_layers()),
    ),
    "notices_worker": (works("NoticesWorker", lambda stage: stage.parcel_shipped()),),
    "invoicing_worker": (
        works("InvoicingWorker", lambda stage: stage.event("InvoiceRequested", stage.invoice())),
        works(
            "InvoicingWorker", lambda stage: stage.event("OrderShipped", stage.shipped().order_no)
        ),
    ),
    "upstream_worker": (works("UpstreamWorker", lambda stage: stage.booked(stage.site.sku())),),
    "snapshots_worker": (
        works("SnapshotsWorker", lambda stage: stage.shard_wanted()),
        works("SnapshotsWorker", exported),
        works("SnapshotsWorker", lambda stage: stage.missed_day()),
        works("SnapshotsWorker", lambda stage: stage.shard_with_segment()),
        works("SnapshotsWorker", lambda stage: stage.wrong_shard()),
    ),
    "outbox_relay": tuple(relays(queue) for queue in QUEUES),
    "outbox_sweeper": tuple(sweeps(queue) for queue in QUEUES),
    "segment_writer": (writes_segments,),
    "nightly_close": (starts_a_close, hands_out, gathers_for_a_close),
    "waiting_router": (routes_what_waits,),
    "hourly_sweep": (finds_what_nobody_answers, gathers_by_the_hour),
}
