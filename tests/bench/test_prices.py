"""The money: the arithmetic of the price file, on steps whose cost is known."""

from __future__ import annotations

from collections import Counter

import pytest

from bench.meter import Step, total
from bench.prices import dollars

PRICES = {
    "dynamodb": {"write_units_per_million": 1.0, "read_units_per_million": 0.5},
    "s3": {"puts_per_thousand": 0.005, "gets_per_thousand": 0.0004},
    "lambda": {"requests_per_million": 0.2, "gb_second": 0.00002},
    "sqs": {"requests_per_million": 0.4},
    "kms": {"requests_per_ten_thousand": 0.03},
    "secrets_manager": {"requests_per_ten_thousand": 0.05},
    "api_gateway": {"requests_per_million": 4.0},
}


def test_a_thousand_orders_cost_a_thousand_times_what_one_asks_for() -> None:
    requests = Counter({"s3.PutObject": 2, "kms.Decrypt": 1, "dynamodb.TransactWriteItems": 1})
    post = Step("POST /v1/orders", requests=requests, read_units=4, write_units=10)
    relay = Step("relay OrderPlaced", requests=Counter({"sqs.SendMessageBatch": 1}))
    cost = dollars([post, relay], PRICES)
    assert cost["DynamoDB write units"] == pytest.approx(0.01)
    assert cost["DynamoDB read units"] == pytest.approx(0.002)
    assert cost["S3"] == pytest.approx(0.01)
    assert cost["KMS"] == pytest.approx(0.003)
    assert cost["SQS"] == pytest.approx(0.0012)
    assert cost["API Gateway"] == pytest.approx(0.004)
    assert cost["Lambda requests"] == pytest.approx(0.0004)
    # 1 GB for 40 ms, and half a GB for 10 ms: 0.045 GB-seconds an order.
    assert cost["Lambda time"] == pytest.approx(0.0009)
    assert cost["all"] == pytest.approx(sum(cost.values()) / 2)


def test_steps_add_up() -> None:
    first = Step("a", requests=Counter({"s3.PutObject": 1}), write_units=2, cpu_seconds=0.5)
    second = Step("b", requests=Counter({"s3.PutObject": 2}), read_units=3, cpu_seconds=0.25)
    assert total([first, second]) == Step(
        "total",
        requests=Counter({"s3.PutObject": 3}),
        read_units=3,
        write_units=2,
        cpu_seconds=0.75,
    )
