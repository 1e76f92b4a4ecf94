"""A dispatch: one message that has to reach a WMS, and how far it has come. Pure rules."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.warehouse import methods
from chalicelib.warehouse.states import DispatchEvent, DispatchState, next_state

FIRST_DELAY_SECONDS = 5
LONGEST_DELAY_SECONDS = 900
"""The longest delay that an event can ask for."""

MOST_IN_MESSAGE = 90
"""SKUs in one items.synchronize: each is a write of the transaction that takes them."""

MOST_ORDERS_IN_MESSAGE = 30
"""Orders in one deliveryorder.batchcreate: each is up to three writes, itself, its fulfilment, and
its recipient where the WMS may ask for the orders of a person.
"""

LEASE_SECONDS = 60
"""How long a sender has a dispatch to itself: above every time-out of a connection."""


class DispatchKind(StrEnum):
    """What is dispatched."""

    ITEM = "ITEM"
    SUPPLIER = "SUPPLIER"
    BUNDLE = "BUNDLE"
    SHOP = "SHOP"
    WAREHOUSE = "WAREHOUSE"
    ENTRY = "ENTRY"
    DELIVERY = "DELIVERY"
    CANCEL = "CANCEL"
    PENDING = "PENDING"
    INTERCEPT = "INTERCEPT"
    RETURN = "RETURN"
    CANCEL_ENTRY = "CANCEL_ENTRY"
    CANCEL_RETURN = "CANCEL_RETURN"
    CANCEL_MOVEMENT = "CANCEL_MOVEMENT"
    MOVEMENT_OUT = "MOVEMENT_OUT"
    MOVEMENT_IN = "MOVEMENT_IN"
    PROCESS = "PROCESS"
    TRANSFER = "TRANSFER"
    CANCEL_TRANSFER = "CANCEL_TRANSFER"
    ADJUSTMENT = "ADJUSTMENT"


METHODS: dict[DispatchKind, str] = {
    DispatchKind.ITEM: methods.SINGLEITEM_SYNCHRONIZE,
    DispatchKind.SUPPLIER: methods.SUPPLIER_SYNCHRONIZE,
    DispatchKind.BUNDLE: methods.COMBINEITEM_SYNCHRONIZE,
    DispatchKind.SHOP: methods.SHOP_SYNCHRONIZE,
    DispatchKind.WAREHOUSE: methods.WAREHOUSEINFO_SYNCHRONIZE,
    DispatchKind.ENTRY: methods.ENTRYORDER_CREATE,
    DispatchKind.DELIVERY: methods.DELIVERYORDER_CREATE,
    DispatchKind.CANCEL: methods.ORDER_CANCEL,
    DispatchKind.PENDING: methods.ORDER_PENDING,
    DispatchKind.INTERCEPT: methods.ORDER_CALLBACK,
    DispatchKind.RETURN: methods.RETURNORDER_CREATE,
    DispatchKind.CANCEL_ENTRY: methods.ORDER_CANCEL,
    DispatchKind.CANCEL_RETURN: methods.ORDER_CANCEL,
    DispatchKind.CANCEL_MOVEMENT: methods.ORDER_CANCEL,
    DispatchKind.MOVEMENT_OUT: methods.STOCKOUT_CREATE,
    DispatchKind.MOVEMENT_IN: methods.ENTRYORDER_CREATE,
    DispatchKind.PROCESS: methods.STOREPROCESS_CREATE,
    DispatchKind.TRANSFER: methods.TRANSFERORDER_CREATE,
    DispatchKind.CANCEL_TRANSFER: methods.ORDER_CANCEL,
    DispatchKind.ADJUSTMENT: methods.INVENTORY_SYNCHRONIZE,
}

MASTER_DATA = frozenset(
    {
        DispatchKind.ITEM,
        DispatchKind.SUPPLIER,
        DispatchKind.BUNDLE,
        DispatchKind.SHOP,
        DispatchKind.WAREHOUSE,
    }
)
"""Saying these twice changes nothing, so they are never asked for, just sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """One message to one WMS. `id` is `<document>#<method>[#<wms>]`.

    `revision` is the document's version that has to arrive. `attempts` counts sends, `asked`
    queries, `waits` delays for what has to come first, each since the document changed. A sender
    holds it by `attempt_id` until `lease_until`. `message_id` is the last request in the message
    log, `code` the WMS's last word (or ours). `sent` is whether the WMS may ever have seen it.
    `gathered`: it waits to go with others in one message; `batched`: what was last sent of it was
    a message with others.

    Of a document that goes out in parts the WMS has acknowledged `lines_done` lines; the last
    message went through `lines_sent` of `lines_total` (0: it goes out whole).
    `said_at` stands in its document for the present, so that what is sent again says the same;
    `body_sha256` is of the body sent last, `edition` counts bodies that differed from the one
    before.
    """

    id: str
    kind: DispatchKind
    document: str
    wms: str
    correlation: str
    created_at: datetime
    updated_at: datetime
    warehouse: str = ""
    state: DispatchState = DispatchState.QUEUED
    revision: int = 1
    version: int = 1
    attempts: int = 0
    asked: int = 0
    waits: int = 0
    sent: bool = False
    gathered: bool = False
    batched: bool = False
    lines_done: int = 0
    lines_sent: int = 0
    lines_total: int = 0
    attempt_id: str = ""
    lease_until: datetime | None = None
    message_id: str = ""
    wms_id: str = ""
    code: str = ""
    said_at: datetime | None = None
    body_sha256: str = ""
    edition: int = 0

    @property
    def method(self) -> str:
        """The protocol's name of the message, as far as the kind alone tells it."""
        return METHODS[self.kind]

    def leased(self, now: datetime) -> bool:
        """Whether a sender holds it now."""
        return self.lease_until is not None and now < self.lease_until


def dispatch_id(kind: DispatchKind, document: str, wms: str = "") -> str:
    """Documents belong to one WMS; master data goes to several, so these name theirs."""
    name = f"{document}#{METHODS[kind]}"
    return f"{name}#{wms}" if kind in MASTER_DATA else name


def advanced(dispatch: Dispatch, event: DispatchEvent, now: datetime) -> Dispatch:
    """The dispatch after the event, one version on, held by nobody.

    A change of the document while a sender is at work leaves the dispatch to that sender.
    """
    state = next_state(dispatch.state, event)
    after = replace(dispatch, state=state, version=dispatch.version + 1, updated_at=now)
    if event is DispatchEvent.CHANGE and state is dispatch.state:
        return after
    if event is DispatchEvent.CHANGE:
        after = replace(after, said_at=None)
    after = replace(after, attempt_id="", lease_until=None, gathered=False)
    if event is DispatchEvent.ACKNOWLEDGE_PART:
        after = replace(after, lines_done=after.lines_sent)
    elif event is DispatchEvent.CHANGE:
        after = replace(after, lines_done=0, lines_sent=0, lines_total=0)
    if event in (DispatchEvent.ACKNOWLEDGE_PART, DispatchEvent.CHANGE, DispatchEvent.REQUEUE):
        return replace(after, attempts=0, asked=0, waits=0)
    return after


def claimed(dispatch: Dispatch, attempt_id: str, now: datetime) -> Dispatch:
    """Taken by a sender: to be sent, or, when UNKNOWN, to be asked about."""
    asking = dispatch.state is DispatchState.UNKNOWN
    state = dispatch.state if asking else next_state(dispatch.state, DispatchEvent.CLAIM)
    return replace(
        dispatch,
        state=state,
        version=dispatch.version + 1,
        updated_at=now,
        attempt_id=attempt_id,
        lease_until=now + timedelta(seconds=LEASE_SECONDS),
        attempts=dispatch.attempts if asking else dispatch.attempts + 1,
        asked=dispatch.asked + 1 if asking else dispatch.asked,
        sent=True,
        gathered=False,
        batched=asking and dispatch.batched,
    )


def with_body(dispatch: Dispatch, message_id: str, sha256: str) -> Dispatch:
    """Sent as this message, with this body: another edition unless it is the body sent last."""
    edition = dispatch.edition + (sha256 != dispatch.body_sha256)
    return replace(dispatch, message_id=message_id, body_sha256=sha256, edition=edition)


def delay_seconds(tries: int, key: str) -> int:
    """Exponential back-off with jitter: half of 5, 10, 20 … 900 seconds is sure, half spread.

    The jitter is made from the key, so that a run can be repeated and dispatches that failed
    together don't come back together.
    """
    ceiling: int = min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** min(max(tries, 1) - 1, 10))
    half = ceiling // 2
    spread: int = zlib.crc32(f"{key}:{tries}".encode()) % (ceiling - half + 1)
    return half + spread
