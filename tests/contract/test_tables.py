"""One contract for the tables in memory, for rehearsals, and for DynamoDB as moto plays it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from chalicelib.aws.dynamodb import DynamoTables
from chalicelib.aws.outbox_rows import event_of, outbox_key
from chalicelib.kernel.events import Event
from chalicelib.kernel.items import query_all
from chalicelib.kernel.rehearsal import Rehearsal
from chalicelib.kernel.writes import (
    Absent,
    AllOf,
    AnyOf,
    AtLeast,
    Check,
    Condition,
    ConditionFailed,
    Delete,
    Equals,
    Exists,
    Key,
    Missing,
    OneOf,
    Put,
    Update,
    Writes,
)
from tests.fakes.cloud import moto_cloud
from tests.fakes.dynamodb import MemoryTables

Tables = MemoryTables | DynamoTables | Rehearsal
A = Key("documents", "THING#a", "HEAD")
B = Key("stock", "THING#b", "HEAD")


@pytest.fixture(params=["memory", "rehearsal", "rehearsal over tables", "moto"])
def tables(request: pytest.FixtureRequest) -> Iterator[Tables]:
    if request.param == "memory":
        yield MemoryTables()
    elif request.param == "rehearsal":
        yield Rehearsal()
    elif request.param == "rehearsal over tables":
        yield Rehearsal(MemoryTables())
    else:
        with moto_cloud() as cloud:
            yield cloud.tables


def put(key: Key, **attributes: object) -> Put:
    return Put(key=key, item=attributes, condition=Absent(), refusal="there")  # type: ignore[arg-type]


def refusals(tables: Tables, writes: Writes) -> tuple[str, ...]:
    with pytest.raises(ConditionFailed) as failure:
        tables.commit(writes)
    return failure.value.refusals


def test_what_was_put_is_read_with_every_kind_of_value(tables: Tables) -> None:
    values = {
        "text": "单号", "empty": "", "number": -12, "large": 2611220012345678901, "yes": True,
        "nothing": None, "list": ["a", 1, {"deep": [False]}], "map": {"ZP": 3, "none": None},
    }  # fmt: skip
    tables.commit(Writes([put(A, **values)]))
    assert tables.get(A) == {**values, "pk": "THING#a", "sk": "HEAD"}


def test_a_second_put_is_refused_by_name_and_changes_nothing(tables: Tables) -> None:
    tables.commit(Writes([put(A, n=1)]))
    assert refusals(tables, Writes([put(A, n=2)])) == ("there",)
    found = tables.get(A)
    assert found is not None and found["n"] == 1


def test_a_transaction_names_each_refusal_and_writes_nothing(tables: Tables) -> None:
    tables.commit(Writes([put(A, n=1)]))
    both = Writes([put(B, n=1), Check(key=A, condition=Equals("n", 2), refusal="not_two")])
    assert refusals(tables, both) == ("not_two",)
    assert tables.get(B) is None


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (Absent(), False),
        (Exists(), True),
        (Equals("n", 5), True),
        (Equals("n", 6), False),
        (Equals("absent", 5), False),
        (OneOf("state", ("OPEN", "DONE")), True),
        (OneOf("state", ("DONE",)), False),
        (AtLeast("n", 5), True),
        (AtLeast("n", 6), False),
        (AtLeast("absent", 0), False),
        (Missing("absent"), True),
        (Missing("n"), False),
        (AllOf((Equals("n", 5), OneOf("state", ("OPEN",)))), True),
        (AllOf((Equals("n", 5), Missing("n"))), False),
        (AnyOf((Absent(), Equals("n", 5))), True),
        (AnyOf((Absent(), Equals("n", 6))), False),
    ],
)
def test_conditions_of_an_existing_item(tables: Tables, condition: Condition, holds: bool) -> None:
    tables.commit(Writes([put(A, n=5, state="OPEN")]))
    write = Writes([Update(key=A, condition=condition, refusal="no", set={"seen": True})])
    if holds:
        tables.commit(write)
    else:
        assert refusals(tables, write) == ("no",)
    found = tables.get(A)
    assert found is not None and ("seen" in found) == holds


@pytest.mark.parametrize(
    ("condition", "holds"),
    [(Absent(), True), (Exists(), False), (Equals("n", 5), False), (Missing("n"), True)],
)
def test_conditions_of_an_absent_item(tables: Tables, condition: Condition, holds: bool) -> None:
    write = Writes([Update(key=A, condition=condition, refusal="no", set={"n": 1})])
    if holds:
        tables.commit(write)
    else:
        assert refusals(tables, write) == ("no",)
    assert (tables.get(A) is not None) == holds


def test_update_sets_adds_and_removes(tables: Tables) -> None:
    tables.commit(Writes([put(A, n=5, old="x", state="OPEN")]))
    change = Update(
        key=A, condition=Exists(), refusal="no",
        set={"state": "DONE", "list": [1]}, add={"n": -2, "fresh": 3}, remove=("old", "absent"),
    )  # fmt: skip
    tables.commit(Writes([change, put(B, n=1)]))
    assert tables.get(A) == {
        "n": 3, "fresh": 3, "state": "DONE", "list": [1], "pk": "THING#a", "sk": "HEAD",
    }  # fmt: skip


def test_delete_needs_its_condition(tables: Tables) -> None:
    delete = Writes([Delete(key=A, condition=Exists(), refusal="gone")])
    assert refusals(tables, delete) == ("gone",)
    tables.commit(Writes([put(A, n=1)]))
    tables.commit(delete)
    assert tables.get(A) is None


def test_get_many_finds_those_that_exist_over_tables(tables: Tables) -> None:
    tables.commit(Writes([put(A, n=1), put(B, n=2)]))
    missing = Key("stock", "THING#c", "HEAD")
    found = tables.get_many([A, B, missing, A])
    assert {key: item["n"] for key, item in found.items()} == {A: 1, B: 2}


def test_more_keys_than_one_request_takes(tables: Tables) -> None:
    keys = [Key("documents", f"THING#{number}", "HEAD") for number in range(130)]
    for start in range(0, 130, 65):
        tables.commit(Writes([put(key, n=1) for key in keys[start : start + 65]]))
    assert set(tables.get_many(keys)) == set(keys)


def test_query_pages_in_key_order_both_ways(tables: Tables) -> None:
    keys = [Key("documents", "LIST#x", f"ROW#{number:02d}") for number in range(7)]
    tables.commit(Writes([put(key, n=int(key.sk[4:])) for key in keys]))
    tables.commit(Writes([put(Key("documents", "LIST#x", "ZZZ"), n=99)]))
    everything = query_all(tables, "documents", "LIST#x", prefix="ROW#", limit=3)
    assert [item["n"] for item in everything] == [0, 1, 2, 3, 4, 5, 6]
    back = tables.query("documents", "LIST#x", prefix="ROW#", limit=2, forward=False)
    assert [item["n"] for item in back.items] == [6, 5]
    more = tables.query(
        "documents", "LIST#x", prefix="ROW#", limit=2, forward=False, cursor=back.next_cursor
    )
    assert [item["n"] for item in more.items] == [4, 3]
    between = tables.query("documents", "LIST#x", since="ROW#02", until="ROW#04")
    assert [item["n"] for item in between.items] == [2, 3, 4]


def test_an_index_holds_only_items_with_its_attributes(tables: Tables) -> None:
    tables.commit(Writes([put(A, gsi1pk="OPEN", gsi1sk="2"), put(B, n=1)]))
    tables.commit(Writes([put(Key("documents", "THING#c", "HEAD"), gsi1pk="OPEN", gsi1sk="1")]))
    found = tables.query("documents", "OPEN", index="gsi1")
    assert [item["pk"] for item in found.items] == ["THING#c", "THING#a"]
    update = Update(key=A, condition=Exists(), refusal="no", remove=("gsi1pk", "gsi1sk"))
    tables.commit(Writes([update]))
    assert len(tables.query("documents", "OPEN", index="gsi1").items) == 1


def test_a_hundred_items_fit_and_one_more_does_not(tables: Tables) -> None:
    keys = [Key("documents", f"MANY#{number}", "HEAD") for number in range(101)]
    tables.commit(Writes([put(key, n=1) for key in keys[:100]]))
    with pytest.raises(ValueError, match="101 items"):
        tables.commit(Writes([put(key, n=1) for key in keys]))


def test_an_event_is_an_item_of_its_transaction() -> None:
    event = Event(
        id="OrderPlaced:1", kind="OrderPlaced", subject="1", correlation="1",
        occurred_at=datetime(2026, 11, 22, tzinfo=UTC), data={"n": 1},
    )  # fmt: skip
    with moto_cloud() as cloud:
        cloud.tables.commit(Writes([put(A, n=1)], [event]))
        row = cloud.tables.get(outbox_key(event.id))
        assert row is not None and event_of(row) == event
        with pytest.raises(ConditionFailed) as failure:
            cloud.tables.commit(Writes([put(B, n=1)], [event]))
        assert failure.value.refusals == ("event_pending",)


def test_two_writes_of_one_item_are_refused_when_planned() -> None:
    with pytest.raises(ValueError, match="two writes of one item"):
        Writes([put(A, n=1)]) + Writes([put(A, n=2)])
