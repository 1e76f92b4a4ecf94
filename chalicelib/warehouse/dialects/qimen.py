"""Qimen itself (奇门): what the codecs are written in."""

from __future__ import annotations

from chalicelib.warehouse.dialect import Dialect

QIMEN = Dialect(name="qimen", title="Qimen (奇门)")
