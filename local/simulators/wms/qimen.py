"""The Qimen envelope: signature, XML to and from plain values, China time.

Signature: upper-case hex of MD5 over secret + every decoded query parameter but `sign`, sorted by
name, as name+value + the raw body + secret. Everything in a message is found by name, never by
position.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from xml.etree import ElementTree

CHINA = timezone(timedelta(hours=8))
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"
PREFIX = "taobao.qimen."
CONTENT_TYPE = "text/xml;charset=utf-8"
MESSAGE_LENGTH = 100

LISTS = {
    "orderLines": "orderLine",
    "items": "item",
    "batchs": "batch",
    "snList": "sn",
    "packages": "package",
    "invoices": "invoice",
    "relatedOrders": "relatedOrder",
    "criteriaList": "criteria",
    "processes": "process",
    "orders": "order",
    "deliveryOrders": "deliveryOrder",
    "materialitems": "item",
    "productitems": "item",
    "transferItems": "transferItem",
    "warehouseInfos": "warehouseInfo",
    "subSourceOrders": "subSourceOrder",
}
_CODES = (
    "entryOrderCode",
    "deliveryOrderCode",
    "returnOrderCode",
    "processOrderCode",
    "transferOrderCode",
    "erpOrderCode",
    "checkOrderCode",
    "adjustOrderCode",
    "orderCode",
    "supplierCode",
    "itemCode",
)
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Unreadable(Exception):
    """The body is not XML that this simulator is willing to read."""


def sign(
    secret: str, parameters: Iterable[tuple[str, str]], body: bytes, method: str = "md5"
) -> str:
    """The signature of a message; `method` is md5, hmac (HMAC-MD5) or hmac-sha256."""
    pairs = sorted((name, value) for name, value in parameters if name != "sign")
    text = "".join(name + value for name, value in pairs).encode() + body
    key = secret.encode()
    if method == "md5":
        # The protocol's own digest; nothing of ours is protected by it.
        return hashlib.md5(key + text + key).hexdigest().upper()  # noqa: S324
    digest = {"hmac": "md5", "hmac-sha256": "sha256"}[method]
    return hmac.new(key, text, digest).hexdigest().upper()


def china_time(moment: datetime | None = None) -> str:
    """A moment, now by default, as Qimen writes it."""
    return (moment or datetime.now(UTC)).astimezone(CHINA).strftime(TIME_FORMAT)


def read_time(text: str) -> datetime:
    """The moment a Qimen time names; ValueError when it is none."""
    return datetime.strptime(text, TIME_FORMAT).replace(tzinfo=CHINA)


def parse(body: bytes) -> ElementTree.Element:
    """The root element. Document types are refused, so nothing can be expanded or fetched."""
    if b"<!DOCTYPE" in body:
        raise Unreadable("DOCTYPE is not accepted")
    try:
        return ElementTree.fromstring(body)  # noqa: S314 - see above
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise Unreadable(str(error)) from error


def value(element: ElementTree.Element) -> Any:
    """An element as text, list (for the protocol's list wrappers) or dict."""
    if element.tag in LISTS:
        return [value(child) for child in element]
    if len(element):
        return {child.tag: value(child) for child in element}
    return (element.text or "").strip()


def xml(tag: str, content: Any) -> bytes:
    """The document `<tag>content</tag>`: dicts are elements, lists use the wrapper's child name.

    None is left out, an empty text is an empty element.
    """
    text = ElementTree.tostring(_element(tag, content), encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>{text}'.encode()


def _element(tag: str, content: Any) -> ElementTree.Element:
    element = ElementTree.Element(tag)
    if isinstance(content, dict):
        element.extend(_element(name, each) for name, each in content.items() if each is not None)
    elif isinstance(content, list):
        element.extend(_element(LISTS[tag], each) for each in content)
    else:
        element.text = _ILLEGAL.sub("", str(content))
    return element


def response(flag: str, code: str, message: str, **more: Any) -> bytes:
    """A `<response>`; the flag alone decides for the reader."""
    head = {"flag": flag, "code": code, "message": message[:MESSAGE_LENGTH]}
    return xml("response", head | more)


def codes_in(body: bytes) -> tuple[str, ...]:
    """The codes a message is about, so that it can be found; none when it cannot be read."""
    try:
        root = parse(body)
    except Unreadable:
        return ()
    for name in _CODES:
        found = [element.text or "" for element in root.iter(name)]
        if found:
            return tuple(dict.fromkeys(found))
    return ()
