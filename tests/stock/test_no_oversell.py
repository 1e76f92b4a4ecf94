"""The law of stock: nothing is promised twice, whatever happens in whatever order."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.writes import ConditionFailed
from tests.stock.world import World, quality_move, receipt, sequences, shipment

SKUS = st.sampled_from(["A", "B"])
PIECES = st.integers(1, 6)
FULFILMENTS = st.sampled_from(["F1", "F2", "F3", "F4", "F5"])


class StockLaw(RuleBasedStateMachine):
    """Random reservations, voids and postings, repeated and out of order."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.count = 0
        self.physical = {"A": 0, "B": 0}

    def _document(self) -> str:
        self.count += 1
        return f"D{self.count}"

    @rule(sku=SKUS, pieces=PIECES, good=st.booleans())
    def receive(self, sku: str, pieces: int, good: bool) -> None:
        moved = receipt(pieces, sku=sku, inventory_type="ZP" if good else "CC")
        document = self._document()
        for _ in range(2):
            self.world.post(document, moved)
        self.physical[sku] += pieces if good else 0

    @rule(fulfilment=FULFILMENTS, lines=st.dictionaries(SKUS, PIECES, min_size=1))
    def reserve(self, fulfilment: str, lines: dict[str, int]) -> None:
        before = self.world.stock.available([("WH1", sku) for sku in lines])
        known = self.world.stock.reservation(fulfilment) is not None
        enough = all(before[("WH1", sku)] >= pieces for sku, pieces in lines.items())
        try:
            self.world.reserve(fulfilment, **lines)
            assert enough and not known
        except ConditionFailed:
            assert known or not enough
            assert self.world.stock.available([("WH1", sku) for sku in lines]) == before

    @rule(fulfilment=FULFILMENTS)
    def void(self, fulfilment: str) -> None:
        try:
            self.world.void(fulfilment)
        except NotFound:
            assert self.world.stock.reservation(fulfilment) is None

    @rule(fulfilment=FULFILMENTS, sku=SKUS, pieces=PIECES, rest=st.booleans())
    def ship(self, fulfilment: str, sku: str, pieces: int, rest: bool) -> None:
        if self.world.stock.reservation(fulfilment) is None:
            return
        document = self._document()
        for _ in range(2):
            self.world.post(
                document, shipment(pieces, sku=sku), reservation=fulfilment, void_rest=rest
            )
        self.physical[sku] -= pieces

    @rule(sku=SKUS, pieces=PIECES)
    def spoil(self, sku: str, pieces: int) -> None:
        self.world.post(self._document(), quality_move(pieces, sku=sku))
        self.physical[sku] -= pieces

    @invariant()
    def books_agree_with_what_happened(self) -> None:
        for sku, pieces in self.physical.items():
            found = self.world.stock.balances([("WH1", sku)])
            if not found:
                assert pieces == 0
                continue
            balance = found[("WH1", sku)]
            assert balance.quantity("ZP") == pieces
            assert balance.available + balance.reserved == pieces
            assert balance.reserved >= 0

    @invariant()
    def reserved_counters_equal_the_open_reservations(self) -> None:
        held = [self.world.stock.reservation(f"F{n}") for n in range(1, 6)]
        for sku in ("A", "B"):
            rows = sum(reservation.open.get(sku, 0) for reservation in held if reservation)
            found = self.world.stock.balances([("WH1", sku)])
            assert rows == (found[("WH1", sku)].reserved if found else 0)

    @invariant()
    def sequences_are_dense_and_add_up_to_the_balance(self) -> None:
        for (_, sku), balance in self.world.stock.balances([("WH1", "A"), ("WH1", "B")]).items():
            entries = self.world.store.pool_entries("WH1", sku, after=0, limit=1000)
            assert sequences(entries) == list(range(1, balance.version + 1))
            total = sum(entry.pool_delta() for entry in entries)
            assert total == sum(balance.quantities.values())


TestStockLaw = StockLaw.TestCase
TestStockLaw.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
