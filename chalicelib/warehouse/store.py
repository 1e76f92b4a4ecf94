"""The gateway's items in the table `documents`.

| item | pk | sk | index |
| --- | --- | --- | --- |
| connection | `WMS#<code>` | `HEAD` | gsi1 `WMS` / code |
| circuit | `WMS#<code>` | `CIRCUIT` | |
| its own status rows | `WMS#<code>` | `STATUSES` | |
| calls, where limited | `WMS#<code>` | `USAGE` | |
| dispatch | `DISPATCH#<document>#<method>[#<wms>]` | `HEAD` | gsi1 `DISPATCHES#<state>` / time,
while it isn't well; `GATHERED#<wms>#<kind>` / time while it is to go with others |
| acknowledged SKU | `MASTER#<wms>` | `SKU#<code>` | |
| acknowledged supplier, bundle | `MASTER#<wms>` | `SUPPLIER#<code>`, `BUNDLE#<code>` | |
| acknowledged shop, warehouse | `MASTER#<wms>` | `SHOP#<code>`, `WAREHOUSE#<code>` | |
| accepted callback | `CALLBACK#<wms>#<method>#<order>` | `OUT#<outBizCode>#<digest>` | |
| the first under an outBizCode | … | `FIRST#<outBizCode>` | |
| a further part, whatever its times | … | `SAME#<outBizCode>#<timeless digest>` | |
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.kernel.clock import to_text
from chalicelib.kernel.items import Items, from_item, query_all, to_item
from chalicelib.kernel.writes import Absent, AllOf, AnyOf, Equals, Exists, Key, Put, Value
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.drift_store import Drifts
from chalicelib.warehouse.gathering_store import Gatherings
from chalicelib.warehouse.model import Dispatch
from chalicelib.warehouse.recognising import AcceptedCallback
from chalicelib.warehouse.states import WAITING, DispatchState
from chalicelib.warehouse.statuses.model import StatusTable
from chalicelib.warehouse.statuses.rows import statuses_key

TABLE = "documents"
STALE_DISPATCH = "stale_dispatch"
CALLBACK_TAKEN = "callback_taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """That a WMS knows a SKU or another master document: our version it has, and the number it
    gave. One of version 0 was found missing there.
    """

    version: int
    wms_id: str
    message_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """How a WMS has been doing: failures in a row; until `open_until` nobody calls it.

    After that one caller at a time probes it, by moving `open_until` on.
    """

    wms: str
    failures: int = 0
    open_until: datetime | None = None
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A WMS: how to reach it, and how it has been doing."""

    connection: Connection
    circuit: Circuit


def connection_key(code: str) -> Key:
    """A connection's item."""
    return Key(TABLE, f"WMS#{code}", "HEAD")


def circuit_key(code: str) -> Key:
    """A connection's circuit."""
    return Key(TABLE, f"WMS#{code}", "CIRCUIT")


def usage_key(code: str) -> Key:
    """The calls to a WMS that has limits."""
    return Key(TABLE, f"WMS#{code}", "USAGE")


def dispatch_key(dispatch: str) -> Key:
    """A dispatch's item."""
    return Key(TABLE, f"DISPATCH#{dispatch}", "HEAD")


def item_key(wms: str, sku: str) -> Key:
    """What a WMS has acknowledged of a SKU."""
    return Key(TABLE, f"MASTER#{wms}", f"SKU#{sku}")


def supplier_key(wms: str, supplier: str) -> Key:
    """What a WMS has acknowledged of a supplier."""
    return Key(TABLE, f"MASTER#{wms}", f"SUPPLIER#{supplier}")


def bundle_key(wms: str, bundle: str) -> Key:
    """What a WMS has acknowledged of a bundle."""
    return Key(TABLE, f"MASTER#{wms}", f"BUNDLE#{bundle}")


def shop_key(wms: str, shop: str) -> Key:
    """What a WMS has acknowledged of a shop."""
    return Key(TABLE, f"MASTER#{wms}", f"SHOP#{shop}")


def warehouse_key(wms: str, warehouse: str) -> Key:
    """What a WMS has acknowledged of a warehouse."""
    return Key(TABLE, f"MASTER#{wms}", f"WAREHOUSE#{warehouse}")


def callback_key(scope: str, identity: str) -> Key:
    """An accepted callback; `scope` is `<wms>#<method>#<order code>`."""
    return Key(TABLE, f"CALLBACK#{scope}", identity)


class WarehouseStore:
    """Reads of the gateway's items, all consistent but for the list of connections."""

    def __init__(self, items: Items) -> None:
        self._items = items
        self.gatherings = Gatherings(items)
        self.drifts = Drifts(items)

    def connection(self, code: str) -> Connection | None:
        """One connection."""
        item = self._items.get(connection_key(code))
        return None if item is None else from_item(item, Connection)

    def connections(self) -> list[Connection]:
        """All connections, by code."""
        items = query_all(self._items, TABLE, "WMS", index="gsi1")
        return [from_item(item, Connection) for item in items]

    def status_table(self, wms: str) -> StatusTable:
        """A WMS's own status rows; none under version 0."""
        item = self._items.get(statuses_key(wms))
        return StatusTable(wms=wms) if item is None else from_item(item, StatusTable)

    def circuit(self, code: str) -> Circuit:
        """A connection's circuit; a new one where nothing has failed yet."""
        item = self._items.get(circuit_key(code))
        return Circuit(wms=code) if item is None else from_item(item, Circuit)

    def usage_item(self, code: str) -> Mapping[str, Any] | None:
        """The calls to a WMS that has limits, as `limits.Usage`."""
        return self._items.get(usage_key(code))

    def dispatch(self, dispatch: str) -> Dispatch | None:
        """One dispatch."""
        item = self._items.get(dispatch_key(dispatch))
        return None if item is None else from_item(item, Dispatch)

    def peer(self, code: str) -> Peer | None:
        """A connection with its circuit, by one request."""
        return self._peer(code, self._items.get_many([connection_key(code), circuit_key(code)]))

    def dispatch_and_peer(
        self, dispatch: str, wms: str, *, also: Sequence[Key] = ()
    ) -> tuple[Dispatch | None, Peer | None, Mapping[Key, Mapping[str, Any]]]:
        """A dispatch and its WMS, by one request, and what of other slices' items is `also` to be
        read with it.
        """
        keys = [dispatch_key(dispatch), connection_key(wms), circuit_key(wms)]
        found = self._items.get_many([*keys, *also])
        item = found.get(keys[0])
        loaded = None if item is None else from_item(item, Dispatch)
        return loaded, self._peer(wms, found), found

    def _peer(self, code: str, found: Mapping[Key, Mapping[str, Any]]) -> Peer | None:
        connection, circuit = found.get(connection_key(code)), found.get(circuit_key(code))
        if connection is None:
            return None
        return Peer(
            connection=from_item(connection, Connection),
            circuit=Circuit(wms=code) if circuit is None else from_item(circuit, Circuit),
        )

    def dispatches(self, ids: Iterable[str]) -> dict[str, Dispatch]:
        """Those of the dispatches that exist."""
        found = self._items.get_many([dispatch_key(each) for each in ids])
        loaded = [from_item(item, Dispatch) for item in found.values()]
        return {dispatch.id: dispatch for dispatch in loaded}

    def ahead(self, keys: Iterable[Key]) -> Mapping[Key, Mapping[str, Any]]:
        """Items of other slices that several dispatches of one message are about, read together."""
        return self._items.get_many(list(keys))

    def dispatches_in(
        self, state: DispatchState, *, limit: int, cursor: str | None
    ) -> tuple[list[Dispatch], str | None]:
        """Dispatches of a state that isn't well, the longest unchanged first, and where to go on;
        through an index, so a moment late.
        """
        page = self._items.query(
            "documents", f"DISPATCHES#{state.value}", index="gsi1", limit=limit, cursor=cursor
        )
        return [from_item(item, Dispatch) for item in page.items], page.next_cursor

    def acknowledged_items(self, wms: str, skus: Iterable[str]) -> dict[str, Acknowledged]:
        """Those of the SKUs that the WMS knows."""
        keys = {item_key(wms, sku): sku for sku in skus}
        found = self._items.get_many(list(keys))
        known = {keys[key]: from_item(item, Acknowledged) for key, item in found.items()}
        return {sku: each for sku, each in known.items() if each.version}

    def acknowledged(self, key: Key) -> Acknowledged | None:
        """What the WMS knows of one SKU or other master document."""
        item = self._items.get(key)
        known = None if item is None else from_item(item, Acknowledged)
        return known if known is not None and known.version else None

    def accepted(self, scope: str) -> list[AcceptedCallback]:
        """The callbacks accepted in a scope; an order has few."""
        items = query_all(self._items, TABLE, f"CALLBACK#{scope}", prefix="OUT#")
        return [from_item(item, AcceptedCallback) for item in items]


def put_connection(connection: Connection) -> Put:
    """Sets a connection up, or says it anew."""
    item = to_item(connection) | {"gsi1pk": "WMS", "gsi1sk": connection.code}
    return Put(
        key=connection_key(connection.code),
        item=item,
        condition=AnyOf((Absent(), Exists())),
        refusal="connection_written",
    )


def put_circuit(circuit: Circuit) -> Put:
    """The next version of a circuit."""
    fresh = circuit.version == 1
    return Put(
        key=circuit_key(circuit.wms),
        item=to_item(circuit),
        condition=Absent() if fresh else Equals("version", circuit.version - 1),
        refusal="stale_circuit",
    )


def new_dispatch(dispatch: Dispatch) -> Put:
    """A dispatch that isn't there yet."""
    return Put(
        key=dispatch_key(dispatch.id),
        item=_dispatch_item(dispatch),
        condition=Absent(),
        refusal=STALE_DISPATCH,
    )


def change_dispatch(dispatch: Dispatch, *, held_as: str = "") -> Put:
    """The next version of a dispatch; with `held_as`, only while that attempt holds it."""
    condition: Equals | AllOf = Equals("version", dispatch.version - 1)
    if held_as:
        condition = AllOf((condition, Equals("attempt_id", held_as)))
    return Put(
        key=dispatch_key(dispatch.id),
        item=_dispatch_item(dispatch),
        condition=condition,
        refusal=STALE_DISPATCH,
    )


def _dispatch_item(dispatch: Dispatch) -> dict[str, Value]:
    item = to_item(dispatch)
    for name in ("gathered", "batched"):
        # Most never are, and an item is paid for by its size.
        if not item[name]:
            del item[name]
    if dispatch.gathered and dispatch.state is DispatchState.QUEUED:
        item["gsi1pk"] = f"GATHERED#{dispatch.wms}#{dispatch.kind}"
        item["gsi1sk"] = f"{to_text(dispatch.updated_at)}#{dispatch.id}"
    elif dispatch.state in WAITING:
        item["gsi1pk"] = f"DISPATCHES#{dispatch.state.value}"
        item["gsi1sk"] = f"{to_text(dispatch.updated_at)}#{dispatch.id}"
    return item


def correct_acknowledged(key: Key, known: Acknowledged, found: Acknowledged) -> Put:
    """What the WMS turns out to know, unless it has been told something meanwhile."""
    return Put(
        key=key,
        item=to_item(found),
        condition=Equals("message_id", known.message_id),
        refusal="stale_acknowledged",
    )


def put_acknowledged(key: Key, acknowledged: Acknowledged) -> Put:
    """What the WMS knows now. Its dispatch is the guard, and stands in the same transaction."""
    return Put(
        key=key,
        item=to_item(acknowledged),
        condition=AnyOf((Absent(), Exists())),
        refusal="acknowledged_written",
    )
