"""The target of the fuzzer: any bytes, read as any message. A `Refused` is an answer; whatever else
comes out is a bug, and ends the process with the bytes that did it.

Run by `test_fuzzing.py` in a process of its own: coverage-guided, on the gate and on every codec.
The first byte chooses the message, the rest is the body.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["chalicelib.warehouse"]):
    from chalicelib.kernel.errors import Refused
    from chalicelib.warehouse.catalogue import CATALOGUE
    from chalicelib.warehouse.content_rows import content_rows
    from chalicelib.warehouse.messagetype import Direction
    from chalicelib.warehouse.xml import read

MESSAGES = tuple(CATALOGUE.values())


def read_any(data: bytes) -> None:
    """Reads the bytes as the message that the first of them names."""
    if not data:
        return
    message = MESSAGES[data[0] % len(MESSAGES)]
    root = "request" if message.direction is Direction.UP else "response"
    try:
        message.reader(read(data[1:], root=root))
        content_rows(data[1:], root=root)
    except Refused:
        return


if __name__ == "__main__":
    atheris.Setup(sys.argv, read_any)
    atheris.Fuzz()
