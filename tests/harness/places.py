"""Where in the code under test an outside call is being made: every call expression of ours on the
stack, from the handler down to the adapter.

A call expression is named by its file and where it ends: two that begin at one place (`a(b).c(d)`)
end at different ones.
"""

from __future__ import annotations

import functools
import sys
from pathlib import Path
from types import CodeType
from typing import NamedTuple

import chalicelib

ROOT = Path(chalicelib.__file__).parent.parent
OURS = (f"{ROOT / 'chalicelib'}/", str(ROOT / "app.py"))


class Place(NamedTuple):
    """A call expression: its file, from the root, and the line and column where it ends."""

    file: str
    line: int
    column: int


def places_on_the_stack() -> frozenset[Place]:
    """The call expressions of the code under test that are under way right now."""
    found = set()
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename.startswith(OURS):
            place = _place(frame.f_code, frame.f_lasti)
            if place is not None:
                found.add(place)
        frame = frame.f_back
    return frozenset(found)


@functools.cache
def _place(code: CodeType, instruction: int) -> Place | None:
    # An instruction takes two bytes, and every one of them knows its expression.
    _, line, _, column = list(code.co_positions())[instruction // 2]
    if line is None or column is None:
        return None
    return Place(str(Path(code.co_filename).relative_to(ROOT)), line, column)
