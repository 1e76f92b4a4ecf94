"""Arrivals of a transfer that were told before they can be booked: a report may say in one go that
goods left and that they arrived.

What left is booked first, since an arrival is worth what its own issue cost. Until then an arrival
waits as a confirmation of the in leg that isn't accepted yet, and the in leg may not even be there.
"""

from __future__ import annotations

from functools import partial

from chalicelib.kernel.writes import Transaction, Writes
from chalicelib.movements.orders.model import Confirmation
from chalicelib.movements.orders.service import MovementOrders
from chalicelib.movements.states import ConfirmationState
from chalicelib.movements.transfers.model import Transfer
from chalicelib.movements.transfers.store import ARRIVAL_TAKEN, TransferStore, put_taken
from chalicelib.stock.planning import commit_replanning

CONFIRMATION_TAKEN = "confirmation_taken"
"""The movement orders' refusal of a confirmation that is there."""


class WaitingArrivals:
    """Has arrivals accepted once their time has come."""

    def __init__(
        self, *, store: TransferStore, transaction: Transaction, orders: MovementOrders
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._orders = orders

    def ready(self, transfer: Transfer) -> list[Confirmation]:
        """Those that can be booked: none while something that left isn't in the books."""
        waiting = self._store.waiting(transfer.no)
        if not waiting:
            return []
        left = self._orders.confirmations(transfer.out_leg)
        booked = all(each.state is ConfirmationState.POSTED for each in left)
        return waiting if booked else []

    def take(self, transfer: Transfer) -> None:
        """Accepts those that can be booked as confirmations of the in leg, which is there; each
        once, however often it is called.
        """
        for arrival in self.ready(transfer):
            commit_replanning(
                self._transaction,
                partial(self._plan, transfer.no, arrival.id),
                also=[ARRIVAL_TAKEN, CONFIRMATION_TAKEN],
            )

    def _plan(self, transfer: str, confirmation: str) -> Writes:
        waits = [each for each in self._store.waiting(transfer) if each.id == confirmation]
        if not waits:
            return Writes()
        taken = Writes([put_taken(transfer, confirmation)])
        return taken + self._orders.plan_confirmation(waits[0])
