"""Stock messages to the upstream: the figures, the signature, and delivery whatever happens."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from chalicelib.kernel.clock import to_text
from chalicelib.kernel.errors import IllegalTransition
from chalicelib.kernel.events import Event
from chalicelib.kernel.http import HttpAnswer, NoAnswer, NotSent
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.webhooks import verify
from chalicelib.kernel.writes import Writes
from chalicelib.messages.exchange import Exchanges
from chalicelib.messages.service import MessageLog
from chalicelib.messages.store import MessageStore
from chalicelib.notices.states import WebhookState
from chalicelib.notices.store import NoticeStore
from chalicelib.notices.webhook_model import webhook_id
from chalicelib.notices.webhooks import StockMessages
from chalicelib.stock.model import ADJUSTMENT, Balance, Entry, Kind, deltas_of, supplier, warehouse
from tests.fakes.dynamodb import MemoryTables
from tests.fakes.files import MemoryFiles
from tests.fakes.kernel import CountingIds, ScriptedHttp, SettableClock

AT = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
SECRET = "whsec_" + "c2VjcmV0IG9mIHRoZSBlcnA="
OLD = "whsec_" + "b2xkIHNlY3JldCBvZiBlcnA="
YES = HttpAnswer(status=200, headers={}, body=b"{}")
NO = HttpAnswer(status=500, headers={}, body=b"oops")


def entry(
    number: int, sku: str, quantity: int, *, posted_at: datetime = AT, to: str = "ZP"
) -> Entry:
    return Entry(
        document="R1",
        entry=f"{number}#RECEIPT#{to}#",
        line=str(number),
        kind=Kind.RECEIPT,
        warehouse="WH1",
        sku=sku,
        bucket=0,
        quantity=quantity,
        from_location=supplier("SUP1"),
        to_location=warehouse("WH1", to),
        inventory_type=to,
        batch="B1",
        sequence=number,
        posting_date=date(2026, 11, 22),
        occurred_at=AT,
        posted_at=posted_at,
        source=Source(message_id="m1"),
    )


EVENT = Event(
    id="EntriesPosted:R1:1#RECEIPT#ZP#B1",
    kind="EntriesPosted",
    subject="R1",
    occurred_at=AT,
    correlation="PO1",
    data={"document": "R1", "pools": ["WH1/A", "WH1/B"]},
)


class Ledger:
    """The ledger as the messages read it; its balances move on."""

    def __init__(self, *entries: Entry) -> None:
        self.entries = entries
        self.reads = 0

    def entries_of(self, document: str) -> list[Entry]:
        return [each for each in self.entries if each.document == document]

    def balances(self, pairs: Any) -> dict[tuple[str, str], Balance]:
        self.reads += 1
        return {
            pair: Balance(
                warehouse=pair[0],
                sku=pair[1],
                bucket=0,
                quantities={"ZP": 100 + self.reads, "CC": 1},
                available=90,
                reserved=10 + self.reads,
                version=7,
            )
            for pair in pairs
        }


class World:
    """`StockMessages` with everything around it in memory."""

    def __init__(
        self, *answers: HttpAnswer | Exception, tables: MemoryTables | None = None
    ) -> None:
        self.tables = tables or MemoryTables()
        self.clock, self.http = SettableClock(AT), ScriptedHttp(*answers)
        self.secrets = [SECRET]
        self.ledger = Ledger(entry(1, "A", 5), entry(2, "A", 1, to="CC"), entry(3, "B", 2))
        log = MessageLog(
            files=MemoryFiles(),
            store=MessageStore(self.tables),
            transaction=self.tables,
            clock=self.clock,
            ids=CountingIds(),
        )
        self.messages = StockMessages(
            store=NoticeStore(self.tables),
            transaction=self.tables,
            clock=self.clock,
            stock=self.ledger,
            exchanges=Exchanges(log=log, http=self.http),
            secrets=self,
            url="http://erp.invalid/hooks",
            secret="upstream",
        )
        self.delivered = 0

    def current(self, name: str) -> tuple[str, ...]:
        return tuple(self.secrets) if name == "upstream" else ()

    def pump(self) -> None:
        while self.delivered < len(self.tables.events):
            event = self.tables.events[self.delivered]
            self.delivered += 1
            self.clock.forward(seconds=event.delay_seconds)
            self.messages.follow_up(event.subject, int(str(event.data["version"])))

    def cases(self) -> list[str]:
        return [
            item["kind"]
            for key, item in self.tables.tables.items()
            if key.pk.startswith("EXCEPTION#")
        ]


def test_the_message_tells_entries_changes_and_balances() -> None:
    world = World(YES)
    message = world.messages.send_stock(EVENT)
    assert message.state is WebhookState.DELIVERED
    ((verb, url, body, headers),) = world.http.sent
    assert (verb, url) == ("POST", "http://erp.invalid/hooks")
    told = json.loads(body)
    assert told["type"] == "stock.changed"
    assert told["timestamp"] == to_text(AT)
    assert told["data"]["document"] == "R1"
    assert told["data"]["changes"] == [
        {"warehouse": "WH1", "sku": "A", "inventory_type": "CC", "delta": 1},
        {"warehouse": "WH1", "sku": "A", "inventory_type": "ZP", "delta": 5},
        {"warehouse": "WH1", "sku": "B", "inventory_type": "ZP", "delta": 2},
    ]
    assert told["data"]["balances"][0] == {
        "warehouse": "WH1",
        "sku": "A",
        "sequence": 7,
        "quantities": {"ZP": 101, "CC": 1},
        "available": 90,
        "reserved": 11,
    }
    assert [each["sequence"] for each in told["data"]["entries"]] == [1, 2, 3]
    assert headers["webhook-id"] == webhook_id(EVENT.id) == message.id


def test_it_is_signed_so_that_the_receiver_can_check_it() -> None:
    world = World(YES)
    world.messages.send_stock(EVENT)
    ((_, _, body, headers),) = world.http.sent
    verify(
        secrets=[SECRET],
        message_id=headers["webhook-id"],
        timestamp=headers["webhook-timestamp"],
        signatures=headers["webhook-signature"],
        body=body,
        now=world.clock.now(),
    )


def test_while_secrets_rotate_it_carries_both_signatures() -> None:
    world = World(YES)
    world.secrets = [SECRET, OLD]
    world.messages.send_stock(EVENT)
    ((_, _, body, headers),) = world.http.sent
    for secret in (SECRET, OLD):
        verify(
            secrets=[secret],
            message_id=headers["webhook-id"],
            timestamp=headers["webhook-timestamp"],
            signatures=headers["webhook-signature"],
            body=body,
            now=world.clock.now(),
        )


def test_only_what_this_posting_booked_is_told() -> None:
    world = World(YES)
    later = datetime(2026, 11, 22, 1, 31, tzinfo=UTC)
    world.ledger.entries = (entry(1, "A", 5), entry(2, "A", 9, posted_at=later), entry(3, "C", 4))
    world.messages.send_stock(EVENT)
    changes = json.loads(world.http.sent[0][2])["data"]["changes"]
    assert [(each["sku"], each["delta"]) for each in changes] == [("A", 5)]


def test_an_adjustment_that_leaves_the_warehouse_is_negative() -> None:
    out = entry(1, "A", 5)
    lost = Entry(
        **{name: getattr(out, name) for name in out.__slots__}
        | {"from_location": warehouse("WH1"), "to_location": ADJUSTMENT}
    )
    assert deltas_of(lost) == {"ZP": -5}
    world = World(YES)
    world.ledger.entries = (lost,)
    world.messages.send_stock(EVENT)
    assert json.loads(world.http.sent[0][2])["data"]["changes"][0]["delta"] == -5


def test_the_same_event_again_sends_nothing_more() -> None:
    world = World(YES)
    world.messages.send_stock(EVENT)
    world.messages.send_stock(EVENT)
    world.pump()
    assert len(world.http.sent) == 1


@pytest.mark.parametrize(
    "fault", [NO, NotSent("x"), NoAnswer("x"), HttpAnswer(status=301, headers={}, body=b"")]
)
def test_what_was_not_taken_is_sent_again_with_the_same_id_and_bytes(
    fault: HttpAnswer | Exception,
) -> None:
    world = World(fault, fault, YES)
    assert world.messages.send_stock(EVENT).state is WebhookState.PENDING
    world.pump()
    assert len({(body, headers["webhook-id"]) for _, _, body, headers in world.http.sent}) == 1
    assert len({headers["webhook-timestamp"] for *_, headers in world.http.sent}) == 3
    assert world.messages.message(webhook_id(EVENT.id)).state is WebhookState.DELIVERED
    assert world.cases() == []


def test_the_waits_grow_to_fifteen_minutes() -> None:
    world = World(*[NO] * 9, YES)
    world.messages.send_stock(EVENT)
    world.pump()
    delays = [each.delay_seconds for each in world.tables.events]
    assert delays == [65, 10, 20, 40, 80, 160, 320, 640, 900, 900]


def test_after_two_days_a_person_is_called_and_can_have_it_sent_again() -> None:
    world = World(*[NO] * 200, YES)
    world.messages.send_stock(EVENT)
    world.pump()
    message = world.messages.message(webhook_id(EVENT.id))
    assert (message.state, message.attempts) == (WebhookState.FAILED, 200)
    assert world.cases() == ["webhook_failed"]
    world.messages.renew(message.id)
    world.pump()
    assert world.messages.message(message.id).state is WebhookState.DELIVERED


def test_a_receiver_that_wants_none_any_more_is_left_alone_at_once() -> None:
    world = World(HttpAnswer(status=410, headers={}, body=b""))
    assert world.messages.send_stock(EVENT).state is WebhookState.FAILED
    world.pump()
    assert world.cases() == ["webhook_failed"]


def test_a_delivered_message_cannot_be_sent_again() -> None:
    world = World(YES)
    message = world.messages.send_stock(EVENT)
    with pytest.raises(IllegalTransition):
        world.messages.renew(message.id)


def test_a_sender_that_died_is_replaced_by_its_reminder() -> None:
    class Killed(Exception):
        pass

    world = World(YES)
    world.http.answers.insert(0, Killed())
    with pytest.raises(Killed):
        world.messages.send_stock(EVENT)
    world.pump()
    assert world.messages.message(webhook_id(EVENT.id)).state is WebhookState.DELIVERED


def test_every_sending_is_in_the_log() -> None:
    world = World(NO, YES)
    world.messages.send_stock(EVENT)
    world.pump()
    rows = [item for key, item in world.tables.tables.items() if key.table == "messages"]
    assert [(row["peer"], row["code"], row["gsi1pk"]) for row in rows] == [
        ("upstream", "HTTP 500", "DOCUMENT#R1"),
        ("upstream", "HTTP 200", "DOCUMENT#R1"),
    ]


def test_an_event_that_names_no_entry_is_our_own_fault() -> None:
    world = World()
    world.ledger.entries = ()
    with pytest.raises(LookupError):
        world.messages.send_stock(EVENT)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", range(1, 5))
def test_dying_around_any_commit_still_delivers_the_same_bytes(at: int, after: bool) -> None:
    class Killed(Exception):
        pass

    class DyingTables(MemoryTables):
        left = at

        def commit(self, writes: Writes) -> None:
            self.left -= 1
            if self.left == 0 and not after:
                raise Killed
            super().commit(writes)
            if self.left == 0:
                raise Killed

    world = World(*[YES] * 5, tables=DyingTables())
    for _ in range(2):
        try:
            world.messages.send_stock(EVENT)
        except Killed:
            continue
    world.pump()
    assert world.messages.message(webhook_id(EVENT.id)).state is WebhookState.DELIVERED
    assert len({body for _, _, body, _ in world.http.sent}) == 1
