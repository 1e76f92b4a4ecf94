"""The dialects that are known. Another one is a file here and its name in `DIALECTS`."""

from __future__ import annotations

from chalicelib.warehouse.dialect import Dialect
from chalicelib.warehouse.dialects.inout import INOUT
from chalicelib.warehouse.dialects.qimen import QIMEN
from chalicelib.warehouse.dialects.wangdiantong import WANGDIANTONG

DIALECTS: dict[str, Dialect] = {each.name: each for each in (QIMEN, WANGDIANTONG, INOUT)}
"""By the name that a connection gives."""
