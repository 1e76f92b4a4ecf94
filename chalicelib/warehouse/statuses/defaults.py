"""The rows in force where a WMS has none of its own: every status of the protocol, and every kind
of row of our own track.
"""

from __future__ import annotations

from chalicelib.orders.states import FulfilmentCancel, FulfilmentState
from chalicelib.warehouse.statuses.model import DocumentKind, Effect, Notify, StatusRow, Text

FULFILMENT = "fulfilment"
CANCEL = "fulfilment_cancel"

PLACED = Text(key="placed", text="已下单")
ACCEPTED = Text(key="accepted", text="仓库已接单")
PACKING = Text(key="packing", text="正在打包")
READY = Text(key="ready", text="待提货")
SHIPPED = Text(key="shipped", text="已发货")
SIGNED = Text(key="signed", text="已签收")
REFUSED = Text(key="refused", text="已拒收")
CANCELLED = Text(key="cancelled", text="已取消")
INVOICED = Text(key="invoiced", text="发票已开具")


def _shown(
    code: str, state: FulfilmentState, rank: int, /, text: Text, **more: Notify
) -> StatusRow:
    return StatusRow(
        document=DocumentKind.DELIVERY,
        code=code,
        effect=Effect.MOVE,
        axis=FULFILMENT,
        state=state.value,
        rank=rank,
        channel=text,
        buyer=text,
        notify=more.get("notify", Notify.NONE),
        retracts=state is FulfilmentState.REFUSED,
    )


def _left(code: str, state: FulfilmentState) -> StatusRow:
    """Shipping has its own message, which moves the fulfilment; the status is shown."""
    return StatusRow(
        document=DocumentKind.DELIVERY,
        code=code,
        axis=FULFILMENT,
        state=state.value,
        rank=60,
        channel=SHIPPED,
        buyer=SHIPPED,
        notify=Notify.PARCEL,
    )


def _hidden(code: str, state: FulfilmentState) -> StatusRow:
    return StatusRow(document=DocumentKind.DELIVERY, code=code, axis=FULFILMENT, state=state.value)


def _decided(
    code: str, effect: Effect, state: FulfilmentCancel | FulfilmentState, notify: Notify
) -> StatusRow:
    axis = FULFILMENT if isinstance(state, FulfilmentState) else CANCEL
    return StatusRow(
        document=DocumentKind.DELIVERY,
        code=code,
        effect=effect,
        axis=axis,
        state=state.value,
        notify=notify,
    )


def _noted(document: DocumentKind, code: str) -> StatusRow:
    return StatusRow(document=document, code=code)


def _alert(document: DocumentKind, code: str) -> StatusRow:
    return StatusRow(document=document, code=code, effect=Effect.ALERT, notify=Notify.OPERATIONS)


_DELIVERY = DocumentKind.DELIVERY
_STEPS = (
    _noted(_DELIVERY, "NEW"),
    _shown("ACCEPT", FulfilmentState.ACCEPTED, 20, ACCEPTED),
    _shown("PRINT", FulfilmentState.PICKING, 30, PACKING),
    _shown("PICK", FulfilmentState.PICKING, 30, PACKING),
    _shown("CHECK", FulfilmentState.PICKING, 30, PACKING),
    _shown("PACKAGE", FulfilmentState.PACKED, 30, PACKING),
    _shown("WEIGH", FulfilmentState.PACKED, 30, PACKING),
    _shown("READY", FulfilmentState.READY, 40, READY, notify=Notify.BUYER),
    _left("PARTDELIVERED", FulfilmentState.PART_SHIPPED),
    _left("DELIVERED", FulfilmentState.SHIPPED),
    # Some systems name every kind of order's end like an inbound one's.
    _hidden("PARTFULFILLED", FulfilmentState.PART_SHIPPED),
    _hidden("FULFILLED", FulfilmentState.SHIPPED),
    _shown("SIGN", FulfilmentState.SIGNED, 80, SIGNED),
    _shown("REFUSE", FulfilmentState.REFUSED, 70, REFUSED, notify=Notify.SERVICE),
    _alert(_DELIVERY, "EXCEPTION"),
    _alert(_DELIVERY, "CLOSED"),
    StatusRow(
        document=_DELIVERY,
        code="CANCELED",
        effect=Effect.CANCELLED,
        axis=CANCEL,
        state=FulfilmentCancel.ACCEPTED.value,
        rank=90,
        channel=CANCELLED,
        buyer=CANCELLED,
        notify=Notify.BUYER,
        retracts=True,
    ),
    _decided("CANCELEDFAIL", Effect.CANCEL_REFUSED, FulfilmentCancel.REFUSED, Notify.NONE),
    _decided("REJECT", Effect.REJECTED, FulfilmentState.REJECTED, Notify.OPERATIONS),
    _decided("TMSCANCELED", Effect.INTERCEPTED, FulfilmentCancel.INTERCEPTED, Notify.SERVICE),
    _decided(
        "TMSCANCELFAILED",
        Effect.INTERCEPT_FAILED,
        FulfilmentCancel.INTERCEPT_FAILED,
        Notify.SERVICE,
    ),
    _noted(_DELIVERY, "OTHER"),
)

_ENTRY = DocumentKind.ENTRY
_MOVEMENT = DocumentKind.MOVEMENT
_NOTED_OF_ENTRIES = (
    *("NEW", "ACCEPT", "PARTFULFILLED", "FULFILLED", "PRINT", "PICK", "CHECK", "PACKAGE"),
    *("WEIGH", "READY", "PARTDELIVERED", "DELIVERED", "SIGN", "OTHER"),
)
_ALERTS_OF_ENTRIES = (
    *("REFUSE", "EXCEPTION", "CLOSED", "REJECT"),
    *("TMSCANCELED", "TMSCANCELFAILED"),
)


def _of_entries(document: DocumentKind) -> tuple[StatusRow, ...]:
    """Only the WMS's word on a cancel moves such an order; goods have messages of their own."""
    return (
        *(_noted(document, code) for code in _NOTED_OF_ENTRIES),
        *(_alert(document, code) for code in _ALERTS_OF_ENTRIES),
        StatusRow(document=document, code="CANCELED", effect=Effect.CANCELLED),
        StatusRow(document=document, code="CANCELEDFAIL", effect=Effect.CANCEL_REFUSED),
    )


OWN_KINDS = (
    *("placed", "held", "hold_released", "cancel_requested", "sourced", "short_of_stock"),
    *("reserved", "accepted", "step", "rejected", "short", "cancel_accepted", "cancel_refused"),
    *("intercept_requested", "intercepted", "intercept_failed", "intercept_unanswered"),
    *("fulfilment_cancelled", "fulfilment_shipped", "shipment", "parcel", "shipped", "cancelled"),
    *("invoice_requested", "invoice_issued", "notice", "message_in", "message_out"),
)
"""Every kind of row that our own track has."""


def _own(code: str, rank: int, text: Text, /, *, retracts: bool = False) -> StatusRow:
    return StatusRow(
        document=DocumentKind.ORDER,
        code=code,
        rank=rank,
        channel=text,
        buyer=text,
        retracts=retracts,
    )


_SHOWN_OF_ORDERS = (
    _own("placed", 10, PLACED),
    _own("accepted", 20, ACCEPTED),
    _own("parcel", 60, SHIPPED),
    _own("cancelled", 90, CANCELLED, retracts=True),
    _own("invoice_issued", 0, INVOICED),
)
_SHOWN = {row.code for row in _SHOWN_OF_ORDERS}

DEFAULT_ROWS: tuple[StatusRow, ...] = (
    *_STEPS,
    *_of_entries(_ENTRY),
    *_of_entries(_MOVEMENT),
    *_SHOWN_OF_ORDERS,
    *(_noted(DocumentKind.ORDER, kind) for kind in OWN_KINDS if kind not in _SHOWN),
)
