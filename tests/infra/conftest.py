"""Packages the app once for each stage and test process."""

from __future__ import annotations

from functools import cache

import pytest

from tests.infra.packages import STAGES, Package, package


@pytest.fixture(scope="session")
def _packager(tmp_path_factory):
    return cache(lambda stage: package(stage, tmp_path_factory.mktemp("package") / stage))


@pytest.fixture(params=STAGES)
def packaged(request, _packager) -> Package:
    """The package of each stage in turn."""
    return _packager(request.param)


@pytest.fixture
def prod(_packager) -> Package:
    """The package of the stage that customers use."""
    return _packager("prod")


@pytest.fixture
def dev(_packager) -> Package:
    """The package of the stage that developers use."""
    return _packager("dev")
