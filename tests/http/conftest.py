"""One moto cloud for all tests of the edge, emptied and set up anew for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from chalicelib import bootstrap
from tests.fakes.cloud import Cloud
from tests.harness.clouds import reusable_cloud
from tests.http.office import Office
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


@pytest.fixture(scope="module")
def lasting_site(fresh_cloud: Callable[[], Cloud]) -> Iterator[Site]:
    """One for all tests of a module: they change nothing, or what nobody else there looks at."""
    made = Site(fresh_cloud())
    made.master_data()
    try:
        yield made
    finally:
        bootstrap.reset()


@pytest.fixture(scope="module")
def office(fresh_cloud: Callable[[], Cloud]) -> Iterator[Office]:
    made = Office(fresh_cloud())
    try:
        yield made
    finally:
        bootstrap.reset()
