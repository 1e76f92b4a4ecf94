"""The signature: worked vectors, and every way a caller can get it wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.kernel.errors import Refused
from chalicelib.warehouse.signing import Credentials, sign, verify

SECRET = "oms-demo-secret-0123456789"
BODY = (
    '<?xml version="1.0" encoding="utf-8"?>'
    "<request><entryOrder><entryOrderCode>PO1</entryOrderCode>"
    "<remark>收货 &amp; 质检</remark></entryOrder></request>"
).encode()
QUERY = [
    ("method", "entryorder.confirm"),
    ("timestamp", "2026-11-22 09:30:00"),
    ("format", "xml"),
    ("app_key", "10000001"),
    ("v", "2.0"),
    ("sign_method", "md5"),
    ("customerId", "c1000000001"),
]
NOW = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
OURS = Credentials(app_key="10000001", customer_id="c1000000001", secrets=(SECRET,))


def signed(body: bytes = BODY, *, secret: str = SECRET, **changes: str) -> list[tuple[str, str]]:
    query = [(name, changes.pop(name, value)) for name, value in QUERY] + list(changes.items())
    query = [(name, value) for name, value in query if value != "-"]
    method = dict(query).get("sign_method", "md5")
    known = method if method in {"md5", "hmac", "hmac-sha256"} else "md5"
    return [*query, ("sign", sign(query, body, secret=secret, method=known))]


def refusal(query: list[tuple[str, str]], body: bytes = BODY, **options: object) -> str:
    credentials = options.get("credentials", OURS)
    assert isinstance(credentials, Credentials)
    with pytest.raises(Refused) as caught:
        verify(query, body, credentials, now=NOW)
    assert caught.value.message
    return caught.value.code


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("md5", "1C0A367CD80631CCC16103ECD05A1C18"),
        ("hmac", "3EE8C4A618C3FCE477A93AE54764541B"),
        ("hmac-sha256", "379603D7153BADA2E64D15D2D145BB0ECB08DF648DF4DBE40DAE55F31BEADC73"),
    ],
)
def test_the_worked_vector_comes_out(method: str, expected: str) -> None:
    assert len(BODY) == 154
    assert sign(QUERY, BODY, secret=SECRET, method=method) == expected


def test_parameters_that_nobody_knows_are_signed_too() -> None:
    query = [*QUERY, ("warehouse", "东仓"), ("partner_id", "x1")]
    assert sign(query, BODY, secret=SECRET, method="md5") == "58D1DD14514A2113A035D98E1FD0ED34"


def test_one_newline_after_the_body_changes_the_signature() -> None:
    assert (
        sign(QUERY, BODY + b"\n", secret=SECRET, method="md5") == "25C769E1FEDF00207E187CC6F77DB3B8"
    )


@pytest.mark.parametrize("method", ["md5", "hmac", "hmac-sha256"])
def test_what_was_signed_is_accepted_in_any_order_of_parameters(method: str) -> None:
    verify(list(reversed(signed(sign_method=method))), BODY, OURS, now=NOW)


def test_an_empty_parameter_adds_just_its_name() -> None:
    verify(signed(session=""), BODY, OURS, now=NOW)
    query = [*signed(), ("session", "")]
    assert refusal(query) == "wrong_signature"


def test_a_gbk_body_is_signed_as_its_own_bytes() -> None:
    body = '<?xml version="1.0" encoding="GBK"?><request><a>收货</a></request>'.encode("gbk")
    verify(signed(body), body, OURS, now=NOW)
    assert refusal(signed(body), body.decode("gbk").encode()) == "wrong_signature"


def test_both_secrets_are_valid_while_one_is_being_changed() -> None:
    rotating = Credentials(app_key="10000001", customer_id="c1000000001", secrets=("new", SECRET))
    verify(signed(), BODY, rotating, now=NOW)
    verify(signed(secret="new"), BODY, rotating, now=NOW)
    assert refusal(signed(secret="old"), credentials=rotating) == "wrong_signature"


def test_without_a_secret_nothing_is_accepted() -> None:
    none = Credentials(app_key="10000001", customer_id="c1000000001", secrets=())
    assert refusal(signed(secret=""), credentials=none) == "wrong_signature"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"app_key": "10000002"}, "unknown_app_key"),
        ({"app_key": "-"}, "unknown_app_key"),
        ({"customerId": "C1000000001"}, "unknown_customer"),
        ({"customerId": "-"}, "unknown_customer"),
        ({"sign_method": "sha1"}, "unknown_sign_method"),
        ({"sign_method": "-"}, "unknown_sign_method"),
        ({"timestamp": "-"}, "malformed_timestamp"),
        ({"timestamp": "NaN"}, "malformed_timestamp"),
        ({"timestamp": "1e309"}, "malformed_timestamp"),
        ({"timestamp": "2026-13-22 09:30:00"}, "malformed_timestamp"),
        ({"timestamp": "0001-01-01 00:00:00"}, "malformed_timestamp"),
        ({"timestamp": "2026-11-22T09:30:00"}, "malformed_timestamp"),
        ({"timestamp": "２０26-11-22 09:30:00"}, "malformed_timestamp"),
        ({"timestamp": "2026-11-22 01:30:00"}, "stale_timestamp"),
    ],
)
def test_a_wrong_envelope_is_refused_with_its_reason(
    changes: dict[str, str], expected: str
) -> None:
    assert refusal(signed(**changes)) == expected


@pytest.mark.parametrize(
    ("seconds", "accepted"),
    [(-601, False), (-600, True), (0, True), (600, True), (601, False)],
)
def test_the_clock_window_is_ten_minutes_either_way(seconds: int, *, accepted: bool) -> None:
    now = NOW + timedelta(seconds=seconds)
    if accepted:
        verify(signed(), BODY, OURS, now=now)
    else:
        with pytest.raises(Refused, match="600 seconds off"):
            verify(signed(), BODY, OURS, now=now)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", "missing_signature"),
        ("1C0A367CD80631CCC16103ECD05A1C1", "wrong_signature"),
        ("1c0a367cd80631ccc16103ecd05a1c18", "wrong_signature"),
        ("0" * 32, "wrong_signature"),
        ("签名", "wrong_signature"),
        ("\ud800", "wrong_signature"),
    ],
)
def test_any_other_signature_is_refused(given: str, expected: str) -> None:
    assert refusal([*QUERY, ("sign", given)]) == expected


def test_a_missing_signature_is_refused() -> None:
    assert refusal(QUERY) == "missing_signature"


def test_a_changed_byte_of_the_body_is_noticed() -> None:
    assert refusal(signed(), BODY.replace(b"PO1", b"PO2")) == "wrong_signature"


def test_a_parameter_given_twice_is_refused() -> None:
    assert refusal([*signed(), ("customerId", "c1000000001")]) == "repeated_parameter"


def test_a_surrogate_in_a_parameter_is_a_refusal_and_no_crash() -> None:
    assert refusal([*signed(), ("x", "\ud800")]) == "wrong_signature"
