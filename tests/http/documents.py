"""Good documents for the signed routes, to be changed in what a test is about."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from local.seeding import EAST


def as_json(value: Any, *, escaped: bool = False) -> bytes:
    return json.dumps(value, ensure_ascii=escaped, default=str).encode()


def order(**changes: Any) -> dict[str, Any]:
    """An order of two TEE and a MUG, 124.00 with freight and discounts."""
    return {
        "channel_order_id": "6712345678901234567",
        "currency": "CNY",
        "placed_at": "2026-11-22T09:10:00+08:00",
        "paid_at": "2026-11-22T09:11:05+08:00",
        "lines": [
            {
                "channel_line_id": "L1",
                "sku": "TEE",
                "name": "白色圆领 T 恤 M",
                "quantity": 2,
                "unit_price": "59.00",
                "discount": "8.00",
            },
            {"channel_line_id": "L2", "sku": "MUG", "quantity": 1, "unit_price": "18.00"},
        ],
        "order_discount": "10.00",
        "freight": "6.00",
        "payable": "124.00",
        "receiver": {
            "name": "欧阳小明",
            "mobile": "13712345678",
            "province": "浙江省",
            "city": "杭州市",
            "district": "西湖区",
            "address": "文一西路 969 号 3 幢 502 室",
        },
        "buyer": {"nick": "xiaoming", "remark": "请用黑色袋子", "email": "ou@example.com"},
        "invoice": {"kind": "PERSON", "title": "欧阳小明"},
        **changes,
    }


def sku(code: str = "TEE", **changes: Any) -> dict[str, Any]:
    return {
        "id": f"9007199254740993-{code}",
        "code": code,
        "owner": "DEMO",
        "name": "白色圆领 T 恤",
        "barcode": f"690{code}",
        "tax_rate_percent": 13,
        "tax_code": "1040201040000000000",
        **changes,
    }


def supplier(**changes: Any) -> dict[str, Any]:
    return {"id": "S-1", "code": "SUP1", "name": "晨光制衣", **changes}


def purchase(**changes: Any) -> dict[str, Any]:
    return {
        "id": "PO-1",
        "supplier": "SUP1",
        "warehouse": EAST,
        "owner": "DEMO",
        "currency": "CNY",
        "lines": [
            {"line_no": 1, "sku": "TEE", "quantity": 10, "price": "12.3456", "tax_rate_percent": 13}
        ],
        **changes,
    }


def bundle(**changes: Any) -> dict[str, Any]:
    return {
        "id": "B-1",
        "code": "SET",
        "owner": "DEMO",
        "name": "T 恤和杯子",
        "components": [{"sku": "TEE", "quantity": 1}, {"sku": "MUG", "quantity": 2}],
        **changes,
    }


def movement(**changes: Any) -> dict[str, Any]:
    return {
        "id": "M-1",
        "type": "QTCK",
        "warehouse": EAST,
        "owner": "DEMO",
        "department": "OFFICE",
        "lines": [{"line_no": 1, "sku": "TEE", "quantity": 1}],
        **changes,
    }


def adjustment_order(**changes: Any) -> dict[str, Any]:
    return {
        "id": "A-1",
        "warehouse": EAST,
        "owner": "DEMO",
        "type": "ADJUST",
        "reason": "broken in the shop window",
        "occurred_at": "2026-11-22T09:00:00+08:00",
        "lines": [{"line_no": 1, "sku": "TEE", "quantity": -1}],
        **changes,
    }


def category(**changes: Any) -> dict[str, Any]:
    return {"id": "C-1", "code": "TEES", "name": "T 恤", **changes}


def transfer(**changes: Any) -> dict[str, Any]:
    return {
        "id": "T-1",
        "from_warehouse": EAST,
        "to_warehouse": "WH-SOUTH",
        "owner": "DEMO",
        "lines": [{"line_no": 1, "sku": "TEE", "quantity": 1}],
        **changes,
    }


def bom(**changes: Any) -> dict[str, Any]:
    return {
        "id": "B-1",
        "code": "BOX",
        "owner": "DEMO",
        "product": "MUG",
        "components": [{"sku": "TEE", "quantity": 2}],
        **changes,
    }


def processing(**changes: Any) -> dict[str, Any]:
    return {
        "id": "W-1",
        "bom": "BOX",
        "service": "assemble",
        "warehouse": EAST,
        "pieces": 3,
        **changes,
    }


DOCUMENTS: Mapping[str, Callable[..., dict[str, Any]]] = {
    "/v1/orders": order,
    "/v1/skus": lambda **changes: {"skus": [sku(**changes)]},
    "/v1/bundles": lambda **changes: {"bundles": [bundle(**changes)]},
    "/v1/categories": lambda **changes: {"categories": [category(**changes)]},
    "/v1/suppliers": lambda **changes: {"suppliers": [supplier(**changes)]},
    "/v1/purchase-orders": purchase,
    "/v1/delivery-appointments": lambda **changes: {
        "id": "PO-1",
        "slot": {"day": "2026-12-01", "starts": "09:00"},
        **changes,
    },
    "/v1/boms": bom,
    "/v1/movement-orders": lambda **changes: movement(type="LYRK", **changes),
}
"""A good document for each signed route that needs no stock."""
