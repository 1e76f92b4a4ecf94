"""What each function loads: every one pays for `app`, and nothing heavy that it doesn't need."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys

import pytest

from bench.cold import handler_of, run
from chalicelib.aws.settings import QUEUES, TABLES
from local.cloud_settings import ROOT

HEAVY = ("lxml", "cryptography", "pynamodb.models", "pynamodb.connection", "pydantic", "yaml")
NAMED = (
    *("STAGE", "RAW_BUCKET", "DATA_KEY", "SECRETS_PREFIX", "UPSTREAM_URL"),
    *("TAX_URL", "TAX_APP_KEY", "TAX_CLERK", "TAX_TELEPHONE", "TAX_ADDRESS"),
    *("SMS_URL", "SMS_KEY_ID", "SMS_SIGN_NAME"),
)
ENVIRONMENT = {
    "PATH": "",
    "AWS_REGION": "ap-northeast-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "POWERTOOLS_SERVICE_NAME": "oms",
    "POWERTOOLS_METRICS_NAMESPACE": "OMS",
    "POWERTOOLS_TRACE_DISABLED": "true",
    **dict.fromkeys(
        (
            "OMS_STAGE",
            "OMS_RAW_BUCKET",
            "OMS_DATA_KEY",
            "OMS_SECRETS_PREFIX",
            "OMS_TAX_URL",
            "OMS_TAX_APP_KEY",
            "OMS_TAX_CLERK",
            "OMS_TAX_TELEPHONE",
            "OMS_TAX_ADDRESS",
            "OMS_SMS_URL",
            "OMS_SMS_KEY_ID",
            "OMS_SMS_SIGN_NAME",
            "OMS_UPSTREAM_URL",
        ),
        "x",
    ),
    **{f"OMS_TABLE_{name.upper()}": name for name in TABLES},
    **{f"OMS_QUEUE_{name.upper()}_URL": f"https://sqs.invalid/{name}" for name in QUEUES},
}
_LOADED = """
import importlib, json, sys
import app
importlib.import_module(sys.argv[1])
from chalicelib.bootstrap import container
for name in sys.argv[2].split(","):
    getattr(container(), name)
print(json.dumps([name for name in sys.argv[3].split(",") if name in sys.modules]))
"""


def loaded(module: str, services: str) -> list[str]:
    """Which of the heavy modules a fresh process has that made these services."""
    done = subprocess.run(
        [sys.executable, "-c", _LOADED, module, services, ",".join(HEAVY)],
        env=ENVIRONMENT,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_importing_the_app_loads_nothing_heavy_and_few_modules_beyond_boto3() -> None:
    bare, app = run("boto3", None, ENVIRONMENT), run("app", None, ENVIRONMENT)
    assert not set(app["heavy"]) & set(HEAVY)
    assert app["modules"] - bare["modules"] <= 170


@pytest.mark.parametrize("function", sorted(each.stem for each in (ROOT / "events").glob("*.json")))
def test_the_bench_starts_what_lambda_calls_for_a_function(function: str) -> None:
    module, _, name = handler_of(function).rpartition(".")
    policies = {each.stem for each in (ROOT / ".chalice").glob("policy-*.json")}
    assert f"policy-{function}" in policies
    assert callable(getattr(importlib.import_module(module), name))


@pytest.mark.parametrize(
    ("handler", "module", "services"),
    [
        ("the API", "chalicelib.http", "orders,catalog,purchasing,messages,numbers,tokens"),
        ("the relay and the sweeper", "chalicelib.workers.outbox", "outbox"),
        ("routing", "chalicelib.workers.queues", "orders"),
        ("posting", "chalicelib.workers.queues", "orders,purchasing,adjustments"),
        ("costing", "chalicelib.workers.queues", "costs"),
        ("upstream", "chalicelib.workers.queues", "stock_messages"),
        ("snapshots", "chalicelib.workers.queues", "closes"),
        ("invoicing", "chalicelib.workers.queues", "invoicing"),
        ("notices", "chalicelib.workers.queues", "notices"),
        ("the schedules", "chalicelib.workers.schedules", "orders,closes"),
    ],
)
def test_only_the_warehouse_gateway_loads_the_xml_library(
    handler: str, module: str, services: str
) -> None:
    assert loaded(module, services) == [], handler


@pytest.mark.parametrize("service", ["warehouse", "callbacks"])
def test_the_warehouse_gateway_loads_it_when_it_is_asked_for(service: str) -> None:
    assert loaded("chalicelib.workers.queues", service) == ["lxml"]
