"""The track: everything that happened, in time order, with the messages behind it."""

from __future__ import annotations

from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Key
from tests.orders.world import MESSAGE, World, body, shipment


def test_the_track_tells_the_whole_story_in_time_order(world: World) -> None:
    world.shop(hold_above=0)
    no = world.routed(body(("A", 2, "1.00"), ("B", 1, "1.00")))
    world.clock.forward(minutes=5)
    world.orders.release_hold(no, "AMOUNT", by="user:li")
    world.orders.route(no)
    world.clock.forward(minutes=25)
    part = f"{no}-01"
    world.commit(world.orders.plan_dispatching(part))
    source = Source(message_id="MSG-A", path="/response/deliveryOrderId")
    world.commit(world.orders.plan_accepted(part, "W-1", source=source, at=world.at(1)))
    step = Source(message_id="MSG-S", path="/request/process")
    world.commit(
        world.orders.plan_progress(part, "PICKING", at=world.at(10), source=step, raw="PICK")
    )
    world.clock.forward(hours=3)
    world.ship(shipment(part, [(1, "A", 2), (2, "B", 1)]))

    rows = world.orders.track(no)
    assert [row.kind for row in rows] == [
        "placed",
        "held",
        "hold_released",
        "sourced",
        "reserved",
        "accepted",
        "step",
        "shipment",
        "parcel",
        "fulfilment_shipped",
        "shipped",
    ]
    assert [row.at for row in rows] == sorted(row.at for row in rows)
    messages = {row.kind: row.message for row in rows if row.message is not None}
    assert messages["placed"] == MESSAGE
    assert messages["accepted"] == source
    assert messages["step"] == step
    assert messages["parcel"].path == "/request/packages/package[1]"
    assert messages["shipment"].message_id == f"MSG-{part}-1"


def test_the_track_of_a_cancel_names_who_asked_and_what_the_warehouse_said(world: World) -> None:
    no = world.accepted(body(("A", 2, "1.00")))
    world.clock.forward(hours=1)
    world.orders.cancel(no, reason="buyer", by="user:li")
    source = Source(message_id="MSG-C")
    world.clock.forward(hours=1)
    world.commit(
        world.orders.plan_cancel_result(
            f"{no}-01", accepted=True, source=source, at=world.clock.now()
        )
    )
    kinds = [row.kind for row in world.orders.track(no)]
    assert kinds[-4:] == [
        "cancel_requested",
        "fulfilment_cancelled",
        "cancel_accepted",
        "cancelled",
    ]


def test_the_track_of_an_order_short_of_stock_says_so(world: World) -> None:
    no = world.routed(body(("A", 11, "1.00")))
    assert [row.kind for row in world.orders.track(no)] == ["placed", "short_of_stock"]


def test_what_people_type_is_kept_sealed_and_shown_without_numbers(world: World) -> None:
    no = world.placed(body(("A", 2, "1.00")))
    world.orders.hold(no, "FRAUD", reason="call 13811112222 first", by="user:li")
    world.orders.cancel(no, reason="13811112222 called", by="user:li")
    head = world.tables.tables[Key("documents", f"ORDER#{no}", "HEAD")]
    assert "1381111" not in str(head)
    assert "called" not in str(head)
    rows = {row.kind: row for row in world.orders.track(no)}
    assert rows["held"].text == "call 1********** first"
    assert rows["cancel_requested"].text == "1********** called"


def test_who_erases_the_person_erases_what_was_typed(world: World) -> None:
    no = world.placed(body(("A", 2, "1.00")))
    world.orders.hold(no, "FRAUD", reason="odd address", by="user:li")
    (hold,) = world.orders.view(no).head.holds
    assert hold.words is not None
    assert hold.words.key == ""
    del world.tables.tables[Key("documents", f"ORDER#{no}", "PERSON")]
    assert [row.text for row in world.orders.track(no) if row.kind == "held"] == [""]
