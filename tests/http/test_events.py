"""What Lambda is handed in earnest: each file of `events/` is a handler's event as AWS sends it,
and does here what it would do there.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Writes
from chalicelib.movements.model import AdjustmentLine
from chalicelib.orders.rows import change_fulfilment
from chalicelib.orders.states import FulfilmentCancel
from tests.harness.lambda_envelopes import LambdaContext
from tests.http.qimen import delivery
from tests.http.world import EAST, Site, browser

ROOT = Path(__file__).parents[2]
FILES = {path.stem: path for path in (ROOT / "events").glob("*.json")}
ORDER = "2611227633438509147"
"""The number of a site's first order."""

CALLBACK_SECRET = "an-example-of-a-callback-secret"


def hand_over(handler: str) -> Any:
    """The file's event, as Lambda hands it to the handler; what it answers."""
    event = json.loads(FILES[handler].read_text("utf-8"))
    app = browser()._app
    # The REST handler is the app itself. Chalice's own client leaves a handler three seconds,
    # less than a worker begins a record with.
    use = app if handler == "api_handler" else app.handler_map[handler]
    return use(event, LambdaContext())


@pytest.fixture
def placed(site: Site) -> Site:
    """A site whose first order is placed."""
    site.in_stock()
    assert site.placed() == ORDER
    return site


def test_there_is_an_event_for_every_handler() -> None:
    functions = {path.stem.removeprefix("policy-") for path in ROOT.glob(".chalice/policy-*.json")}
    assert functions == set(FILES)


def test_an_order_that_was_placed_is_routed(placed: Site) -> None:
    assert hand_over("routing_worker") == {"batchItemFailures": []}
    assert [each.no for each in placed.oms.orders.fulfilments(ORDER)] == [f"{ORDER}-01"]


def test_a_reserved_fulfilment_waits_for_its_skus_at_the_wms(placed: Site) -> None:
    placed.oms.orders.route(ORDER)
    assert hand_over("dispatch_worker") == {"batchItemFailures": []}
    dispatch = placed.oms.warehouse.dispatch(f"{ORDER}-01#deliveryorder.create")
    assert (dispatch.state.value, dispatch.code) == ("RETRY", "sku_not_acknowledged")


def test_an_adjustment_is_booked(placed: Site) -> None:
    adjustment = placed.oms.adjustments.adjust(
        warehouse=EAST,
        key="K1",
        lines=[AdjustmentLine(sku="TEE", inventory_type="ZP", quantity=-3, path="/request")],
        source=Source(message_id="M1"),
        occurred_at=placed.now,
    )
    assert hand_over("posting_worker") == {"batchItemFailures": []}
    (entry,) = placed.oms.stock.entries_of(adjustment.number)
    assert (entry.sku, entry.quantity, entry.to_location) == ("TEE", 3, "ADJUSTMENT")


def test_the_pools_of_new_entries_are_costed(placed: Site) -> None:
    assert hand_over("costing_worker") == {"batchItemFailures": []}
    pools = placed.oms.costs.pools([(EAST, "TEE"), (EAST, "MUG")])
    assert [(each.quantity, each.value) for each in pools.values()] == [(100, 200_000)] * 2


def test_a_stock_message_is_written_for_the_upstream(placed: Site) -> None:
    assert hand_over("upstream_worker") == {"batchItemFailures": []}
    assert len([row for row in placed.table("documents") if '"WEBHOOK#' in row]) == 1


def test_a_shipped_parcel_is_told_to_the_buyer(placed: Site) -> None:
    assert hand_over("notices_worker") == {"batchItemFailures": []}
    (notice,) = placed.oms.notices.of_order(ORDER)
    assert notice.values["waybill"] == "SF1234567890"


def test_a_shipped_orders_invoice_is_asked_for(site: Site) -> None:
    site.in_stock()
    no = site.at_the_warehouse()
    assert no == f"{ORDER}-01"
    site.callback("deliveryorder.confirm", delivery(no, ("1", "TEE", 2), ("2", "MUG", 1)))
    (shipment,) = site.oms.orders.view(ORDER).shipments
    site.oms.orders.post_shipment(shipment.id)
    assert hand_over("invoicing_worker") == {"batchItemFailures": []}
    (invoice,) = site.oms.invoicing.of_order(ORDER)
    assert invoice.gross == 12_400


def test_one_shard_of_a_close_is_closed(placed: Site) -> None:
    placed.oms.closes.start_close(date(2026, 11, 21))
    assert hand_over("snapshots_worker") == {"batchItemFailures": []}
    assert placed.oms.closes.run("2026-11-21.001").done == 1


def test_new_outbox_rows_are_handed_to_their_queues(placed: Site) -> None:
    assert hand_over("outbox_relay") == {"batchItemFailures": []}
    assert placed.oms.queues.depth("routing").waiting == 1


def test_what_was_costed_is_written_for_the_close_and_gathered_within_the_hour(site: Site) -> None:
    assert hand_over("segment_writer") == {"batchItemFailures": []}
    site.cloud.clock.forward(minutes=3)
    assert hand_over("hourly_sweep") == {"overdue_intercepts": 0, "gathered": 1}
    (name,) = site.oms.files.names("segments/")
    assert name.startswith(f"segments/{EAST}/3/2026-11-22/")
    assert gzip.decompress(site.oms.files.get(name) or b"").decode().splitlines()[1:] == [
        f"TEE,2,SHIPMENT,2,ZP,,-4000,0,S-{ORDER}-01-1,1#SHIPMENT#ZP#"
    ]


def test_the_sweeper_sends_what_the_stream_has_left_behind(placed: Site) -> None:
    placed.cloud.clock.forward(minutes=2)
    swept = hand_over("outbox_sweeper")
    assert swept["left"] == 0
    assert swept["sent"] >= 1
    assert placed.oms.queues.depth("routing").waiting == 1


def test_orders_that_wait_for_stock_are_tried_again(site: Site) -> None:
    assert site.placed() == ORDER
    site.oms.orders.route(ORDER)
    site.in_stock()
    hand_over("waiting_router")
    assert len(site.oms.orders.fulfilments(ORDER)) == 1


def test_an_intercept_without_an_answer_is_looked_at_within_the_hour(placed: Site) -> None:
    placed.oms.orders.route(ORDER)
    (part,) = placed.oms.orders.fulfilments(ORDER)
    asked_at = placed.now - timedelta(hours=25)
    waiting = replace(part, cancel=FulfilmentCancel.INTERCEPTING, intercept_asked_at=asked_at)
    placed.oms.tables.commit(Writes([change_fulfilment(waiting)]))
    assert hand_over("hourly_sweep") == {"overdue_intercepts": 1, "gathered": 0}


def test_the_day_before_is_closed_at_night(placed: Site) -> None:
    placed.cloud.clock.moment = datetime(2026, 11, 21, 17, 30, tzinfo=UTC)
    hand_over("nightly_close")
    assert placed.oms.closes.run("2026-11-21.001").run.state.value == "OPEN"


def test_a_token_that_nobody_has_opens_no_route(site: Site) -> None:
    answer = hand_over("authorizer")
    assert answer["principalId"] == "nobody"
    statements = answer["policyDocument"]["Statement"]
    assert [each["Resource"] for each in statements if each["Effect"] == "Allow"] in ([], [[]])


def test_a_gbk_callback_comes_through_api_gateway_byte_for_byte(site: Site) -> None:
    site.in_stock()
    assert site.at_the_warehouse() == f"{ORDER}-01"
    connection = replace(
        site.oms.warehouse.connection(EAST),
        callback_app_key="10000001",
        callback_customer_id="c1000000001",
        callback_secret="wms/example",
    )
    site.oms.warehouse.put_connection(connection)
    site.oms.secrets.put("wms/example", CALLBACK_SECRET)
    answer = hand_over("api_handler")
    assert (answer["statusCode"], "<flag>success</flag>" in answer["body"]) == (200, True)
    raw = site.raw(site.logged()[-1]["id"])
    assert "李雷".encode("gbk") in raw
