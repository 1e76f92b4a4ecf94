"""Every setting of the app, read once from the environment into one frozen, checked object.

Each variable stands in `docs/operations.md`; a test compares the two lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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
"""One queue per kind of work."""

TABLES = ("documents", "stock", "messages", "outbox")


class SettingsError(Exception):
    """A variable is missing or wrong; the sentence names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the environment says.

    `tables` and `queue_urls` map the logical names to the deployed ones. `body_limit_bytes` caps
    every request body before anything else looks at it. `region` and `endpoint_url` say which
    cloud: nothing else in the code knows.
    """

    stage: str
    region: str
    endpoint_url: str | None
    tables: Mapping[str, str]
    raw_bucket: str
    data_key: str
    queue_urls: Mapping[str, str]
    secrets_prefix: str
    tax_url: str
    tax_app_key: str
    tax_clerk: str
    tax_telephone: str
    tax_address: str
    sms_url: str
    sms_key_id: str
    sms_sign_name: str
    upstream_url: str
    stock_buckets: int
    body_limit_bytes: int
    catalog_cache_seconds: int
    transfer_tolerance_hours: int
    period_parts_hours: int
    count_capacity: bool


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Checks and freezes; raises `SettingsError` naming the first variable that is missing or
    wrong.
    """
    return Settings(
        stage=_text(environment, "OMS_STAGE"),
        region=_text(environment, "AWS_REGION", environment.get("AWS_DEFAULT_REGION")),
        endpoint_url=environment.get("AWS_ENDPOINT_URL") or None,
        tables={name: _text(environment, f"OMS_TABLE_{name.upper()}") for name in TABLES},
        raw_bucket=_text(environment, "OMS_RAW_BUCKET"),
        data_key=_text(environment, "OMS_DATA_KEY"),
        queue_urls={name: _text(environment, f"OMS_QUEUE_{name.upper()}_URL") for name in QUEUES},
        secrets_prefix=_text(environment, "OMS_SECRETS_PREFIX"),
        tax_url=_text(environment, "OMS_TAX_URL"),
        tax_app_key=_text(environment, "OMS_TAX_APP_KEY"),
        tax_clerk=_text(environment, "OMS_TAX_CLERK"),
        tax_telephone=_text(environment, "OMS_TAX_TELEPHONE"),
        tax_address=_text(environment, "OMS_TAX_ADDRESS"),
        sms_url=_text(environment, "OMS_SMS_URL"),
        sms_key_id=_text(environment, "OMS_SMS_KEY_ID"),
        sms_sign_name=_text(environment, "OMS_SMS_SIGN_NAME"),
        upstream_url=_text(environment, "OMS_UPSTREAM_URL"),
        stock_buckets=_number(environment, "OMS_BUCKETS", 8, most=1024),
        body_limit_bytes=_number(environment, "OMS_BODY_LIMIT_BYTES", 1_048_576, most=4_000_000),
        catalog_cache_seconds=_number(environment, "OMS_CATALOG_CACHE_SECONDS", 30, most=3600),
        transfer_tolerance_hours=_number(
            environment, "OMS_TRANSFER_TOLERANCE_HOURS", 72, most=8760
        ),
        period_parts_hours=_number(environment, "OMS_PERIOD_PARTS_HOURS", 24, most=8760),
        count_capacity=environment.get("OMS_COUNT_CAPACITY", "no") == "yes",
    )


def _text(environment: Mapping[str, str], name: str, default: str | None = None) -> str:
    value = environment.get(name) or default
    if not value:
        raise SettingsError(f"{name} is not set")
    return value


def _number(environment: Mapping[str, str], name: str, default: int, *, most: int) -> int:
    text = environment.get(name) or str(default)
    if not text.isdecimal() or not 0 < int(text) <= most:
        raise SettingsError(f"{name} is a whole number from 1 to {most}, not {text!r}")
    return int(text)
