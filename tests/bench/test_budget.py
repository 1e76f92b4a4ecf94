"""What an order costs, held to `bench.budget`: requests on moto, units on the embedded cloud."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

import pytest

from bench import budget
from bench.meter import Step, total
from bench.world import World, world
from chalicelib.aws.settings import read_settings
from tests.bench.clouds import emulated
from tests.fakes.cloud import moto_cloud

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def on_moto() -> Iterator[World]:
    with moto_cloud() as cloud, world(cloud.settings) as made:
        yield made


def dispatched(made: World) -> list[Step]:
    """The steps of a second order, when everything is warm, from POST to accepted."""
    made.post_order()
    made.courier.run()
    made.meter.taken()
    number = made.post_order()
    made.courier.run()
    (fulfilment,) = made.oms.orders.fulfilments(number)
    assert fulfilment.state == "ACCEPTED"
    return made.meter.taken()


def test_a_dispatched_order_takes_no_more_requests_than_its_budget(on_moto: World) -> None:
    steps = {step.name: step.requests for step in dispatched(on_moto)}
    relay = Counter({"sqs.SendMessageBatch": 1, "dynamodb.DeleteItem": 1})
    assert steps == {
        "POST /v1/orders": Counter(
            {"s3.PutObject": 1, "kms.GenerateDataKey": 1, "dynamodb.TransactWriteItems": 1}
        ),
        "relay OrderPlaced": relay,
        "routing OrderPlaced": Counter(
            {"dynamodb.BatchGetItem": 2, "dynamodb.TransactWriteItems": 1}
        ),
        "relay FulfilmentReserved": relay,
        "dispatch FulfilmentReserved": Counter(
            {
                "dynamodb.BatchGetItem": 1,
                "kms.Decrypt": 1,
                "s3.PutObject": 2,
                "dynamodb.TransactWriteItems": 2,
            }
        ),
    }
    assert sum(requests.total() for requests in steps.values()) <= budget.DISPATCHED_REQUESTS


@pytest.mark.cloud
@pytest.mark.xdist_group("bench-cloud")
def test_on_the_embedded_cloud_an_order_keeps_to_its_units_and_requests() -> None:
    with emulated(), world(read_settings(os.environ)) as made:
        first = total(dispatched(made))
        assert first.write_units <= budget.DISPATCHED_WRITE_UNITS
        assert first.read_units <= budget.DISPATCHED_READ_UNITS
        assert first.requests.total() <= budget.DISPATCHED_REQUESTS
        for _ in range(2):
            made.meter.taken()
            number = made.post_order()
            made.courier.run()
            made.ship(number)
            made.courier.run(wait_seconds=8)
            whole = total(made.meter.taken())
        assert made.oms.orders.header(number) == "SHIPPED"
        assert whole.write_units <= budget.SHIPPED_WRITE_UNITS
        assert whole.requests.total() <= budget.SHIPPED_REQUESTS
