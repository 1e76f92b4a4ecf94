"""Aliyun SMS (Dysmsapi 2017-05-25) with ACS3-HMAC-SHA256.

Parameters stand in the query string, the body is empty; the signature covers verb, path, query,
the listed headers and the body's digest: https://help.aliyun.com/document_detail/315526.html.
Success is HTTP 200 **and** `Code` "OK". Nothing here is idempotent; `OutId` comes back from
QuerySendDetails, which is asked by number and China day, and so tells what was sent.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.http import HttpAnswer
from chalicelib.kernel.ids import Ids
from chalicelib.messages.exchange import Call
from chalicelib.notices.provider import Meaning, Word

SEND = "SendSms"
QUERY = "QuerySendDetails"
_VERSION = "2017-05-25"
_ALGORITHM = "ACS3-HMAC-SHA256"
_PAGE = 50
_DELIVERY_FAILED = 2

_LATER_CODES = frozenset(
    {
        "isv.BUSINESS_LIMIT_CONTROL",
        "isv.DAY_LIMIT_CONTROL",
        "isv.AMOUNT_NOT_ENOUGH",
        "isv.OUT_OF_SERVICE",
        "isp.RAM_PERMISSION_DENY",
        "IncompleteSignature",
        "SignatureDoesNotMatch",
    }
)
"""It did nothing, and later it may: throttled, out of credit, or it doesn't know us just now."""

_LATER_PREFIXES = ("Throttling", "InvalidAccessKeyId", "InvalidTimeStamp", "Forbidden")

_UNCLEAR_CODES = frozenset({"isp.SYSTEM_ERROR", "SignatureNonceUsed"})
"""A used nonce means that this very request came twice: the first may have been taken."""


class Secrets(Protocol):
    """Secrets by name: the current one first; nothing where there is none."""

    def current(self, name: str) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AliyunAccount:
    """Our account: the endpoint's URL, the access key's id, the approved signature (签名), and the
    name of the key's secret among the secrets.
    """

    url: str
    key_id: str
    sign_name: str
    secret: str


class AliyunSms:
    """`SmsProvider` for Aliyun."""

    send_method = SEND
    query_method = QUERY

    def __init__(self, account: AliyunAccount, *, secrets: Secrets, clock: Clock, ids: Ids) -> None:
        self._account = account
        self._secrets = secrets
        self._clock = clock
        self._ids = ids

    def send_call(
        self, *, phone: str, template_code: str, values: Mapping[str, str], out_id: str
    ) -> Call:
        """`SendSms` to one number."""
        parameters = {
            "PhoneNumbers": phone,
            "SignName": self._account.sign_name,
            "TemplateCode": template_code,
            "TemplateParam": json.dumps(values, ensure_ascii=False, separators=(",", ":")),
            "OutId": out_id,
        }
        return self._call(SEND, parameters)

    def read_send(self, answer: HttpAnswer) -> Word:
        """The `Code`, sorted into done, never, later and nobody knows."""
        body = _object(answer)
        code = _text(body, "Code")
        if answer.status == 200 and code == "OK":
            return Word(meaning=Meaning.TAKEN, code=code, provider_id=_text(body, "BizId"))
        return Word(meaning=_meaning(code, answer.status), code=code or f"HTTP {answer.status}")

    def query_call(self, *, phone: str, day: date) -> Call:
        """`QuerySendDetails` for a number and day; at most 50 notices reach a number in a day."""
        parameters = {
            "PhoneNumber": phone,
            "SendDate": day.strftime("%Y%m%d"),
            "PageSize": str(_PAGE),
            "CurrentPage": "1",
        }
        return self._call(QUERY, parameters)

    def read_query(self, answer: HttpAnswer, out_id: str) -> Word:
        """TAKEN if the id is among them, REFUSED if the carrier couldn't deliver it."""
        body = _object(answer)
        code = _text(body, "Code")
        listed = _list(_mapping(body.get("SmsSendDetailDTOs")).get("SmsSendDetailDTO"))
        if answer.status != 200 or code != "OK" or listed is None:
            return Word(meaning=Meaning.UNCLEAR, code=code or f"HTTP {answer.status}")
        for each in map(_mapping, listed):
            if _text(each, "OutId") == out_id:
                failed = each.get("SendStatus") == _DELIVERY_FAILED
                meaning = Meaning.REFUSED if failed else Meaning.TAKEN
                return Word(meaning=meaning, code=_text(each, "ErrCode") or code)
        total = body.get("TotalCount")
        whole = isinstance(total, int) and total == len(listed)
        return Word(meaning=Meaning.NOT_FOUND if whole else Meaning.UNCLEAR, code=code)

    def _call(self, action: str, parameters: Mapping[str, str]) -> Call:
        now = self._clock.now()
        parts = urlsplit(self._account.url)
        query = canonical_query(parameters)
        headers = {
            "host": parts.netloc,
            "x-acs-action": action,
            "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
            "x-acs-date": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": self._ids.new(now),
            "x-acs-version": _VERSION,
        }
        path = parts.path or "/"
        signature = sign(self._secret(), verb="POST", path=path, query=query, headers=headers)
        authorization = (
            f"{_ALGORITHM} Credential={self._account.key_id},"
            f"SignedHeaders={';'.join(sorted(headers))},Signature={signature}"
        )
        return Call(
            verb="POST",
            url=f"{parts.scheme}://{parts.netloc}{path}?{query}",
            headers=headers | {"authorization": authorization},
        )

    def _secret(self) -> str:
        found = self._secrets.current(self._account.secret)
        if not found:
            raise Unavailable(f"the secret {self._account.secret} isn't there")
        return found[0]


def canonical_query(parameters: Mapping[str, str]) -> str:
    """Sorted by name, percent-encoded as in RFC 3986; what is signed is what is sent."""
    return "&".join(
        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
        for name, value in sorted(parameters.items())
    )


def sign(secret: str, *, verb: str, path: str, query: str, headers: Mapping[str, str]) -> str:
    """The hexadecimal signature over every header given (names in lower case)."""
    names = sorted(headers)
    canonical = "\n".join(
        [
            verb,
            path,
            query,
            *(f"{name}:{headers[name]}" for name in names),
            "",
            ";".join(names),
            headers["x-acs-content-sha256"],
        ]
    )
    text = f"{_ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def _meaning(code: str, status: int) -> Meaning:
    if code in _LATER_CODES or code.startswith(_LATER_PREFIXES):
        return Meaning.LATER
    if (
        status >= 500
        or code in _UNCLEAR_CODES
        or not code.startswith(("isv.", "Invalid", "Missing"))
    ):
        return Meaning.UNCLEAR
    return Meaning.REFUSED


def _object(answer: HttpAnswer) -> Mapping[str, Any]:
    try:
        return _mapping(json.loads(answer.body))
    except (ValueError, RecursionError):
        return {}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any] | None:
    return value if isinstance(value, list) else None


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    # JSON can spell lone surrogates, which nothing behind us can store.
    return value[:100].encode("utf-8", "replace").decode() if isinstance(value, str) else ""
