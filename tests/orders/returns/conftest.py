"""One order that has left, of which things come back."""

from __future__ import annotations

import pytest

from tests.orders.returns.world import ReturnWorld


@pytest.fixture
def world() -> ReturnWorld:
    """A world whose W1 has 10 A and 5 B at 1.00, and whose W2 has nothing."""
    made = ReturnWorld()
    made.warehouse("W1", {"A": 10, "B": 5})
    made.warehouse("W2", {})
    return made
