"""Two WMS, two warehouses, and every slice of the OMS real: on memory tables, with a WMS in
memory.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from chalicelib.catalog.model import CostMethod, Shop, SkuInput, SupplierInput, Warehouse
from chalicelib.catalog.service import CatalogService
from chalicelib.catalog.store import CatalogStore
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.events import Event
from chalicelib.kernel.exception_book import ExceptionBook
from chalicelib.kernel.http import Http, HttpAnswer, NoAnswer, NotSent
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Key, Writes
from chalicelib.messages.exchange import Exchanges
from chalicelib.messages.model import HttpHead
from chalicelib.messages.service import MessageLog
from chalicelib.messages.store import MessageStore
from chalicelib.movements.adjusting.service import AdjustmentOrders
from chalicelib.movements.adjusting.store import AdjustmentOrderStore
from chalicelib.movements.adjustment_service import AdjustmentService
from chalicelib.movements.counts.service import StockCounts
from chalicelib.movements.counts.store import CountStore
from chalicelib.movements.orders.service import MovementOrders
from chalicelib.movements.orders.store import MovementOrderStore
from chalicelib.movements.store import MovementStore
from chalicelib.movements.transfers.closing import TransferClosing
from chalicelib.movements.transfers.service import Transfers
from chalicelib.movements.transfers.store import TransferStore
from chalicelib.movements.transfers.transit import TransitBook
from chalicelib.movements.transfers.whole import WholeTransfers
from chalicelib.notices.recipients import RecipientDigest
from chalicelib.orders.intake import parse_order
from chalicelib.orders.returns.service import ReturnService
from chalicelib.orders.service import OrderService
from chalicelib.purchasing.batching import BatchRules
from chalicelib.purchasing.model import PurchaseLineInput, PurchaseOrderInput
from chalicelib.purchasing.service import PurchasingService
from chalicelib.purchasing.store import PurchasingStore
from chalicelib.purchasing.tolerances import Tolerances
from chalicelib.routing.store import RuleBook
from chalicelib.stock.cost_service import CostService
from chalicelib.stock.cost_store import ValueStore
from chalicelib.stock.model import OPENING, Kind, Movement, warehouse
from chalicelib.stock.service import StockService
from chalicelib.stock.store import StockStore
from chalicelib.warehouse.accepting import Accepting
from chalicelib.warehouse.assemblies import AssemblyStore
from chalicelib.warehouse.assembling import Assembling
from chalicelib.warehouse.callbacks import Callbacks
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.documents.parts import Contact
from chalicelib.warehouse.model import Dispatch
from chalicelib.warehouse.ports import Documents
from chalicelib.warehouse.recipients import Recipients
from chalicelib.warehouse.service import WarehouseService
from chalicelib.warehouse.signing import Credentials, sign, verify
from chalicelib.warehouse.store import WarehouseStore
from chalicelib.warehouse.takers import all_takers
from chalicelib.warehouse.texts import write_time
from chalicelib.warehouse.unanswered import UnansweredIntercepts
from chalicelib.warehouse.xml import Node, read
from tests.fakes.dynamodb import MemoryTables
from tests.fakes.files import MemoryFiles
from tests.fakes.kernel import CountingIds, PlainSealer, SettableClock
from tests.fakes.periods import gate_of

MESSAGE = Source(message_id="M1")
SENDER = Contact(
    name="发货部", mobile="057112345678", province="浙江省", city="杭州市", address="仓前街 1 号"
)


SHOP_FIELDS = (
    *("shopCode", "shopName", "ownerCode", "warehouseCode", "sourcePlatformCode"),
    *("platformShopCode", "platformShopName", "shopAddress"),
)
PLACE_FIELDS = ("warehouseCode", "warehouseName", "address", "name", "tel", "mobile", "status")


class Killed(BaseException):
    """The process dies."""


class DyingTables(MemoryTables):
    """Tables at whose `dies_at`-th commit the process dies, before it took effect or after.
    `meanwhile` happens before a commit, with what is to be written.
    """

    def __init__(self) -> None:
        super().__init__()
        self.dies_at = -1
        self.after = False
        self.attempts = 0
        self.meanwhile: Callable[[Writes], None] = lambda writes: None

    def die_at(self, commit: int, *, after: bool) -> None:
        self.attempts, self.dies_at, self.after = 0, commit, after

    def commit(self, writes: Writes) -> None:
        self.meanwhile(writes)
        self.attempts += 1
        dies = self.attempts == self.dies_at
        if dies and not self.after:
            raise Killed
        super().commit(writes)
        if dies:
            raise Killed


class Secrets:
    """Each WMS's secret, ours and theirs."""

    def __init__(self) -> None:
        self.values = {
            name: (f"secret of {name}",) for name in ("W1", "W2", "W1-callback", "W2-callback")
        } | {"recipients-key": ("which recipient is which",)}

    def current(self, name: str) -> tuple[str, ...]:
        return self.values.get(name, ())


class WarehouseSystems:
    """The WMS behind `http://wms/<code>`: checks signatures, keeps items and orders.

    `before_answering` happens once, while the next caller waits. `faults` are used up one a call:
    `not_sent`, `dropped` (nobody knows, it never came), `lost` (it acted, the answer got lost),
    `down` (HTTP 503), `timeout` (HTTP 504 after it acted), `html`, `killed_before`,
    `killed_after`, or an answer's (code, text) that refuses.
    """

    def __init__(self, clock: SettableClock, secrets: Secrets) -> None:
        self.clock = clock
        self.secrets = secrets
        self.faults: list[Any] = []
        self.calls: list[tuple[str, str, Node]] = []
        self.items: dict[tuple[str, str], str] = {}
        self.bundles: dict[tuple[str, str], dict[str, int]] = {}
        self.shops: dict[tuple[str, str], dict[str, str]] = {}
        self.places: dict[tuple[str, str], dict[str, str]] = {}
        self.unwanted: set[str] = set()
        self.told: dict[str, dict[str, str]] = {}
        self.orders: dict[tuple[str, str], str] = {}
        self.created: list[str] = []
        self.works_later = False
        self.waiting: list[str] = []
        self.figures: list[tuple[str, str, int, int]] = []
        self.down: set[str] = set()
        self.held: frozenset[str] = frozenset()
        self.seconds = 0
        self.before_answering: Callable[[], None] = lambda: None

    def send(self, method: str, url: str, **options: Any) -> HttpAnswer:
        wms = urlsplit(url).path.strip("/")
        fault = "not_sent" if wms in self.down else self.faults.pop(0) if self.faults else "ok"
        if fault == "killed_before":
            raise Killed
        if fault == "not_sent":
            raise NotSent("ConnectTimeoutError")
        if fault == "dropped":
            raise NoAnswer("ReadTimeoutError")
        if fault == "down":
            return HttpAnswer(status=503, headers={}, body=b"down")
        if fault == "html":
            return HttpAnswer(status=200, headers={}, body=b"<html><body>Login</html>")
        answer = self._answer(wms, url, options["body"], fault)
        meanwhile, self.before_answering = self.before_answering, lambda: None
        meanwhile()
        self.clock.forward(seconds=self.seconds)
        if fault == "killed_after":
            raise Killed
        if fault == "lost":
            raise NoAnswer("ReadTimeoutError")
        return HttpAnswer(status=504 if fault == "timeout" else 200, headers={}, body=answer)

    def _answer(self, wms: str, url: str, body: bytes, fault: Any) -> bytes:
        query = parse_qsl(urlsplit(url).query, keep_blank_values=True)
        credentials = Credentials(
            app_key=f"app-{wms}", customer_id=f"c-{wms}", secrets=self.secrets.current(wms)
        )
        verify(query, body, credentials, now=self.clock.now())
        method = dict(query)["method"].removeprefix("taobao.qimen.")
        request = read(body)
        self.calls.append((wms, method, request))
        if isinstance(fault, tuple):
            return answer("failure", fault[0], fault[1])
        return getattr(self, "_" + method.replace(".", "_"))(wms, request)

    def _singleitem_synchronize(self, wms: str, request: Node) -> bytes:
        code = request.needed("item").needed_text("itemCode")
        self.items.setdefault((wms, code), f"ID-{wms}-{code}")
        return answer("success", "0", "ok", f"<itemId>{self.items[wms, code]}</itemId>")

    def _singleitem_query(self, wms: str, request: Node) -> bytes:
        code = request.needed_text("itemCode")
        if (wms, code) not in self.items:
            return answer("failure", "404", f"商品不存在: {code}")
        told = {"itemId": self.items[wms, code]} | self.told.get(code, {})
        inner = "".join(f"<{name}>{text}</{name}>" for name, text in told.items())
        return answer("success", "0", "ok", f"<item><itemCode>{code}</itemCode>{inner}</item>")

    def _combineitem_query(self, wms: str, request: Node) -> bytes:
        code = request.needed_text("itemCode")
        if (wms, code) not in self.bundles:
            return answer("failure", "404", f"组合商品不存在: {code}")
        parts = "".join(
            f"<item><itemCode>{part}</itemCode><quantity>{count}</quantity></item>"
            for part, count in self.bundles[wms, code].items()
        )
        return answer("success", "0", "ok", f"<item><items>{parts}</items></item>")

    def _items_synchronize(self, wms: str, request: Node) -> bytes:
        failed = ""
        for item in request.listed("items", "item"):
            code = item.needed_text("itemCode")
            if code in self.unwanted:
                failed += f"<item><itemCode>{code}</itemCode><message>条码重复</message></item>"
            else:
                self.items.setdefault((wms, code), f"ID-{wms}-{code}")
        return answer("success", "0", "ok", f"<items>{failed}</items>" if failed else "")

    def _combineitem_synchronize(self, wms: str, request: Node) -> bytes:
        parts = {
            each.needed_text("itemCode"): each.needed_whole("quantity")
            for each in request.listed("items", "item")
        }
        self.bundles[wms, request.needed_text("itemCode")] = parts
        return answer("success", "0", "ok")

    def _combineitem_delete(self, wms: str, request: Node) -> bytes:
        code = request.needed_text("itemCode")
        if self.bundles.pop((wms, code), None) is None:
            return answer("failure", "404", f"组合商品不存在: {code}")
        return answer("success", "0", "ok")

    def _supplier_synchronize(self, wms: str, request: Node) -> bytes:
        return answer("success", "0", "ok")

    def _shop_synchronize(self, wms: str, request: Node) -> bytes:
        told = texts(request.needed("shop"), *SHOP_FIELDS)
        self.shops[wms, told["shopCode"]] = told
        return answer("success", "0", "ok")

    def _warehouseinfo_synchronize(self, wms: str, request: Node) -> bytes:
        for each in request.children("warehouseInfos"):
            told = texts(each, *PLACE_FIELDS)
            self.places[wms, told["warehouseCode"]] = told
        return answer("success", "0", "ok")

    def _warehouseinfo_query(self, wms: str, request: Node) -> bytes:
        code = request.needed_text("warehouseCode")
        if (wms, code) not in self.places:
            return answer("failure", "404", f"仓库不存在: {code}")
        told = self.places[wms, code] | self.told.get(code, {})
        inner = "".join(f"<{name}>{text}</{name}>" for name, text in told.items())
        return answer("success", "0", "ok", f"<warehouseInfos>{inner}</warehouseInfos>")

    def _entryorder_create(self, wms: str, request: Node) -> bytes:
        return self._create(wms, request, "entryOrder")

    def _deliveryorder_create(self, wms: str, request: Node) -> bytes:
        return self._create(wms, request, "deliveryOrder")

    def _deliveryorder_batchcreate(self, wms: str, request: Node) -> bytes:
        """Takes those it wants; one that works later keeps them to itself until then."""
        failed = ""
        for order in request.listed("orders", "order"):
            code = order.needed("deliveryOrder").needed_text("deliveryOrderCode")
            if self.works_later:
                self.waiting.append(code)
            elif code in self.unwanted or (wms, code) in self.orders:
                named = f"<deliveryOrderCode>{code}</deliveryOrderCode>"
                failed += f"<order>{named}<message>库存不足</message></order>"
            else:
                self.orders[wms, code] = "NEW"
                self.created.append(code)
        return answer("success", "0", "ok", f"<orders>{failed}</orders>" if failed else "")

    def _returnorder_create(self, wms: str, request: Node) -> bytes:
        return self._create(wms, request, "returnOrder")

    def _returnorder_query(self, wms: str, request: Node) -> bytes:
        return self._query(wms, request.needed_text("returnOrderCode"), "returnOrder")

    def _stockout_create(self, wms: str, request: Node) -> bytes:
        return self._create(wms, request, "deliveryOrder")

    def _stockout_query(self, wms: str, request: Node) -> bytes:
        return self._query(wms, request.needed_text("deliveryOrderCode"), "deliveryOrder")

    def _storeprocess_create(self, wms: str, request: Node) -> bytes:
        code = request.needed_text("processOrderCode")
        self.orders[wms, code] = "NEW"
        self.created.append(code)
        return answer("success", "0", "ok", f"<processOrderId>W-{code}</processOrderId>")

    def _inventory_synchronize(self, wms: str, request: Node) -> bytes:
        code = request.needed_text("adjustOrderCode")
        if (wms, code) in self.orders:
            return answer("failure", "D", f"调整单已存在: {code}")
        if code in self.unwanted:
            return answer("failure", "S", "库存不足")
        self.orders[wms, code] = "NEW"
        self.created.append(code)
        return answer("success", "0", "ok")

    def _transferorder_create(self, wms: str, request: Node) -> bytes:
        code = request.needed_text("erpOrderCode")
        if (wms, code) in self.orders:
            return answer("failure", "D", f"订单已存在: {code}")
        self.orders[wms, code] = "NEW"
        self.created.append(code)
        return answer("success", "0", "ok", f"<transferOrderCode>W-{code}</transferOrderCode>")

    def _transferorder_query(self, wms: str, request: Node) -> bytes:
        code = request.needed_text("erpOrderCode")
        if (wms, code) not in self.orders:
            return answer("failure", "404", f"订单不存在: {code}")
        told = {
            "erpOrderCode": code,
            "transferOrderCode": f"W-{code}",
            "orderStatus": self.orders[wms, code],
        }
        inner = "".join(f"<{name}>{text}</{name}>" for name, text in told.items())
        return answer("success", "0", "ok", f"<transferOrder>{inner}</transferOrder>")

    def _create(self, wms: str, request: Node, name: str) -> bytes:
        code = request.needed(name).needed_text(f"{name}Code")
        if (wms, code) in self.orders:
            return answer("failure", "D", f"订单已存在: {code}")
        self.orders[wms, code] = "NEW"
        self.created.append(code)
        return answer("success", "0", "ok", f"<{name}Id>W-{code}</{name}Id>")

    def _deliveryorder_query(self, wms: str, request: Node) -> bytes:
        return self._query(wms, request.needed_text("orderCode"), "deliveryOrder")

    def _entryorder_query(self, wms: str, request: Node) -> bytes:
        return self._query(wms, request.needed_text("entryOrderCode"), "entryOrder")

    def _query(self, wms: str, code: str, name: str) -> bytes:
        if (wms, code) not in self.orders:
            return answer("failure", "404", f"订单不存在: {code}")
        inner = f"<{name}Code>{code}</{name}Code><{name}Id>W-{code}</{name}Id>"
        inner += f"<status>{self.orders[wms, code]}</status>"
        return answer("success", "0", "ok", f"<{name}>{inner}</{name}>")

    def _orderprocess_query(self, wms: str, request: Node) -> bytes:
        code = request.needed_text("orderCode")
        if (wms, code) not in self.orders:
            return answer("failure", "404", f"订单不存在: {code}")
        step = f"<process><processStatus>{self.orders[wms, code]}</processStatus></process>"
        inner = f"<orderCode>{code}</orderCode><processes>{step}</processes>"
        return answer("success", "0", "ok", f"<orderProcess>{inner}</orderProcess>")

    def _order_cancel(self, wms: str, request: Node) -> bytes:
        code = request.needed_text("orderCode")
        status = self.orders.get((wms, code))
        if status is None:
            return answer("failure", "404", f"订单不存在: {code}")
        if status == "CANCELED":
            return answer("failure", "S", f"订单已取消: {code}")
        if status in ("DELIVERED", "PARTDELIVERED"):
            return answer("failure", "S", f"订单已发货, 不能撤单: {code}")
        self.orders[wms, code] = "CANCELED"
        return answer("success", "0", "ok")

    def _order_callback(self, wms: str, request: Node) -> bytes:
        if (wms, request.needed_text("deliveryOrderCode")) not in self.orders:
            return answer("failure", "S", "订单不存在")
        return answer("success", "0", "ok")

    def _order_pending(self, wms: str, request: Node) -> bytes:
        code = request.needed_text("orderCode")
        if (wms, code) not in self.orders:
            return answer("failure", "S", "订单不存在")
        held = request.needed_text("actionType") == "pending"
        self.held = self.held | {code} if held else self.held - {code}
        return answer("success", "0", "ok")

    def _inventory_query(self, wms: str, request: Node) -> bytes:
        asked = [
            each.needed_text("itemCode") for each in request.listed("criteriaList", "criteria")
        ]
        items = "".join(
            f"<item><itemCode>{code}</itemCode><inventoryType>{name}</inventoryType>"
            f"<quantity>{free}</quantity><lockQuantity>{locked}</lockQuantity></item>"
            for code, name, free, locked in self.figures
            if code in asked
        )
        return answer("success", "0", "ok", f"<items>{items}</items>")

    def methods(self) -> list[str]:
        """The methods called, in order."""
        return [method for _, method, _ in self.calls]


def answer(flag: str, code: str, message: str, more: str = "") -> bytes:
    head = f"<flag>{flag}</flag><code>{code}</code><message>{message}</message>"
    return f"<response>{head}{more}</response>".encode()


class Numbers:
    """`O0001`, `PO0001` …"""

    def __init__(self) -> None:
        self.count = 0

    def order_number(self, buyer: str) -> str:
        return self.document_number("O")

    def document_number(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count:04d}"


class World:
    """Warehouses WH1 (WMS W1) and WH2 (WMS W2) of owner ACME, shop S1, SKUs A, B, C, supplier
    SUP1, 100 pieces each in WH1.
    """

    def __init__(self, *, stock_open: bool = True, http: Http | None = None) -> None:
        self.tables = DyingTables()
        self.clock = SettableClock()
        self.secrets = Secrets()
        self.files = MemoryFiles()
        self.systems = WarehouseSystems(self.clock, self.secrets)
        self.http = http or self.systems
        self.delivered = 0
        self.later: list[tuple[datetime, Event]] = []
        self._wire()
        self._set_up(stock_open=stock_open)

    def _wire(self) -> None:
        tables, clock = self.tables, self.clock
        self.catalog = CatalogService(
            store=CatalogStore(tables), transaction=tables, clock=clock, cache_seconds=0
        )
        self.stock = StockService(
            store=StockStore(tables), gate=gate_of(tables, clock), clock=clock
        )
        self.costs = CostService(
            store=StockStore(tables),
            values=ValueStore(tables),
            transaction=tables,
            clock=clock,
            method=lambda warehouse: CostMethod.AVERAGE,
        )
        numbers = Numbers()
        self.orders = OrderService(
            items=tables,
            transaction=tables,
            clock=clock,
            sealer=PlainSealer(),
            catalog=self.catalog,
            numbers=numbers,
            stock=self.stock,
            rules=RuleBook(tables, tables),
        )
        self.returns = ReturnService(
            items=tables,
            transaction=tables,
            clock=clock,
            sealer=PlainSealer(),
            catalog=self.catalog,
            numbers=numbers,
            stock=self.stock,
            orders=self.orders,
            exceptions=ExceptionBook(items=tables, transaction=tables, clock=clock),
        )
        self.purchasing = PurchasingService(
            store=PurchasingStore(tables),
            transaction=tables,
            clock=clock,
            numbers=numbers,
            catalog=self.catalog,
            stock=self.stock,
            tolerances=Tolerances(items=tables, transaction=tables),
            batches=BatchRules(items=tables, transaction=tables),
        )
        self.transit = TransitBook(items=tables, transaction=tables, clock=clock)
        self.movements = MovementOrders(
            store=MovementOrderStore(tables),
            transaction=tables,
            clock=clock,
            numbers=numbers,
            catalog=self.catalog,
            stock=self.stock,
            transit=self.transit,
        )
        self.transfers = Transfers(
            store=TransferStore(tables),
            transaction=tables,
            clock=clock,
            numbers=numbers,
            catalog=self.catalog,
            orders=self.movements,
            transit=self.transit,
        )
        self.whole_transfers = WholeTransfers(
            store=TransferStore(tables), clock=clock, orders=self.movements
        )
        self.closing = TransferClosing(
            store=TransferStore(tables),
            transaction=tables,
            clock=clock,
            catalog=self.catalog,
            stock=self.stock,
            transit=self.transit,
            tolerance=timedelta(hours=72),
        )
        self.adjustments = AdjustmentService(
            store=MovementStore(tables),
            stock=self.stock,
            catalog=self.catalog,
            transaction=tables,
            clock=clock,
        )
        self.adjustment_orders = AdjustmentOrders(
            store=AdjustmentOrderStore(tables),
            transaction=tables,
            clock=clock,
            numbers=numbers,
            catalog=self.catalog,
            adjustments=self.adjustments,
        )
        self.counts = StockCounts(
            store=CountStore(tables),
            adjustments=self.adjustments,
            stock=self.stock,
            catalog=self.catalog,
            transaction=tables,
            clock=clock,
        )
        self.log = MessageLog(
            files=self.files,
            store=MessageStore(tables),
            transaction=tables,
            clock=clock,
            ids=CountingIds(),
        )
        self.store = WarehouseStore(tables)
        self.slices = documents = Documents(
            orders=self.orders,
            purchasing=self.purchasing,
            returns=self.returns,
            movements=self.movements,
            transfers=self.whole_transfers,
            adjustments=self.adjustment_orders,
        )
        recipients = Recipients(items=tables, digest=RecipientDigest(self.secrets))
        self.service = WarehouseService(
            store=self.store,
            transaction=tables,
            clock=clock,
            ids=CountingIds(),
            exchanges=Exchanges(log=self.log, http=self.http),
            secrets=self.secrets,
            catalog=self.catalog,
            documents=documents,
            recipients=recipients,
        )
        self.unanswered = UnansweredIntercepts(
            store=self.store,
            transaction=tables,
            clock=clock,
            calls=self.service.calls,
            circuits=self.service.circuits,
            statuses=self.service.statuses,
            catalog=self.catalog,
            orders=self.orders,
        )
        cases = self.cases_book = ExceptionBook(items=tables, transaction=tables, clock=clock)
        accepting = Accepting(
            store=self.store, transaction=tables, clock=clock, log=self.log, cases=cases
        )
        self.assembling = Assembling(
            store=self.store,
            assemblies=AssemblyStore(tables),
            transaction=tables,
            clock=clock,
        )
        self.callbacks = Callbacks(
            store=self.store,
            secrets=self.secrets,
            clock=clock,
            log=self.log,
            takers=all_takers(
                documents,
                store=self.store,
                clock=clock,
                catalog=self.catalog,
                accepting=accepting,
                assembling=self.assembling,
                statuses=self.service.statuses,
                recipients=recipients,
                adjustments=self.adjustments,
                counts=self.counts,
            ),
        )

    def _set_up(self, *, stock_open: bool) -> None:
        for number in ("1", "2"):
            self.catalog.put_warehouse(
                Warehouse(
                    code=f"WH{number}",
                    name="Hangzhou",
                    owner="ACME",
                    province="浙江省",
                    city="杭州市",
                    wms=f"W{number}",
                    stock_open=stock_open,
                )
            )
            self.service.put_connection(connection(f"W{number}"))
        self.catalog.put_shop(
            Shop(
                code="S1",
                channel="DEMO",
                name="示范店",
                owner="ACME",
                seller_name="Acme Ltd",
                seller_tax_no="91330100MA00000001",
            )
        )
        self.catalog.put_suppliers(
            "SRM", [SupplierInput(id="S-1", code="SUP1", name="茶园")], MESSAGE
        )
        self.catalog.put_skus("PIM", [sku_input(code) for code in ("A", "B", "C")], MESSAGE)
        self.delivered = len(self.tables.events)
        self.receive_stock("WH1", A=100, B=100, C=100)

    def receive_stock(self, code: str, **pieces: int) -> None:
        movements = [
            Movement(
                line=sku,
                kind=Kind.OPENING,
                warehouse=code,
                sku=sku,
                bucket=self.catalog.sku(sku).bucket,
                quantity=quantity,
                from_location=OPENING,
                to_location=warehouse(code),
                occurred_at=self.clock.now(),
                source=MESSAGE,
                given_value=100 * quantity,
            )
            for sku, quantity in pieces.items()
        ]
        posting = self.stock.plan_post(
            document=f"OPENING-{code}",
            movements=movements,
            posting_date=date(2026, 11, 22),
        )
        self.tables.commit(posting.writes)

    # --- doing

    def know_items(self) -> None:
        """Every WMS has acknowledged A, B and C, and the supplier."""
        for sku in ("A", "B", "C"):
            self.handle(sku_changed(sku))
        self.service.supplier_changed(supplier_changed("SUP1"))
        self.run()
        self.systems.calls.clear()

    def order(self, *lines: tuple[str, int, str], **changes: Any) -> str:
        """Places and routes an order; the number of its only fulfilment."""
        self.collect()
        body = order_body(*lines, **changes)
        given = parse_order(json.dumps(body).encode())
        no = self.orders.place(given, shop="S1", message=MESSAGE)[0].no
        self.orders.route(no)
        self.delivered = len(self.tables.events)
        return f"{no}-01"

    def purchase(self, *lines: tuple[str, int, int], identity: str = "P-1") -> str:
        """A purchase order of (SKU, pieces, price in 1/10,000) lines."""
        self.collect()
        given = PurchaseOrderInput(
            id=identity,
            supplier="SUP1",
            warehouse="WH1",
            owner="ACME",
            currency="CNY",
            lines=tuple(
                PurchaseLineInput(
                    line_no=number, sku=sku, quantity=quantity, price=price, tax_rate_percent=13
                )
                for number, (sku, quantity, price) in enumerate(lines, start=1)
            ),
        )
        no = self.purchasing.accept("SRM", given, MESSAGE)[0].no
        self.delivered = len(self.tables.events)
        return no

    def handle(self, event: Event) -> None:
        """Gives an event to its use case, if it is one of the gateway's."""
        use_cases = {
            "SkuChanged": self.service.sku_changed,
            "SupplierChanged": self.service.supplier_changed,
            "BundleChanged": self.service.bundle_changed,
            "ShopChanged": self.service.shop_changed,
            "WarehouseChanged": self.service.warehouse_changed,
            "ConnectionChanged": self.service.connection_changed,
            "CategoryChanged": self.catalog.retell_category,
            "DriftStepWanted": self.service.drift.step,
            "ItemsGathered": self.service.gathered,
            "OrdersGathered": self.service.gathered,
            "PurchaseOrderApproved": self.service.purchase_order_approved,
            "FulfilmentReserved": self.service.fulfilment_reserved,
            "CancelRequested": self.service.cancel_requested,
            "SourcingWanted": lambda event: self.orders.route(event.subject),
            "InterceptRequested": self.service.intercept_requested,
            "InterceptOverdue": lambda event: self.unanswered.follow_up(event.subject),
            "HoldWanted": self.service.hold_wanted,
            "ReturnApproved": self.service.return_approved,
            "ReturnCancelRequested": self.service.return_cancel_requested,
            "PurchaseCancelRequested": self.service.purchase_cancel_requested,
            "DispatchDue": self.service.dispatch_due,
            "AssemblyDue": lambda event: self.assembling.due(event.subject, event.data["version"]),
            "AdjustmentOrdered": self.service.adjustment_ordered,
            "MovementApproved": self.service.movement_approved,
            "MovementCancelRequested": self.service.movement_cancel_requested,
            "MovementConfirmed": lambda given: self.movements.post_confirmation(given.subject),
            "TransferLegChanged": lambda given: self.transfers.follow(given.subject),
            "TransferClosed": lambda given: self.closing.post_loss(given.subject),
            "TransfersOverdue": lambda given: self.closing.close_overdue(),
            "AdjustmentAccepted": lambda given: self.adjustments.post_adjustment(given.subject),
            "CountCompleted": lambda given: self.counts.adjust(given.subject),
            "CountPagesDue": lambda given: self.counts.remind(given.subject),
            "EntriesPosted": lambda given: self.costs.cost_pools(given.data["pools"]),
        }
        if event.kind in use_cases:
            use_cases[event.kind](event)

    def collect(self) -> None:
        """Takes the new events, each due after its delay."""
        new = self.tables.events[self.delivered :]
        self.delivered = len(self.tables.events)
        self.later += [
            (self.clock.now() + timedelta(seconds=event.delay_seconds), event) for event in new
        ]

    def step(self) -> bool:
        """Delivers the next event at its time; what isn't available comes again in 2 minutes."""
        self.collect()
        if not self.later:
            return False
        self.later.sort(key=lambda each: each[0])
        due, event = self.later.pop(0)
        self.clock.moment = max(self.clock.moment, due)
        try:
            self.handle(event)
        except (Unavailable, Killed):
            self.later.append((self.clock.now() + timedelta(seconds=120), event))
        return True

    def run(self, steps: int = 400) -> None:
        """Delivers until nothing is left."""
        for _ in range(steps):
            if not self.step():
                return
        raise AssertionError("it doesn't come to rest")

    def run_only(self, wms: str) -> None:
        """Delivers until nothing is left, but nothing for other WMS."""
        for _ in range(400):
            self.collect()
            self.later = [each for each in self.later if each[1].data.get("wms", wms) == wms]
            if not self.step():
                return
        raise AssertionError("it doesn't come to rest")

    def run_until_sent(self, method: str) -> None:
        """Delivers until a WMS has been called with this method."""
        while method not in self.systems.methods():
            assert self.step(), f"{method} was never sent"

    def callback(self, method: str, body: str | bytes, *, wms: str = "W1", **changes: str) -> Node:
        """Sends a signed callback; the answer."""
        raw = body if isinstance(body, bytes) else body.encode()
        return read(
            self.callbacks.receive(wms, self.head(method, raw, wms, **changes), raw).xml,
            root="response",
        )

    def head(self, method: str, raw: bytes, wms: str, **changes: str) -> HttpHead:
        parameters = {
            "method": method,
            "timestamp": write_time(self.clock.now()),
            "format": "xml",
            "app_key": f"app-{wms}",
            "v": "2.0",
            "sign_method": "md5",
            "customerId": f"c-{wms}",
        } | {name: value for name, value in changes.items() if name != "sign"}
        query = list(parameters.items())
        secret = self.secrets.values[f"{wms}-callback"][0]
        signature = changes.get("sign") or sign(query, raw, secret=secret, method="md5")
        return HttpHead(
            verb="POST",
            url=f"/wms/{wms}/qimen",
            query=(*query, ("sign", signature)),
            headers={},
        )

    # --- looking

    def dispatch(self, dispatch: str) -> Dispatch:
        return self.service.dispatch(dispatch)

    def state_of(self, dispatch: str) -> str:
        return self.dispatch(dispatch).state.value

    def cases(self) -> list[str]:
        found = self.tables.query("documents", "EXCEPTIONS#OPEN", index="gsi1").items
        return sorted(item["kind"] for item in found)

    def outcomes(self) -> list[tuple[str, str]]:
        """Method and outcome of every message, in order."""
        rows = [item for key, item in sorted(self.tables.tables.items()) if key.table == "messages"]
        rows.sort(key=lambda item: item["id"])
        return [(item["method"], item["outcome"]) for item in rows]

    def documents(self) -> dict[Key, dict[str, Any]]:
        """Everything but the message log."""
        return {
            key: dict(item) for key, item in self.tables.tables.items() if key.table != "messages"
        }


def connection(code: str, **changes: Any) -> Connection:
    first = Connection(
        code=code,
        url=f"http://wms/{code}?t=registered",
        customer_id=f"c-{code}",
        app_key=f"app-{code}",
        secret=code,
        callback_secret=f"{code}-callback",
        owner="OWNER-AT-WMS",
        sender=SENDER,
    )
    return replace(first, **changes)


def texts(block: Node, *names: str) -> dict[str, str]:
    """What of these is given."""
    found = {name: block.text(name) for name in names}
    return {name: text for name, text in found.items() if text}


def sku_input(code: str, **changes: Any) -> SkuInput:
    first = SkuInput(
        id=f"P-{code}",
        code=code,
        owner="ACME",
        name=f"绿茶 {code}",
        barcode="6901234567892",
        tax_rate_percent=13,
    )
    return replace(first, **changes)


def sku_changed(sku: str, version: int = 1) -> Event:
    return Event(
        id=f"SkuChanged:{sku}:{version}",
        kind="SkuChanged",
        subject=sku,
        occurred_at=SettableClock().now(),
        correlation=sku,
        data={"sku": sku, "version": version, "owner": "ACME"},
    )


def supplier_changed(supplier: str, version: int = 1) -> Event:
    return Event(
        id=f"SupplierChanged:{supplier}:{version}",
        kind="SupplierChanged",
        subject=supplier,
        occurred_at=SettableClock().now(),
        correlation=supplier,
        data={"supplier": supplier, "version": version},
    )


def reserved(fulfilment: str, warehouse_code: str = "WH1") -> Event:
    return Event(
        id=f"FulfilmentReserved:{fulfilment}",
        kind="FulfilmentReserved",
        subject=fulfilment,
        occurred_at=SettableClock().now(),
        correlation=fulfilment.rpartition("-")[0],
        data={"warehouse": warehouse_code},
    )


def approved(order: str) -> Event:
    return Event(
        id=f"PurchaseOrderApproved:{order}",
        kind="PurchaseOrderApproved",
        subject=order,
        occurred_at=SettableClock().now(),
        correlation=order,
        data={"warehouse": "WH1"},
    )


def order_body(*lines: tuple[str, int, str], **changes: Any) -> dict[str, Any]:
    total = sum(quantity * round(float(price) * 100) for _, quantity, price in lines)
    return {
        "channel_order_id": "6712345678901234567",
        "currency": "CNY",
        "placed_at": "2026-11-22T09:30:00+08:00",
        "paid_at": "2026-11-22T09:31:05+08:00",
        "lines": [
            {
                "channel_line_id": f"L{number}",
                "sku": sku,
                "quantity": quantity,
                "unit_price": price,
            }
            for number, (sku, quantity, price) in enumerate(lines, start=1)
        ],
        "payable": f"{total // 100}.{total % 100:02d}",
        "receiver": {
            "name": "张三",
            "mobile": "13800000000",
            "province": "浙江省",
            "city": "杭州市",
            "district": "西湖区",
            "address": "文一西路 1 号",
        },
    } | changes
