"""The cloud's parts as moto plays them: tables, bucket, key and queues as the app's own adapters
see them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from moto import mock_aws

from chalicelib.aws.clients import Clients
from chalicelib.aws.dynamodb import DynamoTables
from chalicelib.aws.settings import QUEUES, TABLES, Settings, read_settings
from chalicelib.kernel.items import INDEX_ATTRIBUTES
from tests.fakes.kernel import SettableClock

REGION = "ap-northeast-1"
INDEXES = {"documents": 1, "stock": 2, "messages": 3, "outbox": 0}
"""How many of gsi1, gsi2, gsi3 a table has; `tests/infra` holds the template against it."""


@dataclass
class Cloud:
    """What a test on moto works with."""

    settings: Settings
    environment: dict[str, str]
    clients: Clients
    tables: DynamoTables
    clock: SettableClock


@contextmanager
def moto_cloud() -> Iterator[Cloud]:
    """A fresh cloud with everything the template makes, in this process."""
    with mock_aws():
        environment = _make()
        settings = read_settings(environment)
        clients, clock = Clients(settings), SettableClock()
        tables = DynamoTables(clients, settings.tables, clock=clock, pause=lambda seconds: None)
        yield Cloud(
            settings=settings,
            environment=environment,
            clients=clients,
            tables=tables,
            clock=clock,
        )


def _make() -> dict[str, str]:
    for table in TABLES:
        _make_table(f"oms-test-{table}", INDEXES[table])
    s3 = boto3.client("s3", region_name=REGION)
    s3.create_bucket(
        Bucket="oms-test-raw", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    key = boto3.client("kms", region_name=REGION).create_key()["KeyMetadata"]["KeyId"]
    sqs = boto3.client("sqs", region_name=REGION)
    environment = {
        "OMS_STAGE": "test",
        "AWS_REGION": REGION,
        "OMS_RAW_BUCKET": "oms-test-raw",
        "OMS_DATA_KEY": key,
        "OMS_SECRETS_PREFIX": "oms/test",
        "OMS_TAX_URL": "http://tax.invalid",
        "OMS_TAX_APP_KEY": "tax-app",
        "OMS_TAX_CLERK": "李开票",
        "OMS_TAX_TELEPHONE": "057100000000",
        "OMS_TAX_ADDRESS": "杭州市西湖区",
        "OMS_SMS_KEY_ID": "sms-key",
        "OMS_SMS_SIGN_NAME": "示例商城",
        "OMS_SMS_URL": "http://sms.invalid",
        "OMS_UPSTREAM_URL": "http://upstream.invalid",
        **{f"OMS_TABLE_{table.upper()}": f"oms-test-{table}" for table in TABLES},
    }
    for queue in QUEUES:
        url = sqs.create_queue(QueueName=f"oms-test-{queue}")["QueueUrl"]
        environment[f"OMS_QUEUE_{queue.upper()}_URL"] = url
    secrets = boto3.client("secretsmanager", region_name=REGION)
    for name in ("tokens-pepper", "numbers-key"):
        secrets.create_secret(Name=f"oms/test/{name}", SecretString=f"{name}-for-tests")
    return environment


def _make_table(name: str, indexes: int) -> None:
    pairs = [("pk", "sk"), *(list(INDEX_ATTRIBUTES.values())[:indexes])]
    request: dict[str, Any] = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": _schema("pk", "sk"),
        "AttributeDefinitions": [
            {"AttributeName": attribute, "AttributeType": "S"}
            for pair in pairs
            for attribute in pair
        ],
    }
    if indexes:
        request["GlobalSecondaryIndexes"] = [
            {
                "IndexName": index,
                "KeySchema": _schema(*INDEX_ATTRIBUTES[index]),
                "Projection": {"ProjectionType": "ALL"},
            }
            for index in list(INDEX_ATTRIBUTES)[:indexes]
        ]
    boto3.client("dynamodb", region_name=REGION).create_table(**request)


def _schema(pk: str, sk: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": pk, "KeyType": "HASH"},
        {"AttributeName": sk, "KeyType": "RANGE"},
    ]
