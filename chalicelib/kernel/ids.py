"""Ids of our own: time-ordered, random at the end, made by an injectable `Ids` so that runs can be
repeated.

Ids from outside are strings and are kept unchanged.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import UTC, datetime
from typing import Protocol

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,49}", re.ASCII)


class Ids(Protocol):
    """Where new ids come from."""

    def new(self, moment: datetime) -> str:
        """An id such as `20261122T153012345-9f3a41c2d07b`, that begins with the moment in UTC."""
        ...


class RandomIds:
    """48 random bits behind the millisecond: collisions are caught by the write's condition."""

    def new(self, moment: datetime) -> str:
        return f"{id_prefix(moment)}-{secrets.token_hex(6)}"


def id_prefix(moment: datetime) -> str:
    """`20261122T153012345`, the moment in UTC to the millisecond."""
    utc = moment.astimezone(UTC)
    return utc.strftime("%Y%m%dT%H%M%S") + f"{utc.microsecond // 1000:03d}"


def is_code(text: str) -> bool:
    """Whether a text may be a code (shop, warehouse, SKU, supplier, client): 1-50 of letters,
    digits, `_`, `-`, `.`.
    """
    return bool(_CODE.fullmatch(text))


def code_or_stand_in(text: str) -> str:
    """A peer's code as it came; of a text that is none, a stand-in made from it.

    Such a text may hold anything, a buyer's name too, and would become part of keys, events and
    cases. It can be read in the message.
    """
    return text if is_code(text) else f"unreadable-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
