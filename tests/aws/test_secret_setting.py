"""Secrets that are set and made, on moto's Secrets Manager."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

from chalicelib.aws.secrets import SecretsManager, new_signing_secret
from chalicelib.kernel.webhooks import sign
from tests.fakes.cloud import Cloud, moto_cloud


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with moto_cloud() as made:
        yield made


def manager(cloud: Cloud) -> SecretsManager:
    return SecretsManager(cloud.clients, cloud.settings.secrets_prefix, cloud.clock)


def test_a_secret_that_is_set_is_read_at_once_whatever_was_remembered(cloud: Cloud) -> None:
    secrets = manager(cloud)
    assert secrets.current("wms/W1") == ()
    secrets.put("wms/W1", "first")
    assert secrets.current("wms/W1") == ("first",)
    secrets.put("wms/W1", '{"current": "second", "previous": "first"}')
    assert secrets.current("wms/W1") == ("second", "first")
    assert manager(cloud).current("wms/W1") == ("second", "first")


def test_setting_the_same_again_makes_no_new_version(cloud: Cloud) -> None:
    manager(cloud).put("wms/W1", "same")
    manager(cloud).put("wms/W1", "same")
    versions = cloud.clients["secretsmanager"].list_secret_version_ids(
        SecretId="oms/test/wms/W1", IncludeDeprecated=True
    )
    assert len(versions["Versions"]) == 1


def test_a_secret_is_made_once_and_kept(cloud: Cloud) -> None:
    made = iter(["first", "second"])
    assert manager(cloud).ensure("clients/c", lambda: next(made)) == ("first", True)
    assert manager(cloud).ensure("clients/c", lambda: next(made)) == ("first", False)
    assert next(made) == "second"


def test_of_two_that_make_a_secret_at_once_the_first_one_counts(cloud: Cloud) -> None:
    first, second = manager(cloud), manager(cloud)

    def slowly() -> str:
        first.put("clients/c", "first")
        return "second"

    assert second.ensure("clients/c", slowly) == ("first", False)
    assert second.current("clients/c") == ("first",)


def test_a_new_signing_secret_signs_and_is_never_the_same() -> None:
    secrets = {new_signing_secret() for _ in range(20)}
    assert len(secrets) == 20
    for secret in secrets:
        assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
        assert sign(secret, "msg_1", 1, b"{}").startswith("v1,")
