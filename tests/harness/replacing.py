"""Putting our own methods into moto's classes, so that a moto that has changed is noticed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def replace(owner: type, name: str, make: Callable[[Any], Any]) -> None:
    """Puts `make(original)` in the place of a method; fails if moto has moved it."""
    setattr(owner, name, make(getattr(owner, name)))


def add(owner: type, name: str, method: Callable[..., Any]) -> None:
    """Gives a class a method that moto doesn't have; fails if it has one by now."""
    if hasattr(owner, name):
        raise AttributeError(f"{owner.__name__} has a {name} of its own")
    setattr(owner, name, method)
