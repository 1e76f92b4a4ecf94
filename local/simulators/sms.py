"""An SMS provider that speaks Aliyun's Dysmsapi 2017-05-25 with ACS3-HMAC-SHA256.

    python -m local.simulators.sms --port 9500 --key K --secret S --state DIR

    POST /                        x-acs-action: SendSms, QuerySendDetails
    GET  /_sim/sms?phone=&out_id= every SMS that was sent, in order
    PUT  /_sim/templates/{code}   {"content": "… ${waybill} …"}: others are then unknown

Like the real one it does not recognise a repetition: what is sent twice arrives twice. Behaviours
(see `behaviour`) go by the action.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from local.simulators.application import (
    Application,
    JsonObject,
    Request,
    Response,
    json_response,
)
from local.simulators.behaviour import Behaviours
from local.simulators.control import add_control_routes
from local.simulators.fields import Fields, whole_number
from local.simulators.intake import Answer, Intake
from local.simulators.server import arguments, main
from local.simulators.sms_signing import Fault, check_signature
from local.simulators.store import Store, present

PEER, KIND, TEMPLATE, NONCE = "sms", "sms", "template", "nonce"
VERSION = "2017-05-25"
CHINA = timezone(timedelta(hours=8))
CLOCK_TOLERANCE = timedelta(minutes=15)
_MOBILE = re.compile(r"1[3-9][0-9]{9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsSettings:
    """Who may call."""

    key: str
    secret: str


class SmsProvider:
    """The provider: what it checks, keeps and answers."""

    def __init__(
        self,
        settings: SmsSettings,
        store: Store,
        behaviours: Behaviours,
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._now = now
        self._store = store
        self._intake = Intake(store, behaviours)
        self._actions: dict[str, Callable[[dict[str, str]], JsonObject]] = {
            "SendSms": self._send,
            "QuerySendDetails": self._details,
        }

    def call(self, request: Request) -> Response:
        """Answers one call: kept first, then checked, then done."""
        action = request.headers.get("x-acs-action", "")
        out_id = request.parameter("OutId")
        return self._intake.take(
            request,
            peer=PEER,
            method=action,
            codes=(out_id,) if out_id else (),
            answer=lambda: _said(*self._answer(action, request)),
            failure=lambda ordered: _said(200, {"Code": ordered.code, "Message": ordered.message}),
        )

    def listed(self, request: Request) -> Response:
        """Every SMS, or those to a number or with an OutId."""
        phone, out_id = request.parameter("phone"), request.parameter("out_id")
        found = [
            body
            for _, body in self._store.documents(KIND, PEER)
            if phone in ("", body["phone"]) and out_id in ("", body["out_id"])
        ]
        return json_response({"sms": found})

    def set_template(self, request: Request) -> Response:
        """An approved template."""
        template = {"content": Fields(request.json()).text("content")}
        self._store.put(TEMPLATE, PEER, request.arguments["code"], template)
        return json_response(template)

    def _answer(self, action: str, request: Request) -> tuple[int, JsonObject]:
        try:
            with self._store.transaction():
                check_signature(request, key=self._settings.key, secret=self._settings.secret)
                self._check_fresh(request.headers)
                if action not in self._actions or request.headers.get("x-acs-version") != VERSION:
                    raise Fault("InvalidAction.NotFound", "no such action", status=404)
                if len(dict(request.query)) != len(request.query):
                    raise Fault("InvalidParameter", "a parameter is repeated", status=400)
                return 200, {"Code": "OK", "Message": "OK"} | self._actions[action](
                    dict(request.query)
                )
        except Fault as fault:
            return fault.status, {"Code": fault.code, "Message": fault.text}

    def _check_fresh(self, headers: dict[str, str]) -> None:
        date, nonce = headers["x-acs-date"], headers["x-acs-signature-nonce"]
        try:
            sent = datetime.strptime(date, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError:
            raise Fault("InvalidTimeStamp.Format", "x-acs-date", status=400) from None
        if abs(self._now() - sent) > CLOCK_TOLERANCE:
            raise Fault("InvalidTimeStamp.Expired", "x-acs-date", status=400)
        if self._store.get(NONCE, PEER, nonce) is not None:
            raise Fault("SignatureNonceUsed", "the nonce was used before", status=400)
        self._store.put(NONCE, PEER, nonce, {})

    def _send(self, given: dict[str, str]) -> JsonObject:
        for name in ("PhoneNumbers", "SignName", "TemplateCode"):
            if not given.get(name):
                raise Fault("MissingParameter", f"{name} is mandatory", status=400)
        phone = given["PhoneNumbers"]
        if not _MOBILE.fullmatch(phone):
            raise Fault("isv.MOBILE_NUMBER_ILLEGAL", "手机号码格式错误")
        try:
            values = json.loads(given.get("TemplateParam") or "{}")
        except ValueError:
            values = None
        if not isinstance(values, dict) or not all(isinstance(v, str) for v in values.values()):
            raise Fault("isv.INVALID_JSON_PARAM", "TemplateParam 须为 JSON 对象")
        number = self._store.next_number("sms")
        biz_id = f"{number:012d}^0"
        content = self._content(given["TemplateCode"], given["SignName"], values)
        self._store.put(
            KIND,
            PEER,
            f"{number:09d}",
            {
                "phone": phone,
                "sign_name": given["SignName"],
                "template": given["TemplateCode"],
                "parameters": values,
                "content": content,
                "out_id": given.get("OutId", ""),
                "biz_id": biz_id,
                "time": self._now().isoformat(timespec="milliseconds"),
            },
        )
        return {"BizId": biz_id}

    def _content(self, code: str, sign_name: str, values: dict[str, str]) -> str:
        template = self._store.get(TEMPLATE, PEER, code)
        if template is None:
            if self._store.documents(TEMPLATE, PEER):
                raise Fault("isv.SMS_TEMPLATE_ILLEGAL", "模版不合法")
            return f"【{sign_name}】{json.dumps(values, ensure_ascii=False)}"
        text: str = template["content"]
        wanted = set(re.findall(r"\$\{(\w+)\}", text))
        if wanted - set(values):
            raise Fault("isv.TEMPLATE_MISSING_PARAMETERS", "模版缺少变量")
        for name in wanted:
            text = text.replace(f"${{{name}}}", values[name])
        return f"【{sign_name}】{text}"

    def _details(self, given: dict[str, str]) -> JsonObject:
        for name in ("PhoneNumber", "SendDate", "PageSize", "CurrentPage"):
            if not given.get(name):
                raise Fault("MissingParameter", f"{name} is mandatory", status=400)
        size, page = (whole_number(given[name]) or 0 for name in ("PageSize", "CurrentPage"))
        if not 1 <= size <= 50 or page < 1:
            raise Fault("isv.PAGE_SIZE_LIMIT", "PageSize 为 1 到 50")
        found = [
            _detail(body)
            for _, body in self._store.documents(KIND, PEER)
            if body["phone"] == given["PhoneNumber"]
            and _china(body["time"]).strftime("%Y%m%d") == given["SendDate"]
            and given.get("BizId", body["biz_id"]) == body["biz_id"]
        ]
        first = (page - 1) * size
        shown = found[::-1][first : first + size]
        return {"TotalCount": len(found), "SmsSendDetailDTOs": {"SmsSendDetailDTO": shown}}


def _said(status: int, body: JsonObject) -> Answer:
    answer = json_response(body | {"RequestId": str(uuid.uuid4()).upper()}, status)
    return str(body["Code"]), answer


def _detail(body: JsonObject) -> JsonObject:
    moment = _china(body["time"]).strftime("%Y-%m-%d %H:%M:%S")
    return {
        "PhoneNum": body["phone"],
        "SendStatus": 3,
        "ErrCode": "DELIVERED",
        "TemplateCode": body["template"],
        "Content": body["content"],
        "SendDate": moment,
        "ReceiveDate": moment,
        "OutId": body["out_id"],
    }


def _china(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(CHINA)


def build(
    settings: SmsSettings, folder: Path, *, now: Callable[[], datetime] = present
) -> Application:
    """The simulator on a folder of its own; `now` is its clock."""
    application = Application("sms")
    store = Store(folder)
    application.on_stop(store.close)
    behaviours = Behaviours(application.stopping)
    provider = SmsProvider(settings, store, behaviours, now)
    application.route("POST", "/", provider.call)
    application.route("GET", "/_sim/sms", provider.listed)
    application.route("PUT", "/_sim/templates/{code}", provider.set_template)
    add_control_routes(application, store, behaviours)
    return application


def _arguments() -> argparse.Namespace:
    parser = arguments("sms", __doc__)
    parser.add_argument("--key", required=True, help="the access key id")
    parser.add_argument("--secret", required=True)
    return parser.parse_args()


if __name__ == "__main__":
    given = _arguments()
    chosen = SmsSettings(key=given.key, secret=given.secret)
    sys.exit(main(lambda: build(chosen, given.state), port=given.port))
