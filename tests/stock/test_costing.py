"""Moving average: the arithmetic, and the worker that follows the ledger."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.writes import Key, Writes
from chalicelib.stock.costing import Costed, Pool, cost_in, cost_out
from chalicelib.stock.layers import Share
from chalicelib.stock.model import EntryId
from tests.stock.world import World, opening, quality_move, receipt, returned, shipment

EMPTY = Pool(warehouse="WH1", sku="A")


def cost(pool: Pool, pieces: int, value: int | None = None) -> Costed:
    if pieces < 0:
        return cost_out(pool, -pieces)
    return cost_in(pool, pieces, [] if value is None else [Share(quantity=pieces, value=value)])


def after(pool: Pool, pieces: int, value: int | None = None) -> Pool:
    return cost(pool, pieces, value).pool_after(pool, pool.sequence + 1)


def test_the_moving_average_of_a_known_story() -> None:
    world = World()
    world.post("R1", receipt(10, 10000))
    world.post("R2", receipt(5, 6000))
    world.post("S1", shipment(6))
    world.post("S2", shipment(3))
    issue = EntryId(document="S1", entry="1#SHIPMENT#ZP#")
    world.post("T1", returned(2, cost_of=issue))
    world.post("S3", shipment(8))
    world.cost()
    documents = ["R1", "R2", "S1", "S2", "T1", "S3"]
    assert [world.values(document) for document in documents] == [
        [10000],
        [6000],
        [-6400],
        [-3200],
        [2133],
        [-8533],
    ]
    pool = world.costs.pools([("WH1", "A")])[("WH1", "A")]
    assert (pool.sequence, pool.quantity, pool.value) == (6, 0, 0)


def test_costing_after_each_posting_or_twice_gives_the_same_values() -> None:
    world = World()
    world.post("R1", receipt(3, 1000))
    world.cost()
    world.cost()
    world.post("S1", shipment(1))
    world.cost("WH1/A", "WH1/A")
    assert (world.values("R1"), world.values("S1")) == ([1000], [-333])


def test_three_partial_returns_bring_back_exactly_what_was_issued() -> None:
    world = World()
    world.post("R1", receipt(3, 1000))
    world.post("S1", shipment(3))
    issue = EntryId(document="S1", entry="1#SHIPMENT#ZP#")
    for number in (1, 2, 3):
        world.post(f"T{number}", returned(1, cost_of=issue))
    world.cost()
    assert [world.values(f"T{number}") for number in (1, 2, 3)] == [[333], [333], [334]]


def test_more_returned_than_issued_comes_in_at_the_average() -> None:
    world = World()
    world.post("R1", receipt(4, 4000))
    world.post("S1", shipment(2))
    issue = EntryId(document="S1", entry="1#SHIPMENT#ZP#")
    world.post("T1", returned(3, cost_of=issue))
    world.post("T2", returned(1, line="2", cost_of=issue))
    world.cost()
    assert (world.values("T1"), world.values("T2")) == ([3000], [1000])


def test_a_return_of_something_never_booked_comes_in_at_the_average() -> None:
    world = World()
    world.post("R1", receipt(4, 4000))
    world.post("T1", returned(1, cost_of=EntryId(document="S9", entry="1#SHIPMENT#ZP#")))
    world.cost()
    assert world.values("T1") == [1000]


def test_a_return_waits_until_its_issue_in_another_pool_is_costed() -> None:
    world = World()
    world.post("OPEN", opening(4, 4000, code="WH2"))
    shipped = replace(shipment(1), warehouse="WH2", from_location="WAREHOUSE:WH2:ZP")
    world.post("S1", shipped)
    issue = EntryId(document="S1", entry="1#SHIPMENT#ZP#")
    world.post("T1", returned(1, cost_of=issue))
    with pytest.raises(Unavailable, match="isn't costed yet"):
        world.cost("WH1/A")
    world.cost("WH2/A", "WH1/A")
    assert world.values("T1") == [1000]


def test_damaged_pieces_keep_their_cost_and_a_quality_move_has_none() -> None:
    world = World()
    world.post("R1", receipt(4, 4000), receipt(1, 1000, inventory_type="CC"))
    world.post("Q1", quality_move(2))
    world.cost()
    assert world.values("Q1") == [0]
    assert world.costs.pools([("WH1", "A")])[("WH1", "A")].value == 5000


def test_what_ships_before_it_came_is_estimated_and_then_settled() -> None:
    world = World()
    world.post("R1", receipt(2, 2000))
    world.post("S1", shipment(5))
    world.post("R2", receipt(10, 12000))
    world.cost()
    assert world.values("S1") == [-5000]
    assert world.values("R2") == [12000, -600]
    pool = world.costs.pools([("WH1", "A")])[("WH1", "A")]
    assert (pool.quantity, pool.value) == (7, 8400)


def test_an_entry_that_the_index_doesnt_show_yet_stops_the_worker_and_is_costed_later() -> None:
    world = World()
    world.post("R1", receipt(2, 2000))
    world.post("R2", receipt(2, 4000))
    world.post("S1", shipment(1))
    hidden = Key("stock", "ENTRY#R2", "1#RECEIPT#ZP#")
    item = world.tables.tables[hidden]
    place = item.pop("gsi1sk")
    with pytest.raises(Unavailable, match="entry 2 isn't seen yet"):
        world.cost()
    assert world.values("S1") == []
    item["gsi1sk"] = place
    world.cost()
    assert world.values("S1") == [-1500]


def test_the_last_entry_missing_from_the_index_is_noticed_by_the_balance() -> None:
    world = World()
    world.post("R1", receipt(2, 2000))
    item = world.tables.tables[Key("stock", "ENTRY#R1", "1#RECEIPT#ZP#")]
    item.pop("gsi1sk")
    with pytest.raises(Unavailable, match="the index lags"):
        world.cost()


def test_value_entries_lead_to_the_message_of_their_entry() -> None:
    world = World()
    world.post("R1", receipt(2, 2000))
    world.cost()
    (value,) = world.costs.values_of("R1")
    assert value.source.path == "/request/orderLines/orderLine[1]"


MOVES = st.lists(
    st.one_of(
        st.tuples(st.integers(1, 50), st.one_of(st.none(), st.integers(0, 10_000))),
        st.tuples(st.integers(-50, -1), st.none()),
    ),
    max_size=30,
)


@given(MOVES)
def test_value_follows_quantity_and_no_dust_stays_behind(
    moves: list[tuple[int, int | None]],
) -> None:
    pool = EMPTY
    for pieces, value in moves:
        pool = after(pool, pieces, value)
        if pool.quantity == 0:
            assert pool.value == 0
        else:
            assert pool.value * pool.quantity >= 0


@given(MOVES)
def test_what_went_in_less_what_is_left_is_what_went_out(
    moves: list[tuple[int, int | None]],
) -> None:
    pool, total = EMPTY, 0
    for pieces, value in moves:
        costed = cost(pool, pieces, value)
        total += costed.value + costed.variance
        pool = after(pool, pieces, value)
    assert pool.value == total


def test_two_workers_on_one_pool_value_each_entry_once() -> None:
    world = World()
    world.post("R1", receipt(3, 1000))
    world.post("S1", shipment(1))
    world.post("S2", shipment(1))
    rivals = []

    def rival_first(writes: Writes) -> None:
        if len(rivals) < 2:
            rivals.append(True)
            world.cost()

    world.transaction.before = rival_first
    world.cost()
    assert [world.values(document) for document in ("R1", "S1", "S2")] == [[1000], [-333], [-334]]
    pool = world.costs.pools([("WH1", "A")])[("WH1", "A")]
    assert (pool.sequence, pool.quantity, pool.value) == (3, 1, 333)
