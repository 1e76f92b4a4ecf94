"""Processing orders: from the BOM to the WMS, and back as one group whose values are equal."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.catalog.boms import Bom, BomInput, Boms, Component
from chalicelib.catalog.model import Outcome
from chalicelib.kernel.errors import Conflict, Refused
from chalicelib.movements.processing import ProcessingInput, from_bom
from tests.movements.bench import Bench
from tests.warehouse.world import MESSAGE


@pytest.fixture
def bench() -> Bench:
    return Bench()


def boms(bench: Bench) -> Boms:
    return Boms(items=bench.tables, transaction=bench.tables, catalog=bench.catalog)


def bom_input(**changes: object) -> BomInput:
    """One C from 2 A and 1 B; A weighs 3 and B 1."""
    given: dict[str, object] = {
        "id": "B-1",
        "code": "BOX",
        "owner": "ACME",
        "product": "C",
        "components": (
            Component(sku="A", quantity=2, weight=3),
            Component(sku="B", quantity=1),
        ),
    }
    return BomInput(**(given | changes))  # type: ignore[arg-type]


def bom(bench: Bench, **changes: object) -> Bom:
    return boms(bench).put("PIM", bom_input(**changes), MESSAGE)[0]


def ordered(bench: Bench, *, service: str = "1", pieces: int = 5, id: str = "W-1") -> str:
    given = ProcessingInput(id=id, bom="BOX", service=service, warehouse="WH1", pieces=pieces)
    taken = from_bom(given, bom(bench))
    return bench.movements.take("ERP", taken, MESSAGE, approved_by="ERP")[0].no


def confirm(
    bench: Bench,
    no: str,
    materials: list[tuple[str, int]],
    products: list[tuple[str, int]],
    *,
    out: str = "1",
) -> str:
    def items(of: list[tuple[str, int]]) -> str:
        return "".join(
            f"<item><itemCode>{sku}</itemCode><quantity>{pieces}</quantity></item>"
            for sku, pieces in of
        )

    body = (
        f"<request><processOrderCode>{no}</processOrderCode><outBizCode>{out}</outBizCode>"
        f"<orderType>CNJG</orderType><materialitems>{items(materials)}</materialitems>"
        f"<productitems>{items(products)}</productitems></request>"
    )
    return str(bench.callback("storeprocess.confirm", body).needed_text("flag"))


def pool(bench: Bench, sku: str) -> tuple[int, int]:
    found = bench.costs.pools([("WH1", sku)])[("WH1", sku)]
    return found.quantity, found.value


# --- the bill of materials


def test_a_bom_is_taken_changed_and_repeated(bench: Bench) -> None:
    service = boms(bench)
    assert service.put("PIM", bom_input(), MESSAGE)[1] is Outcome.CREATED
    assert service.put("PIM", bom_input(), MESSAGE)[1] is Outcome.UNCHANGED
    changed, became = service.put(
        "PIM", bom_input(components=(Component(sku="A", quantity=3),)), MESSAGE
    )
    assert (changed.version, became) == (2, Outcome.UPDATED)
    assert service.bom("BOX") == changed


@pytest.mark.parametrize(
    ("source", "changes", "code"),
    [
        ("PIM", {"code": "BOX-2"}, "code_fixed"),
        ("PIM", {"id": "B-2"}, "code_taken"),
        ("OTHER", {}, "code_taken"),
        ("PIM", {"product": "Z"}, "unknown_sku"),
        ("PIM", {"components": (Component(sku="Z", quantity=1),)}, "unknown_sku"),
        ("PIM", {"owner": "OTHER"}, "other_owner"),
    ],
)
def test_a_bom_that_cannot_be_is_refused(
    bench: Bench, source: str, changes: dict[str, object], code: str
) -> None:
    bom(bench)
    before = bench.documents()
    with pytest.raises(Refused) as refused:
        boms(bench).put(source, bom_input(**changes), MESSAGE)
    assert refused.value.code == code
    assert bench.documents() == before


# --- put together


def test_materials_are_reserved_and_the_wms_gets_the_bom(bench: Bench) -> None:
    no = ordered(bench)
    assert (bench.figures("WH1", "A"), bench.figures("WH1", "B")) == (
        (116, 106, 10),
        (100, 95, 5),
    )
    bench.run()
    ((_, method, request),) = bench.systems.calls
    assert method == "storeprocess.create"
    assert (request.text("orderType"), request.text("serviceType"), request.text("planQty")) == (
        "CNJG",
        "1",
        "5",
    )
    found = {
        wrapper: [
            (each.text("itemCode"), each.text("quantity"), each.text("ratioQty"))
            for each in request.listed(wrapper, "item")
        ]
        for wrapper in ("materialitems", "productitems")
    }
    assert found == {
        "materialitems": [("A", "10", "2"), ("B", "5", "1")],
        "productitems": [("C", "5", "1")],
    }
    assert bench.state(no) == "SENT"


def test_a_product_is_worth_what_its_materials_cost(bench: Bench) -> None:
    """A: 120 pieces are worth 140.00, so 10 cost 11.67; B costs 1.00 each."""
    no = ordered(bench)
    assert confirm(bench, no, [("A", 10), ("B", 5)], [("C", 5)]) == "success"
    bench.run()
    place = f"PROCESSING:{no}"
    assert sorted(bench.booked(no)) == [
        ("PROCESSING", "A", 10, "WAREHOUSE:WH1:ZP", place),
        ("PROCESSING", "B", 5, "WAREHOUSE:WH1:ZP", place),
        ("PROCESSING", "C", 5, place, "WAREHOUSE:WH1:ZP"),
    ]
    assert sorted(bench.values(no)) == [-1167, -500, 1667]
    assert (bench.state(no), pool(bench, "C")) == ("DONE", (105, 11_667))
    assert bench.figures("WH1", "A") == (106, 106, 0)
    assert bench.cases() == []


def test_more_material_and_fewer_products_are_booked_as_told(bench: Bench) -> None:
    no = ordered(bench)
    confirm(bench, no, [("A", 12), ("B", 5)], [("C", 4)])
    bench.run()
    assert bench.state(no) == "SHORT_CLOSED"
    assert sum(bench.values(no)) == 0
    assert bench.figures("WH1", "A") == (104, 104, 0)
    assert set(bench.texts()) == {"movement_over"}


def test_a_repeated_confirm_is_booked_once_and_a_further_one_added(bench: Bench) -> None:
    no = ordered(bench)
    for _ in range(2):
        confirm(bench, no, [("A", 4), ("B", 2)], [("C", 2)])
        bench.run()
    assert bench.figures("WH1", "C")[0] == 102
    confirm(bench, no, [("A", 6), ("B", 3)], [("C", 3)], out="2")
    bench.run()
    assert (bench.state(no), bench.figures("WH1", "C")[0]) == ("DONE", 105)


def test_one_side_alone_is_booked_and_a_person_is_asked(bench: Bench) -> None:
    no = ordered(bench)
    confirm(bench, no, [], [("C", 5)])
    bench.run()
    assert set(bench.texts()) == {"processing_one_sided"}
    assert bench.values(no) == [0]


# --- taken apart


def test_a_product_taken_apart_gives_its_value_to_its_parts_by_weight(bench: Bench) -> None:
    """5 C are worth 5.00; 10 A weigh 30 and 5 B weigh 5: 4.29 and 0.71."""
    no = ordered(bench, service="2")
    assert bench.figures("WH1", "C") == (100, 95, 5)
    confirm(bench, no, [("C", 5)], [("A", 10), ("B", 5)])
    bench.run()
    assert sorted(bench.values(no)) == [-500, 71, 429]
    assert (bench.state(no), bench.figures("WH1", "A")) == ("DONE", (126, 126, 0))


# --- around it


def test_the_same_again_is_the_first_also_when_the_bom_has_changed(bench: Bench) -> None:
    no = ordered(bench)
    bom(bench, components=(Component(sku="A", quantity=9),))
    given = ProcessingInput(id="W-1", bom="BOX", service="1", warehouse="WH1", pieces=5)
    again = from_bom(given, boms(bench).bom("BOX"))
    assert bench.movements.take("ERP", again, MESSAGE, approved_by="ERP")[0].no == no
    other = ProcessingInput(id="W-1", bom="BOX", service="1", warehouse="WH1", pieces=6)
    with pytest.raises(Conflict):
        bench.movements.take(
            "ERP", from_bom(other, boms(bench).bom("BOX")), MESSAGE, approved_by="ERP"
        )


def test_too_little_material_is_refused_and_an_old_bom_too(bench: Bench) -> None:
    with pytest.raises(Refused, match="enough of: A"):
        ordered(bench, pieces=59)
    with pytest.raises(Refused) as refused:
        from_bom(
            ProcessingInput(id="W-2", bom="BOX", service="1", warehouse="WH1", pieces=1),
            bom(bench, valid=False),
        )
    assert refused.value.code == "bom_not_in_use"


def test_a_lost_answer_is_asked_for_by_the_orders_steps(bench: Bench) -> None:
    no = ordered(bench)
    bench.systems.faults = ["lost"]
    bench.run()
    assert bench.systems.methods() == ["storeprocess.create", "orderprocess.query"]
    assert bench.state(no) == "SENT"
    bench.movements.cancel(no)
    bench.run()
    assert (bench.state(no), bench.figures("WH1", "A")) == ("CANCELLED", (116, 116, 0))


def test_a_product_whose_pool_is_named_first_is_costed_all_the_same(bench: Bench) -> None:
    """Its materials' pools stand behind it in the event."""
    no = ordered(bench, service="2")
    confirm(bench, no, [("C", 5)], [("A", 10), ("B", 5)])
    (confirmation,) = bench.movements.confirmations(no)
    bench.movements.post_confirmation(confirmation.id)
    bench.costs.cost_pools(["WH1/A", "WH1/B", "WH1/C"])
    assert sum(bench.values(no)) == 0
    assert len(bench.values(no)) == 3


@settings(max_examples=30, deadline=None)
@given(
    rounds=st.lists(
        st.tuples(
            st.booleans(),
            st.integers(1, 9),
            st.integers(1, 9),
            st.integers(1, 9),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_what_goes_in_is_worth_what_comes_out(rounds: list[tuple[bool, int, int, int]]) -> None:
    bench = Bench()
    before = sum(pool(bench, sku)[1] for sku in "ABC")
    for at, (together, a, b, c) in enumerate(rounds):
        no = ordered(bench, service="1" if together else "2", pieces=2, id=f"W-{at}")
        parts, product = [("A", a), ("B", b)], [("C", c)]
        confirm(bench, no, *((parts, product) if together else (product, parts)))
        bench.run()
        assert len(bench.values(no)) == 3
        assert sum(bench.values(no)) == 0
    assert sum(pool(bench, sku)[1] for sku in "ABC") == before
