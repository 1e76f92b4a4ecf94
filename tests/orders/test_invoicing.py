"""What the order knows of its invoice."""

from __future__ import annotations

from tests.orders.world import World, body


def test_an_issued_invoice_is_noted_once(world: World) -> None:
    no = world.placed(body(("A", 1, "1.00")))
    world.orders.mark_invoiced(no)
    assert world.orders.head(no).invoice == "ISSUED"
    before = world.state()
    world.orders.mark_invoiced(no)
    assert world.state() == before


def test_a_change_of_the_order_meanwhile_is_kept(world: World) -> None:
    no = world.placed(body(("A", 1, "1.00")))
    world.tables.meanwhile.append(lambda: world.orders.route(no))
    world.orders.mark_invoiced(no)
    assert world.orders.head(no).invoice == "ISSUED"
    assert world.orders.header(no) == "ROUTED"
