"""What warehouse systems send, as text."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree

from chalice.test import HTTPResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer to a WMS."""

    flag: str
    code: str
    message: str


def said(answer: HTTPResponse) -> Said:
    """The answer to what isn't a question: it says no more than whether it was taken."""
    told = told_with(answer)
    assert set(told) == {"flag", "code", "message"}
    return Said(**told)


def told_with(answer: HTTPResponse) -> dict[str, str]:
    """The elements of any answer, which is always HTTP 200 and XML in UTF-8, with `flag`, `code`
    and `message`; to a question there are more.
    """
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    root = ElementTree.fromstring(answer.body)
    assert root.tag == "response"
    texts = {child.tag: child.text or "" for child in root}
    assert {"flag", "code", "message"} <= set(texts)
    return texts


SUCCESS = Said(flag="success", code="0", message="success")


def delivery(
    code: str, *items: tuple[str, str, int], out: str = "CK1", kind: str = "0", waybill: str = "SF1"
) -> str:
    """deliveryorder.confirm of (line, SKU, pieces), in one parcel."""
    lines = "".join(
        f"<orderLine><orderLineNo>{number}</orderLineNo><itemCode>{sku}</itemCode>"
        f"<actualQty>{pieces}</actualQty></orderLine>"
        for number, sku, pieces in items
    )
    packed = "".join(
        f"<item><itemCode>{sku}</itemCode><quantity>{pieces}</quantity></item>"
        for _, sku, pieces in items
    )
    return (
        f"<request><deliveryOrder><deliveryOrderCode>{code}</deliveryOrderCode>"
        f"<warehouseCode>WH-EAST</warehouseCode><orderType>JYCK</orderType>"
        f"<outBizCode>{out}</outBizCode><confirmType>{kind}</confirmType>"
        f"<orderConfirmTime>2026-11-22 09:20:00</orderConfirmTime></deliveryOrder>"
        f"<packages><package><logisticsCode>SF</logisticsCode><expressCode>{waybill}</expressCode>"
        f"<items>{packed}</items></package></packages><orderLines>{lines}</orderLines></request>"
    )


def entry(code: str, *items: tuple[str, str, int], out: str = "RK1", more: str = "") -> str:
    """entryorder.confirm of (line, SKU, pieces)."""
    lines = "".join(
        f"<orderLine><orderLineNo>{number}</orderLineNo><itemCode>{sku}</itemCode>"
        f"<actualQty>{pieces}</actualQty>{more}</orderLine>"
        for number, sku, pieces in items
    )
    return (
        f"<request><entryOrder><entryOrderCode>{code}</entryOrderCode>"
        f"<warehouseCode>WH-EAST</warehouseCode><outBizCode>{out}</outBizCode>"
        f"<confirmType>0</confirmType><status>FULFILLED</status>"
        f"<operateTime>2026-11-22 09:20:00</operateTime></entryOrder>"
        f"<orderLines>{lines}</orderLines></request>"
    )


def returned(
    code: str, delivery: str, *items: tuple[str, str, int], out: str = "TH1", waybill: str = ""
) -> str:
    """returnorder.confirm of (line, SKU, pieces) that a delivery is named of."""
    lines = "".join(
        f"<orderLine><orderLineNo>{number}</orderLineNo><itemCode>{sku}</itemCode>"
        f"<inventoryType>ZP</inventoryType><actualQty>{pieces}</actualQty></orderLine>"
        for number, sku, pieces in items
    )
    return (
        f"<request><returnOrder><returnOrderCode>{code}</returnOrderCode>"
        f"<preDeliveryOrderCode>{delivery}</preDeliveryOrderCode>"
        f"<warehouseCode>WH-EAST</warehouseCode><outBizCode>{out}</outBizCode>"
        f"<expressCode>{waybill}</expressCode><confirmType>0</confirmType>"
        f"<orderConfirmTime>2026-11-23 09:20:00</orderConfirmTime></returnOrder>"
        f"<orderLines>{lines}</orderLines></request>"
    )


def step(code: str, status: str) -> str:
    """orderprocess.report."""
    return (
        f"<request><order><orderCode>{code}</orderCode><orderType>JYCK</orderType></order>"
        f"<process><processStatus>{status}</processStatus>"
        f"<operateTime>2026-11-22 09:20:00</operateTime></process></request>"
    )
