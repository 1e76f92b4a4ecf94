"""Reading a message costs little more than parsing it."""

from __future__ import annotations

import time
from collections.abc import Callable

from lxml import etree

from chalicelib.warehouse.codec.incoming.deliveryorder import read_confirm
from chalicelib.warehouse.xml import read

MOST_TIMES = 6
"""Parse, validate and map of a confirm against a bare parse of the same bytes."""

ROUNDS = 40
TRIES = 15


def line(number: int) -> str:
    return f"""<orderLine><orderLineNo>{number}</orderLineNo>
  <orderSourceCode>T-20260304-{number}</orderSourceCode><ownerCode>OW</ownerCode>
  <itemCode>SKU-{number:04d}</itemCode><itemId>W-{number}</itemId>
  <itemName>绿茶 {number} 号</itemName><inventoryType>ZP</inventoryType>
  <planQty>2</planQty><actualQty>2</actualQty><batchs><batch>
  <batchCode>L{number}</batchCode><productDate>2026-01-01</productDate>
  <expireDate>2027-01-01</expireDate><inventoryType>ZP</inventoryType>
  <actualQty>2</actualQty></batch></batchs></orderLine>"""


def package(number: int) -> str:
    items = "\n".join(
        f"<item><itemCode>SKU-{each:04d}</itemCode><itemId>W-{each}</itemId>"
        "<quantity>2</quantity></item>"
        for each in range(number * 7, min(number * 7 + 7, 20))
    )
    return f"""<package><logisticsCode>SF</logisticsCode><logisticsName>顺丰</logisticsName>
  <expressCode>SF{number}</expressCode><packageCode>P-{number}</packageCode>
  <length>30</length><width>20</width><height>10</height><weight>1.25</weight>
  <volume>6</volume><packageMaterialList><packageMaterial><type>BOX</type>
  <quantity>1</quantity></packageMaterial></packageMaterialList><items>{items}</items>
  </package>"""


def message() -> bytes:
    """20 lines in 3 parcels, laid out as most senders do: an element a line, indented."""
    inner = f"""<deliveryOrder><deliveryOrderCode>F-1</deliveryOrderCode>
  <deliveryOrderId>D-1</deliveryOrderId><warehouseCode>WH-E</warehouseCode>
  <orderType>JYCK</orderType><status>DELIVERED</status><outBizCode>M-1</outBizCode>
  <confirmType>0</confirmType><orderConfirmTime>2026-03-04 18:00:00</orderConfirmTime>
  </deliveryOrder><packages>{"".join(package(number) for number in range(3))}</packages>
  <orderLines>{"".join(line(number) for number in range(20))}</orderLines>"""
    blanks = etree.XMLParser(remove_blank_text=True)
    root = etree.fromstring(f"<request>{inner}</request>".encode(), blanks)
    etree.indent(root)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def best(task: Callable[[], object], before: float) -> float:
    started = time.perf_counter()
    task()
    return min(before, time.perf_counter() - started)


def test_a_confirm_is_read_in_at_most_six_times_a_bare_parse() -> None:
    body = message()
    assert len(read_confirm(read(body)).lines) == 20
    bare = whole = 1.0
    for _ in range(TRIES):
        for _ in range(ROUNDS):
            bare = best(lambda: etree.fromstring(body), bare)
            whole = best(lambda: read_confirm(read(body)), whole)
        if whole <= MOST_TIMES * bare:
            break
    assert whole <= MOST_TIMES * bare, f"{whole / bare:.1f} times"
