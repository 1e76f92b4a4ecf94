"""SKUs that go together: gathered, sent in one message, each with a state of its own."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.warehouse.xml import Node
from tests.warehouse.world import MESSAGE, World, connection, reserved, sku_changed, sku_input


def batching(most: int = 10) -> World:
    """W1 takes SKUs in batches; W2 isn't asked, to keep the figures plain."""
    world = World()
    world.service.put_connection(connection("W1", batch_items=most))
    world.service.put_connection(connection("W2", batch_items=most))
    return world


def changed(world: World, *skus: str) -> None:
    for sku in skus:
        world.handle(sku_changed(sku))


def sent(world: World, wms: str = "W1") -> list[tuple[str, list[str]]]:
    """Method and SKUs of each message to a WMS, in order."""
    found = []
    for code, method, request in world.systems.calls:
        items: list[Node] = []
        if method == "singleitem.synchronize":
            items = [request.needed("item")]
        elif method == "items.synchronize":
            items = request.listed("items", "item")
        if code == wms:
            found.append((method, sorted(each.needed_text("itemCode") for each in items)))
    return found


def version_at(world: World, sku: str, wms: str = "W1") -> int:
    return world.service.acknowledged(sku)[wms].version


def state(world: World, sku: str, wms: str = "W1") -> str:
    return world.state_of(f"{sku}#singleitem.synchronize#{wms}")


def test_skus_changed_within_some_seconds_go_in_one_message() -> None:
    world = batching()
    changed(world, "A", "B", "C")
    assert world.systems.calls == []
    world.run()
    assert sent(world) == [("items.synchronize", ["A", "B", "C"])]
    assert [state(world, sku) for sku in ("A", "B", "C")] == ["ACKED"] * 3
    assert [version_at(world, sku) for sku in ("A", "B", "C")] == [1, 1, 1]


def test_a_message_takes_no_more_than_the_connection_says() -> None:
    world = batching(most=2)
    changed(world, "A", "B", "C")
    world.run()
    assert [len(items) for _, items in sent(world)] == [2, 1]
    assert {method for method, _ in sent(world)} == {"items.synchronize"}


def test_what_is_new_and_what_has_changed_go_in_messages_of_their_own() -> None:
    world = batching()
    changed(world, "A")
    world.run()
    world.systems.calls.clear()
    changed(world, "B", "C")
    world.catalog.put_skus("PIM", [sku_input("A", name="Anew")], MESSAGE)
    world.run()
    actions = [
        (request.text("actionType"), len(request.listed("items", "item")))
        for wms, _, request in world.systems.calls
        if wms == "W1"
    ]
    assert sorted(actions) == [("add", 2), ("update", 1)]
    assert version_at(world, "A") == 2


def test_the_failed_ones_go_alone_and_the_others_are_done() -> None:
    world = batching()
    world.systems.unwanted = {"B"}
    changed(world, "A", "B", "C")
    world.run()
    assert sent(world) == [
        ("items.synchronize", ["A", "B", "C"]),
        ("singleitem.synchronize", ["B"]),
    ]
    assert [state(world, sku) for sku in ("A", "B", "C")] == ["ACKED"] * 3
    assert world.cases() == []


def test_what_the_wms_says_of_a_sku_alone_is_what_counts() -> None:
    world = batching()
    world.service.put_connection(connection("W2", batch_items=0))
    world.systems.unwanted = {"B"}
    changed(world, "B")
    world.later = [each for each in world.later if each[1].data.get("wms") != "W2"]
    world.run_until_sent("items.synchronize")
    world.systems.faults = [("D", "条码重复")]
    world.run()
    assert state(world, "B") == "REFUSED"
    assert world.cases() == ["dispatch_refused"]


@pytest.mark.parametrize("fault", ["lost", "html", "down", "dropped", ("X", "接口不支持")])
def test_a_message_that_isnt_taken_or_answered_is_said_again_alone(fault: Any) -> None:
    world = batching()
    changed(world, "A", "B")
    world.systems.faults = [fault]
    world.run()
    assert [state(world, sku) for sku in ("A", "B")] == ["ACKED"] * 2
    assert [state(world, sku, "W2") for sku in ("A", "B")] == ["ACKED"] * 2
    assert world.cases() == []


def test_an_order_that_waits_for_a_gathered_sku_goes_after_it() -> None:
    world = batching()
    world.service.put_connection(connection("W2"))
    no = world.order(("A", 2, "10.00"))
    changed(world, "A")
    world.collect()
    world.handle(reserved(no))
    world.run()
    methods = [name for wms, name, _ in world.systems.calls if wms == "W1"]
    assert methods == ["items.synchronize", "deliveryorder.create"]


def test_while_the_wms_is_left_alone_what_is_gathered_waits_and_then_goes_together() -> None:
    world = batching()
    for _ in range(5):
        world.service.circuits.failed("W1")
    changed(world, "A", "B", "C")
    world.run()
    assert sent(world) == [("items.synchronize", ["A", "B", "C"])]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("commit", range(1, 16))
@pytest.mark.parametrize("fault", ["ok", "lost"])
def test_every_sku_arrives_whenever_the_sender_dies(
    commit: int, fault: str, *, after: bool
) -> None:
    world = batching(most=2)
    for sku in ("A", "B", "C"):
        world.later.append((world.clock.now(), sku_changed(sku)))
    world.systems.faults = [fault]
    world.tables.die_at(commit, after=after)
    world.run()
    for wms in ("W1", "W2"):
        assert [state(world, sku, wms) for sku in ("A", "B", "C")] == ["ACKED"] * 3
        assert [version_at(world, sku, wms) for sku in ("A", "B", "C")] == [1, 1, 1]
    assert world.cases() == []


@settings(max_examples=40, deadline=None)
@given(
    rounds=st.lists(st.sets(st.sampled_from("ABC"), min_size=1), min_size=1, max_size=4),
    unwanted=st.sets(st.sampled_from("ABC")),
    steps=st.integers(0, 8),
    faults=st.lists(
        st.sampled_from(["ok", "lost", "down", "not_sent", "killed_after"]), max_size=4
    ),
)
def test_in_the_end_each_wms_has_the_last_version_of_each_sku(
    rounds: list[set[str]], unwanted: set[str], steps: int, faults: list[str]
) -> None:
    world = batching(most=2)
    world.systems.unwanted = unwanted
    world.systems.faults = list(faults)
    changed(world, "A", "B", "C")
    for number, skus in enumerate(rounds):
        world.catalog.put_skus(
            "PIM", [sku_input(sku, name=f"Name {number}") for sku in sorted(skus)], MESSAGE
        )
        for _ in range(steps):
            world.step()
    world.run()
    for sku in "ABC":
        version = world.catalog.sku(sku).version
        assert [version_at(world, sku, wms) for wms in ("W1", "W2")] == [version, version]
        assert state(world, sku) == "ACKED"
