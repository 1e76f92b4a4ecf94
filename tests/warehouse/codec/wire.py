"""Messages as they stand on the wire, for comparing with XML written in a test."""

from __future__ import annotations

import re

from chalicelib.warehouse.codec.parts import read_response
from chalicelib.warehouse.xml import Content, Node, write

_DECLARATION = "<?xml version='1.0' encoding='UTF-8'?>\n"


def wire(content: Content) -> str:
    """What is sent, without the declaration."""
    text = write("request", content).decode()
    assert text.startswith(_DECLARATION)
    return text.removeprefix(_DECLARATION)


def xml(text: str) -> str:
    """XML of a test on one line: line ends, and the blanks around them, are for readers only."""
    return re.sub(r"\s*\n\s*", "", text)


def answered(inner: str) -> Node:
    """A successful answer that holds this."""
    return read_response(f"<response><flag>success</flag>{xml(inner)}</response>".encode())
