"""Batches, as the control API and as the protocol name them."""

from __future__ import annotations

from local.simulators.application import JsonObject
from local.simulators.fields import Fields
from local.simulators.wms.stock import Lot

LOT_FIELDS = ("inventory_type", "product_date", "expire_date", "produce_code")


def lot_in(fields: Fields, inventory_type: str = "ZP") -> Lot:
    """The lot that fields of a control request name."""
    return Lot(
        inventory_type=fields.text("inventory_type", inventory_type),
        batch_code=fields.text("batch_code", fields.text("batch", "")),
        product_date=fields.text("product_date", ""),
        expire_date=fields.text("expire_date", ""),
        produce_code=fields.text("produce_code", ""),
    )


def batches_of(line: Fields, inventory_type: str) -> list[tuple[Lot, int]]:
    """The batches of a line with their quantities."""
    batches = line.objects("batches")
    for batch in batches:
        batch.only("quantity", "batch", "batch_code", *LOT_FIELDS)
    return [(lot_in(batch, inventory_type), batch.whole("quantity")) for batch in batches]


def described_batches(parts: list[tuple[Lot, int]], quantity_name: str = "actualQty") -> JsonObject:
    """`{"batchs": [...]}` for the parts that have a batch, nothing when none has."""
    batches = [
        described_lot(lot) | {quantity_name: quantity} for lot, quantity in parts if lot.batch_code
    ]
    return {"batchs": batches} if batches else {}


def described_lot(lot: Lot) -> JsonObject:
    """A lot in the protocol's names; what is not given is left out."""
    return {
        "batchCode": lot.batch_code or None,
        "productDate": lot.product_date or None,
        "expireDate": lot.expire_date or None,
        "produceCode": lot.produce_code or None,
        "inventoryType": lot.inventory_type,
    }
