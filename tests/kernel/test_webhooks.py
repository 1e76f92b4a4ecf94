"""Standard Webhooks signatures: the matrix of what a sender may get wrong, and the law."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.errors import Unauthenticated
from chalicelib.kernel.webhooks import sign, verify

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
OLD = "whsec_" + base64.b64encode(b"an old secret of this shop").decode()
NEW = "whsec_" + base64.b64encode(b"the new secret of this shop").decode()
OTHER = "whsec_" + base64.b64encode(b"the secret of another shop").decode()
BODY = b'{"order":"12.10"}'
GBK = "订单".encode("gbk")


def check(
    *,
    secrets: tuple[str, ...] = (NEW,),
    message_id: str | None = "msg_1",
    timestamp: str | None = str(AT),
    signatures: str | None = None,
    body: bytes = BODY,
    now: datetime = NOW,
) -> None:
    verify(
        secrets=secrets,
        message_id=message_id,
        timestamp=timestamp,
        signatures=sign(NEW, "msg_1", AT, BODY) if signatures is None else signatures,
        body=body,
        now=now,
    )


def refusal(**given_: Any) -> str:
    with pytest.raises(Unauthenticated) as caught:
        check(**given_)
    return caught.value.code


def test_the_published_example_of_the_specification_is_signed_alike() -> None:
    # The vector of the reference implementations (their `test_sign_function`).
    assert (
        sign(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1614265330,
            b'{"test": 2432232314}',
        )
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_a_right_signature_is_accepted() -> None:
    check()


def test_the_prefix_of_the_secret_may_be_missing() -> None:
    check(secrets=(NEW.removeprefix("whsec_"),))


def test_a_body_that_is_not_utf_8_is_signed_and_accepted() -> None:
    check(signatures=sign(NEW, "msg_1", AT, GBK), body=GBK)


def test_while_secrets_rotate_either_is_accepted() -> None:
    check(secrets=(OLD, NEW))
    check(secrets=(NEW, OLD), signatures=sign(OLD, "msg_1", AT, BODY))


def test_one_right_signature_among_several_is_enough() -> None:
    several = f"v1a,abc v1,AAAA {sign(NEW, 'msg_1', AT, BODY)}"
    check(signatures=several)


@pytest.mark.parametrize(
    "headers",
    [
        {"message_id": None},
        {"message_id": ""},
        {"timestamp": None},
        {"timestamp": ""},
        {"signatures": ""},
    ],
)
def test_a_missing_or_empty_header_is_named_missing(headers: dict[str, str | None]) -> None:
    assert refusal(**headers) == "signature_missing"


RIGHT = sign(NEW, "msg_1", AT, BODY)


@pytest.mark.parametrize(
    "signatures",
    [
        " ",
        "v1",
        "v1,",
        ",",
        "v1" + RIGHT[3:],
        RIGHT[:-1],
        RIGHT[:-4],
        RIGHT.upper(),
        RIGHT.swapcase(),
        RIGHT.replace("v1,", "v2,"),
        RIGHT.replace("v1,", "v1a,"),
        RIGHT + "=",
        RIGHT + "é",
        "v1,é\udcff\x00",
        "v1," + "A" * 100_000,
        "v1,AAAA " * 16 + RIGHT,
        sign(OTHER, "msg_1", AT, BODY),
        sign(NEW, "msg_2", AT, BODY),
        sign(NEW, "msg_1", AT + 1, BODY),
        sign(NEW, "msg_1", AT, BODY + b" "),
    ],
)
def test_a_signature_that_does_not_fit_is_invalid(signatures: str) -> None:
    assert refusal(signatures=signatures) == "signature_invalid"


@pytest.mark.parametrize("body", [b"", BODY + b"\n", BODY.upper(), GBK, b"\xff\xfe"])
def test_another_byte_in_the_body_makes_it_invalid(body: bytes) -> None:
    assert refusal(body=body) == "signature_invalid"


def test_a_secret_that_was_withdrawn_is_invalid() -> None:
    assert refusal(signatures=sign(OLD, "msg_1", AT, BODY)) == "signature_invalid"


def test_a_shop_without_secrets_lets_nobody_in() -> None:
    assert refusal(secrets=()) == "signature_invalid"


@pytest.mark.parametrize(
    "timestamp",
    [
        "NaN",
        "inf",
        "1e309",
        "-1",
        "0",
        "+" + str(AT),
        " " + str(AT),
        str(AT) + "\n",
        str(AT) + ".0",
        "0" + str(AT),
        "0x6",
        "٣",
        "\udcff",
        "9" * 5000,
    ],
)
def test_a_timestamp_that_is_none_is_invalid(timestamp: str) -> None:
    assert refusal(timestamp=timestamp) == "signature_invalid"


@pytest.mark.parametrize("message_id", ["a.1", "a b", "é", "\udcff", "a\n", "x" * 257])
def test_an_id_that_could_be_read_in_two_ways_is_invalid(message_id: str) -> None:
    assert refusal(message_id=message_id) == "signature_invalid"


@pytest.mark.parametrize("minutes", [-4, 4, -5, 5])
def test_a_clock_up_to_five_minutes_off_is_tolerated(minutes: int) -> None:
    check(now=NOW + timedelta(minutes=minutes))


@pytest.mark.parametrize("seconds", [-360, -301, 301, 360, 4 * 86_400])
def test_a_timestamp_outside_the_tolerance_is_stale_even_if_rightly_signed(seconds: int) -> None:
    assert refusal(now=NOW + timedelta(seconds=seconds)) == "signature_stale"


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!", "ключ", "whsec_A"])
def test_a_secret_of_ours_that_is_none_is_our_own_fault(secret: str) -> None:
    with pytest.raises(ValueError, match="whsec_"):
        sign(secret, "msg_1", AT, BODY)


@pytest.mark.parametrize(("message_id", "timestamp"), [("a.b", AT), ("", AT), ("a", 0), ("a", -5)])
def test_nothing_is_signed_that_could_not_be_verified(message_id: str, timestamp: int) -> None:
    with pytest.raises(ValueError, match="full stop"):
        sign(NEW, message_id, timestamp, BODY)


@given(
    message_id=st.none() | st.text(st.characters()),
    timestamp=st.none() | st.text(st.characters()) | st.floats().map(str) | st.integers().map(str),
    signatures=st.text(st.characters()),
    body=st.binary(),
)
def test_garbage_is_never_anything_but_unauthenticated(
    message_id: str | None, timestamp: str | None, signatures: str, body: bytes
) -> None:
    with pytest.raises(Unauthenticated):
        check(message_id=message_id, timestamp=timestamp, signatures=signatures, body=body)


@given(body=st.binary(), secret=st.binary(min_size=1), offset=st.integers(-300, 300))
def test_what_is_signed_is_accepted(body: bytes, secret: bytes, offset: int) -> None:
    text = "whsec_" + base64.b64encode(secret).decode()
    verify(
        secrets=[OTHER, text],
        message_id="id",
        timestamp=str(AT + offset),
        signatures=sign(text, "id", AT + offset, body),
        body=body,
        now=NOW,
    )
