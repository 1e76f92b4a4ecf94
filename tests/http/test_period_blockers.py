"""Which messages block the close of a month, and which a later one makes good."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from chalicelib.bootstrap.blockers import MessageBlockers
from chalicelib.messages.model import HttpHead, Outcome
from tests.fakes.kernel import SettableClock
from tests.http.world import EAST, Site

DAYS = [date(2026, 11, day) for day in range(1, 31)]
HEAD = HttpHead(verb="POST", url="/wms/x/qimen", headers={})


def said(
    site: Site,
    outcome: Outcome,
    *documents: str,
    day: int = 20,
    peer: str = f"wms:{EAST}",
    method: str = "entryorder.confirm",
) -> str:
    """A message of a day of November, at noon in China."""
    assert isinstance(site.cloud.clock, SettableClock)
    site.cloud.clock.moment = datetime(2026, 11, day, 4, tzinfo=UTC)
    message = site.oms.messages.receive(HEAD, b"<request/>", peer=peer, method=method)
    site.oms.messages.record(replace(message, outcome=outcome, documents=documents))
    return message.id


def test_what_was_stored_and_went_no_further_or_is_held_blocks(site: Site) -> None:
    found = MessageBlockers(site.oms.messages)
    stored = said(site, Outcome.RECEIVED, day=2)
    held = said(site, Outcome.HELD, "PO1", day=30)
    for quiet in (Outcome.ACCEPTED, Outcome.DUPLICATE, Outcome.UNVERIFIED, Outcome.REFUSED):
        said(site, quiet, "PO1")
    said(site, Outcome.HELD, peer="shop:demo")
    assert found.undecided(DAYS, 10) == [
        f"{stored} entryorder.confirm RECEIVED",
        f"{held} entryorder.confirm HELD",
    ]
    assert found.undecided(DAYS, 1) == [f"{stored} entryorder.confirm RECEIVED"]
    assert found.undecided([], 10) == []


@pytest.mark.parametrize(
    ("outcome", "document", "day", "method", "good"),
    [
        (Outcome.ACCEPTED, "PO1", 21, "entryorder.confirm", True),
        (Outcome.DUPLICATE, "PO1", 21, "entryorder.confirm", True),
        (Outcome.ACCEPTED, "PO2", 21, "entryorder.confirm", False),
        (Outcome.ACCEPTED, "PO1", 19, "entryorder.confirm", False),
        (Outcome.ACCEPTED, "PO1", 21, "orderprocess.report", False),
        (Outcome.HELD, "PO1", 21, "entryorder.confirm", False),
    ],
)
def test_what_was_refused_is_made_good_by_the_next_one_of_its_kind(
    site: Site, *, outcome: Outcome, document: str, day: int, method: str, good: bool
) -> None:
    refused = said(site, Outcome.REFUSED, "PO1")
    said(site, outcome, document, day=day, method=method)
    expected = [] if good else [f"{refused} entryorder.confirm REFUSED"]
    assert MessageBlockers(site.oms.messages).refused(DAYS, 10) == expected


def test_what_was_refused_unread_stays(site: Site) -> None:
    refused = said(site, Outcome.REFUSED)
    found = MessageBlockers(site.oms.messages).refused(DAYS, 10)
    assert found == [f"{refused} entryorder.confirm REFUSED"]
