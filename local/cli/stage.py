"""The stage that commands work on."""

from __future__ import annotations

from chalicelib.bootstrap import Container, container
from local import environment


def stage() -> Container:
    """The services of the stage that OMS_STAGE names, else of what is deployed in the embedded
    cloud. Raises `NotSetUp` where there is neither.
    """
    environment.enter()
    return container()
