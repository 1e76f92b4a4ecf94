"""Large documents: out in parts that each have an outcome, in from parts in any order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.purchasing.states import PurchaseCancel, PurchaseState
from chalicelib.warehouse.xml import Node
from tests.warehouse.test_callbacks import SUCCESS, flag, line
from tests.warehouse.world import World, answer, approved, connection

LINES = 7


def new_world(**changes: object) -> World:
    made = World()
    made.know_items()
    made.service.put_connection(connection("W1", **changes))
    made.systems.__class__ = PartsTaken
    made.systems.lines = {}  # type: ignore[attr-defined]
    return made


class PartsTaken(World().systems.__class__):  # type: ignore[misc]
    """A WMS that adds up the parts of an entry order, and says how many lines it has."""

    lines: dict[str, list[str]]

    def _entryorder_create(self, wms: str, request: Node) -> bytes:
        header = request.needed("entryOrder")
        code = header.needed_text("entryOrderCode")
        numbers = [
            each.needed_text("orderLineNo") for each in request.listed("orderLines", "orderLine")
        ]
        known = self.lines.setdefault(code, [])
        if set(numbers) & set(known) or len(known) + len(numbers) > header.needed_whole(
            "totalOrderLines"
        ):
            return answer("failure", "D", f"订单已存在: {code}")
        known += numbers
        self.orders[wms, code] = "NEW"
        return answer("success", "0", "ok", f"<entryOrderId>W-{code}</entryOrderId>")

    def _entryorder_query(self, wms: str, request: Node) -> bytes:
        found = super()._entryorder_query(wms, request)
        count = len(self.lines.get(request.needed_text("entryOrderCode"), []))
        return found.replace(
            b"</response>", f"<totalLines>{count}</totalLines></response>".encode()
        )


def bought(world: World) -> str:
    return world.purchase(*(("ABC"[n % 3], n + 1, 10_000) for n in range(LINES)))


def sent(world: World) -> list[tuple[str, list[str]]]:
    """totalOrderLines and line numbers of each create."""
    return [
        (
            request.needed("entryOrder").needed_text("totalOrderLines"),
            [each.needed_text("orderLineNo") for each in request.listed("orderLines", "orderLine")],
        )
        for _, method, request in world.systems.calls
        if method == "entryorder.create"
    ]


def out(world: World) -> str:
    no = bought(world)
    world.handle(approved(no))
    world.run()
    return no


WHOLE = [("7", ["1", "2", "3"]), ("7", ["4", "5", "6"]), ("7", ["7"])]


def test_a_document_goes_out_in_parts_and_is_sent_when_all_are_acknowledged() -> None:
    world = new_world(most_lines=3)
    no = bought(world)
    world.handle(approved(no))
    assert sent(world) == WHOLE[:1]
    assert world.purchasing.purchase_order(no).state is PurchaseState.APPROVED
    assert world.state_of(f"{no}#entryorder.create") == "QUEUED"

    world.run()

    assert sent(world) == WHOLE
    order = world.purchasing.purchase_order(no)
    assert (order.state, order.wms_id) == (PurchaseState.SENT, f"W-{no}")
    dispatch = world.dispatch(f"{no}#entryorder.create")
    assert (dispatch.state.value, dispatch.lines_done, dispatch.lines_total) == ("ACKED", 6, 7)
    rows = [
        item for item in world.log.of_document(no).items if item["method"] == "entryorder.create"
    ]
    assert [item["outcome"] for item in rows] == ["ANSWERED"] * 3


@pytest.mark.parametrize("most", [0, 7, 8])
def test_what_fits_goes_out_whole(most: int) -> None:
    world = new_world(most_lines=most)
    out(world)
    assert sent(world) == [("7", [str(n) for n in range(1, 8)])]


@pytest.mark.parametrize("fault", ["not_sent", "down", "html", ("S", "系统繁忙")])
@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_part_that_fails_is_sent_again_alone(at: int, fault: object) -> None:
    world = new_world(most_lines=3)
    world.systems.faults = ["ok"] * at + [fault]
    no = out(world)
    taken = sent(world)
    assert [part for n, part in enumerate(taken) if part not in taken[:n]] == WHOLE
    assert world.systems.lines[no] == [str(n) for n in range(1, 8)]
    assert world.purchasing.purchase_order(no).state is PurchaseState.SENT


@pytest.mark.parametrize("fault", ["dropped", "lost", "timeout", "killed_before", "killed_after"])
@pytest.mark.parametrize("at", [0, 1, 2])
def test_after_silence_the_wms_is_asked_which_lines_it_has(at: int, fault: str) -> None:
    world = new_world(most_lines=3)
    world.systems.faults = ["ok"] * at + [fault]
    no = bought(world)
    world.later.append((world.clock.now(), approved(no)))
    world.run()
    assert "entryorder.query" in world.systems.methods()
    assert world.systems.lines[no] == [str(n) for n in range(1, 8)]
    assert sent(world) == WHOLE
    assert world.purchasing.purchase_order(no).state is PurchaseState.SENT
    assert world.cases() == []


def test_a_wms_that_has_the_order_and_not_the_part_ends_with_a_person() -> None:
    world = new_world(most_lines=3, most_attempts=3)
    no = bought(world)
    world.handle(approved(no))
    world.systems.faults = [("D", "订单已存在"), "ok"] * 10
    world.run()
    assert world.state_of(f"{no}#entryorder.create") == "DEAD"
    assert world.cases() == ["dispatch_dead"]
    assert world.purchasing.purchase_order(no).state is PurchaseState.APPROVED


def test_the_limit_may_change_between_two_parts() -> None:
    world = new_world(most_lines=3)
    no = bought(world)
    world.handle(approved(no))
    world.service.put_connection(connection("W1", most_lines=2))
    world.run()
    assert [numbers for _, numbers in sent(world)] == [["1", "2", "3"], ["4", "5"], ["6", "7"]]
    world = new_world(most_lines=3)
    no = bought(world)
    world.handle(approved(no))
    world.service.put_connection(connection("W1"))
    world.run()
    assert [numbers for _, numbers in sent(world)] == [["1", "2", "3"], ["4", "5", "6", "7"]]


def test_a_document_asked_back_between_two_parts_goes_no_further() -> None:
    world = new_world(most_lines=3)
    no = bought(world)
    world.handle(approved(no))
    world.purchasing.cancel(no, because="late", by="mei")
    (event,) = [each for each in world.tables.events if each.kind == "PurchaseCancelRequested"]
    world.handle(event)
    world.run()
    assert sent(world) == WHOLE[:1]
    order = world.purchasing.purchase_order(no)
    assert (order.state, order.cancel) == (PurchaseState.CANCELLED, PurchaseCancel.ACCEPTED)


# --- in


def part(
    no: str,
    numbers: Sequence[int],
    *,
    total: int = LINES,
    out_code: str = "RK1",
    confirm_type: str = "0",
    minute: int = 0,
    more: str = "",
) -> str:
    lines = "".join(line(str(n), "ABC"[(n - 1) % 3], n, more) for n in numbers)
    return (
        f"<request><entryOrder><totalOrderLines>{total}</totalOrderLines>"
        f"<entryOrderCode>{no}</entryOrderCode><warehouseCode>WH1</warehouseCode>"
        f"<outBizCode>{out_code}</outBizCode><confirmType>{confirm_type}</confirmType>"
        f"<status>FULFILLED</status><operateTime>2026-11-22 10:{minute:02d}:00</operateTime>"
        f"</entryOrder><orderLines>{lines}</orderLines></request>"
    )


def confirmed(world: World, body: str) -> None:
    assert flag(world, "entryorder.confirm", body) == SUCCESS


def booked(world: World, no: str) -> list[tuple[bool, list[tuple[int | None, str, int]]]]:
    return [
        (each.final, [(at.purchase_line_no, at.sku, at.quantity) for at in each.lines])
        for each in world.purchasing.receipts(no)
    ]


ALL = [(n, "ABC"[(n - 1) % 3], n) for n in range(1, 8)]


def test_nothing_is_booked_before_the_last_part_and_then_all_of_it_as_one() -> None:
    world = new_world()
    no = bought(world)
    confirmed(world, part(no, [1, 2, 3]))
    confirmed(world, part(no, [6, 7], minute=9))
    assert booked(world, no) == []
    assert [each["outcome"] for each in world.log.of_document(no).items] == ["ACCEPTED"] * 2

    confirmed(world, part(no, [4, 5], minute=1))

    assert booked(world, no) == [(True, ALL)]
    (receipt,) = world.purchasing.receipts(no)
    assert receipt.occurred_at.minute == 9
    first, fourth = receipt.lines[0].source, receipt.lines[3].source
    assert first.message_id != fourth.message_id == receipt.message_id
    assert first.path == fourth.path == "/request/orderLines/orderLine[1]"
    assert world.cases() == []


def test_a_part_that_comes_again_does_no_harm() -> None:
    world = new_world()
    no = bought(world)
    for _ in range(2):
        confirmed(world, part(no, [1, 2, 3]))
    confirmed(world, part(no, [1, 2, 3], minute=5))
    confirmed(world, part(no, [2, 3, 4]))
    assert booked(world, no) == []
    for _ in range(2):
        confirmed(world, part(no, [5, 6, 7]))
    assert booked(world, no) == [(True, ALL)]
    assert world.cases() == []


def test_parts_that_contradict_each_other_are_a_case_and_the_first_word_counts() -> None:
    world = new_world()
    no = bought(world)
    confirmed(world, part(no, [1, 2, 3]))
    other = part(no, [3, 4, 5, 6, 7]).replace("<actualQty>3<", "<actualQty>30<")
    confirmed(world, other)
    assert booked(world, no) == [(True, ALL)]
    assert world.cases() == ["parts_contradict"]


def test_all_in_one_message_takes_the_place_of_parts_that_have_come() -> None:
    world = new_world()
    no = bought(world)
    confirmed(world, part(no, [1, 2, 3]))
    confirmed(world, part(no, range(1, 8)))
    assert booked(world, no) == [(True, ALL)]
    world.run()
    assert world.cases() == []


def test_where_the_code_names_a_message_parts_belong_together_without_it() -> None:
    world = new_world(unique_out_biz_code=True)
    no = bought(world)
    confirmed(world, part(no, [1, 2, 3, 4], out_code="M1"))
    confirmed(world, part(no, [5, 6, 7], out_code="M2"))
    assert booked(world, no) == [(True, ALL)]


def test_otherwise_another_code_is_another_document() -> None:
    world = new_world()
    no = bought(world)
    confirmed(world, part(no, [1, 2, 3, 4], out_code="M1"))
    confirmed(world, part(no, [5, 6, 7], out_code="M2"))
    assert booked(world, no) == []


def test_a_wms_that_counts_the_order_s_lines_is_booked_message_by_message() -> None:
    world = new_world(confirms_in_parts=False)
    no = bought(world)
    confirmed(world, part(no, [1, 2], confirm_type="1"))
    assert booked(world, no) == [(False, ALL[:2])]


def test_equal_lines_of_one_message_are_two() -> None:
    world = new_world()
    no = world.purchase(("A", 10, 10_000))
    body = part(no, [1, 1], total=3)
    confirmed(world, body)
    confirmed(world, part(no, [2], total=3))
    ((_, lines),) = booked(world, no)
    assert [quantity for _, _, quantity in lines] == [1, 1, 2]


def test_after_a_complete_document_the_next_begins_anew() -> None:
    world = new_world()
    no = bought(world)
    for kind in ("1", "0"):
        for numbers in ([1, 2], [3]):
            confirmed(world, part(no, numbers, total=3, confirm_type=kind))
    assert booked(world, no) == [(False, ALL[:3]), (True, ALL[:3])]


def test_goods_that_nobody_announced_may_come_in_parts() -> None:
    world = new_world()
    confirmed(world, part("ASN-7", [1, 2], total=3))
    confirmed(world, part("ASN-7", [3], total=3))
    (event,) = [each for each in world.tables.events if each.kind == "ReceiptAccepted"]
    assert len(world.purchasing.receipt(event.subject).lines) == 3


def test_parts_that_never_come_are_a_case_after_the_configured_time() -> None:
    world = new_world(parts_wait_seconds=2000)
    no = bought(world)
    start = world.clock.now()
    world.collect()
    world.later.clear()
    confirmed(world, part(no, [1, 2, 3]))
    world.run()
    assert world.cases() == ["parts_missing"]
    assert timedelta(seconds=2000) <= world.clock.now() - start <= timedelta(seconds=2100)
    case = world.tables.query("documents", "EXCEPTIONS#OPEN", index="gsi1").items[0]
    assert case["text"] == (
        "entryorder.confirm: 3 of 7 lines have come; nothing is booked before the rest"
    )
    confirmed(world, part(no, [4, 5, 6, 7]))
    assert booked(world, no) == [(True, ALL)]


def test_each_part_starts_the_wait_anew_and_a_complete_document_ends_it() -> None:
    world = new_world(parts_wait_seconds=600)
    no = bought(world)
    world.collect()
    world.later.clear()
    for n in range(1, LINES + 1):
        confirmed(world, part(no, [n]))
        world.clock.forward(seconds=500)
    world.run()
    assert booked(world, no) == [(True, ALL)]
    assert world.cases() == []


def test_more_lines_than_a_document_may_have_are_refused_at_once() -> None:
    world = new_world()
    no = bought(world)
    body = part(no, [1], total=5_001)
    assert flag(world, "entryorder.confirm", body) == ("failure", "too_many_lines")


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_however_it_is_cut_repeated_and_mixed_it_is_booked_once_and_the_same(
    data: st.DataObject,
) -> None:
    world = new_world()
    no = bought(world)
    cuts = data.draw(st.sets(st.integers(1, LINES - 1), min_size=1))
    edges = [0, *sorted(cuts), LINES]
    parts = [
        part(no, range(low + 1, high + 1)) for low, high in zip(edges, edges[1:], strict=False)
    ]
    again = data.draw(st.lists(st.sampled_from(parts), max_size=4))
    messages = data.draw(st.permutations([*parts, *again]))
    seen: set[str] = set()
    for message in messages:
        confirmed(world, message)
        seen.add(message)
        assert booked(world, no) == ([(True, ALL)] if len(seen) == len(parts) else [])
    assert world.cases() == []
