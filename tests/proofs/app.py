"""The app's handlers, as Lambda finds them."""

from __future__ import annotations

import functools
import importlib
from typing import Any


@functools.cache
def oms_app() -> Any:
    """The module `app`."""
    return importlib.import_module("app")
