"""Shops and warehouses as people set them up: each change is a version, and an event with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from chalicelib.catalog.model import Shop, Warehouse
from chalicelib.catalog.store import CatalogStore, change_versioned, create_setup
from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Refused, Unavailable
from chalicelib.kernel.events import Event, Json
from chalicelib.kernel.strict_json import check_text
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes

Place = TypeVar("Place", Shop, Warehouse)

TRIES = 4
"""How often one is put again when others keep changing it."""

MOST_CODE = 50
MOST_NAME = 200
"""What the protocol takes as a code and as a name: its type table, string(50) and string(200)."""


class SettingUp:
    """Writes shops and warehouses."""

    def __init__(self, *, store: CatalogStore, transaction: Transaction, clock: Clock) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock

    def put(self, said: Place) -> None:
        """Sets one up, or says it anew, whatever version it is said to have; said as it is already,
        nothing changes. `Unavailable` if others keep changing it.
        """
        for _ in range(TRIES):
            held = self._store.setup(type(said), said.code)
            after = replace(said, version=1) if held is None else _said_anew(held, said)
            if after == held:
                return
            write = create_setup(after) if held is None else change_versioned(after)
            event = changed_event(after, self._clock)
            try:
                self._transaction.commit(Writes([write], [event]))
            except ConditionFailed:
                continue
            return
        raise Unavailable(f"others keep changing {said.code}")


def _said_anew(held: Place, said: Place) -> Place:
    same = replace(said, version=held.version)
    if isinstance(same, Warehouse) and isinstance(held, Warehouse):
        same = replace(same, stock_open=held.stock_open, opened_on=held.opened_on)
        if held.stock_open and held.cost_method is not same.cost_method:
            raise Refused(
                "cost_method_fixed",
                f"its stock is open and costed by {held.cost_method}",
                field="cost_method",
            )
    return held if same == held else replace(same, version=held.version + 1)


def check_shop(shop: Shop) -> None:
    """`Refused`, with the field, where a WMS couldn't be told of a shop."""
    check_text(shop.platform_code, field="platform_code", least=1, most=MOST_CODE)
    check_text(shop.platform_shop_code, field="platform_shop_code", most=MOST_CODE)
    check_text(shop.platform_shop_name, field="platform_shop_name", most=MOST_NAME)
    check_text(shop.address, field="address", most=MOST_NAME)


def check_warehouse(warehouse: Warehouse) -> None:
    """`Refused`, with the field, where a WMS couldn't be told of a warehouse."""
    for field in ("address", "contact"):
        check_text(getattr(warehouse, field), field=field, most=MOST_NAME)
    for field in ("phone", "mobile", "status"):
        check_text(getattr(warehouse, field), field=field, most=MOST_CODE)


def changed_event(place: Shop | Warehouse, clock: Clock) -> Event:
    """`ShopChanged` or `WarehouseChanged`, of this version; nobody's name, address or number."""
    kind, data = "ShopChanged", dict[str, Json](version=place.version)
    if isinstance(place, Warehouse):
        kind = "WarehouseChanged"
        data |= {"warehouse": place.code, "wms": place.wms}
    else:
        data |= {"shop": place.code}
    return Event(
        id=f"{kind}:{place.code}:{place.version}",
        kind=kind,
        subject=place.code,
        occurred_at=clock.now(),
        correlation=place.code,
        data=data,
    )
