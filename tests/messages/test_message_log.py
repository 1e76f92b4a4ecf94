"""The message log: bytes first, found again by id, document, peer and outcome."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from chalicelib.kernel.errors import NotFound, TooMany
from chalicelib.kernel.http import HttpAnswer
from chalicelib.kernel.items import from_item
from chalicelib.messages.model import HttpHead, Message, Outcome, digest, object_key
from chalicelib.messages.service import UNVERIFIED_PER_MINUTE, MessageLog
from chalicelib.messages.store import MessageStore
from tests.fakes.dynamodb import MemoryTables
from tests.fakes.files import MemoryFiles
from tests.fakes.kernel import CountingIds, SettableClock

HEAD = HttpHead(
    verb="POST",
    url="/wms/WH1/qimen",
    query=(("method", "entryorder.confirm"), ("customerId", "东仓")),
    headers={"Content-Type": "text/xml", "Authorization": "Bearer secret", "X-Trace": "1"},
)
BODY = "<request><a>收货\n第二行</a></request>".encode("gbk")


class World:
    def __init__(self) -> None:
        self.tables, self.files, self.clock = MemoryTables(), MemoryFiles(), SettableClock()
        self.log = MessageLog(
            files=self.files,
            store=MessageStore(self.tables),
            transaction=self.tables,
            clock=self.clock,
            ids=CountingIds(),
        )

    def receive(self, peer: str = "wms:WH1") -> Message:
        return self.log.receive(HEAD, BODY, peer=peer, method="entryorder.confirm")


def test_bytes_are_stored_before_anything_else_and_read_back_unchanged() -> None:
    world = World()
    message = world.receive()
    assert world.tables.tables == {}
    raw = world.log.raw(message.id)
    assert raw.body == BODY
    assert raw.head.query == HEAD.query
    assert message.sha256 == digest(BODY)


def test_secret_headers_are_not_kept() -> None:
    world = World()
    raw = world.log.raw(world.receive().id)
    assert raw.head.headers == {"content-type": "text/xml", "x-trace": "1"}


def test_a_message_whose_row_a_crash_prevented_is_still_found_by_its_id() -> None:
    world = World()
    message = world.receive()
    found = world.log.message(message.id)
    assert (found.outcome, found.sha256, found.size) == (
        Outcome.RECEIVED,
        message.sha256,
        len(BODY),
    )


def test_an_unknown_id_is_not_found() -> None:
    with pytest.raises(NotFound, match="there is no message"):
        World().log.message("20261122T013000000-ffffffffffff")


def test_messages_are_listed_by_document_peer_and_outcome() -> None:
    world = World()
    for outcome in (Outcome.ACCEPTED, Outcome.REFUSED):
        message = dataclasses.replace(world.receive(), outcome=outcome, documents=("PO1",))
        world.log.record(message)
        world.clock.forward(seconds=1)
    by_document = world.log.of_document("PO1").items
    assert [from_item(item, Message).outcome for item in by_document] == ["ACCEPTED", "REFUSED"]
    day = date(2026, 11, 22)
    assert len(world.log.of_peer("wms:WH1", "entryorder.confirm", day=day).items) == 2
    assert len(world.log.of_outcome(Outcome.REFUSED, day=day).items) == 1
    assert world.log.of_outcome(Outcome.ACCEPTED, day=day).items == ()


def test_recording_twice_leaves_one_row() -> None:
    world = World()
    message = dataclasses.replace(world.receive(), outcome=Outcome.REFUSED)
    world.log.record(message)
    world.log.record(message)
    assert len(world.tables.tables) == 1


def test_a_wrong_signature_is_marked_and_a_flood_of_them_is_turned_away_for_a_minute() -> None:
    world = World()
    for _ in range(UNVERIFIED_PER_MINUTE):
        message = world.receive()
        world.log.record_unverified(message, "signature_invalid")
    assert object_key(message.id) in world.files.unverified
    stored = len(world.files.objects)
    with pytest.raises(TooMany):
        world.receive()
    assert len(world.files.objects) == stored
    world.receive(peer="wms:WH2")
    world.clock.forward(minutes=1)
    world.receive()


def test_an_outgoing_message_is_stored_before_it_is_sent_and_its_answer_after() -> None:
    world = World()
    message, key = world.log.prepare(
        HEAD, b"<request/>", peer="wms:WH1", method="deliveryorder.create", documents=("1-01",)
    )
    assert world.log.raw(message.id).body == b"<request/>"
    world.log.record(message)
    assert world.log.message(message.id).outcome is Outcome.PREPARED
    answer = HttpAnswer(status=200, headers={}, body=b"<response/>")
    done, writes = world.log.answered(message, answer, "success", under=key)
    world.tables.commit(writes)
    found = world.log.message(message.id)
    assert found == done
    assert (found.outcome, found.http_status, found.code) == (Outcome.ANSWERED, 200, "success")
    assert world.log.raw(message.id).answer == b"<response/>"


def test_no_answer_is_an_outcome_to_look_for() -> None:
    world = World()
    message, _ = world.log.prepare(HEAD, b"", peer="tax", method="submit", documents=("IV1",))
    world.log.record(message)
    _, writes = world.log.unanswered(message, Outcome.NO_ANSWER, "ReadTimeoutError")
    world.tables.commit(writes)
    day = date(2026, 11, 22)
    assert len(world.log.of_outcome(Outcome.NO_ANSWER, day=day).items) == 1


def test_the_data_key_of_the_message_received_last_is_given_once_and_for_it_alone() -> None:
    world = World()
    first, second = world.receive(), world.receive()
    assert world.log.data_key(first) is None
    third = world.receive()
    key = world.log.data_key(third)
    assert key is not None
    assert key.seal("1", b"").under == object_key(third.id)
    assert world.log.data_key(third) is None
    assert world.log.data_key(second) is None
