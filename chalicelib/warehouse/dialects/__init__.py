"""The dialects that are known. Another one is a file here and a line in `DIALECTS`."""

from __future__ import annotations

from chalicelib.warehouse.dialect import Dialect
from chalicelib.warehouse.dialects.qimen import QIMEN
from chalicelib.warehouse.dialects.wangdiantong import WANGDIANTONG

DIALECTS: dict[str, Dialect] = {each.name: each for each in (QIMEN, WANGDIANTONG)}
"""By the name that a connection gives."""
