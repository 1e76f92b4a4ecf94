"""Request bodies as JSON Schema.

Documents: from the structs that they are decoded into, so they can't differ. Token holders' small
bodies are read field by field in the views; they are written down here, and a test
compares the fields with those that the views read.
"""

from __future__ import annotations

import inspect
import json
from typing import Any

import msgspec

from chalicelib.catalog import boms
from chalicelib.catalog import bundle_intake as bundles
from chalicelib.catalog import category_intake as categories
from chalicelib.catalog import intake as catalog
from chalicelib.movements import processing
from chalicelib.movements.adjusting import intake as adjustment_orders
from chalicelib.movements.orders import intake as movement_orders
from chalicelib.movements.transfers import intake as transfers
from chalicelib.orders import intake as orders
from chalicelib.orders.returns import intake as returns
from chalicelib.purchasing import calendar
from chalicelib.purchasing import intake as purchasing
from chalicelib.routing import rules
from chalicelib.warehouse import enquiry
from chalicelib.warehouse.statuses import checking as statuses

Schema = dict[str, Any]

WHOLE: dict[str, tuple[str, Any, Any]] = {
    "/v1/orders": ("Order", orders, orders._Body),
    "/v1/skus": ("Skus", catalog, catalog._Skus),
    "/v1/bundles": ("Bundles", bundles, bundles._Bundles),
    "/v1/categories": ("Categories", categories, categories._Categories),
    "/v1/suppliers": ("Suppliers", catalog, catalog._Suppliers),
    "/v1/purchase-orders": ("PurchaseOrder", purchasing, purchasing._Order),
    "/v1/returns": ("Return", returns, returns._Return),
    "/v1/orders/{order_no}/returns": ("Return", returns, returns._Return),
    "/v1/orders/{order_no}/reshipments": ("Reshipment", returns, returns._Reshipment),
    "/v1/delivery-appointments": ("Appointment", purchasing, purchasing._Appointment),
    "/v1/delivery-calendars/{warehouse}": ("Calendar", calendar, calendar._Calendar),
    "/v1/purchase-orders/drafts": ("PurchaseOrder", purchasing, purchasing._Order),
    "/v1/purchase-orders/{number}": ("PurchaseChange", purchasing, purchasing._Change),
    "/v1/adjustment-orders": ("AdjustmentOrder", adjustment_orders, adjustment_orders._Order),
    "/v1/adjustment-orders/by-hand": (
        "AdjustmentOrder",
        adjustment_orders,
        adjustment_orders._Order,
    ),
    "/v1/movement-orders": ("MovementOrder", movement_orders, movement_orders._Order),
    "/v1/movement-orders/drafts": ("MovementOrder", movement_orders, movement_orders._Order),
    "/v1/transfers": ("Transfer", transfers, transfers._Transfer),
    "/v1/transfers/drafts": ("Transfer", transfers, transfers._Transfer),
    "/v1/boms": ("Bom", boms, boms._Bom),
    "/v1/boms/by-hand": ("Bom", boms, boms._Bom),
    "/v1/processing-orders": ("ProcessingOrder", processing, processing._Order),
    "/v1/processing-orders/drafts": ("ProcessingOrder", processing, processing._Order),
    "/v1/rules/{shop}": ("Rules", rules, rules._RuleSet),
    "/v1/wms/{wms}/queries": ("Enquiry", enquiry, enquiry.Enquiry),
    "/v1/wms/{wms}/statuses": ("Statuses", statuses, statuses._Statuses),
}
"""By path: bodies that are decoded into a struct, by its prefix, module and struct."""

_TEXT: Schema = {"type": "string"}
_YES_OR_NO: Schema = {"type": "boolean", "default": False}


def _object(needed: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    return {
        "type": "object",
        "properties": {**needed, **(optional or {})},
        "required": list(needed),
    }


_OPENING_LINE = _object(
    {
        "sku": _TEXT,
        "quantity": {"type": "integer", "minimum": 1},
        "value": {"type": "string", "description": 'of all pieces, such as "5000.00"'},
    },
    {"inventory_type": {**_TEXT, "default": "ZP"}, "batch": {**_TEXT, "default": ""}},
)

TOKEN_BODIES: dict[str, Schema] = {
    "/v1/orders/{order_no}/release": _object({"hold": _TEXT}),
    "/v1/orders/{order_no}/hold": _object({"hold": _TEXT, "reason": _TEXT}),
    "/v1/orders/{order_no}/cancel": _object({"reason": _TEXT}),
    "/v1/messages/{message_id}/replay": _object({}, {"reason": _TEXT, "dry_run": _YES_OR_NO}),
    "/v1/messages/{message_id}/accept": _object({"reason": _TEXT}, {"dry_run": _YES_OR_NO}),
    "/v1/numbers": _object({"buyer": _TEXT}, {"count": {"type": "integer", "default": 1}}),
    "/v1/opening-stock/{warehouse}": _object({"lines": {"type": "array", "items": _OPENING_LINE}}),
    "/v1/closes": _object({"day": {**_TEXT, "format": "date"}}, {"reason": _TEXT}),
    "/v1/closes/{run}/comparisons": _object({"warehouse": _TEXT}),
    "/v1/exports": _object(
        {
            "id": _TEXT,
            "warehouse": _TEXT,
            "since": {**_TEXT, "format": "date"},
            "until": {**_TEXT, "format": "date"},
        }
    ),
    "/v1/returns/{return_no}/refunded": _object({"reference": _TEXT}),
    "/v1/returns/unclaimed/{parcel}/match": _object(
        {}, {"return_no": _TEXT, "fulfilment_no": _TEXT}
    ),
    "/v1/returns/unclaimed/{parcel}/end": _object({"as": _TEXT, "because": _TEXT}),
    "/v1/purchase-orders/{number}/approve": _object({"version": {"type": "integer"}}),
    "/v1/purchase-orders/{number}/appointment": _object({"day": _TEXT, "starts": _TEXT}),
    "/v1/purchase-orders/{number}/cancel": _object({"because": _TEXT}),
    "/v1/purchase-orders/{number}/close": _object({"because": _TEXT}),
    "/v1/receipts/{receipt}/attach": _object({"purchase_order": _TEXT}),
    "/v1/tolerances": _object(
        {"percent": {"type": "integer"}, "pieces": {"type": "integer"}},
        {name: {**_TEXT, "default": "*"} for name in ("owner", "supplier", "warehouse")},
    ),
    "/v1/batch-rules": _object(
        {"template": _TEXT},
        {name: {**_TEXT, "default": "*"} for name in ("warehouse", "category")},
    ),
    "/v1/periods/{period}/close": _object(
        {"kind": {"type": "string", "enum": ["SOFT", "HARD"]}, "reason": _TEXT},
        {"sign_off": {"type": "object", "additionalProperties": _TEXT}},
    ),
    "/v1/periods/{period}/reopen": _object(
        {"reason": _TEXT}, {"hard": {"type": "boolean", "default": False}}
    ),
    "/v1/suspense/{document}": _object({"kind": _TEXT, "because": _TEXT}, {"sku": _TEXT}),
    "/v1/exceptions/settle": _object({"id": _TEXT, "because": _TEXT}),
    "/v1/dispatches/requeue": _object({"dispatch": _TEXT}),
    "/v1/wms/{wms}/drift": _object({}, {"fix": {"type": "boolean", "default": False}}),
    "/v1/dispatches/resend": _object({"dispatch": _TEXT}),
    "/v1/shops/{shop}/notices/{rule}": _object({"on": {"type": "boolean"}}),
}
"""By path; each has one method that takes a body."""


def whole_body(path: str) -> tuple[Schema, dict[str, Schema]]:
    """The schema of a body that is decoded into a struct, and the components it refers to."""
    prefix, module, struct = WHOLE[path]
    (schema,), components = msgspec.json.schema_components(
        (struct,), ref_template=f"#/components/schemas/{prefix}{{name}}"
    )
    named = {f"{prefix}{name}": each for name, each in components.items()}
    named[f"{prefix}{struct.__name__}"]["description"] = _described(module, struct)
    # The structs' names begin with an underscore, since nobody else uses them.
    read: tuple[Schema, dict[str, Schema]] = json.loads(
        json.dumps([schema, named]).replace(f"{prefix}_", prefix)
    )
    return read[0], read[1]


def fields_of(schema: Schema) -> frozenset[str]:
    """Every field that stands in a schema, at any depth."""
    found = set(schema.get("properties", {}))
    inner = [*schema.get("properties", {}).values(), schema.get("items")]
    for each in filter(None, inner):
        found |= fields_of(each)
    return frozenset(found)


def _described(module: Any, struct: Any) -> str:
    """What senders have to know: the struct's own words, else its module's, without what those say
    to the next engineer (the first paragraph, tables of keys).
    """
    own = vars(struct).get("__doc__")
    if own:
        return inspect.cleandoc(own)
    first, *rest = (module.__doc__ or "").split("\n\n")
    paragraphs = rest or [first]
    return "\n\n".join(each for each in paragraphs if not each.startswith("| ")).strip()
