"""Sealing personal data: encrypted under a data key of its own document (envelope encryption).

Destroying the wrapped key makes the data unreadable for ever, which is how a person is erased
while the books stay whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """Base64 texts: the data key wrapped by the master key, the nonce, the ciphertext with its
    tag.

    `under` names the subject whose data key it is, where it isn't its own: what belongs together
    (an order's person, the messages about it) may share one.
    """

    key: str
    nonce: str
    data: str
    under: str = ""


class SealingKey(Protocol):
    """A data key in the clear, for as long as one use case takes. Never kept."""

    def seal(self, subject: str, plain: bytes) -> Sealed:
        """Encrypts under this key; the subject is bound into it as ever."""
        ...

    def open(self, subject: str, sealed: Sealed) -> bytes:
        """The inverse, of something sealed under this key."""
        ...


class Sealer(Protocol):
    """Makes and opens sealed data; `subject` (the document's number) is bound into it, so it opens
    for no other document.
    """

    def seal(self, subject: str, plain: bytes) -> Sealed:
        """Encrypts under a new data key."""
        ...

    def open(self, subject: str, sealed: Sealed) -> bytes:
        """The inverse; raises `ValueError` if the subject or the data is another."""
        ...

    def new_key(self, subject: str) -> SealingKey:
        """A new data key of the subject's, to seal several things under."""
        ...

    def key_of(self, subject: str, sealed: Sealed) -> SealingKey:
        """The data key of something sealed, to open it and to seal more under it; `ValueError` if
        it is another subject's.
        """
        ...
