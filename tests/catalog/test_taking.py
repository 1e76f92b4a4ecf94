"""SKUs and suppliers come in by their source's identity."""

from __future__ import annotations

import zlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.catalog.model import Outcome, SkuInput, Taken
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import ConditionFailed, Key, Writes
from tests.catalog.builders import MESSAGE, CatalogBench, sku_input, supplier_input
from tests.fakes.dynamodb import MemoryTables


def outcomes(taken: tuple[Taken, ...]) -> list[str]:
    return [each.outcome.value for each in taken]


def test_a_new_sku_is_created_with_its_bucket_source_and_event() -> None:
    bench = CatalogBench()

    taken = bench.service.put_skus("PIM", [sku_input(weight_grams=130)], MESSAGE)

    assert taken == (Taken(id="P-TEA-100", code="TEA-100", outcome=Outcome.CREATED, version=1),)
    sku = bench.service.sku("TEA-100")
    assert (sku.source, sku.source_id, sku.weight_grams, sku.item_type) == (
        "PIM",
        "P-TEA-100",
        130,
        "ZC",
    )
    assert sku.bucket == zlib.crc32(b"TEA-100") % 16
    assert sku.message == Source(message_id="M1", path="/skus/0")
    (event,) = bench.tables.events
    assert (event.id, event.subject, event.correlation) == (
        "SkuChanged:TEA-100:1",
        "TEA-100",
        "TEA-100",
    )
    assert event.data == {"sku": "TEA-100", "version": 1, "owner": "ACME"}


def test_the_same_content_again_changes_nothing_and_tells_nobody() -> None:
    bench = CatalogBench()
    bench.service.put_skus("PIM", [sku_input()], MESSAGE)
    before = bench.state()

    taken = bench.service.put_skus("PIM", [sku_input()], Source(message_id="M2"))

    assert outcomes(taken) == ["unchanged"]
    assert taken[0].version == 1
    assert bench.state() == before
    assert len(bench.tables.events) == 1


def test_other_content_makes_the_next_version_and_keeps_the_bucket() -> None:
    bench = CatalogBench()
    bench.service.put_skus("PIM", [sku_input()], MESSAGE)
    wider = bench.another_environment(buckets=64)

    taken = wider.put_skus("PIM", [sku_input(name="Black tea")], Source(message_id="M2"))

    assert taken[0].outcome is Outcome.UPDATED
    assert taken[0].version == 2
    sku = wider.sku("TEA-100")
    assert (sku.name, sku.version, sku.message.message_id) == ("Black tea", 2, "M2")
    assert sku.bucket == zlib.crc32(b"TEA-100") % 16
    assert [event.id for event in bench.tables.events] == [
        "SkuChanged:TEA-100:1",
        "SkuChanged:TEA-100:2",
    ]


def test_a_code_of_another_identity_is_refused_and_holds_up_no_other() -> None:
    bench = CatalogBench()
    bench.service.put_skus("PIM", [sku_input("A")], MESSAGE)

    taken = bench.service.put_skus(
        "PIM", [sku_input("A", id="other"), sku_input("B")], Source(message_id="M2")
    )

    assert outcomes(taken) == ["refused", "created"]
    assert (taken[0].error, taken[0].field) == ("code_taken", "code")
    assert bench.service.sku("A").source_id == "P-A"


def test_the_same_id_in_another_source_system_is_another_identity() -> None:
    bench = CatalogBench()
    bench.service.put_skus("PIM", [sku_input("A", id="1")], MESSAGE)

    taken = bench.service.put_skus("OTHER", [sku_input("A", id="1")], MESSAGE)

    assert taken[0].error == "code_taken"


def test_an_identity_keeps_its_code_for_good() -> None:
    bench = CatalogBench()
    bench.service.put_skus("PIM", [sku_input("A", id="1")], MESSAGE)
    before = bench.state()

    taken = bench.service.put_skus("PIM", [sku_input("B", id="1")], MESSAGE)

    assert taken[0].error == "code_fixed"
    assert bench.state() == before


def test_one_sku_twice_in_a_batch_is_taken_in_order() -> None:
    bench = CatalogBench()

    taken = bench.service.put_skus(
        "PIM", [sku_input("A"), sku_input("A", name="Later"), sku_input("A", id="2")], MESSAGE
    )

    assert outcomes(taken) == ["created", "updated", "refused"]
    assert bench.service.sku("A").name == "Later"


def test_five_hundred_skus_take_a_transaction_for_each_sixteen() -> None:
    bench = CatalogBench()
    inputs = [sku_input(f"S{number}") for number in range(500)]

    taken = bench.service.put_skus("PIM", inputs, MESSAGE)

    assert outcomes(taken) == ["created"] * 500
    assert bench.tables.commits == 32
    assert len(bench.tables.events) == 500


class Interfered(MemoryTables):
    """Before the next `times` commits somebody else takes the same SKU with other content."""

    def __init__(self, times: int, doing: object) -> None:
        super().__init__()
        self.times = times
        self.doing = doing

    def commit(self, writes: Writes) -> None:
        if self.times and len(writes):
            self.times -= 1
            self.doing(self)  # type: ignore[operator]  # a plain function of the tables
        super().commit(writes)


def test_a_sku_changed_by_another_meanwhile_is_decided_again() -> None:
    def other(tables: MemoryTables) -> None:
        key = Key("documents", "SKU#A", "HEAD")
        tables.tables[key]["version"] += 1

    tables = Interfered(0, other)
    bench = CatalogBench(tables=tables)
    bench.service.put_skus("PIM", [sku_input("A"), sku_input("B")], MESSAGE)
    tables.times = 1

    taken = bench.service.put_skus(
        "PIM", [sku_input("A", name="New"), sku_input("B", name="New")], MESSAGE
    )

    assert [(each.code, each.outcome.value, each.version) for each in taken] == [
        ("A", "updated", 3),
        ("B", "updated", 2),
    ]


def test_endless_contention_is_an_outage_to_try_again_later() -> None:
    def other(tables: MemoryTables) -> None:
        tables.tables[Key("documents", "SKU#A", "HEAD")]["version"] += 1

    tables = Interfered(0, other)
    bench = CatalogBench(tables=tables)
    bench.service.put_skus("PIM", [sku_input("A")], MESSAGE)
    tables.times = 99

    with pytest.raises(Unavailable):
        bench.service.put_skus("PIM", [sku_input("A", name="New")], MESSAGE)


class Crashing(MemoryTables):
    """The commit of this number is lost before it takes effect, or its answer after."""

    def __init__(self, at: int, *, after: bool) -> None:
        super().__init__()
        self.at = at
        self.after = after
        self.seen = 0

    def commit(self, writes: Writes) -> None:
        self.seen += 1
        if self.seen == self.at and not self.after:
            raise Unavailable("planted")
        super().commit(writes)
        if self.seen == self.at and self.after:
            raise Unavailable("planted")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_batch_broken_off_anywhere_and_sent_again_ends_the_same(at: int, after: bool) -> None:
    inputs = [sku_input(f"S{number}") for number in range(80)]
    calm = CatalogBench()
    calm.service.put_skus("PIM", inputs, MESSAGE)
    bench = CatalogBench(tables=Crashing(at, after=after))

    with pytest.raises(Unavailable):
        bench.service.put_skus("PIM", inputs, MESSAGE)
    bench.service.put_skus("PIM", inputs, MESSAGE)

    assert bench.state() == calm.state()
    assert sorted(e.id for e in bench.tables.events) == sorted(e.id for e in calm.tables.events)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            sku_input,
            st.sampled_from(["A", "B"]),
            id=st.sampled_from(["1", "2"]),
            name=st.sampled_from(["x", "y"]),
        ),
        max_size=8,
    )
)
def test_a_batch_has_the_same_result_as_its_skus_sent_one_by_one(inputs: list[SkuInput]) -> None:
    together, apart = CatalogBench(), CatalogBench()

    answers = together.service.put_skus("PIM", inputs, MESSAGE)
    single = [apart.service.put_skus("PIM", [each], MESSAGE)[0] for each in inputs]

    assert list(answers) == single
    assert [event.id for event in together.tables.events] == [
        event.id for event in apart.tables.events
    ]
    for code in ("A", "B"):
        found = together.service.skus([code]).get(code)
        other = apart.service.skus([code]).get(code)
        assert (found and replace(found, message=MESSAGE)) == (
            other and replace(other, message=MESSAGE)
        )


def test_a_supplier_is_taken_like_a_sku() -> None:
    bench = CatalogBench()

    first = bench.service.put_suppliers("SRM", [supplier_input()], MESSAGE)
    again = bench.service.put_suppliers("SRM", [supplier_input()], MESSAGE)
    changed = bench.service.put_suppliers("SRM", [supplier_input(valid=False)], MESSAGE)

    assert outcomes(first + again + changed) == ["created", "unchanged", "updated"]
    assert bench.service.supplier("SUP1").valid is False
    assert [(event.id, dict(event.data)) for event in bench.tables.events] == [
        ("SupplierChanged:SUP1:1", {"supplier": "SUP1", "version": 1}),
        ("SupplierChanged:SUP1:2", {"supplier": "SUP1", "version": 2}),
    ]


def test_a_sku_and_a_supplier_may_share_code_and_id() -> None:
    bench = CatalogBench()

    sku = bench.service.put_skus("PIM", [sku_input("A", id="1")], MESSAGE)
    supplier = bench.service.put_suppliers("PIM", [supplier_input("A", id="1")], MESSAGE)

    assert outcomes(sku + supplier) == ["created", "created"]


def test_a_supplier_s_contact_does_not_show_in_its_text() -> None:
    bench = CatalogBench()
    given = supplier_input(contact="张三", phone="13812345678", address="文一西路969号")
    bench.service.put_suppliers("SRM", [given], MESSAGE)

    shown = repr(bench.service.supplier("SUP1")) + repr(given) + repr(bench.tables.events)

    assert "张三" not in shown
    assert "13812345678" not in shown
    assert "文一西路" not in shown


def test_opening_an_unknown_warehouse_is_a_named_refusal() -> None:
    bench = CatalogBench()

    with pytest.raises(ConditionFailed) as failed:
        bench.tables.commit(bench.service.plan_open("WH9", None))

    assert failed.value.refusals == ("unknown_warehouse",)
