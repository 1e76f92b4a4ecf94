"""Sealing by KMS: opens for its own subject, for no other, and not after a change."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.aws.envelope import KmsSealer
from chalicelib.kernel.sealing import Sealed
from tests.fakes.cloud import moto_cloud

PLAIN = "张三 13812345678".encode("gbk")


@pytest.fixture(scope="module")
def sealer() -> Iterator[KmsSealer]:
    with moto_cloud() as cloud:
        yield KmsSealer(cloud.clients, cloud.settings.data_key)


def changed(text: str) -> str:
    data = bytearray(base64.b64decode(text))
    data[-1] ^= 1
    return base64.b64encode(data).decode()


@given(plain=st.binary(max_size=300))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_sealed_opens_unchanged(sealer: KmsSealer, plain: bytes) -> None:
    assert sealer.open("ORDER-1", sealer.seal("ORDER-1", plain)) == plain


def test_nothing_of_the_plain_bytes_is_in_what_is_kept(sealer: KmsSealer) -> None:
    sealed = sealer.seal("ORDER-1", PLAIN)
    kept = b"".join(map(base64.b64decode, dataclasses.astuple(sealed)))
    assert b"13812345678" not in kept
    assert PLAIN[:4] not in kept


def test_each_sealing_has_its_own_key_and_nonce(sealer: KmsSealer) -> None:
    first, second = sealer.seal("ORDER-1", PLAIN), sealer.seal("ORDER-1", PLAIN)
    assert first.key != second.key
    assert first.nonce != second.nonce
    assert first.data != second.data


def test_it_opens_for_no_other_subject(sealer: KmsSealer) -> None:
    sealed = sealer.seal("ORDER-1", PLAIN)
    with pytest.raises(ValueError, match="sealed for another subject"):
        sealer.open("ORDER-2", sealed)


@pytest.mark.parametrize("part", ["data", "nonce"])
def test_changed_data_do_not_open(sealer: KmsSealer, part: str) -> None:
    sealed = sealer.seal("ORDER-1", PLAIN)
    broken = dataclasses.replace(sealed, **{part: changed(getattr(sealed, part))})
    with pytest.raises(ValueError, match="doesn't fit its subject"):
        sealer.open("ORDER-1", broken)


def test_the_parts_of_two_sealings_can_not_be_mixed(sealer: KmsSealer) -> None:
    first, second = sealer.seal("ORDER-1", PLAIN), sealer.seal("ORDER-1", PLAIN)
    mixed = Sealed(key=first.key, nonce=second.nonce, data=second.data)
    with pytest.raises(ValueError, match="doesn't fit its subject"):
        sealer.open("ORDER-1", mixed)


def test_what_belongs_together_is_sealed_under_one_key_and_opens_each_by_its_own_subject(
    sealer: KmsSealer,
) -> None:
    key = sealer.new_key("messages/1")
    message, person = key.seal("messages/1", b"message"), key.seal("ORDER-1", PLAIN)
    assert message.key == person.key
    assert (message.under, person.under) == ("", "messages/1")
    assert message.nonce != person.nonce
    assert sealer.open("messages/1", message) == b"message"
    assert sealer.open("ORDER-1", person) == PLAIN


def test_more_can_be_sealed_under_the_key_of_what_is_there(sealer: KmsSealer) -> None:
    person = sealer.new_key("messages/1").seal("ORDER-1", PLAIN)
    key = sealer.key_of("ORDER-1", person)
    assert key.open("ORDER-1", person) == PLAIN
    later = key.seal("messages/2", b"sent")
    assert (later.key, later.under) == (person.key, "messages/1")
    assert sealer.open("messages/2", later) == b"sent"


def test_under_a_shared_key_too_it_opens_for_no_other_subject(sealer: KmsSealer) -> None:
    key = sealer.new_key("messages/1")
    person = key.seal("ORDER-1", PLAIN)
    with pytest.raises(ValueError, match="doesn't fit its subject"):
        sealer.open("ORDER-2", person)
    with pytest.raises(ValueError, match="sealed for another subject"):
        sealer.open("ORDER-1", dataclasses.replace(person, under="messages/2"))


def test_a_data_key_does_not_show_itself(sealer: KmsSealer) -> None:
    key = sealer.new_key("ORDER-1")
    assert repr(key.plain) not in repr(key)
