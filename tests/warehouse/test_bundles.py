"""Bundles at the WMS: after their parts, again when they change, deleted when they go."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.catalog.model import BundleInput, Component
from tests.warehouse.world import MESSAGE, World, approved, connection


@pytest.fixture
def world() -> World:
    return World()


def bundle_input(**changes: Any) -> BundleInput:
    given = BundleInput(
        id="B-1",
        code="GIFT",
        owner="ACME",
        name="Tea and cup",
        components=(Component(sku="A", quantity=2), Component(sku="B", quantity=1)),
    )
    return replace(given, **changes)


def taken(world: World, **changes: Any) -> None:
    """The product system tells the bundle, and what follows has happened."""
    world.catalog.put_bundles("PIM", [bundle_input(**changes)], MESSAGE)
    world.run()


def version_at(world: World, wms: str = "W1") -> int:
    return world.service.acknowledged_bundle("GIFT")[wms].version


def test_a_bundle_goes_to_every_wms_of_its_owner_after_its_parts(world: World) -> None:
    taken(world)
    assert world.systems.bundles == {
        ("W1", "GIFT"): {"A": 2, "B": 1},
        ("W2", "GIFT"): {"A": 2, "B": 1},
    }
    of_first = [method for wms, method, _ in world.systems.calls if wms == "W1"]
    assert of_first == ["singleitem.synchronize"] * 2 + ["combineitem.synchronize"]
    assert (version_at(world), version_at(world, "W2")) == (1, 1)


def test_its_parts_are_named_by_the_ids_that_the_wms_gave_them(world: World) -> None:
    taken(world)
    request = next(
        each for wms, name, each in world.systems.calls if name == "combineitem.synchronize"
    )
    parts = [
        [each.text(name) for name in ("itemCode", "itemId", "quantity")]
        for each in request.listed("items", "item")
    ]
    assert parts[0][1] in ("ID-W1-A", "ID-W2-A")
    assert [(code, count) for code, _, count in parts] == [("A", "2"), ("B", "1")]
    assert request.text("ownerCode") == "OWNER-AT-WMS"


def test_a_changed_bundle_is_told_anew(world: World) -> None:
    taken(world)
    taken(world, components=(Component(sku="A", quantity=3),))
    assert world.systems.bundles["W1", "GIFT"] == {"A": 3}
    assert version_at(world) == 2


def test_a_bundle_that_is_no_longer_sold_is_deleted_and_can_come_back(world: World) -> None:
    taken(world)
    taken(world, valid=False)
    assert world.systems.bundles == {}
    assert version_at(world) == 2
    taken(world)
    assert world.systems.bundles["W2", "GIFT"] == {"A": 2, "B": 1}
    assert world.cases() == []


def test_one_that_the_wms_has_never_seen_needs_no_deleting(world: World) -> None:
    taken(world, valid=False)
    assert "combineitem.delete" not in world.systems.methods()
    assert world.state_of("GIFT#combineitem.synchronize#W1") == "ACKED"


def test_deleting_what_the_wms_no_longer_has_is_no_failure(world: World) -> None:
    taken(world)
    world.systems.bundles.clear()
    taken(world, valid=False)
    assert world.state_of("GIFT#combineitem.synchronize#W1") == "ACKED"
    assert world.cases() == []


def test_a_wms_that_takes_no_bundles_gets_none(world: World) -> None:
    world.service.put_connection(connection("W1", takes_bundles=False))
    taken(world)
    assert list(world.systems.bundles) == [("W2", "GIFT")]


def test_a_wms_that_takes_no_suppliers_gets_its_purchase_order_without(world: World) -> None:
    world.service.put_connection(connection("W1", takes_suppliers=False))
    world.know_items()
    no = world.purchase(("A", 10, 10_000))
    world.collect()
    world.run()
    world.handle(approved(no))
    assert world.systems.created == [no]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("commit", range(1, 16))
def test_a_bundle_arrives_whenever_the_sender_dies(commit: int, *, after: bool) -> None:
    world = World()
    world.catalog.put_bundles("PIM", [bundle_input()], MESSAGE)
    world.tables.die_at(commit, after=after)
    world.run()
    assert world.systems.bundles["W1", "GIFT"] == {"A": 2, "B": 1}
    assert version_at(world) == 1
    assert world.cases() == []
