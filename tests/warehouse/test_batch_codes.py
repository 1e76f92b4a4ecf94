"""Our batch codes on their way down, and back; when the goods are expected."""

from __future__ import annotations

from datetime import date

from chalicelib.purchasing.calendar import Calendar, Window
from chalicelib.purchasing.model import BatchRule
from tests.warehouse.test_callbacks import SUCCESS, entry, flag, line
from tests.warehouse.world import World, approved


def test_they_go_down_with_the_lines_and_are_recognised_coming_up() -> None:
    world = World()
    world.know_items()
    world.purchasing.batches.put(BatchRule(template="{supplier}-{line}"))
    no = world.purchase(("A", 10, 10_000), ("A", 5, 20_000))
    world.handle(approved(no))
    _, _, request = world.systems.calls[-1]
    sent = [each.text("batchCode") for each in request.listed("orderLines", "orderLine")]
    assert sent == ["SUP1-1", "SUP1-2"]

    body = entry(no, line("", "A", 4, "<batchCode>SUP1-2</batchCode>"))
    assert flag(world, "entryorder.confirm", body) == SUCCESS
    other = entry(no, line("1", "A", 3, "<batchCode>L-77</batchCode>"), out="RK2")
    assert flag(world, "entryorder.confirm", other) == SUCCESS

    lines = [each for receipt in world.purchasing.receipts(no) for each in receipt.lines]
    assert [(each.purchase_line_no, each.batch, each.reported_batch) for each in lines] == [
        (2, "SUP1-2", "SUP1-2"),
        (1, "SUP1-1", "L-77"),
    ]
    assert world.cases() == []


def test_without_a_rule_nothing_is_said_of_batches() -> None:
    world = World()
    world.know_items()
    world.handle(approved(world.purchase(("A", 10, 10_000))))
    _, _, request = world.systems.calls[-1]
    assert [each.text("batchCode") for each in request.listed("orderLines", "orderLine")] == [None]


def test_the_delivery_appointment_goes_down_as_the_expected_time() -> None:
    world = World()
    world.know_items()
    window = Window(starts="09:00", ends="11:00", pieces=100, orders=9)
    calendar = Calendar(warehouse="WH1", weekly={"TUE": (window,)})
    world.purchasing.appointments.put_calendar(calendar)
    no = world.purchase(("A", 10, 10_000))
    world.purchasing.appointments.book(no, date(2026, 12, 1), "09:00", by="mei")
    world.handle(approved(no))
    _, _, request = world.systems.calls[-1]
    header = request.needed("entryOrder")
    assert (header.text("expectStartTime"), header.text("expectEndTime")) == (
        "2026-12-01 09:00:00",
        "2026-12-01 11:00:00",
    )
