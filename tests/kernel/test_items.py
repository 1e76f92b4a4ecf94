"""Reading items for people: pages out of which rare rows are picked."""

from __future__ import annotations

from chalicelib.kernel.items import MOST_PAGES, picked


def test_what_is_rare_is_picked_out_of_a_few_pages_at_a_time() -> None:
    asked: list[tuple[int, str | None]] = []

    def read(most: int, cursor: str | None) -> tuple[list[int], str | None]:
        asked.append((most, cursor))
        at = int(cursor or 0)
        return [at], str(at + 1) if at < 14 else None

    found, following = picked(read, lambda each: each % 7 == 0, limit=3, cursor=None)
    assert (found, following, len(asked)) == ([0, 7], "10", MOST_PAGES)
    assert asked[8] == (1, "8")
    rest, end = picked(read, lambda each: each % 7 == 0, limit=3, cursor=following)
    assert (rest, end) == ([14], None)
