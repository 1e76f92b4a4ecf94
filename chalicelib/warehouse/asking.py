"""Asking a WMS what it knows of SKUs, bundles and warehouses, one query each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from chalicelib.catalog.model import Sku, Warehouse
from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Refused
from chalicelib.kernel.writes import Key, Transaction
from chalicelib.warehouse import methods
from chalicelib.warehouse.calling import Arrival, Later, ReadyCall, Reply, WmsCalls
from chalicelib.warehouse.codec.outgoing import combineitem, item, partners
from chalicelib.warehouse.comparing import (
    Compared,
    Compares,
    Difference,
    compare_bundle,
    compare_sku,
    compare_warehouse,
)
from chalicelib.warehouse.composing_master import warehouse_info
from chalicelib.warehouse.connections import Connection, Failure
from chalicelib.warehouse.documents.outgoing.item import ItemQuery
from chalicelib.warehouse.documents.outgoing.partners import WarehouseInfoQuery
from chalicelib.warehouse.drift_store import DriftPart
from chalicelib.warehouse.store import (
    Acknowledged,
    Peer,
    WarehouseStore,
    bundle_key,
    item_key,
    warehouse_key,
)
from chalicelib.warehouse.xml import Content, Node

STEP_SECONDS = 25
"""After so long nothing more is asked: one more time-out, and a function's time is over."""

_METHODS = {
    DriftPart.SKUS: methods.SINGLEITEM_QUERY,
    DriftPart.BUNDLES: methods.COMBINEITEM_QUERY,
    DriftPart.WAREHOUSES: methods.WAREHOUSEINFO_QUERY,
}
_KEYS: Mapping[DriftPart, Callable[[str, str], Key]] = {
    DriftPart.SKUS: item_key,
    DriftPart.BUNDLES: bundle_key,
    DriftPart.WAREHOUSES: warehouse_key,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What came of asking for one document."""

    document: Compares
    known: Acknowledged | None
    reply: Reply
    compared: Compared
    item_id: str = ""


def known_key(wms: str, part: DriftPart, code: str) -> Key:
    """What the WMS has acknowledged of a document."""
    return _KEYS[part](wms, code)


class Asking:
    """Asks and compares."""

    def __init__(
        self, *, store: WarehouseStore, transaction: Transaction, clock: Clock, calls: WmsCalls
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._calls = calls

    def look(self, part: DriftPart, peer: Peer, documents: Sequence[Compares]) -> list[Looked]:
        """Asks one after the other; fewer than wanted where the WMS doesn't answer, or slowly.
        What came of each call is the caller's to commit.
        """
        wms = peer.connection.code
        started, looked = self._clock.now(), list[Looked]()
        for document in documents:
            if (self._clock.now() - started).total_seconds() > STEP_SECONDS:
                break
            known = self._store.acknowledged(known_key(wms, part, document.code))
            try:
                call = self._prepared(part, peer, document, known)
            except Later:
                break
            self._transaction.commit(call.writes)
            reply = self._calls.perform(peer, call)
            if reply.arrival is not Arrival.ANSWERED:
                self._transaction.commit(reply.writes)
                break
            compared, item_id = _judged(part, document, known, reply, connection=peer.connection)
            looked.append(
                Looked(
                    document=document, known=known, reply=reply, compared=compared, item_id=item_id
                )
            )
        return looked

    def _prepared(
        self, part: DriftPart, peer: Peer, document: Compares, known: Acknowledged | None, /
    ) -> ReadyCall:
        content = self._question(part, peer.connection, document.code, known)
        return self._calls.prepare(peer, _METHODS[part], content, documents=(document.code,))

    def _question(
        self, part: DriftPart, connection: Connection, code: str, known: Acknowledged | None, /
    ) -> Content:
        if part is DriftPart.WAREHOUSES:
            named = connection.warehouse_code(code)
            query = WarehouseInfoQuery(owner_code=connection.owner, warehouse_code=named)
            return partners.write_warehouses_query(query)
        of_item = ItemQuery(
            owner_code=connection.owner, item_code=code, item_id=known.wms_id if known else ""
        )
        if part is DriftPart.SKUS:
            return item.write_query(of_item)
        return combineitem.write_query(of_item)


def _judged(
    part: DriftPart,
    document: Compares,
    known: Acknowledged | None,
    reply: Reply,
    *,
    connection: Connection,
) -> tuple[Compared, str]:
    """What differs, and the itemId that is told."""
    unanswered = Compared()
    unanswered.add(Difference.UNANSWERED, theirs=reply.code)
    if reply.response is None or reply.answer is None:
        return unanswered, ""
    there = reply.answer.success
    if not there and connection.classify(_METHODS[part], reply.answer) is not Failure.NOT_FOUND:
        return unanswered, ""
    try:
        return _compared(document, known, reply.response if there else None, connection)
    except Refused:
        return unanswered, ""


def _compared(
    document: Compares, known: Acknowledged | None, response: Node | None, connection: Connection, /
) -> tuple[Compared, str]:
    """`response` is None where the WMS says that it has nothing."""
    if isinstance(document, Warehouse):
        ours = warehouse_info(connection, document)
        told = partners.read_warehouses_query(response).warehouses if response is not None else ()
        same = [each for each in told if each.warehouse_code == ours.warehouse_code]
        return compare_warehouse(document, known, ours, same[0] if same else None), ""
    if isinstance(document, Sku):
        found = item.read_query(response).item if response is not None else None
        return compare_sku(document, known, found), found.item_id if found else ""
    made_of = combineitem.read_query(response) if response is not None else None
    return compare_bundle(document, known, made_of), ""
