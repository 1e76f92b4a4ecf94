"""Where services meet their stores and gateways, and events their queues and use cases.

Knows both sides; `workers`, `http` and the CLI reach services through `container()` only.
"""

from __future__ import annotations

import os

from chalicelib.aws.settings import read_settings
from chalicelib.bootstrap.container import Container

__all__ = ["Container", "container", "reset"]

_made: list[Container] = []


def container() -> Container:
    """The container of this process, made from the environment when first asked for."""
    if not _made:
        _made.append(Container(read_settings(os.environ)))
    return _made[0]


def reset(to: Container | None = None) -> None:
    """Forgets the container, or puts another in its place (tests, another cloud)."""
    _made.clear()
    if to is not None:
        _made.append(to)
