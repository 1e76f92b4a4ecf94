"""Movement orders and transfers with every outside call gone wrong: what moves, moves once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest

from chalicelib.bootstrap import Container, reset
from chalicelib.catalog.boms import BomInput, Component
from chalicelib.kernel.errors import Refused
from chalicelib.kernel.provenance import Source
from chalicelib.movements.orders.model import Confirmation, ConfirmedLine
from chalicelib.movements.processing import ProcessingInput, from_bom
from chalicelib.movements.transfers.model import TransferLine
from chalicelib.stock.model import OPENING, Kind, Movement
from chalicelib.stock.model import warehouse as inside
from tests.catalog.builders import sku_input, supplier_input, warehouse
from tests.fakes.cloud import Cloud
from tests.fakes.kernel import SettableClock
from tests.harness.clouds import reusable_cloud
from tests.harness.crash_points import Mode, Scenario, enumerate_crashes
from tests.harness.sandboxes import new_sandbox
from tests.harness.state import rows
from tests.movements.bench import line, order_input, transfer_input
from tests.proofs.counts_and_suspense import (
    COUNT,
    counted,
    counted_in_part,
    settled,
    suspense_of,
)

MESSAGE = Source(message_id="M1")
TODAY = date(2026, 11, 22)
TABLES = ("documents", "stock", "outbox")
NUMBER = re.compile(r"\b(MO|MC|TF)\d{15}\b")


@pytest.fixture(scope="module")
def empty() -> Iterator[Callable[[], Cloud]]:
    with reusable_cloud() as made:
        yield made
    reset()


def stocked(cloud: Cloud) -> Container:
    """WH1 and WH2, 100 pieces each of A and B in WH1."""
    oms = new_sandbox(cloud)
    for code in ("WH1", "WH2"):
        oms.catalog.put_warehouse(warehouse(code))
    oms.catalog.put_suppliers("SRM", [supplier_input("SUP1")], MESSAGE)
    oms.catalog.put_skus("PIM", [sku_input(code) for code in ("A", "B")], MESSAGE)
    movements = [
        Movement(
            line=sku,
            kind=Kind.OPENING,
            warehouse="WH1",
            sku=sku,
            bucket=oms.catalog.sku(sku).bucket,
            quantity=100,
            from_location=OPENING,
            to_location=inside("WH1"),
            occurred_at=cloud.clock.now(),
            source=MESSAGE,
            given_value=10_000,
        )
        for sku in ("A", "B")
    ]
    posting = oms.stock.plan_post(document="O", movements=movements, posting_date=TODAY)
    oms.tables.commit(posting.writes)
    return oms


def confirmed(oms: Container, order: str, id: str, *moved: tuple[str, int]) -> None:
    """A final confirmation, accepted."""
    document = Confirmation(
        id=id,
        order=order,
        warehouse=oms.movement_orders.order(order).warehouse,
        lines=tuple(
            ConfirmedLine(line_no=number, sku=sku, quantity=pieces, source=MESSAGE)
            for number, (sku, pieces) in enumerate(moved, start=1)
        ),
        final=True,
        occurred_at=oms.clock.now(),
        posting_date=TODAY,
        message_id="M1",
    )
    oms.tables.commit(oms.movement_orders.plan_confirmation(document))


def transferred(oms: Container) -> str:
    """A transfer of 10 A and 5 B, of which all has left."""
    lines = (
        TransferLine(line_no=1, sku="A", quantity=10),
        TransferLine(line_no=2, sku="B", quantity=5),
    )
    given = transfer_input(*lines)
    transfer, _ = oms.transfers.take("ERP", given, MESSAGE, approved_by="ERP")
    confirmed(oms, transfer.out_leg, "C1", ("A", 10), ("B", 5))
    oms.movement_orders.post_confirmation("C1")
    return transfer.no


def transfer_of(oms: Container) -> str:
    return oms.transfers.transfers("WH1")[0][0]


def order_of(oms: Container) -> str:
    return oms.movement_orders.orders("WH1")[0][0]


def arrives(oms: Container) -> None:
    no = transferred(oms)
    oms.transfers.follow(no)
    confirmed(oms, oms.transfers.transfer(no).in_leg, "C2", ("A", 7), ("B", 6))


def closes(oms: Container) -> None:
    arrives(oms)
    oms.movement_orders.post_confirmation("C2")
    oms.transfers.follow(transfer_of(oms))


def closed(oms: Container) -> None:
    closes(oms)
    oms.transfer_closing.close(transfer_of(oms), by="li")


def overdue(oms: Container) -> None:
    """What is missing has had all the time it may take."""
    closes(oms)
    assert isinstance(oms.clock, SettableClock)
    oms.clock.moment += timedelta(hours=oms.settings.transfer_tolerance_hours, seconds=1)


def ordered(oms: Container) -> None:
    oms.movement_orders.take(
        "ERP", order_input(line(1, "A", 10), line(2, "B", 5)), MESSAGE, approved_by="ERP"
    )


def moved(oms: Container) -> None:
    ordered(oms)
    confirmed(oms, order_of(oms), "C1", ("A", 12), ("NOBODYS", 1))


def never_sent(oms: Container) -> None:
    ordered(oms)
    oms.movement_orders.cancel(order_of(oms))


def cancelled(oms: Container) -> None:
    plan = oms.movement_orders.plan_cancel_result(order_of(oms), accepted=True, source=MESSAGE)
    if len(plan):
        oms.tables.commit(plan)


def refused(oms: Container) -> None:
    with pytest.raises(Refused, match="enough of: A"):
        oms.movement_orders.take("ERP", order_input(line(1, "A", 101)), MESSAGE, approved_by="ERP")


def processed(oms: Container) -> None:
    """5 B are to be made of 10 A, and 4 were, of 11."""
    box = BomInput(
        id="B-1",
        code="BOX",
        owner="ACME",
        product="B",
        components=(Component(sku="A", quantity=2),),
    )
    bom, _ = oms.boms.put("PIM", box, MESSAGE)
    given = ProcessingInput(id="W-1", bom="BOX", service="1", warehouse="WH1", pieces=5)
    order, _ = oms.movement_orders.take("ERP", from_bom(given, bom), MESSAGE, approved_by="ERP")
    document = Confirmation(
        id="C1",
        order=order.no,
        warehouse="WH1",
        lines=(
            ConfirmedLine(line_no=1, sku="A", quantity=11, source=MESSAGE),
            ConfirmedLine(line_no=2, sku="B", quantity=4, source=MESSAGE, made=True),
        ),
        final=True,
        occurred_at=oms.clock.now(),
        posting_date=TODAY,
        message_id="M1",
    )
    oms.tables.commit(oms.movement_orders.plan_confirmation(document))


def made(oms: Container) -> None:
    processed(oms)
    oms.movement_orders.post_confirmation("C1")


Use = Callable[[Container], object]
SCENARIOS: dict[str, tuple[Use, Use]] = {
    "a movement order is taken": (lambda oms: None, ordered),
    "one of too much is refused": (lambda oms: None, refused),
    "its confirmation is posted": (moved, lambda oms: oms.movement_orders.post_confirmation("C1")),
    "it is asked back": (ordered, lambda oms: oms.movement_orders.cancel(order_of(oms))),
    "the WMS has cancelled it": (never_sent, cancelled),
    "a transfer's goods have left": (
        transferred,
        lambda oms: oms.transfers.follow(transfer_of(oms)),
    ),
    "they arrive, fewer and more": (
        arrives,
        lambda oms: oms.movement_orders.post_confirmation("C2"),
    ),
    "the transfer is closed": (
        closes,
        lambda oms: oms.transfer_closing.close(transfer_of(oms), by="li"),
    ),
    "a processing order's confirmation is posted": (
        processed,
        lambda oms: oms.movement_orders.post_confirmation("C1"),
    ),
    "what was made is costed": (made, lambda oms: oms.costs.cost_pools(["WH1/B", "WH1/A"])),
    "its loss is booked": (closed, lambda oms: oms.transfer_closing.post_loss(transfer_of(oms))),
    "overdue ones are closed": (overdue, lambda oms: oms.transfer_closing.close_overdue()),
    "a count is booked": (counted, lambda oms: oms.counts.adjust(COUNT)),
    "its pages are missing": (counted_in_part, lambda oms: oms.counts.remind(COUNT)),
    "what stood in suspense is booked": (
        settled,
        lambda oms: oms.suspense.post(suspense_of(oms)),
    ),
}

EVENTS = {
    "posting: MovementConfirmed": "its confirmation is posted",
    "posting: TransferLegChanged": "a transfer's goods have left",
    "posting: TransferClosed": "its loss is booked",
    "posting: TransfersOverdue": "overdue ones are closed",
    "posting: CountCompleted": "a count is booked",
    "posting: CountPagesDue": "its pages are missing",
    "posting: SuspenseSettled": "what stood in suspense is booked",
}
"""What a worker is handed, and the scenario that plays it."""


def test_every_event_named_has_its_scenario() -> None:
    assert set(EVENTS.values()) <= set(SCENARIOS)


@pytest.mark.parametrize("name", SCENARIOS)
def test_it_survives_a_death_after_every_call(empty: Callable[[], Cloud], name: str) -> None:
    report = enumerate_crashes(scenario(empty, name, *SCENARIOS[name]), modes=(Mode.KILL_AFTER,))
    assert report.divergences == (), str(report)
    assert report.calls


@pytest.mark.proof
@pytest.mark.parametrize("name", SCENARIOS)
def test_it_survives_every_crash(empty: Callable[[], Cloud], name: str) -> None:
    report = enumerate_crashes(scenario(empty, name, *SCENARIOS[name]))
    assert report.divergences == (), str(report)


def scenario(empty: Callable[[], Cloud], name: str, before: Use, use: Use) -> Scenario[Cloud]:
    """A use in a stocked cloud where `before` was done; compared is what the tables keep."""

    def prepare() -> Cloud:
        cloud = empty()
        before(stocked(cloud))
        return cloud

    return Scenario(
        name=name,
        prepare=prepare,
        deliver=lambda cloud: use(new_sandbox(cloud)),
        state=lambda cloud: {table: kept(cloud, table) for table in TABLES},
    )


def kept(cloud: Cloud, table: str) -> list[str]:
    """Rows but for blocks of numbers, of which a crash may lose some."""
    names: dict[str, str] = {}

    def name_of(found: re.Match[str]) -> str:
        return names.setdefault(found[0], f"<{found[1]}>")

    found = (row for row in rows(cloud, table) if '"NUMBERS#' not in row)
    # The shard of an event follows from its number.
    return sorted(re.sub(r"OUTBOX#\d", "OUTBOX", NUMBER.sub(name_of, row)) for row in found)
