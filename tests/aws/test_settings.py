"""Settings: every variable that is missing or wrong is named."""

from __future__ import annotations

import pytest

from chalicelib.aws.settings import QUEUES, TABLES, SettingsError, read_settings

REQUIRED = {
    "OMS_STAGE": "prod",
    "AWS_REGION": "ap-northeast-1",
    "OMS_RAW_BUCKET": "raw",
    "OMS_DATA_KEY": "key",
    "OMS_SECRETS_PREFIX": "oms/prod",
    "OMS_TAX_URL": "https://tax.example",
    "OMS_TAX_APP_KEY": "app",
    "OMS_TAX_CLERK": "李开票",
    "OMS_TAX_TELEPHONE": "057100000000",
    "OMS_TAX_ADDRESS": "杭州市西湖区",
    "OMS_SMS_KEY_ID": "key",
    "OMS_SMS_SIGN_NAME": "示例商城",
    "OMS_SMS_URL": "https://sms.example",
    "OMS_UPSTREAM_URL": "https://upstream.example",
    **{f"OMS_TABLE_{name.upper()}": f"oms-{name}" for name in TABLES},
    **{f"OMS_QUEUE_{name.upper()}_URL": f"https://sqs.example/{name}" for name in QUEUES},
}


@pytest.mark.parametrize("name", sorted(REQUIRED))
@pytest.mark.parametrize("missing", ["absent", "empty"])
def test_a_missing_variable_is_named(name: str, missing: str) -> None:
    environment = {**REQUIRED, name: ""}
    if missing == "absent":
        del environment[name]
    with pytest.raises(SettingsError, match=f"^{name} is not set$"):
        read_settings(environment)


@pytest.mark.parametrize(
    "name", ["OMS_BUCKETS", "OMS_BODY_LIMIT_BYTES", "OMS_CATALOG_CACHE_SECONDS"]
)
@pytest.mark.parametrize("value", ["0", "-1", "1.5", "many", "99999999999", " 8"])
def test_a_number_out_of_bounds_is_named_with_its_value(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} is a whole number from 1 to") as failure:
        read_settings({**REQUIRED, name: value})
    assert repr(value) in str(failure.value)


def test_what_is_not_set_has_its_default() -> None:
    settings = read_settings(REQUIRED)
    assert settings.endpoint_url is None
    assert settings.stock_buckets == 8
    assert settings.body_limit_bytes == 1_048_576
    assert settings.catalog_cache_seconds == 30
    assert settings.count_capacity is False


def test_what_is_set_is_read() -> None:
    optional = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "OMS_BUCKETS": "1024",
                "OMS_COUNT_CAPACITY": "yes"}  # fmt: skip
    settings = read_settings({**REQUIRED, **optional})
    assert settings.endpoint_url == "http://127.0.0.1:1"
    assert settings.stock_buckets == 1024
    assert settings.count_capacity is True
    assert settings.tables["outbox"] == "oms-outbox"
    assert settings.queue_urls["dispatch"] == "https://sqs.example/dispatch"


def test_the_region_of_the_sdk_will_do() -> None:
    environment = {**REQUIRED, "AWS_DEFAULT_REGION": "cn-north-1"}
    del environment["AWS_REGION"]
    assert read_settings(environment).region == "cn-north-1"
