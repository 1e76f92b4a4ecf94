"""Where a figure comes from: the raw message and the element in it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A message of the message log and the place in its body: an XPath or a JSON pointer ("" is
    the whole body).
    """

    message_id: str
    path: str = ""
