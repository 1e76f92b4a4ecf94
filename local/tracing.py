"""From a figure back to the words it came from: entry -> document -> message -> element.

Takes the number of any document and follows it down: an order to its fulfilments and shipments, a
purchase order to its receipts, each to its ledger entries with their values, each entry to the
element of the raw message that made it, personal data masked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.bootstrap import Container
from chalicelib.bootstrap.shapes import track_json
from chalicelib.bootstrap.stock_shapes import entry_json
from chalicelib.bootstrap.track import whole_track
from chalicelib.invoicing.model import Invoice, invoice_no
from chalicelib.invoicing.service import FIRST
from chalicelib.kernel.clock import to_text
from chalicelib.kernel.errors import Malformed, NotFound
from chalicelib.kernel.money import format_fen
from chalicelib.kernel.provenance import Source
from chalicelib.messages.model import Message, RawMessage
from chalicelib.numbering.model import parse_document, parse_order
from chalicelib.orders.model import fulfilment_of, order_no_of
from chalicelib.stock.costing import ValueEntry
from chalicelib.stock.model import Entry
from chalicelib.warehouse.elements import element_text


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedEntry:
    """A ledger entry, what it is worth as far as that is known, and the words behind it.

    `message` is None where the source is no message (opening stock that a person typed in); `gap`
    then says so, or why there is no `element`.
    """

    entry: Entry
    values: tuple[ValueEntry, ...]
    message: Message | None
    element: str
    gap: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The chain from a document. `sources` are the messages that made the documents themselves;
    `track` and `invoice` are an order's.
    """

    kind: str
    document: str
    sources: tuple[tuple[str, str], ...]
    entries: tuple[TracedEntry, ...]
    track: Sequence[dict[str, Any]] = ()
    invoice: Invoice | None = None

    def as_json(self) -> dict[str, Any]:
        """Everything, for programs."""
        answer: dict[str, Any] = {
            "kind": self.kind,
            "document": self.document,
            "sources": [{"document": each, "message_id": id_} for each, id_ in self.sources],
            "entries": [_entry_json(each) for each in self.entries],
        }
        if self.kind == "order":
            answer["track"] = list(self.track)
            answer["invoice"] = invoice_json(self.invoice)
        return answer


class Tracing:
    """Follows documents through the services of a container."""

    def __init__(self, oms: Container) -> None:
        self._oms = oms
        self._messages: dict[str, tuple[Message, RawMessage] | None] = {}

    def trace(self, number: str, *, warehouse: str = "", sku: str = "", entry: str = "") -> Trace:
        """The chain from a document's number; only entries of a warehouse, SKU or identity where
        these are given. `NotFound` for a number that nothing is known of.
        """
        kind = kind_of(number)
        sources: list[tuple[str, str]] = []
        ledger = self._documents(kind, number, sources)
        found = [
            each
            for document in ledger
            for each in self._oms.stock.entries_of(document)
            if warehouse in ("", each.warehouse)
            and sku in ("", each.sku)
            and entry in ("", each.entry)
        ]
        if kind == "document" and not found:
            raise NotFound("unknown_document", f"nothing is known of {number}", field="id")
        values = [value for document in ledger for value in self._oms.costs.values_of(document)]
        whole = kind == "order"
        return Trace(
            kind=kind,
            document=number,
            sources=tuple(sources),
            entries=tuple(self._entry(each, values) for each in found),
            track=self._track(number) if whole else (),
            invoice=self._invoice(number) if whole else None,
        )

    def _documents(self, kind: str, number: str, sources: list[tuple[str, str]]) -> list[str]:
        """The documents that entries stand under; adds the messages behind what is passed."""
        match kind:
            case "order" | "fulfilment" | "shipment":
                return self._of_order(kind, number, sources)
            case "purchase_order":
                self._add_purchase(number, sources)
                receipts = self._oms.purchasing.receipts(number)
                sources += [(receipt.id, receipt.message_id) for receipt in receipts]
                return [receipt.id for receipt in receipts]
            case "receipt":
                receipt = self._oms.purchasing.receipt(number)
                if not receipt.blind:
                    self._add_purchase(receipt.purchase_order, sources)
                sources.append((receipt.id, receipt.message_id))
                return [receipt.id]
            case _:
                return [number]

    def _add_purchase(self, number: str, sources: list[tuple[str, str]]) -> None:
        """The message that a purchase order came in by; a person's has none."""
        order = self._oms.purchasing.purchase_order(number)
        if order.message is not None:
            sources.append((order.no, order.message.message_id))

    def _of_order(self, kind: str, number: str, sources: list[tuple[str, str]]) -> list[str]:
        fulfilment_no = "" if kind == "order" else fulfilment_of(number)
        view = self._oms.orders.view(order_no_of(fulfilment_no) if fulfilment_no else number)
        known = {each.no for each in view.fulfilments}
        shipments = [
            each
            for each in view.shipments
            if fulfilment_no in ("", each.fulfilment_no)
            and (kind != "shipment" or each.id == number)
        ]
        if (fulfilment_no and fulfilment_no not in known) or (kind == "shipment" and not shipments):
            raise NotFound(f"unknown_{kind}", f"there is no such {kind}", field="id")
        sources.append((view.order.no, view.order.message.message_id))
        for each in view.fulfilments:
            if each.accepted_by is not None and fulfilment_no in ("", each.no):
                sources.append((each.no, each.accepted_by.message_id))
        sources += [(each.id, each.message_id) for each in shipments]
        return [each.id for each in shipments]

    def _track(self, order_no: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = track_json(order_no, whole_track(self._oms, order_no))["track"]
        return rows

    def _invoice(self, order_no: str) -> Invoice | None:
        try:
            return self._oms.invoicing.invoice(invoice_no(order_no, FIRST))
        except NotFound:
            return None

    def _entry(self, entry: Entry, values: Iterable[ValueEntry]) -> TracedEntry:
        own = tuple(value for value in values if value.entry_id == entry.id)
        kept = self._message(entry.source)
        if kept is None:
            gap = f"its source, {entry.source.message_id or 'none'}, is no message of the log"
            return TracedEntry(entry=entry, values=own, message=None, element="", gap=gap)
        message, raw = kept
        try:
            element, gap = element_text(raw, entry.source), ""
        except (Malformed, NotFound) as refused:
            element, gap = "", str(refused)
        return TracedEntry(entry=entry, values=own, message=message, element=element, gap=gap)

    def _message(self, source: Source) -> tuple[Message, RawMessage] | None:
        """A message with its bytes, read once however many entries it made."""
        id_ = source.message_id
        if id_ not in self._messages:
            try:
                self._messages[id_] = (self._oms.messages.message(id_), self._oms.messages.raw(id_))
            except NotFound:
                self._messages[id_] = None
        return self._messages[id_]


def kind_of(number: str) -> str:
    """What a number names, by its form; `document` where the form doesn't tell."""
    with_order = {
        "order": number,
        "fulfilment": order_no_of(number),
        "shipment": order_no_of(fulfilment_of(number)) if ":" in number else "",
    }
    for kind, order_no in with_order.items():
        if _is_order(order_no):
            return kind
    try:
        prefix, _, _ = parse_document(number)
    except Malformed:
        return "document"
    return {"PO": "purchase_order", "RK": "receipt"}.get(prefix, "document")


def _is_order(number: str) -> bool:
    try:
        parse_order(number)
    except Malformed:
        return False
    return True


def invoice_json(invoice: Invoice | None) -> dict[str, Any] | None:
    """An invoice's head, for programs."""
    if invoice is None:
        return None
    return {
        "no": invoice.no,
        "state": invoice.state.value,
        "number": invoice.number,
        "currency": invoice.currency,
        "gross": format_fen(invoice.gross),
        "net": format_fen(invoice.net),
        "tax": format_fen(invoice.tax),
        "issued_at": to_text(invoice.issued_at) if invoice.issued_at else None,
        "message_id": invoice.message.message_id if invoice.message else None,
    }


def _entry_json(traced: TracedEntry) -> dict[str, Any]:
    message = traced.message
    return {
        **entry_json(traced.entry, traced.values),
        "message": None
        if message is None
        else {
            "id": message.id,
            "peer": message.peer,
            "method": message.method,
            "direction": message.direction.value,
            "at": to_text(message.at),
            "sha256": message.sha256,
        },
        "element": traced.element or None,
        "gap": traced.gap or None,
    }
