"""From placed to reserved: rules, sourcing, reservations, waiting; big orders in chunks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.kernel.errors import Conflict, NotFound
from chalicelib.kernel.items import query_all
from chalicelib.kernel.writes import ConditionFailed, Key
from chalicelib.orders.reserving import RESERVED_TOGETHER
from chalicelib.orders.states import Review, Sourcing
from chalicelib.routing.rules import Rule, RuleSet
from chalicelib.stock.reserving import MOST_SKUS
from tests.orders.world import World, body, shipment

MANY = [f"S{number:03d}" for number in range(120)]


def _many_lines(count: int = 120) -> dict[str, Any]:
    return body(*((sku, 2, "1.00") for sku in MANY[:count]))


def test_an_order_with_stock_in_one_warehouse_is_reserved_there(world: World) -> None:
    no = world.routed(body(("A", 2, "59.00"), ("B", 1, "30.00")))
    (fulfilment,) = world.orders.fulfilments(no)
    assert (fulfilment.no, fulfilment.warehouse, fulfilment.state) == ("O0001-01", "W1", "RESERVED")
    assert [(line.sku, line.quantity) for line in fulfilment.lines] == [("A", 2), ("B", 1)]
    assert world.events("FulfilmentReserved") == ["FulfilmentReserved:O0001-01"]
    assert world.balance("W1", "A") == (10, 8, 2)
    assert world.orders.header(no) == "ROUTED"


def test_routing_again_changes_nothing(world: World) -> None:
    no = world.routed(body(("A", 2, "59.00")))
    before = world.state()
    world.orders.route(no)
    assert world.state() == before


def test_an_order_over_two_warehouses_is_two_fulfilments_that_add_up(world: World) -> None:
    world.warehouse("W2", {"C": 4})
    no = world.routed(
        body(
            ("A", 3, "33.33"),
            ("B", 1, "50.00"),
            ("C", 3, "0.35"),
            order_discount="10.00",
            freight="7.01",
            payable="148.05",
        )
    )
    order, parts = world.orders.order(no), world.orders.fulfilments(no)
    assert [(each.no, each.warehouse) for each in parts] == [("O0001-01", "W1"), ("O0001-02", "W2")]
    for column in ("goods_amount", "discount", "order_discount", "freight", "payable"):
        assert sum(getattr(each, column) for each in parts) == getattr(order, column)


def test_a_line_is_divided_between_warehouses_if_the_shop_allows_it(world: World) -> None:
    world.warehouse("W2", {"A": 4})
    no = world.routed(body(("A", 13, "0.10"), order_discount="1.00", payable="0.30"))
    assert world.orders.header(no) == "WAIT_STOCK"
    world.shop(may_split_lines=True)
    world.orders.route(no)
    first, second = world.orders.fulfilments(no)
    assert (first.lines[0].first_unit, first.lines[0].quantity) == (0, 10)
    assert (second.lines[0].first_unit, second.lines[0].quantity) == (10, 3)
    assert first.payable + second.payable == 30


@pytest.mark.parametrize(
    "changes", [{"active": False}, {"stock_open": False}, {"owner": "SOMEBODY"}]
)
def test_a_warehouse_that_may_not_ship_is_not_asked(world: World, changes: dict[str, Any]) -> None:
    known = world.catalog.known_warehouses["W1"]
    world.catalog.known_warehouses["W1"] = replace(known, **changes)
    no = world.routed(body(("A", 1, "1.00")))
    assert world.orders.header(no) == "WAIT_STOCK"


def test_only_the_shops_warehouses_ship_its_orders(world: World) -> None:
    world.warehouse("W0", {"A": 10})
    world.shop(warehouses=("W1",))
    no = world.routed(body(("A", 1, "1.00")))
    assert world.orders.fulfilments(no)[0].warehouse == "W1"
    assert world.orders.view(no).decisions[0]["excluded"] == {"W0": "not one of the shop's"}


def test_the_decision_keeps_what_it_was_made_from(world: World) -> None:
    world.warehouse("W2", {"A": 1})
    no = world.routed(body(("A", 2, "1.00")))
    (decision,) = world.orders.view(no).decisions
    assert decision["stock"] == {"W1": {"A": 10}, "W2": {"A": 1}}
    candidates = [(list(each["nodes"]), each["lost"]) for each in decision["candidates"]]
    assert candidates == [(["W1"], ""), (["W2"], "short of A")]
    assert decision["rules"] == "S1:0"


# --- review and holds


def test_an_order_above_the_shops_limit_waits_until_it_is_released(world: World) -> None:
    world.shop(hold_above=5000)
    no = world.routed(body(("A", 1, "50.01")))
    assert world.orders.header(no) == "HELD"
    assert [hold.type for hold in world.orders.head(no).holds] == ["AMOUNT"]
    assert world.available("W1", "A") == 10
    assert world.orders.waiting("HELD") == ([no], None)

    world.orders.release_hold(no, "AMOUNT", by="user:li")
    assert world.kinds()[-1] == "HoldReleased"
    world.orders.route(no)
    assert world.orders.header(no) == "ROUTED"
    assert world.orders.waiting("HELD") == ([], None)


def test_an_order_at_the_limit_is_not_held(world: World) -> None:
    world.shop(hold_above=5000)
    assert world.orders.header(world.routed(body(("A", 1, "50.00")))) == "ROUTED"


def test_releasing_twice_is_releasing_once(world: World) -> None:
    world.shop(hold_above=0)
    no = world.routed(body(("A", 1, "50.01")))
    world.orders.release_hold(no, "AMOUNT", by="user:li")
    before = world.state()
    world.orders.release_hold(no, "AMOUNT", by="user:wang")
    assert world.state() == before
    assert len(world.events("HoldReleased")) == 1


def test_an_order_goes_on_only_when_no_hold_is_open(world: World) -> None:
    rules = [
        Rule(code="one", predicate="buyer_remarked", hold_type="REMARK"),
        Rule(code="two", predicate="amount_above", hold_type="AMOUNT", parameters={"fen": 1}),
    ]
    world.rules.put_rules(RuleSet(shop="S1", version=0, rules=tuple(rules)))
    no = world.routed(body(("A", 1, "50.01"), buyer={"remark": "gift"}))
    world.orders.release_hold(no, "AMOUNT", by="user:li")
    world.orders.route(no)
    assert world.orders.header(no) == "HELD"
    world.orders.release_hold(no, "REMARK", by="user:li")
    world.orders.route(no)
    assert world.orders.header(no) == "ROUTED"


def test_an_order_held_by_hand_waits_and_can_be_released(world: World) -> None:
    no = world.placed(body(("A", 1, "1.00")))
    world.orders.hold(no, "FRAUD", reason="odd address", by="user:li")
    before = world.state()
    world.orders.hold(no, "FRAUD", reason="odd address", by="user:li")
    assert world.state() == before
    world.orders.route(no)
    assert world.orders.header(no) == "HELD"
    world.orders.release_hold(no, "FRAUD", by="user:li")
    world.orders.route(no)
    assert world.orders.header(no) == "ROUTED"


def test_an_order_that_has_left_can_no_longer_be_held(world: World) -> None:
    no = world.accepted(body(("A", 1, "1.00")))
    world.ship(shipment(f"{no}-01", [(1, "A", 1)]))
    with pytest.raises(Conflict) as refused:
        world.orders.hold(no, "FRAUD", reason="", by="user:li")
    assert refused.value.code == "too_late_to_hold"


def test_a_hold_that_never_was_is_not_found(world: World) -> None:
    no = world.placed(body(("A", 1, "1.00")))
    with pytest.raises(NotFound) as refused:
        world.orders.release_hold(no, "AMOUNT", by="user:li")
    assert refused.value.code == "unknown_hold"


def test_a_hold_during_routing_keeps_the_order_back(world: World) -> None:
    no = world.placed(body(("A", 1, "1.00")))
    world.tables.meanwhile.append(lambda: world.orders.hold(no, "FRAUD", reason="", by="user:li"))
    head = world.orders.route(no)
    assert head.review is Review.HELD
    assert world.available("W1", "A") == 10


# --- stock


def test_an_order_without_stock_waits_and_is_routed_when_it_comes(world: World) -> None:
    no = world.routed(body(("A", 11, "1.00")))
    assert world.orders.header(no) == "WAIT_STOCK"
    assert world.orders.view(no).decisions[0]["short"] == {"A": 1}
    before = world.state()
    assert world.orders.route_waiting() is None
    assert world.state() == before
    world.receive("W1", {"A": 1})
    world.orders.route_waiting()
    assert world.orders.header(no) == "ROUTED"
    assert world.balance("W1", "A") == (11, 0, 11)


def test_stock_that_others_take_meanwhile_is_looked_for_elsewhere(world: World) -> None:
    world.warehouse("W2", {"A": 10}, city="宁波市")
    no = world.placed(body(("A", 10, "1.00")))
    other = world.placed(body(("A", 1, "1.00"), channel_order_id="2"))
    world.tables.meanwhile.append(lambda: world.orders.route(other))
    world.orders.route(no)
    assert world.orders.fulfilments(no)[0].warehouse == "W2"
    assert world.balance("W1", "A") == (10, 9, 1)
    assert world.balance("W2", "A") == (10, 0, 10)


def test_twelve_orders_for_ten_pieces_leave_two_waiting(world: World) -> None:
    numbers = [
        world.routed(body(("A", 1, "1.00"), channel_order_id=str(each))) for each in range(12)
    ]
    words = [world.orders.header(no) for no in numbers]
    assert (words.count("ROUTED"), words.count("WAIT_STOCK")) == (10, 2)
    assert world.balance("W1", "A") == (10, 0, 10)


@pytest.mark.parametrize("lost", ["before", "after"])
def test_a_route_that_broke_off_is_finished_by_the_next(world: World, lost: str) -> None:
    no = world.placed(body(("A", 1, "1.00")))
    setattr(world.tables, f"fail_{lost}", world.tables.attempts + 1)
    with pytest.raises(ConnectionError):
        world.orders.route(no)
    world.orders.route(no)
    assert world.balance("W1", "A") == (10, 9, 1)
    assert world.events("FulfilmentReserved") == ["FulfilmentReserved:O0001-01"]


def test_a_two_line_order_is_routed_in_six_items_and_an_event(world: World) -> None:
    no = world.placed(body(("A", 1, "1.00"), ("B", 1, "2.00")))
    seen: list[Any] = []
    commit = world.tables.commit
    world.tables.commit = lambda writes: (seen.append(writes), commit(writes))[1]  # type: ignore[method-assign]
    world.orders.route(no)
    (writes,) = seen
    assert sorted(write.key.pk.partition("#")[0] for write in writes) == [
        "BALANCE",
        "BALANCE",
        "ORDER",
        "ORDER",
        "ORDER",
        "RESERVATION",
    ]
    assert len(writes) == 7


# --- big orders


@pytest.fixture
def big(world: World) -> World:
    """120 SKUs, two pieces each, and room to route an order of all of them once."""
    world.warehouse("W1", dict.fromkeys(MANY, 2))
    return world


def _reserved(world: World) -> int:
    return sum(world.balance("W1", sku)[2] for sku in MANY)


def test_the_chunk_of_a_reservation_fits_what_stock_takes() -> None:
    assert RESERVED_TOGETHER <= MOST_SKUS


def test_an_order_of_120_lines_is_routed_in_chunks(big: World) -> None:
    no = big.routed(_many_lines())
    (fulfilment,) = big.orders.fulfilments(no)
    assert (fulfilment.state, len(fulfilment.lines)) == ("RESERVED", 120)
    assert big.orders.head(no).sourcing is Sourcing.ROUTED
    assert _reserved(big) == 240
    assert big.events("FulfilmentReserved") == [f"FulfilmentReserved:{no}-01"]


@pytest.mark.parametrize("lost", ["before", "after"])
@pytest.mark.parametrize("step", range(1, 5))
def test_a_big_order_that_broke_off_anywhere_is_finished_by_the_next(
    big: World, step: int, lost: str
) -> None:
    no = big.placed(_many_lines())
    setattr(big.tables, f"fail_{lost}", big.tables.attempts + step)
    with pytest.raises(ConnectionError):
        big.orders.route(no)
    big.orders.route(no)
    assert big.orders.header(no) == "ROUTED"
    assert _reserved(big) == 240
    assert big.events("FulfilmentReserved") == [f"FulfilmentReserved:{no}-01"]


def _taken_between_chunks(big: World) -> str:
    """Routes a big order while somebody takes its last SKU after its first chunk."""
    other = big.placed(body((MANY[-1], 1, "1.00"), channel_order_id="2"))
    no = big.placed(_many_lines())
    taken: list[Any] = [lambda: None, lambda: None, lambda: big.orders.route(other)]
    big.tables.meanwhile.extend(taken)
    return no


def test_a_big_order_that_gets_short_gives_everything_back_and_waits(big: World) -> None:
    no = _taken_between_chunks(big)
    big.orders.route(no)
    assert big.orders.header(no) == "WAIT_STOCK"
    assert big.orders.fulfilments(no) == ()
    assert _reserved(big) == 1
    assert big.events("FulfilmentReserved") == ["FulfilmentReserved:O0001-01"]
    big.receive("W1", {MANY[-1]: 1})
    big.orders.route(no)
    assert big.orders.header(no) == "ROUTED"
    assert [each.no for each in big.orders.fulfilments(no)] == [f"{no}-02"]
    assert _reserved(big) == 241


@pytest.mark.parametrize("lost", ["before", "after"])
@pytest.mark.parametrize("step", range(4, 9))
def test_undoing_a_big_order_that_broke_off_is_finished_by_the_next(
    big: World, step: int, lost: str
) -> None:
    no = _taken_between_chunks(big)
    setattr(big.tables, f"fail_{lost}", big.tables.attempts + step)
    try:
        big.orders.route(no)
    except ConnectionError:
        big.orders.route(no)
    assert big.orders.header(no) == "WAIT_STOCK"
    assert _reserved(big) == 1


def test_a_big_order_that_is_cancelled_while_it_is_routed_keeps_nothing(big: World) -> None:
    no = big.placed(_many_lines())
    big.tables.meanwhile.extend(
        [lambda: None, lambda: None, lambda: big.orders.cancel(no, reason="buyer", by="user:li")]
    )
    big.orders.route(no)
    assert big.orders.header(no) == "CANCELLED"
    assert _reserved(big) == 0
    assert big.events("FulfilmentReserved") == []


def test_two_workers_at_one_big_order_reserve_it_once(big: World) -> None:
    no = big.placed(_many_lines())
    big.tables.meanwhile.extend([lambda: None, lambda: None, lambda: big.orders.route(no)])
    big.orders.route(no)
    assert big.orders.header(no) == "ROUTED"
    assert _reserved(big) == 240
    assert big.events("FulfilmentReserved") == [f"FulfilmentReserved:{no}-01"]


def test_an_unknown_order_is_not_found(world: World) -> None:
    with pytest.raises(NotFound) as refused:
        world.orders.route("O9999")
    assert refused.value.code == "unknown_order"
    with pytest.raises(NotFound) as refused:
        world.orders.fulfilment("O9999-01")
    assert refused.value.code == "unknown_fulfilment"


def test_no_fulfilment_outlives_an_undone_route(big: World) -> None:
    no = _taken_between_chunks(big)
    big.orders.route(no)
    rows = query_all(big.tables, "documents", f"ORDER#{no}", prefix="FULFILMENT#")
    assert rows == []
    assert Key("stock", f"RESERVATION#{no}-01", "HEAD") in big.tables.tables


def test_a_refusal_that_is_not_the_orders_is_raised(world: World) -> None:
    no = world.placed(body(("A", 1, "1.00")))

    def refuse() -> None:
        raise ConditionFailed(("event_pending",))

    world.tables.meanwhile.append(refuse)
    with pytest.raises(ConditionFailed):
        world.orders.route(no)
