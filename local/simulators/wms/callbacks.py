"""Where the warehouse calls the OMS: signed Qimen messages to the callback address.

`prepare` keeps the message, inside the caller's transaction, before anything leaves; `send` sends
it, outside of any, and keeps the answer.
"""

from __future__ import annotations

import base64
import http.client
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from xml.etree.ElementTree import Element

from local.simulators.application import JsonObject, Refused, Response
from local.simulators.store import Message, Store
from local.simulators.wms import qimen
from local.simulators.wms.warehouse import Warehouse

SIGNINGS = ("good", "bad", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A message to send. Overrides set or (None) remove query parameters before signing."""

    method: str
    body: bytes
    codes: tuple[str, ...] = ()
    overrides: Mapping[str, str | None] = field(default_factory=dict)
    signing: str = "good"
    content_type: str = qimen.CONTENT_TYPE
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message that is kept and ready to leave."""

    number: int
    url: str
    report: Report
    timeout_seconds: float


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like any other: a signed POST must not turn into a GET."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


class Callbacks:
    """The outgoing side of all warehouses of a simulator."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())

    def prepare(self, warehouse: Warehouse, report: Report) -> Outgoing:
        """Signs and keeps a message."""
        url = _signed_url(warehouse, report)
        parts = urlsplit(url)
        number = self._store.record(
            Message(
                direction="out",
                peer=warehouse.code,
                method=report.method,
                codes=report.codes,
                url=f"{parts.path}?{parts.query}",
                headers={"Content-Type": report.content_type},
                body=report.body,
                note=report.note,
            )
        )
        timeout = warehouse.settings.callback_timeout_seconds
        return Outgoing(number=number, url=url, report=report, timeout_seconds=timeout)

    def renew(self, warehouse: Warehouse, number: int) -> Outgoing:
        """A message that was prepared and has not left, signed anew: its time has passed."""
        message = self._store.message(number)
        if message is None:
            raise Refused(404, f"no message {number}")
        report = Report(
            method=message["method"],
            body=message["body"],
            codes=tuple(message["codes"]),
            content_type=message["headers"]["Content-Type"],
        )
        url = _signed_url(warehouse, report)
        parts = urlsplit(url)
        self._store.readdress(number, f"{parts.path}?{parts.query}")
        timeout = warehouse.settings.callback_timeout_seconds
        return Outgoing(number=number, url=url, report=report, timeout_seconds=timeout)

    def lost(self, outgoing: Outgoing) -> JsonObject:
        """The message leaves and never arrives."""
        self._store.answered(outgoing.number, None, outcome="lost")
        return unanswered(outgoing, "lost on the way")

    def send(self, outgoing: Outgoing) -> JsonObject:
        """Sends a prepared message; tells what came back, or why nothing did."""
        request = urllib.request.Request(  # noqa: S310 - the address is the starter's own
            outgoing.url,
            data=outgoing.report.body,
            headers={"Content-Type": outgoing.report.content_type},
            method="POST",
        )
        error = ""
        answer: Response | None = None
        try:
            with self._opener.open(request, timeout=outgoing.timeout_seconds) as reply:
                answer = _response(reply.status, reply.headers.items(), reply.read())
        except urllib.error.HTTPError as failure:
            with failure:
                answer = _response(failure.code, failure.headers.items(), failure.read())
        except (OSError, http.client.HTTPException) as failure:
            error = f"{type(failure).__name__}: {failure}"
        told = _told(answer)
        self._store.answered(
            outgoing.number, answer, outcome=told["flag"] or "no answer", note=error
        )
        described = {"n": outgoing.number, "method": outgoing.report.method, "error": error}
        return described | {"codes": list(outgoing.report.codes)} | told


def unanswered(outgoing: Outgoing, error: str, flag: str = "") -> JsonObject:
    """What is told of a message that has no answer."""
    described = {"n": outgoing.number, "method": outgoing.report.method, "error": error}
    codes = list(outgoing.report.codes)
    return described | {"codes": codes} | _told(None) | {"flag": flag}


def _signed_url(warehouse: Warehouse, report: Report) -> str:
    settings = warehouse.settings
    if not settings.callback_url:
        raise Refused(409, f"warehouse {warehouse.code} has no callback_url")
    parts = urlsplit(settings.callback_url)
    parameters = dict(parse_qsl(parts.query, keep_blank_values=True)) | {
        "method": settings.callback_method_prefix + report.method,
        "timestamp": qimen.china_time(),
        "format": "xml",
        "app_key": settings.callback_app_key,
        "v": "2.0",
        "sign_method": "md5",
        "customerId": settings.callback_customer_id,
    }
    for name, value in report.overrides.items():
        if value is None:
            parameters.pop(name, None)
        else:
            parameters[name] = value
    if report.signing != "none" and "sign" not in parameters:
        secret = settings.callback_secret + ("" if report.signing == "good" else "-not")
        parameters["sign"] = qimen.sign(secret, parameters.items(), report.body)
    return urlunsplit(parts._replace(query=urlencode(parameters)))


def _response(status: int, headers: list[tuple[str, str]], body: bytes) -> Response:
    named = dict(headers)
    content_type = named.pop("Content-Type", "")
    return Response(status=status, body=body, content_type=content_type, headers=named)


def _told(answer: Response | None) -> JsonObject:
    """What an answer says, as JSON."""
    root: Element | None = None
    if answer is not None:
        try:
            root = qimen.parse(answer.body)
        except qimen.Unreadable:
            root = None
    said = {
        name: (root.findtext(name) or "").strip() if root is not None else ""
        for name in ("flag", "code", "message")
    }
    body = answer.body if answer else b""
    headers = {"Content-Type": answer.content_type, **answer.headers} if answer else {}
    return said | {
        "status": answer.status if answer else None,
        "headers": headers,
        "body": body.decode("utf-8", "replace"),
        "body_base64": base64.b64encode(body).decode(),
    }
