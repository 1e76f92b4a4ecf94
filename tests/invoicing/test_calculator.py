"""What is invoiceable and how it is split, to the fen."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.invoicing.calculator import (
    SoldLine,
    check,
    invoice_rows,
    split_tax,
    totals,
    unit_price_text,
)
from chalicelib.invoicing.model import InvoiceRow, UnitRange
from chalicelib.kernel.errors import Refused
from chalicelib.kernel.provenance import Source

SOURCE = Source(message_id="m1")
CODE = "1060201010000000000"


def line(number: int, paid: int, *, rate: int = 13, count: int = 1, code: str = CODE) -> SoldLine:
    return SoldLine(
        order_line_no=number,
        units=(UnitRange(first=0, count=count),),
        name=f"goods {number}",
        tax_code=code,
        rate_percent=rate,
        paid=paid,
        source=SOURCE,
    )


def rows(*lines: SoldLine, freight: int = 0) -> tuple[InvoiceRow, ...]:
    return invoice_rows(lines, freight=freight, source=SOURCE)


def amounts(made: tuple[InvoiceRow, ...]) -> list[tuple[int, int, int]]:
    return [(row.gross, row.net, row.tax) for row in made]


@pytest.mark.parametrize(
    ("gross", "rate", "net", "tax"),
    [
        (22600, 13, 20000, 2600),
        (9990, 13, 8841, 1149),
        (1, 13, 1, 0),
        (4, 13, 4, 0),
        (5, 13, 4, 1),
        (9, 13, 8, 1),
        (10900, 9, 10000, 900),
        (3333, 6, 3144, 189),
        (1990, 1, 1970, 20),
        (5000, 0, 5000, 0),
    ],
)
def test_net_is_rounded_half_up_and_tax_is_the_rest(
    gross: int, rate: int, net: int, tax: int
) -> None:
    assert split_tax(gross, rate) == (net, tax)


def test_the_row_is_split_not_the_unit_price() -> None:
    # 3 pieces of 9.99: from the unit price it would be 3 * 8.84 = 26.52 net.
    made = rows(line(1, 2997, count=3))
    assert amounts(made) == [(2997, 2652, 345)]
    assert made[0].quantity == 3


def test_header_amounts_are_sums_of_rows_not_a_split_of_the_total() -> None:
    made = rows(line(1, 1003), line(2, 1003), line(3, 1003))
    assert (totals(made).gross, totals(made).net, totals(made).tax) == (3009, 2664, 345)
    assert split_tax(3009, 13) == (2663, 346)


def test_several_rates_stand_on_one_invoice() -> None:
    made = rows(line(1, 11300), line(2, 10900, rate=9), line(3, 10600, rate=6))
    assert amounts(made) == [(11300, 10000, 1300), (10900, 10000, 900), (10600, 10000, 600)]


def test_what_cost_nothing_is_left_out_and_rows_stay_dense() -> None:
    made = rows(line(1, 100), line(2, 0), line(3, 200))
    assert [(row.number, row.order_line_no) for row in made] == [(1, 1), (2, 3)]


def test_freight_is_a_row_of_its_own_at_code_and_rate_of_the_largest_row() -> None:
    made = rows(line(1, 5000, rate=9, code="1" * 19), line(2, 20000), freight=800)
    assert len(made) == 3
    freight = made[2]
    assert (freight.order_line_no, freight.name, freight.quantity) == (0, "运费", 1)
    assert (freight.tax_code, freight.rate_percent) == (CODE, 13)
    assert (freight.gross, freight.net, freight.tax) == (800, 708, 92)


def test_between_equally_large_rows_freight_follows_the_first() -> None:
    made = rows(line(1, 100, rate=9), line(2, 100, rate=13), freight=10)
    assert made[2].rate_percent == 9


def test_without_freight_there_is_no_freight_row() -> None:
    assert len(rows(line(1, 100))) == 1


@pytest.mark.parametrize(
    ("lines", "freight", "code"),
    [
        ((), 0, "invoice_nothing_to_invoice"),
        ((line(1, 0),), 0, "invoice_nothing_to_invoice"),
        ((line(1, 0),), 500, "invoice_nothing_to_invoice"),
        ((line(1, -1),), 0, "invoice_negative_row"),
        ((line(1, 100, code=""),), 0, "invoice_tax_code_missing"),
        ((line(1, 100), line(2, 100, code="123")), 0, "invoice_tax_code_missing"),
        ((line(1, 100, code="１" * 19),), 0, "invoice_tax_code_missing"),
        ((line(1, 100, rate=101),), 0, "invoice_tax_rate_wrong"),
        ((line(1, 100, rate=-13),), 0, "invoice_tax_rate_wrong"),
        (tuple(line(n, 100) for n in range(1, 2002)), 0, "invoice_too_many_rows"),
        (tuple(line(n, 100) for n in range(1, 2001)), 500, "invoice_too_many_rows"),
    ],
)
def test_what_no_invoice_can_be_made_of_is_refused_by_name(
    lines: tuple[SoldLine, ...], freight: int, code: str
) -> None:
    with pytest.raises(Refused) as caught:
        rows(*lines, freight=freight)
    assert caught.value.code == code


def test_a_gift_without_a_tax_code_does_not_stop_the_invoice() -> None:
    assert len(rows(line(1, 100), line(2, 0, code=""))) == 1


def test_many_rows_that_round_the_same_way_are_split_from_the_running_total() -> None:
    # 0.04 at 13% is 0.04 net and no tax: 2,000 rows would owe 10.40 yuan of tax and show none.
    made = rows(*(line(n, 4) for n in range(1, 2001)))
    sums = totals(made)
    assert (sums.gross, sums.net, sums.tax) == (8000, 7080, 920)
    assert all(row.gross == 4 and row.net + row.tax == 4 for row in made)


def test_a_row_whose_tax_is_not_its_rates_is_refused() -> None:
    good = rows(line(1, 11300))[0]
    wrong = InvoiceRow(
        number=1,
        order_line_no=1,
        units=good.units,
        name=good.name,
        tax_code=CODE,
        rate_percent=13,
        quantity=1,
        gross=11300,
        net=10006,
        tax=1294,
        source=SOURCE,
    )
    with pytest.raises(Refused) as caught:
        check([wrong])
    assert caught.value.code == "invoice_tax_out_of_tolerance"


@pytest.mark.parametrize(
    ("gross", "quantity", "text"),
    [
        (10000, 3, "33.33333333"),
        (17412, 1, "174.12"),
        (100, 1, "1"),
        (1, 3, "0.00333333"),
        (5, 8, "0.00625"),
    ],
)
def test_unit_prices_have_up_to_eight_decimals(gross: int, quantity: int, text: str) -> None:
    assert unit_price_text(gross, quantity) == text


prices = st.integers(1, 10_000_00)
lines_of_any_rate = st.lists(
    st.tuples(prices, st.sampled_from([0, 1, 3, 6, 9, 13]), st.integers(1, 50)),
    min_size=1,
    max_size=300,
)


@given(sold=lines_of_any_rate, freight=st.integers(0, 100_00))
def test_rows_add_up_and_keep_every_tolerance(
    sold: list[tuple[int, int, int]], freight: int
) -> None:
    lines = [line(n, paid, rate=rate, count=count) for n, (paid, rate, count) in enumerate(sold, 1)]
    made = rows(*lines, freight=freight)
    sums = totals(made)
    assert sums.gross == sum(paid for paid, _, _ in sold) + freight == sums.net + sums.tax
    deviation = Decimal(0)
    for row in made:
        off = Decimal(row.net) * row.rate_percent / 100 - row.tax
        assert abs(off) <= 6
        assert row.gross == row.net + row.tax
        price = Decimal(unit_price_text(row.gross, row.quantity)) * 100
        assert abs(price * row.quantity - row.gross) <= 1
        deviation += off
    assert abs(deviation) <= 127


@given(gross=st.integers(0, 10**9), rate=st.sampled_from([0, 1, 3, 6, 9, 13]))
def test_the_split_agrees_with_decimal_arithmetic(gross: int, rate: int) -> None:
    net = (Decimal(gross) / (1 + Decimal(rate) / 100)).quantize(Decimal(1), ROUND_HALF_UP)
    assert split_tax(gross, rate) == (int(net), gross - int(net))
