"""Aliyun's requests byte for byte, and its answers, also those that are none."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.http import HttpAnswer
from chalicelib.notices.provider import Meaning
from chalicelib.notices.providers.aliyun_sms import (
    AliyunAccount,
    AliyunSms,
    canonical_query,
    sign,
)
from tests.fakes.exchange import FixedSecrets
from tests.fakes.kernel import CountingIds, SettableClock


def provider(**secrets: str) -> AliyunSms:
    return AliyunSms(
        AliyunAccount(
            url="https://dysmsapi.aliyuncs.com/", key_id="key", sign_name="某店", secret="sms"
        ),
        secrets=FixedSecrets(**(secrets or {"sms": "secret"})),
        clock=SettableClock(),
        ids=CountingIds(),
    )


def answer(body: object, status: int = 200) -> HttpAnswer:
    return HttpAnswer(status=status, headers={}, body=json.dumps(body).encode())


def test_the_signature_is_that_of_the_providers_own_example() -> None:
    # The worked example of Aliyun's documentation of signature version 3 (RunInstances).
    query = canonical_query(
        {
            "RegionId": "cn-shanghai",
            "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
        }
    )
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    signed = sign("YourAccessKeySecret", verb="POST", path="/", query=query, headers=headers)
    assert signed == "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"


def test_parameters_are_sorted_and_percent_encoded() -> None:
    assert canonical_query({"b": "a b*~", "a": "运/+"}) == "a=%E8%BF%90%2F%2B&b=a%20b%2A~"


def test_the_request_carries_its_parameters_in_the_query_and_an_empty_body() -> None:
    call = provider().send_call(
        phone="13812345678", template_code="SMS_1", values={"waybill": "运1"}, out_id="id1"
    )
    parts = urlsplit(call.url)
    assert (call.verb, parts.scheme, parts.netloc, parts.path) == (
        "POST",
        "https",
        "dysmsapi.aliyuncs.com",
        "/",
    )
    assert {name: values[0] for name, values in parse_qs(parts.query).items()} == {
        "PhoneNumbers": "13812345678",
        "SignName": "某店",
        "TemplateCode": "SMS_1",
        "TemplateParam": '{"waybill":"运1"}',
        "OutId": "id1",
    }
    assert call.body == b""
    assert call.headers["x-acs-date"] == "2026-11-22T01:30:00Z"
    assert call.headers["x-acs-action"] == "SendSms"
    assert call.headers["authorization"].startswith(
        "ACS3-HMAC-SHA256 Credential=key,SignedHeaders=host;x-acs-action;x-acs-content-sha256;"
        "x-acs-date;x-acs-signature-nonce;x-acs-version,Signature="
    )


def test_the_question_names_number_and_day() -> None:
    call = provider().query_call(phone="13812345678", day=date(2026, 11, 22))
    assert urlsplit(call.url).query == (
        "CurrentPage=1&PageSize=50&PhoneNumber=13812345678&SendDate=20261122"
    )


def test_two_calls_never_share_a_nonce() -> None:
    sms = provider()
    calls = [sms.query_call(phone="1", day=date(2026, 11, 22)) for _ in range(3)]
    assert len({call.headers["x-acs-signature-nonce"] for call in calls}) == 3


def test_without_its_secret_nothing_is_sent() -> None:
    with pytest.raises(Unavailable):
        provider(other="x").query_call(phone="1", day=date(2026, 11, 22))


@pytest.mark.parametrize(
    ("code", "status", "meaning"),
    [
        ("OK", 200, Meaning.TAKEN),
        ("OK", 500, Meaning.UNCLEAR),
        ("isv.MOBILE_NUMBER_ILLEGAL", 200, Meaning.REFUSED),
        ("isv.SMS_TEMPLATE_ILLEGAL", 200, Meaning.REFUSED),
        ("isv.BUSINESS_LIMIT_CONTROL", 200, Meaning.LATER),
        ("isv.AMOUNT_NOT_ENOUGH", 200, Meaning.LATER),
        ("Throttling.User", 400, Meaning.LATER),
        ("Throttling", 503, Meaning.LATER),
        ("SignatureDoesNotMatch", 400, Meaning.LATER),
        ("InvalidAccessKeyId.NotFound", 404, Meaning.LATER),
        ("InvalidTimeStamp.Expired", 400, Meaning.LATER),
        ("MissingTemplateCode", 400, Meaning.REFUSED),
        ("SignatureNonceUsed", 400, Meaning.UNCLEAR),
        ("isp.SYSTEM_ERROR", 200, Meaning.UNCLEAR),
        ("ServiceUnavailable", 503, Meaning.UNCLEAR),
        ("", 200, Meaning.UNCLEAR),
    ],
)
def test_answers_are_sorted_by_the_code_in_the_body(
    code: str, status: int, meaning: Meaning
) -> None:
    word = provider().read_send(answer({"Code": code, "BizId": "b1"}, status))
    assert word.meaning is meaning
    assert word.code == (code or "HTTP 200")
    assert word.provider_id == ("b1" if meaning is Meaning.TAKEN else "")


def details(*found: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    return {
        "Code": "OK",
        "TotalCount": len(found) if total is None else total,
        "SmsSendDetailDTOs": {"SmsSendDetailDTO": list(found)},
    }


@pytest.mark.parametrize(
    ("body", "meaning"),
    [
        (
            details({"OutId": "x", "SendStatus": 3}, {"OutId": "id1", "SendStatus": 3}),
            Meaning.TAKEN,
        ),
        (details({"OutId": "id1", "SendStatus": 1}), Meaning.TAKEN),
        (details({"OutId": "id1", "SendStatus": 2, "ErrCode": "MK:0001"}), Meaning.REFUSED),
        (details({"OutId": "x", "SendStatus": 3}), Meaning.NOT_FOUND),
        (details(), Meaning.NOT_FOUND),
        (details({"OutId": "x"}, total=2), Meaning.UNCLEAR),
        (details(total=2), Meaning.UNCLEAR),
        ({"Code": "OK"}, Meaning.UNCLEAR),
        ({"Code": "isv.X"}, Meaning.UNCLEAR),
    ],
)
def test_what_the_provider_knows_of_a_message(body: Any, meaning: Meaning) -> None:
    assert provider().read_query(answer(body), "id1").meaning is meaning


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(
    body=st.binary() | values.map(lambda v: json.dumps(v).encode()), status=st.integers(100, 599)
)
def test_no_answer_of_a_hostile_provider_breaks_the_readers(body: bytes, status: int) -> None:
    given_ = HttpAnswer(status=status, headers={}, body=body)
    assert provider().read_send(given_).meaning is Meaning.UNCLEAR
    assert provider().read_query(given_, "id1").meaning is Meaning.UNCLEAR
