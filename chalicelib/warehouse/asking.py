"""Asking a WMS what it knows of SKUs and bundles, one query each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.catalog.model import Bundle, Sku
from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Refused
from chalicelib.kernel.writes import Key, Transaction
from chalicelib.warehouse import methods
from chalicelib.warehouse.calling import Arrival, Later, ReadyCall, Reply, WmsCalls
from chalicelib.warehouse.codec.outgoing import combineitem, item
from chalicelib.warehouse.comparing import Compared, Difference, compare_bundle, compare_sku
from chalicelib.warehouse.connections import Connection, Failure
from chalicelib.warehouse.documents.outgoing.item import ItemQuery
from chalicelib.warehouse.drift_store import DriftPart
from chalicelib.warehouse.store import Acknowledged, Peer, WarehouseStore, bundle_key, item_key

STEP_SECONDS = 25
"""After so long nothing more is asked: one more time-out, and a function's time is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What came of asking for one document."""

    document: Sku | Bundle
    known: Acknowledged | None
    reply: Reply
    compared: Compared
    item_id: str = ""


def known_key(wms: str, part: DriftPart, code: str) -> Key:
    """What the WMS has acknowledged of a document."""
    return item_key(wms, code) if part is DriftPart.SKUS else bundle_key(wms, code)


class Asking:
    """Asks and compares."""

    def __init__(
        self, *, store: WarehouseStore, transaction: Transaction, clock: Clock, calls: WmsCalls
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._calls = calls

    def look(self, part: DriftPart, peer: Peer, documents: Sequence[Sku | Bundle]) -> list[Looked]:
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
            looked.append(_judged(document, known, reply, peer.connection))
        return looked

    def _prepared(
        self, part: DriftPart, peer: Peer, document: Sku | Bundle, known: Acknowledged | None, /
    ) -> ReadyCall:
        query = ItemQuery(
            owner_code=peer.connection.owner,
            item_code=document.code,
            item_id=known.wms_id if known else "",
        )
        of_sku = part is DriftPart.SKUS
        method = methods.SINGLEITEM_QUERY if of_sku else methods.COMBINEITEM_QUERY
        content = item.write_query(query) if of_sku else combineitem.write_query(query)
        return self._calls.prepare(peer, method, content, documents=(document.code,))


def _judged(
    document: Sku | Bundle, known: Acknowledged | None, reply: Reply, connection: Connection
) -> Looked:
    compared, item_id = _compared(document, known, reply, connection)
    return Looked(document=document, known=known, reply=reply, compared=compared, item_id=item_id)


def _compared(
    document: Sku | Bundle, known: Acknowledged | None, reply: Reply, connection: Connection
) -> tuple[Compared, str]:
    unanswered = Compared()
    unanswered.add(Difference.UNANSWERED, theirs=reply.code)
    if reply.response is None or reply.answer is None:
        return unanswered, ""
    of_sku = isinstance(document, Sku)
    method = methods.SINGLEITEM_QUERY if of_sku else methods.COMBINEITEM_QUERY
    there = reply.answer.success
    if not there and connection.classify(method, reply.answer) is not Failure.NOT_FOUND:
        return unanswered, ""
    try:
        if isinstance(document, Sku):
            found = item.read_query(reply.response).item if there else None
            return compare_sku(document, known, found), found.item_id if found else ""
        made_of = combineitem.read_query(reply.response) if there else None
        return compare_bundle(document, known, made_of), ""
    except Refused:
        return unanswered, ""
