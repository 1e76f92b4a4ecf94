"""The stage that commands work on."""

from __future__ import annotations

import os

from chalicelib.bootstrap import Container, container
from local import cloud, environment

PATIENCE_SECONDS = 10
"""For an embedded cloud that is busy on a small machine."""


def stage() -> Container:
    """The services of the stage that OMS_STAGE names, else of what is deployed in the embedded
    cloud. Raises `NotSetUp` where there is neither, or the embedded cloud isn't up.
    """
    entered = environment.enter()
    oms = container()
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    if entered and endpoint and not cloud.answers(endpoint, seconds=PATIENCE_SECONDS):
        raise environment.NotSetUp(
            f"The cloud can't be reached: no embedded cloud answers on {endpoint}; "
            "`make run` starts it."
        )
    return oms
