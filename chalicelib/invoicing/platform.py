"""The port to a tax platform: pure codecs; `service` does the sending and the remembering.

A platform is asked to issue under a request number, and asked later what came of it. It answers in
its own codes; a `Word` is what they mean to us.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from chalicelib.invoicing.model import Buyer, Invoice, InvoiceContent
from chalicelib.kernel.http import HttpAnswer
from chalicelib.kernel.money import Fen
from chalicelib.messages.exchange import Call


class Meaning(StrEnum):
    """What a platform's answer means.

    ACCEPTED: it has the request and works on it. NUMBERED: issued. REFUSED: it won't issue, for a
    reason a person has to look at. NOT_FOUND: it knows no such request. UNCLEAR: an answer from
    which nobody can tell whether it has the request (an HTTP error, a page of a proxy, "this
    number is taken").
    """

    ACCEPTED = "ACCEPTED"
    NUMBERED = "NUMBERED"
    REFUSED = "REFUSED"
    NOT_FOUND = "NOT_FOUND"
    UNCLEAR = "UNCLEAR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """An answer: `code` and `text` as the platform gave them. `number` and `issued_at` are there
    when it is NUMBERED, `net` and `tax` where the platform says what it issued.
    """

    meaning: Meaning
    code: str = ""
    text: str = ""
    serial: str = ""
    number: str = ""
    issued_at: datetime | None = None
    net: Fen | None = None
    tax: Fen | None = None


class TaxPlatform(Protocol):
    """One platform's codec. The readers take any bytes and never fail: what can't be read is
    UNCLEAR.
    """

    @property
    def issue_method(self) -> str:
        """The platform's name of the request, for the message log."""
        ...

    @property
    def query_method(self) -> str:
        """The platform's name of the question."""
        ...

    def issue_call(self, invoice: Invoice, content: InvoiceContent, buyer: Buyer) -> Call:
        """The request to issue, under the invoice's request number."""
        ...

    def read_issue(self, answer: HttpAnswer) -> Word:
        """What the platform said to it."""
        ...

    def query_call(self, invoice: Invoice, content: InvoiceContent) -> Call:
        """The question what became of the invoice's request number."""
        ...

    def read_query(self, answer: HttpAnswer, invoice: Invoice) -> Word:
        """What the platform said to it, about this invoice."""
        ...
