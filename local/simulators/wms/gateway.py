"""Where the OMS calls: `POST /{warehouse}/qimen?method=…&sign=…`.

Every request is kept before anything acts on it. It is then checked (signature, keys, time),
handled in one transaction, and answered: HTTP 200 always, `flag` decides.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import UTC, datetime

from local.simulators.application import JsonObject, Refused, Request, Response
from local.simulators.behaviour import Behaviours
from local.simulators.intake import Answer, Intake
from local.simulators.store import Store
from local.simulators.wms import (
    batches,
    counting,
    deliveries,
    entries,
    inventory,
    masterdata,
    orders,
    partners,
    processing,
    qimen,
    returns,
    stockouts,
    transfers,
)
from local.simulators.wms.strict import Block, Refusal
from local.simulators.wms.warehouse import Warehouse

METHODS: dict[str, Callable[[Warehouse, Block], JsonObject]] = {
    "singleitem.synchronize": masterdata.synchronize_item,
    "singleitem.query": masterdata.query_item,
    "items.synchronize": masterdata.synchronize_items,
    "combineitem.synchronize": masterdata.synchronize_bundle,
    "combineitem.query": masterdata.query_bundle,
    "combineitem.delete": masterdata.delete_bundle,
    "supplier.synchronize": masterdata.synchronize_supplier,
    "shop.synchronize": partners.synchronize_shop,
    "warehouseinfo.synchronize": partners.synchronize_warehouses,
    "warehouseinfo.query": partners.query_warehouses,
    "entryorder.create": entries.create_entry,
    "entryorder.query": entries.query_entry,
    "returnorder.create": returns.create_return,
    "returnorder.query": returns.query_return,
    "stockout.create": stockouts.create_stockout,
    "stockout.query": stockouts.query_stockout,
    "deliveryorder.create": deliveries.create_delivery,
    "deliveryorder.batchcreate": batches.create_deliveries,
    "deliveryorder.query": deliveries.query_delivery,
    "presalespackage.consign": partners.consign,
    "order.cancel": orders.cancel_order,
    "order.pending": orders.hold_order,
    "order.callback": orders.intercept,
    "orderprocess.query": orders.query_processes,
    "orderstatus.batchquery": orders.query_statuses,
    "itemlack.query": orders.query_lack,
    "inventory.query": inventory.query_inventory,
    "stock.query": inventory.query_stock,
    "inventorybatch.query": inventory.query_batches,
    "inventorycheck.query": counting.query_check,
    "inventory.synchronize": counting.adjust,
    "storeprocess.create": processing.create_process,
    "transferorder.create": transfers.create_transfer,
    "transferorder.query": transfers.query_transfer,
}
_SIGN_METHODS = ("md5", "hmac", "hmac-sha256")


class Gateway:
    """The incoming side of all warehouses of a simulator."""

    def __init__(
        self, warehouses: dict[str, Warehouse], store: Store, behaviours: Behaviours
    ) -> None:
        self._warehouses = warehouses
        self._store = store
        self._intake = Intake(store, behaviours)

    def receive(self, request: Request) -> Response:
        """Answers one Qimen request."""
        code = request.arguments["warehouse"]
        warehouse = self._warehouses.get(code)
        if warehouse is None:
            raise Refused(404, f"no warehouse {code}")
        method = request.parameter("method").removeprefix(qimen.PREFIX)
        return self._intake.take(
            request,
            peer=code,
            method=method,
            codes=qimen.codes_in(request.body),
            answer=lambda: self._answer(warehouse, method, request),
            failure=lambda ordered: _failed(ordered.code, ordered.message),
        )

    def _answer(self, warehouse: Warehouse, method: str, request: Request) -> Answer:
        try:
            _check_envelope(warehouse, request)
            if method not in METHODS:
                raise Refusal("-99", f"不支持的接口: {method}")
            root = qimen.parse(request.body)
            if root.tag != "request":
                raise Refusal("XML", f"根节点须为 request: {root.tag}")
            with self._store.transaction():
                fields = METHODS[method](warehouse, Block(root, "request"))
        except Refusal as refusal:
            return _failed(refusal.code, refusal.message)
        except qimen.Unreadable as error:
            return _failed("XML", f"报文无法解析: {error}")
        return _said("success", "0", "成功", **fields)


def _failed(code: str, text: str) -> Answer:
    return _said("failure", code, text)


def _said(flag: str, code: str, text: str, **fields: object) -> Answer:
    body = qimen.response(flag, code, text, **fields)
    return flag, Response(body=body, content_type=qimen.CONTENT_TYPE)


def _check_envelope(warehouse: Warehouse, request: Request) -> None:
    settings = warehouse.settings
    parameters = dict(request.query)
    if len(parameters) != len(request.query):
        raise Refusal("PARAMETER", "查询参数重复")
    for name in ("method", "timestamp", "format", "app_key", "v", "sign", "sign_method"):
        if not parameters.get(name):
            raise Refusal("PARAMETER", f"缺少查询参数: {name}")
    if not parameters.get("customerId"):
        raise Refusal("-1000", "缺少查询参数: customerId")
    sign_method = parameters["sign_method"]
    if sign_method not in _SIGN_METHODS:
        raise Refusal("PARAMETER", f"不支持的 sign_method: {sign_method}")
    expected = qimen.sign(settings.secret, request.query, request.body, sign_method)
    if not hmac.compare_digest(expected.encode(), parameters["sign"].encode()):
        raise Refusal("SIGN", "签名错误: sign 与密钥、参数、报文不符")
    wanted = {
        "format": "xml",
        "app_key": settings.app_key,
        "customerId": settings.customer_id,
    }
    for name, value in wanted.items():
        if parameters[name] != value:
            raise Refusal("PARAMETER", f"{name} 不符: {parameters[name]}")
    _check_time(settings.timestamp_tolerance_seconds, parameters["timestamp"])


def _check_time(tolerance_seconds: float, timestamp: str) -> None:
    try:
        sent = qimen.read_time(timestamp)
    except ValueError:
        raise Refusal("TIMESTAMP", f"timestamp 格式错误: {timestamp}") from None
    if abs((datetime.now(UTC) - sent).total_seconds()) > tolerance_seconds:
        raise Refusal("TIMESTAMP", f"timestamp 超出时间窗口: {timestamp}")
