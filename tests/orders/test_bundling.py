"""A bundle is sold as one and shipped as parts, to the fen."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalog.model import Bundle, Component
from chalicelib.kernel.errors import Refused
from chalicelib.kernel.writes import Key
from chalicelib.orders.model import Order, PartOf
from tests.orders.world import MESSAGE, World, body, shipment

COLUMNS = ("amount", "discount", "order_discount", "freight", "payable")


def gift(world: World, *components: Component, **changes: Any) -> None:
    bundle = Bundle(
        code="GIFT",
        source="PIM",
        source_id="B-1",
        owner="OWNER",
        name="Tea and cup",
        components=components
        or (Component(sku="TEA", quantity=2), Component(sku="CUP", quantity=1)),
        version=3,
        message=MESSAGE,
    )
    world.catalog.known_bundles["GIFT"] = replace(bundle, **changes)


@pytest.fixture
def shop() -> World:
    world = World()
    world.warehouse("W1", {"TEA": 100, "CUP": 100, "MUG": 100})
    world.sku("TEA", retail_price=3000)
    world.sku("CUP", retail_price=2000, tax_rate_percent=9)
    gift(world)
    return world


def order(world: World, given: dict[str, Any]) -> Order:
    return world.orders.order(world.placed(given))


def test_its_parts_bear_its_price_by_what_they_cost(shop: World) -> None:
    placed = order(shop, body(("GIFT", 1, "70.00"), ("MUG", 1, "10.00")))
    lines = [
        (line.line_no, line.sku, line.quantity, line.amount, line.tax_rate_percent)
        for line in placed.lines
    ]
    # 2 teas of 30.00 and a cup of 20.00 cost 80.00 and are sold for 70.00.
    assert lines == [(1, "TEA", 2, 5250, 13), (2, "CUP", 1, 1750, 9), (3, "MUG", 1, 1000, 13)]
    assert placed.payable == 8000


def test_a_line_says_which_bundle_it_is_a_part_of(shop: World) -> None:
    placed = order(shop, body(("GIFT", 2, "70.00"), ("MUG", 1, "10.00")))
    assert placed.lines[0].bundle == PartOf(code="GIFT", version=3, quantity=2)
    assert placed.lines[0].quantity == 4
    assert placed.lines[2].bundle is None
    first, second, third = (line.channel_line_id for line in placed.lines)
    assert first == second != third


def test_what_ships_are_the_parts(shop: World) -> None:
    no = shop.accepted(body(("GIFT", 2, "70.00")))
    assert (shop.balance("W1", "TEA"), shop.balance("W1", "CUP")) == ((100, 96, 4), (100, 98, 2))
    shop.ship(shipment(f"{no}-01", [(1, "TEA", 4), (2, "CUP", 2)]))
    assert (shop.balance("W1", "TEA"), shop.balance("W1", "CUP")) == ((96, 96, 0), (98, 98, 0))
    assert shop.orders.header(no) == "SHIPPED"


def test_a_part_sold_for_itself_beside_it_is_a_line_of_its_own(shop: World) -> None:
    no = shop.routed(body(("GIFT", 1, "70.00"), ("TEA", 3, "30.00")))
    assert shop.balance("W1", "TEA") == (100, 95, 5)
    assert [line.sku for line in shop.orders.order(no).lines] == ["TEA", "CUP", "TEA"]


def test_a_gift_in_it_costs_nothing(shop: World) -> None:
    gift(shop, Component(sku="TEA", quantity=1, price=100), Component(sku="CUP", quantity=1))
    placed = order(shop, body(("GIFT", 3, "9.99")))
    assert [(line.amount, line.payable) for line in placed.lines] == [(2997, 2997), (0, 0)]


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"valid": False}, "invalid_sku"), ({"owner": "OTHER"}, "unknown_sku")],
)
def test_a_bundle_that_isnt_sold_or_is_anothers_is_refused(
    shop: World, changes: dict[str, Any], code: str
) -> None:
    gift(shop, **changes)
    with pytest.raises(Refused) as refused:
        shop.placed(body(("MUG", 1, "1.00"), ("GIFT", 1, "70.00")))
    assert (refused.value.code, refused.value.field) == (code, "lines[1].sku")


def test_a_bundle_with_a_part_that_is_no_longer_sold_is_refused(shop: World) -> None:
    shop.sku("CUP", valid=False)
    with pytest.raises(Refused, match="invalid_sku"):
        shop.placed(body(("GIFT", 1, "70.00")))


def test_more_lines_or_pieces_than_an_order_may_have_are_refused(shop: World) -> None:
    with pytest.raises(Refused, match="too_many_lines"):
        shop.placed(body(*[("GIFT", 1, "1.00")] * 251))
    with pytest.raises(Refused, match="too_many_pieces"):
        shop.placed(body(("GIFT", 600_000, "1.00")))


def test_it_stays_as_it_was_sold_when_the_bundle_changes(shop: World) -> None:
    no = shop.placed(body(("GIFT", 1, "70.00")))
    gift(shop, Component(sku="MUG", quantity=9), version=4)
    again, created = shop.place(body(("GIFT", 1, "70.00")))
    assert (again.no, created) == (no, False)
    assert [line.sku for line in shop.orders.order(no).lines] == ["TEA", "CUP"]


prices = st.integers(0, 50_000)


@given(
    parts=st.lists(st.tuples(st.integers(1, 9), st.none() | prices), min_size=1, max_size=8),
    retail=st.lists(st.none() | prices, min_size=8, max_size=8),
    quantity=st.integers(1, 7),
    price=prices,
    other=prices,
    rates=st.tuples(st.integers(0, 100), st.integers(0, 100)),
    freight=st.integers(0, 5_000),
)
def test_in_every_column_the_parts_add_up_to_what_was_sold(
    *,
    parts: list[tuple[int, int | None]],
    retail: list[int | None],
    quantity: int,
    price: int,
    other: int,
    rates: tuple[int, int],
    freight: int,
) -> None:
    world = World()
    for at, each in enumerate(retail):
        world.sku(f"P{at}", retail_price=each)
    world.sku("MUG")
    world.sku("WHOLE")
    gift(
        world,
        *(
            Component(sku=f"P{at}", quantity=count, price=own)
            for at, (count, own) in enumerate(parts)
        ),
    )

    def given_with(sku: str, identity: str) -> dict[str, Any]:
        discount = quantity * price * rates[0] // 100
        whole = quantity * price - discount + other
        less = whole * rates[1] // 100
        made = body((sku, quantity, fen(price)), ("MUG", 1, fen(other)))
        made["lines"][0]["discount"] = fen(discount)
        return made | {
            "channel_order_id": identity,
            "order_discount": fen(less),
            "freight": fen(freight),
            "payable": fen(whole - less + freight),
        }

    split, whole = (order(world, given_with(sku, sku)) for sku in ("GIFT", "WHOLE"))
    lines = [line for line in split.lines if line.bundle]
    assert len(lines) == len(parts)
    for column in COLUMNS:
        assert sum(getattr(line, column) for line in lines) == getattr(whole.lines[0], column)
        assert all(getattr(line, column) >= 0 for line in lines)
        assert getattr(split.lines[-1], column) == getattr(whole.lines[-1], column)
    assert split.payable == whole.payable


def fen(amount: int) -> str:
    return f"{amount // 100}.{amount % 100:02d}"


def test_an_order_that_was_kept_before_lines_knew_of_bundles_is_read(shop: World) -> None:
    no = shop.placed(body(("MUG", 1, "10.00")))
    (row,) = shop.tables.tables[Key("documents", f"ORDER#{no}", "CONTENT")]["lines"]
    assert len(row) == 13
    assert shop.orders.order(no).lines[0].bundle is None


def test_what_is_kept_of_an_order_is_plain(shop: World) -> None:
    shop.placed(body(("GIFT", 1, "70.00")))
    assert json.dumps([dict(item) for item in shop.tables.tables.values()])
