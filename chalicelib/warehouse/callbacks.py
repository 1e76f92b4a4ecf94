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
from chalicelib.warehouse.asked import Told
from chalicelib.warehouse.codec.incoming import (
    deliveryorder,
    entryorder,
    inventory,
    ordercontrol,
    questions,
    returnorder,
    serialnumbers,
    stockout,
    storeprocess,
    transferorder,
)
from chalicelib.warehouse.codec.parts import write_answer
from chalicelib.warehouse.connections import Connection, Secrets, credentials
from chalicelib.warehouse.dialects.qimen import QIMEN
from chalicelib.warehouse.documents.answers import Answer
from chalicelib.warehouse.parsing import MOST_BYTES
from chalicelib.warehouse.received import Received
from chalicelib.warehouse.severally import PartlyRefused
from chalicelib.warehouse.signing import Query, verify
from chalicelib.warehouse.spelling import PLAIN, Spelling
from chalicelib.warehouse.store import WarehouseStore
from chalicelib.warehouse.takers import Takers
from chalicelib.warehouse.xml import Node, read

SUCCESS = Answer(success=True, code="0", message="success")

Handler = Callable[[Received, Node], Message | Told]


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
        takers: Takers,
    ) -> None:
        self._store = store
        self._secrets = secrets
        self._clock = clock
        self._log = log
        self._telling_apart = takers.telling_apart
        self._handlers = _handlers(takers)

    def receive(self, wms: str, head: HttpHead, raw: bytes) -> Answered:
        """The answer, after the raw message has been kept. `head.query` is decoded."""
        connection = self._store.connection(wms) if is_code(wms) else None
        named = self._named(connection, head)
        spelling = connection.spelling_in(named[0]) if connection else PLAIN
        try:
            message = self._kept(connection, head, raw)
        except Refused as refused:
            return Answered(xml=failure(refused, spelling), message=None)
        try:
            connection = self._trusted(connection, head.query, raw, now=self._clock.now())
        except Refused as refused:
            self._log.record_unverified(message, refused.code)
            unverified = replace(message, outcome=Outcome.UNVERIFIED, code=refused.code)
            return Answered(xml=failure(refused, spelling), message=unverified)
        return self._answer(connection, named, message, raw)

    def again(self, message: Message, raw: RawMessage) -> Answered:
        """What a kept message is answered today, and what becomes of it: as if its sender had sent
        it once more. Its signature was found right when it came, or by `check` since.
        """
        try:
            connection = _known(self._connection_of(message))
        except Refused as refused:
            return self._refused(message, refused, PLAIN)
        return self._answer(connection, self._named(connection, raw.head), message, raw.body)

    def check(self, message: Message, raw: RawMessage) -> None:
        """`Refused` where a kept message's signature is wrong, or was stale when it came: of one
        that a crash overtook before it was checked.
        """
        connection = self._connection_of(message)
        self._trusted(connection, raw.head.query, raw.body, now=message.at)

    def _connection_of(self, message: Message) -> Connection | None:
        code = message.peer.removeprefix("wms:")
        return self._store.connection(code) if is_code(code) else None

    def method_of(self, wms: str, head: HttpHead) -> str:
        """Under which method a message of that WMS is listed."""
        return self._listed(self._store.connection(wms) if is_code(wms) else None, head)

    def _listed(self, connection: Connection | None, head: HttpHead) -> str:
        """By our name; by theirs where it is one for several of ours, until one is found."""
        named = self._named(connection, head)
        if len(named) > 1 and connection is not None:
            return connection.spoken.method_out(named[0])
        return named[0] if named[0] in self._handlers else "unknown"

    def _named(self, connection: Connection | None, head: HttpHead) -> tuple[str, ...]:
        """What the message may be, by our names without a prefix; the last method where it stands
        twice.
        """
        dialect = connection.spoken if connection else QIMEN
        named = dialect.methods_in(dict(head.query).get(dialect.sign.name("method"), ""))
        return tuple(each for each in named if each in self._handlers) or named[:1]

    def _answer(
        self, connection: Connection, named: tuple[str, ...], message: Message, raw: bytes
    ) -> Answered:
        spelling = connection.spelling_in(named[0])
        try:
            method = named[0]
            if len(named) > 1:
                method = self._telling_apart.method(connection, named, raw)
                message = replace(message, method=method)
                spelling = connection.spelling_in(method)
            received = Received(connection=connection, method=method, message=message)
            told = self._accept(received, raw)
        except PartlyRefused as refused:
            return Answered(xml=failure(refused, spelling), message=refused.logged)
        except Refused as refused:
            return self._refused(message, refused, spelling)
        xml = write_answer(SUCCESS, told.content, spelling=spelling)
        return Answered(xml=xml, message=told.message)

    def _refused(self, message: Message, refused: Refused, spelling: Spelling) -> Answered:
        done = replace(message, outcome=Outcome.REFUSED, code=refused.code)
        self._log.record(done)
        return Answered(xml=failure(refused, spelling), message=done)

    def _kept(self, connection: Connection | None, head: HttpHead, raw: bytes) -> Message:
        """The message in the log. After too many wrong signatures in its name only the WMS itself
        is let through: others must not be able to lock it out.
        """
        # Names that nobody has count as one, or a flood would take a new name each time.
        peer = f"wms:{connection.code}" if connection else "wms:unknown"
        named = self._listed(connection, head)
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

    def _accept(self, received: Received, raw: bytes) -> Told:
        handler = self._handlers.get(received.method)
        if handler is None:
            named = received.method[:50]
            why = "goes to the WMS, not from it" if named in methods.TO_WMS else "isn't known"
            raise Refused("unknown_method", f"the method {named} {why}", field="method")
        spelling = received.connection.spelling_in(received.method)
        told = handler(received, read(raw, spelling=spelling))
        return told if isinstance(told, Told) else Told(message=told)


def _handlers(takers: Takers) -> Mapping[str, Handler]:
    """What takes a message, by method."""
    return {
        methods.ENTRYORDER_CONFIRM: lambda received, request: takers.reports.entry_confirmed(
            received, entryorder.read_confirm(request)
        ),
        methods.STOCKOUT_CONFIRM: lambda received, request: takers.movements.stockout_confirmed(
            received, stockout.read_confirm(request)
        ),
        methods.STOREPROCESS_CONFIRM: lambda received, request: takers.movements.process_confirmed(
            received, storeprocess.read_confirm(request)
        ),
        methods.TRANSFERORDER_REPORT: lambda received, request: takers.transfers.reported(
            received, transferorder.read_report(request)
        ),
        methods.DELIVERYORDER_CONFIRM: lambda received, request: takers.reports.delivery_confirmed(
            received, deliveryorder.read_confirm(request)
        ),
        methods.DELIVERYORDER_BATCHCONFIRM: lambda received, request: (
            takers.reports.deliveries_confirmed(received, deliveryorder.read_batch_confirm(request))
        ),
        methods.DELIVERYORDER_BATCHCREATE_ANSWER: lambda received, request: takers.created.answered(
            received, deliveryorder.read_batch_create(request)
        ),
        methods.ORDERPROCESS_REPORT: lambda received, request: takers.order_reports.step_reported(
            received, ordercontrol.read_process(request)
        ),
        methods.ITEMLACK_REPORT: lambda received, request: takers.order_reports.lack_reported(
            received, ordercontrol.read_lack(request)
        ),
        methods.ORDEREXCEPTION_REPORT: lambda received, request: (
            takers.order_reports.exception_reported(received, ordercontrol.read_exception(request))
        ),
        methods.RETURNORDER_CONFIRM: lambda received, request: takers.return_reports.confirmed(
            received, returnorder.read_confirm(request)
        ),
        methods.RETURNPACKAGE_REPORT: lambda received, request: (
            takers.return_reports.package_signed(received, returnorder.read_package_report(request))
        ),
        methods.INVENTORY_REPORT: lambda received, request: takers.counts.counted(
            received, inventory.read_count(request)
        ),
        methods.SN_REPORT: lambda received, request: takers.kept.serials_reported(
            received,
            serialnumbers.read_delivery(request),
            field="/request/deliveryOrder/deliveryOrderCode",
        ),
        methods.ORDER_SN_REPORT: lambda received, request: takers.kept.serials_reported(
            received, serialnumbers.read_order(request), field="/request/order/orderCode"
        ),
        methods.WAVENUM_REPORT: lambda received, request: takers.kept.wave_reported(
            received, deliveryorder.read_wave(request)
        ),
        methods.STOCKCHANGE_REPORT: lambda received, request: takers.stock_changes.changed(
            received, inventory.read_change(request)
        ),
        methods.INVENTORY_SYNCHRONIZE_REPORT: lambda received, request: takers.adjustments.made(
            received, inventory.read_adjustment(request)
        ),
        methods.ORDER_QUERY: lambda received, request: takers.questions.order_asked(
            received, questions.read_order_question(request)
        ),
        methods.RECEIVERINFO_QUERY: lambda received, request: takers.questions.receiver_asked(
            received, questions.read_receiver_question(request)
        ),
        methods.EXPRESSINFO_QUERY: lambda received, request: takers.questions.carriers_asked(
            received, questions.read_carrier_question(request)
        ),
    }


def _known(connection: Connection | None) -> Connection:
    if connection is None or not connection.active:
        raise NotFound("unknown_wms", "there is no such connection")
    return connection


def failure(refused: Refused, spelling: Spelling = PLAIN) -> bytes:
    """A failure with its reason, the field first, since the text is cut at 100 characters; in the
    peer's words.
    """
    field = refused.field or ""
    where = f"{spelling.place(field) if field.startswith('/') else field}: " if field else ""
    return write_answer(
        Answer(success=False, code=refused.code, message=f"{where}{refused.message}"),
        spelling=spelling,
    )
