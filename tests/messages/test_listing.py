"""A peer's whole day in time order, page by page, whatever methods it used."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.errors import Malformed
from chalicelib.kernel.items import from_item
from chalicelib.messages.model import HttpHead, Message, Outcome
from chalicelib.messages.service import MessageLog
from chalicelib.messages.store import MessageStore
from tests.fakes.dynamodb import MemoryTables
from tests.fakes.files import MemoryFiles
from tests.fakes.kernel import CountingIds, SettableClock

DAY = date(2026, 11, 22)
HEAD = HttpHead(verb="POST", url="/wms/WH1/qimen", headers={})


class World:
    def __init__(self) -> None:
        self.clock = SettableClock()
        tables = MemoryTables()
        self.log = MessageLog(
            files=MemoryFiles(),
            store=MessageStore(tables),
            transaction=tables,
            clock=self.clock,
            ids=CountingIds(),
        )

    def message(
        self, method: str, *, peer: str = "wms:WH1", outcome: Outcome = Outcome.ACCEPTED
    ) -> str:
        message = self.log.receive(HEAD, b"<request/>", peer=peer, method=method)
        self.log.record(dataclasses.replace(message, outcome=outcome))
        self.clock.forward(seconds=1)
        return message.id

    def day(self, *, limit: int, method: str = "") -> list[list[str]]:
        """The ids of each page."""
        pages: list[list[str]] = []
        cursor: str | None = None
        while True:
            page = self.log.of_peer("wms:WH1", method, day=DAY, limit=limit, cursor=cursor)
            pages.append([from_item(item, Message).id for item in page.items])
            cursor = page.next_cursor
            if cursor is None:
                return pages


METHODS = st.lists(st.sampled_from(["orders", "orders.x", "order", "z", "unknown"]), max_size=12)


@given(methods=METHODS, limit=st.integers(1, 5))
def test_the_pages_of_a_day_are_all_of_its_messages_in_time_order(
    methods: list[str], limit: int
) -> None:
    world = World()
    sent = [world.message(method) for method in methods]
    world.message("orders", peer="wms:WH2")
    pages = world.day(limit=limit)
    assert [each for page in pages for each in page] == sent
    assert all(len(page) == limit for page in pages[:-1])
    for method in set(methods):
        own = [one for one, its in zip(sent, methods, strict=True) if its == method]
        assert [each for page in world.day(limit=limit, method=method) for each in page] == own


def test_two_messages_of_one_moment_are_both_found() -> None:
    world = World()
    world.message("a")
    world.clock.forward(seconds=-1)
    world.message("b")
    assert [len(page) for page in world.day(limit=1)] == [1, 1]


@pytest.mark.parametrize("cursor", ["x", "", "MjAyNg==", "MjAyNi0xMS0yMlQwMTozMDowMC4wMDBaIw=="])
def test_a_cursor_that_is_none_is_refused(cursor: str) -> None:
    world = World()
    world.message("a")
    if cursor:
        with pytest.raises(Malformed, match="no cursor of ours"):
            world.log.of_peer("wms:WH1", day=DAY, cursor=cursor)


def test_what_needs_a_look_is_narrowed_to_a_peer_and_goes_on() -> None:
    world = World()
    for number in range(30):
        world.message("a", peer=f"wms:WH{number % 3}", outcome=Outcome.REFUSED)
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = world.log.of_outcome(
            Outcome.REFUSED, day=DAY, peer="wms:WH1", limit=4, cursor=cursor
        )
        found += [str(item["peer"]) for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == ["wms:WH1"] * 10


def test_a_page_of_one_peer_among_many_reads_a_bounded_number_of_rows() -> None:
    world = World()
    for _ in range(50):
        world.message("a", peer="wms:WH2", outcome=Outcome.REFUSED)
    page = world.log.of_outcome(Outcome.REFUSED, day=DAY, peer="wms:WH1", limit=2)
    assert page.items == ()
    assert page.next_cursor is not None
