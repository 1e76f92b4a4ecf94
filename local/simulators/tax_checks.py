"""What the tax platform checks: who calls, and an invoice's rows."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from local.simulators.application import Request
from local.simulators.fields import Fields, whole_number

CLOCK_TOLERANCE_SECONDS = 600

ROW_REQUIRED = ("goodsName", "goodsCode", "withTaxFlag", "taxRate", "invoiceLineProperty")
AMOUNTS = ("taxIncludedAmount", "taxExcludedAmount", "tax")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxSettings:
    """Who may call; how many questions are answered "being issued"."""

    app_key: str
    secret: str
    token: str
    polls: int = 2


class Fault(Exception):
    """The request is answered with this code and text."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def check_envelope(request: Request, settings: TaxSettings, now: datetime) -> None:
    """Token, application, time and signature of a call."""
    given = dict(request.query)
    if request.headers.get("accesstoken") != settings.token:
        raise Fault("invalid_token", "accessToken 无效")
    if given.get("appkey") != settings.app_key:
        raise Fault("S0101", "appkey 无效")
    nonce, moment = given.get("nonce", ""), whole_number(given.get("timestamp", ""))
    if len(given.get("senid", "")) != 32 or len(nonce) != 8 or not nonce.isdecimal():
        raise Fault("S0102", "senid 为 32 位, nonce 为 8 位数字")
    if moment is None or abs(moment - now.timestamp()) > CLOCK_TOLERANCE_SECONDS:
        raise Fault("S0103", "timestamp 超出时间窗口")
    names = {"k": "appkey", "i": "senid", "n": "nonce", "t": "timestamp"}
    values = "&".join(f"{short}={given[name]}" for short, name in names.items())
    signed = f"a=services&l=v1&p=open&{values}&f=".encode() + request.body
    expected = base64.b64encode(hmac.new(settings.secret.encode(), signed, hashlib.sha1).digest())
    if not hmac.compare_digest(expected, request.headers.get("x-nuonuo-sign", "").encode()):
        raise Fault("S0104", "签名错误")


def checked_row(row: Fields, number: int) -> tuple[Decimal, Decimal, Decimal]:
    """A row's gross, net and tax; refused where they aren't a row of the tax authority's."""
    for name in ROW_REQUIRED:
        if not row.text(name, ""):
            raise Fault("E9001", f"第 {number} 行 {name} 不能为空")
    try:
        gross, net, tax = (Decimal(row.text(name)) for name in AMOUNTS)
        rate = Decimal(row.text("taxRate"))
    except InvalidOperation:
        raise Fault("E9129", f"第 {number} 行金额格式错误") from None
    if gross <= 0 or any(each != round(each, 2) for each in (gross, net, tax)):
        raise Fault("E9129", f"第 {number} 行金额错误")
    if gross != net + tax:
        raise Fault("E9130", f"第 {number} 行含税金额不等于不含税金额加税额")
    if abs(net * rate - tax) > Decimal("0.06"):
        raise Fault("E9131", f"第 {number} 行税额误差超过 0.06")
    return gross, net, tax
