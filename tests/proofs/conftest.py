"""One world a module: the OMS in this process, seeded, put back before every run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.proofs.world import World, new_world


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with new_world() as made:
        yield made
