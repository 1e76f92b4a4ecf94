"""A business that goes on as Hypothesis says, and errors to plant in its books."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from hypothesis import strategies as st

from chalicelib.kernel.writes import Key
from chalicelib.stock.model import EntryId
from tests.stock.world import World, quality_move, receipt, returned, shipment

Night = Callable[[int, int], None]
"""What ends a day, with two numbers that were drawn for it."""

MOVES = st.lists(
    st.tuples(
        st.sampled_from(["receipt", "shipment", "quality", "return", "night", "cost"]),
        st.integers(1, 9),
        st.integers(0, 999),
    ),
    max_size=25,
)
"""What happens, how many pieces, and a value or a choice."""


class Trade:
    """Plays moves of one SKU, the first on `day`."""

    def __init__(self, world: World, day: date) -> None:
        self._world = world
        self._issues: list[EntryId] = []
        self.day = day

    def play(self, moves: list[tuple[str, int, int]], night: Night) -> None:
        """All of them; a night is the test's own."""
        for number, (what, pieces, value) in enumerate(moves):
            if what == "night":
                night(pieces, value)
            elif what == "cost":
                self._world.cost()
            else:
                self._move(f"D{number}", what, pieces, value)

    def _move(self, name: str, what: str, pieces: int, value: int) -> None:
        if what == "receipt":
            self._world.post(name, receipt(pieces, value), day=self.day)
        elif what == "quality":
            self._world.post(name, quality_move(pieces), day=self.day)
        elif what == "shipment":
            self._world.post(name, shipment(pieces), day=self.day)
            self._issues.append(EntryId(document=name, entry="1#SHIPMENT#ZP#"))
        elif self._issues:
            issue = self._issues[value % len(self._issues)]
            self._world.post(name, returned(pieces, cost_of=issue), day=self.day)


def item(world: World, pk: str, sk: str = "HEAD") -> dict[str, Any]:
    """An item of the stock table, to be changed behind the books' back."""
    return world.tables.tables[Key("stock", pk, sk)]


def a_lost_piece(world: World) -> None:
    item(world, "BALANCE#WH1#A")["quantity_ZP"] -= 1


def a_piece_promised_twice(world: World) -> None:
    item(world, "BALANCE#WH1#A")["available"] += 1


def a_pool_with_a_fen_too_much(world: World) -> None:
    item(world, "POOL#WH1#A")["value"] += 1
