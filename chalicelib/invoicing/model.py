"""Invoices and their rows.

Amounts are fen of the invoice's currency. An invoice is three items: the head that changes, the
content that doesn't, and the buyer, who is kept sealed.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.invoicing.states import InvoiceState
from chalicelib.kernel.money import Fen
from chalicelib.kernel.provenance import Source

REQUEST_NO_LENGTH = 20
"""The longest request number that every platform we know takes (Nuonuo `orderNo`, Taobao
`serial_no`, Piaotong).
"""

FREIGHT_LINE = 0
"""The order line of a row that carries freight; order lines count from 1."""


class InvoiceKind(StrEnum):
    """Blue invoices charge; red ones reverse."""

    BLUE = "BLUE"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRange:
    """Units `first` … `first + count - 1` of an order line, numbered from 0."""

    first: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceRow:
    """One row: `gross` (tax included) = `net` + `tax`, exactly.

    `quantity` pieces of the units named; `source` leads to what the order said.
    """

    number: int
    order_line_no: int
    units: tuple[UnitRange, ...]
    name: str
    tax_code: str
    rate_percent: int
    quantity: int
    gross: Fen
    net: Fen
    tax: Fen
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """Whose invoice it is."""

    tax_no: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Who the invoice is made out to; personal data, sealed. `tax_no` is "" for a person."""

    title: str
    tax_no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceContent:
    """What the invoice says, written once."""

    no: str
    seller: Seller
    rows: tuple[InvoiceRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """An invoice's head. `version` counts its changes; `attempts` the calls and questions so far.

    `request_no` identifies the request at the platform, for ever: a repeat of it issues nothing
    new. `serial` is the platform's own id, `number` the state's, 20 digits, once it is issued.
    `claimed_until`: while it is `SUBMITTING`, when its sender has to be taken for dead. `message`
    is the raw message that its latest state rests on.
    """

    no: str
    order_no: str
    shop: str
    sequence: int
    kind: InvoiceKind
    request_no: str
    currency: str
    gross: Fen
    net: Fen
    tax: Fen
    requested_at: datetime
    state: InvoiceState = InvoiceState.REQUESTED
    version: int = 1
    attempts: int = 0
    claimed_until: datetime | None = None
    serial: str = ""
    number: str = ""
    issued_at: datetime | None = None
    refusal_code: str = ""
    refusal_text: str = ""
    message: Source | None = None


def invoice_no(order_no: str, sequence: int) -> str:
    """The number of an order's invoice: `2611220012345678901-F1`. It names the order, so one
    order has one first invoice whoever asks for it, and how often.
    """
    return f"{order_no}-F{sequence}"


def request_no(seller_tax_no: str, order_no: str, sequence: int) -> str:
    """A request number of 20 letters and digits, the same for the same seller, order and
    sequence: 95 bits of SHA-256 behind an `F`.
    """
    digest = hashlib.sha256(f"{seller_tax_no}\n{order_no}\n{sequence}".encode()).digest()
    return "F" + base64.b32encode(digest).decode()[: REQUEST_NO_LENGTH - 1]
