"""One warehouse: its settings, its documents, its stock, and what it asks of any message."""

from __future__ import annotations

from collections.abc import Mapping

from local.simulators.application import JsonObject
from local.simulators.store import Store
from local.simulators.wms import qimen
from local.simulators.wms.clock import MACHINE, Clock
from local.simulators.wms.settings import WarehouseSettings
from local.simulators.wms.stock import Stock
from local.simulators.wms.strict import Block, Refusal

ANY_WAREHOUSE = "OTHER"
DELIVERY, ENTRY, RETURN, STOCKOUT = "delivery", "entry", "return", "stockout"
PROCESS, TRANSFER, ADJUSTMENT = "process", "transfer", "adjustment"
ORDERS = (DELIVERY, ENTRY, RETURN, STOCKOUT, PROCESS, TRANSFER, ADJUSTMENT)
COUNT, CHANGE = "count", "change"
KINDS = (*ORDERS, COUNT, CHANGE)
"""What the OMS orders, and what the warehouse makes of its own."""
FINISHED = ("DELIVERED", "FULFILLED", "CANCELED", "CLOSED", "REJECT")


class Warehouse:
    """What the handlers of one warehouse work on. Callers open the transaction."""

    def __init__(
        self,
        settings: WarehouseSettings,
        store: Store,
        clock: Clock = MACHINE,
        *,
        together: Mapping[str, Warehouse] | None = None,
    ) -> None:
        self.settings = settings.completed()
        self.store = store
        self.clock = clock
        self.stock = Stock(store, settings.code)
        self._together = {} if together is None else together

    @property
    def code(self) -> str:
        return self.settings.code

    def get(self, kind: str, code: str) -> JsonObject | None:
        return self.store.get(kind, self.code, code)

    def put(self, kind: str, code: str, body: JsonObject) -> None:
        self.store.put(kind, self.code, code, body)

    def time(self) -> str:
        """The present, as Qimen writes it."""
        return qimen.china_time(self.clock.now())

    def new_id(self, prefix: str) -> str:
        """An id of the WMS's own, which the OMS has to keep as it is."""
        return f"{self.code}-{prefix}{self.store.next_number(f'{self.code}/{prefix}'):08d}"

    def stock_at(self, code: str) -> Stock | None:
        """The stock of a warehouse of the same simulator, by its code."""
        if code == self.code:
            return self.stock
        found = self._together.get(code)
        return found.stock if found else None

    def order(self, code: str) -> tuple[str, JsonObject]:
        """An order of any kind, with its kind."""
        for kind in ORDERS:
            found = self.get(kind, code)
            if found is not None:
                return kind, found
        raise Refusal("NOT_FOUND", f"订单不存在: {code}")

    def check_addressed(self, block: Block) -> None:
        """The message has to be for this warehouse."""
        code = block.text("warehouseCode")
        if code not in (self.code, ANY_WAREHOUSE):
            raise Refusal("WAREHOUSE", f"仓库编码不符: {code}, 本仓为 {self.code}")

    def check_item(self, line: Block) -> JsonObject:
        """The item of a line has to be synchronised, and to carry the id if we answered one
        then.
        """
        code = line.text("itemCode")
        item = self.get("item", code)
        if item is None:
            raise Refusal("UNKNOWN_ITEM", f"商品未同步: {code}")
        # Items that came in one message with others were given no id in the answer.
        told = line.optional("itemId") if not item.get("told", True) else line.text("itemId")
        if told and told != item["item_id"]:
            raise Refusal("ITEM_ID", f"itemId 不符: {code} 应为 {item['item_id']}")
        return item
