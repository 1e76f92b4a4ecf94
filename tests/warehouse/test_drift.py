"""The drift report: what the WMS knows against what we know, and setting it right."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel.errors import Conflict, NotFound
from chalicelib.warehouse.drift_store import DriftPart, DriftRow, DriftRun
from tests.warehouse.test_bundles import bundle_input
from tests.warehouse.world import MESSAGE, World, connection, sku_input


@pytest.fixture
def world() -> World:
    """Both WMS know A, B and C, and the bundle GIFT."""
    return in_step()


def in_step() -> World:
    made = World()
    made.catalog.put_bundles("PIM", [bundle_input()], MESSAGE)
    made.know_items()
    return made


def asked(world: World, *, fix: bool = False) -> DriftRun:
    world.service.drift.start("W1", fix=fix)
    world.run()
    return world.service.drift.run("W1")


def rows(world: World, part: DriftPart = DriftPart.SKUS) -> dict[str, DriftRow]:
    return {row.code: row for row in world.service.drift.rows("W1", part)[0]}


def differences(world: World, part: DriftPart = DriftPart.SKUS) -> dict[str, tuple[str, ...]]:
    return {code: row.differences for code, row in rows(world, part).items()}


def test_a_wms_that_knows_what_we_know_shows_no_difference(world: World) -> None:
    run = asked(world)
    assert (run.state.value, run.asked, run.different, run.percent) == ("DONE", 4, 0, 100)
    assert differences(world) == differences(world, DriftPart.BUNDLES) == {}
    asked_for = world.systems.methods()
    assert sorted(asked_for) == ["combineitem.query"] + ["singleitem.query"] * 3


def test_what_the_wms_has_lost_is_missing_and_told_anew(world: World) -> None:
    del world.systems.items["W1", "B"]
    assert asked(world).different == 1
    assert differences(world) == {"B": ("missing",)}
    assert ("W1", "B") not in world.systems.items
    world.systems.calls.clear()
    assert asked(world, fix=True).fixed == 1
    (told,) = [each for _, name, each in world.systems.calls if name == "singleitem.synchronize"]
    assert told.text("actionType") == "add"
    assert asked(world).different == 0
    assert differences(world) == {}


@pytest.mark.parametrize(
    ("told", "difference"),
    [
        ({"itemName": "红茶"}, "name"),
        ({"barCode": "1"}, "barcode"),
        ({"isValid": "N"}, "valid"),
    ],
)
def test_what_is_called_otherwise_there_is_sent_again(
    world: World, told: dict[str, str], difference: str
) -> None:
    world.systems.told["A"] = told
    asked(world, fix=True)
    row = rows(world)["A"]
    assert (row.differences, row.fixed) == ((difference,), True)
    assert list(row.theirs.values()) == list(told.values())
    (sent,) = [each for _, name, each in world.systems.calls if name == "singleitem.synchronize"]
    assert (sent.text("actionType"), sent.needed("item").text("itemCode")) == ("update", "A")


def test_what_it_tells_in_other_words_but_the_same_is_no_difference(world: World) -> None:
    world.systems.told["A"] = {
        "itemName": " 绿茶 A ",
        "barCode": "6901234567892;",
        "isValid": "Y",
    }
    assert asked(world).different == 0


def test_another_item_id_is_learnt_and_nothing_sent(world: World) -> None:
    world.systems.items["W1", "C"] = "OTHER-ID"
    asked(world, fix=True)
    row = rows(world)["C"]
    assert (row.ours, row.theirs) == ({"item_id": "ID-W1-C"}, {"item_id": "OTHER-ID"})
    assert world.service.acknowledged("C")["W1"].wms_id == "OTHER-ID"
    assert "singleitem.synchronize" not in world.systems.methods()


def test_a_version_that_never_arrived_is_older_and_sent(world: World) -> None:
    world.catalog.put_skus("PIM", [sku_input("A", name="Anew")], MESSAGE)
    world.collect()
    world.later = []
    asked(world, fix=True)
    row = rows(world)["A"]
    assert (row.differences, row.ours, row.theirs) == (("older",), {"older": "2"}, {"older": "1"})
    assert world.service.acknowledged("A")["W1"].version == 2


def test_what_is_being_told_right_now_isnt_compared(world: World) -> None:
    world.systems.down = {"W1"}
    world.catalog.put_skus("PIM", [sku_input("A", name="Anew")], MESSAGE)
    for _ in range(3):
        world.step()
    world.systems.down = set()
    world.later = []
    run = asked(world)
    assert (run.asked, run.on_their_way, run.different) == (3, 1, 0)


def test_a_bundle_that_is_lost_made_of_other_parts_or_not_deleted_is_set_right(
    world: World,
) -> None:
    world.systems.bundles["W1", "GIFT"] = {"A": 9}
    asked(world, fix=True)
    row = rows(world, DriftPart.BUNDLES)["GIFT"]
    assert (row.ours, row.theirs) == ({"components": "2 A, 1 B"}, {"components": "9 A"})
    assert world.systems.bundles["W1", "GIFT"] == {"A": 2, "B": 1}
    del world.systems.bundles["W1", "GIFT"]
    asked(world, fix=True)
    assert world.systems.bundles["W1", "GIFT"] == {"A": 2, "B": 1}
    world.catalog.put_bundles("PIM", [bundle_input(valid=False)], MESSAGE)
    world.run()
    world.systems.bundles["W1", "GIFT"] = {"A": 2}
    asked(world, fix=True)
    assert ("W1", "GIFT") not in world.systems.bundles


def test_skus_of_another_owner_are_not_asked_for(world: World) -> None:
    world.catalog.put_skus("PIM", [sku_input("THEIRS", owner="OTHER")], MESSAGE)
    world.run()
    asked(world)
    assert "THEIRS" not in [request.text("itemCode") for _, _, request in world.systems.calls]


def test_a_new_wms_is_told_everything_by_one_run() -> None:
    world = World()
    world.collect()
    world.later = []
    run = asked(world, fix=True)
    assert (run.different, run.fixed) == (3, 3)
    assert sorted(code for _, code in world.systems.items) == ["A", "B", "C"]


def test_a_run_is_joined_and_not_started_twice(world: World) -> None:
    first = world.service.drift.start("W1", fix=False)
    assert world.service.drift.start("W1", fix=False) == first
    with pytest.raises(Conflict, match="drift_running"):
        world.service.drift.start("W1", fix=True)


def test_a_run_that_lost_its_event_is_taken_up_again(world: World) -> None:
    first = world.service.drift.start("W1", fix=False)
    world.collect()
    world.later = []
    world.clock.forward(hours=1)
    again = world.service.drift.start("W1", fix=False)
    assert again.id == first.id
    world.run()
    assert world.service.drift.run("W1").state.value == "DONE"


def test_a_wms_nobody_has_asked_has_no_run(world: World) -> None:
    with pytest.raises(NotFound, match="no_drift_run"):
        world.service.drift.run("W2")


def test_it_asks_no_faster_than_the_connection_allows() -> None:
    world = in_step()
    world.service.put_connection(connection("W1", queries_per_minute=6))
    world.catalog.put_skus("PIM", [sku_input(f"S{n:02d}") for n in range(30)], MESSAGE)
    world.run()
    begun = world.clock.now()
    run = asked(world)
    assert run.asked == 34
    # 34 queries at 6 a minute take more than 5 minutes, but for the last step's.
    assert (world.clock.now() - begun).total_seconds() >= 240


def test_a_wms_that_answers_slowly_is_asked_for_fewer_at_a_time(world: World) -> None:
    world.catalog.put_skus("PIM", [sku_input(f"S{n:02d}") for n in range(40)], MESSAGE)
    world.run()
    world.systems.seconds = 10
    run = asked(world)
    assert (run.state.value, run.asked) == ("DONE", 44)
    assert run.together < 10


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("commit", range(1, 20))
@pytest.mark.parametrize("fault", ["ok", "lost", "html", "dropped"])
def test_a_run_ends_the_same_wherever_it_dies(commit: int, fault: str, *, after: bool) -> None:
    world = in_step()
    del world.systems.items["W1", "B"]
    world.systems.told["C"] = {"itemName": "Other"}
    world.service.drift.start("W1", fix=True)
    world.collect()
    world.systems.faults = [fault]
    world.tables.die_at(commit, after=after)
    world.run()
    run = world.service.drift.run("W1")
    assert run.state.value == "DONE"
    assert ("W1", "B") in world.systems.items
    assert run.different >= 2
    assert world.cases() == []


@settings(max_examples=30, deadline=None)
@given(
    lost=st.sets(st.sampled_from("ABC")),
    renamed=st.sets(st.sampled_from("ABC")),
    faults=st.lists(st.sampled_from(["ok", "lost", "down", "not_sent", "html"]), max_size=6),
)
def test_a_fixing_run_finds_exactly_what_differs_and_the_next_finds_less(
    lost: set[str], renamed: set[str], faults: list[Any]
) -> None:
    world = in_step()
    for code in lost:
        del world.systems.items["W1", code]
    world.systems.told = {code: {"itemName": "Other"} for code in renamed}
    world.systems.faults = list(faults)
    asked(world, fix=True)
    assert set(rows(world)) == lost | renamed
    assert {code for _, code in world.systems.items if _ == "W1"} == set("ABC")
    world.systems.faults, world.systems.told = [], {}
    assert asked(world).different == 0
    assert rows(world) == {}


# --- warehouses


PLACES = DriftPart.WAREHOUSES
ADDRESS = "仓前街 1 号"


def with_places(**changes: Any) -> World:
    """W1 takes warehouses, and knows WH1 with everything that it may be told."""
    made = in_step()
    made.service.put_connection(connection("W1", takes_warehouses=True, **changes))
    whom = {"contact": "王强", "phone": "0571-87654321", "mobile": "13900001111"}
    place = made.catalog.warehouse("WH1")
    made.catalog.put_warehouse(replace(place, address=ADDRESS, status="ON", **whom))
    made.run()
    made.systems.calls.clear()
    return made


def test_a_wms_that_takes_warehouses_is_asked_about_its_own_after_the_rest() -> None:
    world = with_places(warehouse_codes={"WH1": "EAST"})
    run = asked(world)
    assert (run.state.value, run.asked, run.different, run.percent) == ("DONE", 5, 0, 100)
    (name, request) = world.systems.calls[-1][1:]
    assert (name, request.text("warehouseCode"), request.text("ownerCode")) == (
        "warehouseinfo.query",
        "EAST",
        "OWNER-AT-WMS",
    )


def test_a_wms_that_does_not_take_warehouses_is_not_asked_about_them(world: World) -> None:
    asked(world)
    assert "warehouseinfo.query" not in world.systems.methods()


def test_a_wms_that_takes_no_bundles_is_asked_about_warehouses_all_the_same() -> None:
    world = with_places(takes_bundles=False)
    asked(world)
    assert set(world.systems.methods()) == {"singleitem.query", "warehouseinfo.query"}


def test_a_warehouse_that_the_wms_has_lost_is_told_anew() -> None:
    world = with_places()
    del world.systems.places["W1", "WH1"]
    assert asked(world).different == 1
    assert differences(world, PLACES) == {"WH1": ("missing",)}
    asked(world, fix=True)
    told = [each for _, name, each in world.systems.calls if name == "warehouseinfo.synchronize"]
    assert [each.text("actionType") for each in told] == ["add"]
    assert asked(world).different == 0
    assert differences(world, PLACES) == {}


def test_an_answer_without_the_warehouse_asked_for_has_lost_it() -> None:
    world = with_places()
    world.systems.told["WH1"] = {"warehouseCode": "ANOTHER"}
    asked(world)
    assert differences(world, PLACES) == {"WH1": ("missing",)}


@pytest.mark.parametrize(
    ("told", "difference", "ours", "theirs"),
    [
        ({"warehouseName": "Ningbo"}, "name", "Hangzhou", "Ningbo"),
        ({"address": "别处"}, "address", ADDRESS, "别处"),
        ({"status": "OFF"}, "status", "ON", "OFF"),
        ({"name": "李四"}, "contact", "王*", "李*"),
        ({"tel": "0571-00000021"}, "phone", "057********21", "057********21"),
        ({"mobile": "13800002222"}, "mobile", "139******11", "138******22"),
    ],
)
def test_what_a_warehouse_is_told_otherwise_is_shown_masked_and_sent_again(
    told: dict[str, str], difference: str, ours: str, theirs: str
) -> None:
    world = with_places()
    world.systems.told["WH1"] = told
    asked(world, fix=True)
    row = rows(world, PLACES)["WH1"]
    assert (row.differences, row.fixed) == ((difference,), True)
    assert (dict(row.ours), dict(row.theirs)) == ({difference: ours}, {difference: theirs})
    assert world.systems.methods().count("warehouseinfo.synchronize") == 1


def test_what_it_does_not_tell_of_a_warehouse_is_no_difference() -> None:
    world = with_places()
    world.systems.places["W1", "WH1"] = {"warehouseCode": "WH1", "warehouseName": " Hangzhou "}
    assert asked(world).different == 0


def test_a_closed_warehouse_needs_not_be_there() -> None:
    world = with_places()
    place = replace(world.catalog.warehouse("WH1"), code="WH3", active=False)
    world.catalog.put_warehouse(place)
    world.collect()
    world.later = []
    assert asked(world).different == 0


def test_many_warehouses_are_asked_for_page_by_page() -> None:
    world = with_places()
    place = world.catalog.warehouse("WH1")
    for number in range(23):
        world.catalog.put_warehouse(replace(place, code=f"P{number:02d}"))
    world.run()
    world.systems.calls.clear()
    run = asked(world)
    assert (run.asked, run.different, world.systems.methods().count("warehouseinfo.query")) == (
        28,
        0,
        24,
    )


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("commit", range(1, 24, 2))
@pytest.mark.parametrize("fault", ["ok", "lost", "html"])
def test_a_run_over_warehouses_ends_the_same_wherever_it_dies(
    commit: int, fault: str, *, after: bool
) -> None:
    world = with_places()
    del world.systems.places["W1", "WH1"]
    world.service.drift.start("W1", fix=True)
    world.collect()
    world.systems.faults = ["ok"] * 4 + [fault]
    world.tables.die_at(commit, after=after)
    world.run()
    assert world.service.drift.run("W1").state.value == "DONE"
    assert ("W1", "WH1") in world.systems.places
    assert world.cases() == []
