"""One deployed OMS for all tests here: they belong to one xdist group and so run in one process."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cloud_settings import CloudSettings
from tests.cloud.site import Site, deployed

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks every test of this folder; the first one pays for the deployment."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.cloud)
            item.add_marker(pytest.mark.xdist_group("cloud"))
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The packaged app, deployed with IAM enforced, seeded, with its simulators."""
    interpreter = CloudSettings.from_environment().interpreter
    if not interpreter.exists():
        pytest.fail(f"{interpreter} is missing: `make setup` makes it")
    with pytest.MonkeyPatch.context() as patch:
        # A developer's proxy is not for loopback.
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        # Without this a terminated run would leave the cloud behind.
        before = signal.signal(signal.SIGTERM, lambda *_: pytest.exit("terminated", 143))
        try:
            with deployed(tmp_path_factory.mktemp("cloud")) as up:
                yield up
        finally:
            signal.signal(signal.SIGTERM, before)
