"""First in, first out: layers, and the worker that takes from them."""

from __future__ import annotations

from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.catalog.model import CostMethod
from chalicelib.kernel.writes import Key
from chalicelib.stock.costing import Pool, cost_in, cost_out
from chalicelib.stock.layers import MOST_SHARES, Front, Layer, Share, few, portion, take, worth
from chalicelib.stock.model import EntryId
from tests.stock.world import World, opening, quality_move, receipt, returned, shipment

ISSUE = EntryId(document="S1", entry="1#SHIPMENT#ZP#")


def fifo() -> World:
    world = World()
    world.methods = {"WH1": CostMethod.FIFO, "WH2": CostMethod.FIFO}
    return world


def pool(world: World, code: str = "WH1") -> Pool:
    return world.costs.pools([(code, "A")])[(code, "A")]


def layers(world: World) -> list[tuple[int, int, int]]:
    """Sequence, pieces and fen of every layer that there ever was."""
    found = [item for key, item in world.tables.tables.items() if key.pk == "LAYERS#WH1#A"]
    return sorted((item["sequence"], item["quantity"], item["value"]) for item in found)


# --- the worker


def test_what_leaves_costs_what_the_oldest_pieces_cost() -> None:
    world = fifo()
    world.post("R1", receipt(10, 10000))
    world.post("R2", receipt(5, 6000))
    world.post("S1", shipment(6))
    world.post("S2", shipment(7))
    world.post("S3", shipment(2))
    world.cost()
    assert [world.values(name) for name in ("S1", "S2", "S3")] == [[-6000], [-7600], [-2400]]
    assert (pool(world).quantity, pool(world).value, pool(world).unit_cost) == (0, 0, 120000)


def test_the_story_of_the_docs_ends_with_nothing() -> None:
    world = fifo()
    world.post("R1", receipt(10, 10000))
    world.post("R2", receipt(5, 6000))
    world.post("S1", shipment(6))
    world.post("S2", shipment(3))
    world.post("T1", returned(2, cost_of=ISSUE))
    world.post("S3", shipment(8))
    world.cost()
    assert [world.values(name) for name in ("S1", "S2", "T1", "S3")] == [
        [-6000],
        [-3000],
        [2000],
        [-9000],
    ]
    assert (pool(world).quantity, pool(world).value) == (0, 0)


def test_a_layer_that_doesnt_divide_gives_all_its_fen() -> None:
    world = fifo()
    world.post("R1", receipt(3, 1000))
    for number in (1, 2, 3):
        world.post(f"S{number}", shipment(1))
    world.cost()
    assert [world.values(f"S{number}") for number in (1, 2, 3)] == [[-333], [-333], [-334]]


def test_an_issue_writes_no_layer_and_moves_the_front() -> None:
    world = fifo()
    for number in range(4):
        world.post(f"R{number}", receipt(2, 200 + number))
    world.post("S1", shipment(5))
    world.cost()
    assert layers(world) == [(1, 2, 200), (2, 2, 201), (3, 2, 202), (4, 2, 203)]
    assert pool(world).front == Front(sequence=3, part=0, taken=1)
    assert (pool(world).quantity, pool(world).value) == (3, 101 + 203)


def test_what_comes_back_brings_the_layers_it_left_with() -> None:
    world = fifo()
    world.post("R1", receipt(2, 2000))
    world.post("R2", receipt(3, 3600))
    world.post("S1", shipment(4))
    world.post("T1", returned(3, cost_of=ISSUE))
    world.post("S2", shipment(1))
    world.post("S3", shipment(2))
    world.post("S4", shipment(1))
    world.cost()
    assert world.values("S1") == [-4400]
    assert world.values("T1") == [3200]
    # The piece that stayed first, then the two of the first layer, then that of the second.
    assert [world.values(name) for name in ("S2", "S3", "S4")] == [[-1200], [-2000], [-1200]]
    assert layers(world)[2:] == [(4, 1, 1200), (4, 2, 2000)]


def test_partial_returns_bring_back_exactly_what_was_issued() -> None:
    world = fifo()
    world.post("R1", receipt(2, 1001))
    world.post("R2", receipt(1, 700))
    world.post("S1", shipment(3))
    for number in (1, 2, 3):
        world.post(f"T{number}", returned(1, cost_of=ISSUE))
    world.cost()
    assert [world.values(f"T{number}") for number in (1, 2, 3)] == [[500], [501], [700]]
    assert (pool(world).quantity, pool(world).value) == (3, 1701)


def test_what_ships_before_it_came_is_estimated_and_then_settled() -> None:
    world = fifo()
    world.post("R1", receipt(2, 2000))
    world.post("S1", shipment(5))
    world.post("R2", receipt(4, 4800))
    world.post("S2", shipment(1))
    world.cost()
    assert world.values("S1") == [-5000]
    assert world.values("R2") == [4800, -600]
    assert world.values("S2") == [-1200]
    assert (pool(world).quantity, pool(world).value) == (0, 0)


def test_a_move_from_good_to_defective_takes_no_layer() -> None:
    world = fifo()
    world.post("R1", receipt(3, 1000))
    world.post("Q1", quality_move(2))
    world.post("S1", shipment(1, inventory_type="CC"))
    world.cost()
    assert [world.values(name) for name in ("Q1", "S1")] == [[0], [-333]]
    assert pool(world).front == Front(sequence=1, part=0, taken=1)


def test_a_pool_keeps_the_method_it_began_with() -> None:
    world = fifo()
    world.post("R1", receipt(1, 100), receipt(1, 300, line="2"))
    world.cost()
    world.methods = {}
    world.post("S1", shipment(1))
    world.cost()
    assert world.values("S1") == [-100]


def test_costing_twice_writes_each_layer_once() -> None:
    world = fifo()
    world.post("R1", receipt(3, 1000))
    world.cost()
    world.cost()
    assert layers(world) == [(1, 3, 1000)]


def test_opening_stock_is_a_layer() -> None:
    world = fifo()
    world.post("O1", opening(2, 500))
    world.post("R1", receipt(2, 900))
    world.post("S1", shipment(3))
    world.cost()
    assert world.values("S1") == [-950]


def test_an_issue_over_many_layers_tells_what_it_took_in_one_item() -> None:
    world = fifo()
    count = MOST_SHARES + 20
    for number in range(count):
        world.post(f"R{number}", receipt(1, 100 + number))
    world.post("S1", shipment(count))
    world.post("T1", returned(count, cost_of=ISSUE))
    world.cost()
    total = sum(100 + number for number in range(count))
    assert (world.values("S1"), world.values("T1")) == ([-total], [total])
    item = world.tables.tables[Key("stock", "ENTRY#S1", "1#SHIPMENT#ZP##VALUE")]
    assert len(item["shares"]) == MOST_SHARES
    assert (pool(world).quantity, pool(world).value) == (count, total)


MOVES = st.lists(
    st.one_of(
        st.tuples(st.integers(1, 9), st.integers(0, 999)),
        st.tuples(st.integers(-9, -1), st.none()),
    ),
    max_size=25,
)


@given(MOVES)
@settings(max_examples=100, deadline=None)
def test_every_issue_costs_what_a_queue_of_single_pieces_says(
    moves: list[tuple[int, int | None]],
) -> None:
    world = fifo()
    queue: deque[int] = deque()
    expected: list[int] = []
    for number, (pieces, value) in enumerate(moves):
        if value is not None:
            world.post(f"D{number}", receipt(pieces, value))
            queue += [value * (at + 1) // pieces - value * at // pieces for at in range(pieces)]
        elif -pieces <= len(queue):
            world.post(f"D{number}", shipment(-pieces))
            expected.append(-sum(queue.popleft() for _ in range(-pieces)))
    world.cost()
    issued = [
        value.value
        for number in range(len(moves))
        for value in world.costs.values_of(f"D{number}")
        if value.quantity < 0
    ]
    assert issued == expected
    if moves:
        assert (pool(world).quantity, pool(world).value) == (len(queue), sum(queue))


@given(MOVES)
@settings(max_examples=100, deadline=None)
def test_value_follows_quantity_also_below_zero_and_no_dust_stays_behind(
    moves: list[tuple[int, int | None]],
) -> None:
    world = fifo()
    for number, (pieces, value) in enumerate(moves):
        world.post(f"D{number}", shipment(-pieces) if value is None else receipt(pieces, value))
        world.cost()
        now = pool(world)
        booked = sum(sum(world.values(f"D{at}")) for at in range(number + 1))
        assert now.value == booked
        if now.quantity == 0:
            assert now.value == 0
        if now.quantity > 0:
            left = take_all(world)
            assert (sum(share.quantity for share in left), worth(left)) == (now.quantity, now.value)


def take_all(world: World) -> tuple[Share, ...]:
    """What is left of all layers from the front on."""
    items = [item for key, item in world.tables.tables.items() if key.pk == "LAYERS#WH1#A"]
    front = pool(world).front
    rest = [
        Layer(
            warehouse="WH1",
            sku="A",
            sequence=item["sequence"],
            part=item["part"],
            quantity=item["quantity"],
            value=item["value"],
        )
        for item in sorted(items, key=lambda item: (item["sequence"], item["part"]))
        if (item["sequence"], item["part"]) >= (front.sequence, front.part)
    ]
    pieces = sum(layer.quantity for layer in rest) - front.taken
    return take(rest, front, pieces).shares


# --- the arithmetic


def test_more_than_the_layers_hold_is_a_bug_of_the_caller() -> None:
    layer = Layer(warehouse="WH1", sku="A", sequence=1, part=0, quantity=2, value=10)
    with pytest.raises(ValueError, match="the layers lack 1 pieces"):
        take([layer], Front(), 3)


def test_a_portion_that_isnt_there_is_a_bug_of_the_caller() -> None:
    with pytest.raises(ValueError, match="don't hold 2 pieces"):
        portion([Share(quantity=2, value=10)], 1, 2)


SHARES = st.lists(
    st.builds(Share, quantity=st.integers(1, 9), value=st.integers(0, 999)), min_size=1, max_size=9
)


@given(SHARES, st.data())
def test_portions_that_cover_the_shares_add_up_to_their_value(
    shares: list[Share], data: st.DataObject
) -> None:
    pieces = sum(share.quantity for share in shares)
    cut = data.draw(st.integers(0, pieces))
    parts = (*portion(shares, 0, cut), *portion(shares, cut, pieces - cut))
    assert (sum(part.quantity for part in parts), worth(parts)) == (pieces, worth(shares))


@given(st.lists(st.builds(Share, quantity=st.integers(1, 9), value=st.integers(0, 999))))
def test_few_shares_hold_what_many_held(shares: list[Share]) -> None:
    kept = few(shares * 5)
    assert len(kept) <= MOST_SHARES
    assert worth(kept) == 5 * worth(shares)
    assert sum(each.quantity for each in kept) == 5 * sum(each.quantity for each in shares)


def test_nothing_known_comes_in_at_the_average_of_what_there_is() -> None:
    before = Pool(
        warehouse="WH1", sku="A", sequence=2, quantity=3, value=1000, method=CostMethod.FIFO
    )
    costed = cost_in(before, 2)
    assert (costed.value, costed.layers) == (667, (Share(quantity=2, value=667),))


def test_an_average_pool_reads_no_layers() -> None:
    before = Pool(warehouse="WH1", sku="A", sequence=2, quantity=3, value=1000)
    costed = cost_out(before, 2)
    assert (costed.value, costed.shares, costed.layers) == (-667, (), ())
