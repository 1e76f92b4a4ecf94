"""The use cases of invoicing: ask for an order's invoice, send it, find out what came of it.

Never twice, never lost. The request number is the same for every attempt, so a platform that
recognises it issues once; and after any doubt the platform is asked before it is sent again. Each
commit that leaves an invoice unsettled plans one `InvoiceDue` that carries the version it has left;
one that finds another version has been overtaken and does nothing. So there is always exactly one
live reminder, whoever dies when, and events may come twice and late.
"""

from __future__ import annotations

from dataclasses import replace

from chalicelib.invoicing.buyers import invoice_buyer
from chalicelib.invoicing.calculator import invoice_rows, totals
from chalicelib.invoicing.model import (
    Buyer,
    Invoice,
    InvoiceContent,
    InvoiceKind,
    Seller,
    invoice_no,
    request_no,
)
from chalicelib.invoicing.platform import Meaning, TaxPlatform, Word
from chalicelib.invoicing.ports import Orders, Shops
from chalicelib.invoicing.progress import (
    ISSUE_EVENTS,
    QUERY_EVENTS,
    Step,
    due,
    heard,
    invoice_event,
    moved,
    unheard,
)
from chalicelib.invoicing.shipped import shipped_freight, sold_lines
from chalicelib.invoicing.states import SETTLED, InvoiceEvent, InvoiceState
from chalicelib.invoicing.store import InvoiceStore
from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Conflict, NotFound, Refused, Unavailable
from chalicelib.kernel.exceptions import ExceptionCase, ExceptionKind, plan_exception
from chalicelib.kernel.masking import mask_name
from chalicelib.kernel.reminders import CLAIM
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.messages.exchange import Exchanged, Exchanges
from chalicelib.messages.model import Outcome
from chalicelib.orders.model import Order

FIRST = 1
CALL_SECONDS = 10.0
PEER = "tax"


class Invoicing:
    """Blue invoices of shipped orders."""

    def __init__(
        self,
        *,
        store: InvoiceStore,
        transaction: Transaction,
        clock: Clock,
        orders: Orders,
        shops: Shops,
        platform: TaxPlatform,
        exchanges: Exchanges,
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._orders = orders
        self._shops = shops
        self._platform = platform
        self._exchanges = exchanges

    def invoice(self, no: str) -> Invoice:
        """The head; `NotFound` if there is no such invoice."""
        found = self._store.find(no)
        if found is None:
            raise NotFound("unknown_invoice", f"there is no invoice {no}", field="no")
        return found

    def of_order(self, order_no: str) -> list[Invoice]:
        """An order's invoices, by number."""
        return self._store.of_order(order_no)

    def content(self, no: str) -> InvoiceContent:
        """What an invoice says, row by row."""
        return self._store.content(no)

    def request(self, order_no: str) -> Invoice | None:
        """Plans the order's one blue invoice, on `OrderShipped`; the same again if there is one.

        None where the buyer asked for none, and where none is possible; the latter raises the case
        `invoice_not_possible` for a person.
        """
        no = invoice_no(order_no, FIRST)
        found = self._store.find(no)
        if found is not None:
            return found
        order = self._orders.order(order_no)
        if order.invoice_request is None:
            return None
        try:
            invoice, content, buyer = self._drawn_up(order)
        except Refused as refusal:
            self._transaction.commit(self._not_possible(order, refusal))
            return None
        event = invoice_event("InvoiceRequested", invoice, now=self._clock.now())
        new = self._store.plan_new(invoice, content, buyer)
        try:
            self._transaction.commit(new + Writes(events=[event]))
        except ConditionFailed:
            return self.invoice(no)  # one of this number is there: the same order's
        return invoice

    def submit(self, no: str) -> Invoice:
        """Sends a requested invoice to the platform; in every other state does nothing."""
        invoice = self.invoice(no)
        if invoice.state is not InvoiceState.REQUESTED:
            return invoice
        until = self._clock.now() + CLAIM
        claimed = moved(invoice, InvoiceEvent.CLAIMED, claimed_until=until)
        if not self._commit(invoice, self._change(invoice, claimed)):
            return self.invoice(no)  # another one claimed it
        buyer = self._store.buyer(no)
        exchanged = self._exchanges.send(
            self._platform.issue_call(claimed, self._store.content(no), buyer),
            peer=PEER,
            method=self._platform.issue_method,
            documents=(no, invoice.order_no),
            timeout_seconds=CALL_SECONDS,
            code_of=lambda answer: self._platform.read_issue(answer).code,
        )
        return self._settle(claimed, exchanged, self._after_issue(claimed, exchanged))

    def follow_up(self, no: str, version: int) -> Invoice:
        """What is due for an invoice, on `InvoiceDue`: sends it, or asks what came of it.

        `version` is the event's: if the invoice has moved on since, nothing is done.
        """
        invoice = self.invoice(no)
        if invoice.version != version or invoice.state in SETTLED:
            return invoice
        if invoice.state is InvoiceState.REQUESTED:
            return self.submit(no)
        return self.query(no)

    def query(self, no: str) -> Invoice:
        """Asks the platform what became of an invoice, and keeps its word.

        `Unavailable` while someone is sending it. Requested and settled invoices stay as they are.
        """
        invoice = self.invoice(no)
        if invoice.state is InvoiceState.SUBMITTING:
            invoice = self._lapsed(invoice)
        if invoice.state in SETTLED or invoice.state is InvoiceState.REQUESTED:
            return invoice
        exchanged = self._exchanges.send(
            self._platform.query_call(invoice, self._store.content(no)),
            peer=PEER,
            method=self._platform.query_method,
            documents=(no, invoice.order_no),
            timeout_seconds=CALL_SECONDS,
            code_of=lambda answer: self._platform.read_query(answer, invoice).code,
        )
        return self._settle(invoice, exchanged, self._after_query(invoice, exchanged))

    def renew(self, no: str) -> Invoice:
        """A person has it tried again after it failed, under a new request number (one that failed
        can't be used again). `IllegalTransition` unless it failed.
        """
        invoice = self.invoice(no)
        seller = self._store.content(no).seller
        again = moved(
            invoice,
            InvoiceEvent.RENEWED,
            sequence=invoice.sequence + 1,
            request_no=request_no(seller.tax_no, invoice.order_no, invoice.sequence + 1),
            attempts=0,
            serial="",
            refusal_code="",
            refusal_text="",
        )
        if not self._commit(invoice, self._change(invoice, again)):
            raise Conflict("invoice_changed", f"invoice {no} has just changed")
        return again

    # --- the parts

    def _drawn_up(self, order: Order) -> tuple[Invoice, InvoiceContent, Buyer]:
        assert order.invoice_request is not None  # noqa: S101 - `request` has looked
        buyer = invoice_buyer(order.invoice_request, self._orders.person(order.no))
        fulfilments = tuple(self._orders.fulfilments(order.no))
        rows = invoice_rows(
            sold_lines(order, fulfilments),
            freight=shipped_freight(order, fulfilments),
            source=order.message,
        )
        shop = self._shops.shop(order.shop)
        seller = Seller(tax_no=shop.seller_tax_no, name=shop.seller_name)
        sums = totals(rows)
        no = invoice_no(order.no, FIRST)
        invoice = Invoice(
            no=no,
            order_no=order.no,
            shop=order.shop,
            sequence=FIRST,
            kind=InvoiceKind.BLUE,
            request_no=request_no(seller.tax_no, order.no, FIRST),
            currency=order.currency,
            gross=sums.gross,
            net=sums.net,
            tax=sums.tax,
            requested_at=self._clock.now(),
        )
        return invoice, InvoiceContent(no=no, seller=seller, rows=rows), buyer

    def _lapsed(self, invoice: Invoice) -> Invoice:
        """The invoice after its sender died with the claim; `Unavailable` while it may live."""
        if invoice.claimed_until is not None and invoice.claimed_until > self._clock.now():
            raise Unavailable(f"invoice {invoice.no} is being sent")
        unknown = moved(invoice, InvoiceEvent.NO_ANSWER)
        change = self._change(invoice, unknown)
        return unknown if self._commit(invoice, change) else self.invoice(invoice.no)

    def _after_issue(self, claimed: Invoice, exchanged: Exchanged) -> Step:
        now, message_id = self._clock.now(), exchanged.message.id
        if exchanged.answer is None:
            unsent = exchanged.outcome is Outcome.NOT_SENT
            event = InvoiceEvent.NOT_SENT if unsent else InvoiceEvent.NO_ANSWER
            return unheard(claimed, event, message_id=message_id, now=now)
        word = self._presentable(claimed, self._platform.read_issue(exchanged.answer))
        return heard(claimed, ISSUE_EVENTS[word.meaning], word, message_id=message_id, now=now)

    def _after_query(self, invoice: Invoice, exchanged: Exchanged) -> Step:
        now, message_id = self._clock.now(), exchanged.message.id
        if exchanged.answer is None:
            return unheard(invoice, None, message_id=message_id, now=now)
        word = self._presentable(invoice, self._platform.read_query(exchanged.answer, invoice))
        return heard(invoice, QUERY_EVENTS[word.meaning], word, message_id=message_id, now=now)

    def _presentable(self, invoice: Invoice, word: Word) -> Word:
        """The word without the buyer in it: platforms quote what they refuse."""
        if word.meaning is not Meaning.REFUSED:
            return word
        buyer = self._store.buyer(invoice.no)
        text = word.text.replace(buyer.title, mask_name(buyer.title))
        if buyer.tax_no:
            text = text.replace(buyer.tax_no, mask_name(buyer.tax_no))
        return replace(word, text=text)

    def _settle(self, before: Invoice, exchanged: Exchanged, step: Step) -> Invoice:
        """Commits a step with the message's row, the next reminder, the event and the case."""
        after = step.invoice
        writes = exchanged.writes + self._change(before, after)
        if step.case is not None:
            writes += Writes([plan_exception(step.case)])
        if after.state is InvoiceState.ISSUED:
            issued = invoice_event("InvoiceIssued", after, now=self._clock.now())
            writes += Writes(events=[issued])
        if self._commit(before, writes):
            return after
        self._transaction.commit(exchanged.writes)  # the raw message is kept all the same
        return self.invoice(before.no)

    def _change(self, before: Invoice, after: Invoice) -> Writes:
        reminders = Writes(events=due(after, now=self._clock.now()))
        return self._store.plan_change(before, after) + reminders

    def _commit(self, before: Invoice, writes: Writes) -> bool:
        """False if the invoice has moved on meanwhile: another's word counts."""
        try:
            self._transaction.commit(writes)
        except ConditionFailed:
            if self.invoice(before.no).version == before.version:
                raise
            return False
        return True

    def _not_possible(self, order: Order, refusal: Refused) -> Writes:
        case = ExceptionCase(
            id=f"{ExceptionKind.INVOICE_NOT_POSSIBLE}:{order.no}",
            kind=ExceptionKind.INVOICE_NOT_POSSIBLE,
            document=order.no,
            text=str(refusal),
            message_id=order.message.message_id,
            raised_at=self._clock.now(),
        )
        return Writes([plan_exception(case)])
