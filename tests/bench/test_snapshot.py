"""The bench of the close, small: both results are equal, and a wrong one would be noticed."""

from __future__ import annotations

from pathlib import Path

from bench.snapshot import ours
from bench.snapshot.__main__ import measured
from bench.snapshot.day import FIRST, Size, closing_file, make_warehouse, publish
from bench.snapshot.peer import close_and_compare
from chalicelib.stock.closing import read_rows, write_rows

SMALL = Size(warehouses=2, balances=60, orders=500, buckets=2, segments=3)


def test_the_close_equals_duckdbs_row_by_row_also_after_days_of_history() -> None:
    first, last = measured(
        "small", Size(warehouses=2, balances=60, orders=500, buckets=2, segments=3, days=3)
    )
    assert (first.history_days, last.history_days) == (0, 2)
    assert (first.differing_rows, last.differing_rows) == (0, 0)
    assert (first.shards, first.balances, first.segments >= 12) == (4, 120, True)
    # Some count for the next day.
    assert 2900 < first.entries < 3000
    assert last.peak_megabytes < 512


def test_a_wrong_figure_is_found_beside_duckdbs(tmp_path: Path) -> None:
    for number in range(2):
        make_warehouse(tmp_path, SMALL, number)
    publish(tmp_path, FIRST)
    closed = ours.close(tmp_path, SMALL, FIRST)
    ids = {(each.warehouse, each.bucket): (each.entries, each.ids) for each in closed.shards}
    path = closing_file(tmp_path, "WH01", 1, FIRST)
    rows = read_rows(path.read_bytes())
    path.write_bytes(write_rows(rows[1:]))
    assert close_and_compare(tmp_path, FIRST, ids).differing > 0
    path.write_bytes(write_rows(rows))
    assert close_and_compare(tmp_path, FIRST, ids).differing == 0
    assert close_and_compare(tmp_path, FIRST, ids | {("WH01", 1): (1, "another")}).differing == 1


def test_the_same_seed_makes_the_same_business(tmp_path: Path) -> None:
    for folder in ("once", "again"):
        make_warehouse(tmp_path / folder, SMALL, 0)
    once, again = (
        {
            str(path.relative_to(tmp_path / folder)): path.read_bytes()
            for path in (tmp_path / folder).rglob("*.gz")
            # A balance's file says when it was written.
            if "balances" not in path.parts
        }
        for folder in ("once", "again")
    )
    assert once == again
