"""Secrets: a pair during a rotation, kept for five minutes, empty where there is none."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from chalicelib.aws.secrets import SecretsManager
from tests.fakes.cloud import Cloud, moto_cloud
from tests.harness.crash_points import CrashInjector
from tests.harness.outside_calls import listening


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with moto_cloud() as made:
        yield made


@pytest.fixture
def secrets(cloud: Cloud) -> SecretsManager:
    return SecretsManager(cloud.clients, cloud.settings.secrets_prefix, cloud.clock)


def create(cloud: Cloud, name: str, text: str) -> None:
    cloud.clients["secretsmanager"].create_secret(
        Name=f"{cloud.settings.secrets_prefix}/{name}", SecretString=text
    )


def rotate(cloud: Cloud, name: str, text: str) -> None:
    cloud.clients["secretsmanager"].put_secret_value(
        SecretId=f"{cloud.settings.secrets_prefix}/{name}", SecretString=text
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", ("plain",)),
        (json.dumps({"current": "new"}), ("new",)),
        (json.dumps({"previous": "old", "current": "new"}), ("new", "old")),
        (json.dumps({"current": "new", "previous": ""}), ("new",)),
    ],
)
def test_the_current_one_comes_first_then_the_previous(
    cloud: Cloud, secrets: SecretsManager, text: str, expected: tuple[str, ...]
) -> None:
    create(cloud, "wms", text)
    assert secrets.current("wms") == expected


def test_a_secret_is_asked_for_once_in_five_minutes(cloud: Cloud, secrets: SecretsManager) -> None:
    create(cloud, "wms", "first")
    calls = CrashInjector()
    with listening(calls):
        secrets.current("wms")
        cloud.clock.forward(minutes=4, seconds=59)
        secrets.current("wms")
    assert [call.name for call in calls.trace] == ["secrets-manager.GetSecretValue"]


def test_a_rotated_secret_is_seen_after_five_minutes(cloud: Cloud, secrets: SecretsManager) -> None:
    create(cloud, "wms", "old")
    assert secrets.current("wms") == ("old",)
    rotate(cloud, "wms", json.dumps({"current": "new", "previous": "old"}))
    assert secrets.current("wms") == ("old",)
    cloud.clock.forward(minutes=5)
    assert secrets.current("wms") == ("new", "old")


def test_a_secret_that_is_not_there_is_empty_and_seen_as_soon_as_it_is(
    cloud: Cloud, secrets: SecretsManager
) -> None:
    assert secrets.current("wms") == ()
    create(cloud, "wms", "made")
    assert secrets.current("wms") == ("made",)
