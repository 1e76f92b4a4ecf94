"""Everything that can happen to an order, in any order and more than once: what always holds."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel.errors import Refused
from chalicelib.kernel.items import query_all
from chalicelib.kernel.provenance import Source
from tests.orders.world import World, body, shipment

SOURCE = Source(message_id="MSG-X")


def _steps(world: World, no: str) -> dict[str, Callable[[], object]]:
    """What may happen: each a call that may be refused."""
    one, two = f"{no}-01", f"{no}-02"
    parts = [
        shipment(one, [(1, "A", 2)], final=False, identity="1"),
        shipment(one, [(1, "A", 1)], final=True, identity="2", waybills=("SF2",)),
        shipment(one, [(1, "A", 9)], final=True, identity="3", waybills=("SF3",)),
        shipment(two, [(1, "C", 2)], final=True, identity="4", warehouse_code="W2"),
    ]
    orders = world.orders
    steps: dict[str, Callable[[], object]] = {
        "route": lambda: orders.route(no),
        "hold": lambda: orders.hold(no, "FRAUD", reason="", by="user:li"),
        "release": lambda: orders.release_hold(no, "FRAUD", by="user:li"),
        "cancel": lambda: orders.cancel(no, reason="buyer", by="user:li"),
        "void": lambda: orders.void_cancelled(one),
    }
    for part in (one, two):
        steps |= {
            f"claim {part}": lambda part=part: world.commit(orders.plan_dispatching(part)),
            f"accept {part}": lambda part=part: world.commit(
                orders.plan_accepted(part, "W", source=SOURCE, at=world.at(1))
            ),
            f"refuse {part}": lambda part=part: world.commit(
                orders.plan_refused(part, "E1", source=SOURCE, at=world.at(2))
            ),
            f"pick {part}": lambda part=part: world.commit(
                orders.plan_progress(part, "PICKING", at=world.at(3), source=SOURCE)
            ),
            f"cancelled {part}": lambda part=part: world.commit(
                orders.plan_cancel_result(part, accepted=True, source=SOURCE, at=world.at(4))
            ),
            f"kept {part}": lambda part=part: world.commit(
                orders.plan_cancel_result(part, accepted=False, source=SOURCE, at=world.at(5))
            ),
        }
    for part in parts:
        steps |= {
            f"confirm {part.id}": lambda part=part: world.commit(orders.plan_shipment(part)),
            f"post {part.id}": lambda part=part: orders.post_shipment(part.id),
        }
    return steps


NAMES = sorted(_steps(World(), "O0001"))


@settings(max_examples=400, deadline=None)
@given(names=st.lists(st.sampled_from(NAMES), max_size=25))
def test_the_books_agree_and_nothing_is_both_cancelled_and_shipped_unseen(
    names: list[str],
) -> None:
    world = World()
    world.warehouse("W1", {"A": 5})
    world.warehouse("W2", {"C": 2})
    no = world.placed(body(("A", 3, "1.00"), ("C", 2, "1.00")))
    steps = _steps(world, no)
    for name in ["route", *names]:
        before = world.state()
        try:
            steps[name]()
        except Refused:
            assert world.state() == before, f"{name} was refused and changed something"
    _agree(world, no)
    _run_twice(world, no, steps)


def _agree(world: World, no: str) -> None:
    head, parts = world.orders.head(no), world.orders.fulfilments(no)
    for part, (code, sku) in zip(parts, (("W1", "A"), ("W2", "C")), strict=False):
        good, available, reserved = world.balance(code, sku)
        assert good == available + reserved
        at_work = part.state not in ("CANCELLED", "SHIPPED", "SHORT_CLOSED")
        assert reserved == 0 or at_work, part.state
    assert len(world.events("OrderShipped")) <= 1
    assert len(set(world.events("ParcelShipped"))) == len(world.events("ParcelShipped"))
    left = any(part.posted for part in parts)
    cancelled = head.cancel in ("CANCELLED", "PARTLY") and any(
        part.cancel == "ACCEPTED" and part.shipments for part in parts
    )
    if left and cancelled:
        assert set(world.cases()) & {"shipped_after_cancel", "cancelled_after_shipping"}
    assert world.orders.header(no)
    assert world.orders.track(no)


def _run_twice(world: World, no: str, steps: dict[str, Callable[[], object]]) -> None:
    """Every worker and every message once more: redelivery changes nothing after the first."""
    again = [
        name for name in steps if name.startswith(("route", "confirm", "post", "claim", "void"))
    ]
    for _ in range(2):
        for name in again:
            try:
                steps[name]()
            except Refused:
                continue
    settled = world.state()
    for name in again:
        try:
            steps[name]()
        except Refused:
            continue
    assert world.state() == settled
    assert query_all(world.tables, "documents", f"ORDER#{no}")
