"""Large movement orders: out in parts by the connection's limit, their confirms in from parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.movements.orders.model import MovementLineInput
from chalicelib.movements.states import MovementState
from chalicelib.movements.transfers.model import TransferLine
from chalicelib.warehouse.xml import Node
from tests.movements.bench import Bench, line
from tests.warehouse.world import World, answer, connection

LINES = 5
OUT, IN = "stockout", "entryorder"
TYPES = {OUT: "QTCK", IN: "QTRK"}
HEADERS = {OUT: "deliveryOrder", IN: "entryOrder"}
WHOLE = [("5", ["1", "2"]), ("5", ["3", "4"]), ("5", ["5"])]


class AddsUp(World().systems.__class__):  # type: ignore[misc]
    """A WMS that adds up the parts of an order, and says how many lines it has."""

    lines: dict[str, list[str]]

    def _create(self, wms: str, request: Node, name: str) -> bytes:
        header = request.needed(name)
        code = header.needed_text(f"{name}Code")
        numbers = [
            each.needed_text("orderLineNo") for each in request.listed("orderLines", "orderLine")
        ]
        known = self.lines.setdefault(code, [])
        if set(numbers) & set(known):
            return answer("failure", "D", f"订单已存在: {code}")
        known += numbers
        self.orders[wms, code] = "NEW"
        return answer("success", "0", "ok", f"<{name}Id>W-{code}</{name}Id>")

    def _query(self, wms: str, code: str, name: str) -> bytes:
        found: bytes = super()._query(wms, code, name)
        count = len(self.lines.get(code, []))
        return found.replace(
            b"</response>", f"<totalLines>{count}</totalLines></response>".encode()
        )


def bench(**changes: Any) -> Bench:
    made = Bench()
    for wms in ("W1", "W2"):
        made.service.put_connection(connection(wms, **changes))
    made.systems.__class__ = AddsUp
    made.systems.lines = {}  # type: ignore[attr-defined]
    return made


def goods() -> list[MovementLineInput]:
    return [line(n, "ABC"[n % 3], n) for n in range(1, LINES + 1)]


def ordered(made: Bench, way: str) -> str:
    return made.ordered(*goods(), type=TYPES[way])


def sent(made: Bench, way: str) -> list[tuple[str, list[str]]]:
    """totalOrderLines and line numbers of each create."""
    return [
        (
            request.needed(HEADERS[way]).needed_text("totalOrderLines"),
            [each.needed_text("orderLineNo") for each in request.listed("orderLines", "orderLine")],
        )
        for _, method, request in made.systems.calls
        if method == f"{way}.create"
    ]


# --- out


@pytest.mark.parametrize("way", [OUT, IN])
def test_an_order_goes_out_in_parts_and_is_sent_when_all_are_acknowledged(way: str) -> None:
    made = bench(most_lines=2)
    no = ordered(made, way)
    made.run()
    assert sent(made, way) == WHOLE
    order = made.movements.order(no)
    assert (order.state, order.wms_id) == (MovementState.SENT, f"W-{no}")
    assert made.cases() == []


@pytest.mark.parametrize("way", [OUT, IN])
@pytest.mark.parametrize("most", [0, 5, 6])
def test_what_fits_goes_out_whole(way: str, most: int) -> None:
    made = bench(most_lines=most)
    ordered(made, way)
    made.run()
    assert sent(made, way) == [("5", ["1", "2", "3", "4", "5"])]


@pytest.mark.parametrize("way", [OUT, IN])
@pytest.mark.parametrize("fault", ["dropped", "lost", "timeout", "killed_before", "killed_after"])
@pytest.mark.parametrize("at", [0, 1, 2])
def test_after_silence_the_wms_is_asked_which_lines_it_has(way: str, fault: str, at: int) -> None:
    made = bench(most_lines=2)
    made.systems.faults = ["ok"] * at + [fault]
    no = ordered(made, way)
    made.run()
    assert f"{way}.query" in made.systems.methods()
    assert made.systems.lines[no] == ["1", "2", "3", "4", "5"]  # type: ignore[attr-defined]
    assert sent(made, way) == WHOLE
    assert made.state(no) == "SENT"
    assert made.cases() == []


def test_an_order_asked_back_between_two_parts_goes_no_further() -> None:
    made = bench(most_lines=2)
    no = ordered(made, OUT)
    while not sent(made, OUT):
        made.step()
    made.movements.cancel(no)
    made.run()
    assert sent(made, OUT) == WHOLE[:1]
    assert made.state(no) == "CANCELLED"


def test_both_legs_of_a_transfer_go_out_in_parts() -> None:
    made = bench(most_lines=1)
    lines = (
        TransferLine(line_no=1, sku="A", quantity=3),
        TransferLine(line_no=2, sku="B", quantity=2),
    )
    no = made.transfer(*lines)
    transfer = made.transfers.transfer(no)
    made.run()
    part = {"totalOrderLines": "2"}
    assert made.stockout_confirm(transfer.out_leg, (2, "B", 2), **part) == "success"
    assert made.stockout_confirm(transfer.out_leg, (1, "A", 3), **part) == "success"
    made.run()
    assert sent(made, OUT) == sent(made, IN) == [("2", ["1"]), ("2", ["2"])]
    for piece in ((2, "B", 2), (1, "A", 3)):
        assert made.entry_confirm(transfer.in_leg, piece, wms="W2", **part) == "success"
    made.run()
    assert made.transfers.transfer(no).state.value == "RECEIVED"
    assert made.transfers.in_transit(no).left == 0
    assert made.cases() == []


# --- in


def confirmed(made: Bench, way: str, no: str, numbers: Sequence[int], **changes: str) -> None:
    lines = [(n, "ABC"[n % 3], n) for n in numbers]
    said = {"totalOrderLines": str(LINES)} | changes
    confirm = made.stockout_confirm if way == OUT else made.entry_confirm
    assert confirm(no, *lines, **said) == "success"


def moved(made: Bench, no: str) -> list[tuple[bool, list[tuple[int | None, str, int]]]]:
    return [
        (each.final, [(at.order_line_no, at.sku, at.quantity) for at in each.lines])
        for each in made.movements.confirmations(no)
    ]


ALL = [(n, "ABC"[n % 3], n) for n in range(1, LINES + 1)]


@pytest.mark.parametrize("way", [OUT, IN])
def test_nothing_is_booked_before_the_last_part_and_then_all_of_it_as_one(way: str) -> None:
    made = bench()
    no = ordered(made, way)
    made.run()
    confirmed(made, way, no, [4, 5])
    confirmed(made, way, no, [1])
    assert moved(made, no) == []
    confirmed(made, way, no, [2, 3])
    assert moved(made, no) == [(True, ALL)]
    (row,) = made.movements.confirmations(no)
    assert row.lines[1].source.message_id == row.message_id != row.lines[0].source.message_id
    made.run()
    assert made.state(no) == "DONE"
    assert made.cases() == []


@pytest.mark.parametrize("way", [OUT, IN])
def test_a_confirm_after_a_complete_one_begins_anew(way: str) -> None:
    made = bench()
    no = ordered(made, way)
    made.run()
    for kind in ("1", "0"):
        for n in (1, 2):
            confirmed(made, way, no, [n], totalOrderLines="2", confirmType=kind)
    assert moved(made, no) == [(False, ALL[:2]), (True, ALL[:2])]


def test_parts_that_contradict_each_other_are_a_case_and_the_first_word_counts() -> None:
    made = bench()
    no = ordered(made, OUT)
    made.run()
    confirmed(made, OUT, no, [1, 2, 3])
    lines = [(3, "A", 30), (4, "B", 4), (5, "C", 5)]
    assert made.stockout_confirm(no, *lines, totalOrderLines="5") == "success"
    assert moved(made, no) == [(True, ALL)]
    assert made.cases() == ["parts_contradict"]


def test_parts_that_never_come_are_a_case_after_the_configured_time() -> None:
    made = bench(parts_wait_seconds=2000)
    no = ordered(made, OUT)
    made.run()
    confirmed(made, OUT, no, [1, 2])
    made.run()
    assert moved(made, no) == []
    text = "stockout.confirm: 2 of 5 lines have come; nothing is booked before the rest"
    assert made.texts() == {"parts_missing": text}
    confirmed(made, OUT, no, [1, 2, 3, 4, 5])
    assert moved(made, no) == [(True, ALL)]


def test_a_wms_that_counts_the_order_s_lines_is_booked_message_by_message() -> None:
    made = bench(confirms_in_parts=False)
    no = ordered(made, OUT)
    made.run()
    confirmed(made, OUT, no, [1, 2], confirmType="1")
    assert moved(made, no) == [(False, ALL[:2])]


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_however_it_is_cut_repeated_and_mixed_it_is_booked_once_and_the_same(
    data: st.DataObject,
) -> None:
    way = data.draw(st.sampled_from([OUT, IN]))
    cuts = data.draw(st.sets(st.integers(1, LINES - 1), min_size=1))
    edges = [0, *sorted(cuts), LINES]
    parts = [tuple(range(low + 1, high + 1)) for low, high in zip(edges, edges[1:], strict=False)]
    again = data.draw(st.lists(st.sampled_from(parts), max_size=3))
    made = bench()
    no = ordered(made, way)
    made.run()
    seen: set[tuple[int, ...]] = set()
    for numbers in data.draw(st.permutations([*parts, *again])):
        confirmed(made, way, no, numbers)
        seen.add(numbers)
        assert moved(made, no) == ([(True, ALL)] if len(seen) == len(parts) else [])
    assert made.cases() == []
