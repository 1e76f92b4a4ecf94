"""One moto cloud for all tests of the edge, emptied and set up anew for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from chalicelib import bootstrap
from tests.fakes.cloud import Cloud
from tests.harness.clouds import reusable_cloud
from tests.http.world import Site


@pytest.fixture(scope="module")
def fresh_cloud() -> Iterator[Callable[[], Cloud]]:
    with reusable_cloud() as fresh:
        yield fresh


@pytest.fixture
def site(fresh_cloud: Callable[[], Cloud]) -> Iterator[Site]:
    made = Site(fresh_cloud())
    made.master_data()
    try:
        yield made
    finally:
        bootstrap.reset()
