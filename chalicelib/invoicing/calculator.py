"""What of an order is invoiceable, split into tax and net, row by row. Pure.

A row is what the buyer paid for units of one order line: list price less the seller's discounts,
as they were apportioned when the order was taken in. The discount is shown as a lower price, not
as a discount row: the money is the same, a later red invoice works on the net amount anyway, and
2,000 rows carry 2,000 lines.

Prices include tax, so per row `net = round_half_up(gross * 100 / (100 + rate))` and
`tax = gross - net`; the header is the sum of the rows, never a split of the total. The platform
refuses a row whose tax is more than 0.06 yuan off `net * rate` (Nuonuo E9131) and, as tax control
always did, an invoice whose rows are together more than 1.27 off. A row is off by 0.00565 at most
at 13%, so only beyond 224 rows can the sum pass 1.27; then the rows of one rate are split from
their running total, which keeps the sum within one row's rounding.

Freight is a row of its own: it is charged along with the goods and so follows them in code and
rate (VAT Law art. 13, the ancillary part follows the main one; the main one is the largest row),
and a row of its own can be reversed without touching a goods row's unit price.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import count

from chalicelib.invoicing.model import FREIGHT_LINE, InvoiceRow, UnitRange
from chalicelib.kernel.errors import Refused
from chalicelib.kernel.money import Fen, divide_half_up
from chalicelib.kernel.provenance import Source

MOST_ROWS = 2000
ROW_TOLERANCE = 6
INVOICE_TOLERANCE = 127
"""The tolerances in fen."""

FREIGHT_NAME = "运费"
_TAX_CODE = re.compile(r"[0-9]{19}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldLine:
    """Units of an order line that were sold and kept: `paid` fen for all of them, tax included."""

    order_line_no: int
    units: tuple[UnitRange, ...]
    name: str
    tax_code: str
    rate_percent: int
    paid: Fen
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The header amounts: `gross = net + tax`."""

    gross: Fen
    net: Fen
    tax: Fen


def split_tax(gross: Fen, rate_percent: int) -> tuple[Fen, Fen]:
    """(net, tax) of an amount that includes tax."""
    net = divide_half_up(gross * 100, 100 + rate_percent)
    return net, gross - net


def invoice_rows(
    lines: Sequence[SoldLine], *, freight: Fen, source: Source
) -> tuple[InvoiceRow, ...]:
    """The rows of an order's blue invoice, in the order of its lines, freight last.

    What cost nothing is left out: a row of 0 is refused by the platform. Refused are
    `invoice_nothing_to_invoice`, `invoice_negative_row`, `invoice_tax_code_missing` (one line
    without its 19-digit tax code stops the whole invoice), `invoice_tax_rate_wrong`,
    `invoice_too_many_rows` and `invoice_tax_out_of_tolerance`.
    """
    paid = [line for line in lines if line.paid != 0]
    if freight and not paid:
        raise Refused("invoice_nothing_to_invoice", "freight alone has no goods to follow")
    if freight:
        paid.append(_freight_line(max(paid, key=lambda line: line.paid), freight, source))
    if not paid:
        raise Refused("invoice_nothing_to_invoice", "the buyer paid nothing for what was shipped")
    if len(paid) > MOST_ROWS:
        raise Refused("invoice_too_many_rows", f"an invoice has at most {MOST_ROWS} rows")
    rows = tuple(_row(number, line) for number, line in zip(count(1), paid, strict=False))
    if not _within_invoice_tolerance(rows):
        rows = _split_from_running_totals(rows)
    check(rows)
    return rows


def totals(rows: Iterable[InvoiceRow]) -> Totals:
    """The sums of the rows."""
    listed = list(rows)
    return Totals(
        gross=sum(row.gross for row in listed),
        net=sum(row.net for row in listed),
        tax=sum(row.tax for row in listed),
    )


def check(rows: Sequence[InvoiceRow]) -> None:
    """What the platform would refuse, refused before anything is sent."""
    for row in rows:
        if row.gross != row.net + row.tax:
            raise ValueError(f"row {row.number} doesn't add up")  # only a bug of ours can do this
        if abs(_deviation(row)) > ROW_TOLERANCE * 100:
            raise Refused(
                "invoice_tax_out_of_tolerance",
                f"row {row.number}: the tax isn't the rate's",
                field=f"rows[{row.number - 1}].tax",
            )
    if not _within_invoice_tolerance(rows):
        raise Refused("invoice_tax_out_of_tolerance", "the rows' roundings add up to too much")


def unit_price_text(gross: Fen, quantity: int) -> str:
    """The tax-inclusive price of one piece in yuan, rounded half-up to 8 decimals and without
    trailing zeros: 10000 fen over 3 pieces is `33.33333333`.
    """
    scaled = divide_half_up(gross * 10**6, quantity)
    whole, fraction = divmod(scaled, 10**8)
    return f"{whole}.{fraction:08d}".rstrip("0").rstrip(".")


def _row(number: int, line: SoldLine) -> InvoiceRow:
    where = f"lines[{line.order_line_no}]"
    if line.paid < 0:
        raise Refused("invoice_negative_row", "a blue invoice has no negative rows", field=where)
    if not _TAX_CODE.fullmatch(line.tax_code):
        raise Refused("invoice_tax_code_missing", "the line has no 19-digit tax code", field=where)
    if not 0 <= line.rate_percent <= 100:
        raise Refused("invoice_tax_rate_wrong", "a tax rate is 0 to 100 percent", field=where)
    net, tax = split_tax(line.paid, line.rate_percent)
    return InvoiceRow(
        number=number,
        order_line_no=line.order_line_no,
        units=line.units,
        name=line.name,
        tax_code=line.tax_code,
        rate_percent=line.rate_percent,
        quantity=sum(each.count for each in line.units),
        gross=line.paid,
        net=net,
        tax=tax,
        source=line.source,
    )


def _freight_line(main: SoldLine, freight: Fen, source: Source) -> SoldLine:
    return replace(
        main,
        order_line_no=FREIGHT_LINE,
        units=(UnitRange(first=0, count=1),),
        name=FREIGHT_NAME,
        paid=freight,
        source=source,
    )


def _deviation(row: InvoiceRow) -> int:
    """`net * rate - tax` in 1/100 fen, signed."""
    return row.net * row.rate_percent - row.tax * 100


def _within_invoice_tolerance(rows: Sequence[InvoiceRow]) -> bool:
    return abs(sum(_deviation(row) for row in rows)) <= INVOICE_TOLERANCE * 100


def _split_from_running_totals(rows: Sequence[InvoiceRow]) -> tuple[InvoiceRow, ...]:
    """Splits the running total of each rate, so that roundings don't add up over many rows."""
    gross_so_far: dict[int, Fen] = {}
    split = []
    for row in rows:
        before = gross_so_far.get(row.rate_percent, 0)
        after = gross_so_far[row.rate_percent] = before + row.gross
        net = split_tax(after, row.rate_percent)[0] - split_tax(before, row.rate_percent)[0]
        split.append(replace(row, net=net, tax=row.gross - net))
    return tuple(split)
