"""Sent again: the same bytes, or a new revision that says so; and senders that never came back."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.kernel.errors import Conflict, NotFound
from chalicelib.messages.model import Outcome
from chalicelib.orders.states import FulfilmentState
from chalicelib.warehouse.resending import Body
from chalicelib.warehouse.stuck import StuckDispatches
from tests.warehouse.world import (
    MESSAGE,
    Killed,
    World,
    connection,
    reserved,
    sku_changed,
    sku_input,
)


@pytest.fixture
def world() -> World:
    made = World()
    made.know_items()
    return made


def dead(world: World) -> tuple[str, str]:
    """A fulfilment whose message came to its end at a WMS that was down."""
    world.service.put_connection(connection("W1", most_attempts=3))
    no = world.order(("A", 2, "10.00"))
    world.systems.faults = ["html"] * 3
    world.handle(reserved(no))
    world.run()
    assert world.state_of(f"{no}#deliveryorder.create") == "DEAD"
    return no, f"{no}#deliveryorder.create"


def bodies(world: World, document: str, method: str) -> list[str]:
    """The sha256 of every body of that method that was sent about a document, from the raw
    bytes.
    """
    rows = [row for row in world.log.of_document(document).items if row["method"] == method]
    return [hashlib.sha256(world.log.raw(row["id"]).body).hexdigest() for row in rows]


def test_what_is_tried_again_is_the_same_bytes_however_late(world: World) -> None:
    no, dispatch = dead(world)
    first, *others = bodies(world, no, "deliveryorder.create")
    assert others == [first, first]
    found = world.dispatch(dispatch)
    assert (found.edition, found.body_sha256) == (1, first)


def test_a_dead_message_is_sent_again_as_the_same_bytes_after_asking(world: World) -> None:
    no, dispatch = dead(world)
    world.clock.forward(days=1)
    resent = world.service.resend(dispatch)
    assert (resent.body, resent.asks_first) == (Body.IDENTICAL, True)
    world.systems.calls.clear()
    world.run()
    assert world.systems.methods() == ["deliveryorder.query", "deliveryorder.create"]
    sent = bodies(world, no, "deliveryorder.create")
    assert set(sent) == {resent.sha256}
    assert len(sent) == 4
    assert world.orders.fulfilment(no).state is FulfilmentState.ACCEPTED
    assert world.dispatch(dispatch).edition == 1


def test_other_settings_make_a_new_revision_and_the_answer_says_so(world: World) -> None:
    no, dispatch = dead(world)
    before = world.dispatch(dispatch).body_sha256
    world.service.put_connection(connection("W1", logistics_code="SF"))
    resent = world.service.resend(dispatch)
    assert (resent.body, resent.last_sha256) == (Body.NEW_REVISION, before)
    assert resent.sha256 != before
    world.run()
    assert bodies(world, no, "deliveryorder.create") == [before] * 3 + [resent.sha256]
    assert world.dispatch(dispatch).edition == 2


def test_a_changed_document_makes_a_new_revision(world: World) -> None:
    dispatch = "A#singleitem.synchronize#W1"
    assert world.service.resend(dispatch).body is Body.NEW_REVISION  # "update" by now
    world.run()
    assert world.service.resend(dispatch).body is Body.IDENTICAL
    world.run()
    world.catalog.put_skus("PIM", [replace(sku_input("A"), name="红茶")], MESSAGE)
    resent = world.service.resend(dispatch)
    assert resent.body is Body.NEW_REVISION
    world.handle(sku_changed("A", 2))
    world.run()
    assert resent.sha256 in bodies(world, "A", "singleitem.synchronize")


def test_one_that_was_never_sent_is_the_first(world: World) -> None:
    no = world.order(("A", 1, "1.00"))
    world.systems.down = {"W1"}
    other = [world.order(("A", 1, "1.00"), channel_order_id=str(each)) for each in range(5)]
    for each in other:
        world.handle(reserved(each))
    world.handle(reserved(no))
    dispatch = f"{no}#deliveryorder.create"
    assert world.dispatch(dispatch).code == "circuit_open"
    resent = world.service.resend(dispatch)
    assert (resent.body, resent.asks_first) == (Body.FIRST, False)


def test_what_the_wms_has_is_not_sent_again(world: World) -> None:
    no = world.order(("A", 1, "1.00"))
    world.handle(reserved(no))
    with pytest.raises(Conflict, match="there_already"):
        world.service.resend(f"{no}#deliveryorder.create")


def test_what_a_sender_has_right_now_is_left_to_it(world: World) -> None:
    no = world.order(("A", 1, "1.00"))
    world.systems.faults = ["killed_before"]
    with pytest.raises(Killed):
        world.handle(reserved(no))
    with pytest.raises(Conflict) as caught:
        world.service.resend(f"{no}#deliveryorder.create")
    assert caught.value.code == "dispatch_is_being_sent"


def test_what_isnt_there_isnt_found(world: World) -> None:
    with pytest.raises(NotFound):
        world.service.resend("nothing#deliveryorder.create")


def test_a_stuck_one_is_asked_about_when_a_person_wants_it_sent(world: World) -> None:
    no, dispatch = abandoned(world)
    resent = world.service.resend(dispatch)
    assert (resent.body, resent.asks_first) == (Body.IDENTICAL, True)
    world.run()
    assert world.systems.methods() == ["deliveryorder.query", "deliveryorder.create"]
    assert world.systems.created == [no]


# --- senders that never came back


def abandoned(world: World) -> tuple[str, str]:
    """The sender died, and its event has ended where dead letters are."""
    no = world.order(("A", 1, "1.00"))
    world.systems.faults = ["killed_before"]
    with pytest.raises(Killed):
        world.handle(reserved(no))
    world.collect()
    world.later.clear()
    world.clock.forward(minutes=17)
    return no, f"{no}#deliveryorder.create"


def stuck(world: World) -> StuckDispatches:
    return StuckDispatches(
        store=world.store, transaction=world.tables, clock=world.clock, log=world.log
    )


def test_one_whose_sender_died_is_found_and_comes_to_its_end(world: World) -> None:
    no, dispatch = abandoned(world)
    assert [each.id for each in stuck(world).found()] == [dispatch]
    assert [each.id for each in stuck(world).revive()] == [dispatch]
    stuck(world).revive()
    world.run()
    assert world.state_of(dispatch) == "ACKED"
    assert world.systems.created == [no]
    assert stuck(world).found() == []


def test_one_that_died_while_asking_is_found_too(world: World) -> None:
    no = world.order(("A", 1, "1.00"))
    world.systems.faults = ["lost", "killed_before"]
    world.handle(reserved(no))
    world.step()
    world.later.clear()
    world.clock.forward(minutes=17)
    assert [each.state.value for each in stuck(world).revive()] == ["UNKNOWN"]
    world.run()
    assert world.state_of(f"{no}#deliveryorder.create") == "ACKED"


def test_a_message_on_its_way_is_not_stuck(world: World) -> None:
    _, dispatch = abandoned(world)
    world.clock.moment -= timedelta(minutes=2)
    assert stuck(world).found() == []
    assert world.state_of(dispatch) == "SENDING"


def test_what_others_left_in_the_log_long_ago_is_nobodys_business(world: World) -> None:
    abandoned(world)
    world.handle(reserved(world.order(("B", 1, "1.00"), channel_order_id="2")))
    stuck(world).revive()
    world.run()
    day = world.clock.now().date()
    assert len(world.log.of_outcome(Outcome.PREPARED, day=day).items) == 1
    assert stuck(world).found() == []
