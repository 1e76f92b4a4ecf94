"""The crash injector has to find planted bugs, and nothing in workers that are right."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from chalicelib.aws.outbox import Outbox
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.events import Event
from chalicelib.kernel.http import Http, HttpAnswer, NoAnswer, NotSent
from chalicelib.kernel.writes import Absent, AtLeast, ConditionFailed, Key, Put, Update, Writes
from tests.fakes.cloud import Cloud
from tests.harness.clouds import reusable_cloud
from tests.harness.crash_points import Mode, Report, Scenario, enumerate_crashes
from tests.harness.injecting import FAILURES, distinct
from tests.harness.moto_queues import take_all
from tests.harness.outside_calls import Call, WatchedHttp
from tests.harness.state import rows, unequal_parts

STOCK = Key("stock", "SKU#a", "BALANCE")
MARKER = Key("documents", "ORDER#1", "HEAD")

Fresh = Callable[[], Cloud]


@pytest.fixture(scope="module")
def fresh() -> Iterator[Fresh]:
    with reusable_cloud() as empty:
        yield empty


def stocked(cloud: Cloud) -> Cloud:
    put = Put(key=STOCK, item={"available": 10}, condition=Absent(), refusal="there")
    cloud.tables.commit(Writes([put]))
    return cloud


def marker() -> Put:
    return Put(key=MARKER, item={"state": "PLACED"}, condition=Absent(), refusal="placed")


def reservation() -> Update:
    return Update(
        key=STOCK, condition=AtLeast("available", 1), refusal="short", add={"available": -1}
    )


def event(cloud: Cloud) -> Event:
    return Event(
        id="OrderPlaced:1",
        kind="OrderPlaced",
        subject="1",
        occurred_at=cloud.clock.now(),
        correlation="1",
    )


def outbox(cloud: Cloud) -> Outbox:
    return Outbox(
        cloud.clients,
        {"routing": cloud.settings.queue_urls["routing"]},
        {"OrderPlaced": ["routing"]},
        items=cloud.tables,
        transaction=cloud.tables,
        clock=cloud.clock,
    )


def marks_first(cloud: Cloud) -> None:
    """The bug that is planted most often: the marker says done before anything is."""
    try:
        cloud.tables.commit(Writes([marker()]))
    except ConditionFailed:
        return
    cloud.tables.commit(Writes([reservation()], [event(cloud)]))


def marks_last(cloud: Cloud) -> None:
    """The effect stands outside the transaction that remembers it."""
    if cloud.tables.get(MARKER) is None:
        cloud.tables.commit(Writes([reservation()]))
        cloud.tables.commit(Writes([marker()], [event(cloud)]))


def sends_past_the_outbox(cloud: Cloud) -> None:
    try:
        cloud.tables.commit(Writes([marker(), reservation()]))
    except ConditionFailed:
        return
    url = cloud.settings.queue_urls["routing"]
    cloud.clients["sqs"].send_message(QueueUrl=url, MessageBody="OrderPlaced:1")


def swallows_the_outage(cloud: Cloud) -> None:
    try:
        correct(cloud)
    except Unavailable:
        return


def correct(cloud: Cloud) -> None:
    try:
        cloud.tables.commit(Writes([marker(), reservation()], [event(cloud)]))
    except ConditionFailed:
        found = cloud.tables.get(MARKER)
        assert found is not None
    pending = [event(cloud)] if rows(cloud, "outbox") else []
    failed = outbox(cloud).relay(pending)
    assert failed == []


def crash(fresh: Fresh, work: Callable[[Cloud], None], **options: Any) -> Report:
    scenario = Scenario(
        name=work.__name__,
        prepare=lambda: stocked(fresh()),
        deliver=work,
        # At least once is what queues promise, so how often a message came doesn't count.
        state=lambda cloud: {
            "stock": rows(cloud, "stock"),
            "documents": rows(cloud, "documents"),
            "unsent": rows(cloud, "outbox"),
            "told": sorted({taken.body for taken in take_all("oms-test-routing")}),
        },
    )
    return enumerate_crashes(scenario, **options)


@pytest.mark.parametrize(
    ("work", "found_by"),
    [
        (marks_first, {(0, Mode.KILL_AFTER), (0, Mode.LOST_RESPONSE), (0, Mode.UNANSWERED),
                       (1, Mode.KILL_BEFORE), (1, Mode.REFUSED)}),
        (marks_last, {(1, Mode.KILL_AFTER), (1, Mode.UNANSWERED),
                      (2, Mode.KILL_BEFORE), (2, Mode.REFUSED)}),
        (sends_past_the_outbox, {(0, Mode.KILL_AFTER), (0, Mode.UNANSWERED),
                                 (1, Mode.KILL_BEFORE), (1, Mode.REFUSED)}),
        (swallows_the_outage, {(0, Mode.REFUSED)}),
    ],
)  # fmt: skip
def test_each_planted_bug_is_found_by_the_faults_that_show_it(
    fresh: Fresh, work: Callable[[Cloud], None], found_by: set[tuple[int, Mode]]
) -> None:
    report = crash(fresh, work)
    found = {(each.faults[0].at, each.faults[0].mode) for each in report.divergences}
    assert found_by <= found, str(report)
    assert len(report.divergences) < report.runs - 1


def test_a_worker_that_is_right_survives_every_fault(fresh: Fresh) -> None:
    report = crash(fresh, correct)
    assert report.divergences == (), str(report)
    assert report.calls == (
        "dynamodb.TransactWriteItems",
        "dynamodb.Scan",
        "sqs.SendMessageBatch",
        "dynamodb.DeleteItem",
    )
    # To die, or to be refused, is all that can happen to the scan.
    assert report.runs == 1 + 3 * 5 + 2


def test_a_worker_that_is_right_survives_every_second_fault(fresh: Fresh) -> None:
    report = crash(fresh, correct, pairs=True, modes=[Mode.KILL_AFTER, Mode.LOST_RESPONSE])
    assert report.divergences == (), str(report)
    assert report.runs > 60


def test_a_read_goes_wrong_in_the_ways_that_differ_for_it() -> None:
    read = Call(to="aws", name="dynamodb.Query", url="")
    assert set(distinct(FAILURES, read)) == {Mode.KILL_AFTER, Mode.REFUSED}
    assert set(distinct((Mode.KILL_BEFORE, Mode.UNANSWERED), read)) == {
        Mode.KILL_BEFORE,
        Mode.UNANSWERED,
    }
    write = Call(to="aws", name="dynamodb.PutItem", url="")
    assert set(distinct(FAILURES, write)) == set(FAILURES) - {Mode.DROPPED}


@dataclass
class Peer:
    """A WMS in memory; with `knows_ids` it does a request's work once per id."""

    knows_ids: bool
    done: list[str] = field(default_factory=list)

    def send(
        self,
        method: str,
        url: str,
        *,
        body: bytes = b"",
        headers: object,
        timeout_seconds: float,
    ) -> HttpAnswer:
        if not (self.knows_ids and body.decode() in self.done):
            self.done.append(body.decode())
        return HttpAnswer(status=200, headers={}, body=b"ok")


@dataclass
class Line:
    """A world with a peer and a memory that survives sandboxes."""

    peer: Peer
    http: Http
    felt: list[str] = field(default_factory=list)
    told: bool = False


def tell(line: Line) -> None:
    if line.told:
        return
    try:
        line.http.send(
            "POST", "http://wms/router/qimen?x=1", body=b"1", headers={}, timeout_seconds=1
        )
    except (NotSent, NoAnswer) as error:
        line.felt.append(type(error).__name__)
        raise
    line.told = True


def peer_scenario(*, knows_ids: bool, felt: list[str]) -> Scenario[Line]:
    def prepare() -> Line:
        peer = Peer(knows_ids)
        return Line(peer, WatchedHttp(peer), felt)

    return Scenario(
        name="tell", prepare=prepare, deliver=tell, state=lambda line: list(line.peer.done)
    )


def test_calls_to_peers_are_crash_points_with_their_own_two_errors() -> None:
    felt: list[str] = []
    report = enumerate_crashes(peer_scenario(knows_ids=True, felt=felt))
    assert report.calls == ("POST /router/qimen",)
    assert report.divergences == ()
    assert report.runs == 1 + 5
    assert sorted(felt) == ["NoAnswer", "NoAnswer", "NotSent"]


def test_a_peer_that_does_everything_twice_shows_up() -> None:
    report = enumerate_crashes(peer_scenario(knows_ids=False, felt=[]))
    assert {each.faults[0].mode for each in report.divergences} == {
        Mode.KILL_AFTER,
        Mode.LOST_RESPONSE,
    }
    assert str(report.divergences[0]) == (
        "kill_after at call 0 (POST /router/qimen): state: [] became ['1']"
    )


def test_a_sender_that_takes_silence_for_success_shows_up() -> None:
    def hopes(line: Line) -> None:
        try:
            tell(line)
        except NoAnswer:
            line.told = True

    report = enumerate_crashes(
        dataclasses.replace(peer_scenario(knows_ids=True, felt=[]), deliver=hopes)
    )
    assert [each.faults[0].mode for each in report.divergences] == [Mode.DROPPED]


def test_a_dead_sandbox_makes_no_more_calls(fresh: Fresh) -> None:
    def tidies_up(cloud: Cloud) -> None:
        try:
            cloud.tables.get(STOCK)
        finally:
            cloud.tables.commit(Writes([marker()]))

    scenario = Scenario(
        name="finally",
        prepare=lambda: stocked(fresh()),
        deliver=tidies_up,
        state=lambda cloud: rows(cloud, "documents"),
        max_deliveries=1,
    )
    report = enumerate_crashes(scenario, modes=[Mode.KILL_BEFORE])
    assert '[\'{"pk": "ORDER#1"' in report.divergences[0].what
    assert report.divergences[0].what.startswith("still raises after 1 deliveries: Killed()")


def test_a_scenario_that_fails_undisturbed_proves_nothing() -> None:
    scenario = dataclasses.replace(
        peer_scenario(knows_ids=True, felt=[]), deliver=lambda line: 1 // 0
    )
    with pytest.raises(AssertionError, match="tell fails undisturbed"):
        enumerate_crashes(scenario)


def test_states_are_told_apart_by_their_smallest_parts() -> None:
    expected = {"stock": {"a": 1, "b": 2}, "told": ["x", "y"]}
    actual = {"stock": {"a": 1, "b": 3, "c": 4}, "told": ["y", "x"]}
    assert list(unequal_parts(expected, actual)) == [
        ("/stock/b", 2, 3),
        ("/stock/c", "nothing", 4),
        ("/told", ["x", "y"], ["y", "x"]),
    ]
