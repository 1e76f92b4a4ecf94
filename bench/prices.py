"""Money per 1,000 orders, from what was measured and a dated file of list prices.

Not in it: logs, alarms, storage, data transfer, keys and secrets by the month, the SMS itself.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.meter import Step, total
from local.cloud_settings import ROOT

PRICES = Path(__file__).parent / "prices-2026-11.json"
ORDERS = 1_000
WAIT_SECONDS_A_REQUEST = 0.010
"""Assumed of AWS: a function waits so long for each request. The emulator says nothing of it."""


def load() -> dict[str, Any]:
    """The price file."""
    prices: dict[str, Any] = json.loads(PRICES.read_text())
    return prices


def dollars(steps: Sequence[Step], prices: Mapping[str, Any]) -> dict[str, float]:
    """What `ORDERS` orders cost that take these steps each, by service."""
    whole = total(list(steps))
    requests = whole.requests
    messages = requests["sqs.SendMessageBatch"]
    api = sum(step.name.startswith("POST ") for step in steps)
    costs = {
        "DynamoDB write units": _per(
            whole.write_units, prices["dynamodb"]["write_units_per_million"], 1e6
        ),
        "DynamoDB read units": _per(
            whole.read_units, prices["dynamodb"]["read_units_per_million"], 1e6
        ),
        "S3": _per(requests["s3.PutObject"], prices["s3"]["puts_per_thousand"], 1e3)
        + _per(requests["s3.GetObject"], prices["s3"]["gets_per_thousand"], 1e3),
        # A message is sent by us; Lambda receives and deletes it.
        "SQS": _per(3 * messages, prices["sqs"]["requests_per_million"], 1e6),
        "KMS": _per(_of(requests, "kms."), prices["kms"]["requests_per_ten_thousand"], 1e4),
        "Secrets Manager": _per(
            _of(requests, "secrets-manager."),
            prices["secrets_manager"]["requests_per_ten_thousand"],
            1e4,
        ),
        "API Gateway": _per(api, prices["api_gateway"]["requests_per_million"], 1e6),
        "Lambda requests": _per(len(steps), prices["lambda"]["requests_per_million"], 1e6),
        "Lambda time": _per(_gb_seconds(steps), prices["lambda"]["gb_second"], 1),
    }
    return costs | {"all": sum(costs.values())}


def _per(amount: float, price: float, unit: float) -> float:
    return ORDERS * amount * price / unit


def _of(requests: Counter[str], prefix: str) -> int:
    return sum(count for name, count in requests.items() if name.startswith(prefix))


def _gb_seconds(steps: Sequence[Step]) -> float:
    """CPU time as measured here (a function of 512 MB has about a third of such a CPU) and an
    assumed wait for each request, at the memory that `.chalice/config.json` gives.
    """
    config = json.loads((ROOT / ".chalice" / "config.json").read_text())
    functions = config["stages"]["prod"]["lambda_functions"]
    seconds = 0.0
    for step in steps:
        memory = functions[_function(step.name)]["lambda_memory_size"] / 1024
        cpu = step.cpu_seconds * max(1.0, 1769 / 1024 / memory)
        seconds += memory * (cpu + WAIT_SECONDS_A_REQUEST * sum(step.requests.values()))
    return seconds


def _function(step: str) -> str:
    kind = step.partition(" ")[0]
    return {"POST": "api_handler", "relay": "outbox_relay"}.get(kind, f"{kind}_worker")
