"""The app's own container on a test's cloud."""

from __future__ import annotations

from chalicelib.bootstrap import Container, reset
from chalicelib.kernel.http import Http
from chalicelib.kernel.ids import Ids
from tests.fakes.cloud import Cloud
from tests.harness.outside_calls import WatchedHttp


def new_sandbox(cloud: Cloud, *, http: Http | None = None, ids: Ids | None = None) -> Container:
    """A container as a new sandbox makes it: nothing remembered, every peer watched. It is what
    `bootstrap.container()` answers from now on.

    Only the clients are those of the cloud: they remember nothing, and take long to make.
    """
    oms = Container(
        cloud.settings,
        clock=cloud.clock,
        ids=ids,
        http=None if http is None else WatchedHttp(http),
    )
    oms.clients = cloud.clients
    reset(oms)
    return oms
