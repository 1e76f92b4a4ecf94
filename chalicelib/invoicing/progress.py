"""What an attempt or an answer makes of an invoice, what is due then, and what a person gets to
see. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from chalicelib.invoicing.model import Invoice
from chalicelib.invoicing.platform import Meaning, Word
from chalicelib.invoicing.states import SETTLED, InvoiceEvent, InvoiceState, next_state
from chalicelib.kernel.events import Event
from chalicelib.kernel.exceptions import ExceptionCase, ExceptionKind
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.reminders import CLAIM_WAIT_SECONDS, reminder, wait_seconds

MOST_ATTEMPTS = 60
"""About half a day of asking, then a person is called."""

ISSUE_EVENTS = {
    Meaning.ACCEPTED: InvoiceEvent.ACCEPTED,
    Meaning.NUMBERED: InvoiceEvent.NUMBERED,
    Meaning.REFUSED: InvoiceEvent.REFUSED,
    Meaning.NOT_FOUND: InvoiceEvent.NO_ANSWER,
    Meaning.UNCLEAR: InvoiceEvent.NO_ANSWER,
}
"""What the answer to a request to issue means for the invoice."""

QUERY_EVENTS = {
    Meaning.ACCEPTED: InvoiceEvent.ACCEPTED,
    Meaning.NUMBERED: InvoiceEvent.NUMBERED,
    Meaning.REFUSED: InvoiceEvent.REFUSED,
    Meaning.NOT_FOUND: InvoiceEvent.NOT_FOUND,
    Meaning.UNCLEAR: None,
}
"""What the answer to a question means; None: as little known as before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The invoice after an attempt, and the case for a person where there is one."""

    invoice: Invoice
    case: ExceptionCase | None


def moved(invoice: Invoice, event: InvoiceEvent | None, **changes: Any) -> Invoice:
    """One step on in the table; None: no step, only another attempt. Nobody claims the result
    unless `changes` say so.
    """
    step: dict[str, Any] = {
        "state": invoice.state if event is None else next_state(invoice.state, event),
        "version": invoice.version + 1,
        "attempts": invoice.attempts + (event is not InvoiceEvent.CLAIMED),
        "claimed_until": None,
    }
    return replace(invoice, **(step | changes))


def heard(
    invoice: Invoice, event: InvoiceEvent | None, word: Word, *, message_id: str, now: datetime
) -> Step:
    """The invoice after the platform's word. `word.text` has to be free of personal data here."""
    message = Source(message_id=message_id)
    if event is InvoiceEvent.NUMBERED:
        after = moved(
            invoice,
            event,
            serial=word.serial or invoice.serial,
            number=word.number,
            issued_at=word.issued_at or now,
            message=message,
        )
    elif event is InvoiceEvent.REFUSED:
        after = moved(
            invoice, event, refusal_code=word.code, refusal_text=word.text, message=message
        )
    else:
        after = moved(invoice, event, serial=word.serial or invoice.serial, message=message)
    return Step(invoice=after, case=_case(after, word, message_id=message_id, now=now))


def unheard(
    invoice: Invoice, event: InvoiceEvent | None, *, message_id: str, now: datetime
) -> Step:
    """The invoice after an attempt that brought no answer."""
    after = moved(invoice, event)
    return Step(invoice=after, case=_case(after, None, message_id=message_id, now=now))


def wait_of(invoice: Invoice) -> int:
    """How long until the next attempt."""
    if invoice.state is InvoiceState.SUBMITTING:
        return CLAIM_WAIT_SECONDS
    return wait_seconds(invoice.attempts)


def due(invoice: Invoice, *, now: datetime) -> tuple[Event, ...]:
    """The one `InvoiceDue` of this version, or none: settled, or patience is over."""
    if invoice.state in SETTLED or invoice.attempts >= MOST_ATTEMPTS:
        return ()
    return (
        reminder(
            "InvoiceDue",
            invoice.no,
            invoice.version,
            correlation=invoice.order_no,
            wait=wait_of(invoice),
            now=now,
        ),
    )


def invoice_event(kind: str, invoice: Invoice, *, now: datetime) -> Event:
    """An event about the invoice that happens once."""
    return Event(
        id=f"{kind}:{invoice.no}",
        kind=kind,
        subject=invoice.no,
        occurred_at=now,
        correlation=invoice.order_no,
        data={
            "invoice": invoice.no,
            "order": invoice.order_no,
            "version": invoice.version,
            "number": invoice.number,
        },
    )


def _case(
    invoice: Invoice, word: Word | None, *, message_id: str, now: datetime
) -> ExceptionCase | None:
    found = _question(invoice, word)
    if found is None:
        return None
    kind, text = found
    return ExceptionCase(
        id=f"{kind}:{invoice.no}:{invoice.request_no}",
        kind=kind,
        document=invoice.no,
        text=text,
        message_id=message_id,
        raised_at=now,
    )


def _question(invoice: Invoice, word: Word | None) -> tuple[ExceptionKind, str] | None:
    """The kind and the sentence of what a person has to look at."""
    if invoice.state is InvoiceState.FAILED:
        said = f"{invoice.refusal_code} {invoice.refusal_text}".strip()
        return ExceptionKind.INVOICE_REFUSED, f"the tax platform refuses to issue it: {said}"
    if invoice.state is InvoiceState.ISSUED:
        if word is None or (word.net, word.tax) in ((None, None), (invoice.net, invoice.tax)):
            return None
        return ExceptionKind.INVOICE_AMOUNTS_DIFFER, "the tax platform issued it with other amounts"
    if invoice.attempts >= MOST_ATTEMPTS:
        text = f"after {invoice.attempts} attempts it is still {invoice.state}"
        return ExceptionKind.INVOICE_STUCK, text
    return None
