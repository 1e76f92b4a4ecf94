"""What holds whatever is returned in whatever order: every unit once, refunds never above what was
paid and in full exactly it, pieces and values conserved.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel.errors import Refused
from chalicelib.kernel.money import parse_fen
from chalicelib.orders.returns.model import ReturnedLine, ReturnLine, place
from tests.orders.returns.world import ReturnWorld, line, parcel, receipt
from tests.orders.world import MESSAGE

QUANTITIES = st.lists(st.integers(1, 6), min_size=1, max_size=3)
QUALITIES = st.sampled_from(["ZP", "CC", "XS"])
ASK = st.tuples(st.integers(0, 2), st.sets(st.integers(0, 5), min_size=1, max_size=4))
COME = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 4), QUALITIES), max_size=4)


def sold(quantities: list[int], discount: int, freight: int) -> tuple[ReturnWorld, str]:
    """An order of A, B and C at odd prices, that has left; its fulfilment."""
    world = ReturnWorld()
    world.warehouse("W1", {"A": 10, "B": 10, "C": 10})
    lines = [
        (sku, count, f"{number + 1}.0{number}")
        for number, (sku, count) in enumerate(zip("ABC", quantities, strict=False))
    ]
    total = sum(count * parse_fen(price, field="price") for _, count, price in lines)
    less = min(discount, total)
    paid = total - less + freight
    amounts = {
        "order_discount": f"{less // 100}.{less % 100:02d}",
        "freight": f"{freight // 100}.{freight % 100:02d}",
        "payable": f"{paid // 100}.{paid % 100:02d}",
    }
    return world, world.shipped(*lines, **amounts)


def refunds(world: ReturnWorld, no: str) -> dict[tuple[int, int], int]:
    """Fen by unit, over all of an order's returns; a unit that came twice fails."""
    found: dict[tuple[int, int], int] = {}
    for each in world.returns.of_order(no[:-3]):
        for unit in world.returns.refunds(each):
            key = (unit.order_line_no, unit.unit)
            assert key not in found
            found[key] = unit.goods + unit.freight
    return found


@settings(max_examples=60, deadline=None)
@given(
    quantities=QUANTITIES,
    discount=st.integers(0, 400),
    freight=st.integers(0, 300),
    asks=st.lists(st.tuples(ASK, COME, st.booleans()), max_size=5),
)
def test_units_come_back_once_and_never_for_more_than_was_paid(
    quantities: list[int], discount: int, freight: int, asks: list[Any]
) -> None:
    world, no = sold(quantities, discount, freight)
    order = world.orders.order(no[:-3])
    before = {sku: world.pool("W1", sku) for sku in "ABC"}
    came = dict.fromkeys("ABC", 0)
    for number, ((at, units), pieces, final) in enumerate(asks):
        try:
            found = world.ask(no, line(at + 1, *units), id=f"R-{number}", with_freight=True)
        except Refused:
            continue
        given_back = [(None, "ABC"[sku], count, kind) for sku, count, kind in pieces]
        world.come_back(found.no, *given_back, identity=f"{number}", final=final)
        for _, sku, count, _ in given_back:
            came[sku] += count
        if world.state_of(found.no) == "INSPECTED":
            world.returns.settle(found.no, by="anna")
    paid = refunds(world, no)
    assert sum(paid.values()) <= order.payable
    by_line = {each.line_no: each for each in order.lines}
    for line_no, sold_line in by_line.items():
        amounts = [amount for (of, _), amount in paid.items() if of == line_no]
        assert sum(amounts) <= sold_line.payable + sold_line.freight
        if len(amounts) == sold_line.quantity:
            assert sum(amounts) == sold_line.payable + sold_line.freight
    for sku in "ABC":
        pieces_then, value_then = before[sku]
        pieces_now, value_now = world.pool("W1", sku)
        assert pieces_now == pieces_then + came[sku]
        assert value_now == value_then + 100 * came[sku]


@settings(max_examples=40, deadline=None)
@given(quantities=QUANTITIES, discount=st.integers(0, 400), freight=st.integers(0, 300))
def test_a_parcel_that_holds_everything_is_worth_what_was_paid(
    quantities: list[int], discount: int, freight: int
) -> None:
    world, no = sold(quantities, discount, freight)
    pieces = [(sku, count, "ZP") for sku, count in zip("ABC", quantities, strict=False)]
    world.returns.take_unclaimed(parcel("WT-1", *pieces))
    world.work_off()
    found = world.returns.match("WT-1", by="anna", fulfilment_no=no)
    world.work_off()
    order = world.orders.order(no[:-3])
    assert sum(refunds(world, no).values()) == order.payable - order.freight
    assert world.returns.return_order(found.no).missing == 0
    for sku in "ABC":
        assert world.pool("W1", sku) == (10, 1000)
        balance = world.stock.balances([("W1", sku)])["W1", sku]
        assert balance.available + balance.reserved == balance.quantity("ZP") == 10


@settings(max_examples=150, deadline=None)
@given(
    units=st.lists(st.sets(st.integers(0, 9), min_size=1, max_size=5), min_size=1, max_size=3),
    came=st.lists(
        st.tuples(
            st.sampled_from([None, 1, 2, 3, 9]),
            st.sampled_from("AB"),
            st.integers(1, 7),
            QUALITIES,
            st.sampled_from(["", "L1", "L2"]),
        ),
        max_size=6,
    ),
    batches=st.dictionaries(
        st.tuples(st.integers(1, 3), st.integers(0, 9)), st.sampled_from(["L1", "L2"])
    ),
)
def test_placing_loses_no_piece_and_gives_no_unit_twice(
    units: list[set[int]], came: list[Any], batches: dict[tuple[int, int], str]
) -> None:
    lines = [
        ReturnLine(
            line_no=number,
            order_line_no=number,
            fulfilment_line_no=number,
            sku="AB"[number % 2],
            units=tuple(sorted(each)),
        )
        for number, each in enumerate(units, start=1)
    ]
    arrived = [
        ReturnedLine(
            line_no=number,
            sku=sku,
            quantity=count,
            inventory_type=kind,
            batch=batch,
            source=MESSAGE,
            return_line_no=named,
        )
        for number, (named, sku, count, kind, batch) in enumerate(came, start=1)
    ]
    placement = place(lines, arrived, batches)
    for sku in "AB":
        pieces = sum(each.quantity for each in arrived if each.sku == sku)
        split = [
            each.quantity for each in (*placement.placed, *placement.unplaced) if each.sku == sku
        ]
        assert sum(split) == pieces
        room = sum(len(each.units) for each in lines if each.sku == sku)
        placed = sum(each.quantity for each in placement.placed if each.sku == sku)
        assert placed == min(pieces, room)
    for after in placement.lines:
        found = [unit for unit, _ in after.found]
        assert len(found) == len(set(found))
        assert set(found) <= set(after.units)
    named_units = [(each.return_line_no, unit) for each in placement.placed for unit in each.units]
    assert len(named_units) == len(set(named_units))
    assert all(len(each.units) == each.quantity for each in placement.placed)


def test_the_pieces_of_a_receipt_are_the_units_it_names() -> None:
    world, no = sold([3], 100, 0)
    found = world.ask(no, line(1, 0, 1, 2))
    world.commit(world.returns.plan_receipt(receipt(found.no, (1, "A", 2, "ZP"))))
    (taken,) = world.returns.receipts(found.no)
    assert [each.units for each in taken.lines] == [(0, 1)]
