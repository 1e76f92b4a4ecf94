"""Messages that wait for a person: held, or refused for what came after them."""

from __future__ import annotations

import contextlib
from typing import Any

from chalicelib.aws.dynamodb import plain_item
from tests.proofs.deliveries import Callback, ComesAgain, Signed
from tests.proofs.main_job import ERP, PIM, line, order_body, sku
from tests.proofs.world import World

EAST = "WH-EAST"

CHANGES = "".join(
    f"<item><ownerCode>DEMO</ownerCode><warehouseCode>{EAST}</warehouseCode>"
    f"<orderCode>A{number}</orderCode><outBizCode>A{number}</outBizCode><itemCode>LATE</itemCode>"
    f"<orderType>QTRK</orderType><inventoryType>ZP</inventoryType><quantity>{number}</quantity>"
    f"</item>"
    for number in (1, 2)
)


def receipt(code: str, pieces: int) -> bytes:
    return (
        f"<request><entryOrder><entryOrderCode>{code}</entryOrderCode>"
        f"<warehouseCode>{EAST}</warehouseCode><outBizCode>RK1</outBizCode>"
        f"<confirmType>0</confirmType><status>FULFILLED</status></entryOrder><orderLines>"
        f"<orderLine><orderLineNo>1</orderLineNo><itemCode>TEE</itemCode>"
        f"<actualQty>{pieces}</actualQty></orderLine></orderLines></request>"
    ).encode()


def rows(world: World) -> list[dict[str, Any]]:
    """The log's rows."""
    found = [plain_item(raw) for raw in world.raw_rows("messages")]
    return [row for row in found if "outcome" in row]


def tried(world: World, delivery: Callback | Signed) -> str:
    """Delivers what is refused or held; the message's id."""
    before = {row["id"] for row in rows(world)}
    with contextlib.suppress(ComesAgain):
        world.deliver(delivery)
    (message,) = {row["id"] for row in rows(world)} - before
    return str(message)


def prepared(world: World) -> dict[str, str]:
    """A held receipt, and an order and changes of stock that came before their SKU."""
    world.deliver(Signed(path="/v1/skus", client=PIM, body={"skus": [sku("TEE")]}))
    supplier = {"id": "pim-S1", "code": "SUP1", "name": "晨光纺织有限公司"}
    world.deliver(Signed(path="/v1/suppliers", client=PIM, body={"suppliers": [supplier]}))
    bought = {
        "id": "erp-1", "supplier": "SUP1", "warehouse": EAST, "owner": "DEMO", "currency": "CNY",
        "lines": [{"line_no": 1, "sku": "TEE", "quantity": 9, "price": "25.0000",
                   "tax_rate_percent": 13}],
    }  # fmt: skip
    _, answer = world.deliver(Signed(path="/v1/purchase-orders", client=ERP, body=bought))
    code = str(answer["purchase_order"])
    confirm = "entryorder.confirm"
    tried(world, Callback(wms=EAST, method=confirm, body=receipt(code, 5)))
    held = tried(world, Callback(wms=EAST, method=confirm, body=receipt(code, 4)))
    body = f"<request><items>{CHANGES}</items></request>".encode()
    changes = tried(world, Callback(wms=EAST, method="stockchange.report", body=body))
    late = order_body("late", [line(1, "LATE", 1, "20.00")], payable="20.00")
    order = tried(world, Signed(path="/v1/orders", client="shop-demo", body=late))
    world.deliver(Signed(path="/v1/skus", client=PIM, body={"skus": [sku("LATE")]}))
    world.turned_down.clear()
    return {"held": held, "changes": changes, "order": order}
