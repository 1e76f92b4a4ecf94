"""The settings of a connection as `docs/wms.md` lists them, each with its default and meaning."""

from __future__ import annotations

import json
from dataclasses import MISSING, Field, fields
from enum import Enum
from typing import Any

from chalicelib.kernel.items import to_item
from chalicelib.warehouse.connections import Connection
from docs.generate.tables import table

MEANINGS = {
    "code": "names the connection; stands in the address that the WMS calls",
    "url": "where it takes our calls, http or https; parameters in it are kept and signed",
    "customer_id": "its `customerId`",
    "app_key": "its `app_key`",
    "secret": "the key that we sign with; kept with the secrets, shown nowhere",
    "owner": "our code there (`ownerCode`)",
    "sender": "who stands on the parcels: `name`, `mobile`, `province`, `city`, `address`, and if "
    "wanted `district`, `town`, `zip_code`, `phone`, `company`, `email`, `country_code`",
    "callback_secret": "the key that it signs its callbacks with; empty: ours",
    "callback_app_key": "the `app_key` of its callbacks; empty: as ours",
    "callback_customer_id": "the `customerId` of its callbacks; empty: as ours",
    "dialect": "one of the [dialects](#dialects)",
    "method_prefix": "what stands before the method in our calls; null: as the dialect says",
    "zone": "the zone of all times, `+08:00` or `Asia/Tokyo`; empty: as the dialect says",
    "declaration": "whether our XML begins with a declaration; null: as the dialect says",
    "stock_changes": "`SIGNED` or `POSITIVE` quantities of stock changes; null: as the dialect "
    "says",
    "version": "the parameter `v`",
    "sign_method": "`md5`, `hmac` or `hmac-sha256`, for our calls",
    "callback_sign_methods": "those that its callbacks may be signed by",
    "timeout_seconds": "how long we wait for an answer",
    "slow_seconds": "an answer that takes longer counts as a failure of the peer",
    "window_seconds": "how far the `timestamp` of a callback may be off",
    "logistics_code": "the carrier of delivery orders; `OTHER`: the WMS chooses",
    "unique_out_biz_code": "whether an outBizCode of its names one message: a re-send repeats it, "
    "another message never does",
    "absolute_counts": "whether its inventory.report tells what lies there, and not what differs",
    "most_attempts": "how often a message is sent before a person is asked",
    "failures": "rules of its own for what a failure means, before the usual ones: `kind` "
    "(`ALREADY_EXISTS`, `NOT_FOUND`, `RETRY`, `REFUSED`), and expressions for `method`, `code`, "
    "`text`",
    "warehouse_codes": "our warehouse's code to its own, where they differ",
    "intercepts": "whether a parcel is to be stopped on the road by itself after a refused cancel",
    "intercept_wait_seconds": "how long an intercept may stay without an answer before a person is "
    "asked",
    "most_lines": "lines that it takes in one message; 0: any number",
    "confirms_in_parts": "whether a confirm with fewer lines than its totalOrderLines is a part",
    "parts_wait_seconds": "how long parts may stay away before a person is told",
    "most_at_once": "calls at the same time; 0: no limit",
    "calls_per_minute": "calls in a minute; 0: no limit",
    "hours": "when it may be called: `opens`, `closes` (`08:00`), `days` (1 Monday … 7 Sunday), "
    "`holidays`, `zone`",
    "active": "whether anything goes either way",
    "takes_suppliers": "whether it is told suppliers",
    "takes_bundles": "whether it is told bundles",
    "takes_shops": "whether it is told the shops whose orders it ships (shop.synchronize)",
    "takes_warehouses": "whether it is told its own warehouses (warehouseinfo.synchronize), and "
    "asked about them when it is asked what it knows",
    "takes_transfers": "whether a transfer between two of its warehouses goes as one document "
    "(transferorder.create)",
    "takes_adjustments": "whether it is told adjustments that are ordered here "
    "(inventory.synchronize); they are booked here otherwise",
    "batch_items": "changed SKUs in one items.synchronize; 0: each alone",
    "batch_orders": "delivery orders in one deliveryorder.batchcreate; 0: each alone",
    "batch_answer_seconds": "how long it may take for deliveryorder.batchcreate.answer; 0: its "
    "answer at once counts",
    "queries_per_minute": "how fast it may be asked what it knows of our master data",
    "finds_orders": "whether it may ask for the orders of a person (order.query)",
}


def settings_table() -> str:
    """Every setting, the needed ones first."""
    known = [each.name for each in fields(Connection)]
    if known != list(MEANINGS):
        raise ValueError(f"MEANINGS has other settings, or in another order: {known}")
    rows = [(f"`{each.name}`", _default(each), MEANINGS[each.name]) for each in fields(Connection)]
    return table(("setting", "default", "what it says"), rows)


def _default(setting: Field[Any]) -> str:
    if setting.name == "secret":
        return "needed the first time"
    made = setting.default_factory
    value = made() if made is not MISSING else setting.default
    if value is MISSING:
        return "needed"
    if setting.name == "hours":
        return "always"
    if isinstance(value, Enum):
        value = value.value
    return f"`{json.dumps(to_item({'value': value})['value'])}`"
