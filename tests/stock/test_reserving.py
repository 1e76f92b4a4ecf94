"""Holding back stock and letting it go."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import NotFound, Refused
from chalicelib.kernel.writes import ConditionFailed
from chalicelib.stock.model import ReservedLine
from chalicelib.stock.reserving import shortages
from tests.stock.world import AT, World, opening, shipment


def test_reserved_pieces_are_no_longer_available() -> None:
    world = World()
    world.post("OPEN", opening(10))
    world.reserve("F1", A=4)
    assert (world.balance().available, world.balance().reserved) == (6, 4)
    assert world.stock.available([("WH1", "A"), ("WH1", "B")]) == {
        ("WH1", "A"): 6,
        ("WH1", "B"): 0,
    }


def test_a_reservation_doesnt_touch_the_version_that_postings_rely_on() -> None:
    world = World()
    world.post("OPEN", opening(10))
    posting = world.stock.plan_post(
        document="S1", movements=[shipment(1)], posting_date=AT.date(), reservation=None
    )
    world.reserve("F1", A=4)
    world.tables.commit(posting.writes)
    assert (world.balance().available, world.balance().reserved) == (5, 4)


def test_one_short_sku_refuses_the_whole_reservation_and_is_named() -> None:
    world = World()
    world.post("OPEN", opening(10), opening(3, line="2", sku="B"))
    with pytest.raises(ConditionFailed) as failed:
        world.reserve("F1", A=4, B=4, C=1)
    assert shortages(failed.value) == ("B", "C")
    assert world.balance().available == 10
    assert world.stock.reservation("F1") is None


def test_an_id_reserves_once() -> None:
    world = World()
    world.post("OPEN", opening(10))
    world.reserve("F1", A=4)
    with pytest.raises(ConditionFailed, match="reserved_already"):
        world.reserve("F1", A=4)
    assert world.balance().available == 6


def test_voiding_twice_is_voiding_once() -> None:
    world = World()
    world.post("OPEN", opening(10))
    world.reserve("F1", A=4)
    world.void("F1")
    world.void("F1")
    assert (world.balance().available, world.balance().reserved) == (10, 0)
    reservation = world.stock.reservation("F1")
    assert reservation is not None
    assert reservation.lines == {"A": ReservedLine(reserved=4, open=0, voided=4)}


def test_part_of_a_reservation_can_be_voided_but_not_more_than_is_open() -> None:
    world = World()
    world.post("OPEN", opening(10))
    world.reserve("F1", A=4)
    world.void("F1", {"A": 3})
    with pytest.raises(Refused, match="void_exceeds_open"):
        world.void("F1", {"A": 2})
    assert (world.balance().available, world.balance().reserved) == (9, 1)


def test_what_was_never_reserved_cant_be_voided() -> None:
    with pytest.raises(NotFound):
        World().void("F9")


def test_more_skus_than_one_transaction_holds_are_refused() -> None:
    with pytest.raises(Refused, match="too_many_skus"):
        World().reserve("F1", **{f"S{n}": 1 for n in range(81)})
