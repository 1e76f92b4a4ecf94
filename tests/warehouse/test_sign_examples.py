"""The signature against an oracle that shares no line with it: the rule, written out with hashlib.

Secrets and messages are invented; the figures were worked out once and stand here, so that a change
of both sides would be noticed too.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.warehouse.signing import (
    Covered,
    Credentials,
    SignForm,
    SignRule,
    sign,
    verify,
)

SECRET = "kite-harbour-41"
BODY = "<request><item><itemCode>茶-7</itemCode></item></request>".encode()
QUERY = {
    "method": "stockchange.report",
    "timestamp": "2026-03-04 05:06:07",
    "format": "xml",
    "app_key": "app-7",
    "v": "2.0",
    "sign_method": "md5",
    "customerId": "c-7",
}
FIGURES = {
    "md5": "E97EC77FBBFF311A888E6AB06555CDF5",
    "hmac": "8982ACEA9E157682A58BB94996D92970",
    "hmac-sha256": "71744E1148F8629E68EAB53A02B1327A0AB2BBBB72A70C60D1694D8D73738580",
}
METHODS = ("md5", "hmac", "hmac-sha256")


def joined(query: dict[str, str], body: bytes) -> bytes:
    text = b""
    for name in sorted(query, key=lambda each: [ord(letter) for letter in each]):
        text += name.encode() + query[name].encode()
    return text + body


def hmac_of(digest: str, key: bytes, text: bytes) -> str:
    """RFC 2104, by hand."""
    block = 64
    key = hashlib.new(digest, key).digest() if len(key) > block else key
    key = key.ljust(block, b"\0")
    inner = hashlib.new(digest, bytes(each ^ 0x36 for each in key) + text).digest()
    return hashlib.new(digest, bytes(each ^ 0x5C for each in key) + inner).hexdigest().upper()


def oracle(query: dict[str, str], body: bytes, secret: str, method: str) -> str:
    text, key = joined(query, body), secret.encode()
    if method == "md5":
        return hashlib.md5(key + text + key).hexdigest().upper()
    return hmac_of({"hmac": "md5", "hmac-sha256": "sha256"}[method], key, text)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("more", "ending"),
    [
        ({}, b""),
        ({}, b"\n"),
        ({"session": ""}, b""),
        ({"partner_id": "x1", "warehouse": "东仓"}, b""),
        ({"method": "taobao.qimen.stockchange.report"}, b""),
        ({"t": "registered in the URL", "Zone": "capitals first"}, b"\r\n"),
    ],
)
def test_every_worked_example_is_what_the_rule_says(
    method: str, more: dict[str, str], ending: bytes
) -> None:
    query = QUERY | more | {"sign_method": method}
    expected = oracle(query, BODY + ending, SECRET, method)
    assert sign(list(query.items()), BODY + ending, secret=SECRET, method=method) == expected


def test_the_figures_stay_what_they_were_worked_out_to_be() -> None:
    signs = {
        method: sign(
            list((QUERY | {"sign_method": method}).items()), BODY, secret=SECRET, method=method
        )
        for method in METHODS
    }
    assert signs == FIGURES


def test_each_of_the_examples_differs_from_the_others() -> None:
    """A newline, an empty parameter and the long name are seen, each by itself."""
    plain = oracle(QUERY, BODY, SECRET, "md5")
    others = {
        oracle(QUERY, BODY + b"\n", SECRET, "md5"),
        oracle(QUERY | {"session": ""}, BODY, SECRET, "md5"),
        oracle(QUERY | {"method": "taobao.qimen.stockchange.report"}, BODY, SECRET, "md5"),
    }
    assert len(others | {plain}) == 4


@given(
    query=st.dictionaries(st.text(min_size=1).filter(lambda name: name != "sign"), st.text()),
    body=st.binary(),
    secret=st.text(min_size=1),
    method=st.sampled_from(METHODS),
)
def test_any_message_is_signed_as_the_oracle_signs_it(
    query: dict[str, str], body: bytes, secret: str, method: str
) -> None:
    assert sign(list(query.items()), body, secret=secret, method=method) == oracle(
        query, body, secret, method
    )


# --- what dialects do otherwise


def test_lower_case_without_a_trailing_secret() -> None:
    rule = SignRule(after=False, form=SignForm.LOWER_HEX, names={"customerId": "customerid"})
    query = [("customerid" if name == "customerId" else name, each) for name, each in QUERY.items()]
    text = SECRET.encode() + joined(dict(query), BODY)
    expected = hashlib.md5(text).hexdigest()
    assert sign(query, BODY, secret=SECRET, method="md5", rule=rule) == expected
    verify(
        [*query, ("sign", expected)],
        BODY,
        Credentials(app_key="app-7", customer_id="c-7", secrets=(SECRET,), rule=rule),
        now=datetime(2026, 3, 3, 21, 6, 7, tzinfo=UTC),
    )


def test_base64_over_body_and_secret() -> None:
    rule = SignRule(before=False, form=SignForm.BASE64, covered=Covered.BODY)
    raw = hashlib.md5(BODY + SECRET.encode()).digest()
    found = sign(list(QUERY.items()), BODY, secret=SECRET, method="md5", rule=rule)
    assert found.endswith("==")
    assert len(found) == 24
    assert int.from_bytes(raw, "big") == _of_base64(found)


def _of_base64(text: str) -> int:
    signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    number = 0
    for each in text.rstrip("="):
        number = number * 64 + signs.index(each)
    return number >> 4


def test_a_dialect_may_name_its_sign_and_send_no_sign_method() -> None:
    rule = SignRule(names={"sign": "signature", "sign_method": "", "format": "", "v": ""})
    query = {name: QUERY[name] for name in ("method", "timestamp", "app_key", "customerId")}
    signed = [*query.items(), ("signature", oracle(query, BODY, SECRET, "hmac-sha256"))]
    verify(
        signed,
        BODY,
        Credentials(
            app_key="app-7",
            customer_id="c-7",
            secrets=("another", SECRET),
            sign_methods=("hmac-sha256", "md5"),
            rule=rule,
        ),
        now=datetime(2026, 3, 3, 21, 6, 7, tzinfo=UTC),
    )
