"""Calls at once, calls per minute, opening hours: kept over all senders, and cheap."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.errors import Refused, Unavailable
from chalicelib.kernel.writes import Key, Writes
from chalicelib.warehouse.connecting import check
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.hours import Hours
from chalicelib.warehouse.limits import Limits, Usage, begun, ended, pause_of
from chalicelib.warehouse.store import WarehouseStore
from chalicelib.warehouse.stuck import StuckDispatches
from tests.fakes.dynamodb import MemoryTables
from tests.fakes.kernel import SettableClock
from tests.harness.interleaving import Race, explore
from tests.harness.outside_calls import Call, after, before
from tests.warehouse.test_figures import Recorder, figures, wanted
from tests.warehouse.world import World, connection, reserved, sku_changed

NOW = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)


class LockedTables(MemoryTables):
    """Memory tables for threads: each request is one step, as DynamoDB's are."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()
        self.requests = 0

    def get(self, key: Key) -> Any:
        with self.lock:
            self.requests += 1
            return super().get(key)

    def commit(self, writes: Writes) -> None:
        with self.lock:
            self.requests += 1
            super().commit(writes)


def limits(tables: MemoryTables, clock: SettableClock) -> Limits:
    return Limits(store=WarehouseStore(tables), transaction=tables, clock=clock)


def test_a_connection_without_limits_costs_no_request() -> None:
    tables = LockedTables()
    taken = limits(tables, SettableClock())
    assert taken.take(connection("W1"), "a") == 0
    taken.give_back(connection("W1"), "a")
    assert tables.requests == 0


def test_only_so_many_at_once_and_each_that_ends_lets_one_in() -> None:
    tables, clock = LockedTables(), SettableClock()
    peer = connection("W1", most_at_once=2)
    one, other = limits(tables, clock), limits(tables, clock)
    assert [one.take(peer, "a"), other.take(peer, "b")] == [0, 0]
    assert one.take(peer, "c") > 0
    other.give_back(peer, "b")
    assert one.take(peer, "c") == 0
    assert tables.requests == 9


def test_who_dies_with_a_call_gives_it_back_by_its_lease() -> None:
    tables, clock = LockedTables(), SettableClock()
    peer = connection("W1", most_at_once=1)
    assert limits(tables, clock).take(peer, "a") == 0
    clock.forward(seconds=59)
    assert limits(tables, clock).take(peer, "b") > 0
    clock.forward(seconds=1)
    assert limits(tables, clock).take(peer, "b") == 0


def test_what_was_taken_by_a_write_whose_answer_was_lost_is_taken_once() -> None:
    tables, clock = LockedTables(), SettableClock()
    peer = connection("W1", most_at_once=1)
    assert [limits(tables, clock).take(peer, "a") for _ in range(2)] == [0, 0]


@given(
    per_minute=st.integers(1, 300),
    gaps=st.lists(st.integers(0, 3_000), min_size=1, max_size=400),
)
def test_no_sixty_seconds_hold_more_calls_than_allowed(per_minute: int, gaps: list[int]) -> None:
    peer, usage, now = connection("W1", calls_per_minute=per_minute), Usage(wms="W1"), NOW
    calls: list[datetime] = []
    for gap in gaps:
        now += timedelta(milliseconds=gap)
        if pause_of(usage, peer, now) == 0:
            usage = begun(usage, peer, "x", now)
            calls.append(now)
    for start in calls:
        within = [at for at in calls if start <= at < start + timedelta(minutes=1)]
        assert len(within) <= per_minute


@pytest.mark.parametrize("per_minute", [1, 2, 10, 60, 600])
def test_who_waits_as_told_gets_the_rate_in_the_long_run(per_minute: int) -> None:
    peer, usage, now = connection("W1", calls_per_minute=per_minute), Usage(wms="W1"), NOW
    made = 0
    while now < NOW + timedelta(minutes=10):
        pause = pause_of(usage, peer, now)
        if pause:
            now += timedelta(seconds=pause)
        else:
            usage, made = begun(usage, peer, "x", now), made + 1
    assert made >= 9 * per_minute


def test_a_call_that_has_ended_is_none() -> None:
    peer = connection("W1", most_at_once=3)
    usage = begun(begun(Usage(wms="W1"), peer, "a", NOW), peer, "b", NOW)
    assert sorted(ended(usage, "a", NOW).calls) == ["b"]


def test_threads_never_have_more_calls_under_way_than_allowed() -> None:
    tables, clock = LockedTables(), SettableClock()
    peer = connection("W1", most_at_once=3)
    under_way, most, done = 0, 0, 0
    counting = threading.Lock()

    def worker(name: int) -> None:
        nonlocal under_way, most, done
        own = limits(tables, clock)
        for number in range(20):
            holder = f"{name}-{number}"
            if own.take(peer, holder):
                continue
            with counting:
                under_way += 1
                most = max(most, under_way)
            with counting:
                under_way -= 1
                done += 1
            own.give_back(peer, holder)

    threads = [threading.Thread(target=worker, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert most <= 3
    assert done > 0


class SteppedTables(MemoryTables):
    """Memory tables whose requests the harness sees, so that it can stop a worker before each."""

    def get(self, key: Key) -> Any:
        asked = Call(to="aws", name="dynamodb.GetItem", url=key.sk)
        before(asked)
        found = super().get(key)
        after(asked)
        return found

    def commit(self, writes: Writes) -> None:
        asked = Call(to="aws", name="dynamodb.TransactWriteItems", url="USAGE")
        before(asked)
        super().commit(writes)
        after(asked)


def test_in_any_order_of_their_requests_one_of_two_senders_gets_the_only_call() -> None:
    peer = connection("W1", most_at_once=1, calls_per_minute=10)

    def workers(tables: SteppedTables) -> list[Any]:
        clock = SettableClock()
        return [lambda name=name: limits(tables, clock).take(peer, name) for name in ("a", "b")]

    def checked(_: SteppedTables, pauses: Any) -> str | None:
        return None if sorted(pause == 0 for pause in pauses) == [False, True] else repr(pauses)

    race = Race(name="limits", prepare=SteppedTables, workers=workers, check=checked)
    found = explore(race, limit=200)
    assert found.exhausted
    assert found.findings == ()


# --- sending


def ready(**settings: Any) -> World:
    world = World()
    world.know_items()
    world.service.put_connection(connection("W1", **settings))
    return world


def orders(world: World, count: int) -> list[str]:
    return [world.order(("A", 1, "1.00"), channel_order_id=str(number)) for number in range(count)]


def test_what_is_above_the_rate_waits_and_goes_later_and_nothing_is_lost() -> None:
    world = ready(calls_per_minute=2)
    numbers = orders(world, 5)
    for no in numbers:
        world.handle(reserved(no))
    assert len(world.systems.created) == 1
    assert world.dispatch(f"{numbers[1]}#deliveryorder.create").code == "limit_reached"
    started = world.clock.now()
    world.run()
    assert sorted(world.systems.created) == sorted(numbers)
    assert world.clock.now() - started >= timedelta(minutes=1)


def test_while_a_call_is_under_way_the_only_one_allowed_others_wait() -> None:
    world = ready(most_at_once=1)
    first, second = orders(world, 2)
    world.systems.before_answering = lambda: world.handle(reserved(second))
    world.handle(reserved(first))
    assert world.systems.created == [first]
    assert world.dispatch(f"{second}#deliveryorder.create").code == "limit_reached"
    world.run()
    assert world.systems.created == [first, second]


def test_a_question_that_may_not_be_asked_now_is_asked_later() -> None:
    world = ready(calls_per_minute=1)
    (no,) = orders(world, 1)
    world.systems.faults = ["lost"]
    world.handle(reserved(no))
    world.run()
    assert world.systems.methods() == ["deliveryorder.create", "deliveryorder.query"]
    assert world.state_of(f"{no}#deliveryorder.create") == "ACKED"


def test_nothing_is_kept_in_the_log_of_what_may_not_go_now() -> None:
    world = ready(hours=Hours(opens="12:00", closes="13:00"))
    (no,) = orders(world, 1)
    world.handle(reserved(no))
    assert world.dispatch(f"{no}#deliveryorder.create").code == "closed"
    assert world.log.of_document(no).items == ()
    world.run()
    assert world.systems.created == [no]
    assert world.clock.now().astimezone(UTC).hour == 4


def test_figures_arent_asked_for_while_it_is_closed() -> None:
    world = ready(hours=Hours(opens="12:00", closes="13:00"))
    peer = world.store.peer("W1")
    assert peer is not None
    with pytest.raises(Unavailable, match="closed"):
        world.service.calls.prepare(peer, "inventory.query", {}, documents=("WH1",))


# --- hours


@pytest.mark.parametrize(
    ("hours", "seconds"),
    [
        (Hours(), 0),
        (Hours(opens="09:00", closes="18:00"), 0),
        (Hours(opens="09:30", closes="18:00"), 0),
        (Hours(opens="10:00", closes="18:00"), 1_800),
        (Hours(opens="08:00", closes="09:30"), 81_000),
        (Hours(opens="22:00", closes="10:00"), 0),
        (Hours(days=(1, 2, 3, 4, 5)), 52_200),
        (Hours(opens="08:00", closes="20:00", days=(1, 2, 3, 4, 5)), 81_000),
        (Hours(holidays=(date(2026, 11, 22),)), 52_200),
        (Hours(holidays=(date(2026, 11, 22), date(2026, 11, 23))), 138_600),
        (Hours(opens="22:00", closes="10:00", holidays=(date(2026, 11, 21),)), 45_000),
        (Hours(opens="10:00", closes="18:00", zone="Asia/Tokyo"), 0),
    ],
)
def test_closed_until_the_next_opening(hours: Hours, seconds: int) -> None:
    """The moment is a Sunday, 09:30 in China."""
    assert hours.closed_seconds(NOW) == seconds


@pytest.mark.parametrize(
    "changes",
    [
        {"most_at_once": -1},
        {"most_at_once": 101},
        {"calls_per_minute": 6_001},
        {"hours": Hours(opens="08:00")},
        {"hours": Hours(opens="8:00", closes="22:00")},
        {"hours": Hours(opens="08:00", closes="24:00")},
        {"hours": Hours(days=())},
        {"hours": Hours(days=(0, 1))},
        {"hours": Hours(zone="here")},
    ],
)
def test_limits_and_hours_that_are_none_are_refused_by_name(changes: dict[str, Any]) -> None:
    given_: Connection = replace(connection("W1"), **changes)
    with pytest.raises(Refused) as caught:
        check(given_)
    assert caught.value.code in ("malformed_setting", "out_of_range")
    assert caught.value.field == next(iter(changes))


NIGHT = Hours(opens="12:00", closes="13:00")


def test_figures_for_the_close_are_asked_for_when_the_wms_opens() -> None:
    world, recorder = ready(hours=NIGHT), Recorder(["A"])
    asking = figures(world, recorder)
    world.collect()
    world.later.clear()
    event = wanted()
    for _ in range(100):
        asking.wanted(event)
        if recorder.recorded:
            break
        world.collect()
        ((due, event),) = world.later
        world.later.clear()
        world.clock.moment = due
    assert world.clock.now().astimezone(UTC).hour == 4
    assert [each["run"] for each in recorder.recorded] == ["R1"]


def test_gathered_skus_go_when_the_wms_opens() -> None:
    world = World()
    for code in ("W1", "W2"):
        world.service.put_connection(connection(code, batch_items=10, hours=NIGHT))
    for sku in ("A", "B"):
        world.handle(sku_changed(sku))
    world.run()
    assert [world.state_of(f"{sku}#singleitem.synchronize#W1") for sku in ("A", "B")] == [
        "ACKED",
        "ACKED",
    ]
    assert world.clock.now().astimezone(UTC).hour == 4


def test_gathered_skus_whose_sender_died_are_found() -> None:
    world = World()
    world.service.put_connection(connection("W1", batch_items=10))
    for sku in ("A", "B"):
        world.handle(sku_changed(sku))
    world.systems.faults = ["killed_before"] * 3
    for _ in range(6):
        world.step()
    world.later.clear()
    world.clock.forward(minutes=20)
    stuck = StuckDispatches(
        store=world.store, transaction=world.tables, clock=world.clock, log=world.log
    )
    assert {"A#singleitem.synchronize#W1", "B#singleitem.synchronize#W1"} <= {
        each.id for each in stuck.found()
    }
    world.systems.faults = []
    stuck.revive()
    world.run()
    assert world.state_of("A#singleitem.synchronize#W1") == "ACKED"


def test_gathered_orders_whose_sender_died_are_found() -> None:
    world = World()
    world.know_items()
    world.service.put_connection(connection("W1", batch_orders=10))
    orders = [world.order(("A", 1, "10.00"), channel_order_id=f"C{number}") for number in (1, 2)]
    for no in orders:
        world.handle(reserved(no))
    world.systems.faults = ["killed_before"]
    assert world.step()
    world.later.clear()
    world.clock.forward(minutes=20)
    stuck = StuckDispatches(
        store=world.store, transaction=world.tables, clock=world.clock, log=world.log
    )
    assert [each.id for each in stuck.revive()] == [f"{no}#deliveryorder.create" for no in orders]
    world.run()
    assert [world.state_of(f"{no}#deliveryorder.create") for no in orders] == ["ACKED"] * 2
    assert world.systems.created == orders
