"""Reading the body of `POST /v1/orders`, strictly: what isn't expected is refused with its field.

    {"channel_order_id": "6712345678901234567", "currency": "CNY",
     "placed_at": "2026-11-22T09:30:00+08:00", "paid_at": "2026-11-22T09:31:05+08:00",
     "lines": [{"channel_line_id": "67123-1", "sku": "TEE-WHITE-M", "name": "白色圆领 T 恤 M",
                "quantity": 2, "unit_price": "59.00", "discount": "8.00"}],
     "order_discount": "10.00", "freight": "6.00", "payable": "106.00",
     "receiver": {"name": "张三", "mobile": "13800000000", "phone": "", "province": "浙江省",
                  "city": "杭州市", "district": "西湖区", "town": "", "address": "文一西路 1 号",
                  "zip_code": ""},
     "buyer": {"nick": "", "remark": "", "email": ""}, "seller_remark": "",
     "invoice": {"kind": "COMPANY", "title": "某某有限公司", "tax_no": "91330100MA00000000"}}

Ids are strings and are kept unchanged (a 19-digit number would be rounded by half the world's JSON
readers). Amounts are strings with at most two decimals, tax included. Moments carry their offset.
Optional: `name`, `discount`, `order_discount`, `freight`, `phone`, `town`, `zip_code`, `buyer` and
its parts, `seller_remark`, `invoice` and its `tax_no` (needed for a company). Text lengths are
Qimen's: codes 50, names 200, remarks 500, since a warehouse has to take them later.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import msgspec

from chalicelib.kernel.errors import Malformed, Refused
from chalicelib.kernel.items import to_item
from chalicelib.kernel.money import Fen, parse_fen
from chalicelib.kernel.strict_json import read_json
from chalicelib.orders.model import InvoiceRequest, Person

MOST_LINES = 500
MOST_PIECES = 1_000_000
"""Pieces of one line; beyond it is a mistake."""

INVOICE_KINDS = ("PERSON", "COMPANY")


@dataclass(frozen=True, slots=True, kw_only=True)
class LineInput:
    """A line as the caller sent it, amounts in fen."""

    channel_line_id: str
    sku: str
    name: str
    quantity: int
    unit_price: Fen
    discount: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderInput:
    """An order as the caller sent it: readable, not yet checked against anything else."""

    channel_order_id: str
    currency: str
    placed_at: datetime
    paid_at: datetime
    lines: tuple[LineInput, ...]
    order_discount: Fen
    freight: Fen
    payable: Fen
    person: Person
    invoice: InvoiceRequest | None

    def digest(self) -> str:
        """SHA-256 over the canonical JSON of what was said, however it was written."""
        return hashlib.sha256(msgspec.json.encode(to_item(self), order="sorted")).hexdigest()


_Code = Annotated[str, msgspec.Meta(min_length=1, max_length=50)]
_Short = Annotated[str, msgspec.Meta(max_length=50)]
_Needed = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_Text = Annotated[str, msgspec.Meta(max_length=200)]
_Remark = Annotated[str, msgspec.Meta(max_length=500)]


class _Strict(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What the body's objects have in common: nothing unknown in them."""


class _Line(_Strict, frozen=True):
    channel_line_id: _Code
    sku: _Code
    quantity: int
    unit_price: str
    discount: str = "0"
    name: _Text = ""


class _Receiver(_Strict, frozen=True):
    name: _Needed
    mobile: _Code
    province: Annotated[str, msgspec.Meta(min_length=1, max_length=50)]
    city: _Code
    district: _Short
    address: _Needed
    phone: _Short = ""
    town: _Short = ""
    zip_code: _Short = ""


class _Buyer(_Strict, frozen=True):
    nick: _Text = ""
    remark: _Remark = ""
    email: _Text = ""


class _Invoice(_Strict, frozen=True):
    kind: str
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    tax_no: Annotated[str, msgspec.Meta(max_length=20)] = ""


class _Body(_Strict, frozen=True):
    channel_order_id: _Code
    currency: str
    placed_at: str
    paid_at: str
    lines: list[_Line]
    payable: str
    receiver: _Receiver
    order_discount: str = "0"
    freight: str = "0"
    buyer: _Buyer = _Buyer()
    seller_remark: _Remark = ""
    invoice: _Invoice | None = None


def parse_order(body: bytes) -> OrderInput:
    """Reads the body; `Malformed` with a stable code and the field (`lines[1].quantity`) if it
    can't be read, `Refused` if it says something impossible.
    """
    read = read_json(body, _Body)
    _check_texts(read)
    if read.currency != "CNY":
        raise Refused("unknown_currency", "orders are in CNY", field="currency")
    return OrderInput(
        channel_order_id=read.channel_order_id,
        currency=read.currency,
        placed_at=_moment(read.placed_at, "placed_at"),
        paid_at=_moment(read.paid_at, "paid_at"),
        lines=_lines(read.lines),
        order_discount=_amount(read.order_discount, "order_discount"),
        freight=_amount(read.freight, "freight"),
        payable=_amount(read.payable, "payable"),
        person=_person(read),
        invoice=_invoice(read.invoice),
    )


_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that XML 1.0 can't hold, so no warehouse could be told."""


def _check_texts(read: _Body) -> None:
    pending: list[tuple[str, object]] = [("", msgspec.to_builtins(read))]
    while pending:
        place, value = pending.pop()
        if isinstance(value, dict):
            pending += [(f"{place}.{name}".lstrip("."), each) for name, each in value.items()]
        elif isinstance(value, list):
            pending += [(f"{place}[{at}]", each) for at, each in enumerate(value)]
        elif isinstance(value, str) and _UNWRITABLE.search(value):
            raise Malformed("unwritable_text", "a text holds a control character", field=place)


def _lines(read: list[_Line]) -> tuple[LineInput, ...]:
    if not read:
        raise Malformed("no_lines", "an order has at least one line", field="lines")
    if len(read) > MOST_LINES:
        raise Malformed("too_many_lines", f"at most {MOST_LINES} lines", field="lines")
    seen: set[str] = set()
    lines = []
    for at, line in enumerate(read):
        if line.channel_line_id in seen:
            raise Malformed(
                "duplicate_line", "two lines of one id", field=f"lines[{at}].channel_line_id"
            )
        seen.add(line.channel_line_id)
        lines.append(_line(line, f"lines[{at}]"))
    return tuple(lines)


def _line(line: _Line, place: str) -> LineInput:
    if not 1 <= line.quantity <= MOST_PIECES:
        raise Malformed(
            "malformed_quantity",
            f"a quantity is a whole number from 1 to {MOST_PIECES}",
            field=f"{place}.quantity",
        )
    return LineInput(
        channel_line_id=line.channel_line_id,
        sku=line.sku,
        name=line.name,
        quantity=line.quantity,
        unit_price=_amount(line.unit_price, f"{place}.unit_price"),
        discount=_amount(line.discount, f"{place}.discount"),
    )


def _amount(text: str, field: str) -> Fen:
    amount = parse_fen(text, field=field)
    if amount < 0 or text.startswith("-"):
        raise Malformed("negative_amount", "this amount can't be negative", field=field)
    return amount


_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})", re.ASCII
)


def _moment(text: str, field: str) -> datetime:
    if _MOMENT.fullmatch(text):
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise Malformed(
        "malformed_time", "a moment is like 2026-11-22T09:30:00+08:00, with its offset", field=field
    )


def _invoice(read: _Invoice | None) -> InvoiceRequest | None:
    if read is None:
        return None
    if read.kind not in INVOICE_KINDS:
        raise Malformed("unknown_invoice_kind", "PERSON or COMPANY", field="invoice.kind")
    if read.kind == "COMPANY" and not read.tax_no:
        raise Refused(
            "missing_tax_no", "a company's invoice needs its tax number", field="invoice.tax_no"
        )
    return InvoiceRequest(kind=read.kind, has_tax_no=bool(read.tax_no))


def _person(read: _Body) -> Person:
    receiver, buyer = read.receiver, read.buyer
    return Person(
        name=receiver.name,
        mobile=receiver.mobile,
        phone=receiver.phone,
        province=receiver.province,
        city=receiver.city,
        district=receiver.district,
        town=receiver.town,
        address=receiver.address,
        zip_code=receiver.zip_code,
        buyer_nick=buyer.nick,
        buyer_remark=buyer.remark,
        seller_remark=read.seller_remark,
        invoice_title=read.invoice.title if read.invoice else "",
        invoice_tax_no=read.invoice.tax_no if read.invoice else "",
        email=buyer.email,
    )
