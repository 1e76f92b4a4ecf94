"""What has a way out of suspense of its own isn't settled as well: it would leave twice."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import Refused
from chalicelib.movements.otherways import OtherWays
from chalicelib.movements.states import AdjustmentState
from chalicelib.movements.suspense import Suspense
from chalicelib.orders.returns.states import UnclaimedState
from chalicelib.stock.model import Kind
from tests.movements.bench import Bench
from tests.warehouse.test_callbacks import SUCCESS, flag
from tests.warehouse.test_returns import confirm, good, shipped, work_off
from tests.warehouse.world import World


@pytest.fixture
def bench() -> Bench:
    return Bench()


def book(world: World) -> Suspense:
    return Suspense(
        items=world.tables,
        transaction=world.tables,
        clock=world.clock,
        catalog=world.catalog,
        stock=world.stock,
        other_ways=OtherWays(returns=world.returns, purchasing=world.purchasing, stock=world.stock),
    )


def refused(world: World, document: str) -> str:
    """Why it can't be settled; nothing is written."""
    with pytest.raises(Refused) as caught:
        book(world).settle(document, kind=Kind.SURPLUS, by="li", because="x")
    assert caught.value.code == "settled_elsewhere"
    assert book(world).settlement(document) is None
    return caught.value.message


def blind(bench: Bench) -> str:
    """A receipt that nobody announced, of 4 A and 2 B, booked; its id."""
    assert bench.entry_confirm("ASN-77", (1, "A", 4), (2, "B", 2)) == "success"
    receipt = next(each for each in reversed(bench.tables.events) if each.kind == "ReceiptAccepted")
    bench.purchasing.post_receipt(receipt.subject)
    return receipt.subject


def test_a_blind_receipt_waits_to_be_attached(bench: Bench) -> None:
    assert "attach it" in refused(bench, blind(bench))


def test_of_an_attached_receipt_what_the_order_does_not_have_is_settled(bench: Bench) -> None:
    receipt = blind(bench)
    no = bench.purchase(("A", 4, 20_000), identity="P-2")
    attached = bench.purchasing.attach_receipt(receipt, no, by="mei").id
    assert "being attached" in refused(bench, receipt)
    bench.purchasing.post_receipt(attached)
    assert "took" in refused(bench, attached)

    book(bench).settle(receipt, kind=Kind.SURPLUS, by="li", because="a gift of the supplier")
    book(bench).post(receipt)

    assert sorted(
        (each.kind.value, each.sku, each.quantity)
        for each in bench.stock.entries_of(f"{receipt}-S")
    ) == [("SURPLUS", "B", 2), ("SUSPENSE", "B", 2)]
    assert bench.figures("WH1", "A") == (120, 120, 0)
    assert bench.figures("WH1", "B") == (102, 102, 0)


def test_a_parcel_that_nobody_claims_is_matched_before_and_after(bench: Bench) -> None:
    no = shipped(bench, ("B", 3, "10.00"))
    body = confirm("THEIRS-1", good("1", "B", 2), more="<expressCode>SF1</expressCode>")
    assert flag(bench, "returnorder.confirm", body) == SUCCESS
    work_off(bench)
    (parcel,), _ = bench.returns.unclaimed()
    assert "match it" in refused(bench, parcel.id)

    found = bench.returns.match(parcel.id, by="anna", fulfilment_no=no)
    work_off(bench)

    (receipt,) = bench.returns.receipts(found.no)
    assert "match it" in refused(bench, parcel.id)
    assert "with a return" in refused(bench, receipt.id)
    assert bench.stock.balances([("WH1", "B")])["WH1", "B"].quantity("ZP") == 99


def test_what_took_a_parcel_of_nobodys_out_is_not_settled_as_well(bench: Bench) -> None:
    shipped(bench, ("B", 3, "10.00"))
    body = confirm("THEIRS-1", good("1", "B", 2), more="<expressCode>SF1</expressCode>")
    assert flag(bench, "returnorder.confirm", body) == SUCCESS
    work_off(bench)
    (parcel,), _ = bench.returns.unclaimed()
    bench.returns.end_parcel(parcel.id, UnclaimedState.DISPOSED, by="fay", because="mouldy")
    bench.returns.post_ended(parcel.id)
    assert "end it" in refused(bench, parcel.id)
    assert "out of suspense" in refused(bench, f"{parcel.id}-E")


def test_a_settlement_is_not_settled_again(bench: Bench) -> None:
    body = (
        "<request><items><item><warehouseCode>WH1</warehouseCode><orderCode>X1</orderCode>"
        "<outBizCode>X</outBizCode><itemCode>A</itemCode><quantity>3</quantity>"
        "</item></items></request>"
    )
    assert flag(bench, "stockchange.report", body) == SUCCESS
    bench.run()
    (adjustment,) = bench.adjustments.adjustments("WH1", AdjustmentState.POSTED)
    document = adjustment.number
    book(bench).settle(document, kind=Kind.SURPLUS, by="li", because="found")
    book(bench).post(document)
    assert "settlement itself" in refused(bench, f"{document}-S")
