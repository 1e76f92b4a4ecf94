"""Exports of the ledger: whole, in order, each entry once, however often a step is done."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.kernel.errors import Conflict, Refused
from chalicelib.kernel.writes import Writes
from chalicelib.stock.cost_store import ValueStore
from chalicelib.stock.export_store import Export, ExportState, ExportStore
from chalicelib.stock.exporting import PAGE, ExportService
from chalicelib.stock.ledger_csv import COLUMNS
from tests.fakes.files import MemoryFiles
from tests.stock.world import TODAY, World, opening, quality_move, receipt, shipment

YESTERDAY = TODAY - timedelta(days=1)


class Addresses:
    """Of files that nobody reads there."""

    def link(self, key: str, *, seconds: int) -> str:
        return f"https://files.test/{key}?seconds={seconds}"


class Exporting:
    """A world and its exports, whose files take few rows."""

    def __init__(self, *, most_rows: int = 5_000, most_pages: int = 50, buckets: int = 3) -> None:
        self.world = World()
        self.files = MemoryFiles()
        self.exports = ExportService(
            store=self.world.store,
            values=ValueStore(self.world.tables),
            exports=ExportStore(self.world.tables),
            files=self.files,
            links=Addresses(),
            buckets=lambda _: buckets,
            transaction=self.world.transaction,
            clock=self.world.clock,
            most_rows=most_rows,
            most_pages=most_pages,
        )

    def wanted(self, name: str = "X-1") -> Export:
        wanted, _ = self.exports.request(
            name, warehouse="WH1", since=YESTERDAY, until=TODAY, by="li"
        )
        return wanted

    def finished(self, name: str = "X-1") -> Export:
        """Every step, as the events ask for it."""
        self.wanted(name)
        done = 0
        while done < len(self.world.tables.events):
            event = self.world.tables.events[done]
            if event.kind == "ExportStepWanted":
                self.exports.step(event.subject, event.data["number"])
            done += 1
        return self.exports.export(name)

    def rows(self, name: str = "X-1") -> list[dict[str, str]]:
        found = []
        for file, _ in self.exports.files(name):
            text = self.files.objects[file.key].decode("utf-8-sig")
            rows = list(csv.DictReader(io.StringIO(text, newline="")))
            assert len(rows) == file.rows
            found += rows
        return found


def booked(exporting: Exporting) -> None:
    world = exporting.world
    world.post("OLD", receipt(1, sku="Z"), day=YESTERDAY - timedelta(days=1))
    world.post("OPEN", opening(10, 10000), opening(5, line="2", sku="B", bucket=2), day=YESTERDAY)
    world.post("S1", shipment(3))
    world.post("Q1", quality_move(2))


def test_an_export_has_every_entry_of_its_days_with_its_balances_and_value() -> None:
    exporting = Exporting()
    booked(exporting)
    exporting.world.cost("WH1/A")
    done = exporting.finished()
    assert (done.state, done.rows, done.files) == (ExportState.READY, 4, 1)
    shown = [
        tuple(row[name] for name in ("posting_date", "document", "before", "after", "value"))
        for row in exporting.rows()
    ]
    assert shown == [
        (YESTERDAY.isoformat(), "OPEN", "0", "10", "100.00"),
        (YESTERDAY.isoformat(), "OPEN", "0", "5", ""),
        (TODAY.isoformat(), "S1", "10", "7", "-30.00"),
        (TODAY.isoformat(), "Q1", "0", "2", "0.00"),
    ]


@pytest.mark.parametrize("pages", [1, 2, 3, 4, 5])
def test_a_long_export_is_written_file_by_file_and_loses_nothing(pages: int) -> None:
    exporting = Exporting(most_pages=pages)
    booked(exporting)
    done = exporting.finished()
    assert done.files == -(-6 // pages)
    assert [row["document"] for row in exporting.rows()] == ["OPEN", "OPEN", "S1", "Q1"]


def test_a_file_ends_before_another_page_could_be_too_much_for_it() -> None:
    exporting = Exporting(most_rows=PAGE)
    booked(exporting)
    done = exporting.finished()
    assert [file.rows for file, _ in exporting.exports.files("X-1")] == [1, 1, 2, 0]
    assert (done.rows, done.state) == (4, ExportState.READY)


def test_a_step_done_twice_or_by_two_workers_at_once_is_done_once() -> None:
    exporting = Exporting(most_pages=2)
    booked(exporting)
    exporting.wanted()
    rivals = [0]

    def rival(_: Writes) -> None:
        exporting.world.transaction.before = lambda writes: None
        rivals[0] += 1
        exporting.exports.step("X-1", 0)

    exporting.world.transaction.before = rival
    exporting.exports.step("X-1", 0)
    exporting.exports.step("X-1", 0)
    assert rivals == [1]
    assert exporting.exports.export("X-1").files == 1
    assert exporting.finished().files == 3
    assert [row["document"] for row in exporting.rows()] == ["OPEN", "OPEN", "S1", "Q1"]


def test_the_same_request_again_is_the_first_one_and_another_is_a_conflict() -> None:
    exporting = Exporting()
    assert exporting.exports.request("X-1", warehouse="WH1", since=YESTERDAY, until=TODAY, by="li")[
        1
    ]
    again, new = exporting.exports.request(
        "X-1", warehouse="WH1", since=YESTERDAY, until=TODAY, by="wang"
    )
    assert (again.requested_by, new) == ("li", False)
    with pytest.raises(Conflict, match="other_content"):
        exporting.exports.request("X-1", warehouse="WH2", since=YESTERDAY, until=TODAY, by="li")


@pytest.mark.parametrize(
    ("since", "until", "code"),
    [(0, -1, "bad_range"), (-366, 0, "bad_range"), (0, 1, "day_not_begun")],
)
def test_a_range_that_cant_be_is_refused(since: int, until: int, code: str) -> None:
    exporting = Exporting()
    begin, end = TODAY + timedelta(days=since), TODAY + timedelta(days=until)
    with pytest.raises(Refused, match=code):
        exporting.exports.request("X-1", warehouse="WH1", since=begin, until=end, by="li")
    assert exporting.world.tables.events == []


@pytest.mark.parametrize("name", ["", "a/b", "../x", "x" * 65, "订单"])
def test_an_id_that_isnt_one_is_refused(name: str) -> None:
    exporting = Exporting()
    with pytest.raises(Refused, match="malformed_field"):
        exporting.exports.request(name, warehouse="WH1", since=TODAY, until=TODAY, by="li")


def test_what_a_spreadsheet_would_take_for_a_formula_is_text() -> None:
    exporting = Exporting()
    tricky = replace(receipt(1, batch='=HYPERLINK("x")'), sku="@SUM")
    exporting.world.post("-1", tricky)
    exporting.finished()
    (row,) = exporting.rows()
    assert (row["batch"], row["sku"], row["document"]) == ('\'=HYPERLINK("x")', "'@SUM", "'-1")
    assert list(row) == list(COLUMNS)
