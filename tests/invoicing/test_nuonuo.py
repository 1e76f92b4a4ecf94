"""Nuonuo's requests byte for byte, and its answers, also those that are none."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.invoicing.calculator import SoldLine, invoice_rows, totals
from chalicelib.invoicing.model import (
    Buyer,
    Invoice,
    InvoiceContent,
    InvoiceKind,
    Seller,
    UnitRange,
    request_no,
)
from chalicelib.invoicing.platform import Meaning
from chalicelib.invoicing.platforms.nuonuo import Nuonuo, NuonuoAccount, sign
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.http import HttpAnswer
from chalicelib.kernel.provenance import Source
from tests.fakes.exchange import FixedSecrets
from tests.fakes.kernel import CountingIds, SettableClock

SOURCE = Source(message_id="m1")
ROWS = invoice_rows(
    [
        SoldLine(
            order_line_no=1,
            units=(UnitRange(first=0, count=3),),
            name="茶" * 120,
            tax_code="1060201010000000000",
            rate_percent=9,
            paid=10000,
            source=SOURCE,
        )
    ],
    freight=0,
    source=SOURCE,
)
CONTENT = InvoiceContent(no="N-F1", seller=Seller(tax_no="TAX1", name="店"), rows=ROWS)
INVOICE = Invoice(
    no="N-F1",
    order_no="N",
    shop="S1",
    sequence=1,
    kind=InvoiceKind.BLUE,
    request_no=request_no("TAX1", "N", 1),
    currency="CNY",
    gross=totals(ROWS).gross,
    net=totals(ROWS).net,
    tax=totals(ROWS).tax,
    requested_at=datetime(2026, 11, 22, tzinfo=UTC),
)


def nuonuo(**secrets: str) -> Nuonuo:
    account = NuonuoAccount(
        url="https://tax.invalid/open/v1/services",
        app_key="app",
        clerk="李四",
        telephone="021",
        address="上海",
        secret="tax",
        token="tax-token",
    )
    return Nuonuo(
        account,
        secrets=FixedSecrets(**(secrets or {"tax": "secret", "tax-token": "token"})),
        clock=SettableClock(),
        ids=CountingIds(),
    )


def answer(body: object, status: int = 200) -> HttpAnswer:
    return HttpAnswer(status=status, headers={}, body=json.dumps(body).encode())


def test_the_signature_is_that_of_the_official_sdk() -> None:
    # A vector published with an independent client, made with synthetic credentials.
    envelope = {"senid": "a" * 32, "nonce": "12345678", "timestamp": "1700000000", "appkey": "app"}
    body = '{"name":"中文"}'.encode()
    signed = sign("secret", path="/open/v1/services", envelope=envelope, body=body)
    assert signed == "4BzcKzrcoqxPis0W/W3X2ae0uIo="


def test_the_request_names_every_amount_as_text() -> None:
    call = nuonuo().issue_call(INVOICE, CONTENT, Buyer(title="个人", tax_no=""))
    assert json.loads(call.body) == {
        "order": {
            "buyerName": "个人",
            "buyerTaxNum": "",
            "salerTaxNum": "TAX1",
            "salerTel": "021",
            "salerAddress": "上海",
            "orderNo": INVOICE.request_no,
            "invoiceDate": "2026-11-22 09:30:00",
            "clerk": "李四",
            "pushMode": "-1",
            "invoiceType": "1",
            "invoiceLine": "pc",
            "invoiceDetail": [
                {
                    "goodsName": "茶" * 90,
                    "goodsCode": "1060201010000000000",
                    "withTaxFlag": "1",
                    "num": "3",
                    "price": "33.33333333",
                    "taxRate": "0.09",
                    "tax": "8.26",
                    "taxIncludedAmount": "100.00",
                    "taxExcludedAmount": "91.74",
                    "invoiceLineProperty": "0",
                }
            ],
        }
    }


def test_the_envelope_is_fresh_for_every_call_and_signed_over_the_bytes_sent() -> None:
    platform = nuonuo()
    first, second = (platform.query_call(INVOICE, CONTENT) for _ in range(2))
    assert first.url != second.url
    parts = urlsplit(first.url)
    envelope = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert (len(envelope["senid"]), len(envelope["nonce"])) == (32, 8)
    assert first.headers["X-Nuonuo-Sign"] == sign(
        "secret", path=parts.path, envelope=envelope, body=first.body
    )
    assert first.headers["accessToken"] == "token"
    assert first.secret_headers == {"accesstoken"}


def test_without_its_secret_nothing_is_sent() -> None:
    with pytest.raises(Unavailable):
        nuonuo(other="x").query_call(INVOICE, CONTENT)


def test_a_request_number_has_twenty_characters_and_is_its_own_for_each_attempt() -> None:
    numbers = {request_no("TAX1", "N", n) for n in range(1, 50)}
    numbers |= {request_no("TAX2", "N", 1), request_no("TAX1", "M", 1)}
    assert len(numbers) == 51
    assert all(len(each) == 20 and each.isalnum() and each.isascii() for each in numbers)
    assert request_no("TAX1", "N", 1) == INVOICE.request_no


@pytest.mark.parametrize(
    ("body", "status", "meaning", "code"),
    [
        ({"code": "E0000", "result": {"invoiceSerialNum": "S1"}}, 200, Meaning.ACCEPTED, "E0000"),
        ({"code": "E9106", "describe": "重复"}, 200, Meaning.UNCLEAR, "E9106"),
        ({"code": "E9130", "describe": "误差"}, 200, Meaning.REFUSED, "E9130"),
        ({"code": "invalid_token"}, 200, Meaning.UNCLEAR, "invalid_token"),
        ({"code": "E0000", "result": {}}, 503, Meaning.UNCLEAR, "HTTP 503"),
        ([], 200, Meaning.UNCLEAR, "HTTP 200"),
        ("<html>", 200, Meaning.UNCLEAR, "HTTP 200"),
    ],
)
def test_answers_to_the_request(body: Any, status: int, meaning: Meaning, code: str) -> None:
    word = nuonuo().read_issue(answer(body, status))
    assert (word.meaning, word.code) == (meaning, code)


def result(**fields: Any) -> dict[str, Any]:
    return {"code": "E0000", "result": [{"orderNo": INVOICE.request_no, **fields}]}


NUMBER = "26312000000000000001"


@pytest.mark.parametrize(
    ("body", "meaning"),
    [
        (result(status="20"), Meaning.ACCEPTED),
        (result(status="21"), Meaning.ACCEPTED),
        (result(status="24"), Meaning.ACCEPTED),
        (result(status="22", failCause="额度不足"), Meaning.REFUSED),
        (result(status="3"), Meaning.REFUSED),
        (result(status="2", allElectronicInvoiceNumber=NUMBER), Meaning.NUMBERED),
        (result(status="2", invoiceNo=NUMBER), Meaning.NUMBERED),
        (result(status=2, invoiceNo=NUMBER), Meaning.NUMBERED),
        (result(status="2", invoiceNo="12345678"), Meaning.UNCLEAR),
        (result(status="2"), Meaning.UNCLEAR),
        ({"code": "E9500"}, Meaning.NOT_FOUND),
        ({"code": "E0000", "result": []}, Meaning.NOT_FOUND),
        ({"code": "E0000", "result": [{"orderNo": "another"}]}, Meaning.NOT_FOUND),
        ({"code": "E0000", "result": {}}, Meaning.UNCLEAR),
        ({"code": "E1"}, Meaning.UNCLEAR),
    ],
)
def test_answers_to_the_question(body: Any, meaning: Meaning) -> None:
    assert nuonuo().read_query(answer(body), INVOICE).meaning is meaning


def test_an_issued_invoice_comes_with_number_time_and_amounts() -> None:
    body = result(
        status="2",
        serialNo="S1",
        allElectronicInvoiceNumber=NUMBER,
        invoiceTime=1790121600000,
        exTaxAmount="91.74",
        taxAmount="8.26",
    )
    word = nuonuo().read_query(answer(body), INVOICE)
    assert (word.number, word.serial, word.net, word.tax) == (NUMBER, "S1", 9174, 826)
    assert word.issued_at == datetime(2026, 9, 23, tzinfo=UTC)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(
    body=st.binary() | values.map(lambda v: json.dumps(v).encode()), status=st.integers(100, 599)
)
def test_no_answer_of_a_hostile_platform_breaks_the_readers(body: bytes, status: int) -> None:
    given_ = HttpAnswer(status=status, headers={}, body=body)
    assert nuonuo().read_issue(given_).meaning is not Meaning.NUMBERED
    assert nuonuo().read_query(given_, INVOICE).meaning is not Meaning.NUMBERED


@given(
    fields=st.dictionaries(
        st.sampled_from(["status", "invoiceNo", "invoiceTime", "exTaxAmount", "serialNo", "code"]),
        values | st.sampled_from(["2", "22", NUMBER, "\ud800", "9" * 13]),
    )
)
def test_an_issued_answer_has_a_real_number_whatever_else_it_holds(fields: dict[str, Any]) -> None:
    word = nuonuo().read_query(answer(result(**fields)), INVOICE)
    for text in (word.code, word.text, word.serial, word.number):
        text.encode()
    if word.meaning is Meaning.NUMBERED:
        assert len(word.number) == 20 and word.number.isdecimal()
