"""The bench's own embedded cloud for a test, and the test process's environment put back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from bench.__main__ import bench_cloud


@contextmanager
def emulated() -> Iterator[None]:
    """An empty embedded cloud; the environment is the app's on it."""
    before = dict(os.environ)
    try:
        with bench_cloud():
            yield
    finally:
        os.environ.clear()
        os.environ.update(before)
