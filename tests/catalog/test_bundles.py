"""Bundles and categories come in by their source's identity; what they name has to be there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalog.model import (
    BundleInput,
    CategoryInput,
    Component,
    Outcome,
    Sku,
    Taken,
    new_sku,
    price_shares,
)
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.events import Event
from chalicelib.kernel.writes import Writes
from tests.catalog.builders import MESSAGE, CatalogBench, sku_input
from tests.fakes.dynamodb import MemoryTables

GIFT = BundleInput(
    id="B-1",
    code="GIFT",
    owner="ACME",
    name="Tea and cup",
    components=(Component(sku="TEA", quantity=2), Component(sku="CUP", quantity=1)),
)


def bench() -> CatalogBench:
    made = CatalogBench()
    made.service.put_skus("PIM", [sku_input("TEA"), sku_input("CUP")], MESSAGE)
    return made


def put(made: CatalogBench, **changes: Any) -> Taken:
    return made.service.put_bundles("PIM", [replace(GIFT, **changes)], MESSAGE)[0]


def category(made: CatalogBench, code: str, name: str = "", parent: str = "") -> Taken:
    given = CategoryInput(id=f"C-{code}", code=code, name=name or code, parent=parent)
    return made.service.put_categories("PIM", [given], MESSAGE)[0]


def test_a_bundle_is_created_changed_and_left_alone_with_an_event_for_each_version() -> None:
    made = bench()
    first, second = put(made), put(made, name="Tea for two")
    again = put(made, name="Tea for two")
    assert [first.outcome, second.outcome, again.outcome] == ["created", "updated", "unchanged"]
    events = [event for event in made.tables.events if event.kind == "BundleChanged"]
    assert [dict(event.data) for event in events] == [
        {"version": 1, "bundle": "GIFT", "owner": "ACME"},
        {"version": 2, "bundle": "GIFT", "owner": "ACME"},
    ]
    assert made.service.bundle("GIFT").message.path == "/bundles/0"
    assert [each.code for each in made.service.bundle_page().bundles] == ["GIFT"]


@pytest.mark.parametrize(
    "components", [(Component(sku="GONE", quantity=1),), (Component(sku="THEIRS", quantity=1),)]
)
def test_its_parts_are_skus_of_its_owner(components: tuple[Component, ...]) -> None:
    made = bench()
    made.service.put_skus("PIM", [sku_input("THEIRS", owner="OTHER")], MESSAGE)
    taken = put(made, components=components)
    assert (taken.outcome, taken.error, taken.field) == (
        Outcome.REFUSED,
        "unknown_component",
        "components[0].sku",
    )


def test_a_bundle_and_a_sku_never_have_one_code() -> None:
    made = bench()
    assert put(made, code="TEA").error == "code_taken"
    put(made)
    (taken,) = made.service.put_skus("PIM", [sku_input("GIFT")], MESSAGE)
    assert taken.error == "code_taken"


class Meanwhile(MemoryTables):
    """Just before the next commit somebody else does something."""

    def __init__(self) -> None:
        super().__init__()
        self.first: Any = None

    def commit(self, writes: Writes) -> None:
        first, self.first = self.first, None
        if first is not None:
            first()
        super().commit(writes)


def test_of_a_bundle_and_a_sku_that_come_at_once_one_gets_the_code() -> None:
    made = CatalogBench(tables=Meanwhile())
    made.service.put_skus("PIM", [sku_input("TEA"), sku_input("CUP")], MESSAGE)
    other = made.another_environment()
    assert isinstance(made.tables, Meanwhile)
    made.tables.first = lambda: other.put_skus("PIM", [sku_input("GIFT")], MESSAGE)
    assert put(made).error == "code_taken"


def test_a_category_needs_its_parent_and_makes_no_ring() -> None:
    made = CatalogBench()
    assert category(made, "TEA", parent="FOOD").error == "unknown_category"
    assert [category(made, "FOOD").outcome, category(made, "TEA", parent="FOOD").outcome] == [
        "created",
        "created",
    ]
    assert category(made, "FOOD", parent="TEA").error == "category_loop"
    assert category(made, "FOOD", parent="FOOD").error == "category_loop"


def test_two_that_would_hang_each_below_the_other_dont() -> None:
    made = CatalogBench(tables=Meanwhile())
    category(made, "A")
    category(made, "B")
    other = made.another_environment()
    assert isinstance(made.tables, Meanwhile)
    below = CategoryInput(id="C-B", code="B", name="B", parent="A")
    made.tables.first = lambda: other.put_categories("PIM", [below], MESSAGE)
    assert category(made, "A", parent="B").error == "category_loop"


def test_a_tree_has_at_most_ten_levels() -> None:
    made = CatalogBench()
    outcomes = [
        category(made, f"L{level}", parent=f"L{level - 1}" if level else "") for level in range(11)
    ]
    assert [each.error for each in outcomes] == [""] * 10 + ["category_too_deep"]


def test_a_sku_knows_what_its_category_is_called() -> None:
    made = CatalogBench()
    category(made, "TEA", "Tea")
    made.service.put_skus("PIM", [sku_input("A", category="TEA")], MESSAGE)
    assert made.service.sku("A").category_name == "Tea"
    made.service.put_skus("PIM", [sku_input("B", category="any text")], MESSAGE)
    assert made.service.sku("B").category_name == ""


def retold(made: CatalogBench) -> list[Event]:
    """Follows every CategoryChanged, each twice; the events of SKUs that came of it."""
    first = len(made.tables.events)
    waiting = [each for each in made.tables.events if each.kind == "CategoryChanged"]
    while waiting:
        before = len(made.tables.events)
        event = waiting.pop(0)
        made.service.retell_category(event)
        new = [each for each in made.tables.events[before:] if each.kind == "CategoryChanged"]
        made.service.retell_category(event)
        waiting += new
    return [each for each in made.tables.events[first:] if each.kind == "SkuChanged"]


def test_a_renamed_category_makes_a_new_version_of_each_of_its_skus_and_no_others() -> None:
    made = CatalogBench()
    category(made, "TEA", "Tea")
    category(made, "CUP", "Cup")
    made.service.put_skus(
        "PIM",
        [sku_input(f"T{number:03d}", category="TEA") for number in range(100)]
        + [sku_input("C1", category="CUP"), sku_input("MOVED", category="TEA")],
        MESSAGE,
    )
    made.service.put_skus("PIM", [sku_input("MOVED", category="CUP")], MESSAGE)
    category(made, "TEA", "Fine tea")
    events = retold(made)
    assert sorted({event.subject for event in events}) == [f"T{n:03d}" for n in range(100)]
    fresh = made.another_environment()
    assert {fresh.sku(f"T{n:03d}").category_name for n in range(100)} == {"Fine tea"}
    assert {fresh.sku(f"T{n:03d}").version for n in range(100)} == {2}
    assert (fresh.sku("C1").version, fresh.sku("MOVED").version) == (1, 2)


def test_a_category_that_comes_after_its_skus_gives_them_its_name() -> None:
    made = CatalogBench()
    made.service.put_skus("PIM", [sku_input("A", category="TEA")], MESSAGE)
    category(made, "TEA", "Tea")
    retold(made)
    sku = made.another_environment().sku("A")
    assert (sku.category_name, sku.version) == ("Tea", 2)


def test_a_sku_that_is_taken_while_its_category_is_renamed_gets_the_new_name() -> None:
    made = CatalogBench(tables=Meanwhile())
    category(made, "TEA", "Tea")
    other = made.another_environment()
    assert isinstance(made.tables, Meanwhile)
    renamed = CategoryInput(id="C-TEA", code="TEA", name="Fine tea")
    made.tables.first = lambda: other.put_categories("PIM", [renamed], MESSAGE)
    made.service.put_skus("PIM", [sku_input("A", category="TEA")], MESSAGE)
    assert made.another_environment().sku("A").category_name == "Fine tea"


class Dying(MemoryTables):
    """The commit of this number fails before or after it took effect."""

    dies_at, after, count = 0, False, 0

    def commit(self, writes: Writes) -> None:
        self.count += 1
        if self.count == self.dies_at and not self.after:
            raise Unavailable("before")
        super().commit(writes)
        if self.count == self.dies_at:
            raise Unavailable("after")


@given(dies_at=st.integers(1, 6), after=st.booleans(), skus=st.integers(0, 120))
def test_wherever_a_page_dies_every_sku_is_retold_once(
    dies_at: int, *, after: bool, skus: int
) -> None:
    tables = Dying()
    made = CatalogBench(tables=tables)
    made.service.put_skus(
        "PIM", [sku_input(f"T{number:03d}", category="TEA") for number in range(skus)], MESSAGE
    )
    category(made, "TEA", "Tea")
    tables.count, tables.dies_at, tables.after = 0, dies_at, after
    done = 0
    while done < len(tables.events):
        event = tables.events[done]
        try:
            if event.kind == "CategoryChanged":
                made.service.retell_category(event)
        except Unavailable:
            continue
        done += 1
    assert [made.service.sku(f"T{n:03d}").version for n in range(skus)] == [2] * skus


def sku(code: str, price: int | None) -> Sku:
    return new_sku(sku_input(code, retail_price=price), source="PIM", buckets=16, message=MESSAGE)


def test_the_price_is_shared_by_the_parts_own_prices_else_the_skus_else_the_pieces() -> None:
    skus = {"A": sku("A", 3000), "B": sku("B", 2000), "C": sku("C", None)}
    own = (Component(sku="A", quantity=2, price=1000), Component(sku="B", quantity=1))
    assert price_shares(own, skus) == [2000, 0]
    theirs = (Component(sku="A", quantity=2), Component(sku="B", quantity=1))
    assert price_shares(theirs, skus) == [6000, 2000]
    some = (Component(sku="A", quantity=2), Component(sku="C", quantity=1))
    assert price_shares(some, skus) == [2, 1]
