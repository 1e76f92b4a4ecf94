"""The tax platform and the SMS provider, driven over HTTP by callers that sign by their own
code.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from local.simulators import sms, tax
from local.simulators.server import Server

ROOT = Path(__file__).parents[2]
CHINA = timezone(timedelta(hours=8))


def ask(verb: str, url: str, body: bytes = b"", **headers: str) -> tuple[int, Any]:
    request = urllib.request.Request(url, data=body, method=verb, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        content = error.read()
        return error.code, json.loads(content) if content.startswith(b"{") else None


# --- the tax platform

ROW = {
    "goodsName": "茶杯",
    "goodsCode": "1060201010000000000",
    "withTaxFlag": "1",
    "num": "1",
    "price": "113",
    "taxRate": "0.13",
    "tax": "13.00",
    "taxIncludedAmount": "113.00",
    "taxExcludedAmount": "100.00",
    "invoiceLineProperty": "0",
}


def billing(order_no: str, *rows: dict[str, str], **fields: str) -> dict[str, Any]:
    order = {
        "buyerName": "个人",
        "salerTaxNum": "91310000MA1FL00000",
        "salerTel": "021",
        "salerAddress": "上海",
        "orderNo": order_no,
        "invoiceDate": "2026-11-22 09:30:00",
        "clerk": "李四",
        "invoiceDetail": list(rows) or [ROW],
    }
    return {"order": order | fields}


class Nuonuo:
    """A caller of the tax platform."""

    def __init__(self, url: str) -> None:
        self.url = url

    def call(self, method: str, data: Any, **wrong: str) -> Any:
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        given = {
            "senid": "a" * 32,
            "nonce": "12345678",
            "timestamp": str(int(time.time())),
            "appkey": "K",
        } | {name: value for name, value in wrong.items() if name != "token"}
        head = f"a=services&l=v1&p=open&k={given['appkey']}&i={given['senid']}"
        text = f"{head}&n={given['nonce']}&t={given['timestamp']}&f=".encode() + body
        secret = wrong.get("secret", "S").encode()
        given.pop("secret", None)
        headers = {
            "X-Nuonuo-Sign": base64.b64encode(
                hmac.new(secret, text, hashlib.sha1).digest()
            ).decode(),
            "accessToken": wrong.get("token", "T"),
            "method": f"nuonuo.OpeMplatform.{method}",
        }
        status, answer = ask(
            "POST", f"{self.url}/open/v1/services?{urlencode(given)}", body, **headers
        )
        assert status == 200
        return answer

    def issue(self, order_no: str, *rows: dict[str, str], **fields: str) -> Any:
        return self.call("requestBillingNew", billing(order_no, *rows, **fields))

    def query(self, *order_nos: str) -> Any:
        return self.call("queryInvoiceResult", {"orderNos": list(order_nos)})


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Nuonuo]:
    settings = tax.TaxSettings(app_key="K", secret="S", token="T")
    server = Server(tax.build(settings, tmp_path))
    server.start()
    yield Nuonuo(server.url)
    server.stop()


def test_an_invoice_is_being_issued_for_two_questions_and_then_has_its_number(
    platform: Nuonuo,
) -> None:
    taken = platform.issue("F1")
    assert taken["code"] == "E0000"
    serial = taken["result"]["invoiceSerialNum"]
    statuses = [platform.query("F1")["result"][0]["status"] for _ in range(2)]
    assert statuses == ["20", "20"]
    (issued,) = platform.query("F1")["result"]
    assert (issued["status"], issued["serialNo"]) == ("2", serial)
    assert len(issued["allElectronicInvoiceNumber"]) == 20
    assert (issued["exTaxAmount"], issued["taxAmount"]) == ("100.00", "13.00")
    assert platform.query("F1")["result"] == [issued]


def test_a_request_number_is_taken_once_and_numbers_differ(platform: Nuonuo) -> None:
    platform.issue("F1")
    assert platform.issue("F1")["code"] == "E9106"
    platform.issue("F2")
    for _ in range(3):
        answers = platform.query("F1", "F2")
    assert len({each["invoiceNo"] for each in answers["result"]}) == 2
    status, listed = ask("GET", f"{platform.url}/_sim/invoices")
    assert (status, len(listed["invoices"])) == (200, 2)


def test_what_was_never_asked_for_is_not_found(platform: Nuonuo) -> None:
    assert platform.query("nope")["code"] == "E9500"


@pytest.mark.parametrize(
    "wrong", [{"secret": "X"}, {"token": "X"}, {"appkey": "X"}, {"nonce": "1"}, {"timestamp": "1"}]
)
def test_a_caller_it_does_not_know_changes_nothing(platform: Nuonuo, wrong: dict[str, str]) -> None:
    answer = platform.call("requestBillingNew", billing("F1"), **wrong)
    assert answer["code"] in ("S0101", "S0102", "S0103", "S0104", "invalid_token")
    assert platform.query("F1")["code"] == "E9500"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"tax": "13.01"}, "E9130"),
        ({"tax": "13.10", "taxExcludedAmount": "99.90"}, "E9131"),
        ({"taxIncludedAmount": "0.00", "taxExcludedAmount": "0.00", "tax": "0.00"}, "E9129"),
        ({"tax": "x"}, "E9129"),
        ({"goodsCode": ""}, "E9001"),
    ],
)
def test_rows_the_tax_authority_would_not_take_are_refused(
    platform: Nuonuo, row: dict[str, str], code: str
) -> None:
    assert platform.issue("F1", ROW | row)["code"] == code


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"order": 1}', b'{"order": {}}', b"\xff"])
def test_a_body_that_is_no_request_is_refused(platform: Nuonuo, body: bytes) -> None:
    assert platform.call("requestBillingNew", body)["code"] == "E9001"


def test_it_fails_on_order(platform: Nuonuo) -> None:
    outcome = json.dumps({"status": "22", "cause": "额度不足"}).encode()
    ask("PUT", f"{platform.url}/_sim/outcomes/F1", outcome)
    platform.issue("F1")
    for _ in range(3):
        (last,) = platform.query("F1")["result"]
    assert (last["status"], last["failCause"]) == ("22", "额度不足")


def test_the_access_token_is_given_to_who_knows_the_secret(platform: Nuonuo) -> None:
    form = {"client_id": "K", "client_secret": "S", "grant_type": "client_credentials"}
    assert ask("POST", f"{platform.url}/accessToken", urlencode(form).encode())[1] == {
        "access_token": "T",
        "expires_in": 86400,
    }
    form["client_secret"] = "X"
    assert ask("POST", f"{platform.url}/accessToken", urlencode(form).encode())[0] == 401


# --- the SMS provider


class Aliyun:
    """A caller of the SMS provider."""

    def __init__(self, url: str) -> None:
        self.url = url

    def call(self, action: str, parameters: dict[str, str], **wrong: str) -> tuple[int, Any]:
        query = "&".join(
            f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
            for name, value in sorted(parameters.items())
        )
        content = hashlib.sha256(b"").hexdigest()
        headers = {
            "host": self.url.removeprefix("http://"),
            "x-acs-action": action,
            "x-acs-content-sha256": content,
            "x-acs-date": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "x-acs-signature-nonce": uuid.uuid4().hex,
            "x-acs-version": "2017-05-25",
        } | {name.replace("_", "-"): value for name, value in wrong.items() if "_" in name}
        names = ";".join(sorted(headers))
        lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
        canonical = f"POST\n/\n{query}\n{lines}\n{names}\n{content}"
        text = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
        secret = wrong.get("secret", "S").encode()
        signature = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
        key = wrong.get("key", "K")
        authorization = (
            f"ACS3-HMAC-SHA256 Credential={key},SignedHeaders={names},Signature={signature}"
        )
        return ask("POST", f"{self.url}/?{query}", authorization=authorization, **headers)

    def send(self, out_id: str, phone: str = "13812345678", **wrong: str) -> tuple[int, Any]:
        parameters = {
            "PhoneNumbers": phone,
            "SignName": "某店",
            "TemplateCode": "SMS_1",
            "TemplateParam": '{"waybill":"SF1 *~/+"}',
            "OutId": out_id,
        }
        return self.call("SendSms", parameters, **wrong)

    def sent(self) -> list[Any]:
        found: list[Any] = ask("GET", f"{self.url}/_sim/sms")[1]["sms"]
        return found


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Aliyun]:
    server = Server(sms.build(sms.SmsSettings(key="K", secret="S"), tmp_path))
    server.start()
    yield Aliyun(server.url)
    server.stop()


def test_an_sms_is_kept_and_found_again_by_number_and_day(provider: Aliyun) -> None:
    status, answer = provider.send("o1")
    assert (status, answer["Code"]) == (200, "OK")
    (kept,) = provider.sent()
    assert (kept["phone"], kept["out_id"], kept["biz_id"]) == ("13812345678", "o1", answer["BizId"])
    question = {
        "PhoneNumber": "13812345678",
        "SendDate": f"{datetime.now(CHINA):%Y%m%d}",
        "PageSize": "50",
        "CurrentPage": "1",
    }
    _, details = provider.call("QuerySendDetails", question)
    (detail,) = details["SmsSendDetailDTOs"]["SmsSendDetailDTO"]
    assert (details["TotalCount"], detail["OutId"], detail["SendStatus"]) == (1, "o1", 3)
    _, details = provider.call("QuerySendDetails", question | {"SendDate": "20200101"})
    assert details["TotalCount"] == 0


def test_what_is_sent_twice_arrives_twice(provider: Aliyun) -> None:
    provider.send("o1")
    provider.send("o1")
    assert len(provider.sent()) == 2


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"secret": "X"}, "SignatureDoesNotMatch"),
        ({"key": "X"}, "InvalidAccessKeyId.NotFound"),
        ({"x_acs_date": "2020-01-01T00:00:00Z"}, "InvalidTimeStamp.Expired"),
        ({"x_acs_date": "now"}, "InvalidTimeStamp.Format"),
        ({"x_acs_version": "2018-01-01"}, "InvalidAction.NotFound"),
        ({"x_acs_content_sha256": "0" * 64}, "SignatureDoesNotMatch"),
    ],
)
def test_a_caller_it_does_not_know_sends_nothing(
    provider: Aliyun, wrong: dict[str, str], code: str
) -> None:
    status, answer = provider.send("o1", **wrong)
    assert (status >= 400, answer["Code"]) == (True, code)
    assert provider.sent() == []


def test_a_nonce_is_good_for_one_request(provider: Aliyun) -> None:
    provider.send("o1", x_acs_signature_nonce="n1")
    assert provider.send("o2", x_acs_signature_nonce="n1")[1]["Code"] == "SignatureNonceUsed"
    assert len(provider.sent()) == 1


def test_business_errors_are_answered_with_200(provider: Aliyun) -> None:
    status, answer = provider.send("o1", phone="123")
    assert (status, answer["Code"]) == (200, "isv.MOBILE_NUMBER_ILLEGAL")


def test_once_templates_are_set_others_are_unknown_and_parameters_wanted(provider: Aliyun) -> None:
    template = json.dumps({"content": "运单号${waybill}"}).encode()
    ask("PUT", f"{provider.url}/_sim/templates/SMS_2", template)
    assert provider.send("o1")[1]["Code"] == "isv.SMS_TEMPLATE_ILLEGAL"
    ask("PUT", f"{provider.url}/_sim/templates/SMS_1", template)
    provider.send("o2")
    assert [each["content"] for each in provider.sent()] == ["【某店】运单号SF1 *~/+"]


def test_it_misbehaves_on_order(provider: Aliyun) -> None:
    order = json.dumps({"mode": "fail", "code": "isv.BUSINESS_LIMIT_CONTROL", "times": 1}).encode()
    ask("POST", f"{provider.url}/_sim/behaviour", order)
    assert provider.send("o1")[1]["Code"] == "isv.BUSINESS_LIMIT_CONTROL"
    down = json.dumps({"mode": "down", "method": "SendSms", "times": 1}).encode()
    ask("POST", f"{provider.url}/_sim/behaviour", down)
    assert provider.send("o1")[0] == 503
    assert provider.send("o1")[1]["Code"] == "OK"
    assert len(provider.sent()) == 1


# --- as processes


@pytest.mark.parametrize(
    ("module", "more"),
    [
        ("tax", ("--app-key", "K", "--secret", "S", "--token", "T")),
        ("sms", ("--key", "K", "--secret", "S")),
    ],
)
def test_each_runs_as_a_process_keeps_its_state_and_stops_cleanly(
    tmp_path: Path, module: str, more: tuple[str, ...]
) -> None:
    command = [sys.executable, "-m", f"local.simulators.{module}", "--port", "0"]
    for expected in (0, 1):
        process = subprocess.Popen(
            [*command, "--state", str(tmp_path), *more], cwd=ROOT, stdout=subprocess.PIPE
        )
        try:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            assert ready["simulator"] == module
            assert ask("GET", f"{ready['url']}/_sim/health")[1]["messages"] == expected
            if module == "tax":
                assert Nuonuo(ready["url"]).query("x")["code"] == "E9500"
            else:
                assert Aliyun(ready["url"]).send("x", phone="1")[0] == 200
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=10) == 0
