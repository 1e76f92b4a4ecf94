"""Nuonuo (诺诺), SaaS interface: `requestBillingNew` and `queryInvoiceResult`, version 2.0.

One endpoint takes every method as a POST of compact JSON. The query string carries `senid`,
`nonce`, `timestamp` (seconds) and `appkey`; the headers the method, the access token, the taxpayer
and `X-Nuonuo-Sign`, which is base64(HMAC-SHA1) over those and the body, byte for byte:
https://open.nuonuo.com. Issuing is asynchronous: the answer is a serial, the number comes by
query. Amounts are texts in yuan.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from chalicelib.invoicing.calculator import unit_price_text
from chalicelib.invoicing.model import Buyer, Invoice, InvoiceContent, InvoiceRow
from chalicelib.invoicing.platform import Meaning, Word
from chalicelib.kernel.clock import CHINA, Clock
from chalicelib.kernel.errors import Malformed, Unavailable
from chalicelib.kernel.http import HttpAnswer
from chalicelib.kernel.ids import Ids
from chalicelib.kernel.money import Fen, format_fen, parse_fen
from chalicelib.messages.exchange import Call

ISSUE = "nuonuo.OpeMplatform.requestBillingNew"
QUERY = "nuonuo.OpeMplatform.queryInvoiceResult"

_DONE = "E0000"
_TAKEN = "E9106"  # this order number has been used: perhaps by our own lost request
_UNKNOWN_REQUEST = "E9500"
_ISSUED = "2"
_FAILED = frozenset({"22", "3", "31"})  # 3 and 31: voided, or being voided, by hand
_NAME_LENGTH = 90
_TEXT_LENGTH = 500
_ORDINARY = "pc"  # digital electronic ordinary invoice (数电普票)
_NUMBER = re.compile(r"[0-9]{20}", re.ASCII)
_MILLISECONDS = re.compile(r"[0-9]{13}", re.ASCII)


class Secrets(Protocol):
    """Secrets by name: the current one first; nothing where there is none."""

    def current(self, name: str) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NuonuoAccount:
    """Our application and taxpayer at Nuonuo. `clerk` has to be the name that the digital account
    is logged in with; telephone and address are the seller's, as registered.

    `secret` and `token` are the names of the application's secret and of its access token (good
    for 24 hours, 50 a month, so it is kept and shared) among the secrets.
    """

    url: str
    app_key: str
    clerk: str
    telephone: str
    address: str
    secret: str
    token: str


class Nuonuo:
    """`TaxPlatform` for Nuonuo."""

    issue_method = ISSUE
    query_method = QUERY

    def __init__(self, account: NuonuoAccount, *, secrets: Secrets, clock: Clock, ids: Ids) -> None:
        self._account = account
        self._secrets = secrets
        self._clock = clock
        self._ids = ids

    def issue_call(self, invoice: Invoice, content: InvoiceContent, buyer: Buyer) -> Call:
        """`requestBillingNew`, with the invoice's request number as `orderNo`."""
        order = {
            "buyerName": buyer.title,
            "buyerTaxNum": buyer.tax_no,
            "salerTaxNum": content.seller.tax_no,
            "salerTel": self._account.telephone,
            "salerAddress": self._account.address,
            "orderNo": invoice.request_no,
            "invoiceDate": _china_time(self._clock.now()),
            "clerk": self._account.clerk,
            "pushMode": "-1",
            "invoiceType": "1",
            "invoiceLine": _ORDINARY,
            "invoiceDetail": [_detail(row) for row in content.rows],
        }
        return self._call(ISSUE, {"order": order}, content.seller.tax_no)

    def read_issue(self, answer: HttpAnswer) -> Word:
        """E0000 with a serial is taken; a taken order number is for `query` to clear up."""
        body = _object(answer)
        code, text = _text(body, "code"), _text(body, "describe")
        if code == _DONE:
            serial = _text(_mapping(body.get("result")), "invoiceSerialNum")
            return Word(meaning=Meaning.ACCEPTED, code=code, text=text, serial=serial)
        if code.startswith("E") and code != _TAKEN:
            return Word(meaning=Meaning.REFUSED, code=code, text=text)
        return Word(meaning=Meaning.UNCLEAR, code=code or f"HTTP {answer.status}", text=text)

    def query_call(self, invoice: Invoice, content: InvoiceContent) -> Call:
        """`queryInvoiceResult` by our own number, which holds even where no serial came back."""
        question = {"orderNos": [invoice.request_no], "isOfferInvoiceDetail": "0"}
        return self._call(QUERY, question, content.seller.tax_no)

    def read_query(self, answer: HttpAnswer, invoice: Invoice) -> Word:
        """The state of the one invoice asked for."""
        body = _object(answer)
        code, text = _text(body, "code"), _text(body, "describe")
        if code == _UNKNOWN_REQUEST:
            return Word(meaning=Meaning.NOT_FOUND, code=code, text=text)
        results = body.get("result")
        if code != _DONE or not isinstance(results, list):
            return Word(meaning=Meaning.UNCLEAR, code=code or f"HTTP {answer.status}", text=text)
        for each in map(_mapping, results):
            if _text(each, "orderNo") == invoice.request_no:
                return _result(each)
        return Word(meaning=Meaning.NOT_FOUND, code=code, text=text)

    def _call(self, method: str, data: Mapping[str, object], tax_no: str) -> Call:
        body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
        now = self._clock.now()
        digest = hashlib.sha256(self._ids.new(now).encode()).hexdigest()
        envelope = {
            "senid": digest[:32],
            "nonce": str(10_000_000 + int(digest[32:48], 16) % 90_000_000),
            "timestamp": str(int(now.timestamp())),
            "appkey": self._account.app_key,
        }
        headers = {
            "Content-Type": "application/json;charset=utf-8",
            "X-Nuonuo-Sign": sign(
                self._secret(self._account.secret),
                path=urlsplit(self._account.url).path,
                envelope=envelope,
                body=body,
            ),
            "accessToken": self._secret(self._account.token),
            "userTax": tax_no,
            "method": method,
        }
        return Call(
            verb="POST",
            url=f"{self._account.url}?{urlencode(envelope)}",
            headers=headers,
            body=body,
            secret_headers=frozenset({"accesstoken"}),
        )

    def _secret(self, name: str) -> str:
        found = self._secrets.current(name)
        if not found:
            raise Unavailable(f"the secret {name} isn't there")
        return found[0]


def sign(secret: str, *, path: str, envelope: Mapping[str, str], body: bytes) -> str:
    """`X-Nuonuo-Sign`: the path's last three parts, the envelope and the body, in a fixed order."""
    place, version, action = path.strip("/").split("/")[-3:]
    signed = (
        f"a={action}&l={version}&p={place}&k={envelope['appkey']}&i={envelope['senid']}"
        f"&n={envelope['nonce']}&t={envelope['timestamp']}&f="
    ).encode() + body
    return base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha1).digest()).decode()


def _detail(row: InvoiceRow) -> dict[str, str]:
    """A row with all three amounts: what is missing the platform computes anew, and differently."""
    return {
        "goodsName": row.name[:_NAME_LENGTH],
        "goodsCode": row.tax_code,
        "withTaxFlag": "1",
        "num": str(row.quantity),
        "price": unit_price_text(row.gross, row.quantity),
        "taxRate": f"{row.rate_percent // 100}.{row.rate_percent % 100:02d}",
        "tax": format_fen(row.tax),
        "taxIncludedAmount": format_fen(row.gross),
        "taxExcludedAmount": format_fen(row.net),
        "invoiceLineProperty": "0",
    }


def _result(result: Mapping[str, Any]) -> Word:
    status = _text(result, "status")
    text = _text(result, "failCause") or _text(result, "statusMsg")
    serial = _text(result, "serialNo")
    number = _text(result, "allElectronicInvoiceNumber") or _text(result, "invoiceNo")
    if status in _FAILED:
        return Word(meaning=Meaning.REFUSED, code=status, text=text, serial=serial)
    if status != _ISSUED:
        return Word(meaning=Meaning.ACCEPTED, code=status, text=text, serial=serial)
    if not _NUMBER.fullmatch(number):
        return Word(meaning=Meaning.UNCLEAR, code=status, text="issued without a number")
    return Word(
        meaning=Meaning.NUMBERED,
        code=status,
        text=text,
        serial=serial,
        number=number,
        issued_at=_moment(_text(result, "invoiceTime")),
        net=_amount(result, "exTaxAmount"),
        tax=_amount(result, "taxAmount"),
    )


def _object(answer: HttpAnswer) -> Mapping[str, Any]:
    """The answer's JSON object; nothing where there is none, or where it isn't a 200."""
    if answer.status != 200:
        return {}
    try:
        return _mapping(json.loads(answer.body))
    except (ValueError, RecursionError):
        return {}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    # JSON can spell lone surrogates, which nothing behind us can store.
    return str(value)[:_TEXT_LENGTH].encode("utf-8", "replace").decode()


def _amount(result: Mapping[str, Any], name: str) -> Fen | None:
    try:
        return parse_fen(result.get(name), field=name)
    except Malformed:
        return None


def _moment(milliseconds: str) -> datetime | None:
    if not _MILLISECONDS.fullmatch(milliseconds):
        return None
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(milliseconds))


def _china_time(moment: datetime) -> str:
    return moment.astimezone(ZoneInfo(CHINA)).strftime("%Y-%m-%d %H:%M:%S")
