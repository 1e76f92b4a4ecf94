"""A rehearsal sees what is there and what it did itself, and keeps nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from chalicelib.kernel.events import Event
from chalicelib.kernel.items import query_all
from chalicelib.kernel.rehearsal import Change, Rehearsal
from chalicelib.kernel.writes import Absent, Delete, Equals, Exists, Key, Put, Update, Writes
from tests.fakes.dynamodb import MemoryTables


def key(name: str) -> Key:
    return Key("documents", "ROWS", name)


def put(name: str, **attributes: Any) -> Put:
    return Put(key=key(name), item=attributes, condition=Absent(), refusal="there")


def over(*names: str) -> tuple[MemoryTables, Rehearsal]:
    real = MemoryTables()
    for name in names:
        real.commit(Writes([put(name, n=1, gsi1pk="OPEN", gsi1sk=name)]))
    return real, Rehearsal(real)


def test_what_is_written_stands_beside_what_is_there_and_is_not_kept() -> None:
    real, rehearsal = over("a", "c")
    before = dict(real.tables)
    rehearsal.commit(Writes([put("b", n=2, gsi1pk="OPEN", gsi1sk="b")]))
    found = query_all(rehearsal, "documents", "ROWS")
    assert [row["sk"] for row in found] == ["a", "b", "c"]
    backwards = rehearsal.query("documents", "OPEN", index="gsi1", forward=False)
    assert [row["sk"] for row in backwards.items] == ["c", "b", "a"]
    assert real.tables == before


def test_what_leaves_an_index_is_not_found_there_any_more() -> None:
    _, rehearsal = over("a", "b")
    settled = Update(
        key=key("a"), condition=Equals("n", 1), refusal="stale", set={"gsi1pk": "DONE"}
    )
    gone = Delete(key=key("b"), condition=Exists(), refusal="gone")
    rehearsal.commit(Writes([settled, gone]))
    assert query_all(rehearsal, "documents", "OPEN", index="gsi1") == []
    assert [row["sk"] for row in query_all(rehearsal, "documents", "DONE", index="gsi1")] == ["a"]
    assert rehearsal.get(key("b")) is None


def test_pages_go_on_where_they_ended_with_rows_of_both_kinds() -> None:
    _, rehearsal = over("a", "c", "e")
    rehearsal.commit(Writes([put("b"), put("d")]))
    found, cursor = [], None
    while True:
        page = rehearsal.query("documents", "ROWS", limit=2, cursor=cursor)
        found += [row["sk"] for row in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == ["a", "b", "c", "d", "e"]


def test_it_tells_each_change_once_from_the_first_before_to_the_last_after() -> None:
    _, rehearsal = over("a")
    happened = Event(
        id="e",
        kind="Done",
        subject="a",
        correlation="a",
        occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    for value in (2, 3):
        changed = Update(key=key("a"), condition=Exists(), refusal="gone", set={"n": value})
        rehearsal.commit(Writes([changed], [happened]))
    taken = rehearsal.taken()
    assert [change.fields() for change in taken.changes] == [{"n": (1, 3)}]
    assert [event.kind for event in taken.events] == ["Done", "Done"]
    assert rehearsal.taken().changes == ()


def test_a_new_item_has_every_field_and_what_came_to_nothing_is_no_change() -> None:
    _, rehearsal = over()
    rehearsal.commit(Writes([put("a", text="x", gsi1pk="P", gsi1sk="s"), put("b")]))
    gone = Delete(key=key("b"), condition=Exists(), refusal="gone")
    rehearsal.commit(Writes([gone]))
    (change,) = rehearsal.taken().changes
    assert isinstance(change, Change)
    assert (change.key.sk, change.before, change.fields()) == ("a", None, {"text": (None, "x")})
