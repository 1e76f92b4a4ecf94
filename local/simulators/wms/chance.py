"""Chance from a seed: a draw depends on what is drawn for and on nothing else.

Not one stream of random numbers, which two threads would take in another order at every run, but a
digest of the seed and of the question. So the same calls get the same luck, in whatever order.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """The luck of one seed."""

    seed: int = 1

    def draw(self, *question: object) -> float:
        """At least 0, below 1."""
        text = "\0".join(map(str, (self.seed, *question)))
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "big") / 2**56

    def whole(self, least: int, most: int, *question: object) -> int:
        """A whole number from `least` to `most`, both included."""
        return least + int(self.draw(*question) * (most - least + 1))
