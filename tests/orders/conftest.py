"""What the tests of orders share."""

from __future__ import annotations

import pytest

from tests.orders.world import World


@pytest.fixture
def world() -> World:
    """A shop, and one warehouse with 10 pieces of A and 5 of B."""
    world = World()
    world.warehouse("W1", {"A": 10, "B": 5})
    return world
