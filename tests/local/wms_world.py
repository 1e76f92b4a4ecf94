"""A warehouse simulator whose time stands still, with an OMS that takes its reports."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree

from local.simulators.server import Server
from local.simulators.wms.scenario import scenario_of
from local.simulators.wms.simulator import build
from tests.local.simulator_peers import ENTRY, ITEM, ORDER, PERSON, Oms, Wms, settings

TIME = "2026-11-22 09:30:00"
BODIES: Mapping[str, str] = {
    "stockout.create": """<request><deliveryOrder><deliveryOrderCode>{code}</deliveryOrderCode>
<orderType>CGTH</orderType><warehouseCode>WH1</warehouseCode>
<createTime>2026-11-22 09:30:00</createTime></deliveryOrder><orderLines><orderLine>
<orderLineNo>1</orderLineNo><ownerCode>O1</ownerCode><itemCode>A</itemCode>
<itemId>{item_id}</itemId><planQty>4</planQty></orderLine></orderLines></request>""",
    "returnorder.create": """<request><returnOrder><returnOrderCode>{code}</returnOrderCode>
<warehouseCode>WH1</warehouseCode><preDeliveryOrderCode>D1</preDeliveryOrderCode>
<logisticsCode>SF</logisticsCode><senderInfo><name>王芳</name><mobile>13800000002</mobile>
<province>浙江省</province><city>杭州市</city>
<detailAddress>文一路 2 号</detailAddress></senderInfo></returnOrder><orderLines><orderLine>
<orderLineNo>1</orderLineNo><ownerCode>O1</ownerCode><itemCode>A</itemCode>
<itemId>{item_id}</itemId><planQty>2</planQty></orderLine></orderLines></request>""",
    "storeprocess.create": """<request><processOrderCode>{code}</processOrderCode>
<warehouseCode>WH1</warehouseCode><orderType>CNJG</orderType>
<orderCreateTime>2026-11-22 09:30:00</orderCreateTime><planTime>2026-11-22 09:30:00</planTime>
<serviceType>1</serviceType><planQty>1</planQty><materialitems><item><itemCode>A</itemCode>
<itemId>{item_id}</itemId><quantity>6</quantity></item></materialitems><productitems><item>
<itemCode>B</itemCode><itemId>{other_id}</itemId><quantity>1</quantity></item></productitems>
</request>""",
    "transferorder.create": """<request><erpOrderCode>{code}</erpOrderCode>
<fromStoreCode>WH1</fromStoreCode><toStoreCode>WH2</toStoreCode><ownerCode>O1</ownerCode>
<transferItems><transferItem><scItemCode>A</scItemCode><inventoryType>1</inventoryType>
<count>3</count></transferItem></transferItems></request>""",
    "inventory.synchronize": """<request><ownerCode>O1</ownerCode>
<warehouseCode>WH1</warehouseCode><adjustOrderCode>{code}</adjustOrderCode>
<adjustTime>2026-11-22 09:30:00</adjustTime><items><item><itemCode>A</itemCode>
<itemId>{item_id}</itemId><quantity>-2</quantity></item></items></request>""",
}


@dataclass(frozen=True, kw_only=True)
class World:
    """The simulator and what it has sent."""

    wms: Wms
    oms: Oms
    item_id: str
    other_id: str

    def create(self, method: str, code: str) -> ElementTree.Element:
        """A document of the OMS's, by its method."""
        names = {"code": code, "item_id": self.item_id, "other_id": self.other_id}
        if method == "deliveryorder.create":
            text = ORDER.format(total="31.00", person=PERSON, **names)
        elif method == "entryorder.create":
            text = ENTRY.format(**names)
        else:
            text = BODIES[method].format(**names)
        return self.wms.call(method, text)

    def send(self, method: str, **fields: Any) -> Any:
        return self.wms.control("POST", f"send/{method}", fields)

    def advance(self, seconds: float = 60) -> int:
        done: int = self.wms.control("POST", "advance", {"seconds": seconds})["done"]
        return done

    def rule(self, what: str, **more: Any) -> None:
        self.wms.control("POST", "rules", {"what": what, **more})

    @property
    def told(self) -> list[tuple[str, str]]:
        """Method and, of steps and confirms, what they say, of all that was sent, in order."""
        return [(self.method(at), self._said(at)) for at in range(len(self.oms.requests))]

    def method(self, at: int) -> str:
        return dict(parse_qsl(self.oms.requests[at].raw_query))["method"]

    def body(self, at: int) -> ElementTree.Element:
        return ElementTree.fromstring(self.oms.requests[at].body)

    def _said(self, at: int) -> str:
        body = self.body(at)
        for name in ("process/processStatus", "*/confirmType", "messageType"):
            found = body.findtext(name)
            if found:
                return found
        return ""

    def stock(self, item: str = "A") -> dict[str, int]:
        """Pieces on the shelf by inventory type."""
        found: dict[str, int] = {}
        for row in self.wms.control("GET", f"stock?item={item}")["stock"]:
            found[row["inventory_type"]] = found.get(row["inventory_type"], 0) + row["physical"]
        return found


@contextmanager
def a_world(folder: Path, *, seed: int = 1, **scenario: Any) -> Iterator[World]:
    """A world with the items A (100 pieces) and B."""
    oms = Oms()
    chosen = scenario_of({"time": TIME, **scenario})
    server = Server(build([settings(oms)], folder, seed=seed, scenario=chosen))
    server.start()
    try:
        wms = Wms(server.url)
        item_id = wms.prepared(100)
        other = wms.call("singleitem.synchronize", ITEM.format(code="B")).findtext("itemId") or ""
        yield World(wms=wms, oms=oms, item_id=item_id, other_id=other)
    finally:
        server.stop()
        oms.server.stop()


def without_address(query: str) -> str:
    """A query without what depends on the moment."""
    return re.sub(r"&?(timestamp|sign)=[^&]*", "", query)
