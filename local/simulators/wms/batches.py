"""deliveryorder.batchcreate: several delivery orders in one message, each for itself."""

from __future__ import annotations

from local.simulators.application import JsonObject
from local.simulators.wms import deliveries
from local.simulators.wms.strict import Block, Refusal
from local.simulators.wms.warehouse import Warehouse


def create_deliveries(warehouse: Warehouse, request: Block) -> JsonObject:
    """Takes the orders that can be taken, and names the others."""
    failed = []
    for order in request.blocks("orders"):
        try:
            with warehouse.store.transaction():
                deliveries.create_delivery(warehouse, order)
        except Refusal as refusal:
            header = order.element.find("deliveryOrder")
            code = header.findtext("deliveryOrderCode", "") if header is not None else ""
            failed.append({"deliveryOrderCode": code, "message": refusal.message[:100]})
    return {"orders": failed} if failed else {}
