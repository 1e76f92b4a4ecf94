"""One SMS per parcel, whatever happens on the way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel.errors import IllegalTransition, NotFound, Unavailable
from chalicelib.kernel.events import Event
from chalicelib.kernel.writes import Writes
from chalicelib.notices.states import NoticeState
from chalicelib.notices.templates import TEMPLATES
from tests.fakes.dynamodb import MemoryTables
from tests.fakes.exchange import Killed
from tests.notices.world import ID, ORDER_NO, PERSON, PHONE, World, parcel_shipped


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_the_buyer_gets_one_sms_with_the_parcels_waybill(world: World) -> None:
    (notice,) = world.notices.notify(parcel_shipped())
    assert notice.state is NoticeState.SENT
    (message,) = world.sent()
    assert message["phone"] == PHONE
    assert message["content"] == (
        "【某店】您在茶具店购买的订单c-1已发货，运单号SF100，请留意查收。"
    )
    assert message["out_id"] == ID == notice.id
    assert notice.provider_id == message["biz_id"]


def test_two_parcels_are_two_messages(world: World) -> None:
    world.notices.notify(parcel_shipped("P1", "SF1"))
    world.notices.notify(parcel_shipped("P2", "SF2"))
    assert [each["parameters"]["waybill"] for each in world.sent()] == ["SF1", "SF2"]


def test_the_same_event_again_and_again_sends_nothing_more(world: World) -> None:
    for _ in range(5):
        world.notices.notify(parcel_shipped())
    world.pump(twice=True)
    assert len(world.sent()) == 1
    assert world.the_notice().state is NoticeState.SENT


def test_it_stays_one_message_when_the_buyers_number_changes(world: World) -> None:
    world.notices.notify(parcel_shipped())
    world.people[ORDER_NO] = replace(PERSON, mobile="13999999999")
    world.notices.notify(parcel_shipped())
    assert [each["phone"] for each in world.sent()] == [PHONE]


def test_a_status_is_told_with_its_text_once_and_not_where_the_shop_switched_it_off(
    world: World,
) -> None:
    approved = {"content": TEMPLATES["status"].text}
    world.control("PUT", "/_sim/templates/SMS_ORDER_STATUS", approved)
    event = replace(
        parcel_shipped(),
        id=f"StatusReached:{ORDER_NO}-01:READY",
        kind="StatusReached",
        data={"fulfilment": f"{ORDER_NO}-01", "text": "待提货"},
    )
    world.notices.notify(event)
    world.notices.notify(event)
    assert [each["content"] for each in world.sent()] == [
        "【某店】您在茶具店购买的订单c-1有新的状态：待提货。"
    ]
    world.notices.switch("S1", "status", on=False)
    world.notices.notify(replace(event, id=f"StatusReached:{ORDER_NO}-02:READY"))
    assert len(world.sent()) == 1
    assert world.cases() == []


def test_an_event_without_a_rule_tells_nobody(world: World) -> None:
    event = replace(parcel_shipped(), kind="OrderShipped")
    assert world.notices.notify(event) == ()
    assert world.tables.tables == {}


@pytest.mark.parametrize("twice", [False, True])
@pytest.mark.parametrize("fault", ["not_sent", "lost", "dropped", "killed_before", "killed_after"])
@pytest.mark.parametrize("at", range(3))
def test_whatever_goes_wrong_at_any_call_one_message_arrives(
    world: World, at: int, fault: str, twice: bool
) -> None:
    world.http.faults = (["dropped"] if at else []) + ["ok"] * (at - 1) + [fault]
    world.deliver(parcel_shipped())
    world.deliver(parcel_shipped())
    world.pump(twice=twice)
    assert len(world.sent()) == 1
    assert world.the_notice().state is NoticeState.SENT
    assert world.cases() == []


class DyingTables(MemoryTables):
    """Dies before or after its n-th commit."""

    def __init__(self, at: int, *, after: bool) -> None:
        super().__init__()
        self.left = at
        self.after = after

    def commit(self, writes: Writes) -> None:
        self.left -= 1
        if self.left == 0 and not self.after:
            raise Killed
        super().commit(writes)
        if self.left == 0:
            raise Killed


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("fault", ["ok", "lost", "dropped"])
@pytest.mark.parametrize("at", range(1, 12))
def test_dying_around_any_commit_changes_nothing_in_the_end(
    tmp_path: Path, at: int, fault: str, after: bool
) -> None:
    world = World(tmp_path)
    world.tables = DyingTables(at, after=after)
    world.restart()
    world.http.faults = [fault]
    world.deliver(parcel_shipped())
    world.deliver(parcel_shipped())
    world.pump()
    assert len(world.sent()) == 1
    assert world.the_notice().state is NoticeState.SENT


def test_after_no_answer_the_provider_is_asked_before_anything_is_sent_again(world: World) -> None:
    world.http.faults = ["dropped"]
    (notice,) = world.notices.notify(parcel_shipped())
    assert notice.state is NoticeState.UNKNOWN
    assert world.notices.notify(parcel_shipped())[0].state is NoticeState.UNKNOWN
    first = world.notices.ask(ID)
    assert (first.state, first.missing) == (NoticeState.UNKNOWN, 1)
    second = world.notices.ask(ID)
    assert (second.state, second.missing) == (NoticeState.PENDING, 0)
    assert world.sent() == []
    assert world.notices.send(ID).state is NoticeState.SENT


def test_the_provider_is_asked_two_minutes_after_and_again_two_minutes_later(world: World) -> None:
    world.http.faults = ["dropped"]
    world.notices.notify(parcel_shipped())
    world.pump()
    delays = [each.delay_seconds for each in world.tables.events]
    assert delays == [5, 65, 120, 120, 40, 65]


def test_while_someone_is_sending_it_nobody_else_does(world: World) -> None:
    world.http.faults = ["killed_before"]
    with pytest.raises(Killed):
        world.notices.notify(parcel_shipped())
    (notice,) = world.notices.notify(parcel_shipped())
    assert notice.state is NoticeState.SENDING
    with pytest.raises(Unavailable):
        world.notices.ask(ID)
    world.clock.forward(seconds=61)
    assert world.notices.ask(ID).missing == 1


def test_a_throttled_provider_is_tried_later_without_asking(world: World) -> None:
    world.misbehave("fail", code="isv.BUSINESS_LIMIT_CONTROL", times=3)
    world.notices.notify(parcel_shipped())
    world.pump()
    assert len(world.sent()) == 1
    methods = {headers["x-acs-action"] for _, headers, _ in world.http.calls}
    assert methods == {"SendSms"}


def test_a_final_refusal_is_a_case_for_a_person_and_can_be_renewed(world: World) -> None:
    world.misbehave("fail", code="isv.SMS_SIGNATURE_ILLEGAL", times=1)
    world.notices.notify(parcel_shipped())
    world.pump()
    assert world.the_notice().state is NoticeState.FAILED
    assert world.cases() == [
        (
            "notice_refused",
            "shipped ParcelShipped:P1 to 138******78: "
            "the provider won't send it: isv.SMS_SIGNATURE_ILLEGAL",
        )
    ]
    world.notices.notify(parcel_shipped())
    assert world.sent() == []
    world.notices.renew(ID)
    world.pump()
    assert len(world.sent()) == 1


def test_a_sent_notice_cannot_be_renewed(world: World) -> None:
    world.notices.notify(parcel_shipped())
    with pytest.raises(IllegalTransition):
        world.notices.renew(ID)


def test_if_nobody_can_be_asked_a_person_decides_and_nothing_is_sent_again(world: World) -> None:
    world.http.faults = ["lost"]
    world.notices.notify(parcel_shipped())
    world.people[ORDER_NO] = replace(PERSON, mobile="13999999999")
    world.pump()
    assert world.the_notice().state is NoticeState.UNKNOWN
    assert [kind for kind, _ in world.cases()] == ["notice_unknown"]
    assert len(world.sent()) == 1


def test_a_provider_that_is_down_for_good_ends_as_a_case_for_a_person(world: World) -> None:
    world.misbehave("down")
    world.notices.notify(parcel_shipped())
    world.pump()
    assert world.the_notice().state is NoticeState.UNKNOWN
    assert [kind for kind, _ in world.cases()] == ["notice_unknown"]


def test_a_provider_that_is_down_for_an_hour_gets_it_once(world: World) -> None:
    world.misbehave("down", times=9)
    world.notices.notify(parcel_shipped())
    world.pump()
    assert len(world.sent()) == 1


def test_around_midnight_both_days_are_asked_about(world: World) -> None:
    world.clock.moment = world.clock.moment.replace(hour=15, minute=59, second=30)
    world.http.faults = ["dropped"]
    world.notices.notify(parcel_shipped())
    world.http.calls.clear()
    world.notices.ask(ID)
    days = [url.partition("SendDate=")[2] for url, _, _ in world.http.calls]
    assert len(set(days)) == 2


def test_a_shop_can_switch_a_rule_off_and_on(world: World) -> None:
    world.notices.switch("S1", "shipped", on=False)
    world.notices.switch("S1", "shipped", on=False)
    assert world.notices.notify(parcel_shipped()) == ()
    world.notices.switch("S1", "shipped", on=True)
    assert len(world.notices.notify(parcel_shipped("P2"))) == 1
    assert len(world.sent()) == 1
    with pytest.raises(NotFound):
        world.notices.switch("S1", "nope", on=False)


@pytest.mark.parametrize(
    ("event", "person", "code"),
    [
        (parcel_shipped(), replace(PERSON, mobile=""), "notice_no_phone"),
        (parcel_shipped(waybill=""), PERSON, "notice_parameter_missing"),
    ],
)
def test_what_cannot_be_told_is_a_case_for_a_person(
    world: World, event: Event, person, code: str
) -> None:
    world.people[ORDER_NO] = person
    assert world.notices.notify(event) == ()
    ((kind, text),) = world.cases()
    assert kind == "notice_not_possible" and code in text
    assert world.sent() == []


def test_the_number_stands_in_the_sealed_messages_only(world: World) -> None:
    world.misbehave("fail", code="isv.MOBILE_NUMBER_ILLEGAL", times=1)
    world.notices.notify(parcel_shipped())
    world.notices.renew(ID)
    world.pump()
    assert PHONE not in repr(world.tables.tables) + repr(world.tables.events)
    assert any(PHONE.encode() in body for body in world.files.objects.values())
    assert world.the_notice().shown == "138******78"


def test_a_provider_that_knows_our_key_no_more_is_tried_again_later(world: World) -> None:
    world.misbehave("fail", code="InvalidAccessKeyId.NotFound", times=2)
    world.notices.notify(parcel_shipped())
    world.pump()
    assert len(world.sent()) == 1


def test_parcels_that_two_warehouses_number_alike_are_told_each(world: World) -> None:
    first = replace(parcel_shipped(), id="ParcelShipped:F-01:1")
    second = replace(parcel_shipped(), id="ParcelShipped:F-02:1")
    world.notices.notify(first)
    world.notices.notify(second)
    assert len(world.sent()) == 2


FAULTS = st.sampled_from(["ok", "not_sent", "lost", "dropped", "killed_before", "killed_after"])


@settings(max_examples=60, deadline=None)
@given(picks=st.lists(st.integers(0, 30), max_size=25), faults=st.lists(FAULTS, max_size=8))
def test_events_in_any_order_any_number_of_times_with_any_faults_send_once(
    picks: list[int], faults: list[str]
) -> None:
    with TemporaryDirectory() as folder:
        world = World(Path(folder))
        world.http.faults = list(faults)
        world.deliver(parcel_shipped())
        for pick in picks:
            known = [parcel_shipped(), *world.tables.events]
            world.deliver(known[pick % len(known)])
            world.clock.forward(seconds=pick)
        world.deliver(parcel_shipped())
        world.pump()
        assert len(world.sent()) == 1
        assert world.the_notice().state is NoticeState.SENT
        world.application.end()


def test_an_overtaken_reminder_neither_asks_nor_sends(world: World) -> None:
    world.http.faults = ["dropped"]
    world.notices.notify(parcel_shipped())
    overtaken = world.tables.events[:2]
    before = world.the_notice()
    for event in overtaken:
        world.deliver(event)
    assert world.the_notice() == before
    assert world.http.calls == []
