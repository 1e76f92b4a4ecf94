"""The codecs of the outgoing calls, over real HTTP, against the simulators, as deployed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from chalicelib.aws.http_client import PooledHttp
from chalicelib.invoicing.model import Buyer
from chalicelib.invoicing.platforms.nuonuo import Nuonuo, NuonuoAccount
from chalicelib.kernel.clock import SystemClock, business_date
from chalicelib.kernel.http import HttpAnswer
from chalicelib.kernel.ids import RandomIds
from chalicelib.kernel.webhooks import sign
from chalicelib.messages.exchange import Call
from chalicelib.notices.provider import Meaning
from chalicelib.notices.providers.aliyun_sms import AliyunAccount, AliyunSms
from local.simulators import sms, tax
from local.simulators.erp import receiver
from local.simulators.server import Server
from tests.fakes.exchange import FixedSecrets
from tests.invoicing.test_nuonuo import CONTENT, INVOICE

SECRETS = FixedSecrets(**{"sms": "S", "tax": "S", "tax-token": "T"})


def send(call: Call) -> HttpAnswer:
    return PooledHttp().send(
        call.verb, call.url, body=call.body, headers=call.headers, timeout_seconds=10
    )


def test_an_sms_is_sent_and_found(tmp_path: Path) -> None:
    server = Server(sms.build(sms.SmsSettings(key="K", secret="S"), tmp_path))
    server.start()
    account = AliyunAccount(url=server.url, key_id="K", sign_name="某店 & Söhne*", secret="sms")
    aliyun = AliyunSms(account, secrets=SECRETS, clock=SystemClock(), ids=RandomIds())
    phone, values = "13812345678", {"waybill": "SF 1/+&=~*'()"}
    call = aliyun.send_call(phone=phone, template_code="SMS_1", values=values, out_id="o1")
    assert aliyun.read_send(send(call)).meaning is Meaning.TAKEN
    question = aliyun.query_call(phone=phone, day=business_date(datetime.now(UTC)))
    assert aliyun.read_query(send(question), "o1").meaning is Meaning.TAKEN
    assert aliyun.read_query(send(question), "o2").code == "SignatureNonceUsed"
    server.stop()


def test_an_invoice_is_asked_for_and_found(tmp_path: Path) -> None:
    settings = tax.TaxSettings(app_key="K", secret="S", token="T", polls=0)
    server = Server(tax.build(settings, tmp_path))
    server.start()
    account = NuonuoAccount(
        url=f"{server.url}/open/v1/services",
        app_key="K",
        clerk="李四",
        telephone="021",
        address="上海",
        secret="tax",
        token="tax-token",
    )
    nuonuo = Nuonuo(account, secrets=SECRETS, clock=SystemClock(), ids=RandomIds())
    call = nuonuo.issue_call(INVOICE, CONTENT, Buyer(title="个人", tax_no=""))
    assert nuonuo.read_issue(send(call)).meaning == "ACCEPTED"
    word = nuonuo.read_query(send(nuonuo.query_call(INVOICE, CONTENT)), INVOICE)
    assert (word.meaning, word.net, word.tax) == ("NUMBERED", INVOICE.net, INVOICE.tax)
    server.stop()


def test_a_webhook_is_taken_by_the_upstream(tmp_path: Path) -> None:
    secret = "whsec_c2VjcmV0IG9mIHRoZSBlcnA="
    server = Server(receiver.build(secret, tmp_path))
    server.start()
    timestamp, body = (
        int(datetime.now(UTC).timestamp()),
        '{"type":"stock.changed","a":"货"}'.encode(),
    )
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secret, "msg_1", timestamp, body),
    }
    answer = send(Call(verb="POST", url=f"{server.url}/hooks", headers=headers, body=body))
    assert answer.status == 200
    server.stop()
