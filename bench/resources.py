"""What the app works on, made on the embedded cloud from the templates of `infra/`: no functions,
no stream: nothing there acts by itself.
"""

from __future__ import annotations

from typing import Any

import yaml

from chalicelib.aws.settings import QUEUES, TABLES
from local.cloud_settings import ROOT, CloudSettings, client

_TABLE_PARTS = ("KeySchema", "AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes")


class _Loader(yaml.SafeLoader):
    """YAML whose CloudFormation tags stay as they are written: the keys have none."""


_Loader.add_multi_constructor("!", lambda loader, suffix, node: f"!{suffix}")


def make(settings: CloudSettings) -> dict[str, str]:
    """Makes everything and gives the environment of the app on it."""
    _make_tables(settings)
    bucket = client(settings, "s3")
    bucket.create_bucket(
        Bucket="oms-bench-raw",
        CreateBucketConfiguration={"LocationConstraint": settings.region},
    )
    key = client(settings, "kms").create_key()["KeyMetadata"]["KeyId"]
    secrets = client(settings, "secretsmanager")
    for name in ("tokens-pepper", "numbers-key"):
        secrets.create_secret(Name=f"oms/bench/{name}", SecretString=f"{name}-of-the-bench")
    sqs = client(settings, "sqs")
    urls = {name: sqs.create_queue(QueueName=f"oms-bench-{name}")["QueueUrl"] for name in QUEUES}
    return {
        **settings.client_environment(),
        "OMS_STAGE": "bench",
        "OMS_RAW_BUCKET": "oms-bench-raw",
        "OMS_DATA_KEY": key,
        "OMS_SECRETS_PREFIX": "oms/bench",
        "OMS_TAX_URL": "http://tax.invalid",
        "OMS_TAX_APP_KEY": "tax-app",
        "OMS_TAX_CLERK": "李开票",
        "OMS_TAX_TELEPHONE": "057100000000",
        "OMS_TAX_ADDRESS": "杭州市西湖区",
        "OMS_SMS_URL": "http://sms.invalid",
        "OMS_SMS_KEY_ID": "sms-key",
        "OMS_SMS_SIGN_NAME": "示例商城",
        "OMS_UPSTREAM_URL": "http://upstream.invalid",
        **{f"OMS_TABLE_{name.upper()}": f"oms-bench-{name}" for name in TABLES},
        **{f"OMS_QUEUE_{name.upper()}_URL": url for name, url in urls.items()},
    }


def _make_tables(settings: CloudSettings) -> None:
    document: dict[str, Any] = yaml.load(
        (ROOT / "infra" / "tables.yaml").read_text(),
        Loader=_Loader,  # noqa: S506 - a safe loader
    )
    tables = client(settings, "dynamodb")
    for name in TABLES:
        properties = document["Resources"][name.capitalize()]["Properties"]
        request = {part: properties[part] for part in _TABLE_PARTS if part in properties}
        tables.create_table(TableName=f"oms-bench-{name}", **request)
