"""Requests of a WMS as they stand in tests."""

from __future__ import annotations

from chalicelib.warehouse.xml import Node, read


def request(inner: str) -> Node:
    """A request that holds this."""
    return read(f"<request>{inner}</request>".encode())
