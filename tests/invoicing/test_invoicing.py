"""An order's invoice, from the shipment to the number, whatever happens on the way."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.invoicing.states import InvoiceState
from chalicelib.kernel.errors import IllegalTransition, NotFound, Unavailable
from chalicelib.kernel.writes import ConditionFailed, Writes
from chalicelib.orders.model import InvoiceRequest
from tests.fakes.dynamodb import MemoryTables
from tests.fakes.exchange import Killed
from tests.invoicing.world import ORDER_NO, PERSON, World, fulfilment, order

COMPANY = InvoiceRequest(kind="COMPANY", has_tax_no=True)


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    placed = order((3, 9900), (1, 2350), discount=1000, freight=800)
    made.put(placed, fulfilment(placed, 1, (1, 0, 2)), fulfilment(placed, 2, (1, 2, 1), (2, 0, 1)))
    return made


def test_a_shipped_order_gets_its_invoice_with_the_states_number(world: World) -> None:
    world.invoicing.request(ORDER_NO)
    world.pump()
    invoice = world.the_invoice()
    assert invoice.state is InvoiceState.ISSUED
    assert (invoice.gross, invoice.net, invoice.tax) == (31850, 28186, 3664)
    assert len(invoice.number) == 20 and invoice.number.isdecimal()
    assert invoice.issued_at is not None and invoice.message is not None
    (at_platform,) = world.issued()
    assert at_platform["number"] == invoice.number
    assert (at_platform["gross"], at_platform["net"], at_platform["tax"]) == (
        "318.50",
        "281.86",
        "36.64",
    )
    assert at_platform["buyer"] == "个人"
    assert world.event_kinds().count("InvoiceIssued") == 1
    assert world.cases() == []


def test_the_platform_was_asked_three_times_at_growing_distances(world: World) -> None:
    world.invoicing.request(ORDER_NO)
    world.pump()
    delays = [each.delay_seconds for each in world.tables.events if each.kind == "InvoiceDue"]
    assert delays == [65, 10, 20, 40]


def test_every_call_is_in_the_log_with_request_and_answer_but_without_the_token(
    world: World,
) -> None:
    world.invoicing.request(ORDER_NO)
    world.pump()
    rows = [item for key, item in world.tables.tables.items() if key.table == "messages"]
    assert [(row["method"].rpartition(".")[2], row["outcome"], row["code"]) for row in rows] == [
        ("requestBillingNew", "ANSWERED", "E0000"),
        ("queryInvoiceResult", "ANSWERED", "20"),
        ("queryInvoiceResult", "ANSWERED", "20"),
        ("queryInvoiceResult", "ANSWERED", "2"),
    ]
    assert {row["gsi1pk"] for row in rows} == {f"DOCUMENT#{ORDER_NO}-F1"}
    assert len(world.files.objects) == 8
    for head in (body.partition(b"\n")[0] for key, body in world.files.objects.items()):
        assert b"accesstoken" not in head.lower()


def test_asking_twice_makes_one_invoice(world: World) -> None:
    first = world.invoicing.request(ORDER_NO)
    assert world.invoicing.request(ORDER_NO) == first
    assert world.event_kinds() == ["InvoiceRequested"]
    world.pump()
    assert world.invoicing.request(ORDER_NO) == world.the_invoice()
    assert len(world.issued()) == 1


def test_every_event_twice_and_the_first_ones_again_at_the_end_issue_once(world: World) -> None:
    world.invoicing.request(ORDER_NO)
    world.pump(twice=True)
    before = world.the_invoice()
    for event in list(world.tables.events):
        world.deliver(event)
    assert world.the_invoice() == before
    assert before.state is InvoiceState.ISSUED
    assert len(world.issued()) == 1
    assert world.event_kinds().count("InvoiceIssued") == 1


@pytest.mark.parametrize("twice", [False, True])
@pytest.mark.parametrize("fault", ["not_sent", "lost", "dropped", "killed_before", "killed_after"])
@pytest.mark.parametrize("at", range(4))
def test_whatever_goes_wrong_at_any_call_the_end_is_the_same(
    world: World, at: int, fault: str, twice: bool
) -> None:
    world.http.faults = ["ok"] * at + [fault]
    world.invoicing.request(ORDER_NO)
    world.pump(twice=twice)
    assert world.the_invoice().state is InvoiceState.ISSUED
    (at_platform,) = world.issued()
    assert at_platform["number"] == world.the_invoice().number
    assert world.event_kinds().count("InvoiceIssued") == 1
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
@pytest.mark.parametrize("at", range(1, 11))
def test_dying_around_any_commit_changes_nothing_in_the_end(
    tmp_path: Path, at: int, after: bool
) -> None:
    world = World(tmp_path)
    world.tables = DyingTables(at, after=after)
    world.restart()
    placed = order((1, 11300))
    world.put(placed, fulfilment(placed, 1, (1, 0, 1)))
    try:
        world.invoicing.request(ORDER_NO)
    except Killed:
        world.restart()
        world.invoicing.request(ORDER_NO)
    world.pump()
    assert world.the_invoice().state is InvoiceState.ISSUED
    assert len(world.issued()) == 1
    assert world.event_kinds().count("InvoiceIssued") == 1


def test_no_answer_is_asked_about_before_anything_is_sent_again(world: World) -> None:
    world.http.faults = ["dropped"]
    world.invoicing.request(ORDER_NO)
    unknown = world.invoicing.submit(f"{ORDER_NO}-F1")
    assert unknown.state is InvoiceState.UNKNOWN
    assert world.invoicing.submit(unknown.no) == unknown
    asked = world.invoicing.query(unknown.no)
    assert asked.state is InvoiceState.REQUESTED
    assert asked.request_no == unknown.request_no
    methods = [headers["method"].rpartition(".")[2] for _, headers, _ in world.http.calls]
    assert methods == ["queryInvoiceResult"]


def test_while_someone_is_sending_it_nobody_else_asks(world: World) -> None:
    world.http.faults = ["killed_after"]
    world.invoicing.request(ORDER_NO)
    with pytest.raises(Killed):
        world.invoicing.submit(f"{ORDER_NO}-F1")
    with pytest.raises(Unavailable):
        world.invoicing.query(f"{ORDER_NO}-F1")
    world.clock.forward(seconds=61)
    assert world.invoicing.query(f"{ORDER_NO}-F1").state is InvoiceState.SUBMITTED


def test_a_platform_that_is_down_for_hours_gets_it_in_the_end(world: World) -> None:
    behaviour = {"mode": "down", "times": 20}
    world.control("POST", "/_sim/behaviour", json.dumps(behaviour).encode())
    world.invoicing.request(ORDER_NO)
    world.pump()
    assert world.the_invoice().state is InvoiceState.ISSUED
    assert len(world.issued()) == 1


def test_a_platform_that_never_comes_back_ends_as_a_case_for_a_person(world: World) -> None:
    world.control("POST", "/_sim/behaviour", b'{"mode": "down"}')
    world.invoicing.request(ORDER_NO)
    world.pump()
    assert world.the_invoice().state is InvoiceState.UNKNOWN
    assert [kind for kind, _ in world.cases()] == ["invoice_stuck"]
    world.control("POST", "/_sim/behaviour", b'{"mode": "normal"}')
    assert world.invoicing.query(f"{ORDER_NO}-F1").state is InvoiceState.REQUESTED
    world.invoicing.submit(f"{ORDER_NO}-F1")
    for _ in range(3):
        world.invoicing.query(f"{ORDER_NO}-F1")
    assert world.the_invoice().state is InvoiceState.ISSUED


def test_a_refusal_is_a_case_for_a_person_and_its_renewal_has_a_new_number(world: World) -> None:
    refusal = {"mode": "fail", "method": "requestBillingNew", "code": "E9105", "times": 1}
    world.control("POST", "/_sim/behaviour", json.dumps(refusal).encode())
    world.invoicing.request(ORDER_NO)
    world.pump()
    failed = world.the_invoice()
    assert (failed.state, failed.refusal_code) == (InvoiceState.FAILED, "E9105")
    assert world.cases() == [
        ("invoice_refused", "the tax platform refuses to issue it: E9105 模拟的失败")
    ]
    renewed = world.invoicing.renew(failed.no)
    assert renewed.request_no != failed.request_no
    world.pump()
    assert world.the_invoice().state is InvoiceState.ISSUED
    assert [each["orderNo"] for each in world.issued()] == [renewed.request_no]


def test_one_that_fails_in_the_background_fails_here_without_the_buyers_name(world: World) -> None:
    placed = order((1, 11300), request=COMPANY)
    buyer = replace(
        PERSON, invoice_title="杭州某某科技有限公司", invoice_tax_no="91330100MA27X00000"
    )
    world.put(placed, fulfilment(placed, 1, (1, 0, 1)), person=buyer)
    outcome = {"status": "22", "cause": "购方 杭州某某科技有限公司 91330100MA27X00000 不存在"}
    world.control("PUT", "/_sim/outcomes/any", json.dumps(outcome).encode())
    world.invoicing.request(ORDER_NO)
    world.pump()
    assert world.the_invoice().state is InvoiceState.FAILED
    ((kind, text),) = world.cases()
    assert kind == "invoice_refused"
    assert "杭州某某" not in text and "91330100" not in text
    assert "杭州某某" not in world.the_invoice().refusal_text


def test_only_a_failed_invoice_can_be_renewed(world: World) -> None:
    world.invoicing.request(ORDER_NO)
    before = dict(world.tables.tables)
    with pytest.raises(IllegalTransition):
        world.invoicing.renew(f"{ORDER_NO}-F1")
    assert world.tables.tables == before


def test_who_asked_for_no_invoice_gets_none(world: World) -> None:
    placed = order((1, 100), request=None)
    world.put(placed, fulfilment(placed, 1, (1, 0, 1)))
    assert world.invoicing.request(ORDER_NO) is None
    assert world.tables.tables == {}


@pytest.mark.parametrize(
    ("placed", "person", "code"),
    [
        (order((1, 100), tax_code=""), PERSON, "invoice_tax_code_missing"),
        (order((1, 100), discount=100), PERSON, "invoice_nothing_to_invoice"),
        (order((1, 100), request=COMPANY), PERSON, "invoice_title_missing"),
        (
            order((1, 100), request=COMPANY),
            replace(PERSON, invoice_title="某公司", invoice_tax_no="91330100ma27x00000"),
            "invoice_tax_no_wrong",
        ),
    ],
)
def test_an_order_that_cannot_be_invoiced_is_a_case_for_a_person(
    world: World, placed, person, code: str
) -> None:
    world.put(placed, fulfilment(placed, 1, (1, 0, 1)), person=person)
    assert world.invoicing.request(ORDER_NO) is None
    assert world.invoicing.request(ORDER_NO) is None
    ((kind, text),) = world.cases()
    assert kind == "invoice_not_possible"
    assert text.startswith(f"{code}: ")
    assert world.tables.events == []


def test_what_was_not_shipped_is_not_invoiced_and_takes_its_freight_along(world: World) -> None:
    placed = order((3, 1000), freight=100)
    world.put(placed, fulfilment(placed, 1, (1, 0, 3), confirmed=(2,)))
    invoice = world.invoicing.request(ORDER_NO)
    assert invoice is not None
    assert invoice.gross == 2000 + 66


def test_pieces_beyond_those_ordered_are_no_part_of_the_sale(world: World) -> None:
    placed = order((3, 1000))
    world.put(placed, fulfilment(placed, 1, (1, 0, 3), confirmed=(5,)))
    invoice = world.invoicing.request(ORDER_NO)
    assert invoice is not None
    assert invoice.gross == 3000


def test_rows_name_order_line_units_and_the_element_of_the_raw_order(world: World) -> None:
    world.invoicing.request(ORDER_NO)
    content = world.tables.tables[
        next(
            k for k in world.tables.tables if (k.pk, k.sk) == (f"INVOICE#{ORDER_NO}-F1", "CONTENT")
        )
    ]
    first, second, freight = content["rows"]
    assert list(first["units"]) == [{"first": 0, "count": 2}, {"first": 2, "count": 1}]
    assert first["source"] == {"message_id": "m-order", "path": "/lines/0"}
    assert second["order_line_no"] == 2
    assert (freight["order_line_no"], freight["gross"]) == (0, 800)


def test_the_buyer_is_sealed_and_nowhere_else(world: World) -> None:
    placed = order((1, 11300), request=COMPANY)
    buyer = replace(
        PERSON, invoice_title="杭州某某科技有限公司", invoice_tax_no="91330100MA27X00000"
    )
    world.put(placed, fulfilment(placed, 1, (1, 0, 1)), person=buyer)
    world.invoicing.request(ORDER_NO)
    world.pump()
    (at_platform,) = world.issued()
    assert at_platform["buyer"] == "杭州某某科技有限公司"
    seen = repr(world.tables.tables) + repr(world.tables.events)
    assert "杭州某某" not in seen and "91330100MA27X00000" not in seen


def test_an_unknown_order_or_invoice_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        world.invoicing.request("nope")
    with pytest.raises(NotFound):
        world.invoicing.submit("nope-F1")


def test_two_senders_at_once_send_once(world: World) -> None:
    world.invoicing.request(ORDER_NO)

    class Racing(MemoryTables):
        raced = False

        def commit(racing, writes: Writes) -> None:  # noqa: N805 - `self` is taken
            if not racing.raced:
                racing.raced = True
                world.invoicing.submit(f"{ORDER_NO}-F1")
            try:
                super().commit(writes)
            except ConditionFailed:
                raise

    racing = Racing()
    racing.tables, racing.events = world.tables.tables, world.tables.events
    world.tables = racing
    world.restart()
    world.invoicing.submit(f"{ORDER_NO}-F1")
    assert len(world.http.calls) == 1
    assert world.the_invoice().state is InvoiceState.SUBMITTED


FAULTS = st.sampled_from(["ok", "not_sent", "lost", "dropped", "killed_before", "killed_after"])


@settings(max_examples=60, deadline=None)
@given(picks=st.lists(st.integers(0, 30), max_size=25), faults=st.lists(FAULTS, max_size=8))
def test_events_in_any_order_any_number_of_times_with_any_faults_issue_once(
    picks: list[int], faults: list[str]
) -> None:
    with TemporaryDirectory() as folder:
        world = World(Path(folder))
        placed = order((1, 11300))
        world.put(placed, fulfilment(placed, 1, (1, 0, 1)))
        world.http.faults = list(faults)
        world.invoicing.request(ORDER_NO)
        for pick in picks:
            world.deliver(world.tables.events[pick % len(world.tables.events)])
            world.clock.forward(seconds=pick)
        world.invoicing.request(ORDER_NO)
        world.pump()
        assert world.the_invoice().state is InvoiceState.ISSUED
        assert [each["number"] for each in world.issued()] == [world.the_invoice().number]
        assert world.event_kinds().count("InvoiceIssued") == 1
        world.application.end()


def test_an_overtaken_reminder_neither_asks_nor_sends(world: World) -> None:
    world.invoicing.request(ORDER_NO)
    world.invoicing.submit(f"{ORDER_NO}-F1")
    before = world.the_invoice()
    calls = len(world.http.calls)
    claim_reminder = world.tables.events[1]
    world.deliver(claim_reminder)
    assert world.the_invoice() == before
    assert len(world.http.calls) == calls
