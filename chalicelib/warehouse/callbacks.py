"""Where a WMS's callback comes in: signature, method, XML, document, answer.

`success` means accepted as a business document: a WMS that gets it never sends again. So it is
answered after the commit, and also to repeats. `failure` says why, and the WMS (or its people) send
again when that is mended. For what a peer sent there is always an answer and never an exception;
an outage of ours is raised, and the caller answers that it has to come again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import NotFound, Refused, TooLarge, TooMany
from chalicelib.kernel.ids import is_code
from chalicelib.messages.model import HttpHead, Message, Outcome, RawMessage
from chalicelib.messages.service import MessageLog
from chalicelib.warehouse import methods
from chalicelib.warehouse.codec.incoming import (
    deliveryorder,
    entryorder,
    inventory,
    ordercontrol,
    returnorder,
)
from chalicelib.warehouse.codec.parts import write_answer
from chalicelib.warehouse.connections import Connection, Secrets, credentials
from chalicelib.warehouse.documents.answers import Answer
from chalicelib.warehouse.orderreports import OrderReports
from chalicelib.warehouse.parsing import MOST_BYTES
from chalicelib.warehouse.reports import Received, Reports
from chalicelib.warehouse.returnreports import ReturnReports
from chalicelib.warehouse.signing import Query, verify
from chalicelib.warehouse.stockchanges import StockChanges
from chalicelib.warehouse.store import WarehouseStore
from chalicelib.warehouse.xml import Node, read

PREFIX = "taobao.qimen."
SUCCESS = Answer(success=True, code="0", message="success")

Handler = Callable[[Received, Node], Message]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a WMS is told (XML), and the message as the log has it (None: it isn't kept)."""

    xml: bytes
    message: Message | None


class Callbacks:
    """Answers what warehouse systems send."""

    def __init__(
        self,
        *,
        store: WarehouseStore,
        secrets: Secrets,
        clock: Clock,
        log: MessageLog,
        reports: Reports,
        order_reports: OrderReports,
        stock_changes: StockChanges,
        return_reports: ReturnReports,
    ) -> None:
        self._store = store
        self._secrets = secrets
        self._clock = clock
        self._log = log
        self._handlers: Mapping[str, Handler] = {
            methods.ENTRYORDER_CONFIRM: lambda received, request: reports.entry_confirmed(
                received, entryorder.read_confirm(request)
            ),
            methods.DELIVERYORDER_CONFIRM: lambda received, request: reports.delivery_confirmed(
                received, deliveryorder.read_confirm(request)
            ),
            methods.ORDERPROCESS_REPORT: lambda received, request: order_reports.step_reported(
                received, ordercontrol.read_process(request)
            ),
            methods.ITEMLACK_REPORT: lambda received, request: order_reports.lack_reported(
                received, ordercontrol.read_lack(request)
            ),
            methods.ORDEREXCEPTION_REPORT: lambda received, request: (
                order_reports.exception_reported(received, ordercontrol.read_exception(request))
            ),
            methods.RETURNORDER_CONFIRM: lambda received, request: return_reports.confirmed(
                received, returnorder.read_confirm(request)
            ),
            methods.RETURNPACKAGE_REPORT: lambda received, request: return_reports.package_signed(
                received, returnorder.read_package_report(request)
            ),
            methods.STOCKCHANGE_REPORT: lambda received, request: stock_changes.changed(
                received, inventory.read_change(request)
            ),
        }

    def receive(self, wms: str, head: HttpHead, raw: bytes) -> Answered:
        """The answer, after the raw message has been kept. `head.query` is decoded."""
        method = _method(head.query)
        connection = self._store.connection(wms) if is_code(wms) else None
        try:
            message = self._kept(connection, head, raw)
        except Refused as refused:
            return Answered(xml=failure(refused), message=None)
        try:
            connection = self._trusted(connection, head.query, raw, now=self._clock.now())
        except Refused as refused:
            self._log.record_unverified(message, refused.code)
            unverified = replace(message, outcome=Outcome.UNVERIFIED, code=refused.code)
            return Answered(xml=failure(refused), message=unverified)
        return self._answer(connection, method, message, raw)

    def again(self, message: Message, raw: RawMessage) -> Answered:
        """What a kept message is answered today, and what becomes of it: as if its sender had sent
        it once more. Its signature was found right when it came, or by `check` since.
        """
        try:
            connection = _known(self._connection_of(message))
        except Refused as refused:
            return self._refused(message, refused)
        return self._answer(connection, _method(raw.head.query), message, raw.body)

    def check(self, message: Message, raw: RawMessage) -> None:
        """`Refused` where a kept message's signature is wrong, or was stale when it came: of one
        that a crash overtook before it was checked.
        """
        connection = self._connection_of(message)
        self._trusted(connection, raw.head.query, raw.body, now=message.at)

    def _connection_of(self, message: Message) -> Connection | None:
        code = message.peer.removeprefix("wms:")
        return self._store.connection(code) if is_code(code) else None

    def method_of(self, head: HttpHead) -> str:
        """Under which method a message is listed."""
        method = _method(head.query)
        return method if method in self._handlers else "unknown"

    def _answer(
        self, connection: Connection, method: str, message: Message, raw: bytes
    ) -> Answered:
        received = Received(connection=connection, method=method, message=message)
        try:
            done = self._accept(received, raw)
        except Refused as refused:
            return self._refused(message, refused)
        return Answered(xml=write_answer(SUCCESS), message=done)

    def _refused(self, message: Message, refused: Refused) -> Answered:
        done = replace(message, outcome=Outcome.REFUSED, code=refused.code)
        self._log.record(done)
        return Answered(xml=failure(refused), message=done)

    def _kept(self, connection: Connection | None, head: HttpHead, raw: bytes) -> Message:
        """The message in the log. After too many wrong signatures in its name only the WMS itself
        is let through: others must not be able to lock it out.
        """
        # Names that nobody has count as one, or a flood would take a new name each time.
        peer = f"wms:{connection.code}" if connection else "wms:unknown"
        named = self.method_of(head)
        try:
            return self._log.receive(head, raw, peer=peer, method=named)
        except TooMany:
            try:
                self._trusted(connection, head.query, raw, now=self._clock.now())
            except Refused:
                pass
            else:
                return self._log.receive(head, raw, peer=peer, method=named, trusted=True)
            raise

    def _trusted(
        self, connection: Connection | None, query: Query, raw: bytes, *, now: datetime
    ) -> Connection:
        if len(raw) > MOST_BYTES:
            raise TooLarge("body_too_large", f"the body has more than {MOST_BYTES} bytes")
        found = _known(connection)
        verify(query, raw, credentials(found, self._secrets), now=now)
        return found

    def _accept(self, received: Received, raw: bytes) -> Message:
        handler = self._handlers.get(received.method)
        if handler is None:
            named = received.method[:50]
            why = "goes to the WMS, not from it" if named in methods.TO_WMS else "isn't known"
            raise Refused("unknown_method", f"the method {named} {why}", field="method")
        return handler(received, read(raw))


def _known(connection: Connection | None) -> Connection:
    if connection is None or not connection.active:
        raise NotFound("unknown_wms", "there is no such connection")
    return connection


def _method(query: Query) -> str:
    """The method without the gateway's prefix; the last one where it stands twice."""
    return dict(query).get("method", "").removeprefix(PREFIX)


def failure(refused: Refused) -> bytes:
    """A failure with its reason, the field first, since the text is cut at 100 characters."""
    where = f"{refused.field}: " if refused.field else ""
    return write_answer(
        Answer(success=False, code=refused.code, message=f"{where}{refused.message}")
    )
