"""Shops and warehouses at the WMS that ask for them: told once, told again when they change, and
all of them when a WMS becomes one of those that ask.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.catalog.model import Shop, Warehouse
from chalicelib.kernel.writes import Put, Writes
from chalicelib.warehouse.resending import Body
from chalicelib.warehouse.store import Acknowledged
from tests.warehouse.world import World, connection

SHOP_DISPATCH = "S1#shop.synchronize#W1"
PLACE_DISPATCH = "WH1#warehouseinfo.synchronize#W1"


@pytest.fixture
def world() -> World:
    made = World()
    made.know_items()
    return made


def asking(world: World, wms: str = "W1", **changes: Any) -> None:
    """The WMS takes both from now on."""
    both = {"takes_shops": True, "takes_warehouses": True}
    world.service.put_connection(connection(wms, **(both | changes)))


def said_anew(world: World, **changes: Any) -> None:
    world.catalog.put_shop(replace(world.catalog.shop("S1"), **changes))


def place_anew(world: World, code: str = "WH1", **changes: Any) -> None:
    world.catalog.put_warehouse(replace(world.catalog.warehouse(code), **changes))


def version_of(known: dict[str, Acknowledged], wms: str = "W1") -> int:
    return known[wms].version if wms in known else 0


def sent(world: World) -> list[str]:
    return [name for name in world.systems.methods() if name.endswith(".synchronize")]


def test_a_wms_that_does_not_ask_is_told_neither(world: World) -> None:
    said_anew(world, name="新店")
    place_anew(world, address="仓前街 1 号")
    world.run()
    assert sent(world) == []
    assert world.service.acknowledged_shop("S1") == {}


def test_a_wms_that_begins_to_ask_is_told_all_that_concerns_it(world: World) -> None:
    asking(world)
    world.run()
    assert world.systems.shops == {
        ("W1", "S1"): {
            "shopCode": "S1",
            "shopName": "示范店",
            "ownerCode": "OWNER-AT-WMS",
            "warehouseCode": "WH1",
            "sourcePlatformCode": "OTHER",
        }
    }
    assert world.systems.places == {
        ("W1", "WH1"): {"warehouseCode": "WH1", "warehouseName": "Hangzhou"}
    }
    assert version_of(world.service.acknowledged_shop("S1")) == 1
    assert version_of(world.service.acknowledged_warehouse("WH1")) == 1


@pytest.mark.parametrize("setting", ["takes_shops", "takes_warehouses"])
def test_each_setting_is_for_itself(world: World, setting: str) -> None:
    world.service.put_connection(connection("W1", **{setting: True}))
    world.run()
    other = {"takes_shops": "shop.synchronize", "takes_warehouses": "warehouseinfo.synchronize"}
    assert sent(world) == [other[setting]]


def test_the_same_connection_said_again_tells_nothing_twice(world: World) -> None:
    asking(world)
    world.run()
    world.systems.calls.clear()
    world.clock.forward(seconds=1)
    asking(world)
    world.run()
    assert sent(world) == []


def test_what_changed_while_it_did_not_ask_is_told_when_it_does_again(world: World) -> None:
    asking(world)
    world.run()
    world.service.put_connection(connection("W1"))
    said_anew(world, name="新店")
    world.run()
    assert world.systems.shops["W1", "S1"]["shopName"] == "示范店"
    asking(world)
    world.run()
    assert world.systems.shops["W1", "S1"]["shopName"] == "新店"
    assert version_of(world.service.acknowledged_shop("S1")) == 2


def test_what_waits_when_it_stops_asking_is_dropped_and_told_when_it_asks_again(
    world: World,
) -> None:
    world.systems.down = {"W1"}
    asking(world)
    for _ in range(4):
        world.step()
    world.service.put_connection(connection("W1"))
    world.systems.down = set()
    world.run()
    assert world.state_of(SHOP_DISPATCH) == world.state_of(PLACE_DISPATCH) == "DROPPED"
    world.clock.forward(seconds=1)
    asking(world)
    world.run()
    assert world.state_of(SHOP_DISPATCH) == world.state_of(PLACE_DISPATCH) == "ACKED"


def test_a_change_goes_as_an_update_with_everything_that_may_be_told(world: World) -> None:
    asking(world, warehouse_codes={"WH1": "EAST"})
    world.run()
    world.systems.calls.clear()
    said_anew(
        world,
        platform_code="TM",
        platform_shop_code="T-1",
        platform_shop_name="示范旗舰店",
        address="文一西路 1 号",
    )
    place_anew(
        world,
        address="仓前街 1 号",
        contact="王强",
        phone="0571-87654321",
        mobile="13900001111",
        status="ON",
    )
    world.run()
    assert [request.text("actionType") for _, _, request in world.systems.calls] == ["update"] * 2
    assert world.systems.shops["W1", "S1"] == {
        "shopCode": "S1",
        "shopName": "示范店",
        "ownerCode": "OWNER-AT-WMS",
        "warehouseCode": "EAST",
        "sourcePlatformCode": "TM",
        "platformShopCode": "T-1",
        "platformShopName": "示范旗舰店",
        "shopAddress": "文一西路 1 号",
    }
    assert world.systems.places["W1", "EAST"] == {
        "warehouseCode": "EAST",
        "warehouseName": "Hangzhou",
        "address": "仓前街 1 号",
        "name": "王强",
        "tel": "0571-87654321",
        "mobile": "13900001111",
        "status": "ON",
    }
    assert version_of(world.service.acknowledged_shop("S1")) == 2
    assert version_of(world.service.acknowledged_warehouse("WH1")) == 2


def test_a_shop_goes_to_the_wms_of_the_warehouses_that_ship_its_orders(world: World) -> None:
    asking(world, "W1")
    asking(world, "W2")
    world.run()
    assert sorted(world.systems.shops) == [("W1", "S1"), ("W2", "S1")]
    assert sorted(world.systems.places) == [("W1", "WH1"), ("W2", "WH2")]
    first = world.catalog.shop("S1")
    world.catalog.put_shop(replace(first, code="S2", warehouses=("WH2",)))
    world.catalog.put_shop(replace(first, code="S3", owner="OTHER"))
    world.run()
    assert sorted(wms for wms, code in world.systems.shops if code != "S1") == ["W2"]


def test_a_warehouse_that_is_set_up_later_brings_its_wms_the_shops(world: World) -> None:
    asking(world, "W9")
    world.catalog.warehouses()
    place = replace(world.catalog.warehouse("WH1"), code="WH9", wms="W9", stock_open=False)
    world.secrets.values |= {"W9": ("secret of W9",)}
    world.catalog.put_warehouse(place)
    world.run()
    assert world.systems.shops["W9", "S1"]["warehouseCode"] == "WH9"
    assert list(world.systems.places) == [("W9", "WH9")]


def test_where_a_wms_has_several_warehouses_of_a_shop_it_is_for_all(world: World) -> None:
    place_anew(world, "WH2", wms="W1")
    asking(world)
    world.run()
    assert world.systems.shops["W1", "S1"]["warehouseCode"] == "OTHER"
    assert sorted(world.systems.places) == [("W1", "WH1"), ("W1", "WH2")]


def test_a_warehouse_that_moves_to_another_wms_is_told_there_only(world: World) -> None:
    asking(world, "W1")
    asking(world, "W2")
    world.run()
    world.systems.calls.clear()
    place_anew(world, wms="W2", name="Moved")
    world.run()
    assert world.systems.places["W1", "WH1"]["warehouseName"] == "Hangzhou"
    assert world.systems.places["W2", "WH1"]["warehouseName"] == "Moved"


def test_one_that_fails_is_sent_again_alone(world: World) -> None:
    world.catalog.put_shop(replace(world.catalog.shop("S1"), code="S2"))
    world.collect()
    world.later = []
    world.systems.faults = ["ok", "down"]
    asking(world)
    world.run()
    assert sorted(world.systems.methods()).count("shop.synchronize") == 2
    assert sorted(sent(world)) == ["shop.synchronize"] * 2 + ["warehouseinfo.synchronize"]
    assert sorted(code for _, code in world.systems.shops) == ["S1", "S2"]
    assert world.cases() == []


def test_one_that_is_refused_is_a_case_and_its_next_version_goes(world: World) -> None:
    world.systems.faults = ["ok", ("F", "店铺名称重复")]
    asking(world)
    world.run()
    assert world.state_of(SHOP_DISPATCH) == "REFUSED"
    assert world.cases() == ["dispatch_refused"]
    said_anew(world, name="新店")
    world.run()
    assert world.state_of(SHOP_DISPATCH) == "ACKED"
    assert world.systems.calls[-1][2].text("actionType") == "add"


@pytest.mark.parametrize("text", ["店铺S1已存在", "仓库 WH1 已存在", "Shop S1 already exists"])
def test_what_is_there_already_counts_as_told(world: World, text: str) -> None:
    world.systems.faults = [("E", text), ("E", text)]
    asking(world)
    world.run()
    assert world.state_of(SHOP_DISPATCH) == world.state_of(PLACE_DISPATCH) == "ACKED"


def test_a_person_has_it_sent_again_as_the_same_bytes_or_as_a_new_revision(world: World) -> None:
    asking(world)
    world.run()
    assert world.service.resend(PLACE_DISPATCH).body is Body.NEW_REVISION  # "update" by now
    world.run()
    assert world.service.resend(PLACE_DISPATCH).body is Body.IDENTICAL
    world.run()
    assert world.systems.methods().count("warehouseinfo.synchronize") == 3


def test_a_person_takes_a_refused_one_up_again_and_nothing_is_asked_first(world: World) -> None:
    world.systems.faults = ["ok", ("F", "店铺名称重复")]
    asking(world)
    world.run()
    world.systems.calls.clear()
    world.service.requeue(SHOP_DISPATCH)
    world.run()
    assert world.systems.methods() == ["shop.synchronize"]
    assert world.state_of(SHOP_DISPATCH) == "ACKED"


def test_events_that_come_twice_and_late_tell_the_newest_once(world: World) -> None:
    asking(world)
    said_anew(world, name="B")
    said_anew(world, name="C")
    world.collect()
    events = [event for _, event in world.later]
    world.later = [(world.clock.now(), event) for event in [*reversed(events), *events]]
    world.run()
    told = [name for name in sent(world) if name == "shop.synchronize"]
    assert (len(told), world.systems.shops["W1", "S1"]["shopName"]) == (1, "C")
    assert version_of(world.service.acknowledged_shop("S1")) == 3


def test_one_that_is_sent_while_it_changes_is_sent_again(world: World) -> None:
    asking(world)
    world.run()
    said_anew(world, name="B")
    world.systems.before_answering = lambda: said_anew(world, name="C")
    world.run()
    assert world.systems.shops["W1", "S1"]["shopName"] == "C"
    assert version_of(world.service.acknowledged_shop("S1")) == 3


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("commit", range(1, 12))
@pytest.mark.parametrize("fault", ["ok", "lost", "html", "killed_after"])
def test_all_is_told_whenever_the_sender_dies(commit: int, fault: str, *, after: bool) -> None:
    world = World()
    world.collect()
    world.later = []
    asking(world, "W1")
    asking(world, "W2")
    world.systems.faults = [fault]
    world.tables.die_at(commit, after=after)
    world.run()
    assert sorted(world.systems.shops) == [("W1", "S1"), ("W2", "S1")]
    assert sorted(world.systems.places) == [("W1", "WH1"), ("W2", "WH2")]
    assert version_of(world.service.acknowledged_shop("S1"), "W2") == 1
    assert world.cases() == []


def test_more_than_go_in_one_transaction_are_all_told(world: World) -> None:
    first = world.catalog.shop("S1")
    for number in range(95):
        world.catalog.put_shop(replace(first, code=f"N{number}"))
    world.collect()
    world.later = []
    asking(world)
    world.run(1_000)
    assert len(world.systems.shops) == 96


def test_what_a_wms_that_is_not_there_yet_will_take_is_not_guessed() -> None:
    world = World()
    world.catalog.put_warehouse(
        Warehouse(
            code="WH9", name="N", owner="ACME", province="浙江省", city="杭州市", wms="NOBODY"
        )
    )
    world.catalog.put_shop(
        Shop(code="S9", channel="DEMO", name="N", owner="ACME", seller_name="A", seller_tax_no="1")
    )
    world.run()
    assert world.store.dispatches(["S9#shop.synchronize#NOBODY"]) == {}


def test_what_a_sender_is_about_to_drop_while_the_wms_asks_again_is_told(world: World) -> None:
    asking(world)
    world.step(), world.collect()
    world.service.put_connection(connection("W1"))
    world.clock.forward(seconds=1)

    def asks_again(writes: Writes) -> None:
        states = [each.item.get("state") for each in writes if isinstance(each, Put)]
        if "DROPPED" in states:
            world.tables.meanwhile = lambda writes: None
            asking(world)
            world.collect()
            (event,) = [event for _, event in world.later if event.kind == "ConnectionChanged"]
            world.later = [each for each in world.later if each[1] is not event]
            world.handle(event)

    world.tables.meanwhile = asks_again
    world.run()
    assert world.state_of(SHOP_DISPATCH) == world.state_of(PLACE_DISPATCH) == "ACKED"


@settings(max_examples=60, deadline=None)
@given(
    deeds=st.lists(
        st.sampled_from(
            ["shop", "place", "move", "move back", "ask", "leave", "down", "up", "close", "open"]
        ),
        max_size=14,
    ),
    faults=st.lists(st.sampled_from(["ok", "lost", "down", "not_sent", "html"]), max_size=6),
    order=st.randoms(use_true_random=False),
)
def test_whatever_happens_each_wms_that_asks_ends_with_the_newest_of_all_that_concerns_it(
    deeds: list[str], faults: list[Any], order: Random
) -> None:
    world = World()
    world.systems.faults = list(faults)
    for number, deed in enumerate(deeds):
        world.clock.forward(seconds=1)
        done(world, deed, number)
        world.collect()
        order.shuffle(world.later)
        world.later = [(world.clock.now(), event) for _, event in world.later]
        for _ in range(order.randint(0, 3)):
            world.step()
        if world.later and order.random() < 0.3:
            world.later.append(world.later[0])
    world.systems.down, world.systems.faults = set(), []
    world.clock.forward(seconds=1)
    asking(world, "W1")
    asking(world, "W2")
    world.run(2_000)
    shop = world.catalog.shop("S1")
    places = {each.code: each for each in world.catalog.warehouses()}
    for wms in ("W1", "W2"):
        if any(each.wms == wms and each.active for each in places.values()):
            assert world.systems.shops[wms, "S1"]["shopName"] == shop.name
            assert version_of(world.service.acknowledged_shop("S1"), wms) == shop.version
    for code, place in places.items():
        assert world.systems.places[place.wms, code]["warehouseName"] == place.name
        known = world.service.acknowledged_warehouse(code)
        assert version_of(known, place.wms) == place.version


def done(world: World, deed: str, number: int) -> None:
    """One of the things that people and machines do."""
    if deed == "shop":
        said_anew(world, name=f"Shop {number}")
    elif deed == "place":
        place_anew(world, name=f"Place {number}")
    elif deed in ("move", "move back"):
        place_anew(world, "WH2", wms="W1" if deed == "move" else "W2")
    elif deed in ("close", "open"):
        place_anew(world, "WH2", active=deed == "open")
    elif deed == "ask":
        asking(world)
    elif deed == "leave":
        world.service.put_connection(connection("W1"))
    else:
        world.systems.down = {"W1", "W2"} if deed == "down" else set()
