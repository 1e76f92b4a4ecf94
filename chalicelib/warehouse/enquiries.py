"""What a person of ours asks a WMS, a page at a time, and what it answers, as typed content.

Each asking is one call, kept in the message log like any other; nothing else follows from it. A
question names our own documents and codes: those of the warehouses that this WMS has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeAlias

from chalicelib.kernel.errors import Malformed, NotFound, Refused, Unavailable
from chalicelib.kernel.items import to_item
from chalicelib.kernel.masking import mask_mobiles, mask_name, mask_phone
from chalicelib.kernel.writes import Transaction
from chalicelib.warehouse import methods
from chalicelib.warehouse.calling import Arrival, Reply, WmsCalls
from chalicelib.warehouse.circuit import Circuits
from chalicelib.warehouse.codec.outgoing import (
    inventory,
    ordercontrol,
    partners,
    transferorder,
)
from chalicelib.warehouse.composing import outbound_type, reference
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.documents.outgoing.inventory import (
    BatchQuery,
    CheckPage,
    CheckQuery,
    StockPage,
    StockQuery,
)
from chalicelib.warehouse.documents.outgoing.ordercontrol import LackPage, StatusPage, StatusQuery
from chalicelib.warehouse.documents.outgoing.partners import WarehouseInfoAnswer, WarehouseInfoQuery
from chalicelib.warehouse.documents.outgoing.transferorder import TransferAnswer, TransferQuery
from chalicelib.warehouse.enquiry import Enquiry
from chalicelib.warehouse.own_documents import OwnDocuments
from chalicelib.warehouse.ports import Catalog
from chalicelib.warehouse.store import Peer, WarehouseStore, item_key
from chalicelib.warehouse.xml import Content, Node

_Page: TypeAlias = (
    StatusPage | LackPage | StockPage | CheckPage | WarehouseInfoAnswer | TransferAnswer
)

_HIDDEN = frozenset({"answer", "rest", "path"})
"""Of a page isn't shown: what no codec reads may be about people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enquired:
    """What came of it: `content` is there where the WMS told something that could be read. `code`
    is the WMS's, or ours where it didn't answer; `message` its text, mobile numbers masked.
    """

    wms: str
    query: str
    page: int
    message_id: str
    arrival: Arrival
    success: bool
    code: str
    message: str
    content: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    content: Content
    read: Callable[[Node], _Page]
    documents: tuple[str, ...]


class Enquiries:
    """Asks a WMS for a person."""

    def __init__(
        self,
        *,
        store: WarehouseStore,
        transaction: Transaction,
        calls: WmsCalls,
        circuits: Circuits,
        catalog: Catalog,
        own: OwnDocuments,
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._calls = calls
        self._circuits = circuits
        self._catalog = catalog
        self._own = own

    def ask(self, wms: str, enquiry: Enquiry) -> Enquired:
        """One call. `NotFound` (`unknown_wms`), `Refused` where the question names what this WMS
        hasn't got, `Unavailable` while it may not be called.
        """
        peer = self._store.peer(wms)
        if peer is None or not peer.connection.active:
            raise NotFound("unknown_wms", "there is no such connection", field="wms")
        question = self._question(peer.connection, enquiry)
        if self._circuits.wait_seconds(peer.circuit):
            raise Unavailable(f"{wms} is left alone for a while")
        return self._asked(peer, enquiry, question)

    def _asked(self, peer: Peer, enquiry: Enquiry, question: _Question) -> Enquired:
        call = self._calls.prepare(
            peer, enquiry.query, question.content, documents=question.documents
        )
        self._transaction.commit(call.writes)
        reply = self._calls.perform(peer, call)
        self._transaction.commit(reply.writes)
        answer = reply.answer
        content, code = _content(reply, question)
        return Enquired(
            wms=peer.connection.code,
            query=enquiry.query,
            page=enquiry.page,
            message_id=reply.message_id,
            arrival=reply.arrival,
            success=answer is not None and answer.success,
            code=code,
            message=mask_mobiles(answer.message) if answer else "",
            content=content,
        )

    def _question(self, connection: Connection, enquiry: Enquiry) -> _Question:
        if enquiry.query == methods.ORDERSTATUS_BATCHQUERY:
            return self._statuses(connection, enquiry)
        if enquiry.query == methods.ITEMLACK_QUERY:
            return self._lack(connection, enquiry)
        if enquiry.query == methods.INVENTORYCHECK_QUERY:
            return self._count(connection, enquiry)
        if enquiry.query == methods.WAREHOUSEINFO_QUERY:
            return self._warehouses(connection, enquiry)
        if enquiry.query == methods.TRANSFERORDER_QUERY:
            return self._transfer(connection, enquiry)
        return self._stock(connection, enquiry)

    def _statuses(self, connection: Connection, enquiry: Enquiry) -> _Question:
        since = _moment(enquiry.since, "since")
        until = _moment(enquiry.until, "until") if enquiry.until else None
        if until is not None and until < since:
            raise Malformed("malformed_time", "the end is before the beginning", field="until")
        query = StatusQuery(
            owner_code=connection.owner,
            since=since,
            until=until,
            warehouse_code=self._warehouse(connection, enquiry.warehouse),
            order_type=enquiry.order_type,
        )
        return _Question(
            content=ordercontrol.write_status_query(query, page=enquiry.page),
            read=ordercontrol.read_status_query,
            documents=_named(enquiry.warehouse),
        )

    def _lack(self, connection: Connection, enquiry: Enquiry) -> _Question:
        found = self._own.fulfilment(connection, enquiry.fulfilment)
        if found is None:
            text = "this WMS has no such fulfilment"
            raise Refused("unknown_fulfilment", text, field="fulfilment")
        order = reference(
            connection,
            found.no,
            found.warehouse,
            order_type=outbound_type(found.no),
            wms_id=found.wms_order_id,
        )
        return _Question(
            content=ordercontrol.write_lack_query(order, page=enquiry.page),
            read=ordercontrol.read_lack_query,
            documents=(found.no,),
        )

    def _transfer(self, connection: Connection, enquiry: Enquiry) -> _Question:
        found = self._own.transfer(connection, enquiry.transfer)
        if found is None:
            text = "this WMS has no such transfer"
            raise Refused("unknown_transfer", text, field="transfer")
        out = self._own.movement_order(connection, found.out_leg)
        query = TransferQuery(
            owner_code=connection.owner,
            order_code=found.no,
            order_id=out.wms_id if out else "",
        )
        return _Question(
            content=transferorder.write_query(query),
            read=transferorder.read_query,
            documents=(found.no,),
        )

    def _count(self, connection: Connection, enquiry: Enquiry) -> _Question:
        query = CheckQuery(
            check_order_code=enquiry.count,
            owner_code=connection.owner,
            warehouse_code=self._warehouse(connection, enquiry.warehouse),
        )
        return _Question(
            content=inventory.write_check_query(query, page=enquiry.page),
            read=inventory.read_check_query,
            documents=_named(enquiry.warehouse),
        )

    def _warehouses(self, connection: Connection, enquiry: Enquiry) -> _Question:
        query = WarehouseInfoQuery(
            owner_code=connection.owner,
            warehouse_code=self._warehouse(connection, enquiry.warehouse),
        )
        return _Question(
            content=partners.write_warehouses_query(query),
            read=_masked_warehouses,
            documents=_named(enquiry.warehouse),
        )

    def _stock(self, connection: Connection, enquiry: Enquiry) -> _Question:
        """The stock of a warehouse, or of a SKU; of a SKU also batch by batch."""
        warehouse, documents = (
            self._warehouse(connection, enquiry.warehouse),
            _named(enquiry.warehouse, enquiry.sku),
        )
        item_id = self._item_id(connection, enquiry.sku)
        if enquiry.query == methods.INVENTORYBATCH_QUERY:
            batches = BatchQuery(
                owner_code=connection.owner,
                warehouse_code=warehouse,
                item_code=enquiry.sku,
                item_id=item_id,
            )
            content = inventory.write_batch_query(batches, page=enquiry.page)
            return _Question(content=content, read=inventory.read_batch_query, documents=documents)
        query = StockQuery(
            owner_code=connection.owner,
            warehouse_code=warehouse,
            item_code=enquiry.sku,
            item_id=item_id,
            inventory_type=enquiry.inventory_type,
        )
        content = inventory.write_stock_query(query, page=enquiry.page)
        return _Question(content=content, read=inventory.read_stock_query, documents=documents)

    def _warehouse(self, connection: Connection, code: str) -> str:
        """What the WMS calls a warehouse of ours that it has; "" for none."""
        if not code:
            return ""
        found = self._catalog.warehouse(code, field="warehouse")
        if found.wms != connection.code:
            text = "this WMS has no such warehouse"
            raise Refused("unknown_warehouse", text, field="warehouse")
        return connection.warehouse_code(code)

    def _item_id(self, connection: Connection, sku: str) -> str:
        """The WMS's number of a SKU, where it has given one."""
        if not sku:
            return ""
        known = self._store.acknowledged(item_key(connection.code, sku))
        return known.wms_id if known else ""


def _content(reply: Reply, question: _Question) -> tuple[dict[str, Any] | None, str]:
    """What the answer says, where it says something, and its code."""
    if reply.response is None or reply.answer is None or not reply.answer.success:
        return None, reply.code
    try:
        return _shown(to_item(question.read(reply.response))), reply.code
    except Refused as refused:
        return None, refused.code


def _masked_warehouses(response: Node) -> WarehouseInfoAnswer:
    """Whom to call there isn't everybody's business."""
    told = partners.read_warehouses_query(response)
    return replace(
        told,
        warehouses=tuple(
            replace(
                each,
                contact=mask_name(each.contact),
                phone=mask_phone(each.phone),
                mobile=mask_phone(each.mobile),
            )
            for each in told.warehouses
        ),
    )


def _shown(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _shown(inner) for name, inner in value.items() if name not in _HIDDEN}
    return [_shown(inner) for inner in value] if isinstance(value, list | tuple) else value


def _named(*codes: str) -> tuple[str, ...]:
    return tuple(code for code in codes if code)


def _moment(text: str, field: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    words = "a moment is like 2026-11-22T09:30:00+08:00, with its offset"
    raise Malformed("malformed_time", words, field=field)
